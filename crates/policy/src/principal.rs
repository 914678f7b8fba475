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
        let service = matches!(self, Self::Service { .. });
        context.set(
            "aws:PrincipalIsAWSService",
            if service { "true" } else { "false" },
        );
        let mut set = |key: &str, value: Option<Cow<'_, str>>| {
            if let Some(value) = value {
                context.set(key, value);
            }
        };
        set("aws:PrincipalAccount", self.account().map(Cow::Borrowed));
        set("aws:PrincipalType", self.kind().map(Cow::Borrowed));
        set("aws:userid", self.user_id());
        match self {
            Self::RoleSession { role_arn, .. } => {
                set("aws:PrincipalArn", Some(Cow::Borrowed(role_arn)))
            }
            _ => set("aws:PrincipalArn", self.arn()),
        }
        match self {
            Self::User { arn, .. } => {
                set("aws:username", arn.rsplit('/').next().map(Cow::Borrowed))
            }
            Self::Service {
                name,
                source_account,
            } => {
                set("aws:PrincipalServiceName", Some(Cow::Borrowed(name)));
                set(
                    "aws:SourceAccount",
                    source_account.as_deref().map(Cow::Borrowed),
                );
            }
            _ => {}
        }
    }

    /// `aws:PrincipalType`.
    fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Anonymous => Some("Anonymous"),
            Self::Root { .. } => Some("Account"),
            Self::User { .. } => Some("User"),
            Self::RoleSession { .. } => Some("AssumedRole"),
            Self::FederatedUser { .. } => Some("FederatedUser"),
            Self::Service { .. } | Self::WebIdentity { .. } | Self::Saml { .. } => None,
        }
    }

    /// `aws:userid`, by the table of "IAM policy elements: Variables and tags".
    fn user_id(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Anonymous => Some(Cow::Borrowed("anonymous")),
            Self::Root { account } => Some(Cow::Borrowed(account)),
            Self::User { unique_id, .. } => Some(Cow::Borrowed(unique_id)),
            Self::RoleSession {
                role_id,
                session_name,
                ..
            } => Some(Cow::Owned(format!("{role_id}:{session_name}"))),
            Self::FederatedUser { arn, account, .. } => {
                let name = arn.rsplit('/').next().unwrap_or_default();
                Some(Cow::Owned(format!("{account}:{name}")))
            }
            Self::Service { .. } | Self::WebIdentity { .. } | Self::Saml { .. } => None,
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
    /// One session of a role, as `AROA…:name`: the form in which trust policies store the ARN of a session, so that a
    /// later role of the same name gains nothing.
    Session {
        role_id: Box<str>,
        name: Box<str>,
    },
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
        if let Some((role_id, name)) = value.split_once(':')
            && role_id.starts_with("AROA")
            && is_unique_id(role_id)
            && is_session_name(name)
        {
            return Self::Session {
                role_id: role_id.into(),
                name: name.into(),
            };
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

/// `RoleSessionName` ("AssumeRole", STS API Reference).
fn is_session_name(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}

/// Unique ids are 16 to 128 letters and digits and begin with a known prefix ("IAM identifiers").
fn is_unique_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && (text.starts_with("AIDA") || text.starts_with("AROA"))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Values;

    fn keys(principal: &Principal) -> Vec<(String, String)> {
        let mut context = Context::new();
        principal.set_keys(&mut context);
        let one = |values: Values| match values {
            Values::One(value) => value.to_string(),
            Values::Many(_) => panic!("single-valued"),
        };
        context
            .iter()
            .map(|(key, values)| (key.trim_start_matches("aws:").to_owned(), one(values)))
            .collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn keys_of_a_session_name_the_role() {
        let session = Principal::RoleSession {
            session_arn: "arn:aws:sts::111111111111:assumed-role/app/run".into(),
            role_arn: "arn:aws:iam::111111111111:role/path/app".into(),
            role_id: "AROAAAAAAAAAAAAAAAAA".into(),
            session_name: "run".into(),
            account: "111111111111".into(),
        };
        let expected = [
            ("principalaccount", "111111111111"),
            ("principalarn", "arn:aws:iam::111111111111:role/path/app"),
            ("principalisawsservice", "false"),
            ("principaltype", "AssumedRole"),
            ("userid", "AROAAAAAAAAAAAAAAAAA:run"),
        ];
        assert_eq!(keys(&session), pairs(&expected));
        assert_eq!(
            session.arn().as_deref(),
            Some("arn:aws:sts::111111111111:assumed-role/app/run")
        );
    }

    #[test]
    fn keys_of_users_root_users_and_federated_users() {
        let user = Principal::User {
            arn: "arn:aws:iam::111111111111:user/path/bob".into(),
            unique_id: "AIDABBBBBBBBBBBBBBBB".into(),
            account: "111111111111".into(),
        };
        let expected = [
            ("principalaccount", "111111111111"),
            ("principalarn", "arn:aws:iam::111111111111:user/path/bob"),
            ("principalisawsservice", "false"),
            ("principaltype", "User"),
            ("userid", "AIDABBBBBBBBBBBBBBBB"),
            ("username", "bob"),
        ];
        assert_eq!(keys(&user), pairs(&expected));
        let root = Principal::Root {
            account: "111111111111".into(),
        };
        let expected = [
            ("principalaccount", "111111111111"),
            ("principalarn", "arn:aws:iam::111111111111:root"),
            ("principalisawsservice", "false"),
            ("principaltype", "Account"),
            ("userid", "111111111111"),
        ];
        assert_eq!(keys(&root), pairs(&expected));
        let federated = Principal::FederatedUser {
            arn: "arn:aws:sts::111111111111:federated-user/guest".into(),
            user_arn: "arn:aws:iam::111111111111:user/path/bob".into(),
            user_id: "AIDABBBBBBBBBBBBBBBB".into(),
            account: "111111111111".into(),
        };
        let expected = [
            ("principalaccount", "111111111111"),
            (
                "principalarn",
                "arn:aws:sts::111111111111:federated-user/guest",
            ),
            ("principalisawsservice", "false"),
            ("principaltype", "FederatedUser"),
            ("userid", "111111111111:guest"),
        ];
        assert_eq!(keys(&federated), pairs(&expected));
    }

    #[test]
    fn keys_of_those_without_an_account() {
        let expected = [
            ("principalisawsservice", "false"),
            ("principaltype", "Anonymous"),
            ("userid", "anonymous"),
        ];
        assert_eq!(keys(&Principal::Anonymous), pairs(&expected));
        let service = Principal::Service {
            name: "sns.amazonaws.com".into(),
            source_account: Some("111111111111".into()),
        };
        let expected = [
            ("principalisawsservice", "true"),
            ("principalservicename", "sns.amazonaws.com"),
            ("sourceaccount", "111111111111"),
        ];
        assert_eq!(keys(&service), pairs(&expected));
    }

    #[test]
    fn principal_values_are_told_apart_by_their_form() {
        let account = Named::Account("111111111111".into());
        assert_eq!(Named::read("111111111111"), account);
        assert_eq!(Named::read("arn:aws-cn:iam::111111111111:root"), account);
        assert!(matches!(Named::read("AROAAAAAAAAAAAAAAAAA"), Named::Id(_)));
        assert!(matches!(
            Named::read("AROAAAAAAAAAAAAAAAAA:run"),
            Named::Session { .. }
        ));
        for unknown in [
            "",
            "bob",
            "11111111111",
            "arn:aws:iam::111111111111:group/g",
            "arn:aws:iam::111111111111:role/",
            "arn:aws:iam::1:user/b",
            "arn:aws:iam::111111111111:user/*",
            "arn:aws:s3:::b",
            "arn:aws:sts::111111111111:self",
            "arn:aws:sts::111111111111:role/r",
            "arn:aws:iam::111111111111:assumed-role/r/s",
            "ASIAAAAAAAAAAAAAAAAA",
            "AIDAAAAAAAAAAAAAAAAA:run",
            "AROAAAAAAAAAAAAAAAAA:",
            "AROAAAAAAAAAAAAAAAAA:a:b",
            "AROAAAAAAAAAAAAAAAAA:*",
            "AROA:run",
        ] {
            assert!(!Named::read(unknown).is_known(), "{unknown}");
        }
    }
}
