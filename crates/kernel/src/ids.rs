//! Ids that the server makes.

use arn::{AccountId, UniqueIdPrefix};
use crypto::Random;

/// A random UUID (version 4), for request and event ids.
#[must_use]
pub fn uuid(random: &dyn Random) -> String {
    event_id(random).to_string()
}

/// A fresh unique id such as `AIDA...`, or an access key id that encodes its account.
#[must_use]
pub fn unique_id(random: &dyn Random, prefix: UniqueIdPrefix, account: AccountId) -> String {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    arn::generate(prefix, Some(account), bytes)
}

/// A fresh event id.
#[must_use]
pub fn event_id(random: &dyn Random) -> audit::EventId {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    audit::EventId::from_random(bytes)
}
