//! JSON to values, by schema.

use super::reader::{Reader, Token};
use crate::entries::Entries;
use crate::error::Fault;
use crate::{text, timestamp};
use schema::{Kind, List, Map, Member, Schema, Structure, Value};

/// Reads a whole body. Of a structure only the members that `wanted` names are read.
///
/// `None` is an explicit null.
pub(crate) fn decode(
    schema: &Schema,
    body: &[u8],
    wanted: fn(&Member) -> bool,
) -> Result<Option<Value>, Fault> {
    let mut reader = Reader::new(body)?;
    let token = reader.value()?;
    let value = match (&schema.kind, token) {
        (Kind::Structure(structure), Token::Object) => {
            Some(read_structure(&mut reader, structure, wanted)?)
        }
        (_, token) => read(&mut reader, schema, token)?,
    };
    reader.end()?;
    Ok(value)
}

/// The text members of an object that stand for an error's code and message.
pub(crate) fn error_text(body: &[u8]) -> Vec<(String, String)> {
    match serde_json::from_slice(body) {
        Ok(serde_json::Value::Object(members)) => members
            .into_iter()
            .filter_map(|(key, value)| value.as_str().map(|text| (key, text.to_owned())))
            .collect(),
        _ => Vec::new(),
    }
}

fn read(
    reader: &mut Reader<'_>,
    schema: &Schema,
    token: Token<'_>,
) -> Result<Option<Value>, Fault> {
    if token == Token::Null {
        return Ok(None);
    }
    match &schema.kind {
        Kind::Document => {
            read_document(reader, token).map(|document| Some(Value::Document(document)))
        }
        Kind::Structure(structure) => match token {
            Token::Object => read_structure(reader, structure, |_| true).map(Some),
            Token::Array => Err(Fault::UnexpectedList),
            _ => Err(Fault::UnexpectedScalar),
        },
        Kind::Map(map) => match token {
            Token::Object => read_map(reader, map).map(Some),
            Token::Array => Err(Fault::UnexpectedList),
            _ => Err(Fault::UnexpectedScalar),
        },
        Kind::List(list) => match token {
            Token::Array => read_list(reader, list).map(Some),
            Token::Object => Err(Fault::UnexpectedStructure),
            _ => Err(Fault::UnexpectedScalar),
        },
        _ => read_scalar(schema, &token).map(Some),
    }
}

fn read_structure(
    reader: &mut Reader<'_>,
    structure: &Structure,
    wanted: fn(&Member) -> bool,
) -> Result<Value, Fault> {
    reader.budget.take(structure.members.len())?;
    let mut fields = vec![None; structure.members.len()];
    let mut first = true;
    while let Some(key) = reader.next_key(first)? {
        first = false;
        let token = reader.value()?;
        let known = structure
            .members
            .iter()
            .zip(&mut fields)
            .find(|(member, _)| member.wire_name == key && wanted(member));
        match known {
            Some((member, field)) => *field = read(reader, member.schema, token)?,
            None => reader.skip(&token)?,
        }
    }
    Ok(Value::Structure(fields))
}

fn read_list(reader: &mut Reader<'_>, list: &List) -> Result<Value, Fault> {
    let mut items = Vec::new();
    while reader.next_element(items.is_empty())? {
        reader.budget.take(1)?;
        let token = reader.value()?;
        items.push(read(reader, list.member, token)?);
    }
    Ok(Value::List(items))
}

fn read_map(reader: &mut Reader<'_>, map: &Map) -> Result<Value, Fault> {
    let mut entries = Entries::default();
    let mut first = true;
    while let Some(key) = reader.next_key(first)? {
        first = false;
        reader.budget.take(1)?;
        let token = reader.value()?;
        entries.set(key.into_owned(), read(reader, map.value, token)?);
    }
    Ok(entries.into_value())
}

fn read_scalar(schema: &Schema, token: &Token<'_>) -> Result<Value, Fault> {
    let wrong = Fault::Convert {
        found: token_name(token),
        wanted: text::kind_name(&schema.kind),
    };
    match (&schema.kind, token) {
        (_, Token::Array) => Err(Fault::UnexpectedList),
        (_, Token::Object) => Err(Fault::UnexpectedStructure),
        (Kind::Boolean, Token::Boolean(flag)) => Ok(Value::Boolean(*flag)),
        (Kind::String, Token::String(value)) => Ok(Value::String(value.clone().into_owned())),
        (Kind::Blob, Token::String(value)) => text::from_base64(value),
        (Kind::Integer | Kind::Long, Token::Number(number)) => whole_number(number)
            .and_then(|number| text::integer(schema, number))
            .ok_or(wrong),
        (Kind::Float | Kind::Double, Token::Number(number)) => text::parse_double(number)
            .and_then(|number| text::double(schema, number))
            .ok_or(wrong),
        (Kind::Float | Kind::Double, Token::String(word)) => match word.as_ref() {
            "NaN" | "Infinity" | "-Infinity" => {
                text::parse_double(word).map(Value::Double).ok_or(wrong)
            }
            _ => Err(wrong),
        },
        (Kind::Timestamp, Token::Number(number)) => timestamp::from_epoch(number)
            .map(Value::Timestamp)
            .ok_or(wrong),
        (Kind::Timestamp, Token::String(time)) => {
            timestamp::parse(time).map(Value::Timestamp).ok_or(wrong)
        }
        _ => Err(wrong),
    }
}

/// An integer; a fraction of zeros is one too, as some languages have no integers.
fn whole_number(number: &str) -> Option<i64> {
    let whole = match number.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte == b'0') => whole,
        _ => number,
    };
    whole.parse().ok()
}

/// AWS's names for what stands in the message.
fn token_name(token: &Token<'_>) -> &'static str {
    match token {
        Token::Null => "NULL_VALUE",
        Token::Boolean(true) => "TRUE_VALUE",
        Token::Boolean(false) => "FALSE_VALUE",
        Token::Number(number) if number.contains(['.', 'e', 'E']) => "DECIMAL_VALUE",
        Token::Number(_) => "NUMBER_VALUE",
        Token::String(_) => "STRING_VALUE",
        Token::Array => "START_ARRAY",
        Token::Object => "START_OBJECT",
    }
}

fn read_document(reader: &mut Reader<'_>, token: Token<'_>) -> Result<serde_json::Value, Fault> {
    use serde_json::Value as Json;
    Ok(match token {
        Token::Null => Json::Null,
        Token::Boolean(flag) => Json::Bool(flag),
        Token::Number(number) => {
            Json::Number(serde_json::from_str(number).map_err(|_| Fault::Malformed)?)
        }
        Token::String(text) => Json::String(text.into_owned()),
        Token::Array => {
            let mut items = Vec::new();
            while reader.next_element(items.is_empty())? {
                reader.budget.take(1)?;
                let token = reader.value()?;
                items.push(read_document(reader, token)?);
            }
            Json::Array(items)
        }
        Token::Object => {
            let mut members = serde_json::Map::new();
            let mut first = true;
            while let Some(key) = reader.next_key(first)? {
                first = false;
                reader.budget.take(1)?;
                let token = reader.value()?;
                members.insert(key.into_owned(), read_document(reader, token)?);
            }
            Json::Object(members)
        }
    })
}
