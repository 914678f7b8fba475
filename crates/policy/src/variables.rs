//! Policy variables: `${key}`, `${key, 'default'}` and the escapes `${*}`, `${?}`, `${$}`
//! ("IAM policy elements: Variables and tags").
//!
//! A substituted value stays text: a tag whose value is `*` never becomes a wildcard.

use crate::context::{Context, Name, View};
use crate::glob::{self, Glob, Part, Piece};

/// Longer than the ARNs that services take.
const LONGEST_ARN: usize = 2048;

/// A text that may hold variables and, where it is a pattern, wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Template {
    /// Without variables.
    Fixed(Glob),
    Variable(Box<[TemplatePiece]>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplatePiece {
    Plain(Piece),
    Variable(Variable),
}

/// A reference to a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    key: Name,
    default: Option<Box<str>>,
}

/// What a variable, or a text with variables, stands for in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolved<T> {
    Value(T),
    /// A key is not in the request, or has no value: the text matches nothing.
    Missing,
    /// A key is multivalued, which variables cannot be, or is empty while there is a default.
    Unclear,
}

impl Template {
    /// Compiles a text. `variables` is false before version 2012-10-17; `wildcards` is false where `*` and `?` are
    /// themselves.
    pub(crate) fn compile(text: &str, variables: bool, wildcards: bool) -> Self {
        if !variables || next_variable(text).is_none() {
            return Self::Fixed(if wildcards {
                Glob::compile(text)
            } else {
                Glob::from_encoded(text.as_bytes().to_vec())
            });
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, inner, after)) = next_variable(rest) {
            plain(&mut pieces, before, wildcards);
            pieces.push(variable(inner));
            rest = after;
        }
        plain(&mut pieces, rest, wildcards);
        let plain = pieces.iter().map(|piece| match piece {
            TemplatePiece::Plain(piece) => Some(piece.clone()),
            TemplatePiece::Variable(_) => None,
        });
        match plain.collect::<Option<Vec<_>>>() {
            Some(plain) => Self::Fixed(Glob::from_pieces(&plain)),
            None => Self::Variable(pieces.into()),
        }
    }

    fn pieces(&self) -> &[TemplatePiece] {
        match self {
            Self::Fixed(_) => &[],
            Self::Variable(pieces) => pieces,
        }
    }

    /// Calls `f` with the pattern that the template is for this request, encoded as [`glob`] has it. Nothing is
    /// allocated unless the pattern is longer than any ARN.
    pub(crate) fn with_encoded<T>(
        &self,
        context: &Context,
        f: impl FnOnce(&[u8]) -> T,
    ) -> Resolved<T> {
        match self.ready(context) {
            Resolved::Value(()) => {}
            Resolved::Missing => return Resolved::Missing,
            Resolved::Unclear => return Resolved::Unclear,
        }
        let mut usual = [0; LONGEST_ARN];
        let mut end = 0;
        let fits = self.parts(context).try_for_each(|part| {
            let bytes = glob::encoded_part(&part);
            let place = usual.get_mut(end..end + bytes.len())?;
            place.copy_from_slice(bytes);
            end += bytes.len();
            Some(())
        });
        Resolved::Value(match fits.and_then(|()| usual.get(..end)) {
            Some(pattern) => f(pattern),
            None => {
                let mut pattern = Vec::new();
                for part in self.parts(context) {
                    pattern.extend_from_slice(glob::encoded_part(&part));
                }
                f(&pattern)
            }
        })
    }

    /// Whether every variable has a value; the first that has none decides.
    fn ready(&self, context: &Context) -> Resolved<()> {
        for piece in self.pieces() {
            if let TemplatePiece::Variable(variable) = piece {
                match variable.resolve(context) {
                    Resolved::Value(_) => {}
                    Resolved::Missing => return Resolved::Missing,
                    Resolved::Unclear => return Resolved::Unclear,
                }
            }
        }
        Resolved::Value(())
    }

    /// The parts of a template whose variables have values.
    fn parts<'a>(&'a self, context: &'a Context) -> impl Iterator<Item = Part<'a>> {
        self.pieces().iter().map(|piece| piece.part(context))
    }

    /// Matches a text, without allocation.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> Resolved<bool> {
        let pieces = match self {
            Self::Fixed(glob) => return Resolved::Value(glob.matches(text)),
            Self::Variable(pieces) => pieces,
        };
        match self.ready(context) {
            Resolved::Value(()) => {
                let part = |at| {
                    pieces
                        .get(at)
                        .map(|piece: &TemplatePiece| piece.part(context))
                };
                Resolved::Value(glob::matches_parts(pieces.len(), part, text))
            }
            Resolved::Missing => Resolved::Missing,
            Resolved::Unclear => Resolved::Unclear,
        }
    }

    /// Whether the text is the same but for the case of letters. For templates without wildcards.
    pub(crate) fn equals_ignoring_case(&self, text: &str, context: &Context) -> Resolved<bool> {
        match self.ready(context) {
            Resolved::Value(()) => {}
            Resolved::Missing => return Resolved::Missing,
            Resolved::Unclear => return Resolved::Unclear,
        }
        let literal = |part| match part {
            Part::Literal(text) => text,
            Part::One => "?",
            Part::Many => "*",
        };
        let parts = || self.parts(context).map(literal);
        let same = if text.is_ascii() && parts().all(str::is_ascii) {
            let own = parts().flat_map(str::bytes);
            own.map(|byte| byte.to_ascii_lowercase())
                .eq(text.bytes().map(|byte| byte.to_ascii_lowercase()))
        } else {
            parts().collect::<String>().to_lowercase() == text.to_lowercase()
        };
        Resolved::Value(same)
    }

    /// The keys that the variables refer to, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Name> {
        self.pieces().iter().filter_map(|piece| match piece {
            TemplatePiece::Variable(variable) => Some(&variable.key),
            TemplatePiece::Plain(_) => None,
        })
    }
}

