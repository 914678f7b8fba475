//! Patterns with `*` (any text) and `?` (any one character), split once and matched without allocation.
//!
//! Matching remembers only the last `*`, so it takes at most pattern × text steps: `*a*a*a*` cannot run away.

/// Stand for `*` and `?` in a pattern: bytes that no text in UTF-8 has.
const MANY: u8 = 0xff;
const ONE: u8 = 0xfe;

/// The encoded pattern `*`.
pub(crate) const ANY: &[u8] = &[MANY];

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    pattern: Box<[u8]>,
    shape: Shape,
}

/// What a pattern looks like, so that common ones are matched by comparing ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Any,
    Literal,
    /// Text, one `*`, text: the lengths of the two.
    Ends {
        prefix: u32,
        suffix: u32,
    },
    /// The same with anything between.
    General {
        prefix: u32,
        suffix: u32,
    },
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(Box<str>),
    One,
    Many,
}

/// A part of a pattern, borrowed: what the matcher walks over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'p> {
    Literal(&'p str),
    One,
    Many,
}

impl Piece {
    pub(crate) fn as_part(&self) -> Part<'_> {
        match self {
            Self::Literal(text) => Part::Literal(text),
            Self::One => Part::One,
            Self::Many => Part::Many,
        }
    }
}

/// Splits a pattern into its pieces; runs of `*` become one.
pub(crate) fn split(pattern: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut literal = String::new();
    for letter in pattern.chars() {
        if letter != '*' && letter != '?' {
            literal.push(letter);
            continue;
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal).into()));
        }
        if letter == '?' {
            pieces.push(Piece::One);
        } else if pieces.last() != Some(&Piece::Many) {
            pieces.push(Piece::Many);
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal.into()));
    }
    pieces
}

/// A pattern in the form that [`Shape::matches`] reads: runs of `*` become one.
pub(crate) fn encode(pattern: &str) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(pattern.len());
    for byte in pattern.bytes() {
        match byte {
            b'*' if encoded.last() == Some(&MANY) => {}
            b'*' => encoded.push(MANY),
            b'?' => encoded.push(ONE),
            byte => encoded.push(byte),
        }
    }
    encoded
}

/// As [`encode`], for parts whose literals may hold `*` and `?` as themselves.
pub(crate) fn encoded_part<'p>(part: &Part<'p>) -> &'p [u8] {
    match part {
        Part::Literal(text) => text.as_bytes(),
        Part::One => &[ONE],
        Part::Many => ANY,
    }
}

fn is_wildcard(byte: u8) -> bool {
    byte >= ONE
}

impl Shape {
    /// The shape of an encoded pattern.
    pub(crate) fn of(pattern: &[u8]) -> Self {
        let first = pattern.iter().position(|byte| is_wildcard(*byte));
        let last = pattern.iter().rposition(|byte| is_wildcard(*byte));
        let (Some(first), Some(last)) = (first, last) else {
            return Self::Literal;
        };
        if pattern == [MANY] {
            return Self::Any;
        }
        let end = pattern.len() - last - 1;
        let (Ok(prefix), Ok(suffix)) = (u32::try_from(first), u32::try_from(end)) else {
            return Self::General {
                prefix: 0,
                suffix: 0,
            };
        };
        if first == last && pattern.get(first) == Some(&MANY) {
            Self::Ends { prefix, suffix }
        } else {
            Self::General { prefix, suffix }
        }
    }

    /// Matches a text with the encoded pattern whose shape this is.
    #[inline]
    pub(crate) fn matches(self, pattern: &[u8], text: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Literal => pattern == text,
            Self::Ends { prefix, suffix } => {
                between(pattern, text, prefix as usize, suffix as usize).is_some()
            }
            Self::General { prefix, suffix } => {
                let inner = between(pattern, text, prefix as usize, suffix as usize);
                inner.is_some_and(|(pattern, text)| walk(pattern, text))
            }
        }
    }
}

/// What is left of a pattern and a text that agree in their first `prefix` and last `suffix` bytes.
fn between<'t>(
    pattern: &'t [u8],
    text: &'t [u8],
    prefix: usize,
    suffix: usize,
) -> Option<(&'t [u8], &'t [u8])> {
    let text_end = text.len().checked_sub(suffix)?;
    let pattern_end = pattern.len().checked_sub(suffix)?;
    let inner = text.get(prefix..text_end)?;
    let same = text.get(..prefix) == pattern.get(..prefix)
        && text.get(text_end..) == pattern.get(pattern_end..);
    if same {
        Some((pattern.get(prefix..pattern_end)?, inner))
    } else {
        None
    }
}

/// What remains of a text after one character.
fn skip_one(text: &[u8]) -> Option<&[u8]> {
    let (_, mut rest) = text.split_first()?;
    while let [byte, after @ ..] = rest
        && byte & 0xc0 == 0x80
    {
        rest = after;
    }
    Some(rest)
}

