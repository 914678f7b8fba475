//! Credentials of users for one service, such as CodeCommit's user names and passwords.
//!
//! A password is shown once. What is kept of it is a code under a key of the server, enough to
//! recognize it and not enough to make it.

use crate::api::operations::{
    CreateServiceSpecificCredential, DeleteServiceSpecificCredential,
    ListServiceSpecificCredentials, ResetServiceSpecificCredential,
    UpdateServiceSpecificCredential,
};
use crate::api::types::{
    CreateServiceSpecificCredentialInput, CreateServiceSpecificCredentialOutput,
    DeleteServiceSpecificCredentialInput, DeleteServiceSpecificCredentialOutput,
    ListServiceSpecificCredentialsInput, ListServiceSpecificCredentialsOutput,
    ResetServiceSpecificCredentialInput, ResetServiceSpecificCredentialOutput,
    ServiceSpecificCredential, ServiceSpecificCredentialMetadata, StatusType,
    UpdateServiceSpecificCredentialInput, UpdateServiceSpecificCredentialOutput,
};
use crate::entity::{owned, owned_prefix};
use crate::owner::{self, Owner};
use crate::{IamError, ids, page, status, target, time};
use arn::UniqueIdPrefix;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::SecretString;
use jiff::{SignedDuration, Timestamp};
use kernel::{Call, Check, Entity, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Sets of credentials for each service ("CreateServiceSpecificCredential").
const MAX_PER_SERVICE: usize = 2;

/// More than a user can have: two sets for each service.
const MAX_PER_USER: usize = 100;

/// Services with a user name and a password.
const PASSWORD_SERVICES: [&str; 2] = ["codecommit.amazonaws.com", "cassandra.amazonaws.com"];
/// Services with long-term API keys ("API keys for AWS services").
const API_KEY_SERVICES: [&str; 2] = ["bedrock.amazonaws.com", "logs.amazonaws.com"];

const SERVICE_KEY: &str = "iam:ServiceSpecificCredentialServiceName";

/// Adds the operations on service-specific credentials to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateServiceSpecificCredential>()
        .serve::<DeleteServiceSpecificCredential>()
        .serve::<ListServiceSpecificCredentials>()
        .serve::<ResetServiceSpecificCredential>()
        .serve::<UpdateServiceSpecificCredential>();
}

/// A service-specific credential. The record's key is [`owned`]`(owner, id)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSpecificCredentialRecord {
    /// `ACCA...`
    pub id: String,
    /// The service, such as `codecommit.amazonaws.com`.
    pub service: String,
    /// The user name for the service, or the public part of an API key.
    pub service_user: String,
    /// The code of the password or of the API key's secret, in base64.
    pub code: String,
    /// `Active`, not `Inactive`.
    pub active: bool,
    /// When it was created.
    pub created: Timestamp,
    /// When it ends.
    #[serde(default)]
    pub expires: Option<Timestamp>,
}

impl Entity for ServiceSpecificCredentialRecord {
    const KIND: &'static str = "iam.service-specific-credential";
}

impl ServiceSpecificCredentialRecord {
    fn is_api_key(&self) -> bool {
        API_KEY_SERVICES.contains(&self.service.as_str())
    }

    fn status(&self, now: Timestamp) -> StatusType {
        if self.expires.is_some_and(|end| end <= now) {
            StatusType::Expired
        } else {
            status::of(self.active)
        }
    }
}

fn check_service(service: &str) -> Result<(), IamError> {
    if PASSWORD_SERVICES.contains(&service) || API_KEY_SERVICES.contains(&service) {
        return Ok(());
    }
    Err(IamError::NoSuchEntity(format!(
        "No such service {service} is supported for Service Specific Credentials"
    )))
}

/// An action on a user's credential, with the service that it is for.
fn check(
    call: &mut Call,
    action: &'static str,
    user_name: Option<&str>,
    id: &str,
) -> Result<Check, IamError> {
    let check = owner::check(call, action, user_name)?;
    let service = match owner::of(call, user_name) {
        Ok(owner) => call
            .load::<ServiceSpecificCredentialRecord>(&owned(&owner.id, id))?
            .map(|record| record.service),
        Err(_) => None,
    };
    Ok(check.optional_key(SERVICE_KEY, service))
}

fn find(
    call: &mut Call,
    owner: &Owner,
    id: &str,
) -> Result<ServiceSpecificCredentialRecord, IamError> {
    call.load::<ServiceSpecificCredentialRecord>(&owned(&owner.id, id))?
        .ok_or_else(|| IamError::NoSuchEntity(format!("No such credential {id} exists")))
}

