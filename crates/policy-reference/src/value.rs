//! Numbers, dates, addresses and bytes as conditions compare them, written out the long way.

use std::cmp::Ordering;
use std::net::IpAddr;

/// A decimal number: sign, digits before the point, digits behind it.
pub(crate) fn compare_numbers(a: &str, b: &str) -> Option<Ordering> {
    let (negative_a, whole_a, part_a) = number(a)?;
    let (negative_b, whole_b, part_b) = number(b)?;
    let zero = |whole: &str, part: &str| whole.is_empty() && part.is_empty();
    let negative_a = negative_a && !zero(&whole_a, &part_a);
    let negative_b = negative_b && !zero(&whole_b, &part_b);
    let size = whole_a
        .len()
        .cmp(&whole_b.len())
        .then_with(|| whole_a.cmp(&whole_b))
        .then_with(|| part_a.cmp(&part_b));
    Some(match (negative_a, negative_b) {
        (false, false) => size,
        (true, true) => size.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

fn number(text: &str) -> Option<(bool, String, String)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    (all_digits(whole) && all_digits(part)).then(|| {
        let whole = whole.trim_start_matches('0').to_owned();
        (negative, whole, part.trim_end_matches('0').to_owned())
    })
}

/// Nanoseconds since 1970 of an ISO 8601 date in one of W3C's forms, or of seconds since 1970.
pub(crate) fn date(text: &str) -> Option<i128> {
    const NANOS: i128 = 1_000_000_000;
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
        return text.parse::<i128>().ok().map(|seconds| seconds * NANOS);
    }
    let (day, time) = match text.split_once('T') {
        Some((day, time)) => (day, Some(time)),
        None => (text, None),
    };
    let fields: Vec<&str> = day.split('-').collect();
    let [year, month, day] = fields.as_slice() else {
        return None;
    };
    let days = days(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)?;
    let Some(time) = time else {
        return Some(days * 86_400 * NANOS);
    };
    let (clock, offset) = if let Some(clock) = time.strip_suffix('Z') {
        (clock, 0)
    } else {
        let at = time.rfind(['+', '-'])?;
        let (hours, minutes) = time[at + 1..].split_once(':')?;
        let minutes = digits(hours, 2)? * 60 + digits(minutes, 2)?;
        let sign = if time[at..].starts_with('-') { -1 } else { 1 };
        (&time[..at], sign * minutes)
    };
    let fields: Vec<&str> = clock.split(':').collect();
    let (hours, minutes, seconds) = match fields.as_slice() {
        [hours, minutes] => (hours, minutes, "0"),
        [hours, minutes, seconds] => (hours, minutes, *seconds),
        _ => return None,
    };
    let (seconds, fraction) = match seconds.split_once('.') {
        Some((seconds, fraction)) => (digits(seconds, 2)?, fraction),
        None if seconds == "0" => (0, "0"),
        None => (digits(seconds, 2)?, "0"),
    };
    let fraction: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let seconds = days * 86_400 + hours * 3600 + (minutes - offset) * 60 + seconds;
    Some(seconds * NANOS + fraction.parse::<i128>().ok()?)
}

fn digits(text: &str, length: usize) -> Option<i128> {
    (text.len() == length && text.chars().all(|c| c.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn leap(year: i128) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days since 1970, counted one year and one month at a time.
fn days(year: i128, month: i128, day: i128) -> Option<i128> {
    let months = |year| {
        let february = if leap(year) { 29 } else { 28 };
        [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    };
    let length = |year| if leap(year) { 366 } else { 365 };
    let month = usize::try_from(month).ok()?;
    if !(1..=12).contains(&month) || day < 1 || day > months(year)[month - 1] {
        return None;
    }
    let mut days = if year < 1970 {
        -(year..1970).map(length).sum::<i128>()
    } else {
        (1970..year).map(length).sum::<i128>()
    };
    days += months(year)[..month - 1].iter().sum::<i128>();
    Some(days + day - 1)
}

/// Whether an address lies in a network; a network without a prefix is one address. `None` when either is neither.
/// An IPv4 address may be written as IPv6 (RFC 4291, section 2.5.5.2); else the two versions have nothing in common.
pub(crate) fn in_network(address: &str, network: &str) -> Option<bool> {
    let address = address.parse::<IpAddr>().ok()?.to_canonical();
    let (base, prefix) = match network.split_once('/') {
        Some((base, prefix)) => (base, Some(prefix)),
        None => (network, None),
    };
    let written: IpAddr = base.parse().ok()?;
    let base = bits(written);
    let mut prefix = match prefix {
        Some(text) if text.chars().all(|c| c.is_ascii_digit()) => text.parse::<usize>().ok()?,
        Some(_) => return None,
        None => base.len(),
    };
    if prefix > base.len() {
        return None;
    }
    let mapped = written.is_ipv6() && written.to_canonical().is_ipv4() && prefix >= 96;
    let base = if mapped {
        prefix -= 96;
        bits(written.to_canonical())
    } else {
        base
    };
    let same_version = address.is_ipv4() == (base.len() == 32);
    Some(same_version && bits(address)[..prefix] == base[..prefix])
}

/// An address as a text of ones and zeros.
fn bits(address: IpAddr) -> String {
    let bytes = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    bytes.iter().map(|byte| format!("{byte:08b}")).collect()
}

/// The bytes of a base64 text with its padding (RFC 4648, section 4).
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let body = text
        .strip_suffix("==")
        .or_else(|| text.strip_suffix('='))
        .unwrap_or(text);
    let mut bits = String::new();
    for letter in body.chars() {
        bits.push_str(&format!("{:06b}", ALPHABET.find(letter)?));
    }
    let whole = bits.len() / 8 * 8;
    if bits[whole..].contains('1') {
        return None;
    }
    (0..whole)
        .step_by(8)
        .map(|at| u8::from_str_radix(&bits[at..at + 8], 2).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        let less = Some(Ordering::Less);
        assert_eq!(compare_numbers("2", "10"), less);
        assert_eq!(compare_numbers("-10", "-2"), less);
        assert_eq!(compare_numbers("1.25", "1.3"), less);
        assert_eq!(compare_numbers("-0", "0.00"), Some(Ordering::Equal));
        assert_eq!(compare_numbers("x", "1"), None);
    }

    #[test]
    fn dates_are_points_in_time() {
        assert_eq!(date("1970-01-02"), date("86400"));
        assert_eq!(
            date("2020-02-29T12:00:00Z"),
            date("2020-02-29T14:00:00+02:00")
        );
        assert_eq!(date("2020-02-29T12:00:00Z"), date("1582977600"));
        assert_eq!(date("2021-02-29"), None);
        assert_eq!(date("1969-12-31T23:59:59Z"), Some(-1_000_000_000));
    }

    #[test]
    fn networks_hold_addresses() {
        assert_eq!(in_network("10.1.2.3", "10.0.0.0/8"), Some(true));
        assert_eq!(in_network("10.1.2.3", "10.1.2.3"), Some(true));
        assert_eq!(in_network("10.1.2.3", "::/0"), Some(false));
        assert_eq!(in_network("10.1.2.3", "::ffff:10.0.0.0/104"), Some(true));
        assert_eq!(in_network("::ffff:10.1.2.3", "10.0.0.0/8"), Some(true));
        assert_eq!(in_network("10.1.2", "10.0.0.0/8"), None);
        assert_eq!(in_network("10.1.2.3", "10.0.0.0/33"), None);
    }

    #[test]
    fn bytes_come_from_base64() {
        assert_eq!(base64("aGk="), Some(b"hi".to_vec()));
        assert_eq!(base64("aGk"), None);
    }
}
