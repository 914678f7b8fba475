//! awsJson 1.0 and 1.1: one JSON object in, one out.

use crate::error::{Fault, ResponseError, WireError};
use crate::fault_fields::{FaultFields, from_text, structure, unreadable};
use crate::{json, message};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use schema::{OperationSchema, Protocol, Value};

const ID_HEADER: &str = "x-amzn-requestid";

fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::AwsJson10 => "application/x-amz-json-1.0",
        _ => "application/x-amz-json-1.1",
    }
}

/// An empty body is an input without members, as it is for AWS.
pub(crate) fn decode_request(op: &'static OperationSchema, body: &Bytes) -> Result<Value, Fault> {
    decode(op.input, body)
}

fn decode(schema: &'static schema::Schema, body: &Bytes) -> Result<Value, Fault> {
    let value = if body.is_empty() {
        None
    } else {
        json::decode(schema, body, |_| true)?
    };
    Ok(value.unwrap_or_else(|| Value::Structure(vec![None; structure(schema).members.len()])))
}

pub(crate) fn encode_request(
    protocol: Protocol,
    op: &OperationSchema,
    input: &Value,
    host: &str,
) -> Request<Bytes> {
    let mut body = String::new();
    json::encode(&mut body, op.input, input, |_| true);
    let mut request = message::request("POST", "/", host, Some(content_type(protocol)), body);
    let target = format!("{}.{}", op.service.target_prefix, op.name);
    message::set(request.headers_mut(), "x-amz-target", &target);
    request
}

pub(crate) fn encode_response(
    protocol: Protocol,
    op: &OperationSchema,
    output: &Value,
    request_id: &str,
) -> Response<Bytes> {
    let mut body = String::new();
    json::encode(&mut body, op.output, output, |_| true);
    message::response(
        200,
        Some(content_type(protocol)),
        ID_HEADER,
        request_id,
        body,
    )
}

pub(crate) fn encode_error(
    protocol: Protocol,
    error: &WireError,
    request_id: &str,
) -> Response<Bytes> {
    let body = error_body(error, true);
    message::response(
        error.status,
        Some(content_type(protocol)),
        ID_HEADER,
        request_id,
        body,
    )
}

/// The JSON object of an error, with its code as `__type` on request.
pub(crate) fn error_body(error: &WireError, with_type: bool) -> String {
    let parts = FaultFields::of(error);
    let mut members = Vec::new();
    if with_type {
        members.push(member("__type", &error.code));
    }
    if let Some(message) = parts.message {
        members.push(member("message", message));
    }
    if let Some(shape) = error.shape {
        let mut object = String::new();
        json::encode(
            &mut object,
            shape,
            &Value::Structure(parts.fields),
            |member| member.location == schema::Location::Body,
        );
        let inner = object
            .strip_prefix('{')
            .and_then(|object| object.strip_suffix('}'))
            .unwrap_or_default();
        if !inner.is_empty() {
            members.push(inner.to_owned());
        }
    }
    format!("{{{}}}", members.join(","))
}

fn member(name: &str, value: &str) -> String {
    let mut out = String::new();
    json::write_string(&mut out, name);
    out.push(':');
    json::write_string(&mut out, value);
    out
}

pub(crate) fn decode_response(
    op: &OperationSchema,
    status: u16,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Value, ResponseError> {
    let id = message::request_id(headers);
    if status < 300 {
        return decode(op.output, body).map_err(|_| unreadable(status, id));
    }
    Err(decode_error(op, status, headers, body))
}

/// An error whose code stands in the header `x-amzn-errortype` or in the body.
pub(crate) fn decode_error(
    op: &OperationSchema,
    status: u16,
    headers: &HeaderMap,
    body: &Bytes,
) -> ResponseError {
    from_text(
        op,
        status,
        message::request_id(headers),
        message::get(headers, "x-amzn-errortype"),
        &json::error_text(body),
        |schema| json::decode(schema, body, |_| true).ok().flatten(),
    )
}
