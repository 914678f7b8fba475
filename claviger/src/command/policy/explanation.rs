//! Why a scenario was decided as it was, for people.

use super::members::Wrong;
use super::question::{is_organization, verdict_name};
use super::scenario::{Paper, Scenario};
use crate::diagnostic::{self, Note, Severity};
use policy::{
    ConditionKey, Effect, Explanation, Layer, Missing, Outcome, PolicyTrace, Principal, Reason,
    Statement, StatementTrace, Values, Verdict,
};
use serde_json::Value;
use std::fmt::Write;
use std::ops::Range;

/// Statements that nearly matched are shown up to this number.
const NEAR: usize = 5;

/// What a scenario is called.
pub(super) fn title(id: &Value) -> String {
    match id {
        Value::Null => "scenario".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The whole explanation.
pub(super) fn text(
    id: &Value,
    scenario: &Scenario,
    explanation: &Explanation,
    terminal: bool,
) -> String {
    let decision = &explanation.decision;
    let mut out = format!("{}: {}\n", title(id), verdict_name(decision.effect));
    let who = who(&scenario.caller.principal);
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "  {who}\n  {} on {}",
        scenario.action, scenario.resource
    );
    let why = match decision.effect {
        Verdict::Allow => format!("allowed by {}", layer_words(decision.layer)),
        _ => decision.reason(&scenario.action),
    };
    let _ = writeln!(out, "  {why}\n");
    let teller = Teller {
        scenario,
        explanation,
        terminal,
    };
    teller.broken(&mut out);
    teller.deciding(&mut out);
    teller.unevaluable(&mut out);
    if decision.effect == Verdict::ImplicitDeny {
        teller.near(&mut out);
    }
    if decision.effect != Verdict::Allow {
        teller.missing(&mut out);
    }
    out.push('\n');
    out
}

/// Why there is no decision.
pub(super) fn wrong(id: &Value, line: usize, wrong: &Wrong, terminal: bool) -> String {
    let title = title(id);
    match wrong {
        Wrong::Form(message) => format!("{title}: line {line}: wrong scenario: {message}\n\n"),
        Wrong::Document { name, text, errors } => {
            let notes: Vec<Note> = errors
                .iter()
                .map(|error| diagnostic::syntax_note(text, error))
                .collect();
            let shown = diagnostic::render(name, text, &notes, terminal);
            format!("{title}: line {line}: wrong scenario: {name} is no policy\n\n{shown}\n")
        }
    }
}

fn who(principal: &Principal) -> String {
    match principal {
        Principal::Anonymous => "anybody, unsigned".to_owned(),
        Principal::Service { name, .. } => format!("the service {name}"),
        Principal::WebIdentity { provider } | Principal::Saml { provider } => {
            format!("the bearer of a token of {provider}")
        }
        other => other.arn().map_or_else(String::new, |arn| arn.into_owned()),
    }
}

fn layer_words(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "an identity policy",
        Layer::Resource => "the resource's policy",
        Layer::Trust => "the role's trust policy",
        Layer::Boundary => "the permissions boundary",
        Layer::Session => "the session policy",
        Layer::ServiceControl => "the service control policies",
        Layer::ResourceControl => "the resource control policies",
        Layer::VpcEndpoint => "the VPC endpoint's policy",
        Layer::AccountRoot => "the rights of the account's root user",
        Layer::KeyGrant => "a grant of the key",
        Layer::Exempt => "nobody: the action needs no permission",
        _ => "another policy",
    }
}

fn place(policy: &PolicyTrace, statement: &StatementTrace) -> String {
    let sid = statement.sid.as_deref().filter(|sid| !sid.is_empty());
    let sid = sid.map(|sid| format!(" ({sid})")).unwrap_or_default();
    format!("{} statement {}{sid}", policy.name, statement.index)
}

struct Teller<'s> {
    scenario: &'s Scenario,
    explanation: &'s Explanation,
    terminal: bool,
}

type Traced<'s> = (&'s PolicyTrace, &'s StatementTrace);

