//! Managed and inline policies, and what they grant.

use crate::house::{ACCOUNT, House, allow, user_arn};
use kernel::Quotas;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
}

async fn create(house: &House, name: &str) -> String {
    let text = allow("s3:ListAllMyBuckets", "*");
    let created = house
        .done(
            "CreatePolicy",
            &[("PolicyName", name), ("PolicyDocument", &text)],
        )
        .await;
    created.text("Arn").unwrap().to_owned()
}

#[tokio::test]
async fn a_policy_is_created_shown_versioned_and_deleted() {
    let house = House::new();
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}\n}";
    let created = house
        .done(
            "CreatePolicy",
            &[
                ("PolicyName", "P"),
                ("Path", "/a/"),
                ("PolicyDocument", text),
                ("Description", "first"),
            ],
        )
        .await;
    let policy = created.text("Arn").unwrap().to_owned();
    assert_eq!(policy, arn("a/P"));
    assert!(created.text("PolicyId").unwrap().starts_with("ANPA"));
    let shown = house.done("GetPolicy", &[("PolicyArn", &policy)]).await;
    assert_eq!(
        (shown.text("Description"), shown.text("DefaultVersionId")),
        (Some("first"), Some("v1"))
    );
    // The document is stored and shown as it was given, white space too.
    let version = house
        .done(
            "GetPolicyVersion",
            &[("PolicyArn", &policy), ("VersionId", "v1")],
        )
        .await;
    assert!(
        version
            .text("Document")
            .unwrap()
            .starts_with("%7B%0A%20%20%22Version%22%3A%20%22")
    );
    // ARNs are case-sensitive, other than names.
    house
        .refused("GetPolicy", &[("PolicyArn", &arn("a/p"))], "NoSuchEntity")
        .await;
    let again = [("PolicyName", "p"), ("PolicyDocument", text)];
    let message = house
        .refused("CreatePolicy", &again, "EntityAlreadyExists")
        .await;
    assert_eq!(
        message,
        "A policy called p already exists. Duplicate names are not allowed."
    );

    let next = [("PolicyArn", policy.as_str()), ("PolicyDocument", text)];
    for _ in 2..5 {
        assert_eq!(
            house
                .done("CreatePolicyVersion", &next)
                .await
                .text("IsDefaultVersion"),
            Some("false")
        );
    }
    let as_default = [next[0], next[1], ("SetAsDefault", "true")];
    assert_eq!(
        house
            .done("CreatePolicyVersion", &as_default)
            .await
            .text("VersionId"),
        Some("v5")
    );
    let message = house
        .refused("CreatePolicyVersion", &next, "LimitExceeded")
        .await;
    assert_eq!(
        message,
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing \
         version."
    );
    let listed = house
        .done("ListPolicyVersions", &[("PolicyArn", &policy)])
        .await;
    assert_eq!(listed.texts("VersionId"), ["v5", "v4", "v3", "v2", "v1"]);
    assert_eq!(
        listed.texts("IsDefaultVersion"),
        ["true", "false", "false", "false", "false"]
    );
    assert!(!listed.body.contains("<Document"));

    house
        .done(
            "SetDefaultPolicyVersion",
            &[("PolicyArn", &policy), ("VersionId", "v1")],
        )
        .await;
    let message = house
        .refused(
            "DeletePolicyVersion",
            &[("PolicyArn", &policy), ("VersionId", "v1")],
            "DeleteConflict",
        )
        .await;
    assert_eq!(message, "Cannot delete the default version of a policy.");
    let message = house
        .refused("DeletePolicy", &[("PolicyArn", &policy)], "DeleteConflict")
        .await;
    assert!(
        message.starts_with("This policy has more than one version."),
        "{message}"
    );
    for version in ["v2", "v3", "v4", "v5"] {
        house
            .done(
                "DeletePolicyVersion",
                &[("PolicyArn", &policy), ("VersionId", version)],
            )
            .await;
    }
    let gone = [("PolicyArn", policy.as_str()), ("VersionId", "v5")];
    let message = house
        .refused("GetPolicyVersion", &gone, "NoSuchEntity")
        .await;
    assert_eq!(
        message,
        format!("Policy {policy} version v5 does not exist or is not attachable.")
    );
    // A number is never used again.
    assert_eq!(
        house
            .done("CreatePolicyVersion", &next)
            .await
            .text("VersionId"),
        Some("v6")
    );
    house
        .done(
            "DeletePolicyVersion",
            &[("PolicyArn", &policy), ("VersionId", "v6")],
        )
        .await;
    house.done("DeletePolicy", &[("PolicyArn", &policy)]).await;
    assert_eq!(house.keys("iam.policy"), Vec::<String>::new());
}

