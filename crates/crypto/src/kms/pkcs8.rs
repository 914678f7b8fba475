//! Private keys in PKCS #8, and the object identifiers of their types.

use super::{KeySpec, MaterialError};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const ELLIPTIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ML_DSA_44: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17");
const ML_DSA_65: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18");
const ML_DSA_87: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19");
const ML_KEM_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.4.1");
const ML_KEM_768: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.4.2");
const ML_KEM_1024: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.4.3");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const P256K1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.10");

/// The type of key that a spec has (RFC 8017, RFC 5480, RFC 8410, RFC 9881, RFC 9935).
pub(super) fn key_type(spec: KeySpec) -> Option<ObjectIdentifier> {
    Some(match spec {
        KeySpec::SymmetricDefault
        | KeySpec::Hmac224
        | KeySpec::Hmac256
        | KeySpec::Hmac384
        | KeySpec::Hmac512 => return None,
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => RSA,
        KeySpec::EccNistP256
        | KeySpec::EccNistP384
        | KeySpec::EccNistP521
        | KeySpec::EccSecgP256k1 => ELLIPTIC,
        KeySpec::EccNistEdwards25519 => ED25519,
        KeySpec::MlDsa44 => ML_DSA_44,
        KeySpec::MlDsa65 => ML_DSA_65,
        KeySpec::MlDsa87 => ML_DSA_87,
        KeySpec::MlKem512 => ML_KEM_512,
        KeySpec::MlKem768 => ML_KEM_768,
        KeySpec::MlKem1024 => ML_KEM_1024,
    })
}

/// The named curve of a spec (RFC 5480).
pub(super) fn curve(spec: KeySpec) -> Option<ObjectIdentifier> {
    match spec {
        KeySpec::EccNistP256 => Some(P256),
        KeySpec::EccNistP384 => Some(P384),
        KeySpec::EccNistP521 => Some(P521),
        KeySpec::EccSecgP256k1 => Some(P256K1),
        _ => None,
    }
}

/// Reads a private key of the spec's type and curve: DER with nothing behind it.
///
/// The provider's parsers are the judges of the key itself. They take more than one type and
/// ignore what follows, so that this look comes first.
pub(super) fn read(spec: KeySpec, der: &[u8]) -> Result<PrivateKeyInfoRef<'_>, MaterialError> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| MaterialError::Unreadable(spec))?;
    if key_type(spec) != Some(info.algorithm.oid) {
        return Err(MaterialError::OtherSpec(spec));
    }
    if let Some(curve) = curve(spec) {
        match info.algorithm.parameters_oid() {
            Ok(found) if found == curve => {}
            Ok(_) => return Err(MaterialError::OtherSpec(spec)),
            Err(_) => return Err(MaterialError::Unreadable(spec)),
        }
    }
    Ok(info)
}
