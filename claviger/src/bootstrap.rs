//! How a server begins: the account that is its own, and the first key of its root user.

use crate::accounts;
use crate::assemble::service_event;
use anyhow::{Context, bail};
use arn::{AccountId, Partition};
use crypto::{Keyring, Random, SecretString};
use kernel::{Clock, Entity, Host};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{CommitError, Prefix, Store, Tx};

/// The name of the first account.
const FIRST_ACCOUNT: &str = "main";
/// Attempts against other writers, which there are only when a serving server is emptied.
const ATTEMPTS: usize = 64;

/// What the server remembers of itself. Its key has no account and no region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ServerRecord {
    /// The account of the first root user.
    account: String,
    /// The partition of all ARNs in the store.
    partition: String,
    /// The id of the seed under which the store's secrets are sealed: the first root key
    /// itself, where a version that had no seal began the store.
    root_key: String,
}

impl Entity for ServerRecord {
    const KIND: &'static str = "server";
}

/// Where the server lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home {
    pub(crate) account: AccountId,
    pub(crate) partition: Partition,
}

/// What the configuration wants of a new store and expects of an old one.
pub(crate) struct Wanted<'a> {
    pub(crate) account: Option<AccountId>,
    pub(crate) default_account: Option<AccountId>,
    pub(crate) partition: Option<Partition>,
    pub(crate) keyring: &'a Keyring,
    /// The configuration has keys for the first account.
    pub(crate) has_keys: bool,
    /// A store without a home gets one.
    pub(crate) may_found: bool,
}

/// The root user's access key, to be shown once.
pub(crate) struct FirstKey {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

/// The id of the seed that the store's secrets are sealed under; `None` in a new store.
pub(crate) fn recorded_seed(store: &Arc<dyn Store>) -> anyhow::Result<Option<String>> {
    let key = kernel::record::key::<ServerRecord>("", "", "home")?;
    let mut tx = Tx::begin(Arc::clone(store), store.revision());
    let Some(bytes) = tx.get(&key)? else {
        return Ok(None);
    };
    Ok(Some(
        kernel::record::decode::<ServerRecord>(&bytes)?.root_key,
    ))
}

/// Finds the server's home, or founds it in a new store: its record, its first account
/// and, where the configuration has no keys, the access key of the root user.
///
/// The key is made with the home and never again: a root user that deletes its keys,
/// as AWS recommends, has none.
pub(crate) fn home(
    store: &Arc<dyn Store>,
    wanted: &Wanted<'_>,
    random: &dyn Random,
    clock: &dyn Clock,
) -> anyhow::Result<(Home, Option<FirstKey>)> {
    let key = kernel::record::key::<ServerRecord>("", "", "home")?;
    let mut tx = Tx::begin(Arc::clone(store), store.revision());
    if let Some(bytes) = tx.get(&key)? {
        return Ok((known_home(&kernel::record::decode(&bytes)?, wanted)?, None));
    }
    if !wanted.may_found {
        bail!("the data directory holds no server");
    }
    let partition = wanted.partition.unwrap_or_default();
    let account = match wanted.account.or(wanted.default_account) {
        Some(account) => account,
        None => accounts::fresh_id(&mut tx, random)?,
    };
    let record = ServerRecord {
        account: account.to_string(),
        partition: partition.as_str().to_owned(),
        root_key: wanted.keyring.id().to_string(),
    };
    tx.put(key, kernel::record::encode(&record)?);
    let first = stage_account(
        &mut tx,
        account,
        (!wanted.has_keys).then_some(wanted.keyring),
        random,
        clock,
    )?;
    store
        .commit(tx.into_commit())
        .wait()
        .context("cannot write the first records")?;
    Ok((Home { account, partition }, first))
}

fn known_home(record: &ServerRecord, wanted: &Wanted<'_>) -> anyhow::Result<Home> {
    let account: AccountId = record
        .account
        .parse()
        .context("the server's record names no account")?;
    let partition: Partition = record
        .partition
        .parse()
        .context("the server's record names no partition")?;
    let root_key = wanted.keyring.id().to_string();
    if record.root_key != root_key {
        bail!(
            "the root key is {root_key}, but the data was sealed under root key {}: put the right root.key and seal.json in place",
            record.root_key
        );
    }
    if let Some(asked) = wanted.account.filter(|asked| *asked != account) {
        bail!("the data directory belongs to account {account}, not to {asked}");
    }
    if let Some(asked) = wanted.partition.filter(|asked| *asked != partition) {
        bail!(
            "the data directory belongs to partition {}, and the region is in {}",
            partition.as_str(),
            asked.as_str()
        );
    }
    Ok(Home { account, partition })
}

/// Stages the first account, and a key of its root user where a keyring is given.
fn stage_account(
    tx: &mut Tx,
    account: AccountId,
    keyring: Option<&Keyring>,
    random: &dyn Random,
    clock: &dyn Clock,
) -> anyhow::Result<Option<FirstKey>> {
    let now = clock.now();
    accounts::stage_record(tx, account, FIRST_ACCOUNT, now)?;
    tx.stage_outbox(service_event("CreateAccount", Some(account), random, clock));
    let Some(keyring) = keyring else {
        return Ok(None);
    };
    let key = service_iam::access_key::create_root(tx, account, keyring, random, now)?;
    Ok(Some(FirstKey {
        id: key.record.id,
        secret: key.secret,
    }))
}

/// Empties the server: every record goes but that of its home, and the first account
/// begins again. The audit trail stays and records it. Blocks until it is durable.
///
/// Only for a server whose keys are configured: no new key could be shown to anybody.
pub(crate) fn reset(host: &Host) -> anyhow::Result<()> {
    host.store
        .reset(&[Prefix::new("", "", ServerRecord::KIND, "")?])?;
    host.last_used.clear();
    let (random, clock) = (host.random.as_ref(), host.clock.as_ref());
    for _ in 0..ATTEMPTS {
        let mut tx = Tx::begin(Arc::clone(&host.store), host.store.revision());
        tx.stage_outbox(service_event(
            "ResetServer",
            Some(host.settings.account),
            random,
            clock,
        ));
        stage_account(&mut tx, host.settings.account, None, random, clock)?;
        match host.store.commit(tx.into_commit()).wait() {
            Ok(_) => return Ok(()),
            Err(CommitError::Conflict) => {}
            Err(CommitError::Store(error)) => {
                return Err(error).context("cannot write the first account");
            }
        }
    }
    bail!("other writers left no room for the first account")
}
