//! What must hold of the engine for every scenario, whatever the rules are: organization policies, endpoints and
//! resources included.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use policy::{DocumentKind, Principal, Verdict};
use policy_reference::{Doc, Held, Policies, Random, Scenario, Worlds, decision};
use serde_json::{Value, json};
use std::sync::Arc;

const CASES: usize = 12_000;

/// The statements of a document, one or a list.
fn statements(document: &mut Value) -> Vec<&mut Value> {
    match &mut document["Statement"] {
        Value::Array(list) => list.iter_mut().collect(),
        one => vec![one],
    }
}

/// The document with other statements; `None` where the parser takes it no longer.
fn changed(doc: &Arc<Doc>, change: impl FnOnce(&mut Value)) -> Option<Arc<Doc>> {
    let kind = doc.document.as_ref()?.kind();
    let mut json = doc.json.clone();
    change(&mut json);
    Doc::new(json, kind).ok()
}

fn allows(scenario: &Scenario) -> bool {
    decision(scenario).is_allowed()
}

/// Runs a property over scenarios. `change` makes another scenario of one, or has nothing to say about it; `holds` gets
/// both. Both verdicts must have been seen of those that were changed.
fn property(
    seed: u64,
    change: impl Fn(&mut Random, &mut Scenario) -> Option<()>,
    holds: impl Fn(&Scenario, &Scenario) -> bool,
) {
    let mut random = Random::new(seed);
    let (mut allowed, mut denied) = (0, 0);
    for before in Worlds::new(Random::new(seed)).take(CASES) {
        let mut after = before.clone();
        if change(&mut random, &mut after).is_none() {
            continue;
        }
        assert!(
            holds(&before, &after),
            "{:?}, then {:?}\nbefore {}\nafter {}",
            decision(&before),
            decision(&after),
            before.to_json(),
            after.to_json()
        );
        if allows(&before) {
            allowed += 1;
        } else {
            denied += 1;
        }
    }
    assert!(
        allowed > 40 && denied > 40,
        "{allowed} allowed, {denied} denied"
    );
}

/// Never allows what it did not.
fn not_more(before: &Scenario, after: &Scenario) -> bool {
    allows(before) || !allows(after)
}

/// Allows all that it did.
fn not_less(before: &Scenario, after: &Scenario) -> bool {
    not_more(after, before)
}

fn same(before: &Scenario, after: &Scenario) -> bool {
    decision(before).effect == decision(after).effect
}

/// Changes one statement of a document, both chosen by chance.
fn change_statement(
    random: &mut Random,
    policies: &mut Policies,
    change: impl Fn(&mut Random, &mut Value) -> Option<()>,
) -> Option<()> {
    let mut documents: Vec<&mut Arc<Doc>> = policies.documents_mut().collect();
    if documents.is_empty() {
        return None;
    }
    let at = random.below(documents.len());
    let mut done = None;
    let doc = changed(documents[at], |json| {
        let mut statements = statements(json);
        let at = random.below(statements.len());
        done = change(random, statements[at]);
    })?;
    *documents[at] = doc;
    done
}

fn other_levels(random: &mut Random, like: &Option<Vec<Vec<Arc<Doc>>>>) -> Option<Vec<Arc<Doc>>> {
    let level = like.as_ref()?;
    (!level.is_empty()).then(|| level[random.below(level.len())].clone())
}

#[test]
fn order_and_duplicates_do_not_matter() {
    let shuffle = |list: &mut Vec<Arc<Doc>>| {
        list.reverse();
        list.extend(list.first().cloned());
    };
    property(
        11,
        |random, scenario| {
            let policies = &mut scenario.policies;
            shuffle(&mut policies.identity);
            policies.session.iter_mut().for_each(shuffle);
            for tree in policies.scps.iter_mut().chain(&mut policies.rcps) {
                tree.iter_mut().for_each(shuffle);
                tree.reverse();
                // A level twice is an intersection with itself.
                tree.extend(tree.first().cloned());
            }
            for doc in policies
                .documents_mut()
                .filter(|doc| doc.document.is_some())
            {
                let turn = |json: &mut Value| {
                    if let Value::Array(list) = &mut json["Statement"] {
                        list.reverse();
                        list.push(list[random.below(list.len())].clone());
                    }
                };
                *doc = changed(doc, turn).unwrap();
            }
            Some(())
        },
        same,
    );
}

