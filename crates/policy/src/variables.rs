//! Policy variables: `${key}`, `${key, 'default'}` and the escapes `${*}`, `${?}`, `${$}`
//! ("IAM policy elements: Variables and tags").
//!
//! A substituted value stays text: a tag whose value is `*` never becomes a wildcard.

use crate::context::{Context, Values};
use crate::glob::{self, Glob, Letters, Part, Piece};

/// A text that may hold variables and, where it is a pattern, wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Box<[TemplatePiece]>,
    /// The whole template when it has no variables.
    fixed: Option<Glob>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplatePiece {
    Plain(Piece),
    Variable(Variable),
}

/// A reference to a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Lower case.
    key: Box<str>,
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
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, inner, after)) = variables.then(|| next_variable(rest)).flatten() {
            plain(&mut pieces, before, wildcards);
            pieces.push(variable(inner));
            rest = after;
        }
        plain(&mut pieces, rest, wildcards);
        let plain = pieces.iter().map(|piece| match piece {
            TemplatePiece::Plain(piece) => Some(piece.clone()),
            TemplatePiece::Variable(_) => None,
        });
        let fixed = plain.collect::<Option<Vec<_>>>().map(Glob::from_pieces);
        Self {
            pieces: pieces.into(),
            fixed,
        }
    }

    pub(crate) fn is_fixed(&self) -> bool {
        self.fixed.is_some()
    }

    /// The pieces with this request's values in place.
    pub(crate) fn resolve<'a>(&'a self, context: &'a Context) -> Resolved<Vec<Part<'a>>> {
        let mut parts = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            parts.push(match piece {
                TemplatePiece::Plain(piece) => piece.as_part(),
                TemplatePiece::Variable(variable) => match variable.resolve(context) {
                    Resolved::Value(value) => Part::Literal(value),
                    Resolved::Missing => return Resolved::Missing,
                    Resolved::Unclear => return Resolved::Unclear,
                },
            });
        }
        Resolved::Value(parts)
    }

    /// Matches a text. Without variables nothing is allocated.
    pub(crate) fn matches(
        &self,
        text: &str,
        context: &Context,
        letters: Letters,
    ) -> Resolved<bool> {
        if let Some(glob) = &self.fixed {
            return Resolved::Value(glob.run(text, letters));
        }
        match self.resolve(context) {
            Resolved::Value(parts) => Resolved::Value(glob::matches_parts(&parts, text, letters)),
            Resolved::Missing => Resolved::Missing,
            Resolved::Unclear => Resolved::Unclear,
        }
    }

    /// The whole text with this request's values; wildcards as themselves.
    pub(crate) fn text(&self, context: &Context) -> Resolved<String> {
        match self.resolve(context) {
            Resolved::Value(parts) => Resolved::Value(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Literal(text) => text,
                        Part::One => "?",
                        Part::Many => "*",
                    })
                    .collect(),
            ),
            Resolved::Missing => Resolved::Missing,
            Resolved::Unclear => Resolved::Unclear,
        }
    }

    /// The keys that the variables refer to, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            TemplatePiece::Variable(variable) => Some(&*variable.key),
            TemplatePiece::Plain(_) => None,
        })
    }
}

impl Variable {
    fn resolve<'a>(&'a self, context: &'a Context) -> Resolved<&'a str> {
        match (context.lower(&self.key), &self.default) {
            (Some(Values::One(value)), None) if value.is_empty() => Resolved::Missing,
            (Some(Values::One(value)), Some(_)) if value.is_empty() => Resolved::Unclear,
            (Some(Values::One(value)), _) => Resolved::Value(value),
            (Some(Values::Many(_)), _) => Resolved::Unclear,
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
        key: key.trim().to_lowercase().into(),
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
        Template::compile(template, true, true).matches(text, &context(), Letters::Exact)
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
        assert_eq!(
            template.matches("bob", &context(), Letters::Exact),
            Resolved::Value(false)
        );
        assert_eq!(
            template.matches("${aws:username}", &context(), Letters::Exact),
            Resolved::Value(true)
        );
    }
}
