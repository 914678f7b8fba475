//! Access keys and passwords.

use crate::house::{House, Who, allow, user_arn};

#[tokio::test]
async fn a_user_manages_its_own_keys_without_naming_itself() {
    let house = House::new();
    let key = house
        .user(
            "ada",
            &allow("iam:*AccessKey*", &user_arn("${aws:username}")),
        )
        .await;
    let second = house.call(&key, "CreateAccessKey", &[]).await;
    let second = second.text("AccessKeyId").unwrap().to_owned();
    assert_eq!(second.len(), 20);
    let limit = house.call(&key, "CreateAccessKey", &[]).await;
    assert_eq!(
        limit.message(),
        "Cannot exceed quota for AccessKeysPerUser: 2"
    );
    let listed = house.call(&key, "ListAccessKeys", &[]).await;
    assert_eq!(listed.texts("AccessKeyId").len(), 2);
    assert_eq!(listed.texts("UserName"), ["ada", "ada"]);
    assert!(!listed.body.contains("SecretAccessKey"));
    let update = [("AccessKeyId", second.as_str()), ("Status", "Inactive")];
    assert_eq!(
        house.call(&key, "UpdateAccessKey", &update).await.status,
        200
    );
    assert_eq!(
        house
            .call(&key, "ListAccessKeys", &[])
            .await
            .texts("Status"),
        ["Active", "Inactive"]
    );
    assert_eq!(
        house
            .call(&key, "DeleteAccessKey", &update[..1])
            .await
            .status,
        200
    );
    let gone = house.call(&key, "DeleteAccessKey", &update[..1]).await;
    assert_eq!(
        gone.message(),
        format!("The Access Key with id {second} cannot be found.")
    );
}

#[tokio::test]
async fn an_inactive_or_deleted_key_does_not_work() {
    let house = House::new();
    let key = house.user("ada", &allow("iam:GetUser", "*")).await;
    assert_eq!(house.call(&key, "GetUser", &[]).await.status, 200);
    let named = [("UserName", "ada"), ("AccessKeyId", key.id.as_str())];
    house
        .done(
            "UpdateAccessKey",
            &[named[0], named[1], ("Status", "Inactive")],
        )
        .await;
    assert_eq!(
        house.call(&key, "GetUser", &[]).await.code(),
        "InvalidClientTokenId"
    );
    house
        .done(
            "UpdateAccessKey",
            &[named[0], named[1], ("Status", "Active")],
        )
        .await;
    assert_eq!(house.call(&key, "GetUser", &[]).await.status, 200);
    house.done("DeleteAccessKey", &named).await;
    assert_eq!(
        house.call(&key, "GetUser", &[]).await.code(),
        "InvalidClientTokenId"
    );
}

#[tokio::test]
async fn nobody_manages_the_keys_of_others() {
    let house = House::new();
    let ada = house
        .user("ada", &allow("iam:*AccessKey*", &user_arn("ada")))
        .await;
    let bob = house.user("bob", &allow("iam:GetUser", "*")).await;
    for action in ["CreateAccessKey", "ListAccessKeys"] {
        assert_eq!(
            house
                .call(&ada, action, &[("UserName", "bob")])
                .await
                .code(),
            "AccessDenied"
        );
    }
    // A key of another user is not found among one's own.
    let stolen = [("AccessKeyId", bob.id.as_str()), ("Status", "Inactive")];
    assert_eq!(
        house.call(&ada, "UpdateAccessKey", &stolen).await.code(),
        "NoSuchEntity"
    );
    assert_eq!(
        house
            .call(&ada, "DeleteAccessKey", &stolen[..1])
            .await
            .code(),
        "NoSuchEntity"
    );
    assert_eq!(
        house
            .call(&ada, "GetAccessKeyLastUsed", &stolen[..1])
            .await
            .code(),
        "AccessDenied"
    );
}

#[tokio::test]
async fn the_root_user_has_keys_of_its_own() {
    let house = House::new();
    let listed = house.done("ListAccessKeys", &[]).await;
    assert_eq!(listed.texts("AccessKeyId"), [house.root.id.as_str()]);
    let second = house.done("CreateAccessKey", &[]).await;
    let second = Who {
        id: second.text("AccessKeyId").unwrap().into(),
        secret: second.text("SecretAccessKey").unwrap().into(),
    };
    let shown = house.call(&second, "GetUser", &[]).await;
    assert_eq!(shown.text("Arn"), Some("arn:aws:iam::111122223333:root"));
    house.refused("CreateAccessKey", &[], "LimitExceeded").await;
    house
        .done("DeleteAccessKey", &[("AccessKeyId", &second.id)])
        .await;
    assert_eq!(
        house.call(&second, "GetUser", &[]).await.code(),
        "InvalidClientTokenId"
    );
}

