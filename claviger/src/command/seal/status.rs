//! `claviger seal status` and `claviger seal test`: they change nothing.

use crate::assemble::DataDirectory;
use crate::config::Config;
use crate::seal::{Outcome, Secrets, try_slot};
use anyhow::{bail, ensure};
use crypto::{RootKey, Seal, Slot, SlotKind};
use serde_json::{Value, json};
use std::fmt::Write;
use std::process::ExitCode;

/// Lists the slots.
pub(super) fn show(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    let directory = DataDirectory::new(&config.data);
    let Some(seal) = directory.seal_files().read()? else {
        return show_file_alone(&directory, as_json);
    };
    let recovery = seal
        .slots()
        .iter()
        .any(|slot| slot.kind() == SlotKind::Recovery);
    let stray = directory.seal_files().stray_root_key(&seal);
    let text = if as_json {
        let slots: Vec<_> = seal.slots().iter().map(described).collect();
        let root_keys: Vec<_> = seal.root_keys().iter().map(ToString::to_string).collect();
        let status = json!({
            "rootKey": root_keys.last(),
            "rootKeyCreated": seal.created(),
            "seed": seal.seed_id().to_string(),
            "rotating": seal.is_rotating(),
            "strayRootKey": stray,
            "slots": slots,
        });
        format!("{status:#}\n")
    } else {
        told(&seal, recovery, stray)?
    };
    crate::command::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn told(seal: &Seal, recovery: bool, stray: bool) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    if let Some(root_key) = seal.root_keys().last() {
        writeln!(text, "root key {root_key}, made {}", seal.created())?;
    }
    writeln!(text, "seed     {}", seal.seed_id())?;
    for slot in seal.slots() {
        let detail = detail(slot);
        let (id, kind, created) = (slot.id(), slot.kind().as_str(), slot.created());
        writeln!(text, "slot     {id:<16} {kind:<10} {created}  {detail}")?;
    }
    if seal.is_rotating() {
        writeln!(
            text,
            "a rotation of the root key did not end; the next start ends it"
        )?;
    }
    if stray {
        writeln!(
            text,
            "root.key lies beside the data, and no slot knows of it: `claviger seal remove file` removes it"
        )?;
    }
    if !recovery {
        writeln!(
            text,
            "there is no recovery slot: `claviger seal add recovery` makes one"
        )?;
    }
    Ok(text)
}

/// A directory that a version without seals began.
fn show_file_alone(directory: &DataDirectory, as_json: bool) -> anyhow::Result<ExitCode> {
    ensure!(
        directory.root_key().exists(),
        "{} has neither a seal nor a root.key",
        directory.path().display()
    );
    let root_key = RootKey::open(&directory.root_key())?.id();
    let text = if as_json {
        let slot = json!({ "id": "file", "kind": "file" });
        let status = json!({ "rootKey": root_key.to_string(), "seed": root_key.to_string(), "slots": [slot] });
        format!("{status:#}\n")
    } else {
        format!(
            "root key {root_key}\nslot     file\nthere is no seal yet: the first change of a slot makes one\n"
        )
    };
    crate::command::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn described(slot: &Slot) -> Value {
    json!({
        "id": slot.id(),
        "kind": slot.kind().as_str(),
        "created": slot.created(),
        "detail": detail(slot),
    })
}

/// Where a slot's secret is, in words.
fn detail(slot: &Slot) -> String {
    let lock = slot.lock();
    if let Some(kms) = lock.by_kms() {
        return format!("{} at {}", kms.key_id, kms.endpoint);
    }
    if let Some(token) = lock.by_token() {
        let address = token.address();
        return format!(
            "key '{}' of token '{}' by {}",
            address.key, address.token, address.module
        );
    }
    match (slot.kind(), lock.variable()) {
        (_, Some(variable)) => format!("variable {variable}"),
        (SlotKind::File, _) => "root.key".to_owned(),
        _ => "-".to_owned(),
    }
}

/// Opens each slot that it can.
pub(super) fn test(config: &Config, only: Option<&str>) -> anyhow::Result<ExitCode> {
    let directory = DataDirectory::new(&config.data);
    let files = directory.seal_files();
    let Some(seal) = files.read()? else {
        let root_key = RootKey::open(&directory.root_key())?.id();
        crate::command::print(&format!("file: opens, root key {root_key}\n"))?;
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(id) = only {
        seal.slot(id)?;
    }
    let secrets = Secrets::new(&config.seal, true);
    let (mut text, mut failed, mut opened) = (String::new(), 0, 0);
    for slot in seal.slots() {
        if only.is_some_and(|id| id != slot.id()) {
            continue;
        }
        let line = match try_slot(&files, &seal, slot, &secrets) {
            Outcome::Opened(unsealed) => {
                opened += 1;
                format!("opens, root key {}", unsealed.root_key_id())
            }
            Outcome::Missing(what) if only.is_some() => bail!("slot '{}': {what}", slot.id()),
            Outcome::Missing(what) => format!("not tried: {what}"),
            Outcome::Failed(failure) => {
                failed += 1;
                format!("FAILED: {}", failure.text)
            }
        };
        writeln!(text, "{}: {line}", slot.id())?;
    }
    crate::command::print(&text)?;
    Ok(if failed == 0 && opened > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
