//! The account: password policy, alias, summary.

use crate::house::{House, allow};

#[tokio::test]
async fn a_password_policy_goes_back_to_defaults_where_it_is_silent() {
    let house = House::new();
    let message = house
        .refused("GetAccountPasswordPolicy", &[], "NoSuchEntity")
        .await;
    assert_eq!(
        message,
        "The Password Policy with domain name 111122223333 cannot be found."
    );
    house
        .done(
            "UpdateAccountPasswordPolicy",
            &[
                ("MinimumPasswordLength", "20"),
                ("RequireSymbols", "true"),
                ("MaxPasswordAge", "30"),
                ("HardExpiry", "true"),
            ],
        )
        .await;
    let policy = house.done("GetAccountPasswordPolicy", &[]).await;
    assert_eq!(
        (
            policy.text("MinimumPasswordLength"),
            policy.text("ExpirePasswords")
        ),
        (Some("20"), Some("true"))
    );
    house
        .done("UpdateAccountPasswordPolicy", &[("RequireNumbers", "true")])
        .await;
    let policy = house.done("GetAccountPasswordPolicy", &[]).await;
    let shown = [
        "MinimumPasswordLength",
        "RequireSymbols",
        "RequireNumbers",
        "MaxPasswordAge",
        "HardExpiry",
    ];
    assert_eq!(
        shown.map(|name| policy.text(name).unwrap()),
        ["6", "false", "true", "0", "false"]
    );
    assert_eq!(policy.text("PasswordReusePrevention"), None);
    house.done("DeleteAccountPasswordPolicy", &[]).await;
    let message = house
        .refused("DeleteAccountPasswordPolicy", &[], "NoSuchEntity")
        .await;
    assert_eq!(
        message,
        "The account policy with name PasswordPolicy cannot be found."
    );
}

#[tokio::test]
async fn an_alias_is_one_and_can_be_replaced() {
    let house = House::new();
    house
        .done("CreateAccountAlias", &[("AccountAlias", "first")])
        .await;
    let message = house
        .refused(
            "CreateAccountAlias",
            &[("AccountAlias", "first")],
            "EntityAlreadyExists",
        )
        .await;
    assert_eq!(message, "The account alias first already exists.");
    house
        .done("CreateAccountAlias", &[("AccountAlias", "second")])
        .await;
    assert_eq!(
        house.done("ListAccountAliases", &[]).await.texts("member"),
        ["second"]
    );
    house
        .refused(
            "DeleteAccountAlias",
            &[("AccountAlias", "first")],
            "NoSuchEntity",
        )
        .await;
    house
        .done("CreateAccountAlias", &[("AccountAlias", "first")])
        .await;
    house
        .done("DeleteAccountAlias", &[("AccountAlias", "first")])
        .await;
    assert!(
        house
            .done("ListAccountAliases", &[])
            .await
            .texts("member")
            .is_empty()
    );
    house
        .refused(
            "CreateAccountAlias",
            &[("AccountAlias", "Not--valid")],
            "ValidationError",
        )
        .await;
}

#[tokio::test]
async fn the_summary_counts_what_there_is() {
    let house = House::new();
    house.user("ada", &allow("iam:GetUser", "*")).await;
    house.done("CreateGroup", &[("GroupName", "devs")]).await;
    let summary = house.done("GetAccountSummary", &[]).await;
    let value = |key: &str| {
        let (_, rest) = summary
            .body
            .split_once(&format!("<key>{key}</key>"))
            .unwrap_or_else(|| panic!("no {key}"));
        let (_, rest) = rest.split_once("<value>").unwrap();
        rest.split_once('<').unwrap().0.parse::<i64>().unwrap()
    };
    assert_eq!((value("Users"), value("Groups"), value("Roles")), (1, 1, 0));
    assert_eq!(
        (value("UsersQuota"), value("AccountAccessKeysPresent")),
        (5000, 1)
    );
    assert_eq!(value("GlobalEndpointTokenVersion"), 1);
    for key in service_iam::api::types::SummaryKeyType::ALL {
        value(key.as_str());
    }
}

#[tokio::test]
async fn accounts_share_aliases_names_and_nothing_else() {
    let house = House::new();
    let other = house.another_account("444455556666");
    let ada = house.user("ada", &allow("*", "*")).await;
    assert_eq!(
        house
            .call(&other, "GetUser", &[("UserName", "ada")])
            .await
            .code(),
        "NoSuchEntity"
    );
    assert_eq!(
        house
            .call(&other, "CreateUser", &[("UserName", "ada")])
            .await
            .status,
        200
    );
    assert_eq!(
        house.call(&ada, "ListUsers", &[]).await.texts("UserName"),
        ["ada"]
    );
    for who in [&house.root, &ada] {
        let asked = [("AccessKeyId", other.id.as_str())];
        assert_eq!(
            house.call(who, "GetAccessKeyLastUsed", &asked).await.code(),
            "AccessDenied"
        );
        assert_eq!(
            house.call(who, "DeleteAccessKey", &asked).await.code(),
            "NoSuchEntity"
        );
    }
    house
        .done("CreateAccountAlias", &[("AccountAlias", "shared")])
        .await;
    let taken = house
        .call(&other, "CreateAccountAlias", &[("AccountAlias", "shared")])
        .await;
    assert_eq!(taken.code(), "EntityAlreadyExists");
    let foreign = house
        .call(&other, "DeleteAccountAlias", &[("AccountAlias", "shared")])
        .await;
    assert_eq!(foreign.code(), "NoSuchEntity");
    house
        .done("DeleteAccountAlias", &[("AccountAlias", "shared")])
        .await;
    let free = house
        .call(&other, "CreateAccountAlias", &[("AccountAlias", "shared")])
        .await;
    assert_eq!(free.status, 200);
    let summary = house.call(&other, "GetAccountSummary", &[]).await;
    let compact: String = summary.body.split_whitespace().collect();
    assert!(
        compact.contains("<key>Users</key><value>1</value>"),
        "{compact}"
    );
}
