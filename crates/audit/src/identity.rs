//! Who made a call, as CloudTrail prints it (AWS: "CloudTrail userIdentity element").

use crate::text::{clip, iso8601_option};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// The kinds of identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum IdentityType {
    /// The account's root user.
    Root,
    /// A user with long-term credentials.
    IAMUser,
    /// A role session.
    AssumedRole,
    /// A session of `GetFederationToken`.
    FederatedUser,
    /// A principal of another account.
    AWSAccount,
    /// A service of the house.
    AWSService,
    /// A caller of `AssumeRoleWithSAML`.
    SAMLUser,
    /// A caller of `AssumeRoleWithWebIdentity`.
    WebIdentityUser,
    /// Nobody that could be identified.
    Unknown,
}

/// Who made a call. Absent fields are not printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// The kind of identity.
    #[serde(rename = "type")]
    pub kind: IdentityType,
    /// Unique id, with `:session-name` for a role session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// ARN of the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Account of the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The access key that signed the call; never its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// Friendly name of the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The session of temporary credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_context: Option<SessionContext>,
    /// The service that made the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
    /// The identity provider of a federated caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_provider: Option<String>,
}

/// The session of temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionContext {
    /// Who the session was made from.
    pub session_issuer: Option<SessionIssuer>,
    /// When the credentials were issued.
    pub creation_date: Option<Timestamp>,
    /// The credentials were issued after multi-factor authentication.
    pub mfa_authenticated: bool,
    /// The session's source identity.
    pub source_identity: Option<String>,
}

/// Who a session was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionIssuer {
    /// `Root`, `IAMUser` or `Role`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Unique id.
    pub principal_id: String,
    /// ARN.
    pub arn: String,
    /// Account.
    pub account_id: String,
    /// Friendly name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

impl UserIdentity {
    /// Nobody that could be identified. `access_key_id` is what the caller claimed, at most 128 bytes of it.
    #[must_use]
    pub fn unknown(access_key_id: Option<&str>) -> Self {
        Self {
            access_key_id: access_key_id.map(|id| clip(id, 128).to_owned()),
            ..Self::bare(IdentityType::Unknown)
        }
    }

    /// The root user of an account in a partition such as `aws`.
    #[must_use]
    pub fn root(account_id: &str, partition: &str) -> Self {
        Self {
            principal_id: Some(account_id.to_owned()),
            arn: Some(format!("arn:{partition}:iam::{account_id}:root")),
            account_id: Some(account_id.to_owned()),
            ..Self::bare(IdentityType::Root)
        }
    }

    /// A user with long-term credentials.
    #[must_use]
    pub fn iam_user(principal_id: &str, arn: &str, account_id: &str, user_name: &str) -> Self {
        Self {
            user_name: Some(user_name.to_owned()),
            ..Self::principal(IdentityType::IAMUser, principal_id, arn, account_id)
        }
    }

    /// A role session; `principal_id` is `AROA...:session-name`.
    #[must_use]
    pub fn assumed_role(
        principal_id: &str,
        arn: &str,
        account_id: &str,
        session: SessionContext,
    ) -> Self {
        Self {
            session_context: Some(session),
            ..Self::principal(IdentityType::AssumedRole, principal_id, arn, account_id)
        }
    }

    /// A session of `GetFederationToken`.
    #[must_use]
    pub fn federated_user(
        principal_id: &str,
        arn: &str,
        account_id: &str,
        session: SessionContext,
    ) -> Self {
        Self {
            session_context: Some(session),
            ..Self::principal(IdentityType::FederatedUser, principal_id, arn, account_id)
        }
    }

    /// A principal of another account, as the resource's account sees it.
    #[must_use]
    pub fn aws_account(principal_id: &str, account_id: &str) -> Self {
        Self {
            principal_id: Some(principal_id.to_owned()),
            account_id: Some(account_id.to_owned()),
            ..Self::bare(IdentityType::AWSAccount)
        }
    }

    /// A service, such as `kms.amazonaws.com`.
    #[must_use]
    pub fn aws_service(invoked_by: &str) -> Self {
        Self {
            invoked_by: Some(invoked_by.to_owned()),
            ..Self::bare(IdentityType::AWSService)
        }
    }

    /// An identity with its kind alone.
    #[must_use]
    pub fn bare(kind: IdentityType) -> Self {
        Self {
            kind,
            principal_id: None,
            arn: None,
            account_id: None,
            access_key_id: None,
            user_name: None,
            session_context: None,
            invoked_by: None,
            identity_provider: None,
        }
    }

    /// The same identity with the access key that signed the call.
    #[must_use]
    pub fn with_access_key(mut self, access_key_id: &str) -> Self {
        self.access_key_id = Some(access_key_id.to_owned());
        self
    }

    fn principal(kind: IdentityType, principal_id: &str, arn: &str, account_id: &str) -> Self {
        Self {
            principal_id: Some(principal_id.to_owned()),
            arn: Some(arn.to_owned()),
            account_id: Some(account_id.to_owned()),
            ..Self::bare(kind)
        }
    }
}

impl Serialize for SessionContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Attributes {
            #[serde(
                serialize_with = "iso8601_option",
                skip_serializing_if = "Option::is_none"
            )]
            creation_date: Option<Timestamp>,
            mfa_authenticated: &'static str,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct View<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            session_issuer: Option<&'a SessionIssuer>,
            attributes: Attributes,
            #[serde(skip_serializing_if = "Option::is_none")]
            source_identity: Option<&'a str>,
        }
        View {
            session_issuer: self.session_issuer.as_ref(),
            attributes: Attributes {
                creation_date: self.creation_date,
                // CloudTrail prints this boolean as text.
                mfa_authenticated: if self.mfa_authenticated {
                    "true"
                } else {
                    "false"
                },
            },
            source_identity: self.source_identity.as_deref(),
        }
        .serialize(serializer)
    }
}
