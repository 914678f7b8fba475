//! HMAC keys.

use super::{KeySpec, MaterialError};
use crate::{Random, Secret};
use aws_lc_rs::hmac;

pub(super) struct Mac {
    bytes: Secret,
    key: hmac::Key,
}

impl Mac {
    pub(super) fn generate(spec: KeySpec, random: &dyn Random) -> Result<Self, MaterialError> {
        let (algorithm, length) = parameters(spec).ok_or(MaterialError::OtherSpec(spec))?;
        let mut bytes = vec![0; length];
        random.fill(&mut bytes);
        Ok(Self::ready(algorithm, bytes))
    }

    /// Takes keys whose length is that of the digest (AWS: "Requirements for imported key material").
    pub(super) fn import(spec: KeySpec, bytes: &[u8]) -> Result<Self, MaterialError> {
        let (algorithm, length) = parameters(spec).ok_or(MaterialError::OtherSpec(spec))?;
        if bytes.len() != length {
            return Err(MaterialError::WrongLength {
                spec,
                expected: length,
                found: bytes.len(),
            });
        }
        Ok(Self::ready(algorithm, bytes.to_vec()))
    }

    fn ready(algorithm: hmac::Algorithm, bytes: Vec<u8>) -> Self {
        Self {
            key: hmac::Key::new(algorithm, &bytes),
            bytes: Secret::new(bytes),
        }
    }

    pub(super) fn payload(&self) -> &[u8] {
        self.bytes.expose()
    }

    pub(super) fn mac(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.key, message).as_ref().to_vec()
    }

    pub(super) fn verify(&self, message: &[u8], code: &[u8]) -> bool {
        hmac::verify(&self.key, message, code).is_ok()
    }
}

fn parameters(spec: KeySpec) -> Option<(hmac::Algorithm, usize)> {
    match spec {
        KeySpec::Hmac224 => Some((hmac::HMAC_SHA224, 28)),
        KeySpec::Hmac256 => Some((hmac::HMAC_SHA256, 32)),
        KeySpec::Hmac384 => Some((hmac::HMAC_SHA384, 48)),
        KeySpec::Hmac512 => Some((hmac::HMAC_SHA512, 64)),
        _ => None,
    }
}
