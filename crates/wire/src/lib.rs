//! AWS's protocols over schemas and values, in both directions: awsQuery, awsJson 1.0 and 1.1,
//! restJson1, restXml and rpcv2Cbor.
//!
//! A codec walks a [`schema::Schema`] beside a message and makes a [`schema::Value`] of it, or the
//! other way round; there is no code for any single operation. [`resolve`] finds the operation that
//! a request means. The client side ([`encode_request`], [`decode_response`]) serves tests and tools.
//!
//! This crate refuses to know any service, to check constraints (`schema` does), to check
//! signatures (`sigv4` does) and to do I/O. No message makes it panic, nest deeper than
//! [`MAX_DEPTH`], or become more than [`MAX_VALUES`] values.
//!
//! ```
//! use schema::{Http, Member, OperationSchema, Protocol, Schema, ServiceSchema, Value};
//!
//! static NAME: Schema = Schema::string("userNameType");
//! static INPUT: Schema = Schema::structure("GetUserRequest").members(&[Member::new("UserName", &NAME)]);
//! static OUTPUT: Schema = Schema::structure("GetUserResponse");
//! static IAM: ServiceSchema = ServiceSchema {
//!     id: "iam", endpoint_prefix: "iam", signing_name: "iam", api_version: "2010-05-08",
//!     target_prefix: "", rpc_name: "", protocols: &[Protocol::AwsQuery],
//!     xml_namespace: "https://iam.amazonaws.com/doc/2010-05-08/", global: true,
//!     operations: &[&GET_USER], unserved: &[],
//! };
//! static GET_USER: OperationSchema = OperationSchema {
//!     name: "GetUser", service: &IAM, http: Http { method: "POST", uri: "/", status: 200 },
//!     input: &INPUT, output: &OUTPUT, result_wrapper: Some("GetUserResult"), errors: &[], unsigned: false,
//! };
//!
//! let input = Value::Structure(vec![Some(Value::String("Bob".into()))]);
//! let request = wire::encode_request(Protocol::AwsQuery, &GET_USER, &input, "iam.amazonaws.com");
//! let (parts, body) = request.into_parts();
//! assert_eq!(body, "Action=GetUser&Version=2010-05-08&UserName=Bob");
//!
//! let resolved = wire::resolve(&[&IAM], &parts, &body, Some("iam")).unwrap();
//! assert_eq!(resolved.target.name(), "GetUser");
//! assert_eq!(wire::decode_request(resolved.protocol, &GET_USER, &parts, &body).unwrap(), input);
//! ```

mod aws_json;
mod budget;
mod cbor;
mod entries;
mod error;
mod fault_fields;
mod form;
mod json;
mod message;
mod query;
mod resolve;
mod rest;
mod rpc_cbor;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod timestamp;
mod uri;
mod xml;

pub use error::{DecodeError, ResolveError, ResponseError, UNREADABLE_RESPONSE, WireError};
pub use resolve::{Resolved, Target, resolve};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, request::Parts};
use rest::Format;
use schema::{OperationSchema, Protocol, ServiceSchema, Value};

/// The most levels that a message may nest.
pub const MAX_DEPTH: usize = 100;

/// The most values, set or absent, that a message may have in all: each member of each structure,
/// each element of each list, each entry of each map.
pub const MAX_VALUES: usize = 500_000;

/// The most parameters that a form or query string may have.
pub const MAX_PARAMETERS: usize = 10_000;

/// Reads an operation's input. Members that the schema does not know are ignored; constraints are
/// not checked.
///
/// # Errors
/// [`DecodeError`] for a message that is not in the protocol's form.
pub fn decode_request(
    protocol: Protocol,
    op: &'static OperationSchema,
    parts: &Parts,
    body: &Bytes,
) -> Result<Value, DecodeError> {
    match protocol {
        Protocol::AwsQuery => query::decode_request(op, parts, body),
        Protocol::AwsJson10 | Protocol::AwsJson11 => aws_json::decode_request(op, body),
        Protocol::RestJson1 => rest::decode_request(Format::Json, op, parts, body),
        Protocol::RestXml => rest::decode_request(Format::Xml, op, parts, body),
        Protocol::RpcV2Cbor => rpc_cbor::decode_request(op, body),
    }
    .map_err(|fault| DecodeError { protocol, fault })
}

