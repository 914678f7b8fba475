//! A stopped server's seal, opened to be changed.

use crate::assemble::{DataDirectory, service_event_of};
use crate::config::Config;
use crate::seal::{Opened, Secrets, add_file, open};
use crate::{bootstrap, soundness};
use anyhow::{Context, bail, ensure};
use crypto::{Random, RootKey, Seal, SealFiles, SlotKind, SystemRandom, Unsealed};
use kernel::{Clock, SystemClock};
use std::sync::Arc;
use store::{SqliteStore, Store, Tx};

pub(super) struct Workshop {
    pub(super) files: SealFiles,
    pub(super) seal: Seal,
    pub(super) unsealed: Unsealed,
    /// The id of the slot that opened it, and its kind.
    pub(super) opened_by: String,
    pub(super) opened_kind: SlotKind,
    pub(super) random: Arc<dyn Random>,
    /// Holds the directory's lock, and waits for what is recorded.
    store: Arc<dyn Store>,
}

impl Workshop {
    /// Opens the seal of a stopped server, by another slot than `except`.
    pub(super) fn open(config: &Config, except: Option<&str>) -> anyhow::Result<Self> {
        let directory = DataDirectory::new(&config.data);
        ensure!(
            directory.seal_files().seal_path().exists() || directory.root_key().exists(),
            "{} has neither a seal nor a root.key",
            directory.path().display()
        );
        Self::lay(config, except)
    }

    /// As [`Self::open`], and begins a data directory where there is none.
    pub(super) fn open_or_begin(config: &Config) -> anyhow::Result<Self> {
        Self::lay(config, None)
    }

    fn lay(config: &Config, except: Option<&str>) -> anyhow::Result<Self> {
        let directory = DataDirectory::new(&config.data);
        soundness::before_opening(&directory)?;
        let clock = SystemClock;
        let options =
            store::sqlite::Options::new(u64::try_from(clock.now().as_second()).unwrap_or_default());
        let store: Arc<dyn Store> = Arc::new(
            SqliteStore::open(directory.path(), &options)
                .context("the seal is changed while no server runs on the data directory")?,
        );
        let files = directory.seal_files();
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let created = clock.now().to_string();
        let (mut seal, opened) = match files.read()? {
            Some(seal) => {
                let secrets = Secrets::new(&config.seal, true);
                let opened = open(&directory, &seal, &secrets, except)?;
                (seal, opened)
            }
            None => begin(&directory, &store, random.as_ref(), &created)?,
        };
        let unsealed = files.settle(&mut seal, opened.unsealed)?;
        let seed = unsealed.keyring().id().to_string();
        if let Some(recorded) = bootstrap::recorded_seed(&store)?
            && recorded != seed
        {
            bail!(
                "the data was sealed under key {recorded}, but the seal has {seed}: it belongs to other data"
            );
        }
        Ok(Self {
            files,
            seal,
            unsealed,
            opened_by: opened.slot,
            opened_kind: opened.kind,
            random,
            store,
        })
    }

    /// The present time, as the seal has it.
    pub(super) fn now(&self) -> String {
        SystemClock.now().to_string()
    }

    /// Hands the audit trail an event of what is about to be done; it is durable, and in the
    /// trail when the server starts again. A directory that has no server yet records nothing.
    pub(super) fn record(
        &self,
        name: &'static str,
        slot: &str,
        kind: SlotKind,
    ) -> anyhow::Result<()> {
        if self.store.revision().0 == 0 {
            return Ok(());
        }
        let parameters = serde_json::json!({ "slot": slot, "kind": kind.as_str() });
        let event = service_event_of(name, None, &parameters, self.random.as_ref(), &SystemClock);
        let mut tx = Tx::begin(Arc::clone(&self.store), self.store.revision());
        tx.stage_outbox(event);
        let commit = self.store.commit(tx.into_commit());
        commit.wait().context("cannot record the change")?;
        Ok(())
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        self.store.close();
    }
}

/// A seal around the root key that is there, or around a new one.
fn begin(
    directory: &DataDirectory,
    store: &Arc<dyn Store>,
    random: &dyn Random,
    created: &str,
) -> anyhow::Result<(Seal, Opened)> {
    let files = directory.seal_files();
    let opened = |unsealed, slot: &str| Opened {
        unsealed,
        slot: slot.to_owned(),
        kind: SlotKind::File,
    };
    let root_key = match RootKey::open(files.root_key_path()) {
        Ok(root_key) => root_key,
        Err(error) if error.is_missing() && store.revision().0 == 0 => {
            let (seal, unsealed) = Seal::new(RootKey::ephemeral(random), created, random);
            return Ok((seal, opened(unsealed, "a new root key")));
        }
        Err(error) => return Err(error.into()),
    };
    let (mut seal, unsealed) = if store.revision().0 == 0 {
        Seal::new(root_key, created, random)
    } else {
        // Everything was sealed under this very key: it is the seed.
        let unsealed = Unsealed::without_seal(RootKey::open(files.root_key_path())?);
        let recorded = bootstrap::recorded_seed(store)?;
        let id = unsealed.keyring().id().to_string();
        if let Some(recorded) = recorded
            && recorded != id
        {
            bail!(
                "root.key holds {id}, but the data was sealed under root key {recorded}: put the right root.key \
                 and seal.json in place"
            );
        }
        Seal::adopt(root_key, created, random)
    };
    add_file(&files, &mut seal, &unsealed, created, random)?;
    Ok((seal, opened(unsealed, SlotKind::File.as_str())))
}
