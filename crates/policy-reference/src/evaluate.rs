//! Who wins ("Policy evaluation logic", "Cross-account policy evaluation logic").

use std::sync::Arc;

use policy::{Effect, Layer, Principal, ResourceRule, StatementRef, Verdict};

use crate::answer::Answer;
use crate::principal::{self, Form};
use crate::scenario::{Doc, Scenario, Tree};
use crate::statement;

/// One statement and what it says about the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The kind of policy.
    pub layer: Layer,
    /// Where it stands.
    pub at: StatementRef,
    /// Allow or Deny.
    pub effect: Effect,
    /// Whether it is about the request.
    pub answer: Answer,
}

impl Said {
    /// It is an Allow that allows.
    #[must_use]
    pub fn allows(&self) -> bool {
        self.effect == Effect::Allow && self.answer == Answer::Yes
    }

    /// It is a Deny that denies; one that cannot be understood denies.
    #[must_use]
    pub fn denies(&self) -> bool {
        self.effect == Effect::Deny && self.answer != Answer::No
    }
}

/// The answer to a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Allow, or which kind of deny.
    pub verdict: Verdict,
    /// The layers that may rightly be named for it.
    pub layers: Vec<Layer>,
    /// Every statement of every policy that applies.
    pub said: Vec<Said>,
    /// How the resource's policy allows the caller.
    pub grants: Vec<Form>,
    /// Whether the identity, the boundary and the session allow; `None` where there is none.
    pub own: [Option<bool>; 3],
}

/// Decides a scenario.
#[must_use]
pub fn evaluate(scenario: &Scenario) -> Outcome {
    let policies = &scenario.policies;
    let said = hear(scenario);
    let allows = |layer: Layer| said.iter().any(|said| said.layer == layer && said.allows());
    let identity = policies.identity_exists && allows(Layer::Identity);
    let boundary = policies.boundary.as_ref().map(|_| allows(Layer::Boundary));
    let session = policies.session.as_ref().map(|_| allows(Layer::Session));
    let resource_layer = resource_layer(policies.rule);
    let grants = grants(scenario, &said, resource_layer);
    let outcome = |verdict, layers| Outcome {
        verdict,
        layers,
        said: said.clone(),
        grants: grants.clone(),
        own: [Some(identity), boundary, session],
    };
    if policies.rule == ResourceRule::Exempt {
        return outcome(Verdict::Allow, vec![Layer::Exempt]);
    }
    let denying: Vec<Layer> = said
        .iter()
        .filter(|said| said.denies())
        .map(|said| said.layer)
        .collect();
    if !denying.is_empty() {
        return outcome(Verdict::ExplicitDeny, denying);
    }
    let mut missing = lost(scenario);
    missing.extend(closed(scenario, &said));
    let side = Side {
        scenario,
        grants: &grants,
        identity,
        boundary: boundary != Some(false),
        session: session != Some(false),
        resource_layer,
    };
    match side.decide() {
        Ok(layers) if missing.is_empty() => outcome(Verdict::Allow, layers),
        Ok(_) => outcome(Verdict::ImplicitDeny, missing),
        Err(layers) => {
            missing.extend(layers);
            outcome(Verdict::ImplicitDeny, missing)
        }
    }
}

/// Organizations limit the identities of their accounts; services and strangers have none.
fn scps(scenario: &Scenario) -> Option<&Tree> {
    let member = scenario.ask.principal.account().is_some();
    scenario.policies.scps.as_ref().filter(|_| member)
}

/// What every statement of every policy that applies says.
fn hear(scenario: &Scenario) -> Vec<Said> {
    let policies = &scenario.policies;
    let singles = |doc: &Option<Arc<Doc>>| doc.iter().cloned().collect::<Vec<_>>();
    let session = policies.session.clone().unwrap_or_default();
    let resource = resource_layer(policies.rule);
    let layers = [
        (Layer::Identity, policies.identity.clone()),
        (Layer::Boundary, singles(&policies.boundary)),
        (Layer::Session, session),
        (resource, singles(&policies.resource)),
        (Layer::VpcEndpoint, singles(&policies.endpoint)),
    ];
    let mut said = Vec::new();
    for (layer, docs) in layers {
        said.extend(statements(scenario, layer, 0, &docs));
    }
    for (tree, layer) in [
        (scps(scenario), Layer::ServiceControl),
        (policies.rcps.as_ref(), Layer::ResourceControl),
    ] {
        for (level, docs) in tree.into_iter().flatten().enumerate() {
            said.extend(statements(scenario, layer, level, docs));
        }
    }
    said
}

