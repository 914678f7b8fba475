//! `CreateKey`.

use super::quota;
use crate::KmsError;
use crate::api::operations::CreateKey;
use crate::api::types::{
    CreateKeyInput, CreateKeyOutput, KeyManagerType, KeySpec, KeyState, KeyUsageType, OriginType,
};
use crate::entity::{KeyRecord, MultiRegionRecord};
use crate::key_policy::{self, Bound};
use crate::view::Place;
use crate::{blob, custom_key_store, material, metadata, plan, spec, tag};
use kernel::{Call, Check, Operation, Plan, Registry, ids};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<CreateKey>();
}

impl Operation for CreateKey {
    type Error = KmsError;

    /// AWS also asks for `iam:CreateServiceLinkedRole` where a key is a multi-Region one or lives in a
    /// custom key store: with its role KMS reaches other regions and clusters. Here one server has all
    /// regions, and nobody to be given a role.
    fn plan(call: &mut Call, input: &CreateKeyInput) -> Result<Plan, KmsError> {
        let multi_region = input.multi_region == Some(true);
        let create = described(call, input, Check::new("kms:CreateKey", "*"))?
            .key(
                "kms:BypassPolicyLockoutSafetyCheck",
                flag(input.bypass_policy_lockout_safety_check),
            )
            .key("kms:MultiRegion", flag(input.multi_region))
            .optional_key("kms:MultiRegionKeyType", multi_region.then_some("PRIMARY"));
        let plan = Plan::new(create);
        if tag::pairs(input.tags.as_ref()).next().is_none() {
            return Ok(plan);
        }
        // The key has no id yet: what names all keys, or all multi-Region keys, names it
        // ("Allow a user to create KMS keys").
        let new = if multi_region { "mrk-*" } else { "*" };
        let resource = Place::new(call.account(), &call.region, new).key_arn(call.partition());
        let tag = Check::new("kms:TagResource", resource).owned_by(call.account());
        Ok(plan.and(described(call, input, tag)?))
    }

    async fn handle(call: &mut Call, input: CreateKeyInput) -> Result<CreateKeyOutput, KmsError> {
        let spec = wanted_spec(&input)?;
        let usage = usage(spec, input.key_usage)?;
        if spec::of(spec).is_none() {
            return Err(KmsError::UnsupportedOperation(format!(
                "KeySpec {spec} is not supported in this Region."
            )));
        }
        quota::room(call, &call.region)?;
        let multi_region = input.multi_region == Some(true);
        let place = Place::new(call.account(), &call.region, &new_id(call, multi_region));
        let mut record = record(call, &input, &place, (spec, usage))?;
        let bypassed = input.bypass_policy_lockout_safety_check;
        key_policy::keep_open(call, &place, &record, bypassed)?;
        if let Some(attached) =
            custom_key_store::attach(call, &input, spec, usage, &place.id).await?
        {
            record.custom_key_store = Some(attached.store);
            record.xks_key = Some(attached.external_key);
        }
        let mut state = KeyState::PendingImport;
        // Whoever brings the material brings it later.
        if record.origin != OriginType::External {
            let made = material::generate(call, spec).await?;
            record.current_material = Some(material::save_first(call, &place, &made)?);
            state = KeyState::Enabled;
        }
        call.save_in(place.account, &place.region, &place.id, &record)?;
        let partition = call.partition();
        call.note_resource(place.key_arn(partition), "AWS::KMS::Key");
        let shown = metadata::of(partition, &place, &record, state, None);
        Ok(CreateKeyOutput {
            key_metadata: Some(shown),
        })
    }
}

/// The condition keys of what is asked for.
fn described(call: &Call, input: &CreateKeyInput, check: Check) -> Result<Check, KmsError> {
    let spec = wanted_spec(input)?;
    // What is not said is what the key will be for.
    let usage = input.key_usage.or_else(|| usage(spec, None).ok());
    Ok(
        plan::spec_and_usage(plan::of_call(call, check), spec, usage)
            .key("kms:KeyOrigin", origin(input).as_str())
            .request_tags(tag::pairs(input.tags.as_ref())),
    )
}

fn flag(value: Option<bool>) -> &'static str {
    if value == Some(true) { "true" } else { "false" }
}

/// The new key, still without material.
fn record(
    call: &mut Call,
    input: &CreateKeyInput,
    place: &Place,
    (spec, usage): (KeySpec, KeyUsageType),
) -> Result<KeyRecord, KmsError> {
    let tags = tag::checked(input.tags.as_deref().unwrap_or_default())?;
    let policy = match &input.policy {
        Some(text) => key_policy::bind(call, text)?,
        None => Bound {
            text: key_policy::default_document(call.partition(), call.account()),
            principals: Vec::new(),
        },
    };
    Ok(KeyRecord {
        id: place.id.to_string(),
        created: call.now,
        description: input.description.clone().unwrap_or_default(),
        spec,
        usage,
        origin: origin(input),
        manager: KeyManagerType::Customer,
        enabled: true,
        policy: policy.text,
        principals: policy.principals,
        tags,
        deletion: None,
        multi_region: (input.multi_region == Some(true)).then(|| MultiRegionRecord {
            primary: call.region.clone(),
            replicas: Vec::new(),
        }),
        rotation: None,
        current_material: None,
        custom_key_store: None,
        xks_key: None,
    })
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
