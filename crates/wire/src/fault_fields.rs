//! The members of an error, for every protocol.

use crate::error::{ResponseError, WireError};
use schema::{Kind, Member, OperationSchema, Schema, Structure, Value};
use std::borrow::Cow;

static NO_MEMBERS: Structure = Structure {
    members: &[],
    payload: None,
    error: None,
    union: false,
};

/// An error's members, with its message where the shape has a place for one.
pub(crate) struct FaultFields<'a> {
    pub(crate) structure: &'static Structure,
    pub(crate) fields: Vec<Option<Value>>,
    /// The message, where the shape has no place for it.
    pub(crate) message: Option<&'a str>,
}

impl<'a> FaultFields<'a> {
    pub(crate) fn of(error: &'a WireError) -> Self {
        let structure = error.shape.map_or(&NO_MEMBERS, structure);
        let mut fields = match &error.fields {
            Some(Value::Structure(fields)) => fields.clone(),
            _ => Vec::new(),
        };
        fields.resize(structure.members.len(), None);
        let mut message = error.message.as_deref();
        if let Some((_, field)) = structure
            .members
            .iter()
            .zip(&mut fields)
            .find(|(member, _)| is_message(member))
            && let Some(text) = message.take()
        {
            *field = Some(Value::String(text.to_owned()));
        }
        Self {
            structure,
            fields,
            message,
        }
    }
}

pub(crate) fn is_message(member: &Member) -> bool {
    member.name.eq_ignore_ascii_case("message") && matches!(member.schema.kind, Kind::String)
}

pub(crate) fn structure(schema: &'static Schema) -> &'static Structure {
    match &schema.kind {
        Kind::Structure(structure) => structure,
        _ => &NO_MEMBERS,
    }
}

/// The fields of a structure value.
pub(crate) fn fields(value: &Value) -> &[Option<Value>] {
    match value {
        Value::Structure(fields) => fields,
        _ => &[],
    }
}

/// Name, namespace and rest apart: `com.amazonaws.kms#NotFoundException:http://…` is `NotFoundException`.
pub(crate) fn bare_code(code: &str) -> Cow<'_, str> {
    let code = code.split(':').next().unwrap_or_default();
    Cow::Borrowed(code.rsplit('#').next().unwrap_or_default())
}

/// The modelled error of a code.
pub(crate) fn modelled(op: &OperationSchema, code: &str) -> Option<&'static Schema> {
    op.errors.iter().copied().find(|schema| {
        schema.name == code
            || structure(schema)
                .error
                .as_ref()
                .is_some_and(|error| error.code == code)
    })
}

/// A client's error from the text members of a JSON or CBOR body.
pub(crate) fn from_text(
    op: &OperationSchema,
    status: u16,
    request_id: Option<String>,
    header_code: Option<String>,
    members: &[(String, String)],
    decode: impl FnOnce(&'static Schema) -> Option<Value>,
) -> ResponseError {
    let text = |names: &[&str]| {
        names.iter().find_map(|name| {
            members
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        })
    };
    let code = header_code
        .or_else(|| text(&["__type", "code", "Code"]))
        .unwrap_or_else(|| status.to_string());
    let code = bare_code(&code).into_owned();
    let fields = modelled(op, &code).and_then(decode);
    ResponseError {
        code,
        status,
        message: text(&["message", "Message"]),
        request_id,
        fields,
    }
}

/// The error for an answer that is not in the protocol's form.
pub(crate) fn unreadable(status: u16, request_id: Option<String>) -> ResponseError {
    ResponseError {
        code: crate::UNREADABLE_RESPONSE.to_owned(),
        status,
        message: None,
        request_id,
        fields: None,
    }
}
