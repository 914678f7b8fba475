//! Users, groups and boundaries.

use crate::house::{ACCOUNT, House, allow, user_arn};
use kernel::Quotas;

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

#[tokio::test]
async fn a_user_is_created_shown_listed_and_deleted() {
    let house = House::new();
    let created = house
        .done(
            "CreateUser",
            &[
                ("UserName", "Ada"),
                ("Path", "/team/"),
                ("Tags.member.1.Key", "cost"),
                ("Tags.member.1.Value", "7"),
                ("PermissionsBoundary", READ_ONLY),
            ],
        )
        .await;
    assert_eq!(created.text("Arn").unwrap(), user_arn("team/Ada"));
    assert!(created.text("UserId").unwrap().starts_with("AIDA"));
    assert_eq!(created.text("CreateDate"), Some("2026-11-24T12:00:00Z"));
    let shown = house.done("GetUser", &[("UserName", "ada")]).await;
    assert_eq!(shown.text("PermissionsBoundaryArn"), Some(READ_ONLY));
    assert_eq!(shown.text("Key"), Some("cost"));
    let listed = house.done("ListUsers", &[("PathPrefix", "/team/")]).await;
    assert_eq!(listed.texts("UserName"), ["Ada"]);
    assert!(
        !listed.body.contains("cost") && !listed.body.contains(READ_ONLY),
        "{}",
        listed.body
    );
    assert!(
        house
            .done("ListUsers", &[("PathPrefix", "/other/")])
            .await
            .texts("UserName")
            .is_empty()
    );
    house.done("DeleteUser", &[("UserName", "ADA")]).await;
    assert_eq!(house.keys("iam.attachment"), Vec::<String>::new());
    let message = house
        .refused("GetUser", &[("UserName", "Ada")], "NoSuchEntity")
        .await;
    assert_eq!(message, "The user with name Ada cannot be found.");
}

#[tokio::test]
async fn names_are_unique_ignoring_case() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "ada")]).await;
    house.done("CreateGroup", &[("GroupName", "devs")]).await;
    let message = house
        .refused("CreateUser", &[("UserName", "ADA")], "EntityAlreadyExists")
        .await;
    assert_eq!(message, "User with name ADA already exists.");
    let message = house
        .refused(
            "CreateGroup",
            &[("GroupName", "Devs")],
            "EntityAlreadyExists",
        )
        .await;
    assert_eq!(message, "Group with name Devs already exists.");
    house.done("CreateUser", &[("UserName", "bob")]).await;
    house
        .refused(
            "UpdateUser",
            &[("UserName", "bob"), ("NewUserName", "Ada")],
            "EntityAlreadyExists",
        )
        .await;
    house
        .done("UpdateUser", &[("UserName", "ada"), ("NewUserName", "Ada")])
        .await;
    assert_eq!(
        house
            .done("GetUser", &[("UserName", "ada")])
            .await
            .text("UserName"),
        Some("Ada")
    );
}

#[tokio::test]
async fn a_renamed_user_keeps_its_id_groups_keys_password_and_boundary() {
    let house = House::new();
    let key = house
        .user("zoe", &allow("iam:GetUser", &user_arn("${aws:username}")))
        .await;
    house.done("CreateGroup", &[("GroupName", "devs")]).await;
    house
        .done(
            "AddUserToGroup",
            &[("GroupName", "devs"), ("UserName", "zoe")],
        )
        .await;
    house
        .done(
            "CreateLoginProfile",
            &[("UserName", "zoe"), ("Password", "Passw0rd!")],
        )
        .await;
    house
        .done(
            "PutUserPermissionsBoundary",
            &[("UserName", "zoe"), ("PermissionsBoundary", READ_ONLY)],
        )
        .await;
    let before = house.done("GetUser", &[("UserName", "zoe")]).await;
    // Once to a name that sorts before, once to one that sorts after.
    for (old, new) in [("zoe", "amy"), ("amy", "zora")] {
        house
            .done(
                "UpdateUser",
                &[("UserName", old), ("NewUserName", new), ("NewPath", "/")],
            )
            .await;
        let own = house.call(&key, "GetUser", &[]).await;
        assert_eq!(own.text("UserName"), Some(new), "{}", own.body);
        assert_eq!(own.text("UserId"), before.text("UserId"));
        assert_eq!(own.text("PermissionsBoundaryArn"), Some(READ_ONLY));
        let members = house.done("GetGroup", &[("GroupName", "devs")]).await;
        assert_eq!(members.texts("UserName"), [new]);
        assert_eq!(house.keys("iam.attachment").len(), 1);
        assert!(house.keys("iam.attachment")[0].ends_with(new));
        house.done("GetLoginProfile", &[("UserName", new)]).await;
        assert_eq!(
            house
                .done("ListAccessKeys", &[("UserName", new)])
                .await
                .texts("AccessKeyId"),
            [key.id.as_str()]
        );
        house
            .refused("GetUser", &[("UserName", old)], "NoSuchEntity")
            .await;
    }
}

