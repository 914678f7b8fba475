//! Values to JSON, by schema.

use crate::{text, timestamp};
use schema::{Kind, Member, Schema, Structure, TimestampFormat, Value};
use std::fmt::Write;

/// Writes a value. Of a structure only the members that `wanted` names are written.
pub(crate) fn encode(
    out: &mut String,
    schema: &Schema,
    value: &Value,
    wanted: fn(&Member) -> bool,
) {
    match (&schema.kind, value) {
        (Kind::Structure(structure), Value::Structure(fields)) => {
            out.push('{');
            write_members(out, structure, fields, wanted);
            out.push('}');
        }
        _ => write(out, schema, value, TimestampFormat::UnixTimestamp),
    }
}

/// Writes text with its quotes.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    // Nearly all texts have nothing to escape, and what has not is copied as a whole.
    while let Some(at) = rest.bytes().position(needs_escape) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = tail.chars();
        match chars.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(control) => {
                // Writing into a `String` cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// What JSON forbids in a string (RFC 8259, section 7). No byte of a longer character is such.
fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Writes the members that are set.
fn write_members(
    out: &mut String,
    structure: &Structure,
    fields: &[Option<Value>],
    wanted: fn(&Member) -> bool,
) {
    let mut first = true;
    for (member, field) in structure.members.iter().zip(fields) {
        let Some(value) = field.as_ref().filter(|_| wanted(member)) else {
            continue;
        };
        if !first {
            out.push(',');
        }
        first = false;
        write_string(out, member.wire_name);
        out.push(':');
        write(
            out,
            member.schema,
            value,
            member
                .timestamp_format
                .unwrap_or(TimestampFormat::UnixTimestamp),
        );
    }
}

fn write_optional(out: &mut String, schema: &Schema, value: Option<&Value>) {
    match value {
        Some(value) => write(out, schema, value, TimestampFormat::UnixTimestamp),
        None => out.push_str("null"),
    }
}

fn write(out: &mut String, schema: &Schema, value: &Value, format: TimestampFormat) {
    match (&schema.kind, value) {
        (Kind::Structure(structure), Value::Structure(fields)) => {
            out.push('{');
            write_members(out, structure, fields, |_| true);
            out.push('}');
        }
        (Kind::List(list), Value::List(items)) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_optional(out, list.member, item.as_ref());
            }
            out.push(']');
        }
        (Kind::Map(map), Value::Map(entries)) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(out, key);
                out.push(':');
                write_optional(out, map.value, value.as_ref());
            }
            out.push('}');
        }
        (_, value) => write_scalar(out, value, format),
    }
}

fn write_scalar(out: &mut String, value: &Value, format: TimestampFormat) {
    match value {
        Value::String(text) => write_string(out, text),
        Value::Timestamp(time) if format != TimestampFormat::UnixTimestamp => {
            write_string(out, &timestamp::format(*time, format));
        }
        Value::Double(number) if !number.is_finite() => {
            write_string(out, &text::write_double(*number))
        }
        Value::Blob(bytes) => {
            out.push('"');
            text::push_base64(out, bytes);
            out.push('"');
        }
        // A value of another form than its schema: a handler's mistake that must not break the message.
        Value::List(_) | Value::Map(_) | Value::Structure(_) => out.push_str("null"),
        _ => out.push_str(&text::write(value, format).unwrap_or_default()),
    }
}
