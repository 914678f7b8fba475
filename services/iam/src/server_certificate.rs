//! Server certificates with their private keys.
//!
//! No operation gives a private key back; it is kept sealed for services that serve TLS with it.

use crate::api::operations::{
    DeleteServerCertificate, GetServerCertificate, ListServerCertificates, UpdateServerCertificate,
    UploadServerCertificate,
};
use crate::api::types::{
    DeleteServerCertificateInput, DeleteServerCertificateOutput, GetServerCertificateInput,
    GetServerCertificateOutput, ListServerCertificatesInput, ListServerCertificatesOutput,
    ServerCertificate, ServerCertificateMetadata, UpdateServerCertificateInput,
    UpdateServerCertificateOutput, UploadServerCertificateInput, UploadServerCertificateOutput,
};
use crate::certificate::{self, Certificate};
use crate::credential_tag::Taggable;
use crate::entity::{TagRecord, folded};
use crate::{IamError, ids, page, quota, tag, target, time, wording};
use arn::UniqueIdPrefix;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use kernel::{Call, Check, Entity, Failure, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// Adds the operations on server certificates to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<DeleteServerCertificate>()
        .serve::<GetServerCertificate>()
        .serve::<ListServerCertificates>()
        .serve::<UpdateServerCertificate>()
        .serve::<UploadServerCertificate>();
}

/// A server certificate. It is kept under its lower-case name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerCertificateRecord {
    /// `ASCA...`
    pub id: String,
    /// The name, in its own case.
    pub name: String,
    /// The path, from `/` to `/`.
    pub path: String,
    /// The certificate in PEM, as it was given.
    pub body: String,
    /// The chain in PEM, as it was given.
    #[serde(default)]
    pub chain: Option<String>,
    /// The private key in PEM, sealed for its account and the certificate's id, in base64.
    pub sealed_private_key: String,
    /// When it was uploaded.
    pub uploaded: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Its tags, in the order they were set.
    #[serde(default)]
    pub tags: Vec<TagRecord>,
}

impl Entity for ServerCertificateRecord {
    const KIND: &'static str = "iam.server-certificate";
}

impl Taggable for ServerCertificateRecord {
    fn check(call: &mut Call, action: &'static str, id: &str) -> Result<Check, IamError> {
        Ok(match call.load::<Self>(&folded(id))? {
            Some(record) => Check::new(action, arn(call, &record.path, &record.name))
                .resource_tags(tag::pairs(&record.tags)),
            None => Check::new(action, arn(call, "/", id)),
        })
    }

    fn find(call: &mut Call, id: &str) -> Result<Self, IamError> {
        call.load::<Self>(&folded(id))?.ok_or_else(|| {
            IamError::NoSuchEntity(format!(
                "The Server Certificate with name {id} cannot be found."
            ))
        })
    }

    fn tags(&mut self) -> &mut Vec<TagRecord> {
        &mut self.tags
    }

    fn store(&self, call: &mut Call) -> Result<(), IamError> {
        Ok(call.save(&folded(&self.name), self)?)
    }
}

fn arn(call: &Call, path: &str, name: &str) -> String {
    target::arn(call, "server-certificate", path, name)
}

fn exists(name: &str) -> IamError {
    IamError::EntityAlreadyExists(format!(
        "The Server Certificate with name {name} already exists."
    ))
}

/// Checks what is uploaded; gives the end of the certificate.
fn checked(input: &UploadServerCertificateInput) -> Result<Timestamp, IamError> {
    let malformed = |text: &str| IamError::MalformedCertificate(text.to_owned());
    let unreadable = "Unable to parse certificate. Please ensure the certificate is in PEM format.";
    let certificate =
        Certificate::parse(&input.certificate_body).ok_or_else(|| malformed(unreadable))?;
    if let Some(chain) = &input.certificate_chain {
        check_chain(&certificate, chain)?;
    }
    let key = certificate::private_key(&input.private_key).ok_or_else(|| {
        malformed("Unable to parse private key. Please ensure the private key is in PEM format.")
    })?;
    match crypto::private_key_fits(&key, &certificate.public_key) {
        Ok(true) => Ok(certificate.expires),
        Ok(false) => Err(IamError::KeyPairMismatch(
            "The private key does not match the certificate's public key.".into(),
        )),
        Err(_) => Err(malformed(
            "The private key is neither an RSA key of 2048 bits or more nor an ECDSA key.",
        )),
    }
}

