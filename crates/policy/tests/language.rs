//! What one statement matches: actions, resources, conditions, variables
//! ("IAM JSON policy elements" and its pages on conditions and variables).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Case, identity, policy, user};
use policy::{Context, DocumentKind, Policy};

/// Whether an Allow with this body allows.
fn allows(case: &Case, body: &str) -> bool {
    let statement = format!(r#""Effect":"Allow",{body}"#);
    let case = case
        .clone()
        .with(|c| c.identity = vec![identity(&statement)]);
    case.is_allowed()
}

/// Whether a Deny with this body denies what everything else allows.
fn denies(case: &Case, body: &str) -> bool {
    let statement = format!(r#""Effect":"Deny",{body}"#);
    let case = case
        .clone()
        .allowed()
        .with(|c| c.identity.push(identity(&statement)));
    !case.is_allowed()
}

#[test]
fn actions() {
    let case = Case::new(user());
    let allows = |list: &str| allows(&case, &format!(r#"{list},"Resource":"*""#));
    for hit in [
        "s3:GetObject",
        "S3:getobject",
        "s3:*",
        "*",
        "s3:Get?bject",
        "*:GetObject",
    ] {
        assert!(allows(&format!(r#""Action":"{hit}""#)), "{hit}");
        assert!(!allows(&format!(r#""NotAction":"{hit}""#)), "{hit}");
    }
    for miss in [
        "s3:PutObject",
        "s3:",
        "s3: GetObject",
        "s3:GetObject ",
        "s3:GetObject,PutObject",
        "ec2:*",
        "s3:GetObject?",
    ] {
        assert!(!allows(&format!(r#""Action":["{miss}"]"#)), "{miss}");
        assert!(allows(&format!(r#""NotAction":["{miss}"]"#)), "{miss}");
    }
}

#[test]
fn resources() {
    let case = Case::new(user());
    let allows = |case: &Case, list: &str| allows(case, &format!(r#""Action":"*",{list}"#));
    for hit in [
        "*",
        "arn:aws:s3:::bucket/*",
        "arn:aws:s3:::b*y",
        "arn:*:s3:::bucket/key",
        "arn:aws:s3:*",
    ] {
        assert!(allows(&case, &format!(r#""Resource":"{hit}""#)), "{hit}");
        assert!(
            !allows(&case, &format!(r#""NotResource":"{hit}""#)),
            "{hit}"
        );
    }
    for miss in [
        "arn:aws:s3:::Bucket/key",
        "arn:aws:s3:::bucket",
        "arn:aws:s3::*:x",
        "arn:aws:sqs:*",
    ] {
        assert!(!allows(&case, &format!(r#""Resource":"{miss}""#)), "{miss}");
        assert!(
            allows(&case, &format!(r#""NotResource":"{miss}""#)),
            "{miss}"
        );
    }
}

#[test]
fn actions_without_resources_are_asked_for_the_star() {
    let case = Case::new(user()).with(|c| c.resource_level = false);
    assert!(allows(&case, r#""Action":"*","Resource":"*""#));
    assert!(!allows(
        &case,
        r#""Action":"*","Resource":"arn:aws:s3:::*""#
    ));
    assert!(allows(
        &case,
        r#""Action":"*","NotResource":"arn:aws:s3:::*""#
    ));
}

#[test]
fn a_resource_that_is_no_arn_never_escapes_a_deny() {
    let case = Case::new(user()).with(|c| c.resource = "bucket/key".into());
    assert!(denies(
        &case,
        r#""Action":"*","Resource":"arn:aws:s3:::bucket/*""#
    ));
    assert!(!allows(
        &case,
        r#""Action":"*","Resource":"arn:aws:s3:::bucket/*""#
    ));
    assert!(!allows(
        &case,
        r#""Action":"*","NotResource":"arn:aws:s3:::other/*""#
    ));
}

#[test]
fn what_does_not_begin_as_an_arn_is_none() {
    let case = Case::new(user()).with(|c| c.resource = "nra:aws:s3:::bucket/key".into());
    assert!(denies(&case, r#""Action":"*","Resource":"arn:aws:sqs:*""#));
    assert!(!allows(
        &case,
        r#""Action":"*","Resource":"arn:aws:s3:::bucket/key""#
    ));
}

#[test]
fn a_multivalued_variable_never_helps() {
    let case = Case::new(user()).with(|c| {
        c.context.set_many("k:many", ["key"]);
    });
    let body = r#""Action":"*","Resource":"arn:aws:s3:::bucket/${k:many}""#;
    assert!(!allows(&case, body));
    assert!(denies(&case, body));
}

/// What a condition answers: it holds, it does not, or it cannot be told.
fn answer(context: &Context, operator: &str, key: &str, values: &str) -> &'static str {
    let case = Case::new(user()).with(|c| c.context = context.clone());
    let body =
        format!(r#""Action":"*","Resource":"*","Condition":{{"{operator}":{{"{key}":{values}}}}}"#);
    match (allows(&case, &body), denies(&case, &body)) {
        (true, true) => "yes",
        (false, false) => "no",
        (false, true) => "doubt",
        (true, false) => "wrong",
    }
}

fn one(value: &str) -> Context {
    let mut context = Context::new();
    context.set("k:k", value);
    context
}

fn many(values: &[&str]) -> Context {
    let mut context = Context::new();
    context.set_many("k:k", values.iter().copied());
    context
}

#[test]
fn truth_values_may_come_from_variables() {
    for (key, value, expected) in [
        ("true", Some("true"), "yes"),
        ("TRUE", Some("True"), "yes"),
        ("false", Some("false"), "yes"),
        ("true", Some("false"), "no"),
        ("false", Some("true"), "no"),
        ("true", Some("perhaps"), "doubt"),
        ("false", Some("perhaps"), "doubt"),
        ("true", Some(""), "no"),
        ("true", None, "no"),
        ("false", None, "no"),
    ] {
        let mut context = one(key);
        if let Some(value) = value {
            context.set("k:v", value);
        }
        let found = answer(&context, "Bool", "k:k", r#""${k:v}""#);
        assert_eq!(found, expected, "{key} {value:?}");
        // The key is there, so it is not absent.
        let absent = match expected {
            "yes" if key.eq_ignore_ascii_case("false") => "yes",
            "no" if value == Some("false") => "yes",
            "doubt" => "doubt",
            _ => "no",
        };
        let found = answer(&context, "Null", "k:k", r#""${k:v}""#);
        assert_eq!(found, absent, "Null {key} {value:?}");
    }
}

#[test]
fn operators() {
    for (operator, values, value, expected) in [
        ("StringEquals", r#""a""#, "a", "yes"),
        ("StringEquals", r#"["b","a"]"#, "a", "yes"),
        ("StringEquals", r#""A""#, "a", "no"),
        ("StringEquals", r#""*""#, "a", "no"),
        ("StringNotEquals", r#"["b","a"]"#, "a", "no"),
        ("StringNotEquals", r#"["b","c"]"#, "a", "yes"),
        ("StringEquals", "[]", "a", "no"),
        ("StringNotEquals", "[]", "a", "doubt"),
        ("StringEqualsIgnoreCase", r#""Ä""#, "ä", "yes"),
        ("StringNotEqualsIgnoreCase", r#""A""#, "a", "no"),
        ("StringLike", r#""a*c?""#, "abbcd", "yes"),
        ("StringLike", r#""A*""#, "abc", "no"),
        ("StringNotLike", r#"["x*","a*"]"#, "abc", "no"),
        ("NumericEquals", r#""10""#, "10.0", "yes"),
        ("NumericNotEquals", r#""10""#, "11", "yes"),
        ("NumericLessThan", "10", "9", "yes"),
        ("NumericLessThan", "10", "10", "no"),
        ("NumericLessThanEquals", "10", "10", "yes"),
        ("NumericGreaterThan", r#"["100","5"]"#, "9", "yes"),
        ("NumericGreaterThanEquals", r#""-1""#, "-2", "no"),
        ("NumericLessThan", r#""10""#, "x", "doubt"),
        ("NumericLessThan", r#""x""#, "1", "doubt"),
        ("NumericNotEquals", r#""x""#, "1", "doubt"),
        (
            "DateLessThan",
            r#""2024-01-01T00:00:00Z""#,
            "2023-12-31T23:59:59Z",
            "yes",
        ),
        ("DateGreaterThan", r#""2024-01-01""#, "1704067201", "yes"),
        (
            "DateEquals",
            r#""1704067200""#,
            "2024-01-01T01:00:00+01:00",
            "yes",
        ),
        (
            "DateNotEquals",
            r#""1704067200""#,
            "2024-01-01T00:00:00Z",
            "no",
        ),
        ("DateLessThan", r#""2024-01-01""#, "yesterday", "doubt"),
        ("Bool", "true", "true", "yes"),
        ("Bool", r#""True""#, "true", "yes"),
        ("Bool", "false", "true", "no"),
        ("Bool", "true", "maybe", "doubt"),
        ("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJ5", "yes"),
        ("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJ6", "no"),
        ("BinaryEquals", r#""?""#, "QmluYXJ5", "doubt"),
        ("IpAddress", r#""10.0.0.0/8""#, "10.1.2.3", "yes"),
        (
            "IpAddress",
            r#"["10.0.0.0/8","2001:db8::/32"]"#,
            "2001:db8::1",
            "yes",
        ),
        ("IpAddress", r#""10.0.0.1""#, "10.0.0.2", "no"),
        (
            "NotIpAddress",
            r#"["10.0.0.0/8","11.0.0.0/8"]"#,
            "11.1.1.1",
            "no",
        ),
        ("NotIpAddress", r#""10.0.0.0/8""#, "11.1.1.1", "yes"),
        ("NotIpAddress", r#""10.0.0.0/99""#, "11.1.1.1", "doubt"),
        ("IpAddress", r#""10.0.0.0/8""#, "nowhere", "doubt"),
        (
            "ArnEquals",
            r#""arn:aws:sns:*:1:t*""#,
            "arn:aws:sns:eu:1:topic",
            "yes",
        ),
        (
            "ArnLike",
            r#""arn:aws:sns:*:t*""#,
            "arn:aws:sns:eu:1:topic",
            "doubt",
        ),
        (
            "ArnNotLike",
            r#""arn:aws:sns:*:1:t*""#,
            "arn:aws:sns:eu:1:topic",
            "no",
        ),
        (
            "ArnNotEquals",
            r#""arn:aws:sns:*:2:t*""#,
            "arn:aws:sns:eu:1:topic",
            "yes",
        ),
        ("Null", "true", "a", "no"),
        ("Null", r#""false""#, "a", "yes"),
        ("Null", "true", "", "yes"),
    ] {
        assert_eq!(
            answer(&one(value), operator, "k:K", values),
            expected,
            "{operator} {values} {value}"
        );
    }
}

/// The table of missing and empty keys: (operator, key missing, key with an empty set).
#[test]
fn missing_and_empty_keys() {
    for (operator, values, missing, empty) in [
        ("StringEquals", r#""a""#, "no", "no"),
        ("StringNotEquals", r#""a""#, "yes", "yes"),
        ("StringEqualsIfExists", r#""a""#, "yes", "yes"),
        ("StringNotEqualsIfExists", r#""a""#, "yes", "yes"),
        ("Bool", "false", "no", "no"),
        ("BoolIfExists", "false", "yes", "yes"),
        ("NotIpAddress", r#""10.0.0.0/8""#, "yes", "yes"),
        ("ArnNotLike", r#""arn:aws:s3:::x""#, "yes", "yes"),
        ("NumericLessThan", "1", "no", "no"),
        ("Null", "true", "yes", "yes"),
        ("Null", "false", "no", "no"),
        ("ForAllValues:StringEquals", r#""a""#, "yes", "yes"),
        ("ForAllValues:StringNotEquals", r#""a""#, "yes", "yes"),
        ("ForAnyValue:StringEquals", r#""a""#, "no", "no"),
        ("ForAnyValue:StringNotEquals", r#""a""#, "no", "no"),
        (
            "ForAnyValue:StringEqualsIfExists",
            r#""a""#,
            "doubt",
            "doubt",
        ),
    ] {
        assert_eq!(
            answer(&Context::new(), operator, "k:k", values),
            missing,
            "{operator} missing"
        );
        assert_eq!(
            answer(&many(&[]), operator, "k:k", values),
            empty,
            "{operator} empty"
        );
    }
    assert_eq!(
        answer(&one(""), "ForAllValues:StringEquals", "k:k", r#""a""#),
        "yes"
    );
    assert_eq!(
        answer(&one(""), "ForAnyValue:StringNotEquals", "k:k", r#""a""#),
        "doubt"
    );
}

#[test]
fn quantifiers_negate_each_value_first() {
    for (operator, values, request, expected) in [
        (
            "ForAllValues:StringEquals",
            r#"["a","b"]"#,
            &["a", "b"][..],
            "yes",
        ),
        (
            "ForAllValues:StringEquals",
            r#"["a","b"]"#,
            &["a", "c"],
            "no",
        ),
        (
            "ForAnyValue:StringEquals",
            r#"["a","b"]"#,
            &["c", "b"],
            "yes",
        ),
        (
            "ForAnyValue:StringEquals",
            r#"["a","b"]"#,
            &["c", "d"],
            "no",
        ),
        (
            "ForAllValues:StringNotEquals",
            r#"["a","b"]"#,
            &["c", "d"],
            "yes",
        ),
        (
            "ForAllValues:StringNotEquals",
            r#"["a","b"]"#,
            &["c", "a"],
            "no",
        ),
        (
            "ForAnyValue:StringNotEquals",
            r#"["a","b"]"#,
            &["a", "c"],
            "yes",
        ),
        (
            "ForAnyValue:StringNotEquals",
            r#"["a","b"]"#,
            &["a", "b"],
            "no",
        ),
        ("ForAnyValue:StringLike", r#""a*""#, &["b", "ab"], "yes"),
        ("ForAllValues:NumericLessThan", "10", &["1", "x"], "doubt"),
        ("ForAllValues:NumericLessThan", "10", &["11", "x"], "no"),
        ("StringEquals", r#""a""#, &["b", "c"], "no"),
        ("StringEquals", r#""a""#, &["a"], "doubt"),
    ] {
        assert_eq!(
            answer(&many(request), operator, "k:k", values),
            expected,
            "{operator} {request:?}"
        );
    }
}

#[test]
fn conditions_are_all_needed() {
    let case = Case::new(user()).with(|c| {
        c.context.set("k:a", "1").set("k:b", "2");
    });
    let allows = |conditions: &str| {
        allows(
            &case,
            &format!(r#""Action":"*","Resource":"*","Condition":{conditions}"#),
        )
    };
    assert!(allows(
        r#"{"StringEquals":{"k:a":"1","k:b":"2"},"NumericLessThan":{"k:a":"2"}}"#
    ));
    assert!(!allows(r#"{"StringEquals":{"k:a":"1","k:b":"3"}}"#));
    assert!(!allows(
        r#"{"StringEquals":{"k:a":"1"},"NumericLessThan":{"k:b":"2"}}"#
    ));
    assert!(allows("{}"));
}

#[test]
fn variables_in_resources_and_conditions() {
    let case = Case::new(user()).with(|c| {
        c.context
            .set("aws:PrincipalTag/Team", "*")
            .set("k:team", "red")
            .set("k:name", "bob");
    });
    let resource = |tail: &str| {
        allows(
            &case,
            &format!(r#""Action":"*","Resource":"arn:aws:s3:::{tail}""#),
        )
    };
    assert!(resource("bucket/${aws:missing, 'key'}"));
    assert!(!resource("bucket/${aws:PrincipalTag/Team}"));
    assert!(!resource("bucket/${aws:missing}"));
    assert!(resource("bucket/*"));
    assert!(!resource("bucket/${*}"));
    let empty = case.clone().with(|c| {
        c.context.set("k:empty", "");
    });
    let empty =
        |operator: &str, key: &str| answer(&empty.context, operator, key, r#""${k:empty}""#);
    assert_eq!(empty("StringEquals", "k:empty"), "no");
    assert_eq!(empty("StringNotEquals", "k:empty"), "yes");
    let condition = |operator: &str, key: &str, value: &str| {
        let mut context = case.context.clone();
        context.set("k:star", "*");
        answer(&context, operator, key, &format!(r#""{value}""#))
    };
    assert_eq!(
        condition("StringEquals", "k:name", "${aws:username}"),
        "yes"
    );
    assert_eq!(
        condition("StringLike", "k:team", "${aws:PrincipalTag/team}"),
        "no"
    );
    assert_eq!(
        condition("StringLike", "k:star", "${aws:PrincipalTag/team}"),
        "yes"
    );
    assert_eq!(condition("StringLike", "k:star", "${*}"), "yes");
    assert_eq!(condition("StringEquals", "k:team", "${aws:missing}"), "no");
    assert_eq!(
        condition("StringNotEquals", "k:team", "${aws:missing}"),
        "yes"
    );
    assert_eq!(
        condition("ArnEquals", "aws:PrincipalArn", "${aws:PrincipalArn}"),
        "yes"
    );
}

#[test]
fn before_2012_variables_are_text() {
    let policy = |version: &str, resource: &str| {
        let text = format!(
            r#"{{{version}"Statement":{{"Effect":"Allow","Action":"*","Resource":"{resource}"}}}}"#
        );
        Policy::parse_and_compile(&text, DocumentKind::Inline, "old").unwrap()
    };
    let case = |policy: Policy, resource: &str| {
        Case::new(user()).with(|c| {
            c.identity = vec![policy];
            c.resource = resource.to_owned();
        })
    };
    let pattern = "arn:aws:s3:::${aws:username}";
    for version in ["", r#""Version":"2008-10-17","#] {
        assert!(!case(policy(version, pattern), "arn:aws:s3:::bob").is_allowed());
        assert!(case(policy(version, pattern), pattern).is_allowed());
    }
    let new = || policy(r#""Version":"2012-10-17","#, pattern);
    assert!(case(new(), "arn:aws:s3:::bob").is_allowed());
    assert!(!case(new(), pattern).is_allowed());
}

#[test]
fn tag_keys_ignore_case() {
    let mut context = Context::new();
    context.set("aws:ResourceTag/TEAM", "red");
    assert_eq!(
        answer(&context, "StringEquals", "aws:resourcetag/Team", r#""red""#),
        "yes"
    );
}

#[test]
fn resource_policies_without_a_match_in_any_element_do_not_apply() {
    let body = r#""Effect":"Allow","Action":"s3:PutObject","Resource":"*","Principal":"*""#;
    let case = Case::new(user())
        .with(|c| c.resource_policy = Some(policy(DocumentKind::Resource, &[body])));
    assert!(!case.is_allowed());
}
