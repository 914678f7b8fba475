//! `claviger restore`.

use super::backup::{FORMAT, MANIFEST, Manifest, ROOT_KEY, STATE, TRAIL, copy, copy_trail, sync};
use crate::assemble::DataDirectory;
use anyhow::{Context, bail};
use crypto::RootKey;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `claviger restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Restore {
    /// The directory that `claviger backup` made.
    from: PathBuf,
    /// The data directory to make.
    #[arg(
        long,
        env = "CLAVIGER_DATA",
        default_value = "claviger-data",
        value_name = "DIR"
    )]
    data: PathBuf,
    /// The root key's file.
    #[arg(long, value_name = "FILE")]
    root_key: Option<PathBuf>,
}

impl Restore {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let manifest = self.manifest()?;
        let data = DataDirectory::new(&self.data);
        self.refuse_to_overwrite(&data)?;
        let key_file = self.key_file(&data)?;
        let id = RootKey::open(&key_file)?.id().to_string();
        if id != manifest.root_key {
            bail!(
                "{} is root key {id}, the backup needs root key {}",
                key_file.display(),
                manifest.root_key
            );
        }
        let trail = self.from.join(TRAIL);
        let report = audit::verify(&trail).context("cannot read the backup's audit trail")?;
        if let Some(damage) = report.damage {
            bail!(
                "the backup's audit trail is damaged: {} at byte {}",
                damage.path.display(),
                damage.offset
            );
        }
        // The state comes last: a data directory without it is refused by nobody and restored again.
        make(&self.data)?;
        if !data.root_key().exists() {
            copy(&key_file, &data.root_key()).context("cannot copy the root key")?;
        }
        copy_trail(&trail, &data.trail()).context("cannot copy the audit trail")?;
        sync(&self.data)?;
        store::sqlite::restore(&self.from.join(STATE), &self.data, false)
            .context("cannot restore the state")?;
        super::print(&format!("{} is restored.\n", self.data.display()))?;
        Ok(ExitCode::SUCCESS)
    }

    fn manifest(&self) -> anyhow::Result<Manifest> {
        let path = self.from.join(MANIFEST);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Manifest = serde_json::from_str(&text)
            .with_context(|| format!("{} is no manifest", path.display()))?;
        if manifest.format > FORMAT {
            bail!(
                "the backup has format {}, this version reads up to {FORMAT}",
                manifest.format
            );
        }
        Ok(manifest)
    }

    fn refuse_to_overwrite(&self, data: &DataDirectory) -> anyhow::Result<()> {
        let Ok(entries) = fs::read_dir(data.path()) else {
            return Ok(());
        };
        for entry in entries {
            let path = entry?.path();
            if path != data.root_key() {
                bail!(
                    "{} exists already: restore into an empty directory",
                    path.display()
                );
            }
        }
        Ok(())
    }

    fn key_file(&self, data: &DataDirectory) -> anyhow::Result<PathBuf> {
        let candidates = [
            Some(data.root_key()),
            Some(self.from.join(ROOT_KEY)),
            self.root_key.clone(),
        ];
        let found = candidates.into_iter().flatten().find(|path| path.exists());
        found.context("the backup does not include its root key: name its file with --root-key")
    }
}

fn make(path: &std::path::Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}