fn check_chain(certificate: &Certificate, chain: &str) -> Result<(), IamError> {
    let invalid = |index: usize| {
        IamError::MalformedCertificate(format!(
            "Unable to validate certificate chain. The certificate chain must start with the immediate signing \
             certificate, followed by any intermediaries in order. The index within the chain of the invalid \
             certificate is: {index}"
        ))
    };
    let chain = Certificate::parse_all(chain).ok_or_else(|| invalid(0))?;
    let mut last = certificate;
    for (index, issuer) in chain.iter().enumerate() {
        if !last.is_issued_by(issuer) {
            return Err(invalid(index));
        }
        last = issuer;
    }
    Ok(())
}

impl Operation for UploadServerCertificate {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UploadServerCertificateInput) -> Result<Plan, IamError> {
        let arn = arn(
            call,
            input.path.as_deref().unwrap_or("/"),
            &input.server_certificate_name,
        );
        let tags = || tag::request_pairs(input.tags.as_ref());
        let plan =
            Plan::new(Check::new("iam:UploadServerCertificate", arn.clone()).request_tags(tags()));
        // Tags at creation need their own permission ("Tagging server certificates").
        Ok(match tags().next() {
            Some(_) => plan.and(Check::new("iam:TagServerCertificate", arn).request_tags(tags())),
            None => plan,
        })
    }

    async fn handle(
        call: &mut Call,
        input: UploadServerCertificateInput,
    ) -> Result<UploadServerCertificateOutput, IamError> {
        wording::check_path(input.path.as_deref().unwrap_or("/"), "path")?;
        let expires = checked(&input)?;
        let key = folded(&input.server_certificate_name);
        if call.load::<ServerCertificateRecord>(&key)?.is_some() {
            return Err(exists(&input.server_certificate_name));
        }
        let limit = call.host().settings.quotas.server_certificates;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        quota::room_under::<ServerCertificateRecord>(
            call,
            "",
            limit,
            "ServerCertificatesPerAccount",
        )?;
        let id = ids::fresh(call, UniqueIdPrefix::ServerCertificate);
        let record = ServerCertificateRecord {
            sealed_private_key: seal(call, &id, &input.private_key)?,
            id,
            name: input.server_certificate_name,
            path: input.path.unwrap_or_else(|| "/".into()),
            body: input.certificate_body,
            chain: input.certificate_chain,
            uploaded: time::seconds(call.now),
            expires,
            tags: tag::checked(input.tags.unwrap_or_default())?,
        };
        call.save(&key, &record)?;
        Ok(UploadServerCertificateOutput {
            tags: tags(&record),
            server_certificate_metadata: Some(metadata(call, record)),
        })
    }
}

fn seal(call: &Call, id: &str, private_key: &str) -> Result<String, IamError> {
    let host = call.host();
    let account = call.account();
    let context = [account.as_str().as_bytes(), id.as_bytes()];
    host.keyring
        .sealer("iam.server-certificate")
        .seal(&context, private_key.as_bytes(), host.random.as_ref())
        .map(|sealed| STANDARD.encode(sealed))
        .map_err(|error| IamError::Failure(Failure::internal(&error)))
}

impl Operation for GetServerCertificate {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetServerCertificateInput) -> Result<Plan, IamError> {
        ServerCertificateRecord::check(
            call,
            "iam:GetServerCertificate",
            &input.server_certificate_name,
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: GetServerCertificateInput,
    ) -> Result<GetServerCertificateOutput, IamError> {
        let record = ServerCertificateRecord::find(call, &input.server_certificate_name)?;
        Ok(GetServerCertificateOutput {
            server_certificate: ServerCertificate {
                certificate_body: record.body.clone(),
                certificate_chain: record.chain.clone(),
                tags: tags(&record),
                server_certificate_metadata: metadata(call, record),
            },
        })
    }
}

impl Operation for ListServerCertificates {
    type Error = IamError;

    fn plan(_call: &mut Call, _input: &ListServerCertificatesInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:ListServerCertificates", "*")))
    }

    async fn handle(
        call: &mut Call,
        input: ListServerCertificatesInput,
    ) -> Result<ListServerCertificatesOutput, IamError> {
        let prefix = input.path_prefix.unwrap_or_else(|| "/".into());
        let keep = |record: &ServerCertificateRecord| record.path.starts_with(&prefix);
        let page = page::of_records(call, "", input.max_items, input.marker.as_deref(), keep)?;
        Ok(ListServerCertificatesOutput {
            is_truncated: Some(page.is_truncated()),
            marker: page.marker,
            server_certificate_metadata_list: page
                .items
                .into_iter()
                .map(|(_, record)| metadata(call, record))
                .collect(),
        })
    }
}