/// Writes an operation's output.
#[must_use]
pub fn encode_response(
    protocol: Protocol,
    op: &OperationSchema,
    output: &Value,
    request_id: &str,
) -> Response<Bytes> {
    match protocol {
        Protocol::AwsQuery => query::encode_response(op, output, request_id),
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            aws_json::encode_response(protocol, op, output, request_id)
        }
        Protocol::RestJson1 => rest::encode_response(Format::Json, op, output, request_id),
        Protocol::RestXml => rest::encode_response(Format::Xml, op, output, request_id),
        Protocol::RpcV2Cbor => rpc_cbor::encode_response(op, output, request_id),
    }
}

/// Writes an error answer.
#[must_use]
pub fn encode_error(
    protocol: Protocol,
    service: &ServiceSchema,
    error: &WireError,
    request_id: &str,
) -> Response<Bytes> {
    encode_error_in(protocol, service.xml_namespace, error, request_id)
}

fn encode_error_in(
    protocol: Protocol,
    xml_namespace: &str,
    error: &WireError,
    request_id: &str,
) -> Response<Bytes> {
    match protocol {
        Protocol::AwsQuery => query::encode_error(xml_namespace, error, request_id),
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            aws_json::encode_error(protocol, error, request_id)
        }
        Protocol::RestJson1 => rest::encode_error(Format::Json, error, request_id),
        Protocol::RestXml => rest::encode_error(Format::Xml, error, request_id),
        Protocol::RpcV2Cbor => rpc_cbor::encode_error(error, request_id),
    }
}

impl ResolveError {
    /// Writes the error answer, also where not even the service is known.
    #[must_use]
    pub fn to_response(&self, request_id: &str) -> Response<Bytes> {
        let namespace = self.service.map_or("", |service| service.xml_namespace);
        encode_error_in(self.protocol, namespace, &self.to_wire_error(), request_id)
    }
}

/// Writes an operation's input as an unsigned request. A header value or host that HTTP cannot
/// carry is left out.
#[must_use]
pub fn encode_request(
    protocol: Protocol,
    op: &OperationSchema,
    input: &Value,
    endpoint_host: &str,
) -> Request<Bytes> {
    match protocol {
        Protocol::AwsQuery => query::encode_request(op, input, endpoint_host),
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            aws_json::encode_request(protocol, op, input, endpoint_host)
        }
        Protocol::RestJson1 => rest::encode_request(Format::Json, op, input, endpoint_host),
        Protocol::RestXml => rest::encode_request(Format::Xml, op, input, endpoint_host),
        Protocol::RpcV2Cbor => rpc_cbor::encode_request(op, input, endpoint_host),
    }
}

/// Reads an operation's answer.
///
/// # Errors
/// [`ResponseError`] for an error answer, and with the code [`UNREADABLE_RESPONSE`] for an answer
/// that is not in the protocol's form.
pub fn decode_response(
    protocol: Protocol,
    op: &'static OperationSchema,
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Value, ResponseError> {
    let status = status.as_u16();
    match protocol {
        Protocol::AwsQuery => query::decode_response(op, status, headers, body),
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            aws_json::decode_response(op, status, headers, body)
        }
        Protocol::RestJson1 => rest::decode_response(Format::Json, op, status, headers, body),
        Protocol::RestXml => rest::decode_response(Format::Xml, op, status, headers, body),
        Protocol::RpcV2Cbor => rpc_cbor::decode_response(op, status, headers, body),
    }
}