#[tokio::test]
async fn the_last_use_of_a_key_is_told() {
    let house = House::new();
    let key = house.user("ada", &allow("iam:GetUser", "*")).await;
    let asked = [("AccessKeyId", key.id.as_str())];
    let never = house.done("GetAccessKeyLastUsed", &asked).await;
    assert_eq!(
        (never.text("ServiceName"), never.text("Region")),
        (Some("N/A"), Some("N/A"))
    );
    assert_eq!(never.text("LastUsedDate"), None);
    house.call(&key, "GetUser", &[]).await;
    let used = house.done("GetAccessKeyLastUsed", &asked).await;
    assert_eq!(used.text("UserName"), Some("ada"));
    assert_eq!(
        (used.text("ServiceName"), used.text("Region")),
        (Some("iam"), Some("us-east-1"))
    );
    assert_eq!(used.text("LastUsedDate"), Some("2026-11-24T12:00:00Z"));
    let message = house
        .refused(
            "GetAccessKeyLastUsed",
            &[("AccessKeyId", "AKIAIOSFODNN7EXAMPLE")],
            "AccessDenied",
        )
        .await;
    assert!(
        message.ends_with("on resource: access key AKIAIOSFODNN7EXAMPLE"),
        "{message}"
    );
}

#[tokio::test]
async fn secrets_and_passwords_are_stored_nowhere() {
    let house = House::new();
    let key = house.user("ada", &allow("iam:ChangePassword", "*")).await;
    house
        .done(
            "CreateLoginProfile",
            &[("UserName", "ada"), ("Password", "First-Passw0rd")],
        )
        .await;
    let change = [
        ("OldPassword", "First-Passw0rd"),
        ("NewPassword", "Second-Passw0rd"),
    ];
    assert_eq!(
        house.call(&key, "ChangePassword", &change).await.status,
        200
    );
    let everything = house.everything();
    assert!(everything.contains("iam.amazonaws.com") || everything.contains("CreateLoginProfile"));
    for secret in [
        key.secret.as_str(),
        house.root.secret.as_str(),
        "First-Passw0rd",
        "Second-Passw0rd",
    ] {
        assert!(!everything.contains(secret), "a secret is stored");
    }
}

#[tokio::test]
async fn login_profiles_are_created_updated_and_deleted() {
    let house = House::new();
    let named = ("UserName", "ada");
    house
        .refused(
            "CreateLoginProfile",
            &[named, ("Password", "Passw0rd!")],
            "NoSuchEntity",
        )
        .await;
    house.done("CreateUser", &[named]).await;
    house
        .refused("CreateLoginProfile", &[named], "ValidationError")
        .await;
    let message = house
        .refused("GetLoginProfile", &[named], "NoSuchEntity")
        .await;
    assert_eq!(message, "Login Profile for User ada cannot be found.");
    house
        .refused(
            "CreateLoginProfile",
            &[named, ("Password", "short")],
            "PasswordPolicyViolation",
        )
        .await;
    let created = house
        .done(
            "CreateLoginProfile",
            &[
                named,
                ("Password", "Passw0rd!"),
                ("PasswordResetRequired", "true"),
            ],
        )
        .await;
    assert_eq!(created.text("PasswordResetRequired"), Some("true"));
    let message = house
        .refused(
            "CreateLoginProfile",
            &[named, ("Password", "x")],
            "EntityAlreadyExists",
        )
        .await;
    assert_eq!(message, "Login Profile for user ada already exists.");
    house
        .done(
            "UpdateLoginProfile",
            &[named, ("PasswordResetRequired", "false")],
        )
        .await;
    let shown = house.done("GetLoginProfile", &[named]).await;
    assert_eq!(shown.text("PasswordResetRequired"), Some("false"));
    let message = house
        .refused("DeleteUser", &[named], "DeleteConflict")
        .await;
    assert_eq!(
        message,
        "Cannot delete entity, must delete login profile first."
    );
    house.done("DeleteLoginProfile", &[named]).await;
    house
        .refused("DeleteLoginProfile", &[named], "NoSuchEntity")
        .await;
    house.done("DeleteUser", &[named]).await;
}

#[tokio::test]
async fn a_new_user_of_an_old_name_inherits_nothing() {
    let house = House::new();
    let named = ("UserName", "ada");
    let key = house.user("ada", &allow("iam:GetUser", "*")).await;
    house
        .done("DeleteAccessKey", &[named, ("AccessKeyId", &key.id)])
        .await;
    house.grant("ada", &allow("iam:GetUser", "*"));
    let message = house
        .refused("DeleteUser", &[named], "DeleteConflict")
        .await;
    assert_eq!(message, "Cannot delete entity, must delete policies first.");
}

