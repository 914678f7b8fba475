//! What a report rests on, read at one revision of the store.
//!
//! It is read beside the call's transaction: a report shows a moment, and does not have to be made anew when
//! somebody creates a user meanwhile.

use crate::IamError;
use crate::access_key::AccessKeyRecord;
use crate::entity::UserRecord;
use crate::login_profile::LoginProfileRecord;
use crate::mfa::MfaAssignment;
use crate::name;
use crate::signing_certificate::SigningCertificateRecord;
use jiff::Timestamp;
use kernel::last_used::LastUse;
use kernel::{AccountRecord, Call, Entity, record};
use std::collections::{HashMap, HashSet};
use store::{Prefix, Snapshot};

const PAGE: usize = 1000;

/// The account's users and their credentials, by the user's unique id or [`ROOT_OWNER`](crate::entity::ROOT_OWNER).
pub(super) struct Everything {
    /// ARN of the root user.
    pub(super) root_arn: String,
    /// When the account was created.
    pub(super) account_created: Option<Timestamp>,
    /// Users and their ARNs, in the order of their names.
    pub(super) users: Vec<(String, UserRecord)>,
    /// Passwords.
    pub(super) passwords: HashMap<String, LoginProfileRecord>,
    /// Access keys, the oldest first, and their last uses.
    pub(super) access_keys: HashMap<String, Vec<(AccessKeyRecord, Option<LastUse>)>>,
    /// Signing certificates, the oldest first.
    pub(super) certificates: HashMap<String, Vec<SigningCertificateRecord>>,
    /// Who has an MFA device.
    pub(super) with_mfa: HashSet<String>,
}

/// Reads everything.
pub(super) fn take(call: &Call) -> Result<Everything, IamError> {
    let account = call.account();
    let account = account.as_str();
    let mut snapshot = call.host().store.snapshot()?;
    let snapshot = snapshot.as_mut();
    let mut uses: HashMap<String, LastUse> = all(snapshot, account)?.into_iter().collect();
    let mut access_keys: HashMap<String, Vec<_>> = HashMap::new();
    for (_, key) in all::<AccessKeyRecord>(snapshot, account)? {
        let used = call
            .host()
            .last_used
            .get(account, &key.id)
            .or_else(|| uses.remove(&key.id));
        access_keys
            .entry(key.owner.clone())
            .or_default()
            .push((key, used));
    }
    for keys in access_keys.values_mut() {
        keys.sort_by(|(a, _), (b, _)| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
    }
    let mut certificates: HashMap<String, Vec<SigningCertificateRecord>> = HashMap::new();
    for (key, certificate) in all::<SigningCertificateRecord>(snapshot, account)? {
        certificates
            .entry(owner(&key))
            .or_default()
            .push(certificate);
    }
    for list in certificates.values_mut() {
        list.sort_by(|a, b| a.uploaded.cmp(&b.uploaded).then_with(|| a.id.cmp(&b.id)));
    }
    let arn = |user: &UserRecord| {
        name::arn(
            call.partition(),
            call.account(),
            "user",
            &user.path,
            &user.name,
        )
    };
    Ok(Everything {
        root_arn: format!("arn:{}:iam::{account}:root", call.partition().as_str()),
        account_created: account_created(snapshot, account)?,
        users: all::<UserRecord>(snapshot, account)?
            .into_iter()
            .map(|(_, user)| (arn(&user), user))
            .collect(),
        passwords: all(snapshot, account)?.into_iter().collect(),
        access_keys,
        certificates,
        with_mfa: all::<MfaAssignment>(snapshot, account)?
            .iter()
            .map(|(key, _)| owner(key))
            .collect(),
    })
}

/// Whose record it is that has a key of [`owned`](crate::entity::owned).
fn owner(key: &str) -> String {
    key.split_once('\u{1}')
        .map_or(key, |(owner, _)| owner)
        .to_owned()
}

fn account_created(
    snapshot: &mut dyn Snapshot,
    account: &str,
) -> Result<Option<Timestamp>, IamError> {
    let key = record::key::<AccountRecord>("", "", account)?;
    let Some(found) = snapshot.read(&key)? else {
        return Ok(None);
    };
    Ok(Some(record::decode::<AccountRecord>(&found.value)?.created))
}

/// All records of a kind, with their names.
fn all<T: Entity>(
    snapshot: &mut dyn Snapshot,
    account: &str,
) -> Result<Vec<(String, T)>, IamError> {
    let range = Prefix::new(account, "", T::KIND, "")?;
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = snapshot.scan(&range, after.as_ref(), PAGE)?;
        let last = page.len() < PAGE;
        after = page.last().map(|(key, _)| key.clone());
        for (key, record) in page {
            found.push((key.name().to_owned(), record::decode(&record.value)?));
        }
        if last {
            return Ok(found);
        }
    }
}
