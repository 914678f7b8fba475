//! `CreateKey`.

use crate::KmsError;
use crate::api::operations::CreateKey;
use crate::api::types::{
    CreateKeyInput, CreateKeyOutput, KeyManagerType, KeySpec, KeyState, KeyUsageType, OriginType,
};
use crate::entity::{KeyRecord, MultiRegionRecord, TagRecord};
use crate::view::Place;
use crate::{blob, key_policy, material, metadata, spec};
use kernel::{Call, Check, Operation, Plan, Registry, ids};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<CreateKey>();
}

impl Operation for CreateKey {
    type Error = KmsError;

    fn plan(_call: &mut Call, input: &CreateKeyInput) -> Result<Plan, KmsError> {
        let flag = |value: Option<bool>| if value == Some(true) { "true" } else { "false" };
        let tags = input.tags.iter().flatten();
        let check = Check::new("kms:CreateKey", "*")
            .key("kms:KeySpec", wanted_spec(input)?.as_str())
            .optional_key("kms:KeyUsage", input.key_usage.map(KeyUsageType::as_str))
            .key("kms:KeyOrigin", origin(input).as_str())
            .key("kms:MultiRegion", flag(input.multi_region))
            .key(
                "kms:BypassPolicyLockoutSafetyCheck",
                flag(input.bypass_policy_lockout_safety_check),
            )
            .request_tags(tags.map(|tag| (tag.tag_key.as_str(), tag.tag_value.as_str())));
        Ok(Plan::new(check))
    }

    async fn handle(call: &mut Call, input: CreateKeyInput) -> Result<CreateKeyOutput, KmsError> {
        let spec = wanted_spec(&input)?;
        let usage = usage(spec, input.key_usage)?;
        let multi_region = input.multi_region == Some(true);
        let place = Place::new(call.account(), &call.region, &new_id(call, multi_region));
        let made = material::generate(call, spec).await?;
        let id = material::save_first(call, &place, &made)?;
        let policy = input
            .policy
            .unwrap_or_else(|| key_policy::default_document(call.partition(), call.account()));
        let record = KeyRecord {
            id: place.id.to_string(),
            created: call.now,
            description: input.description.unwrap_or_default(),
            spec,
            usage,
            origin: OriginType::AwsKms,
            manager: KeyManagerType::Customer,
            enabled: true,
            policy,
            principals: Vec::new(),
            tags: input
                .tags
                .into_iter()
                .flatten()
                .map(|tag| TagRecord {
                    key: tag.tag_key,
                    value: tag.tag_value,
                })
                .collect(),
            deletion: None,
            multi_region: multi_region.then(|| MultiRegionRecord {
                primary: call.region.clone(),
                replicas: Vec::new(),
            }),
            rotation: None,
            current_material: Some(id),
            custom_key_store: None,
            xks_key: None,
        };
        call.save_in(place.account, &place.region, &place.id, &record)?;
        let partition = call.partition();
        call.note_resource(place.key_arn(partition), "AWS::KMS::Key");
        let shown = metadata::of(partition, &place, &record, KeyState::Enabled, None);
        Ok(CreateKeyOutput {
            key_metadata: Some(shown),
        })
    }
}

/// A fresh id.
fn new_id(call: &Call, multi_region: bool) -> String {
    if multi_region {
        format!("mrk-{}", blob::hex(&call.random::<16>()))
    } else {
        ids::uuid(call.host().random.as_ref())
    }
}

fn origin(input: &CreateKeyInput) -> OriginType {
    input.origin.unwrap_or(OriginType::AwsKms)
}

/// `KeySpec`, or its old name.
fn wanted_spec(input: &CreateKeyInput) -> Result<KeySpec, KmsError> {
    match (input.key_spec, input.customer_master_key_spec) {
        (Some(_), Some(_)) => Err(KmsError::Validation(
            "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated."
                .to_owned(),
        )),
        (Some(spec), None) => Ok(spec),
        (None, Some(old)) => old
            .as_str()
            .parse()
            .map_err(|_| KmsError::UnsupportedOperation(format!("KeySpec {old} is not supported"))),
        (None, None) => Ok(KeySpec::SymmetricDefault),
    }
}

/// What the key is for. Specs with several uses, and all but the symmetric one, need to be told.
fn usage(spec: KeySpec, wanted: Option<KeyUsageType>) -> Result<KeyUsageType, KmsError> {
    match wanted {
        Some(wanted) if spec::usages(spec).contains(&wanted) => Ok(wanted),
        Some(wanted) => Err(KmsError::Validation(format!(
            "KeyUsage {wanted} is not compatible with KeySpec {spec}"
        ))),
        None if spec == KeySpec::SymmetricDefault => Ok(KeyUsageType::EncryptDecrypt),
        None => Err(KmsError::Validation(
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
                .to_owned(),
        )),
    }
}
