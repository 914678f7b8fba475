//! A scenario put to the policy engine, and its answer as one line.

use super::scenario::{Paper, Scenario};
use policy::{Effect, Explanation, Layer, Layers, Missing, Outcome, Policy, Request, Verdict};
use serde::Serialize;
use serde_json::Value;

/// The answer to a scenario.
#[derive(Debug, Serialize)]
pub(super) struct Answer<'e> {
    pub(super) id: Value,
    pub(super) decision: &'static str,
    pub(super) layer: &'static str,
    pub(super) statements: Vec<Matched<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// A statement that stands behind the answer.
#[derive(Debug, Serialize)]
pub(super) struct Matched<'e> {
    layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<usize>,
    policy: &'e str,
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'e str>,
    effect: &'static str,
    /// Byte range in the document.
    span: [usize; 2],
    /// Whether it counts because it could not be evaluated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unevaluable: bool,
}

impl Scenario {
    /// Puts the question in the form of the engine.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Request<'_>, &Layers<'_>) -> T) -> T {
        let identity = list(&self.identity);
        let session = self.session.as_deref().map(list);
        let scps = self.scps.as_deref().map(levels);
        let rcps = self.rcps.as_deref().map(levels);
        let scps: Option<Vec<&[&Policy]>> = scps
            .as_ref()
            .map(|levels| levels.iter().map(Vec::as_slice).collect());
        let rcps: Option<Vec<&[&Policy]>> = rcps
            .as_ref()
            .map(|levels| levels.iter().map(Vec::as_slice).collect());
        let principal = &self.caller.principal;
        let request = Request {
            principal,
            action: &self.action,
            resource: &self.resource,
            resource_account: self.resource_account.as_deref(),
            context: &self.context,
            resource_level: self.resource_level,
        };
        let layers = Layers {
            identity: &identity,
            identity_exists: principal.account().is_some(),
            boundary: self.boundary.as_ref().map(|paper| &paper.policy),
            session: session.as_deref(),
            scps: scps.as_deref(),
            rcps: rcps.as_deref(),
            resource: self.resource_policy.as_ref().map(|paper| &paper.policy),
            endpoint: self.endpoint.as_ref().map(|paper| &paper.policy),
            resource_rule: self.rule,
        };
        question(&request, &layers)
    }

    /// The decision with its reasons.
    pub(super) fn explain(&self) -> Explanation {
        self.ask(policy::explain)
    }

    /// All that is missing for an allow.
    pub(super) fn missing(&self) -> Vec<Missing> {
        self.ask(policy::missing_for_allow)
    }
}

fn list(papers: &[Paper]) -> Vec<&Policy> {
    papers.iter().map(|paper| &paper.policy).collect()
}

fn levels(levels: &[Vec<Paper>]) -> Vec<Vec<&Policy>> {
    levels.iter().map(|papers| list(papers)).collect()
}

impl<'e> Answer<'e> {
    /// The answer with the statements that decided: the denies of a deny, the allows of an allow.
    pub(super) fn new(id: Value, explanation: &'e Explanation) -> Self {
        let decision = &explanation.decision;
        let wanted = match decision.effect {
            Verdict::Allow => Some(Effect::Allow),
            Verdict::ExplicitDeny => Some(Effect::Deny),
            Verdict::ImplicitDeny => None,
        };
        let statements = explanation
            .matched()
            .filter(|(_, statement)| Some(statement.effect) == wanted)
            .map(|(policy, statement)| Matched {
                layer: layer_name(policy.layer),
                level: is_organization(policy.layer).then_some(policy.level),
                policy: &policy.name,
                index: statement.index,
                sid: statement.sid.as_deref(),
                effect: effect_name(statement.effect),
                span: [statement.span.start, statement.span.end],
                unevaluable: statement.outcome == Outcome::Unevaluable,
            });
        Self {
            id,
            decision: verdict_name(decision.effect),
            layer: layer_name(decision.layer),
            statements: statements.collect(),
            line: None,
            error: None,
        }
    }
}

/// Whether policies of a layer have levels.
pub(super) fn is_organization(layer: Layer) -> bool {
    matches!(layer, Layer::ServiceControl | Layer::ResourceControl)
}

/// What a verdict is called in answers.
pub(super) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "Allow",
        Verdict::ExplicitDeny => "ExplicitDeny",
        Verdict::ImplicitDeny => "ImplicitDeny",
    }
}

fn effect_name(effect: Effect) -> &'static str {
    match effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    }
}

/// What a layer is called in answers.
fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity",
        Layer::Resource => "resource",
        Layer::Trust => "trust",
        Layer::Boundary => "permission_boundary",
        Layer::Session => "session",
        Layer::ServiceControl => "scp",
        Layer::ResourceControl => "rcp",
        Layer::VpcEndpoint => "vpc_endpoint",
        Layer::AccountRoot => "account_root",
        Layer::KeyGrant => "key_grant",
        Layer::Exempt => "exempt",
        _ => "other",
    }
}
