//! ARNs against ARN patterns: six segments, each matched for itself, so that a `*` never reaches over a colon
//! ("IAM JSON policy elements: Resource").

use crate::context::{Context, Name};
use crate::glob::{self, Shape};
use crate::inline::Inline;
use crate::truth::Truth;
use crate::variables::{Resolved, Template};

const SEGMENTS: usize = 6;

/// Most patterns are shorter.
const USUAL: usize = 62;

/// An ARN taken apart: five segments and the rest, which may hold colons itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segments<'t>([&'t str; SEGMENTS]);

impl<'t> Segments<'t> {
    /// `None` unless the text has six segments and begins with `arn`.
    pub(crate) fn split(text: &'t str) -> Option<Self> {
        let mut segments = [""; SEGMENTS];
        let (mut from, mut colons) = (
            0,
            text.bytes().enumerate().filter(|(_, byte)| *byte == b':'),
        );
        let [head @ .., tail] = &mut segments;
        for segment in head {
            let (colon, _) = colons.next()?;
            *segment = text.get(from..colon)?;
            from = colon + 1;
        }
        *tail = text.get(from..)?;
        (segments[0] == "arn").then_some(Self(segments))
    }
}

/// The resource of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'t> {
    /// `*`: the action has no resources.
    Everything,
    Arn(Segments<'t>),
    /// Neither `*` nor an ARN.
    Unreadable,
}

impl<'t> Target<'t> {
    pub(crate) fn read(text: &'t str) -> Self {
        match Segments::split(text) {
            _ if text == "*" => Self::Everything,
            Some(segments) => Self::Arn(segments),
            None => Self::Unreadable,
        }
    }
}

/// Six patterns, one for each segment, in one text.
#[derive(Debug, Clone)]
pub(crate) struct SegmentGlobs {
    text: Inline<USUAL>,
    /// Where the first five end.
    ends: [u32; SEGMENTS - 1],
    kinds: [Kind; SEGMENTS - 1],
    tail: Shape,
}

/// What a short pattern is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    Literal,
    Other,
}

impl SegmentGlobs {
    /// From six encoded patterns; `None` for texts beyond all sizes.
    fn new(segments: [&[u8]; SEGMENTS]) -> Option<Self> {
        let mut text = Vec::with_capacity(segments.iter().map(|segment| segment.len()).sum());
        let mut ends = [0; SEGMENTS - 1];
        let mut kinds = [Kind::Other; SEGMENTS - 1];
        let [head @ .., tail] = segments;
        for ((segment, end), kind) in head.iter().zip(&mut ends).zip(&mut kinds) {
            text.extend_from_slice(segment);
            *end = u32::try_from(text.len()).ok()?;
            *kind = match Shape::of(segment) {
                Shape::Any => Kind::Any,
                Shape::Literal => Kind::Literal,
                Shape::Ends { .. } | Shape::General { .. } => Kind::Other,
            };
        }
        text.extend_from_slice(tail);
        Some(Self {
            text: Inline::new(&text),
            ends,
            kinds,
            tail: Shape::of(tail),
        })
    }

    /// Whether every segment matches. Those that tell resources of one service apart are looked at first.
    #[inline]
    fn matches(&self, segments: &[&str; SEGMENTS]) -> bool {
        let [k0, k1, k2, k3, k4] = self.kinds;
        let [e0, e1, e2, e3, e4] = self.ends;
        let [s0, s1, s2, s3, s4, rest] = segments;
        let text = self.text.as_bytes();
        segment(k4, text.get(e3 as usize..e4 as usize), s4)
            && segment(k3, text.get(e2 as usize..e3 as usize), s3)
            && segment(k2, text.get(e1 as usize..e2 as usize), s2)
            && self
                .tail
                .matches(text.get(e4 as usize..).unwrap_or_default(), rest.as_bytes())
            && segment(k1, text.get(e0 as usize..e1 as usize), s1)
            && segment(k0, text.get(..e0 as usize), s0)
    }
}

#[inline]
fn segment(kind: Kind, pattern: Option<&[u8]>, text: &str) -> bool {
    match (kind, pattern) {
        (Kind::Any, _) => true,
        (_, None) => false,
        (Kind::Literal, Some(pattern)) => pattern == text.as_bytes(),
        (Kind::Other, Some(pattern)) => Shape::of(pattern).matches(pattern, text.as_bytes()),
    }
}