impl<'s> Teller<'s> {
    fn statements(&self) -> impl Iterator<Item = Traced<'s>> {
        let policies = self.explanation.policies.iter();
        policies.flat_map(|policy| {
            policy
                .statements
                .iter()
                .map(move |statement| (policy, statement))
        })
    }

    fn show(&self, out: &mut String, traced: Traced<'s>, note: Note) {
        match self.scenario.paper(&traced.0.name) {
            Some(paper) => out.push_str(&diagnostic::render(
                &paper.name,
                &paper.text,
                &[note],
                self.terminal,
            )),
            None => {
                let _ = writeln!(out, "  {}", note.message);
            }
        }
    }

    fn broken(&self, out: &mut String) {
        for policy in &self.explanation.policies {
            if let Some(reason) = &policy.broken {
                let _ = writeln!(out, "  {} cannot be used: {reason}", policy.name);
            }
        }
    }

    /// The statements that made the decision.
    fn deciding(&self, out: &mut String) {
        let (wanted, severity, word) = match self.explanation.decision.effect {
            Verdict::Allow => (Effect::Allow, Severity::Advice, "allows"),
            Verdict::ExplicitDeny => (Effect::Deny, Severity::Error, "denies"),
            // What allows, and is not enough.
            Verdict::ImplicitDeny => (
                Effect::Allow,
                Severity::Advice,
                "allows, which is not enough",
            ),
        };
        for traced in self.statements() {
            let (policy, statement) = traced;
            if statement.outcome != Outcome::Matched || statement.effect != wanted {
                continue;
            }
            let note = Note {
                severity,
                code: None,
                message: format!("{} {word}", place(policy, statement)),
                labels: vec![(statement.span.clone(), "this statement".to_owned())],
                help: None,
            };
            self.show(out, traced, note);
        }
    }

    /// Statements that could not be evaluated are always told.
    fn unevaluable(&self, out: &mut String) {
        for traced in self.statements() {
            let (policy, statement) = traced;
            if statement.outcome != Outcome::Unevaluable {
                continue;
            }
            let so = match statement.effect {
                Effect::Allow => "allows nothing",
                Effect::Deny => "denies",
            };
            let message = format!(
                "{} cannot be evaluated, and so {so}",
                place(policy, statement)
            );
            let note = self.reasons(traced, Severity::Warning, message);
            self.show(out, traced, note);
        }
    }

    /// Allows of the layers that do not allow, and what keeps them from matching.
    fn near(&self, out: &mut String) {
        let closed: Vec<Layer> = self.closed().map(|(layer, _)| layer).collect();
        let mut near: Vec<Traced<'s>> = Vec::new();
        let mut others = 0;
        for (policy, statement) in self.statements() {
            let candidate = statement.effect == Effect::Allow
                && statement.outcome == Outcome::NotMatched
                && closed.contains(&policy.layer);
            match candidate {
                true if statement.reasons.contains(&Reason::Action) => others += 1,
                true => near.push((policy, statement)),
                false => {}
            }
        }
        near.sort_by_key(|(_, statement)| statement.reasons.len());
        for traced in near.iter().take(NEAR) {
            let (policy, statement) = traced;
            let message = format!("{} does not allow", place(policy, statement));
            let note = self.reasons(*traced, Severity::Warning, message);
            self.show(out, *traced, note);
        }
        if near.len() > NEAR {
            let _ = writeln!(
                out,
                "  {} more statements have the action and do not match",
                near.len() - NEAR
            );
        }
        if others > 0 {
            let _ = writeln!(
                out,
                "  {others} Allow statements of these layers are about other actions"
            );
        }
    }

    fn closed(&self) -> impl Iterator<Item = (Layer, Vec<usize>)> {
        let missing = self.scenario.missing().into_iter();
        missing.filter_map(|missing| match missing {
            Missing::Allow { layer, levels } => Some((layer, levels)),
            Missing::Denied { .. } => None,
        })
    }

    fn missing(&self, out: &mut String) {
        out.push_str("  missing for an allow:\n");
        for missing in self.scenario.missing() {
            let line = match missing {
                Missing::Denied { .. } => "the statements that deny must not match".to_owned(),
                Missing::Allow { layer, levels }
                    if is_organization(layer) && !levels.is_empty() =>
                {
                    let levels: Vec<String> = levels.iter().map(usize::to_string).collect();
                    format!(
                        "an Allow of {} at level {}",
                        layer_words(layer),
                        levels.join(" and ")
                    )
                }
                Missing::Allow { layer, .. } => format!("an Allow of {}", layer_words(layer)),
            };
            let _ = writeln!(out, "  - {line}");
        }
        let keys = self.missing_keys();
        if !keys.is_empty() {
            let _ = writeln!(
                out,
                "  keys that the request lacks and that would count: {}",
                keys.join(", ")
            );
        }
    }

    /// The keys that Allow statements of closed layers would need, where the request lacks them.
    fn missing_keys(&self) -> Vec<&'s str> {
        let closed: Vec<Layer> = self.closed().map(|(layer, _)| layer).collect();
        let other = |reason: &Reason| {
            matches!(
                reason,
                Reason::Action | Reason::Principal | Reason::Resource
            )
        };
        let mut keys: Vec<&str> = self
            .statements()
            .filter(|(policy, statement)| {
                statement.effect == Effect::Allow && closed.contains(&policy.layer)
            })
            .filter(|(_, statement)| !statement.reasons.iter().any(other))
            .flat_map(|(_, statement)| statement.reasons.iter())
            .filter_map(|reason| match reason {
                Reason::Condition {
                    key, missing: true, ..
                }
                | Reason::VariableMissing { key } => Some(&**key),
                _ => None,
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// A note with one label for each reason.
    fn reasons(&self, (policy, trace): Traced<'s>, severity: Severity, message: String) -> Note {
        let paper = self.scenario.paper(&policy.name);
        let statement = paper.and_then(|paper| paper.document.statements().get(trace.index));
        let mut labels = Vec::new();
        let mut lines = Vec::new();
        for reason in trace.reasons.iter() {
            let (span, text) = self.reason(reason, statement, paper, trace);
            if let Some(line) = text.1 {
                lines.push(line);
            }
            labels.push((span, text.0));
        }
        Note {
            severity,
            code: None,
            message,
            labels,
            help: (!lines.is_empty()).then(|| lines.join("\n")),
        }
    }

    /// Where a reason stands, what to write there, and a whole sentence for conditions.
    fn reason(
        &self,
        reason: &Reason,
        statement: Option<&Statement>,
        paper: Option<&Paper>,
        trace: &StatementTrace,
    ) -> (Range<usize>, (String, Option<String>)) {
        let (span, text) = match reason {
            Reason::Condition { operator, key, .. }
            | Reason::ConditionUnclear { operator, key } => {
                let found = statement.and_then(|statement| condition(statement, operator, key));
                let unclear = matches!(reason, Reason::ConditionUnclear { .. });
                let (has, sentence) = self.condition_words(operator, key, found, unclear);
                let span = found.map(|found| found.name.span.clone());
                return (
                    span.unwrap_or_else(|| trace.span.clone()),
                    (has, Some(sentence)),
                );
            }
            Reason::VariableMissing { key } => (
                paper.and_then(|paper| variable(paper, trace, key)),
                format!("request has no {key}"),
            ),
            _ => (
                statement.and_then(|statement| element_span(reason, statement)),
                self.element_words(reason).to_owned(),
            ),
        };
        (span.unwrap_or_else(|| trace.span.clone()), (text, None))
    }

    fn element_words(&self, reason: &Reason) -> &'static str {
        match reason {
            Reason::Action => "other actions",
            Reason::Principal => "somebody else",
            Reason::PrincipalUnclear => "whether this is the caller cannot be told",
            Reason::Resource if !self.scenario.resource_level => {
                "the action has no resources: only \"*\" matches"
            }
            Reason::Resource => "another resource",
            Reason::ResourceUnclear => "whether this is the resource cannot be told",
            _ => "does not match",
        }
    }

    /// What the request has, and the sentence about it.
    fn condition_words(
        &self,
        operator: &str,
        key: &str,
        found: Option<&ConditionKey>,
        unclear: bool,
    ) -> (String, String) {
        let wanted =
            found.map(|found| values(found.values.iter().map(|value| value.text.as_str())));
        let wanted = wanted.unwrap_or_else(|| "something".to_owned());
        let has = self.request_has(key);
        let doubt = if unclear {
            ": this cannot be evaluated"
        } else {
            ""
        };
        let sentence = format!("condition {operator} {key}: {has}, policy wants {wanted}{doubt}");
        (has, sentence)
    }

    fn request_has(&self, key: &str) -> String {
        match self.scenario.context.values(key) {
            None => format!("request has no {key}"),
            Some(Values::One(value)) => format!("request has '{value}'"),
            Some(Values::Many(list)) if list.is_empty() => "request has an empty list".to_owned(),
            Some(Values::Many(list)) => {
                format!("request has {}", values(list.iter().map(|value| &**value)))
            }
        }
    }
}

