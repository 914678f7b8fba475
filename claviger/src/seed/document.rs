//! Policy documents in seed files: written out as YAML, or as a JSON text.
//!
//! Either way the engine reads JSON, and what it finds is told at its place in the file.

use super::node::{Content, Node, Span, Style};
use super::problem::Problem;
use policy::DocumentKind;
use std::ops::Range;

/// A document that passed the grammar of its kind.
#[derive(Debug)]
pub(super) struct Document {
    /// As JSON.
    pub(super) text: String,
    pub(super) parsed: policy::Document,
    pub(super) span: Span,
    places: Places,
}

/// The way from the JSON back to the file.
#[derive(Debug)]
enum Places {
    /// The text was written from nodes: which part came from which.
    Nodes(Vec<(Range<usize>, Span)>),
    /// The text is a scalar's.
    Scalar(Style),
}

/// Reads a document.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn read(node: &Node, kind: DocumentKind, file: &str) -> Result<Document, Vec<Problem>> {
    let (text, places) = match &node.content {
        Content::Scalar { text, style } if !node.is_null() => {
            (text.to_string(), Places::Scalar(*style))
        }
        Content::Mapping(_) => {
            let mut writer = Writer::default();
            writer.node(node);
            (writer.out, Places::Nodes(writer.places))
        }
        _ => {
            let message = format!(
                "a policy document is a mapping or a JSON text, not {}",
                node.kind()
            );
            return Err(vec![Problem::new(node.span.clone(), message)]);
        }
    };
    match policy::parse(&text, kind) {
        Ok(parsed) => Ok(Document {
            text,
            parsed,
            span: node.span.clone(),
            places,
        }),
        Err(errors) => Err(errors
            .iter()
            .map(|error| {
                let span = locate(&places, &text, &node.span, file, &error.span);
                Problem::new(span, format!("policy document: {error}"))
                    .help(format!("AWS says: {}", error.aws_message()))
            })
            .collect()),
    }
}

impl Document {
    /// Where a part of the JSON stands in the file.
    pub(super) fn place(&self, file: &str, part: &Range<usize>) -> Span {
        locate(&self.places, &self.text, &self.span, file, part)
    }

    /// Whether another text says the same: white space and the order of members do not count.
    pub(super) fn same(&self, other: &str) -> bool {
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        self.text == other || value(&self.text).is_some_and(|own| Some(own) == value(other))
    }
}

fn locate(places: &Places, text: &str, whole: &Span, file: &str, part: &Range<usize>) -> Span {
    match places {
        Places::Nodes(places) => places
            .iter()
            .filter(|(range, _)| range.start <= part.start && part.end <= range.end)
            .min_by_key(|(range, _)| range.len())
            .map_or_else(|| whole.clone(), |(_, span)| span.clone()),
        Places::Scalar(style) => {
            let start = align(text, file, whole, *style, part.start);
            let end = align(text, file, whole, *style, part.end.max(part.start));
            match (start, end) {
                (Some(start), Some(end)) => start..end.max(start),
                _ => whole.clone(),
            }
        }
    }
}

/// Where a byte of a scalar's text stands in the file. Quotes, escapes and indentation are
/// in the file alone: what does not match is skipped.
fn align(text: &str, file: &str, whole: &Span, style: Style, wanted: usize) -> Option<usize> {
    let mut source = file.get(whole.clone())?.char_indices().peekable();
    if style == Style::Double {
        source.next();
    }
    for (at, letter) in text.char_indices() {
        let mut found = None;
        while let Some((place, written)) = source.next() {
            if style == Style::Double && written == '\\' {
                found = Some(place);
                let escaped = source.next().map(|(_, escaped)| escaped);
                skip_digits(escaped, &mut source);
                break;
            }
            if written == letter {
                found = Some(place);
                break;
            }
        }
        let place = found?;
        if at >= wanted {
            return Some(whole.start + place);
        }
    }
    Some(whole.end)
}

/// The digits of `\xNN`, `\uNNNN` and `\UNNNNNNNN`.
fn skip_digits(escape: Option<char>, source: &mut impl Iterator<Item = (usize, char)>) {
    let digits = match escape {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        _ => 0,
    };
    for _ in 0..digits {
        source.next();
    }
}

/// Writes JSON from nodes and remembers which came from where.
#[derive(Default)]
struct Writer {
    out: String,
    places: Vec<(Range<usize>, Span)>,
}