#[tokio::test]
async fn the_default_version_is_what_counts() {
    let house = House::new();
    let ada = house.user("ada", &allow("s3:GetObject", "*")).await;
    let policy = create(&house, "p").await;
    house
        .done(
            "AttachUserPolicy",
            &[("UserName", "ada"), ("PolicyArn", &policy)],
        )
        .await;
    let list = async || house.call(&ada, "ListUsers", &[]).await.status;
    assert_eq!(list().await, 403);
    let text = allow("iam:ListUsers", "*");
    let version = [
        ("PolicyArn", policy.as_str()),
        ("PolicyDocument", text.as_str()),
    ];
    house.done("CreatePolicyVersion", &version).await;
    assert_eq!(list().await, 403);
    house
        .done(
            "SetDefaultPolicyVersion",
            &[("PolicyArn", &policy), ("VersionId", "v2")],
        )
        .await;
    assert_eq!(list().await, 200);
    house
        .done(
            "DetachUserPolicy",
            &[("UserName", "ada"), ("PolicyArn", &policy)],
        )
        .await;
    assert_eq!(list().await, 403);
    // The same by a group.
    house.done("CreateGroup", &[("GroupName", "g")]).await;
    house
        .done("AddUserToGroup", &[("GroupName", "g"), ("UserName", "ada")])
        .await;
    house
        .done(
            "AttachGroupPolicy",
            &[("GroupName", "g"), ("PolicyArn", &policy)],
        )
        .await;
    assert_eq!(list().await, 200);
    house
        .done(
            "DetachGroupPolicy",
            &[("GroupName", "g"), ("PolicyArn", &policy)],
        )
        .await;
    house
        .done(
            "PutGroupPolicy",
            &[
                ("GroupName", "g"),
                ("PolicyName", "i"),
                ("PolicyDocument", &text),
            ],
        )
        .await;
    assert_eq!(list().await, 200);
    house
        .done(
            "DeleteGroupPolicy",
            &[("GroupName", "g"), ("PolicyName", "i")],
        )
        .await;
    assert_eq!(list().await, 403);
}

#[tokio::test]
async fn attachments_are_counted_listed_and_block_deletion() {
    let house = House::new();
    let policy = create(&house, "p").await;
    house
        .done(
            "CreateUser",
            &[("UserName", "u"), ("PermissionsBoundary", &policy)],
        )
        .await;
    house
        .done("CreateGroup", &[("GroupName", "g"), ("Path", "/team/")])
        .await;
    house
        .done(
            "AttachUserPolicy",
            &[("UserName", "u"), ("PolicyArn", &policy)],
        )
        .await;
    house
        .done(
            "AttachUserPolicy",
            &[("UserName", "U"), ("PolicyArn", &policy)],
        )
        .await;
    house
        .done(
            "AttachGroupPolicy",
            &[("GroupName", "g"), ("PolicyArn", &policy)],
        )
        .await;
    house
        .done(
            "AttachGroupPolicy",
            &[("GroupName", "g"), ("PolicyArn", READ_ONLY)],
        )
        .await;
    let shown = house.done("GetPolicy", &[("PolicyArn", &policy)]).await;
    assert_eq!(shown.text("AttachmentCount"), Some("2"));
    assert_eq!(shown.text("PermissionsBoundaryUsageCount"), Some("1"));
    let entities = house
        .done("ListEntitiesForPolicy", &[("PolicyArn", &policy)])
        .await;
    assert_eq!(
        (entities.texts("UserName"), entities.texts("GroupName")),
        (vec!["u"], vec!["g"])
    );
    let filtered = [("PolicyArn", policy.as_str()), ("PathPrefix", "/team/")];
    let entities = house.done("ListEntitiesForPolicy", &filtered).await;
    assert_eq!(
        (
            entities.texts("UserName").len(),
            entities.texts("GroupName")
        ),
        (0, vec!["g"])
    );
    let boundaries = [
        ("PolicyArn", policy.as_str()),
        ("PolicyUsageFilter", "PermissionsBoundary"),
    ];
    let entities = house.done("ListEntitiesForPolicy", &boundaries).await;
    assert_eq!(
        (
            entities.texts("UserName"),
            entities.texts("GroupName").len()
        ),
        (vec!["u"], 0)
    );
    let attached = house
        .done("ListPolicies", &[("OnlyAttached", "true")])
        .await;
    assert_eq!(attached.texts("PolicyName"), ["p", "ReadOnlyAccess"]);
    let aws = house.done("GetPolicy", &[("PolicyArn", READ_ONLY)]).await;
    assert_eq!(aws.text("AttachmentCount"), Some("1"));

    let conflict = async || {
        house
            .refused("DeletePolicy", &[("PolicyArn", &policy)], "DeleteConflict")
            .await
    };
    assert_eq!(
        conflict().await,
        "Cannot delete a policy attached to entities."
    );
    house
        .done(
            "DetachUserPolicy",
            &[("UserName", "u"), ("PolicyArn", &policy)],
        )
        .await;
    house
        .done(
            "DetachGroupPolicy",
            &[("GroupName", "g"), ("PolicyArn", &policy)],
        )
        .await;
    let twice = [("GroupName", "g"), ("PolicyArn", policy.as_str())];
    let message = house
        .refused("DetachGroupPolicy", &twice, "NoSuchEntity")
        .await;
    assert_eq!(message, format!("Policy {policy} was not found."));
    assert_eq!(
        conflict().await,
        "Cannot delete a policy attached to entities."
    );
    house
        .done("DeleteUserPermissionsBoundary", &[("UserName", "u")])
        .await;
    house.done("DeletePolicy", &[("PolicyArn", &policy)]).await;
}

