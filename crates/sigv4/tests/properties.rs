//! Properties over arbitrary requests: what is signed verifies, what is changed does not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Lc, SECRET, authenticate};
use http::header::{HeaderName, HeaderValue};
use http::request::Parts;
use proptest::prelude::*;
use sigv4::{
    Credentials, Expected, PathStyle, Scope, Signing, format_stamp, parse_stamp, presign,
    sign_headers,
};

const STAMP: &str = "20261124T120000Z";

fn now() -> i64 {
    parse_stamp(STAMP).unwrap()
}

#[derive(Clone, Debug)]
struct Case {
    s3: bool,
    query_auth: bool,
    token: Option<String>,
    method: &'static str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Case {
    fn service(&self) -> &'static str {
        if self.s3 { "s3" } else { "iam" }
    }

    fn expected(&self) -> Expected<'static> {
        Expected::of_service(self.service())
    }

    /// Whether the body is under the signature.
    fn binds_body(&self) -> bool {
        !(self.s3 && self.query_auth)
    }

    fn signed(&self) -> Parts {
        let mut request = http::Request::builder()
            .method(self.method)
            .uri(&self.target)
            .header("host", "localhost:4566");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let credentials = Credentials {
            session_token: self.token.as_deref(),
            ..Credentials::new("AKIDEXAMPLE", SECRET)
        };
        let signing = Signing::new("us-east-1", self.service(), now());
        if self.query_auth {
            presign(&Lc, &mut parts, &self.body, &credentials, &signing, 900).unwrap();
        } else {
            sign_headers(&Lc, &mut parts, &self.body, &credentials, &signing).unwrap();
        }
        parts
    }
}

prop_compose! {
    fn case()(
        s3: bool,
        query_auth: bool,
        token in proptest::option::of("[A-Za-z0-9+/=]{1,40}"),
        method in prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"]),
        // Segments that normalisation leaves alone.
        path in prop::collection::vec("[A-Za-z0-9@:]([A-Za-z0-9._~@:!$&'()*+,;=-]|%20|%2F|%C3%A9){0,6}", 0..4),
        slash: bool,
        query in prop::collection::vec(
            ("[A-Za-z][A-Za-z0-9._~-]{0,5}", "([A-Za-z0-9._~+/-]|%20|%26|%3D){0,6}", any::<bool>()), 0..4),
        headers in prop::collection::vec(("(x-amz-meta-|x-)[a-y]{1,6}", "[!-~]{1,8}( [!-~]{1,8})?"), 0..4),
        body in prop::collection::vec(any::<u8>(), 0..50),
    ) -> Case {
        let mut target = format!("/{}", path.join("/"));
        if slash && !path.is_empty() {
            target.push('/');
        }
        let pairs: Vec<String> = query
            .into_iter()
            .map(|(key, value, bare)| if bare { key } else { format!("{key}={value}") })
            .collect();
        if !pairs.is_empty() {
            target = format!("{target}?{}", pairs.join("&"));
        }
        Case { s3, query_auth, token, method, target, headers, body }
    }
}

