//! How CloudTrail writes times, and how long texts are cut.

use jiff::{Timestamp, tz::Offset};
use serde::Serializer;
use std::fmt;

/// `2026-11-24T12:00:00Z`: whole seconds, UTC.
struct Iso8601(Timestamp);

impl fmt::Display for Iso8601 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = Offset::UTC.to_datetime(self.0);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second()
        )
    }
}

/// `Nov 24, 2026, 12:00:00 PM`: how CloudTrail prints times inside request parameters and
/// response elements (AWS: "Logging AWS KMS API calls with AWS CloudTrail", CreateKey example;
/// records before about 2021 have no comma after the year).
pub(crate) struct ElementTime(pub(crate) Timestamp);

impl fmt::Display for ElementTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let time = Offset::UTC.to_datetime(self.0);
        let month = usize::from(time.month().unsigned_abs()).saturating_sub(1);
        let (hour, half) = match time.hour() {
            0 => (12, "AM"),
            hour @ 1..=11 => (hour, "AM"),
            12 => (12, "PM"),
            hour => (hour - 12, "PM"),
        };
        write!(
            f,
            "{} {}, {}, {hour}:{:02}:{:02} {half}",
            MONTHS.get(month).copied().unwrap_or_default(),
            time.day(),
            time.year(),
            time.minute(),
            time.second()
        )
    }
}

pub(crate) fn iso8601<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Iso8601(*time))
}

pub(crate) fn iso8601_option<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => iso8601(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// The text, cut at a character's end to at most `bytes` bytes.
pub(crate) fn clip(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    // INVARIANT: a character has at most four bytes, so one of these ends is a boundary.
    (0..4)
        .find_map(|back| text.get(..bytes.saturating_sub(back)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn element_times_have_twelve_hours() {
        let at = |text: &str| ElementTime(text.parse().unwrap()).to_string();
        assert_eq!(at("2026-11-24T12:00:00Z"), "Nov 24, 2026, 12:00:00 PM");
        assert_eq!(at("2026-01-02T00:03:04.9Z"), "Jan 2, 2026, 12:03:04 AM");
        assert_eq!(at("2026-01-02T23:59:59Z"), "Jan 2, 2026, 11:59:59 PM");
        assert_eq!(at("2026-01-02T01:00:00Z"), "Jan 2, 2026, 1:00:00 AM");
    }

    #[test]
    fn event_times_have_whole_seconds() {
        let time = "2026-11-24T12:00:00.999Z".parse().unwrap();
        assert_eq!(Iso8601(time).to_string(), "2026-11-24T12:00:00Z");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(clip("abc", 3), "abc");
        assert_eq!(clip("abcd", 3), "abc");
        assert_eq!(clip("a\u{1F600}b", 4), "a");
        assert_eq!(clip("\u{1F600}", 0), "");
    }
}
