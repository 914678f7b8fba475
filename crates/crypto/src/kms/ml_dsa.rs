//! ML-DSA keys (FIPS 204), kept as seeds.

use super::{KeySpec, MaterialError, Message, SignError, lazily, pkcs8};
use crate::{Random, Secret, SystemRandom};
use ::ml_dsa::{
    B32, EncodedSignature, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, SigningKey,
    VerifyingKey,
    signature::rand_core::{TryCryptoRng, TryRng},
};
use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    signature::{
        self, KeyPair, ParsedPublicKey, PqdsaKeyPair, PqdsaSigningAlgorithm,
        PqdsaVerificationAlgorithm,
    },
};
use std::{convert::Infallible, sync::OnceLock};
use zeroize::Zeroizing;

const SEED: usize = 32;
const MU: usize = 64;

pub(super) struct MlDsa {
    spec: KeySpec,
    seed: Secret,
    pkcs8: Secret,
    public_key: Vec<u8>,
    pair: PqdsaKeyPair,
    verifying: ParsedPublicKey,
    /// The provider takes no external µ.
    external: OnceLock<External>,
}

impl MlDsa {
    pub(super) fn generate(spec: KeySpec, random: &dyn Random) -> Result<Self, MaterialError> {
        let mut seed = Zeroizing::new([0; SEED]);
        random.fill(&mut *seed);
        Self::load(spec, &*seed)
    }

    /// Takes keys that hold the seed (RFC 9881, section 6): the expanded form cannot be told from
    /// an unsound one, and cannot be given back in the seed form.
    pub(super) fn import(spec: KeySpec, der: &[u8]) -> Result<Self, MaterialError> {
        pkcs8::read(spec, der)?;
        let (signing, _) = algorithms(spec).ok_or(MaterialError::OtherSpec(spec))?;
        let pair =
            PqdsaKeyPair::from_pkcs8(signing, der).map_err(|_| MaterialError::Unreadable(spec))?;
        Self::ready(spec, pair)
    }

    pub(super) fn load(spec: KeySpec, seed: &[u8]) -> Result<Self, MaterialError> {
        let (signing, _) = algorithms(spec).ok_or(MaterialError::OtherSpec(spec))?;
        let pair = PqdsaKeyPair::from_seed(signing, seed).map_err(|_| MaterialError::Damaged)?;
        Self::ready(spec, pair)
    }

