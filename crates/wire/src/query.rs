//! awsQuery: form bodies in, XML out.

use crate::budget::Budget;
use crate::entries::Entries;
use crate::error::{Fault, ResponseError, WireError};
use crate::fault_fields::{FaultFields, fields, is_message, modelled, structure, unreadable};
use crate::form::Form;
use crate::xml::{self, Element, Layout, Writer};
use crate::{MAX_DEPTH, message, text};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, request::Parts};
use schema::{Kind, List, Map, Member, OperationSchema, Schema, Structure, TimestampFormat, Value};

const XML: &str = "text/xml";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const ID_HEADER: &str = "x-amzn-requestid";

/// The parameters below one name, in the order of their names: no tree is built, so that names
/// of many parts cost nothing.
#[derive(Clone, Copy)]
struct Node<'a> {
    /// The value of the name itself.
    value: Option<&'a str>,
    /// The parameters whose names go on behind the name and a dot.
    inner: &'a [(&'a str, &'a str)],
    /// How much of those names lies behind us.
    skip: usize,
    /// The number of parts behind us.
    depth: usize,
}

impl<'a> Node<'a> {
    /// The parameters must be sorted by name.
    fn root(sorted: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            value: None,
            inner: sorted,
            skip: 0,
            depth: 0,
        }
    }

    fn rest(&self, name: &'a str) -> &'a str {
        name.get(self.skip..).unwrap_or_default()
    }

    /// The node of the name's next part; `None` where no parameter has it.
    fn child(&self, part: &str) -> Option<Self> {
        let range = |from: &str, holds: &dyn Fn(&str) -> bool| {
            let start = self
                .inner
                .partition_point(|(name, _)| self.rest(name) < from);
            let tail = self.inner.get(start..).unwrap_or_default();
            let length = tail.partition_point(|(name, _)| holds(self.rest(name)));
            tail.get(..length).unwrap_or_default()
        };
        // Of a repeated parameter AWS takes the first.
        let value = range(part, &|name| name == part)
            .first()
            .map(|(_, value)| *value);
        let prefix = format!("{part}.");
        let inner = range(&prefix, &|name| name.starts_with(&prefix));
        let child = Self {
            value,
            inner,
            skip: self.skip + prefix.len(),
            depth: self.depth + 1,
        };
        (value.is_some() || !inner.is_empty()).then_some(child)
    }

    /// The children in the order of their numbers; gaps do not matter.
    fn numbered(&self) -> Result<Vec<Self>, Fault> {
        let mut numbered: Vec<(u64, Self)> = Vec::new();
        let mut last = None;
        for (name, _) in self.inner {
            let part = self.rest(name).split('.').next().unwrap_or_default();
            if last == Some(part) {
                continue;
            }
            last = Some(part);
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Fault::Index);
            }
            let index = part.parse().map_err(|_| Fault::Index)?;
            numbered.extend(self.child(part).map(|child| (index, child)));
        }
        numbered.sort_by_key(|(index, _)| *index);
        Ok(numbered.into_iter().map(|(_, child)| child).collect())
    }
}

pub(crate) fn decode_request(
    op: &'static OperationSchema,
    parts: &Parts,
    body: &Bytes,
) -> Result<Value, Fault> {
    let form = Form::of_request(parts, body)?;
    let mut sorted: Vec<_> = form
        .0
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    // Stable: repeated parameters stay in the order of the message.
    sorted.sort_by_key(|(name, _)| *name);
    read_structure(
        structure(op.input),
        &Node::root(&sorted),
        &Budget::default(),
    )
}

fn read(
    schema: &Schema,
    flattened: bool,
    node: &Node<'_>,
    budget: &Budget,
) -> Result<Value, Fault> {
    if node.depth > MAX_DEPTH {
        return Err(Fault::TooDeep);
    }
    let container = matches!(
        schema.kind,
        Kind::Structure(_) | Kind::List(_) | Kind::Map(_)
    );
    if container && node.value.is_some_and(|value| !value.is_empty()) {
        return Err(Fault::UnexpectedScalar);
    }
    match &schema.kind {
        Kind::Structure(structure) => read_structure(structure, node, budget),
        Kind::List(list) => read_list(list, flattened || list.flattened, node, budget),
        Kind::Map(map) => read_map(map, flattened || map.flattened, node, budget),
        _ => match node.value {
            Some(value) if node.inner.is_empty() => text::parse(schema, value),
            _ => Err(Fault::UnexpectedStructure),
        },
    }
}

