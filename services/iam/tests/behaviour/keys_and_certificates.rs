//! Server certificates, signing certificates, SSH keys and service-specific credentials.

use crate::house::{ACCOUNT, House, allow, user_arn};

const CERTIFICATE: &str = include_str!("../data/certificate.pem");
const PRIVATE_KEY: &str = include_str!("../data/private-key.pem");
const OTHER_KEY: &str = include_str!("../data/other-private-key.pem");
const SSH_KEY: &str = include_str!("../data/ssh-rsa.pub");

fn upload<'a>(name: &'a str, key: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("ServerCertificateName", name),
        ("CertificateBody", CERTIFICATE),
        ("PrivateKey", key),
    ]
}

#[tokio::test]
async fn a_server_certificate_is_uploaded_renamed_and_deleted() {
    let house = House::new();
    house
        .done("UploadServerCertificate", &upload("web", PRIVATE_KEY))
        .await;
    house
        .refused(
            "UploadServerCertificate",
            &upload("WEB", PRIVATE_KEY),
            "EntityAlreadyExists",
        )
        .await;
    house
        .refused(
            "UploadServerCertificate",
            &upload("x", OTHER_KEY),
            "KeyPairMismatch",
        )
        .await;
    house
        .done(
            "UpdateServerCertificate",
            &[
                ("ServerCertificateName", "web"),
                ("NewServerCertificateName", "api"),
                ("NewPath", "/a/"),
            ],
        )
        .await;
    let shown = house
        .done("GetServerCertificate", &[("ServerCertificateName", "api")])
        .await;
    let arn = format!("arn:aws:iam::{ACCOUNT}:server-certificate/a/api");
    assert_eq!(shown.text("Arn"), Some(arn.as_str()));
    assert!(!shown.body.contains("PRIVATE KEY"));
    let text = house
        .refused(
            "GetServerCertificate",
            &[("ServerCertificateName", "web")],
            "NoSuchEntity",
        )
        .await;
    assert_eq!(
        text,
        "The Server Certificate with name web cannot be found."
    );
    house
        .done(
            "DeleteServerCertificate",
            &[("ServerCertificateName", "api")],
        )
        .await;
    assert!(house.keys("iam.server-certificate").is_empty());
}

#[tokio::test]
async fn private_keys_are_stored_nowhere_in_the_clear() {
    let house = House::new();
    house
        .done("UploadServerCertificate", &upload("web", PRIVATE_KEY))
        .await;
    let secret = PRIVATE_KEY.lines().nth(1).unwrap();
    assert!(!house.everything().contains(secret));
}

