//! What the operator of a server may do with keys and clients may not: keys with ids and material of
//! the operator's choice, for seed files.
//!
//! No registry has this operation, so no request reaches it.

mod shapes;

pub use shapes::operations::{PutKey, SERVICE};
pub use shapes::types::{PutKeyInput, PutKeyOutput};

use crate::api::types::{KeyManagerType, OriginType, Tag};
use crate::entity::{AliasRecord, KeyRecord, MultiRegionRecord, RotationRecord, TagRecord};
use crate::view::{KeyView, KmsWorld, Place};
use crate::{KmsError, find, key_policy, material, spec, state};
use arn::AccountId;
use crypto::Keyring;
use crypto::kms::Material;
use jiff::{SignedDuration, Timestamp};
use kernel::world::World;
use kernel::{Call, Check, Operation, Plan};
use std::sync::Arc;

/// Why a key cannot be what the operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The spec and the usage do not fit.
    #[error("the usage does not fit the spec")]
    Usage,
    /// The material is none of the spec's.
    #[error("the material is none of this spec")]
    Material,
    /// There is a key of that id with another spec or usage, or other material: what it encrypted
    /// could not be decrypted any more.
    #[error("there is a key of this id already, with another spec, usage or material")]
    Other,
    /// The key waits for its deletion.
    #[error("the key of this id waits for its deletion")]
    Deleted,
    /// Keys of this spec do not rotate.
    #[error("only symmetric encryption keys rotate")]
    Rotation,
}

/// Whether a key is as the operator wants it; what is not said may be as it is.
///
/// # Errors
/// [`Obstacle`], where it cannot be brought in line.
pub fn is_as_wanted(
    world: &World,
    keyring: &Keyring,
    account: AccountId,
    wanted: &PutKeyInput,
) -> Result<bool, Obstacle> {
    let material = wanted_material(wanted)?;
    if !spec::usages(wanted.key_spec).contains(&wanted.key_usage) {
        return Err(Obstacle::Usage);
    }
    if wanted.rotation_period_in_days.is_some()
        && wanted.key_spec != crate::api::types::KeySpec::SymmetricDefault
    {
        return Err(Obstacle::Rotation);
    }
    let place = Place::new(account, &wanted.region, &wanted.id);
    let Some(kms) = KmsWorld::of(world) else {
        return Ok(false);
    };
    let Some(key) = kms.key(&place) else {
        return Ok(false);
    };
    obstacle(kms, keyring, key, wanted, material.as_ref()).map_or(Ok(()), Err)?;
    Ok(is_current(kms, key, wanted) && (wanted.policy.is_none() || is_bound(world, key)))
}

fn wanted_material(wanted: &PutKeyInput) -> Result<Option<Material>, Obstacle> {
    let Some(bytes) = &wanted.material else {
        return Ok(None);
    };
    let of = spec::of(wanted.key_spec).ok_or(Obstacle::Material)?;
    Material::import(of, bytes)
        .map(Some)
        .map_err(|_| Obstacle::Material)
}

/// What keeps a key that exists from being what is wanted.
fn obstacle(
    kms: &KmsWorld,
    keyring: &Keyring,
    key: &KeyView,
    wanted: &PutKeyInput,
    material: Option<&Material>,
) -> Option<Obstacle> {
    let record = &key.record;
    if record.deletion.is_some() {
        return Some(Obstacle::Deleted);
    }
    let same_kind = record.spec == wanted.key_spec
        && record.usage == wanted.key_usage
        && record.origin == OriginType::AwsKms
        && record.manager == KeyManagerType::Customer;
    // A key that rotated has the operator's material among its former ones.
    let has = |material: &Material| {
        let bytes = material.to_secret();
        kms.materials(&key.place)
            .filter_map(|view| view.open(key, keyring).ok().flatten())
            .any(|own| own.to_secret() == bytes)
    };
    (!same_kind || material.is_some_and(|material| !has(material))).then_some(Obstacle::Other)
}

/// Whether the users and roles that the policy named are there still: the file means those of its
/// names, also when they were made anew.
fn is_bound(world: &World, key: &KeyView) -> bool {
    key.record
        .principals
        .iter()
        .all(|binding| world.principal(&binding.id).is_some())
}

