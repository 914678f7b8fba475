//! What the embedded facts say, read through the public interface.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::HashSet;

use catalog::{AccessLevel, ValueType};

#[test]
fn actions_are_found_whatever_the_letter_case() {
    let action = catalog::action("IAM:createUSER").unwrap();
    assert_eq!(action.qualified_name(), "iam:CreateUser");
    assert_eq!(action.access_level, AccessLevel::Write);
    assert_eq!(action.resource_types[0].name, "user");
    assert!(action.resource_types[0].required);
    let pattern = action.resource_types[0].resource_type.arn_pattern;
    assert_eq!(
        pattern,
        "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}"
    );
    assert!(
        action
            .condition_keys
            .iter()
            .any(|key| key.name == "iam:PermissionsBoundary")
    );
}

#[test]
fn what_is_no_action_is_not_found() {
    for name in [
        "",
        ":",
        "iam",
        "iam:",
        "iam:*",
        "iam:CreateUsers",
        "nosuch:CreateUser",
        "CreateUser",
        "ключ:ключ",
    ] {
        assert!(catalog::action(name).is_none(), "{name}");
    }
}

#[test]
fn access_levels_of_well_known_actions() {
    for (name, level) in [
        ("iam:ListUsers", AccessLevel::List),
        ("iam:GetUser", AccessLevel::Read),
        ("iam:TagUser", AccessLevel::Tagging),
        ("iam:AttachUserPolicy", AccessLevel::PermissionsManagement),
        ("kms:CreateGrant", AccessLevel::PermissionsManagement),
        ("kms:Encrypt", AccessLevel::Write),
        ("sts:GetCallerIdentity", AccessLevel::Read),
        ("s3:PutObject", AccessLevel::Write),
    ] {
        let action = catalog::action(name).unwrap();
        assert_eq!(action.access_level, level, "{name}");
        let read_only = matches!(level, AccessLevel::List | AccessLevel::Read);
        assert_eq!(action.is_read_only(), read_only, "{name}");
    }
}

#[test]
fn actions_without_resources_say_so() {
    assert!(
        !catalog::action("iam:ListUsers")
            .unwrap()
            .has_resource_types()
    );
    assert!(
        !catalog::action("sts:GetCallerIdentity")
            .unwrap()
            .has_resource_types()
    );
    assert!(catalog::action("kms:Decrypt").unwrap().has_resource_types());
}

#[test]
fn every_row_of_every_service_finds_itself() {
    let (mut actions, mut types, mut keys) = (0, 0, 0);
    for service in catalog::services() {
        assert!(!service.title.is_empty());
        assert!(std::ptr::eq(
            catalog::service(&service.prefix.to_uppercase()).unwrap(),
            service
        ));
        for action in service.actions() {
            let found = catalog::action(&action.qualified_name().to_uppercase()).unwrap();
            assert!(std::ptr::eq(found, action));
            actions += 1;
        }
        for resource in service.resource_types() {
            assert!(std::ptr::eq(
                service.resource_type(resource.name).unwrap(),
                resource
            ));
            assert!(
                resource.arn_pattern.starts_with("arn:"),
                "{} {}",
                service.prefix,
                resource.arn_pattern
            );
            types += 1;
        }
        for key in service.condition_keys() {
            assert!(std::ptr::eq(service.condition_key(key.name).unwrap(), key));
            assert!(catalog::condition_key(key.name).is_some(), "{}", key.name);
            keys += 1;
        }
    }
    assert_eq!(
        (catalog::services().len(), actions, types, keys),
        (456, 22_091, 2_334, 2_578)
    );
}

