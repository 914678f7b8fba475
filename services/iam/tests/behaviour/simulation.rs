//! The policy simulator: it says what real calls are answered, and tells nobody more than they may know.

use crate::ceilings;
use crate::house::{ACCOUNT, Answer, House, allow, user_arn};

const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
const BUCKET: &str = "arn:aws:s3:::bucket/key";

fn statements(list: &[&str]) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        list.join(",")
    )
}

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// Simulates one action of a user, group or role on one resource.
async fn simulate(
    house: &House,
    source: &str,
    action: &str,
    resource: &str,
    more: &[(&str, &str)],
) -> Answer {
    let mut parameters = vec![
        ("PolicySourceArn", source),
        ("ActionNames.member.1", action),
        ("ResourceArns.member.1", resource),
    ];
    parameters.extend_from_slice(more);
    house.done("SimulatePrincipalPolicy", &parameters).await
}

async fn decision(house: &House, source: &str, action: &str, more: &[(&str, &str)]) -> String {
    let answer = simulate(house, source, action, BUCKET, more).await;
    answer.text("EvalDecision").unwrap().to_owned()
}

/// An operation, its parameter and its resource.
type Reading = (
    &'static str,
    Option<(&'static str, &'static str)>,
    &'static str,
);

const CALLS: [Reading; 6] = [
    ("GetUser", Some(("UserName", "ann")), "user/ann"),
    ("GetUser", Some(("UserName", "bob")), "user/bob"),
    ("GetRole", Some(("RoleName", "host")), "role/host"),
    ("ListRoles", None, "role/"),
    ("ListUsers", None, "user/"),
    ("GetAccountSummary", None, "*"),
];

async fn furnished() -> House {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "bob")]).await;
    house.done("CreateGroup", &[("GroupName", "crew")]).await;
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    let role = [("RoleName", "host"), ("AssumeRolePolicyDocument", trust)];
    house.done("CreateRole", &role).await;
    house
}

/// Identity policies that give, deny and depend on who calls.
fn policies() -> Vec<String> {
    let own = format!("arn:aws:iam::{ACCOUNT}:user/${{aws:username}}");
    let when = |condition: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{{{condition}}}}}"#
        )
    };
    let deny = |action: &str, resource: &str| {
        format!(r#"{{"Effect":"Deny","Action":"{action}","Resource":"{resource}"}}"#)
    };
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let tagged = r#""StringEquals":{"aws:PrincipalTag/team":"blue"}"#;
    let named = r#""StringLike":{"aws:userid":"AIDA*"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ann"}"#;
    let long_term = r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}"#;
    let later = r#""DateGreaterThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}"#;
    let here = format!(r#""StringEquals":{{"aws:ResourceAccount":"{ACCOUNT}"}}"#);
    vec![
        allow("iam:*", "*"),
        allow("iam:Get*", &user_arn("*")),
        allow("s3:*", "*"),
        statements(&[all, &deny("iam:GetUser", &user_arn("bob"))]),
        statements(&[all, &deny("iam:List*", "*")]),
        allow("iam:GetUser", &own),
        statements(&[&when(tagged)]),
        statements(&[&when(named)]),
        statements(&[&when(long_term)]),
        statements(&[&when(later)]),
        statements(&[&when(&here)]),
        r#"{"Statement":{"Effect":"Allow","NotAction":"iam:List*","NotResource":"arn:aws:iam::*:role/*"}}"#
            .to_owned(),
    ]
}

/// Compares every call of a user with its simulation; returns how many were allowed.
async fn compare(house: &House, ann: &crate::house::Who, what: &str) -> usize {
    let mut allowed = 0;
    for (action, parameter, resource) in CALLS {
        let real = house.call(ann, action, parameter.as_slice()).await;
        let resource = match resource {
            "*" => "*".to_owned(),
            _ => format!("arn:aws:iam::{ACCOUNT}:{resource}"),
        };
        let asked = format!("iam:{action}");
        let answer = simulate(house, &user_arn("ann"), &asked, &resource, &[]).await;
        let simulated = answer.text("EvalDecision").unwrap();
        let message = real.message();
        let expected = match real.status {
            403 if message.contains("explicit deny") => "explicitDeny",
            403 => "implicitDeny",
            _ => "allowed",
        };
        assert_eq!(
            simulated, expected,
            "{what}: {action} on {resource}: {message}"
        );
        allowed += usize::from(expected == "allowed");
    }
    allowed
}

