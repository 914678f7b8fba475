//! A YAML or JSON text as a tree whose every node knows where it stands.
//!
//! JSON is read as YAML, of which it is a part. What the tree grows to is bounded:
//! anchors can name each other and make a small text a large one.

use super::problem::Problem;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use std::collections::HashMap;
use std::ops::Range;
use zeroize::Zeroizing;

/// Byte range in the text.
pub(super) type Span = Range<usize>;

/// Levels of nesting.
const MAX_DEPTH: usize = 64;
/// What all nodes may weigh together: their texts, and a flat rate for each.
const MAX_WEIGHT: usize = 64 * 1024 * 1024;
const NODE_WEIGHT: usize = 64;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Without quotes: `true` is a boolean and `12` a number where it matters.
    Plain,
    /// In double quotes: with escapes.
    Double,
    /// Otherwise: always text.
    Other,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar {
        text: Zeroizing<String>,
        style: Style,
    },
    List(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
}

/// The key of an entry.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) span: Span,
}

/// A node of the tree.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) content: Content,
}

impl Node {
    /// Nothing is written here, or `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Scalar { text, style: Style::Plain }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match &self.content {
            Content::Scalar { .. } if self.is_null() => "nothing",
            Content::Scalar { .. } => "a text",
            Content::List(_) => "a list",
            Content::Mapping(_) => "a mapping",
        }
    }
}

/// Reads the one document of a text.
///
/// # Errors
/// The first thing that makes it no YAML, or no document that is taken here.
pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let mut builder = Builder::new(text);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = builder.offset(error.marker().index());
            Problem::new(at..at, error.info().to_owned()).help("the file is neither YAML nor JSON")
        })?;
        let span = builder.offset(span.start.index())..builder.offset(span.end.index());
        builder.event(event, span)?;
    }
    builder
        .root
        .ok_or_else(|| Problem::new(0..0, "the file is empty"))
}

/// A list or mapping that is not complete.
struct Open {
    anchor: usize,
    span: Span,
    content: Content,
    /// The key whose value comes next.
    key: Option<Key>,
}

struct Builder<'t> {
    text: &'t str,
    /// Where each character starts, where characters are not bytes.
    starts: Option<Vec<usize>>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    weight: usize,
    root: Option<Node>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        let starts = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self {
            text,
            starts,
            open: Vec::new(),
            anchors: HashMap::new(),
            weight: 0,
            root: None,
        }
    }

    /// The byte at which a character starts.
    fn offset(&self, character: usize) -> usize {
        let offset = match &self.starts {
            Some(starts) => starts.get(character).copied(),
            None => Some(character),
        };
        offset.unwrap_or(self.text.len()).min(self.text.len())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mut style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    _ => Style::Other,
                };
                if is_text(tag.as_deref(), &span)? && style == Style::Plain {
                    style = Style::Other;
                }
                let span = self.trimmed(span);
                let content = Content::Scalar {
                    text: Zeroizing::new(text.into_owned()),
                    style,
                };
                self.complete(Node { span, content }, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.begin(anchor, tag.as_deref(), span, Content::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(anchor, tag.as_deref(), span, Content::Mapping(Vec::new()))
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let end = if span.is_empty() {
                        open.span.end
                    } else {
                        span.end
                    };
                    let node = Node {
                        span: open.span.start..end.max(open.span.start),
                        content: open.content,
                    };
                    self.complete(node, open.anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Problem::new(span, "a seed file is one document"))
            }
            _ => Ok(()),
        }
    }

    /// Without the white space that follows.
    fn trimmed(&self, span: Span) -> Span {
        let length = self
            .text
            .get(span.clone())
            .map_or(0, |text| text.trim_end().len());
        span.start..span.start + length
    }

    fn begin(
        &mut self,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
        content: Content,
    ) -> Result<(), Problem> {
        is_text(tag, &span)?;
        self.no_key(&span)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(Problem::new(
                span,
                format!("more than {MAX_DEPTH} levels of nesting"),
            ));
        }
        self.open.push(Open {
            anchor,
            span,
            content,
            key: None,
        });
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Problem> {
        let Some((_, weight)) = self.anchors.get(&anchor) else {
            return Err(Problem::new(
                span,
                "the alias stands inside of what it names",
            ));
        };
        // Counted before it is copied.
        self.weigh(*weight, &span)?;
        let copy = self.anchors.get(&anchor).map(|(node, _)| node.clone());
        copy.map_or(Ok(()), |node| self.place(node))
    }

    fn weigh(&mut self, weight: usize, span: &Span) -> Result<(), Problem> {
        self.weight = self.weight.saturating_add(weight);
        if self.weight > MAX_WEIGHT {
            return Err(Problem::new(span.clone(), "the file becomes too large"));
        }
        Ok(())
    }

    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        if let Content::Scalar { text, .. } = &node.content {
            self.weigh(NODE_WEIGHT + text.len(), &node.span)?;
        } else {
            self.weigh(NODE_WEIGHT, &node.span)?;
        }
        if anchor > 0 {
            let weight = weight(&node);
            self.weigh(weight, &node.span)?;
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        self.place(node)
    }

    /// Only texts can be keys.
    fn no_key(&self, span: &Span) -> Result<(), Problem> {
        match self.open.last() {
            Some(Open {
                content: Content::Mapping(_),
                key: None,
                ..
            }) => Err(Problem::new(span.clone(), "a key must be a text")),
            _ => Ok(()),
        }
    }

    fn place(&mut self, node: Node) -> Result<(), Problem> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.span.end = open.span.end.max(node.span.end);
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Mapping(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => match node.content {
                    Content::Scalar { text, .. } => {
                        if let Some((first, _)) = entries.iter().find(|(key, _)| key.name == *text)
                        {
                            let line = self
                                .text
                                .get(..first.span.start)
                                .map_or(0, |before| before.matches('\n').count())
                                + 1;
                            let name = text.split(':').next().unwrap_or_default();
                            let message = format!("{name} is said twice");
                            return Err(Problem::new(node.span, message)
                                .help(format!("first in line {line}")));
                        }
                        open.key = Some(Key {
                            name: text.to_string(),
                            span: node.span,
                        });
                    }
                    _ => return Err(Problem::new(node.span, "a key must be a text")),
                },
            },
            Content::Scalar { .. } => {}
        }
        Ok(())
    }
}