impl Writer {
    fn node(&mut self, node: &Node) {
        let start = self.out.len();
        match &node.content {
            Content::Scalar {
                text,
                style: Style::Plain,
            } => self.plain(text, node.is_null()),
            Content::Scalar { text, .. } => self.text(text),
            Content::List(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.comma(index);
                    self.node(item);
                }
                self.out.push(']');
            }
            Content::Mapping(entries) => {
                self.out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    self.comma(index);
                    let start = self.out.len();
                    self.text(&key.name);
                    self.places.push((start..self.out.len(), key.span.clone()));
                    self.out.push(':');
                    self.node(value);
                }
                self.out.push('}');
            }
        }
        self.places.push((start..self.out.len(), node.span.clone()));
    }

    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.out.push(',');
        }
    }

    fn text(&mut self, text: &str) {
        self.out
            .push_str(&serde_json::Value::from(text).to_string());
    }

    /// A scalar without quotes has the type that it looks like. Twelve digits are an account, not a number.
    fn plain(&mut self, text: &str, null: bool) {
        let account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text {
            _ if null => self.out.push_str("null"),
            "true" | "True" | "TRUE" => self.out.push_str("true"),
            "false" | "False" | "FALSE" => self.out.push_str("false"),
            number if !account && serde_json::from_str::<serde_json::Number>(number).is_ok() => {
                self.out.push_str(number);
            }
            text => self.text(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::node;
    use super::*;

    fn marked(file: &str) -> Vec<(String, String)> {
        let root = node::parse(file).unwrap();
        let Content::Mapping(entries) = &root.content else {
            panic!("no mapping")
        };
        let problems = read(&entries[0].1, DocumentKind::Identity, file).unwrap_err();
        problems
            .into_iter()
            .map(|problem| (file.get(problem.span).unwrap().to_owned(), problem.message))
            .collect()
    }

    fn found(mark: &str, message: &str) -> Vec<(String, String)> {
        vec![(mark.to_owned(), format!("policy document: {message}"))]
    }

    #[test]
    fn yaml_becomes_json() {
        let file = "d:\n  Version: 2012-10-17\n  Statement:\n    - {Effect: Deny, Action: '*', Resource: '*', \
                    Condition: {Bool: {aws:SecureTransport: false}, NumericLessThan: {x:y: 3600}, \
                    StringEquals: {aws:PrincipalAccount: 123456789012, x:z: 'true'}}}\n";
        let root = node::parse(file).unwrap();
        let Content::Mapping(entries) = &root.content else {
            panic!("no mapping")
        };
        let document = read(&entries[0].1, DocumentKind::Identity, file).unwrap();
        assert_eq!(
            document.text,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"x:y":3600},"StringEquals":{"aws:PrincipalAccount":"123456789012","x:z":"true"}}}]}"#
        );
        assert!(document.same(&document.text.replace(',', " , ")));
        assert!(!document.same(&document.text.replace("Deny", "Allow")));
    }

    #[test]
    fn mistakes_in_yaml_are_marked_where_they_are() {
        let file = "d:\n  Version: 2012-10-17\n  Statement:\n  - Effect: Permit\n    Action: s3:*\n    Resource: '*'\n";
        assert_eq!(
            marked(file),
            found("Permit", "effect must be Allow or Deny, not \"Permit\"")
        );
        let file = "d:\n  Version: 2012-10-17\n  Statement: [{Effect: Deny, Action: s3:*, Resource: '*', Resorce: x}]\n";
        assert_eq!(marked(file)[0].0, "Resorce");
    }

    #[test]
    fn mistakes_in_json_texts_are_marked_where_they_are() {
        let block = "d: |\n  {\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [{\"Effect\": \"Permit\", \
                     \"Action\": \"s3:*\", \"Resource\": \"*\"}]\n  }\n";
        assert_eq!(marked(block)[0].0, "\"Permit\"");
        let quoted = "d: '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Permit\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}'\n";
        assert_eq!(marked(quoted)[0].0, "\"Permit\"");
        let escaped = "{\"d\": \"{\\\"Version\\\":\\\"2012-10-17\\\",\\n\\\"Statement\\\":[{\\\"Effect\\\":\\\"Permit\\\",\
                       \\\"Action\\\":\\\"s3:*\\\",\\\"Resource\\\":\\\"*\\\"}]}\"}";
        assert_eq!(marked(escaped)[0].0, "\\\"Permit\\\"");
        let broken = "d: '{\"Version\": oops}'\n";
        assert_eq!(marked(broken).len(), 1);
        assert!(marked("d: [a]\n")[0].1.contains("not a list"));
    }
}
