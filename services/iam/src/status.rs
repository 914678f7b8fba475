//! Whether a credential counts: `Active` and `Inactive`.

use crate::IamError;
use crate::api::types::StatusType;

/// The status as it is shown.
#[must_use]
pub const fn of(active: bool) -> StatusType {
    if active {
        StatusType::Active
    } else {
        StatusType::Inactive
    }
}

/// Whether the status that a request asks for is `Active`.
///
/// # Errors
/// `InvalidInput` for `Expired`, which only time gives.
pub fn asked(status: StatusType) -> Result<bool, IamError> {
    match status {
        StatusType::Active => Ok(true),
        StatusType::Inactive => Ok(false),
        StatusType::Expired => Err(IamError::InvalidInput(
            "Expired is not a status that a credential can be given.".into(),
        )),
    }
}