#[test]
fn condition_keys_are_global_of_a_service_or_of_an_identity_provider() {
    for (name, spelling, value_type, multivalued) in [
        ("AWS:sourceip", "aws:SourceIp", ValueType::IpAddress, false),
        ("aws:TagKeys", "aws:TagKeys", ValueType::String, true),
        (
            "aws:RequestTag/Cost:Centre",
            "aws:RequestTag/${TagKey}",
            ValueType::String,
            false,
        ),
        (
            "aws:PrincipalTag/team",
            "aws:PrincipalTag/${TagKey}",
            ValueType::String,
            false,
        ),
        (
            "iam:PassedToService",
            "iam:PassedToService",
            ValueType::String,
            false,
        ),
        (
            "iam:ResourceTag/a",
            "iam:ResourceTag/${TagKey}",
            ValueType::String,
            false,
        ),
        (
            "kms:EncryptionContext:a",
            "kms:EncryptionContext:${EncryptionContextKey}",
            ValueType::String,
            false,
        ),
        (
            "kms:EncryptionContextKeys",
            "kms:EncryptionContextKeys",
            ValueType::String,
            true,
        ),
        (
            "kms:GrantIsForAWSResource",
            "kms:GrantIsForAWSResource",
            ValueType::Bool,
            false,
        ),
        ("sts:ExternalId", "sts:ExternalId", ValueType::String, false),
        ("ec2:osuser", "ec2:osuser", ValueType::String, false),
        ("saml:aud", "saml:aud", ValueType::String, false),
        (
            "accounts.google.com:sub",
            "accounts.google.com:sub",
            ValueType::String,
            false,
        ),
    ] {
        let key = catalog::condition_key(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(
            (key.name, key.value_type, key.multivalued),
            (spelling, value_type, multivalued)
        );
    }
    for name in [
        "",
        "aws",
        "aws:",
        "aws:RequestTag/",
        "aws:Nothing",
        "iam:Nothing",
        "example.com:sub",
    ] {
        assert!(catalog::condition_key(name).is_none(), "{name}");
    }
}

#[test]
fn services_of_this_server_are_known() {
    for prefix in [
        "iam",
        "sts",
        "kms",
        "organizations",
        "secretsmanager",
        "ssm",
        "cloudtrail",
        "guardduty",
        "access-analyzer",
        "shield",
        "wafv2",
        "s3",
    ] {
        assert!(
            !catalog::service(prefix).unwrap().actions().is_empty(),
            "{prefix}"
        );
    }
    assert!(
        catalog::service("kms")
            .unwrap()
            .supports_resource_control_policies
    );
    assert!(
        !catalog::service("iam")
            .unwrap()
            .supports_resource_control_policies
    );
}

#[test]
fn every_version_of_every_managed_policy_is_a_policy_document() {
    let (mut policies, mut versions) = (0, 0);
    for policy in catalog::managed_policies() {
        assert!(policy.path.starts_with('/') && policy.path.ends_with('/'));
        assert!(std::ptr::eq(
            catalog::managed_policy(policy.name).unwrap(),
            policy
        ));
        assert!(std::ptr::eq(
            catalog::managed_policy(&policy.arn()).unwrap(),
            policy
        ));
        assert_eq!(policy.default_version, policy.versions[0]);
        assert!(
            policy
                .versions
                .iter()
                .all(|version| version.number <= policy.default_version.number)
        );
        assert!(policy.create_date <= policy.update_date);
        let mut earlier = i64::MAX;
        for version in &policy.versions {
            assert!(
                version.create_date <= earlier,
                "{} {}",
                policy.name,
                version.id()
            );
            earlier = version.create_date;
            let document = policy.document(&version.id()).unwrap();
            let parsed: serde_json::Value = serde_json::from_str(&document).unwrap();
            assert!(
                parsed["Statement"].is_array() || parsed["Statement"].is_object(),
                "{}",
                policy.name
            );
            assert_eq!(
                parsed["Version"],
                "2012-10-17",
                "{} {}",
                policy.name,
                version.id()
            );
            versions += 1;
        }
        policies += 1;
    }
    assert_eq!((policies, versions), (1_594, 6_194));
}

#[test]
fn documents_are_what_aws_published() {
    let administrator = catalog::managed_policy("AdministratorAccess").unwrap();
    assert_eq!(
        administrator.arn(),
        "arn:aws:iam::aws:policy/AdministratorAccess"
    );
    assert_eq!(
        administrator.arn_in("aws-cn"),
        "arn:aws-cn:iam::aws:policy/AdministratorAccess"
    );
    assert_eq!(
        administrator.document("v1").unwrap(),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
    );
    assert_eq!(
        administrator.default_document(),
        administrator.document("v1")
    );
    // 2015-02-06T18:39:46Z
    assert_eq!(administrator.create_date, 1_423_247_986);
}

#[test]
fn unknown_versions_and_policies_are_not_found() {
    let policy = catalog::managed_policy("ReadOnlyAccess").unwrap();
    for id in [
        "",
        "v",
        "v0",
        "v01",
        "V1",
        "1",
        "v1 ",
        "v+1",
        "v4294967297",
        "v99999999999999999999",
    ] {
        assert!(policy.document(id).is_none(), "{id}");
    }
    for name in [
        "",
        "readonlyaccess",
        "arn:aws:iam::aws:policy/readonlyaccess",
        "arn:aws:iam::aws:policy/service-role/ReadOnlyAccess",
        "arn:aws:iam::aws:policyReadOnlyAccess",
        "arn:aws:iam::aws:policy//ReadOnlyAccess",
        "arn:aws-cn:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::123456789012:policy/ReadOnlyAccess",
    ] {
        assert!(catalog::managed_policy(name).is_none(), "{name}");
    }
}

#[test]
fn names_of_policies_differ_in_more_than_letter_case() {
    let names: HashSet<String> = catalog::managed_policies()
        .map(|policy| policy.name.to_lowercase())
        .collect();
    assert_eq!(names.len(), catalog::managed_policies().len());
}
