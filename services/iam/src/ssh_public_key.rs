//! SSH public keys of users.

use crate::api::operations::{
    DeleteSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, UploadSSHPublicKey,
};
use crate::api::types::{
    DeleteSSHPublicKeyInput, DeleteSSHPublicKeyOutput, EncodingType, GetSSHPublicKeyInput,
    GetSSHPublicKeyOutput, ListSSHPublicKeysInput, ListSSHPublicKeysOutput, SSHPublicKey,
    SSHPublicKeyMetadata, UpdateSSHPublicKeyInput, UpdateSSHPublicKeyOutput,
    UploadSSHPublicKeyInput, UploadSSHPublicKeyOutput,
};
use crate::entity::{owned, owned_prefix};
use crate::owner::{self, Owner};
use crate::ssh_key_format::{KeyFormatError, RsaPublicKey};
use crate::{IamError, ids, page, quota, status, time};
use arn::UniqueIdPrefix;
use jiff::Timestamp;
use kernel::{Call, Entity, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// Quota "SSH public keys assigned to an IAM user" ("IAM and AWS STS quotas").
const MAX_KEYS: usize = 5;

/// Adds the operations on SSH public keys to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<DeleteSSHPublicKey>()
        .serve::<GetSSHPublicKey>()
        .serve::<ListSSHPublicKeys>()
        .serve::<UpdateSSHPublicKey>()
        .serve::<UploadSSHPublicKey>();
}

/// An SSH public key. The record's key is [`owned`]`(owner, id)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshPublicKeyRecord {
    /// `APKA...`
    pub id: String,
    /// The key as it was given.
    pub body: String,
    /// Its MD5 fingerprint.
    pub fingerprint: String,
    /// `Active`, not `Inactive`.
    pub active: bool,
    /// When it was uploaded.
    pub uploaded: Timestamp,
}

impl Entity for SshPublicKeyRecord {
    const KIND: &'static str = "iam.ssh-public-key";
}

fn find(call: &mut Call, owner: &Owner, id: &str) -> Result<SshPublicKeyRecord, IamError> {
    call.load::<SshPublicKeyRecord>(&owned(&owner.id, id))?
        .ok_or_else(|| {
            IamError::NoSuchEntity(format!("The Public Key with id {id} cannot be found."))
        })
}

fn shown(record: SshPublicKeyRecord, body: String, owner: &Owner) -> SSHPublicKey {
    SSHPublicKey {
        user_name: owner.name.clone().unwrap_or_default(),
        ssh_public_key_id: record.id,
        fingerprint: record.fingerprint,
        ssh_public_key_body: body,
        status: status::of(record.active),
        upload_date: Some(record.uploaded),
    }
}

fn parsed(body: &str) -> Result<RsaPublicKey, IamError> {
    RsaPublicKey::parse(body).map_err(|error| match error {
        KeyFormatError::Unrecognized => IamError::UnrecognizedPublicKeyEncoding(
            "The public key is not in a recognized encoding. It must be encoded in ssh-rsa format or PEM format."
                .into(),
        ),
        KeyFormatError::Invalid => IamError::InvalidPublicKey(
            "The public key is invalid. It must be an RSA public key of at least 2048 bits.".into(),
        ),
    })
}

impl Operation for UploadSSHPublicKey {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UploadSSHPublicKeyInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:UploadSSHPublicKey", Some(&input.user_name)).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UploadSSHPublicKeyInput,
    ) -> Result<UploadSSHPublicKeyOutput, IamError> {
        let owner = owner::of(call, Some(&input.user_name))?;
        let fingerprint = parsed(&input.ssh_public_key_body)?.fingerprint();
        let prefix = owned_prefix(&owner.id);
        let keys = call.list::<SshPublicKeyRecord>(&prefix, None, MAX_KEYS)?;
        if keys.iter().any(|(_, key)| key.fingerprint == fingerprint) {
            return Err(IamError::DuplicateSshPublicKey(
                "The SSH public key is already associated with the specified IAM user.".into(),
            ));
        }
        quota::room_under::<SshPublicKeyRecord>(call, &prefix, MAX_KEYS, "SSHPublicKeysPerUser")?;
        let record = SshPublicKeyRecord {
            id: ids::fresh(call, UniqueIdPrefix::SshKey),
            body: input.ssh_public_key_body,
            fingerprint,
            active: true,
            uploaded: time::seconds(call.now),
        };
        call.save(&owned(&owner.id, &record.id), &record)?;
        let body = record.body.clone();
        Ok(UploadSSHPublicKeyOutput {
            ssh_public_key: Some(shown(record, body, &owner)),
        })
    }
}

impl Operation for GetSSHPublicKey {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetSSHPublicKeyInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:GetSSHPublicKey", Some(&input.user_name)).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: GetSSHPublicKeyInput,
    ) -> Result<GetSSHPublicKeyOutput, IamError> {
        let owner = owner::of(call, Some(&input.user_name))?;
        let record = find(call, &owner, &input.ssh_public_key_id)?;
        let is_ssh = record.body.trim_start().starts_with("ssh-rsa");
        let body = match input.encoding {
            EncodingType::Ssh if is_ssh => record.body.clone(),
            EncodingType::Pem if !is_ssh => record.body.clone(),
            EncodingType::Ssh => parsed(&record.body)?.ssh(),
            EncodingType::Pem => parsed(&record.body)?.pem(),
        };
        Ok(GetSSHPublicKeyOutput {
            ssh_public_key: Some(shown(record, body, &owner)),
        })
    }
}

impl Operation for ListSSHPublicKeys {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListSSHPublicKeysInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:ListSSHPublicKeys", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListSSHPublicKeysInput,
    ) -> Result<ListSSHPublicKeysOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let prefix = owned_prefix(&owner.id);
        let page = page::of_records::<SshPublicKeyRecord>(
            call,
            &prefix,
            input.max_items,
            input.marker.as_deref(),
            |_| true,
        )?;
        Ok(ListSSHPublicKeysOutput {
            is_truncated: Some(page.is_truncated()),
            marker: page.marker,
            ssh_public_keys: Some(
                page.items
                    .into_iter()
                    .map(|(_, record)| SSHPublicKeyMetadata {
                        user_name: owner.name.clone().unwrap_or_default(),
                        ssh_public_key_id: record.id,
                        status: status::of(record.active),
                        upload_date: record.uploaded,
                    })
                    .collect(),
            ),
        })
    }
}

impl Operation for UpdateSSHPublicKey {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateSSHPublicKeyInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:UpdateSSHPublicKey", Some(&input.user_name)).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UpdateSSHPublicKeyInput,
    ) -> Result<UpdateSSHPublicKeyOutput, IamError> {
        let owner = owner::of(call, Some(&input.user_name))?;
        let active = status::asked(input.status)?;
        let mut record = find(call, &owner, &input.ssh_public_key_id)?;
        record.active = active;
        call.save(&owned(&owner.id, &record.id), &record)?;
        Ok(UpdateSSHPublicKeyOutput {})
    }
}

impl Operation for DeleteSSHPublicKey {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteSSHPublicKeyInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:DeleteSSHPublicKey", Some(&input.user_name)).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteSSHPublicKeyInput,
    ) -> Result<DeleteSSHPublicKeyOutput, IamError> {
        let owner = owner::of(call, Some(&input.user_name))?;
        let record = find(call, &owner, &input.ssh_public_key_id)?;
        call.remove::<SshPublicKeyRecord>(&owned(&owner.id, &record.id))?;
        Ok(DeleteSSHPublicKeyOutput {})
    }
}
