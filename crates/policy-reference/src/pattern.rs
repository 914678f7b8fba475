//! Wildcards and variables, letter by letter.

use crate::scenario::{Held, Keys};

/// One letter of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `*`: any letters, also none.
    Any,
    /// `?`: one letter.
    One,
    /// The letter itself.
    Letter(char),
}

/// A text of a policy with its variables replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filled {
    /// All variables had values.
    Marks(Vec<Mark>),
    /// A variable has no value: "there is no equal or like value".
    NoValue,
    /// A variable's value cannot be told.
    Unsure,
}

/// Whether a pattern covers the whole text.
pub(crate) fn covers(pattern: &[Mark], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Mark::Any, rest)) => (0..=text.len()).any(|skip| covers(rest, &text[skip..])),
        Some((Mark::One, rest)) => !text.is_empty() && covers(rest, &text[1..]),
        Some((Mark::Letter(letter), rest)) => {
            text.first() == Some(letter) && covers(rest, &text[1..])
        }
    }
}

/// A text whose wildcards count and whose variables do not.
pub(crate) fn wildcards(text: &str) -> Vec<Mark> {
    text.chars()
        .map(|letter| match letter {
            '*' => Mark::Any,
            '?' => Mark::One,
            other => Mark::Letter(other),
        })
        .collect()
}

/// The letters of a text, none of which is a wildcard.
pub(crate) fn letters(text: &str) -> Vec<Mark> {
    text.chars().map(Mark::Letter).collect()
}

/// Replaces the variables of a text ("IAM policy elements: Variables and tags"). What a variable stands for is never a
/// wildcard.
pub(crate) fn fill(text: &str, patterns: bool, keys: &Keys) -> Filled {
    let plain = |text: &str| {
        if patterns {
            wildcards(text)
        } else {
            letters(text)
        }
    };
    let mut marks = Vec::new();
    let mut unsure = false;
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(length) = rest[at..].find('}') else {
            break;
        };
        marks.extend(plain(&rest[..at]));
        let inside = &rest[at + 2..at + length];
        rest = &rest[at + length + 1..];
        match variable(inside, keys) {
            Filled::Marks(value) => marks.extend(value),
            Filled::NoValue => return Filled::NoValue,
            Filled::Unsure => unsure = true,
        }
    }
    marks.extend(plain(rest));
    if unsure {
        Filled::Unsure
    } else {
        Filled::Marks(marks)
    }
}

fn variable(inside: &str, keys: &Keys) -> Filled {
    if matches!(inside, "*" | "?" | "$") {
        return Filled::Marks(letters(inside));
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
        None => (inside.trim(), None),
    };
    match keys.get(key) {
        Some(Held::One(value)) if !value.is_empty() => Filled::Marks(letters(value)),
        // An empty text counts as no value, but whether the default then stands in is not said.
        Some(Held::One(_)) if default.is_some() => Filled::Unsure,
        Some(Held::One(_)) => Filled::NoValue,
        // "Multivalued context keys can't be used as policy variables."
        Some(Held::Many(_)) => Filled::Unsure,
        None => default.map_or(Filled::NoValue, |text| Filled::Marks(letters(text))),
    }
}

/// Splits at the colons that stand outside variables, into six parts at most.
pub(crate) fn arn_parts(text: &str, variables: bool) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut inside = false;
    let mut before = ' ';
    for letter in text.chars() {
        if variables && before == '$' && letter == '{' {
            inside = true;
        }
        if letter == '}' {
            inside = false;
        }
        before = letter;
        if letter == ':' && !inside && parts.len() < 6 {
            parts.push(String::new());
        } else {
            let last = parts.len() - 1;
            parts[last].push(letter);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(pattern: &str, text: &str) -> bool {
        covers(&wildcards(pattern), &text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn wildcards_cover_the_whole_text() {
        assert!(hits("a*c", "abbc") && hits("a?c", "abc") && hits("*", "") && hits("", ""));
        assert!(!hits("a*c", "abcd") && !hits("a?c", "ac") && !hits("?", ""));
    }

    #[test]
    fn variables_are_never_wildcards() {
        let mut keys = Keys::default();
        keys.set("K:Star", Held::One("*".into()));
        keys.set("k:set", Held::Many(vec!["a".into()]));
        keys.set("k:empty", Held::One(String::new()));
        let star = Filled::Marks(vec![Mark::Letter('*'), Mark::Any]);
        assert_eq!(fill("${k:star}*", true, &keys), star);
        assert_eq!(fill("${*}*", true, &keys), star);
        assert_eq!(fill("${k:none}", true, &keys), Filled::NoValue);
        assert_eq!(fill("${k:empty}", true, &keys), Filled::NoValue);
        assert_eq!(
            fill("${k:none, 'x'}", true, &keys),
            Filled::Marks(letters("x"))
        );
        assert_eq!(fill("${k:set}", true, &keys), Filled::Unsure);
    }

    #[test]
    fn colons_inside_variables_do_not_split() {
        assert_eq!(
            arn_parts("a:${b:c}:d:e:f:g:h", true),
            ["a", "${b:c}", "d", "e", "f", "g:h"]
        );
        assert_eq!(arn_parts("a:${b:c}", false), ["a", "${b", "c}"]);
    }
}
