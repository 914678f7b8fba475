//! How many keys an account may have in a region ("Resource quotas" of KMS).

use crate::view::KmsWorld;
use crate::{KmsError, aws_managed};
use kernel::Call;

/// Makes sure that one more key fits into the caller's account. Keys are counted in the world, so that
/// calls that make different keys do not conflict; calls that run at once can exceed the quota by
/// their number. AWS's own keys do not count.
///
/// # Errors
/// `LimitExceededException`
pub(crate) fn room(call: &Call, region: &str) -> Result<(), KmsError> {
    let limit = call.host().settings.quotas.kms_keys;
    let account = call.account();
    let count = KmsWorld::of(call.world()).map_or(0, |kms| {
        let all = kms.keys_at(account, region).map_or(0, imbl::OrdMap::len);
        let aliases = kms.aliases_at(account, region);
        let managed = aliases.map_or(0, |aliases| {
            aws_managed::aliases()
                .filter(|name| aliases.contains_key(name.as_str()))
                .count()
        });
        all.saturating_sub(managed)
    });
    if u64::try_from(count).is_ok_and(|count| count < limit) {
        return Ok(());
    }
    Err(KmsError::LimitExceeded(format!(
        "The number of KMS keys in this account and Region has reached the quota of {limit}."
    )))
}
