//! Roles, their trust policies, instance profiles and service-linked roles.

use crate::house::{ACCOUNT, House, allow};
use kernel::Quotas;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const EC2: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

fn trusting(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

async fn create(house: &House, name: &str) {
    house
        .done(
            "CreateRole",
            &[("RoleName", name), ("AssumeRolePolicyDocument", EC2)],
        )
        .await;
}

/// The trust policy of a role as it is shown.
async fn trust(house: &House, name: &str) -> String {
    let shown = house.done("GetRole", &[("RoleName", name)]).await;
    decoded(shown.text("AssumeRolePolicyDocument").unwrap())
}

#[tokio::test]
async fn a_role_is_created_shown_listed_changed_and_deleted() {
    let house = House::new();
    let created = house
        .done(
            "CreateRole",
            &[
                ("RoleName", "Deploy"),
                ("Path", "/ci/"),
                ("AssumeRolePolicyDocument", EC2),
                ("Description", "for CI"),
                ("MaxSessionDuration", "7200"),
                ("PermissionsBoundary", READ_ONLY),
                ("Tags.member.1.Key", "cost"),
                ("Tags.member.1.Value", "7"),
            ],
        )
        .await;
    assert_eq!(created.text("Arn").unwrap(), role_arn("ci/Deploy"));
    assert!(created.text("RoleId").unwrap().starts_with("AROA"));
    assert_eq!(
        (
            created.text("MaxSessionDuration"),
            created.text("Description")
        ),
        (None, None)
    );
    let shown = house.done("GetRole", &[("RoleName", "deploy")]).await;
    assert_eq!(shown.text("MaxSessionDuration"), Some("7200"));
    assert_eq!(shown.text("PermissionsBoundaryArn"), Some(READ_ONLY));
    assert_eq!(shown.text("Key"), Some("cost"));
    assert!(shown.body.contains("<RoleLastUsed"), "{}", shown.body);
    let listed = house.done("ListRoles", &[("PathPrefix", "/ci/")]).await;
    assert_eq!(listed.text("Description"), Some("for CI"));
    assert!(
        !listed.body.contains("cost") && !listed.body.contains(READ_ONLY),
        "{}",
        listed.body
    );

    house.done("UpdateRole", &[("RoleName", "Deploy")]).await;
    let shown = house.done("GetRole", &[("RoleName", "Deploy")]).await;
    assert_eq!(
        (shown.text("MaxSessionDuration"), shown.text("Description")),
        (Some("7200"), Some("for CI"))
    );
    house
        .done(
            "UpdateRole",
            &[("RoleName", "Deploy"), ("MaxSessionDuration", "43200")],
        )
        .await;
    house
        .refused(
            "UpdateRole",
            &[("RoleName", "Deploy"), ("MaxSessionDuration", "43201")],
            "ValidationError",
        )
        .await;
    let described = house
        .done(
            "UpdateRoleDescription",
            &[("RoleName", "Deploy"), ("Description", "new")],
        )
        .await;
    assert_eq!(described.text("Description"), Some("new"));

    house.done("DeleteRole", &[("RoleName", "DEPLOY")]).await;
    assert_eq!(house.keys("iam.attachment"), Vec::<String>::new());
    let message = house
        .refused("GetRole", &[("RoleName", "Deploy")], "NoSuchEntity")
        .await;
    assert_eq!(message, "The role with name Deploy cannot be found.");
}

#[tokio::test]
async fn a_role_goes_only_when_nothing_hangs_on_it() {
    let house = House::new();
    create(&house, "r").await;
    let text = allow("s3:*", "*");
    house
        .done(
            "PutRolePolicy",
            &[
                ("RoleName", "r"),
                ("PolicyName", "p"),
                ("PolicyDocument", &text),
            ],
        )
        .await;
    house
        .done(
            "AttachRolePolicy",
            &[("RoleName", "r"), ("PolicyArn", READ_ONLY)],
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
    let conflict = async || {
        house
            .refused("DeleteRole", &[("RoleName", "r")], "DeleteConflict")
            .await
    };
    assert_eq!(
        conflict().await,
        "Cannot delete entity, must remove roles from instance profile first."
    );
    let message = house
        .refused(
            "DeleteInstanceProfile",
            &[("InstanceProfileName", "i")],
            "DeleteConflict",
        )
        .await;
    assert_eq!(
        message,
        "Cannot delete entity, must remove roles from instance profile first."
    );
    house
        .done(
            "RemoveRoleFromInstanceProfile",
            &[("InstanceProfileName", "i"), ("RoleName", "R")],
        )
        .await;
    assert_eq!(
        conflict().await,
        "Cannot delete entity, must detach all policies first."
    );
    house
        .done(
            "DetachRolePolicy",
            &[("RoleName", "r"), ("PolicyArn", READ_ONLY)],
        )
        .await;
    assert_eq!(
        conflict().await,
        "Cannot delete entity, must delete policies first."
    );
    house
        .done(
            "DeleteRolePolicy",
            &[("RoleName", "r"), ("PolicyName", "p")],
        )
        .await;
    house.done("DeleteRole", &[("RoleName", "r")]).await;
    house
        .done("DeleteInstanceProfile", &[("InstanceProfileName", "i")])
        .await;
    for kind in [
        "iam.role",
        "iam.instance-profile",
        "iam.role-profile",
        "iam.attachment",
    ] {
        assert_eq!(house.keys(kind), Vec::<String>::new(), "{kind}");
    }
}

#[tokio::test]
async fn trust_policies_name_principals_by_unique_id() {
    let house = House::new();
    house
        .done("CreateUser", &[("UserName", "eve"), ("Path", "/x/")])
        .await;
    let eve = format!("arn:aws:iam::{ACCOUNT}:user/x/eve");
    house
        .done(
            "CreateRole",
            &[
                ("RoleName", "r"),
                ("AssumeRolePolicyDocument", &trusting(&eve)),
            ],
        )
        .await;
    assert!(trust(&house, "r").await.contains(&eve));

    house
        .done("UpdateUser", &[("UserName", "eve"), ("NewUserName", "eva")])
        .await;
    assert!(
        trust(&house, "r")
            .await
            .contains(&format!("arn:aws:iam::{ACCOUNT}:user/x/eva"))
    );

    house.done("DeleteUser", &[("UserName", "eva")]).await;
    house
        .done("CreateUser", &[("UserName", "eva"), ("Path", "/x/")])
        .await;
    let dead = trust(&house, "r").await;
    assert!(
        dead.contains("\"AWS\":\"AIDA") && !dead.contains("/eva"),
        "{dead}"
    );
    // A document with the id of somebody who is gone cannot be written back.
    let update = [("RoleName", "r"), ("PolicyDocument", dead.as_str())];
    let message = house
        .refused("UpdateAssumeRolePolicy", &update, "MalformedPolicyDocument")
        .await;
    assert!(
        message.starts_with("Invalid principal in policy: \"AWS\":\"AIDA"),
        "{message}"
    );
}

#[tokio::test]
async fn a_session_in_a_trust_policy_is_one_of_the_role_that_was_meant() {
    let house = House::new();
    house
        .done(
            "CreateRole",
            &[
                ("RoleName", "Source"),
                ("Path", "/p/"),
                ("AssumeRolePolicyDocument", EC2),
            ],
        )
        .await;
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/Source/sess");
    let document = trusting(&session);
    house
        .done(
            "CreateRole",
            &[("RoleName", "r"), ("AssumeRolePolicyDocument", &document)],
        )
        .await;
    let shown = trust(&house, "r").await;
    assert!(shown.contains(&session), "{shown}");
    // What is shown can be written back.
    let update = [("RoleName", "r"), ("PolicyDocument", shown.as_str())];
    house.done("UpdateAssumeRolePolicy", &update).await;

    house.done("DeleteRole", &[("RoleName", "Source")]).await;
    create(&house, "Source").await;
    let dead = trust(&house, "r").await;
    assert!(
        dead.contains("\"AWS\":\"AROA") && dead.contains(":sess\"") && !dead.contains("Source"),
        "{dead}"
    );
    let update = [("RoleName", "r"), ("PolicyDocument", dead.as_str())];
    let message = house
        .refused("UpdateAssumeRolePolicy", &update, "MalformedPolicyDocument")
        .await;
    assert!(
        message.starts_with("Invalid principal in policy: \"AWS\":\"AROA"),
        "{message}"
    );
}

#[tokio::test]
async fn trust_policies_name_only_principals_that_exist() {
    let house = House::new();
    create(&house, "r").await;
    for principal in [
        &format!("arn:aws:iam::{ACCOUNT}:user/nobody"),
        &format!("arn:aws:iam::{ACCOUNT}:role/R"),
        "arn:aws:iam::444455556666:role/elsewhere",
        "arn:aws-cn:iam::444455556666:root",
        &format!("arn:aws:sts::{ACCOUNT}:assumed-role/nobody/session"),
        &format!("arn:aws:sts::{ACCOUNT}:assumed-role/r"),
        &format!("arn:aws:sts::{ACCOUNT}:assumed-role/r/a/b"),
        "AIDAAAAAAAAAAAAAAAAAA",
        "AROAAAAAAAAAAAAAAAAAA:session",
    ] {
        let update = [("RoleName", "r"), ("PolicyDocument", &trusting(principal))];
        let message = house
            .refused("UpdateAssumeRolePolicy", &update, "MalformedPolicyDocument")
            .await;
        assert_eq!(
            message,
            format!("Invalid principal in policy: \"AWS\":\"{principal}\"")
        );
    }
    for (principal, shown) in [
        ("444455556666", "arn:aws:iam::444455556666:root"),
        (
            "arn:aws:iam::444455556666:root",
            "arn:aws:iam::444455556666:root",
        ),
        (&role_arn("r"), &role_arn("r")),
        ("*", "\"AWS\":\"*\""),
    ] {
        house
            .done(
                "UpdateAssumeRolePolicy",
                &[("RoleName", "r"), ("PolicyDocument", &trusting(principal))],
            )
            .await;
        assert!(trust(&house, "r").await.contains(shown), "{principal}");
    }
}

#[tokio::test]
async fn trust_policies_are_refused_in_aws_s_words() {
    let house = House::new();
    let refused = async |document: &str, code: &str| {
        house
            .refused(
                "CreateRole",
                &[("RoleName", "r"), ("AssumeRolePolicyDocument", document)],
                code,
            )
            .await
    };
    assert_eq!(
        refused("{", "MalformedPolicyDocument").await,
        "This policy contains invalid Json"
    );
    assert_eq!(
        refused(
            &EC2.replace("sts:AssumeRole", "sts:InvalidAction"),
            "MalformedPolicyDocument"
        )
        .await,
        "AssumeRole policy may only specify STS AssumeRole actions."
    );
    let sids = (0..40).map(|n| {
        format!(r#"{{"Sid":"s{n}","Effect":"Allow","Principal":{{"Service":"ec2.amazonaws.com"}},"Action":"sts:AssumeRole"}}"#)
    });
    let long = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        sids.collect::<Vec<_>>().join(",")
    );
    assert_eq!(
        refused(&long, "LimitExceeded").await,
        "Cannot exceed quota for ACLSizePerRole: 2048"
    );
}

#[tokio::test]
async fn paths_of_aws_are_refused_and_quotas_hold() {
    let quotas = Quotas {
        roles: 1,
        instance_profiles: 1,
        ..Quotas::default()
    };
    let house = House::with_quotas(quotas);
    let reserved = [
        ("RoleName", "r"),
        ("Path", "/aws-service-role/ecs.amazonaws.com/"),
        ("AssumeRolePolicyDocument", EC2),
    ];
    let message = house.refused("CreateRole", &reserved, "InvalidInput").await;
    assert_eq!(
        message,
        "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles"
    );
    create(&house, "a").await;
    let second = [("RoleName", "b"), ("AssumeRolePolicyDocument", EC2)];
    let message = house.refused("CreateRole", &second, "LimitExceeded").await;
    assert_eq!(message, "Cannot exceed quota for RolesPerAccount: 1");
    house
        .refused(
            "CreateRole",
            &[("RoleName", "A"), ("AssumeRolePolicyDocument", EC2)],
            "EntityAlreadyExists",
        )
        .await;
    house
        .done("CreateInstanceProfile", &[("InstanceProfileName", "a")])
        .await;
    let message = house
        .refused(
            "CreateInstanceProfile",
            &[("InstanceProfileName", "b")],
            "LimitExceeded",
        )
        .await;
    assert_eq!(
        message,
        "Cannot exceed quota for InstanceProfilesPerAccount: 1"
    );
    house
        .done("DeleteInstanceProfile", &[("InstanceProfileName", "a")])
        .await;
    house
        .done("CreateInstanceProfile", &[("InstanceProfileName", "b")])
        .await;
}

#[tokio::test]
async fn a_profile_has_one_role_and_shows_it() {
    let house = House::new();
    create(&house, "r").await;
    create(&house, "s").await;
    let tagged = [
        ("InstanceProfileName", "P"),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    let created = house.done("CreateInstanceProfile", &tagged).await;
    assert!(
        created
            .text("InstanceProfileId")
            .unwrap()
            .starts_with("AIPA")
    );
    house
        .done(
            "AddRoleToInstanceProfile",
            &[("InstanceProfileName", "p"), ("RoleName", "R")],
        )
        .await;
    let second = [("InstanceProfileName", "P"), ("RoleName", "s")];
    let message = house
        .refused("AddRoleToInstanceProfile", &second, "LimitExceeded")
        .await;
    assert_eq!(
        message,
        "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    );
    let message = house
        .refused("RemoveRoleFromInstanceProfile", &second, "NoSuchEntity")
        .await;
    assert_eq!(message, "Role s in Instance Profile P cannot be found.");
    let shown = house
        .done("GetInstanceProfile", &[("InstanceProfileName", "P")])
        .await;
    assert_eq!(
        (shown.text("RoleName"), shown.text("Key")),
        (Some("r"), Some("k"))
    );
    let listed = house
        .done("ListInstanceProfilesForRole", &[("RoleName", "r")])
        .await;
    assert_eq!(listed.texts("InstanceProfileName"), ["P"]);
    let listed = house.done("ListInstanceProfiles", &[]).await;
    assert!(!listed.body.contains("<Tags"), "{}", listed.body);
    house
        .done(
            "UntagInstanceProfile",
            &[("InstanceProfileName", "P"), ("TagKeys.member.1", "K")],
        )
        .await;
    let tags = house
        .done("ListInstanceProfileTags", &[("InstanceProfileName", "P")])
        .await;
    assert!(tags.texts("Key").is_empty());
    let message = house
        .refused(
            "GetInstanceProfile",
            &[("InstanceProfileName", "x")],
            "NoSuchEntity",
        )
        .await;
    assert_eq!(message, "Instance Profile x cannot be found.");
}

#[tokio::test]
async fn who_puts_a_role_into_a_profile_must_be_allowed_to_pass_it() {
    let house = House::new();
    create(&house, "r").await;
    house
        .done("CreateInstanceProfile", &[("InstanceProfileName", "p")])
        .await;
    let ada = house
        .user("ada", &allow("iam:AddRoleToInstanceProfile", "*"))
        .await;
    let add = [("InstanceProfileName", "p"), ("RoleName", "r")];
    let denied = house.call(&ada, "AddRoleToInstanceProfile", &add).await;
    assert!(denied.message().contains("iam:PassRole"), "{}", denied.body);
    let grant = |service: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"*"}},
                {{"Effect":"Allow","Action":"iam:PassRole","Resource":"{}",
                  "Condition":{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}}}]}}"#,
            role_arn("r")
        )
    };
    house.grant("ada", &grant("lambda.amazonaws.com"));
    assert_eq!(
        house
            .call(&ada, "AddRoleToInstanceProfile", &add)
            .await
            .status,
        403
    );
    house.grant("ada", &grant("ec2.amazonaws.com"));
    assert_eq!(
        house
            .call(&ada, "AddRoleToInstanceProfile", &add)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn boundaries_can_be_demanded_of_new_roles_and_of_those_that_are_changed() {
    let house = House::new();
    let demanding = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":["iam:CreateRole","iam:PutRolePolicy","iam:AttachRolePolicy","iam:TagRole"],"Resource":"*",
            "Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{READ_ONLY}"}}}}}}}}"#
    );
    let ada = house.user("ada", &demanding).await;
    create(&house, "free").await;
    let bare = [("RoleName", "r"), ("AssumeRolePolicyDocument", EC2)];
    assert_eq!(house.call(&ada, "CreateRole", &bare).await.status, 403);
    let bounded = [bare[0], bare[1], ("PermissionsBoundary", READ_ONLY)];
    assert_eq!(house.call(&ada, "CreateRole", &bounded).await.status, 200);
    for (role, status) in [("free", 403), ("r", 200)] {
        let attach = [("RoleName", role), ("PolicyArn", READ_ONLY)];
        assert_eq!(
            house.call(&ada, "AttachRolePolicy", &attach).await.status,
            status,
            "{role}"
        );
    }
    // The reference does not list the key for TagRole: no statement with it can allow it.
    let tag = [
        ("RoleName", "r"),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    assert_eq!(house.call(&ada, "TagRole", &tag).await.status, 403);
}

