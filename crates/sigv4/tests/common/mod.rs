//! What the integration tests share.
#![allow(dead_code)]

use aws_lc_rs::{constant_time, digest, hmac};
use bytes::Bytes;
use http::request::Parts;
use sigv4::{AuthError, Expected, VerifiedBody};

/// [`sigv4::Digest`] by aws-lc-rs.
#[derive(Debug)]
pub(crate) struct Lc;

impl sigv4::Digest for Lc {
    fn sha256(&self, data: &[u8]) -> [u8; 32] {
        digest::digest(&digest::SHA256, data)
            .as_ref()
            .try_into()
            .unwrap()
    }

    fn hmac_sha256(&self, key: &[u8], data: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::sign(&key, data).as_ref().try_into().unwrap()
    }

    fn equal(&self, a: &[u8], b: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(a, b).is_ok()
    }
}

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// Parses and verifies.
pub(crate) fn authenticate(
    parts: &Parts,
    body: &[u8],
    now: i64,
    expected: &Expected<'_>,
) -> Result<VerifiedBody, AuthError> {
    let presented = sigv4::parse(&Lc, parts)?;
    let body = Bytes::copy_from_slice(body);
    sigv4::verify(&Lc, parts, &body, &presented, SECRET, now, expected)
}

/// Reads a request as it stands on the wire; folded header lines are joined.
pub(crate) fn read_request(text: &str) -> (Parts, Vec<u8>) {
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut lines = head.lines();
    let line = lines.next().unwrap();
    let line = line.strip_suffix(" HTTP/1.1").unwrap_or(line);
    let (method, target) = line.split_once(' ').unwrap();
    // A space cannot stand in a target; two vectors have one for its escape.
    let mut request = http::Request::builder()
        .method(method)
        .uri(target.replace(' ', "%20"));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            let (_, value) = headers.last_mut().unwrap();
            value.push(' ');
            value.push_str(line);
        } else {
            let (name, value) = line.split_once(':').unwrap();
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    (parts, body.as_bytes().to_vec())
}
