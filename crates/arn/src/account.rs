//! Account ids.

use std::fmt;
use std::str::FromStr;

/// The text is not twelve ASCII digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account id is twelve digits")]
pub struct ParseAccountIdError;

/// An AWS account id: twelve ASCII digits, leading zeros included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// Reads twelve ASCII digits.
    ///
    /// # Errors
    /// Anything else is [`ParseAccountIdError`].
    pub fn parse(text: &str) -> Result<AccountId, ParseAccountIdError> {
        let digits: [u8; 12] = text
            .as_bytes()
            .try_into()
            .map_err(|_| ParseAccountIdError)?;
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(AccountId(digits))
        } else {
            Err(ParseAccountIdError)
        }
    }

    /// The account whose digits are `number`; none above 999,999,999,999.
    #[must_use]
    pub fn from_u64(number: u64) -> Option<AccountId> {
        let mut digits = [b'0'; 12];
        let mut rest = number;
        for digit in digits.iter_mut().rev() {
            // A remainder of ten always fits a byte.
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        (rest == 0).then_some(AccountId(digits))
    }

    /// The digits as a number.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0
            .iter()
            .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    }

    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // INVARIANT: only ASCII digits are ever stored.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for AccountId {
    type Err = ParseAccountIdError;

    fn from_str(text: &str) -> Result<AccountId, ParseAccountIdError> {
        AccountId::parse(text)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl AsRef<str> for AccountId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_twelve_ascii_digits_are_an_account() {
        assert_eq!(
            AccountId::parse("000000000001").map(AccountId::as_u64),
            Ok(1)
        );
        for text in [
            "",
            "12345678901",
            "1234567890123",
            "12345678901a",
            "+12345678901",
            "١٢٣٤٥٦",
        ] {
            assert_eq!(AccountId::parse(text), Err(ParseAccountIdError), "{text}");
        }
    }

    #[test]
    fn numbers_and_digits_agree() {
        for number in [0, 1, 123_456_789_012, 999_999_999_999] {
            let account = AccountId::from_u64(number).unwrap();
            assert_eq!(account.as_u64(), number);
            assert_eq!(AccountId::parse(account.as_str()), Ok(account));
        }
        assert_eq!(AccountId::from_u64(1_000_000_000_000), None);
    }
}
