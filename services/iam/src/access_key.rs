//! Access keys: their records, their operations, and the root user's first key.

use crate::api::operations::{
    CreateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed, ListAccessKeys, UpdateAccessKey,
};
use crate::api::types::{
    AccessKey, AccessKeyLastUsed, AccessKeyMetadata, CreateAccessKeyInput, CreateAccessKeyOutput,
    DeleteAccessKeyInput, DeleteAccessKeyOutput, GetAccessKeyLastUsedInput,
    GetAccessKeyLastUsedOutput, ListAccessKeysInput, ListAccessKeysOutput, StatusType,
    UpdateAccessKeyInput, UpdateAccessKeyOutput,
};
use crate::entity::{ROOT_OWNER, owned, owned_prefix};
use crate::owner::{self, Owner};
use crate::{IamError, page, quota, target, time};
use arn::{AccountId, UniqueIdPrefix};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::{Keyring, Random, Sealer, SecretString};
use jiff::Timestamp;
use kernel::world::KeyOwner;
use kernel::{Call, Check, Entity, Failure, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// Quota "Access keys assigned to an IAM user" and "... to the AWS account root user"
/// ("IAM and AWS STS quotas").
const MAX_KEYS: usize = 2;

/// Adds the operations on access keys to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateAccessKey>()
        .serve::<DeleteAccessKey>()
        .serve::<GetAccessKeyLastUsed>()
        .serve::<ListAccessKeys>()
        .serve::<UpdateAccessKey>();
}

/// An access key. The record's key is [`owned`]`(owner, id)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyRecord {
    /// `AKIA...`
    pub id: String,
    /// The unique id of the user, or [`ROOT_OWNER`].
    pub owner: String,
    /// The secret access key, sealed for its account and id, in base64.
    pub sealed: String,
    /// `Active`, not `Inactive`.
    pub active: bool,
    /// When it was created.
    pub created: Timestamp,
}

impl Entity for AccessKeyRecord {
    const KIND: &'static str = "iam.access-key";
}

/// A secret access key that cannot be unsealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret of an access key cannot be unsealed")]
pub struct UnsealError;

impl AccessKeyRecord {
    /// Who acts with the key.
    #[must_use]
    pub fn owner(&self) -> KeyOwner {
        if self.owner == ROOT_OWNER {
            KeyOwner::Root
        } else {
            KeyOwner::User(self.owner.as_str().into())
        }
    }

    /// The secret access key.
    ///
    /// # Errors
    /// The record was changed, belongs to another account, or was sealed under another root key.
    pub fn unseal(&self, sealer: &Sealer, account: AccountId) -> Result<SecretString, UnsealError> {
        let sealed = STANDARD.decode(&self.sealed).map_err(|_| UnsealError)?;
        let secret = sealer
            .open(&context(&account, &self.owner, &self.id), &sealed)
            .map_err(|_| UnsealError)?;
        secret.to_text().ok_or(UnsealError)
    }

    fn status(&self) -> StatusType {
        if self.active {
            StatusType::Active
        } else {
            StatusType::Inactive
        }
    }
}

/// The sealer of secret access keys.
#[must_use]
pub fn sealer(keyring: &Keyring) -> Sealer {
    keyring.sealer("iam.access-key")
}

/// What a sealed secret belongs to: a record that is copied to another user or account does not open there.
fn context<'a>(account: &'a AccountId, owner: &'a str, id: &'a str) -> [&'a [u8]; 3] {
    [account.as_str().as_bytes(), owner.as_bytes(), id.as_bytes()]
}

/// A new access key, with the secret that is shown once.
pub struct NewAccessKey {
    /// What is stored.
    pub record: AccessKeyRecord,
    /// The secret access key.
    pub secret: SecretString,
}

/// Makes an access key of a user (by unique id) or of [`ROOT_OWNER`]. Nothing is stored.
///
/// # Errors
/// The secret cannot be sealed.
pub fn generate(
    account: AccountId,
    owner: &str,
    keyring: &Keyring,
    random: &dyn Random,
    now: Timestamp,
) -> Result<NewAccessKey, crypto::SealError> {
    let id = kernel::ids::unique_id(random, UniqueIdPrefix::AccessKey, account);
    let secret = crypto::random_secret_access_key(random);
    let record = AccessKeyRecord {
        sealed: sealed(account, owner, &id, &secret, keyring, random)?,
        id,
        owner: owner.into(),
        active: true,
        created: time::seconds(now),
    };
    Ok(NewAccessKey { record, secret })
}

fn sealed(
    account: AccountId,
    owner: &str,
    id: &str,
    secret: &SecretString,
    keyring: &Keyring,
    random: &dyn Random,
) -> Result<String, crypto::SealError> {
    let context = context(&account, owner, id);
    let sealed = sealer(keyring).seal(&context, secret.expose().as_bytes(), random)?;
    Ok(STANDARD.encode(sealed))
}

