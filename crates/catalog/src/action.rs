//! Actions and resource types.

use crate::condition_key::ConditionKey;

/// How AWS classifies an action (AWS page "Access levels in policy summaries").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccessLevel {
    /// Reads the contents of a resource.
    Read,
    /// Lists resources, without their contents.
    List,
    /// Creates, changes or deletes resources.
    Write,
    /// Changes tags and nothing else.
    Tagging,
    /// Grants or changes permissions.
    PermissionsManagement,
}

impl AccessLevel {
    /// AWS's words for the level, as the console and the service reference write them.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::List => "List",
            Self::Write => "Write",
            Self::Tagging => "Tagging",
            Self::PermissionsManagement => "Permissions management",
        }
    }
}

/// An action of a service, in AWS's spelling (AWS page "Actions, resources, and condition keys for AWS services").
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// The service prefix, for example `iam`.
    pub service: &'static str,
    /// The name without the prefix, for example `CreateUser`.
    pub name: &'static str,
    /// What the action does to resources.
    pub access_level: AccessLevel,
    /// The resource types that a statement can name for this action; none means that only `*` matches.
    pub resource_types: &'static [ResourceUse],
    /// The condition keys of the action itself, whatever the resource.
    pub condition_keys: &'static [&'static ConditionKey],
}

impl Action {
    /// Whether the action only looks: its level is Read or List.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        matches!(self.access_level, AccessLevel::Read | AccessLevel::List)
    }

    /// Whether the action supports resource-level permissions. If not, a statement must say `"Resource": "*"`.
    #[must_use]
    pub fn has_resource_types(&self) -> bool {
        !self.resource_types.is_empty()
    }

    /// The name with its prefix, for example `iam:CreateUser`.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    /// Every key that AWS lists for the action: its own, those of its uses of resource types, and those of the types.
    /// A key may come twice. Global keys are listed only where the service's page lists them.
    pub fn all_condition_keys(&self) -> impl Iterator<Item = &'static ConditionKey> {
        let of_resources = self.resource_types.iter().flat_map(|used| {
            used.condition_keys
                .iter()
                .chain(used.resource_type.condition_keys)
        });
        self.condition_keys.iter().chain(of_resources).copied()
    }
}

/// That an action works on a type of resource.
#[derive(Debug, Clone, Copy)]
pub struct ResourceUse {
    /// The type's name, for example `user`.
    pub name: &'static str,
    /// Whether the action needs a resource of this type (AWS marks it with `*`).
    pub required: bool,
    /// The type itself.
    pub resource_type: &'static ResourceType,
    /// Condition keys that apply when this action works on this type.
    pub condition_keys: &'static [&'static ConditionKey],
}

/// A type of resource that a service defines.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType {
    /// The name, for example `user`.
    pub name: &'static str,
    /// The ARN with placeholders, for example `arn:${Partition}:iam::${Account}:user/${UserNameWithPath}`.
    pub arn_pattern: &'static str,
    /// Condition keys that describe a resource of this type.
    pub condition_keys: &'static [&'static ConditionKey],
}
