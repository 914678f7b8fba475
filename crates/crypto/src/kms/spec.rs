//! AWS's names of key specs and algorithms.

/// A text that names none of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name is unknown")]
pub struct UnknownName;

/// An enum whose values have AWS's names.
macro_rules! named {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $value,)+ }

        impl $name {
            /// All values, in AWS's order.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// AWS's name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::kms::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$value),)+
                    _ => Err($crate::kms::UnknownName),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}
pub(super) use named;

named! {
    /// What kind of key a KMS key is (AWS: "Key spec reference"). SM2 exists in China only and is
    /// not here.
    pub enum KeySpec {
        /// AES-256-GCM.
        SymmetricDefault = "SYMMETRIC_DEFAULT",
        /// HMAC with SHA-224.
        Hmac224 = "HMAC_224",
        /// HMAC with SHA-256.
        Hmac256 = "HMAC_256",
        /// HMAC with SHA-384.
        Hmac384 = "HMAC_384",
        /// HMAC with SHA-512.
        Hmac512 = "HMAC_512",
        /// RSA with a modulus of 2048 bits.
        Rsa2048 = "RSA_2048",
        /// RSA with a modulus of 3072 bits.
        Rsa3072 = "RSA_3072",
        /// RSA with a modulus of 4096 bits.
        Rsa4096 = "RSA_4096",
        /// NIST P-256 (secp256r1).
        EccNistP256 = "ECC_NIST_P256",
        /// NIST P-384 (secp384r1).
        EccNistP384 = "ECC_NIST_P384",
        /// NIST P-521 (secp521r1).
        EccNistP521 = "ECC_NIST_P521",
        /// secp256k1.
        EccSecgP256k1 = "ECC_SECG_P256K1",
        /// Ed25519.
        EccNistEdwards25519 = "ECC_NIST_EDWARDS25519",
        /// ML-DSA-44 (FIPS 204).
        MlDsa44 = "ML_DSA_44",
        /// ML-DSA-65 (FIPS 204).
        MlDsa65 = "ML_DSA_65",
        /// ML-DSA-87 (FIPS 204).
        MlDsa87 = "ML_DSA_87",
        /// ML-KEM-512 (FIPS 203).
        MlKem512 = "ML_KEM_512",
        /// ML-KEM-768 (FIPS 203).
        MlKem768 = "ML_KEM_768",
        /// ML-KEM-1024 (FIPS 203).
        MlKem1024 = "ML_KEM_1024",
    }
}

impl KeySpec {
    /// Whether keys of this spec have a public key.
    #[must_use]
    pub fn is_asymmetric(self) -> bool {
        !matches!(self, Self::SymmetricDefault) && !self.is_hmac()
    }

    /// Whether keys of this spec make message authentication codes.
    #[must_use]
    pub fn is_hmac(self) -> bool {
        matches!(
            self,
            Self::Hmac224 | Self::Hmac256 | Self::Hmac384 | Self::Hmac512
        )
    }

    /// Whether keys of this spec agree on secrets by ECDH.
    #[must_use]
    pub fn agrees(self) -> bool {
        matches!(
            self,
            Self::EccNistP256 | Self::EccNistP384 | Self::EccNistP521
        )
    }

    /// Whether keys of this spec encapsulate secrets by ML-KEM.
    #[must_use]
    pub fn encapsulates(self) -> bool {
        matches!(self, Self::MlKem512 | Self::MlKem768 | Self::MlKem1024)
    }

    /// The size of an RSA modulus in bytes; `None` for other specs.
    pub(super) fn modulus_bytes(self) -> Option<usize> {
        match self {
            Self::Rsa2048 => Some(256),
            Self::Rsa3072 => Some(384),
            Self::Rsa4096 => Some(512),
            _ => None,
        }
    }

