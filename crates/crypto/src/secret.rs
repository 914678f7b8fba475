//! Bytes and texts that are wiped when they go and that print nothing.

use crate::equal;
use std::fmt;
use zeroize::Zeroizing;

/// Secret bytes.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes bytes in. Copies that the caller made before are the caller's to wipe.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as a text; `None` where they are not UTF-8.
    #[must_use]
    pub fn to_text(&self) -> Option<SecretString> {
        std::str::from_utf8(&self.0)
            .ok()
            .map(|text| SecretString::new(text.to_owned()))
    }
}

/// A secret text.
#[derive(Clone)]
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    /// Takes a text in. Copies that the caller made before are the caller's to wipe.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    /// In constant time for equal lengths.
    fn eq(&self, other: &Self) -> bool {
        equal(&self.0, &other.0)
    }
}

impl Eq for Secret {}

impl PartialEq for SecretString {
    /// In constant time for equal lengths.
    fn eq(&self, other: &Self) -> bool {
        equal(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for SecretString {}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl From<String> for SecretString {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretString(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let text = format!(
            "{:?}{:?}",
            Secret::new(b"abc".to_vec()),
            SecretString::new("abc".into())
        );
        assert_eq!(text, "Secret(..)SecretString(..)");
    }

    #[test]
    fn secrets_compare_by_content() {
        assert_eq!(Secret::new(b"abc".to_vec()), Secret::new(b"abc".to_vec()));
        assert_ne!(Secret::new(b"abc".to_vec()), Secret::new(b"abd".to_vec()));
        assert_eq!(
            Secret::new(b"abc".to_vec()).to_text(),
            Some(SecretString::new("abc".into()))
        );
        assert_eq!(Secret::new(vec![0xff]).to_text(), None);
    }
}
