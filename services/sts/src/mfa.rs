//! Codes of MFA devices in requests, with AWS's words for those that prove nothing.

use crate::StsError;
use kernel::{Call, MfaError};

const INCOMPLETE: &str =
    "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.";
// The two blanks are AWS's.
const UNKNOWN_DEVICE: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  \
     Please verify your MFA serial number is valid and associated with this user.";
const INVALID_CODE: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code.";

/// Whether the request proves that the caller has its device at hand; `false` where it does not try to.
///
/// # Errors
/// `AccessDenied` for a code that proves nothing: it is never as good as none.
pub(crate) fn shown(
    call: &mut Call,
    serial_number: Option<&str>,
    token_code: Option<&str>,
) -> Result<bool, StsError> {
    let denied = |text: &str| StsError::AccessDenied(text.to_owned());
    let (serial_number, token_code) = match (serial_number, token_code) {
        (None, None) => return Ok(false),
        (Some(serial_number), Some(token_code)) => (serial_number, token_code),
        _ => return Err(denied(INCOMPLETE)),
    };
    call.verify_mfa(serial_number, token_code)
        .map(|()| true)
        .map_err(|error| match error {
            MfaError::UnknownDevice => denied(UNKNOWN_DEVICE),
            MfaError::InvalidCode => denied(INVALID_CODE),
            MfaError::Failure(failure) => StsError::Failure(failure),
        })
}
