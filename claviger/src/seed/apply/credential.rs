//! Passwords and access keys of users.

use super::super::operation::operations::ImportAccessKey;
use super::super::operation::types::ImportAccessKeyInput;
use super::super::spec::{At, KeySpec, UserSpec};
use super::{Applier, Done, NewKey, Stop};
use arn::AccountId;
use crypto::SecretString;
use service_iam::access_key::{self, AccessKeyRecord};
use service_iam::api::operations::{
    CreateAccessKey, CreateLoginProfile, UpdateAccessKey, UpdateLoginProfile,
};
use service_iam::api::types::{
    CreateAccessKeyInput, CreateLoginProfileInput, StatusType, UpdateAccessKeyInput,
    UpdateLoginProfileInput,
};
use service_iam::entity::{UserRecord, owned, owned_prefix};
use service_iam::login_profile::LoginProfileRecord;

/// More keys than a user can have.
const ALL_KEYS: usize = 16;

impl Applier<'_> {
    pub(super) async fn credentials(&mut self, id: AccountId, user: &UserSpec) -> Done {
        let Some(record) = self.records.named::<UserRecord>(id, &user.name.value)? else {
            return Ok(());
        };
        if let Some(password) = &user.password {
            self.password(id, &record, password).await?;
        }
        for key in &user.access_keys {
            if let KeySpec::Fixed {
                id: key_id,
                secret,
                active,
            } = key
            {
                self.fixed_key(id, &record, key_id, secret, *active).await?;
            }
        }
        let keys =
            self.records
                .under::<AccessKeyRecord>(id, &owned_prefix(&record.id), ALL_KEYS)?;
        let fixed = |key: &&AccessKeyRecord| {
            user.access_keys
                .iter()
                .any(|spec| spec.fixed_id() == Some(&key.id))
        };
        let others = keys.len() - keys.iter().filter(fixed).count();
        let wanted = user.access_keys.iter().filter_map(|spec| match spec {
            KeySpec::Any(place) => Some(place),
            KeySpec::Fixed { .. } => None,
        });
        for place in wanted.skip(others) {
            let input = CreateAccessKeyInput {
                user_name: Some(record.name.clone()),
            };
            let new = self
                .call::<CreateAccessKey>(id, place, input)
                .await?
                .access_key;
            self.new_keys.push(NewKey {
                account: id,
                user: record.name.clone(),
                id: new.access_key_id,
                secret: SecretString::new(new.secret_access_key),
            });
        }
        Ok(())
    }

    async fn password(
        &mut self,
        id: AccountId,
        user: &UserRecord,
        password: &At<SecretString>,
    ) -> Done {
        let text = password.value.expose().to_owned();
        let Some(old) = self.records.load::<LoginProfileRecord>(id, &user.id)? else {
            let input = CreateLoginProfileInput {
                user_name: Some(user.name.clone()),
                password: Some(text),
                password_reset_required: None,
            };
            return self
                .call::<CreateLoginProfile>(id, &password.span, input)
                .await
                .map(drop);
        };
        let secret = password.value.clone();
        let same = tokio::task::spawn_blocking(move || {
            crypto::verify_password(&old.hash, secret.expose().as_bytes())
        })
        .await
        .map_err(|error| Stop::Failed(error.into()))?;
        if same {
            return Ok(());
        }
        let input = UpdateLoginProfileInput {
            user_name: user.name.clone(),
            password: Some(text),
            password_reset_required: None,
        };
        self.call::<UpdateLoginProfile>(id, &password.span, input)
            .await
            .map(drop)
    }

    /// Without a status in the file a key keeps the one that it has.
    async fn fixed_key(
        &mut self,
        id: AccountId,
        user: &UserRecord,
        key_id: &At<String>,
        secret: &At<SecretString>,
        active: Option<bool>,
    ) -> Done {
        let old = self
            .records
            .load::<AccessKeyRecord>(id, &owned(&user.id, &key_id.value))?;
        let sealer = access_key::sealer(&self.kernel.host().keyring);
        let same_secret = match &old {
            Some(old) => {
                old.unseal(&sealer, id)
                    .map_err(|error| Stop::Failed(error.into()))?
                    == secret.value
            }
            None => false,
        };
        let was_active = old.as_ref().map(|old| old.active);
        let active = active.or(was_active).unwrap_or(true);
        if !same_secret {
            let input = ImportAccessKeyInput {
                user_name: user.name.clone(),
                access_key_id: key_id.value.clone(),
                secret_access_key: secret.value.expose().to_owned(),
                active,
            };
            return self
                .call::<ImportAccessKey>(id, &key_id.span, input)
                .await
                .map(drop);
        }
        if was_active == Some(active) {
            return Ok(());
        }
        let input = UpdateAccessKeyInput {
            user_name: Some(user.name.clone()),
            access_key_id: key_id.value.clone(),
            status: if active {
                StatusType::Active
            } else {
                StatusType::Inactive
            },
        };
        self.call::<UpdateAccessKey>(id, &key_id.span, input)
            .await
            .map(drop)
    }
}
