//! Multi-factor authentication: virtual devices and their codes ("Multi-factor authentication in IAM").

mod attempts;
mod device;
pub mod qr;
mod totp;

pub use device::{Assignment, MfaAssignment, MfaDevice, find, name};

use crate::entity::ROOT_OWNER;
use attempts::Attempts;
use kernel::{Call, Identity, MfaError, MfaVerifier, RecordError};

/// How many steps a code may be early or late.
const REACH: i64 = 1;
/// How many steps the clock of a device may be wrong when two codes are shown: ten minutes.
/// Guessing a pair at random succeeds once in 2 * 10^10 attempts.
const PAIR_REACH: i64 = 20;

/// Proves the codes of the devices that this service keeps.
///
/// After five wrong codes there are pauses of 30 seconds to 15 minutes, per device. They are
/// counted in memory: a server that starts anew begins anew.
#[derive(Debug, Default)]
pub struct Verifier(Attempts);

impl MfaVerifier for Verifier {
    /// The code cannot be used again: that is staged in the call's transaction, so that of two calls with
    /// one code the second to commit starts over and fails. It can therefore be asked in a plan, before a
    /// trust policy that wants MFA is decided; a call that is then denied has not used the code.
    fn verify(
        &self,
        call: &mut Call,
        serial_number: &str,
        token_code: &str,
    ) -> Result<(), MfaError> {
        let owner = owner(call).ok_or(MfaError::UnknownDevice)?;
        let mut device = find(call, serial_number)?.ok_or(MfaError::UnknownDevice)?;
        let Some(assignment) = device
            .assignment
            .as_ref()
            .filter(|assignment| assignment.owner == owner)
        else {
            return Err(MfaError::UnknownDevice);
        };
        let around = totp::step(call.now).saturating_add(assignment.drift);
        // A device that was deleted and made anew under the same name begins anew.
        let counted = format!("{} {}", device.serial_number, device.created);
        if self.0.begin(&counted, &call.request_id, call.now).is_err() {
            return Err(MfaError::InvalidCode);
        }
        let seed = device.seed(call)?;
        device.last_step = totp::find(seed.expose(), token_code, around, REACH, device.last_step)
            .ok_or(MfaError::InvalidCode)?;
        device.save(call)?;
        self.0.succeeded(&counted);
        Ok(())
    }
}

/// Whose devices the caller has: a user's unique id, or [`ROOT_OWNER`]; `None` for sessions of roles and for
/// federated users, who have none.
fn owner(call: &Call) -> Option<String> {
    match &call.caller.identity {
        Identity::Root => Some(ROOT_OWNER.to_owned()),
        Identity::User(user) => Some(user.id.to_string()),
        Identity::Role { .. } | Identity::Federated { .. } | Identity::Service { .. } => None,
    }
}

/// Two codes that prove nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongCodes;

/// Takes two consecutive codes of a device, and gives it to the owner with the difference of its clock.
/// Nothing is staged.
///
/// # Errors
/// The seed does not open; `Ok(Err(..))` where the codes are not the device's.
pub fn assign(
    call: &Call,
    mut device: MfaDevice,
    owner: &str,
    codes: [&str; 2],
) -> Result<Result<MfaDevice, WrongCodes>, RecordError> {
    let now = totp::step(call.now);
    let seed = device.seed(call)?;
    let Some(step) = totp::find_pair(seed.expose(), codes, now, PAIR_REACH, device.last_step)
    else {
        return Ok(Err(WrongCodes));
    };
    let difference = step.saturating_sub(now);
    // Two codes take a while to type: the last step is not a slow clock.
    let drift = if difference.abs() <= REACH {
        0
    } else {
        difference
    };
    let enabled = match &device.assignment {
        Some(assignment) if assignment.owner == owner => assignment.enabled,
        _ => crate::time::seconds(call.now),
    };
    device.assignment = Some(Assignment {
        owner: owner.to_owned(),
        enabled,
        drift,
    });
    device.last_step = step;
    Ok(Ok(device))
}
