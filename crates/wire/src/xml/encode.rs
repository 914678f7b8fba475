//! Values to XML, by schema.

use super::Writer;
use crate::text;
use schema::{Kind, List, Map, Member, Schema, Structure, TimestampFormat, Value};
use std::borrow::Cow;

/// Writes one element for a value.
pub(crate) fn write_element(
    writer: &mut Writer,
    name: impl Into<Cow<'static, str>>,
    namespace: Option<(&str, &str)>,
    schema: &Schema,
    value: &Value,
) {
    write_formatted(
        writer,
        name.into(),
        namespace,
        schema,
        value,
        TimestampFormat::Iso8601,
    );
}

/// Writes the elements of a structure's members that `wanted` names, without an element around them.
pub(crate) fn write_members(
    writer: &mut Writer,
    structure: &Structure,
    fields: &[Option<Value>],
    wanted: fn(&Member) -> bool,
) {
    for (member, field) in structure.members.iter().zip(fields) {
        if let Some(value) = field
            .as_ref()
            .filter(|_| wanted(member) && !member.xml_attribute)
        {
            write_member(writer, member, value);
        }
    }
}

fn write_formatted(
    writer: &mut Writer,
    name: Cow<'static, str>,
    namespace: Option<(&str, &str)>,
    schema: &Schema,
    value: &Value,
    format: TimestampFormat,
) {
    writer.start(name);
    match namespace {
        Some(("", uri)) => writer.attribute("xmlns", uri),
        Some((prefix, uri)) => writer.attribute(&format!("xmlns:{prefix}"), uri),
        None => {}
    }
    match (&schema.kind, value) {
        (Kind::Structure(structure), Value::Structure(fields)) => {
            write_attributes(writer, structure, fields);
            write_members(writer, structure, fields, |_| true);
        }
        (Kind::List(list), Value::List(items)) => write_items(writer, list, list.wire_name, items),
        (Kind::Map(map), Value::Map(entries)) => write_entries(writer, map, "entry", entries),
        _ => writer.text(&text::write(value, format).unwrap_or_default()),
    }
    writer.end();
}

fn write_attributes(writer: &mut Writer, structure: &Structure, fields: &[Option<Value>]) {
    for (member, field) in structure.members.iter().zip(fields) {
        if let Some(value) = field.as_ref().filter(|_| member.xml_attribute) {
            let format = member.timestamp_format.unwrap_or(TimestampFormat::Iso8601);
            writer.attribute(
                member.wire_name,
                &text::write(value, format).unwrap_or_default(),
            );
        }
    }
}

fn write_member(writer: &mut Writer, member: &Member, value: &Value) {
    match (&member.schema.kind, value) {
        (Kind::List(list), Value::List(items)) if member.flattened || list.flattened => {
            write_items(writer, list, member.wire_name, items);
        }
        (Kind::Map(map), Value::Map(entries)) if member.flattened || map.flattened => {
            write_entries(writer, map, member.wire_name, entries);
        }
        _ => {
            let format = member.timestamp_format.unwrap_or(TimestampFormat::Iso8601);
            write_formatted(
                writer,
                member.wire_name.into(),
                member.xml_namespace,
                member.schema,
                value,
                format,
            );
        }
    }
}

/// XML has no null; such an element is left out.
fn write_items(writer: &mut Writer, list: &List, name: &'static str, items: &[Option<Value>]) {
    for item in items.iter().flatten() {
        write_element(writer, name, None, list.member, item);
    }
}

fn write_entries(
    writer: &mut Writer,
    map: &Map,
    name: &'static str,
    entries: &[(String, Option<Value>)],
) {
    for (key, value) in entries {
        if let Some(value) = value {
            writer.start(name);
            writer.leaf(map.key_wire_name, key);
            write_element(writer, map.value_wire_name, None, map.value, value);
            writer.end();
        }
    }
}