#[tokio::test]
async fn it_answers_as_real_calls_are_answered() {
    let house = furnished().await;
    let ann = house.user("ann", ALL).await;
    let tag = [
        ("UserName", "ann"),
        ("Tags.member.1.Key", "Team"),
        ("Tags.member.1.Value", "blue"),
    ];
    house.done("TagUser", &tag).await;
    let (mut allowed, mut all) = (0, 0);
    for policy in policies() {
        house.grant("ann", &policy);
        allowed += compare(&house, &ann, &policy).await;
        all += CALLS.len();
    }
    assert!(allowed > 20 && all - allowed > 20, "{allowed} of {all}");
}

#[tokio::test]
async fn groups_managed_policies_boundaries_and_the_organization_count_as_in_real_calls() {
    let house = furnished().await;
    let ann = house.user("ann", &allow("s3:*", "*")).await;
    let member = [("GroupName", "crew"), ("UserName", "ann")];
    house.done("AddUserToGroup", &member).await;
    assert_eq!(compare(&house, &ann, "nothing").await, 0);
    let attached = [("GroupName", "crew"), ("PolicyArn", READ_ONLY)];
    house.done("AttachGroupPolicy", &attached).await;
    assert_eq!(compare(&house, &ann, "a group").await, CALLS.len());

    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"},{"Effect":"Deny","Action":"iam:GetRole","Resource":"*"}]}"#;
    let create = [("PolicyName", "limit"), ("PolicyDocument", deny)];
    let limit = house.done("CreatePolicy", &create).await;
    let bounded = [
        ("UserName", "ann"),
        ("PermissionsBoundary", limit.text("Arn").unwrap()),
    ];
    house.done("PutUserPermissionsBoundary", &bounded).await;
    assert_eq!(compare(&house, &ann, "a boundary").await, 3);
    let answer = simulate(
        &house,
        &user_arn("ann"),
        "iam:ListUsers",
        &user_arn(""),
        &[],
    )
    .await;
    assert_eq!(answer.text("AllowedByPermissionsBoundary"), Some("false"));

    let levels = [
        vec![ALL.to_owned()],
        vec![allow("iam:GetUser", "*"), allow("iam:Simulate*", "*")],
    ];
    let value = serde_json::to_string(&levels).unwrap();
    house.put(ceilings::KIND, "account", Some(&value));
    assert_eq!(compare(&house, &ann, "an organization").await, 2);
    let answer = simulate(
        &house,
        &user_arn("ann"),
        "iam:GetRole",
        &role_arn("host"),
        &[],
    )
    .await;
    assert_eq!(answer.text("AllowedByOrganizations"), Some("false"));
    let without = [("PolicyExclusionList.member.1.PolicyType", "scp")];
    let answer = simulate(
        &house,
        &user_arn("ann"),
        "iam:GetAccountSummary",
        "*",
        &without,
    )
    .await;
    assert_eq!(answer.text("EvalDecision"), Some("allowed"));
    assert_eq!(answer.text("AllowedByOrganizations"), None);
}

