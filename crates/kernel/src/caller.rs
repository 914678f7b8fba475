//! Who calls.

use crate::session::{Session, SessionKind};
use crate::world::Principal;
use arn::{AccountId, Partition};
use policy::Policy;
use std::sync::Arc;
use store::RecordKey;

/// Who acts, after authentication.
#[derive(Clone)]
pub enum Identity {
    /// The account's root user.
    Root,
    /// An IAM user.
    User(Arc<Principal>),
    /// A session of a role.
    Role {
        /// The role.
        role: Arc<Principal>,
        /// `RoleSessionName`.
        session_name: String,
    },
    /// A federated user.
    Federated {
        /// The user that vouches; `None` for the root user.
        user: Option<Arc<Principal>>,
        /// Its name.
        name: String,
    },
    /// A service of AWS that acts for itself. No request over the network is one.
    Service {
        /// `secretsmanager.amazonaws.com`
        name: Arc<str>,
        /// The resource for which it acts (`aws:SourceArn`); the caller's account is that resource's.
        source: Option<Arc<str>>,
    },
}

/// An authenticated caller.
#[derive(Clone)]
pub struct Caller {
    /// The account that the credentials belong to.
    pub account: AccountId,
    /// The partition that the account lives in.
    pub partition: Partition,
    /// The access key id of the signature.
    pub access_key_id: Arc<str>,
    /// Who acts.
    pub identity: Identity,
    /// What the session token says; `None` for long-term credentials.
    pub session: Option<Arc<Session>>,
    /// The policies of the session, compiled; `None` where the session has none.
    pub(crate) session_policies: Option<Vec<Arc<Policy>>>,
    /// The caller as the policy engine sees it.
    pub(crate) principal: policy::Principal,
    /// The records that this authentication rests on.
    pub(crate) dependencies: Vec<RecordKey>,
    /// Configured credentials of `--dev` or of the root environment: not in the store.
    pub(crate) configured: bool,
    /// The server itself says who this is: there is no key to look up.
    pub(crate) given: bool,
}

impl Caller {
    /// The caller's ARN, as `GetCallerIdentity` says it.
    #[must_use]
    pub fn arn(&self) -> String {
        let partition = self.partition.as_str();
        let account = self.account;
        match &self.identity {
            Identity::Root => format!("arn:{partition}:iam::{account}:root"),
            Identity::User(user) => user.arn.to_string(),
            Identity::Role { role, session_name } => {
                format!(
                    "arn:{partition}:sts::{account}:assumed-role/{}/{session_name}",
                    role.name
                )
            }
            Identity::Federated { name, .. } => {
                format!("arn:{partition}:sts::{account}:federated-user/{name}")
            }
            // Messages name a service so; it has no ARN.
            Identity::Service { name, .. } => name.to_string(),
        }
    }

    /// The caller as the policy engine sees it.
    #[must_use]
    pub fn principal(&self) -> &policy::Principal {
        &self.principal
    }

    /// `aws:userid`, as `GetCallerIdentity` says it.
    #[must_use]
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::Root => self.account.to_string(),
            Identity::User(user) => user.id.to_string(),
            Identity::Role { role, session_name } => format!("{}:{session_name}", role.id),
            Identity::Federated { name, .. } => format!("{}:{name}", self.account),
            Identity::Service { name, .. } => name.to_string(),
        }
    }

    /// The user or role whose identity policies count.
    #[must_use]
    pub fn source(&self) -> Option<&Arc<Principal>> {
        match &self.identity {
            Identity::Root | Identity::Service { .. } => None,
            Identity::User(user) => Some(user),
            Identity::Role { role, .. } => Some(role),
            Identity::Federated { user, .. } => user.as_ref(),
        }
    }

    /// The caller is the root user, with its own keys or with a session of them.
    #[must_use]
    pub fn is_root(&self) -> bool {
        matches!(self.identity, Identity::Root)
    }

    /// The caller's user name, for operations that default to it.
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        match &self.identity {
            Identity::User(user) => Some(&user.name),
            _ => None,
        }
    }

    /// The credentials were configured (`--dev`), and no record describes their user.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.configured
    }

    /// The caller acts in a session of a role.
    #[must_use]
    pub fn is_role_session(&self) -> bool {
        matches!(
            self.session.as_deref(),
            Some(Session {
                kind: SessionKind::Role { .. },
                ..
            })
        )
    }

    /// Tags of the principal: those of the session override the user's or role's,
    /// ignoring the case of their keys ("Passing session tags in AWS STS").
    #[must_use]
    pub fn principal_tags(&self) -> Vec<(&str, &str)> {
        let session = self
            .session
            .as_deref()
            .map(|s| s.tags.as_slice())
            .unwrap_or_default();
        let own = match &self.identity {
            // A federated user carries its session's tags only.
            Identity::Root | Identity::Federated { .. } | Identity::Service { .. } => &[][..],
            Identity::User(principal)
            | Identity::Role {
                role: principal, ..
            } => principal.tags.as_slice(),
        };
        // As the policy engine folds the names of condition keys, or the later of two would count.
        let overridden = |key: &str| {
            session
                .iter()
                .any(|(name, _)| name.to_lowercase() == key.to_lowercase())
        };
        session
            .iter()
            .chain(own.iter().filter(|(key, _)| !overridden(key)))
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Caller")
            .field("arn", &self.arn())
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}
