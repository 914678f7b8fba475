//! Documents: what is refused, in AWS's words; what printing gives back; principals rewritten.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::borrow::Cow;
use std::convert::Infallible;

use policy::{
    Document, DocumentKind, Effect, PrincipalKind, SyntaxErrorKind, aws_message, parse,
    parse_stored, read_partly,
};

const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";
const VENDOR: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

fn message(text: &str, kind: DocumentKind) -> String {
    match parse(text, kind) {
        Ok(_) => "accepted".to_owned(),
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in &errors {
                assert!(
                    text.get(error.span.clone()).is_some(),
                    "{error:?} points into the text"
                );
            }
            aws_message(&errors)
        }
    }
}

/// The answer for a 2012 document with one statement.
fn one(statement: &str, kind: DocumentKind) -> String {
    message(
        &format!(r#"{{"Version":"2012-10-17","Statement":{{{statement}}}}}"#),
        kind,
    )
}

fn identity(statement: &str) -> String {
    one(statement, DocumentKind::Identity)
}

#[test]
fn texts_for_documents_that_are_no_policy() {
    for text in [
        "",
        "[]",
        "\"x\"",
        "{",
        "{} x",
        r#"{"Version":"2012-10-17"}"#,
        r#"{"Version":"2012-10-17","Statement":[]}"#,
        r#"{"Version":"2012-10-17","Statement":["x"]}"#,
        r#"{"Version":"2011-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
        r#"{"Version":"2012-10-17","Id":[],"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
        r#"{"Version":"2012-10-17","More":1,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
    ] {
        assert_eq!(message(text, DocumentKind::Identity), SYNTAX, "{text}");
    }
    let old = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    assert_eq!(
        message(old, DocumentKind::Identity),
        "Policy document must be version 2012-10-17 or greater."
    );
    assert_eq!(message(old, DocumentKind::Inline), "accepted");
    let twice = r#"{"Version":"2012-10-17","Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    assert_eq!(message(twice, DocumentKind::Identity), SYNTAX);
}

#[test]
fn texts_for_statements() {
    for (statement, expected) in [
        (r#""Action":"*","Resource":"*""#, SYNTAX),
        (r#""Effect":"Maybe","Action":"*","Resource":"*""#, SYNTAX),
        (r#""Effect":"ALLOW","Action":"*","Resource":"*""#, LEGACY),
        (
            r#""Effect":"Allow","Effect":"Allow","Action":"*","Resource":"*""#,
            SYNTAX,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Extra":1"#,
            SYNTAX,
        ),
        (
            r#""Effect":"Allow","Action":"*","NotAction":"*","Resource":"*""#,
            SYNTAX,
        ),
        (r#""Effect":"Allow","Action":[1],"Resource":"*""#, SYNTAX),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Sid":1"#,
            SYNTAX,
        ),
        (
            r#""Effect":"Allow","Resource":"*""#,
            "Policy statement must contain actions.",
        ),
        (
            r#""Effect":"Allow","Action":[],"Resource":"*""#,
            "Policy statement must contain actions.",
        ),
        (
            r#""Effect":"Allow","Action":"*""#,
            "Policy statement must contain resources.",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":[]"#,
            "Policy statement must contain resources.",
        ),
        (r#""Effect":"Allow","Action":"read","Resource":"*""#, VENDOR),
        (
            r#""Effect":"Allow","Action":"a:b:c","Resource":"*""#,
            "Actions/Condition can contain only one colon.",
        ),
        (
            r#""Effect":"Allow","Action":"a b:c","Resource":"*""#,
            "Vendor a b is not valid",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"x y""#,
            r#"Resource x y must be in ARN format or "*"."#,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:moon:s3:::b""#,
            r#"Partition "moon" is not valid for resource "arn:moon:s3:::b"."#,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"b:moon""#,
            r#"Partition "moon" is not valid for resource "arn:moon:*:*:*:*"."#,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws""#,
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:*:::b""#,
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3::b""#,
            LEGACY,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:eu-west-1::b""#,
            "Resource arn:aws:s3:eu-west-1::b can not contain region information.",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:iam:eu-west-1::user/b""#,
            "IAM resource arn:aws:iam:eu-west-1::user/b cannot contain region information.",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:iam::1:users/b""#,
            r#"IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."#,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Principal":"*""#,
            "Policy document should not specify a principal.",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","NotPrincipal":{"AWS":"*"}"#,
            "Policy document should not specify a principal.",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"a:b":"c"}}"#,
            SYNTAX,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":{}}}"#,
            SYNTAX,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":[]"#,
            SYNTAX,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateEquals":{"a:b":"soon"}}"#,
            LEGACY,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateEquals":{"a:b":"2024-02-29"}}"#,
            "accepted",
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":["*",null]"#,
            "accepted",
        ),
    ] {
        assert_eq!(identity(statement), expected, "{statement}");
    }
}

#[test]
fn aws_reports_the_earliest_stage_only() {
    let twice = |a: &str, b: &str| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{{{a}}},{{{b}}}]}}"#);
        message(&text, DocumentKind::Identity)
    };
    let good = r#""Sid":"s","Effect":"Allow","Action":"*","Resource":"*""#;
    assert_eq!(
        twice(good, good),
        "Statement IDs (SID) in a single policy must be unique."
    );
    assert_eq!(
        twice(
            good,
            r#""Sid":"s","Effect":"Allow","Action":"x","Resource":"x""#
        ),
        "Statement IDs (SID) in a single policy must be unique."
    );
    assert_eq!(twice(good, r#""Sid":"s","Effect":"allow""#), LEGACY);
    let form_first = r#""Effect":"Allow","Action":"*","Resource":["x","arn:aws:s3::b"]"#;
    assert_eq!(
        identity(form_first),
        r#"Resource x must be in ARN format or "*"."#
    );
    let incomplete_first = r#""Effect":"Allow","Action":"*","Resource":["arn:aws:s3::b","x"]"#;
    assert_eq!(identity(incomplete_first), LEGACY);
    let all = parse(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"allow","Action":"x","Resource":"x"}}"#,
        DocumentKind::Identity,
    );
    assert_eq!(all.unwrap_err().len(), 3);
}