/// One compiled entry of `Resource` or `NotResource`.
#[derive(Debug, Clone)]
pub(crate) enum ResourcePattern {
    /// `*`: every resource, and the `*` of actions that have none.
    Any,
    /// Any first segment, since a resource's is always `arn`; partition, service, region and account; then the resource
    /// part.
    Arn(SegmentGlobs),
    /// The same with variables in the resource part; `head` has `*` for it.
    Variable {
        head: SegmentGlobs,
        tail: Box<Template>,
    },
    /// An entry that matches nothing: it is no ARN.
    Nothing,
    /// An entry that cannot be evaluated: a wildcard for the service, a variable before the fifth colon.
    Unclear,
}

impl ResourcePattern {
    pub(crate) fn compile(text: &str, variables: bool) -> Self {
        if !text.is_empty() && text.bytes().all(|byte| byte == b'*') {
            return Self::Any;
        }
        let mut segments = text.splitn(SEGMENTS, ':');
        let Some(first) = segments.next() else {
            return Self::Nothing;
        };
        if first.len() == text.len() {
            return Self::Nothing;
        }
        // AWS completes a short pattern with `*` segments.
        let head: [&str; 4] = std::array::from_fn(|_| segments.next().unwrap_or("*"));
        let tail = segments.next().unwrap_or("*");
        if variables && head.iter().any(|segment| segment.contains("${")) {
            return Self::Unclear;
        }
        let [_, service, ..] = &head;
        if service.contains(['*', '?']) {
            return Self::Unclear;
        }
        let [partition, service, region, account] = head.map(glob::encode);
        let globs = |tail: &[u8]| {
            SegmentGlobs::new([glob::ANY, &partition, &service, &region, &account, tail])
        };
        let compiled = match Template::compile(tail, variables, true) {
            Template::Fixed(glob) => globs(glob.encoded()).map(Self::Arn),
            template => globs(glob::ANY).map(|head| Self::Variable {
                head,
                tail: Box::new(template),
            }),
        };
        compiled.unwrap_or(Self::Unclear)
    }

    pub(crate) fn matches(&self, resource: &Target<'_>, context: &Context) -> Truth {
        let (head, tail) = match self {
            Self::Any => return Truth::Yes,
            Self::Nothing => return Truth::No,
            Self::Unclear if matches!(resource, Target::Everything) => return Truth::No,
            Self::Unclear => return Truth::Doubt,
            Self::Arn(globs) => (globs, None),
            Self::Variable { head, tail } => (head, Some(tail)),
        };
        let segments = match resource {
            Target::Everything => return Truth::No,
            Target::Unreadable => return Truth::Doubt,
            Target::Arn(Segments(segments)) => segments,
        };
        if !head.matches(segments) {
            return Truth::No;
        }
        let Some(tail) = tail else {
            return Truth::Yes;
        };
        let [.., rest] = segments;
        match tail.matches(rest, context) {
            Resolved::Value(hit) => hit.into(),
            Resolved::Missing => Truth::No,
            Resolved::Unclear => Truth::Doubt,
        }
    }

    /// The keys that the pattern's variables refer to, in lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Name> {
        let tail = match self {
            Self::Variable { tail, .. } => Some(tail),
            _ => None,
        };
        tail.into_iter().flat_map(|tail| tail.keys())
    }
}

/// A value of the Arn operators.
#[derive(Debug, Clone)]
pub(crate) enum ArnPattern {
    Segments(SegmentGlobs),
    /// No pattern of an ARN: what it would match cannot be told.
    Nothing,
    /// Cut into segments only when its variables have their values: a variable may stand for a whole ARN.
    Variable(Template),
}

impl ArnPattern {
    pub(crate) fn compile(text: &str, variables: bool) -> Self {
        match Template::compile(text, variables, true) {
            Template::Fixed(glob) => cut(glob.encoded())
                .and_then(SegmentGlobs::new)
                .map_or(Self::Nothing, Self::Segments),
            template => Self::Variable(template),
        }
    }

    pub(crate) fn matches(&self, value: &str, context: &Context) -> Truth {
        let Some(Segments(values)) = Segments::split(value) else {
            return Truth::No;
        };
        match self {
            Self::Nothing => Truth::Doubt,
            Self::Segments(globs) => globs.matches(&values).into(),
            Self::Variable(template) => {
                let hit = template.with_encoded(context, |pattern| match cut(pattern) {
                    Some(segments) => segments
                        .iter()
                        .zip(values)
                        .all(|(pattern, value)| {
                            Shape::of(pattern).matches(pattern, value.as_bytes())
                        })
                        .into(),
                    None => Truth::Doubt,
                });
                match hit {
                    Resolved::Value(truth) => truth,
                    Resolved::Missing => Truth::No,
                    Resolved::Unclear => Truth::Doubt,
                }
            }
        }
    }

