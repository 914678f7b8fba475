//! Bodies of the REST protocols: one payload member, or all members without another place.

use crate::error::Fault;
use crate::fault_fields::fields;
use crate::json;
use crate::xml::{self, Layout, Writer};
use bytes::Bytes;
use schema::{Kind, Location, Member, Schema, Structure, Value};

/// What the structures in bodies are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }
}

fn in_body(member: &Member) -> bool {
    member.location == Location::Body
}

/// A body and its content type.
pub(super) type Body = (Option<&'static str>, Bytes);

/// Writes the body of a structure; `root` names the XML element around members.
pub(super) fn write(
    format: Format,
    schema: &Schema,
    structure: &Structure,
    value: &Value,
    root: &'static str,
    namespace: &'static str,
) -> Body {
    if let Some(index) = structure.payload {
        let member = structure.members.get(index);
        let payload = fields(value).get(index).and_then(Option::as_ref);
        return match (member, payload) {
            (Some(member), Some(payload)) => write_payload(format, member, payload, namespace),
            _ => (None, Bytes::new()),
        };
    }
    if !structure.members.iter().any(in_body) {
        return (None, Bytes::new());
    }
    let body = match format {
        Format::Json => {
            let mut out = String::new();
            json::encode(&mut out, schema, value, in_body);
            out
        }
        Format::Xml => {
            let mut writer = xml_writer();
            writer.start(root);
            if !namespace.is_empty() {
                writer.attribute("xmlns", namespace);
            }
            xml::write_members(&mut writer, structure, fields(value), in_body);
            writer.finish()
        }
    };
    (Some(format.content_type()), body.into())
}

fn write_payload(
    format: Format,
    member: &Member,
    payload: &Value,
    namespace: &'static str,
) -> Body {
    match payload {
        Value::Blob(bytes) => (Some("application/octet-stream"), bytes.clone()),
        Value::String(text) => (Some("text/plain"), text.clone().into()),
        _ => {
            let body = match format {
                Format::Json => {
                    let mut out = String::new();
                    json::encode(&mut out, member.schema, payload, |_| true);
                    out
                }
                Format::Xml => {
                    let mut writer = xml_writer();
                    let own = member
                        .xml_namespace
                        .or((!namespace.is_empty()).then_some(("", namespace)));
                    xml::write_element(&mut writer, member.wire_name, own, member.schema, payload);
                    writer.finish()
                }
            };
            (Some(format.content_type()), body.into())
        }
    }
}

fn xml_writer() -> Writer {
    let mut writer = Writer::new(Layout::Compact);
    writer.declaration();
    writer
}

/// Reads the members that stand in the body into their places.
pub(super) fn read(
    format: Format,
    schema: &Schema,
    structure: &Structure,
    body: &Bytes,
    into: &mut [Option<Value>],
) -> Result<(), Fault> {
    if body.is_empty() {
        return Ok(());
    }
    if let Some(index) = structure.payload {
        if let (Some(member), Some(field)) = (structure.members.get(index), into.get_mut(index)) {
            *field = read_payload(format, member, body)?;
        }
        return Ok(());
    }
    if !structure.members.iter().any(in_body) {
        return Ok(());
    }
    let found = match format {
        Format::Json => match json::decode(schema, body, in_body)? {
            Some(Value::Structure(found)) => found,
            _ => return Ok(()),
        },
        Format::Xml => xml::decode_structure(structure, &xml::read(body)?, in_body)?,
    };
    for ((member, field), found) in structure.members.iter().zip(into).zip(found) {
        if in_body(member) {
            *field = found;
        }
    }
    Ok(())
}

fn read_payload(format: Format, member: &Member, body: &Bytes) -> Result<Option<Value>, Fault> {
    match (&member.schema.kind, format) {
        (Kind::Blob, _) => Ok(Some(Value::Blob(body.clone()))),
        (Kind::String, _) => {
            let text = String::from_utf8(body.to_vec()).map_err(|_| Fault::Malformed)?;
            Ok(Some(Value::String(text)))
        }
        (_, Format::Json) => json::decode(member.schema, body, |_| true),
        (_, Format::Xml) => xml::decode(member.schema, &xml::read(body)?).map(Some),
    }
}