/// The layers without which nothing is allowed, whoever else allows, and that do not allow.
fn closed(scenario: &Scenario, said: &[Said]) -> Vec<Layer> {
    let policies = &scenario.policies;
    let mut closed = Vec::new();
    // "Every KMS key must have exactly one key policy."
    if matches!(policies.rule, ResourceRule::KmsKey { .. }) && policies.resource.is_none() {
        closed.push(resource_layer(policies.rule));
    }
    let allows = |layer: Layer, level: usize| {
        said.iter()
            .any(|said| said.layer == layer && said.at.level == level && said.allows())
    };
    let any_closed = |tree: Option<&Tree>, layer: Layer| {
        let depth = tree.map_or(0, Vec::len);
        (0..depth).any(|level| !allows(layer, level))
    };
    if any_closed(policies.rcps.as_ref(), Layer::ResourceControl) {
        closed.push(Layer::ResourceControl);
    }
    if any_closed(scps(scenario), Layer::ServiceControl) {
        closed.push(Layer::ServiceControl);
    }
    if policies.endpoint.is_some() && !allows(Layer::VpcEndpoint, 0) {
        closed.push(Layer::VpcEndpoint);
    }
    closed
}

fn resource_layer(rule: ResourceRule) -> Layer {
    match rule {
        ResourceRule::Trust => Layer::Trust,
        _ => Layer::Resource,
    }
}

/// The layers with a document that is lost and that could have denied: who limits must be heard.
fn lost(scenario: &Scenario) -> Vec<Layer> {
    let policies = &scenario.policies;
    let any = |mut docs: &mut dyn Iterator<Item = &Arc<Doc>>| {
        (&mut docs).any(|doc| doc.document.is_none())
    };
    let limits = [
        (
            resource_layer(policies.rule),
            any(&mut policies.resource.iter()),
        ),
        (Layer::Boundary, any(&mut policies.boundary.iter())),
        (Layer::Session, any(&mut policies.session.iter().flatten())),
        (Layer::VpcEndpoint, any(&mut policies.endpoint.iter())),
        (
            Layer::ServiceControl,
            any(&mut scps(scenario).into_iter().flatten().flatten()),
        ),
        (
            Layer::ResourceControl,
            any(&mut policies.rcps.iter().flatten().flatten()),
        ),
    ];
    limits
        .into_iter()
        .filter(|(_, lost)| *lost)
        .map(|(layer, _)| layer)
        .collect()
}

fn statements(scenario: &Scenario, layer: Layer, level: usize, docs: &[Arc<Doc>]) -> Vec<Said> {
    let has_boundary = scenario.policies.boundary.is_some();
    let mut found = Vec::new();
    for (policy, doc) in docs.iter().enumerate() {
        let Some(document) = &doc.document else {
            continue;
        };
        for (index, statement) in document.statements().iter().enumerate() {
            found.push(Said {
                layer,
                at: StatementRef {
                    level,
                    policy,
                    statement: index,
                },
                effect: statement.effect,
                answer: statement::applies(document, statement, &scenario.ask, has_boundary),
            });
        }
    }
    found
}

/// The forms in which the resource's policy allows the caller.
fn grants(scenario: &Scenario, said: &[Said], layer: Layer) -> Vec<Form> {
    let document = scenario
        .policies
        .resource
        .as_ref()
        .and_then(|doc| doc.document.as_ref());
    let mut forms = Vec::new();
    for said in said
        .iter()
        .filter(|said| said.layer == layer && said.allows())
    {
        let statement = document.and_then(|document| document.statements().get(said.at.statement));
        if let Some(element) = statement.and_then(|statement| statement.principal.as_ref()) {
            forms.extend(principal::named(&element.who, &scenario.ask.principal).forms);
        }
    }
    forms
}

/// The rules for identity and resource, apart from organization and endpoint.
struct Side<'a> {
    scenario: &'a Scenario,
    grants: &'a [Form],
    identity: bool,
    boundary: bool,
    session: bool,
    resource_layer: Layer,
}