fn read_structure(structure: &Structure, node: &Node<'_>, budget: &Budget) -> Result<Value, Fault> {
    budget.take(structure.members.len())?;
    let mut fields = Vec::with_capacity(structure.members.len());
    for member in structure.members {
        let child = node.child(member.wire_name);
        let value = child.map(|child| read(member.schema, member.flattened, &child, budget));
        fields.push(value.transpose()?);
    }
    Ok(Value::Structure(fields))
}

fn read_list(
    list: &List,
    flattened: bool,
    node: &Node<'_>,
    budget: &Budget,
) -> Result<Value, Fault> {
    let mut out = Vec::new();
    let items = if flattened {
        Some(*node)
    } else {
        node.child(list.wire_name)
    };
    for item in items
        .map(|items| items.numbered())
        .transpose()?
        .unwrap_or_default()
    {
        budget.take(1)?;
        out.push(Some(read(list.member, false, &item, budget)?));
    }
    Ok(Value::List(out))
}

fn read_map(map: &Map, flattened: bool, node: &Node<'_>, budget: &Budget) -> Result<Value, Fault> {
    let mut entries = Entries::default();
    let items = if flattened {
        Some(*node)
    } else {
        node.child("entry")
    };
    for item in items
        .map(|items| items.numbered())
        .transpose()?
        .unwrap_or_default()
    {
        budget.take(1)?;
        let key = item
            .child(map.key_wire_name)
            .and_then(|key| key.value)
            .ok_or(Fault::Malformed)?;
        let value = item.child(map.value_wire_name);
        let value = value
            .map(|value| read(map.value, false, &value, budget))
            .transpose()?;
        entries.set(key.to_owned(), value);
    }
    Ok(entries.into_value())
}

pub(crate) fn encode_request(op: &OperationSchema, input: &Value, host: &str) -> Request<Bytes> {
    let mut form = Form(vec![
        ("Action".to_owned(), op.name.to_owned()),
        ("Version".to_owned(), op.service.api_version.to_owned()),
    ]);
    write_members(&mut form, "", structure(op.input), fields(input));
    message::request("POST", "/", host, Some(FORM), form.write())
}

fn write_members(form: &mut Form, prefix: &str, structure: &Structure, fields: &[Option<Value>]) {
    for (member, field) in structure.members.iter().zip(fields) {
        if let Some(value) = field {
            write(
                form,
                format!("{prefix}{}", member.wire_name),
                member.schema,
                Some(member),
                value,
            );
        }
    }
}

fn write(form: &mut Form, name: String, schema: &Schema, member: Option<&Member>, value: &Value) {
    let flattened = member.is_some_and(|member| member.flattened);
    match (&schema.kind, value) {
        (Kind::Structure(structure), Value::Structure(fields))
            if fields.iter().any(Option::is_some) =>
        {
            write_members(form, &format!("{name}."), structure, fields);
        }
        (Kind::List(list), Value::List(items)) if !items.is_empty() => {
            let part = if flattened || list.flattened {
                String::new()
            } else {
                format!(".{}", list.wire_name)
            };
            for (index, item) in items.iter().flatten().enumerate() {
                write(
                    form,
                    format!("{name}{part}.{}", index + 1),
                    list.member,
                    None,
                    item,
                );
            }
        }
        (Kind::Map(map), Value::Map(entries)) if !entries.is_empty() => {
            let part = if flattened || map.flattened {
                ""
            } else {
                ".entry"
            };
            for (index, (key, value)) in entries.iter().enumerate() {
                let entry = format!("{name}{part}.{}", index + 1);
                form.0
                    .push((format!("{entry}.{}", map.key_wire_name), key.clone()));
                if let Some(value) = value {
                    write(
                        form,
                        format!("{entry}.{}", map.value_wire_name),
                        map.value,
                        None,
                        value,
                    );
                }
            }
        }
        // Empty structures, lists and maps are a name without a value.
        _ => {
            let format = member
                .and_then(|member| member.timestamp_format)
                .unwrap_or(TimestampFormat::Iso8601);
            form.0
                .push((name, text::write(value, format).unwrap_or_default()));
        }
    }
}

