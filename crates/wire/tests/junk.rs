//! No message makes a codec panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use proptest::prelude::*;
use support::{PROTOCOLS, SERVICE, operations};
use wire::testing::arbitrary_value;

/// Everything that reads, over one body and one target.
fn read_all(target: &str, headers: &[(&str, String)], body: &Bytes) {
    let mut request = Request::post(target);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    // A target or header that HTTP itself refuses never reaches a codec.
    let Ok(request) = request.body(()) else {
        return;
    };
    let (parts, ()) = request.into_parts();
    for signing_name in [None, Some("everything"), Some("other")] {
        if let Err(error) = wire::resolve(&[&SERVICE], &parts, body, signing_name) {
            assert!(error.status() < 500);
            let response = error.to_response("id");
            assert!(response.status().is_client_error());
        }
    }
    for protocol in PROTOCOLS {
        for op in operations() {
            if let Err(error) = wire::decode_request(protocol, op, &parts, body) {
                assert_eq!(error.status(), 400);
                let answer = wire::encode_error(protocol, &SERVICE, &error.to_wire_error(), "id");
                assert_eq!(answer.status(), 400);
            }
            for status in [StatusCode::OK, StatusCode::BAD_REQUEST] {
                let _ = wire::decode_response(protocol, op, status, &HeaderMap::new(), body);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn random_bytes(body in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all("/", &[], &body.into());
    }

    #[test]
    fn random_targets(
        path in "(/[a-zA-Z0-9%{}+.~-]{0,12}){0,4}",
        query in "[a-zA-Z0-9%&=+.]{0,40}",
        target in "[ -~]{0,40}",
        header in "[ -~]{0,40}",
    ) {
        let headers = [("x-tokens", header.clone()), ("x-dates", header.clone()), ("x-meta-a", header)];
        read_all(&format!("{path}?{query}"), &headers, &Bytes::new());
        read_all(&format!("{path}?{query}"), &[("x-amz-target", target.clone())], &Bytes::new());
        read_all(&path, &[("smithy-protocol", "rpc-v2-cbor".into()), ("x-token", target)], &Bytes::new());
    }

    #[test]
    fn form_like(body in "((Tree|Trees|member|entry|key|Children|Text|FlatMap|1|99999999999999999999|x|Time)[.=&]?){0,12}") {
        let headers = [("content-type", "application/x-www-form-urlencoded".to_owned())];
        read_all("/", &headers, &format!("Action=Everything&{body}").into());
    }

    #[test]
    fn json_like(body in r#"([\[\]{},:]|"Tree"|"Trees"|"Children"|"Time"|"Document"|null|true|1|-1e9|1e999|"\\u0041"|"\\ud800"){0,20}"#) {
        read_all("/", &[], &body.into());
    }

    #[test]
    fn xml_like(body in r#"<R>((<|</)(Tree|Trees|member|name|Children|Time)( a="b")?/?>|x|&#1;|&lt;|&y;|<!--|]]>|<!\[CDATA\[){0,12}(</R>)?"#) {
        read_all("/", &[], &body.into());
    }

    /// Good messages with a few bytes turned.
    #[test]
    fn mutations(
        value in arbitrary_value(support::EVERYTHING_OPERATION.input),
        turns in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        for protocol in PROTOCOLS {
            let (parts, body) =
                wire::encode_request(protocol, &support::EVERYTHING_OPERATION, &value, "h").into_parts();
            let mut bytes = body.to_vec();
            for (index, byte) in &turns {
                if !bytes.is_empty() {
                    let at = index.index(bytes.len());
                    bytes[at] = *byte;
                }
            }
            let _ = wire::decode_request(protocol, &support::EVERYTHING_OPERATION, &parts, &bytes.into());
        }
    }
}

#[test]
fn deep_and_wide_messages_are_refused_cheaply() {
    let deep = |open: &str| Bytes::from(open.repeat(500_000));
    for body in ["[", "{\"Tree\":", "<a>", "\u{0}"] {
        read_all("/", &[], &deep(body));
    }
    read_all("/", &[], &vec![0x81; 500_000].into());
    read_all("/", &[], &vec![0xbf; 500_000].into());
    read_all("/", &[], &vec![0xc1; 500_000].into());
    read_all(
        "/",
        &[],
        &Bytes::from(format!("Action=Everything&{}=1", "a.".repeat(200_000))),
    );
    read_all(
        "/",
        &[],
        &Bytes::from("Action=Everything&Trees.member.999999999.name=x&Trees.member.5.name=y"),
    );
    read_all("/", &[], &Bytes::from("a=b&".repeat(200_000)));
}

#[test]
fn small_messages_do_not_become_large_values() {
    let op = &support::EVERYTHING_OPERATION;
    let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
    let json = format!("{{\"Trees\":[{}{{}}]}}", "{},".repeat(200_000));
    let error =
        wire::decode_request(schema::Protocol::AwsJson11, op, &parts, &json.into()).unwrap_err();
    assert_eq!(error.message().unwrap(), "Too many values");
    let mut cbor = vec![0xa1, 0x65];
    cbor.extend_from_slice(b"Trees\x9f");
    cbor.extend(std::iter::repeat_n(0xa0, 200_000));
    cbor.push(0xff);
    assert!(wire::decode_request(schema::Protocol::RpcV2Cbor, op, &parts, &cbor.into()).is_err());
    let xml = format!("<R><Trees>{}</Trees></R>", "<member/>".repeat(200_000));
    assert!(wire::decode_request(schema::Protocol::RestXml, op, &parts, &xml.into()).is_err());
}
