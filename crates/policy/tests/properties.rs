//! What must hold for every document and every request.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Case, HERE, THERE, federated, root, session, user};
use policy::{
    Context, DocumentKind, Outcome, Policy, Principal, ResourceRule, Verdict, aws_message, parse,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const IDENTITY: DocumentKind = DocumentKind::Identity;

const CONDITIONS: [&str; 12] = [
    "",
    r#","Condition":{"StringEquals":{"k:a":"x"}}"#,
    r#","Condition":{"StringNotEquals":{"k:a":["x","${k:b}"]}}"#,
    r#","Condition":{"StringLikeIfExists":{"k:a":"x*"}}"#,
    r#","Condition":{"ForAllValues:StringEquals":{"k:m":["x","y"]}}"#,
    r#","Condition":{"ForAnyValue:StringNotLike":{"k:m":["x*"]}}"#,
    r#","Condition":{"Null":{"k:b":"true"}}"#,
    r#","Condition":{"NumericLessThan":{"k:a":"5"}}"#,
    r#","Condition":{"Bool":{"k:b":"true"}}"#,
    r#","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app"}}"#,
    r#","Condition":{"IpAddress":{"k:a":"10.0.0.0/8"}}"#,
    r#","Condition":{"NotIpAddressIfExists":{"k:a":"10.0.0.0/8"},"StringEquals":{"k:b":"x"}}"#,
];

const PRINCIPALS: [&str; 10] = [
    r#""Principal":"*""#,
    r#""Principal":{"AWS":"*"}"#,
    r#""Principal":{"AWS":"111111111111"}"#,
    r#""Principal":{"AWS":"arn:aws:iam::222222222222:root"}"#,
    r#""Principal":{"AWS":"arn:aws:iam::111111111111:user/bob"}"#,
    r#""Principal":{"AWS":["AROAAAAAAAAAAAAAAAAA","222222222222"]}"#,
    r#""Principal":{"AWS":"arn:aws:sts::111111111111:assumed-role/app/run"}"#,
    r#""Principal":{"AWS":"arn:aws:sts::111111111111:federated-user/guest"}"#,
    r#""Principal":{"Service":"sns.amazonaws.com"}"#,
    r#""NotPrincipal":{"AWS":["111111111111","arn:aws:iam::111111111111:user/bob"]}"#,
];

/// A statement body that is about the request often enough.
fn statement(kind: DocumentKind) -> impl Strategy<Value = String> {
    let trust = kind == DocumentKind::Trust;
    let who = kind.has_principal();
    let may_exempt = matches!(kind, DocumentKind::Resource | DocumentKind::VpcEndpoint);
    let actions = if trust {
        vec![
            r#""Action":"sts:AssumeRole""#,
            r#""Action":"sts:Tag*""#,
            r#""Action":"sts:*""#,
        ]
    } else {
        vec![
            r#""Action":"*""#,
            r#""Action":["s3:Get*","sqs:*"]"#,
            r#""Action":"s3:PutObject""#,
            r#""NotAction":"s3:Put*""#,
            r#""NotAction":"s3:*""#,
        ]
    };
    let resources = if trust {
        vec![""]
    } else {
        vec![
            r#","Resource":"*""#,
            r#","Resource":["arn:aws:s3:::bucket/*"]"#,
            r#","Resource":"arn:aws:s3:::bucket/${k:b}""#,
            r#","NotResource":"arn:aws:s3:::other/*""#,
            r#","NotResource":"arn:aws:s3:::bucket/key""#,
        ]
    };
    let allowing = 0..PRINCIPALS.len() - 1;
    let condition = prop_oneof![3 => Just(""), 2 => select(&CONDITIONS[..])];
    (
        proptest::bool::weighted(0.15),
        select(actions),
        select(resources),
        condition,
        allowing,
        any::<bool>(),
    )
        .prop_map(
            move |(deny, action, resource, condition, principal, negate)| {
                let effect = if deny { "Deny" } else { "Allow" };
                let last = PRINCIPALS.len() - 1;
                let index = if deny && negate && may_exempt {
                    last
                } else {
                    principal
                };
                let principal = if who {
                    format!(",{}", PRINCIPALS[index])
                } else {
                    String::new()
                };
                format!(r#""Effect":"{effect}",{action}{resource}{condition}{principal}"#)
            },
        )
}

fn compile(kind: DocumentKind, statements: &[String]) -> Policy {
    let bodies: Vec<&str> = statements.iter().map(String::as_str).collect();
    common::policy(kind, &bodies)
}

fn document(kind: DocumentKind) -> impl Strategy<Value = Policy> {
    vec(statement(kind), 1..4).prop_map(move |statements| compile(kind, &statements))
}

fn levels(kind: DocumentKind) -> impl Strategy<Value = Option<Vec<Vec<Policy>>>> {
    let full = proptest::bool::weighted(0.85);
    let level = (vec(document(kind), 0..2), full).prop_map(move |(mut policies, full)| {
        // Most levels have the policy that allows everything, as organizations have it.
        if full {
            policies.push(everything(kind));
        }
        policies
    });
    proptest::option::weighted(0.4, vec(level, 0..4))
}

fn everything(kind: DocumentKind) -> Policy {
    let principal = if kind.has_principal() {
        r#","Principal":"*""#
    } else {
        ""
    };
    compile(
        kind,
        &[format!(
            r#""Effect":"Allow","Action":"*","Resource":"*"{principal}"#
        )],
    )
}

fn principal() -> impl Strategy<Value = Principal> {
    let service = Principal::Service {
        name: "sns.amazonaws.com".into(),
        source_account: None,
    };
    select(vec![
        user(),
        session(),
        federated(),
        root(),
        Principal::Anonymous,
        service,
    ])
}

fn context() -> impl Strategy<Value = Context> {
    let value = || select(vec!["x", "xy", "key", "", "*", "true", "3", "10.1.1.1"]);
    (
        proptest::option::of(value()),
        proptest::option::of(value()),
        proptest::option::of(vec(value(), 0..3)),
    )
        .prop_map(|(a, b, m)| {
            let mut context = Context::new();
            if let Some(a) = a {
                context.set("k:a", a);
            }
            if let Some(b) = b {
                context.set("k:b", b);
            }
            if let Some(m) = m {
                context.set_many("k:m", m);
            }
            context
        })
}

fn rules() -> impl Strategy<Value = ResourceRule> {
    prop_oneof![
        6 => Just(ResourceRule::Standard),
        2 => Just(ResourceRule::Trust),
        1 => any::<bool>().prop_map(|granted| ResourceRule::KmsKey { granted }),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let layers = (
        vec(document(IDENTITY), 0..3),
        proptest::option::weighted(0.3, document(IDENTITY)),
        proptest::option::weighted(0.3, vec(document(IDENTITY), 1..3)),
        levels(DocumentKind::ServiceControl),
        levels(DocumentKind::ResourceControl),
        proptest::option::of(document(DocumentKind::Resource)),
        proptest::option::weighted(0.1, document(DocumentKind::VpcEndpoint)),
    );
    (
        principal(),
        context(),
        select(vec![HERE, HERE, THERE]),
        proptest::bool::weighted(0.8),
        rules(),
        layers,
    )
        .prop_map(
            |(principal, context, owner, resource_level, rule, layers)| {
                let mut case = Case::new(principal);
                for (key, values) in context.iter() {
                    match values {
                        policy::Values::One(value) => case.context.set(key, value.clone()),
                        policy::Values::Many(values) => {
                            case.context.set_many(key, values.iter().cloned())
                        }
                    };
                }
                case.owner = Some(owner);
                case.resource_level = resource_level;
                case.rule = rule;
                (
                    case.identity,
                    case.boundary,
                    case.session,
                    case.scps,
                    case.rcps,
                    case.resource_policy,
                    case.endpoint,
                ) = layers;
                case
            },
        )
}

/// A regex that means the same as a glob.
fn oracle(pattern: &str) -> regex::Regex {
    let body: String = pattern
        .chars()
        .map(|letter| match letter {
            '*' => ".*".to_owned(),
            '?' => ".".to_owned(),
            other => regex::escape(&other.to_string()),
        })
        .collect();
    regex::Regex::new(&format!("(?s)^{body}$")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn explain_agrees_with_decide(case in case()) {
        let explanation = case.explain();
        prop_assert_eq!(explanation.decision, case.decide());
        let denied = explanation
            .policies
            .iter()
            .flat_map(|policy| &policy.statements)
            .any(|statement| statement.effect == policy::Effect::Deny && statement.outcome != Outcome::NotMatched);
        prop_assert_eq!(denied, explanation.decision.effect == Verdict::ExplicitDeny);
    }

    #[test]
    fn one_more_deny_never_allows_more(case in case(), body in statement(IDENTITY), layer in 0..4) {
        let before = case.is_allowed();
        let deny = compile(IDENTITY, &[body.replace("Allow", "Deny")]);
        let after = case.with(|case| match layer {
            0 => case.identity.push(deny),
            1 => if let Some(list) = &mut case.session { list.push(deny) },
            2 => if let Some(level) = case.scps.iter_mut().flatten().next() { level.push(deny) },
            _ => case.identity.insert(0, deny),
        });
        prop_assert!(before || !after.is_allowed());
    }

    #[test]
    fn one_more_ceiling_never_allows_more(case in case(), ceiling in document(IDENTITY), layer in 0..3) {
        let mut open = case.clone();
        // A session of GetFederationToken without session policies is the one whose removal takes rights away.
        match layer {
            0 => open.boundary = None,
            1 if !matches!(case.principal, Principal::FederatedUser { .. }) => open.session = None,
            _ => open.scps = None,
        }
        prop_assert!(open.is_allowed() || !case.is_allowed());
        let closed = case.clone().with(|case| {
            let ceiling = compile(DocumentKind::ServiceControl, &[r#""Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::bucket/*""#.to_owned()]);
            case.scps.get_or_insert_default().push(vec![ceiling]);
        });
        prop_assert!(case.is_allowed() || !closed.is_allowed());
        let bounded = case.clone().with(|case| if case.boundary.is_none() { case.boundary = Some(ceiling) });
        prop_assert!(case.is_allowed() || !bounded.is_allowed());
    }

    #[test]
    fn order_and_duplicates_do_not_matter(case in case()) {
        let before = case.decide().effect;
        let after = case.with(|case| {
            case.identity.reverse();
            let again = case.identity.clone();
            case.identity.extend(again);
            for level in case.scps.iter_mut().chain(&mut case.rcps).flatten() {
                level.reverse();
                level.extend(level.clone());
            }
            if let Some(list) = &mut case.session { list.reverse() }
        });
        prop_assert_eq!(before, after.decide().effect);
    }

    #[test]
    fn a_broken_policy_never_allows_more(case in case(), layer in 0..6) {
        let before = case.is_allowed();
        let broken = || Policy::broken("gone");
        let after = case.with(|case| match layer {
            0 => case.identity.push(broken()),
            1 => case.boundary = Some(broken()),
            2 => case.session.get_or_insert_default().push(broken()),
            3 => case.scps.get_or_insert_default().push(vec![broken()]),
            4 => case.resource_policy = Some(broken()),
            _ => case.endpoint = Some(broken()),
        });
        prop_assert!(before || !after.is_allowed());
    }

    #[test]
    fn nobody_is_allowed_without_an_allow(case in case()) {
        let decision = case.decide();
        if decision.is_allowed() {
            let by_statement = decision.statement.is_some();
            let by_right = matches!(decision.layer, policy::Layer::AccountRoot | policy::Layer::KeyGrant);
            prop_assert!(by_statement || by_right);
        }
    }

    #[test]
    fn printing_gives_back_the_same_policy(
        bodies in vec(statement(DocumentKind::Resource), 1..4),
        single in any::<bool>(),
        spaced in any::<bool>(),
    ) {
        let list = bodies.iter().map(|body| format!("{{{body}}}")).collect::<Vec<_>>();
        let statements = if single { list[0].clone() } else { format!("[{}]", list.join(",")) };
        let text = format!(r#"{{"Version":"2012-10-17","Id":"a\"é","Statement":{statements}}}"#);
        let text = if spaced { text.replace("\":", "\" :\n ") } else { text };
        let document = parse(&text, DocumentKind::Resource).unwrap();
        let printed = document.to_json();
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        prop_assert_eq!(value(&printed), value(&text));
        prop_assert_eq!(parse(&printed, DocumentKind::Resource).unwrap().to_json(), printed);
    }

    #[test]
    fn junk_never_panics(text in "\\PC{0,200}", kind in select(vec![IDENTITY, DocumentKind::Trust, DocumentKind::Resource])) {
        if let Err(errors) = parse(&text, kind) {
            prop_assert!(!aws_message(&errors).is_empty());
        }
    }

    #[test]
    fn cut_and_mended_documents_never_panic(
        body in statement(DocumentKind::Resource),
        cut in any::<prop::sample::Index>(),
        put in select(vec!["", "\"", "{", "}", "[", "]", ",", ":", "null", "\\", "\\ud800", "${", "*", "é", "1e", "\u{0}"]),
        drop in 0usize..3,
    ) {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{{body}}}]}}"#);
        let letters: Vec<char> = text.chars().collect();
        let at = cut.index(letters.len());
        let mended: String = letters[..at].iter().collect::<String>() + put + &letters[(at + drop).min(letters.len())..].iter().collect::<String>();
        for kind in [IDENTITY, DocumentKind::Resource, DocumentKind::ServiceControl, DocumentKind::Trust] {
            if let Ok(policy) = Policy::parse_and_compile(&mended, kind, "mended") {
                let case = Case::new(user()).with(|case| case.identity = vec![policy]);
                let _ = case.explain();
            }
        }
        if serde_json::from_str::<serde_json::Value>(&mended).is_err() {
            prop_assert!(parse(&mended, DocumentKind::Resource).is_err());
        }
    }

    #[test]
    fn globs_agree_with_regexes(pattern in "[ab*?é]{0,8}", text in "[abé]{0,10}") {
        let mut context = Context::new();
        context.set("k:k", text.as_str());
        let body = format!(
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringLike":{{"k:k":"{pattern}"}}}}"#
        );
        let case = Case::new(user()).with(|case| {
            case.context = context;
            case.identity = vec![common::identity(&body)];
        });
        prop_assert_eq!(case.is_allowed(), oracle(&pattern).is_match(&text));
    }

    #[test]
    fn a_wider_resource_never_removes_an_allow(tail in "[a-c/*]{1,6}", key in "[a-c/]{1,6}", at in any::<prop::sample::Index>()) {
        let allowed = |tail: &str| {
            let body = format!(r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{tail}""#);
            let case = Case::new(user()).with(|case| {
                case.identity = vec![common::identity(&body)];
                case.resource = format!("arn:aws:s3:::{key}");
            });
            case.is_allowed()
        };
        let mut wider = tail.clone();
        let at = at.index(wider.len());
        wider.replace_range(at..=at, "*");
        prop_assert!(!allowed(&tail) || allowed(&wider));
    }

    #[test]
    fn a_substituted_value_is_never_a_pattern(value in "[ab*?$]{1,6}", key in "[ab]{0,6}") {
        let body = r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${k:b}""#;
        let case = Case::new(user()).with(|case| {
            case.context.set("k:b", value.as_str());
            case.identity = vec![common::identity(body)];
            case.resource = format!("arn:aws:s3:::home/{key}");
        });
        prop_assert_eq!(case.is_allowed(), value == key);
    }
}
/// Properties of cases that are all denied would prove nothing.
#[test]
fn the_generated_cases_reach_every_kind_of_answer() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use std::collections::HashMap;

    let mut runner = TestRunner::deterministic();
    let mut seen: HashMap<_, usize> = HashMap::new();
    for _ in 0..2000 {
        let case = case().new_tree(&mut runner).unwrap().current();
        *seen.entry(case.verdict()).or_default() += 1;
    }
    let share = |verdict| {
        seen.iter()
            .filter(|((v, _), _)| *v == verdict)
            .map(|(_, n)| n)
            .sum::<usize>()
    };
    assert!(share(Verdict::Allow) > 150, "{seen:?}");
    assert!(share(Verdict::ExplicitDeny) > 150, "{seen:?}");
    assert!(seen.len() > 15, "{seen:?}");
}
