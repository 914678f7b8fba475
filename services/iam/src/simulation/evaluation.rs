//! One action on one resource, put to the engine.

use super::scenario::{Levels, Scenario};
use super::source::Source;
use super::{missing, resource};
use crate::api::types::{PolicyEvaluationDecisionType, Statement};
use policy::{
    Effect, Explanation, Layer, Layers, Outcome as StatementOutcome, Policy, PolicyTrace, Request,
    StatementTrace, Verdict,
};
use std::collections::BTreeMap;

/// The answer for one action on one resource.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) resource: String,
    pub(crate) decision: PolicyEvaluationDecisionType,
    pub(crate) statements: Vec<Statement>,
    pub(crate) missing: Vec<String>,
    /// What each kind of policy says, where caller and resource belong to different accounts.
    pub(crate) details: Option<BTreeMap<String, PolicyEvaluationDecisionType>>,
    /// Whether the organization allows it; `None` outside of one.
    pub(crate) organizations: Option<bool>,
    /// Whether the permissions boundary allows it; `None` without one.
    pub(crate) boundary: Option<bool>,
}

/// Decides as the kernel decides a real call of the simulated caller.
pub(crate) fn evaluate(scenario: &Scenario, action: &str, on: &str) -> Outcome {
    let (resource_source, rule) = scenario.policies.of(action, on);
    let named = resource::account(on).or(scenario.owner);
    let owner = named.unwrap_or(scenario.subject.account);
    // Where nothing is known of the resource's side, the answer is that of the caller's side.
    let knows_resource = resource_source.is_some() || scenario.owner.is_some();
    let asked_owner = if knows_resource {
        owner
    } else {
        scenario.subject.account
    };
    let mut context = scenario.context.clone();
    if context.values("aws:ResourceAccount").is_none() {
        context.set("aws:ResourceAccount", owner.as_str());
    }
    let request = Request {
        principal: &scenario.subject.principal,
        action,
        resource: on,
        resource_account: Some(asked_owner.as_str()),
        context: &context,
        resource_level: on != "*" && resource::has_types(action),
    };
    let identity: Vec<&Policy> = scenario
        .identity
        .iter()
        .map(|source| &*source.policy)
        .collect();
    let scps = scenario.scps.as_ref().map(borrow);
    let scps = scps.as_ref().map(slices);
    let rcps = scenario.rcps.as_ref();
    let rcps = rcps
        .filter(|(account, _)| *account == owner)
        .map(|(_, levels)| borrow(levels));
    let rcps = rcps.as_ref().map(slices);
    let layers = Layers {
        identity: &identity,
        identity_exists: true,
        boundary: scenario.boundary.as_ref().map(|source| &*source.policy),
        scps: scps.as_deref(),
        rcps: rcps.as_deref(),
        resource: resource_source.map(|source| &*source.policy),
        resource_rule: rule,
        ..Layers::default()
    };
    let explanation = policy::explain(&request, &layers);
    let source = |trace: &PolicyTrace| match trace.layer {
        Layer::Identity => scenario.identity.get(trace.index),
        Layer::Boundary => scenario.boundary.as_ref(),
        Layer::Resource | Layer::Trust => resource_source,
        _ => None,
    };
    Outcome {
        resource: on.to_owned(),
        decision: decision(explanation.decision.effect),
        statements: statements(&explanation, source),
        missing: missing::keys(&explanation, &request, source),
        details: request
            .is_cross_account()
            .then(|| details(&explanation, scenario.boundary.is_some())),
        organizations: scenario
            .scps
            .as_ref()
            .map(|levels| organizations(&explanation, levels)),
        boundary: scenario
            .boundary
            .as_ref()
            .map(|_| said(&explanation, &[Layer::Boundary]) == Verdict::Allow),
    }
}

fn borrow(levels: &Levels) -> Vec<Vec<&Policy>> {
    let levels = levels.iter();
    levels
        .map(|level| level.iter().map(AsRef::as_ref).collect())
        .collect()
}

fn slices<'a, 'p>(levels: &'a Vec<Vec<&'p Policy>>) -> Vec<&'a [&'p Policy]> {
    levels.iter().map(Vec::as_slice).collect()
}

fn decision(verdict: Verdict) -> PolicyEvaluationDecisionType {
    match verdict {
        Verdict::Allow => PolicyEvaluationDecisionType::Allowed,
        Verdict::ExplicitDeny => PolicyEvaluationDecisionType::ExplicitDeny,
        Verdict::ImplicitDeny => PolicyEvaluationDecisionType::ImplicitDeny,
    }
}

/// The statements that made the decision: those that deny, or those of the identity and the resource that allow.
fn statements<'s>(
    explanation: &Explanation,
    source: impl Fn(&PolicyTrace) -> Option<&'s Source>,
) -> Vec<Statement> {
    let effect = match explanation.decision.effect {
        Verdict::Allow => Effect::Allow,
        Verdict::ExplicitDeny => Effect::Deny,
        Verdict::ImplicitDeny => return Vec::new(),
    };
    let counts = |layer| effect == Effect::Deny || layer != Layer::Boundary;
    explanation
        .matched()
        .filter(|(policy, statement)| statement.effect == effect && counts(policy.layer))
        .filter_map(|(policy, statement)| Some(shown(source(policy)?, statement)))
        .collect()
}

fn shown(source: &Source, statement: &StatementTrace) -> Statement {
    let place = source.written.places.get(statement.index).cloned();
    let (start, end) = place.unzip();
    Statement {
        source_policy_id: Some(source.id.clone()),
        source_policy_type: Some(source.kind),
        start_position: start,
        end_position: end,
    }
}

/// What each kind of policy says by itself.
fn details(
    explanation: &Explanation,
    bounded: bool,
) -> BTreeMap<String, PolicyEvaluationDecisionType> {
    let mut kinds: Vec<(&str, &[Layer])> = vec![
        ("IAM Policy", &[Layer::Identity]),
        ("Resource Policy", &[Layer::Resource, Layer::Trust]),
    ];
    if bounded {
        kinds.push(("Permissions Boundary Policy", &[Layer::Boundary]));
    }
    kinds
        .into_iter()
        .map(|(kind, layers)| (kind.to_owned(), decision(said(explanation, layers))))
        .collect()
}

fn said(explanation: &Explanation, layers: &[Layer]) -> Verdict {
    let policies = explanation
        .policies
        .iter()
        .filter(|policy| layers.contains(&policy.layer));
    verdict(policies)
}

/// Every level of the organization must allow, and none may deny.
fn organizations(explanation: &Explanation, levels: &Levels) -> bool {
    (0..levels.len()).all(|level| {
        let of_level =
            |policy: &&PolicyTrace| policy.layer == Layer::ServiceControl && policy.level == level;
        verdict(explanation.policies.iter().filter(of_level)) == Verdict::Allow
    })
}

fn verdict<'t>(policies: impl Iterator<Item = &'t PolicyTrace>) -> Verdict {
    let mut verdict = Verdict::ImplicitDeny;
    let mut broken = false;
    for policy in policies {
        broken |= policy.broken.is_some();
        for statement in &policy.statements {
            if statement.effect == Effect::Deny && statement.counts() {
                return Verdict::ExplicitDeny;
            }
            if statement.outcome == StatementOutcome::Matched {
                verdict = Verdict::Allow;
            }
        }
    }
    if broken {
        Verdict::ImplicitDeny
    } else {
        verdict
    }
}