/// Stages an access key of a user whose id and secret the operator chose. A key that the user
/// has under that id gets the secret and the status. AWS has no such operation: this is for the
/// operator of the server alone.
///
/// # Errors
/// `NoSuchEntity`; `EntityAlreadyExists` where the id is somebody else's; `LimitExceeded`.
pub fn import(
    call: &mut Call,
    user_name: &str,
    id: &str,
    secret: &SecretString,
    active: bool,
) -> Result<(), IamError> {
    let owner = crate::find::user(call, user_name)?.id;
    let name = owned(&owner, id);
    let old = call.load::<AccessKeyRecord>(&name)?;
    if old.is_none() {
        // One id authenticates one owner, in whatever account.
        let configured = &call.host().settings.configured;
        if call.world().access_key(id).is_some() || configured.iter().any(|key| key.id == id) {
            return Err(IamError::EntityAlreadyExists(format!(
                "The Access Key with id {id} already exists."
            )));
        }
        let prefix = owned_prefix(&owner);
        quota::room_under::<AccessKeyRecord>(call, &prefix, MAX_KEYS, "AccessKeysPerUser")?;
    }
    let (account, host) = (call.account(), call.host());
    let sealed = sealed(
        account,
        &owner,
        id,
        secret,
        &host.keyring,
        host.random.as_ref(),
    )
    .map_err(|error| IamError::Failure(Failure::internal(&error)))?;
    let record = AccessKeyRecord {
        id: id.into(),
        owner,
        sealed,
        active,
        created: old.map_or_else(|| time::seconds(call.now), |old| old.created),
    };
    call.save(&name, &record)?;
    Ok(())
}

/// The first access key of an account cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateRootError {
    /// The secret cannot be sealed.
    #[error(transparent)]
    Seal(#[from] crypto::SealError),
    /// The record cannot be staged.
    #[error(transparent)]
    Record(#[from] kernel::RecordError),
}

/// Makes an access key of an account's root user and stages its record: how an account begins.
///
/// # Errors
/// The secret cannot be sealed or the record not be staged.
pub fn create_root(
    tx: &mut store::Tx,
    account: AccountId,
    keyring: &Keyring,
    random: &dyn Random,
    now: Timestamp,
) -> Result<NewAccessKey, CreateRootError> {
    let new = generate(account, ROOT_OWNER, keyring, random, now)?;
    let name = owned(ROOT_OWNER, &new.record.id);
    let key = kernel::record::key::<AccessKeyRecord>(account.as_str(), "", &name)
        .map_err(kernel::RecordError::from)?;
    tx.put(key, kernel::record::encode(&new.record)?);
    Ok(new)
}

impl Operation for CreateAccessKey {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateAccessKeyInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:CreateAccessKey", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: CreateAccessKeyInput,
    ) -> Result<CreateAccessKeyOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        quota::room_under::<AccessKeyRecord>(
            call,
            &owned_prefix(&owner.id),
            MAX_KEYS,
            "AccessKeysPerUser",
        )?;
        let host = call.host();
        let new = generate(
            call.account(),
            &owner.id,
            &host.keyring,
            host.random.as_ref(),
            call.now,
        )
        .map_err(|error| IamError::Failure(Failure::internal(&error)))?;
        call.save(&owned(&owner.id, &new.record.id), &new.record)?;
        Ok(CreateAccessKeyOutput {
            access_key: AccessKey {
                // The root user has no user name, and the model wants one.
                user_name: owner.name.unwrap_or_default(),
                access_key_id: new.record.id,
                status: StatusType::Active,
                secret_access_key: new.secret.expose().to_owned(),
                create_date: Some(new.record.created),
            },
        })
    }
}

impl Operation for ListAccessKeys {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListAccessKeysInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:ListAccessKeys", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListAccessKeysInput,
    ) -> Result<ListAccessKeysOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let mut keys = of_owner(call, &owner.id)?;
        keys.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
        let page = page::of_list(
            keys,
            |key| key.id.clone(),
            input.max_items,
            input.marker.as_deref(),
        )?;
        Ok(ListAccessKeysOutput {
            is_truncated: Some(page.is_truncated()),
            marker: page.marker,
            access_key_metadata: page
                .items
                .into_iter()
                .map(|key| AccessKeyMetadata {
                    user_name: owner.name.clone(),
                    status: Some(key.status()),
                    create_date: Some(key.created),
                    access_key_id: Some(key.id),
                })
                .collect(),
        })
    }
}

impl Operation for UpdateAccessKey {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateAccessKeyInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:UpdateAccessKey", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UpdateAccessKeyInput,
    ) -> Result<UpdateAccessKeyOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let active = match input.status {
            StatusType::Active => true,
            StatusType::Inactive => false,
            StatusType::Expired => {
                return Err(IamError::InvalidInput(
                    "Expired is not a status that an access key can be given.".into(),
                ));
            }
        };
        let mut key = find_key(call, &owner, &input.access_key_id)?;
        key.active = active;
        call.save(&owned(&owner.id, &key.id), &key)?;
        Ok(UpdateAccessKeyOutput {})
    }
}

