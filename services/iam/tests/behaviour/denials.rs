//! That every operation on roles, profiles and policies asks for its own action on its own resource.

use crate::house::{ACCOUNT, House, allow};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const IDENTITY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

const ROLE: (&str, &str) = ("RoleName", "R");
const USER: (&str, &str) = ("UserName", "U");
const GROUP: (&str, &str) = ("GroupName", "G");
const PROFILE: (&str, &str) = ("InstanceProfileName", "I");
const INLINE: (&str, &str) = ("PolicyName", "x");
const DOCUMENT: (&str, &str) = ("PolicyDocument", IDENTITY);
const VERSION: (&str, &str) = ("VersionId", "v1");
const POLICY: (&str, &str) = ("PolicyArn", "arn:aws:iam::111122223333:policy/p/P");
const TAG: [(&str, &str); 2] = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
const KEY: (&str, &str) = ("TagKeys.member.1", "k");
const SOURCE: (&str, &str) = ("PolicySourceArn", "arn:aws:iam::111122223333:user/p/u");
const SIMULATED: (&str, &str) = ("ActionNames.member.1", "s3:GetObject");

type Parameter = (&'static str, &'static str);

/// Operations, their parameters and the resource that they need.
fn calls() -> Vec<(&'static str, Vec<Parameter>, &'static str)> {
    let (role, user, group) = ("role/p/r", "user/p/u", "group/p/g");
    let (profile, policy) = ("instance-profile/p/i", "policy/p/P");
    let new = |name| vec![(name, "new"), ("Path", "/n/")];
    let with = |own: Parameter, more: &[Parameter]| {
        std::iter::once(own)
            .chain(more.iter().copied())
            .collect::<Vec<_>>()
    };
    let new_role = [("AssumeRolePolicyDocument", TRUST)];
    let task = "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/1";
    let linked = "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    vec![
        ("AddRoleToInstanceProfile", vec![PROFILE, ROLE], profile),
        ("AttachGroupPolicy", vec![GROUP, POLICY], group),
        ("AttachRolePolicy", vec![ROLE, POLICY], role),
        ("AttachUserPolicy", vec![USER, POLICY], user),
        (
            "CreateInstanceProfile",
            new("InstanceProfileName"),
            "instance-profile/n/new",
        ),
        (
            "CreatePolicy",
            [new("PolicyName"), vec![DOCUMENT]].concat(),
            "policy/n/new",
        ),
        ("CreatePolicyVersion", vec![POLICY, DOCUMENT], policy),
        (
            "CreateRole",
            [new("RoleName"), new_role.to_vec()].concat(),
            "role/n/new",
        ),
        (
            "CreateServiceLinkedRole",
            vec![("AWSServiceName", "ecs.amazonaws.com")],
            linked,
        ),
        ("DeleteGroupPolicy", vec![GROUP, INLINE], group),
        ("DeleteInstanceProfile", vec![PROFILE], profile),
        ("DeletePolicy", vec![POLICY], policy),
        ("DeletePolicyVersion", vec![POLICY, VERSION], policy),
        ("DeleteRole", vec![ROLE], role),
        ("DeleteRolePermissionsBoundary", vec![ROLE], role),
        ("DeleteRolePolicy", vec![ROLE, INLINE], role),
        ("DeleteServiceLinkedRole", vec![ROLE], role),
        ("DeleteUserPolicy", vec![USER, INLINE], user),
        ("DetachGroupPolicy", vec![GROUP, POLICY], group),
        ("DetachRolePolicy", vec![ROLE, POLICY], role),
        ("DetachUserPolicy", vec![USER, POLICY], user),
        ("GetAccountAuthorizationDetails", vec![], "*"),
        (
            "GetContextKeysForCustomPolicy",
            vec![("PolicyInputList.member.1", IDENTITY)],
            "*",
        ),
        ("GetContextKeysForPrincipalPolicy", vec![SOURCE], user),
        ("GetGroupPolicy", vec![GROUP, INLINE], group),
        ("GetInstanceProfile", vec![PROFILE], profile),
        ("GetPolicy", vec![POLICY], policy),
        ("GetPolicyVersion", vec![POLICY, VERSION], policy),
        ("GetRole", vec![ROLE], role),
        ("GetRolePolicy", vec![ROLE, INLINE], role),
        (
            "GetServiceLinkedRoleDeletionStatus",
            vec![("DeletionTaskId", task)],
            linked,
        ),
        ("GetUserPolicy", vec![USER, INLINE], user),
        ("ListAttachedGroupPolicies", vec![GROUP], group),
        ("ListAttachedRolePolicies", vec![ROLE], role),
        ("ListAttachedUserPolicies", vec![USER], user),
        ("ListEntitiesForPolicy", vec![POLICY], policy),
        ("ListGroupPolicies", vec![GROUP], group),
        ("ListInstanceProfileTags", vec![PROFILE], profile),
        ("ListInstanceProfiles", vec![], "instance-profile/"),
        ("ListInstanceProfilesForRole", vec![ROLE], role),
        ("ListPolicies", vec![], "policy/"),
        ("ListPolicyTags", vec![POLICY], policy),
        ("ListPolicyVersions", vec![POLICY], policy),
        ("ListRolePolicies", vec![ROLE], role),
        ("ListRoleTags", vec![ROLE], role),
        ("ListRoles", vec![("PathPrefix", "/p/")], "role/p/"),
        ("ListUserPolicies", vec![USER], user),
        ("PutGroupPolicy", vec![GROUP, INLINE, DOCUMENT], group),
        ("PutRolePolicy", vec![ROLE, INLINE, DOCUMENT], role),
        ("PutUserPolicy", vec![USER, INLINE, DOCUMENT], user),
        (
            "RemoveRoleFromInstanceProfile",
            vec![PROFILE, ROLE],
            profile,
        ),
        ("SetDefaultPolicyVersion", vec![POLICY, VERSION], policy),
        (
            "SimulateCustomPolicy",
            vec![("PolicyInputList.member.1", IDENTITY), SIMULATED],
            "*",
        ),
        ("SimulatePrincipalPolicy", vec![SOURCE, SIMULATED], user),
        ("TagInstanceProfile", with(PROFILE, &TAG), profile),
        ("TagPolicy", with(POLICY, &TAG), policy),
        ("TagRole", with(ROLE, &TAG), role),
        ("UntagInstanceProfile", vec![PROFILE, KEY], profile),
        ("UntagPolicy", vec![POLICY, KEY], policy),
        ("UntagRole", vec![ROLE, KEY], role),
        (
            "UpdateAssumeRolePolicy",
            vec![ROLE, ("PolicyDocument", TRUST)],
            role,
        ),
        ("UpdateRole", vec![ROLE], role),
        (
            "UpdateRoleDescription",
            vec![ROLE, ("Description", "d")],
            role,
        ),
    ]
}