#[test]
fn one_more_deny_in_any_document_never_allows_more() {
    property(
        12,
        |random, scenario| {
            let body = |doc: &Doc| {
                let mut json = doc.json.clone();
                let mut list = statements(&mut json);
                let mut statement = list.pop().unwrap().clone();
                statement["Effect"] = json!("Deny");
                statement
            };
            let mut documents: Vec<_> = scenario.policies.documents_mut().collect();
            let at = random.below(documents.len().max(1));
            let doc = documents.get_mut(at)?;
            let deny = doc.document.as_ref().map(|_| body(doc))?;
            **doc = changed(doc, |json| {
                let list: Vec<Value> = statements(json).into_iter().map(|s| s.clone()).collect();
                json["Statement"] = list.into_iter().chain([deny]).collect();
            })?;
            Some(())
        },
        not_more,
    );
}

#[test]
fn one_more_allow_in_any_document_never_allows_less() {
    property(
        13,
        |random, scenario| {
            let mut documents: Vec<_> = scenario.policies.documents_mut().collect();
            let at = random.below(documents.len().max(1));
            let doc = documents.get_mut(at)?;
            **doc = changed(doc, |json| {
                let list: Vec<Value> = statements(json).into_iter().map(|s| s.clone()).collect();
                let mut allow = list[random.below(list.len())].clone();
                allow["Effect"] = json!("Allow");
                json["Statement"] = list.into_iter().chain([allow]).collect();
            })?;
            Some(())
        },
        not_less,
    );
}

#[test]
fn removing_a_ceiling_never_allows_less() {
    property(
        14,
        |random, scenario| {
            let policies = &mut scenario.policies;
            let level = |random: &mut Random, tree: &mut Option<Vec<Vec<Arc<Doc>>>>| {
                let tree = tree.as_mut().filter(|tree| !tree.is_empty())?;
                tree.remove(random.below(tree.len()));
                Some(())
            };
            match random.below(7) {
                0 => policies.boundary.take().map(|_| ()),
                // For a federated user no session policy is a closed one.
                1 if matches!(scenario.ask.principal, Principal::FederatedUser { .. }) => None,
                1 => policies.session.take().map(|_| ()),
                2 => policies.endpoint.take().map(|_| ()),
                3 => policies.scps.take().map(|_| ()),
                4 => policies.rcps.take().map(|_| ()),
                5 => level(random, &mut policies.scps),
                _ => level(random, &mut policies.rcps),
            }
        },
        not_less,
    );
}

#[test]
fn one_more_ceiling_never_allows_more() {
    property(
        15,
        |random, scenario| {
            // Ceilings of another world are as good as any, and some of them are about this request.
            let mut other = Worlds::new(Random::new(random.number()));
            let found = other.next()?.policies;
            let policies = &mut scenario.policies;
            match random.below(4) {
                0 if policies.boundary.is_none() => policies.boundary = Some(found.boundary?),
                1 if policies.endpoint.is_none() => policies.endpoint = Some(found.endpoint?),
                2 => {
                    let level = other_levels(random, &found.scps)?;
                    policies.scps.get_or_insert_default().push(level);
                }
                3 => {
                    let level = other_levels(random, &found.rcps)?;
                    policies.rcps.get_or_insert_default().insert(0, level);
                }
                _ => return None,
            }
            Some(())
        },
        not_more,
    );
}

