//! Reading what a request presents, from its header or its query.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use http::request::Parts;

use crate::encode::query_pairs;
use crate::time::{format_stamp, parse_http_date, parse_stamp};
use crate::{ALGORITHM, AuthError, Carrier, Digest, MAX_EXPIRES, Presented, Scope};

/// Reads the authentication that a request presents; nothing of it is proved yet.
///
/// # Errors
/// [`AuthError::MissingToken`] for a request that is not signed (also for `Basic`,
/// `Bearer` and other schemes than AWS's), [`AuthError::BothCarriers`],
/// [`AuthError::UnsupportedAlgorithm`], [`AuthError::SignatureVersion2`], and
/// [`AuthError::Incomplete`] for everything malformed or repeated.
pub fn parse<D: Digest>(digest: &D, parts: &Parts) -> Result<Presented, AuthError> {
    let query = parts.uri.query().unwrap_or("");
    let in_header = parts.headers.contains_key(AUTHORIZATION);
    let in_query = query_pairs(query).any(|(key, _)| key == b"X-Amz-Algorithm");
    match (in_header, in_query) {
        (true, true) => return Err(AuthError::BothCarriers),
        (false, false) => {
            let old = query_pairs(query).any(|(key, _)| key == b"AWSAccessKeyId");
            return Err(if old {
                AuthError::SignatureVersion2
            } else {
                AuthError::MissingToken
            });
        }
        _ => {}
    }
    check_host(parts)?;
    if in_header {
        from_header(digest, &parts.headers)
    } else {
        from_query(parts, query)
    }
}

/// One host, said once: two that differ would let one be signed and the other be used.
fn check_host(parts: &Parts) -> Result<(), AuthError> {
    let refuse = || Err(incomplete("The request has more than one host."));
    let host = single(&parts.headers, "host")?;
    let Some(authority) = parts.uri.authority().map(http::uri::Authority::as_str) else {
        return Ok(());
    };
    if authority.contains('@') || host.is_some_and(|host| !host.eq_ignore_ascii_case(authority)) {
        return refuse();
    }
    Ok(())
}

fn incomplete(message: &str) -> AuthError {
    AuthError::Incomplete(message.to_owned())
}

/// The value of a header that may stand only once; empty counts as absent.
fn single(headers: &HeaderMap, name: &str) -> Result<Option<String>, AuthError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        let message = format!("The header '{name}' must not be repeated.");
        return Err(AuthError::Incomplete(message));
    }
    let text = value
        .to_str()
        .map_err(|_| AuthError::Incomplete(format!("The header '{name}' must be ASCII.")))?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// AWS shows the header's hash, never the header: it may hold a secret by mistake.
fn hashed<D: Digest>(digest: &D, header: &[u8]) -> String {
    BASE64_STANDARD.encode(digest.sha256(header))
}

/// What follows the algorithm's name in the `Authorization` header.
fn after_scheme(value: &HeaderValue) -> Result<&str, AuthError> {
    let header = value.to_str().map_err(|_| AuthError::MissingToken)?.trim();
    let (scheme, rest) = header.split_once([' ', '\t']).unwrap_or((header, ""));
    match scheme {
        ALGORITHM => Ok(rest),
        "AWS" => Err(AuthError::SignatureVersion2),
        _ if scheme.starts_with("AWS4-") => {
            let name = scheme.chars().take(64).collect();
            Err(AuthError::UnsupportedAlgorithm(name))
        }
        _ => Err(AuthError::MissingToken),
    }
}

