//! rpcv2Cbor: one CBOR map in, one out.

use crate::cbor::{self, Writer};
use crate::error::{Fault, ResponseError, WireError};
use crate::fault_fields::{FaultFields, from_text, structure, unreadable};
use crate::message;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use schema::{OperationSchema, Schema, Value};

const CBOR: &str = "application/cbor";
const ID_HEADER: &str = "x-amzn-requestid";
/// The protocol's name in the header `smithy-protocol`.
pub(crate) const NAME: &str = "rpc-v2-cbor";

/// An empty body is an input without members, as the protocol says.
pub(crate) fn decode_request(op: &'static OperationSchema, body: &Bytes) -> Result<Value, Fault> {
    decode(op.input, body)
}

fn decode(schema: &'static Schema, body: &Bytes) -> Result<Value, Fault> {
    let value = if body.is_empty() {
        None
    } else {
        cbor::decode(schema, body)?
    };
    Ok(value.unwrap_or_else(|| Value::Structure(vec![None; structure(schema).members.len()])))
}

fn encode(schema: &Schema, value: &Value) -> Vec<u8> {
    let mut writer = Writer::default();
    cbor::encode(&mut writer, schema, value);
    writer.finish()
}

pub(crate) fn encode_request(op: &OperationSchema, input: &Value, host: &str) -> Request<Bytes> {
    let target = format!("/service/{}/operation/{}", op.service.rpc_name, op.name);
    let mut request = message::request("POST", &target, host, Some(CBOR), encode(op.input, input));
    message::set(request.headers_mut(), "smithy-protocol", NAME);
    message::set(request.headers_mut(), "accept", CBOR);
    request
}

fn respond(status: u16, request_id: &str, body: Vec<u8>) -> Response<Bytes> {
    let mut response = message::response(status, Some(CBOR), ID_HEADER, request_id, body);
    message::set(response.headers_mut(), "smithy-protocol", NAME);
    response
}

pub(crate) fn encode_response(
    op: &OperationSchema,
    output: &Value,
    request_id: &str,
) -> Response<Bytes> {
    respond(200, request_id, encode(op.output, output))
}

pub(crate) fn encode_error(error: &WireError, request_id: &str) -> Response<Bytes> {
    let parts = FaultFields::of(error);
    let set = || {
        parts
            .structure
            .members
            .iter()
            .zip(&parts.fields)
            .filter_map(|(m, field)| Some((m, field.as_ref()?)))
    };
    let mut writer = Writer::default();
    writer.map(1 + usize::from(parts.message.is_some()) + set().count());
    writer.text("__type");
    writer.text(&error.code);
    if let Some(message) = parts.message {
        writer.text("message");
        writer.text(message);
    }
    for (member, value) in set() {
        writer.text(member.wire_name);
        cbor::encode(&mut writer, member.schema, value);
    }
    respond(error.status, request_id, writer.finish())
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
    let decode = |schema| cbor::decode(schema, body).ok().flatten();
    Err(from_text(
        op,
        status,
        id,
        None,
        &cbor::error_text(body),
        decode,
    ))
}
