//! What is refused, in AWS's codes and words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Lc, SECRET, authenticate};
use http::request::Parts;
use sigv4::{AuthError, Credentials, Expected, Signing, parse_stamp, presign, sign_headers};

const STAMP: &str = "20261124T120000Z";
const BODY: &[u8] = b"Action=ListUsers&Version=2010-05-08";

fn now() -> i64 {
    parse_stamp(STAMP).unwrap()
}

fn plain() -> Parts {
    let request = http::Request::post("https://iam.amazonaws.com/")
        .header("host", "iam.amazonaws.com")
        .header("content-type", "application/x-www-form-urlencoded");
    request.body(()).unwrap().into_parts().0
}

fn signed() -> Parts {
    let mut parts = plain();
    let credentials = Credentials::new("AKIDEXAMPLE", SECRET);
    let signing = Signing::new("us-east-1", "iam", now());
    sign_headers(&Lc, &mut parts, BODY, &credentials, &signing).unwrap();
    parts
}

fn presigned(token: Option<&str>) -> Parts {
    let mut parts = plain();
    parts.headers.remove("content-type");
    let credentials = Credentials {
        session_token: token,
        ..Credentials::new("AKIDEXAMPLE", SECRET)
    };
    let signing = Signing::new("us-east-1", "iam", now());
    presign(&Lc, &mut parts, BODY, &credentials, &signing, 900).unwrap();
    parts
}

fn refused(parts: &Parts, after: i64) -> AuthError {
    authenticate(parts, BODY, now() + after, &Expected::of_service("iam")).unwrap_err()
}

fn with_authorization(value: &str) -> Parts {
    let mut parts = signed();
    parts
        .headers
        .insert("authorization", value.parse().unwrap());
    parts
}

fn changed_authorization(from: &str, to: &str) -> Parts {
    let parts = signed();
    let value = parts.headers["authorization"].to_str().unwrap();
    assert!(value.contains(from));
    with_authorization(&value.replace(from, to))
}

fn set_uri(parts: &mut Parts, uri: &str) {
    parts.uri = uri.parse().unwrap();
}