#[tokio::test]
async fn service_linked_roles_belong_to_their_service() {
    let house = House::new();
    let service = [("AWSServiceName", "autoscaling.amazonaws.com")];
    let created = house.done("CreateServiceLinkedRole", &service).await;
    assert_eq!(
        created.text("Arn").unwrap(),
        role_arn("aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")
    );
    let name = ("RoleName", "AWSServiceRoleForAutoScaling");
    let message = house
        .refused("CreateServiceLinkedRole", &service, "InvalidInput")
        .await;
    assert_eq!(
        message,
        "Service role name AWSServiceRoleForAutoScaling has been taken in this account, please try a different suffix."
    );
    let attached = house.done("ListAttachedRolePolicies", &[name]).await;
    let policy = attached.text("PolicyArn").unwrap().to_owned();
    assert_eq!(
        policy,
        "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"
    );
    let protected = "Cannot perform the operation on the protected role 'AWSServiceRoleForAutoScaling' - this role \
                     is only modifiable by AWS";
    let text = allow("s3:*", "*");
    for (action, parameters) in [
        ("DeleteRole", vec![]),
        ("DetachRolePolicy", vec![("PolicyArn", policy.as_str())]),
        ("AttachRolePolicy", vec![("PolicyArn", READ_ONLY)]),
        (
            "PutRolePolicy",
            vec![("PolicyName", "p"), ("PolicyDocument", text.as_str())],
        ),
        ("UpdateAssumeRolePolicy", vec![("PolicyDocument", EC2)]),
        ("UpdateRole", vec![("MaxSessionDuration", "7200")]),
        (
            "PutRolePermissionsBoundary",
            vec![("PermissionsBoundary", READ_ONLY)],
        ),
    ] {
        let parameters: Vec<_> = std::iter::once(name).chain(parameters).collect();
        assert_eq!(
            house
                .refused(action, &parameters, "UnmodifiableEntity")
                .await,
            protected,
            "{action}"
        );
    }
    create(&house, "mine").await;
    let attach = [("RoleName", "mine"), ("PolicyArn", policy.as_str())];
    house
        .refused("AttachRolePolicy", &attach, "PolicyNotAttachable")
        .await;
    house
        .refused(
            "DeleteServiceLinkedRole",
            &[("RoleName", "mine")],
            "NoSuchEntity",
        )
        .await;

    let deleted = house.done("DeleteServiceLinkedRole", &[name]).await;
    let task = deleted.text("DeletionTaskId").unwrap();
    assert!(task.starts_with(
        "task/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling/"
    ));
    let status = house
        .done(
            "GetServiceLinkedRoleDeletionStatus",
            &[("DeletionTaskId", task)],
        )
        .await;
    assert_eq!(status.text("Status"), Some("SUCCEEDED"));
    assert_eq!(house.keys("iam.attachment"), Vec::<String>::new());
    house.refused("GetRole", &[name], "NoSuchEntity").await;
    let suffix = [
        ("AWSServiceName", "config.amazonaws.com"),
        ("CustomSuffix", "x"),
    ];
    let message = house
        .refused("CreateServiceLinkedRole", &suffix, "InvalidInput")
        .await;
    assert_eq!(
        message,
        "Custom suffix is not allowed for config.amazonaws.com"
    );
}
