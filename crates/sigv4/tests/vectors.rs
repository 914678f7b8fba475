//! AWS's SigV4 signing test suite, both directions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Lc, authenticate, read_request};
use sigv4::{
    AuthError, CanonicalRequest, Carrier, Credentials, Expected, PathStyle, Signing, parse_stamp,
    presign, sign_headers,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

struct Vector {
    name: String,
    context: serde_json::Value,
}

impl Vector {
    fn all() -> Vec<Vector> {
        names()
            .into_iter()
            .filter_map(|name| {
                let text = fs::read_to_string(folder().join(&name).join("context.json")).ok()?;
                let context = serde_json::from_str(&text).unwrap();
                Some(Vector { name, context })
            })
            .collect()
    }

    fn file(&self, file: &str) -> String {
        fs::read_to_string(folder().join(&self.name).join(file)).unwrap()
    }

    fn text(&self, key: &str) -> &str {
        self.context[key].as_str().unwrap()
    }

    fn flag(&self, key: &str) -> bool {
        self.context[key].as_bool().unwrap_or(false)
    }

    fn credentials(&self) -> Credentials<'_> {
        let credentials = &self.context["credentials"];
        Credentials {
            access_key_id: credentials["access_key_id"].as_str().unwrap(),
            secret: credentials["secret_access_key"].as_str().unwrap(),
            session_token: credentials["token"].as_str(),
        }
    }

    fn now(&self) -> i64 {
        parse_stamp(&self.text("timestamp").replace(['-', ':'], "")).unwrap()
    }

    fn path(&self) -> PathStyle {
        PathStyle {
            normalize: self.flag("normalize"),
            // The suite's own note: these two are of single encoding.
            double_encode: !self.name.starts_with("get-space-"),
        }
    }

    fn signing(&self) -> Signing<'_> {
        let mut signing = Signing::new(self.text("region"), self.text("service"), self.now());
        signing.path = self.path();
        signing.content_hash_header = self.flag("sign_body");
        signing.omit_session_token = self.flag("omit_session_token");
        signing
    }

    fn expected(&self) -> Expected<'_> {
        let mut expected = Expected::of_service(self.text("service"));
        expected.path = self.path();
        expected
    }
}

#[test]
fn the_whole_suite_is_here() {
    assert_eq!(names().len(), 40);
    assert_eq!(Vector::all().len(), 38);
}

#[test]
fn headers_are_signed_as_the_suite_says() {
    for vector in Vector::all() {
        let name = &vector.name;
        let (mut parts, body) = read_request(&vector.file("request.txt"));
        let credentials = vector.credentials();
        let signature =
            sign_headers(&Lc, &mut parts, &body, &credentials, &vector.signing()).unwrap();
        let presented = sigv4::parse(&Lc, &parts).unwrap();
        let payload = sigv4::PayloadHash::of(&Lc, &body);
        let canonical = CanonicalRequest::new(
            &parts,
            Carrier::Header,
            vector.path(),
            &presented.signed_headers,
            payload.as_str(),
        )
        .unwrap();
        let text = String::from_utf8(canonical.as_bytes().to_vec()).unwrap();
        assert_eq!(text, vector.file("header-canonical-request.txt"), "{name}");
        assert_eq!(
            canonical.string_to_sign(&Lc, &presented.stamp, &presented.scope),
            vector.file("header-string-to-sign.txt"),
            "{name}"
        );
        assert_eq!(signature, vector.file("header-signature.txt"), "{name}");
    }
}

#[test]
fn queries_are_signed_as_the_suite_says() {
    for vector in Vector::all() {
        let (mut parts, body) = read_request(&vector.file("request.txt"));
        let expires = vector.context["expiration_in_seconds"].as_u64().unwrap();
        let expires = u32::try_from(expires).unwrap();
        let signing = vector.signing();
        presign(
            &Lc,
            &mut parts,
            &body,
            &vector.credentials(),
            &signing,
            expires,
        )
        .unwrap();
        let presented = sigv4::parse(&Lc, &parts).unwrap();
        let name = &vector.name;
        assert_eq!(
            presented.signature,
            vector.file("query-signature.txt"),
            "{name}"
        );
        assert_eq!(presented.expires, Some(expires), "{name}");
    }
}

#[test]
fn the_suites_signed_headers_are_verified() {
    for vector in Vector::all() {
        let (parts, body) = read_request(&vector.file("header-signed-request.txt"));
        let verified = authenticate(&parts, &body, vector.now() + 60, &vector.expected());
        assert!(verified.is_ok(), "{}: {verified:?}", vector.name);
    }
}

#[test]
fn the_suites_signed_queries_are_verified() {
    for vector in Vector::all() {
        let (parts, body) = read_request(&vector.file("query-signed-request.txt"));
        let verified = authenticate(&parts, &body, vector.now() + 3600, &vector.expected());
        if vector.flag("omit_session_token") {
            // A token in the query that is not signed: only for services that we do not serve.
            assert!(
                matches!(verified, Err(AuthError::Mismatch(_))),
                "{}",
                vector.name
            );
        } else {
            assert!(verified.is_ok(), "{}: {verified:?}", vector.name);
        }
    }
}

/// Two vectors of an older form have no context, and dates that disagree.
#[test]
fn older_vectors_have_the_canonical_paths_of_the_suite() {
    for name in ["double-encode-path", "double-url-encode"] {
        let read = |file| fs::read_to_string(folder().join(name).join(file)).unwrap();
        let (mut parts, body) = read_request(&read("request.txt"));
        let stamp = "20210511T154045Z".parse().unwrap();
        parts.headers.insert("x-amz-date", stamp);
        let canonical = CanonicalRequest::new(
            &parts,
            Carrier::Header,
            PathStyle::STANDARD,
            &["host".to_owned(), "x-amz-date".to_owned()],
            sigv4::PayloadHash::of(&Lc, &body).as_str(),
        )
        .unwrap();
        let text = String::from_utf8(canonical.as_bytes().to_vec()).unwrap();
        assert_eq!(
            text,
            read("header-canonical-request.txt").trim_end(),
            "{name}"
        );
    }
}
