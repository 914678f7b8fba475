//! The engine's answer beside the reference's.

use policy::{
    Decision, Effect, Explanation, Layers, Outcome as Told, Policy, Reason, Request, StatementRef,
    Verdict, decide, explain, explain_near,
};
use std::sync::Arc;

use crate::evaluate::{Outcome, Said, evaluate};
use crate::scenario::{Doc, Scenario, Tree};

fn list(docs: &[Arc<Doc>]) -> Vec<&Policy> {
    docs.iter().map(|doc| &doc.policy).collect()
}

fn levels(tree: Option<&Tree>) -> Option<Vec<Vec<&Policy>>> {
    tree.map(|tree| tree.iter().map(|level| list(level)).collect())
}

fn slices<'a, 'p>(levels: Option<&'a Vec<Vec<&'p Policy>>>) -> Option<Vec<&'a [&'p Policy]>> {
    levels.map(|levels| levels.iter().map(Vec::as_slice).collect())
}

/// Puts a question to the engine.
pub fn ask<T>(scenario: &Scenario, question: impl FnOnce(&Request<'_>, &Layers<'_>) -> T) -> T {
    let Scenario { ask, policies } = scenario;
    let context = ask.context();
    let identity = list(&policies.identity);
    let session = policies.session.as_deref().map(list);
    let scps = levels(policies.scps.as_ref());
    let scps = slices(scps.as_ref());
    let rcps = levels(policies.rcps.as_ref());
    let rcps = slices(rcps.as_ref());
    let request = Request {
        principal: &ask.principal,
        action: &ask.action,
        resource: &ask.resource,
        resource_account: ask.resource_account.as_deref(),
        context: &context,
        resource_level: ask.resource_level,
    };
    let layers = Layers {
        identity: &identity,
        identity_exists: policies.identity_exists,
        boundary: policies.boundary.as_ref().map(|doc| &doc.policy),
        session: session.as_deref(),
        scps: scps.as_deref(),
        rcps: rcps.as_deref(),
        resource: policies.resource.as_ref().map(|doc| &doc.policy),
        endpoint: policies.endpoint.as_ref().map(|doc| &doc.policy),
        resource_rule: policies.rule,
    };
    question(&request, &layers)
}

/// The engine's decision.
pub fn decision(scenario: &Scenario) -> Decision {
    ask(scenario, decide)
}

/// Where engine and reference differ; `None` where they agree. Beside the verdict the layer, the statement that is
/// named, every statement of the explanation, and the agreement of `decide` and `explain` are compared.
#[must_use]
pub fn difference(scenario: &Scenario) -> Option<String> {
    check(scenario, &evaluate(scenario))
}

/// As [`difference`], with the reference's answer at hand.
#[must_use]
pub fn check(scenario: &Scenario, outcome: &Outcome) -> Option<String> {
    let (decision, explanation, near) = ask(scenario, |request, layers| {
        let (all, near) = (explain(request, layers), explain_near(request, layers));
        (decide(request, layers), all, near)
    });
    if near != about_action(&explanation) {
        return Some(format!("near: {near:?}; all: {explanation:?}"));
    }
    if explanation.decision != decision {
        return Some(format!(
            "decide: {decision:?}; explain: {:?}",
            explanation.decision
        ));
    }
    let wanted = outcome.verdict;
    if decision.effect != wanted {
        let layers = &outcome.layers;
        return Some(format!(
            "engine: {decision:?}; reference: {wanted:?} by {layers:?}"
        ));
    }
    if !outcome.layers.contains(&decision.layer) {
        let layers = &outcome.layers;
        return Some(format!(
            "engine: {decision:?}; the reference names {layers:?}"
        ));
    }
    if let Some(at) = decision.statement {
        let named = outcome
            .said
            .iter()
            .find(|said| said.layer == decision.layer && said.at == at);
        let right = named.is_some_and(|said| {
            if wanted == Verdict::Allow {
                said.allows()
            } else {
                said.denies()
            }
        });
        if !right {
            return Some(format!(
                "engine: {decision:?}; the reference says of it {named:?}"
            ));
        }
    }
    told(&explanation, &outcome.said)
}

/// The part of an explanation that is about the action, or about policies that cannot be used.
fn about_action(explanation: &Explanation) -> Explanation {
    let mut part = explanation.clone();
    for trace in &mut part.policies {
        trace
            .statements
            .retain(|statement| !statement.reasons.contains(&Reason::Action));
    }
    part.policies
        .retain(|trace| trace.broken.is_some() || !trace.statements.is_empty());
    part
}

/// The statements of the explanation against those of the reference, by what they come to: an Allow that cannot be
/// evaluated is none, a Deny that cannot be evaluated is one.
fn told(explanation: &Explanation, said: &[Said]) -> Option<String> {
    let traced: usize = explanation
        .policies
        .iter()
        .map(|trace| trace.statements.len())
        .sum();
    if traced != said.len() {
        return Some(format!(
            "{traced} statements are explained, not {}",
            said.len()
        ));
    }
    for trace in &explanation.policies {
        for statement in &trace.statements {
            let at = StatementRef {
                level: trace.level,
                policy: trace.index,
                statement: statement.index,
            };
            let Some(said) = said
                .iter()
                .find(|said| said.layer == trace.layer && said.at == at)
            else {
                return Some(format!(
                    "the explanation has {at:?} of {:?}, which does not apply",
                    trace.layer
                ));
            };
            let counts = match statement.effect {
                Effect::Allow => statement.outcome == Told::Matched,
                Effect::Deny => statement.outcome != Told::NotMatched,
            };
            if counts != (said.allows() || said.denies()) {
                return Some(format!(
                    "explanation: {:?} {statement:?}; reference: {said:?}",
                    trace.layer
                ));
            }
        }
    }
    None
}
