//! Ids that the server makes.

use arn::{AccountId, UniqueIdPrefix};
use crypto::Random;
use std::fmt::Write;

/// A random UUID (version 4), for request and event ids.
#[must_use]
pub fn uuid(random: &dyn Random) -> String {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    let mut bits = u128::from_be_bytes(bytes);
    bits = bits & !(0xf << 76) | (4 << 76);
    bits = bits & !(0b11 << 62) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    let mut text = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        let _ = text.write_char(digit);
    }
    text
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
