//! What is kept of virtual MFA devices.

use crate::entity::{TagRecord, owned};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto::{Sealer, Secret};
use jiff::Timestamp;
use kernel::{Call, Entity, RecordError};
use serde::{Deserialize, Serialize};

/// A virtual MFA device. It is kept under [`name`] of its serial number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaDevice {
    /// The serial number: the device's ARN.
    pub serial_number: String,
    /// The seed, sealed for its account and serial number, in base64.
    pub sealed: String,
    /// When it was created.
    pub created: Timestamp,
    /// Its tags, in the order they were set.
    #[serde(default)]
    pub tags: Vec<TagRecord>,
    /// Whose it is; `None` until it is enabled.
    #[serde(default)]
    pub assignment: Option<Assignment>,
    /// The last step whose code was taken: neither it nor one before it is taken again.
    #[serde(default)]
    pub last_step: i64,
}

/// That a device belongs to a user, as the device knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The user's unique id, or [`ROOT_OWNER`](crate::entity::ROOT_OWNER).
    pub owner: String,
    /// When the device was enabled.
    pub enabled: Timestamp,
    /// How many steps the device's clock is ahead of the server's.
    #[serde(default)]
    pub drift: i64,
}

impl Entity for MfaDevice {
    const KIND: &'static str = "iam.virtual-mfa-device";
}

/// That a device belongs to a user, as the user knows it. The key is [`owned`]`(owner, `[`name`]`)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaAssignment {
    /// The device's serial number.
    pub serial_number: String,
    /// When the device was enabled.
    pub enabled: Timestamp,
}

impl Entity for MfaAssignment {
    const KIND: &'static str = "iam.mfa-device";
}

impl MfaDevice {
    /// A device that nobody has yet.
    ///
    /// # Errors
    /// [`RecordError::Malformed`] where the seed cannot be sealed.
    pub fn new(call: &Call, serial_number: String, seed: &Secret) -> Result<Self, RecordError> {
        let account = call.account();
        let context = [account.as_str().as_bytes(), serial_number.as_bytes()];
        let sealed = sealer(call)
            .seal(&context, seed.expose(), call.host().random.as_ref())
            .map_err(|_| malformed("the seed cannot be sealed"))?;
        Ok(Self {
            serial_number,
            sealed: STANDARD.encode(sealed),
            // With its fractions: it tells devices apart that had one name.
            created: call.now,
            tags: Vec::new(),
            assignment: None,
            last_step: 0,
        })
    }

    /// The seed.
    ///
    /// # Errors
    /// [`RecordError::Malformed`] where the record was changed, belongs to another account, or was sealed
    /// under another root key.
    pub fn seed(&self, call: &Call) -> Result<Secret, RecordError> {
        let sealed = STANDARD
            .decode(&self.sealed)
            .map_err(|_| malformed("the seed is not base64"))?;
        let account = call.account();
        let context = [account.as_str().as_bytes(), self.serial_number.as_bytes()];
        sealer(call)
            .open(&context, &sealed)
            .map_err(|_| malformed("the seed does not open"))
    }

    /// The name under which the device is kept.
    #[must_use]
    pub fn name(&self) -> String {
        self.serial_number
            .split_once(":mfa/")
            .map_or_else(String::new, |(_, rest)| rest.to_lowercase())
    }

    /// Stages the device.
    ///
    /// # Errors
    /// [`RecordError`] where it cannot be written.
    pub fn save(&self, call: &mut Call) -> Result<(), RecordError> {
        call.save(&self.name(), self)
    }

    /// The key of the assignment to a user.
    #[must_use]
    pub fn assignment_key(&self, owner: &str) -> String {
        owned(owner, &self.name())
    }
}

fn malformed(cause: &str) -> RecordError {
    RecordError::Malformed {
        kind: MfaDevice::KIND,
        cause: cause.into(),
    }
}

fn sealer(call: &Call) -> Sealer {
    call.host().keyring.sealer("iam.virtual-mfa-device")
}

/// The name under which a device of the caller's account is kept: path and name in lower case, because names
/// are unique ignoring case. `None` where the serial number is not one of the account's.
#[must_use]
pub fn name(call: &Call, serial_number: &str) -> Option<String> {
    let start = format!(
        "arn:{}:iam::{}:mfa/",
        call.partition().as_str(),
        call.account()
    );
    let rest = serial_number.strip_prefix(&start)?;
    (!rest.is_empty()).then(|| rest.to_lowercase())
}

/// A device of the caller's account by its serial number, spelled as it was created.
///
/// # Errors
/// The store's failure.
pub fn find(call: &mut Call, serial_number: &str) -> Result<Option<MfaDevice>, RecordError> {
    let Some(name) = name(call, serial_number) else {
        return Ok(None);
    };
    Ok(call
        .load::<MfaDevice>(&name)?
        .filter(|device| device.serial_number == serial_number))
}