impl TemplatePiece {
    /// A variable without a value is an empty text here: ask [`Template::ready`] before.
    fn part<'a>(&'a self, context: &'a Context) -> Part<'a> {
        match self {
            Self::Plain(piece) => piece.as_part(),
            Self::Variable(variable) => match variable.resolve(context) {
                Resolved::Value(value) => Part::Literal(value),
                Resolved::Missing | Resolved::Unclear => Part::Literal(""),
            },
        }
    }
}

impl Variable {
    fn resolve<'a>(&'a self, context: &'a Context) -> Resolved<&'a str> {
        match (context.view(&self.key), &self.default) {
            (Some(View::One("")), None) => Resolved::Missing,
            (Some(View::One("")), Some(_)) => Resolved::Unclear,
            (Some(View::One(value)), _) => Resolved::Value(value),
            (Some(View::Many(_)), _) => Resolved::Unclear,
            (None, Some(default)) => Resolved::Value(default),
            (None, None) => Resolved::Missing,
        }
    }
}

fn plain(pieces: &mut Vec<TemplatePiece>, text: &str, wildcards: bool) {
    if wildcards {
        pieces.extend(glob::split(text).into_iter().map(TemplatePiece::Plain));
    } else if !text.is_empty() {
        pieces.push(TemplatePiece::Plain(Piece::Literal(text.into())));
    }
}

/// Splits at the first `${…}`: the text before, what is inside, the text after. An unclosed one is plain text.
pub(crate) fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once("${")?;
    let (inner, after) = opened.split_once('}')?;
    Some((before, inner, after))
}

/// The keys that the variables of a text refer to, as written; escapes are none.
pub(crate) fn keys_in(text: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some((_, inner, after)) = next_variable(rest) {
        if !matches!(inner, "*" | "?" | "$") {
            let key = inner.split_once(',').map_or(inner, |(key, _)| key);
            keys.push(key.trim().to_owned());
        }
        rest = after;
    }
    keys
}

