//! The answer to a request: allowed or not, and by which policy.

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The request is allowed.
    Allow,
    /// A statement denies the request.
    ExplicitDeny,
    /// Nothing allows the request.
    ImplicitDeny,
}

/// The kind of policy that made a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// Policies of the principal and its groups.
    Identity,
    /// The resource's own policy.
    Resource,
    /// A role's trust policy.
    Trust,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// Service control policies.
    ServiceControl,
    /// Resource control policies.
    ResourceControl,
    /// The policy of a VPC endpoint.
    VpcEndpoint,
    /// The rights of an account's root user, which no policy gives.
    AccountRoot,
    /// A grant of a KMS key.
    KeyGrant,
    /// An action that needs no permission.
    Exempt,
}

/// A statement that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatementRef {
    /// The level in the organization, root first; 0 in other layers.
    pub level: usize,
    /// The policy's index in its layer or level.
    pub policy: usize,
    /// The statement's index in its policy.
    pub statement: usize,
}

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Decision {
    /// What was decided.
    pub effect: Verdict,
    /// By which kind of policy; for an implicit deny the first one whose allow is missing.
    pub layer: Layer,
    /// The deciding statement, if there is one.
    pub statement: Option<StatementRef>,
}

impl Decision {
    /// Whether the request is allowed.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.effect == Verdict::Allow
    }

    pub(crate) fn allow(layer: Layer, statement: Option<StatementRef>) -> Self {
        Self {
            effect: Verdict::Allow,
            layer,
            statement,
        }
    }

    pub(crate) fn implicit(layer: Layer) -> Self {
        Self {
            effect: Verdict::ImplicitDeny,
            layer,
            statement: None,
        }
    }

    /// The end of AWS's AccessDenied text for this decision: `because no identity-based policy allows the … action`,
    /// `with an explicit deny in a …` ("Troubleshoot access denied error messages"). Empty for an allow.
    #[must_use]
    pub fn reason(&self, action: &str) -> String {
        let kind = self.layer.policy_kind();
        match self.effect {
            Verdict::Allow => String::new(),
            Verdict::ImplicitDeny => format!("because no {kind} allows the {action} action"),
            Verdict::ExplicitDeny => {
                let article = match self.layer {
                    Layer::Identity => "an",
                    Layer::Trust => "the",
                    _ => "a",
                };
                format!("with an explicit deny in {article} {kind}")
            }
        }
    }
}

impl Layer {
    fn policy_kind(self) -> &'static str {
        match self {
            Self::Identity | Self::AccountRoot | Self::Exempt => "identity-based policy",
            Self::Resource | Self::KeyGrant => "resource-based policy",
            Self::Trust => "role trust policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::VpcEndpoint => "VPC endpoint policy",
        }
    }
}
