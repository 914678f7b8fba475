//! X.509 signing certificates of users.

use crate::api::operations::{
    DeleteSigningCertificate, ListSigningCertificates, UpdateSigningCertificate,
    UploadSigningCertificate,
};
use crate::api::types::{
    DeleteSigningCertificateInput, DeleteSigningCertificateOutput, ListSigningCertificatesInput,
    ListSigningCertificatesOutput, SigningCertificate, UpdateSigningCertificateInput,
    UpdateSigningCertificateOutput, UploadSigningCertificateInput, UploadSigningCertificateOutput,
};
use crate::certificate::Certificate;
use crate::entity::{owned, owned_prefix};
use crate::owner::{self, Owner};
use crate::status;
use crate::{IamError, page, quota, time};
use jiff::Timestamp;
use kernel::{Call, Entity, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// Quota "Signing certificates assigned to an IAM user" ("IAM and AWS STS quotas").
const MAX_CERTIFICATES: usize = 2;

/// Adds the operations on signing certificates to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<DeleteSigningCertificate>()
        .serve::<ListSigningCertificates>()
        .serve::<UpdateSigningCertificate>()
        .serve::<UploadSigningCertificate>();
}

/// A signing certificate. The record's key is [`owned`]`(owner, id)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningCertificateRecord {
    /// 32 letters and digits.
    pub id: String,
    /// The certificate in PEM, as it was given.
    pub body: String,
    /// `Active`, not `Inactive`.
    pub active: bool,
    /// When it was uploaded.
    pub uploaded: Timestamp,
}

impl Entity for SigningCertificateRecord {
    const KIND: &'static str = "iam.signing-certificate";
}

/// That a certificate is some user's. The key is the SHA-256 of the certificate in hexadecimal: one certificate
/// cannot be two users' ("UploadSigningCertificate").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningCertificateDigest {}

impl Entity for SigningCertificateDigest {
    const KIND: &'static str = "iam.signing-certificate-digest";
}

fn digest_key(certificate: &Certificate) -> String {
    certificate
        .digest
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The certificates of a user (by unique id) or of [`ROOT_OWNER`](crate::entity::ROOT_OWNER), the oldest first.
///
/// # Errors
/// The store's failure.
pub fn of_owner(call: &mut Call, owner: &str) -> Result<Vec<SigningCertificateRecord>, IamError> {
    let records =
        call.list::<SigningCertificateRecord>(&owned_prefix(owner), None, MAX_CERTIFICATES)?;
    let mut records: Vec<_> = records.into_iter().map(|(_, record)| record).collect();
    records.sort_by(|a, b| a.uploaded.cmp(&b.uploaded).then_with(|| a.id.cmp(&b.id)));
    Ok(records)
}

fn find(call: &mut Call, owner: &Owner, id: &str) -> Result<SigningCertificateRecord, IamError> {
    call.load::<SigningCertificateRecord>(&owned(&owner.id, id))?
        .ok_or_else(|| {
            IamError::NoSuchEntity(format!("The Certificate with id {id} cannot be found."))
        })
}

fn shown(record: SigningCertificateRecord, owner: &Owner) -> SigningCertificate {
    SigningCertificate {
        // The root user has no user name, and the model wants one.
        user_name: owner.name.clone().unwrap_or_default(),
        certificate_id: record.id,
        certificate_body: record.body,
        status: status::of(record.active),
        upload_date: Some(record.uploaded),
    }
}

/// 32 random letters and digits.
fn fresh_id(call: &Call) -> String {
    let bytes = call.random::<20>();
    crate::mfa::qr::base32(&bytes).expose().to_owned()
}

impl Operation for UploadSigningCertificate {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UploadSigningCertificateInput) -> Result<Plan, IamError> {
        owner::check(
            call,
            "iam:UploadSigningCertificate",
            input.user_name.as_deref(),
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UploadSigningCertificateInput,
    ) -> Result<UploadSigningCertificateOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let certificate = Certificate::parse(&input.certificate_body).ok_or_else(|| {
            IamError::MalformedCertificate(
                "Unable to parse certificate. Please ensure the certificate is in PEM format."
                    .into(),
            )
        })?;
        let prefix = owned_prefix(&owner.id);
        quota::room_under::<SigningCertificateRecord>(
            call,
            &prefix,
            MAX_CERTIFICATES,
            "CertificatesPerUser",
        )?;
        let digest = digest_key(&certificate);
        if call.load::<SigningCertificateDigest>(&digest)?.is_some() {
            return Err(IamError::DuplicateCertificate(
                "The certificate is already associated with an IAM user in this account.".into(),
            ));
        }
        let record = SigningCertificateRecord {
            id: fresh_id(call),
            body: input.certificate_body,
            active: true,
            uploaded: time::seconds(call.now),
        };
        call.save(&digest, &SigningCertificateDigest {})?;
        call.save(&owned(&owner.id, &record.id), &record)?;
        Ok(UploadSigningCertificateOutput {
            certificate: shown(record, &owner),
        })
    }
}

impl Operation for ListSigningCertificates {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListSigningCertificatesInput) -> Result<Plan, IamError> {
        owner::check(
            call,
            "iam:ListSigningCertificates",
            input.user_name.as_deref(),
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListSigningCertificatesInput,
    ) -> Result<ListSigningCertificatesOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let records = of_owner(call, &owner.id)?;
        let page = page::of_list(
            records,
            |record| record.id.clone(),
            input.max_items,
            input.marker.as_deref(),
        )?;
        Ok(ListSigningCertificatesOutput {
            is_truncated: Some(page.is_truncated()),
            marker: page.marker,
            certificates: page
                .items
                .into_iter()
                .map(|record| shown(record, &owner))
                .collect(),
        })
    }
}

impl Operation for UpdateSigningCertificate {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateSigningCertificateInput) -> Result<Plan, IamError> {
        owner::check(
            call,
            "iam:UpdateSigningCertificate",
            input.user_name.as_deref(),
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UpdateSigningCertificateInput,
    ) -> Result<UpdateSigningCertificateOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let active = status::asked(input.status)?;
        let mut record = find(call, &owner, &input.certificate_id)?;
        record.active = active;
        call.save(&owned(&owner.id, &record.id), &record)?;
        Ok(UpdateSigningCertificateOutput {})
    }
}

impl Operation for DeleteSigningCertificate {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteSigningCertificateInput) -> Result<Plan, IamError> {
        owner::check(
            call,
            "iam:DeleteSigningCertificate",
            input.user_name.as_deref(),
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteSigningCertificateInput,
    ) -> Result<DeleteSigningCertificateOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let record = find(call, &owner, &input.certificate_id)?;
        if let Some(certificate) = Certificate::parse(&record.body) {
            call.remove::<SigningCertificateDigest>(&digest_key(&certificate))?;
        }
        call.remove::<SigningCertificateRecord>(&owned(&owner.id, &record.id))?;
        Ok(DeleteSigningCertificateOutput {})
    }
}
