//! Keys: made, described, changed, and one day deleted.

mod create;
mod deletion;
mod describe;
mod description;
mod enable;
mod list;
pub(crate) mod quota;

pub(crate) use deletion::destroy;

use crate::entity::KeyRecord;
use crate::find::Target;
use crate::view::KeyView;
use crate::{KmsError, last_usage, own};
use kernel::{Call, Check, Registry};

/// Serves the operations of keys.
pub(crate) fn register(registry: &mut Registry) {
    create::register(registry);
    deletion::register(registry);
    describe::register(registry);
    description::register(registry);
    enable::register(registry);
    list::register(registry);
}

/// `kms:TrailingDaysWithoutKeyUsage`, for operations that take a key out of use.
///
/// # Errors
/// The server's failure.
fn idle_days(call: &mut Call, target: &Target, check: Check) -> Result<Check, KmsError> {
    let days = match &target.view {
        Some(key) => Some(last_usage::days_without(call, key)?.to_string()),
        None => None,
    };
    Ok(check.optional_key("kms:TrailingDaysWithoutKeyUsage", days))
}

/// Changes a key's record, as it stands at the commit.
///
/// # Errors
/// Those of the change; the server's failure.
pub(crate) fn change(
    call: &mut Call,
    key: &KeyView,
    change: impl FnOnce(&mut KeyRecord) -> Result<(), KmsError>,
) -> Result<(), KmsError> {
    let place = &key.place;
    let record = call.load_in::<KeyRecord>(place.account, &place.region, &place.id)?;
    let mut record = record.unwrap_or_else(|| key.record.clone());
    change(&mut record)?;
    call.save_in(place.account, &place.region, &place.id, &record)?;
    own::show_changed(call, key);
    Ok(())
}
