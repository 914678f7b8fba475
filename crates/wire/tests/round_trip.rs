//! What one side writes the other side reads, for every protocol and every kind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use schema::{OperationSchema, Protocol, Value};
use support::{PROTOCOLS, SERVICE, operations};
use wire::testing::{arbitrary_value, as_in_xml};

fn every(run: impl Fn(Protocol, &'static OperationSchema)) {
    for protocol in PROTOCOLS {
        for op in operations() {
            run(protocol, op);
        }
    }
}

fn check(
    schema: &'static schema::Schema,
    cases: u32,
    test: impl Fn(Value) -> Result<(), TestCaseError>,
) {
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    };
    TestRunner::new(config)
        .run(&arbitrary_value(schema), test)
        .unwrap();
}

#[test]
fn requests() {
    every(|protocol, op| {
        check(op.input, 60, |input| {
            let input = match protocol {
                Protocol::RestXml => as_in_xml(input),
                _ => input,
            };
            let request = wire::encode_request(protocol, op, &input, "everything.example");
            let (parts, body) = request.into_parts();
            let resolved = wire::resolve(&[&SERVICE], &parts, &body, Some("everything"));
            if matches!(protocol, Protocol::RestJson1 | Protocol::RestXml) {
                // The service answers REST requests in its first REST protocol.
            } else {
                let resolved =
                    resolved.map_err(|error| TestCaseError::fail(format!("{error} {parts:?}")))?;
                prop_assert_eq!(resolved.protocol, protocol);
                prop_assert_eq!(resolved.target.name(), op.name);
            }
            let read = wire::decode_request(protocol, op, &parts, &body);
            prop_assert_eq!(read, Ok(input), "{:?} {:?} {:?}", protocol, parts.uri, body);
            Ok(())
        });
    });
}

#[test]
fn responses() {
    every(|protocol, op| {
        check(op.output, 60, |output| {
            let output = match protocol {
                Protocol::AwsQuery | Protocol::RestXml => as_in_xml(output),
                _ => output,
            };
            let response = wire::encode_response(protocol, op, &output, "id-1");
            let (parts, body) = response.into_parts();
            let read = wire::decode_response(protocol, op, parts.status, &parts.headers, &body);
            prop_assert_eq!(read, Ok(output), "{:?} {:?}", protocol, body);
            Ok(())
        });
    });
}

#[test]
fn errors() {
    let op = &support::EVERYTHING_OPERATION;
    let shape = op.errors[0];
    for protocol in PROTOCOLS {
        check(shape, 60, |fields| {
            let fields = match protocol {
                Protocol::AwsQuery | Protocol::RestXml => as_in_xml(fields),
                _ => fields,
            };
            let Value::Structure(mut fields) = fields else {
                panic!("an error is a structure")
            };
            fields[0] = Some(Value::String("not here".into()));
            let error = wire::WireError {
                code: "NoSuchEntity".into(),
                status: 404,
                message: Some("not here".into()),
                sender_fault: true,
                shape: Some(shape),
                fields: Some(Value::Structure(fields.clone())),
            };
            let (parts, body) = wire::encode_error(protocol, &SERVICE, &error, "id-1").into_parts();
            let read = wire::decode_response(protocol, op, parts.status, &parts.headers, &body)
                .unwrap_err();
            prop_assert_eq!(read.code.as_str(), "NoSuchEntity");
            prop_assert_eq!(read.status, 404);
            prop_assert_eq!(read.message.as_deref(), Some("not here"));
            prop_assert_eq!(read.request_id.as_deref(), Some("id-1"));
            prop_assert_eq!(read.fields, Some(Value::Structure(fields)));
            Ok(())
        });
    }
}
