//! That the generated scenarios reach what they are for: a comparison of cases that are all alike proves nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use policy::{Layer, Principal, ResourceRule, Verdict};
use policy_reference::{
    Form, Held, Operator, Outcome, Quantifier, Random, Scenario, Worlds, decision, evaluate,
    rule_name,
};
use std::collections::{BTreeMap, BTreeSet};

const CASES: usize = 100_000;

const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
];

/// What was seen, and how often.
#[derive(Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    fn see(&mut self, what: String) {
        *self.0.entry(what).or_default() += 1;
    }

    fn has(&self, wanted: impl IntoIterator<Item = String>) {
        let missing: Vec<String> = wanted
            .into_iter()
            .filter(|what| !self.0.contains_key(what))
            .collect();
        assert!(missing.is_empty(), "never seen: {missing:#?}");
    }
}

fn look() -> Seen {
    let mut seen = Seen::default();
    for scenario in Worlds::new(Random::new(1)).take(CASES) {
        let outcome = evaluate(&scenario);
        let decision = decision(&scenario);
        seen.see(format!("{:?} {:?}", decision.effect, decision.layer));
        seen.see(format!(
            "{} {}",
            kind(&scenario.ask.principal),
            rule_name(scenario.policies.rule)
        ));
        conditions(&scenario, &mut seen);
        variables(&scenario, &mut seen);
        levels(&scenario, &outcome, &mut seen);
        row(&scenario, &outcome, &mut seen);
    }
    seen
}

fn kind(principal: &Principal) -> &'static str {
    match principal {
        Principal::Anonymous => "anonymous",
        Principal::Root { .. } => "root",
        Principal::User { .. } => "user",
        Principal::RoleSession { .. } => "session",
        Principal::FederatedUser { .. } => "federated",
        Principal::Service { .. } => "service",
        Principal::WebIdentity { .. } => "web",
        Principal::Saml { .. } => "saml",
    }
}

fn state(held: Option<&Held>) -> &'static str {
    match held {
        None => "missing",
        Some(Held::One(value)) if value.is_empty() => "empty",
        Some(Held::One(_)) => "one",
        Some(Held::Many(values)) => match values.len() {
            0 => "empty",
            1 => "one",
            _ => "many",
        },
    }
}

fn conditions(scenario: &Scenario, seen: &mut Seen) {
    let documents = scenario
        .policies
        .documents()
        .filter_map(|doc| doc.document.as_ref());
    for statement in documents.flat_map(|document| document.statements()) {
        for block in statement.conditions.iter().flatten() {
            let Operator {
                name,
                quantifier,
                if_exists,
            } = Operator::read(&block.operator.value);
            for key in &block.keys {
                let state = state(scenario.ask.keys.get(&key.name.value));
                seen.see(format!("{quantifier:?} {name} {if_exists} {state}"));
            }
        }
    }
}

/// Variables by what they stand for, where they stand, and whether the document's version has variables.
fn variables(scenario: &Scenario, seen: &mut Seen) {
    for document in scenario
        .policies
        .documents()
        .filter_map(|doc| doc.document.as_ref())
    {
        let version = if document.has_variables() {
            "2012"
        } else {
            "2008"
        };
        for statement in document.statements() {
            let resources = statement.resource.iter().flat_map(|texts| &texts.values);
            let keys = statement
                .conditions
                .iter()
                .flatten()
                .flat_map(|block| &block.keys);
            let places = resources
                .map(|text| ("resource", text.value.as_str()))
                .chain(
                    keys.flat_map(|key| &key.values)
                        .map(|value| ("condition", value.text.as_str())),
                );
            for (place, text) in places {
                let Some((_, rest)) = text.split_once("${") else {
                    continue;
                };
                let inside = rest.split('}').next().unwrap_or_default();
                let (key, default) = inside
                    .split_once(',')
                    .map_or((inside, false), |(key, _)| (key, true));
                let value = match scenario.ask.keys.get(key) {
                    _ if matches!(inside, "*" | "?" | "$") => "escape",
                    None => "missing",
                    Some(Held::Many(_)) => "many",
                    Some(Held::One(value)) if value.is_empty() => "empty",
                    Some(Held::One(value)) if value.contains(['*', '?']) => "star",
                    Some(Held::One(_)) => "value",
                };
                let default = if default { "default" } else { "plain" };
                seen.see(format!("{version} {place} {value} {default}"));
            }
        }
    }
}

fn levels(scenario: &Scenario, outcome: &Outcome, seen: &mut Seen) {
    let trees = [
        ("scp", &scenario.policies.scps, Layer::ServiceControl),
        ("rcp", &scenario.policies.rcps, Layer::ResourceControl),
    ];
    for (name, tree, layer) in trees {
        let Some(tree) = tree else { continue };
        let depth = tree.len();
        let several = tree.iter().any(|level| level.len() > 1);
        seen.see(format!("{name} depth {depth} {:?}", outcome.verdict));
        seen.see(format!("{name} depth {depth} several {several}"));
        for said in outcome
            .said
            .iter()
            .filter(|said| said.layer == layer && said.denies())
        {
            seen.see(format!("{name} denies at {}", said.at.level));
        }
        if outcome.verdict == Verdict::ImplicitDeny && outcome.layers == [layer] {
            let closed = (0..depth).find(|level| {
                !outcome
                    .said
                    .iter()
                    .any(|said| said.layer == layer && said.at.level == *level && said.allows())
            });
            seen.see(format!("{name} alone closed at {closed:?}"));
        }
    }
}

