//! Proving what a request presents.

use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;

use crate::canonical::Recipe;
use crate::chunked::{ChunkSigner, Declared, decode_chunked};
use crate::time::format_stamp;
use crate::{
    AuthError, CanonicalRequest, Carrier, Digest, MAX_SKEW, Mismatch, PathStyle, PayloadHash,
    PayloadStyle, Presented, Scope, SigningKey,
};

/// What the service expects of a request.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The service's signing name.
    pub service: &'a str,
    /// The one region that is served; none accepts every well-formed region as signed.
    pub region: Option<&'a str>,
    /// How the canonical path is made.
    pub path: PathStyle,
    /// How the body is bound.
    pub payload: PayloadStyle,
}

impl<'a> Expected<'a> {
    /// The rules of the service with this signing name; `s3` has its own.
    #[must_use]
    pub fn of_service(service: &'a str) -> Expected<'a> {
        let is_s3 = service == "s3";
        Expected {
            service,
            region: None,
            path: if is_s3 {
                PathStyle::S3
            } else {
                PathStyle::STANDARD
            },
            payload: if is_s3 {
                PayloadStyle::Declared
            } else {
                PayloadStyle::Body
            },
        }
    }
}

/// The body of a proved request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifiedBody {
    /// The body; of a streamed request without its chunk framing.
    pub body: Bytes,
    /// How the body was bound to the signature.
    pub payload: PayloadHash,
    /// The trailers of a streamed request. Of `STREAMING-UNSIGNED-PAYLOAD-TRAILER`
    /// they are as unproved as the body.
    pub trailers: HeaderMap,
}

/// Proves everything but the signature: time, signed headers and credential scope.
///
/// [`verify`] does this too. It stands alone because AWS answers these errors before
/// it looks for the access key.
///
/// # Errors
/// [`AuthError::SignatureExpired`], [`AuthError::SignatureNotYetCurrent`],
/// [`AuthError::RequestExpired`], [`AuthError::NotSigned`] or [`AuthError::Scope`].
pub fn check(
    parts: &Parts,
    presented: &Presented,
    now_epoch_seconds: i64,
    expected: &Expected<'_>,
) -> Result<(), AuthError> {
    check_time(presented, now_epoch_seconds)?;
    check_signed_headers(parts, presented)?;
    check_scope(presented, expected)
}

fn check_time(presented: &Presented, now: i64) -> Result<(), AuthError> {
    let newest = now.saturating_add(MAX_SKEW);
    if presented.timestamp > newest {
        return Err(AuthError::SignatureNotYetCurrent {
            stamp: presented.stamp.clone(),
            newest: format_stamp(newest),
            now: format_stamp(now),
        });
    }
    if let Some(expires) = presented.expires {
        let end = presented.timestamp.saturating_add(i64::from(expires));
        return if now > end {
            Err(AuthError::RequestExpired)
        } else {
            Ok(())
        };
    }
    let oldest = now.saturating_sub(MAX_SKEW);
    if presented.timestamp < oldest {
        return Err(AuthError::SignatureExpired {
            stamp: presented.stamp.clone(),
            oldest: format_stamp(oldest),
            now: format_stamp(now),
        });
    }
    Ok(())
}

/// AWS's documentation demands that the host and every `x-amz-*` header be signed.
/// Only S3 is known to refuse the latter ("There were headers present in the request
/// which were not signed"), others have let them pass; but such a header can name the
/// operation (`x-amz-target`), so that here it must be signed for every service.
///
/// One exception: some signers add the session token after signing. It proves itself
/// (the caller checks that it belongs to the access key), so that no harm comes of it.
fn check_signed_headers(parts: &Parts, presented: &Presented) -> Result<(), AuthError> {
    if !presented.signs("host") {
        return Err(AuthError::NotSigned("host".to_owned()));
    }
    for name in parts.headers.keys() {
        let name = name.as_str();
        let self_proving = name == "x-amz-security-token" && presented.carrier == Carrier::Header;
        if name.starts_with("x-amz-") && !self_proving && !presented.signs(name) {
            return Err(AuthError::NotSigned(name.to_owned()));
        }
    }
    Ok(())
}

