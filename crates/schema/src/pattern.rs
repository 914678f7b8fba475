//! Model patterns: Java regular expressions, matched against the whole text.
//!
//! AWS's services evaluate the patterns of their models with Java's `matches`,
//! whose classes `\w`, `\d` and `\s` are ASCII. A pattern is therefore rewritten
//! before it is compiled: with the wider Unicode classes of the `regex` crate a
//! name such as `ädmin` would pass where AWS refuses it.

use crate::special_pattern;
use regex::Regex;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// How one pattern is decided.
#[derive(Clone)]
enum Matcher {
    Compiled(Arc<Regex>),
    Special(fn(&str) -> bool),
    /// Neither compiles nor is known: nothing matches.
    Unknown,
}

static CACHE: OnceLock<RwLock<HashMap<&'static str, Matcher>>> = OnceLock::new();

/// Whether the whole text matches the pattern. A pattern that we cannot evaluate matches nothing.
pub(crate) fn matches(pattern: &'static str, text: &str) -> bool {
    match matcher(pattern) {
        Matcher::Compiled(regex) => regex.is_match(text),
        Matcher::Special(decide) => decide(text),
        Matcher::Unknown => false,
    }
}

/// Whether a pattern of a model can be evaluated here.
///
/// Patterns that cannot match nothing, so that a value with such a pattern is
/// always refused; a test of every service asks this function first.
#[must_use]
pub fn pattern_is_supported(pattern: &str) -> bool {
    special_pattern::find(pattern).is_some() || compile(pattern).is_some()
}

fn matcher(pattern: &'static str) -> Matcher {
    let cache = CACHE.get_or_init(RwLock::default);
    if let Some(found) = cache
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(pattern)
    {
        return found.clone();
    }
    let made = match special_pattern::find(pattern) {
        Some(decide) => Matcher::Special(decide),
        None => {
            compile(pattern).map_or(Matcher::Unknown, |regex| Matcher::Compiled(Arc::new(regex)))
        }
    };
    cache
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(pattern, made.clone());
    made
}

fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(&format!(r"\A(?:{})\z", from_java(pattern))).ok()
}

/// Rewrites what Java and the `regex` crate read differently.
fn from_java(pattern: &str) -> String {
    let dot_matches_newline = pattern.starts_with("(?s)");
    let mut out = String::with_capacity(pattern.len() * 2);
    let mut depth = 0usize;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut out, chars.next(), depth > 0),
            '[' => {
                depth += 1;
                out.push(c);
            }
            ']' => {
                depth = depth.saturating_sub(1);
                out.push(c);
            }
            '.' if depth == 0 && !dot_matches_newline => {
                out.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]")
            }
            // Two of these are a set operation in the `regex` crate, plain characters in Java.
            '~' if depth > 0 => out.push_str(r"\~"),
            _ => out.push(c),
        }
    }
    out
}

fn escape(out: &mut String, escaped: Option<char>, in_class: bool) {
    match escaped {
        Some('w') => out.push_str("[0-9A-Za-z_]"),
        Some('W') => out.push_str("[^0-9A-Za-z_]"),
        Some('d') => out.push_str("[0-9]"),
        Some('D') => out.push_str("[^0-9]"),
        Some('s') => out.push_str(r"[\t\n\x0B\x0C\r ]"),
        Some('S') => out.push_str(r"[^\t\n\x0B\x0C\r ]"),
        Some('b') if !in_class => out.push_str(r"(?-u:\b)"),
        Some(other) => {
            out.push('\\');
            out.push(other);
        }
        None => out.push('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_text_only() {
        assert!(matches(r"[\w+=,.@-]+", "Alice@example.com"));
        assert!(!matches(r"[\w+=,.@-]+", "Alice Bob"));
        assert!(!matches(r"[\w+=,.@-]+", "Alice\n"));
        assert!(!matches("^[a-z]+$", "abc\n"));
    }

    #[test]
    fn java_classes_are_ascii() {
        assert!(!matches(r"[\w+=,.@-]+", "ädmin"));
        assert!(!matches(r"\d{12}", "١٢٣٤٥٦٧٨٩٠١٢"));
        assert!(matches(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "größe 1"));
        assert!(!matches(r"[\S]+", "a b"));
    }

    #[test]
    fn the_dot_stops_at_line_ends_unless_told_otherwise() {
        assert!(!matches(".*", "a\rb"));
        assert!(matches("(?s).*", "a\r\nb"));
    }

    #[test]
    fn a_pattern_that_cannot_be_evaluated_refuses_everything() {
        assert!(!pattern_is_supported("(?=x)x"));
        assert!(!matches("(?=x)x", "x"));
    }

    #[test]
    fn every_pattern_of_the_models_can_be_evaluated() {
        let unknown: Vec<_> = include_str!("../tests/model_patterns.txt")
            .lines()
            .filter(|pattern| !pattern_is_supported(pattern))
            .collect();
        assert!(
            unknown.is_empty(),
            "write these as special patterns: {unknown:#?}"
        );
    }
}