/// Code and status for the query protocol and for awsJson.
fn codes(error: &AuthError) -> [(&'static str, u16); 2] {
    [
        (error.code(false), error.status(false)),
        (error.code(true), error.status(true)),
    ]
}

#[test]
fn a_signed_request_passes() {
    assert!(authenticate(&signed(), BODY, now(), &Expected::of_service("iam")).is_ok());
    let presigned = presigned(Some("token"));
    assert!(authenticate(&presigned, BODY, now(), &Expected::of_service("iam")).is_ok());
}

#[test]
fn unsigned_requests_and_other_schemes_miss_the_token() {
    for parts in [
        plain(),
        with_authorization("Bearer abc"),
        with_authorization("Basic abc=="),
        with_authorization("aws4-hmac-sha256 Credential=a"),
    ] {
        let error = refused(&parts, 0);
        assert_eq!(error.message(), "Request is missing Authentication Token");
        assert_eq!(
            codes(&error),
            [
                ("MissingAuthenticationToken", 403),
                ("MissingAuthenticationTokenException", 400)
            ]
        );
    }
}

#[test]
fn other_algorithms_are_named() {
    let error = refused(
        &with_authorization("AWS4-ECDSA-P256-SHA256 Credential=a/b/aws4_request"),
        0,
    );
    assert_eq!(
        error.message(),
        "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). "
    );
    assert_eq!(
        codes(&error),
        [
            ("IncompleteSignature", 400),
            ("IncompleteSignatureException", 400)
        ]
    );
    let mut query = presigned(None);
    let uri = query.uri.to_string();
    set_uri(
        &mut query,
        &uri.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
    );
    assert!(matches!(
        refused(&query, 0),
        AuthError::UnsupportedAlgorithm(_)
    ));
}

#[test]
fn signature_version_2_is_refused_in_both_places() {
    let header = with_authorization("AWS AKIDEXAMPLE:c2lnbmF0dXJl");
    assert_eq!(refused(&header, 0), AuthError::SignatureVersion2);
    let mut query = plain();
    set_uri(
        &mut query,
        "/?AWSAccessKeyId=AKIDEXAMPLE&SignatureVersion=2&Signature=x",
    );
    assert_eq!(refused(&query, 0), AuthError::SignatureVersion2);
}

#[test]
fn header_and_query_at_once_are_refused() {
    let mut parts = presigned(None);
    let authorization = signed().headers["authorization"].clone();
    parts.headers.insert("authorization", authorization);
    let error = refused(&parts, 0);
    assert_eq!(error, AuthError::BothCarriers);
    assert_eq!(
        error.message(),
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    );
}

#[test]
fn missing_parameters_are_all_named_and_the_header_is_hashed() {
    let mut parts = with_authorization("AWS4-HMAC-SHA256");
    parts.headers.remove("x-amz-date");
    let message = refused(&parts, 0).message();
    assert!(
        message.starts_with(
            "Authorization header requires 'Credential' parameter. Authorization header requires \
             'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. \
             Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. \
             (Hashed with SHA-256 and encoded with Base64) Authorization="
        ),
        "{message}"
    );
    let message = refused(&with_authorization("AWS4-HMAC-SHA256 Credential"), 0).message();
    assert!(
        message.starts_with(
            "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with \
             SHA-256 and encoded with Base64): '"
        ),
        "{message}"
    );
    let mut query = plain();
    set_uri(
        &mut query,
        "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20261124T120000Z",
    );
    assert_eq!(
        refused(&query, 0).message(),
        "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters \
         must include 'X-Amz-Signature'. AWS query-string parameters must include \
         'X-Amz-SignedHeaders'. Re-examine the query-string parameters."
    );
}

#[test]
fn malformed_parameters_are_refused() {
    for (from, to) in [
        ("Credential=AKIDEXAMPLE/", "Credential="),
        ("Credential=AKIDEXAMPLE/", "Credential=/"),
        ("Credential=", "Credential=a/"),
        ("Credential=", "Credential=x, Credential="),
        ("Credential=", "Extra=x, Credential="),
        ("SignedHeaders=content-type", "SignedHeaders=Content-Type"),
        (
            "SignedHeaders=content-type;host",
            "SignedHeaders=host;content-type",
        ),
        (
            "SignedHeaders=content-type",
            "SignedHeaders=content-type;content-type",
        ),
        ("SignedHeaders=content-type", "SignedHeaders=;content-type"),
    ] {
        let error = refused(&changed_authorization(from, to), 0);
        assert!(
            matches!(error, AuthError::Incomplete(_)),
            "{from} {to} {error:?}"
        );
    }
    let error = refused(
        &with_authorization("AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=x"),
        0,
    );
    assert_eq!(
        error.message(),
        "Credential must have exactly 5 slash-delimited elements, e.g. \
         keyid/date/region/service/term, got 'a/b/c/d'"
    );
}

#[test]
fn repeated_headers_are_refused() {
    for name in ["authorization", "x-amz-date", "host"] {
        let mut parts = signed();
        let value = parts.headers[name].clone();
        parts.headers.append(name, value);
        assert!(
            matches!(refused(&parts, 0), AuthError::Incomplete(_)),
            "{name}"
        );
    }
}

#[test]
fn repeated_query_parameters_are_refused() {
    for name in [
        "Signature",
        "Credential",
        "Date",
        "Expires",
        "SignedHeaders",
        "Security-Token",
    ] {
        let mut parts = presigned(Some("token"));
        let uri = format!("{}&X-Amz-{name}=x", parts.uri);
        set_uri(&mut parts, &uri);
        assert!(
            matches!(refused(&parts, 0), AuthError::Incomplete(_)),
            "{name}"
        );
    }
}

#[test]
fn two_different_hosts_are_refused() {
    let mut parts = signed();
    set_uri(&mut parts, "https://elsewhere.example/");
    assert!(matches!(refused(&parts, 0), AuthError::Incomplete(_)));
    // HTTP/2 has the authority only.
    let mut parts = signed();
    parts.headers.remove("host");
    assert!(authenticate(&parts, BODY, now(), &Expected::of_service("iam")).is_ok());
    set_uri(&mut parts, "/");
    assert_eq!(
        refused(&parts, 0),
        AuthError::SignedHeaderAbsent("host".into())
    );
}

#[test]
fn dates_that_are_none_are_shown() {
    let mut parts = signed();
    parts.headers.insert("x-amz-date", "201".parse().unwrap());
    assert_eq!(
        refused(&parts, 0).message(),
        "Date must be in ISO-8601 'basic format'. Got '201'. See \
         http://en.wikipedia.org/wiki/ISO_8601"
    );
}

#[test]
fn clocks_may_be_five_minutes_off() {
    let expected = Expected::of_service("iam");
    for after in [-300, 0, 300] {
        assert!(
            authenticate(&signed(), BODY, now() + after, &expected).is_ok(),
            "{after}"
        );
    }
    let late = refused(&signed(), 301);
    assert_eq!(
        late.message(),
        "Signature expired: 20261124T120000Z is now earlier than 20261124T120001Z \
         (20261124T120501Z - 5 min.)"
    );
    assert_eq!(
        codes(&late),
        [
            ("SignatureDoesNotMatch", 403),
            ("InvalidSignatureException", 400)
        ]
    );
    assert_eq!(
        refused(&signed(), -301).message(),
        "Signature not yet current: 20261124T120000Z is still later than 20261124T115959Z \
         (20261124T115459Z + 5 min.)"
    );
    for extreme in [i64::MIN, i64::MAX] {
        let result = authenticate(&signed(), BODY, extreme, &expected);
        assert!(result.is_err(), "{extreme}");
    }
}

#[test]
fn presigned_requests_live_as_long_as_they_say() {
    let expected = Expected::of_service("iam");
    assert!(authenticate(&presigned(None), BODY, now() + 900, &expected).is_ok());
    let error = refused(&presigned(None), 901);
    assert_eq!(
        (error.code(false), error.status(false)),
        ("RequestExpired", 400)
    );
    assert!(matches!(
        refused(&presigned(None), -301),
        AuthError::SignatureNotYetCurrent { .. }
    ));
    for expires in ["604801", "0", "-1", "+900", "a", ""] {
        let mut parts = presigned(None);
        let uri = parts.uri.to_string();
        set_uri(
            &mut parts,
            &uri.replace("Expires=900", &format!("Expires={expires}")),
        );
        assert!(
            matches!(refused(&parts, 0), AuthError::Incomplete(_)),
            "{expires}"
        );
    }
}

#[test]
fn the_scope_must_fit_and_every_fault_is_told() {
    let parts = changed_authorization("/20261124/us-east-1/iam/aws4_request", "/b/C/sts/e");
    let error = refused(&parts, 0);
    assert_eq!(
        error.message(),
        "Credential should be scoped to a valid region, not 'C'. Credential should be scoped to \
         correct service: 'iam'. Credential should be scoped with a valid terminator: \
         'aws4_request', not 'e'. Date in Credential scope does not match YYYYMMDD from ISO-8601 \
         version of date from HTTP: 'b' != '20261124', from '20261124T120000Z'."
    );
    let empty = refused(&changed_authorization("/us-east-1/", "//"), 0);
    assert_eq!(
        empty.message(),
        "Credential should be scoped to a valid region, not ''."
    );
    let mut expected = Expected::of_service("iam");
    expected.region = Some("eu-west-1");
    let other = authenticate(&signed(), BODY, now(), &expected).unwrap_err();
    assert!(matches!(other, AuthError::Scope(_)));
}

#[test]
fn host_and_amz_headers_must_be_signed() {
    let error = refused(
        &changed_authorization("content-type;host;", "content-type;"),
        0,
    );
    assert_eq!(
        error.message(),
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    );
    let mut parts = signed();
    parts
        .headers
        .insert("x-amz-target", "TrentService.Decrypt".parse().unwrap());
    assert_eq!(
        refused(&parts, 0).message(),
        "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."
    );
    // The token alone may be added after signing: it proves itself.
    let mut parts = signed();
    parts
        .headers
        .insert("x-amz-security-token", "token".parse().unwrap());
    let presented = sigv4::parse(&Lc, &parts).unwrap();
    assert_eq!(presented.session_token.as_deref(), Some("token"));
    assert!(authenticate(&parts, BODY, now(), &Expected::of_service("iam")).is_ok());
    let mut parts = presigned(None);
    parts
        .headers
        .insert("x-amz-security-token", "token".parse().unwrap());
    assert!(matches!(refused(&parts, 0), AuthError::NotSigned(_)));
}

#[test]
fn a_mismatch_shows_the_strings_but_no_token() {
    let mut parts = plain();
    let credentials = Credentials::new("AKIDEXAMPLE", "other").with_session_token("s3cr3t-token");
    let signing = Signing::new("us-east-1", "iam", now());
    sign_headers(&Lc, &mut parts, BODY, &credentials, &signing).unwrap();
    let message = refused(&parts, 0).message();
    assert!(
        message.starts_with(
            "The request signature we calculated does not match the signature you provided. Check \
             your AWS Secret Access Key and signing method. Consult the service documentation for \
             details.\n\nThe Canonical String for this request should have been\n'POST\n/\n\n\
             content-type:application/x-www-form-urlencoded\nhost:iam.amazonaws.com\n\
             x-amz-date:20261124T120000Z\nx-amz-security-token:...\n\n\
             content-type;host;x-amz-date;x-amz-security-token\n"
        ),
        "{message}"
    );
    assert!(message.contains(
        "'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20261124T120000Z\n\
         20261124/us-east-1/iam/aws4_request\n"
    ));
    assert!(message.ends_with("'\n"));

    let mut query = presigned(Some("s3cr3t-token"));
    let uri = query.uri.to_string();
    set_uri(&mut query, &uri.replace("Signature=", "Signature=0"));
    let error = refused(&query, 0);
    assert!(error.message().contains("X-Amz-Security-Token=...&"));
    let presented = sigv4::parse(&Lc, &query).unwrap();
    for text in [
        error.message(),
        format!("{error:?} {error}"),
        format!("{presented:?} {credentials:?}"),
        message,
    ] {
        assert!(!text.contains("s3cr3t") && !text.contains(SECRET), "{text}");
    }
}

#[test]
fn upper_case_and_cut_signatures_are_refused() {
    let presented = sigv4::parse(&Lc, &signed()).unwrap();
    let signature = presented.signature;
    for other in [
        signature.to_uppercase(),
        signature.chars().take(63).collect(),
        format!("{signature}0"),
    ] {
        let error = refused(&changed_authorization(&signature, &other), 0);
        assert!(matches!(error, AuthError::Mismatch(_)), "{other}");
    }
}

#[test]
fn the_date_header_serves_when_there_is_no_amz_date() {
    let parts = changed_authorization(";x-amz-date", "");
    let mut parts = Parts::clone(&parts);
    parts.headers.remove("x-amz-date");
    parts
        .headers
        .insert("date", "Tue, 24 Nov 2026 12:00:00 GMT".parse().unwrap());
    let presented = sigv4::parse(&Lc, &parts).unwrap();
    assert_eq!(
        (presented.stamp.as_str(), presented.timestamp),
        (STAMP, now())
    );
}

#[test]
fn key_errors_have_both_spellings() {
    let (unknown, expired) = (AuthError::InvalidClientTokenId, AuthError::ExpiredToken);
    assert_eq!(
        codes(&unknown),
        [
            ("InvalidClientTokenId", 403),
            ("UnrecognizedClientException", 400)
        ]
    );
    assert_eq!(
        codes(&expired),
        [("ExpiredToken", 403), ("ExpiredTokenException", 400)]
    );
    assert_eq!(
        unknown.message(),
        "The security token included in the request is invalid."
    );
    assert_eq!(
        expired.message(),
        "The security token included in the request is expired"
    );
}
