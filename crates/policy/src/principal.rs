//! Who makes a request, and whether a `Principal` element names them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::context::Context;

/// Who makes a request. ARNs and ids are full; accounts are twelve digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principal {
    /// Nobody in particular: an unsigned request.
    Anonymous,
    /// The root user of an account.
    Root {
        /// The account.
        account: Arc<str>,
    },
    /// An IAM user, with long-term keys or a session of GetSessionToken.
    User {
        /// `arn:aws:iam::…:user/…`
        arn: Arc<str>,
        /// `AIDA…`
        unique_id: Arc<str>,
        /// The account.
        account: Arc<str>,
    },
    /// A session of a role.
    RoleSession {
        /// `arn:aws:sts::…:assumed-role/Role/Name`
        session_arn: Arc<str>,
        /// `arn:aws:iam::…:role/…`
        role_arn: Arc<str>,
        /// `AROA…`
        role_id: Arc<str>,
        /// The session's name.
        session_name: Arc<str>,
        /// The account.
        account: Arc<str>,
    },
    /// A session of GetFederationToken.
    FederatedUser {
        /// `arn:aws:sts::…:federated-user/Name`
        arn: Arc<str>,
        /// The ARN of the IAM user who asked for the session.
        user_arn: Arc<str>,
        /// The unique id of that user.
        user_id: Arc<str>,
        /// The account.
        account: Arc<str>,
    },
    /// A service of the provider that acts for itself.
    Service {
        /// `ec2.amazonaws.com`
        name: Arc<str>,
        /// The account for which it acts.
        source_account: Option<Arc<str>>,
    },
    /// The bearer of a web identity token, before there is a session.
    WebIdentity {
        /// The provider as trust policies name it: an ARN or a host name.
        provider: Arc<str>,
    },
    /// The bearer of a SAML assertion, before there is a session.
    Saml {
        /// The provider's ARN.
        provider: Arc<str>,
    },
}

impl Principal {
    /// The account whose identity this is; `None` for those that belong to no account.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => Some(account),
            Self::Anonymous
            | Self::Service { .. }
            | Self::WebIdentity { .. }
            | Self::Saml { .. } => None,
        }
    }

    /// The ARN by which messages and records call the principal; for a session of a role that of the session.
    #[must_use]
    pub fn arn(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Root { account } => Some(Cow::Owned(format!("arn:aws:iam::{account}:root"))),
            Self::User { arn, .. } | Self::FederatedUser { arn, .. } => Some(Cow::Borrowed(arn)),
            Self::RoleSession { session_arn, .. } => Some(Cow::Borrowed(session_arn)),
            Self::Anonymous
            | Self::Service { .. }
            | Self::WebIdentity { .. }
            | Self::Saml { .. } => None,
        }
    }

    /// Sets the keys that follow from the principal alone: `aws:PrincipalArn` (the role's ARN for a session of a role),
    /// `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:userid`, `aws:username`, `aws:PrincipalIsAWSService`,
    /// and `aws:PrincipalServiceName` with `aws:SourceAccount` for a service ("AWS global condition context keys").
    pub fn set_keys(&self, context: &mut Context) {
        if let Some(account) = self.account() {
            context.set("aws:PrincipalAccount", account);
        }
        context.set(
            "aws:PrincipalIsAWSService",
            if matches!(self, Self::Service { .. }) {
                "true"
            } else {
                "false"
            },
        );
        match self {
            Self::Anonymous => {
                context
                    .set("aws:PrincipalType", "Anonymous")
                    .set("aws:userid", "anonymous");
            }
            Self::Root { account } => {
                let arn = format!("arn:aws:iam::{account}:root");
                context
                    .set("aws:PrincipalType", "Account")
                    .set("aws:userid", &**account)
                    .set("aws:PrincipalArn", arn);
            }
            Self::User { arn, unique_id, .. } => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                context
                    .set("aws:PrincipalType", "User")
                    .set("aws:userid", &**unique_id);
                context
                    .set("aws:PrincipalArn", &**arn)
                    .set("aws:username", name);
            }
            Self::RoleSession {
                role_arn,
                role_id,
                session_name,
                ..
            } => {
                context
                    .set("aws:PrincipalType", "AssumedRole")
                    .set("aws:userid", format!("{role_id}:{session_name}"));
                context.set("aws:PrincipalArn", &**role_arn);
            }
            Self::FederatedUser { arn, account, .. } => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                context
                    .set("aws:PrincipalType", "FederatedUser")
                    .set("aws:userid", format!("{account}:{name}"));
                context.set("aws:PrincipalArn", &**arn);
            }
            Self::Service {
                name,
                source_account,
            } => {
                context.set("aws:PrincipalServiceName", &**name);
                if let Some(account) = source_account {
                    context.set("aws:SourceAccount", &**account);
                }
            }
            Self::WebIdentity { .. } | Self::Saml { .. } => {}
        }
    }
}

/// A value of the `AWS` principal type, recognised by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Named {
    Everyone,
    /// An account, as twelve digits or as its root's ARN: the two mean the same.
    Account(Box<str>),
    /// A user's or role's unique id.
    Id(Box<str>),
    /// A user, role, role session or federated user.
    Arn(Box<str>),
    /// A form that names nobody.
    Unknown(Box<str>),
}

impl Named {
    pub(crate) fn read(value: &str) -> Self {
        if value == "*" {
            return Self::Everyone;
        }
        if is_account(value) {
            return Self::Account(value.into());
        }
        if is_unique_id(value) {
            return Self::Id(value.into());
        }
        let mut parts = value.splitn(6, ':');
        let [arn, partition, service, region, account, rest] =
            std::array::from_fn(|_| parts.next().unwrap_or_default());
        if arn == "arn"
            && partition.starts_with("aws")
            && region.is_empty()
            && is_account(account)
            && !value.contains(['*', '?'])
        {
            match (service, rest) {
                ("iam", "root") => return Self::Account(account.into()),
                ("iam", rest) if named(rest, "user/") || named(rest, "role/") => {
                    return Self::Arn(value.into());
                }
                ("sts", rest) if named(rest, "assumed-role/") || named(rest, "federated-user/") => {
                    return Self::Arn(value.into());
                }
                _ => {}
            }
        }
        Self::Unknown(value.into())
    }

    pub(crate) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown(_))
    }
}

fn named(rest: &str, prefix: &str) -> bool {
    rest.strip_prefix(prefix)
        .is_some_and(|name| !name.is_empty())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Unique ids are 16 to 128 letters and digits and begin with a known prefix ("IAM identifiers").
fn is_unique_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && (text.starts_with("AIDA") || text.starts_with("AROA"))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