/// What the table of direct grants says: (caller, form, identity needed, boundary stops, session stops).
const ROWS: [(&str, Form, bool, bool, bool); 11] = [
    ("user", Form::User, false, false, true),
    ("user", Form::Everyone, false, false, true),
    ("user", Form::Account, true, true, true),
    ("session", Form::Role, false, true, true),
    ("session", Form::Session, false, false, false),
    ("session", Form::Everyone, false, false, false),
    ("session", Form::Account, true, true, true),
    ("federated", Form::FederatedUser, false, false, false),
    ("federated", Form::FederatingUser, false, true, true),
    ("federated", Form::Everyone, false, false, false),
    ("federated", Form::Account, true, true, true),
];

/// Checks a scenario against the table where it is one of its rows: one account, one form of grant, nothing else in
/// the way. For a federated user no session policy is a closed one.
fn row(scenario: &Scenario, outcome: &Outcome, seen: &mut Seen) {
    let policies = &scenario.policies;
    let caller = kind(&scenario.ask.principal);
    let forms: BTreeSet<Form> = outcome.grants.iter().copied().collect();
    let same = scenario
        .ask
        .resource_account
        .as_deref()
        .is_none_or(|owner| Some(owner) == scenario.ask.principal.account());
    let others = [
        Layer::ServiceControl,
        Layer::ResourceControl,
        Layer::VpcEndpoint,
    ];
    let lost = policies.documents().any(|doc| doc.document.is_none());
    let blocked = outcome.verdict == Verdict::ExplicitDeny
        || outcome.layers.iter().any(|layer| others.contains(layer));
    if policies.rule != ResourceRule::Standard || forms.len() != 1 || !same || lost || blocked {
        return;
    }
    let Some((_, form, needed, boundary_stops, session_stops)) = ROWS
        .iter()
        .find(|(row, form, ..)| *row == caller && forms.contains(form))
    else {
        return;
    };
    let [identity, boundary, session] = outcome.own;
    let identity = identity == Some(true);
    let session_open = session.unwrap_or(caller != "federated");
    let boundary_open = boundary.unwrap_or(true);
    let direct = !needed && (boundary_open || !boundary_stops) && (session_open || !session_stops);
    let wanted = direct || (identity && boundary_open && session_open);
    assert_eq!(
        decision(scenario).effect == Verdict::Allow,
        wanted,
        "{caller} {form:?}: {}",
        scenario.to_json()
    );
    seen.see(format!(
        "{caller} {form:?} identity {identity} boundary {boundary:?} session {session:?}"
    ));
}

fn each<'a>(lists: &[&'a [&'a str]]) -> Vec<String> {
    let mut found = vec![String::new()];
    for list in lists {
        let longer = |start: &String| {
            let start = start.clone();
            list.iter()
                .map(move |end| format!("{start} {end}").trim().to_owned())
        };
        found = found.iter().flat_map(longer).collect();
    }
    found
}

#[test]
fn scenarios_reach_everything_that_they_are_for() {
    let seen = look();
    let layers = [
        "Identity",
        "Resource",
        "Trust",
        "Boundary",
        "Session",
        "ServiceControl",
        "ResourceControl",
        "VpcEndpoint",
    ];
    seen.has(each(&[&["ExplicitDeny", "ImplicitDeny"], &layers]));
    seen.has(each(&[
        &["Allow"],
        &[
            "Identity",
            "Resource",
            "Trust",
            "AccountRoot",
            "KeyGrant",
            "Exempt",
        ],
    ]));

    let callers = [
        "anonymous",
        "root",
        "user",
        "session",
        "federated",
        "service",
        "web",
        "saml",
    ];
    seen.has(each(&[
        &callers,
        &["Standard", "Trust", "KmsKey", "KmsKeyGranted", "Exempt"],
    ]));

    let (null, others) = OPERATORS
        .split_last()
        .map(|(null, others)| (*null, others))
        .unwrap();
    let states = ["missing", "empty", "one", "many"];
    let quantifiers =
        [Quantifier::Plain, Quantifier::ForAll, Quantifier::ForAny].map(|q| format!("{q:?}"));
    let quantifiers: Vec<&str> = quantifiers.iter().map(String::as_str).collect();
    seen.has(each(&[&quantifiers, others, &["true", "false"], &states]));
    seen.has(each(&[&["Plain"], &[null], &["false"], &states]));

    let places = ["resource", "condition"];
    seen.has(each(&[
        &["2012"],
        &places,
        &["missing", "empty", "star", "value"],
        &["plain", "default"],
    ]));
    seen.has(each(&[&["2012"], &places, &["many", "escape"], &["plain"]]));
    seen.has(each(&[
        &["2008"],
        &places,
        &["missing", "star", "value", "escape"],
        &["plain"],
    ]));

    let depths = ["1", "2", "3", "4", "5"];
    let verdicts = ["Allow", "ExplicitDeny", "ImplicitDeny"];
    seen.has(each(&[&["scp depth", "rcp depth"], &depths, &verdicts]));
    seen.has(each(&[
        &["scp depth", "rcp depth"],
        &depths,
        &["several true", "several false"],
    ]));
    seen.has(each(&[
        &["scp denies at", "rcp denies at"],
        &["0", "1", "2", "3", "4"],
    ]));
    let closed = ["Some(0)", "Some(1)", "Some(2)", "Some(3)", "Some(4)"];
    seen.has(each(&[
        &["scp alone closed at", "rcp alone closed at"],
        &closed,
    ]));

    let own = ["None", "Some(true)", "Some(false)"];
    for (caller, form, ..) in ROWS {
        let form = format!("{form:?}");
        let sessions: &[&str] = if caller == "user" { &own[..1] } else { &own };
        let start = [caller, form.as_str()].join(" ");
        seen.has(each(&[
            &[&start],
            &["identity"],
            &["true", "false"],
            &["boundary"],
            &own,
            &["session"],
            sessions,
        ]));
    }
}
