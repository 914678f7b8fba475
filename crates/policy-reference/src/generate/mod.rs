//! Scenarios from a seed, made so that policies nearly match their request.
//!
//! A request is made first and policies around it, element by element, each of which hits or nearly misses. Then
//! request and policies are changed one small step at a time, and every step is a scenario of its own.

mod caller;
mod condition;
mod document;
mod request;
mod text;

use policy::{DocumentKind, ResourceRule};
use std::sync::Arc;

use crate::random::Random;
use crate::scenario::{Ask, Doc, Policies, Scenario, Tree};

/// Steps from one world before the next one is made.
const STEPS: usize = 6;

/// Endless scenarios.
#[derive(Debug)]
pub struct Worlds {
    random: Random,
    current: Option<(usize, Scenario, Ask)>,
}

impl Worlds {
    /// Scenarios that follow from the state of `random`.
    #[must_use]
    pub fn new(random: Random) -> Self {
        Self {
            random,
            current: None,
        }
    }

    fn fresh(&mut self) -> Scenario {
        let random = &mut self.random;
        let rule = match random.below(100) {
            0..=63 => ResourceRule::Standard,
            64..=79 => ResourceRule::Trust,
            80..=91 => ResourceRule::KmsKey { granted: false },
            92..=97 => ResourceRule::KmsKey { granted: true },
            _ => ResourceRule::Exempt,
        };
        let ask = request::ask(random, rule);
        let member = ask.principal.account().is_some();
        let policies = if member && rule == ResourceRule::Standard && random.chance(35) {
            grant(random, &ask)
        } else {
            policies(random, &ask, rule)
        };
        Scenario { ask, policies }
    }
}

impl Iterator for Worlds {
    type Item = Scenario;

    fn next(&mut self) -> Option<Scenario> {
        let (step, scenario, first) = match self.current.take() {
            Some((step, mut scenario, first)) if step < STEPS => {
                if self.random.chance(55) {
                    // Steps on the request start from the first one, so that they stay near.
                    scenario.ask = first.clone();
                    request::change(&mut self.random, &mut scenario.ask);
                } else {
                    change(&mut self.random, &first, &mut scenario.policies);
                }
                (step + 1, scenario, first)
            }
            _ => {
                let scenario = self.fresh();
                let first = scenario.ask.clone();
                (0, scenario, first)
            }
        };
        self.current = Some((step, scenario.clone(), first));
        Some(scenario)
    }
}

fn resource_kind(rule: ResourceRule) -> DocumentKind {
    match rule {
        ResourceRule::Trust => DocumentKind::Trust,
        _ => DocumentKind::Resource,
    }
}

fn policies(random: &mut Random, ask: &Ask, rule: ResourceRule) -> Policies {
    let member = ask.principal.account().is_some();
    let mut policies = Policies {
        identity: Vec::new(),
        identity_exists: random.chance(96),
        boundary: None,
        session: None,
        scps: None,
        rcps: None,
        resource: None,
        endpoint: None,
        rule,
    };
    if member {
        let count = 1 + random.below(2);
        policies.identity = documents(random, ask, DocumentKind::Inline, count);
        if random.chance(42) {
            policies.boundary = Some(document::ceiling(random, ask, DocumentKind::Inline));
        }
        if random.chance(48) {
            let count = 1 + random.below(2);
            policies.session = Some(documents(random, ask, DocumentKind::Session, count));
        }
    }
    if random.chance(30) {
        policies.scps = Some(tree(random, ask, DocumentKind::ServiceControl));
    }
    if random.chance(25) {
        policies.rcps = Some(tree(random, ask, DocumentKind::ResourceControl));
    }
    if random.chance(if rule == ResourceRule::Standard {
        55
    } else {
        92
    }) {
        policies.resource = Some(document::one(random, ask, resource_kind(rule)));
    }
    if random.chance(10) {
        policies.endpoint = Some(document::one(random, ask, DocumentKind::VpcEndpoint));
    }
    policies
}

/// A resource that names the caller in some form, and an identity and ceilings that are open, closed or not there.
fn grant(random: &mut Random, ask: &Ask) -> Policies {
    let plain = |random: &mut Random, kind| {
        let action = random.pick(&["*", "glacier:*"]);
        document::plain(kind, action, None)
    };
    let there = |random: &mut Random| random.chance(67);
    Policies {
        identity: vec![plain(random, DocumentKind::Inline)],
        identity_exists: true,
        boundary: there(random).then(|| plain(random, DocumentKind::Inline)),
        session: there(random).then(|| vec![plain(random, DocumentKind::Session)]),
        scps: None,
        rcps: None,
        resource: Some(document::plain(
            DocumentKind::Resource,
            "*",
            Some(caller::element(random, &ask.principal, true)),
        )),
        endpoint: None,
        rule: ResourceRule::Standard,
    }
}

fn documents(random: &mut Random, ask: &Ask, kind: DocumentKind, count: usize) -> Vec<Arc<Doc>> {
    (0..count)
        .map(|_| match kind {
            DocumentKind::Session => document::ceiling(random, ask, kind),
            _ => document::one(random, ask, kind),
        })
        .collect()
}

/// One to five levels, most of which have the policy that allows everything.
fn tree(random: &mut Random, ask: &Ask, kind: DocumentKind) -> Tree {
    let depth = 1 + random.below(5);
    let mut tree = Vec::new();
    for _ in 0..depth {
        let count = random.below(3);
        let mut level = if random.chance(40) {
            documents(random, ask, kind, count)
        } else {
            Vec::new()
        };
        if random.chance(if level.is_empty() { 97 } else { 80 }) {
            let at = random.below(level.len() + 1);
            level.insert(at, document::full(kind));
        }
        tree.push(level);
    }
    tree
}

/// Changes one thing about the policies.
fn change(random: &mut Random, ask: &Ask, policies: &mut Policies) {
    let member = ask.principal.account().is_some();
    let keep = |random: &mut Random| random.chance(65);
    match random.below(if member { 9 } else { 4 }) {
        0 => {
            let kind = resource_kind(policies.rule);
            policies.resource = keep(random).then(|| document::one(random, ask, kind));
        }
        1 => {
            policies.rcps = keep(random).then(|| tree(random, ask, DocumentKind::ResourceControl));
        }
        2 => {
            policies.endpoint = random
                .chance(25)
                .then(|| document::one(random, ask, DocumentKind::VpcEndpoint));
        }
        3 | 4 => {
            policies.scps = keep(random).then(|| tree(random, ask, DocumentKind::ServiceControl));
        }
        5 => {
            policies.boundary =
                keep(random).then(|| document::ceiling(random, ask, DocumentKind::Inline));
        }
        6 => {
            let count = random.below(3);
            policies.session =
                keep(random).then(|| documents(random, ask, DocumentKind::Session, count));
        }
        7 => policies.identity_exists = !policies.identity_exists,
        _ => {
            let count = random.below(3);
            policies.identity = documents(random, ask, DocumentKind::Inline, count);
        }
    }
}
