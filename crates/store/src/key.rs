//! Names of records and of ranges of records.

use std::{borrow::Borrow, fmt, sync::Arc};

const SEPARATOR: char = '\0';
const SEPARATORS: usize = 3;

/// The longest key, in bytes, its three separators included.
pub const MAX_KEY_BYTES: usize = 4096;

/// The name of one record: account, region, kind and name.
///
/// Keys are ordered by account, then region, kind and name, each by its bytes.
/// The parts are joined by NUL, the smallest character, so that the order of
/// the joined text is the order of the parts. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey {
    // INVARIANT: exactly three separators, at most MAX_KEY_BYTES bytes.
    text: Arc<str>,
}

/// A text that cannot be part of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// A part holds a NUL character.
    #[error("a part of a record key holds a NUL character")]
    Separator,
    /// The key is longer than [`MAX_KEY_BYTES`].
    #[error("a record key has {bytes} bytes, more than {MAX_KEY_BYTES}")]
    TooLong {
        /// The key's length in bytes.
        bytes: usize,
    },
    /// A stored text is not a key.
    #[error("a stored text is not a record key")]
    Malformed,
}

impl RecordKey {
    /// Names a record. The region is empty for a global service.
    ///
    /// # Errors
    /// [`InvalidKey`] where a part holds NUL or the key is longer than [`MAX_KEY_BYTES`].
    pub fn new(account: &str, region: &str, kind: &str, name: &str) -> Result<Self, InvalidKey> {
        join(account, region, kind, name).map(|text| Self { text: text.into() })
    }

    /// Reads a key back from its joined text.
    pub(crate) fn from_text(text: &str) -> Result<Self, InvalidKey> {
        if text.len() > MAX_KEY_BYTES || text.matches(SEPARATOR).count() != SEPARATORS {
            return Err(InvalidKey::Malformed);
        }
        Ok(Self { text: text.into() })
    }

    /// The joined text, whose bytes have the key's order.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The account that owns the record.
    #[must_use]
    pub fn account(&self) -> &str {
        self.part(0)
    }

    /// The region of the record; empty for a global service.
    #[must_use]
    pub fn region(&self) -> &str {
        self.part(1)
    }

    /// The kind of the record, such as `iam.user`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.part(2)
    }

    /// The name of the record within its kind.
    #[must_use]
    pub fn name(&self) -> &str {
        self.part(3)
    }

    fn part(&self, index: usize) -> &str {
        self.text.split(SEPARATOR).nth(index).unwrap_or_default()
    }
}

impl Borrow<str> for RecordKey {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "RecordKey({:?})",
            self.text.split(SEPARATOR).collect::<Vec<_>>()
        )
    }
}

/// A range of records: those whose key starts with the given parts.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix {
    // INVARIANT: at most three separators.
    text: Arc<str>,
}

impl Prefix {
    /// The records of one kind whose name starts with `name`; an empty `name` means all of the kind.
    ///
    /// # Errors
    /// [`InvalidKey`] as for [`RecordKey::new`].
    pub fn new(account: &str, region: &str, kind: &str, name: &str) -> Result<Self, InvalidKey> {
        join(account, region, kind, name).map(|text| Self { text: text.into() })
    }

    /// All records of an account, in all regions.
    ///
    /// # Errors
    /// [`InvalidKey`] as for [`RecordKey::new`].
    pub fn account(account: &str) -> Result<Self, InvalidKey> {
        check_part(account)?;
        check_length(format!("{account}{SEPARATOR}")).map(|text| Self { text: text.into() })
    }

    /// All records of an account in one region.
    ///
    /// # Errors
    /// [`InvalidKey`] as for [`RecordKey::new`].
    pub fn region(account: &str, region: &str) -> Result<Self, InvalidKey> {
        check_part(account)?;
        check_part(region)?;
        check_length(format!("{account}{SEPARATOR}{region}{SEPARATOR}"))
            .map(|text| Self { text: text.into() })
    }

    /// All records of the store.
    #[must_use]
    pub fn all() -> Self {
        Self { text: "".into() }
    }

    /// Whether the key lies in the range.
    #[must_use]
    pub fn contains(&self, key: &RecordKey) -> bool {
        key.text.starts_with(&*self.text)
    }

    /// The smallest text that a key of the range can have, after `after` where that is later.
    pub(crate) fn lower_bound(&self, after: Option<&RecordKey>) -> String {
        match after {
            // Nothing lies between a text and the same text with one more NUL.
            Some(after) if *after.text >= *self.text => format!("{}{SEPARATOR}", after.text),
            _ => self.text.to_string(),
        }
    }

