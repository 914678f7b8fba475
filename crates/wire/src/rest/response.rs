//! Responses of the REST protocols.

use super::bindings::{read_headers, write_headers};
use super::body::{self, Format};
use crate::error::{Fault, ResponseError, WireError};
use crate::fault_fields::{FaultFields, fields, is_message, structure, unreadable};
use crate::xml::{self, Layout, Writer};
use crate::{aws_json, message, query};
use bytes::Bytes;
use http::{HeaderMap, Response};
use schema::{Location, OperationSchema, Value};

fn id_header(format: Format) -> &'static str {
    match format {
        Format::Json => "x-amzn-requestid",
        Format::Xml => "x-amz-request-id",
    }
}

/// The root element of an XML body is the operation's result wrapper, else the output's name.
pub(crate) fn encode_response(
    format: Format,
    op: &OperationSchema,
    output: &Value,
    request_id: &str,
) -> Response<Bytes> {
    let shape = structure(op.output);
    let root = op.result_wrapper.unwrap_or(op.output.name);
    let (content_type, content) = body::write(
        format,
        op.output,
        shape,
        output,
        root,
        op.service.xml_namespace,
    );
    let bound = shape
        .members
        .iter()
        .zip(fields(output))
        .find(|(member, _)| member.location == Location::StatusCode);
    let status = match bound {
        Some((_, Some(Value::Integer(status)))) => u16::try_from(*status).unwrap_or(op.http.status),
        _ => op.http.status,
    };
    let mut response =
        message::response(status, content_type, id_header(format), request_id, content);
    write_headers(response.headers_mut(), shape, fields(output));
    response
}

pub(crate) fn encode_error(format: Format, error: &WireError, request_id: &str) -> Response<Bytes> {
    let parts = FaultFields::of(error);
    let body = match format {
        Format::Json => aws_json::error_body(error, false),
        Format::Xml => xml_error(error, &parts, request_id),
    };
    let content_type = Some(format.content_type());
    let mut response = message::response(
        error.status,
        content_type,
        id_header(format),
        request_id,
        body,
    );
    write_headers(response.headers_mut(), parts.structure, &parts.fields);
    if format == Format::Json {
        message::set(response.headers_mut(), "x-amzn-errortype", &error.code);
    }
    response
}

/// S3's form: a bare `Error`, without namespace.
fn xml_error(error: &WireError, parts: &FaultFields<'_>, request_id: &str) -> String {
    let mut writer = Writer::new(Layout::Compact);
    writer.declaration();
    writer.start("Error");
    writer.leaf("Code", &error.code);
    if let Some(message) = &error.message {
        writer.leaf("Message", message);
    }
    let wanted = |member: &schema::Member| member.location == Location::Body && !is_message(member);
    xml::write_members(&mut writer, parts.structure, &parts.fields, wanted);
    writer.leaf("RequestId", request_id);
    writer.finish()
}

pub(crate) fn decode_response(
    format: Format,
    op: &OperationSchema,
    status: u16,
    headers: &HeaderMap,
    content: &Bytes,
) -> Result<Value, ResponseError> {
    let id = message::request_id(headers);
    if status >= 300 && status != op.http.status {
        return Err(match format {
            Format::Json => aws_json::decode_error(op, status, headers, content),
            Format::Xml => match xml::read(content) {
                Ok(root) => query::decode_error(op, status, id, &root),
                Err(_) => unreadable(status, id),
            },
        });
    }
    decode_output(format, op, status, headers, content).map_err(|_| unreadable(status, id))
}

fn decode_output(
    format: Format,
    op: &OperationSchema,
    status: u16,
    headers: &HeaderMap,
    content: &Bytes,
) -> Result<Value, Fault> {
    let shape = structure(op.output);
    let mut fields = vec![None; shape.members.len()];
    read_headers(headers, shape, &mut fields)?;
    for (member, field) in shape.members.iter().zip(&mut fields) {
        if member.location == Location::StatusCode {
            *field = Some(Value::Integer(status.into()));
        }
    }
    body::read(format, op.output, shape, content, &mut fields)?;
    Ok(Value::Structure(fields))
}
