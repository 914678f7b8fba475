//! Conditions ("IAM JSON policy elements: Condition operators", "Set operators for multivalued context keys").

use std::cmp::Ordering;

use policy::ConditionBlock;

use crate::answer::Answer;
use crate::pattern::{self, Filled, Mark};
use crate::scenario::{Held, Keys};
use crate::value;

/// The set operator in front of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quantifier {
    /// None.
    Plain,
    /// `ForAllValues:`
    ForAll,
    /// `ForAnyValue:`
    ForAny,
}

/// An operator taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The name without prefix and suffix.
    pub name: String,
    /// The prefix.
    pub quantifier: Quantifier,
    /// The suffix `IfExists`.
    pub if_exists: bool,
}

impl Operator {
    /// Takes an operator apart.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let (quantifier, rest) = if let Some(rest) = text.strip_prefix("ForAllValues:") {
            (Quantifier::ForAll, rest)
        } else if let Some(rest) = text.strip_prefix("ForAnyValue:") {
            (Quantifier::ForAny, rest)
        } else {
            (Quantifier::Plain, text)
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        Self {
            name: name.to_owned(),
            quantifier,
            if_exists,
        }
    }

    /// The operator without its negation, and whether it was negated.
    fn positive(&self) -> (&str, bool) {
        match self.name.as_str() {
            "StringNotEquals" => ("StringEquals", true),
            "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", true),
            "StringNotLike" => ("StringLike", true),
            "NumericNotEquals" => ("NumericEquals", true),
            "DateNotEquals" => ("DateEquals", true),
            "NotIpAddress" => ("IpAddress", true),
            "ArnNotEquals" => ("ArnEquals", true),
            "ArnNotLike" => ("ArnLike", true),
            other => (other, false),
        }
    }
}

/// Whether all conditions of a statement are met: all operators, and all keys of each.
pub(crate) fn all(blocks: &[ConditionBlock], variables: bool, keys: &Keys) -> Answer {
    Answer::all(blocks.iter().flat_map(|block| {
        let operator = Operator::read(&block.operator.value);
        block.keys.iter().map(move |key| {
            let values: Vec<&str> = key.values.iter().map(|value| value.text.as_str()).collect();
            one(
                &operator,
                &values,
                keys.get(&key.name.value),
                variables,
                keys,
            )
        })
    }))
}

fn one(
    operator: &Operator,
    wanted: &[&str],
    held: Option<&Held>,
    variables: bool,
    keys: &Keys,
) -> Answer {
    if operator.name == "Null" {
        return Answer::any(wanted.iter().map(|value| null(value, held)));
    }
    let Some(held) = held else {
        return missing(operator);
    };
    let meets = |value: &str| one_value(operator, value, wanted, variables, keys);
    let values: Vec<&str> = match held {
        Held::One(value) => vec![value],
        Held::Many(values) => values.iter().map(String::as_str).collect(),
    };
    match operator.quantifier {
        // "a null data set, such as an empty string"
        Quantifier::ForAll if is_null(held) => Answer::Yes,
        Quantifier::ForAny if values.is_empty() => missing(operator),
        // "For a null dataset, the condition returns false": unsure where the empty texts themselves would be met.
        Quantifier::ForAny if is_null(held) => {
            Answer::all([Answer::any(values.into_iter().map(meets)), Answer::Unsure])
        }
        Quantifier::ForAll => Answer::all(values.into_iter().map(meets)),
        Quantifier::ForAny => Answer::any(values.into_iter().map(meets)),
        Quantifier::Plain => match held {
            Held::One(value) => meets(value),
            Held::Many(values) if values.is_empty() => missing(operator),
            // "Multivalued context keys require a condition set operator": without one only what no value meets is
            // certain.
            Held::Many(_) => {
                Answer::all([Answer::any(values.into_iter().map(meets)), Answer::Unsure])
            }
        },
    }
}

/// A key that the request does not have.
fn missing(operator: &Operator) -> Answer {
    if operator.if_exists {
        // "ForAnyValue" without a key is false and "IfExists" without one is true: which of both wins is not said.
        let both = operator.quantifier == Quantifier::ForAny;
        return if both { Answer::Unsure } else { Answer::Yes };
    }
    match operator.quantifier {
        Quantifier::ForAll => Answer::Yes,
        Quantifier::ForAny => Answer::No,
        Quantifier::Plain => Answer::of(operator.positive().1),
    }
}

fn is_null(held: &Held) -> bool {
    match held {
        Held::One(value) => value.is_empty(),
        Held::Many(values) => values.iter().all(String::is_empty),
    }
}

