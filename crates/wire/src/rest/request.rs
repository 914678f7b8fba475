//! Requests of the REST protocols.

use super::bindings::{from_texts, read_headers, texts, write_headers};
use super::body::{self, Format};
use crate::entries::Entries;
use crate::error::Fault;
use crate::fault_fields::{fields, structure};
use crate::form::Form;
use crate::uri::{expand, labels, literal_query};
use crate::{message, text};
use bytes::Bytes;
use http::{Request, request::Parts};
use schema::{Kind, Location, Member, OperationSchema, Structure, TimestampFormat, Value};

pub(crate) fn decode_request(
    format: Format,
    op: &'static OperationSchema,
    parts: &Parts,
    content: &Bytes,
) -> Result<Value, Fault> {
    let input = structure(op.input);
    let mut fields = vec![None; input.members.len()];
    read_labels(op, parts.uri.path(), input, &mut fields)?;
    read_query(op, &Form::of_uri(parts)?, input, &mut fields)?;
    read_headers(&parts.headers, input, &mut fields)?;
    body::read(format, op.input, input, content, &mut fields)?;
    Ok(Value::Structure(fields))
}

fn read_labels(
    op: &OperationSchema,
    path: &str,
    input: &Structure,
    fields: &mut [Option<Value>],
) -> Result<(), Fault> {
    if !input
        .members
        .iter()
        .any(|member| member.location == Location::Uri)
    {
        return Ok(());
    }
    let labels = labels(op.http.uri, path)?;
    for (member, field) in input.members.iter().zip(fields) {
        if member.location == Location::Uri {
            let found = labels.iter().find(|(name, _)| *name == member.wire_name);
            *field = found
                .map(|(_, value)| text::parse(member.schema, value))
                .transpose()?;
        }
    }
    Ok(())
}

fn read_query(
    op: &OperationSchema,
    query: &Form,
    input: &Structure,
    fields: &mut [Option<Value>],
) -> Result<(), Fault> {
    for (member, field) in input.members.iter().zip(fields) {
        if member.location != Location::Query {
            continue;
        }
        *field = match &member.schema.kind {
            Kind::Map(map) => {
                let mut entries = Entries::default();
                let mut any = false;
                for (name, value) in query
                    .0
                    .iter()
                    .filter(|(name, _)| !is_bound(op, input, name))
                {
                    entries.set(name.clone(), Some(text::parse(map.value, value)?));
                    any = true;
                }
                any.then(|| entries.into_value())
            }
            _ => {
                let named = query.0.iter().filter(|(name, _)| name == member.wire_name);
                from_texts(member, named.map(|(_, value)| value.as_str()))?
            }
        };
    }
    Ok(())
}

/// The parameter belongs to another member, to the operation's URI or to the signature, and
/// therefore not to a map of all parameters.
fn is_bound(op: &OperationSchema, input: &Structure, name: &str) -> bool {
    let is_member =
        |member: &Member| member.location == Location::Query && member.wire_name == name;
    input.members.iter().any(is_member)
        || literal_query(op.http.uri).any(|(literal, _)| literal == name)
        || name
            .get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}

pub(crate) fn encode_request(
    format: Format,
    op: &OperationSchema,
    input: &Value,
    host: &str,
) -> Request<Bytes> {
    let shape = structure(op.input);
    let values = fields(input);
    let label = |name: &str| {
        shape
            .members
            .iter()
            .zip(values)
            .find_map(|(member, field)| {
                let bound = member.location == Location::Uri && member.wire_name == name;
                let format = member.timestamp_format.unwrap_or(TimestampFormat::Iso8601);
                field
                    .as_ref()
                    .filter(|_| bound)
                    .and_then(|value| text::write(value, format))
            })
    };
    let mut target = expand(op.http.uri, label);
    let query = query_of(shape, values).write();
    if !query.is_empty() {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&query);
    }
    let root = op.input.name;
    let (content_type, body) = body::write(
        format,
        op.input,
        shape,
        input,
        root,
        op.service.xml_namespace,
    );
    let mut request = message::request(op.http.method, &target, host, content_type, body);
    write_headers(request.headers_mut(), shape, values);
    request
}

fn query_of(shape: &Structure, values: &[Option<Value>]) -> Form {
    let mut form = Form::default();
    for (member, field) in shape.members.iter().zip(values) {
        let Some(value) = field
            .as_ref()
            .filter(|_| member.location == Location::Query)
        else {
            continue;
        };
        if let Value::Map(entries) = value {
            for (key, value) in entries {
                let value = value
                    .as_ref()
                    .and_then(|value| text::write(value, TimestampFormat::Iso8601));
                form.0.push((key.clone(), value.unwrap_or_default()));
            }
            continue;
        }
        for text in texts(member, value) {
            form.0.push((member.wire_name.to_owned(), text));
        }
    }
    form
}