impl Operation for DeleteAccessKey {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteAccessKeyInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:DeleteAccessKey", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteAccessKeyInput,
    ) -> Result<DeleteAccessKeyOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let key = find_key(call, &owner, &input.access_key_id)?;
        call.remove::<AccessKeyRecord>(&owned(&owner.id, &key.id))?;
        Ok(DeleteAccessKeyOutput {})
    }
}

impl Operation for GetAccessKeyLastUsed {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetAccessKeyLastUsedInput) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:GetAccessKeyLastUsed";
        Ok(Plan::new(match owner_of_key(call, &input.access_key_id) {
            Some(KeyOwner::User(id)) => match call
                .world()
                .principal(&id)
                .map(|user| user.name.to_string())
            {
                Some(name) => target::user(call, ACTION, &name)?,
                None => Check::new(ACTION, target::arn(call, "user", "/", "*")),
            },
            // Keys that are not of this account look like those of nobody.
            Some(KeyOwner::Root) | None => Check::new(ACTION, target::arn(call, "user", "/", "*")),
        }))
    }

    async fn handle(
        call: &mut Call,
        input: GetAccessKeyLastUsedInput,
    ) -> Result<GetAccessKeyLastUsedOutput, IamError> {
        let Some(owner) = owner_of_key(call, &input.access_key_id) else {
            // Whether such a key exists anywhere else is nobody's business ("GetAccessKeyLastUsed").
            return Err(IamError::AccessDenied(format!(
                "User: {} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {}",
                call.caller.arn(),
                input.access_key_id
            )));
        };
        let user_name = match owner {
            KeyOwner::User(id) => call
                .world()
                .principal(&id)
                .map(|user| user.name.to_string()),
            KeyOwner::Root => None,
        };
        let used = call.last_use(call.account(), &input.access_key_id)?;
        let unknown = || "N/A".to_owned();
        Ok(GetAccessKeyLastUsedOutput {
            user_name,
            access_key_last_used: Some(AccessKeyLastUsed {
                last_used_date: used.as_ref().map(|used| time::seconds(used.at)),
                service_name: used
                    .as_ref()
                    .map_or_else(unknown, |used| used.service.clone()),
                region: used
                    .as_ref()
                    .map_or_else(unknown, |used| used.region.clone()),
            }),
        })
    }
}

/// The access keys of a user (by unique id) or of [`ROOT_OWNER`], at most as many as one can have.
///
/// # Errors
/// The store's failure.
pub fn of_owner(call: &mut Call, owner: &str) -> Result<Vec<AccessKeyRecord>, IamError> {
    let keys = call.list::<AccessKeyRecord>(&owned_prefix(owner), None, MAX_KEYS)?;
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

fn find_key(call: &mut Call, owner: &Owner, id: &str) -> Result<AccessKeyRecord, IamError> {
    call.load::<AccessKeyRecord>(&owned(&owner.id, id))?
        .ok_or_else(|| {
            IamError::NoSuchEntity(format!("The Access Key with id {id} cannot be found."))
        })
}

/// Who acts with a key of the caller's account.
fn owner_of_key(call: &Call, id: &str) -> Option<KeyOwner> {
    call.world()
        .access_key(id)
        .filter(|key| key.account == call.account())
        .map(|key| key.owner.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::{RootKey, SeededRandom};

    #[test]
    fn a_sealed_secret_opens_for_its_own_record_only() {
        let random = SeededRandom::new(7);
        let keyring = Keyring::derive(&RootKey::ephemeral(&random));
        let account: AccountId = "111122223333".parse().unwrap();
        let new = generate(
            account,
            "AIDACKCEVSQ6C2EXAMPLE",
            &keyring,
            &random,
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        let sealer = sealer(&keyring);
        let opened = new.record.unseal(&sealer, account).unwrap();
        assert_eq!(opened.expose(), new.secret.expose());
        assert_eq!(arn::account_of_key_id(&new.record.id), Some(account));
        let copied = |change: fn(&mut AccessKeyRecord)| {
            let mut record = new.record.clone();
            change(&mut record);
            record.unseal(&sealer, account).is_err()
        };
        assert!(copied(|record| record.owner = ROOT_OWNER.into()));
        assert!(copied(|record| record.id = "AKIAIOSFODNN7EXAMPLE".into()));
        assert!(copied(|record| record.sealed = "no base64".into()));
        let other = Keyring::derive(&RootKey::ephemeral(&SeededRandom::new(8)));
        assert!(new.record.unseal(&super::sealer(&other), account).is_err());
        assert!(
            new.record
                .unseal(&sealer, "444455556666".parse().unwrap())
                .is_err()
        );
    }
}
