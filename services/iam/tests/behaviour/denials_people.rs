//! That every operation on users, groups, credentials and the account asks for its own action on its own resource.

use crate::house::{ACCOUNT, House, allow, user_arn};

const USER: (&str, &str) = ("UserName", "U");
const GROUP: (&str, &str) = ("GroupName", "G");
const KEY: (&str, &str) = ("AccessKeyId", "AKIAIOSFODNN7EXAMPLE");
const PASSWORD: (&str, &str) = ("Password", "Passw0rd!");
const ALIAS: (&str, &str) = ("AccountAlias", "alias");
const BOUNDARY: (&str, &str) = (
    "PermissionsBoundary",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
);
const TAG: [(&str, &str); 2] = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
const PATH: (&str, &str) = ("Path", "/p/");

type Parameter = (&'static str, &'static str);

/// Operations, their parameters and the resource that they need. The user is `/p/u`, the group `/p/g`.
fn calls() -> Vec<(&'static str, Vec<Parameter>, &'static str)> {
    let (user, group) = ("user/p/u", "group/p/g");
    vec![
        ("AddUserToGroup", vec![GROUP, USER], group),
        ("CreateAccessKey", vec![USER], user),
        ("CreateAccountAlias", vec![ALIAS], "*"),
        (
            "CreateGroup",
            vec![("GroupName", "new"), PATH],
            "group/p/new",
        ),
        ("CreateLoginProfile", vec![USER, PASSWORD], user),
        (
            "CreateUser",
            vec![("UserName", "new"), PATH, BOUNDARY],
            "user/p/new",
        ),
        ("DeleteAccessKey", vec![USER, KEY], user),
        ("DeleteAccountAlias", vec![ALIAS], "*"),
        ("DeleteAccountPasswordPolicy", vec![], "*"),
        ("DeleteGroup", vec![GROUP], group),
        ("DeleteLoginProfile", vec![USER], user),
        ("DeleteUser", vec![USER], user),
        ("DeleteUserPermissionsBoundary", vec![USER], user),
        ("GetAccountPasswordPolicy", vec![], "*"),
        ("GetAccountSummary", vec![], "*"),
        ("GetGroup", vec![GROUP], group),
        ("GetLoginProfile", vec![USER], user),
        ("GetUser", vec![USER], user),
        ("ListAccessKeys", vec![USER], user),
        ("ListAccountAliases", vec![], "*"),
        ("ListGroups", vec![], "group/"),
        ("ListGroupsForUser", vec![USER], user),
        ("ListUserTags", vec![USER], user),
        ("ListUsers", vec![("PathPrefix", "/p/")], "user/p/"),
        ("PutUserPermissionsBoundary", vec![USER, BOUNDARY], user),
        ("RemoveUserFromGroup", vec![GROUP, USER], group),
        (
            "SetSecurityTokenServicePreferences",
            vec![("GlobalEndpointTokenVersion", "v2Token")],
            "*",
        ),
        ("TagUser", [&[USER], &TAG[..]].concat(), user),
        ("UntagUser", vec![USER, ("TagKeys.member.1", "k")], user),
        (
            "UpdateAccessKey",
            vec![USER, KEY, ("Status", "Inactive")],
            user,
        ),
        ("UpdateAccountPasswordPolicy", vec![], "*"),
        ("UpdateGroup", vec![GROUP], group),
        ("UpdateLoginProfile", vec![USER, PASSWORD], user),
        ("UpdateUser", vec![USER], user),
    ]
}

async fn furnished() -> House {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "u"), PATH]).await;
    house.done("CreateGroup", &[("GroupName", "g"), PATH]).await;
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
async fn whoever_may_do_one_thing_to_one_resource_may_do_that_alone() {
    for (action, parameters, resource) in calls() {
        let house = furnished().await;
        let one = house
            .user("one", &allow(&format!("iam:{action}"), &full(resource)))
            .await;
        // It can fail for another reason, which is told to those who may ask alone.
        let answer = house.call(&one, action, &parameters).await;
        assert_ne!(answer.status, 403, "{action}: {}", answer.body);
        house.grant("one", &allow(&format!("iam:{action}"), &full("other/*")));
        assert_eq!(
            house.call(&one, action, &parameters).await.status,
            403,
            "{action}"
        );
        let everything_else = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","NotAction":"iam:{action}","Resource":"*"}}}}"#
        );
        house.grant("one", &everything_else);
        assert_eq!(
            house.call(&one, action, &parameters).await.status,
            403,
            "{action}"
        );
    }
}

#[tokio::test]
async fn operations_on_oneself_ask_for_the_callers_own_user() {
    let house = furnished().await;
    let calls: [(&str, Vec<Parameter>); 6] = [
        (
            "ChangePassword",
            vec![("OldPassword", "a"), ("NewPassword", "b")],
        ),
        ("CreateAccessKey", vec![]),
        ("DeleteAccessKey", vec![KEY]),
        ("GetUser", vec![]),
        ("ListAccessKeys", vec![]),
        ("UpdateAccessKey", vec![KEY, ("Status", "Active")]),
    ];
    for (number, (action, parameters)) in calls.into_iter().enumerate() {
        let name = format!("self{number}");
        let own = house
            .user(&name, &allow(&format!("iam:{action}"), &user_arn("p/u")))
            .await;
        let denied = house.call(&own, action, &parameters).await;
        let expected = format!(
            "perform: iam:{action} on resource: {} because",
            user_arn(&name)
        );
        assert!(
            denied.message().contains(&expected),
            "{action}: {}",
            denied.body
        );
        house.grant(&name, &allow(&format!("iam:{action}"), &user_arn(&name)));
        let answer = house.call(&own, action, &parameters).await;
        assert!(
            !answer.message().contains("not authorized to perform"),
            "{action}: {}",
            answer.body
        );
    }
}
