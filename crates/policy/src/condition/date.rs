//! Dates as conditions take them: ISO 8601 in the W3C profile (a year up to a fraction of a second), or seconds since
//! 1970 ("IAM JSON policy elements: Condition operators", date condition operators).

/// Nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(i128);

const NANOS: i128 = 1_000_000_000;
const YEARS: std::ops::RangeInclusive<i64> = -292_275_054..=292_278_993;

/// Reads a date; `None` when it is not one.
pub(crate) fn parse(text: &str) -> Option<Instant> {
    if let Some(instant) = usual(text.as_bytes()) {
        return Some(instant);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Four digits are a year in ISO 8601, but AWS reads them as seconds.
        let seconds: i64 = text.parse().ok()?;
        return Some(Instant(i128::from(seconds) * NANOS));
    }
    iso(text)
}

/// The form that requests have, `YYYY-MM-DDThh:mm:ssZ`, read at once; `None` says nothing about other forms.
fn usual(text: &[u8]) -> Option<Instant> {
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        i1,
        i2,
        b':',
        s1,
        s2,
        b'Z',
    ] = text
    else {
        return None;
    };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0_i64, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i64::from(**digit - b'0'))
        })
    };
    let year = number(&[y1, y2, y3, y4])?;
    let month = between(number(&[m1, m2])?, 1, 12)?;
    let day = between(number(&[d1, d2])?, 1, days_of_month(year, month))?;
    let hours = between(number(&[h1, h2])?, 0, 23)?;
    let minutes = between(number(&[i1, i2])?, 0, 59)?;
    let seconds = between(number(&[s1, s2])?, 0, 59)?;
    let days = days_from_civil(year, month, day);
    let seconds = days * 86_400 + hours * 3600 + minutes * 60 + seconds;
    Some(Instant(i128::from(seconds) * NANOS))
}

fn iso(text: &str) -> Option<Instant> {
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let days = days(date)?;
    let nanos = match time {
        // AWS takes a `T` with nothing after it.
        Some("") | None => 0,
        Some(time) => self::time(time)?,
    };
    Some(Instant(i128::from(days) * 86_400 * NANOS + nanos))
}

fn digits(text: &str, most: usize) -> Option<i64> {
    let fits =
        !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn between(value: i64, low: i64, high: i64) -> Option<i64> {
    (low..=high).contains(&value).then_some(value)
}

/// Days since 1970-01-01 of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn days(date: &str) -> Option<i64> {
    let (negative, date) = date
        .strip_prefix('-')
        .map_or((false, date), |rest| (true, rest));
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 9)?;
    let year = if negative { -year } else { year };
    let month = parts.next().map_or(Some(1), |month| digits(month, 2))?;
    let day = parts.next().map_or(Some(1), |day| digits(day, 2))?;
    let month = between(month, 1, 12)?;
    let day = between(day, 1, days_of_month(year, month))?;
    if parts.next().is_some() || !YEARS.contains(&year) {
        return None;
    }
    Some(days_from_civil(year, month, day))
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The proleptic Gregorian calendar counted in days, years beginning in March so that the leap day is the last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Nanoseconds since midnight UTC of `hh`, `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f` with an optional zone.
fn time(text: &str) -> Option<i128> {
    let (clock, offset) = zone(text)?;
    let mut parts = clock.split(':');
    let hours = between(digits(parts.next()?, 2)?, 0, 23)?;
    let minutes = parts.next().map_or(Some(0), |text| digits(text, 2))?;
    let minutes = between(minutes, 0, 59)?;
    let (seconds, nanos) = match parts.next() {
        Some(text) => seconds(text)?,
        None => (0, 0),
    };
    if parts.next().is_some() {
        return None;
    }
    Some(i128::from(hours * 3600 + minutes * 60 + seconds - offset) * NANOS + i128::from(nanos))
}

fn seconds(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let whole = between(digits(whole, 2)?, 0, 59)?;
    let nanos = match fraction {
        Some(fraction) => {
            digits(fraction, 9)? * 10_i64.pow(9 - u32::try_from(fraction.len()).ok()?)
        }
        None => 0,
    };
    Some((whole, nanos))
}

