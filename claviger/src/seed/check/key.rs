//! Keys of KMS.

use super::super::apply::put_key;
use super::super::spec::{AccountSpec, KmsKeySpec};
use super::Checker;
use arn::AccountId;
use service_kms::entity::AliasRecord;
use service_kms::operator::{self, Obstacle, PutKey};
use std::collections::HashSet;

/// How the names of AWS's own aliases begin.
const RESERVED: &str = "alias/aws/";

impl Checker<'_> {
    pub(super) fn keys(&mut self, id: AccountId, account: &AccountSpec) -> anyhow::Result<()> {
        let (mut ids, mut aliases) = (HashSet::new(), HashSet::new());
        for key in &account.keys {
            let region = self.region(key);
            if !ids.insert((region.clone(), key.id.value.clone())) {
                self.problem(&key.id.span, "this key is in the file already");
            }
            for alias in &key.aliases {
                if !aliases.insert((region.clone(), alias.value.clone())) {
                    self.problem(&alias.span, "this alias is in the file already");
                }
                if alias.value.starts_with(RESERVED) {
                    self.problem(
                        &alias.span,
                        format!("aliases that begin with {RESERVED} are AWS's own"),
                    );
                }
                self.alias_is_free(id, &region, key, &alias.value, &alias.span)?;
            }
            self.kms_key(id, key, &region)?;
        }
        Ok(())
    }

    /// The region of a key.
    fn region(&self, key: &KmsKeySpec) -> String {
        match &key.region {
            Some(region) => region.value.clone(),
            None => self.host.settings.region.clone(),
        }
    }

    fn kms_key(&mut self, id: AccountId, key: &KmsKeySpec, region: &str) -> anyhow::Result<()> {
        let input = put_key(key, region);
        let places = [
            ("region", key.region.as_ref().map(|region| &region.span)),
            (
                "description",
                key.description.as_ref().map(|text| &text.span),
            ),
            ("policy", key.policy.as_ref().map(|policy| &policy.span)),
            ("tags", key.tags.as_ref().map(|tags| &tags.span)),
            ("aliases", key.aliases.first().map(|alias| &alias.span)),
            (
                "rotationPeriodInDays",
                key.rotation.as_ref().map(|days| &days.span),
            ),
        ];
        self.constraints::<PutKey>(input, &key.id.span, &places);
        if let Some(policy) = &key.policy {
            self.trust(policy)?;
        }
        let input = put_key(key, region);
        let found = operator::is_as_wanted(&self.world, &self.host.keyring, id, &input);
        if let Err(obstacle) = found {
            let place = match obstacle {
                Obstacle::Usage => &key.usage.span,
                Obstacle::Material => key.material.as_ref().map_or(&key.spec.span, |at| &at.span),
                Obstacle::Rotation => key.rotation.as_ref().map_or(&key.spec.span, |at| &at.span),
                Obstacle::Other | Obstacle::Deleted => &key.id.span,
            };
            self.problem(place, obstacle.to_string());
        }
        Ok(())
    }

    /// An alias of another key stays that key's: turning it would change what is encrypted with what.
    fn alias_is_free(
        &mut self,
        id: AccountId,
        region: &str,
        key: &KmsKeySpec,
        alias: &str,
        place: &super::Span,
    ) -> anyhow::Result<()> {
        let found = self.records.in_region::<AliasRecord>(id, region, alias)?;
        if let Some(found) = found
            && found.key != key.id.value
        {
            self.problem(
                place,
                format!("{alias} is an alias of the key {} already", found.key),
            );
        }
        Ok(())
    }
}
