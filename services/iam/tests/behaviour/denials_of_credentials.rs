//! That every operation on devices, certificates, keys, providers and reports asks for its own action on its
//! own resource.

use crate::house::{ACCOUNT, House, allow};

const USER: (&str, &str) = ("UserName", "U");
const SERIAL: (&str, &str) = ("SerialNumber", "arn:aws:iam::111122223333:mfa/p/m");
const CODE_1: (&str, &str) = ("AuthenticationCode1", "123456");
const CODE_2: (&str, &str) = ("AuthenticationCode2", "123456");
const CERTIFICATE: (&str, &str) = ("ServerCertificateName", "C");
const BODY: (&str, &str) = ("CertificateBody", include_str!("../data/certificate.pem"));
const PRIVATE: (&str, &str) = ("PrivateKey", include_str!("../data/private-key.pem"));
const CERTIFICATE_ID: (&str, &str) = ("CertificateId", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
const SSH_ID: (&str, &str) = ("SSHPublicKeyId", "APKAAAAAAAAAAAAAAAAA");
const SSH_KEY: (&str, &str) = ("SSHPublicKeyBody", include_str!("../data/ssh-rsa.pub"));
const STATUS: (&str, &str) = ("Status", "Inactive");
const OIDC: (&str, &str) = (
    "OpenIDConnectProviderArn",
    "arn:aws:iam::111122223333:oidc-provider/idp.example/a",
);
const CLIENT: (&str, &str) = ("ClientID", "client");
const THUMBPRINT: (&str, &str) = (
    "ThumbprintList.member.1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
);
const SAML: (&str, &str) = (
    "SAMLProviderArn",
    "arn:aws:iam::111122223333:saml-provider/S",
);
const SERVICE: (&str, &str) = ("ServiceName", "codecommit.amazonaws.com");
const CREDENTIAL: (&str, &str) = ("ServiceSpecificCredentialId", "ACCAAAAAAAAAAAAAAAAA");
const TAG: [(&str, &str); 2] = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
const KEY: (&str, &str) = ("TagKeys.member.1", "k");

type Parameter = (&'static str, &'static str);

/// Operations, their parameters and the resource that they need.
fn calls() -> Vec<(&'static str, Vec<Parameter>, &'static str)> {
    let (user, mfa, certificate) = ("user/p/u", "mfa/p/m", "server-certificate/p/c");
    let (oidc, saml) = ("oidc-provider/idp.example/a", "saml-provider/S");
    let tag = |own: Parameter| vec![own, TAG[0], TAG[1]];
    let codes = vec![USER, SERIAL, CODE_1, CODE_2];
    let document = (
        "SAMLMetadataDocument",
        " ".repeat(1000).leak() as &'static str,
    );
    vec![
        (
            "AddClientIDToOpenIDConnectProvider",
            vec![OIDC, CLIENT],
            oidc,
        ),
        (
            "CreateOpenIDConnectProvider",
            vec![("Url", "https://new.example/x")],
            "oidc-provider/new.example/x",
        ),
        (
            "CreateSAMLProvider",
            vec![("Name", "N"), document],
            "saml-provider/N",
        ),
        ("CreateServiceSpecificCredential", vec![USER, SERVICE], user),
        (
            "CreateVirtualMFADevice",
            vec![("VirtualMFADeviceName", "new"), ("Path", "/n/")],
            "mfa/n/new",
        ),
        ("DeactivateMFADevice", vec![USER, SERIAL], user),
        ("DeleteOpenIDConnectProvider", vec![OIDC], oidc),
        ("DeleteSAMLProvider", vec![SAML], saml),
        ("DeleteSSHPublicKey", vec![USER, SSH_ID], user),
        ("DeleteServerCertificate", vec![CERTIFICATE], certificate),
        (
            "DeleteServiceSpecificCredential",
            vec![USER, CREDENTIAL],
            user,
        ),
        ("DeleteSigningCertificate", vec![USER, CERTIFICATE_ID], user),
        ("DeleteVirtualMFADevice", vec![SERIAL], mfa),
        ("EnableMFADevice", codes.clone(), user),
        ("GenerateCredentialReport", vec![], "*"),
        ("GetCredentialReport", vec![], "*"),
        ("GetMFADevice", vec![USER, SERIAL], user),
        ("GetOpenIDConnectProvider", vec![OIDC], oidc),
        ("GetSAMLProvider", vec![SAML], saml),
        (
            "GetSSHPublicKey",
            vec![USER, SSH_ID, ("Encoding", "SSH")],
            user,
        ),
        ("GetServerCertificate", vec![CERTIFICATE], certificate),
        ("ListMFADeviceTags", vec![SERIAL], mfa),
        ("ListMFADevices", vec![USER], user),
        ("ListOpenIDConnectProviderTags", vec![OIDC], oidc),
        ("ListOpenIDConnectProviders", vec![], "*"),
        ("ListSAMLProviderTags", vec![SAML], saml),
        ("ListSAMLProviders", vec![], "*"),
        ("ListSSHPublicKeys", vec![USER], user),
        ("ListServerCertificateTags", vec![CERTIFICATE], certificate),
        ("ListServerCertificates", vec![], "*"),
        ("ListServiceSpecificCredentials", vec![USER], user),
        (
            "ListServiceSpecificCredentials",
            vec![("AllUsers", "true")],
            "user/*",
        ),
        ("ListSigningCertificates", vec![USER], user),
        ("ListVirtualMFADevices", vec![], "*"),
        (
            "RemoveClientIDFromOpenIDConnectProvider",
            vec![OIDC, CLIENT],
            oidc,
        ),
        (
            "ResetServiceSpecificCredential",
            vec![USER, CREDENTIAL],
            user,
        ),
        ("ResyncMFADevice", codes, user),
        ("TagMFADevice", tag(SERIAL), mfa),
        ("TagOpenIDConnectProvider", tag(OIDC), oidc),
        ("TagSAMLProvider", tag(SAML), saml),
        ("TagServerCertificate", tag(CERTIFICATE), certificate),
        ("UntagMFADevice", vec![SERIAL, KEY], mfa),
        ("UntagOpenIDConnectProvider", vec![OIDC, KEY], oidc),
        ("UntagSAMLProvider", vec![SAML, KEY], saml),
        (
            "UntagServerCertificate",
            vec![CERTIFICATE, KEY],
            certificate,
        ),
        (
            "UpdateOpenIDConnectProviderThumbprint",
            vec![OIDC, THUMBPRINT],
            oidc,
        ),
        ("UpdateSAMLProvider", vec![SAML], saml),
        ("UpdateSSHPublicKey", vec![USER, SSH_ID, STATUS], user),
        ("UpdateServerCertificate", vec![CERTIFICATE], certificate),
        (
            "UpdateServiceSpecificCredential",
            vec![USER, CREDENTIAL, STATUS],
            user,
        ),
        (
            "UpdateSigningCertificate",
            vec![USER, CERTIFICATE_ID, STATUS],
            user,
        ),
        ("UploadSSHPublicKey", vec![USER, SSH_KEY], user),
        (
            "UploadServerCertificate",
            vec![
                ("ServerCertificateName", "new"),
                ("Path", "/n/"),
                BODY,
                PRIVATE,
            ],
            "server-certificate/n/new",
        ),
        ("UploadSigningCertificate", vec![USER, BODY], user),
    ]
}

async fn furnished() -> House {
    let house = House::new();
    let path = ("Path", "/p/");
    house.done("CreateUser", &[("UserName", "u"), path]).await;
    house
        .done(
            "CreateVirtualMFADevice",
            &[("VirtualMFADeviceName", "m"), path],
        )
        .await;
    house
        .done(
            "UploadServerCertificate",
            &[("ServerCertificateName", "c"), path, BODY, PRIVATE],
        )
        .await;
    house
        .done(
            "CreateOpenIDConnectProvider",
            &[("Url", "https://idp.example/a")],
        )
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
        let answer = (denied.status, denied.code());
        assert_eq!(answer, (403, "AccessDenied"), "{action}");
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
        let policy = allow(&format!("iam:{action}"), &full(resource));
        let one = house.user("one", &policy).await;
        let answer = house.call(&one, action, &parameters).await;
        // It can fail for another reason, which is told to those who may ask alone.
        assert_ne!(answer.code(), "AccessDenied", "{action}: {}", answer.body);
        house.grant("one", &allow(&format!("iam:{action}"), &full("other/*")));
        let denied = house.call(&one, action, &parameters).await;
        assert_eq!(denied.code(), "AccessDenied", "{action}");
    }
}

#[tokio::test]
async fn tags_at_creation_need_their_own_permission() {
    let house = furnished().await;
    for (action, own, more) in [
        (
            "CreateVirtualMFADevice",
            ("VirtualMFADeviceName", "t"),
            vec![],
        ),
        (
            "CreateOpenIDConnectProvider",
            ("Url", "https://t.example"),
            vec![],
        ),
        (
            "UploadServerCertificate",
            ("ServerCertificateName", "t"),
            vec![BODY, PRIVATE],
        ),
    ] {
        let name = format!("maker-of-{action}");
        let maker = house
            .user(&name, &allow(&format!("iam:{action}"), "*"))
            .await;
        let parameters = [vec![own], more, TAG.to_vec()].concat();
        let denied = house.call(&maker, action, &parameters).await;
        assert!(
            denied.message().contains("perform: iam:Tag"),
            "{action}: {}",
            denied.body
        );
        let untagged = &parameters[..parameters.len() - 2];
        let made = house.call(&maker, action, untagged).await;
        assert_eq!(made.status, 200, "{action}: {}", made.body);
    }
}