fn from_header<D: Digest>(digest: &D, headers: &HeaderMap) -> Result<Presented, AuthError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let first = values.next().ok_or(AuthError::MissingToken)?;
    if values.next().is_some() {
        return Err(incomplete(
            "The header 'Authorization' must not be repeated.",
        ));
    }
    let hash = || hashed(digest, first.as_bytes());
    let fields = Fields::of_header(after_scheme(first)?, &hash)?;
    let date = match single(headers, "x-amz-date")? {
        Some(date) => Some(date),
        None => single(headers, "date")?,
    };
    let mut missing = fields.missing();
    if date.is_none() {
        missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
            header. ";
    }
    let Some(date) = date.filter(|_| missing.is_empty()) else {
        missing += &format!(
            "(Hashed with SHA-256 and encoded with Base64) Authorization={}",
            hash()
        );
        return Err(AuthError::Incomplete(missing));
    };
    let timestamp = parse_stamp(&date)
        .or_else(|| parse_http_date(&date))
        .ok_or_else(|| bad_date(&date))?;
    let (access_key_id, scope) = parse_credential(fields.credential)?;
    Ok(Presented {
        carrier: Carrier::Header,
        access_key_id,
        scope,
        signed_headers: parse_signed_headers(fields.signed_headers)?,
        signature: fields.signature.to_owned(),
        timestamp,
        // An HTTP date is signed in its ISO 8601 form.
        stamp: format_stamp(timestamp),
        expires: None,
        session_token: single(headers, "x-amz-security-token")?,
        payload_hash: single(headers, "x-amz-content-sha256")?,
    })
}

fn bad_date(text: &str) -> AuthError {
    let shown: String = text.chars().take(64).collect();
    AuthError::Incomplete(format!(
        "Date must be in ISO-8601 'basic format'. Got '{shown}'. See \
         http://en.wikipedia.org/wiki/ISO_8601"
    ))
}

/// The three parameters of the header; empty when absent.
#[derive(Default)]
struct Fields<'a> {
    credential: &'a str,
    signature: &'a str,
    signed_headers: &'a str,
}

impl<'a> Fields<'a> {
    /// AWS's words for the parameters that are absent.
    fn missing(&self) -> String {
        [
            ("Credential", self.credential),
            ("Signature", self.signature),
            ("SignedHeaders", self.signed_headers),
        ]
        .into_iter()
        .filter(|(_, value)| value.is_empty())
        .map(|(name, _)| format!("Authorization header requires '{name}' parameter. "))
        .collect()
    }

    fn of_header(text: &'a str, hash: &dyn Fn() -> String) -> Result<Fields<'a>, AuthError> {
        let refuse = |what: &str| {
            AuthError::Incomplete(format!(
                "{what} in Authorization header (hashed with SHA-256 and encoded with Base64): \
                 '{}'.",
                hash()
            ))
        };
        let mut fields = Fields::default();
        for piece in text
            .split([',', ' ', '\t'])
            .filter(|piece| !piece.is_empty())
        {
            let (key, value) = piece
                .split_once('=')
                .ok_or_else(|| refuse("Invalid key=value pair (missing equal-sign)"))?;
            let field = match key {
                "Credential" => &mut fields.credential,
                "Signature" => &mut fields.signature,
                "SignedHeaders" => &mut fields.signed_headers,
                _ => return Err(refuse("Unknown key")),
            };
            if !field.is_empty() {
                return Err(refuse("Repeated key"));
            }
            *field = value;
        }
        Ok(fields)
    }
}

fn parse_credential(text: &str) -> Result<(String, Scope), AuthError> {
    let parts: Vec<&str> = text.split('/').collect();
    let refuse = || {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(128).collect();
        AuthError::Incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. \
             keyid/date/region/service/term, got '{shown}'"
        ))
    };
    let [key, date, region, service, terminator] = parts.as_slice() else {
        return Err(refuse());
    };
    if key.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refuse());
    }
    let scope = Scope {
        date: (*date).to_owned(),
        region: (*region).to_owned(),
        service: (*service).to_owned(),
        terminator: (*terminator).to_owned(),
    };
    Ok(((*key).to_owned(), scope))
}

/// Names must be lower-case, sorted and not repeated, as every signer writes them:
/// then the list has one spelling only.
fn parse_signed_headers(text: &str) -> Result<Vec<String>, AuthError> {
    let names: Vec<String> = text.split(';').map(str::to_owned).collect();
    let is_name = |name: &String| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
    };
    let ascending = names.iter().zip(names.iter().skip(1)).all(|(a, b)| a < b);
    if names.iter().all(is_name) && ascending {
        Ok(names)
    } else {
        Err(incomplete(
            "SignedHeaders must be a list of lower-case header names, sorted and separated by ';'.",
        ))
    }
}