impl Side<'_> {
    /// The layers that allow, or those that do not.
    fn decide(&self) -> Result<Vec<Layer>, Vec<Layer>> {
        let ask = &self.scenario.ask;
        let rule = self.scenario.policies.rule;
        let granted = rule == ResourceRule::KmsKey { granted: true };
        let resource_allows = !self.grants.is_empty();
        let Some(account) = ask.principal.account() else {
            return match (resource_allows, granted) {
                (true, _) => Ok(vec![self.resource_layer]),
                (false, true) => Ok(vec![Layer::KeyGrant]),
                (false, false) => Err(vec![self.resource_layer]),
            };
        };
        if ask
            .resource_account
            .as_deref()
            .is_some_and(|owner| owner != account)
        {
            return self.across_accounts(resource_allows, granted);
        }
        self.within_the_account(granted)
    }

    /// Without session policies a federated user has nothing but what resources grant to it.
    fn session(&self) -> bool {
        let federated = matches!(self.scenario.ask.principal, Principal::FederatedUser { .. });
        self.session && !(federated && self.scenario.policies.session.is_none())
    }

    fn identity(&self) -> bool {
        self.identity || matches!(self.scenario.ask.principal, Principal::Root { .. })
    }

    fn identity_layer(&self) -> Layer {
        match self.scenario.ask.principal {
            Principal::Root { .. } => Layer::AccountRoot,
            _ => Layer::Identity,
        }
    }

    /// The ceilings that are closed.
    fn closed(&self) -> Vec<Layer> {
        let mut closed = Vec::new();
        if !self.boundary {
            closed.push(Layer::Boundary);
        }
        if !self.session() {
            closed.push(Layer::Session);
        }
        closed
    }

    fn across_accounts(
        &self,
        resource_allows: bool,
        granted: bool,
    ) -> Result<Vec<Layer>, Vec<Layer>> {
        let mut missing = Vec::new();
        if !resource_allows && !granted {
            missing.push(self.resource_layer);
        }
        if !self.identity() {
            missing.push(Layer::Identity);
        }
        missing.extend(self.closed());
        if !missing.is_empty() {
            return Err(missing);
        }
        let theirs = if resource_allows {
            self.resource_layer
        } else {
            Layer::KeyGrant
        };
        Ok(vec![theirs, self.identity_layer()])
    }

    fn within_the_account(&self, granted: bool) -> Result<Vec<Layer>, Vec<Layer>> {
        let has = |forms: &[Form]| self.grants.iter().any(|form| forms.contains(form));
        let closed = self.closed();
        let open = closed.is_empty();
        let needs_resource = self.scenario.policies.rule != ResourceRule::Standard;
        let mut allowing = Vec::new();
        // A grant to the session itself is added when the session exists, beyond all its limits.
        let user = matches!(self.scenario.ask.principal, Principal::User { .. });
        if has(&[Form::Session, Form::FederatedUser]) || (has(&[Form::Everyone]) && !user) {
            allowing.push(self.resource_layer);
        }
        // One to the user passes the boundary but not the policies of a session.
        if has(&[Form::User, Form::Everyone]) && user && self.session() {
            allowing.push(self.resource_layer);
        }
        // One to the role, or to the user behind a federated one, is added to what it has before there is a session.
        if has(&[Form::Role, Form::FederatingUser]) && open {
            allowing.push(self.resource_layer);
        }
        // Naming the account leaves it to the account's own policies.
        let delegated = !needs_resource || has(&[Form::Account]);
        if delegated && self.identity() && open {
            allowing.push(self.identity_layer());
            if needs_resource || has(&[Form::Account]) {
                allowing.push(self.resource_layer);
            }
        }
        if granted && open {
            allowing.push(Layer::KeyGrant);
        }
        if !allowing.is_empty() {
            return Ok(allowing);
        }
        let mut missing = closed;
        let direct =
            has(&[Form::Everyone, Form::User, Form::Role, Form::FederatingUser]) || granted;
        if !direct {
            if !self.identity() {
                missing.push(Layer::Identity);
            }
            if !delegated {
                missing.push(self.resource_layer);
            }
            if !needs_resource && missing.contains(&Layer::Identity) {
                missing.push(self.resource_layer);
            }
        }
        Err(missing)
    }
}
