//! Quotas ("IAM and AWS STS quotas").

use crate::IamError;
use kernel::{Call, Entity};

/// AWS's words for a quota that is used up.
#[must_use]
pub fn exceeded(quota: &str, limit: u64) -> IamError {
    IamError::LimitExceeded(format!("Cannot exceed quota for {quota}: {limit}"))
}

/// Makes sure that one more record of a projected kind fits into the account. It
/// counts in the world, so that calls that create different records do not conflict;
/// calls that run at once can exceed the quota by their number.
///
/// # Errors
/// `LimitExceeded`.
pub fn room<T: Entity>(call: &Call, limit: u64, quota: &str) -> Result<(), IamError> {
    if call.world().count(call.account(), T::KIND) >= limit {
        Err(exceeded(quota, limit))
    } else {
        Ok(())
    }
}

/// Makes sure that one more record fits under `prefix`. The commit depends on the
/// whole range: for small ranges, such as the keys of one user.
///
/// # Errors
/// `LimitExceeded`.
pub fn room_under<T: Entity>(
    call: &mut Call,
    prefix: &str,
    limit: usize,
    quota: &str,
) -> Result<(), IamError> {
    let used = call.list::<T>(prefix, None, limit)?.len();
    if used >= limit {
        Err(exceeded(quota, limit.try_into().unwrap_or(u64::MAX)))
    } else {
        Ok(())
    }
}
