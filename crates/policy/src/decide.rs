//! The decision: one pass for explicit denies, then the ceilings, then who allows
//! ("Policy evaluation logic", "Cross-account policy evaluation logic").

use crate::compiled::Policy;
use crate::decision::{Decision, Layer, StatementRef, Verdict};
use crate::document::Effect;
use crate::layers::{Layers, Levels, ResourceRule};
use crate::principal::Principal;
use crate::principal_match::Grant;
use crate::request::{Facts, Request};
use crate::truth::Truth;

/// Decides a request. Explicit denies come first, in the order service control, resource control, endpoint, resource,
/// identity, boundary, session; then each ceiling must allow; then the identity and the resource.
///
/// Never fails: what cannot be evaluated allows nothing and, in a Deny or a ceiling, denies.
pub fn decide(request: &Request<'_>, layers: &Layers<'_>) -> Decision {
    let facts = Facts::new(request, layers.boundary.is_some());
    let case = Case {
        facts: &facts,
        layers,
    };
    case.decide()
}

/// What the policy of the resource says.
#[derive(Default)]
struct ResourceGrants {
    account: Option<StatementRef>,
    behind: Option<StatementRef>,
    direct: Option<StatementRef>,
}

impl ResourceGrants {
    fn any(&self) -> Option<StatementRef> {
        self.direct.or(self.behind).or(self.account)
    }
}

/// One request with its policies.
pub(crate) struct Case<'c> {
    pub(crate) facts: &'c Facts<'c>,
    pub(crate) layers: &'c Layers<'c>,
}

