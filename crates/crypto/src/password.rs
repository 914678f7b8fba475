//! Password hashes.

use crate::Random;
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};

/// Bounds of what a stored hash may cost to verify.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_ITERATIONS: u32 = 16;
const MAX_LANES: u32 = 8;

const SALT_BYTES: usize = 16;

/// What a hash costs to make and to verify (Argon2id, RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordParameters {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordParameters {
    /// 19 MiB, 2 passes, 1 lane: OWASP's Password Storage Cheat Sheet.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            iterations: 2,
            lanes: 1,
        }
    }
}

/// A password that cannot be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The parameters are beyond what Argon2 or this program allows.
    #[error("the password parameters are out of range")]
    Parameters,
    /// Hashing failed, for a lack of memory or an impossible length.
    #[error("the password cannot be hashed")]
    Hashing,
}

/// The hash of a password as a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$…`).
///
/// Takes tens of milliseconds of processor time: call it where that does no harm.
///
/// # Errors
/// [`PasswordError`] where the parameters are out of range or hashing fails.
pub fn hash_password(
    password: &[u8],
    parameters: PasswordParameters,
    random: &dyn Random,
) -> Result<String, PasswordError> {
    let PasswordParameters {
        memory_kib,
        iterations,
        lanes,
    } = parameters;
    if !bearable(memory_kib, iterations, lanes) {
        return Err(PasswordError::Parameters);
    }
    let parameters =
        Params::new(memory_kib, iterations, lanes, None).map_err(|_| PasswordError::Parameters)?;
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_with_salt(password, &salt)
        .map(|hash| hash.to_string())
        .map_err(|_| PasswordError::Hashing)
}

/// Whether the hash is the password's. Anything but a sound Argon2id hash is no.
///
/// Takes the time that the hash took to make.
#[must_use]
pub fn verify_password(hash: &str, password: &[u8]) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    let Ok(parameters) = Params::try_from(&hash) else {
        return false;
    };
    hash.algorithm == Algorithm::Argon2id.ident()
        && bearable(
            parameters.m_cost(),
            parameters.t_cost(),
            parameters.p_cost(),
        )
        && Argon2::default().verify_password(password, &hash).is_ok()
}

fn bearable(memory_kib: u32, iterations: u32, lanes: u32) -> bool {
    memory_kib <= MAX_MEMORY_KIB && iterations <= MAX_ITERATIONS && lanes <= MAX_LANES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    const FAST: PasswordParameters = PasswordParameters {
        memory_kib: 64,
        iterations: 1,
        lanes: 1,
    };

    #[test]
    fn a_hash_is_verified() {
        let random = SeededRandom::new(1);
        let hash = hash_password(b"correct horse", FAST, &random).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(verify_password(&hash, b"correct horse"));
        assert!(!verify_password(&hash, b"correct horsf"));
        assert!(!verify_password(&hash, b""));
        assert_ne!(
            hash,
            hash_password(b"correct horse", FAST, &random).unwrap()
        );
    }

    #[test]
    fn the_usual_parameters_are_owasps() {
        let hash = hash_password(b"p", PasswordParameters::default(), &SeededRandom::new(1));
        let hash = hash.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(verify_password(&hash, b"p"));
    }

    #[test]
    fn a_known_answer() {
        // The reference implementation's test: argon2id, v=19, t=2, m=64 MiB, p=1, `password`.
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ\
                    $CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(verify_password(hash, b"password"));
        assert!(!verify_password(hash, b"passwore"));
    }

    #[test]
    fn unsound_hashes_and_parameters_are_refused() {
        let huge = PasswordParameters {
            memory_kib: u32::MAX,
            iterations: 1,
            lanes: 1,
        };
        assert_eq!(
            hash_password(b"p", huge, &SeededRandom::new(1)),
            Err(PasswordError::Parameters)
        );
        for hash in [
            "",
            "plain",
            "$argon2id$",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
        ] {
            assert!(!verify_password(hash, b"password"), "{hash}");
        }
    }
}