impl Operation for UpdateServerCertificate {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateServerCertificateInput) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:UpdateServerCertificate";
        let old = ServerCertificateRecord::check(call, ACTION, &input.server_certificate_name)?;
        let current =
            call.load::<ServerCertificateRecord>(&folded(&input.server_certificate_name))?;
        let (path, name, tags) = match current {
            Some(record) => (record.path, record.name, record.tags),
            None => (
                "/".into(),
                input.server_certificate_name.clone(),
                Vec::new(),
            ),
        };
        let path = input.new_path.as_ref().unwrap_or(&path);
        let name = input.new_server_certificate_name.as_ref().unwrap_or(&name);
        // "UpdateServerCertificate": permission is needed on the old and on the new name.
        let new = Check::new(ACTION, arn(call, path, name)).resource_tags(tag::pairs(&tags));
        Ok(Plan::new(old).and(new))
    }

    async fn handle(
        call: &mut Call,
        input: UpdateServerCertificateInput,
    ) -> Result<UpdateServerCertificateOutput, IamError> {
        let mut record = ServerCertificateRecord::find(call, &input.server_certificate_name)?;
        let old = folded(&record.name);
        if let Some(path) = input.new_path {
            wording::check_path(&path, "newPath")?;
            record.path = path;
        }
        if let Some(name) = input.new_server_certificate_name {
            let new = folded(&name);
            if new != old && call.load::<ServerCertificateRecord>(&new)?.is_some() {
                return Err(exists(&name));
            }
            record.name = name;
        }
        if folded(&record.name) != old {
            call.remove::<ServerCertificateRecord>(&old)?;
        }
        record.store(call)?;
        Ok(UpdateServerCertificateOutput {})
    }
}

impl Operation for DeleteServerCertificate {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteServerCertificateInput) -> Result<Plan, IamError> {
        ServerCertificateRecord::check(
            call,
            "iam:DeleteServerCertificate",
            &input.server_certificate_name,
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteServerCertificateInput,
    ) -> Result<DeleteServerCertificateOutput, IamError> {
        let record = ServerCertificateRecord::find(call, &input.server_certificate_name)?;
        call.remove::<ServerCertificateRecord>(&folded(&record.name))?;
        Ok(DeleteServerCertificateOutput {})
    }
}

fn metadata(call: &Call, record: ServerCertificateRecord) -> ServerCertificateMetadata {
    ServerCertificateMetadata {
        arn: arn(call, &record.path, &record.name),
        path: record.path,
        server_certificate_name: record.name,
        server_certificate_id: record.id,
        upload_date: Some(record.uploaded),
        expiration: Some(record.expires),
    }
}

fn tags(record: &ServerCertificateRecord) -> Option<Vec<crate::api::types::Tag>> {
    (!record.tags.is_empty()).then(|| tag::shown(&record.tags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::tests::{CERTIFICATE, PRIVATE_KEY};

    fn upload(body: &str, key: &str, chain: Option<&str>) -> Result<Timestamp, String> {
        let input = UploadServerCertificateInput {
            certificate_body: body.into(),
            private_key: key.into(),
            certificate_chain: chain.map(Into::into),
            ..Default::default()
        };
        checked(&input).map_err(|error| {
            Failure::from(error)
                .spell(schema::Protocol::AwsQuery)
                .0
                .into_owned()
        })
    }

    #[test]
    fn a_certificate_must_be_whole_and_fit_its_key() {
        const OTHER_KEY: &str = include_str!("../tests/data/other-private-key.pem");
        assert!(upload(CERTIFICATE, PRIVATE_KEY, None).is_ok());
        assert!(upload(CERTIFICATE, PRIVATE_KEY, Some(CERTIFICATE)).is_ok());
        assert_eq!(
            upload(CERTIFICATE, OTHER_KEY, None),
            Err("KeyPairMismatch".into())
        );
        for (body, key, chain) in [
            ("certbody", PRIVATE_KEY, None),
            (CERTIFICATE, "privatekey", None),
            (CERTIFICATE, PRIVATE_KEY, Some("chain")),
            (PRIVATE_KEY, PRIVATE_KEY, None),
        ] {
            assert_eq!(upload(body, key, chain), Err("MalformedCertificate".into()));
        }
    }
}