#[tokio::test]
async fn only_policies_that_exist_are_attached_and_ten_at_most() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "u")]).await;
    let attach = async |policy: &str, code: &str| {
        house
            .refused(
                "AttachUserPolicy",
                &[("UserName", "u"), ("PolicyArn", policy)],
                code,
            )
            .await
    };
    assert_eq!(
        attach("longpolicynamebutnoarn", "InvalidInput").await,
        "ARN longpolicynamebutnoarn is not valid."
    );
    let role = format!("arn:aws:iam::{ACCOUNT}:role/r");
    assert_eq!(
        attach(&role, "InvalidInput").await,
        format!("ARN {role} is not valid.")
    );
    let missing = arn("missing");
    assert_eq!(
        attach(&missing, "NoSuchEntity").await,
        format!("Policy {missing} does not exist or is not attachable.")
    );
    attach("arn:aws:iam::444455556666:policy/p", "NoSuchEntity").await;
    attach("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", "NoSuchEntity").await;
    for n in 0..10 {
        let policy = create(&house, &format!("p{n}")).await;
        house
            .done(
                "AttachUserPolicy",
                &[("UserName", "u"), ("PolicyArn", &policy)],
            )
            .await;
    }
    assert_eq!(
        attach(READ_ONLY, "LimitExceeded").await,
        "Cannot exceed quota for PoliciesPerUser: 10"
    );
    let first = house
        .done(
            "ListAttachedUserPolicies",
            &[("UserName", "u"), ("MaxItems", "3")],
        )
        .await;
    assert_eq!(first.texts("PolicyName"), ["p0", "p1", "p2"]);
    let marker = first.text("Marker").unwrap();
    let rest = house
        .done(
            "ListAttachedUserPolicies",
            &[("UserName", "u"), ("Marker", marker)],
        )
        .await;
    assert_eq!(rest.texts("PolicyName").len(), 7);
    assert_eq!(rest.text("IsTruncated"), Some("false"));
}

