//! One-time codes (RFC 4226, RFC 6238): SHA-1, six digits, steps of 30 seconds, as AWS's virtual devices have them.

use crypto::{equal, hmac_sha1};
use jiff::Timestamp;

/// How long one code stands, in seconds.
const STEP: i64 = 30;

/// A step: the number of 30-second periods since 1970.
pub(super) fn step(now: Timestamp) -> i64 {
    now.as_second().div_euclid(STEP)
}

/// The code of a step; `None` before 1970.
pub(super) fn code(seed: &[u8], step: i64) -> Option<[u8; 6]> {
    let counter = u64::try_from(step).ok()?;
    let digest = hmac_sha1(seed, &counter.to_be_bytes());
    let offset = usize::from(digest.last()? & 0xf);
    let (window, _) = digest.get(offset..)?.split_first_chunk::<4>()?;
    let mut number = (u32::from_be_bytes(*window) & 0x7fff_ffff) % 1_000_000;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).ok()?;
        number /= 10;
    }
    Some(digits)
}

/// The step in `around - reach ..= around + reach`, and after `last`, whose code this is.
/// Every step is compared, so that the time says nothing of which one fits.
pub(super) fn find(
    seed: &[u8],
    presented: &str,
    around: i64,
    reach: i64,
    last: i64,
) -> Option<i64> {
    let mut found = None;
    for step in around.saturating_sub(reach)..=around.saturating_add(reach) {
        let fits = code(seed, step).is_some_and(|code| equal(&code, presented.as_bytes()));
        if fits && step > last && found.is_none() {
            found = Some(step);
        }
    }
    found
}

/// The second of two consecutive steps whose codes these are, as [`find`].
pub(super) fn find_pair(
    seed: &[u8],
    presented: [&str; 2],
    around: i64,
    reach: i64,
    last: i64,
) -> Option<i64> {
    let [first, second] = presented;
    let mut found = None;
    for step in around.saturating_sub(reach)..=around.saturating_add(reach) {
        let fits =
            |step, text: &str| code(seed, step).is_some_and(|code| equal(&code, text.as_bytes()));
        let both = fits(step.saturating_sub(1), first) & fits(step, second);
        if both && step.saturating_sub(1) > last && found.is_none() {
            found = Some(step);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1: the last six of its eight digits.
        for (second, answer) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = step(Timestamp::from_second(second).unwrap());
            assert_eq!(
                code(SEED, step).unwrap().as_slice(),
                answer.as_bytes(),
                "{second}"
            );
        }
        assert_eq!(code(SEED, -1), None);
    }

    #[test]
    fn a_code_counts_near_its_step_and_once() {
        let text = |step| String::from_utf8(code(SEED, step).unwrap().to_vec()).unwrap();
        assert_eq!(find(SEED, &text(100), 101, 1, 0), Some(100));
        assert_eq!(find(SEED, &text(100), 102, 1, 0), None);
        assert_eq!(
            find(SEED, &text(100), 100, 1, 100),
            None,
            "a code counts once"
        );
        assert_eq!(find(SEED, "", 100, 1, 0), None);
        assert_eq!(
            find(
                SEED,
                text(100).trim_end_matches(char::is_numeric),
                100,
                1,
                0
            ),
            None
        );
        assert_eq!(find(SEED, &format!("{}0", text(100)), 100, 1, 0), None);
    }

    #[test]
    fn a_pair_must_be_consecutive() {
        let text = |step| String::from_utf8(code(SEED, step).unwrap().to_vec()).unwrap();
        assert_eq!(
            find_pair(SEED, [&text(99), &text(100)], 105, 20, 0),
            Some(100)
        );
        assert_eq!(find_pair(SEED, [&text(100), &text(99)], 105, 20, 0), None);
        assert_eq!(find_pair(SEED, [&text(98), &text(100)], 105, 20, 0), None);
        assert_eq!(
            find_pair(SEED, [&text(99), &text(100)], 105, 20, 99),
            None,
            "the first was used"
        );
    }
}
