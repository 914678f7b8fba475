//! Unique ids of IAM's entities ("IAM identifiers").

use arn::UniqueIdPrefix;
use kernel::Call;

/// A fresh unique id of the caller's account.
#[must_use]
pub fn fresh(call: &Call, prefix: UniqueIdPrefix) -> String {
    kernel::ids::unique_id(call.host().random.as_ref(), prefix, call.account())
}

/// `AIDA...`
#[must_use]
pub fn user(call: &Call) -> String {
    fresh(call, UniqueIdPrefix::User)
}

/// `AGPA...`
#[must_use]
pub fn group(call: &Call) -> String {
    fresh(call, UniqueIdPrefix::Group)
}

/// `AROA...`
#[must_use]
pub fn role(call: &Call) -> String {
    fresh(call, UniqueIdPrefix::Role)
}

/// `ANPA...`
#[must_use]
pub fn policy(call: &Call) -> String {
    fresh(call, UniqueIdPrefix::Policy)
}

/// `AIPA...`
#[must_use]
pub fn instance_profile(call: &Call) -> String {
    fresh(call, UniqueIdPrefix::InstanceProfile)
}

/// `AKIA...`
#[must_use]
pub fn access_key(call: &Call) -> String {
    fresh(call, UniqueIdPrefix::AccessKey)
}
