//! Constraint checks and AWS's wording of their violations.

use crate::print::{holds_secret, print};
use crate::{Constraints, Kind, List, Map, Schema, Structure, Value, pattern};
use std::borrow::Cow;

/// One constraint that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The value as AWS prints it; `None` for a missing member and for a redacted value.
    pub value: Option<String>,
    /// The member's path as AWS spells it, such as `tags.1.member.value`.
    pub path: String,
    /// The constraint in AWS's words, such as `Member must not be null`.
    pub constraint: String,
    /// The value is sensitive and therefore not repeated.
    pub redacted: bool,
}

const NOT_NULL: &str = "Member must not be null";

/// All constraints that the value breaks, in the schema's order.
///
/// A member's own constraints come before those inside it; of one member the
/// pattern comes before the length, as AWS answers for `AssumeRole` with the
/// session name `!`. Lengths of text count Unicode code points: AWS answers that
/// the session name `😀` (two UTF-16 units) is shorter than 2.
///
/// A value whose form is not the schema's is a violation too, never accepted.
#[must_use]
pub fn validate(schema: &Schema, value: &Value) -> Vec<Violation> {
    let mut walk = Walk {
        path: String::new(),
        found: Vec::new(),
    };
    walk.inside(schema, value);
    walk.found
}

/// AWS's message for a list of violations, such as `1 validation error detected: Value null at
/// 'userName' failed to satisfy constraint: Member must not be null`.
#[must_use]
pub fn validation_message(violations: &[Violation]) -> String {
    let count = violations.len();
    let plural = if count == 1 { "" } else { "s" };
    let list: Vec<_> = violations.iter().map(sentence).collect();
    format!(
        "{count} validation error{plural} detected: {}",
        list.join("; ")
    )
}

fn sentence(violation: &Violation) -> String {
    let Violation {
        path, constraint, ..
    } = violation;
    let value = match &violation.value {
        Some(value) => format!("Value '{value}'"),
        None if violation.redacted => "Value".to_owned(),
        None => "Value null".to_owned(),
    };
    format!("{value} at '{path}' failed to satisfy constraint: {constraint}")
}

/// A member's name as paths spell it: `UserName` is `userName`.
pub(crate) fn lower_first(name: &str) -> Cow<'_, str> {
    match name.chars().next() {
        Some(first) if first.is_ascii_uppercase() => {
            Cow::Owned(first.to_ascii_lowercase().to_string() + name.get(1..).unwrap_or_default())
        }
        _ => Cow::Borrowed(name),
    }
}

struct Walk {
    path: String,
    found: Vec<Violation>,
}

impl Walk {
    fn report(&mut self, schema: &Schema, value: &Value, constraint: String) {
        let redacted = holds_secret(schema, value);
        let value = (!redacted).then(|| print(schema, value));
        self.found.push(Violation {
            value,
            path: self.path.clone(),
            constraint,
            redacted,
        });
    }

    fn report_null(&mut self) {
        self.found.push(Violation {
            value: None,
            path: self.path.clone(),
            constraint: NOT_NULL.to_owned(),
            redacted: false,
        });
    }

    /// Runs a step with a longer path.
    fn at(&mut self, part: &str, step: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(part);
        step(self);
        self.path.truncate(length);
    }

    /// The constraints of a member's value, then those inside it.
    fn member(&mut self, schema: &Schema, value: &Value) {
        for constraint in broken(schema, value) {
            self.report(schema, value, constraint);
        }
        self.inside(schema, value);
    }

    /// The constraints inside a structure, list or map.
    fn inside(&mut self, schema: &Schema, value: &Value) {
        match (&schema.kind, value) {
            (Kind::Structure(structure), Value::Structure(fields)) => {
                self.structure(schema, structure, fields, value)
            }
            (Kind::List(list), Value::List(items)) => self.list(schema, list, items, value),
            (Kind::Map(map), Value::Map(entries)) => self.map(schema, map, entries, value),
            _ => {}
        }
    }

    fn structure(
        &mut self,
        schema: &Schema,
        structure: &Structure,
        fields: &[Option<Value>],
        value: &Value,
    ) {
        if structure.union && fields.iter().flatten().count() != 1 {
            self.report(
                schema,
                value,
                "Member must have exactly one member set".to_owned(),
            );
        }
        for (index, member) in structure.members.iter().enumerate() {
            let field = fields.get(index).and_then(Option::as_ref);
            if field.is_none() && !member.required {
                continue;
            }
            self.at(&lower_first(member.name), |walk| match field {
                Some(field) => walk.member(member.schema, field),
                None => walk.report_null(),
            });
        }
    }

    fn list(&mut self, schema: &Schema, list: &List, items: &[Option<Value>], value: &Value) {
        let null = items.iter().any(Option::is_none);
        if null
            || items
                .iter()
                .flatten()
                .any(|item| !broken(list.member, item).is_empty())
        {
            let all = describe_all(list.member, null);
            self.report(
                schema,
                value,
                format!("Member must satisfy constraint: [{all}]"),
            );
        }
        if !is_container(list.member) {
            return;
        }
        for (index, item) in items.iter().enumerate() {
            if let Some(item) = item {
                self.at(&format!("{}.member", index + 1), |walk| {
                    walk.inside(list.member, item)
                });
            }
        }
    }