async fn furnished() -> House {
    let house = House::new();
    let path = ("Path", "/p/");
    house.done("CreateUser", &[("UserName", "u"), path]).await;
    house.done("CreateGroup", &[("GroupName", "g"), path]).await;
    house
        .done(
            "CreateInstanceProfile",
            &[("InstanceProfileName", "i"), path],
        )
        .await;
    house
        .done("CreatePolicy", &[("PolicyName", "P"), path, DOCUMENT])
        .await;
    let trust = ("AssumeRolePolicyDocument", TRUST);
    house
        .done("CreateRole", &[("RoleName", "r"), path, trust])
        .await;
    house
}

fn full(resource: &str) -> String {
    match resource {
        "*" => "*".into(),
        _ => format!("arn:aws:iam::{ACCOUNT}:{resource}"),
    }
}

#[tokio::test]
async fn whoever_may_do_nothing_is_denied_everything() {
    let house = furnished().await;
    let nobody = house.user("nobody", &allow("s3:*", "*")).await;
    for (action, parameters, resource) in calls() {
        let denied = house.call(&nobody, action, &parameters).await;
        assert_eq!(
            (denied.status, denied.code()),
            (403, "AccessDenied"),
            "{action}"
        );
        let expected = format!(
            "perform: iam:{action} on resource: {} because",
            full(resource)
        );
        assert!(
            denied.message().contains(&expected),
            "{action}: {}",
            denied.message()
        );
        assert!(
            catalog::action(&format!("iam:{action}")).is_some(),
            "{action}"
        );
    }
}

#[tokio::test]
async fn whoever_may_do_one_thing_to_one_resource_may_do_that() {
    for (action, parameters, resource) in calls() {
        let house = furnished().await;
        let mut policy = allow(&format!("iam:{action}"), &full(resource));
        if action == "AddRoleToInstanceProfile" {
            let pass = allow("iam:PassRole", &full("role/p/r"));
            let pass = pass
                .split_once("\"Statement\":")
                .unwrap()
                .1
                .trim_end_matches('}');
            let first = policy
                .split_once("\"Statement\":")
                .unwrap()
                .1
                .trim_end_matches('}');
            policy = format!(r#"{{"Version":"2012-10-17","Statement":[{first}}},{pass}}}]}}"#);
        }
        let one = house.user("one", &policy).await;
        let answer = house.call(&one, action, &parameters).await;
        // It can fail for another reason, which is told to those who may ask alone.
        assert_ne!(answer.status, 403, "{action}: {}", answer.body);
        // The same on anything else.
        house.grant("one", &allow(&format!("iam:{action}"), &full("other/*")));
        assert_eq!(
            house.call(&one, action, &parameters).await.status,
            403,
            "{action}"
        );
    }
}