#[tokio::test]
async fn users_change_their_own_password_by_policy_or_by_the_accounts_setting() {
    let house = House::new();
    let key = house.user("ada", &allow("iam:GetUser", "*")).await;
    house
        .done(
            "CreateLoginProfile",
            &[("UserName", "ada"), ("Password", "First-Passw0rd")],
        )
        .await;
    let change =
        |old: &'static str, new: &'static str| [("OldPassword", old), ("NewPassword", new)];
    let (first, second, third) = ("First-Passw0rd", "Second-Passw0rd", "Third-Passw0rd");
    assert_eq!(
        house
            .call(&key, "ChangePassword", &change(first, second))
            .await
            .code(),
        "AccessDenied"
    );
    house
        .done(
            "UpdateAccountPasswordPolicy",
            &[("AllowUsersToChangePassword", "true")],
        )
        .await;
    let wrong = house
        .call(&key, "ChangePassword", &change(second, third))
        .await;
    assert_eq!(
        (wrong.code(), wrong.message().as_str()),
        ("AccessDenied", "The old password was incorrect.")
    );
    let changed = house
        .call(&key, "ChangePassword", &change(first, second))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(
        house
            .call(&key, "GetAccountPasswordPolicy", &[])
            .await
            .status,
        200
    );
    // The setting grants nothing beyond that, and nothing against a deny or a boundary.
    assert_eq!(
        house
            .call(&key, "DeleteAccountPasswordPolicy", &[])
            .await
            .code(),
        "AccessDenied"
    );
    let other = house
        .call(
            &key,
            "UpdateLoginProfile",
            &[("UserName", "ada"), ("Password", third)],
        )
        .await;
    assert_eq!(other.code(), "AccessDenied");
    house.grant("ada", &allow("iam:*", "*").replace("Allow", "Deny"));
    assert_eq!(
        house
            .call(&key, "ChangePassword", &change(second, third))
            .await
            .code(),
        "AccessDenied"
    );
    house.grant("ada", &allow("iam:GetUser", "*"));
    let boundary = (
        "PermissionsBoundary",
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    );
    house
        .done(
            "PutUserPermissionsBoundary",
            &[("UserName", "ada"), boundary],
        )
        .await;
    assert_eq!(
        house
            .call(&key, "ChangePassword", &change(second, third))
            .await
            .code(),
        "AccessDenied"
    );
}

#[tokio::test]
async fn only_users_change_their_password_with_change_password() {
    let house = House::new();
    let change = [
        ("OldPassword", "First-Passw0rd"),
        ("NewPassword", "Second-Passw0rd"),
    ];
    house
        .refused("ChangePassword", &change, "InvalidUserType")
        .await;
    let key = house
        .user("ada", &allow("iam:ChangePassword", &user_arn("ada")))
        .await;
    assert_eq!(
        house.call(&key, "ChangePassword", &change).await.code(),
        "NoSuchEntity"
    );
}

#[tokio::test]
async fn earlier_passwords_are_refused_as_far_back_as_the_policy_says() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "ada")]).await;
    house
        .done(
            "UpdateAccountPasswordPolicy",
            &[("PasswordReusePrevention", "2")],
        )
        .await;
    house
        .done(
            "CreateLoginProfile",
            &[("UserName", "ada"), ("Password", "password-1")],
        )
        .await;
    let set = |password: &'static str| [("UserName", "ada"), ("Password", password)];
    house
        .refused(
            "UpdateLoginProfile",
            &set("password-1"),
            "PasswordPolicyViolation",
        )
        .await;
    house.done("UpdateLoginProfile", &set("password-2")).await;
    house
        .refused(
            "UpdateLoginProfile",
            &set("password-1"),
            "PasswordPolicyViolation",
        )
        .await;
    house.done("UpdateLoginProfile", &set("password-3")).await;
    house.done("UpdateLoginProfile", &set("password-1")).await;
}

#[tokio::test]
async fn a_user_goes_only_after_all_its_credentials() {
    let house = House::new();
    let created = house.done("CreateUser", &[("UserName", "ada")]).await;
    let name = format!("{}\u{1}x", created.text("UserId").unwrap());
    for (kind, first) in [
        ("iam.signing-certificate", "delete certificates"),
        ("iam.ssh-public-key", "remove referenced objects"),
        (
            "iam.service-specific-credential",
            "remove referenced objects",
        ),
        ("iam.mfa-device", "delete MFA device"),
    ] {
        house.put(kind, &name, Some("{}"));
        let message = house
            .refused("DeleteUser", &[("UserName", "ada")], "DeleteConflict")
            .await;
        assert_eq!(
            message,
            format!("Cannot delete entity, must {first} first.")
        );
        house.put(kind, &name, None);
    }
    house.done("DeleteUser", &[("UserName", "ada")]).await;
}