fn is_current(kms: &KmsWorld, key: &KeyView, wanted: &PutKeyInput) -> bool {
    let record = &key.record;
    let has_tag = |tag: &Tag| {
        record
            .tags
            .iter()
            .any(|own| own.key == tag.tag_key && own.value == tag.tag_value)
    };
    let has_alias = |name: &String| kms.aliases_of(&key.place).any(|own| **own == **name);
    let is = |wanted: &Option<String>, own: &str| wanted.as_ref().is_none_or(|text| text == own);
    let rotation = record
        .rotation
        .as_ref()
        .map(|rotation| rotation.period_days);
    is(&wanted.description, &record.description)
        && is(&wanted.policy, &record.policy)
        && wanted
            .enabled
            .is_none_or(|enabled| enabled == record.enabled)
        && wanted.tags.iter().flatten().all(has_tag)
        && wanted.aliases.iter().flatten().all(has_alias)
        && (wanted.rotation_period_in_days.is_none() || wanted.rotation_period_in_days == rotation)
}

impl Operation for PutKey {
    type Error = KmsError;

    fn plan(_: &mut Call, _: &PutKeyInput) -> Result<Plan, KmsError> {
        Ok(Plan::new(Check::new("kms:CreateKey", "*")))
    }

    /// Makes a key, or brings one in line. It takes nothing away.
    async fn handle(call: &mut Call, input: PutKeyInput) -> Result<PutKeyOutput, KmsError> {
        let account = call.account();
        let place = Place::new(account, &input.region, &input.id);
        find::depend::<KeyRecord>(call, &place)?;
        let refused = |obstacle: Obstacle| KmsError::Validation(obstacle.to_string());
        let world = Arc::clone(call.world());
        if is_as_wanted(&world, &call.host().keyring, account, &input).map_err(refused)? {
            return Ok(PutKeyOutput {});
        }
        let old = KmsWorld::of(&world)
            .and_then(|kms| kms.key(&place))
            .cloned();
        let mut record = match old {
            Some(old) => {
                state::changeable(call, &old)?;
                old.record.clone()
            }
            None => new_key(call, &place, &input).await?,
        };
        change(call, &mut record, &input)?;
        for name in input.aliases.iter().flatten() {
            alias(call, &place, name)?;
        }
        call.note_resource(place.key_arn(call.partition()), "AWS::KMS::Key");
        call.save_in(account, &place.region, &place.id, &record)?;
        Ok(PutKeyOutput {})
    }
}

async fn new_key(
    call: &mut Call,
    place: &Place,
    input: &PutKeyInput,
) -> Result<KeyRecord, KmsError> {
    let wanted = wanted_material(input).map_err(|error| KmsError::Validation(error.to_string()))?;
    let made = match wanted {
        Some(material) => material,
        None => material::generate(call, input.key_spec).await?,
    };
    let current = material::save_first(call, place, &made)?;
    Ok(KeyRecord {
        id: input.id.clone(),
        created: call.now,
        description: String::new(),
        spec: input.key_spec,
        usage: input.key_usage,
        origin: OriginType::AwsKms,
        manager: KeyManagerType::Customer,
        enabled: true,
        policy: key_policy::default_document(call.partition(), call.account()),
        principals: Vec::new(),
        tags: Vec::new(),
        deletion: None,
        multi_region: input.id.starts_with("mrk-").then(|| MultiRegionRecord {
            primary: input.region.clone(),
            replicas: Vec::new(),
        }),
        rotation: None,
        current_material: Some(current),
        custom_key_store: None,
        xks_key: None,
    })
}

fn change(call: &mut Call, record: &mut KeyRecord, input: &PutKeyInput) -> Result<(), KmsError> {
    if let Some(description) = &input.description {
        record.description.clone_from(description);
    }
    if let Some(policy) = &input.policy {
        let bound = key_policy::bind(call, policy)?;
        record.policy = bound.text;
        record.principals = bound.principals;
    }
    if let Some(enabled) = input.enabled {
        record.enabled = enabled;
    }
    for tag in input.tags.iter().flatten() {
        record.tags.retain(|old| old.key != tag.tag_key);
        record.tags.push(TagRecord {
            key: tag.tag_key.clone(),
            value: tag.tag_value.clone(),
        });
    }
    if let Some(days) = input.rotation_period_in_days {
        record.rotation = Some(RotationRecord {
            period_days: days,
            next: next_rotation(call.now, days),
        });
    }
    Ok(())
}

fn next_rotation(now: Timestamp, days: i32) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(
        i64::from(days).saturating_mul(24),
    ))
    .unwrap_or(Timestamp::MAX)
}

/// Makes an alias, or turns one to this key: what the operator's file says counts.
fn alias(call: &mut Call, place: &Place, name: &str) -> Result<(), KmsError> {
    let old: Option<AliasRecord> = call.load_in(place.account, &place.region, name)?;
    if old.as_ref().is_some_and(|old| *old.key == *place.id) {
        return Ok(());
    }
    let record = AliasRecord {
        key: place.id.to_string(),
        created: old.map_or(call.now, |old| old.created),
        updated: call.now,
    };
    call.save_in(place.account, &place.region, name, &record)?;
    Ok(())
}
