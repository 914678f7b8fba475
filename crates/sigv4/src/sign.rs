//! The client's side: signing requests.

use std::fmt;

use http::Uri;
use http::header::{AUTHORIZATION, HOST, HeaderMap, HeaderValue};
use http::request::Parts;
use http::uri::PathAndQuery;

use crate::canonical::Recipe;
use crate::encode::percent_encode;
use crate::time::format_stamp;
use crate::{
    ALGORITHM, AuthError, CanonicalRequest, Carrier, Digest, Expected, MAX_EXPIRES, PathStyle,
    PayloadHash, PayloadStyle, Scope, SigningKey,
};

/// Why a request cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// A credential or a region cannot stand in a header.
    #[error("a value cannot stand in a header")]
    Header,
    /// The presigned URI is not valid.
    #[error("the presigned uri is not valid")]
    Uri,
    /// The life of a presigned request is not 1 to 604,800 seconds.
    #[error("a presigned request lives 1 to {MAX_EXPIRES} seconds")]
    Expires,
    /// The request has neither a `Host` header nor an authority.
    #[error("the request has no host")]
    Host,
}

/// What a client signs with.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret: &'a str,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// Long-term credentials.
    #[must_use]
    pub fn new(access_key_id: &'a str, secret: &'a str) -> Credentials<'a> {
        Credentials {
            access_key_id,
            secret,
            session_token: None,
        }
    }

    /// The same with a session token.
    #[must_use]
    pub fn with_session_token(self, token: &'a str) -> Credentials<'a> {
        Credentials {
            session_token: Some(token),
            ..self
        }
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// What is signed for, and how.
#[derive(Clone, Debug)]
pub struct Signing<'a> {
    /// The region of the scope.
    pub region: &'a str,
    /// The service's signing name.
    pub service: &'a str,
    /// The time of signing, in seconds since 1970.
    pub now_epoch_seconds: i64,
    /// How the canonical path is made.
    pub path: PathStyle,
    /// How the body is bound: with [`PayloadStyle::Declared`] a presigned request
    /// leaves it unsigned.
    pub payload_style: PayloadStyle,
    /// What stands for the body, when it is not its hash.
    pub payload: Option<PayloadHash>,
    /// Whether `x-amz-content-sha256` is sent; S3 demands it.
    pub content_hash_header: bool,
    /// Whether the session token is added after signing, as a few services want it.
    pub omit_session_token: bool,
}

impl<'a> Signing<'a> {
    /// The rules of the service with this signing name; `s3` has its own.
    #[must_use]
    pub fn new(region: &'a str, service: &'a str, now_epoch_seconds: i64) -> Signing<'a> {
        let expected = Expected::of_service(service);
        Signing {
            region,
            service,
            now_epoch_seconds,
            path: expected.path,
            payload_style: expected.payload,
            payload: None,
            content_hash_header: expected.payload == PayloadStyle::Declared,
            omit_session_token: false,
        }
    }

    fn scope(&self, stamp: &str) -> Scope {
        Scope::new(stamp, self.region, self.service)
    }
}

