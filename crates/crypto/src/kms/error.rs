//! What can go wrong with key material. No text holds anything of a key.

use super::{KeySpec, MessageType, SigningAlgorithm};

/// Key material that cannot be made, imported or loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MaterialError {
    /// Imported bytes of a symmetric or HMAC key have another length than the spec demands.
    #[error("the key material of {spec} has {expected} bytes, not {found}")]
    WrongLength {
        /// The spec that was asked for.
        spec: KeySpec,
        /// The length that it demands, in bytes.
        expected: usize,
        /// The length that was given, in bytes.
        found: usize,
    },
    /// It is no private key in the form that the spec demands: unencrypted PKCS #8 in DER, with
    /// the seed in it for ML-DSA and ML-KEM.
    #[error("this is no {0} private key in pkcs #8 der")]
    Unreadable(KeySpec),
    /// It is a sound key of another type, size or curve.
    #[error("this is a key of another spec than {0}")]
    OtherSpec(KeySpec),
    /// The stored form is cut or changed.
    #[error("the stored key material is damaged")]
    Damaged,
    /// The stored form was written by a newer version.
    #[error("the stored key material has a format that this version does not know")]
    UnknownFormat,
    /// The provider could not make a key.
    #[error("the key material could not be generated")]
    Generation,
}

/// A use of key material that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UseError {
    /// The spec has no such operation or algorithm.
    #[error("the key spec has no such operation or algorithm")]
    Unfit,
    /// The message is longer than the algorithm and the key can take.
    #[error("the message is longer than {limit} bytes")]
    TooLong {
        /// The longest message, in bytes.
        limit: usize,
    },
    /// The ciphertext is not authentic or has a wrong length, or the peer's public key is unsound
    /// or on another curve.
    #[error("the input is not authentic or does not fit the key")]
    Rejected,
    /// The provider failed where it should not.
    #[error("the operation failed")]
    Failed,
}

/// A signature that cannot be made or checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The spec does not have the algorithm.
    #[error("the key spec {spec} does not have the algorithm {algorithm}")]
    Unfit {
        /// The spec of the key.
        spec: KeySpec,
        /// The algorithm that was asked for.
        algorithm: SigningAlgorithm,
    },
    /// The algorithm does not take messages of this type.
    #[error("the algorithm {algorithm} does not take messages of type {message_type}")]
    MessageType {
        /// The algorithm that was asked for.
        algorithm: SigningAlgorithm,
        /// The type that it does not take.
        message_type: MessageType,
    },
    /// The digest, or the external µ, does not have the algorithm's length.
    #[error("the digest has {found} bytes, {algorithm} takes {expected}")]
    DigestLength {
        /// The algorithm that was asked for.
        algorithm: SigningAlgorithm,
        /// The length that it takes, in bytes.
        expected: usize,
        /// The length that was given, in bytes.
        found: usize,
    },
    /// The provider failed where it should not.
    #[error("the operation failed")]
    Failed,
}

/// Wrapped key material that does not unwrap. Every cause looks alike, so that nobody can learn
/// from the answers where it went wrong (RFC 8017, section 7.2.2, note).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the wrapped key material cannot be unwrapped")]
pub struct UnwrapError;
