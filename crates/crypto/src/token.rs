//! Tokens that clients carry, and secret access keys.

use crate::{
    OpenError, Random, SealError, Sealer, Secret, SecretString,
    keyring::{Key, expand},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// The length of a secret access key, as AWS's have it.
pub const SECRET_ACCESS_KEY_CHARACTERS: usize = 40;

/// 240 bits, which base64 writes as 40 characters without padding.
const SECRET_ACCESS_KEY_BYTES: usize = 30;

/// Seals claims into texts that clients carry and bring back, such as session tokens.
///
/// The server needs no record of a token: its content comes back with it, and the secret access
/// key that belongs to it is derived from the id that the claims hold.
#[derive(Debug)]
pub struct TokenSealer {
    sealer: Sealer,
    secrets: SecretKey,
}

struct SecretKey(Key);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretKey(..)")
    }
}

impl TokenSealer {
    pub(crate) fn new(sealer: Sealer, secrets: Key) -> Self {
        Self {
            sealer,
            secrets: SecretKey(secrets),
        }
    }

    /// Seals claims, in a context as [`Sealer::seal`] has it, into base64 text.
    ///
    /// # Errors
    /// [`SealError`] as for [`Sealer::seal`].
    pub fn seal(
        &self,
        context: &[&[u8]],
        claims: &[u8],
        random: &dyn Random,
    ) -> Result<String, SealError> {
        self.sealer
            .seal(context, claims, random)
            .map(|sealed| STANDARD.encode(sealed))
    }

    /// Opens a token in its context. Each token has one spelling only.
    ///
    /// # Errors
    /// [`OpenError`] where the text is not exactly a token that was sealed in this context.
    pub fn open(&self, context: &[&[u8]], token: &str) -> Result<Secret, OpenError> {
        let sealed = STANDARD.decode(token).map_err(|_| OpenError::Malformed)?;
        self.sealer.open(context, &sealed)
    }

    /// The secret access key that belongs to a token id: 40 characters, always the same for the id.
    ///
    /// The id must never be used again for another session, such as the access key id of one.
    #[must_use]
    pub fn derive_secret(&self, token_id: &str) -> SecretString {
        let bytes = expand(&self.secrets.0, token_id.as_bytes());
        encode_secret(bytes.first_chunk().unwrap_or(&[0; SECRET_ACCESS_KEY_BYTES]))
    }
}

/// A new secret access key: 240 random bits in 40 characters of base64.
#[must_use]
pub fn random_secret_access_key(random: &dyn Random) -> SecretString {
    let mut bytes = Zeroizing::new([0; SECRET_ACCESS_KEY_BYTES]);
    random.fill(&mut *bytes);
    encode_secret(&bytes)
}

fn encode_secret(bytes: &[u8; SECRET_ACCESS_KEY_BYTES]) -> SecretString {
    SecretString::new(STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Keyring, RootKey, SeededRandom};

    fn tokens(seed: u64) -> TokenSealer {
        Keyring::derive(&RootKey::ephemeral(&SeededRandom::new(seed))).token_sealer("sts.session")
    }

    #[test]
    fn a_token_comes_back_in_its_context_only() {
        let token = tokens(1)
            .seal(&[b"aws"], b"claims", &SeededRandom::new(2))
            .unwrap();
        assert_eq!(
            tokens(1).open(&[b"aws"], &token).unwrap().expose(),
            b"claims"
        );
        assert_eq!(
            tokens(1).open(&[b"aws-cn"], &token),
            Err(OpenError::Rejected)
        );
        assert_eq!(
            tokens(2).open(&[b"aws"], &token),
            Err(OpenError::UnknownKey)
        );
    }

    #[test]
    fn every_changed_character_is_refused() {
        // Lengths 0, 1 and 2 beyond a group of three, for each padding.
        for claims in [b"claims".as_slice(), b"claim", b"claimed"] {
            let token = tokens(1).seal(&[], claims, &SeededRandom::new(2)).unwrap();
            for index in 0..token.len() {
                for replacement in "ABCDz09+/=-_ \n".bytes() {
                    let mut changed = token.clone().into_bytes();
                    if changed[index] == replacement {
                        continue;
                    }
                    changed[index] = replacement;
                    let changed = String::from_utf8(changed).unwrap();
                    assert!(
                        tokens(1).open(&[], &changed).is_err(),
                        "{index} {replacement}"
                    );
                }
            }
            for changed in [
                token.trim_end_matches('=').to_owned() + "==",
                format!("{token}="),
            ] {
                assert!(changed == token || tokens(1).open(&[], &changed).is_err());
            }
            assert!(tokens(1).open(&[], &format!("{token}\n")).is_err());
        }
        assert_eq!(tokens(1).open(&[], ""), Err(OpenError::Malformed));
    }

    #[test]
    fn a_secret_belongs_to_its_id_and_its_root_key() {
        let secret = tokens(1).derive_secret("ASIAIOSFODNN7EXAMPLE");
        assert_eq!(secret.expose().len(), SECRET_ACCESS_KEY_CHARACTERS);
        assert_eq!(secret, tokens(1).derive_secret("ASIAIOSFODNN7EXAMPLE"));
        assert_ne!(secret, tokens(1).derive_secret("ASIAI44QH8DHBEXAMPLE"));
        assert_ne!(secret, tokens(2).derive_secret("ASIAIOSFODNN7EXAMPLE"));
    }

    #[test]
    fn random_secrets_have_the_form_of_aws() {
        let random = SeededRandom::new(1);
        let secret = random_secret_access_key(&random);
        assert_eq!(secret.expose().len(), SECRET_ACCESS_KEY_CHARACTERS);
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "+/".contains(character);
        assert!(secret.expose().chars().all(allowed));
        assert_ne!(secret, random_secret_access_key(&random));
    }
}