/// Headers that proxies and clients change on the way, which signers leave out.
const UNSIGNED_HEADERS: [&str; 6] = [
    "authorization",
    "connection",
    "expect",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

fn signed_names(headers: &HeaderMap) -> Vec<String> {
    let mut names: Vec<String> = headers
        .keys()
        .map(|name| name.as_str().to_owned())
        .filter(|name| !UNSIGNED_HEADERS.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

fn insert(parts: &mut Parts, name: &'static str, value: &str) -> Result<(), SignError> {
    let value = HeaderValue::from_str(value).map_err(|_| SignError::Header)?;
    parts.headers.insert(name, value);
    Ok(())
}

/// Gives a request the `Host` header that HTTP/1.1 will send, when it has none.
fn ensure_host(parts: &mut Parts) -> Result<(), SignError> {
    if parts.headers.contains_key(HOST) {
        return Ok(());
    }
    let authority = parts.uri.authority().ok_or(SignError::Host)?.clone();
    insert(parts, "host", authority.as_str())
}

/// Signs a request by its `Authorization` header, replacing an earlier signature, and
/// gives the signature, the seed of [`crate::ChunkSigner`].
///
/// # Errors
/// [`SignError::Header`] or [`SignError::Host`].
pub fn sign_headers<D: Digest>(
    digest: &D,
    parts: &mut Parts,
    body: &[u8],
    credentials: &Credentials<'_>,
    signing: &Signing<'_>,
) -> Result<String, SignError> {
    let stamp = format_stamp(signing.now_epoch_seconds);
    let scope = signing.scope(&stamp);
    let payload = match &signing.payload {
        Some(payload) => payload.clone(),
        None => PayloadHash::of(digest, body),
    };
    ensure_host(parts)?;
    parts.headers.remove(AUTHORIZATION);
    parts.headers.remove("x-amz-security-token");
    insert(parts, "x-amz-date", &stamp)?;
    if signing.content_hash_header {
        insert(parts, "x-amz-content-sha256", payload.as_str())?;
    }
    let late = signing.omit_session_token;
    if let Some(token) = credentials.session_token.filter(|_| !late) {
        insert(parts, "x-amz-security-token", token)?;
    }
    let names = signed_names(&parts.headers);
    let recipe = Recipe {
        carrier: Carrier::Header,
        path: signing.path,
        signed_headers: &names,
        payload: payload.as_str(),
        omit_session_token: late,
    };
    let signature = sign(digest, parts, &recipe, credentials, &stamp, &scope)?;
    if let Some(token) = credentials.session_token.filter(|_| late) {
        insert(parts, "x-amz-security-token", token)?;
    }
    let value = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id,
        names.join(";")
    );
    insert(parts, "authorization", &value)?;
    Ok(signature)
}

fn sign<D: Digest>(
    digest: &D,
    parts: &Parts,
    recipe: &Recipe<'_>,
    credentials: &Credentials<'_>,
    stamp: &str,
    scope: &Scope,
) -> Result<String, SignError> {
    // Names come from the request's own headers: only the host can be missing.
    let request =
        CanonicalRequest::build(parts, recipe, false).map_err(|_: AuthError| SignError::Host)?;
    let key = SigningKey::derive(digest, credentials.secret, scope);
    Ok(key.sign(digest, &request.string_to_sign(digest, stamp, scope)))
}

/// Signs a request by its query, so that its URI alone is proof for `expires` seconds.
///
/// # Errors
/// [`SignError::Expires`], [`SignError::Uri`], [`SignError::Header`] or [`SignError::Host`].
pub fn presign<D: Digest>(
    digest: &D,
    parts: &mut Parts,
    body: &[u8],
    credentials: &Credentials<'_>,
    signing: &Signing<'_>,
    expires: u32,
) -> Result<(), SignError> {
    if !(1..=MAX_EXPIRES).contains(&expires) {
        return Err(SignError::Expires);
    }
    let stamp = format_stamp(signing.now_epoch_seconds);
    let scope = signing.scope(&stamp);
    let payload = match &signing.payload {
        Some(payload) => payload.clone(),
        None if signing.payload_style == PayloadStyle::Declared => PayloadHash::Unsigned,
        None => PayloadHash::of(digest, body),
    };
    ensure_host(parts)?;
    parts.headers.remove(AUTHORIZATION);
    let names = signed_names(&parts.headers);
    let credential = format!("{}/{scope}", credentials.access_key_id);
    let mut added = vec![
        ("X-Amz-Algorithm", ALGORITHM.to_owned()),
        ("X-Amz-Credential", credential),
        ("X-Amz-Date", stamp.clone()),
        ("X-Amz-SignedHeaders", names.join(";")),
        ("X-Amz-Expires", expires.to_string()),
    ];
    if let Some(token) = credentials.session_token {
        added.push(("X-Amz-Security-Token", token.to_owned()));
    }
    append_query(&mut parts.uri, &added)?;
    let recipe = Recipe {
        carrier: Carrier::Query,
        path: signing.path,
        signed_headers: &names,
        payload: payload.as_str(),
        omit_session_token: signing.omit_session_token,
    };
    let signature = sign(digest, parts, &recipe, credentials, &stamp, &scope)?;
    append_query(&mut parts.uri, &[("X-Amz-Signature", signature)])
}

fn append_query(uri: &mut Uri, added: &[(&str, String)]) -> Result<(), SignError> {
    let mut text = String::from(if uri.path().is_empty() {
        "/"
    } else {
        uri.path()
    });
    let mut separator = '?';
    if let Some(query) = uri.query() {
        text.push('?');
        text.push_str(query);
        separator = '&';
    }
    for (name, value) in added {
        text.push(separator);
        text.push_str(name);
        text.push('=');
        text.push_str(&percent_encode(value.as_bytes()));
        separator = '&';
    }
    let mut uri_parts = uri.clone().into_parts();
    uri_parts.path_and_query = Some(PathAndQuery::try_from(text).map_err(|_| SignError::Uri)?);
    *uri = Uri::from_parts(uri_parts).map_err(|_| SignError::Uri)?;
    Ok(())
}
