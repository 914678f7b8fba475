//! Conditions: keys that do not exist or that the actions do not have, operators that do not suit them, values that
//! cannot be read.

use catalog::{ConditionKey as Listed, ValueType};
use policy::{
    Comparison, ConditionBlock, ConditionKey, DocumentKind, Effect, OperatorForm, Statement,
};

use crate::action::Actions;
use crate::code::Code;
use crate::finding::Report;
use crate::key::{self, Key};
use crate::pattern;

/// Checks the conditions of a statement.
pub(crate) fn check(
    statement: &Statement,
    actions: &Actions,
    kind: DocumentKind,
    report: &mut Report,
) {
    for block in statement.conditions.iter().flatten() {
        if block.keys.is_empty() {
            let message = format!("{} has no keys", block.operator.value);
            report.add(Code::EmptyObjectCondition, &block.operator.span, message);
        }
        twice(block, report);
        // An operator that does not exist is an error of the grammar.
        let operator = OperatorForm::read(&block.operator.value);
        for key in &block.keys {
            let found = name(key, report);
            if let Some(listed) = found.listed() {
                if kind != DocumentKind::Trust {
                    of_actions(statement, actions, key, listed, report);
                }
                if let Some(operator) = &operator {
                    suits(statement, operator, block, key, listed, report);
                }
            }
            if let Some(operator) = &operator {
                values(operator, block, key, report);
            }
        }
    }
}

fn twice(block: &ConditionBlock, report: &mut Report) {
    for (place, key) in block.keys.iter().enumerate() {
        let name = key.name.value.to_lowercase();
        let mut before = block.keys.iter().take(place);
        if before.any(|other| {
            other.name.value != key.name.value && other.name.value.to_lowercase() == name
        }) {
            let message = format!(
                "{} is in this block already, in other letter case",
                key.name.value
            );
            report.add(
                Code::DuplicateKeysWithDifferentCase,
                &key.name.span,
                message,
            );
        }
    }
}

/// Says what is wrong with the name of a key.
fn name(key: &ConditionKey, report: &mut Report) -> Key {
    let (name, span) = (key.name.value.as_str(), &key.name.span);
    let found = Key::read(name);
    let (code, message) = match found {
        Key::Listed(listed) => {
            if listed.name == "aws:SourceOwner" {
                let message = "aws:SourceOwner is an old name".to_owned();
                let help = "use aws:SourceAccount";
                report.add_with_help(Code::DeprecatedGlobalConditionKey, span, message, help);
            }
            return found;
        }
        Key::Provider => return found,
        Key::Unlisted => (
            Code::UnlistedConditionKey,
            format!(
                "{name} is not in AWS's list of condition keys, but AWS's own policies have it"
            ),
        ),
        Key::NoGlobal => (
            Code::InvalidGlobalConditionKey,
            format!("there is no global condition key {name}"),
        ),
        Key::NoService => (
            Code::InvalidServiceConditionKey,
            format!("there is no condition key {name}"),
        ),
        Key::NoTag => (
            Code::MissingTagKeyInConditionKey,
            format!("{name} does not say which tag"),
        ),
        Key::Malformed => (
            Code::InvalidConditionKeyFormat,
            format!("{name:?} is no condition key: write service:key"),
        ),
    };
    let help = match found {
        Key::NoTag => Some(format!("write {}/NameOfTheTag", name.trim_end_matches('/'))),
        Key::Unlisted => None,
        _ => key::similar(name),
    };
    match help {
        Some(help) => report.add_with_help(code, span, message, help),
        None => report.add(code, span, message),
    }
    found
}

/// A key that no action of the statement has is never in a request.
fn of_actions(
    statement: &Statement,
    actions: &Actions,
    key: &ConditionKey,
    listed: &'static Listed,
    report: &mut Report,
) {
    let tag = key::is_global_tag(listed);
    if !actions.complete || actions.known.is_empty() || (key::is_global(listed) && !tag) {
        return;
    }
    let has = |action: &&'static catalog::Action| {
        action
            .all_condition_keys()
            .any(|own| own.matches(&key.name.value))
    };
    if actions.known.iter().any(has) {
        return;
    }
    let code = match (tag, statement.effect) {
        (false, _) => Code::UnsupportedActionForConditionKey,
        (true, Effect::Allow) => Code::AllowWithUnsupportedTagConditionKey,
        (true, Effect::Deny) => Code::DenyWithUnsupportedTagConditionKey,
    };
    let message = format!("no action of the statement has the key {}", key.name.value);
    report.add(code, &key.name.span, message);
}

