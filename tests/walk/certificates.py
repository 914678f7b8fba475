"""Operations on certificates, SSH keys, identity providers and credentials of single services."""

import pathlib

SAMPLES = pathlib.Path(__file__).resolve().parents[1] / "samples"
TAGS = [{"Key": "team", "Value": "blue"}]
MORE = [{"Key": "cost", "Value": "1"}]
METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/saml"
    validUntil="2090-01-01T00:00:00Z">
  <md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>
      </ds:KeyInfo>
    </md:KeyDescriptor>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
"""


def sample(name):
    """The text of a sample."""
    return (SAMPLES / name).read_text()


def server_certificates(aws):
    """Server certificates."""
    name = {"ServerCertificateName": "web"}
    parts = {"CertificateBody": sample("server.pem"), "PrivateKey": sample("server.key")}
    made = aws.call("iam:UploadServerCertificate", Path="/edge/", Tags=TAGS, **parts, **name)
    assert made["ServerCertificateMetadata"]["ServerCertificateId"].startswith("ASCA")
    got = aws.call("iam:GetServerCertificate", **name)["ServerCertificate"]
    assert got["CertificateBody"].strip() == parts["CertificateBody"].strip()
    assert len(aws.call("iam:ListServerCertificates")["ServerCertificateMetadataList"]) == 1
    aws.call("iam:TagServerCertificate", Tags=MORE, **name)
    assert len(aws.call("iam:ListServerCertificateTags", **name)["Tags"]) == 2
    aws.call("iam:UntagServerCertificate", TagKeys=["cost"], **name)
    aws.call("iam:UpdateServerCertificate", NewServerCertificateName="site", NewPath="/", **name)
    aws.call("iam:DeleteServerCertificate", ServerCertificateName="site")


def signing_certificates(aws):
    """Signing certificates of users."""
    name = {"UserName": "alice"}
    aws.account.plain_user("alice")
    made = aws.call("iam:UploadSigningCertificate", CertificateBody=sample("signing.pem"), **name)["Certificate"]
    identifier = {"CertificateId": made["CertificateId"]}
    assert aws.call("iam:ListSigningCertificates", **name)["Certificates"][0]["Status"] == "Active"
    aws.call("iam:UpdateSigningCertificate", Status="Inactive", **identifier, **name)
    aws.call("iam:DeleteSigningCertificate", **identifier, **name)


def ssh_public_keys(aws):
    """SSH keys of users."""
    name = {"UserName": "alice"}
    aws.account.plain_user("alice")
    made = aws.call("iam:UploadSSHPublicKey", SSHPublicKeyBody=sample("ssh.pub"), **name)["SSHPublicKey"]
    identifier = {"SSHPublicKeyId": made["SSHPublicKeyId"]}
    got = aws.call("iam:GetSSHPublicKey", Encoding="PEM", **identifier, **name)["SSHPublicKey"]
    assert got["SSHPublicKeyBody"].startswith("-----BEGIN PUBLIC KEY-----")
    assert len(aws.call("iam:ListSSHPublicKeys", **name)["SSHPublicKeys"]) == 1
    aws.call("iam:UpdateSSHPublicKey", Status="Inactive", **identifier, **name)
    aws.call("iam:DeleteSSHPublicKey", **identifier, **name)


def open_id_connect_providers(aws):
    """OpenID Connect providers."""
    url = "https://token.example.com/issuer"
    made = aws.call(
        "iam:CreateOpenIDConnectProvider", Url=url, ClientIDList=["one"], ThumbprintList=["a" * 40], Tags=TAGS
    )
    arn = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    aws.call("iam:AddClientIDToOpenIDConnectProvider", ClientID="two", **arn)
    got = aws.call("iam:GetOpenIDConnectProvider", **arn)
    assert got["Url"] == url.removeprefix("https://") and sorted(got["ClientIDList"]) == ["one", "two"]
    assert len(aws.call("iam:ListOpenIDConnectProviders")["OpenIDConnectProviderList"]) == 1
    aws.call("iam:RemoveClientIDFromOpenIDConnectProvider", ClientID="one", **arn)
    aws.call("iam:UpdateOpenIDConnectProviderThumbprint", ThumbprintList=["b" * 40], **arn)
    aws.call("iam:TagOpenIDConnectProvider", Tags=MORE, **arn)
    assert len(aws.call("iam:ListOpenIDConnectProviderTags", **arn)["Tags"]) == 2
    aws.call("iam:UntagOpenIDConnectProvider", TagKeys=["cost"], **arn)
    aws.call("iam:DeleteOpenIDConnectProvider", **arn)


def saml_providers(aws):
    """SAML providers."""
    certificate = "".join(line for line in sample("provider.pem").splitlines() if "-----" not in line)
    metadata = METADATA.format(certificate=certificate)
    made = aws.call("iam:CreateSAMLProvider", Name="idp", SAMLMetadataDocument=metadata, Tags=TAGS)
    arn = {"SAMLProviderArn": made["SAMLProviderArn"]}
    assert aws.call("iam:GetSAMLProvider", **arn)["SAMLMetadataDocument"] == metadata
    assert len(aws.call("iam:ListSAMLProviders")["SAMLProviderList"]) == 1
    aws.call("iam:UpdateSAMLProvider", SAMLMetadataDocument=metadata, **arn)
    aws.call("iam:TagSAMLProvider", Tags=MORE, **arn)
    assert len(aws.call("iam:ListSAMLProviderTags", **arn)["Tags"]) == 2
    aws.call("iam:UntagSAMLProvider", TagKeys=["cost"], **arn)
    aws.call("iam:DeleteSAMLProvider", **arn)


def service_specific_credentials(aws):
    """Credentials of single services."""
    name = {"UserName": "alice"}
    aws.account.plain_user("alice")
    made = aws.call("iam:CreateServiceSpecificCredential", ServiceName="codecommit.amazonaws.com", **name)
    made = made["ServiceSpecificCredential"]
    assert made["ServiceUserName"].startswith("alice-at-")
    identifier = {"ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    listed = aws.call("iam:ListServiceSpecificCredentials", **name)["ServiceSpecificCredentials"]
    assert "ServicePassword" not in listed[0]
    again = aws.call("iam:ResetServiceSpecificCredential", **identifier, **name)["ServiceSpecificCredential"]
    assert again["ServicePassword"] != made["ServicePassword"]
    aws.call("iam:UpdateServiceSpecificCredential", Status="Inactive", **identifier, **name)
    aws.call("iam:DeleteServiceSpecificCredential", **identifier, **name)


AREAS = [
    server_certificates,
    signing_certificates,
    ssh_public_keys,
    open_id_connect_providers,
    saml_providers,
    service_specific_credentials,
]
