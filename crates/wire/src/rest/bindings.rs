//! Values as texts of headers, query parameters and labels.

use crate::entries::Entries;
use crate::error::Fault;
use crate::{message, text};
use http::HeaderMap;
use schema::{Kind, Location, Member, Structure, TimestampFormat, Value};

/// The format of a timestamp in a header or in the URI.
fn format(member: &Member) -> TimestampFormat {
    member.timestamp_format.unwrap_or(match member.location {
        Location::Header | Location::Headers => TimestampFormat::Rfc822,
        _ => TimestampFormat::Iso8601,
    })
}

/// A scalar's text, or the texts of a list's elements.
pub(super) fn texts(member: &Member, value: &Value) -> Vec<String> {
    match value {
        Value::List(items) => items
            .iter()
            .flatten()
            .filter_map(|item| text::write(item, format(member)))
            .collect(),
        _ => text::write(value, format(member)).into_iter().collect(),
    }
}

/// A value from the texts of its parameters; `None` where there are none.
pub(super) fn from_texts<'a>(
    member: &Member,
    mut texts: impl Iterator<Item = &'a str>,
) -> Result<Option<Value>, Fault> {
    if let Kind::List(list) = &member.schema.kind {
        let items: Vec<_> = texts
            .map(|item| text::parse(list.member, item).map(Some))
            .collect::<Result<_, _>>()?;
        return Ok((!items.is_empty()).then_some(Value::List(items)));
    }
    texts
        .next()
        .map(|found| text::parse(member.schema, found))
        .transpose()
}

/// Sets the headers of the members that are bound to headers.
pub(super) fn write_headers(
    headers: &mut HeaderMap,
    structure: &Structure,
    fields: &[Option<Value>],
) {
    for (member, field) in structure.members.iter().zip(fields) {
        let Some(value) = field else { continue };
        match (member.location, value) {
            (Location::Header, Value::List(_)) => {
                let items: Vec<_> = texts(member, value)
                    .iter()
                    .map(|item| quote(item))
                    .collect();
                message::set(headers, member.wire_name, &items.join(", "));
            }
            (Location::Header, _) => {
                message::set(
                    headers,
                    member.wire_name,
                    &text::write(value, format(member)).unwrap_or_default(),
                );
            }
            (Location::Headers, Value::Map(entries)) => {
                for (key, value) in entries {
                    let text = value
                        .as_ref()
                        .and_then(|value| text::write(value, format(member)));
                    message::set(
                        headers,
                        &format!("{}{key}", member.wire_name),
                        &text.unwrap_or_default(),
                    );
                }
            }
            _ => {}
        }
    }
}

/// Reads the members that are bound to headers.
pub(super) fn read_headers(
    headers: &HeaderMap,
    structure: &Structure,
    fields: &mut [Option<Value>],
) -> Result<(), Fault> {
    for (member, field) in structure.members.iter().zip(fields) {
        match member.location {
            Location::Header => *field = read_header(headers, member)?,
            Location::Headers => *field = read_prefixed(headers, member)?,
            _ => {}
        }
    }
    Ok(())
}

fn read_header(headers: &HeaderMap, member: &Member) -> Result<Option<Value>, Fault> {
    let mut lines = Vec::new();
    for line in headers.get_all(member.wire_name) {
        lines.push(std::str::from_utf8(line.as_bytes()).map_err(|_| Fault::Malformed)?);
    }
    if let Kind::List(list) = &member.schema.kind {
        let dates = matches!(list.member.kind, Kind::Timestamp)
            && format(member) == TimestampFormat::Rfc822;
        let items = unquote(&lines.join(","), dates)?;
        return from_texts(member, items.iter().map(String::as_str));
    }
    from_texts(member, lines.into_iter().map(str::trim))
}

fn read_prefixed(headers: &HeaderMap, member: &Member) -> Result<Option<Value>, Fault> {
    let Kind::Map(map) = &member.schema.kind else {
        return Ok(None);
    };
    let prefix = member.wire_name.to_ascii_lowercase();
    let mut entries = Entries::default();
    let mut any = false;
    for (name, value) in headers {
        if let Some(key) = name.as_str().strip_prefix(&prefix) {
            let value = std::str::from_utf8(value.as_bytes()).map_err(|_| Fault::Malformed)?;
            entries.set(key.to_owned(), Some(text::parse(map.value, value)?));
            any = true;
        }
    }
    Ok(any.then(|| entries.into_value()))
}

/// An element of a header's list; quoted where it would be taken apart.
fn quote(item: &str) -> String {
    if item.contains([',', '"', '\\']) || item.trim() != item || item.is_empty() {
        // Dates have a comma that readers of dates know.
        if item.ends_with(" GMT") && item.matches(',').count() == 1 {
            return item.to_owned();
        }
        return format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\""));
    }
    item.to_owned()
}

/// The elements of a header's list. Each date has one comma inside.
fn unquote(line: &str, dates: bool) -> Result<Vec<String>, Fault> {
    let mut items = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (item, behind) = if let Some(quoted) = rest.strip_prefix('"') {
            let (item, behind) = quoted_item(quoted)?;
            let behind = behind.trim_start();
            (
                item,
                if behind.is_empty() {
                    None
                } else {
                    Some(behind.strip_prefix(',').ok_or(Fault::Malformed)?)
                },
            )
        } else {
            let skipped = if dates {
                rest.find(',').map_or(0, |comma| comma + 1)
            } else {
                0
            };
            let end = rest
                .get(skipped..)
                .and_then(|part| part.find(','))
                .map(|comma| comma + skipped);
            let item = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            (
                item.trim().to_owned(),
                end.and_then(|end| rest.get(end + 1..)),
            )
        };
        items.push(item);
        rest = behind.unwrap_or_default().trim();
    }
    Ok(items)
}

fn quoted_item(text: &str) -> Result<(String, &str), Fault> {
    let mut out = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next().ok_or(Fault::Malformed)? {
            '"' => return Ok((out, chars.as_str())),
            '\\' => out.push(chars.next().ok_or(Fault::Malformed)?),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_headers() {
        assert_eq!(unquote("a, b ,c", false).unwrap(), ["a", "b", "c"]);
        assert_eq!(
            unquote("\"a,b\", \"c\\\"d\"", false).unwrap(),
            ["a,b", "c\"d"]
        );
        assert_eq!(
            unquote(
                "Tue, 24 Nov 2026 12:00:00 GMT, Wed, 25 Nov 2026 12:00:00 GMT",
                true
            )
            .unwrap(),
            [
                "Tue, 24 Nov 2026 12:00:00 GMT",
                "Wed, 25 Nov 2026 12:00:00 GMT"
            ]
        );
        assert!(unquote("\"a", false).is_err());
        assert!(unquote("\"a\"b", false).is_err());
        assert_eq!(quote("a,b"), "\"a,b\"");
    }
}
