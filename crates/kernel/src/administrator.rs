//! The administrator user of `--dev`. It is in no record: emptying the server does
//! not remove it, and no list shows it.

use crate::host::{ConfiguredOwner, Settings};
use crate::world::{Principal, PrincipalKind};
use arn::{AccountId, Partition};
use jiff::Timestamp;
use std::sync::Arc;

/// Its user name.
pub const NAME: &str = "dev-administrator";
pub(crate) const POLICY: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Its unique id in an account: always the same.
#[must_use]
pub fn unique_id(account: AccountId) -> String {
    let digits = account.as_str().bytes().fold(0_u128, |number, digit| {
        number * 10 + u128::from(digit & 0xf)
    });
    arn::generate(arn::UniqueIdPrefix::User, None, digits.to_be_bytes())
}

/// The administrator of an account.
pub(crate) fn principal(partition: Partition, account: AccountId) -> Arc<Principal> {
    Arc::new(Principal {
        kind: PrincipalKind::User,
        id: unique_id(account).into(),
        arn: format!("arn:{}:iam::{account}:user/{NAME}", partition.as_str()).into(),
        name: NAME.into(),
        account,
        created: Timestamp::UNIX_EPOCH,
        tags: Vec::new(),
        inline: Vec::new(),
        attached: vec![POLICY.into()],
        groups: Vec::new(),
        boundary: None,
        trust: None,
        max_session_duration: 0,
        record: None,
    })
}

/// The administrator that a session's user id names, where the settings have one in that account.
pub(crate) fn find(settings: &Settings, account: AccountId, id: &str) -> Option<Arc<Principal>> {
    let exists = settings.any_account_secret.is_some()
        || settings
            .configured
            .iter()
            .any(|key| key.owner == ConfiguredOwner::Administrator && key.account == account);
    (exists && id == unique_id(account)).then(|| principal(settings.partition, account))
}