/// Matches an encoded pattern of any shape.
fn walk(pattern: &[u8], text: &[u8]) -> bool {
    let (mut wanted, mut rest) = (pattern, text);
    // Where to go on when the present try fails: the pattern after the last `*`, and the text it has yet to try.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        let step = match (wanted.split_first(), rest.split_first()) {
            (Some((&MANY, [])), _) => return true,
            (Some((&MANY, after)), _) => {
                retry = Some((after, rest));
                Some((after, rest))
            }
            (Some((&ONE, after)), _) => skip_one(rest).map(|rest| (after, rest)),
            (Some((byte, after)), Some((own, behind))) if byte == own => Some((after, behind)),
            (None, None) => return true,
            _ => None,
        };
        if let Some(next) = step {
            (wanted, rest) = next;
            continue;
        }
        let Some((after_star, tried)) = retry else {
            return false;
        };
        let Some(next) = skip_one(tried) else {
            return false;
        };
        retry = Some((after_star, next));
        (wanted, rest) = (after_star, next);
    }
}

impl Glob {
    pub(crate) fn compile(pattern: &str) -> Self {
        Self::from_encoded(encode(pattern))
    }

    /// A pattern for texts in ASCII lower case.
    pub(crate) fn compile_lower(pattern: &str) -> Self {
        let mut encoded = encode(pattern);
        encoded.make_ascii_lowercase();
        Self::from_encoded(encoded)
    }

    pub(crate) fn from_pieces(pieces: &[Piece]) -> Self {
        let mut encoded = Vec::new();
        for piece in pieces {
            encoded.extend_from_slice(encoded_part(&piece.as_part()));
        }
        Self::from_encoded(encoded)
    }

    pub(crate) fn from_encoded(encoded: Vec<u8>) -> Self {
        Self {
            shape: Shape::of(&encoded),
            pattern: encoded.into(),
        }
    }

    pub(crate) fn encoded(&self) -> &[u8] {
        &self.pattern
    }

    /// The text of a pattern without wildcards.
    pub(crate) fn literal(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.pattern)
    }

    /// How many bytes stand before the first wildcard.
    pub(crate) fn literal_prefix(&self) -> usize {
        let wildcard = self.pattern.iter().position(|byte| is_wildcard(*byte));
        wildcard.unwrap_or(self.pattern.len())
    }

    /// Whether a single `*` at the end is the only wildcard.
    pub(crate) fn ends_after_prefix(&self) -> bool {
        matches!(self.shape, Shape::Any | Shape::Ends { suffix: 0, .. })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.matches_bytes(text.as_bytes())
    }

    pub(crate) fn matches_bytes(&self, text: &[u8]) -> bool {
        self.shape.matches(&self.pattern, text)
    }
}

/// Whether a pattern matches without regard to the case of ASCII letters.
pub(crate) fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    Glob::compile_lower(pattern).matches(&text.to_ascii_lowercase())
}

/// What remains of `text` after the literal `prefix`.
fn strip<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    text.strip_prefix(prefix)
}

fn skip_letter(text: &str) -> Option<&str> {
    let mut letters = text.chars();
    letters.next().map(|_| letters.as_str())
}

/// Matches the parts that `part` gives one by one, as they come out of a pattern with variables.
pub(crate) fn matches_parts<'p>(
    len: usize,
    part: impl Fn(usize) -> Option<Part<'p>>,
    text: &str,
) -> bool {
    let mut at = 0;
    let mut rest = text;
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let step = match part(at) {
            Some(Part::Many) => {
                if at + 1 == len {
                    return true;
                }
                retry = Some((at + 1, rest));
                Some(rest)
            }
            Some(Part::One) => skip_letter(rest),
            Some(Part::Literal(literal)) => strip(rest, literal),
            None if rest.is_empty() => return true,
            None => None,
        };
        if let Some(remaining) = step {
            rest = remaining;
            at += 1;
            continue;
        }
        let Some((after_star, tried)) = retry else {
            return false;
        };
        let Some(next) = skip_letter(tried) else {
            return false;
        };
        retry = Some((after_star, next));
        at = after_star;
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(pattern: &str, text: &str) -> bool {
        let pieces = split(pattern);
        let fast = Glob::compile(pattern).matches(text);
        let slow = matches_parts(pieces.len(), |at| pieces.get(at).map(Piece::as_part), text);
        assert_eq!(fast, slow, "{pattern} {text}");
        assert_eq!(Glob::from_pieces(&pieces), Glob::compile(pattern));
        fast
    }

    #[test]
    fn wildcards() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "abc"),
            ("a*c", "abbc"),
            ("a*c", "ac"),
            ("a?c", "aéc"),
            ("*a*b*", "xxaxxbxx"),
            ("*ab", "aab"),
            ("**a", "a"),
            ("a*", "a"),
            ("é?*", "éé"),
            ("a*b*c", "abbc"),
        ] {
            assert!(hit(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("?", ""),
            ("a", "ab"),
            ("a*c", "ab"),
            ("a*a", "a"),
            ("a*b*c", "ac"),
            ("a?c", "ac"),
            ("*ab", "abc"),
            ("A", "a"),
            ("?*", ""),
            ("?*?", "é"),
            ("*??", "é"),
        ] {
            assert!(!hit(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn case_is_ignored_only_when_asked() {
        assert!(matches_ignoring_case("IAM:get*", "iam:GetUser"));
        assert!(!Glob::compile("IAM:get*").matches("iam:GetUser"));
    }

    #[test]
    fn hostile_patterns_stay_fast() {
        let pattern = "*a".repeat(500);
        let text = format!("{}b", "a".repeat(20_000));
        assert!(!hit(&pattern, &text));
    }
}
