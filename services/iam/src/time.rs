//! Times as IAM keeps them.

use jiff::Timestamp;

/// The whole second: IAM shows no fractions.
#[must_use]
pub fn seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