/// A new secret of a record: 60 characters, as AWS's passwords are, or an API key.
fn fresh_secret(call: &Call, record: &mut ServiceSpecificCredentialRecord) -> SecretString {
    // 44 bytes are 59 characters of base64 and one `=`.
    let text = Zeroizing::new(STANDARD.encode(call.random::<44>()));
    let secret = if record.is_api_key() {
        let both = Zeroizing::new(format!("{}:{}", record.service_user, *text));
        SecretString::new(format!("ABSK{}", STANDARD.encode(both.as_bytes())))
    } else {
        SecretString::new(text.to_string())
    };
    let key = call
        .host()
        .keyring
        .mac_key("iam.service-specific-credential");
    record.code = STANDARD.encode(key.sign(secret.expose().as_bytes()));
    secret
}

fn shown(
    call: &Call,
    owner: &Owner,
    record: ServiceSpecificCredentialRecord,
    secret: &SecretString,
) -> ServiceSpecificCredential {
    let status = record.status(call.now);
    let api_key = record.is_api_key();
    let secret = secret.expose().to_owned();
    let user = record.service_user;
    ServiceSpecificCredential {
        create_date: record.created,
        expiration_date: record.expires,
        service_name: record.service,
        service_user_name: (!api_key).then(|| user.clone()),
        service_password: (!api_key).then(|| secret.clone()),
        service_credential_alias: api_key.then_some(user),
        service_credential_secret: api_key.then_some(secret),
        service_specific_credential_id: record.id,
        user_name: owner.name.clone().unwrap_or_default(),
        status,
    }
}

impl Operation for CreateServiceSpecificCredential {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &CreateServiceSpecificCredentialInput,
    ) -> Result<Plan, IamError> {
        let check = owner::check(
            call,
            "iam:CreateServiceSpecificCredential",
            Some(&input.user_name),
        )?;
        let days = input.credential_age_days.map(|days| days.to_string());
        Ok(Plan::new(
            check
                .key(SERVICE_KEY, input.service_name.clone())
                .optional_key("iam:ServiceSpecificCredentialAgeDays", days),
        ))
    }

    async fn handle(
        call: &mut Call,
        input: CreateServiceSpecificCredentialInput,
    ) -> Result<CreateServiceSpecificCredentialOutput, IamError> {
        let owner = owner::of(call, Some(&input.user_name))?;
        check_service(&input.service_name)?;
        let prefix = owned_prefix(&owner.id);
        let existing = call.list::<ServiceSpecificCredentialRecord>(&prefix, None, MAX_PER_USER)?;
        let same: Vec<_> = existing
            .into_iter()
            .map(|(_, record)| record)
            .filter(|record| record.service == input.service_name)
            .collect();
        if same.len() >= MAX_PER_SERVICE {
            return Err(crate::quota::exceeded(
                "ServiceSpecificCredentialsPerUser",
                2,
            ));
        }
        let base = format!(
            "{}-at-{}",
            owner.name.as_deref().unwrap_or_default(),
            call.account()
        );
        let taken = |name: &str| same.iter().any(|record| record.service_user == name);
        let second = format!(
            "{}+1-at-{}",
            owner.name.as_deref().unwrap_or_default(),
            call.account()
        );
        let now = time::seconds(call.now);
        let mut record = ServiceSpecificCredentialRecord {
            id: ids::fresh(call, UniqueIdPrefix::ContextCredential),
            service_user: if taken(&base) { second } else { base },
            code: String::new(),
            active: true,
            created: now,
            expires: None,
            service: input.service_name,
        };
        if let Some(days) = input.credential_age_days {
            record.expires = Some(end(&record, days)?);
        }
        let secret = fresh_secret(call, &mut record);
        call.save(&owned(&owner.id, &record.id), &record)?;
        let credential = shown(call, &owner, record, &secret);
        Ok(CreateServiceSpecificCredentialOutput {
            service_specific_credential: Some(credential),
        })
    }
}

/// When a credential ends that shall last so many days.
fn end(record: &ServiceSpecificCredentialRecord, days: i32) -> Result<Timestamp, IamError> {
    if !record.is_api_key() {
        return Err(IamError::InvalidInput(format!(
            "CredentialAgeDays is not supported for {}.",
            record.service
        )));
    }
    let hours = i64::from(days).saturating_mul(24);
    record
        .created
        .checked_add(SignedDuration::from_hours(hours))
        .map_err(|_| IamError::InvalidInput("CredentialAgeDays is too large.".into()))
}

