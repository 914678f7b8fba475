//! Handing out credentials of a session.

use crate::StsError;
use crate::api::types::Credentials;
use arn::{AccountId, UniqueIdPrefix};
use jiff::Timestamp;
use kernel::session::{self, Session, SessionKind};
use kernel::{Call, Failure, ids};

/// The size in characters that a token can be asked to have at least (`MinimumSessionTokenSize`).
const MAX_TOKEN_SIZE: usize = 4096;

/// Credentials in the form of responses, and what can be said of their token.
pub(crate) struct Issued {
    pub(crate) credentials: Credentials,
    /// The token's length in characters, where the request asked for one.
    pub(crate) token_size: Option<i32>,
    /// The token's share of the largest size that can be asked for, in percent.
    pub(crate) token_utilization: Option<i32>,
}

/// A session that begins now and carries nothing yet. Sessions end at whole seconds.
///
/// # Errors
/// The end of time.
pub(crate) fn begin(
    call: &Call,
    kind: SessionKind,
    account: AccountId,
    duration: i32,
) -> Result<Session, StsError> {
    let end = call.now.as_second().saturating_add(i64::from(duration));
    let expires = Timestamp::from_second(end).map_err(|error| Failure::internal(&error))?;
    Ok(Session {
        kind,
        account,
        access_key_id: ids::unique_id(
            call.host().random.as_ref(),
            UniqueIdPrefix::TemporaryKey,
            account,
        ),
        issued: call.now,
        expires,
        policy: None,
        managed: Vec::new(),
        tags: Vec::new(),
        transitive: Vec::new(),
        source_identity: None,
        mfa: None,
        federated_provider: None,
    })
}

/// Seals a session into credentials.
///
/// # Errors
/// The server cannot seal.
pub(crate) fn issue(
    call: &Call,
    session: &Session,
    minimum_size: Option<i32>,
) -> Result<Issued, StsError> {
    let host = call.host();
    let size = minimum_size
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or_default()
        .min(MAX_TOKEN_SIZE);
    let issued = session::issue_padded(&host.tokens, host.random.as_ref(), session, size)
        .ok_or_else(|| Failure::internal(&"a session cannot be sealed"))?;
    let length = issued.session_token.len();
    let told = |number: usize| minimum_size.and_then(|_| i32::try_from(number).ok());
    Ok(Issued {
        token_size: told(length),
        token_utilization: told(length.saturating_mul(100).div_ceil(MAX_TOKEN_SIZE)),
        credentials: Credentials {
            access_key_id: issued.access_key_id,
            secret_access_key: issued.secret_access_key.expose().to_owned(),
            session_token: issued.session_token,
            expiration: issued.expires,
        },
    })
}
