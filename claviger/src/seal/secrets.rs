//! Where the secrets of slots come from: the environment, files, and the terminal.

use anyhow::{Context, ensure};
use crypto::{Lock, SecretString, Slot, SlotKind};
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

pub(super) const PASSPHRASE: &str = "CLAVIGER_SEAL_PASSPHRASE";
pub(super) const PIN: &str = "CLAVIGER_SEAL_PIN";
pub(super) const RECOVERY: &str = "CLAVIGER_SEAL_RECOVERY";
/// Far more than any secret has.
const MAX_FILE_BYTES: u64 = 4096;

/// Which slots may open, and the files that have their secrets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    /// Ids or kinds, in the order in which they are tried; all, where it is empty.
    pub(crate) slots: Vec<String>,
    pub(crate) passphrase: Option<PathBuf>,
    pub(crate) pin: Option<PathBuf>,
    pub(crate) recovery: Option<PathBuf>,
}

impl Sources {
    /// Whether the operator lets a slot open.
    pub(super) fn allow(&self, id: &str, kind: SlotKind) -> bool {
        self.slots.is_empty() || self.place(id, kind).is_some()
    }

    fn place(&self, id: &str, kind: SlotKind) -> Option<usize> {
        let named = |name: &String| name == id || name == kind.as_str();
        self.slots.iter().position(named)
    }

    /// Puts slots into the order that the operator gave.
    pub(super) fn sort(&self, slots: &mut [&Slot]) {
        slots.sort_by_key(|slot| self.place(slot.id(), slot.kind()));
    }
}

/// A secret that was looked for.
pub(crate) enum Found {
    Text(SecretString),
    /// Nobody gave one.
    Nothing,
    /// Its file or the terminal cannot be read.
    Unreadable(String),
}

/// The secrets that this process was given.
pub(crate) struct Secrets<'s> {
    sources: &'s Sources,
    may_ask: bool,
}

impl<'s> Secrets<'s> {
    /// `may_ask` at a terminal, where there is one.
    pub(crate) fn new(sources: &'s Sources, may_ask: bool) -> Self {
        let may_ask = may_ask && std::io::stdin().is_terminal();
        Self { sources, may_ask }
    }

    pub(super) fn sources(&self) -> &Sources {
        self.sources
    }

    /// Whether somebody has to type the secret.
    pub(super) fn must_ask(&self, kind: SlotKind) -> bool {
        kind == SlotKind::Passphrase
            && variable(PASSPHRASE).is_none()
            && self.sources.passphrase.is_none()
    }

    /// The text that opens a lock, or the PIN of its token.
    pub(super) fn text(&self, lock: &Lock) -> Found {
        let sources = self.sources;
        match lock.kind() {
            SlotKind::Env => {
                let found = lock.variable().and_then(variable);
                found.map_or(Found::Nothing, Found::Text)
            }
            SlotKind::Passphrase if self.must_ask(lock.kind()) && self.may_ask => {
                match rpassword::prompt_password("passphrase of the seal: ") {
                    Ok(text) => Found::Text(SecretString::new(text)),
                    Err(error) => Found::Unreadable(format!("cannot read the passphrase: {error}")),
                }
            }
            SlotKind::Passphrase => given(PASSPHRASE, sources.passphrase.as_deref()),
            SlotKind::Pkcs11 => given(PIN, sources.pin.as_deref()),
            SlotKind::Recovery => given(RECOVERY, sources.recovery.as_deref()),
            SlotKind::File | SlotKind::AwsKms => Found::Nothing,
        }
    }

    /// The PIN of a token.
    pub(crate) fn pin(&self) -> anyhow::Result<SecretString> {
        match given(PIN, self.sources.pin.as_deref()) {
            Found::Text(pin) => Ok(pin),
            Found::Unreadable(problem) => anyhow::bail!("{problem}"),
            Found::Nothing if self.may_ask => {
                let pin = rpassword::prompt_password("PIN of the token: ");
                Ok(SecretString::new(pin.context("cannot read the PIN")?))
            }
            Found::Nothing => anyhow::bail!("set {PIN} or --seal-pin-file"),
        }
    }

    /// What must be set so that a lock can be tried.
    pub(super) fn wanted(&self, lock: &Lock) -> String {
        match lock.kind() {
            SlotKind::Env => format!("{} is not set", lock.variable().unwrap_or("its variable")),
            SlotKind::Passphrase => either(PASSPHRASE, "seal-passphrase-file"),
            SlotKind::Pkcs11 => either(PIN, "seal-pin-file"),
            SlotKind::Recovery => either(RECOVERY, "seal-recovery-file"),
            SlotKind::AwsKms => {
                "neither CLAVIGER_SEAL_AWS_ACCESS_KEY_ID nor AWS_ACCESS_KEY_ID is set \
                                 with its secret"
                    .to_owned()
            }
            SlotKind::File => "root.key is not there".to_owned(),
        }
    }
}

fn either(variable: &str, flag: &str) -> String {
    format!("neither {variable} nor --{flag} is set")
}

/// A variable of the environment that is not empty.
pub(super) fn variable(name: &str) -> Option<SecretString> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty());
    text.map(SecretString::new)
}

fn given(name: &str, file: Option<&Path>) -> Found {
    match (variable(name), file) {
        (Some(text), _) => Found::Text(text),
        (None, None) => Found::Nothing,
        (None, Some(file)) => match read(file) {
            Ok(text) => Found::Text(text),
            Err(error) => Found::Unreadable(format!("{error:#}")),
        },
    }
}

/// The text of a file without its last line's end.
fn read(path: &Path) -> anyhow::Result<SecretString> {
    let name = || format!("cannot read {}", path.display());
    let mut text = Zeroizing::new(String::with_capacity(MAX_FILE_BYTES as usize));
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES).read_to_string(&mut text))
        .with_context(name)?;
    let text = text.trim_end_matches(['\n', '\r']);
    ensure!(!text.is_empty(), "{} is empty", path.display());
    Ok(SecretString::new(text.to_owned()))
}

/// A passphrase for a new slot, from a file or typed twice.
pub(crate) fn new_passphrase(file: Option<&Path>) -> anyhow::Result<SecretString> {
    if let Some(file) = file {
        return read(file);
    }
    ensure!(
        std::io::stdin().is_terminal(),
        "name a file with the new passphrase: --new-passphrase-file FILE"
    );
    let ask = |prompt| {
        let typed = rpassword::prompt_password(prompt).context("cannot read the passphrase")?;
        anyhow::Ok(SecretString::new(typed))
    };
    let first = ask("new passphrase: ")?;
    ensure!(
        ask("the same again: ")? == first,
        "the two passphrases differ"
    );
    Ok(first)
}
