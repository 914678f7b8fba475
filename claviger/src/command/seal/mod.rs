//! `claviger seal`: the slots that the root key lies in.

mod add;
mod status;
mod workshop;

use crate::config::Config;
use anyhow::{Context, bail, ensure};
use crypto::SlotKind;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use workshop::Workshop;

/// Commands on the seal.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Seal {
    /// List the slots, without secrets. Also while a server runs.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Put the root key into another slot.
    ///
    /// Makes the data directory and a new root key where there is none, so that a server need
    /// never have a root key in a file.
    Add(add::Add),
    /// Take a slot away. The root key must come from another one, which proves that one remains.
    Remove {
        /// The slot's id.
        id: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Put a new root key into all slots.
    ///
    /// Everything that is sealed opens as before, sessions go on, and no other slot's secret is
    /// needed than that of the one that opens. Backups of before need the old root.key, or any
    /// other slot.
    Rotate {
        #[command(flatten)]
        place: Place,
    },
    /// Open each slot whose secret is here. Exit code 1: one of them does not open.
    Test {
        /// Only this slot, whose secret must be here.
        id: Option<String>,
        #[command(flatten)]
        place: Place,
    },
}

/// Whose seal, and how it opens.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The data directory [default: ./claviger-data].
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// The server's configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    opening: Opening,
}

/// Options of all that opens a seal.
#[derive(Debug, clap::Args)]
pub(crate) struct Opening {
    /// The slots that may open, by id or kind, in the order of trying [default: all].
    #[arg(long, value_name = "SLOT,...")]
    seal_slots: Option<String>,
    /// A file with the passphrase of the seal; also CLAVIGER_SEAL_PASSPHRASE.
    #[arg(long, value_name = "FILE")]
    seal_passphrase_file: Option<String>,
    /// A file with the PIN of the PKCS#11 token; also CLAVIGER_SEAL_PIN.
    #[arg(long, value_name = "FILE")]
    seal_pin_file: Option<String>,
    /// A file with a recovery text; also CLAVIGER_SEAL_RECOVERY.
    #[arg(long, value_name = "FILE")]
    seal_recovery_file: Option<String>,
}

impl Opening {
    /// The options as keys of the configuration.
    pub(in crate::command) fn flags(&self) -> [(&'static str, Option<String>); 4] {
        [
            ("seal-slots", self.seal_slots.clone()),
            ("seal-passphrase-file", self.seal_passphrase_file.clone()),
            ("seal-pin-file", self.seal_pin_file.clone()),
            ("seal-recovery-file", self.seal_recovery_file.clone()),
        ]
    }
}

impl Place {
    fn config(&self) -> anyhow::Result<Config> {
        let flags = [("data", self.data.clone())]
            .into_iter()
            .chain(self.opening.flags());
        let flags = flags.filter_map(|(key, text)| text.map(|text| (key, text)));
        let environment = |name: &str| std::env::var(name).ok();
        let config = Config::load(self.config.as_deref(), &environment, flags.collect())?;
        ensure!(!config.ephemeral, "--ephemeral has no seal");
        Ok(config)
    }
}

impl Seal {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        // No second thread is there yet, and no memory that was not locked holds a key.
        let _ = crate::memory::refuse_swap();
        match self {
            Self::Status { json, place } => status::show(&place.config()?, json),
            Self::Test { id, place } => status::test(&place.config()?, id.as_deref()),
            Self::Add(add) => add.run(),
            Self::Remove { id, yes, place } => remove(&place.config()?, &id, yes),
            Self::Rotate { place } => rotate(&place.config()?),
        }
    }
}

fn remove(config: &Config, id: &str, yes: bool) -> anyhow::Result<ExitCode> {
    let mut shop = Workshop::open(config, Some(id)).with_context(|| {
        format!("before slot '{id}' goes, another one must open: give the secret of one that stays")
    })?;
    if id == SlotKind::File.as_str() && shop.files.stray_root_key(&shop.seal) {
        shop.files.remove_stray(&shop.seal)?;
        super::print("removed the root.key that no slot knew of\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let slot = shop.seal.slot(id)?.clone();
    let others = shop.seal.slots().iter().filter(|other| other.id() != id);
    let recovery = others
        .filter(|other| other.kind() == SlotKind::Recovery)
        .count();
    let mut warning = format!(
        "{} opened by slot '{}', which stays.\n",
        config.data.display(),
        shop.opened_by
    );
    if recovery == 0 {
        warning.push_str(
            "WARNING: no recovery slot remains: when the other slots are lost, so is everything. \
             `claviger seal add recovery` makes one.\n",
        );
    }
    super::print(&warning)?;
    if !yes && !agreed(&format!("remove slot '{id}' ({})?", slot.kind()))? {
        bail!("nothing was removed");
    }
    shop.record("RemoveSealSlot", id, slot.kind())?;
    shop.files.remove(&mut shop.seal, id)?;
    super::print(&format!(
        "removed slot '{id}'. Who has copied its secret and the seal can still open the copy: `claviger seal \
         rotate` gives new copies another root key.\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Asks at a terminal.
fn agreed(question: &str) -> anyhow::Result<bool> {
    ensure!(
        std::io::stdin().is_terminal(),
        "say --yes: there is no terminal to ask at"
    );
    let mut out = std::io::stderr().lock();
    write!(out, "{question} [y/N] ").and_then(|()| out.flush())?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

fn rotate(config: &Config) -> anyhow::Result<ExitCode> {
    let mut shop = Workshop::open(config, None)?;
    shop.record("RotateRootKey", &shop.opened_by.clone(), shop.opened_kind)?;
    let adopted = shop.seal.is_adopted(&shop.unsealed);
    let (random, created) = (shop.random.clone(), shop.now());
    let (old, unsealed) = shop
        .files
        .rotate(&mut shop.seal, &shop.unsealed, &created, random.as_ref())
        .context("the root key could not be rotated; every slot opens as before, or the next start ends it")?;
    let mut told = format!(
        "the root key is {} now, it was {old}; all {} slots have it, and what is sealed opens as before.\n",
        unsealed.root_key_id(),
        shop.seal.slots().len()
    );
    if shop.seal.file().is_some() {
        told.push_str(
            "root.key is a new file: copies of the old one open only what was copied before.\n",
        );
    }
    if adopted {
        told.push_str(
            "NOTE: this data directory was begun without a seal, and its first root.key is the seed of all its \
             keys: who has a copy of that file and of the data can open them for ever.\n",
        );
    }
    super::print(&told)?;
    Ok(ExitCode::SUCCESS)
}
