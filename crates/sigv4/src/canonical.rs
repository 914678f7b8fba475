//! The canonical request ("Create a signed AWS API request", step 1).

use http::request::Parts;

use crate::encode::{percent_decode, percent_encode, percent_encode_into, query_pairs};
use crate::{AuthError, Carrier, Digest, Scope};

/// How a service's canonical path is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathStyle {
    /// Whether `.`, `..` and empty segments are taken out.
    pub normalize: bool,
    /// Whether the path as sent is encoded once more (`%20` becomes `%2520`).
    pub double_encode: bool,
}

impl PathStyle {
    /// Every service but S3.
    pub const STANDARD: PathStyle = PathStyle {
        normalize: true,
        double_encode: true,
    };

    /// S3, whose keys may hold any segments.
    pub const S3: PathStyle = PathStyle {
        normalize: false,
        double_encode: false,
    };

    /// The canonical form of a path as sent.
    ///
    /// Two paths of one canonical form have the same signatures. Whoever routes by
    /// path must not tell them apart: route on this form, or on one derived from it.
    #[must_use]
    pub fn canonical_path(self, path: &str) -> String {
        let normal = if self.normalize {
            normalize(path)
        } else {
            path.to_owned()
        };
        let mut out = Vec::with_capacity(normal.len() + 8);
        if !normal.starts_with('/') {
            out.push(b'/');
        }
        if self.double_encode {
            percent_encode_into(&mut out, normal.as_bytes(), true);
        } else {
            // Each segment by itself: an escaped slash parts no segments, so that
            // `/a%2Fb` and `/a/b` do not share a signature.
            for (position, segment) in normal.split('/').enumerate() {
                if position > 0 {
                    out.push(b'/');
                }
                percent_encode_into(&mut out, &percent_decode(segment.as_bytes(), false), false);
            }
        }
        String::from_utf8(out).unwrap_or_default()
    }
}

/// RFC 3986, section 5.2.4, with repeated slashes made one, as AWS's services do.
fn normalize(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let mut out = String::with_capacity(path.len() + 1);
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if kept.is_empty() || path.ends_with('/') {
        out.push('/');
    }
    out
}

/// What stands in the place of a session token in error messages.
const REDACTED: &[u8] = b"...";

/// How a canonical request is to be made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe<'a> {
    pub(crate) carrier: Carrier,
    pub(crate) path: PathStyle,
    /// Lower-case names in ascending order.
    pub(crate) signed_headers: &'a [String],
    /// The last line.
    pub(crate) payload: &'a str,
    /// Some services take the presigned session token out of the signature.
    pub(crate) omit_session_token: bool,
}

/// A canonical request. Its bytes may hold a session token.
#[derive(Clone, PartialEq, Eq)]
pub struct CanonicalRequest {
    bytes: Vec<u8>,
}

impl CanonicalRequest {
    /// The canonical request of `parts`, for tools that explain a signature.
    /// `signed_headers` are lower-case names in ascending order, `payload` the
    /// last line. With [`Carrier::Query`] the query's `X-Amz-Signature` is left out.
    ///
    /// # Errors
    /// [`AuthError::SignedHeaderAbsent`] when a signed header is not in the request.
    pub fn new(
        parts: &Parts,
        carrier: Carrier,
        path: PathStyle,
        signed_headers: &[String],
        payload: &str,
    ) -> Result<CanonicalRequest, AuthError> {
        let recipe = Recipe {
            carrier,
            path,
            signed_headers,
            payload,
            omit_session_token: false,
        };
        CanonicalRequest::build(parts, &recipe, false)
    }

    pub(crate) fn build(
        parts: &Parts,
        recipe: &Recipe<'_>,
        redact: bool,
    ) -> Result<CanonicalRequest, AuthError> {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(parts.method.as_str().as_bytes());
        out.push(b'\n');
        out.extend_from_slice(recipe.path.canonical_path(parts.uri.path()).as_bytes());
        out.push(b'\n');
        append_query(&mut out, parts.uri.query().unwrap_or(""), recipe, redact);
        out.push(b'\n');
        for name in recipe.signed_headers {
            append_header(&mut out, parts, name, redact)?;
        }
        out.push(b'\n');
        out.extend_from_slice(recipe.signed_headers.join(";").as_bytes());
        out.push(b'\n');
        out.extend_from_slice(recipe.payload.as_bytes());
        Ok(CanonicalRequest { bytes: out })
    }