#[tokio::test]
async fn policies_of_the_request_join_replace_and_leave_out() {
    let house = furnished().await;
    house.user("ann", &allow("s3:GetObject", "*")).await;
    let ann = user_arn("ann");
    let put = allow("s3:PutObject", "*");
    let added = [("PolicyInputList.member.1", &*put)];
    assert_eq!(
        decision(&house, &ann, "s3:PutObject", &[]).await,
        "implicitDeny"
    );
    assert_eq!(
        decision(&house, &ann, "s3:PutObject", &added).await,
        "allowed"
    );
    let bound = [("PermissionsBoundaryPolicyInputList.member.1", &*put)];
    assert_eq!(
        decision(&house, &ann, "s3:GetObject", &bound).await,
        "implicitDeny"
    );
    for exclusion in [
        vec![("PolicyExclusionList.member.1.PolicyType", "inline")],
        vec![
            (
                "PolicyExclusionList.member.1.InlinePolicyIdentifier.PolicyName",
                "granted",
            ),
            (
                "PolicyExclusionList.member.1.InlinePolicyIdentifier.AttachmentType",
                "user",
            ),
            (
                "PolicyExclusionList.member.1.InlinePolicyIdentifier.AttachmentName",
                "ann",
            ),
        ],
    ] {
        assert_eq!(
            decision(&house, &ann, "s3:GetObject", &exclusion).await,
            "implicitDeny"
        );
    }
    let attached = [("GroupName", "crew"), ("PolicyArn", ADMINISTRATOR)];
    house.done("AttachGroupPolicy", &attached).await;
    let crew = format!("arn:aws:iam::{ACCOUNT}:group/crew");
    assert_eq!(
        decision(&house, &crew, "s3:PutObject", &[]).await,
        "allowed"
    );
    let without = [(
        "PolicyExclusionList.member.1.PolicyArn",
        "arn:aws:iam::aws:policy/Admin*",
    )];
    assert_eq!(
        decision(&house, &crew, "s3:PutObject", &without).await,
        "implicitDeny"
    );
}

#[tokio::test]
async fn statements_are_named_with_their_places() {
    let house = furnished().await;
    let attached = [("RoleName", "host"), ("PolicyArn", ADMINISTRATOR)];
    house.done("AttachRolePolicy", &attached).await;
    let answer = simulate(&house, &role_arn("host"), "s3:GetObject", BUCKET, &[]).await;
    assert_eq!(answer.text("SourcePolicyId"), Some("AdministratorAccess"));
    assert_eq!(answer.text("SourcePolicyType"), Some("IAM Policy"));
    // In the whole answer and in the resource's, as the document reads here: on one line.
    assert_eq!(answer.texts("Line"), ["1"; 4]);
    assert_eq!(answer.texts("Column"), ["38", "84", "38", "84"]);
    assert_eq!(answer.text("EvalResourceName"), Some(BUCKET));
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;
    let more = [("PolicyInputList.member.1", deny)];
    let answer = simulate(&house, &role_arn("host"), "s3:GetObject", BUCKET, &more).await;
    assert_eq!(answer.text("EvalDecision"), Some("explicitDeny"));
    assert_eq!(
        answer.texts("SourcePolicyId"),
        ["PolicyInputList.1", "PolicyInputList.1"],
        "the deny alone, in the whole answer and in the resource's"
    );
}

#[tokio::test]
async fn a_resource_policy_counts_for_roles_too() {
    let house = furnished().await;
    house.user("ann", &allow("ec2:*", "*")).await;
    let policy = |principal: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"s3:*","Resource":"arn:aws:s3:::bucket/*"}}}}"#
        )
    };
    for (source, named) in [
        (user_arn("ann"), user_arn("ann")),
        (role_arn("host"), role_arn("host")),
    ] {
        let document = policy(&named);
        let given = [("ResourcePolicy", &*document)];
        let answer = simulate(&house, &source, "s3:GetObject", BUCKET, &given).await;
        assert_eq!(answer.text("EvalDecision"), Some("allowed"), "{source}");
        assert_eq!(answer.text("SourcePolicyType"), Some("Resource Policy"));
        let other = policy(&user_arn("bob"));
        let given = [("ResourcePolicy", &*other)];
        assert_eq!(
            decision(&house, &source, "s3:GetObject", &given).await,
            "implicitDeny"
        );
    }
    // Between accounts both sides must allow.
    let document = policy(&user_arn("ann"));
    let given = [
        ("ResourcePolicy", &*document),
        ("ResourceOwner", "arn:aws:iam::444455556666:root"),
    ];
    let answer = simulate(&house, &user_arn("ann"), "s3:GetObject", BUCKET, &given).await;
    assert_eq!(answer.text("EvalDecision"), Some("implicitDeny"));
    assert_eq!(answer.texts("key")[..2], ["IAM Policy", "Resource Policy"]);
    assert_eq!(answer.texts("value")[..2], ["implicitDeny", "allowed"]);
    house.grant("ann", ALL);
    assert_eq!(
        decision(&house, &user_arn("ann"), "s3:GetObject", &given).await,
        "allowed"
    );
}

