//! Ed25519 keys.

use super::{KeySpec, MaterialError, Message, SignError, lazily, pkcs8};
use crate::{Random, Secret};
use aws_lc_rs::{
    encoding::{AsBigEndian, AsDer, Curve25519SeedBin, Pkcs8V1Der, PublicKeyX509Der},
    signature::{self, Ed25519KeyPair, KeyPair, ParsedPublicKey},
};
use ed25519_dalek::{Digest, Sha512, Signature, SigningKey};
use std::sync::OnceLock;
use zeroize::Zeroizing;

const SPEC: KeySpec = KeySpec::EccNistEdwards25519;
const SEED: usize = 32;

pub(super) struct Edwards {
    seed: Secret,
    pkcs8: Secret,
    public_key: Vec<u8>,
    pair: Ed25519KeyPair,
    verifying: ParsedPublicKey,
    /// The provider has no Ed25519ph.
    prehashing: OnceLock<SigningKey>,
}

impl Edwards {
    pub(super) fn generate(random: &dyn Random) -> Result<Self, MaterialError> {
        let mut seed = Zeroizing::new([0; SEED]);
        random.fill(&mut *seed);
        Self::load(&*seed)
    }

    pub(super) fn import(der: &[u8]) -> Result<Self, MaterialError> {
        pkcs8::read(SPEC, der)?;
        let seed = Ed25519KeyPair::from_pkcs8(der)
            .map_err(|_| MaterialError::Unreadable(SPEC))
            .and_then(|pair| seed(&pair))?;
        // The public key that may stand beside it is not taken on trust.
        Self::load(seed.expose())
    }

    pub(super) fn load(seed: &[u8]) -> Result<Self, MaterialError> {
        let seed: &[u8; SEED] = seed.try_into().map_err(|_| MaterialError::Damaged)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| MaterialError::Unreadable(SPEC))?;
        Self::ready(pair)
    }

    fn ready(pair: Ed25519KeyPair) -> Result<Self, MaterialError> {
        let unreadable = |_| MaterialError::Unreadable(SPEC);
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(unreadable)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(unreadable)?;
        Ok(Self {
            seed: seed(&pair)?,
            pkcs8: Secret::new(der.as_ref().to_vec()),
            public_key: public.as_ref().to_vec(),
            verifying: ParsedPublicKey::new(&signature::ED25519, pair.public_key().as_ref())
                .map_err(|_| MaterialError::Unreadable(SPEC))?,
            pair,
            prehashing: OnceLock::new(),
        })
    }

    pub(super) fn payload(&self) -> &[u8] {
        self.seed.expose()
    }

    pub(super) fn pkcs8(&self) -> &[u8] {
        self.pkcs8.expose()
    }

    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    pub(super) fn sign(&self, message: Message<'_>) -> Result<Vec<u8>, SignError> {
        match message {
            Message::Raw(message) => self
                .pair
                .try_sign(message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError::Failed),
            Message::Digest(message) => self
                .prehashing()?
                .sign_prehashed(Sha512::new_with_prefix(message), None)
                .map(|signature| signature.to_bytes().to_vec())
                .map_err(|_| SignError::Failed),
            Message::ExternalMu(_) => Err(SignError::Failed),
        }
    }

    pub(super) fn verify(&self, message: Message<'_>, signature: &[u8]) -> Result<bool, SignError> {
        match message {
            Message::Raw(message) => Ok(self.verifying.verify_sig(message, signature).is_ok()),
            Message::Digest(message) => {
                let Ok(signature) = Signature::from_slice(signature) else {
                    return Ok(false);
                };
                let digest = Sha512::new_with_prefix(message);
                let key = self.prehashing()?.verifying_key();
                Ok(key
                    .verify_prehashed_strict(digest, None, &signature)
                    .is_ok())
            }
            Message::ExternalMu(_) => Err(SignError::Failed),
        }
    }

    fn prehashing(&self) -> Result<&SigningKey, SignError> {
        lazily(&self.prehashing, || {
            let seed: &[u8; SEED] = self.seed.expose().try_into().ok()?;
            Some(SigningKey::from_bytes(seed))
        })
        .ok_or(SignError::Failed)
    }
}

fn seed(pair: &Ed25519KeyPair) -> Result<Secret, MaterialError> {
    let seed: Curve25519SeedBin<'_> = pair
        .seed()
        .and_then(|seed| seed.as_be_bytes())
        .map_err(|_| MaterialError::Unreadable(SPEC))?;
    Ok(Secret::new(seed.as_ref().to_vec()))
}