#[test]
fn texts_for_trust_policies() {
    let trust = |statement: &str| one(statement, DocumentKind::Trust);
    let who = r#""Principal":{"AWS":"111122223333"}"#;
    for (statement, expected) in [
        (format!(r#""Effect":"Allow","Action":"sts:AssumeRole",{who}"#), "accepted"),
        (format!(r#""Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],{who}"#), "accepted"),
        (format!(r#""Effect":"Allow","Action":"sts:AssumeRole","Resource":"*",{who}"#), "Has prohibited field Resource."),
        (format!(r#""Effect":"Allow","Action":"sts:AssumeRole","NotResource":"*",{who}"#), "AssumeRole policy must not contain resources."),
        (format!(r#""Effect":"Allow","Action":"s3:GetObject",{who}"#), "AssumeRole policy may only specify STS AssumeRole actions."),
        (format!(r#""Effect":"Allow","Action":"*",{who}"#), "AssumeRole policy may only specify STS AssumeRole actions."),
        (format!(r#""Effect":"Allow","Action":"sts:Assume",{who}"#), "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity"),
        (r#""Effect":"Allow","Action":"sts:AssumeRole""#.to_owned(), "Missing required field Principal"),
        (r#""Effect":"Allow","Action":"sts:AssumeRole","Principal":{}"#.to_owned(), "Missing required field Principal cannot be empty!"),
        (r#""Effect":"Allow","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"*"}"#.to_owned(), "Allow with NotPrincipal is not allowed."),
        (r#""Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111122223333:user/*"}"#.to_owned(), r#"Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/*""#),
        (r#""Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"bob"}"#.to_owned(), r#"Invalid principal in policy: "AWS":"bob""#),
        (r#""Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Someone":"bob"}"#.to_owned(), SYNTAX),
    ] {
        assert_eq!(trust(&statement), expected, "{statement}");
    }
    assert_eq!(message("no json", DocumentKind::Trust), SYNTAX);
    let old = format!(
        r#"{{"Version":"2008-10-17","Statement":{{"Effect":"Allow","Action":"sts:AssumeRole",{who}}}}}"#
    );
    assert_eq!(message(&old, DocumentKind::Trust), "accepted");
}

#[test]
fn other_kinds_have_their_own_grammar() {
    let body = r#""Effect":"Allow","Action":"*","Resource":"*""#;
    assert_eq!(
        one(body, DocumentKind::Resource),
        "Missing required field Principal"
    );
    assert_eq!(
        one(
            &format!(r#"{body},"Principal":"*""#),
            DocumentKind::Resource
        ),
        "accepted"
    );
    assert_eq!(one(body, DocumentKind::ServiceControl), "accepted");
    assert_eq!(
        one(
            &format!(r#"{body},"Principal":"*""#),
            DocumentKind::ServiceControl
        ),
        "The provided policy document does not meet the requirements of the specified policy type."
    );
    let listed = r#""Effect":"Deny","Action":"*","Resource":"*","NotPrincipal":"*""#;
    assert_ne!(one(listed, DocumentKind::ResourceControl), "accepted");
    assert_eq!(
        one(
            r#""Effect":"Deny","Action":"s*:*Get*","Resource":"*""#,
            DocumentKind::ServiceControl
        ),
        "accepted"
    );
}

#[test]
fn sids_are_alphanumeric_in_iam_s_documents_and_stored_ones_keep_their_meaning() {
    let with = |sid: &str, rest: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Sid":"{sid}","Effect":"Deny",{rest},"Action":"sts:AssumeRole"}}}}"#
        )
    };
    let resource = r#""Resource":"*""#;
    let principal = r#""Principal":"*""#;
    let both = r#""Principal":"*","Resource":"*""#;
    for (kind, rest) in [
        (DocumentKind::Identity, resource),
        (DocumentKind::Inline, resource),
        (DocumentKind::Boundary, resource),
        (DocumentKind::Session, resource),
        (DocumentKind::Trust, principal),
    ] {
        for sid in ["a b", "a-b", "a.b", "é"] {
            let text = with(sid, rest);
            assert_eq!(
                message(&text, kind),
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
                "{kind:?} {sid}"
            );
            assert!(parse_stored(&text, kind).is_ok(), "{kind:?} {sid}");
        }
        for sid in ["", "aB1", "a_b"] {
            assert_eq!(
                message(&with(sid, rest), kind),
                "accepted",
                "{kind:?} {sid}"
            );
        }
    }
    assert_eq!(
        message(&with("a b", both), DocumentKind::Resource),
        "accepted"
    );
    assert_eq!(
        message(&with("a b", resource), DocumentKind::ServiceControl),
        "accepted"
    );
    assert!(parse_stored("{", DocumentKind::Identity).is_err());
    assert!(parse_stored(&with("s", ""), DocumentKind::Identity).is_err());
}

#[test]
fn characters_outside_latin_1_are_refused_where_iam_refuses_them() {
    let text = r#"{"Version":"2012-10-17","Id":"日","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let errors = parse(text, DocumentKind::Identity).unwrap_err();
    assert_eq!(errors[0].kind, SyntaxErrorKind::Charset(0x65e5));
    assert_eq!(&text[errors[0].span.clone()], "日");
    assert!(parse(text, DocumentKind::ServiceControl).is_ok());
}

#[test]
fn spans_point_at_the_element() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"One","Effect":"Allow","Action":["iam:*"],"Resource":"*","Condition":{"Bool":{"aws:SecureTransport":true}}}]}"#;
    let document = parse(text, DocumentKind::Identity).unwrap();
    let statement = &document.statements()[0];
    assert_eq!(
        &text[statement.sid.as_ref().unwrap().span.clone()],
        "\"One\""
    );
    assert_eq!(
        &text[statement.action.as_ref().unwrap().values[0].span.clone()],
        "\"iam:*\""
    );
    let block = &statement.conditions.as_ref().unwrap()[0];
    assert_eq!(&text[block.operator.span.clone()], "\"Bool\"");
    assert_eq!(&text[block.keys[0].values[0].span.clone()], "true");
    assert!(text[statement.span.clone()].starts_with("{\"Sid\""));
    assert_eq!(document.to_json(), text);
}

#[test]
fn principals_are_rewritten_and_back() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/a","111122223333"],"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let document = parse(text, DocumentKind::Trust).unwrap();
    let map = |document: &Document, from: &str, to: &str| {
        document
            .map_principals::<Infallible>(&mut |kind, value| {
                let hit = kind == PrincipalKind::Aws && value == from;
                Ok(if hit {
                    Cow::Owned(to.to_owned())
                } else {
                    Cow::Borrowed(value)
                })
            })
            .unwrap()
    };
    let stored = map(
        &document,
        "arn:aws:iam::111122223333:role/a",
        "AROAEXAMPLEEXAMPLE123",
    );
    assert!(
        stored
            .to_json()
            .contains("\"AROAEXAMPLEEXAMPLE123\",\"111122223333\"")
    );
    let shown = map(
        &stored,
        "AROAEXAMPLEEXAMPLE123",
        "arn:aws:iam::111122223333:role/a",
    );
    assert_eq!(shown.to_json(), text);
    let refused = document.map_principals(&mut |_, value| Err(value.to_owned()));
    assert_eq!(refused.unwrap_err(), "arn:aws:iam::111122223333:role/a");
}

#[test]
fn sizes_are_counted_as_aws_counts() {
    assert_eq!(Document::size_without_whitespace("{ \"a\" :\n\t1 }"), 7);
    assert_eq!(Document::size("{ \"a\" }"), 7);
}

#[test]
fn the_keys_that_a_document_refers_to_are_listed_once() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/${aws:username}/${*}",
         "Condition":{"StringLike":{"s3:prefix":["${aws:PrincipalTag/team, 'all'}","x"]}}},
        {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"AWS:UserName":"false"}}}]}"#;
    let document = parse(text, DocumentKind::Identity).unwrap();
    assert_eq!(
        document.context_keys(),
        ["aws:PrincipalTag/team", "aws:username", "s3:prefix"]
    );
}

/// Half a document must never decide: what it would have denied is in the other half.
#[test]
fn a_stored_document_with_an_error_is_none() {
    let stored = |statements: &str| {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        parse_stored(&text, DocumentKind::Identity)
    };
    let allow = r#"{"Sid":"not only letters","Effect":"Allow","Action":"*","Resource":"*"}"#;
    assert!(stored(allow).is_ok(), "a rule of writing only");
    for broken in [
        r#"{"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"StringSame":{"aws:username":"a"}}}"#,
        r#"{"Effect":"Deny","Action":"iam","Resource":"*"}"#,
        r#"{"Effect":"Deny","Action":"iam:*","Resource":"iam"}"#,
        r#"{"Effect":"Refuse","Action":"iam:*","Resource":"*"}"#,
        r#"{"Effect":"Deny","Resource":"*"}"#,
    ] {
        assert!(stored(&format!("{allow},{broken}")).is_err(), "{broken}");
    }
}

/// An element that cannot be read is an error at its place, even where the document would do without the element.
#[test]
fn an_element_of_a_wrong_form_is_an_error_of_its_own() {
    let deny = r#""Effect":"Deny","Action":"kms:*","Resource":"*","Principal":"*""#;
    let replaced = |from: &str, to: &str| {
        assert!(deny.contains(from));
        format!("[{{{}}}]", deny.replace(from, to))
    };
    let with = |more: &str| format!("[{{{deny},{more}}}]");
    let principal =
        |value: &str| replaced(r#""Principal":"*""#, &format!(r#""Principal":{value}"#));
    let mut cases = vec![
        ("1".to_owned(), "1"),
        ("null".to_owned(), "null"),
        (r#""*""#.to_owned(), r#""*""#),
        ("[true]".to_owned(), "true"),
        (replaced(r#""kms:*""#, "2"), "2"),
        (replaced(r#""kms:*""#, r#"{"a":1}"#), r#"{"a":1}"#),
        (replaced(r#""kms:*""#, r#"["kms:*",2]"#), "2"),
        (replaced(r#""Resource":"*""#, r#""Resource":2"#), "2"),
        (replaced(r#""Resource":"*""#, r#""NotResource":{}"#), "{}"),
        (
            replaced(r#""Resource":"*""#, r#""Resource":["*",{}]"#),
            "{}",
        ),
        (replaced(r#""Deny""#, "2"), "2"),
        (with(r#""Condition":null"#), "null"),
        (with(r#""Condition":{"Bool":2}"#), "2"),
        (with(r#""Condition":{"Bool":{"a:b":null}}"#), "null"),
        (with(r#""Condition":{"Bool":{"a:b":["true",[]]}}"#), "[]"),
    ];
    for value in ["2", "null", "true", "[]", r#"["*"]"#] {
        cases.push((principal(value), value));
    }
    cases.push((principal(r#"{"AWS":"*","Service":2}"#), "2"));
    cases.push((principal(r#"{"AWS":["*",2]}"#), "2"));
    for (statement, place) in cases {
        let text = format!(r#"{{"Statement":{statement}}}"#);
        let errors = parse(&text, DocumentKind::Resource).unwrap_err();
        assert!(
            errors.iter().any(|error| {
                matches!(error.kind, SyntaxErrorKind::WrongType { .. })
                    && text.get(error.span.clone()) == Some(place)
            }),
            "{text}: {errors:?}"
        );
        assert!(
            parse_stored(&text, DocumentKind::Resource).is_err(),
            "{text}"
        );
    }
    let trust =
        r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole","Resource":2}}"#;
    assert!(parse_stored(trust, DocumentKind::Trust).is_err());
}

#[test]
fn an_element_and_its_opposite_exclude_each_other() {
    let whole = [
        r#""Principal":{"AWS":"111122223333"}"#,
        r#""Action":"kms:Encrypt""#,
        r#""Resource":"*""#,
    ];
    let others = [
        (r#""NotPrincipal":{"AWS":"444455556666"}"#, "Principal"),
        (r#""NotAction":"kms:Decrypt""#, "Action"),
        (r#""NotResource":"arn:aws:kms:::key/a""#, "Resource"),
    ];
    for (other, element) in others {
        let name = other.split(':').next();
        let whole = whole.join(",");
        for statement in [format!("{whole},{other}"), format!("{other},{whole}")] {
            let text = format!(r#"{{"Statement":{{"Effect":"Deny",{statement}}}}}"#);
            let errors = parse_stored(&text, DocumentKind::Resource).unwrap_err();
            let [error] = errors.as_slice() else {
                panic!("{text}: {errors:?}");
            };
            assert_eq!(error.kind, SyntaxErrorKind::Both(element), "{text}");
            let second = text.get(error.span.clone());
            let first = format!("\"{element}\"");
            assert!(second == name || second == Some(&first), "{text}");
        }
    }
}

/// Taken for everybody, a principal that is none would open a resource to the world.
#[test]
fn a_principal_without_a_type_is_the_star_alone() {
    for value in [
        "",
        "**",
        "* ",
        "?",
        "arn:aws:iam::*:root",
        "111122223333",
        "arn:aws:iam::111122223333:root",
    ] {
        for element in ["Principal", "NotPrincipal"] {
            let statement =
                format!(r#""Effect":"Deny","Action":"sts:AssumeRole","{element}":"{value}""#);
            let resource = format!(r#"{statement},"Resource":"*""#);
            let expected = format!(r#"Invalid principal in policy: "Principal":"{value}""#);
            for (kind, statement) in [
                (DocumentKind::Trust, &statement),
                (DocumentKind::Resource, &resource),
            ] {
                assert_eq!(one(statement, kind), expected, "{statement}");
                let text = format!(r#"{{"Statement":{{{statement}}}}}"#);
                assert!(parse_stored(&text, kind).is_err(), "{statement}");
            }
        }
    }
}

#[test]
fn what_is_read_of_an_effect_that_is_none_denies() {
    for effect in [
        "",
        r#""Effect":"allow","#,
        r#""Effect":"Any","#,
        r#""Effect":["Allow"],"#,
    ] {
        let text = format!(r#"{{"Statement":{{{effect}"Action":"*","Resource":"*"}}}}"#);
        let (document, errors) = read_partly(&text, DocumentKind::Inline);
        assert_eq!(document.unwrap().statements()[0].effect, Effect::Deny);
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
    }
}

/// The last of many is what a reader that stops early would lose.
#[test]
fn everything_of_a_long_document_is_read_in_its_order() {
    let many = |count: usize, item: &dyn Fn(usize) -> String| {
        let items: Vec<String> = (0..count).map(item).collect();
        items.join(",")
    };
    let names = many(40, &|n| format!(r#""{:012}""#, n + 1));
    let services = many(40, &|n| format!(r#""s{n}.amazonaws.com""#));
    let actions = many(40, &|n| format!(r#""kms:Act{n}*""#));
    let resources = many(40, &|n| {
        format!(r#""arn:aws:kms:eu-west-1:111122223333:key/{n}""#)
    });
    let values = many(12, &|n| format!(r#""v{n}""#));
    let keys = many(12, &|n| {
        format!(r#""aws:RequestTag/{n}":[{values},true,-1.50e+3]"#)
    });
    let blocks = [
        "StringEquals",
        "ForAllValues:StringNotLike",
        "ArnLikeIfExists",
    ]
    .map(|operator| format!(r#""{operator}":{{{keys}}}"#))
    .join(",");
    let statements = many(40, &|n| {
        let not = if n % 2 == 0 { "" } else { "Not" };
        let effect = if n % 4 == 0 { "Allow" } else { "Deny" };
        format!(
            r#"{{"Sid":"s{n}","Effect":"{effect}","{not}Principal":{{"AWS":[{names}],"Service":[{services}]}},"{not}Action":[{actions}],"{not}Resource":[{resources}],"Condition":{{{blocks}}}}}"#
        )
    });
    let text = format!(r#"{{"Version":"2012-10-17","Id":"i","Statement":[{statements}]}}"#);
    for read in [parse, parse_stored] {
        let document = read(&text, DocumentKind::Resource).unwrap();
        assert!(document.to_json() == text, "something was lost or moved");
    }
}

#[test]
fn errors_come_in_the_order_of_the_text() {
    let text = r#"{"Statement":[{"Effect":"Deny","Action":"kms","Resource":"*"},{"Effect":"deny","Action":"kms:*","Resource":2},{"Effect":"Deny","Action":"kms:*","Action":"*","Resource":"*"}]}"#;
    let errors = parse(text, DocumentKind::Inline).unwrap_err();
    assert!(errors.len() >= 4, "{errors:?}");
    assert!(errors.is_sorted_by_key(|error| error.span.start));
}

#[test]
fn only_statements_with_actions_and_resources_have_an_effect() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"a","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"},
        {"Sid":"b","Effect":"Deny","Principal":"*","Resource":"*"},
        {"Sid":"c","Effect":"Deny","Principal":"*","Action":[],"Resource":"*"},
        {"Sid":"d","Effect":"Deny","Principal":"*","NotAction":["kms:Encrypt"],"NotResource":["*"]},
        {"Sid":"e","Effect":"Deny","Principal":"*","Action":"kms:*"},
        {"Sid":"f","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":[null]},
        {"Sid":"g","Effect":"Deny","Principal":"*"},
        {"Sid":"h","Effect":"Allow","Principal":"*","Action":["kms:*",null],"Resource":["*"]}]}"#;
    let (document, errors) = read_partly(text, DocumentKind::Resource);
    assert_eq!(errors.len(), 6, "{errors:?}");
    let document = document.unwrap().without_idle_statements();
    let left: Vec<&str> = document
        .statements()
        .iter()
        .filter_map(|statement| Some(statement.sid.as_ref()?.value.as_str()))
        .collect();
    assert_eq!(left, ["a", "d", "h"]);
}

#[test]
fn text_that_is_no_json_is_never_read_as_far_as_it_goes() {
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    for text in [
        format!(r#"{{"Statement":[{allow}}}"#),
        format!(r#"{{"Statement":[{allow}"#),
        format!(r#"{{"Statement":[{allow}]"#),
        format!(r#"{{"Statement":[{allow},]}}"#),
        format!(r#"{{"Statement":[{allow} {allow}]}}"#),
        format!(r#"{{"Statement":[{allow}];"Id":"a"}}"#),
        format!(r#"{{"Statement":[{allow}]}}{{"Statement":[{allow}]}}"#),
        format!(r#"{{"Statement":[{allow}]}}]"#),
        format!("{{\"Statement\":[{allow}]}}\0"),
        r#"{"Statement":[{"Effect":"Allow","Action":["*"},"Resource":"*"}]}"#.to_owned(),
        r#"{"Statement":[{"Effect":"Allow","Action":["*","Resource":"*"}]}"#.to_owned(),
        r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":["*"}]}"#.to_owned(),
    ] {
        assert!(parse(&text, DocumentKind::Inline).is_err(), "{text}");
        assert!(parse_stored(&text, DocumentKind::Inline).is_err(), "{text}");
    }
}

/// A principal that kept its ARN would pass its rights on to whoever gets its name next.
#[test]
fn every_principal_of_every_statement_is_rewritten() {
    let text = |aws: &str, service: &str, federated: &str| {
        let rest = r#""Action":"kms:*","Resource":"*""#;
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*",{rest}}},{{"Effect":"Deny","NotPrincipal":{{"Service":"{service}","AWS":["{aws}","{aws}"]}},{rest}}},{{"Effect":"Deny","NotPrincipal":"*",{rest}}},{{"Effect":"Allow","Principal":{{"Federated":["{federated}"],"AWS":"{aws}"}},{rest}}}]}}"#
        )
    };
    let before = text(
        "111122223333",
        "ec2.amazonaws.com",
        "cognito-identity.amazonaws.com",
    );
    let document = parse(&before, DocumentKind::Resource).unwrap();
    let mut asked = Vec::new();
    let mapped = document
        .map_principals::<Infallible>(&mut |kind, value| {
            asked.push((kind, value.to_owned()));
            Ok(Cow::Owned(format!("new {value}")))
        })
        .unwrap();
    let after = text(
        "new 111122223333",
        "new ec2.amazonaws.com",
        "new cognito-identity.amazonaws.com",
    );
    assert_eq!(mapped.to_json(), after);
    let aws = (PrincipalKind::Aws, "111122223333".to_owned());
    let service = (PrincipalKind::Service, "ec2.amazonaws.com".to_owned());
    let federated = "cognito-identity.amazonaws.com".to_owned();
    let federated = (PrincipalKind::Federated, federated);
    assert_eq!(asked, [service, aws.clone(), aws.clone(), federated, aws]);
    let last = document.map_principals(&mut |kind, value| match kind {
        PrincipalKind::Federated => Err(value.to_owned()),
        _ => Ok(Cow::Borrowed(value)),
    });
    assert_eq!(last.unwrap_err(), "cognito-identity.amazonaws.com");
}

/// A name that is read as another is a condition about another caller.
#[test]
fn escapes_stand_for_their_letters_and_are_written_again() {
    let text = |value: &str| {
        format!(
            r#"{{"Statement":{{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{{"StringEquals":{{"a:b":"{value}"}}}}}}}}"#
        )
    };
    let value = |document: &Document| {
        let conditions = document.statements()[0].conditions.as_ref().unwrap();
        conditions[0].keys[0].values[0].text.clone()
    };
    for (written, meant) in [
        (r#"x\"y"#, "x\"y"),
        (r"x\\y\/z", "x\\y/z"),
        (r"x\by", "x\u{8}y"),
        (r"x\fy", "x\u{c}y"),
        (r"x\ny", "x\ny"),
        (r"x\ry", "x\ry"),
        (r"x\ty", "x\ty"),
        (r"x\u0000\u001fy", "x\0\u{1f}y"),
        (r"x\u002a\u0024\u007B\u007d0", "x*${}0"),
        (
            r"\u00e9\u65E5\ud7ff\ue000\uffff",
            "é日\u{d7ff}\u{e000}\u{ffff}",
        ),
        (
            r"\ud800\udc00\ud83d\ude00\uDBFF\uDFFF",
            "\u{10000}😀\u{10ffff}",
        ),
        ("é日😀", "é日😀"),
        ("\u{7f}\u{80}", "\u{7f}\u{80}"),
    ] {
        let document = parse_stored(&text(written), DocumentKind::Resource).unwrap();
        assert_eq!(value(&document), meant, "{written}");
        let printed = document.to_json();
        let again = parse_stored(&printed, DocumentKind::Resource).unwrap();
        assert_eq!(value(&again), meant, "{printed}");
    }
    for wrong in [
        r"\",
        r"\a",
        r"\U0041",
        r"\u",
        r"\u004",
        r"\u004g",
        r"\u+041",
        r"\ud800",
        r"\ud800x",
        r"\ud800\n",
        r"\ud800u0041",
        r"\ud800\u0041",
        r"\ud800\udbff",
        r"\ud800\ue000",
        r"\udbff",
        r"\udc00",
        r"\udfff",
        "\n",
        "\u{1f}",
        "\0",
    ] {
        let text = text(wrong);
        assert!(
            parse_stored(&text, DocumentKind::Resource).is_err(),
            "{text}"
        );
    }
}
