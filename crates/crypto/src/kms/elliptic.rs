//! Keys on P-256, P-384, P-521 and secp256k1: ECDSA and ECDH.

use super::{KeySpec, MaterialError, Message, SignError, UseError, lazily, pkcs8};
use crate::Secret;
use ::pkcs8::spki::SubjectPublicKeyInfoRef;
use aws_lc_rs::{
    agreement, digest,
    encoding::{AsDer, PublicKeyX509Der},
    signature::{
        self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, KeyPair,
        ParsedPublicKey,
    },
};
use std::sync::OnceLock;

pub(super) struct Elliptic {
    spec: KeySpec,
    curve: Curve,
    pkcs8: Secret,
    public_key: Vec<u8>,
    pair: EcdsaKeyPair,
    verifying: ParsedPublicKey,
    /// Most keys sign.
    agreeing: OnceLock<agreement::PrivateKey>,
}

impl Elliptic {
    pub(super) fn generate(spec: KeySpec) -> Result<Self, MaterialError> {
        let curve = curve(spec).ok_or(MaterialError::OtherSpec(spec))?;
        let pair = EcdsaKeyPair::generate(curve.signing).map_err(|_| MaterialError::Generation)?;
        Self::ready(spec, curve, pair)
    }

    pub(super) fn import(spec: KeySpec, der: &[u8]) -> Result<Self, MaterialError> {
        pkcs8::read(spec, der)?;
        Self::load(spec, der)
    }

    pub(super) fn load(spec: KeySpec, der: &[u8]) -> Result<Self, MaterialError> {
        let curve = curve(spec).ok_or(MaterialError::OtherSpec(spec))?;
        let pair = EcdsaKeyPair::from_pkcs8(curve.signing, der)
            .map_err(|_| MaterialError::Unreadable(spec))?;
        Self::ready(spec, curve, pair)
    }

    fn ready(spec: KeySpec, curve: Curve, pair: EcdsaKeyPair) -> Result<Self, MaterialError> {
        let unreadable = |_| MaterialError::Unreadable(spec);
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(unreadable)?;
        let public_key = public.as_ref().to_vec();
        Ok(Self {
            spec,
            pkcs8: Secret::new(pair.to_pkcs8v1().map_err(unreadable)?.as_ref().to_vec()),
            verifying: ParsedPublicKey::new(curve.verifying, &public_key)
                .map_err(|_| MaterialError::Unreadable(spec))?,
            public_key,
            curve,
            pair,
            agreeing: OnceLock::new(),
        })
    }

    pub(super) fn payload(&self) -> &[u8] {
        self.pkcs8.expose()
    }

    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    pub(super) fn sign(&self, message: Message<'_>) -> Result<Vec<u8>, SignError> {
        let digest = message.digest(self.curve.digest)?;
        self.pair
            .sign_digest(&digest)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| SignError::Failed)
    }

    pub(super) fn verify(&self, message: Message<'_>, signature: &[u8]) -> Result<bool, SignError> {
        let digest = message.digest(self.curve.digest)?;
        Ok(self.verifying.verify_digest_sig(&digest, signature).is_ok())
    }

    /// The x coordinate of the shared point (NIST SP 800-56A, section 5.7.1.2).
    pub(super) fn agree(&self, peer_public_key: &[u8]) -> Result<Secret, UseError> {
        let algorithm = self.curve.agreement.ok_or(UseError::Unfit)?;
        self.check_peer(peer_public_key)?;
        let key = lazily(&self.agreeing, || {
            agreement::PrivateKey::from_private_key_der(algorithm, self.pkcs8.expose()).ok()
        })
        .ok_or(UseError::Failed)?;
        let peer = agreement::UnparsedPublicKey::new(algorithm, peer_public_key);
        agreement::agree(key, peer, UseError::Rejected, |secret| {
            Ok(Secret::new(secret.to_vec()))
        })
    }

    /// The provider takes bare points too; AWS takes DER with a named curve and nothing behind it.
    fn check_peer(&self, public_key: &[u8]) -> Result<(), UseError> {
        let info = SubjectPublicKeyInfoRef::try_from(public_key).map_err(|_| UseError::Rejected)?;
        let curve = info
            .algorithm
            .parameters_oid()
            .map_err(|_| UseError::Rejected)?;
        if info.algorithm.oid == pkcs8::ELLIPTIC && Some(curve) == pkcs8::curve(self.spec) {
            Ok(())
        } else {
            Err(UseError::Rejected)
        }
    }
}

/// The provider's names of what is done on a curve.
#[derive(Clone, Copy)]
pub(super) struct Curve {
    pub(super) digest: &'static digest::Algorithm,
    signing: &'static EcdsaSigningAlgorithm,
    pub(super) verifying: &'static EcdsaVerificationAlgorithm,
    agreement: Option<&'static agreement::Algorithm>,
}

pub(super) fn curve(spec: KeySpec) -> Option<Curve> {
    match spec {
        KeySpec::EccNistP256 => Some(Curve {
            digest: &digest::SHA256,
            signing: &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            verifying: &signature::ECDSA_P256_SHA256_ASN1,
            agreement: Some(&agreement::ECDH_P256),
        }),
        KeySpec::EccNistP384 => Some(Curve {
            digest: &digest::SHA384,
            signing: &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
            verifying: &signature::ECDSA_P384_SHA384_ASN1,
            agreement: Some(&agreement::ECDH_P384),
        }),
        KeySpec::EccNistP521 => Some(Curve {
            digest: &digest::SHA512,
            signing: &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
            verifying: &signature::ECDSA_P521_SHA512_ASN1,
            agreement: Some(&agreement::ECDH_P521),
        }),
        KeySpec::EccSecgP256k1 => Some(Curve {
            digest: &digest::SHA256,
            signing: &signature::ECDSA_P256K1_SHA256_ASN1_SIGNING,
            verifying: &signature::ECDSA_P256K1_SHA256_ASN1,
            agreement: None,
        }),
        _ => None,
    }
}
