//! Policy variables ("IAM policy elements: Variables and tags").

use std::ops::Range;

use policy::{Comparison, OperatorForm, Statement};

use crate::code::Code;
use crate::finding::Report;
use crate::key::{self, Key};

/// Checks the variables of a statement. `supported`: the document's version has variables.
pub(crate) fn check(statement: &Statement, supported: bool, report: &mut Report) {
    for text in statement.resource.iter().flat_map(|texts| &texts.values) {
        one(&text.value, &text.span, supported, report);
    }
    for text in statement.action.iter().flat_map(|texts| &texts.values) {
        if text.value.contains("${") {
            let message = "actions take no policy variables";
            report.add(Code::VariableUnsupportedInElement, &text.span, message);
        }
    }
    for block in statement.conditions.iter().flatten() {
        let takes = OperatorForm::read(&block.operator.value).is_none_or(|operator| {
            !matches!(
                operator.comparison,
                Comparison::Number | Comparison::Date | Comparison::Binary | Comparison::Address
            )
        });
        for value in block.keys.iter().flat_map(|key| &key.values) {
            if !value.text.contains("${") {
                continue;
            }
            if takes {
                one(&value.text, &value.span, supported, report);
            } else {
                let message = format!("{} takes no policy variables", block.operator.value);
                report.add(Code::InvalidVariableForOperator, &value.span, message);
            }
        }
    }
}

fn one(text: &str, span: &Range<usize>, supported: bool, report: &mut Report) {
    if !text.contains("${") {
        return;
    }
    if !supported {
        let message =
            "this is plain text: documents without Version 2012-10-17 have no policy variables";
        let help = "add \"Version\": \"2012-10-17\"";
        return report.add_with_help(Code::VariableUnsupportedInVersion, span, message, help);
    }
    let mut rest = text;
    while let Some((_, opened)) = rest.split_once("${") {
        let Some((inner, after)) = opened.split_once('}') else {
            let message = format!("the variable ${{{opened} is not closed");
            return report.add(Code::MissingBraceInVariable, span, message);
        };
        variable(inner, span, report);
        rest = after;
    }
}

fn variable(inner: &str, span: &Range<usize>, report: &mut Report) {
    if matches!(inner, "*" | "?" | "$") {
        return;
    }
    let (name, default) = match inner.split_once(',') {
        Some((name, default)) => (name.trim(), Some(default.trim())),
        None => (inner.trim(), None),
    };
    if name.is_empty() {
        return report.add(Code::EmptyVariable, span, "the variable has no name");
    }
    let quoted = |text: &str| text.len() >= 2 && text.starts_with('\'') && text.ends_with('\'');
    if default.is_some_and(|default| !quoted(default)) {
        let message = format!("the default of {name} is not in single quotes");
        return report.add(Code::MissingQuoteInVariable, span, message);
    }
    match Key::read(name) {
        Key::Listed(listed) if listed.multivalued => {
            let message = format!("{name} can have many values, and so cannot be a variable");
            report.add(Code::UnknownVariable, span, message);
        }
        Key::Listed(_) | Key::Unlisted | Key::Provider => {}
        _ => {
            let message =
                format!("there is no condition key {name}: the variable never has a value");
            match key::similar(name) {
                Some(help) => report.add_with_help(Code::UnknownVariable, span, message, help),
                None => report.add(Code::UnknownVariable, span, message),
            }
        }
    }
}
