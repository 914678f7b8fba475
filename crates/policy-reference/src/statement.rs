//! Whether a statement is about a request.

use policy::{Document, Statement, Texts};

use crate::answer::Answer;
use crate::pattern::{self, Filled, covers};
use crate::scenario::Ask;
use crate::{condition, principal};

/// Whether a statement is about a request: principal, action, resource and conditions together.
pub(crate) fn applies(
    document: &Document,
    statement: &Statement,
    ask: &Ask,
    has_boundary: bool,
) -> Answer {
    let variables = document.version() == Some("2012-10-17");
    let caller = statement.principal.as_ref().map_or(Answer::Yes, |element| {
        principal::applies(element, &ask.principal, has_boundary)
    });
    let action = statement.action.as_ref().map_or(Answer::No, |texts| {
        listed(texts, |text| action(text, &ask.action))
    });
    // A trust policy has no resources: it is about its role.
    let resource = statement.resource.as_ref().map_or(Answer::Yes, |texts| {
        listed(texts, |text| resource(text, ask, variables))
    });
    let conditions = statement.conditions.as_deref().unwrap_or_default();
    let conditions = condition::all(conditions, variables, &ask.keys);
    Answer::all([caller, action, resource, conditions])
}

fn listed(texts: &Texts, matches: impl Fn(&str) -> Answer) -> Answer {
    let any = Answer::any(texts.values.iter().map(|text| matches(&text.value)));
    if texts.negated { any.opposite() } else { any }
}

/// Actions ignore case; wildcards may stand anywhere.
fn action(text: &str, action: &str) -> Answer {
    let marks = pattern::wildcards(&text.to_lowercase());
    let letters: Vec<char> = action.to_lowercase().chars().collect();
    Answer::of(covers(&marks, &letters))
}

/// Resources: the six parts of an ARN one by one, with variables in the last only.
fn resource(text: &str, ask: &Ask, variables: bool) -> Answer {
    if text == "*" {
        return Answer::Yes;
    }
    if !ask.resource_level || ask.resource == "*" {
        return Answer::No;
    }
    let parts = pattern::arn_parts(&ask.resource, false);
    if parts.len() < 6 || parts[0] != "arn" {
        return Answer::Unsure;
    }
    let patterns = pattern::arn_parts(text, variables);
    // "You can't use a variable to replace parts of the ARN before the fifth colon": what one means there is not said.
    let head = &patterns[..patterns.len().min(5)];
    if variables && head.iter().any(|text| text.contains("${")) {
        return Answer::Unsure;
    }
    let one = |at: usize, part: &String| {
        let Some(text) = patterns.get(at) else {
            // `arn:aws:sqs:*` means all that follows.
            return Answer::Yes;
        };
        let letters: Vec<char> = part.chars().collect();
        if at < 5 || !variables {
            return Answer::of(covers(&pattern::wildcards(text), &letters));
        }
        match pattern::fill(text, true, &ask.keys) {
            Filled::Marks(marks) => Answer::of(covers(&marks, &letters)),
            Filled::NoValue => Answer::No,
            Filled::Unsure => Answer::Unsure,
        }
    };
    Answer::all(parts.iter().enumerate().map(|(at, part)| one(at, part)))
}