#[tokio::test]
async fn who_renames_a_user_needs_permission_on_both_names() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "old")]).await;
    let renamer = house
        .user("renamer", &allow("iam:UpdateUser", &user_arn("old")))
        .await;
    let rename = [("UserName", "old"), ("NewUserName", "new")];
    assert_eq!(
        house.call(&renamer, "UpdateUser", &rename).await.code(),
        "AccessDenied"
    );
    house.grant("renamer", &allow("iam:UpdateUser", &user_arn("new")));
    assert_eq!(
        house.call(&renamer, "UpdateUser", &rename).await.code(),
        "AccessDenied"
    );
    let both = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:UpdateUser",
        "Resource":["arn:aws:iam::111122223333:user/old","arn:aws:iam::111122223333:user/team/new"]}}"#;
    house.grant("renamer", both);
    assert_eq!(
        house.call(&renamer, "UpdateUser", &rename).await.code(),
        "AccessDenied",
        "the path counts"
    );
    let moved = house
        .call(
            &renamer,
            "UpdateUser",
            &[rename[0], rename[1], ("NewPath", "/team/")],
        )
        .await;
    assert_eq!(moved.status, 200, "{}", moved.body);
}

#[tokio::test]
async fn existence_is_told_only_to_those_who_may_ask() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "secret")]).await;
    let nobody = house
        .user("nobody", &allow("iam:GetUser", &user_arn("else")))
        .await;
    let there = house
        .call(&nobody, "GetUser", &[("UserName", "secret")])
        .await;
    let not_there = house
        .call(&nobody, "GetUser", &[("UserName", "absent")])
        .await;
    assert_eq!(
        (there.code(), not_there.code()),
        ("AccessDenied", "AccessDenied")
    );
    assert_eq!(
        there.message().replace("secret", "x"),
        not_there.message().replace("absent", "x")
    );
}

#[tokio::test]
async fn tags_at_creation_need_their_own_permission() {
    let house = House::new();
    let creator = house.user("creator", &allow("iam:CreateUser", "*")).await;
    let tagged = [
        ("UserName", "ada"),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    assert_eq!(
        house.call(&creator, "CreateUser", &tagged).await.code(),
        "AccessDenied"
    );
    assert_eq!(
        house
            .call(&creator, "CreateUser", &tagged[..1])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_boundary_can_be_demanded_of_new_users() {
    let house = House::new();
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":["iam:CreateUser",
            "iam:PutUserPermissionsBoundary","iam:CreateAccessKey"],"Resource":"*",
            "Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{READ_ONLY}"}}}}}}}}"#
    );
    let admin = house.user("admin", &policy).await;
    let other = "arn:aws:iam::aws:policy/AdministratorAccess";
    for bad in [None, Some(other)] {
        let mut parameters = vec![("UserName", "ada")];
        parameters.extend(bad.map(|arn| ("PermissionsBoundary", arn)));
        assert_eq!(
            house.call(&admin, "CreateUser", &parameters).await.code(),
            "AccessDenied"
        );
    }
    let good = [("UserName", "ada"), ("PermissionsBoundary", READ_ONLY)];
    assert_eq!(house.call(&admin, "CreateUser", &good).await.status, 200);
    let swap = [("UserName", "ada"), ("PermissionsBoundary", other)];
    assert_eq!(
        house
            .call(&admin, "PutUserPermissionsBoundary", &swap)
            .await
            .code(),
        "AccessDenied"
    );
    assert_eq!(
        house
            .call(&admin, "PutUserPermissionsBoundary", &good)
            .await
            .status,
        200
    );
    // AWS's reference does not list the key for CreateAccessKey: a condition on it never matches.
    assert_eq!(
        house
            .call(&admin, "CreateAccessKey", &[("UserName", "ada")])
            .await
            .code(),
        "AccessDenied"
    );
}

