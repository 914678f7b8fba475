//! URI templates of HTTP bindings, and percent-encoding.
//!
//! A template is a path with labels and, behind a question mark, query parameters that
//! the operation's URI always has: `/{Bucket}/{Key+}?uploads`.

use crate::error::Fault;
use std::borrow::Cow;

/// Decodes `%XX`; in forms and query strings `+` is a space.
pub(crate) fn percent_decode(text: &str, plus_is_space: bool) -> Result<Cow<'_, str>, Fault> {
    if !text
        .bytes()
        .any(|byte| byte == b'%' || (plus_is_space && byte == b'+'))
    {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let high = bytes.next().and_then(hex).ok_or(Fault::Malformed)?;
                let low = bytes.next().and_then(hex).ok_or(Fault::Malformed)?;
                out.push(high << 4 | low);
            }
            b'+' if plus_is_space => out.push(b' '),
            _ => out.push(byte),
        }
    }
    String::from_utf8(out)
        .map(Cow::Owned)
        .map_err(|_| Fault::Malformed)
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Encodes all but the unreserved characters of RFC 3986, and `/` on request.
pub(crate) fn percent_encode(out: &mut String, text: &str, keep_slash: bool) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (keep_slash && byte == b'/') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 0xf] {
                out.push(
                    DIGITS
                        .get(usize::from(digit))
                        .map_or('0', |digit| char::from(*digit)),
                );
            }
        }
    }
}

/// The path and the query of a template or of a request target.
pub(crate) fn split(template: &str) -> (&str, &str) {
    template.split_once('?').unwrap_or((template, ""))
}

/// The parameters of a template's query: names, some with a value.
pub(crate) fn literal_query(template: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    split(template)
        .1
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (part, None),
        })
}

/// One part of a template's path.
enum Segment<'a> {
    Literal(&'a str),
    Label(&'a str),
    Greedy(&'a str),
}

fn segment(text: &str) -> Segment<'_> {
    match text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    {
        Some(label) => label
            .strip_suffix('+')
            .map_or(Segment::Label(label), Segment::Greedy),
        None => Segment::Literal(text),
    }
}

/// How well a path fits a template: the number of its literal segments, `None` where it does not fit.
pub(crate) fn fit(template: &str, path: &str) -> Option<usize> {
    let mut literals = 0;
    walk(template, path, |_, _| (), &mut literals)?;
    Some(literals)
}

/// The labels of a path that fits the template, decoded.
pub(crate) fn labels<'t>(template: &'t str, path: &str) -> Result<Vec<(&'t str, String)>, Fault> {
    let mut raw = Vec::new();
    walk(
        template,
        path,
        |name, value| raw.push((name, value)),
        &mut 0,
    )
    .ok_or(Fault::Malformed)?;
    raw.into_iter()
        .map(|(name, value)| Ok((name, percent_decode(&value, false)?.into_owned())))
        .collect()
}

fn walk<'t>(
    template: &'t str,
    path: &str,
    mut label: impl FnMut(&'t str, String),
    literals: &mut usize,
) -> Option<()> {
    let wanted = split(template).0;
    let wanted: Vec<_> = wanted.strip_prefix('/')?.split('/').collect();
    let mut found: Vec<_> = path.strip_prefix('/')?.split('/').collect();
    let greedy = wanted.iter().any(|part| part.ends_with("+}"));
    // `/bucket/` is `/bucket`.
    if !greedy && found.len() == wanted.len() + 1 && found.last() == Some(&"") {
        found.pop();
    }
    let mut at = 0;
    for (index, part) in wanted.iter().enumerate() {
        let rest = found.get(at..)?;
        match segment(part) {
            Segment::Literal(text) => {
                if *rest.first()? != text {
                    return None;
                }
                *literals += 1;
                at += 1;
            }
            Segment::Label(name) => {
                let value = *rest.first().filter(|value| !value.is_empty())?;
                label(name, value.to_owned());
                at += 1;
            }
            Segment::Greedy(name) => {
                let behind = wanted.len() - index - 1;
                let taken = rest.len().checked_sub(behind)?;
                let value = rest.get(..taken)?.join("/");
                if value.is_empty() {
                    return None;
                }
                label(name, value);
                at += taken;
            }
        }
    }
    (at == found.len()).then_some(())
}

/// Fills a template's labels. A label without value stays empty.
pub(crate) fn expand(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let (path, query) = split(template);
    let mut out = String::new();
    for part in path.strip_prefix('/').unwrap_or(path).split('/') {
        out.push('/');
        match segment(part) {
            Segment::Literal(text) => out.push_str(text),
            Segment::Label(name) => {
                percent_encode(&mut out, &value(name).unwrap_or_default(), false)
            }
            Segment::Greedy(name) => {
                percent_encode(&mut out, &value(name).unwrap_or_default(), true)
            }
        }
    }
    if !query.is_empty() {
        out.push('?');
        out.push_str(query);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fit_templates() {
        assert_eq!(
            fit("/analyzer/{name}/archive-rule", "/analyzer/x/archive-rule"),
            Some(2)
        );
        assert_eq!(fit("/analyzer/{name}", "/analyzer/"), None);
        assert_eq!(fit("/analyzer/{name}", "/analyzer/x/"), Some(1));
        assert_eq!(fit("/{Bucket}", "/"), None);
        assert_eq!(fit("/", "/"), Some(1));
        assert_eq!(fit("/{Bucket}/{Key+}", "/b/"), None);
        assert_eq!(fit("/{Bucket}/{Key+}", "/b/a/c/"), Some(0));
        assert_eq!(fit("/x", "x"), None);
        assert_eq!(fit("/x", ""), None);
        assert_eq!(fit("/a/{Key+}/z", "/a/b/c/z"), Some(2));
    }

    #[test]
    fn labels_are_decoded_after_the_split() {
        assert_eq!(
            labels("/tags/{arn}", "/tags/arn%3Aaws%3A%2Fx").unwrap(),
            [("arn", "arn:aws:/x".to_owned())]
        );
        assert_eq!(
            labels("/{Bucket}/{Key+}?uploads", "/b//k%20/+").unwrap()[1].1,
            "/k /+"
        );
        assert!(labels("/{a}", "/%zz").is_err());
        assert!(labels("/{a}", "/%ff").is_err());
    }

    #[test]
    fn expansion_is_the_way_back() {
        let value = |name: &str| {
            Some(if name == "Key" {
                "a/b c".to_owned()
            } else {
                "x/ü".to_owned()
            })
        };
        assert_eq!(
            expand("/{Bucket}/{Key+}?uploads", value),
            "/x%2F%C3%BC/a/b%20c?uploads"
        );
    }

    #[test]
    fn forms_have_plus_for_space() {
        assert_eq!(percent_decode("a+b%2B", true).unwrap(), "a b+");
        assert!(percent_decode("%", true).is_err());
        assert!(percent_decode("%4", true).is_err());
    }
}