/// The place of the element that a reason is about.
fn element_span(reason: &Reason, statement: &Statement) -> Option<Range<usize>> {
    match reason {
        Reason::Action => statement.action.as_ref().map(|found| found.span.clone()),
        Reason::Principal | Reason::PrincipalUnclear => {
            statement.principal.as_ref().map(|found| found.span.clone())
        }
        Reason::Resource | Reason::ResourceUnclear => {
            statement.resource.as_ref().map(|found| found.span.clone())
        }
        _ => None,
    }
}

fn condition<'d>(statement: &'d Statement, operator: &str, key: &str) -> Option<&'d ConditionKey> {
    let blocks = statement.conditions.iter().flatten();
    let mut own = blocks.filter(|block| block.operator.value == operator);
    own.find_map(|block| block.keys.iter().find(|found| found.name.value == key))
}

/// The place of a variable in its statement.
fn variable(paper: &Paper, trace: &StatementTrace, key: &str) -> Option<Range<usize>> {
    let text = paper.text.get(trace.span.clone())?.to_lowercase();
    let at = text.find(&format!("${{{key}"))?;
    let length = text.get(at..)?.find('}')? + 1;
    let start = trace.span.start + at;
    Some(start..start + length)
}

fn values<'v>(values: impl Iterator<Item = &'v str>) -> String {
    let quoted: Vec<String> = values.map(|value| format!("'{value}'")).collect();
    match quoted.as_slice() {
        [] => "no value at all".to_owned(),
        [one] => one.clone(),
        _ => format!("one of {}", quoted.join(", ")),
    }
}