#[tokio::test]
async fn boundaries_are_policies_that_exist() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "ada")]).await;
    let put = |arn: &'static str| [("UserName", "ada"), ("PermissionsBoundary", arn)];
    let message = house
        .refused(
            "PutUserPermissionsBoundary",
            &put("arn:aws:iam::123456789:not_a_boundary"),
            "InvalidInput",
        )
        .await;
    assert_eq!(
        message,
        "ARN arn:aws:iam::123456789:not_a_boundary is not valid."
    );
    house
        .refused(
            "PutUserPermissionsBoundary",
            &put("arn:aws:iam::111122223333:policy/none"),
            "NoSuchEntity",
        )
        .await;
    house
        .refused(
            "DeleteUserPermissionsBoundary",
            &[("UserName", "ada")],
            "NoSuchEntity",
        )
        .await;
    house
        .done("PutUserPermissionsBoundary", &put(READ_ONLY))
        .await;
    house
        .done("DeleteUserPermissionsBoundary", &[("UserName", "ada")])
        .await;
    assert!(house.keys("iam.attachment").is_empty());
}

#[tokio::test]
async fn groups_are_joined_left_renamed_and_deleted() {
    let house = House::new();
    let member = [("GroupName", "devs"), ("UserName", "ada")];
    let message = house
        .refused("AddUserToGroup", &member, "NoSuchEntity")
        .await;
    assert_eq!(message, "The user with name ada cannot be found.");
    let key = house.user("ada", &allow("iam:GetUser", "*")).await;
    let message = house
        .refused("AddUserToGroup", &member, "NoSuchEntity")
        .await;
    assert_eq!(message, "The group with name devs cannot be found.");
    house.done("CreateGroup", &[("GroupName", "devs")]).await;
    house.done("AddUserToGroup", &member).await;
    house.done("AddUserToGroup", &member).await;
    let message = house
        .refused("DeleteUser", &[("UserName", "ada")], "DeleteConflict")
        .await;
    assert_eq!(
        message,
        "Cannot delete entity, must delete access keys first."
    );
    let message = house
        .refused("DeleteGroup", &[("GroupName", "devs")], "DeleteConflict")
        .await;
    assert_eq!(
        message,
        "Cannot delete entity, must remove users from group first."
    );
    house
        .done(
            "UpdateGroup",
            &[
                ("GroupName", "devs"),
                ("NewGroupName", "Builders"),
                ("NewPath", "/b/"),
            ],
        )
        .await;
    let groups = house
        .done("ListGroupsForUser", &[("UserName", "ada")])
        .await;
    assert_eq!(
        groups.text("Arn").unwrap(),
        format!("arn:aws:iam::{ACCOUNT}:group/b/Builders")
    );
    assert_eq!(
        house
            .done("GetGroup", &[("GroupName", "builders")])
            .await
            .texts("UserName"),
        ["ada"]
    );
    assert_eq!(
        house.done("ListGroups", &[]).await.texts("GroupName"),
        ["Builders"]
    );
    // A renamed group still exists for the decisions about its members.
    assert_eq!(house.call(&key, "GetUser", &[]).await.status, 200);
    let left = [("GroupName", "Builders"), ("UserName", "ada")];
    house.done("RemoveUserFromGroup", &left).await;
    house
        .refused("RemoveUserFromGroup", &left, "NoSuchEntity")
        .await;
    house
        .done("DeleteGroup", &[("GroupName", "Builders")])
        .await;
    assert!(house.keys("iam.group-member").is_empty());
}

