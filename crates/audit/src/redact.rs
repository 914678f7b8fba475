//! A call's input or output as a record may show it.

use crate::text::ElementTime;
use schema::{Kind, Schema, Value};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::borrow::Cow;

/// What stands for a secret, in CloudTrail's words.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Names whose values are secrets although not every model marks them.
///
/// AWS itself prints `sessionToken` in the record of `AssumeRole`; here a credential is never
/// printed, for a record may be read by more people than its caller.
const SECRET_NAMES: &[&str] = &[
    "accesstoken",
    "authenticationcode1",
    "authenticationcode2",
    "base32stringseed",
    "clientsecret",
    "idtoken",
    "newpassword",
    "oldpassword",
    "password",
    "plaintext",
    "privatekey",
    "privatekeyplaintext",
    "qrcodepng",
    "refreshtoken",
    "samlassertion",
    "secretaccesskey",
    "secretbinary",
    "secretkey",
    "secretstring",
    "servicecredentialsecret",
    "servicepassword",
    "sessiontoken",
    "signintoken",
    "tokencode",
    "tradeintoken",
    "webidentitytoken",
];

/// Turns a call's input or output into the JSON that its record shows.
///
/// - Member names start with a small letter (`roleArn`, `sAMLProviderArn`); map keys stay as they are.
/// - What the model marks sensitive, and well-known secret names, become [`HIDDEN`]. So does a
///   value that does not follow its schema: nothing is known about it.
/// - Blobs are left out: CloudTrail prints no binary content, and its length may already say much.
/// - Times are printed as `Nov 24, 2026, 12:00:00 PM` (UTC).
/// - Absent members are left out; an input or output with nothing to show becomes `null`.
#[must_use]
pub fn redact(schema: &'static Schema, value: &Value) -> serde_json::Value {
    match serde_json::to_value(Redacted { schema, value }) {
        Ok(serde_json::Value::Object(members)) if members.is_empty() => serde_json::Value::Null,
        Ok(json) => json,
        Err(_) => serde_json::Value::String(HIDDEN.to_owned()),
    }
}

/// A value as a record may show it.
#[derive(Clone, Copy)]
pub(crate) struct Redacted<'a> {
    pub(crate) schema: &'static Schema,
    pub(crate) value: &'a Value,
}

impl Serialize for Redacted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.schema.sensitive {
            return serializer.serialize_str(HIDDEN);
        }
        match (&self.schema.kind, self.value) {
            (Kind::Boolean, Value::Boolean(flag)) => serializer.serialize_bool(*flag),
            (Kind::Integer | Kind::Long, Value::Integer(number)) => {
                serializer.serialize_i64(*number)
            }
            (Kind::Float | Kind::Double, Value::Double(number)) => {
                serializer.serialize_f64(*number)
            }
            (Kind::String, Value::String(text)) => serializer.serialize_str(text),
            (Kind::Timestamp, Value::Timestamp(time)) => {
                serializer.collect_str(&ElementTime(*time))
            }
            (Kind::Blob, Value::Blob(_)) => serializer.serialize_unit(),
            (Kind::Document, Value::Document(json)) => Document(json).serialize(serializer),
            (Kind::List(list), Value::List(items)) => {
                let mut out = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    let value = item.as_ref();
                    out.serialize_element(&value.map(|value| Redacted {
                        schema: list.member,
                        value,
                    }))?;
                }
                out.end()
            }
            // A secret key of a map cannot be hidden without hiding the map.
            (Kind::Map(map), Value::Map(_)) if map.key.sensitive => {
                serializer.serialize_str(HIDDEN)
            }
            (Kind::Map(map), Value::Map(entries)) => {
                let mut out = serializer.serialize_map(None)?;
                for (key, value) in entries {
                    let value = value.as_ref();
                    entry(&mut out, key, key, map.value, value)?;
                }
                out.end()
            }
            (Kind::Structure(structure), Value::Structure(fields)) => {
                let mut out = serializer.serialize_map(None)?;
                for (member, value) in structure.members.iter().zip(fields) {
                    if value.is_some() {
                        let shown = lower_first(member.name);
                        entry(&mut out, member.name, &shown, member.schema, value.as_ref())?;
                    }
                }
                out.end()
            }
            _ => serializer.serialize_str(HIDDEN),
        }
    }
}

fn entry<M: SerializeMap>(
    out: &mut M,
    name: &str,
    shown: &str,
    schema: &'static Schema,
    value: Option<&Value>,
) -> Result<(), M::Error> {
    if is_secret(name) {
        out.serialize_entry(shown, HIDDEN)
    } else if schema.sensitive || !is_binary(schema) {
        out.serialize_entry(shown, &value.map(|value| Redacted { schema, value }))
    } else {
        Ok(())
    }
}

/// Free-form JSON: only the names say what is secret.
struct Document<'a>(&'a serde_json::Value);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            serde_json::Value::Object(members) => {
                let mut out = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    if is_secret(name) {
                        out.serialize_entry(name, HIDDEN)?;
                    } else {
                        out.serialize_entry(name, &Document(value))?;
                    }
                }
                out.end()
            }
            serde_json::Value::Array(items) => serializer.collect_seq(items.iter().map(Document)),
            scalar => scalar.serialize(serializer),
        }
    }
}

fn is_binary(schema: &Schema) -> bool {
    match &schema.kind {
        Kind::Blob => true,
        Kind::List(list) => matches!(list.member.kind, Kind::Blob) && !list.member.sensitive,
        Kind::Map(map) => matches!(map.value.kind, Kind::Blob) && !map.value.sensitive,
        _ => false,
    }
}

fn is_secret(name: &str) -> bool {
    SECRET_NAMES
        .iter()
        .any(|secret| secret.eq_ignore_ascii_case(name))
}

fn lower_first(name: &str) -> Cow<'_, str> {
    match name.chars().next() {
        Some(first) if first.is_ascii_uppercase() => {
            let mut lower = name.to_owned();
            if let Some(start) = lower.get_mut(..1) {
                start.make_ascii_lowercase();
            }
            Cow::Owned(lower)
        }
        _ => Cow::Borrowed(name),
    }
}
