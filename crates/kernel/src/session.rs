//! Temporary credentials: what a session token says.
//!
//! A token carries everything that a node needs to know who calls, sealed under a
//! key derived from the root key, so that no node looks anything up. The secret
//! access key is derived from the access key id and stored nowhere.

use crate::world::World;
use arn::AccountId;
use crypto::{SecretString, TokenSealer};
use jiff::Timestamp;
use policy::Policy;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who acts in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k")]
pub enum SessionKind {
    /// An assumed role.
    #[serde(rename = "r")]
    Role {
        /// The role's unique id.
        #[serde(rename = "i")]
        role_id: String,
        /// `RoleSessionName`.
        #[serde(rename = "n")]
        session_name: String,
    },
    /// A user that asked for temporary credentials (`GetSessionToken`).
    #[serde(rename = "u")]
    User {
        /// The user's unique id.
        #[serde(rename = "i")]
        user_id: String,
    },
    /// The root user that asked for temporary credentials (`GetSessionToken`).
    #[serde(rename = "o")]
    Root,
    /// A federated user (`GetFederationToken`).
    #[serde(rename = "f")]
    Federated {
        /// The unique id of the user that vouches; `None` for the root user.
        #[serde(rename = "i")]
        user_id: Option<String>,
        /// The federated user's name.
        #[serde(rename = "n")]
        name: String,
    },
}

/// A managed policy that limits a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedSessionPolicy {
    /// Its ARN.
    #[serde(rename = "a")]
    pub arn: String,
    /// Its unique id, so that a later policy of the same name does not widen the session;
    /// `None` for AWS's own, which nobody can replace.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl ManagedSessionPolicy {
    /// The policy of that ARN as it is now.
    #[must_use]
    pub fn now(world: &World, arn: String) -> Self {
        let id = world
            .managed_policy(&arn)
            .map(|policy| policy.id.to_string());
        Self { arn, id }
    }

    /// Its document. A policy that is gone, or that has the name of one that is gone, denies.
    #[must_use]
    pub(crate) fn document(&self, world: &World) -> Arc<Policy> {
        match (world.managed_policy(&self.arn), &self.id) {
            (Some(policy), Some(id)) if *policy.id == **id => Arc::clone(&policy.policy),
            (None, None) => world.document(&self.arn),
            _ => Arc::new(Policy::broken(format!(
                "the session policy {} is gone",
                self.arn
            ))),
        }
    }
}

/// What a session token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who acts.
    #[serde(flatten)]
    pub kind: SessionKind,
    /// The account.
    #[serde(rename = "a", with = "account_text")]
    pub account: AccountId,
    /// The access key id that the token belongs to.
    #[serde(rename = "id")]
    pub access_key_id: String,
    /// When it was issued.
    #[serde(rename = "t")]
    pub issued: Timestamp,
    /// When it ends.
    #[serde(rename = "e")]
    pub expires: Timestamp,
    /// The inline session policy.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Managed session policies.
    #[serde(rename = "pa", default, skip_serializing_if = "Vec::is_empty")]
    pub managed: Vec<ManagedSessionPolicy>,
    /// Session tags.
    #[serde(rename = "tg", default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// Keys of the tags that outlive role chaining.
    #[serde(rename = "tt", default, skip_serializing_if = "Vec::is_empty")]
    pub transitive: Vec<String>,
    /// The source identity.
    #[serde(rename = "si", default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// When MFA was shown.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<Timestamp>,
    /// Principal of the identity provider (`aws:FederatedProvider`).
    #[serde(rename = "fp", default, skip_serializing_if = "Option::is_none")]
    pub federated_provider: Option<String>,
}

mod account_text {
    use arn::AccountId;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(id: &AccountId, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(id.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<AccountId, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// Credentials as STS hands them out.
pub struct IssuedCredentials {
    /// `ASIA...`.
    pub access_key_id: String,
    /// The derived secret.
    pub secret_access_key: SecretString,
    /// The sealed token.
    pub session_token: String,
    /// When they end.
    pub expires: Timestamp,
}

const CONTEXT: &[&[u8]] = &[b"claviger session token 1"];

/// Seals a session into credentials.
#[must_use]
pub fn issue(
    sealer: &TokenSealer,
    random: &dyn crypto::Random,
    session: &Session,
) -> Option<IssuedCredentials> {
    issue_padded(sealer, random, session, 0)
}

/// As [`issue`], with a token of at least `size` characters (`MinimumSessionTokenSize`).
#[must_use]
pub fn issue_padded(
    sealer: &TokenSealer,
    random: &dyn crypto::Random,
    session: &Session,
    size: usize,
) -> Option<IssuedCredentials> {
    let mut plaintext = serde_json::to_vec(session).ok()?;
    let mut token = sealer.seal(CONTEXT, &plaintext, random).ok()?;
    if token.len() < size {
        // Base64 has four characters for three bytes; blanks after JSON mean nothing.
        let missing = (size - token.len()).div_ceil(4) * 3;
        plaintext.resize(plaintext.len() + missing, b' ');
        token = sealer.seal(CONTEXT, &plaintext, random).ok()?;
    }
    Some(IssuedCredentials {
        access_key_id: session.access_key_id.clone(),
        secret_access_key: secret(sealer, session),
        session_token: token,
        expires: session.expires,
    })
}

/// The secret access key of a session. Key ids have 39 random bits, so that two of an
/// account can be the same; the time of issue keeps their secrets apart.
pub(crate) fn secret(sealer: &TokenSealer, session: &Session) -> SecretString {
    sealer.derive_secret(&format!("{} {}", session.access_key_id, session.issued))
}

/// Opens a token: `None` where it was not sealed here, was changed, or belongs to
/// another access key. Expiry is the caller's to check.
#[must_use]
pub fn open(sealer: &TokenSealer, token: &str, access_key_id: &str) -> Option<Session> {
    let plaintext = sealer.open(CONTEXT, token).ok()?;
    let session: Session = serde_json::from_slice(plaintext.expose()).ok()?;
    (session.access_key_id == access_key_id).then_some(session)
}
