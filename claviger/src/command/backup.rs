//! `claviger backup`.

use crate::assemble::DataDirectory;
use anyhow::{Context, bail};
use crypto::{KeyId, RootKey, Seal, SealFiles, Slot, SlotKind};
use kernel::{Clock, SystemClock};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The names in a backup.
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const STATE: &str = "state.db";
pub(super) const TRAIL: &str = "trail";
pub(super) const ROOT_KEY: &str = "root.key";
pub(super) const SEAL: &str = "seal.json";
/// The newest form of a backup that this version knows: with a seal.
pub(super) const FORMAT: u32 = 2;
/// The form of a backup without a seal, which needs its root key.
const WITHOUT_SEAL: u32 = 1;

/// Options of `claviger backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct Backup {
    /// The directory to make.
    to: PathBuf,
    /// The data directory.
    #[arg(
        long,
        env = "CLAVIGER_DATA",
        default_value = "claviger-data",
        value_name = "DIR"
    )]
    data: PathBuf,
    /// Copy root.key too: whoever gets the backup can then open it.
    #[arg(long)]
    include_root_key: bool,
}

/// What a backup says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) format: u32,
    pub(super) version: String,
    pub(super) created: String,
    /// The id of the root key that opens the state.
    pub(super) root_key: String,
}

impl Backup {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let data = DataDirectory::new(&self.data);
        data.refuse_unfinished_restore()?;
        let seal = data.seal_files().read()?;
        let root_keys = match &seal {
            Some(seal) => seal.root_keys(),
            None => vec![RootKey::open(&data.root_key())?.id()],
        };
        let root_key = *root_keys.last().context("the seal has no root key")?;
        let partial = partial(&self.to)?;
        make_directory(&partial).with_context(|| format!("cannot make {}", partial.display()))?;
        let written = self.write(&data, seal.as_ref(), root_key, &partial);
        if let Err(error) = written {
            // The first error is the one to tell.
            let _ = fs::remove_dir_all(&partial);
            return Err(error);
        }
        fs::rename(&partial, &self.to)
            .with_context(|| format!("cannot name {}", self.to.display()))?;
        sync(
            self.to
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new(".")),
        )?;
        super::print(&self.told(root_key, seal.as_ref()))?;
        Ok(ExitCode::SUCCESS)
    }

    fn write(
        &self,
        data: &DataDirectory,
        seal: Option<&Seal>,
        root_key: KeyId,
        to: &Path,
    ) -> anyhow::Result<()> {
        store::sqlite::backup(data.path(), &to.join(STATE)).context("cannot copy the state")?;
        copy_trail(&data.trail(), &to.join(TRAIL)).context("cannot copy the audit trail")?;
        if self.include_root_key {
            copy(&data.root_key(), &to.join(ROOT_KEY)).context("cannot copy the root key")?;
        }
        if seal.is_some() {
            copy(data.seal_files().seal_path(), &to.join(SEAL)).context("cannot copy the seal")?;
            check_seal(to, root_key, self.include_root_key)?;
        }
        let manifest = Manifest {
            format: if seal.is_some() { FORMAT } else { WITHOUT_SEAL },
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: SystemClock.now().to_string(),
            root_key: root_key.to_string(),
        };
        let text = serde_json::to_string_pretty(&manifest)?;
        copy_from(&mut text.as_bytes(), &to.join(MANIFEST)).context("cannot write the manifest")?;
        sync(to)
    }

    fn told(&self, id: KeyId, seal: Option<&Seal>) -> String {
        let to = self.to.display();
        if self.include_root_key {
            format!("{to} is complete. It includes root key {id}: whoever has it can open it.\n")
        } else {
            let mut told = format!(
                "{to} is complete. Its secrets are sealed under root key {id}, which it does not include.\n"
            );
            if let Some(slots) = seal.and_then(other_slots) {
                told.push_str(&format!("Without root.key it opens by {slots}.\n"));
            }
            told
        }
    }
}

/// The slots that open a seal without `root.key`, in words; `None` where there are none.
pub(super) fn other_slots(seal: &Seal) -> Option<String> {
    let others = seal.slots().iter();
    let others = others.filter(|slot| slot.kind() != SlotKind::File);
    let ids: Vec<&str> = others.map(Slot::id).collect();
    (!ids.is_empty()).then(|| format!("slot {}", ids.join(", or slot ")))
}

/// Somebody may have rotated the root key while the files were copied one after another.
fn check_seal(backup: &Path, root_key: KeyId, with_root_key: bool) -> anyhow::Result<()> {
    let seal = SealFiles::of(backup).read()?;
    let known = seal.map(|seal| seal.root_keys()).unwrap_or_default();
    let fits = !with_root_key || known.contains(&RootKey::open(&backup.join(ROOT_KEY))?.id());
    if !known.contains(&root_key) || !fits {
        bail!("the root key was rotated meanwhile: repeat the backup");
    }
    Ok(())
}

/// A name beside the target, which must not exist.
fn partial(to: &Path) -> anyhow::Result<PathBuf> {
    if to.exists() {
        bail!("{} exists already", to.display());
    }
    let name = to
        .file_name()
        .with_context(|| format!("{} names no directory", to.display()))?;
    let mut partial = name.to_owned();
    partial.push(".partial");
    let partial = to.with_file_name(partial);
    if partial.exists() {
        bail!(
            "{} is in the way: a backup did not end well, remove it",
            partial.display()
        );
    }
    Ok(partial)
}

pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Copies the segments. The newest one may grow meanwhile: a record that is cut there is
/// cut off when the trail is opened, as after a crash.
pub(super) fn copy_trail(from: &Path, to: &Path) -> anyhow::Result<()> {
    make_directory(to)?;
    let mut segments = Vec::new();
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_segment = Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "log");
        if is_segment && entry.file_type()?.is_file() {
            segments.push(name);
        }
    }
    // The oldest first, so that a segment which is begun meanwhile leaves no hole.
    segments.sort();
    for name in segments {
        copy(&from.join(&name), &to.join(&name))?;
    }
    sync(to)
}

/// Copies to a new file that only its owner can read, durably.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    copy_from(&mut fs::File::open(from)?, to)
}

pub(super) fn copy_from(from: &mut dyn io::Read, to: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)?;
    io::copy(from, &mut file)?;
    file.sync_all()
}

pub(super) fn sync(directory: &Path) -> anyhow::Result<()> {
    fs::File::open(directory)
        .and_then(|directory| directory.sync_all())
        .with_context(|| format!("cannot sync {}", directory.display()))
}
