//! Opening the seal of a data directory: which slots are tried, in which order, and what
//! is said where none of them opens.

mod aws_kms;
mod secrets;

pub(crate) use aws_kms::Kms;
pub(crate) use secrets::{Found, Secrets, Sources, new_passphrase};

use crate::assemble::DataDirectory;
use anyhow::bail;
use crypto::{
    Lock, NewSlot, Random, RootKey, Seal, SealFileError, SealFiles, Slot, SlotError, SlotKey,
    SlotKind, Unsealed,
};
use std::fmt;

/// An opened seal, and what opened it.
pub(crate) struct Opened {
    pub(crate) unsealed: Unsealed,
    /// The slot's id.
    pub(crate) slot: String,
    pub(crate) kind: SlotKind,
}

/// What a slot did.
pub(crate) enum Outcome {
    Opened(Unsealed),
    /// It was not tried: its secret is not here. The text says what to set.
    Missing(String),
    Failed(Failure),
}

/// Why a slot does not open.
pub(crate) struct Failure {
    pub(crate) text: String,
    /// Trying again with the same secret can help: nobody said that it is wrong.
    pub(crate) passing: bool,
}

impl Failure {
    fn of(error: &dyn fmt::Display, passing: bool) -> Self {
        let text = error.to_string();
        Self { text, passing }
    }
}

/// No slot opened.
#[derive(Debug, thiserror::Error)]
#[error("{data} is sealed, and no slot of it opened:\n{told}{advice}")]
pub(crate) struct Sealed {
    data: String,
    told: String,
    advice: &'static str,
    /// Whether trying again can help: of no slot it is known that the secret is wrong.
    pub(crate) passing: bool,
}

const ADVICE: &str =
    "docs/seal.md says how each slot opens, and how a recovery text opens all the same";

/// Opens the seal of a server's data directory, or begins one where the store is new. A
/// rotation that a killed process began is ended.
pub(crate) fn open_or_begin(
    directory: &DataDirectory,
    sources: &Sources,
    new_store: bool,
    random: &dyn Random,
    created: &str,
) -> anyhow::Result<Opened> {
    let files = directory.seal_files();
    let Some(mut seal) = files.read()? else {
        return by_file_alone(&files, sources, new_store, random, created);
    };
    let secrets = Secrets::new(sources, true);
    let opened = open(directory, &seal, &secrets, None)?;
    if files.stray_root_key(&seal) {
        tracing::warn!(
            file = %files.root_key_path().display(),
            "a root key lies beside the data, and no slot knows of it: remove it with `claviger seal remove file`"
        );
    }
    let unsealed = files.settle(&mut seal, opened.unsealed)?;
    Ok(Opened { unsealed, ..opened })
}

/// A directory without a seal: a new one, or that of a version that had none, whose one key
/// is root key and seed.
fn by_file_alone(
    files: &SealFiles,
    sources: &Sources,
    new_store: bool,
    random: &dyn Random,
    created: &str,
) -> anyhow::Result<Opened> {
    let id = SlotKind::File.as_str();
    if !sources.allow(id, SlotKind::File) {
        bail!(
            "the data directory has no seal yet, and seal-slots does not name '{id}': make the first slot with \
             `claviger seal add`"
        );
    }
    let unsealed = if new_store {
        let root_key = RootKey::create_or_open(files.root_key_path(), random)?;
        let (mut seal, unsealed) = Seal::new(root_key, created, random);
        add_file(files, &mut seal, &unsealed, created, random)?;
        unsealed
    } else {
        // A new key would not open what the old one sealed.
        Unsealed::without_seal(RootKey::open(files.root_key_path())?)
    };
    Ok(Opened {
        unsealed,
        slot: id.to_owned(),
        kind: SlotKind::File,
    })
}

/// Adds the slot of `root.key`.
pub(crate) fn add_file(
    files: &SealFiles,
    seal: &mut Seal,
    unsealed: &Unsealed,
    created: &str,
    random: &dyn Random,
) -> Result<(), SealFileError> {
    let id = SlotKind::File.as_str();
    let new = NewSlot {
        id,
        lock: &Lock::file(),
        key: None,
        created,
    };
    files.add(seal, unsealed, &new, random)
}

/// Tries the slots in their order, passphrases that must be asked for last. `except` is not tried.
pub(crate) fn open(
    directory: &DataDirectory,
    seal: &Seal,
    secrets: &Secrets<'_>,
    except: Option<&str>,
) -> anyhow::Result<Opened> {
    let files = directory.seal_files();
    let chosen = |slot: &&Slot| secrets.sources().allow(slot.id(), slot.kind());
    let mut slots: Vec<&Slot> = seal.slots().iter().filter(chosen).collect();
    slots.retain(|slot| Some(slot.id()) != except);
    secrets.sources().sort(&mut slots);
    slots.sort_by_key(|slot| secrets.must_ask(slot.kind()));
    let mut told = String::new();
    let mut passing = true;
    for slot in slots {
        let line = match try_slot(&files, seal, slot, secrets) {
            Outcome::Opened(unsealed) => {
                return Ok(Opened {
                    unsealed,
                    slot: slot.id().to_owned(),
                    kind: slot.kind(),
                });
            }
            Outcome::Missing(what) => {
                format!("not tried: {what}")
            }
            Outcome::Failed(failure) => {
                tracing::warn!(
                    slot = slot.id(),
                    cause = failure.text,
                    "a slot does not open"
                );
                passing &= failure.passing;
                failure.text
            }
        };
        told.push_str(&format!("  {}: {line}\n", slot.id()));
    }
    if told.is_empty() {
        passing = false;
        told.push_str("  there is no slot to try\n");
    }
    Err(Sealed {
        data: directory.path().display().to_string(),
        told,
        advice: ADVICE,
        passing,
    }
    .into())
}

/// Tries one slot.
pub(crate) fn try_slot(
    files: &SealFiles,
    seal: &Seal,
    slot: &Slot,
    secrets: &Secrets<'_>,
) -> Outcome {
    if slot.kind() == SlotKind::File {
        return match files.open_file(seal) {
            Ok(unsealed) => Outcome::Opened(unsealed),
            Err(error) => Outcome::Failed(Failure::of(&error, true)),
        };
    }
    let key = match key(slot.lock(), secrets) {
        Ok(Some(key)) => key,
        Ok(None) => return Outcome::Missing(secrets.wanted(slot.lock())),
        Err(failure) => return Outcome::Failed(failure),
    };
    match seal.open(slot.id(), &key) {
        Ok(unsealed) => Outcome::Opened(unsealed),
        Err(error) => Outcome::Failed(Failure::of(&error, false)),
    }
}

/// The slot's key; `None` where the secret for it is not here.
fn key(lock: &Lock, secrets: &Secrets<'_>) -> Result<Option<SlotKey>, Failure> {
    if let Some(wrapped) = lock.by_kms() {
        let Some(kms) = Kms::from_environment(wrapped) else {
            return Ok(None);
        };
        return match kms.decrypt(wrapped) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(Failure::of(&format!("{error:#}"), true)),
        };
    }
    let text = match secrets.text(lock) {
        Found::Text(text) => text,
        Found::Nothing => return Ok(None),
        Found::Unreadable(problem) => return Err(Failure::of(&problem, true)),
    };
    let key = match lock.by_token() {
        Some(wrapped) => wrapped.unwrap(&text),
        None => lock.key(&text),
    };
    key.map(Some).map_err(|error| {
        // A token counts wrong PINs and locks itself.
        let passing = matches!(error, SlotError::Token(_));
        Failure::of(&error, passing)
    })
}
