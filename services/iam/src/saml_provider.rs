//! SAML providers, whose assertions `AssumeRoleWithSAML` takes.

use crate::api::operations::{
    CreateSAMLProvider, DeleteSAMLProvider, GetSAMLProvider, ListSAMLProviders, UpdateSAMLProvider,
};
use crate::api::types::{
    AssertionEncryptionModeType, CreateSAMLProviderInput, CreateSAMLProviderOutput,
    DeleteSAMLProviderInput, DeleteSAMLProviderOutput, GetSAMLProviderInput, GetSAMLProviderOutput,
    ListSAMLProvidersInput, ListSAMLProvidersOutput, SAMLPrivateKey, SAMLProviderListEntry,
    UpdateSAMLProviderInput, UpdateSAMLProviderOutput,
};
use crate::credential_tag::Taggable;
use crate::entity::{TagRecord, folded};
use crate::saml_metadata::{self, Metadata};
use crate::{IamError, certificate, mfa, quota, tag, time};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use kernel::{Call, Check, Entity, Failure, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// Quota "SAML providers in an account" ("IAM and AWS STS quotas").
const MAX_PROVIDERS: usize = 100;
/// Private keys of a provider ("UpdateSAMLProvider").
const MAX_PRIVATE_KEYS: usize = 2;

/// Adds the operations on SAML providers to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateSAMLProvider>()
        .serve::<DeleteSAMLProvider>()
        .serve::<GetSAMLProvider>()
        .serve::<ListSAMLProviders>()
        .serve::<UpdateSAMLProvider>();
}

/// A SAML provider. It is kept under its lower-case name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlProviderRecord {
    /// The name, in its own case.
    pub name: String,
    /// The id that `GetSAMLProvider` shows.
    pub uuid: String,
    /// The metadata document as it was given.
    pub metadata: String,
    /// The issuer of its assertions.
    pub entity_id: String,
    /// When it was created.
    pub created: Timestamp,
    /// When the first of its certificates ends.
    #[serde(default)]
    pub expires: Option<Timestamp>,
    /// `Required`, `Allowed`, or nothing.
    #[serde(default)]
    pub encryption_mode: Option<String>,
    /// Keys for encrypted assertions.
    #[serde(default)]
    pub private_keys: Vec<SamlPrivateKey>,
    /// Its tags, in the order they were set.
    #[serde(default)]
    pub tags: Vec<TagRecord>,
}

/// A key for encrypted assertions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamlPrivateKey {
    /// 32 letters and digits.
    pub id: String,
    /// The private key in PEM, sealed for its account and id, in base64.
    pub sealed: String,
    /// When it was uploaded.
    pub uploaded: Timestamp,
}

impl Entity for SamlProviderRecord {
    const KIND: &'static str = "iam.saml-provider";
}

impl Taggable for SamlProviderRecord {
    fn check(call: &mut Call, action: &'static str, id: &str) -> Result<Check, IamError> {
        let check = Check::new(action, id.to_owned());
        Ok(match load(call, id)? {
            Some(record) => check.resource_tags(tag::pairs(&record.tags)),
            None => check,
        })
    }

    fn find(call: &mut Call, id: &str) -> Result<Self, IamError> {
        load(call, id)?
            .ok_or_else(|| IamError::NoSuchEntity(format!("Manifest not found for arn {id}")))
    }

    fn tags(&mut self) -> &mut Vec<TagRecord> {
        &mut self.tags
    }

    fn store(&self, call: &mut Call) -> Result<(), IamError> {
        Ok(call.save(&folded(&self.name), self)?)
    }
}

fn arn(call: &Call, name: &str) -> String {
    format!(
        "arn:{}:iam::{}:saml-provider/{name}",
        call.partition().as_str(),
        call.account()
    )
}

/// A provider of the caller's account by its ARN, spelled as it was created.
fn load(call: &mut Call, provider: &str) -> Result<Option<SamlProviderRecord>, IamError> {
    let start = arn(call, "");
    let Some(name) = provider
        .strip_prefix(&start)
        .filter(|name| !name.contains('\0'))
    else {
        return Ok(None);
    };
    Ok(call
        .load::<SamlProviderRecord>(&folded(name))?
        .filter(|record| record.name == name))
}

fn parsed(document: &str) -> Result<Metadata, IamError> {
    saml_metadata::parse(document)
        .ok_or_else(|| IamError::InvalidInput("Could not parse metadata".into()))
}

/// Seals a private key that a request adds.
fn sealed_key(call: &Call, pem: &str) -> Result<SamlPrivateKey, IamError> {
    if certificate::private_key(pem).is_none() {
        return Err(IamError::InvalidInput(
            "Could not parse private key. It must be in PEM format.".into(),
        ));
    }
    let id = mfa::qr::base32(&call.random::<20>()).expose().to_owned();
    let host = call.host();
    let account = call.account();
    let context = [account.as_str().as_bytes(), id.as_bytes()];
    let sealed = host
        .keyring
        .sealer("iam.saml-provider")
        .seal(&context, pem.as_bytes(), host.random.as_ref())
        .map_err(|error| IamError::Failure(Failure::internal(&error)))?;
    Ok(SamlPrivateKey {
        id,
        sealed: STANDARD.encode(sealed),
        uploaded: time::seconds(call.now),
    })
}

fn mode(mode: Option<AssertionEncryptionModeType>) -> Option<String> {
    mode.map(|mode| mode.as_str().to_owned())
}

