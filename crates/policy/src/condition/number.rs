//! Decimal numbers, compared digit by digit so that no rounding makes two different numbers equal.

use std::cmp::Ordering;

/// A decimal number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// False for zero.
    negative: bool,
    /// Without leading zeros.
    whole: Box<str>,
    /// Without trailing zeros.
    fraction: Box<str>,
}

/// Reads an integer or a decimal fraction with an optional sign.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
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
        whole: whole.into(),
        fraction: fraction.into(),
    })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |a: &Self, b: &Self| {
            (a.whole.len().cmp(&b.whole.len()))
                .then_with(|| a.whole.cmp(&b.whole))
                .then_with(|| a.fraction.cmp(&b.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_by_value() {
        let less = |a: &str, b: &str| parse(a).unwrap() < parse(b).unwrap();
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