/// Puts `byte` at `index` (modulo the length) unless it is there already.
fn change(text: &str, index: prop::sample::Index, byte: u8) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    if bytes.is_empty() {
        return None;
    }
    let at = index.index(bytes.len());
    if bytes[at] == byte {
        return None;
    }
    bytes[at] = byte;
    String::from_utf8(bytes).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_is_signed_verifies(case in case()) {
        let parts = case.signed();
        let result = authenticate(&parts, &case.body, now(), &case.expected());
        prop_assert!(result.is_ok(), "{:?}", result.map_err(|error| error.message()));
        prop_assert_eq!(&result.unwrap().body[..], &case.body[..]);
        let presented = sigv4::parse(&Lc, &parts).unwrap();
        prop_assert_eq!(&presented.session_token, &case.token);
        prop_assert_eq!(presented.scope, Scope::new(STAMP, "us-east-1", case.service()));
    }

    #[test]
    fn another_secret_never_verifies(case in case(), secret in "[A-Za-z0-9/+]{1,50}") {
        let parts = case.signed();
        let presented = sigv4::parse(&Lc, &parts).unwrap();
        let body = bytes::Bytes::from(case.body.clone());
        let result =
            sigv4::verify(&Lc, &parts, &body, &presented, &secret, now(), &case.expected());
        prop_assert!(result.is_err());
    }

    #[test]
    fn a_changed_method_is_refused(case in case(), method in "[A-Z]{1,8}") {
        prop_assume!(method != case.method);
        let mut parts = case.signed();
        parts.method = method.parse().unwrap();
        prop_assert!(authenticate(&parts, &case.body, now(), &case.expected()).is_err());
    }

    // A replaced byte never becomes a hexadecimal digit: `%2f` for `%2F` in a query is
    // the same request.
    #[test]
    fn a_changed_byte_of_the_target_is_refused(
        case in case(), index: prop::sample::Index, byte in prop::sample::select(b"ghijklz./&=-".to_vec()),
    ) {
        let mut parts = case.signed();
        let target = parts.uri.to_string();
        let query = target.find('?').unwrap_or(target.len());
        let changed = change(&target, index, byte);
        prop_assume!(changed.is_some());
        let changed = changed.unwrap();
        let at = target.bytes().zip(changed.bytes()).position(|(a, b)| a != b).unwrap();
        // In a query `a=` and `a&` are the same pairs, and `+` and `%20` the same value.
        prop_assume!(at < query || byte.is_ascii_lowercase());
        let uri = changed.parse();
        prop_assume!(uri.is_ok());
        parts.uri = uri.unwrap();
        let result = authenticate(&parts, &case.body, now(), &case.expected());
        prop_assert!(result.is_err(), "{} {}", target, changed);
    }

    #[test]
    fn a_changed_byte_of_a_signed_header_is_refused(
        case in case(), which: prop::sample::Index, index: prop::sample::Index, byte in b'g'..=b'z',
    ) {
        let mut parts = case.signed();
        let presented = sigv4::parse(&Lc, &parts).unwrap();
        let name = presented.signed_headers[which.index(presented.signed_headers.len())].clone();
        let value = parts.headers[&name].to_str().unwrap().to_owned();
        let changed = change(&value, index, byte);
        prop_assume!(changed.is_some());
        parts.headers.insert(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(&changed.unwrap()).unwrap(),
        );
        // One of several values of a name is changed as well as the others are dropped.
        prop_assert!(authenticate(&parts, &case.body, now(), &case.expected()).is_err());
    }

    #[test]
    fn a_changed_byte_of_the_authorization_is_refused(
        case in case(), index: prop::sample::Index, byte in 0x20u8..0x7F,
    ) {
        let case = Case { query_auth: false, ..case };
        let mut parts = case.signed();
        let value = parts.headers["authorization"].to_str().unwrap().to_owned();
        let at = index.index(value.len());
        // The key id chooses the secret, which is the caller's part; separators have two forms.
        let key = value.find("AKIDEXAMPLE").unwrap();
        prop_assume!(!(key..key + "AKIDEXAMPLE".len()).contains(&at));
        prop_assume!(!matches!(value.as_bytes()[at], b',' | b' ') );
        let changed = change(&value, index, byte);
        prop_assume!(changed.is_some());
        let changed = HeaderValue::from_str(&changed.unwrap()).unwrap();
        parts.headers.insert("authorization", changed.clone());
        let result = authenticate(&parts, &case.body, now(), &case.expected());
        prop_assert!(result.is_err(), "{} {:?}", value, changed);
    }

    #[test]
    fn a_changed_body_is_refused(case in case(), index: prop::sample::Index, flip in 1u8.., more: u8) {
        prop_assume!(case.binds_body());
        let parts = case.signed();
        let mut longer = case.body.clone();
        longer.push(more);
        prop_assert!(authenticate(&parts, &longer, now(), &case.expected()).is_err());
        prop_assume!(!case.body.is_empty());
        let mut changed = case.body.clone();
        let at = index.index(changed.len());
        changed[at] ^= flip;
        prop_assert!(authenticate(&parts, &changed, now(), &case.expected()).is_err());
        prop_assert!(authenticate(&parts, &case.body[1..], now(), &case.expected()).is_err());
    }

    #[test]
    fn what_is_added_is_refused(case in case(), name in "x-amz-[a-z]{1,8}z", pair in "[a-z]{1,4}(=[a-z]{0,4})?") {
        let mut parts = case.signed();
        let header = HeaderName::from_bytes(name.as_bytes()).unwrap();
        prop_assume!(!parts.headers.contains_key(&header));
        parts.headers.insert(header, HeaderValue::from_static("x"));
        prop_assert!(authenticate(&parts, &case.body, now(), &case.expected()).is_err());

        let mut parts = case.signed();
        let separator = if parts.uri.query().is_some() { '&' } else { '?' };
        parts.uri = format!("{}{separator}{pair}", parts.uri).parse().unwrap();
        prop_assert!(authenticate(&parts, &case.body, now(), &case.expected()).is_err());
    }

    #[test]
    fn a_signed_header_cannot_be_dropped_or_doubled(case in case(), which: prop::sample::Index) {
        let parts = case.signed();
        let presented = sigv4::parse(&Lc, &parts).unwrap();
        let name = presented.signed_headers[which.index(presented.signed_headers.len())].as_str();
        let mut fewer = parts.clone();
        fewer.headers.remove(name);
        prop_assert!(authenticate(&fewer, &case.body, now(), &case.expected()).is_err());
        let mut doubled = parts.clone();
        let header = HeaderName::from_bytes(name.as_bytes()).unwrap();
        doubled.headers.append(header, HeaderValue::from_static("x"));
        prop_assert!(authenticate(&doubled, &case.body, now(), &case.expected()).is_err());
    }

    #[test]
    fn a_signature_for_one_service_is_none_for_another(case in case(), service in "[a-z]{2,10}") {
        prop_assume!(service != case.service());
        let parts = case.signed();
        let expected = Expected { service: &service, ..case.expected() };
        prop_assert!(authenticate(&parts, &case.body, now(), &expected).is_err());
    }

    #[test]
    fn junk_never_panics_and_never_passes(
        authorization in "(AWS4-HMAC-SHA256 )?[ -~]{0,60}",
        fields in "(Credential=[ -~]{0,40},?)?( SignedHeaders=[ -~]{0,20},?)?( Signature=[ -~]{0,20})?",
        query in "(X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature)=[!$-;=@-_a-z~%]{0,20}&){0,8}",
        date in "[ -~]{0,20}",
        in_header: bool,
        now: i64,
    ) {
        let mut request = http::Request::get(format!("/?{query}"))
            .header("host", "h")
            .header("x-amz-date", date);
        if in_header {
            request = request.header("authorization", format!("{authorization}{fields}"));
        }
        if let Ok(request) = request.body(()) {
            let (parts, ()) = request.into_parts();
            let expected = Expected::of_service("iam");
            prop_assert!(authenticate(&parts, b"", now, &expected).is_err());
        }
    }

    #[test]
    fn junk_bytes_in_headers_never_panic(
        authorization in prop::collection::vec(0x20u8..=0xFF, 0..60),
        name in "x-amz-[a-z]{1,4}",
        value in prop::collection::vec(0x20u8..=0xFF, 0..20),
    ) {
        let request = http::Request::get("/")
            .header("authorization", &authorization[..])
            .header(name, &value[..]);
        if let Ok(request) = request.body(()) {
            let (parts, ()) = request.into_parts();
            let expected = Expected::of_service("s3");
            prop_assert!(authenticate(&parts, b"", now(), &expected).is_err());
        }
    }

    #[test]
    fn canonical_paths_are_stable_and_plain(path in "/[!-~]{0,30}") {
        for style in [PathStyle::STANDARD, PathStyle::S3] {
            let canonical = style.canonical_path(&path);
            prop_assert!(canonical.starts_with('/'));
            prop_assert!(canonical.is_ascii());
        }
        let once = PathStyle::S3.canonical_path(&path);
        prop_assert_eq!(PathStyle::S3.canonical_path(&once), once);
    }

    #[test]
    fn stamps_round_trip(seconds in 0i64..=253_402_207_200) {
        prop_assert_eq!(parse_stamp(&format_stamp(seconds)), Some(seconds));
    }

    #[test]
    fn junk_stamps_never_panic(text in "\\PC{0,20}") {
        let _ = parse_stamp(&text);
    }
}
