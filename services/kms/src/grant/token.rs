//! Grant tokens: opaque texts that name a grant ("Grant token"). Grants count at once here, so that a
//! token adds no right; it only lets its bearer name the grant that is to be retired.

use crate::KmsError;
use crate::view::{GrantView, KmsWorld, Place};
use kernel::{Call, Failure};
use std::sync::Arc;

const CONTEXT: &[&[u8]] = &[b"claviger grant token 1"];

/// A token of a grant. No two are the same.
///
/// # Errors
/// The server's failure.
pub(crate) fn issue(call: &Call, place: &Place, grant: &str) -> Result<String, KmsError> {
    let host = call.host();
    let claims = format!("{} {} {} {grant}", place.account, place.region, place.id);
    host.keyring
        .token_sealer("kms.grant")
        .seal(CONTEXT, claims.as_bytes(), host.random.as_ref())
        .map_err(|error| KmsError::Failure(Failure::internal(&error)))
}

/// The key and the id of the grant that a token names, whether or not the grant is there still.
///
/// # Errors
/// `InvalidGrantTokenException` for what is no token of this region.
pub(crate) fn open(call: &Call, token: &str) -> Result<(Place, String), KmsError> {
    read(call, token).ok_or_else(invalid)
}

fn read(call: &Call, token: &str) -> Option<(Place, String)> {
    let sealer = call.host().keyring.token_sealer("kms.grant");
    let opened = sealer.open(CONTEXT, token).ok()?;
    let mut parts = std::str::from_utf8(opened.expose()).ok()?.split(' ');
    let (account, region) = (parts.next()?.parse().ok()?, parts.next()?);
    let place = Place::new(account, region, parts.next()?);
    let grant = parts.next()?.to_owned();
    (region == call.region).then_some((place, grant))
}

/// Refuses tokens that are none, and those of grants that are gone.
///
/// # Errors
/// `InvalidGrantTokenException`
pub(crate) fn check(call: &Call, tokens: Option<&[String]>) -> Result<(), KmsError> {
    for token in tokens.into_iter().flatten() {
        let (place, grant) = open(call, token)?;
        find(call, &place, &grant).ok_or_else(invalid)?;
    }
    Ok(())
}

/// A grant of the call's world.
pub(crate) fn find(call: &Call, place: &Place, grant: &str) -> Option<Arc<GrantView>> {
    KmsWorld::of(call.world()).and_then(|kms| kms.grant(place, grant).cloned())
}

fn invalid() -> KmsError {
    KmsError::InvalidGrantToken("The grant token is not valid.".to_owned())
}
