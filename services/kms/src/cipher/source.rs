//! A ciphertext, the key that decrypts it, and how: what `Decrypt` has, and `ReEncrypt` as its source.

use super::symmetric;
use crate::api::types::{DryRunModifierType, EncryptionAlgorithmSpec, KeyUsageType};
use crate::blob::Header;
use crate::find::{self, Forms, Target};
use crate::plan::{self, Access};
use crate::view::{KeyView, Place};
use crate::{KmsError, heavy, material, request, spec};
use crypto::Secret;
use crypto::kms::UseError;
use kernel::{Call, Check, Failure};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A ciphertext and how a request wants it decrypted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'i> {
    pub(super) ciphertext: Option<&'i [u8]>,
    pub(super) key_id: Option<&'i str>,
    pub(super) algorithm: Option<EncryptionAlgorithmSpec>,
    pub(super) context: Option<&'i BTreeMap<String, String>>,
    /// Only the permission is tried, without a ciphertext.
    pub(super) ignores_ciphertext: bool,
}

/// A plaintext, and the id of the material where the key is symmetric.
pub(super) struct Opened {
    pub(super) plaintext: Secret,
    pub(super) material: Option<String>,
}

/// Whether a request only tries its permission: the modifier counts for requests that are only tried.
pub(super) fn ignores_ciphertext(
    dry_run: Option<bool>,
    modifiers: Option<&[DryRunModifierType]>,
) -> bool {
    dry_run == Some(true)
        && modifiers.is_some_and(|all| all.contains(&DryRunModifierType::IgnoreCiphertext))
}

impl Source<'_> {
    /// The algorithm, which for symmetric keys need not be named.
    pub(super) fn algorithm(&self) -> EncryptionAlgorithmSpec {
        self.algorithm
            .unwrap_or(EncryptionAlgorithmSpec::SymmetricDefault)
    }

    /// The key that the request names, or else the one that its ciphertext names.
    ///
    /// # Errors
    /// `ValidationException` where the request lacks something, `InvalidCiphertextException` where
    /// the ciphertext names no key, and as [`find::find`].
    pub(super) fn target(&self, call: &mut Call) -> Result<Target, KmsError> {
        if self.ciphertext.is_none() && !self.ignores_ciphertext {
            return Err(KmsError::Validation(
                "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
                    .to_owned(),
            ));
        }
        if let Some(key_id) = self.key_id {
            let target = find::find(call, key_id, Forms::KeyOrAlias)?;
            return match self.named_by_id(call, key_id, &target) {
                Some(place) => find::at(call, place),
                None => Ok(target),
            };
        }
        if self.ignores_ciphertext || self.algorithm() != EncryptionAlgorithmSpec::SymmetricDefault
        {
            return Err(KmsError::Validation("KeyId must not be null".to_owned()));
        }
        let (header, _) = self.split()?;
        let place = Place::new(header.account, &call.region, &header.key);
        find::at(call, place)
    }

    /// Where the key is that a bare id means: without an account of its own it may be the one of
    /// another account that the ciphertext names ("Decrypt", KMS API Reference, on cross-account use).
    fn named_by_id(&self, call: &Call, key_id: &str, found: &Target) -> Option<Place> {
        let bare = self.algorithm() == EncryptionAlgorithmSpec::SymmetricDefault
            && found.view.is_none()
            && found.alias.is_none()
            && *found.place.id == *key_id;
        let (header, _) = self.split().ok().filter(|_| bare)?;
        (header.key == key_id).then(|| Place::new(header.account, &call.region, key_id))
    }

    /// What must be allowed.
    pub(super) fn check(&self, call: &mut Call, target: &Target, access: Access<'_>) -> Check {
        plan::check(call, target, access).key("kms:EncryptionAlgorithm", self.algorithm().as_str())
    }

    /// The key, once it is certain that it may decrypt this.
    ///
    /// # Errors
    /// `NotFoundException`, `InvalidCiphertextException`, `IncorrectKeyException`, and then as
    /// [`request::employable`]: AWS looks at the ciphertext before it looks at the key.
    pub(super) fn key(&self, call: &mut Call, target: &Target) -> Result<Arc<KeyView>, KmsError> {
        if target.view.is_none() && self.key_id.is_none() {
            return Err(KmsError::AccessDenied(
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."
                    .to_owned(),
            ));
        }
        let key = request::found(call, target)?;
        let symmetric = self.algorithm() == EncryptionAlgorithmSpec::SymmetricDefault;
        if symmetric && !self.ignores_ciphertext {
            let (header, _) = self.split()?;
            if !symmetric::names(&header, &key) {
                return Err(KmsError::IncorrectKey(
                    "The key ID in the request does not identify a CMK that can perform this operation."
                        .to_owned(),
                ));
            }
        }
        request::employable(call, &key, KeyUsageType::EncryptDecrypt)?;
        request::fits(&key, spec::encryption(key.record.spec), &self.algorithm())?;
        if !symmetric {
            without_context(self.context)?;
        }
        Ok(key)
    }

    /// Decrypts; `None` where there is nothing to decrypt.
    ///
    /// # Errors
    /// `InvalidCiphertextException`
    pub(super) async fn open(
        &self,
        call: &mut Call,
        key: &KeyView,
    ) -> Result<Option<Opened>, KmsError> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        let Some(ciphertext) = self.ciphertext.filter(|_| !self.ignores_ciphertext) else {
            return Ok(None);
        };
        let algorithm = self.algorithm();
        if algorithm == EncryptionAlgorithmSpec::SymmetricDefault {
            let context = self.context.unwrap_or(&NONE);
            let opened = symmetric::decrypt(call, key, ciphertext, context).await?;
            return Ok(Some(Opened {
                plaintext: opened.plaintext,
                material: opened.material,
            }));
        }
        let algorithm = algorithm
            .as_str()
            .parse()
            .map_err(|error| internal(&error))?;
        let (_, material) = material::current(call, key)?;
        let ciphertext = ciphertext.to_vec();
        let work = move || material.decrypt(algorithm, &ciphertext);
        let opened = heavy::private_key(call, key.record.spec, work).await?;
        let plaintext = opened.map_err(|error| match error {
            UseError::Failed => internal(&error),
            _ => KmsError::InvalidCiphertext,
        })?;
        Ok(Some(Opened {
            plaintext,
            material: None,
        }))
    }

    fn split(&self) -> Result<(Header, &[u8]), KmsError> {
        let ciphertext = self.ciphertext.unwrap_or_default();
        Header::split(ciphertext).ok_or(KmsError::InvalidCiphertext)
    }
}

/// Asymmetric algorithms authenticate no context.
///
/// # Errors
/// `ValidationException`
pub(super) fn without_context(context: Option<&BTreeMap<String, String>>) -> Result<(), KmsError> {
    match context {
        Some(context) if !context.is_empty() => Err(KmsError::Validation(
            "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

fn internal(error: &dyn std::fmt::Display) -> KmsError {
    KmsError::Failure(Failure::internal(error))
}
