//! The decision with its reasons: every policy, every statement, and why it did or did not match.

use std::borrow::Cow;
use std::ops::Range;
use std::slice;
use std::sync::Arc;

use crate::compiled::{CompiledStatement, Detail, Policy};
use crate::decide::Case;
use crate::decision::{Decision, Layer};
use crate::document::Effect;
use crate::layers::Layers;
use crate::request::{Facts, Request};
use crate::truth::Truth;

/// Room for the policies of most explanations.
const USUAL_POLICIES: usize = 8;

/// A decision with its trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The same decision as [`decide`] gives.
    pub decision: Decision,
    /// Every policy that took part.
    pub policies: Vec<PolicyTrace>,
}

/// What one policy said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyTrace {
    /// The kind of policy.
    pub layer: Layer,
    /// The level in the organization, root first; 0 in other layers.
    pub level: usize,
    /// The policy's index in its layer or level.
    pub index: usize,
    /// The policy's name.
    pub name: Arc<str>,
    /// Why the policy could not be used at all.
    pub broken: Option<String>,
    /// What its statements said.
    pub statements: Vec<StatementTrace>,
}

/// What one statement said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementTrace {
    /// The statement's index in its policy.
    pub index: usize,
    /// `Sid`.
    pub sid: Option<Arc<str>>,
    /// Where the statement stands in its document.
    pub span: Range<usize>,
    /// Allow or Deny.
    pub effect: Effect,
    /// How it answered.
    pub outcome: Outcome,
    /// For anything but a plain match, all that stood in the way. Of a statement about another action it is only that:
    /// what else it asks for is meant for other requests.
    pub reasons: Cow<'static, [Reason]>,
}

/// How a statement answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is about the request.
    Matched,
    /// It is not.
    NotMatched,
    /// It could not be evaluated: an Allow does not allow, a Deny denies.
    Unevaluable,
}

/// Why a statement did not simply match.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The action is another one.
    Action,
    /// The caller is somebody else.
    Principal,
    /// Whether the caller is meant cannot be told.
    PrincipalUnclear,
    /// The resource is another one.
    Resource,
    /// Whether the resource is meant cannot be told.
    ResourceUnclear,
    /// A condition is not met.
    Condition {
        /// The operator as written.
        operator: Arc<str>,
        /// The key as written.
        key: Arc<str>,
        /// Whether the request lacks the key.
        missing: bool,
    },
    /// A condition cannot be evaluated.
    ConditionUnclear {
        /// The operator as written.
        operator: Arc<str>,
        /// The key as written.
        key: Arc<str>,
    },
    /// A variable has no value in the request.
    VariableMissing {
        /// The variable's key, in lower case.
        key: Arc<str>,
    },
}

impl Explanation {
    /// The statements that matched, or that denied because they could not be evaluated.
    pub fn matched(&self) -> impl Iterator<Item = (&PolicyTrace, &StatementTrace)> {
        self.policies.iter().flat_map(|policy| {
            policy
                .statements
                .iter()
                .filter(|statement| statement.counts())
                .map(move |statement| (policy, statement))
        })
    }

    /// The keys, as written, that the request lacks and that kept a statement with the right action, principal and
    /// resource from matching; sorted, without duplicates.
    #[must_use]
    pub fn missing_keys(&self) -> Vec<&str> {
        let reasons = self
            .policies
            .iter()
            .flat_map(|policy| &policy.statements)
            .flat_map(|statement| {
                let near = !statement.reasons.iter().any(|reason| {
                    matches!(
                        reason,
                        Reason::Action | Reason::Principal | Reason::Resource
                    )
                });
                statement.reasons.iter().filter(move |_| near)
            });
        let mut keys: Vec<&str> = reasons
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
}

impl StatementTrace {
    /// Whether the statement has its effect on the request.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.outcome == Outcome::Matched
            || (self.outcome == Outcome::Unevaluable && self.effect == Effect::Deny)
    }
}

/// Decides as [`decide`](crate::decide) and says why, policy by policy and statement by statement.
#[must_use]
pub fn explain(request: &Request<'_>, layers: &Layers<'_>) -> Explanation {
    explain_by(request, layers, |policy, facts| {
        let other_action = plain(&Reason::Action);
        let numbered = policy.statements.iter().zip(policy.details()).enumerate();
        let other =
            |(index, (statement, detail)): (usize, (&CompiledStatement, &Detail))| StatementTrace {
                index,
                sid: detail.sid.clone(),
                span: detail.span.clone(),
                effect: statement.effect,
                outcome: Outcome::NotMatched,
                reasons: Cow::Borrowed(other_action),
            };
        let mut statements: Vec<StatementTrace> = numbered.map(other).collect();
        trace_about_action(policy, facts, |trace| {
            if let Some(place) = statements.get_mut(trace.index) {
                *place = trace;
            }
        });
        Some(statements)
    })
}

/// As [`explain`], but only with the statements that are about the action, and the policies that have such statements or
/// cannot be used. It costs a fraction: most statements are about other actions.
#[must_use]
pub fn explain_near(request: &Request<'_>, layers: &Layers<'_>) -> Explanation {
    explain_by(request, layers, |policy, facts| {
        let mut statements = Vec::new();
        trace_about_action(policy, facts, |trace| statements.push(trace));
        statements.sort_unstable_by_key(|statement| statement.index);
        (policy.is_broken() || !statements.is_empty()).then_some(statements)
    })
}

