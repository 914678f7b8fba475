//! What the world knows of accounts, keys, principals, groups and policies.

use arn::AccountId;
use crypto::SecretString;
use jiff::Timestamp;
use policy::Policy;
use std::sync::Arc;
use store::RecordKey;

/// An account.
#[derive(Clone)]
pub struct Account {
    /// Its 12 digits.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// The organization's policies above it; `None` outside an organization and for the management account.
    pub ceilings: Option<Arc<Ceilings>>,
    /// The record that describes it.
    pub record: RecordKey,
}

/// Service and resource control policies, one entry a level, the root first.
/// Documents of one level are a union; levels are an intersection.
#[derive(Clone, Default)]
pub struct Ceilings {
    /// Service control policies.
    pub service: Vec<Vec<Arc<Policy>>>,
    /// Resource control policies.
    pub resource: Vec<Vec<Arc<Policy>>>,
}

/// A long-term access key.
#[derive(Clone)]
pub struct AccessKey {
    /// The key id (`AKIA...`).
    pub id: Arc<str>,
    /// The account it belongs to.
    pub account: AccountId,
    /// Who acts with it.
    pub owner: KeyOwner,
    /// The secret, unsealed.
    pub secret: SecretString,
    /// `Active`, not `Inactive`.
    pub active: bool,
    /// The record that describes it.
    pub record: RecordKey,
}

/// Who acts with an access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyOwner {
    /// The account's root user.
    Root,
    /// A user, by unique id.
    User(Arc<str>),
}

/// Which kind of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// An IAM user.
    User,
    /// An IAM role.
    Role,
}

/// A user or role.
#[derive(Clone)]
pub struct Principal {
    /// User or role.
    pub kind: PrincipalKind,
    /// The unique id (`AIDA...`, `AROA...`), which no later principal shares.
    pub id: Arc<str>,
    /// The ARN.
    pub arn: Arc<str>,
    /// The name, in its own case.
    pub name: Arc<str>,
    /// The account.
    pub account: AccountId,
    /// When it was created.
    pub created: Timestamp,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// Its inline policies.
    pub inline: Vec<Arc<Policy>>,
    /// ARNs of its attached managed policies.
    pub attached: Vec<Arc<str>>,
    /// Unique ids of a user's groups.
    pub groups: Vec<Arc<str>>,
    /// ARN of its permissions boundary.
    pub boundary: Option<Arc<str>>,
    /// A role's trust policy.
    pub trust: Option<Arc<Policy>>,
    /// A role's longest session, in seconds.
    pub max_session_duration: u32,
    /// The record that describes it; `None` for one that the configuration gives.
    pub record: Option<RecordKey>,
}

/// A group.
#[derive(Clone)]
pub struct Group {
    /// The unique id (`AGPA...`).
    pub id: Arc<str>,
    /// Its inline policies.
    pub inline: Vec<Arc<Policy>>,
    /// ARNs of its attached managed policies.
    pub attached: Vec<Arc<str>>,
    /// The record that describes it.
    pub record: RecordKey,
}

/// A customer managed policy: its default version.
#[derive(Clone)]
pub struct ManagedPolicy {
    /// The ARN.
    pub arn: Arc<str>,
    /// The unique id (`ANPA...`), which no later policy of the same name shares.
    pub id: Arc<str>,
    /// The compiled default version.
    pub policy: Arc<Policy>,
    /// The record that describes it.
    pub record: RecordKey,
}