impl Operation for CreateSAMLProvider {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateSAMLProviderInput) -> Result<Plan, IamError> {
        let arn = arn(call, &input.name);
        let tags = || tag::request_pairs(input.tags.as_ref());
        let plan =
            Plan::new(Check::new("iam:CreateSAMLProvider", arn.clone()).request_tags(tags()));
        // Tags at creation need their own permission ("Tagging IAM SAML identity providers").
        Ok(match tags().next() {
            Some(_) => plan.and(Check::new("iam:TagSAMLProvider", arn).request_tags(tags())),
            None => plan,
        })
    }

    async fn handle(
        call: &mut Call,
        input: CreateSAMLProviderInput,
    ) -> Result<CreateSAMLProviderOutput, IamError> {
        let metadata = parsed(&input.saml_metadata_document)?;
        if call
            .load::<SamlProviderRecord>(&folded(&input.name))?
            .is_some()
        {
            let text = format!("SAMLProvider with name {} already exists.", input.name);
            return Err(IamError::EntityAlreadyExists(text));
        }
        quota::room_under::<SamlProviderRecord>(
            call,
            "",
            MAX_PROVIDERS,
            "SAMLProvidersPerAccount",
        )?;
        let record = SamlProviderRecord {
            name: input.name,
            uuid: kernel::ids::uuid(call.host().random.as_ref()),
            metadata: input.saml_metadata_document,
            entity_id: metadata.entity_id,
            created: time::seconds(call.now),
            expires: metadata.expires,
            encryption_mode: mode(input.assertion_encryption_mode),
            private_keys: input
                .add_private_key
                .iter()
                .map(|pem| sealed_key(call, pem))
                .collect::<Result<_, _>>()?,
            tags: tag::checked(input.tags.unwrap_or_default())?,
        };
        record.store(call)?;
        Ok(CreateSAMLProviderOutput {
            saml_provider_arn: Some(arn(call, &record.name)),
            tags: (!record.tags.is_empty()).then(|| tag::shown(&record.tags)),
        })
    }
}

impl Operation for GetSAMLProvider {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetSAMLProviderInput) -> Result<Plan, IamError> {
        SamlProviderRecord::check(call, "iam:GetSAMLProvider", &input.saml_provider_arn)
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: GetSAMLProviderInput,
    ) -> Result<GetSAMLProviderOutput, IamError> {
        let record = SamlProviderRecord::find(call, &input.saml_provider_arn)?;
        let keys = record.private_keys.into_iter();
        let keys: Vec<_> = keys
            .map(|key| SAMLPrivateKey {
                key_id: Some(key.id),
                timestamp: Some(key.uploaded),
            })
            .collect();
        Ok(GetSAMLProviderOutput {
            saml_provider_uuid: Some(record.uuid),
            create_date: Some(record.created),
            valid_until: record.expires,
            tags: Some(tag::shown(&record.tags)),
            saml_metadata_document: Some(record.metadata),
            assertion_encryption_mode: record.encryption_mode.and_then(|mode| mode.parse().ok()),
            private_key_list: (!keys.is_empty()).then_some(keys),
        })
    }
}

impl Operation for ListSAMLProviders {
    type Error = IamError;

    fn plan(_call: &mut Call, _input: &ListSAMLProvidersInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:ListSAMLProviders", "*")))
    }

    async fn handle(
        call: &mut Call,
        _input: ListSAMLProvidersInput,
    ) -> Result<ListSAMLProvidersOutput, IamError> {
        let records = call.list::<SamlProviderRecord>("", None, MAX_PROVIDERS)?;
        Ok(ListSAMLProvidersOutput {
            saml_provider_list: Some(
                records
                    .into_iter()
                    .map(|(_, record)| SAMLProviderListEntry {
                        arn: Some(arn(call, &record.name)),
                        valid_until: record.expires,
                        create_date: Some(record.created),
                    })
                    .collect(),
            ),
        })
    }
}

impl Operation for UpdateSAMLProvider {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateSAMLProviderInput) -> Result<Plan, IamError> {
        SamlProviderRecord::check(call, "iam:UpdateSAMLProvider", &input.saml_provider_arn)
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UpdateSAMLProviderInput,
    ) -> Result<UpdateSAMLProviderOutput, IamError> {
        let mut record = SamlProviderRecord::find(call, &input.saml_provider_arn)?;
        if let Some(document) = input.saml_metadata_document {
            let metadata = parsed(&document)?;
            record.metadata = document;
            record.entity_id = metadata.entity_id;
            record.expires = metadata.expires;
        }
        if input.assertion_encryption_mode.is_some() {
            record.encryption_mode = mode(input.assertion_encryption_mode);
        }
        if let Some(id) = input.remove_private_key {
            let before = record.private_keys.len();
            record.private_keys.retain(|key| key.id != id);
            if record.private_keys.len() == before {
                return Err(IamError::NoSuchEntity(format!(
                    "The private key with id {id} cannot be found."
                )));
            }
        }
        if let Some(pem) = input.add_private_key {
            if record.private_keys.len() >= MAX_PRIVATE_KEYS {
                return Err(quota::exceeded("PrivateKeysPerSAMLProvider", 2));
            }
            record.private_keys.push(sealed_key(call, &pem)?);
        }
        record.store(call)?;
        Ok(UpdateSAMLProviderOutput {
            saml_provider_arn: Some(arn(call, &record.name)),
        })
    }
}

impl Operation for DeleteSAMLProvider {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteSAMLProviderInput) -> Result<Plan, IamError> {
        SamlProviderRecord::check(call, "iam:DeleteSAMLProvider", &input.saml_provider_arn)
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteSAMLProviderInput,
    ) -> Result<DeleteSAMLProviderOutput, IamError> {
        let record = SamlProviderRecord::find(call, &input.saml_provider_arn)?;
        call.remove::<SamlProviderRecord>(&folded(&record.name))?;
        Ok(DeleteSAMLProviderOutput {})
    }
}