/// What a copy of the node weighs.
fn weight(node: &Node) -> usize {
    NODE_WEIGHT
        + match &node.content {
            Content::Scalar { text, .. } => text.len(),
            Content::List(items) => items.iter().map(weight).sum(),
            Content::Mapping(entries) => entries
                .iter()
                .map(|(key, node)| key.name.len() + weight(node))
                .sum(),
        }
}

/// Whether a tag makes the node a text; other tags than YAML's own mean nothing here.
fn is_text(tag: Option<&Tag>, span: &Span) -> Result<bool, Problem> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.is_yaml_core_schema() => Ok(tag.suffix == "str"),
        Some(tag) => Err(Problem::new(
            span.clone(),
            format!("the tag {tag} means nothing here"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().message
    }

    fn spans<'t>(text: &'t str, node: &Node, into: &mut Vec<&'t str>) {
        into.push(text.get(node.span.clone()).unwrap());
        match &node.content {
            Content::Scalar { .. } => {}
            Content::List(items) => items.iter().for_each(|item| spans(text, item, into)),
            Content::Mapping(entries) => {
                for (key, value) in entries {
                    into.push(text.get(key.span.clone()).unwrap());
                    spans(text, value, into);
                }
            }
        }
    }

    #[test]
    fn nodes_know_where_they_stand() {
        let text = "# é\na: 'x y'\nb: [1, \"zwölf\"]\nc:\n  - {d: e}\n";
        let mut found = Vec::new();
        spans(text, &parse(text).unwrap(), &mut found);
        let root = "a: 'x y'\nb: [1, \"zwölf\"]\nc:\n  - {d: e}";
        let wanted = [
            root,
            "a",
            "'x y'",
            "b",
            "[1, \"zwölf\"]",
            "1",
            "\"zwölf\"",
            "c",
            "- {d: e}",
            "{d: e}",
            "d",
            "e",
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn json_is_read_with_tabs_and_escapes() {
        let text = "{\n\t\"a\": [\n\t\t\"x\\n\\u00e9\\/\",\n\t\ttrue\n\t],\n\t\"b\": null\n}\n";
        let Content::Mapping(entries) = parse(text).unwrap().content else {
            panic!("no mapping")
        };
        let Content::List(items) = &entries[0].1.content else {
            panic!("no list")
        };
        assert!(
            matches!(&items[0].content, Content::Scalar { text, .. } if text.as_str() == "x\né/")
        );
        assert!(entries[1].1.is_null());
    }

    #[test]
    fn a_name_that_is_said_twice_is_refused() {
        let problem = parse("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!(
            (problem.message.as_str(), problem.span),
            ("a is said twice", 10..11)
        );
        assert_eq!(problem.help.as_deref(), Some("first in line 1"));
    }

    #[test]
    fn small_texts_do_not_become_large_ones() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let below = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        assert_eq!(refusal(&bomb), "the file becomes too large");
        assert_eq!(
            refusal(&("- ".repeat(100) + "x")),
            "more than 64 levels of nesting"
        );
        parse(&"[".repeat(100_000)).unwrap_err();
        parse(&"{a: ".repeat(100_000)).unwrap_err();
        assert_eq!(
            refusal("a: &a [*a]\n"),
            "the alias stands inside of what it names"
        );
    }

    #[test]
    fn what_is_no_single_document_is_refused() {
        assert_eq!(refusal(""), "the file is empty");
        assert_eq!(refusal("a: 1\n---\nb: 2\n"), "a seed file is one document");
        assert_eq!(refusal("a: !Ref b\n"), "the tag !Ref means nothing here");
        assert_eq!(refusal("? [a]\n: b\n"), "a key must be a text");
        parse("a: [").unwrap_err();
        parse("a: 'b").unwrap_err();
        parse("\u{0}").unwrap_err();
    }
}