#[tokio::test]
async fn a_role_s_own_trust_policy_counts_where_the_caller_may_read_it() {
    let house = furnished().await;
    house.user("ann", &allow("sts:AssumeRole", "*")).await;
    let on = |who: &str| {
        let who = who.to_owned();
        (who, role_arn("host"))
    };
    let (ann, host) = on(&user_arn("ann"));
    let answer = simulate(&house, &ann, "sts:AssumeRole", &host, &[]).await;
    assert_eq!(
        answer.text("EvalDecision"),
        Some("implicitDeny"),
        "it trusts EC2 alone"
    );
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{ann}"}},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":"x"}}}}}}}}"#
    );
    let update = [("RoleName", "host"), ("PolicyDocument", &*trust)];
    house.done("UpdateAssumeRolePolicy", &update).await;
    let answer = simulate(&house, &ann, "sts:AssumeRole", &host, &[]).await;
    assert_eq!(answer.text("EvalDecision"), Some("implicitDeny"));
    assert!(
        answer.body.contains("<member>sts:ExternalId</member>"),
        "{}",
        answer.body
    );
    let given = [
        ("ContextEntries.member.1.ContextKeyName", "sts:ExternalId"),
        ("ContextEntries.member.1.ContextKeyType", "string"),
        ("ContextEntries.member.1.ContextKeyValues.member.1", "x"),
    ];
    let answer = simulate(&house, &ann, "sts:AssumeRole", &host, &given).await;
    assert_eq!(answer.text("EvalDecision"), Some("allowed"));
    assert_eq!(
        answer.text("SourcePolicyId"),
        Some("AssumeRolePolicyDocument")
    );

    // Whoever may not read the role learns what its own side says, and no more.
    let eve = house
        .user("eve", &allow("iam:SimulatePrincipalPolicy", "*"))
        .await;
    let parameters = [
        ("PolicySourceArn", &*ann),
        ("ActionNames.member.1", "sts:AssumeRole"),
        ("ResourceArns.member.1", &*host),
    ];
    let blind = house
        .call(&eve, "SimulatePrincipalPolicy", &parameters)
        .await;
    assert_eq!(
        blind.text("EvalDecision"),
        Some("allowed"),
        "{}",
        blind.body
    );
    assert!(!blind.body.contains("ExternalId"));
}

#[tokio::test]
async fn nothing_is_told_of_callers_whom_the_caller_cannot_read() {
    let house = furnished().await;
    house.user("ann", ALL).await;
    let tag = [
        ("UserName", "bob"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
    ];
    house.done("TagUser", &tag).await;
    let blue = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}}}"#;
    let bob = user_arn("bob");
    let parameters = [
        ("PolicyInputList.member.1", blue),
        ("CallerArn", &*bob),
        ("ActionNames.member.1", "s3:GetObject"),
    ];
    let known = house.done("SimulateCustomPolicy", &parameters).await;
    assert_eq!(known.text("EvalDecision"), Some("allowed"));
    let eve = house
        .user("eve", &allow("iam:SimulateCustomPolicy", "*"))
        .await;
    let blind = house.call(&eve, "SimulateCustomPolicy", &parameters).await;
    assert_eq!(blind.text("EvalDecision"), Some("implicitDeny"));
    assert!(
        blind
            .body
            .contains("<member>aws:PrincipalTag/team</member>")
    );
    let root = house.another_account("444455556666");
    let foreign = house.call(&root, "SimulateCustomPolicy", &parameters).await;
    assert_eq!(foreign.text("EvalDecision"), Some("implicitDeny"));
    let parameters = [
        ("PolicySourceArn", &*bob),
        ("ActionNames.member.1", "s3:GetObject"),
    ];
    let foreign = house
        .call(&root, "SimulatePrincipalPolicy", &parameters)
        .await;
    assert_eq!((foreign.status, foreign.code()), (403, "AccessDenied"));
}

