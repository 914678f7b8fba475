//! One document for each check, and documents that have nothing to find.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use analysis::{Severity, lint};
use policy::DocumentKind::{self, Identity, Resource, ResourceControl, ServiceControl, Trust};

fn document(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{{{statement}}}}}"#)
}

/// The checks that find something, with the text that each marks.
fn found(text: &str, kind: DocumentKind) -> Vec<(&'static str, String)> {
    lint(text, kind)
        .into_iter()
        .map(|finding| {
            let place = text[finding.span].trim_matches('"').to_owned();
            (finding.code.name(), place)
        })
        .collect()
}

fn codes(statement: &str, kind: DocumentKind) -> Vec<&'static str> {
    let found = found(&document(statement), kind);
    found.into_iter().map(|(code, _)| code).collect()
}

/// Each case: what stands in a statement of `Effect` Allow on bucket objects, and what is found about it.
#[test]
fn findings_of_identity_policies() {
    let read = r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#;
    for (statement, expected) in [
        (read.to_owned(), vec![]),
        (r#""Effect":"Allow","Action":"s3:GetObjct","Resource":"*""#.to_owned(), vec![("INVALID_ACTION", "s3:GetObjct")]),
        (r#""Effect":"Allow","Action":"s3:Zap*","Resource":"*""#.to_owned(), vec![("INVALID_ACTION", "s3:Zap*")]),
        (r#""Effect":"Allow","Action":"s4:GetObject","Resource":"*""#.to_owned(), vec![("INVALID_SERVICE_IN_ACTION", "s4:GetObject")]),
        (r#""Effect":"Allow","Action":["s3:Get*","S3:getobject"],"Resource":"arn:aws:s3:::b/*""#.to_owned(), vec![("REDUNDANT_ACTION", "S3:getobject")]),
        (r#""Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::b/*","arn:aws:s3:::b/x"]"#.to_owned(), vec![("REDUNDANT_RESOURCE", "arn:aws:s3:::b/x")]),
        (r#""Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"arn:aws:s3:::b""#.to_owned(), vec![("RESOURCE_WITHOUT_ACTION", "arn:aws:s3:::b")]),
        (r#""Effect":"Allow","Action":["s3:ListBucket","s3:ListAllMyBuckets"],"Resource":"arn:aws:s3:::b""#.to_owned(), vec![("ACTION_WITHOUT_RESOURCE", "s3:ListAllMyBuckets")]),
        (r#""Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sns:eu-west-1:111111111111:t""#.to_owned(), vec![("RESOURCE_WITHOUT_ACTION", "arn:aws:sns:eu-west-1:111111111111:t")]),
        (r#""Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-wst-1:1:q""#.to_owned(), vec![("INVALID_ARN_REGION", "arn:aws:sqs:eu-wst-1:1:q"), ("INVALID_ARN_ACCOUNT", "arn:aws:sqs:eu-wst-1:1:q")]),
        (r#""Effect":"Allow","Action":"iam:PassRole","Resource":"*""#.to_owned(), vec![("PASS_ROLE_WITH_STAR_IN_RESOURCE", "iam:PassRole")]),
        (r#""Effect":"Allow","Action":"iam:Pass*","Resource":"*""#.to_owned(), vec![("PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", "iam:Pass*")]),
        (r#""Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#.to_owned(), vec![]),
        (r#""Effect":"Allow","NotAction":"iam:*","Resource":"*""#.to_owned(), vec![("ALLOW_WITH_NOT_ACTION", "iam:*")]),
        (r#""Sid":"","Effect":"Deny","NotAction":"iam:*","Resource":"*""#.to_owned(), vec![("EMPTY_SID_VALUE", "")]),
        (r#""Sid":"a b","Effect":"Deny","NotAction":"iam:*","Resource":"*""#.to_owned(), vec![("UNSUPPORTED_SID", "a b")]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(|(code, text)| (code, text.to_owned())).collect();
        assert_eq!(found(&document(&statement), Identity), expected, "{statement}");
    }
}

/// Each case: a condition of a statement that allows `s3:GetObject`.
#[test]
fn findings_of_conditions() {
    for (condition, expected) in [
        (r#""StringEquals":{"aws:PrincipalTag/team":"red"}"#, vec![]),
        (
            r#""Bool":{"aws:MultiFactorAuthPresent":"true"},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","::1"]}"#,
            vec![],
        ),
        (
            r#""StringEquals":{"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub":"x"}"#,
            vec![],
        ),
        (
            r#""StringEquals":{"aws:PrincpalTag/team":"red"}"#,
            vec!["INVALID_GLOBAL_CONDITION_KEY"],
        ),
        (
            r#""StringEquals":{"s3:nothing":"red"}"#,
            vec!["INVALID_SERVICE_CONDITION_KEY"],
        ),
        (
            r#""StringEquals":{"username":"red"}"#,
            vec!["INVALID_CONDITION_KEY_FORMAT"],
        ),
        (
            r#""StringEquals":{"aws:ResourceTag":"red"}"#,
            vec!["MISSING_TAG_KEY_IN_CONDITION_KEY"],
        ),
        (
            r#""StringEquals":{"s3:prefix":"red"}"#,
            vec!["UNSUPPORTED_ACTION_FOR_CONDITION_KEY"],
        ),
        (
            r#""StringEquals":{"aws:username":"a","aws:UserName":"b"}"#,
            vec!["DUPLICATE_KEYS_WITH_DIFFERENT_CASE"],
        ),
        (
            r#""NumericEquals":{"aws:username":"1"}"#,
            vec!["TYPE_MISMATCH"],
        ),
        (
            r#""NumericLessThan":{"aws:MultiFactorAuthAge":"an hour"}"#,
            vec!["TYPE_MISMATCH_NUMBER"],
        ),
        (
            r#""Bool":{"aws:SecureTransport":"yes"}"#,
            vec!["TYPE_MISMATCH_BOOLEAN"],
        ),
        (
            r#""Bool":{"aws:SecureTransport":["true","false"]}"#,
            vec!["INVALID_CONDITION_MULTIPLE_BOOLEAN"],
        ),
        (
            r#""IpAddress":{"aws:SourceIp":"10.0.0.0/99"}"#,
            vec!["TYPE_MISMATCH_IP_RANGE"],
        ),
        (
            r#""ArnLike":{"aws:PrincipalArn":"role/x"}"#,
            vec!["TYPE_MISMATCH_ARN"],
        ),
        (
            r#""DateLessThan":{"aws:CurrentTime":"soon"}"#,
            vec!["TYPE_MISMATCH_DATE"],
        ),
        (
            r#""StringEquals":{"aws:username":"bob*"}"#,
            vec!["WILDCARD_WITHOUT_LIKE_OPERATOR"],
        ),
        (r#""StringEquals":{"aws:username":"bob${*}"}"#, vec![]),
        (
            r#""StringEquals":{"aws:CalledVia":"x"}"#,
            vec!["MISSING_QUALIFIER"],
        ),
        (
            r#""ForAllValues:StringEquals":{"aws:username":"x"}"#,
            vec!["FORALLVALUES_WITH_SINGLE_VALUED_KEY"],
        ),
        (
            r#""StringIs":{"aws:username":"x"}"#,
            vec!["INVALID_CONDITION_OPERATOR"],
        ),
        (
            r#""NullIfExists":{"aws:username":"true"}"#,
            vec!["NULL_WITH_IF_EXISTS"],
        ),
        (r#""StringEquals":{}"#, vec!["EMPTY_OBJECT_CONDITION"]),
        (
            r#""StringEquals":{"aws:username":[]}"#,
            vec!["EMPTY_ARRAY_CONDITION"],
        ),
        (
            r#""StringEquals":{"aws:username":"${aws:usrname}"}"#,
            vec!["UNKNOWN_VARIABLE"],
        ),
        (
            r#""StringEquals":{"aws:username":"${aws:userid"}"#,
            vec!["MISSING_BRACE_IN_VARIABLE"],
        ),
        (
            r#""StringEquals":{"aws:username":"${}"}"#,
            vec!["EMPTY_VARIABLE"],
        ),
        (
            r#""StringEquals":{"aws:username":"${aws:userid, x}"}"#,
            vec!["MISSING_QUOTE_IN_VARIABLE"],
        ),
        (
            r#""NumericEquals":{"s3:signatureAge":"${aws:userid}"}"#,
            vec!["INVALID_VARIABLE_FOR_OPERATOR", "TYPE_MISMATCH_NUMBER"],
        ),
    ] {
        let statement = format!(
            r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{{{condition}}}"#
        );
        let mut codes = codes(&statement, Identity);
        codes.sort_unstable();
        assert_eq!(codes, expected, "{condition}");
    }
}

#[test]
fn findings_of_other_kinds() {
    for (kind, statement, expected) in [
        (
            Resource,
            r#""Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#,
            vec!["ALLOW_TO_EVERYONE"],
        ),
        (
            Resource,
            r#""Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*""#,
            vec!["RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL"],
        ),
        (
            Resource,
            r#""Effect":"Deny","NotPrincipal":{"AWS":"111111111111"},"Action":"sqs:*","Resource":"*""#,
            vec!["DENY_WITH_NOT_PRINCIPAL"],
        ),
        (
            Resource,
            r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/*"},"Action":"sqs:*","Resource":"*""#,
            vec!["INVALID_PRINCIPAL_FORMAT"],
        ),
        (
            Trust,
            r#""Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole""#,
            vec![],
        ),
        (
            Trust,
            r#""Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/x.y"},"Action":"sts:AssumeRoleWithWebIdentity""#,
            vec!["TRUST_WITHOUT_CONDITION"],
        ),
        (
            Trust,
            r#""Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:GetObject""#,
            vec!["UNSUPPORTED_ACTION_IN_POLICY"],
        ),
        (
            ServiceControl,
            r#""Effect":"Allow","Action":"*","Resource":"*""#,
            vec![],
        ),
        (
            ResourceControl,
            r#""Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":"iam:*","Resource":"*""#,
            vec!["RCP_SYNTAX_ERROR_PRINCIPAL", "RCP_UNSUPPORTED_SERVICE"],
        ),
        (
            ResourceControl,
            r#""Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*""#,
            vec!["RCP_SYNTAX_ERROR_ALLOW"],
        ),
    ] {
        assert_eq!(codes(statement, kind), expected, "{statement}");
    }
}

#[test]
fn documents_without_a_version_have_no_variables() {
    let text = r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}"}}"#;
    let codes: Vec<_> = lint(text, Identity)
        .into_iter()
        .map(|finding| finding.code.name())
        .collect();
    assert_eq!(
        codes,
        ["MISSING_VERSION", "VARIABLE_UNSUPPORTED_IN_VERSION"]
    );
}

#[test]
fn errors_of_the_grammar_hide_no_other_finding() {
    let text =
        document(r#""Effect":"allow","Actions":[],"Action":"s3:GetObjct","Resource":"bucket""#);
    let codes: Vec<_> = found(&text, Identity)
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    let all = [
        "INVALID_EFFECT",
        "INVALID_POLICY_ELEMENT",
        "INVALID_ACTION",
        "INVALID_ARN_PREFIX",
    ];
    assert_eq!(codes, all);
}

#[test]
fn nonsense_is_a_finding_and_never_a_panic() {
    for text in [
        "",
        "{",
        "[]",
        "null",
        "\u{1F511}",
        "{\"Statement\":[{}]}",
        "{\"Version\":1}",
    ] {
        for kind in [Identity, Resource, Trust, ServiceControl, ResourceControl] {
            let findings = lint(text, kind);
            assert!(
                findings
                    .iter()
                    .any(|finding| finding.severity == Severity::Error),
                "{text}"
            );
            for finding in findings {
                assert!(text.get(finding.span).is_some(), "{text}");
            }
        }
    }
}