/// Whether the operator suits the key.
fn suits(
    statement: &Statement,
    operator: &OperatorForm,
    block: &ConditionBlock,
    key: &ConditionKey,
    listed: &Listed,
    report: &mut Report,
) {
    let set = operator.for_all_values || operator.for_any_value;
    if !operator_fits(operator.comparison, listed.value_type) {
        let message = format!(
            "{} does not suit {}, which is {}",
            block.operator.value,
            listed.name,
            type_name(listed.value_type)
        );
        report.add(Code::TypeMismatch, &block.operator.span, message);
    }
    if listed.multivalued && !set && operator.comparison != Comparison::Null {
        let message = format!("{} can have many values in a request", listed.name);
        let help = format!(
            "write ForAnyValue:{0} or ForAllValues:{0}",
            block.operator.value
        );
        report.add_with_help(Code::MissingQualifier, &key.name.span, message, help);
    }
    if operator.for_all_values && !listed.multivalued && statement.effect == Effect::Allow {
        let message = format!(
            "ForAllValues is true when a request lacks the key, and {} has one value at most",
            listed.name
        );
        let help = "leave out ForAllValues:";
        report.add_with_help(
            Code::ForAllValuesWithSingleValuedKey,
            &block.operator.span,
            message,
            help,
        );
    }
}

fn operator_fits(comparison: Comparison, value_type: ValueType) -> bool {
    match comparison {
        Comparison::Null => true,
        Comparison::Text | Comparison::TextPattern => matches!(
            value_type,
            ValueType::String | ValueType::Arn | ValueType::Bool
        ),
        // Many keys that hold ARNs are listed as texts.
        Comparison::Arn => matches!(value_type, ValueType::Arn | ValueType::String),
        Comparison::Number => matches!(value_type, ValueType::Numeric | ValueType::Date),
        Comparison::Date => value_type == ValueType::Date,
        Comparison::Bool => matches!(value_type, ValueType::Bool | ValueType::String),
        Comparison::Binary => value_type == ValueType::Binary,
        Comparison::Address => value_type == ValueType::IpAddress,
    }
}

fn type_name(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::String => "text",
        ValueType::Arn => "an ARN",
        ValueType::Bool => "true or false",
        ValueType::Numeric => "a number",
        ValueType::Date => "a date",
        ValueType::IpAddress => "an address",
        ValueType::Binary => "binary",
    }
}

/// Values that the operator cannot read, or reads otherwise than they look.
fn values(
    operator: &OperatorForm,
    block: &ConditionBlock,
    key: &ConditionKey,
    report: &mut Report,
) {
    let name = &block.operator.value;
    if key.values.is_empty() {
        let message = format!(
            "{} has no values, so that the condition is never true",
            key.name.value
        );
        report.add(Code::EmptyArrayCondition, &key.name.span, message);
    }
    let boolean = matches!(operator.comparison, Comparison::Bool | Comparison::Null);
    if boolean
        && !(operator.for_all_values || operator.for_any_value)
        && let [_, second, ..] = key.values.as_slice()
    {
        let message = format!("{name} has several values for {}", key.name.value);
        report.add(Code::InvalidConditionMultipleBoolean, &second.span, message);
    }
    let code = match operator.comparison {
        Comparison::Arn => Code::TypeMismatchArn,
        Comparison::Binary => Code::TypeMismatchBinary,
        Comparison::Bool | Comparison::Null => Code::TypeMismatchBoolean,
        Comparison::Address => Code::TypeMismatchIpRange,
        Comparison::Number => Code::TypeMismatchNumber,
        // Dates that cannot be read are errors of the grammar; texts can always be read.
        Comparison::Date | Comparison::Text | Comparison::TextPattern => {
            return likeness(operator, block, key, report);
        }
    };
    for value in &key.values {
        if !operator.can_read(&value.text) {
            let message = format!("{name} cannot read {:?}", value.text);
            report.add(code, &value.span, message);
        }
    }
}

fn likeness(
    operator: &OperatorForm,
    block: &ConditionBlock,
    key: &ConditionKey,
    report: &mut Report,
) {
    if operator.comparison != Comparison::Text {
        return;
    }
    for value in &key.values {
        let text = pattern_part(&value.text);
        if pattern::has_wildcards(&text) {
            let message = format!(
                "{} takes the wildcards of {:?} for letters",
                block.operator.value, value.text
            );
            let help = "use StringLike or StringNotLike for patterns";
            report.add_with_help(
                Code::WildcardWithoutLikeOperator,
                &value.span,
                message,
                help,
            );
        }
    }
}

/// The text without its variables and escapes, whose wildcards are meant.
fn pattern_part(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once("${") {
        out.push_str(before);
        rest = opened.split_once('}').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}
