//! Accounts of the server: how one begins, and the operations that the operator has.

mod api;
mod operation;

pub(crate) use api::types;
pub(crate) use operation::register;

use arn::AccountId;
use crypto::{Keyring, Random, SecretString};
use jiff::Timestamp;
use kernel::{AccountRecord, Entity, RecordError};
use store::{Prefix, RecordKey, StoreError, Tx};

/// An account that begins, with the key of its root user. The secret is shown once.
pub(crate) struct NewAccount {
    pub(crate) record: AccountRecord,
    pub(crate) access_key_id: String,
    pub(crate) secret: SecretString,
}

/// Why an account cannot begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// The id is taken.
    #[error("the account {0} exists already")]
    Exists(AccountId),
    /// The root user's key cannot be made.
    #[error(transparent)]
    RootKey(#[from] service_iam::access_key::CreateRootError),
    /// The record cannot be read or written.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Record(error.into())
    }
}

impl From<store::InvalidKey> for AccountError {
    fn from(error: store::InvalidKey) -> Self {
        Self::Record(error.into())
    }
}

/// Stages an account and the key of its root user.
pub(crate) fn create(
    tx: &mut Tx,
    keyring: &Keyring,
    random: &dyn Random,
    now: Timestamp,
    id: Option<AccountId>,
    name: &str,
) -> Result<NewAccount, AccountError> {
    let id = match id {
        Some(id) => id,
        None => fresh_id(tx, random)?,
    };
    let record = stage_record(tx, id, name, now)?.ok_or(AccountError::Exists(id))?;
    let key = service_iam::access_key::create_root(tx, id, keyring, random, now)?;
    Ok(NewAccount {
        record,
        access_key_id: key.record.id,
        secret: key.secret,
    })
}

/// Stages an account's record; `None` where the account exists.
pub(crate) fn stage_record(
    tx: &mut Tx,
    id: AccountId,
    name: &str,
    now: Timestamp,
) -> Result<Option<AccountRecord>, AccountError> {
    let key = key(id.as_str())?;
    if tx.get(&key)?.is_some() {
        return Ok(None);
    }
    let record = AccountRecord {
        id: id.to_string(),
        name: name.to_owned(),
        created: now,
    };
    tx.put(key, kernel::record::encode(&record)?);
    Ok(Some(record))
}

/// All accounts, by id.
pub(crate) fn list(tx: &mut Tx) -> Result<Vec<AccountRecord>, AccountError> {
    const PAGE: usize = 1000;
    let prefix = Prefix::new("", "", AccountRecord::KIND, "")?;
    let mut accounts = Vec::new();
    let mut after = None;
    loop {
        let page = tx.scan(&prefix, after.as_ref(), PAGE)?;
        let last = page.len() < PAGE;
        for (_, bytes) in &page {
            accounts.push(kernel::record::decode(bytes)?);
        }
        if last {
            return Ok(accounts);
        }
        after = page.into_iter().last().map(|(key, _)| key);
    }
}

/// An id that no account of this server has.
pub(crate) fn fresh_id(tx: &mut Tx, random: &dyn Random) -> Result<AccountId, AccountError> {
    loop {
        // AWS's ids may start with zeros; one that does is mangled by whoever takes it for a number.
        let id = random_id(random);
        if tx.get(&key(id.as_str())?)?.is_none() {
            return Ok(id);
        }
    }
}

fn random_id(random: &dyn Random) -> AccountId {
    const LEAST: u64 = 100_000_000_000;
    const COUNT: u64 = 900_000_000_000;
    loop {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        // The bias of the remainder is 2^-24.
        if let Some(id) = AccountId::from_u64(LEAST + u64::from_be_bytes(bytes) % COUNT) {
            return id;
        }
    }
}

fn key(name: &str) -> Result<RecordKey, store::InvalidKey> {
    kernel::record::key::<AccountRecord>("", "", name)
}

/// A time as the answers show it, in whole seconds.
pub(crate) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
