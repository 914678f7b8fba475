//! Points in time as text and numbers.
//!
//! What we write has milliseconds at most, which is the precision that AWS's
//! protocols promise. What we read may have more, and may have any of the three
//! formats whatever the model says: AWS's own services are as lenient.

use jiff::{civil, fmt::rfc2822, tz::TimeZone};
use schema::{Timestamp, TimestampFormat};

/// Seconds since 1970 as decimal text, such as `1795521600` or `1795521600.25`.
pub(crate) fn to_epoch(time: Timestamp) -> String {
    let millis = time.as_millisecond();
    let sign = if millis < 0 { "-" } else { "" };
    let (seconds, rest) = (millis.unsigned_abs() / 1000, millis.unsigned_abs() % 1000);
    if rest == 0 {
        return format!("{sign}{seconds}");
    }
    let fraction = format!("{rest:03}");
    format!("{sign}{seconds}.{}", fraction.trim_end_matches('0'))
}

/// Seconds since 1970 from decimal text, with fraction or exponent.
pub(crate) fn from_epoch(text: &str) -> Option<Timestamp> {
    if text.contains(['e', 'E']) {
        return from_seconds(crate::text::parse_double(text)?);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let seconds: i64 = whole.parse().ok()?;
    let nanoseconds: i32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let sign = if negative { -1 } else { 1 };
    Timestamp::new(
        seconds.checked_mul(sign)?,
        nanoseconds * i32::try_from(sign).ok()?,
    )
    .ok()
}

/// Seconds since 1970 from a float, to the nearest millisecond.
pub(crate) fn from_seconds(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1000.0).round();
    // The range of years 0000 to 9999, far inside what a double holds exactly.
    if !(-1e15..=1e15).contains(&millis) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range is checked above"
    )]
    Timestamp::from_millisecond(millis as i64).ok()
}

/// Seconds since 1970 as a float, for CBOR.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of the years up to 9999 fit into 53 bits"
)]
pub(crate) fn to_seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

/// The text in a format.
pub(crate) fn format(time: Timestamp, format: TimestampFormat) -> String {
    match format {
        TimestampFormat::UnixTimestamp => to_epoch(time),
        TimestampFormat::Rfc822 => time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        TimestampFormat::Iso8601 => match Timestamp::from_millisecond(time.as_millisecond()) {
            Ok(rounded) => rounded.to_string(),
            Err(_) => time.to_string(),
        },
    }
}

/// A point in time from text in any of the formats.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    }
    if let Some(time) = from_epoch(text) {
        return Some(time);
    }
    if text.contains('[') {
        // A zone name in brackets is jiff's own extension.
        return None;
    }
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| without_zone(text))
}

/// AWS reads a time without an offset as UTC.
fn without_zone(text: &str) -> Option<Timestamp> {
    let civil: civil::DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_521_600;

    #[test]
    fn the_three_formats() {
        let time = Timestamp::from_second(NOON).unwrap();
        assert_eq!(
            format(time, TimestampFormat::Iso8601),
            "2026-11-24T12:00:00Z"
        );
        assert_eq!(
            format(time, TimestampFormat::Rfc822),
            "Tue, 24 Nov 2026 12:00:00 GMT"
        );
        assert_eq!(format(time, TimestampFormat::UnixTimestamp), "1795521600");
        let fine = Timestamp::new(NOON, 250_000_999).unwrap();
        assert_eq!(
            format(fine, TimestampFormat::Iso8601),
            "2026-11-24T12:00:00.25Z"
        );
        assert_eq!(
            format(fine, TimestampFormat::UnixTimestamp),
            "1795521600.25"
        );
        assert_eq!(to_epoch(Timestamp::new(-1, -500_000_000).unwrap()), "-1.5");
    }

    #[test]
    fn every_format_is_read() {
        let time = Timestamp::from_second(NOON).unwrap();
        for text in [
            "2026-11-24T12:00:00Z",
            "2026-11-24T13:00:00+01:00",
            "2026-11-24T12:00:00",
            "2026-11-24T12:00:00.000Z",
            "Tue, 24 Nov 2026 12:00:00 GMT",
            "1795521600",
            "1795521600.0",
            "1.7955216E9",
        ] {
            assert_eq!(parse(text), Some(time), "{text}");
        }
        for text in [
            "",
            "x",
            "-",
            "1.",
            "2026-13-01T00:00:00Z",
            "99999999999999999999",
            "1e400",
            "NaN",
            "2026-11-24T12:00:00Z[UTC]",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