    /// The bytes that are hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The string to sign: algorithm, stamp, scope and this request's hash.
    #[must_use]
    pub fn string_to_sign<D: Digest>(&self, digest: &D, stamp: &str, scope: &Scope) -> String {
        let hash = crate::encode::hex(&digest.sha256(&self.bytes));
        format!("{}\n{stamp}\n{scope}\n{hash}", crate::ALGORITHM)
    }

    /// The text; bytes that are not UTF-8 are replaced.
    pub(crate) fn into_text(self) -> String {
        String::from_utf8(self.bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

impl std::fmt::Debug for CanonicalRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CanonicalRequest").finish_non_exhaustive()
    }
}

fn append_query(out: &mut Vec<u8>, query: &str, recipe: &Recipe<'_>, redact: bool) {
    let presigned = recipe.carrier == Carrier::Query;
    let mut pairs: Vec<(String, String)> = query_pairs(query)
        .filter(|(key, _)| !(presigned && key == b"X-Amz-Signature"))
        .filter(|(key, _)| {
            !(presigned && recipe.omit_session_token && key == b"X-Amz-Security-Token")
        })
        .map(|(key, value)| {
            let hidden = redact && key == b"X-Amz-Security-Token";
            let value = if hidden { REDACTED } else { &value };
            (percent_encode(&key), percent_encode(value))
        })
        .collect();
    // Encoded keys decide, then encoded values.
    pairs.sort();
    for (position, (key, value)) in pairs.iter().enumerate() {
        if position > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(key.as_bytes());
        out.push(b'=');
        out.extend_from_slice(value.as_bytes());
    }
}

fn append_header(
    out: &mut Vec<u8>,
    parts: &Parts,
    name: &str,
    redact: bool,
) -> Result<(), AuthError> {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let mut values = parts.headers.get_all(name).iter().peekable();
    if values.peek().is_none() {
        // HTTP/2 carries the host as `:authority`, which `http` keeps in the URI.
        let authority = parts.uri.authority().filter(|_| name == "host");
        let authority = authority.ok_or_else(|| AuthError::SignedHeaderAbsent(name.to_owned()))?;
        append_collapsed(out, authority.as_str().as_bytes());
    }
    for (position, value) in values.enumerate() {
        if position > 0 {
            out.push(b',');
        }
        if redact && name == "x-amz-security-token" {
            out.extend_from_slice(REDACTED);
        } else {
            append_collapsed(out, value.as_bytes());
        }
    }
    out.push(b'\n');
    Ok(())
}

/// Appends a header's value trimmed and with every run of white space made one space.
fn append_collapsed(out: &mut Vec<u8>, value: &[u8]) {
    let words = value
        .split(|byte| byte.is_ascii_whitespace() || *byte == 0x0B)
        .filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        if position > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_paths_are_normalised_and_encoded_again() {
        for (path, canonical) in [
            ("", "/"),
            ("/", "/"),
            ("//a///b//", "/a/b/"),
            ("/a/./b/../c", "/a/c"),
            ("/../..", "/"),
            ("/a%20b", "/a%2520b"),
            ("/a@b~c", "/a%40b~c"),
            ("*", "/%2A"),
        ] {
            assert_eq!(
                PathStyle::STANDARD.canonical_path(path),
                canonical,
                "{path}"
            );
        }
    }

    #[test]
    fn s3_paths_are_kept_and_encoded_once() {
        for (path, canonical) in [
            ("", "/"),
            ("//a//../b/", "//a//../b/"),
            ("/a%20b", "/a%20b"),
            ("/a%2fb@", "/a%2Fb%40"),
            ("/100%", "/100%25"),
        ] {
            assert_eq!(PathStyle::S3.canonical_path(path), canonical, "{path}");
        }
    }

    #[test]
    fn white_space_in_values_is_collapsed() {
        let mut out = Vec::new();
        append_collapsed(&mut out, b"  a \t b\n  \"c   d\"  ");
        assert_eq!(out, b"a b \"c d\"");
    }
}
