//! Who belongs to what: the ways back from groups and policies to their users.

use kernel::Entity;
use serde::{Deserialize, Serialize};

/// That a user is in a group. The key is `group + U+0001 + user`, both lower-case;
/// the user's record is the other direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {}

impl Entity for GroupMember {
    const KIND: &'static str = "iam.group-member";
}

impl GroupMember {
    /// The key of a membership.
    #[must_use]
    pub fn key(group: &str, user: &str) -> String {
        format!("{}\u{1}{}", super::folded(group), super::folded(user))
    }

    /// The start of the keys of a group's members.
    #[must_use]
    pub fn prefix(group: &str) -> String {
        format!("{}\u{1}", super::folded(group))
    }
}

/// That a managed policy is attached to an entity or is its boundary. The key is
/// `policy ARN + U+0001 + use + U+0001 + kind + U+0001 + lower-case name`; the entity's
/// record is the other direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The entity's name, in its own case.
    pub name: String,
    /// The entity's unique id.
    pub id: String,
    /// The entity's path.
    pub path: String,
}

impl Entity for Attachment {
    const KIND: &'static str = "iam.attachment";
}

/// How an entity uses a managed policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachmentUse {
    /// Attached: it grants permissions.
    Permissions,
    /// Set as permissions boundary.
    Boundary,
}

/// The kinds of entities that use managed policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityKind {
    /// A user.
    User,
    /// A group.
    Group,
    /// A role.
    Role,
}

impl EntityKind {
    /// `user`, `group` or `role`, as in ARNs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }
}

impl AttachmentUse {
    const fn letter(self) -> char {
        match self {
            Self::Permissions => 'p',
            Self::Boundary => 'b',
        }
    }
}

impl Attachment {
    /// The key of an attachment.
    #[must_use]
    pub fn key(policy: &str, used: AttachmentUse, kind: EntityKind, name: &str) -> String {
        format!(
            "{}{}",
            Self::kind_prefix(policy, used, kind),
            super::folded(name)
        )
    }

    /// The policy's ARN and the use that a key names.
    #[must_use]
    pub fn used(key: &str) -> Option<(&str, AttachmentUse)> {
        let mut parts = key.split('\u{1}');
        let (policy, letter) = (parts.next()?, parts.next()?);
        let uses = [AttachmentUse::Permissions, AttachmentUse::Boundary];
        uses.into_iter()
            .find(|used| letter.chars().eq([used.letter()]))
            .map(|used| (policy, used))
    }

    /// The start of the keys of a policy's attachments of one use.
    #[must_use]
    pub fn prefix(policy: &str, used: AttachmentUse) -> String {
        format!("{policy}\u{1}{}\u{1}", used.letter())
    }

    /// The start of the keys of a policy's attachments of one use to one kind of entity.
    #[must_use]
    pub fn kind_prefix(policy: &str, used: AttachmentUse, kind: EntityKind) -> String {
        format!("{}{}\u{1}", Self::prefix(policy, used), kind.as_str())
    }
}
