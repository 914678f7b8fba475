//! Users, groups and roles.

use super::{InlinePolicy, TagRecord};
use jiff::Timestamp;
use kernel::Entity;
use serde::{Deserialize, Serialize};

/// An IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRecord {
    /// `AIDA...`
    pub id: String,
    /// The name, in its own case.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// Its tags, in the order they were set.
    #[serde(default)]
    pub tags: Vec<TagRecord>,
    /// Its inline policies, in the order of their names.
    #[serde(default)]
    pub inline: Vec<InlinePolicy>,
    /// ARNs of its attached managed policies, in the order they were attached.
    #[serde(default)]
    pub attached: Vec<String>,
    /// Its groups, in the order it joined.
    #[serde(default)]
    pub groups: Vec<GroupReference>,
    /// ARN of its permissions boundary.
    #[serde(default)]
    pub boundary: Option<String>,
    /// When its password was last used.
    #[serde(default)]
    pub password_last_used: Option<Timestamp>,
}

impl Entity for UserRecord {
    const KIND: &'static str = "iam.user";
}

/// A group that a user is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupReference {
    /// `AGPA...`
    pub id: String,
    /// The lower-case name, under which the group is kept.
    pub key: String,
}

/// An IAM group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRecord {
    /// `AGPA...`
    pub id: String,
    /// The name, in its own case.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// Its inline policies, in the order of their names.
    #[serde(default)]
    pub inline: Vec<InlinePolicy>,
    /// ARNs of its attached managed policies, in the order they were attached.
    #[serde(default)]
    pub attached: Vec<String>,
}

impl Entity for GroupRecord {
    const KIND: &'static str = "iam.group";
}

/// An IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRecord {
    /// `AROA...`
    pub id: String,
    /// The name, in its own case.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// When it was created.
    pub created: Timestamp,
    /// The trust policy. Principals that are users or roles stand in it as unique ids,
    /// so that a later user of the same name gains nothing.
    pub trust: String,
    /// The description.
    #[serde(default)]
    pub description: Option<String>,
    /// The longest session, in seconds.
    pub max_session_duration: u32,
    /// Its tags, in the order they were set.
    #[serde(default)]
    pub tags: Vec<TagRecord>,
    /// Its inline policies, in the order of their names.
    #[serde(default)]
    pub inline: Vec<InlinePolicy>,
    /// ARNs of its attached managed policies, in the order they were attached.
    #[serde(default)]
    pub attached: Vec<String>,
    /// ARN of its permissions boundary.
    #[serde(default)]
    pub boundary: Option<String>,
    /// The service whose service-linked role it is, such as `autoscaling.amazonaws.com`.
    #[serde(default)]
    pub service_linked: Option<String>,
}

impl Entity for RoleRecord {
    const KIND: &'static str = "iam.role";
}
