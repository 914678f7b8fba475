//! What each key spec is for ("Key spec reference").

use crate::api::types::{
    EncapsulationAlgorithmSpec, EncryptionAlgorithmSpec, KeyAgreementAlgorithmSpec, KeySpec,
    KeyUsageType, MacAlgorithmSpec, SigningAlgorithmSpec,
};

/// The spec as the cryptography knows it; `None` for SM2, which exists in China only.
#[must_use]
pub(crate) fn of(spec: KeySpec) -> Option<crypto::kms::KeySpec> {
    spec.as_str().parse().ok()
}

/// The usages that a spec admits. The first is the default where it is the only one.
#[must_use]
pub fn usages(spec: KeySpec) -> &'static [KeyUsageType] {
    use KeySpec as S;
    use KeyUsageType as U;
    match spec {
        S::SymmetricDefault => &[U::EncryptDecrypt],
        S::Rsa2048 | S::Rsa3072 | S::Rsa4096 => &[U::EncryptDecrypt, U::SignVerify],
        S::EccNistP256 | S::EccNistP384 | S::EccNistP521 => &[U::SignVerify, U::KeyAgreement],
        S::EccSecgP256K1 | S::EccNistEdwards25519 => &[U::SignVerify],
        S::Sm2 => &[U::EncryptDecrypt, U::SignVerify, U::KeyAgreement],
        S::Hmac224 | S::Hmac256 | S::Hmac384 | S::Hmac512 => &[U::GenerateVerifyMac],
        S::MlDsa44 | S::MlDsa65 | S::MlDsa87 => &[U::SignVerify],
        S::MlKem512 | S::MlKem768 | S::MlKem1024 => &[U::EncapsulateDecapsulate],
    }
}

/// The encryption algorithms of a spec.
#[must_use]
pub(crate) fn encryption(spec: KeySpec) -> &'static [EncryptionAlgorithmSpec] {
    use EncryptionAlgorithmSpec as A;
    use KeySpec as S;
    match spec {
        S::SymmetricDefault => &[A::SymmetricDefault],
        S::Rsa2048 | S::Rsa3072 | S::Rsa4096 => &[A::RsaesOaepSha1, A::RsaesOaepSha256],
        _ => &[],
    }
}

/// The signing algorithms of a spec.
#[must_use]
pub(crate) fn signing(spec: KeySpec) -> &'static [SigningAlgorithmSpec] {
    use KeySpec as S;
    use SigningAlgorithmSpec as A;
    match spec {
        S::Rsa2048 | S::Rsa3072 | S::Rsa4096 => &[
            A::RsassaPkcs1V15Sha256,
            A::RsassaPkcs1V15Sha384,
            A::RsassaPkcs1V15Sha512,
            A::RsassaPssSha256,
            A::RsassaPssSha384,
            A::RsassaPssSha512,
        ],
        S::EccNistP256 | S::EccSecgP256K1 => &[A::EcdsaSha256],
        S::EccNistP384 => &[A::EcdsaSha384],
        S::EccNistP521 => &[A::EcdsaSha512],
        S::EccNistEdwards25519 => &[A::Ed25519Sha512, A::Ed25519PhSha512],
        S::MlDsa44 | S::MlDsa65 | S::MlDsa87 => &[A::MlDsaShake256],
        _ => &[],
    }
}

/// The algorithms of message authentication codes of a spec.
#[must_use]
pub(crate) fn mac(spec: KeySpec) -> &'static [MacAlgorithmSpec] {
    use KeySpec as S;
    use MacAlgorithmSpec as A;
    match spec {
        S::Hmac224 => &[A::HmacSha224],
        S::Hmac256 => &[A::HmacSha256],
        S::Hmac384 => &[A::HmacSha384],
        S::Hmac512 => &[A::HmacSha512],
        _ => &[],
    }
}

/// The key agreement algorithms of a spec.
#[must_use]
pub(crate) fn agreement(spec: KeySpec) -> &'static [KeyAgreementAlgorithmSpec] {
    use KeySpec as S;
    match spec {
        S::EccNistP256 | S::EccNistP384 | S::EccNistP521 => &[KeyAgreementAlgorithmSpec::Ecdh],
        _ => &[],
    }
}

/// The encapsulation algorithms of a spec.
#[must_use]
pub(crate) fn encapsulation(spec: KeySpec) -> &'static [EncapsulationAlgorithmSpec] {
    use KeySpec as S;
    match spec {
        S::MlKem512 | S::MlKem768 | S::MlKem1024 => &[EncapsulationAlgorithmSpec::MlKem],
        _ => &[],
    }
}
