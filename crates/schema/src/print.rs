//! Values as AWS prints them inside a violation: Java's `toString`.

use crate::{Kind, Map, Schema, Structure, Value};
use std::fmt::Write;

/// Whether a value of the shape may hold something that must not be repeated.
pub(crate) fn holds_secret(schema: &Schema, value: &Value) -> bool {
    if schema.sensitive {
        return true;
    }
    match (&schema.kind, value) {
        (Kind::List(list), Value::List(items)) => items
            .iter()
            .flatten()
            .any(|item| holds_secret(list.member, item)),
        (Kind::Map(map), Value::Map(entries)) => {
            !entries.is_empty() && map.key.sensitive
                || entries
                    .iter()
                    .filter_map(|(_, value)| value.as_ref())
                    .any(|value| holds_secret(map.value, value))
        }
        (Kind::Structure(structure), Value::Structure(fields)) => {
            structure.members.iter().zip(fields).any(|(member, field)| {
                field
                    .as_ref()
                    .is_some_and(|field| holds_secret(member.schema, field))
            })
        }
        _ => false,
    }
}

/// The value's text.
pub(crate) fn print(schema: &Schema, value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, schema, value);
    out
}

fn write_value(out: &mut String, schema: &Schema, value: &Value) {
    match value {
        Value::Boolean(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Integer(number) => add(out, format_args!("{number}")),
        // Java prints `1.0`, as Rust's debug form does.
        Value::Double(number) => add(out, format_args!("{number:?}")),
        Value::String(text) => out.push_str(text),
        Value::Blob(bytes) => {
            let length = bytes.len();
            add(
                out,
                format_args!("java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]"),
            );
        }
        Value::Timestamp(time) => add(
            out,
            format_args!("{}", time.strftime("%a %b %d %H:%M:%S UTC %Y")),
        ),
        Value::Document(document) => add(out, format_args!("{document}")),
        Value::List(items) => write_list(out, schema, items),
        Value::Map(entries) => write_map(out, schema, entries),
        Value::Structure(fields) => write_structure(out, schema, fields),
    }
}

/// Formatting into a `String` cannot fail.
fn add(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
}

fn write_optional(out: &mut String, schema: &Schema, value: Option<&Value>) {
    match value {
        Some(value) => write_value(out, schema, value),
        None => out.push_str("null"),
    }
}

fn write_list(out: &mut String, schema: &Schema, items: &[Option<Value>]) {
    let Kind::List(list) = &schema.kind else {
        return;
    };
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_optional(out, list.member, item.as_ref());
    }
    out.push(']');
}

fn write_map(out: &mut String, schema: &Schema, entries: &[(String, Option<Value>)]) {
    let Kind::Map(Map { value: shape, .. }) = &schema.kind else {
        return;
    };
    out.push('{');
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(key);
        out.push('=');
        write_optional(out, shape, value.as_ref());
    }
    out.push('}');
}

fn write_structure(out: &mut String, schema: &Schema, fields: &[Option<Value>]) {
    let Kind::Structure(Structure { members, .. }) = &schema.kind else {
        return;
    };
    out.push_str(schema.name);
    out.push('(');
    for (index, (member, field)) in members.iter().zip(fields).enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(&crate::validate::lower_first(member.name));
        out.push('=');
        write_optional(out, member.schema, field.as_ref());
    }
    out.push(')');
}
