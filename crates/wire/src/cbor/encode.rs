//! Values to CBOR, by schema.

use super::Writer;
use crate::timestamp;
use schema::{Kind, Schema, Structure, Value};

pub(crate) fn encode(writer: &mut Writer, schema: &Schema, value: &Value) {
    match (&schema.kind, value) {
        (Kind::Structure(structure), Value::Structure(fields)) => {
            write_structure(writer, structure, fields)
        }
        (Kind::List(list), Value::List(items)) => {
            writer.array(items.len());
            for item in items {
                write_optional(writer, list.member, item.as_ref());
            }
        }
        (Kind::Map(map), Value::Map(entries)) => {
            writer.map(entries.len());
            for (key, value) in entries {
                writer.text(key);
                write_optional(writer, map.value, value.as_ref());
            }
        }
        (_, Value::Boolean(flag)) => writer.boolean(*flag),
        (_, Value::Integer(number)) => writer.integer(*number),
        (_, Value::Double(number)) => writer.double(*number),
        (_, Value::String(text)) => writer.text(text),
        (_, Value::Blob(bytes)) => writer.bytes(bytes),
        (_, Value::Timestamp(time)) => writer.epoch(timestamp::to_seconds(*time)),
        (_, Value::Document(document)) => write_document(writer, document),
        // A value of another form than its schema: a handler's mistake that must not break the message.
        (_, Value::List(_) | Value::Map(_) | Value::Structure(_)) => writer.null(),
    }
}

fn write_structure(writer: &mut Writer, structure: &Structure, fields: &[Option<Value>]) {
    let set = || {
        structure
            .members
            .iter()
            .zip(fields)
            .filter_map(|(member, field)| Some((member, field.as_ref()?)))
    };
    writer.map(set().count());
    for (member, value) in set() {
        writer.text(member.wire_name);
        encode(writer, member.schema, value);
    }
}

fn write_optional(writer: &mut Writer, schema: &Schema, value: Option<&Value>) {
    match value {
        Some(value) => encode(writer, schema, value),
        None => writer.null(),
    }
}

fn write_document(writer: &mut Writer, document: &serde_json::Value) {
    use serde_json::Value as Json;
    match document {
        Json::Null => writer.null(),
        Json::Bool(flag) => writer.boolean(*flag),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => writer.integer(number),
            (None, Some(number)) => writer.unsigned(number),
            (None, None) => writer.double(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => writer.text(text),
        Json::Array(items) => {
            writer.array(items.len());
            for item in items {
                write_document(writer, item);
            }
        }
        Json::Object(members) => {
            writer.map(members.len());
            for (key, value) in members {
                writer.text(key);
                write_document(writer, value);
            }
        }
    }
}
