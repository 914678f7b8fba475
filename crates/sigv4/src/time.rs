//! Time stamps: `20150830T123600Z` and the `Date` header's older form.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Reads ISO 8601 basic format (`20150830T123600Z`) as seconds since 1970.
/// Any other form is none.
#[must_use]
pub fn parse_stamp(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 16 || bytes.get(8) != Some(&b'T') || bytes.get(15) != Some(&b'Z') {
        return None;
    }
    let number = |start: usize, end: usize| -> Option<i16> {
        bytes
            .get(start..end)?
            .iter()
            .try_fold(0i16, |number, digit| {
                digit
                    .is_ascii_digit()
                    .then(|| number * 10 + i16::from(digit - b'0'))
            })
    };
    let small = |start: usize, end: usize| -> Option<i8> { number(start, end)?.try_into().ok() };
    let second = small(13, 15)?;
    let civil = DateTime::new(
        number(0, 4)?,
        small(4, 6)?,
        small(6, 8)?,
        small(9, 11)?,
        small(11, 13)?,
        second,
        0,
    )
    .ok()?;
    Some(Offset::UTC.to_timestamp(civil).ok()?.as_second())
}

/// Reads an HTTP date (`Sun, 30 Aug 2015 12:36:00 GMT`, RFC 2822) as seconds since 1970.
pub(crate) fn parse_http_date(text: &str) -> Option<i64> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(zoned.timestamp().as_second())
}

/// Writes seconds since 1970 as `20150830T123600Z`. Years outside 0 to 9999 are
/// written as the epoch, which no verification accepts.
#[must_use]
pub fn format_stamp(epoch_seconds: i64) -> String {
    let timestamp = Timestamp::from_second(epoch_seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    let civil = Offset::UTC.to_datetime(timestamp);
    let civil = if civil.year() < 0 {
        Offset::UTC.to_datetime(Timestamp::UNIX_EPOCH)
    } else {
        civil
    };
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_round_trip() {
        for (text, seconds) in [
            ("20150830T123600Z", 1_440_938_160),
            ("19700101T000000Z", 0),
            ("20240229T235959Z", 1_709_251_199),
        ] {
            assert_eq!(parse_stamp(text), Some(seconds));
            assert_eq!(format_stamp(seconds), text);
        }
        assert_eq!(format_stamp(i64::MAX), "19700101T000000Z");
        assert_eq!(format_stamp(i64::MIN), "19700101T000000Z");
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "201",
            "2015-08-30T12:36:00Z",
            "20150830T123600",
            "20150230T123600Z",
            "20150830T243600Z",
            "20150830T123660Z",
            "+0150830T123600Z",
            "２０１５0830Z",
        ] {
            assert_eq!(parse_stamp(text), None, "{text}");
        }
    }

    #[test]
    fn http_dates_are_read() {
        for text in [
            "Sun, 30 Aug 2015 12:36:00 GMT",
            "Sun, 30 Aug 2015 12:36:00 +0000",
        ] {
            assert_eq!(parse_http_date(text), Some(1_440_938_160), "{text}");
        }
        assert_eq!(parse_http_date("yesterday"), None);
    }
}