/// Explains with the statements that `trace` gives of each policy; a policy of which it gives none is left out.
fn explain_by(
    request: &Request<'_>,
    layers: &Layers<'_>,
    trace: impl Fn(&Policy, &Facts<'_>) -> Option<Vec<StatementTrace>>,
) -> Explanation {
    let facts = Facts::new(request, layers.boundary.is_some());
    let case = Case {
        facts: &facts,
        layers,
    };
    let mut policies = Vec::with_capacity(USUAL_POLICIES);
    let mut add = |layer, level, list: &[&Policy]| {
        policies.extend(list.iter().enumerate().filter_map(|(index, policy)| {
            let statements = trace(policy, &facts)?;
            Some(PolicyTrace {
                layer,
                level,
                index,
                name: policy.name().clone(),
                broken: policy.broken_reason().map(str::to_owned),
                statements,
            })
        }));
    };
    for (layer, levels) in [
        (Layer::ServiceControl, case.scps()),
        (Layer::ResourceControl, case.rcps()),
    ] {
        levels
            .iter()
            .enumerate()
            .for_each(|(level, list)| add(layer, level, list));
    }
    add(Layer::VpcEndpoint, 0, layers.endpoint.as_slice());
    add(case.resource_layer(), 0, layers.resource.as_slice());
    add(Layer::Identity, 0, layers.identity);
    add(Layer::Boundary, 0, layers.boundary.as_slice());
    add(Layer::Session, 0, layers.session.unwrap_or(&[]));
    Explanation {
        decision: case.decide(),
        policies,
    }
}

/// Traces the statements that are about the action.
fn trace_about_action(policy: &Policy, facts: &Facts<'_>, mut each: impl FnMut(StatementTrace)) {
    for effect in [Effect::Deny, Effect::Allow] {
        policy.find(effect, facts, |index, statement| {
            if let Some(detail) = policy.details().get(index) {
                each(trace_statement(index, statement, detail, facts));
            }
            None::<()>
        });
    }
}

/// Traces a statement that is about the action.
fn trace_statement(
    index: usize,
    statement: &CompiledStatement,
    detail: &Detail,
    facts: &Facts<'_>,
) -> StatementTrace {
    let mut reasons = Reasons::default();
    let (principal, _) = statement.principal_matches(facts);
    reasons.add(principal, || match principal {
        Truth::Doubt => Reason::PrincipalUnclear,
        _ => Reason::Principal,
    });
    let resource = statement.resource_matches(facts);
    reasons.add(resource, || match resource {
        Truth::Doubt => Reason::ResourceUnclear,
        _ => Reason::Resource,
    });
    let context = facts.request.context;
    for condition in &statement.conditions {
        let answer = condition.answer(context);
        reasons.add(answer, || {
            let operator = condition.operator_name().clone();
            let key = condition.key_name().clone();
            match answer {
                Truth::Doubt => Reason::ConditionUnclear { operator, key },
                _ => Reason::Condition {
                    operator,
                    key,
                    missing: !condition.has_key(context),
                },
            }
        });
    }
    if reasons.truth != Truth::Yes {
        for key in statement.variable_keys().filter(|key| !context.has(key)) {
            let key = key.as_str().into();
            reasons.list.to_mut().push(Reason::VariableMissing { key });
        }
    }
    StatementTrace {
        index,
        sid: detail.sid.clone(),
        span: detail.span.clone(),
        effect: statement.effect,
        outcome: match reasons.truth {
            Truth::Yes => Outcome::Matched,
            Truth::No => Outcome::NotMatched,
            Truth::Doubt => Outcome::Unevaluable,
        },
        reasons: reasons.list,
    }
}

/// The reasons that have no words of a policy in them.
static PLAIN: [Reason; 5] = [
    Reason::Action,
    Reason::Principal,
    Reason::PrincipalUnclear,
    Reason::Resource,
    Reason::ResourceUnclear,
];

/// A list of one reason without the words of a policy, which costs nothing; empty for another one.
fn plain(reason: &Reason) -> &'static [Reason] {
    let found = PLAIN.iter().find(|own| *own == reason);
    found.map(slice::from_ref).unwrap_or_default()
}

/// What stands in the way of a match, and what it all comes to.
struct Reasons {
    truth: Truth,
    list: Cow<'static, [Reason]>,
}

impl Default for Reasons {
    fn default() -> Self {
        Self {
            truth: Truth::Yes,
            list: Cow::Borrowed(&[]),
        }
    }
}

impl Reasons {
    fn add(&mut self, answer: Truth, reason: impl FnOnce() -> Reason) {
        self.truth = self.truth.and(|| answer);
        if answer == Truth::Yes {
            return;
        }
        let reason = reason();
        let plain = plain(&reason);
        if self.list.is_empty() && !plain.is_empty() {
            self.list = Cow::Borrowed(plain);
            return;
        }
        // There is rarely more than one.
        let list = self.list.to_mut();
        list.reserve_exact(1);
        list.push(reason);
    }
}