#[tokio::test]
async fn who_renames_a_certificate_needs_permission_on_both_names() {
    let house = House::new();
    house
        .done("UploadServerCertificate", &upload("web", PRIVATE_KEY))
        .await;
    let web = format!("arn:aws:iam::{ACCOUNT}:server-certificate/web");
    let ada = house
        .user("ada", &allow("iam:UpdateServerCertificate", &web))
        .await;
    let rename = [
        ("ServerCertificateName", "web"),
        ("NewServerCertificateName", "api"),
    ];
    let denied = house.call(&ada, "UpdateServerCertificate", &rename).await;
    assert_eq!(denied.code(), "AccessDenied");
    house.grant(
        "ada",
        &allow(
            "iam:UpdateServerCertificate",
            "arn:aws:iam::*:server-certificate/*",
        ),
    );
    assert_eq!(
        house
            .call(&ada, "UpdateServerCertificate", &rename)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_signing_certificate_is_one_users() {
    let house = House::new();
    house.done("CreateUser", &[("UserName", "ada")]).await;
    house.done("CreateUser", &[("UserName", "bob")]).await;
    let body = ("CertificateBody", CERTIFICATE);
    let made = house
        .done("UploadSigningCertificate", &[("UserName", "ada"), body])
        .await;
    let id = made.text("CertificateId").unwrap().to_owned();
    house
        .refused(
            "UploadSigningCertificate",
            &[("UserName", "bob"), body],
            "DuplicateCertificate",
        )
        .await;
    house
        .refused(
            "UploadSigningCertificate",
            &[("UserName", "bob"), ("CertificateBody", "x")],
            "MalformedCertificate",
        )
        .await;
    let named = [
        ("UserName", "ada"),
        ("CertificateId", id.as_str()),
        ("Status", "Inactive"),
    ];
    house.done("UpdateSigningCertificate", &named).await;
    let listed = house
        .done("ListSigningCertificates", &[("UserName", "ada")])
        .await;
    assert_eq!(listed.texts("Status"), ["Inactive"]);
    house
        .refused("DeleteUser", &[("UserName", "ada")], "DeleteConflict")
        .await;
    house.done("DeleteSigningCertificate", &named[..2]).await;
    house
        .done("UploadSigningCertificate", &[("UserName", "bob"), body])
        .await;
}

#[tokio::test]
async fn ssh_keys_are_shown_in_either_encoding() {
    let house = House::new();
    let ada = house
        .user(
            "ada",
            &allow("iam:*SSHPublicKey*", &user_arn("${aws:username}")),
        )
        .await;
    let body = [("UserName", "ada"), ("SSHPublicKeyBody", SSH_KEY)];
    let made = house.call(&ada, "UploadSSHPublicKey", &body).await;
    let id = made.text("SSHPublicKeyId").unwrap().to_owned();
    assert!(id.starts_with("APKA"));
    assert_eq!(made.text("Fingerprint").unwrap().len(), 47);
    let again = house.call(&ada, "UploadSSHPublicKey", &body).await;
    assert_eq!(again.code(), "DuplicateSSHPublicKey");
    let named = [
        ("UserName", "ada"),
        ("SSHPublicKeyId", id.as_str()),
        ("Encoding", "PEM"),
    ];
    let pem = house.call(&ada, "GetSSHPublicKey", &named).await;
    assert!(pem.body.contains("BEGIN PUBLIC KEY"));
    let bad = [("UserName", "ada"), ("SSHPublicKeyBody", CERTIFICATE)];
    let refused = house.call(&ada, "UploadSSHPublicKey", &bad).await;
    assert_eq!(refused.code(), "UnrecognizedPublicKeyEncoding");
    let other = [("UserName", "bob"), body[1]];
    let denied = house.call(&ada, "UploadSSHPublicKey", &other).await;
    assert_eq!(denied.code(), "AccessDenied");
    assert_eq!(
        house
            .call(&ada, "DeleteSSHPublicKey", &named[..2])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn service_credentials_can_be_demanded_for_one_service_and_show_their_password_once() {
    let house = House::new();
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*ServiceSpecificCredential*",
        "Resource":"*","Condition":{"StringEquals":
        {"iam:ServiceSpecificCredentialServiceName":"codecommit.amazonaws.com"}}}}"#;
    let ada = house.user("ada", policy).await;
    let user = ("UserName", "ada");
    let git = [user, ("ServiceName", "codecommit.amazonaws.com")];
    let denied = house
        .call(
            &ada,
            "CreateServiceSpecificCredential",
            &[user, ("ServiceName", "cassandra.amazonaws.com")],
        )
        .await;
    assert_eq!(denied.code(), "AccessDenied");
    let made = house
        .call(&ada, "CreateServiceSpecificCredential", &git)
        .await;
    let user_name = format!("ada-at-{ACCOUNT}");
    assert_eq!(made.text("ServiceUserName"), Some(user_name.as_str()));
    let password = made.text("ServicePassword").unwrap().to_owned();
    assert_eq!(password.len(), 60);
    let named = [
        user,
        (
            "ServiceSpecificCredentialId",
            made.text("ServiceSpecificCredentialId").unwrap(),
        ),
    ];
    let reset = house
        .call(&ada, "ResetServiceSpecificCredential", &named)
        .await;
    assert_ne!(reset.text("ServicePassword"), Some(password.as_str()));
    let listed = house.done("ListServiceSpecificCredentials", &git).await;
    assert!(!listed.body.contains("ServicePassword"));
    assert!(!house.everything().contains(&password));
    house.done("CreateServiceSpecificCredential", &git).await;
    house
        .refused("CreateServiceSpecificCredential", &git, "LimitExceeded")
        .await;
    let unknown = [user, ("ServiceName", "ec2.amazonaws.com")];
    let text = house
        .refused("CreateServiceSpecificCredential", &unknown, "NoSuchEntity")
        .await;
    assert_eq!(
        text,
        "No such service ec2.amazonaws.com is supported for Service Specific Credentials"
    );
    assert_eq!(
        house
            .call(&ada, "DeleteServiceSpecificCredential", &named)
            .await
            .status,
        200
    );
}
