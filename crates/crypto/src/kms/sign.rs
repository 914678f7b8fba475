//! Signing algorithms and what they sign.

use super::{KeySpec, SignError, spec::named};
use aws_lc_rs::digest::{self, Digest};

named! {
    /// How a KMS key signs (AWS: "Sign").
    pub enum SigningAlgorithm {
        /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 8017).
        RsassaPssSha256 = "RSASSA_PSS_SHA_256",
        /// RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes.
        RsassaPssSha384 = "RSASSA_PSS_SHA_384",
        /// RSASSA-PSS with SHA-512, MGF1 with SHA-512 and a salt of 64 bytes.
        RsassaPssSha512 = "RSASSA_PSS_SHA_512",
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        RsassaPkcs1V15Sha256 = "RSASSA_PKCS1_V1_5_SHA_256",
        /// RSASSA-PKCS1-v1_5 with SHA-384.
        RsassaPkcs1V15Sha384 = "RSASSA_PKCS1_V1_5_SHA_384",
        /// RSASSA-PKCS1-v1_5 with SHA-512.
        RsassaPkcs1V15Sha512 = "RSASSA_PKCS1_V1_5_SHA_512",
        /// ECDSA on P-256 or secp256k1 with SHA-256; signatures in DER.
        EcdsaSha256 = "ECDSA_SHA_256",
        /// ECDSA on P-384 with SHA-384; signatures in DER.
        EcdsaSha384 = "ECDSA_SHA_384",
        /// ECDSA on P-521 with SHA-512; signatures in DER.
        EcdsaSha512 = "ECDSA_SHA_512",
        /// Pure ML-DSA with an empty context (FIPS 204).
        MlDsaShake256 = "ML_DSA_SHAKE_256",
        /// Pure Ed25519 (RFC 8032).
        Ed25519Sha512 = "ED25519_SHA_512",
        /// Ed25519ph (RFC 8032) of a digest, which is hashed once more: see [`Message::Digest`].
        Ed25519PhSha512 = "ED25519_PH_SHA_512",
    }
}

impl SigningAlgorithm {
    /// The algorithms of a spec: none where it does not sign.
    #[must_use]
    pub fn allowed(spec: KeySpec) -> &'static [Self] {
        match spec {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => &[
                Self::RsassaPssSha256,
                Self::RsassaPssSha384,
                Self::RsassaPssSha512,
                Self::RsassaPkcs1V15Sha256,
                Self::RsassaPkcs1V15Sha384,
                Self::RsassaPkcs1V15Sha512,
            ],
            KeySpec::EccNistP256 | KeySpec::EccSecgP256k1 => &[Self::EcdsaSha256],
            KeySpec::EccNistP384 => &[Self::EcdsaSha384],
            KeySpec::EccNistP521 => &[Self::EcdsaSha512],
            KeySpec::EccNistEdwards25519 => &[Self::Ed25519Sha512, Self::Ed25519PhSha512],
            KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => &[Self::MlDsaShake256],
            _ => &[],
        }
    }

    /// The types of messages that the algorithm takes.
    #[must_use]
    pub fn message_types(self) -> &'static [MessageType] {
        match self {
            Self::Ed25519Sha512 => &[MessageType::Raw],
            Self::Ed25519PhSha512 => &[MessageType::Digest],
            Self::MlDsaShake256 => &[MessageType::Raw, MessageType::ExternalMu],
            _ => &[MessageType::Raw, MessageType::Digest],
        }
    }

    /// The length in bytes of a [`Message::Digest`] or [`Message::ExternalMu`].
    #[must_use]
    pub fn digest_length(self) -> usize {
        match self {
            Self::RsassaPssSha256 | Self::RsassaPkcs1V15Sha256 | Self::EcdsaSha256 => 32,
            Self::RsassaPssSha384 | Self::RsassaPkcs1V15Sha384 | Self::EcdsaSha384 => 48,
            _ => 64,
        }
    }

    /// Refuses what the spec and the algorithm do not take.
    pub(super) fn check(self, spec: KeySpec, message: Message<'_>) -> Result<(), SignError> {
        if !Self::allowed(spec).contains(&self) {
            return Err(SignError::Unfit {
                spec,
                algorithm: self,
            });
        }
        let message_type = message.message_type();
        if !self.message_types().contains(&message_type) {
            return Err(SignError::MessageType {
                algorithm: self,
                message_type,
            });
        }
        match message {
            Message::Raw(_) => Ok(()),
            Message::Digest(bytes) | Message::ExternalMu(bytes)
                if bytes.len() == self.digest_length() =>
            {
                Ok(())
            }
            Message::Digest(bytes) | Message::ExternalMu(bytes) => Err(SignError::DigestLength {
                algorithm: self,
                expected: self.digest_length(),
                found: bytes.len(),
            }),
        }
    }
}

named! {
    /// What the bytes of a message are.
    pub enum MessageType {
        /// The message itself.
        Raw = "RAW",
        /// The message's digest.
        Digest = "DIGEST",
        /// The representative µ of the message (FIPS 204, section 6.2).
        ExternalMu = "EXTERNAL_MU",
    }
}

/// A message to sign or to verify.
#[derive(Clone, Copy)]
pub enum Message<'a> {
    /// The message itself, of any length.
    Raw(&'a [u8]),
    /// The message's digest, of [`SigningAlgorithm::digest_length`] bytes.
    ///
    /// RSA and ECDSA sign it as it is. Ed25519ph hashes it once more, as AWS does (AWS: "Sign",
    /// parameter MessageType): the signature is the one of RFC 8032 for these 64 bytes.
    Digest(&'a [u8]),
    /// µ, 64 bytes, which binds the public key and the context already (FIPS 204, section 6.2).
    ExternalMu(&'a [u8]),
}

impl<'a> Message<'a> {
    /// A message of a type.
    #[must_use]
    pub fn new(message_type: MessageType, bytes: &'a [u8]) -> Self {
        match message_type {
            MessageType::Raw => Self::Raw(bytes),
            MessageType::Digest => Self::Digest(bytes),
            MessageType::ExternalMu => Self::ExternalMu(bytes),
        }
    }

    /// What the bytes are.
    #[must_use]
    pub fn message_type(self) -> MessageType {
        match self {
            Self::Raw(_) => MessageType::Raw,
            Self::Digest(_) => MessageType::Digest,
            Self::ExternalMu(_) => MessageType::ExternalMu,
        }
    }

    /// The digest of the message, which is computed where it was not given.
    pub(super) fn digest(self, algorithm: &'static digest::Algorithm) -> Result<Digest, SignError> {
        match self {
            Self::Raw(message) => Ok(digest::digest(algorithm, message)),
            Self::Digest(bytes) | Self::ExternalMu(bytes) => {
                Digest::import_less_safe(bytes, algorithm).map_err(|_| SignError::Failed)
            }
        }
    }
}

impl std::fmt::Debug for Message<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Message({})", self.message_type())
    }
}