fn check_scope(presented: &Presented, expected: &Expected<'_>) -> Result<(), AuthError> {
    let Scope {
        date,
        region,
        service,
        terminator,
    } = &presented.scope;
    let mut faults = Vec::new();
    let region_is_word = !region.is_empty()
        && region.len() <= 64
        && region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !region_is_word || expected.region.is_some_and(|wanted| wanted != region) {
        faults.push(format!(
            "Credential should be scoped to a valid region, not '{region}'."
        ));
    }
    if service != expected.service {
        let wanted = expected.service;
        faults.push(format!(
            "Credential should be scoped to correct service: '{wanted}'."
        ));
    }
    if terminator != "aws4_request" {
        faults.push(format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not \
             '{terminator}'."
        ));
    }
    let stamp = &presented.stamp;
    let day = stamp.get(..8).unwrap_or_default();
    if date != day {
        faults.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{date}' != '{day}', from '{stamp}'."
        ));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(AuthError::Scope(faults.join(" ")))
    }
}

/// Proves a request: time, scope, signed headers, body and signature.
///
/// `presented` is what [`crate::parse`] read from the same `parts`, `secret` the
/// secret access key of `presented.access_key_id`. Whether the key is active, and
/// whether the session token belongs to it and still lives, is the caller's to prove.
///
/// # Errors
/// Those of [`check`]; [`AuthError::Mismatch`]; for S3 those of the payload and of
/// streamed bodies.
pub fn verify<D: Digest>(
    digest: &D,
    parts: &Parts,
    body: &Bytes,
    presented: &Presented,
    secret: &str,
    now_epoch_seconds: i64,
    expected: &Expected<'_>,
) -> Result<VerifiedBody, AuthError> {
    let key = SigningKey::derive(digest, secret, &presented.scope);
    verify_with_key(
        digest,
        parts,
        body,
        presented,
        &key,
        now_epoch_seconds,
        expected,
    )
}

/// [`verify`] with a key that was derived before for `presented.scope`.
///
/// # Errors
/// As [`verify`].
pub fn verify_with_key<D: Digest>(
    digest: &D,
    parts: &Parts,
    body: &Bytes,
    presented: &Presented,
    key: &SigningKey,
    now_epoch_seconds: i64,
    expected: &Expected<'_>,
) -> Result<VerifiedBody, AuthError> {
    check(parts, presented, now_epoch_seconds, expected)?;
    let payload = PayloadHash::resolve(digest, expected.payload, presented, body)?;
    let recipe = Recipe {
        carrier: presented.carrier,
        path: expected.path,
        signed_headers: &presented.signed_headers,
        payload: payload.as_str(),
        omit_session_token: false,
    };
    let request = CanonicalRequest::build(parts, &recipe, false)?;
    let string_to_sign = request.string_to_sign(digest, &presented.stamp, &presented.scope);
    let signature = key.sign(digest, &string_to_sign);
    if !digest.equal(signature.as_bytes(), presented.signature.as_bytes()) {
        let shown = CanonicalRequest::build(parts, &recipe, true)?;
        return Err(AuthError::Mismatch(Box::new(Mismatch {
            canonical_request: shown.into_text(),
            string_to_sign,
        })));
    }
    let PayloadHash::Streaming(kind) = payload else {
        return Ok(VerifiedBody {
            body: body.clone(),
            payload,
            trailers: HeaderMap::new(),
        });
    };
    let declared = Declared::of(&parts.headers)?;
    let mut signer = ChunkSigner::new(
        digest,
        key.clone(),
        &presented.stamp,
        &presented.scope,
        &signature,
    );
    let (body, trailers) = decode_chunked(&mut signer, kind, body, &declared)?;
    Ok(VerifiedBody {
        body,
        payload,
        trailers,
    })
}