/// A presigned query's parameters; a parameter that is absent is none.
#[derive(Default)]
struct Parameters {
    algorithm: Option<String>,
    credential: Option<String>,
    date: Option<String>,
    expires: Option<String>,
    signed_headers: Option<String>,
    signature: Option<String>,
    security_token: Option<String>,
    content_hash: Option<String>,
}

impl Parameters {
    fn of_query(query: &str) -> Result<Parameters, AuthError> {
        let mut parameters = Parameters::default();
        for (key, value) in query_pairs(query) {
            let field = match key.as_slice() {
                b"X-Amz-Algorithm" => &mut parameters.algorithm,
                b"X-Amz-Credential" => &mut parameters.credential,
                b"X-Amz-Date" => &mut parameters.date,
                b"X-Amz-Expires" => &mut parameters.expires,
                b"X-Amz-SignedHeaders" => &mut parameters.signed_headers,
                b"X-Amz-Signature" => &mut parameters.signature,
                b"X-Amz-Security-Token" => &mut parameters.security_token,
                b"X-Amz-Content-Sha256" => &mut parameters.content_hash,
                _ => continue,
            };
            let value = String::from_utf8(value).ok();
            let value = value.filter(|_| field.is_none()).ok_or_else(|| {
                incomplete(
                    "AWS query-string parameters must not be repeated and must be UTF-8. \
                     Re-examine the query-string parameters.",
                )
            })?;
            *field = Some(value);
        }
        Ok(parameters)
    }
}

fn from_query(parts: &Parts, query: &str) -> Result<Presented, AuthError> {
    let parameters = Parameters::of_query(query)?;
    let mut missing = String::new();
    let mut required = |name: &str, value: Option<String>| -> String {
        let value = value.unwrap_or_default();
        if value.is_empty() {
            missing += &format!("AWS query-string parameters must include '{name}'. ");
        }
        value
    };
    let algorithm = required("X-Amz-Algorithm", parameters.algorithm);
    let credential = required("X-Amz-Credential", parameters.credential);
    let signature = required("X-Amz-Signature", parameters.signature);
    let signed_headers = required("X-Amz-SignedHeaders", parameters.signed_headers);
    let date = required("X-Amz-Date", parameters.date);
    if !missing.is_empty() {
        missing += "Re-examine the query-string parameters.";
        return Err(AuthError::Incomplete(missing));
    }
    let timestamp = parse_stamp(&date).ok_or_else(|| bad_date(&date))?;
    if algorithm != ALGORITHM {
        let name = algorithm
            .chars()
            .filter(|c| !c.is_control())
            .take(64)
            .collect();
        return Err(AuthError::UnsupportedAlgorithm(name));
    }
    let (access_key_id, scope) = parse_credential(&credential)?;
    let expires = parameters
        .expires
        .as_deref()
        .map(parse_expires)
        .transpose()?;
    let token = parameters.security_token.filter(|token| !token.is_empty());
    let content_hash = match single(&parts.headers, "x-amz-content-sha256")? {
        Some(value) => Some(value),
        None => parameters.content_hash,
    };
    Ok(Presented {
        carrier: Carrier::Query,
        access_key_id,
        scope,
        signed_headers: parse_signed_headers(&signed_headers)?,
        signature,
        stamp: date,
        timestamp,
        expires,
        session_token: match token {
            Some(token) => Some(token),
            None => single(&parts.headers, "x-amz-security-token")?,
        },
        payload_hash: content_hash,
    })
}

fn parse_expires(text: &str) -> Result<u32, AuthError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<u32>()
        .ok()
        .filter(|seconds| digits && (1..=MAX_EXPIRES).contains(seconds))
        .ok_or_else(|| AuthError::expires(text))
}
