//! Model patterns that the `regex` crate does not evaluate, as small functions.
//!
//! They use look-around, back-references, UTF-16 surrogates or huge repetitions.
//! Each function accepts what the pattern accepts under Java's `matches`, or less
//! where it says so.

/// The function that stands for a pattern, where there is one.
pub(crate) fn find(pattern: &str) -> Option<fn(&str) -> bool> {
    TABLE
        .iter()
        .find(|(known, _)| *known == pattern)
        .map(|(_, decide)| *decide)
}

type Decide = fn(&str) -> bool;

const TABLE: &[(&str, Decide)] = &[
    ("^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$", account_alias),
    (r"(?!aws:)[a-zA-Z+-=._:/]+", tag_key),
    (r"^(?!\s*$).+", not_blank),
    (
        r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*",
        printable,
    ),
    ("^.{1,100000}$", up_to_100_000),
    (
        r"^([a-z]|(\d(?!\d{0,2}\.\d{1,3}\.\d{1,3}\.\d{1,3})))([a-z\d]|(\.(?!(\.|-)))|(-(?!\.))){1,61}[a-z\d]$",
        bucket_name,
    ),
    (
        r"^([\-]?\d{4}(?!\d{2}\b))((-?)((0[1-9]|1[0-2])(\3([12]\d|0[1-9]|3[01]))?|W([0-4]\d|5[0-2])(-?[1-7])?|(00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6])))([T\s]((([01]\d|2[0-3])((:?)[0-5]\d)?|24\:?00)([\.,]\d(?!:))?)?(\17[0-5]\d([\.,]\d)?)?([zZ]|([\-])([01]\d|2[0-3]):?([0-5]\d)?)?)?)?$",
        date_time,
    ),
    (
        r"(?!.*//)([A-Za-z]([A-Za-z0-9_/-]*[A-Za-z0-9_-])?)?",
        roles_anywhere_alias,
    ),
    (
        r"(-?)P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)([DW]))?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
        duration,
    ),
];

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_java_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ')
}