    fn ready(spec: KeySpec, pair: PqdsaKeyPair) -> Result<Self, MaterialError> {
        let unreadable = |_| MaterialError::Unreadable(spec);
        let (_, verifying) = algorithms(spec).ok_or(MaterialError::OtherSpec(spec))?;
        let der = pair.to_pkcs8v1().map_err(unreadable)?;
        let seed = pkcs8::read(spec, der.as_ref())?
            .private_key
            .as_bytes()
            .strip_prefix(&[0x80, SEED as u8])
            .filter(|seed| seed.len() == SEED)
            .ok_or(MaterialError::Unreadable(spec))?
            .to_vec();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(unreadable)?;
        Ok(Self {
            spec,
            seed: Secret::new(seed),
            pkcs8: Secret::new(der.as_ref().to_vec()),
            public_key: public.as_ref().to_vec(),
            verifying: ParsedPublicKey::new(verifying, pair.public_key().as_ref())
                .map_err(|_| MaterialError::Unreadable(spec))?,
            pair,
            external: OnceLock::new(),
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
            Message::Raw(message) => {
                let mut signature = vec![0; self.pair.algorithm().signature_len()];
                let length = self
                    .pair
                    .sign(message, &mut signature)
                    .map_err(|_| SignError::Failed)?;
                signature.truncate(length);
                Ok(signature)
            }
            Message::ExternalMu(mu) => {
                let mu: &[u8; MU] = mu.try_into().map_err(|_| SignError::Failed)?;
                self.external()?.sign(mu).ok_or(SignError::Failed)
            }
            Message::Digest(_) => Err(SignError::Failed),
        }
    }

    pub(super) fn verify(&self, message: Message<'_>, signature: &[u8]) -> Result<bool, SignError> {
        match message {
            Message::Raw(message) => Ok(self.verifying.verify_sig(message, signature).is_ok()),
            Message::ExternalMu(mu) => {
                let mu: &[u8; MU] = mu.try_into().map_err(|_| SignError::Failed)?;
                Ok(self.external()?.verify(mu, signature))
            }
            Message::Digest(_) => Err(SignError::Failed),
        }
    }

    fn external(&self) -> Result<&External, SignError> {
        lazily(&self.external, || {
            let seed: &[u8; SEED] = self.seed.expose().try_into().ok()?;
            External::new(self.spec, &Zeroizing::new(B32::from(*seed)))
        })
        .ok_or(SignError::Failed)
    }
}

pub(super) fn algorithms(
    spec: KeySpec,
) -> Option<(
    &'static PqdsaSigningAlgorithm,
    &'static PqdsaVerificationAlgorithm,
)> {
    match spec {
        KeySpec::MlDsa44 => Some((&signature::ML_DSA_44_SIGNING, &signature::ML_DSA_44)),
        KeySpec::MlDsa65 => Some((&signature::ML_DSA_65_SIGNING, &signature::ML_DSA_65)),
        KeySpec::MlDsa87 => Some((&signature::ML_DSA_87_SIGNING, &signature::ML_DSA_87)),
        _ => None,
    }
}

/// The same key at the second provider, which signs µ.
enum External {
    MlDsa44(SigningKey<MlDsa44>),
    MlDsa65(SigningKey<MlDsa65>),
    MlDsa87(SigningKey<MlDsa87>),
}

impl External {
    fn new(spec: KeySpec, seed: &B32) -> Option<Self> {
        match spec {
            KeySpec::MlDsa44 => Some(Self::MlDsa44(SigningKey::from_seed(seed))),
            KeySpec::MlDsa65 => Some(Self::MlDsa65(SigningKey::from_seed(seed))),
            KeySpec::MlDsa87 => Some(Self::MlDsa87(SigningKey::from_seed(seed))),
            _ => None,
        }
    }

    fn sign(&self, mu: &[u8; MU]) -> Option<Vec<u8>> {
        match self {
            Self::MlDsa44(key) => sign_mu(key, mu),
            Self::MlDsa65(key) => sign_mu(key, mu),
            Self::MlDsa87(key) => sign_mu(key, mu),
        }
    }

    fn verify(&self, mu: &[u8; MU], signature: &[u8]) -> bool {
        match self {
            Self::MlDsa44(key) => verify_mu(key.as_ref(), mu, signature),
            Self::MlDsa65(key) => verify_mu(key.as_ref(), mu, signature),
            Self::MlDsa87(key) => verify_mu(key.as_ref(), mu, signature),
        }
    }
}

fn sign_mu<P: MlDsaParams>(key: &SigningKey<P>, mu: &[u8; MU]) -> Option<Vec<u8>> {
    key.expanded_key()
        .sign_mu_randomized(&(*mu).into(), &mut ProviderRandom)
        .ok()
        .map(|signature| signature.encode().to_vec())
}

fn verify_mu<P: MlDsaParams>(key: &VerifyingKey<P>, mu: &[u8; MU], signature: &[u8]) -> bool {
    EncodedSignature::<P>::try_from(signature)
        .ok()
        .and_then(|encoded| Signature::decode(&encoded))
        .is_some_and(|signature| key.verify_mu(&(*mu).into(), &signature))
}

/// The first provider's randomness for the second, which hedges its signatures with it.
struct ProviderRandom;

impl TryRng for ProviderRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        SystemRandom::new().fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        SystemRandom::new().fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Infallible> {
        SystemRandom::new().fill(buffer);
        Ok(())
    }
}

impl TryCryptoRng for ProviderRandom {}