#[tokio::test]
async fn service_control_policies_of_the_request_are_levels() {
    let house = House::new();
    let put = allow("s3:PutObject", "*");
    let levels = [
        ("PolicyInputList.member.1", ALL),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ActionNames.member.2", "s3:PutObject"),
        (
            "OrderedOrganizationPolicyInputList.member.1.ServiceControlPolicyInputList.member.1",
            ALL,
        ),
        (
            "OrderedOrganizationPolicyInputList.member.2.ServiceControlPolicyInputList.member.1",
            &put,
        ),
    ];
    let answer = house.done("SimulateCustomPolicy", &levels).await;
    assert_eq!(answer.texts("EvalDecision"), ["implicitDeny", "allowed"]);
    assert_eq!(answer.texts("AllowedByOrganizations"), ["false", "true"]);
}

#[tokio::test]
async fn every_action_is_answered_once_over_all_pages() {
    let house = House::new();
    let names: Vec<String> = (0..7).map(|number| format!("s3:Action{number}")).collect();
    let keys: Vec<String> = (1..=7)
        .map(|number| format!("ActionNames.member.{number}"))
        .collect();
    let (mut seen, mut marker) = (Vec::new(), None::<String>);
    loop {
        let mut parameters = vec![("PolicyInputList.member.1", ALL), ("MaxItems", "3")];
        parameters.extend(keys.iter().zip(&names).map(|(key, name)| (&**key, &**name)));
        parameters.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let answer = house.done("SimulateCustomPolicy", &parameters).await;
        seen.extend(
            answer
                .texts("EvalActionName")
                .iter()
                .map(|name| (*name).to_owned()),
        );
        marker = answer.text("Marker").map(str::to_owned);
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(seen, names);
}

#[tokio::test]
async fn input_that_makes_no_sense_is_refused() {
    let house = furnished().await;
    let ann = user_arn("nobody");
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/host/x");
    let policy = ("PolicyInputList.member.1", ALL);
    let action = ("ActionNames.member.1", "s3:GetObject");
    let bucket = ("ResourceArns.member.1", BUCKET);
    let open = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}"#;
    let invalid = "InvalidInput";
    let text = house
        .refused(
            "SimulatePrincipalPolicy",
            &[("PolicySourceArn", &session), action],
            invalid,
        )
        .await;
    let expected =
        format!("Invalid Entity Arn: {session} does not clearly define entity type and name.");
    assert_eq!(text, expected);
    let text = house
        .refused(
            "SimulatePrincipalPolicy",
            &[("PolicySourceArn", &ann), action],
            "NoSuchEntity",
        )
        .await;
    assert_eq!(text, "The user with name nobody cannot be found.");
    for (parameters, expected) in [
        (
            vec![("PolicyInputList.member.1", "{"), action],
            "Syntax errors in policy.",
        ),
        (
            vec![policy, action, ("CallerArn", &*session)],
            "Invalid caller - Caller must be an IAM user, role or group in this context.",
        ),
        (
            vec![policy, action, bucket, ("ResourcePolicy", open)],
            "Invalid caller - Caller cannot be null or empty.",
        ),
        (
            vec![
                policy,
                action,
                ("ResourcePolicy", open),
                ("CallerArn", &*ann),
            ],
            "Invalid Entity Arn: * does not clearly define entity type and name.",
        ),
        (
            vec![policy, action, ("ResourceArns.member.1", "bucket")],
            "ResourceNames are not in a valid ARN format: bucket.",
        ),
        (
            vec![policy, action, ("ResourceOwner", ACCOUNT)],
            "'111122223333' is not a valid as a Resource Owner.",
        ),
    ] {
        let text = house
            .refused("SimulateCustomPolicy", &parameters, invalid)
            .await;
        assert_eq!(text, expected);
    }
    let two = [
        policy,
        action,
        ("PermissionsBoundaryPolicyInputList.member.1", ALL),
        ("PermissionsBoundaryPolicyInputList.member.2", ALL),
    ];
    house.refused("SimulateCustomPolicy", &two, invalid).await;
    house
        .refused(
            "GetContextKeysForCustomPolicy",
            &[("PolicyInputList.member.1", "[]")],
            invalid,
        )
        .await;
}