impl Operation for ListServiceSpecificCredentials {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &ListServiceSpecificCredentialsInput,
    ) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:ListServiceSpecificCredentials";
        Ok(Plan::new(if input.all_users == Some(true) {
            // Whoever lists those of all users must be allowed every user.
            Check::new(ACTION, target::arn(call, "user", "/", "*"))
        } else {
            owner::check(call, ACTION, input.user_name.as_deref())?
        }))
    }

    async fn handle(
        call: &mut Call,
        input: ListServiceSpecificCredentialsInput,
    ) -> Result<ListServiceSpecificCredentialsOutput, IamError> {
        let all = input.all_users == Some(true);
        if all && input.user_name.is_some() {
            return Err(IamError::Validation(
                "AllUsers cannot be specified together with UserName.".into(),
            ));
        }
        let owner = if all {
            None
        } else {
            Some(owner::of(call, input.user_name.as_deref())?)
        };
        if let Some(service) = &input.service_name {
            check_service(service)?;
        }
        let prefix = owner
            .as_ref()
            .map(|owner| owned_prefix(&owner.id))
            .unwrap_or_default();
        let keep = |record: &ServiceSpecificCredentialRecord| {
            input
                .service_name
                .as_ref()
                .is_none_or(|service| *service == record.service)
        };
        let page = page::of_records(
            call,
            &prefix,
            input.max_items,
            input.marker.as_deref(),
            keep,
        )?;
        let name_of = |call: &Call, key: &str| match &owner {
            Some(owner) => owner.name.clone().unwrap_or_default(),
            None => key
                .split_once('\u{1}')
                .and_then(|(id, _)| call.world().principal(id))
                .map(|user| user.name.to_string())
                .unwrap_or_default(),
        };
        Ok(ListServiceSpecificCredentialsOutput {
            is_truncated: Some(page.is_truncated()),
            marker: page.marker,
            service_specific_credentials: Some(
                page.items
                    .into_iter()
                    .map(|(key, record)| metadata(call, name_of(call, &key), record))
                    .collect(),
            ),
        })
    }
}

fn metadata(
    call: &Call,
    user_name: String,
    record: ServiceSpecificCredentialRecord,
) -> ServiceSpecificCredentialMetadata {
    let status = record.status(call.now);
    let api_key = record.is_api_key();
    let user = record.service_user;
    ServiceSpecificCredentialMetadata {
        user_name,
        status,
        service_user_name: (!api_key).then(|| user.clone()),
        service_credential_alias: api_key.then_some(user),
        create_date: record.created,
        expiration_date: record.expires,
        service_specific_credential_id: record.id,
        service_name: record.service,
    }
}

impl Operation for UpdateServiceSpecificCredential {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &UpdateServiceSpecificCredentialInput,
    ) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:UpdateServiceSpecificCredential";
        check(
            call,
            ACTION,
            input.user_name.as_deref(),
            &input.service_specific_credential_id,
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UpdateServiceSpecificCredentialInput,
    ) -> Result<UpdateServiceSpecificCredentialOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let mut record = find(call, &owner, &input.service_specific_credential_id)?;
        record.active = status::asked(input.status)?;
        call.save(&owned(&owner.id, &record.id), &record)?;
        Ok(UpdateServiceSpecificCredentialOutput {})
    }
}

impl Operation for ResetServiceSpecificCredential {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &ResetServiceSpecificCredentialInput,
    ) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:ResetServiceSpecificCredential";
        check(
            call,
            ACTION,
            input.user_name.as_deref(),
            &input.service_specific_credential_id,
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ResetServiceSpecificCredentialInput,
    ) -> Result<ResetServiceSpecificCredentialOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let mut record = find(call, &owner, &input.service_specific_credential_id)?;
        let secret = fresh_secret(call, &mut record);
        call.save(&owned(&owner.id, &record.id), &record)?;
        let credential = shown(call, &owner, record, &secret);
        Ok(ResetServiceSpecificCredentialOutput {
            service_specific_credential: Some(credential),
        })
    }
}

impl Operation for DeleteServiceSpecificCredential {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &DeleteServiceSpecificCredentialInput,
    ) -> Result<Plan, IamError> {
        const ACTION: &str = "iam:DeleteServiceSpecificCredential";
        check(
            call,
            ACTION,
            input.user_name.as_deref(),
            &input.service_specific_credential_id,
        )
        .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteServiceSpecificCredentialInput,
    ) -> Result<DeleteServiceSpecificCredentialOutput, IamError> {
        let owner = owner::of(call, input.user_name.as_deref())?;
        let record = find(call, &owner, &input.service_specific_credential_id)?;
        call.remove::<ServiceSpecificCredentialRecord>(&owned(&owner.id, &record.id))?;
        Ok(DeleteServiceSpecificCredentialOutput {})
    }
}