fn is_lower_or_digit(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn account_alias(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.chars().all(|c| is_lower_or_digit(c) || c == '-')
        && text.starts_with(is_lower_or_digit)
        && text.ends_with(is_lower_or_digit)
        && !text.contains("--")
}

fn tag_key(text: &str) -> bool {
    // `+-=` is a range in the pattern: digits and `,-./:;<` are in it.
    !text.is_empty()
        && !text.starts_with("aws:")
        && text
            .chars()
            .all(|c| c.is_ascii_alphabetic() || ('+'..='=').contains(&c) || c == '_')
}

fn not_blank(text: &str) -> bool {
    !text.chars().all(is_java_space) && !text.chars().any(is_line_end)
}

fn printable(text: &str) -> bool {
    text.chars().all(|c| {
        c == '\t'
            || ('\u{20}'..='\u{d7ff}').contains(&c)
            || ('\u{e000}'..='\u{fffd}').contains(&c)
            || c > '\u{ffff}'
    })
}

fn up_to_100_000(text: &str) -> bool {
    (1..=100_000).contains(&text.chars().count()) && !text.chars().any(is_line_end)
}

fn bucket_name(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text
            .chars()
            .all(|c| is_lower_or_digit(c) || c == '.' || c == '-')
        && text.starts_with(is_lower_or_digit)
        && text.ends_with(is_lower_or_digit)
        && !["..", ".-", "-."].iter().any(|pair| text.contains(pair))
        && !starts_like_an_address(text)
}

/// Four groups of one to three digits with dots between them, at the start.
fn starts_like_an_address(text: &str) -> bool {
    let mut groups = text.split('.');
    let whole =
        |group: &str| (1..=3).contains(&group.len()) && group.chars().all(|c| c.is_ascii_digit());
    groups.by_ref().take(3).filter(|group| whole(group)).count() == 3
        && groups
            .next()
            .is_some_and(|group| group.starts_with(|c: char| c.is_ascii_digit()))
}

/// The calendar forms of ISO 8601: `YYYY[-MM[-DD[Thh:mm[:ss[.f]][Z|-hh:mm]]]]`. The pattern's
/// week dates, ordinal dates and compact forms are refused.
fn date_time(text: &str) -> bool {
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = parts
        .next()
        .is_some_and(|year| year.len() == 4 && number(year).is_some());
    let month = parts
        .next()
        .map(|month| month.len() == 2 && number(month).is_some_and(|n| (1..=12).contains(&n)));
    let day = parts
        .next()
        .map(|day| day.len() == 2 && number(day).is_some_and(|n| (1..=31).contains(&n)));
    let date_holds = year && month.unwrap_or(true) && day.unwrap_or(true) && parts.next().is_none();
    date_holds && time.is_none_or(|time| day.is_some() && time_of_day(time))
}

fn time_of_day(text: &str) -> bool {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let (clock, offset) = match text.split_once('-') {
        Some((clock, offset)) => (clock, Some(offset)),
        None => (text, None),
    };
    let (clock, fraction) = match clock.split_once(['.', ',']) {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    clock_time(clock, 3)
        && fraction.is_none_or(|digits| digits.len() == 1 && number(digits).is_some())
        && offset.is_none_or(|offset| clock_time(offset, 2))
}

fn clock_time(text: &str, most: usize) -> bool {
    let mut count = 0;
    text.split(':').all(|part| {
        count += 1;
        let limit = if count == 1 { 23 } else { 59 };
        count <= most && part.len() == 2 && number(part).is_some_and(|n| n <= limit)
    }) && count >= 2
}

fn number(text: &str) -> Option<u32> {
    if text.chars().all(|c| c.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

fn roles_anywhere_alias(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '-');
    text.is_empty()
        || (text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(inner)
            && !text.ends_with('/')
            && !text.contains("//"))
}

fn duration(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some(text) = text.strip_prefix('P') else {
        return false;
    };
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    // What stands first must be a digit: in the date, or in the time behind an empty date.
    let first = if date.is_empty() {
        time.unwrap_or_default()
    } else {
        date
    };
    first.starts_with(|c: char| c.is_ascii_digit())
        && units(date, &['Y', 'M', 'D'], false)
        && time.is_none_or(|time| units(time, &['H', 'M', 'S'], true))
}

/// Numbers, each with one of the units, in the units' order. `W` may stand for `D`.
fn units(mut text: &str, order: &[char], fraction: bool) -> bool {
    let mut left = order;
    while !text.is_empty() {
        let Some((digits, unit, rest)) = text
            .char_indices()
            .find(|(_, c)| !c.is_ascii_digit() && *c != '.')
            .and_then(|(at, unit)| {
                Some((text.get(..at)?, unit, text.get(at + unit.len_utf8()..)?))
            })
        else {
            return false;
        };
        let unit = if unit == 'W' { 'D' } else { unit };
        let Some(place) = left.iter().position(|known| *known == unit) else {
            return false;
        };
        let mut parts = digits.split('.');
        let whole = parts.next().is_some_and(|part| !part.is_empty());
        let decimal = parts
            .next()
            .map(|part| !part.is_empty() && fraction && unit == 'S');
        if !whole || decimal == Some(false) || parts.next().is_some() {
            return false;
        }
        left = left.get(place + 1..).unwrap_or_default();
        text = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(decide: Decide, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(decide(text), "should match: {text:?}");
        }
        for text in bad {
            assert!(!decide(text), "should not match: {text:?}");
        }
    }

    #[test]
    fn account_aliases() {
        check(
            account_alias,
            &["abc", "a-b", "a-b-c"],
            &["ab", "a--b", "-ab", "ab-", "Abc", &"a".repeat(64)],
        );
    }

    #[test]
    fn tag_keys() {
        check(
            tag_key,
            &["Team", "a:b", "aws", "a/1"],
            &["", "aws:x", "a b", "é"],
        );
    }

    #[test]
    fn texts() {
        check(not_blank, &["a", " a "], &["", "   ", "a\nb", "\t"]);
        check(printable, &["", "a\t\u{1f600}"], &["\n", "\u{ffff}"]);
        check(up_to_100_000, &["a"], &["", "a\nb", &"a".repeat(100_001)]);
    }

    #[test]
    fn bucket_names() {
        check(
            bucket_name,
            &["abc", "my.bucket-1", "1.2.3.a", "1.2.3"],
            &[
                "ab",
                "a..b",
                "a.-b",
                "a-.b",
                "192.168.1.1",
                "1.2.3.4abc",
                "abc-",
                "Abc",
            ],
        );
    }

    #[test]
    fn dates() {
        check(
            date_time,
            &[
                "2026",
                "2026-11",
                "2026-11-24",
                "2026-11-24T12:00",
                "2026-11-24T12:00:00.5Z",
                "2026-11-24T12:00:00-05:00",
            ],
            &[
                "",
                "20261124x",
                "2026-13",
                "2026-11-24T",
                "2026-11-24T25:00",
                "2026T12:00",
            ],
        );
    }

    #[test]
    fn aliases_and_durations() {
        check(
            roles_anywhere_alias,
            &["", "a", "a/b", "a-"],
            &["1a", "a/", "a//b"],
        );
        check(
            duration,
            &["P1D", "PT1H", "-P1Y2M3D", "P1W", "PT1.5S", "P1YT"],
            &["P", "PT", "P1", "PT1.5H", "P1M1Y", "1D", "PTT1H", "P1HD"],
        );
    }
}
