//! ML-KEM keys (FIPS 203), kept as seeds.

use super::{
    KeySpec, MaterialError, UseError,
    der::{self, BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE},
    pkcs8,
};
use crate::{Random, Secret, equal};
use ::ml_kem::{DecapsulationKey512, DecapsulationKey768, DecapsulationKey1024, KeyExport, Seed};
use aws_lc_rs::kem::{
    Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_512, ML_KEM_768, ML_KEM_1024,
};
use zeroize::Zeroizing;

/// d and z of FIPS 203, algorithm 16.
const SEED: usize = 64;
/// The context tag 0 of the seed in a private key (RFC 9935, section 6).
const SEED_TAG: u8 = 0x80;

pub(super) struct MlKem {
    seed: Secret,
    pkcs8: Secret,
    public_key: Vec<u8>,
    ciphertext_length: usize,
    decapsulating: DecapsulationKey,
    encapsulating: EncapsulationKey,
}

impl MlKem {
    pub(super) fn generate(spec: KeySpec, random: &dyn Random) -> Result<Self, MaterialError> {
        let mut seed = Zeroizing::new([0; SEED]);
        random.fill(&mut *seed);
        Self::load(spec, &*seed)
    }

    /// Takes keys that hold the seed, alone or with the expanded key that belongs to it.
    pub(super) fn import(spec: KeySpec, der: &[u8]) -> Result<Self, MaterialError> {
        let unreadable = MaterialError::Unreadable(spec);
        let info = pkcs8::read(spec, der)?;
        let (seed, expanded) = read_choice(info.private_key.as_bytes()).ok_or(unreadable)?;
        let key = Self::load(spec, seed)?;
        let fits = |claimed: &[u8]| {
            key.decapsulating
                .key_bytes()
                .is_ok_and(|bytes| equal(bytes.as_ref(), claimed))
        };
        match expanded {
            Some(expanded) if !fits(expanded) => Err(unreadable),
            _ => Ok(key),
        }
    }

    pub(super) fn load(spec: KeySpec, seed: &[u8]) -> Result<Self, MaterialError> {
        let seed: &[u8; SEED] = seed.try_into().map_err(|_| MaterialError::Damaged)?;
        let (algorithm, ciphertext_length) = match spec {
            KeySpec::MlKem512 => (&ML_KEM_512, 768),
            KeySpec::MlKem768 => (&ML_KEM_768, 1088),
            KeySpec::MlKem1024 => (&ML_KEM_1024, 1568),
            _ => return Err(MaterialError::OtherSpec(spec)),
        };
        let (expanded, public) = expand(spec, seed).ok_or(MaterialError::OtherSpec(spec))?;
        let generation = |_| MaterialError::Generation;
        let identifier = algorithm_identifier(spec).ok_or(MaterialError::OtherSpec(spec))?;
        let tagged = Zeroizing::new(der::value(SEED_TAG, &[seed]));
        let private = Zeroizing::new(der::value(OCTET_STRING, &[&tagged]));
        let version = der::value(INTEGER, &[&[0]]);
        let bits = der::value(BIT_STRING, &[&[0], &public]);
        Ok(Self {
            seed: Secret::new(seed.to_vec()),
            pkcs8: Secret::new(der::value(SEQUENCE, &[&version, &identifier, &private])),
            public_key: der::value(SEQUENCE, &[&identifier, &bits]),
            ciphertext_length,
            decapsulating: DecapsulationKey::new(algorithm, &expanded).map_err(generation)?,
            encapsulating: EncapsulationKey::new(algorithm, &public).map_err(generation)?,
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

    pub(super) fn encapsulate(&self) -> Result<(Vec<u8>, Secret), UseError> {
        let (ciphertext, secret) = self
            .encapsulating
            .encapsulate()
            .map_err(|_| UseError::Failed)?;
        Ok((
            ciphertext.as_ref().to_vec(),
            Secret::new(secret.as_ref().to_vec()),
        ))
    }

    pub(super) fn decapsulate(&self, ciphertext: &[u8]) -> Result<Secret, UseError> {
        if ciphertext.len() != self.ciphertext_length {
            return Err(UseError::Rejected);
        }
        self.decapsulating
            .decapsulate(Ciphertext::from(ciphertext))
            .map(|secret| Secret::new(secret.as_ref().to_vec()))
            .map_err(|_| UseError::Failed)
    }
}

/// The expanded decapsulation key and the encapsulation key of a seed.
// The crate warns of the expanded form as a form to store; here it is the way between two libraries.
#[allow(deprecated)]
pub(super) fn expand(spec: KeySpec, seed: &[u8; SEED]) -> Option<(Zeroizing<Vec<u8>>, Vec<u8>)> {
    use ::ml_kem::ExpandedKeyEncoding;
    macro_rules! expand {
        ($key:ty) => {{
            let key = <$key>::from_seed(Seed::from(*seed));
            let expanded = Zeroizing::new(key.to_expanded_bytes());
            let public = key.encapsulation_key().to_bytes();
            Some((Zeroizing::new(expanded.to_vec()), public.to_vec()))
        }};
    }
    match spec {
        KeySpec::MlKem512 => expand!(DecapsulationKey512),
        KeySpec::MlKem768 => expand!(DecapsulationKey768),
        KeySpec::MlKem1024 => expand!(DecapsulationKey1024),
        _ => None,
    }
}

/// AlgorithmIdentifier without parameters (RFC 9935, section 3).
fn algorithm_identifier(spec: KeySpec) -> Option<Vec<u8>> {
    let identifier = pkcs8::key_type(spec)?;
    let identifier = der::value(OBJECT_IDENTIFIER, &[identifier.as_bytes()]);
    Some(der::value(SEQUENCE, &[&identifier]))
}

/// The seed of a private key, and the expanded key where it is there too (RFC 9935, section 6):
/// `[0] seed`, or a sequence of two octet strings.
fn read_choice(choice: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    if let Some(seed) = choice.strip_prefix(&[SEED_TAG, SEED as u8]) {
        return (seed.len() == SEED).then_some((seed, None));
    }
    let (pair, b"") = element(choice, SEQUENCE)? else {
        return None;
    };
    let (seed, rest) = element(pair, OCTET_STRING)?;
    let (expanded, b"") = element(rest, OCTET_STRING)? else {
        return None;
    };
    Some((seed, Some(expanded)))
}

/// One element of a DER text, and what follows it.
fn element(text: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = text.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 => {
            let (&length, rest) = rest.split_first()?;
            (usize::from(length), rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    if found != tag {
        return None;
    }
    rest.split_at_checked(length)
}