    /// The first bytes beyond every key of the range.
    pub(crate) fn upper_bound(&self) -> Vec<u8> {
        let mut bytes = self.text.as_bytes().to_vec();
        match bytes.last_mut() {
            // No byte of UTF-8 is 0xFF, so that the addition cannot overflow.
            Some(last) => *last = last.saturating_add(1),
            None => bytes.push(0xFF),
        }
        bytes
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Prefix({:?})",
            self.text.split(SEPARATOR).collect::<Vec<_>>()
        )
    }
}

fn join(account: &str, region: &str, kind: &str, name: &str) -> Result<String, InvalidKey> {
    let length = account.len() + region.len() + kind.len() + name.len() + SEPARATORS;
    let mut text = String::with_capacity(length);
    text.push_str(account);
    for part in [region, kind, name] {
        text.push(SEPARATOR);
        text.push_str(part);
    }
    // One look at all parts: one with a separator would be taken for two.
    if text.bytes().filter(|byte| *byte == 0).count() != SEPARATORS {
        return Err(InvalidKey::Separator);
    }
    check_length(text)
}

fn check_part(part: &str) -> Result<(), InvalidKey> {
    if part.contains(SEPARATOR) {
        Err(InvalidKey::Separator)
    } else {
        Ok(())
    }
}

fn check_length(text: String) -> Result<String, InvalidKey> {
    if text.len() > MAX_KEY_BYTES {
        return Err(InvalidKey::TooLong { bytes: text.len() });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_come_back() {
        let key = RecordKey::new("111122223333", "eu-west-1", "kms.key", "a/b").unwrap();
        assert_eq!(key.account(), "111122223333");
        assert_eq!(key.region(), "eu-west-1");
        assert_eq!(key.kind(), "kms.key");
        assert_eq!(key.name(), "a/b");
        assert_eq!(RecordKey::from_text(key.text()), Ok(key));
    }

    #[test]
    fn nul_and_length_are_refused() {
        for parts in [
            ["a\0", "", "k", "n"],
            ["a", "\0", "k", "n"],
            ["a", "", "k", "n\0m"],
        ] {
            let [account, region, kind, name] = parts;
            assert_eq!(
                RecordKey::new(account, region, kind, name),
                Err(InvalidKey::Separator)
            );
            assert_eq!(
                Prefix::new(account, region, kind, name),
                Err(InvalidKey::Separator)
            );
        }
        assert_eq!(Prefix::account("a\0b"), Err(InvalidKey::Separator));
        assert_eq!(Prefix::region("a", "b\0"), Err(InvalidKey::Separator));
        let long = "n".repeat(MAX_KEY_BYTES - 4);
        assert!(RecordKey::new("a", "", "", &long).is_ok());
        assert!(matches!(
            RecordKey::new("aa", "", "", &long),
            Err(InvalidKey::TooLong { bytes: 4097 })
        ));
        assert_eq!(RecordKey::from_text("a\0b\0c"), Err(InvalidKey::Malformed));
        assert_eq!(
            RecordKey::from_text("a\0b\0c\0d\0e"),
            Err(InvalidKey::Malformed)
        );
    }

    #[test]
    fn an_account_does_not_contain_a_longer_account() {
        let prefix = Prefix::account("1111").unwrap();
        assert!(prefix.contains(&RecordKey::new("1111", "r", "k", "n").unwrap()));
        assert!(!prefix.contains(&RecordKey::new("11112", "r", "k", "n").unwrap()));
        assert!(Prefix::all().contains(&RecordKey::new("", "", "", "").unwrap()));
    }

    fn parts() -> impl Strategy<Value = (String, String, String, String)> {
        let part = "[a-c\u{1}é\u{10FFFF}]{0,3}";
        (part, part, part, part)
    }

    fn key(parts: &(String, String, String, String)) -> RecordKey {
        RecordKey::new(&parts.0, &parts.1, &parts.2, &parts.3).unwrap()
    }

    proptest! {
        #[test]
        fn order_is_the_order_of_the_parts(left in parts(), right in parts()) {
            prop_assert_eq!(key(&left).cmp(&key(&right)), left.cmp(&right));
        }

        #[test]
        fn bounds_enclose_exactly_the_prefix(range in parts(), other in parts(), after in parts()) {
            let prefix = Prefix::new(&range.0, &range.1, &range.2, &range.3).unwrap();
            let (key, after) = (key(&other), key(&after));
            for after in [None, Some(&after)] {
                let inside = key.text().as_bytes() >= prefix.lower_bound(after).as_bytes()
                    && key.text().as_bytes() < prefix.upper_bound().as_slice();
                prop_assert_eq!(inside, prefix.contains(&key) && after.is_none_or(|after| key > *after));
            }
        }
    }
}