fn variable(inner: &str) -> TemplatePiece {
    if matches!(inner, "*" | "?" | "$") {
        return TemplatePiece::Plain(Piece::Literal(inner.into()));
    }
    let (key, default) = match inner.split_once(',') {
        Some((key, default)) => (key, quoted(default.trim())),
        None => (inner, None),
    };
    TemplatePiece::Variable(Variable {
        key: Name::new(key.trim()),
        default: default.map(Into::into),
    })
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        let mut context = Context::new();
        context
            .set("aws:username", "bob")
            .set("aws:PrincipalTag/team", "*")
            .set("k:empty", "")
            .set_many("aws:TagKeys", ["a"]);
        context
    }

    fn hit(template: &str, text: &str) -> Resolved<bool> {
        Template::compile(template, true, true).matches(text, &context())
    }

    #[test]
    fn values_defaults_and_escapes() {
        assert_eq!(
            hit("home/${aws:UserName}/*", "home/bob/x"),
            Resolved::Value(true)
        );
        assert_eq!(
            hit("${aws:PrincipalTag/x, 'all'}/a", "all/a"),
            Resolved::Value(true)
        );
        assert_eq!(hit("${aws:username, 'all'}", "bob"), Resolved::Value(true));
        assert_eq!(hit("a${*}${?}${$}", "a*?$"), Resolved::Value(true));
        assert_eq!(hit("a${*}", "abc"), Resolved::Value(false));
        assert_eq!(hit("${aws:missing}", "x"), Resolved::Missing);
        assert_eq!(hit("${k:empty}", ""), Resolved::Missing);
        assert_eq!(hit("${k:empty, 'a'}", "a"), Resolved::Unclear);
        assert_eq!(hit("${aws:TagKeys}", "a"), Resolved::Unclear);
        assert_eq!(hit("${open", "${open"), Resolved::Value(true));
    }

    #[test]
    fn case_is_ignored_beyond_ascii_in_variables_too() {
        let mut context = context();
        // The lower case of the Kelvin sign is an ASCII letter.
        context
            .set("k:kelvin", "\u{212a}")
            .set("k:umlaut", "\u{c4}");
        let same = |template: &str, text: &str| {
            Template::compile(template, true, false).equals_ignoring_case(text, &context)
        };
        for (template, text, hit) in [
            ("${aws:username}!", "BOB!", true),
            ("${aws:username}!", "BOB?", false),
            ("${aws:username}\u{c4}", "bob\u{e4}", true),
            ("${aws:username}\u{c4}", "bob\u{e5}", false),
            ("a${k:kelvin}", "AK", true),
            ("a${k:kelvin}", "AL", false),
            ("${aws:username}K", "bob\u{212a}", true),
            ("${k:umlaut}", "\u{e4}", true),
            ("${k:umlaut}", "a", false),
        ] {
            assert_eq!(
                same(template, text),
                Resolved::Value(hit),
                "{template} {text}"
            );
        }
        assert_eq!(same("${k:gone}", ""), Resolved::Missing);
        assert_eq!(same("${aws:TagKeys}", "a"), Resolved::Unclear);
    }

    #[test]
    fn the_keys_of_a_text_are_found() {
        let keys = |text: &str| keys_in(text).join(" ");
        assert_eq!(
            keys("a${aws:username}${*}${?}${$}b${ k:b , 'x'}"),
            "aws:username k:b"
        );
        assert_eq!(keys("none"), "");
        let template = Template::compile("a${aws:UserName}${*}", true, true);
        let names: Vec<&str> = template.keys().map(Name::as_str).collect();
        assert_eq!(names, ["aws:username"]);
    }

    #[test]
    fn a_substituted_star_is_a_star() {
        assert_eq!(
            hit("team/${aws:PrincipalTag/team}", "team/red"),
            Resolved::Value(false)
        );
        assert_eq!(
            hit("team/${aws:PrincipalTag/team}", "team/*"),
            Resolved::Value(true)
        );
    }

    #[test]
    fn before_2012_variables_are_plain_text() {
        let template = Template::compile("${aws:username}", false, true);
        assert_eq!(template.matches("bob", &context()), Resolved::Value(false));
        assert_eq!(
            template.matches("${aws:username}", &context()),
            Resolved::Value(true)
        );
    }
}
