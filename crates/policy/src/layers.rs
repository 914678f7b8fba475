//! The policies that take part in a decision.

use crate::compiled::Policy;

/// A single policy that limits what others allow.
pub type Ceiling<'a> = &'a Policy;

/// The levels of an organization from the root to the account: the policies of one level are a union, the levels an
/// intersection.
pub type Levels<'a> = &'a [&'a [&'a Policy]];

/// All policies that take part in one decision. [`Layers::default`] has none and so allows nobody but root users.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layers<'a> {
    /// The policies of the principal: managed, inline, and those of its groups.
    pub identity: &'a [&'a Policy],
    /// Whether the caller has an identity here. Without one, `identity` allows nothing (its denies still count). Root
    /// users have all rights of their account in any case.
    pub identity_exists: bool,
    /// The permissions boundary.
    pub boundary: Option<Ceiling<'a>>,
    /// The session policies, one union; `None` for a session without any.
    pub session: Option<&'a [&'a Policy]>,
    /// The service control policies, root first; `None` (or no level at all) where none apply, as in a management
    /// account. A level without policies allows nothing.
    pub scps: Option<Levels<'a>>,
    /// The resource control policies of the resource's account, as [`Layers::scps`].
    pub rcps: Option<Levels<'a>>,
    /// The resource's own policy.
    pub resource: Option<&'a Policy>,
    /// The policy of the VPC endpoint through which the request came.
    pub endpoint: Option<&'a Policy>,
    /// How the resource's policy and the identity's add up.
    pub resource_rule: ResourceRule,
}

/// How the resource's policy takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ResourceRule {
    /// Within an account either the identity or the resource allows; across accounts both must.
    #[default]
    Standard,
    /// A role's trust policy: it must allow, within the account too; naming the account only delegates.
    Trust,
    /// A KMS key's policy: it must allow, and identities count only where it names their account.
    KmsKey {
        /// Whether a grant of the key allows the request to the caller.
        granted: bool,
    },
    /// Actions that nothing can forbid (`sts:GetCallerIdentity`).
    Exempt,
}