    /// The number that stands for the spec in stored material. These never change.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::SymmetricDefault => 1,
            Self::Hmac224 => 2,
            Self::Hmac256 => 3,
            Self::Hmac384 => 4,
            Self::Hmac512 => 5,
            Self::Rsa2048 => 6,
            Self::Rsa3072 => 7,
            Self::Rsa4096 => 8,
            Self::EccNistP256 => 9,
            Self::EccNistP384 => 10,
            Self::EccNistP521 => 11,
            Self::EccSecgP256k1 => 12,
            Self::EccNistEdwards25519 => 13,
            Self::MlDsa44 => 14,
            Self::MlDsa65 => 15,
            Self::MlDsa87 => 16,
            Self::MlKem512 => 17,
            Self::MlKem768 => 18,
            Self::MlKem1024 => 19,
        }
    }
}

named! {
    /// How a KMS key encrypts.
    pub enum EncryptionAlgorithm {
        /// AES-256-GCM with an encryption context: [`super::Material::seal`].
        SymmetricDefault = "SYMMETRIC_DEFAULT",
        /// RSAES-OAEP with SHA-1 and MGF1 with SHA-1 (RFC 8017).
        RsaesOaepSha1 = "RSAES_OAEP_SHA_1",
        /// RSAES-OAEP with SHA-256 and MGF1 with SHA-256 (RFC 8017).
        RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
    }
}

impl EncryptionAlgorithm {
    /// The algorithms of a spec: none where it does not encrypt.
    #[must_use]
    pub fn allowed(spec: KeySpec) -> &'static [Self] {
        match spec {
            KeySpec::SymmetricDefault => &[Self::SymmetricDefault],
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => {
                &[Self::RsaesOaepSha1, Self::RsaesOaepSha256]
            }
            _ => &[],
        }
    }
}

named! {
    /// How a KMS key makes message authentication codes.
    pub enum MacAlgorithm {
        /// HMAC with SHA-224: codes of 28 bytes.
        HmacSha224 = "HMAC_SHA_224",
        /// HMAC with SHA-256: codes of 32 bytes.
        HmacSha256 = "HMAC_SHA_256",
        /// HMAC with SHA-384: codes of 48 bytes.
        HmacSha384 = "HMAC_SHA_384",
        /// HMAC with SHA-512: codes of 64 bytes.
        HmacSha512 = "HMAC_SHA_512",
    }
}

impl MacAlgorithm {
    /// The algorithms of a spec: one for HMAC keys, none for others.
    #[must_use]
    pub fn allowed(spec: KeySpec) -> &'static [Self] {
        match spec {
            KeySpec::Hmac224 => &[Self::HmacSha224],
            KeySpec::Hmac256 => &[Self::HmacSha256],
            KeySpec::Hmac384 => &[Self::HmacSha384],
            KeySpec::Hmac512 => &[Self::HmacSha512],
            _ => &[],
        }
    }
}

named! {
    /// The size of an RSA key that wraps imported key material.
    pub enum WrappingKeySpec {
        /// RSA with a modulus of 2048 bits.
        Rsa2048 = "RSA_2048",
        /// RSA with a modulus of 3072 bits.
        Rsa3072 = "RSA_3072",
        /// RSA with a modulus of 4096 bits.
        Rsa4096 = "RSA_4096",
    }
}

named! {
    /// How imported key material is wrapped (AWS: "Select a wrapping algorithm").
    pub enum WrappingAlgorithm {
        /// RSAES-PKCS1-v1_5, which AWS does not take any more since October 2023.
        RsaesPkcs1V15 = "RSAES_PKCS1_V1_5",
        /// RSAES-OAEP with SHA-1.
        RsaesOaepSha1 = "RSAES_OAEP_SHA_1",
        /// RSAES-OAEP with SHA-256.
        RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
        /// An AES-256 key wrapped by RSAES-OAEP with SHA-1, then the material wrapped by RFC 5649.
        RsaAesKeyWrapSha1 = "RSA_AES_KEY_WRAP_SHA_1",
        /// An AES-256 key wrapped by RSAES-OAEP with SHA-256, then the material wrapped by RFC 5649.
        RsaAesKeyWrapSha256 = "RSA_AES_KEY_WRAP_SHA_256",
    }
}
