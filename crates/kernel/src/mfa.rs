//! Multi-factor authentication of a call: who proves a code, and what can be wrong with it.
//!
//! STS asks and IAM knows the devices; neither service imports the other. IAM gives
//! its verifier to the registry, and a call finds it there.

use crate::call::Call;
use crate::failure::Failure;
use crate::record::RecordError;

/// Proves codes of MFA devices.
pub trait MfaVerifier: Send + Sync {
    /// Succeeds where the device belongs to the caller itself (its user, or the root
    /// user) and `token_code` is its code now. What keeps the code from being used
    /// again is staged in the call's transaction.
    ///
    /// # Errors
    /// [`MfaError`]; nothing is then staged.
    fn verify(
        &self,
        call: &mut Call,
        serial_number: &str,
        token_code: &str,
    ) -> Result<(), MfaError>;
}

/// Why a code proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum MfaError {
    /// The caller has no such device, or cannot have one.
    #[error("the device is not the caller's")]
    UnknownDevice,
    /// The code is wrong, was used before, or comes after too many wrong ones.
    #[error("the code is not valid")]
    InvalidCode,
    /// The server failed.
    #[error("the code could not be checked")]
    Failure(Box<Failure>),
}

impl From<RecordError> for MfaError {
    fn from(error: RecordError) -> Self {
        Self::Failure(Box::new(error.into()))
    }
}