pub(crate) fn encode_response(
    op: &OperationSchema,
    output: &Value,
    request_id: &str,
) -> Response<Bytes> {
    let mut writer = Writer::new(Layout::Indented);
    writer.start(format!("{}Response", op.name));
    namespace(&mut writer, op.service.xml_namespace);
    if let Some(wrapper) = op.result_wrapper {
        writer.start(wrapper);
        xml::write_members(&mut writer, structure(op.output), fields(output), |_| true);
        writer.end();
    }
    writer.start("ResponseMetadata");
    writer.leaf("RequestId", request_id);
    writer.end();
    message::response(200, Some(XML), ID_HEADER, request_id, writer.finish())
}

fn namespace(writer: &mut Writer, uri: &str) {
    if !uri.is_empty() {
        writer.attribute("xmlns", uri);
    }
}

pub(crate) fn encode_error(
    xml_namespace: &str,
    error: &WireError,
    request_id: &str,
) -> Response<Bytes> {
    let parts = FaultFields::of(error);
    let mut writer = Writer::new(Layout::Indented);
    writer.start("ErrorResponse");
    namespace(&mut writer, xml_namespace);
    writer.start("Error");
    writer.leaf(
        "Type",
        if error.sender_fault {
            "Sender"
        } else {
            "Receiver"
        },
    );
    writer.leaf("Code", &error.code);
    if let Some(message) = &error.message {
        writer.leaf("Message", message);
    }
    xml::write_members(&mut writer, parts.structure, &parts.fields, |member| {
        !is_message(member)
    });
    writer.end();
    writer.leaf("RequestId", request_id);
    message::response(
        error.status,
        Some(XML),
        ID_HEADER,
        request_id,
        writer.finish(),
    )
}

pub(crate) fn decode_response(
    op: &OperationSchema,
    status: u16,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Value, ResponseError> {
    let id = message::request_id(headers);
    let Ok(root) = xml::read(body) else {
        return Err(unreadable(status, id));
    };
    if status >= 300 {
        return Err(decode_error(op, status, id, &root));
    }
    let output = structure(op.output);
    let result = match op.result_wrapper {
        Some(wrapper) => root.child(wrapper),
        None => Some(&root),
    };
    let Some(result) = result else {
        return Err(unreadable(status, id));
    };
    let decoded = xml::decode_structure(output, result, |_| true);
    decoded
        .map(Value::Structure)
        .map_err(|_| unreadable(status, id))
}

/// An error from `ErrorResponse` or from S3's bare `Error`.
pub(crate) fn decode_error(
    op: &OperationSchema,
    status: u16,
    id: Option<String>,
    root: &Element,
) -> ResponseError {
    let error = root.child("Error").unwrap_or(root);
    let Some(code) = error.child_text("Code") else {
        return unreadable(status, id);
    };
    let message = error.child_text("Message").map(str::to_owned);
    let fields = modelled(op, code).and_then(|schema| {
        let mut fields =
            xml::decode_structure(structure(schema), error, |member| !is_message(member)).ok()?;
        let place = structure(schema).members.iter().position(is_message);
        if let Some(field) = place.and_then(|place| fields.get_mut(place)) {
            *field = message.clone().map(Value::String);
        }
        Some(Value::Structure(fields))
    });
    let request_id = id.or_else(|| root.child_text("RequestId").map(str::to_owned));
    ResponseError {
        code: code.to_owned(),
        status,
        message,
        request_id,
        fields,
    }
}