#[tokio::test]
async fn a_user_is_in_ten_groups_at_most() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "ada")]).await;
    for number in 0..10 {
        let name = format!("g{number}");
        house.done("CreateGroup", &[("GroupName", &name)]).await;
        house
            .done(
                "AddUserToGroup",
                &[("GroupName", &name), ("UserName", "ada")],
            )
            .await;
    }
    house.done("CreateGroup", &[("GroupName", "g10")]).await;
    let message = house
        .refused(
            "AddUserToGroup",
            &[("GroupName", "g10"), ("UserName", "ada")],
            "LimitExceeded",
        )
        .await;
    assert_eq!(message, "Cannot exceed quota for GroupsPerUser: 10");
}

#[tokio::test]
async fn a_marker_of_another_list_is_invalid() {
    let house = House::new();
    for name in ["a", "b"] {
        house.done("CreateUser", &[("UserName", name)]).await;
        house.done("CreateGroup", &[("GroupName", name)]).await;
        for user in ["a", "b"].into_iter().filter(|user| *user <= name) {
            let member = [("GroupName", name), ("UserName", user)];
            house.done("AddUserToGroup", &member).await;
        }
    }
    let first = house.done("ListUsers", &[("MaxItems", "1")]).await;
    let users = first.text("Marker").unwrap().to_owned();
    let rest = house.done("ListUsers", &[("Marker", &users)]).await;
    assert_eq!(rest.texts("UserName"), ["b"]);
    for list in [
        "ListGroups",
        "ListRoles",
        "ListPolicies",
        "ListInstanceProfiles",
    ] {
        let message = house
            .refused(list, &[("Marker", &users)], "ValidationError")
            .await;
        assert_eq!(message, "Invalid Marker.", "{list}");
    }
    // Nor does a group take the place of another's list of members.
    let first = house
        .done("GetGroup", &[("GroupName", "b"), ("MaxItems", "1")])
        .await;
    let members = first.text("Marker").unwrap();
    let other = [("GroupName", "a"), ("Marker", members)];
    house.refused("GetGroup", &other, "ValidationError").await;
}

#[tokio::test]
async fn pages_of_users_cover_all_once() {
    let house = House::new();
    for name in ["a", "B", "c", "D", "e"] {
        house.done("CreateUser", &[("UserName", name)]).await;
    }
    let mut seen = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let mut parameters = vec![("MaxItems", "2")];
        parameters.extend(marker.as_deref().map(|marker| ("Marker", marker)));
        let page = house.done("ListUsers", &parameters).await;
        seen.extend(page.texts("UserName").into_iter().map(str::to_owned));
        marker = page.text("Marker").map(str::to_owned);
        if page.text("IsTruncated") == Some("false") {
            break;
        }
    }
    assert_eq!(seen, ["a", "B", "c", "D", "e"]);
}

#[tokio::test]
async fn the_quota_of_users_is_the_operators() {
    let house = House::with_quotas(Quotas {
        users: 2,
        ..Quotas::default()
    });
    house.done("CreateUser", &[("UserName", "a")]).await;
    house.done("CreateUser", &[("UserName", "b")]).await;
    let message = house
        .refused("CreateUser", &[("UserName", "c")], "LimitExceeded")
        .await;
    assert_eq!(message, "Cannot exceed quota for UsersPerAccount: 2");
    house.done("DeleteUser", &[("UserName", "a")]).await;
    house
        .done("UpdateUser", &[("UserName", "b"), ("NewUserName", "a")])
        .await;
    house.done("CreateUser", &[("UserName", "c")]).await;
}

#[tokio::test]
async fn tags_are_merged_and_removed_ignoring_case() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "ada")]).await;
    let tag = |key: &'static str, value: &'static str| {
        [
            ("UserName", "ada"),
            ("Tags.member.1.Key", key),
            ("Tags.member.1.Value", value),
        ]
    };
    house.done("TagUser", &tag("Cost", "1")).await;
    house.done("TagUser", &tag("cost", "2")).await;
    let tags = house.done("ListUserTags", &[("UserName", "ada")]).await;
    assert_eq!(
        (tags.texts("Key"), tags.texts("Value")),
        (vec!["cost"], vec!["2"])
    );
    house
        .done(
            "UntagUser",
            &[("UserName", "ada"), ("TagKeys.member.1", "COST")],
        )
        .await;
    assert!(
        house
            .done("ListUserTags", &[("UserName", "ada")])
            .await
            .texts("Key")
            .is_empty()
    );
}