#[test]
fn widening_an_allow_never_allows_less() {
    property(
        16,
        |random, scenario| {
            change_statement(random, &mut scenario.policies, |random, statement| {
                (statement["Effect"] == "Allow").then_some(())?;
                widen(random, statement)
            })
        },
        not_less,
    );
}

#[test]
fn widening_a_deny_never_allows_more() {
    property(
        17,
        |random, scenario| {
            change_statement(random, &mut scenario.policies, |random, statement| {
                (statement["Effect"] == "Deny").then_some(())?;
                widen(random, statement)
            })
        },
        not_more,
    );
}

/// Makes a statement match more: a wider pattern, one name more, or no condition.
fn widen(random: &mut Random, statement: &mut Value) -> Option<()> {
    let members = statement.as_object_mut()?;
    let element = random.pick(&["Action", "Resource", "Condition", "Principal"]);
    let value = members.get_mut(element)?;
    match element {
        "Condition" => {
            members.remove(element);
        }
        "Principal" => *value = json!("*"),
        _ if random.chance(50) => {
            let first = match &*value {
                Value::Array(list) => list[0].clone(),
                one => one.clone(),
            };
            *value = json!([first, "*"]);
        }
        _ => {
            let text = value.as_str()?;
            let (head, tail) = text.rsplit_once(':')?;
            let letters: Vec<char> = tail.chars().collect();
            // A wildcard in the middle of a variable would be another variable.
            if text.contains('$') || letters.is_empty() {
                return None;
            }
            let at = random.below(letters.len());
            let start: String = letters[..at].iter().collect();
            let end: String = letters[at + 1..].iter().collect();
            *value = json!(format!("{head}:{start}*{end}"));
        }
    }
    Some(())
}

#[test]
fn keys_that_no_policy_names_do_not_matter() {
    property(
        18,
        |random, scenario| {
            let value = random.pick(&["red", "*", "", "arn:aws:iam::111111111111:role/path/app"]);
            let held = if random.chance(50) {
                Held::One(value.to_owned())
            } else {
                Held::Many(vec![value.to_owned()])
            };
            scenario.ask.keys.set("k:unheard-of", held);
            Some(())
        },
        same,
    );
}

/// Values that no policy names and that the engine has never seen are different from each other.
#[test]
fn unknown_values_are_never_equal_by_accident() {
    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*",
        "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}}}"#;
    let template = json!({
        "request": {
            "principal": {"type": "user", "arn": "arn:aws:iam::111111111111:user/bob", "id": "AIDABBBBBBBBBBBBBBBB",
                "account": "111111111111"},
            "action": "s3:GetObject", "resource": "arn:aws:s3:::bucket/key", "context": {},
        },
        "identity": [serde_json::from_str::<Value>(text).unwrap()],
    });
    let scenario = Scenario::from_json(&template).unwrap();
    let mut random = Random::new(19);
    for _ in 0..2_000 {
        let mut scenario = scenario.clone();
        let mut value = || format!("{:x}", random.number() >> 56);
        let (own, wanted) = (value(), value());
        let equal = own == wanted;
        scenario
            .ask
            .keys
            .set("aws:PrincipalTag/Team", Held::One(own));
        scenario
            .ask
            .keys
            .set("aws:ResourceTag/Team", Held::One(wanted));
        assert_eq!(allows(&scenario), equal, "{}", scenario.to_json());
    }
}

/// A pattern whose naive evaluation takes longer than anybody waits.
#[test]
fn patterns_with_many_stars_stay_linear() {
    let pattern = format!("arn:aws:s3:::{}b", "*a".repeat(2_000));
    let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": pattern}});
    let policy = Doc::new(document, DocumentKind::Inline).unwrap();
    let mut scenario = Worlds::new(Random::new(1)).next().unwrap();
    scenario.ask.resource = format!("arn:aws:s3:::{}", "a".repeat(4_000));
    scenario.ask.resource_level = true;
    scenario.policies.identity = vec![policy];
    assert_ne!(decision(&scenario).effect, Verdict::ExplicitDeny);
}
