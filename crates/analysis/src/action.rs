//! Actions: whether AWS has them, and which of them a statement repeats.

use std::collections::HashSet;

use catalog::Action;
use policy::{Spanned, Statement};

use crate::code::Code;
use crate::finding::Report;
use crate::grammar::{closest, did_you_mean};
use crate::pattern;
use crate::unlisted;

/// The actions of a statement, as far as AWS's lists know them.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    /// All of them, by wildcards too.
    pub(crate) known: Vec<&'static Action>,
    /// Those that the statement writes out, with their place in its list.
    pub(crate) written: Vec<(usize, &'static Action)>,
    /// Whether `known` is all that the statement is about: no `NotAction`, nothing unlisted, not every action.
    pub(crate) complete: bool,
}

/// Reports actions that do not exist or are said twice.
pub(crate) fn check(statement: &Statement, report: &mut Report) -> Actions {
    let mut actions = Actions::default();
    let Some(texts) = &statement.action else {
        return actions;
    };
    actions.complete = !texts.negated;
    for (place, action) in texts.values.iter().enumerate() {
        one(action, place, &mut actions, report);
    }
    redundant(&texts.values, report);
    actions
}

fn one(action: &Spanned<String>, place: usize, actions: &mut Actions, report: &mut Report) {
    let text = action.value.as_str();
    let Some((prefix, name)) = text.split_once(':') else {
        actions.complete = false;
        return;
    };
    if pattern::has_wildcards(prefix) {
        actions.complete = false;
        if prefix != "*" {
            let message = format!("the service {prefix:?} has wildcards");
            report.add(Code::WildcardInServiceName, &action.span, message);
        }
        return;
    }
    let Some(service) = catalog::service(prefix) else {
        actions.complete = false;
        return unknown_service(action, prefix, name, report);
    };
    let before = actions.known.len();
    if pattern::has_wildcards(name) {
        let lower = name.to_ascii_lowercase();
        let fits = |known: &&Action| pattern::covers(&lower, &known.name.to_ascii_lowercase());
        actions.known.extend(service.actions().iter().filter(fits));
    } else if let Some(known) = service.action(name) {
        actions.known.push(known);
        actions.written.push((place, known));
    }
    if actions.known.len() > before {
        return;
    }
    actions.complete = false;
    if unlisted::has_action(text) {
        let message =
            format!("{text} is not in AWS's list of actions, but AWS's own policies have it");
        return report.add(Code::UnlistedAction, &action.span, message);
    }
    let message = if pattern::has_wildcards(name) {
        format!("{text} matches no action of {}", service.title)
    } else {
        format!("{} has no action {name}", service.title)
    };
    let names = service.actions().iter().map(|action| action.name);
    match closest(name.trim_end_matches('*'), names) {
        Some(close) => report.add_with_help(
            Code::InvalidAction,
            &action.span,
            message,
            format!("did you mean {prefix}:{close}?"),
        ),
        None => report.add(Code::InvalidAction, &action.span, message),
    }
}

fn unknown_service(action: &Spanned<String>, prefix: &str, name: &str, report: &mut Report) {
    if unlisted::has_action(&action.value) {
        let message =
            format!("{prefix} is not in AWS's list of services, but AWS's own policies have it");
        return report.add(Code::UnlistedAction, &action.span, message);
    }
    let message = format!("there is no service {prefix}");
    // A prefix is short, so that what is done is a better witness than how it is spelled.
    let with_action = catalog::services()
        .iter()
        .filter(|service| strsim::levenshtein(service.prefix, &prefix.to_lowercase()) <= 2)
        .find(|service| service.action(name).is_some());
    let help = match with_action {
        Some(service) => Some(format!("did you mean {}?", service.prefix)),
        None => did_you_mean(
            prefix,
            catalog::services().iter().map(|service| service.prefix),
        ),
    };
    match help {
        Some(help) => {
            report.add_with_help(Code::InvalidServiceInAction, &action.span, message, help)
        }
        None => report.add(Code::InvalidServiceInAction, &action.span, message),
    }
}

fn redundant(actions: &[Spanned<String>], report: &mut Report) {
    let lower: Vec<String> = actions
        .iter()
        .map(|action| action.value.to_ascii_lowercase())
        .collect();
    for (place, covering) in covered(&lower) {
        if let (Some(action), Some(by)) = (actions.get(place), actions.get(covering)) {
            let message = if action.value.eq_ignore_ascii_case(&by.value) {
                format!("{} is in the list twice", action.value)
            } else {
                format!("{} is covered by {}", action.value, by.value)
            };
            report.add_with_help(Code::RedundantAction, &action.span, message, "leave it out");
        }
    }
}

/// Entries that another entry of the list covers, with that entry; of equal ones all but the first.
pub(crate) fn covered(texts: &[String]) -> Vec<(usize, usize)> {
    let wide: Vec<(usize, &String)> = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| pattern::has_wildcards(text))
        .collect();
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        if !seen.insert(text) {
            let first = texts
                .iter()
                .position(|other| other == text)
                .unwrap_or_default();
            found.push((place, first));
            continue;
        }
        let by = wide
            .iter()
            .find(|(_, other)| *other != text && pattern::covers(other, text));
        found.extend(by.map(|(covering, _)| (place, *covering)));
    }
    found
}
