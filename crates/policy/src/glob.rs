//! Patterns with `*` (any text) and `?` (any one character), split once and matched without allocation.
//!
//! Matching remembers only the last `*`, so it takes at most pattern × text steps: `*a*a*a*` cannot run away.

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    pieces: Box<[Piece]>,
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

/// How literals compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Letters {
    Exact,
    IgnoreAsciiCase,
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

impl Part<'_> {
    pub(crate) fn to_piece(self) -> Piece {
        match self {
            Self::Literal(text) => Piece::Literal(text.into()),
            Self::One => Piece::One,
            Self::Many => Piece::Many,
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

impl Glob {
    pub(crate) fn compile(pattern: &str) -> Self {
        Self {
            pieces: split(pattern).into(),
        }
    }

    pub(crate) fn from_pieces(pieces: Vec<Piece>) -> Self {
        Self {
            pieces: pieces.into(),
        }
    }

    pub(crate) fn has_wildcards(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| !matches!(piece, Piece::Literal(_)))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.run(text, Letters::Exact)
    }

    pub(crate) fn matches_ignoring_case(&self, text: &str) -> bool {
        self.run(text, Letters::IgnoreAsciiCase)
    }

    pub(crate) fn run(&self, text: &str, letters: Letters) -> bool {
        match &*self.pieces {
            [] => text.is_empty(),
            [Piece::Literal(literal)] => equal(literal, text, letters),
            [Piece::Many] => true,
            pieces => walk(
                pieces.len(),
                |index| pieces.get(index).map(Piece::as_part),
                text,
                letters,
            ),
        }
    }
}

/// Matches borrowed parts, as they come out of a pattern with variables.
pub(crate) fn matches_parts(parts: &[Part<'_>], text: &str, letters: Letters) -> bool {
    walk(
        parts.len(),
        |index| parts.get(index).copied(),
        text,
        letters,
    )
}

fn equal(a: &str, b: &str, letters: Letters) -> bool {
    match letters {
        Letters::Exact => a == b,
        Letters::IgnoreAsciiCase => a.eq_ignore_ascii_case(b),
    }
}

/// What remains of `text` after the literal `prefix`.
fn strip<'t>(text: &'t str, prefix: &str, letters: Letters) -> Option<&'t str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    equal(head, prefix, letters).then_some(tail)
}

/// What remains of `text` after one character.
fn skip_one(text: &str) -> Option<&str> {
    let mut letters = text.chars();
    letters.next().map(|_| letters.as_str())
}

fn walk<'p>(
    len: usize,
    part: impl Fn(usize) -> Option<Part<'p>>,
    text: &str,
    letters: Letters,
) -> bool {
    let mut at = 0;
    let mut rest = text;
    // Where to go on when the present try fails: the part after the last `*`, and the text it has yet to try.
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
            Some(Part::One) => skip_one(rest),
            Some(Part::Literal(literal)) => strip(rest, literal, letters),
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
        let Some(next) = skip_one(tried) else {
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
        Glob::compile(pattern).matches(text)
    }

    #[test]
    fn wildcards() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "abc"),
            ("a*c", "abbc"),
            ("a?c", "aéc"),
            ("*a*b*", "xxaxxbxx"),
            ("*ab", "aab"),
            ("**a", "a"),
            ("a*", "a"),
        ] {
            assert!(hit(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("?", ""),
            ("a", "ab"),
            ("a*c", "ab"),
            ("a?c", "ac"),
            ("*ab", "abc"),
            ("A", "a"),
            ("?*", ""),
        ] {
            assert!(!hit(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn case_is_ignored_only_when_asked() {
        assert!(Glob::compile("IAM:get*").matches_ignoring_case("iam:GetUser"));
        assert!(!Glob::compile("IAM:get*").matches("iam:GetUser"));
    }

    #[test]
    fn hostile_patterns_stay_fast() {
        let pattern = "*a".repeat(500);
        let text = format!("{}b", "a".repeat(20_000));
        assert!(!hit(&pattern, &text));
    }
}