/// Splits off the zone: `Z`, `+hh`, `+hhmm`, `+hh:mm`; none is UTC. The offset is in seconds.
fn zone(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = text.find(['+', '-']) else {
        return Some((text, 0));
    };
    let (clock, zone) = text.split_at_checked(at)?;
    let (sign, zone) = zone.strip_prefix('-').map_or((1, zone), |rest| (-1, rest));
    let zone = zone.strip_prefix('+').unwrap_or(zone);
    let (hours, minutes) = match zone.len() {
        2 => (zone, "00"),
        4 => zone.split_at_checked(2)?,
        5 => zone.split_once(':')?,
        _ => return None,
    };
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let hours = between(digits(hours, 2)?, 0, 23)?;
    let minutes = between(digits(minutes, 2)?, 0, 59)?;
    Some((clock, sign * (hours * 3600 + minutes * 60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds_of(text: &str) -> i128 {
        parse(text).unwrap().0 / NANOS
    }

    #[test]
    fn forms() {
        assert_eq!(seconds_of("1970-01-01T00:00:00Z"), 0);
        assert_eq!(seconds_of("2012-10-17"), 1_350_432_000);
        assert_eq!(seconds_of("2024-02-29T12:30:15.250+01:30"), 1_709_204_415);
        assert_eq!(seconds_of("1700000000"), 1_700_000_000);
        assert_eq!(seconds_of("1969-12-31T23:59:59Z"), -1);
        assert_eq!(seconds_of("2024-03"), 1_709_251_200);
        assert_eq!(seconds_of("2024-03T"), 1_709_251_200);
        assert_eq!(seconds_of("2024-01-01t2:00:00z"), 1_704_074_400);
        assert!(
            parse("2024-01-01T00:00:00.1Z").unwrap() > parse("2024-01-01T00:00:00.09Z").unwrap()
        );
        assert!(parse("-292275054-01-01").is_some() && parse("292278993").is_some());
    }

    #[test]
    fn the_usual_form_is_read_as_any_other() {
        for text in [
            "2024-02-29T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T00:00:00Z",
            "1900-02-28T12:30:00Z",
        ] {
            assert!(usual(text.as_bytes()).is_some(), "{text}");
            assert_eq!(usual(text.as_bytes()), iso(text), "{text}");
        }
        for text in [
            "2023-02-29T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:0xZ",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_follows_the_day_before() {
        let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let mut day = days_from_civil(-5, 1, 1);
        for year in -5..2405 {
            for (month, days) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
                .into_iter()
                .enumerate()
            {
                let days = if month == 1 && leap(year) { 29 } else { days };
                let sign = if year < 0 { "-" } else { "" };
                let text = |day| format!("{sign}{:04}-{:02}-{day:02}", year.abs(), month + 1);
                assert_eq!(super::days(&text(1)), Some(day), "{}", text(1));
                day += days;
                assert_eq!(super::days(&text(days)), Some(day - 1), "{}", text(days));
                assert_eq!(super::days(&text(days + 1)), None, "{}", text(days + 1));
            }
        }
    }

    #[test]
    fn clocks_and_zones_count_by_their_parts() {
        let of = |time: &str| parse(&format!("1970-01-02T{time}")).unwrap().0 - 86_400 * NANOS;
        for (time, seconds) in [
            ("01", 3600),
            ("01Z", 3600),
            ("00:01", 60),
            ("00:00:01", 1),
            ("00+02", -7200),
            ("00-02", 7200),
            ("00:00+0230", -9000),
            ("00:00-02:30", 9000),
            ("00:00:00+23:59", -86_340),
        ] {
            assert_eq!(of(time), seconds * NANOS, "{time}");
        }
        for (time, nanos) in [
            ("00:00:00.5", 500_000_000),
            ("00:00:00.05Z", 50_000_000),
            ("00:00:00.123456789", 123_456_789),
            ("00:00:00.000000001", 1),
        ] {
            assert_eq!(of(time), nanos, "{time}");
        }
        for bad in [
            "00:60",
            "00:00:00.",
            "00:00:00.1234567890",
            "00+24",
            "00+0260",
            "00+2:30",
            "00+02:3",
            "00+2:300",
            "00+023",
            "00+",
            "00:00:00:00",
            "24",
            "+02",
            "00+02:30:00",
        ] {
            assert_eq!(parse(&format!("1970-01-02T{bad}")), None, "{bad}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for bad in [
            "",
            "x",
            "2023-02-29",
            "2024-13-01",
            "234-13",
            "2016-12-13t2:00:00.593194+1",
            "2016-12-13t2:00:00.1999999999+10:59",
            "9223372036854775808",
            "2024-01-01T24:00",
            "2024-01-01T00:00:60",
            "1-1-1-1",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
