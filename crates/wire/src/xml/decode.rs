//! XML to values, by schema. Unknown elements are ignored.

use super::Element;
use crate::entries::Entries;
use crate::error::Fault;
use crate::text;
use schema::{Kind, List, Map, Member, Schema, Structure, Value};

/// Reads a value from its element.
pub(crate) fn decode(schema: &Schema, element: &Element) -> Result<Value, Fault> {
    match &schema.kind {
        Kind::Structure(structure) => {
            decode_structure(structure, element, |_| true).map(Value::Structure)
        }
        Kind::List(list) => read_items(
            list,
            element
                .children
                .iter()
                .filter(|child| child.name == list.wire_name),
        ),
        Kind::Map(map) => read_entries(
            map,
            element
                .children
                .iter()
                .filter(|child| child.name == "entry"),
        ),
        _ if !element.children.is_empty() => Err(Fault::UnexpectedStructure),
        _ => text::parse(schema, &element.text),
    }
}

/// Reads a structure's members that `wanted` names.
pub(crate) fn decode_structure(
    structure: &Structure,
    element: &Element,
    wanted: fn(&Member) -> bool,
) -> Result<Vec<Option<Value>>, Fault> {
    structure
        .members
        .iter()
        .map(|member| {
            if wanted(member) {
                read_member(member, element)
            } else {
                Ok(None)
            }
        })
        .collect()
}

fn read_member(member: &Member, parent: &Element) -> Result<Option<Value>, Fault> {
    if member.xml_attribute {
        let found = parent
            .attributes
            .iter()
            .find(|(name, _)| name == member.wire_name);
        return found
            .map(|(_, value)| text::parse(member.schema, value))
            .transpose();
    }
    let named = || {
        parent
            .children
            .iter()
            .filter(|child| child.name == member.wire_name)
    };
    if named().next().is_none() {
        return Ok(None);
    }
    match &member.schema.kind {
        Kind::List(list) if member.flattened || list.flattened => {
            read_items(list, named()).map(Some)
        }
        Kind::Map(map) if member.flattened || map.flattened => read_entries(map, named()).map(Some),
        _ => named()
            .next()
            .map(|element| decode(member.schema, element))
            .transpose(),
    }
}

fn read_items<'a>(list: &List, items: impl Iterator<Item = &'a Element>) -> Result<Value, Fault> {
    items
        .map(|item| decode(list.member, item).map(Some))
        .collect::<Result<_, _>>()
        .map(Value::List)
}

fn read_entries<'a>(map: &Map, items: impl Iterator<Item = &'a Element>) -> Result<Value, Fault> {
    let mut entries = Entries::default();
    for item in items {
        let key = item.child_text(map.key_wire_name).ok_or(Fault::Malformed)?;
        let value = item
            .child(map.value_wire_name)
            .map(|value| decode(map.value, value))
            .transpose()?;
        entries.set(key.to_owned(), value);
    }
    Ok(entries.into_value())
}
