//! CBOR to values, by schema. Unknown members are ignored.

use super::reader::{Item, Reader};
use crate::entries::Entries;
use crate::error::Fault;
use crate::{text, timestamp};
use schema::{Kind, List, Map, Schema, Structure, Value};

/// Reads a whole body. `None` is an explicit null.
pub(crate) fn decode(schema: &Schema, body: &[u8]) -> Result<Option<Value>, Fault> {
    let mut reader = Reader::new(body);
    let item = reader.item()?;
    let value = read(&mut reader, schema, item)?;
    reader.end()?;
    Ok(value)
}

/// The text members of a map that stand for an error's code and message.
pub(crate) fn error_text(body: &[u8]) -> Vec<(String, String)> {
    let mut reader = Reader::new(body);
    match reader
        .item()
        .and_then(|item| read_document(&mut reader, item))
    {
        Ok(serde_json::Value::Object(members)) => members
            .into_iter()
            .filter_map(|(key, value)| value.as_str().map(|text| (key, text.to_owned())))
            .collect(),
        _ => Vec::new(),
    }
}

fn read<'a>(
    reader: &mut Reader<'a>,
    schema: &Schema,
    item: Item<'a>,
) -> Result<Option<Value>, Fault> {
    match (&schema.kind, item) {
        (_, Item::Null) => Ok(None),
        (Kind::Document, item) => {
            read_document(reader, item).map(|document| Some(Value::Document(document)))
        }
        (Kind::Structure(structure), Item::Map(length)) => {
            read_structure(reader, structure, length).map(Some)
        }
        (Kind::Map(map), Item::Map(length)) => read_map(reader, map, length).map(Some),
        (Kind::List(list), Item::Array(length)) => read_list(reader, list, length).map(Some),
        (_, Item::Map(_)) => Err(Fault::UnexpectedStructure),
        (_, Item::Array(_)) => Err(Fault::UnexpectedList),
        (Kind::Structure(_) | Kind::Map(_) | Kind::List(_), _) => Err(Fault::UnexpectedScalar),
        (Kind::Timestamp, Item::Tag(1)) => {
            let item = reader.item()?;
            read_scalar(schema, &item).map(Some)
        }
        (_, item) => read_scalar(schema, &item).map(Some),
    }
}

fn read_structure(
    reader: &mut Reader<'_>,
    structure: &Structure,
    length: Option<u64>,
) -> Result<Value, Fault> {
    reader.budget.take(structure.members.len())?;
    let mut fields = vec![None; structure.members.len()];
    let mut rest = Reader::parts(length);
    while reader.next(&mut rest)? {
        let key = reader.key()?;
        let item = reader.item()?;
        match structure
            .members
            .iter()
            .zip(&mut fields)
            .find(|(member, _)| member.wire_name == key)
        {
            Some((member, field)) => *field = read(reader, member.schema, item)?,
            None => reader.skip(&item)?,
        }
    }
    Ok(Value::Structure(fields))
}

fn read_list(reader: &mut Reader<'_>, list: &List, length: Option<u64>) -> Result<Value, Fault> {
    let mut items = Vec::new();
    let mut rest = Reader::parts(length);
    while reader.next(&mut rest)? {
        reader.budget.take(1)?;
        let item = reader.item()?;
        items.push(read(reader, list.member, item)?);
    }
    Ok(Value::List(items))
}

fn read_map(reader: &mut Reader<'_>, map: &Map, length: Option<u64>) -> Result<Value, Fault> {
    let mut entries = Entries::default();
    let mut rest = Reader::parts(length);
    while reader.next(&mut rest)? {
        reader.budget.take(1)?;
        let key = reader.key()?.into_owned();
        let item = reader.item()?;
        entries.set(key, read(reader, map.value, item)?);
    }
    Ok(entries.into_value())
}

fn read_scalar(schema: &Schema, item: &Item<'_>) -> Result<Value, Fault> {
    let wrong = Fault::Convert {
        found: item_name(item),
        wanted: text::kind_name(&schema.kind),
    };
    match (&schema.kind, item) {
        (Kind::Boolean, Item::Boolean(flag)) => Ok(Value::Boolean(*flag)),
        (Kind::String, Item::Text(text)) => Ok(Value::String(text.clone().into_owned())),
        (Kind::Blob, Item::Bytes(bytes)) => Ok(Value::Blob(bytes.clone().into_owned().into())),
        (Kind::Integer | Kind::Long, item) => integer(item)
            .and_then(|number| text::integer(schema, number))
            .ok_or(wrong),
        (Kind::Float | Kind::Double, item) => double(item)
            .and_then(|number| text::double(schema, number))
            .ok_or(wrong),
        (Kind::Timestamp, item) => double(item)
            .and_then(timestamp::from_seconds)
            .map(Value::Timestamp)
            .ok_or(wrong),
        _ => Err(wrong),
    }
}

fn integer(item: &Item<'_>) -> Option<i64> {
    match item {
        Item::Unsigned(number) => i64::try_from(*number).ok(),
        Item::Negative(number) => i64::try_from(*number).ok().map(|number| !number),
        _ => None,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the model wants a float of what may be a large integer"
)]
fn double(item: &Item<'_>) -> Option<f64> {
    match item {
        Item::Unsigned(number) => Some(*number as f64),
        Item::Negative(number) => Some(-1.0 - *number as f64),
        Item::Float(number) => Some(*number),
        _ => None,
    }
}

fn item_name(item: &Item<'_>) -> &'static str {
    match item {
        Item::Unsigned(_) | Item::Negative(_) => "NUMBER_VALUE",
        Item::Float(_) => "DECIMAL_VALUE",
        Item::Boolean(true) => "TRUE_VALUE",
        Item::Boolean(false) => "FALSE_VALUE",
        Item::Text(_) => "STRING_VALUE",
        Item::Bytes(_) => "BYTES_VALUE",
        Item::Tag(_) => "TAGGED_VALUE",
        Item::Null => "NULL_VALUE",
        Item::Array(_) => "START_ARRAY",
        Item::Map(_) => "START_OBJECT",
    }
}

fn read_document<'a>(reader: &mut Reader<'a>, item: Item<'a>) -> Result<serde_json::Value, Fault> {
    use serde_json::Value as Json;
    Ok(match item {
        Item::Null => Json::Null,
        Item::Boolean(flag) => Json::Bool(flag),
        Item::Unsigned(number) => number.into(),
        Item::Negative(_) => integer(&item).ok_or(Fault::Malformed)?.into(),
        Item::Float(number) => serde_json::Number::from_f64(number)
            .map(Json::Number)
            .ok_or(Fault::Malformed)?,
        Item::Text(text) => Json::String(text.into_owned()),
        // JSON has neither bytes nor tags.
        Item::Bytes(_) | Item::Tag(_) => return Err(Fault::Malformed),
        Item::Array(length) => {
            let mut items = Vec::new();
            let mut rest = Reader::parts(length);
            while reader.next(&mut rest)? {
                reader.budget.take(1)?;
                let item = reader.item()?;
                items.push(read_document(reader, item)?);
            }
            Json::Array(items)
        }
        Item::Map(length) => {
            let mut members = serde_json::Map::new();
            let mut rest = Reader::parts(length);
            while reader.next(&mut rest)? {
                reader.budget.take(1)?;
                let key = reader.key()?.into_owned();
                let item = reader.item()?;
                members.insert(key, read_document(reader, item)?);
            }
            Json::Object(members)
        }
    })
}