#[tokio::test]
async fn a_statement_can_name_the_policies_that_may_be_attached() {
    let house = House::new();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":["iam:AttachUserPolicy","iam:DetachUserPolicy"],"Resource":"*",
            "Condition":{{"ArnEquals":{{"iam:PolicyARN":"{READ_ONLY}"}}}}}}}}"#
    );
    let ada = house.user("ada", &policy).await;
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    for action in ["AttachUserPolicy", "DetachUserPolicy"] {
        for (policy, status) in [(admin, 403), (READ_ONLY, 200)] {
            let answer = house
                .call(&ada, action, &[("UserName", "ada"), ("PolicyArn", policy)])
                .await;
            assert_eq!(answer.status, status, "{action} {policy}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn inline_policies_are_kept_by_name_within_a_total_size() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "Ada")]).await;
    let put = async |name: &str, text: &str| {
        let parameters = [
            ("UserName", "ada"),
            ("PolicyName", name),
            ("PolicyDocument", text),
        ];
        house.call(&house.root, "PutUserPolicy", &parameters).await
    };
    let large = allow(&format!("s3:{}", "a".repeat(900)), "*");
    assert_eq!(put("b", &large).await.status, 200);
    assert_eq!(
        put("a", &format!("{large}{}", " ".repeat(3_000)))
            .await
            .status,
        200
    );
    let third = put("c", &large).await;
    assert_eq!((third.status, third.code()), (409, "LimitExceeded"));
    assert_eq!(
        third.message(),
        "Maximum policy size of 2048 bytes exceeded for user Ada"
    );
    let listed = house.done("ListUserPolicies", &[("UserName", "Ada")]).await;
    assert_eq!(listed.texts("member"), ["a", "b"]);
    assert_eq!(put("a", &allow("s3:*", "*")).await.status, 200);
    let shown = house
        .done("GetUserPolicy", &[("UserName", "Ada"), ("PolicyName", "a")])
        .await;
    assert!(
        shown
            .text("PolicyDocument")
            .unwrap()
            .contains("%22s3%3A%2A%22"),
        "{}",
        shown.body
    );
    assert_eq!(put("x", "{").await.code(), "MalformedPolicyDocument");
    house
        .done(
            "DeleteUserPolicy",
            &[("UserName", "Ada"), ("PolicyName", "a")],
        )
        .await;
    for action in ["GetUserPolicy", "DeleteUserPolicy"] {
        let message = house
            .refused(
                action,
                &[("UserName", "Ada"), ("PolicyName", "a")],
                "NoSuchEntity",
            )
            .await;
        assert_eq!(message, "The user policy with name a cannot be found.");
    }
}

#[tokio::test]
async fn aws_s_policies_can_be_read_and_not_changed() {
    let house = House::new();
    let listed = house
        .done("ListPolicies", &[("Scope", "AWS"), ("MaxItems", "1000")])
        .await;
    assert_eq!(listed.texts("Arn").len(), 1000);
    assert_eq!(listed.text("IsTruncated"), Some("true"));
    assert!(
        house
            .done("ListPolicies", &[("Scope", "Local")])
            .await
            .texts("Arn")
            .is_empty()
    );
    let job = house
        .done("ListPolicies", &[("PathPrefix", "/job-function/")])
        .await;
    assert!(
        job.texts("Path")
            .iter()
            .all(|path| *path == "/job-function/")
    );
    let default = house.done("GetPolicy", &[("PolicyArn", READ_ONLY)]).await;
    let version = default.text("DefaultVersionId").unwrap();
    let shown = house
        .done(
            "GetPolicyVersion",
            &[("PolicyArn", READ_ONLY), ("VersionId", version)],
        )
        .await;
    assert!(shown.text("Document").unwrap().len() > 1_000);
    let text = allow("s3:*", "*");
    for (action, parameters) in [
        ("DeletePolicy", vec![]),
        (
            "CreatePolicyVersion",
            vec![("PolicyDocument", text.as_str())],
        ),
        ("SetDefaultPolicyVersion", vec![("VersionId", "v1")]),
        ("DeletePolicyVersion", vec![("VersionId", "v1")]),
        (
            "TagPolicy",
            vec![("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")],
        ),
    ] {
        let parameters: Vec<_> = std::iter::once(("PolicyArn", READ_ONLY))
            .chain(parameters)
            .collect();
        house.refused(action, &parameters, "AccessDenied").await;
    }
}

#[tokio::test]
async fn the_quota_of_policies_is_the_operators() {
    let house = House::with_quotas(Quotas {
        policies: 1,
        ..Quotas::default()
    });
    create(&house, "a").await;
    let text = allow("s3:*", "*");
    let second = [("PolicyName", "b"), ("PolicyDocument", text.as_str())];
    let message = house
        .refused("CreatePolicy", &second, "LimitExceeded")
        .await;
    assert_eq!(message, "Cannot exceed quota for PoliciesPerAccount: 1");
}

#[tokio::test]
async fn tags_of_policies_are_condition_keys() {
    let house = House::new();
    let text = allow("s3:*", "*");
    let tagged = [
        ("PolicyName", "p"),
        ("PolicyDocument", text.as_str()),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "red"),
    ];
    let ada = house.user("ada", &allow("iam:CreatePolicy", "*")).await;
    let denied = house.call(&ada, "CreatePolicy", &tagged).await;
    assert!(
        denied.message().contains("iam:TagPolicy"),
        "{}",
        denied.body
    );
    house.done("CreatePolicy", &tagged).await;
    let own_team = |key: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"iam:GetPolicy","Resource":"*",
                "Condition":{{"StringEquals":{{"{key}":"red"}}}}}}}}"#
        )
    };
    for (key, status) in [("aws:ResourceTag/team", 200), ("iam:ResourceTag/team", 403)] {
        house.grant("ada", &own_team(key));
        assert_eq!(
            house
                .call(&ada, "GetPolicy", &[("PolicyArn", &arn("p"))])
                .await
                .status,
            status,
            "{key}"
        );
    }
    house
        .done(
            "UntagPolicy",
            &[("PolicyArn", &arn("p")), ("TagKeys.member.1", "team")],
        )
        .await;
    assert!(
        house
            .done("ListPolicyTags", &[("PolicyArn", &arn("p"))])
            .await
            .texts("Key")
            .is_empty()
    );
}

