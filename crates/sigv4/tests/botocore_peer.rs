//! botocore as a peer: its signatures are ours, and ours verifies what it signs.
//!
//! The interpreter is `CLAVIGER_PYTHON`, else `.venv/bin/python` at the repository's
//! root; without it the test fails, for a peer that is silently absent proves nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{Lc, SECRET, authenticate};
use http::request::Parts;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sigv4::{Credentials, Expected, Signing, parse_stamp, presign, sign_headers};

const STAMP: &str = "20261124T120000Z";
const HOST: &str = "peer.example.com";

fn interpreter() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("CLAVIGER_PYTHON")
        .map_or_else(|| root.join(".venv/bin/python"), PathBuf::from);
    let importable = Command::new(&python)
        .args(["-c", "import botocore"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    assert!(
        importable,
        "{} cannot import botocore: create the virtual environment of tests/requirements.txt \
         or set CLAVIGER_PYTHON",
        python.display()
    );
    python
}

/// Gives every case to one botocore process.
fn sign_by_botocore(cases: &[Value]) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/botocore_peer.py");
    let mut child = Command::new(interpreter())
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Requests as botocore's serialisers write them: escapes in upper case, queries encoded.
fn case() -> impl Strategy<Value = Value> {
    let piece = "([A-Za-z0-9._~-]|%20|%2F|%C3%A9|%3A|%25){1,8}";
    let path = prop::collection::vec(piece, 0..4);
    let query = prop::collection::vec(("[A-Za-z][A-Za-z0-9._~-]{0,5}", piece), 0..4);
    let header = (
        "(x-amz-meta|x-extra|content-type)-?[a-z]{0,4}[a-z]",
        "[!-~]{1,8}( {0,3}[!-~]{1,8}){0,2}",
    );
    let headers = prop::collection::vec(header, 0..4);
    (
        prop::sample::select(vec!["header", "query", "s3", "s3query"]),
        prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD"]),
        (path, query, headers),
        prop::collection::vec(any::<u8>(), 0..60),
        proptest::option::of("[A-Za-z0-9+/=]{20,60}"),
    )
        .prop_map(|(kind, method, (path, query, headers), body, token)| {
            let mut pairs: Vec<String> = Vec::new();
            for (key, value) in query {
                // botocore's presigner keeps one value a key.
                let key = format!("{key}{}", pairs.len());
                pairs.push(format!("{key}={value}"));
            }
            let mut url = format!("https://{HOST}/{}", path.join("/"));
            if !pairs.is_empty() {
                url = format!("{url}?{}", pairs.join("&"));
            }
            let presigned = kind.ends_with("query");
            let body = if presigned { Vec::new() } else { body };
            json!({
                "kind": kind, "method": method, "url": url, "headers": headers,
                "body": hex(&body), "key": "AKIDEXAMPLE", "secret": SECRET, "token": token,
                "region": "eu-central-1", "service": service(kind), "stamp": STAMP,
                "expires": 900,
            })
        })
}

fn service(kind: &str) -> &'static str {
    if kind.starts_with("s3") {
        "s3"
    } else {
        "access-analyzer"
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2).unwrap(), 16).unwrap())
        .collect()
}

/// A request of `method`, `url` and `headers`, with the host that HTTP adds.
fn request(method: &Value, url: &Value, headers: &Value) -> Parts {
    let mut request = http::Request::builder()
        .method(method.as_str().unwrap())
        .uri(url.as_str().unwrap())
        .header("host", HOST);
    for pair in headers.as_array().unwrap() {
        request = request.header(pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
    }
    request.body(()).unwrap().into_parts().0
}

#[test]
fn botocore_and_claviger_agree() {
    let mut runner = TestRunner::deterministic();
    let strategy = case();
    let cases: Vec<Value> = (0..400)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    let answers = sign_by_botocore(&cases);
    assert_eq!(answers.len(), cases.len());
    let now = parse_stamp(STAMP).unwrap();
    for (case, answer) in cases.iter().zip(&answers) {
        let kind = case["kind"].as_str().unwrap();
        let body = unhex(case["body"].as_str().unwrap());
        let theirs = request(&case["method"], &answer["url"], &answer["headers"]);
        let presented = sigv4::parse(&Lc, &theirs).unwrap();
        assert_eq!(presented.session_token.as_deref(), case["token"].as_str());

        let expected = Expected::of_service(service(kind));
        let verified = authenticate(&theirs, &body, now + 10, &expected);
        let shown = verified.as_ref().err().map(sigv4::AuthError::message);
        assert!(
            verified.is_ok(),
            "{case}\n{}\n{shown:?}",
            answer["canonical"]
        );

        let mut ours = request(&case["method"], &case["url"], &case["headers"]);
        let credentials = Credentials {
            session_token: case["token"].as_str(),
            ..Credentials::new("AKIDEXAMPLE", SECRET)
        };
        let signing = Signing::new("eu-central-1", service(kind), now);
        if kind.ends_with("query") {
            presign(&Lc, &mut ours, &body, &credentials, &signing, 900).unwrap();
        } else {
            sign_headers(&Lc, &mut ours, &body, &credentials, &signing).unwrap();
        }
        let signature = sigv4::parse(&Lc, &ours).unwrap().signature;
        assert_eq!(
            signature, presented.signature,
            "{case}\n{}",
            answer["canonical"]
        );
    }
}

/// Given a `Date` header, botocore sends that and no `X-Amz-Date`.
#[test]
fn botocores_date_header_is_verified() {
    let case = json!({
        "kind": "header", "method": "POST", "url": format!("https://{HOST}/"),
        "headers": [["Date", "replaced"]], "body": hex(b"{}"), "key": "AKIDEXAMPLE",
        "secret": SECRET, "token": null, "region": "eu-central-1", "service": "kms",
        "stamp": STAMP, "expires": 900,
    });
    let answer = sign_by_botocore(std::slice::from_ref(&case)).remove(0);
    let theirs = request(&case["method"], &answer["url"], &answer["headers"]);
    assert!(theirs.headers.contains_key("date") && !theirs.headers.contains_key("x-amz-date"));
    let now = parse_stamp(STAMP).unwrap();
    let expected = Expected::of_service("kms");
    assert!(authenticate(&theirs, b"{}", now + 300, &expected).is_ok());
    assert!(authenticate(&theirs, b"{}", now + 301, &expected).is_err());
    let mut later = theirs;
    let date = "Tue, 24 Nov 2026 12:00:01 GMT".parse().unwrap();
    later.headers.insert("date", date);
    assert!(authenticate(&later, b"{}", now, &expected).is_err());
}