    fn map(
        &mut self,
        schema: &Schema,
        map: &Map,
        entries: &[(String, Option<Value>)],
        value: &Value,
    ) {
        if entries
            .iter()
            .any(|(key, _)| !broken_text(&map.key.constraints, key).is_empty())
        {
            let all = describe_all(map.key, false);
            self.report(
                schema,
                value,
                format!("Map keys must satisfy constraint: [{all}]"),
            );
        }
        let null = entries.iter().any(|(_, value)| value.is_none());
        let values = || entries.iter().filter_map(|(_, value)| value.as_ref());
        if null || values().any(|value| !broken(map.value, value).is_empty()) {
            let all = describe_all(map.value, null);
            self.report(
                schema,
                value,
                format!("Map value must satisfy constraint: [{all}]"),
            );
        }
        if !is_container(map.value) {
            return;
        }
        for (key, value) in entries {
            if let Some(value) = value {
                // A sensitive key would stand in the path.
                let key = if map.key.sensitive { "*" } else { key };
                self.at(&format!("{key}.member"), |walk| {
                    walk.inside(map.value, value)
                });
            }
        }
    }
}

fn is_container(schema: &Schema) -> bool {
    matches!(
        schema.kind,
        Kind::Structure(_) | Kind::List(_) | Kind::Map(_)
    )
}

/// The constraints of the shape itself that the value breaks.
fn broken(schema: &Schema, value: &Value) -> Vec<String> {
    let constraints = &schema.constraints;
    match (&schema.kind, value) {
        (Kind::String, Value::String(text)) => broken_text(constraints, text),
        (Kind::Blob, Value::Blob(bytes)) => broken_length(constraints, bytes.len()),
        (Kind::List(_), Value::List(items)) => broken_length(constraints, items.len()),
        (Kind::Map(_), Value::Map(entries)) => broken_length(constraints, entries.len()),
        (Kind::Integer, Value::Integer(number)) if i32::try_from(*number).is_err() => {
            vec!["Member must be a 32-bit integer".to_owned()]
        }
        (Kind::Integer | Kind::Long, Value::Integer(number)) => broken_range(
            constraints,
            constraints.min.is_some_and(|min| *number < min),
            constraints.max.is_some_and(|max| *number > max),
        ),
        (Kind::Float | Kind::Double, Value::Double(number)) => broken_range(
            constraints,
            // A value that is no number at all is in no range.
            constraints
                .min
                .is_some_and(|min| number.is_nan() || *number < as_double(min)),
            constraints
                .max
                .is_some_and(|max| number.is_nan() || *number > as_double(max)),
        ),
        (Kind::Boolean, Value::Boolean(_))
        | (Kind::Timestamp, Value::Timestamp(_))
        | (Kind::Document, Value::Document(_))
        | (Kind::Structure(_), Value::Structure(_)) => Vec::new(),
        _ => vec!["Member must have the type of its model".to_owned()],
    }
}

#[expect(clippy::cast_precision_loss, reason = "bounds of models are small")]
fn as_double(bound: i64) -> f64 {
    bound as f64
}

fn broken_text(constraints: &Constraints, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(pattern) = constraints.pattern
        && !pattern::matches(pattern, text)
    {
        found.push(pattern_words(pattern));
    }
    if constraints.min.is_some() || constraints.max.is_some() {
        found.extend(broken_length(constraints, text.chars().count()));
    }
    if !constraints.values.is_empty() && !constraints.values.contains(&text) {
        found.push(enum_words(constraints.values));
    }
    found
}

fn broken_length(constraints: &Constraints, length: usize) -> Vec<String> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    if let Some(max) = constraints.max.filter(|max| length > *max) {
        found.push(bound_words("length", "less", max));
    }
    if let Some(min) = constraints.min.filter(|min| length < *min) {
        found.push(bound_words("length", "greater", min));
    }
    found
}

fn broken_range(constraints: &Constraints, below: bool, above: bool) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(max) = constraints.max.filter(|_| above) {
        found.push(bound_words("value", "less", max));
    }
    if let Some(min) = constraints.min.filter(|_| below) {
        found.push(bound_words("value", "greater", min));
    }
    found
}

/// All constraints of an element, key or value: AWS lists them together, broken or not.
fn describe_all(schema: &Schema, not_null: bool) -> String {
    let Constraints {
        min,
        max,
        pattern,
        values,
    } = &schema.constraints;
    let what = match schema.kind {
        Kind::Integer | Kind::Long | Kind::Float | Kind::Double => "value",
        _ => "length",
    };
    let mut all = Vec::new();
    all.extend(max.map(|max| bound_words(what, "less", max)));
    all.extend(min.map(|min| bound_words(what, "greater", min)));
    all.extend(pattern.map(pattern_words));
    if !values.is_empty() {
        all.push(enum_words(values));
    }
    if not_null {
        all.push(NOT_NULL.to_owned());
    }
    all.join(", ")
}

fn bound_words(what: &str, side: &str, bound: i64) -> String {
    format!("Member must have {what} {side} than or equal to {bound}")
}

fn pattern_words(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

fn enum_words(values: &[&str]) -> String {
    format!(
        "Member must satisfy enum value set: [{}]",
        values.join(", ")
    )
}
