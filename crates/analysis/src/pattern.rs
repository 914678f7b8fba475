//! Patterns with `*` and `?` against each other.

/// Whether every text that `special` stands for also fits `general`; letter case counts. `special` may be plain text,
/// and then this says whether it fits. Can be false for pairs that would need more than one look at a `*`.
pub(crate) fn covers(general: &str, special: &str) -> bool {
    let (general, special) = (letters(general), letters(special));
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(&letter) = special.get(place) {
        match general.get(at) {
            Some('*') => {
                star = Some((at + 1, place));
                at += 1;
            }
            Some('?') if letter != '*' => (at, place) = (at + 1, place + 1),
            Some(&own) if own == letter => (at, place) = (at + 1, place + 1),
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    (at, place) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    general.iter().skip(at).all(|letter| *letter == '*')
}

/// Whether some text fits both patterns; letter case counts.
pub(crate) fn meet(a: &str, b: &str) -> bool {
    let (a, b) = (letters(a), letters(b));
    // `row[j]`: whether the rest of `a` and `b[j..]` have a text in common; from the last letter of `a` to its first.
    let ends_open = |rest: &[char]| rest.iter().all(|letter| *letter == '*');
    let mut row: Vec<bool> = (0..=b.len())
        .map(|from| b.get(from..).is_some_and(ends_open))
        .collect();
    for letter in a.iter().rev() {
        let below = |at: usize| row.get(at).copied().unwrap_or_default();
        let mut next = vec![false; b.len() + 1];
        let last = b.len();
        let mut right = *letter == '*' && below(last);
        if let Some(cell) = next.last_mut() {
            *cell = right;
        }
        for (at, other) in b.iter().enumerate().rev() {
            let here = match (*letter, *other) {
                ('*', _) => below(at) || right,
                (_, '*') => right || below(at),
                ('?', _) | (_, '?') => below(at + 1),
                (one, two) => one == two && below(at + 1),
            };
            if let Some(cell) = next.get_mut(at) {
                *cell = here;
            }
            right = here;
        }
        row = next;
    }
    row.first().copied().unwrap_or_default()
}

/// Whether a text has wildcards.
pub(crate) fn has_wildcards(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// The text with `*` in place of each `${…}`.
pub(crate) fn without_variables(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once("${") {
        out.push_str(before);
        let Some((_, after)) = opened.split_once('}') else {
            out.push('*');
            return out;
        };
        out.push('*');
        rest = after;
    }
    out.push_str(rest);
    out
}

fn letters(text: &str) -> Vec<char> {
    text.chars().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_covers_what() {
        for (general, special) in [
            ("*", "a*"),
            ("a*", "ab?"),
            ("a*c", "abc"),
            ("a*c", "a*bc"),
            ("a?c", "abc"),
            ("", ""),
            ("a*", "a"),
        ] {
            assert!(covers(general, special), "{general} {special}");
        }
        for (general, special) in [
            ("a?", "a*"),
            ("a", "a*"),
            ("a*", "*"),
            ("a*c", "a"),
            ("b*", "ab"),
        ] {
            assert!(!covers(general, special), "{general} {special}");
        }
    }

    #[test]
    fn what_meets_what() {
        for (a, b) in [
            ("*", ""),
            ("a*", "*b"),
            ("a?c", "abc"),
            ("user/*", "user/*/x*"),
            ("*", "*"),
            ("a*b*c", "a?c*"),
            ("", "**"),
        ] {
            assert!(meet(a, b) && meet(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("a*", "b*"),
            ("", "?"),
            ("role/*", "user/*"),
            ("a?", "a"),
            ("*a", "*b"),
        ] {
            assert!(!meet(a, b) && !meet(b, a), "{a} {b}");
        }
    }

    #[test]
    fn variables_are_any_text() {
        assert_eq!(without_variables("a/${aws:username}/b"), "a/*/b");
        assert_eq!(without_variables("${a}${b"), "**");
    }
}
