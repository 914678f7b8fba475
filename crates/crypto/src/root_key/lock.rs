//! What a slot is locked with.

use super::{
    SlotError, SlotKey, WrappedByToken,
    encoding::Base64,
    slot_key::{self},
};
use crate::{Random, SecretString};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// What a new passphrase costs to try: 256 MiB and 3 passes, most of a second.
const PASSPHRASE_MEMORY_KIB: u32 = 256 * 1024;
const PASSPHRASE_ITERATIONS: u32 = 3;
const SALT_BYTES: usize = 16;

/// The kinds of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SlotKind {
    /// `root.key`, the root key as it is in a file of mode 0600.
    File,
    /// A key in a variable of the environment.
    Env,
    /// A passphrase.
    Passphrase,
    /// A key in a PKCS#11 token.
    Pkcs11,
    /// A key of AWS KMS, or of another server with its API.
    AwsKms,
    /// A text on paper.
    Recovery,
}

impl SlotKind {
    /// Its name, as the seal's file and the command line have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Env => "env",
            Self::Passphrase => "passphrase",
            Self::Pkcs11 => "pkcs11",
            Self::AwsKms => "aws-kms",
            Self::Recovery => "recovery",
        }
    }
}

impl fmt::Display for SlotKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What a slot is locked with: all that must be known to ask for its key, and nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lock(Form);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
enum Form {
    File {},
    Env {
        variable: String,
        salt: Base64,
    },
    Passphrase {
        memory_kib: u32,
        iterations: u32,
        salt: Base64,
    },
    Pkcs11 {
        key: WrappedByToken,
    },
    AwsKms {
        key: WrappedByKms,
    },
    Recovery {
        salt: Base64,
    },
}

/// A slot's key as a KMS gave it back encrypted, and how to ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WrappedByKms {
    /// The KMS's endpoint.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The key's ARN.
    pub key_id: String,
    /// The encryption context.
    pub context: BTreeMap<String, String>,
    /// What Encrypt gave, in base64.
    pub ciphertext: String,
    /// Certificates in PEM that an `https` endpoint is trusted by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

impl Lock {
    /// Of the file `root.key`.
    #[must_use]
    pub fn file() -> Self {
        Self(Form::File {})
    }

    /// Of a key in a variable of the environment.
    #[must_use]
    pub fn environment(variable: &str, random: &dyn Random) -> Self {
        Self(Form::Env {
            variable: variable.to_owned(),
            salt: salt(random),
        })
    }

    /// Of a passphrase.
    ///
    /// # Errors
    /// [`SlotError::ShortPassphrase`] where it can be guessed.
    pub fn passphrase(passphrase: &SecretString, random: &dyn Random) -> Result<Self, SlotError> {
        slot_key::check_passphrase(passphrase.expose())?;
        Ok(Self(Form::Passphrase {
            memory_kib: PASSPHRASE_MEMORY_KIB,
            iterations: PASSPHRASE_ITERATIONS,
            salt: salt(random),
        }))
    }

    /// Of a passphrase that is cheap to try.
    #[cfg(test)]
    pub(super) fn cheap_passphrase(random: &dyn Random) -> Self {
        Self(Form::Passphrase {
            memory_kib: 64,
            iterations: 1,
            salt: salt(random),
        })
    }

    /// Of a key in a token, which [`super::TokenAddress::wrap`] asks.
    #[must_use]
    pub fn token(key: WrappedByToken) -> Self {
        Self(Form::Pkcs11 { key })
    }

    /// Of a key of another KMS.
    #[must_use]
    pub fn kms(key: WrappedByKms) -> Self {
        Self(Form::AwsKms { key })
    }

    /// Of a recovery text.
    #[must_use]
    pub fn recovery(random: &dyn Random) -> Self {
        Self(Form::Recovery { salt: salt(random) })
    }

    /// The kind of the slot.
    #[must_use]
    pub fn kind(&self) -> SlotKind {
        match self.0 {
            Form::File {} => SlotKind::File,
            Form::Env { .. } => SlotKind::Env,
            Form::Passphrase { .. } => SlotKind::Passphrase,
            Form::Pkcs11 { .. } => SlotKind::Pkcs11,
            Form::AwsKms { .. } => SlotKind::AwsKms,
            Form::Recovery { .. } => SlotKind::Recovery,
        }
    }

    /// The variable of the environment that holds the key.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        match &self.0 {
            Form::Env { variable, .. } => Some(variable),
            _ => None,
        }
    }

    /// The token's part of the lock.
    #[must_use]
    pub fn by_token(&self) -> Option<&WrappedByToken> {
        match &self.0 {
            Form::Pkcs11 { key } => Some(key),
            _ => None,
        }
    }

    /// The KMS's part of the lock.
    #[must_use]
    pub fn by_kms(&self) -> Option<&WrappedByKms> {
        match &self.0 {
            Form::AwsKms { key } => Some(key),
            _ => None,
        }
    }

    /// The slot's key from the text that it was made with: the variable's content, the passphrase
    /// or the recovery text.
    ///
    /// A passphrase takes most of a second and 256 MiB.
    ///
    /// # Errors
    /// [`SlotError`] where the text has the wrong form, or the slot is of another kind.
    pub fn key(&self, text: &SecretString) -> Result<SlotKey, SlotError> {
        match &self.0 {
            Form::Env { salt, .. } => SlotKey::of_environment(text.expose(), &salt.0),
            Form::Passphrase {
                memory_kib,
                iterations,
                salt,
            } => SlotKey::of_passphrase(text.expose(), &salt.0, *memory_kib, *iterations),
            Form::Recovery { salt } => SlotKey::of_recovery(text.expose(), &salt.0),
            Form::File {} | Form::Pkcs11 { .. } | Form::AwsKms { .. } => {
                Err(SlotError::Kind(self.kind()))
            }
        }
    }
}

fn salt(random: &dyn Random) -> Base64 {
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt);
    Base64(salt.to_vec())
}
