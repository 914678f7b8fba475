//! XML to values, by schema. Unknown elements are ignored.

use super::Element;
use crate::budget::Budget;
use crate::entries::Entries;
use crate::error::Fault;
use crate::text;
use schema::{Kind, List, Map, Member, Schema, Structure, Value};

/// Reads a value from its element.
pub(crate) fn decode(schema: &Schema, element: &Element) -> Result<Value, Fault> {
    read(schema, element, &Budget::default())
}

/// Reads a structure's members that `wanted` names.
pub(crate) fn decode_structure(
    structure: &Structure,
    element: &Element,
    wanted: fn(&Member) -> bool,
) -> Result<Vec<Option<Value>>, Fault> {
    read_structure(structure, element, wanted, &Budget::default())
}

fn read(schema: &Schema, element: &Element, budget: &Budget) -> Result<Value, Fault> {
    let named = |name| {
        element
            .children
            .iter()
            .filter(move |child| child.name == name)
    };
    match &schema.kind {
        Kind::Structure(structure) => {
            read_structure(structure, element, |_| true, budget).map(Value::Structure)
        }
        Kind::List(list) => read_items(list, named(list.wire_name), budget),
        Kind::Map(map) => read_entries(map, named("entry"), budget),
        _ if !element.children.is_empty() => Err(Fault::UnexpectedStructure),
        _ => text::parse(schema, &element.text),
    }
}

fn read_structure(
    structure: &Structure,
    element: &Element,
    wanted: fn(&Member) -> bool,
    budget: &Budget,
) -> Result<Vec<Option<Value>>, Fault> {
    budget.take(structure.members.len())?;
    let read = |member| {
        if wanted(member) {
            read_member(member, element, budget)
        } else {
            Ok(None)
        }
    };
    structure.members.iter().map(read).collect()
}

fn read_member(member: &Member, parent: &Element, budget: &Budget) -> Result<Option<Value>, Fault> {
    if member.xml_attribute {
        let found = parent
            .attributes
            .iter()
            .find(|(name, _)| name == member.wire_name);
        return found
            .map(|(_, value)| text::parse(member.schema, value))
            .transpose();
    }
    let mut named = parent
        .children
        .iter()
        .filter(|child| child.name == member.wire_name)
        .peekable();
    if named.peek().is_none() {
        return Ok(None);
    }
    match &member.schema.kind {
        Kind::List(list) if member.flattened || list.flattened => {
            read_items(list, named, budget).map(Some)
        }
        Kind::Map(map) if member.flattened || map.flattened => {
            read_entries(map, named, budget).map(Some)
        }
        _ => named
            .next()
            .map(|element| read(member.schema, element, budget))
            .transpose(),
    }
}

fn read_items<'a>(
    list: &List,
    items: impl Iterator<Item = &'a Element>,
    budget: &Budget,
) -> Result<Value, Fault> {
    let mut out = Vec::new();
    for item in items {
        budget.take(1)?;
        out.push(Some(read(list.member, item, budget)?));
    }
    Ok(Value::List(out))
}

fn read_entries<'a>(
    map: &Map,
    items: impl Iterator<Item = &'a Element>,
    budget: &Budget,
) -> Result<Value, Fault> {
    let mut entries = Entries::default();
    for item in items {
        budget.take(1)?;
        let key = item.child_text(map.key_wire_name).ok_or(Fault::Malformed)?;
        let value = item
            .child(map.value_wire_name)
            .map(|value| read(map.value, value, budget))
            .transpose()?;
        entries.set(key.to_owned(), value);
    }
    Ok(entries.into_value())
}
