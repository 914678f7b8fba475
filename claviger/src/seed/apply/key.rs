//! Keys of KMS.

use super::super::spec::KmsKeySpec;
use super::{Applier, Done, Stop};
use arn::AccountId;
use service_kms::api::types::Tag;
use service_kms::operator::{self, PutKey, PutKeyInput};

impl Applier<'_> {
    pub(super) async fn key(&mut self, id: AccountId, key: &KmsKeySpec) -> Done {
        let host = self.kernel.host();
        let region = match &key.region {
            Some(region) => &region.value,
            None => &host.settings.region,
        };
        let input = put_key(key, region);
        let as_wanted = operator::is_as_wanted(&host.world(), &host.keyring, id, &input)
            .map_err(|obstacle| Stop::Failed(obstacle.into()))?;
        if as_wanted {
            return Ok(());
        }
        self.call::<PutKey>(id, &key.id.span, input).await.map(drop)
    }
}

/// The operation's input for a key of the file.
pub(in super::super) fn put_key(key: &KmsKeySpec, region: &str) -> PutKeyInput {
    let tags = key.tags.as_ref().map(|tags| {
        let tag = |tag: &super::super::spec::Tag| Tag {
            tag_key: tag.key.clone(),
            tag_value: tag.value.clone(),
        };
        tags.value.iter().map(tag).collect()
    });
    PutKeyInput {
        id: key.id.value.clone(),
        region: region.to_owned(),
        key_spec: key.spec.value,
        key_usage: key.usage.value,
        material: key
            .material
            .as_ref()
            .map(|material| material.value.expose().to_vec().into()),
        description: key.description.as_ref().map(|text| text.value.clone()),
        policy: key.policy.as_ref().map(|policy| policy.text.clone()),
        tags,
        aliases: (!key.aliases.is_empty()).then(|| {
            key.aliases
                .iter()
                .map(|alias| alias.value.clone())
                .collect()
        }),
        enabled: key.enabled,
        rotation_period_in_days: key.rotation.as_ref().map(|days| days.value),
    }
}
