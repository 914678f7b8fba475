//! What a seed file says, each piece with its place in the file.

use super::document::Document;
use super::node::Span;
use arn::AccountId;
use crypto::{Secret, SecretString};
use std::collections::HashSet;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) span: Span,
}

/// A whole file.
#[derive(Debug, Default)]
pub(super) struct Seed {
    pub(super) accounts: Vec<AccountSpec>,
    /// Names of policies and roles that were left out because they are wrong.
    pub(super) broken: HashSet<String>,
    /// Secrets stand in the file itself.
    pub(super) literal_secrets: bool,
}

/// An account and what is in it.
#[derive(Debug)]
pub(super) struct AccountSpec {
    pub(super) id: Option<At<AccountId>>,
    pub(super) name: At<String>,
    pub(super) alias: Option<At<String>>,
    pub(super) policies: Vec<PolicySpec>,
    pub(super) groups: Vec<GroupSpec>,
    pub(super) users: Vec<UserSpec>,
    pub(super) roles: Vec<RoleSpec>,
    pub(super) keys: Vec<KmsKeySpec>,
}

/// A customer managed policy.
#[derive(Debug)]
pub(super) struct PolicySpec {
    pub(super) name: At<String>,
    pub(super) path: Option<At<String>>,
    pub(super) description: Option<At<String>>,
    pub(super) document: Document,
    pub(super) tags: Option<At<Vec<Tag>>>,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

/// The policies of a user, group or role.
#[derive(Debug, Default)]
pub(super) struct Permissions {
    /// Inline policies by name.
    pub(super) inline: Vec<(At<String>, Document)>,
    /// Managed policies by name or ARN; by ARN once they are checked.
    pub(super) attach: Vec<At<String>>,
}

/// A group.
#[derive(Debug)]
pub(super) struct GroupSpec {
    pub(super) name: At<String>,
    pub(super) path: Option<At<String>>,
    pub(super) permissions: Permissions,
}

/// A user.
#[derive(Debug)]
pub(super) struct UserSpec {
    pub(super) name: At<String>,
    pub(super) path: Option<At<String>>,
    pub(super) tags: Option<At<Vec<Tag>>>,
    pub(super) groups: Vec<At<String>>,
    pub(super) permissions: Permissions,
    /// A managed policy by name or ARN; by ARN once it is checked.
    pub(super) boundary: Option<At<String>>,
    pub(super) password: Option<At<SecretString>>,
    pub(super) access_keys: Vec<KeySpec>,
}

/// A role.
#[derive(Debug)]
pub(super) struct RoleSpec {
    pub(super) name: At<String>,
    pub(super) path: Option<At<String>>,
    pub(super) description: Option<At<String>>,
    pub(super) trust: Document,
    pub(super) permissions: Permissions,
    /// A managed policy by name or ARN; by ARN once it is checked.
    pub(super) boundary: Option<At<String>>,
    pub(super) max_session_duration: Option<At<i32>>,
    pub(super) tags: Option<At<Vec<Tag>>>,
}

/// A key of KMS, with an id of the operator's choice.
#[derive(Debug)]
pub(super) struct KmsKeySpec {
    pub(super) id: At<String>,
    /// The server's region where there is none.
    pub(super) region: Option<At<String>>,
    pub(super) spec: At<service_kms::api::types::KeySpec>,
    pub(super) usage: At<service_kms::api::types::KeyUsageType>,
    /// As AWS imports it; the server makes it where there is none.
    pub(super) material: Option<At<Secret>>,
    pub(super) description: Option<At<String>>,
    pub(super) policy: Option<Document>,
    pub(super) tags: Option<At<Vec<Tag>>>,
    /// With `alias/`.
    pub(super) aliases: Vec<At<String>>,
    pub(super) enabled: Option<bool>,
    /// The period of automatic rotation, in days.
    pub(super) rotation: Option<At<i32>>,
}

/// An access key of a user.
#[derive(Debug)]
pub(super) enum KeySpec {
    /// With an id and a secret of the operator's choice.
    Fixed {
        id: At<String>,
        secret: At<SecretString>,
        active: Option<bool>,
    },
    /// One more key, whatever its id; the server makes it and shows it once.
    Any(Span),
}

impl KeySpec {
    pub(super) fn fixed_id(&self) -> Option<&str> {
        match self {
            Self::Fixed { id, .. } => Some(&id.value),
            Self::Any(_) => None,
        }
    }
}
