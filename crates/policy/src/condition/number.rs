//! Decimal numbers, compared digit by digit so that no rounding makes two different numbers equal.

use std::cmp::Ordering;

/// A decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal<T> {
    /// False for zero.
    negative: bool,
    /// Without leading zeros.
    whole: T,
    /// Without trailing zeros.
    fraction: T,
}

/// Reads an integer or a decimal fraction with an optional sign.
pub(crate) fn parse(text: &str) -> Option<Decimal<&str>> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !numeric(whole) || !numeric(fraction) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let zero = whole.is_empty() && fraction.is_empty();
    Some(Decimal {
        negative: negative && !zero,
        whole,
        fraction,
    })
}

impl Decimal<&str> {
    /// A number that outlives its text.
    pub(crate) fn keep(self) -> Decimal<Box<str>> {
        Decimal {
            negative: self.negative,
            whole: self.whole.into(),
            fraction: self.fraction.into(),
        }
    }
}

impl<T: AsRef<str>> Decimal<T> {
    /// The order of two numbers.
    pub(crate) fn compare<U: AsRef<str>>(&self, other: &Decimal<U>) -> Ordering {
        let (a, b) = (self.whole.as_ref(), other.whole.as_ref());
        let size = a
            .len()
            .cmp(&b.len())
            .then_with(|| a.cmp(b))
            .then_with(|| self.fraction.as_ref().cmp(other.fraction.as_ref()));
        match (self.negative, other.negative) {
            (false, false) => size,
            (true, true) => size.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value() {
        let less = |a: &str, b: &str| parse(a).unwrap().keep().compare(&parse(b).unwrap()).is_lt();
        assert!(
            less("9", "10")
                && less("-10", "-9")
                && less("-1", "0")
                && less("1.05", "1.5")
                && less("0.1", "0.11")
        );
        assert!(less("9007199254740992", "9007199254740993"));
        assert_eq!(parse("01.50"), parse("1.5"));
        assert_eq!(parse("-0"), parse("0"));
        for bad in ["", "-", ".", "1e3", "1,5", "abc", "0x1", "1.2.3"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
