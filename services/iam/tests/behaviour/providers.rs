//! Identity providers.

use crate::house::{ACCOUNT, House};

const METADATA: &str = r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp/">
<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor>
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>CERTIFICATE
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>"#;

fn metadata() -> String {
    let pem = include_str!("../data/certificate.pem");
    let base64: Vec<_> = pem.lines().filter(|line| !line.starts_with('-')).collect();
    format!(
        "{}{}",
        METADATA.replace("CERTIFICATE", &base64.join("\n")),
        " ".repeat(600)
    )
}

#[tokio::test]
async fn an_openid_provider_is_known_by_its_url() {
    let house = House::new();
    let url = ("Url", "https://token.actions.githubusercontent.com");
    let made = house
        .done(
            "CreateOpenIDConnectProvider",
            &[
                url,
                ("ThumbprintList.member.1", &"A".repeat(40)),
                ("ClientIDList.member.1", "sts.amazonaws.com"),
            ],
        )
        .await;
    let arn = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com");
    assert_eq!(made.text("OpenIDConnectProviderArn"), Some(arn.as_str()));
    let text = house
        .refused("CreateOpenIDConnectProvider", &[url], "EntityAlreadyExists")
        .await;
    assert_eq!(text, format!("Provider with url {} already exists.", url.1));
    let named = ("OpenIDConnectProviderArn", arn.as_str());
    house
        .done(
            "AddClientIDToOpenIDConnectProvider",
            &[named, ("ClientID", "two")],
        )
        .await;
    house
        .done(
            "RemoveClientIDFromOpenIDConnectProvider",
            &[named, ("ClientID", "sts.amazonaws.com")],
        )
        .await;
    let shown = house.done("GetOpenIDConnectProvider", &[named]).await;
    assert_eq!(
        shown.text("Url"),
        Some("token.actions.githubusercontent.com")
    );
    assert_eq!(shown.texts("member"), ["two", "a".repeat(40).as_str()]);
    house.done("DeleteOpenIDConnectProvider", &[named]).await;
    house.done("DeleteOpenIDConnectProvider", &[named]).await;
    let text = house
        .refused("GetOpenIDConnectProvider", &[named], "NoSuchEntity")
        .await;
    assert_eq!(
        text,
        format!("OpenIDConnect Provider not found for arn {arn}")
    );
}

#[tokio::test]
async fn a_saml_provider_is_known_by_its_name() {
    let house = House::new();
    let document = metadata();
    let name = ("Name", "Corp");
    house
        .refused(
            "CreateSAMLProvider",
            &[name, ("SAMLMetadataDocument", &"a".repeat(1024))],
            "InvalidInput",
        )
        .await;
    let key = include_str!("../data/private-key.pem");
    let made = house
        .done(
            "CreateSAMLProvider",
            &[
                name,
                ("SAMLMetadataDocument", &document),
                ("AddPrivateKey", key),
            ],
        )
        .await;
    let arn = made.text("SAMLProviderArn").unwrap().to_owned();
    assert_eq!(arn, format!("arn:aws:iam::{ACCOUNT}:saml-provider/Corp"));
    let named = ("SAMLProviderArn", arn.as_str());
    let shown = house.done("GetSAMLProvider", &[named]).await;
    let id = shown.text("KeyId").unwrap().to_owned();
    assert!(!house.everything().contains(key.lines().nth(1).unwrap()));
    house
        .done(
            "UpdateSAMLProvider",
            &[
                named,
                ("RemovePrivateKey", &id),
                ("AssertionEncryptionMode", "Allowed"),
            ],
        )
        .await;
    let shown = house.done("GetSAMLProvider", &[named]).await;
    assert_eq!(shown.text("AssertionEncryptionMode"), Some("Allowed"));
    assert!(shown.text("KeyId").is_none());
    house.done("DeleteSAMLProvider", &[named]).await;
    house
        .refused("DeleteSAMLProvider", &[named], "NoSuchEntity")
        .await;
}

#[tokio::test]
async fn providers_of_other_accounts_are_nobodys() {
    let house = House::new();
    for (action, name, kind) in [
        (
            "GetOpenIDConnectProvider",
            "OpenIDConnectProviderArn",
            "oidc-provider/example.com",
        ),
        ("GetSAMLProvider", "SAMLProviderArn", "saml-provider/Corp"),
    ] {
        let arn = format!("arn:aws:iam::444455556666:{kind}");
        house.refused(action, &[(name, &arn)], "NoSuchEntity").await;
    }
}