#[tokio::test]
async fn an_arn_must_be_exactly_the_entity_s() {
    let house = House::new();
    let path = [("UserName", "ann"), ("Path", "/team/")];
    house.done("CreateUser", &path).await;
    let action = ("ActionNames.member.1", "s3:GetObject");
    let real = user_arn("team/ann");
    house
        .done(
            "SimulatePrincipalPolicy",
            &[("PolicySourceArn", &real), action],
        )
        .await;
    for wrong in [user_arn("ann"), user_arn("team/ANN"), role_arn("ann")] {
        let parameters = [("PolicySourceArn", &*wrong), action];
        house
            .refused("SimulatePrincipalPolicy", &parameters, "NoSuchEntity")
            .await;
    }
    // A permission on one path is none on another, whatever the name.
    let eve = house
        .user(
            "eve",
            &allow("iam:SimulatePrincipalPolicy", &user_arn("ann")),
        )
        .await;
    let denied = house
        .call(
            &eve,
            "SimulatePrincipalPolicy",
            &[("PolicySourceArn", &real), action],
        )
        .await;
    assert_eq!(denied.status, 403);
}

#[tokio::test]
async fn a_simulation_is_never_larger_than_the_server_can_bear() {
    let house = House::new();
    let statement = r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#;
    let policy = statements(&vec![statement; 1_000]);
    let resources: Vec<(String, String)> = (1..=600)
        .map(|number| {
            (
                format!("ResourceArns.member.{number}"),
                format!("arn:aws:s3:::b/{number}"),
            )
        })
        .collect();
    let all = |resources: &[(String, String)]| {
        let mut parameters = vec![
            ("PolicyInputList.member.1".to_owned(), policy.clone()),
            ("ActionNames.member.1".to_owned(), "s3:GetObject".to_owned()),
            ("ActionNames.member.2".to_owned(), "s3:PutObject".to_owned()),
        ];
        parameters.extend_from_slice(resources);
        parameters
    };
    let many = all(&resources);
    let many: Vec<(&str, &str)> = many.iter().map(|(key, value)| (&**key, &**value)).collect();
    house
        .refused("SimulateCustomPolicy", &many, "InvalidInput")
        .await;
    let fewer = all(&resources[..150]);
    let fewer: Vec<(&str, &str)> = fewer
        .iter()
        .map(|(key, value)| (&**key, &**value))
        .collect();
    let page = house.done("SimulateCustomPolicy", &fewer).await;
    assert_eq!(page.texts("EvalActionName"), ["s3:GetObject"]);
    assert_eq!(page.text("IsTruncated"), Some("true"));
}

#[tokio::test]
async fn a_stored_policy_that_cannot_be_read_is_named_and_not_passed_over() {
    let house = furnished().await;
    let ann = house.user("ann", "lost").await;
    let real = house.call(&ann, "GetUser", &[("UserName", "bob")]).await;
    assert_eq!(real.status, 403);
    let source = user_arn("ann");
    let parameters = [
        ("PolicySourceArn", &*source),
        ("ActionNames.member.1", "iam:GetUser"),
    ];
    let text = house
        .refused("SimulatePrincipalPolicy", &parameters, "PolicyEvaluation")
        .await;
    assert_eq!(text, "The policy granted cannot be evaluated.");
}
