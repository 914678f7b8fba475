//! IAM's unique ids and access key ids.
//!
//! Source: "IAM identifiers", section "Understanding unique ID prefixes". That an
//! access key id carries its account is not written there, but every key issued
//! since 2019 does, and `sts:GetAccessKeyInfo` answers from it.

use crate::AccountId;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What kind of thing a unique id names: its first four letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UniqueIdPrefix {
    /// `ABIA`: an STS service bearer token.
    BearerToken,
    /// `ACCA`: a context-specific credential.
    ContextCredential,
    /// `AGPA`: a group.
    Group,
    /// `AIDA`: a user.
    User,
    /// `AIPA`: an instance profile.
    InstanceProfile,
    /// `AKIA`: a long-term access key.
    AccessKey,
    /// `ANPA`: a managed policy.
    Policy,
    /// `ANVA`: a version of a managed policy.
    PolicyVersion,
    /// `APKA`: an SSH public key.
    SshKey,
    /// `AROA`: a role.
    Role,
    /// `ASCA`: a server certificate.
    ServerCertificate,
    /// `ASIA`: a temporary access key.
    TemporaryKey,
}

impl UniqueIdPrefix {
    /// Every prefix, in the order of the enum.
    pub const ALL: [UniqueIdPrefix; 12] = [
        UniqueIdPrefix::BearerToken,
        UniqueIdPrefix::ContextCredential,
        UniqueIdPrefix::Group,
        UniqueIdPrefix::User,
        UniqueIdPrefix::InstanceProfile,
        UniqueIdPrefix::AccessKey,
        UniqueIdPrefix::Policy,
        UniqueIdPrefix::PolicyVersion,
        UniqueIdPrefix::SshKey,
        UniqueIdPrefix::Role,
        UniqueIdPrefix::ServerCertificate,
        UniqueIdPrefix::TemporaryKey,
    ];

    /// The four letters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            UniqueIdPrefix::BearerToken => "ABIA",
            UniqueIdPrefix::ContextCredential => "ACCA",
            UniqueIdPrefix::Group => "AGPA",
            UniqueIdPrefix::User => "AIDA",
            UniqueIdPrefix::InstanceProfile => "AIPA",
            UniqueIdPrefix::AccessKey => "AKIA",
            UniqueIdPrefix::Policy => "ANPA",
            UniqueIdPrefix::PolicyVersion => "ANVA",
            UniqueIdPrefix::SshKey => "APKA",
            UniqueIdPrefix::Role => "AROA",
            UniqueIdPrefix::ServerCertificate => "ASCA",
            UniqueIdPrefix::TemporaryKey => "ASIA",
        }
    }

    /// The prefix that a text starts with.
    #[must_use]
    pub fn of(id: &str) -> Option<UniqueIdPrefix> {
        UniqueIdPrefix::ALL
            .into_iter()
            .find(|prefix| id.starts_with(prefix.as_str()))
    }

    /// Whether ids of this kind sign requests: these have 20 characters and
    /// can carry their account, the others have 21.
    #[must_use]
    pub const fn is_key(self) -> bool {
        matches!(
            self,
            UniqueIdPrefix::BearerToken
                | UniqueIdPrefix::ContextCredential
                | UniqueIdPrefix::AccessKey
                | UniqueIdPrefix::TemporaryKey
        )
    }
}

/// Makes a unique id of 16 random bytes, which must be fresh for each id.
///
/// A key id ([`UniqueIdPrefix::is_key`]) carries `account` when there is one; it then
/// has 39 random bits, as AWS's have. An account given for another kind is not used.
#[must_use]
pub fn generate(prefix: UniqueIdPrefix, account: Option<AccountId>, random: [u8; 16]) -> String {
    let random = u128::from_be_bytes(random);
    if !prefix.is_key() {
        return encode(prefix, random, 17);
    }
    let bits = random & MASK_80;
    match account {
        Some(account) => {
            let low = bits & MASK_39;
            let body = MARKER | (u128::from(account.as_u64()) << 39) | low;
            encode(prefix, body, 16)
        }
        // Without the marker bit nobody reads an account out of it.
        None => encode(prefix, bits & !MARKER, 16),
    }
}

/// The account that a key id carries; none for ids of other kinds, for keys of
/// before 2019 and for anything that is not a key id.
#[must_use]
pub fn account_of_key_id(id: &str) -> Option<AccountId> {
    let prefix = UniqueIdPrefix::of(id).filter(|prefix| prefix.is_key())?;
    let body = id.strip_prefix(prefix.as_str())?;
    if body.len() != 16 {
        return None;
    }
    let bits = decode(body)?;
    if bits & MARKER == 0 {
        return None;
    }
    AccountId::from_u64(u64::try_from((bits & !MARKER) >> 39).ok()?)
}

// A key's 16 characters are 80 bits: the marker, 40 bits of account, 39 of chance.
const MASK_80: u128 = (1 << 80) - 1;
const MASK_39: u128 = (1 << 39) - 1;
const MARKER: u128 = 1 << 79;

fn encode(prefix: UniqueIdPrefix, bits: u128, characters: u32) -> String {
    let mut id = String::with_capacity(21);
    id.push_str(prefix.as_str());
    for position in (0..characters).rev() {
        let five = usize::try_from((bits >> (5 * position)) & 31).unwrap_or_default();
        id.push(char::from(ALPHABET.get(five).copied().unwrap_or(b'A')));
    }
    id
}

fn decode(text: &str) -> Option<u128> {
    text.bytes().try_fold(0u128, |bits, byte| {
        let five = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        Some((bits << 5) | u128::from(five))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_key_id_gives_its_account() {
        // The example of "A short note on AWS KEY ID" (Tal Be'ery).
        let account = account_of_key_id("ASIAQNZGKIQY56JQ7WML").unwrap();
        assert_eq!(account.as_str(), "029608264753");
    }

    #[test]
    fn ids_have_aws_lengths_and_alphabet() {
        for prefix in UniqueIdPrefix::ALL {
            for random in [[0; 16], [255; 16], *b"0123456789abcdef"] {
                let id = generate(prefix, AccountId::from_u64(123_456_789_012), random);
                assert_eq!(id.len(), if prefix.is_key() { 20 } else { 21 });
                assert_eq!(UniqueIdPrefix::of(&id), Some(prefix));
                assert!(decode(id.get(4..).unwrap()).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn a_key_without_account_tells_none() {
        let id = generate(UniqueIdPrefix::AccessKey, None, [255; 16]);
        assert_eq!(account_of_key_id(&id), None);
    }

    #[test]
    fn other_texts_carry_no_account() {
        for id in [
            "",
            "AKIA",
            "AKIAIOSFODNN7EXAMPLE",
            "AKIAQNZGKIQY56JQ7WM",
            "AKIAQNZGKIQY56JQ7WMLL",
            "AKIAQNZGKIQY56JQ7WM1",
            "AKIAqnzgkiqy56jq7wml",
            "AIDAQNZGKIQY56JQ7WML",
            "AKIA7777777777777777",
            "AKIAÄÄÄÄÄÄÄÄ",
            "test",
        ] {
            assert_eq!(account_of_key_id(id), None, "{id}");
        }
    }
}