#[tokio::test]
async fn details_of_the_account_come_in_pages_that_cover_all_once() {
    let house = House::new();
    let policy = create(&house, "p").await;
    let text = allow("s3:*", "*");
    for name in ["a", "b", "c"] {
        house.done("CreateUser", &[("UserName", name)]).await;
        house.done("CreateGroup", &[("GroupName", name)]).await;
    }
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    house
        .done(
            "CreateRole",
            &[("RoleName", "r"), ("AssumeRolePolicyDocument", trust)],
        )
        .await;
    house
        .done("CreateInstanceProfile", &[("InstanceProfileName", "i")])
        .await;
    house
        .done(
            "AddRoleToInstanceProfile",
            &[("InstanceProfileName", "i"), ("RoleName", "r")],
        )
        .await;
    house
        .done(
            "AttachRolePolicy",
            &[("RoleName", "r"), ("PolicyArn", READ_ONLY)],
        )
        .await;
    house
        .done(
            "AttachRolePolicy",
            &[("RoleName", "r"), ("PolicyArn", &policy)],
        )
        .await;
    house
        .done(
            "PutUserPolicy",
            &[
                ("UserName", "a"),
                ("PolicyName", "own"),
                ("PolicyDocument", &text),
            ],
        )
        .await;
    house
        .done("AddUserToGroup", &[("GroupName", "b"), ("UserName", "a")])
        .await;

    let (mut ids, mut pages, mut marker) = (Vec::new(), 0, None::<String>);
    loop {
        let mut parameters = vec![("MaxItems", "2")];
        parameters.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let page = house
            .done("GetAccountAuthorizationDetails", &parameters)
            .await;
        pages += 1;
        for list in [
            "UserDetailList",
            "GroupDetailList",
            "RoleDetailList",
            "Policies",
        ] {
            assert!(page.body.contains(&format!("<{list}")), "{list}");
        }
        for id in ["UserId", "GroupId", "PolicyId"] {
            ids.extend(page.texts(id).into_iter().map(str::to_owned));
        }
        marker = page.text("Marker").map(str::to_owned);
        assert_eq!(
            page.text("IsTruncated"),
            Some(if marker.is_some() { "true" } else { "false" })
        );
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(pages, 5);
    assert_eq!(ids.len(), 8);
    let unique: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), 8);

    let users = house
        .done(
            "GetAccountAuthorizationDetails",
            &[("Filter.member.1", "User")],
        )
        .await;
    assert_eq!(users.texts("UserName"), ["a", "b", "c"]);
    assert_eq!(users.texts("PolicyName"), ["own"]);
    assert!(users.texts("RoleId").is_empty() && users.texts("GroupId").is_empty());
    let roles = house
        .done(
            "GetAccountAuthorizationDetails",
            &[("Filter.member.1", "Role")],
        )
        .await;
    assert_eq!(roles.text("InstanceProfileName"), Some("i"));
    assert_eq!(roles.texts("PolicyArn"), [READ_ONLY, &policy]);
    let message = house
        .refused(
            "GetAccountAuthorizationDetails",
            &[("Marker", "7")],
            "ValidationError",
        )
        .await;
    assert_eq!(message, "Invalid Marker.");
}

#[tokio::test]
async fn a_sid_that_was_stored_once_still_allows_and_is_refused_anew() {
    let house = House::new();
    let text = r#"{"Version":"2012-10-17","Statement":{"Sid":"read it","Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}}"#;
    let who = house.user("u", text).await;
    assert_eq!(house.call(&who, "ListUsers", &[]).await.status, 200);
    let simulated = house
        .done(
            "SimulatePrincipalPolicy",
            &[
                ("PolicySourceArn", &user_arn("u")),
                ("ActionNames.member.1", "iam:ListUsers"),
            ],
        )
        .await;
    assert_eq!(simulated.text("EvalDecision"), Some("allowed"));
    let message = house
        .refused(
            "PutUserPolicy",
            &[
                ("UserName", "u"),
                ("PolicyName", "p"),
                ("PolicyDocument", text),
            ],
            "MalformedPolicyDocument",
        )
        .await;
    assert_eq!(
        message,
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    );
}