fn null(wanted: &str, held: Option<&Held>) -> Answer {
    let is_null = held.is_none_or(is_null);
    match truth(wanted) {
        Some(wanted) => Answer::of(wanted == is_null),
        None => Answer::Unsure,
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// One value of the request against all values of the policy: one that fits suffices, and a negated operator wants
/// none that fits.
fn one_value(
    operator: &Operator,
    value: &str,
    wanted: &[&str],
    variables: bool,
    keys: &Keys,
) -> Answer {
    let (name, negated) = operator.positive();
    if !readable(name, value) {
        return Answer::Unsure;
    }
    let fits = Answer::any(
        wanted
            .iter()
            .map(|wanted| compare(name, value, wanted, variables, keys)),
    );
    if negated && wanted.is_empty() {
        // "Different from all" of no values: what is meant by that is not said.
        return Answer::Unsure;
    }
    if negated { fits.opposite() } else { fits }
}

/// Whether a value is of the type that an operator compares.
fn readable(operator: &str, value: &str) -> bool {
    match operator {
        "Bool" => truth(value).is_some(),
        "BinaryEquals" => value::base64(value).is_some(),
        "IpAddress" => value::in_network(value, "::").is_some(),
        _ if operator.starts_with("Numeric") => value::compare_numbers(value, "0").is_some(),
        _ if operator.starts_with("Date") => value::date(value).is_some(),
        _ => true,
    }
}

fn compare(operator: &str, value: &str, wanted: &str, variables: bool, keys: &Keys) -> Answer {
    let filled = |text: &str, patterns: bool| match (variables, patterns) {
        (true, _) => pattern::fill(text, patterns, keys),
        (false, true) => Filled::Marks(pattern::wildcards(text)),
        (false, false) => Filled::Marks(pattern::letters(text)),
    };
    let ordered = |order: Option<Ordering>, test: fn(Ordering) -> bool| {
        order.map_or(Answer::Unsure, |order| Answer::of(test(order)))
    };
    match operator {
        "StringEquals" => covered(&filled(wanted, false), value),
        "StringLike" => covered(&filled(wanted, true), value),
        "StringEqualsIgnoreCase" => ignoring_case(&filled(wanted, false), value),
        "ArnEquals" | "ArnLike" => arn(value, &filled(wanted, true)),
        "Bool" => match filled(wanted, false) {
            Filled::Marks(marks) => match (truth(value), truth(&text(&marks))) {
                (Some(value), Some(wanted)) => Answer::of(value == wanted),
                _ => Answer::Unsure,
            },
            Filled::NoValue => Answer::No,
            Filled::Unsure => Answer::Unsure,
        },
        "BinaryEquals" => match (value::base64(value), value::base64(wanted)) {
            (Some(value), Some(wanted)) => Answer::of(value == wanted),
            _ => Answer::Unsure,
        },
        "IpAddress" => value::in_network(value, wanted).map_or(Answer::Unsure, Answer::of),
        _ => {
            let order = if operator.starts_with("Numeric") {
                value::compare_numbers(value, wanted)
            } else {
                match (value::date(value), value::date(wanted)) {
                    (Some(value), Some(wanted)) => Some(value.cmp(&wanted)),
                    _ => None,
                }
            };
            match operator
                .trim_start_matches("Numeric")
                .trim_start_matches("Date")
            {
                "Equals" => ordered(order, Ordering::is_eq),
                "LessThan" => ordered(order, Ordering::is_lt),
                "LessThanEquals" => ordered(order, Ordering::is_le),
                "GreaterThan" => ordered(order, Ordering::is_gt),
                "GreaterThanEquals" => ordered(order, Ordering::is_ge),
                _ => Answer::Unsure,
            }
        }
    }
}

fn covered(wanted: &Filled, value: &str) -> Answer {
    match wanted {
        Filled::Marks(marks) => {
            Answer::of(pattern::covers(marks, &value.chars().collect::<Vec<_>>()))
        }
        Filled::NoValue => Answer::No,
        Filled::Unsure => Answer::Unsure,
    }
}

/// Marks without wildcards as the text that they are.
fn text(marks: &[Mark]) -> String {
    let letter = |mark: &Mark| match mark {
        Mark::Letter(letter) => *letter,
        Mark::Any => '*',
        Mark::One => '?',
    };
    marks.iter().map(letter).collect()
}

fn ignoring_case(wanted: &Filled, value: &str) -> Answer {
    match wanted {
        Filled::Marks(marks) => Answer::of(text(marks).to_lowercase() == value.to_lowercase()),
        Filled::NoValue => Answer::No,
        Filled::Unsure => Answer::Unsure,
    }
}

/// "Each of the six colon-delimited components of the ARN is checked separately and each can include a wildcard." A
/// variable may stand for a whole ARN, so the parts are those of the text after its variables are replaced.
fn arn(value: &str, wanted: &Filled) -> Answer {
    let parts = pattern::arn_parts(value, false);
    // What is no ARN is like none.
    if parts.len() < 6 || parts[0] != "arn" {
        return Answer::No;
    }
    let marks = match wanted {
        Filled::Marks(marks) => marks,
        Filled::NoValue => return Answer::No,
        Filled::Unsure => return Answer::Unsure,
    };
    let stars = |marks: &[Mark]| !marks.is_empty() && marks.iter().all(|mark| *mark == Mark::Any);
    if stars(marks) {
        return Answer::Yes;
    }
    let mut patterns: Vec<Vec<Mark>> = vec![Vec::new()];
    for mark in marks {
        if *mark == Mark::Letter(':') && patterns.len() < 6 {
            patterns.push(Vec::new());
        } else if let Some(last) = patterns.last_mut() {
            last.push(*mark);
        }
    }
    if patterns.last().is_some_and(|last| stars(last)) {
        patterns.resize(6, vec![Mark::Any]);
    }
    if patterns.len() < 6 {
        // Like what is to be matched with a pattern that is none?
        return Answer::Unsure;
    }
    Answer::all(parts.iter().zip(&patterns).map(|(part, pattern)| {
        Answer::of(pattern::covers(pattern, &part.chars().collect::<Vec<_>>()))
    }))
}