    /// The template with the variables, if there are any.
    pub(crate) fn template(&self) -> Option<&Template> {
        match self {
            Self::Variable(template) => Some(template),
            _ => None,
        }
    }
}

/// Cuts an encoded pattern at its first five colons; `*` and what is shorter and ends in `:*` is completed. `None` for
/// what is no pattern of an ARN.
fn cut(pattern: &[u8]) -> Option<[&[u8]; SEGMENTS]> {
    let mut segments = [glob::ANY; SEGMENTS];
    let mut parts = pattern.splitn(SEGMENTS, |byte| *byte == b':').peekable();
    for segment in &mut segments {
        let part = parts.next()?;
        if part == glob::ANY && parts.peek().is_none() {
            break;
        }
        *segment = part;
    }
    Some(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(pattern: &str, resource: &str) -> Truth {
        let mut context = Context::new();
        context
            .set("aws:username", "bob")
            .set("aws:star", "*")
            .set("aws:PrincipalArn", "arn:aws:iam::1:role/a");
        ResourcePattern::compile(pattern, true).matches(&Target::read(resource), &context)
    }

    #[test]
    fn segments_match_one_by_one() {
        assert_eq!(hit("arn:aws:s3:::b/*", "arn:aws:s3:::b/c/d"), Truth::Yes);
        assert_eq!(hit("arn:aws:sns:*:1:t", "arn:aws:sns:eu:1:t"), Truth::Yes);
        assert_eq!(hit("arn:aws:sns:*:t", "arn:aws:sns:eu:1:t"), Truth::No);
        assert_eq!(hit("arn:aws:sns:*1:t", "arn:aws:sns:eu:1:t"), Truth::No);
        assert_eq!(hit("arn:aws:s3:::B", "arn:aws:s3:::b"), Truth::No);
        assert_eq!(
            hit(
                "arn:aws:logs:*:*:log-group:x:*",
                "arn:aws:logs:e:1:log-group:x:y:z"
            ),
            Truth::Yes
        );
        assert_eq!(hit("arn:aws:sqs:*", "arn:aws:sqs:eu:1:q"), Truth::Yes);
        assert_eq!(hit("arn:aws:s*:::b", "arn:aws:s3:::b"), Truth::Doubt);
        assert_eq!(hit("bucket", "arn:aws:s3:::bucket"), Truth::No);
        assert_eq!(hit("arn:aws:s3:::b", "b"), Truth::Doubt);
    }

    #[test]
    fn only_a_star_matches_actions_without_resources() {
        assert_eq!(hit("*", "*"), Truth::Yes);
        assert_eq!(hit("arn:aws:s3:::*", "*"), Truth::No);
        assert_eq!(hit("arn:*", "*"), Truth::No);
    }

    #[test]
    fn variables_stand_only_in_the_resource_part() {
        assert_eq!(
            hit("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/bob/x"),
            Truth::Yes
        );
        assert_eq!(
            hit("arn:aws:s3:::b/${aws:star}", "arn:aws:s3:::b/x"),
            Truth::No
        );
        assert_eq!(
            hit("arn:aws:s3:::b/${aws:gone}", "arn:aws:s3:::b/"),
            Truth::No
        );
        assert_eq!(
            hit("arn:aws:s3::${aws:username}:b", "arn:aws:s3::bob:b"),
            Truth::Doubt
        );
    }

    #[test]
    fn arn_values() {
        let context = {
            let mut context = Context::new();
            context.set("aws:PrincipalArn", "arn:aws:iam::1:role/a");
            context
        };
        let hit = |pattern: &str, value: &str| {
            ArnPattern::compile(pattern, true).matches(value, &context)
        };
        assert_eq!(
            hit("arn:aws:iam::*:role/*", "arn:aws:iam::1:role/x/y"),
            Truth::Yes
        );
        assert_eq!(
            hit("arn:aws:iam::*role/*", "arn:aws:iam::1:role/x"),
            Truth::Doubt
        );
        assert_eq!(
            hit("${aws:PrincipalArn}", "arn:aws:iam::1:role/a"),
            Truth::Yes
        );
        assert_eq!(hit("arn:*:*:*:*:*", "no arn"), Truth::No);
        assert_eq!(hit("*", "arn:aws:iam::1:role/a"), Truth::Yes);
    }
}