impl Case<'_> {
    pub(crate) fn decide(&self) -> Decision {
        if self.layers.resource_rule == ResourceRule::Exempt {
            return Decision::allow(Layer::Exempt, None);
        }
        if let Some(decision) = self.explicit_deny() {
            return decision;
        }
        if let Some(layer) = self.closed_ceiling() {
            return Decision::implicit(layer);
        }
        self.grant()
    }

    fn principal(&self) -> &Principal {
        self.facts.request.principal
    }

    pub(crate) fn resource_layer(&self) -> Layer {
        match self.layers.resource_rule {
            ResourceRule::Trust => Layer::Trust,
            _ => Layer::Resource,
        }
    }

    /// Service control policies bind the principals of an account: not services, and not those who have no identity.
    pub(crate) fn scps(&self) -> Levels<'_> {
        match (self.principal().account(), self.layers.scps) {
            (Some(_), Some(levels)) => levels,
            _ => &[],
        }
    }

    pub(crate) fn rcps(&self) -> Levels<'_> {
        self.layers.rcps.unwrap_or(&[])
    }

    fn explicit_deny(&self) -> Option<Decision> {
        let layers = self.layers;
        let found = |layer, statement: Option<StatementRef>| {
            statement.map(|statement| Decision {
                effect: Verdict::ExplicitDeny,
                layer,
                statement: Some(statement),
            })
        };
        let one = |policy: &Option<&Policy>| policy.and_then(|policy| self.denies(&[policy], 0));
        let levels = |levels: Levels<'_>| {
            levels
                .iter()
                .enumerate()
                .find_map(|(level, policies)| self.denies(policies, level))
        };
        found(Layer::ServiceControl, levels(self.scps()))
            .or_else(|| found(Layer::ResourceControl, levels(self.rcps())))
            .or_else(|| found(Layer::VpcEndpoint, one(&layers.endpoint)))
            .or_else(|| found(self.resource_layer(), one(&layers.resource)))
            .or_else(|| found(Layer::Identity, self.denies(layers.identity, 0)))
            .or_else(|| found(Layer::Boundary, one(&layers.boundary)))
            .or_else(|| {
                found(
                    Layer::Session,
                    layers.session.and_then(|policies| self.denies(policies, 0)),
                )
            })
    }

    /// The first ceiling that does not allow and that nothing can pass by.
    fn closed_ceiling(&self) -> Option<Layer> {
        let open = |levels: Levels<'_>| {
            levels
                .iter()
                .all(|policies| self.ceiling_allows(policies).is_some())
        };
        let broken = |policy: Option<&Policy>| policy.is_some_and(Policy::is_broken);
        let layers = self.layers;
        if !open(self.rcps()) {
            return Some(Layer::ResourceControl);
        }
        if !open(self.scps()) {
            return Some(Layer::ServiceControl);
        }
        if layers
            .endpoint
            .is_some_and(|policy| self.ceiling_allows(&[policy]).is_none())
        {
            return Some(Layer::VpcEndpoint);
        }
        // Every key has a policy: without it nothing is known about the key.
        if layers.resource.is_none() && matches!(layers.resource_rule, ResourceRule::KmsKey { .. })
        {
            return Some(self.resource_layer());
        }
        // What a broken policy would have denied is unknown, so no direct grant passes it by.
        if broken(layers.resource) {
            return Some(self.resource_layer());
        }
        if broken(layers.boundary) {
            return Some(Layer::Boundary);
        }
        let session = layers.session.unwrap_or(&[]);
        session
            .iter()
            .any(|policy| broken(Some(policy)))
            .then_some(Layer::Session)
    }

    fn grant(&self) -> Decision {
        let grants = self.resource_grants();
        let cross = self.facts.request.is_cross_account();
        if self.principal().account().is_none() {
            return match grants.direct {
                Some(statement) => Decision::allow(self.resource_layer(), Some(statement)),
                None if self.key_granted() => Decision::allow(Layer::KeyGrant, None),
                None => Decision::implicit(self.resource_layer()),
            };
        }
        match self.layers.resource_rule {
            _ if cross => self.both_sides(&grants),
            ResourceRule::Standard => self.within_account(&grants, true),
            ResourceRule::Trust | ResourceRule::KmsKey { .. } => {
                self.within_account(&grants, grants.account.is_some())
            }
            ResourceRule::Exempt => Decision::implicit(Layer::Identity),
        }
    }

    fn key_granted(&self) -> bool {
        matches!(
            self.layers.resource_rule,
            ResourceRule::KmsKey { granted: true }
        )
    }

    /// Caller and resource in one account. `delegated`: the identity's policies count.
    fn within_account(&self, grants: &ResourceGrants, delegated: bool) -> Decision {
        let layer = self.resource_layer();
        if let Some(statement) = grants.direct {
            let allowed = Decision::allow(layer, Some(statement));
            // A grant to a user is there before the session, so the session's policies limit it ("Session policies").
            return match self.principal() {
                Principal::User { .. } => self.within_session(allowed),
                _ => allowed,
            };
        }
        let allowed = if let Some(statement) = grants.behind {
            Decision::allow(layer, Some(statement))
        } else if self.key_granted() {
            Decision::allow(Layer::KeyGrant, None)
        } else if !delegated {
            return Decision::implicit(layer);
        } else {
            match self.identity_allows() {
                Some(decision) => decision,
                None => return Decision::implicit(Layer::Identity),
            }
        };
        self.within_ceilings(allowed)
    }

    /// Caller and resource in different accounts: both sides must allow, and no direct grant passes a ceiling by.
    fn both_sides(&self, grants: &ResourceGrants) -> Decision {
        let Some(allowed) = self.identity_allows() else {
            return Decision::implicit(Layer::Identity);
        };
        let allowed = self.within_ceilings(allowed);
        if !allowed.is_allowed() {
            return allowed;
        }
        match grants.any() {
            Some(statement) => Decision::allow(self.resource_layer(), Some(statement)),
            None if self.key_granted() => Decision::allow(Layer::KeyGrant, None),
            None => Decision::implicit(self.resource_layer()),
        }
    }

    fn within_ceilings(&self, allowed: Decision) -> Decision {
        if self
            .layers
            .boundary
            .is_some_and(|policy| self.ceiling_allows(&[policy]).is_none())
        {
            return Decision::implicit(Layer::Boundary);
        }
        self.within_session(allowed)
    }

    fn within_session(&self, allowed: Decision) -> Decision {
        let session = match self.layers.session {
            Some(policies) => self.ceiling_allows(policies).is_some(),
            // A session of GetFederationToken has the rights of its session policies and, without any, none.
            None => !matches!(self.principal(), Principal::FederatedUser { .. }),
        };
        if session {
            allowed
        } else {
            Decision::implicit(Layer::Session)
        }
    }

    fn identity_allows(&self) -> Option<Decision> {
        match self.principal() {
            Principal::Root { .. } => return Some(Decision::allow(Layer::AccountRoot, None)),
            _ if !self.layers.identity_exists => return None,
            _ => {}
        }
        self.allows(self.layers.identity, 0)
            .map(|statement| Decision::allow(Layer::Identity, Some(statement)))
    }

    fn resource_grants(&self) -> ResourceGrants {
        let mut grants = ResourceGrants::default();
        let Some(policy) = self.layers.resource else {
            return grants;
        };
        policy.find(Effect::Allow, self.facts, |statement, compiled| {
            let answer = compiled.matches_but_for_action(self.facts);
            let place = match (answer.truth, answer.grant) {
                (Truth::Yes, Some(Grant::Account)) => &mut grants.account,
                (Truth::Yes, Some(Grant::Behind)) => &mut grants.behind,
                (Truth::Yes, Some(Grant::Direct)) => &mut grants.direct,
                _ => return None,
            };
            place.get_or_insert(StatementRef {
                level: 0,
                policy: 0,
                statement,
            });
            None::<()>
        });
        grants
    }

    /// The first statement that denies, or that would if it could be evaluated.
    fn denies(&self, policies: &[&Policy], level: usize) -> Option<StatementRef> {
        self.first(policies, level, Effect::Deny, |truth| truth != Truth::No)
    }

    /// The first statement that allows for certain.
    fn allows(&self, policies: &[&Policy], level: usize) -> Option<StatementRef> {
        self.first(policies, level, Effect::Allow, |truth| truth == Truth::Yes)
    }

    /// As [`Case::allows`], for policies that limit: a broken one among them closes the ceiling.
    pub(crate) fn ceiling_allows(&self, policies: &[&Policy]) -> Option<StatementRef> {
        if policies.iter().any(|policy| policy.is_broken()) {
            return None;
        }
        self.allows(policies, 0)
    }

    fn first(
        &self,
        policies: &[&Policy],
        level: usize,
        effect: Effect,
        counts: impl Fn(Truth) -> bool,
    ) -> Option<StatementRef> {
        let action = &self.facts.action;
        policies.chunks(64).enumerate().find_map(|(chunk, part)| {
            // All of them before any is looked into: so the memory that holds them is read side by side, and this is
            // what a decision waits for longest where policies are many.
            let mut may = part.iter().enumerate().fold(0_u64, |may, (at, policy)| {
                may | u64::from(policy.may_be_about(effect, action)) << at
            });
            while may != 0 {
                let at = may.trailing_zeros() as usize;
                may &= may - 1;
                let found = part
                    .get(at)?
                    .find(effect, self.facts, |statement, candidate| {
                        let answer = candidate.matches_but_for_action(self.facts);
                        counts(answer.truth).then_some(StatementRef {
                            level,
                            policy: chunk * 64 + at,
                            statement,
                        })
                    });
                if found.is_some() {
                    return found;
                }
            }
            None
        })
    }
}
