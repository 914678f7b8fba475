//! `claviger restore`.

use super::backup::{
    FORMAT, MANIFEST, Manifest, ROOT_KEY, SEAL, STATE, TRAIL, copy, copy_from, copy_trail,
    other_slots, sync,
};
use crate::assemble::DataDirectory;
use anyhow::{Context, bail};
use crypto::{RootKey, Seal, SealFiles};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The root key on its way.
const PARTIAL_KEY: &str = "root.key.partial";
/// The seal on its way.
const PARTIAL_SEAL: &str = "seal.json.partial";

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
        let seal = SealFiles::of(&self.from).read()?;
        if seal.is_none() && manifest.format >= FORMAT {
            bail!("the backup has lost its {SEAL}");
        }
        let key_file = self.key_file(&data, seal.as_ref())?;
        if let Some(key_file) = &key_file {
            check_key(key_file, &manifest, seal.as_ref())?;
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
        make(&self.data)?;
        let begun = Begun::mark(&data).context("cannot begin the restore")?;
        if let Some(key_file) = key_file.filter(|_| !data.root_key().exists()) {
            // Whole or not at all: a repetition keeps the key that it finds.
            let partial = data.path().join(PARTIAL_KEY);
            copy(&key_file, &partial)
                .and_then(|()| fs::rename(&partial, data.root_key()))
                .context("cannot copy the root key")?;
        }
        if seal.is_some() {
            let partial = data.path().join(PARTIAL_SEAL);
            copy(&self.from.join(SEAL), &partial)
                .and_then(|()| fs::rename(&partial, data.seal_files().seal_path()))
                .context("cannot copy the seal")?;
        }
        copy_trail(&trail, &data.trail()).context("cannot copy the audit trail")?;
        sync(&self.data)?;
        store::sqlite::restore(&self.from.join(STATE), &self.data, begun.repeated)
            .context("cannot restore the state")?;
        fs::remove_file(data.unfinished_restore()).context("cannot end the restore")?;
        sync(&self.data)?;
        super::print(&told(&data, seal.as_ref()))?;
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
        let repeated = data.unfinished_restore().exists();
        for entry in entries {
            let path = entry?.path();
            if path != data.root_key() && !(repeated && is_left_over(data, &path)) {
                bail!(
                    "{} exists already: stop the server and restore into an empty directory",
                    path.display()
                );
            }
        }
        Ok(())
    }

    /// The root key's file; `None` where there is none and other slots open the seal.
    fn key_file(
        &self,
        data: &DataDirectory,
        seal: Option<&Seal>,
    ) -> anyhow::Result<Option<PathBuf>> {
        if seal.is_some_and(|seal| seal.file().is_none()) {
            if let Some(file) = &self.root_key {
                bail!(
                    "the backup's seal has no slot for a root key file such as {}",
                    file.display()
                );
            }
            return Ok(None);
        }
        let candidates = [
            Some(data.root_key()),
            Some(self.from.join(ROOT_KEY)),
            self.root_key.clone(),
        ];
        let found = candidates.into_iter().flatten().find(|path| path.exists());
        if found.is_none() && seal.is_some_and(|seal| other_slots(seal).is_some()) {
            return Ok(None);
        }
        found
            .map(Some)
            .context("the backup does not include its root key: name its file with --root-key")
    }
}

fn check_key(key_file: &Path, manifest: &Manifest, seal: Option<&Seal>) -> anyhow::Result<()> {
    let id = RootKey::open(key_file)?.id();
    let fits = match seal {
        // Two, where the root key was being rotated.
        Some(seal) => seal.root_keys().contains(&id),
        None => id.to_string() == manifest.root_key,
    };
    if !fits {
        bail!(
            "{} is root key {id}, the backup needs root key {}",
            key_file.display(),
            manifest.root_key
        );
    }
    Ok(())
}

fn told(data: &DataDirectory, seal: Option<&Seal>) -> String {
    let restored = format!("{} is restored.\n", data.path().display());
    match seal.and_then(other_slots) {
        Some(slots) if !data.root_key().exists() => {
            format!("{restored}It has no root.key; it opens by {slots}.\n")
        }
        _ => restored,
    }
}

/// Whether an unfinished restore can have made a file.
fn is_left_over(data: &DataDirectory, path: &Path) -> bool {
    let lock = data.store().with_extension("lock");
    let of_the_store = path
        .to_str()
        .zip(data.store().to_str().map(str::to_owned))
        .is_some_and(|(path, store)| path.starts_with(&store));
    of_the_store
        || [data.unfinished_restore(), data.trail(), lock].contains(&path.to_owned())
        || path == data.seal_files().seal_path()
        || [PARTIAL_KEY, PARTIAL_SEAL]
            .iter()
            .any(|name| path == data.path().join(name))
}

/// A restore that is under way.
struct Begun {
    /// One before it did not end.
    repeated: bool,
    /// Locked, so that another one takes nothing away meanwhile.
    _mark: fs::File,
}

impl Begun {
    /// Marks the directory and takes away what a restore that did not end left in it.
    fn mark(data: &DataDirectory) -> anyhow::Result<Self> {
        let mark = data.unfinished_restore();
        let repeated = mark.exists();
        if !repeated {
            copy_from(&mut std::io::empty(), &mark)?;
            sync(data.path())?;
        }
        let file = fs::File::open(&mark)?;
        if file.try_lock().is_err() {
            bail!("another restore is under way in {}", data.path().display());
        }
        for partial in [PARTIAL_KEY, PARTIAL_SEAL].map(|name| data.path().join(name)) {
            if partial.exists() {
                fs::remove_file(&partial)?;
            }
        }
        if repeated && data.trail().exists() {
            fs::remove_dir_all(data.trail())?;
        }
        Ok(Self {
            repeated,
            _mark: file,
        })
    }
}

fn make(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}
