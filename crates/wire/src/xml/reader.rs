//! XML documents as trees of bounded depth. No document types, hence no entities.

use crate::MAX_DEPTH;
use crate::budget::Budget;
use crate::error::Fault;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

/// One element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    /// The name without its prefix.
    pub(crate) name: String,
    /// Names with their prefixes.
    pub(crate) attributes: Vec<(String, String)>,
    /// The text directly in the element.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// The first child of the name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of the name.
    pub(crate) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// Reads a document's root element.
pub(crate) fn read(body: &[u8]) -> Result<Element, Fault> {
    let text = std::str::from_utf8(body).map_err(|_| Fault::Malformed)?;
    let mut reader = quick_xml::Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let budget = Budget::default();
    loop {
        match reader.read_event().map_err(|_| Fault::Malformed)? {
            Event::Start(start) => {
                if open.len() == MAX_DEPTH {
                    return Err(Fault::TooDeep);
                }
                budget.take(1)?;
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                budget.take(1)?;
                close(element(&start)?, &mut open, &mut root)?;
            }
            Event::End(_) => {
                let done = open.pop().ok_or(Fault::Malformed)?;
                close(done, &mut open, &mut root)?;
            }
            Event::Text(text) => add_text(&mut open, &text.xml10_content())?,
            Event::CData(data) => add_text(&mut open, &data.xml10_content())?,
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().map_err(|_| Fault::Malformed)? {
                    Some(character) => character,
                    None => predefined(&reference)?,
                };
                add_text(&mut open, character.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(_) => return Err(Fault::Malformed),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err(Fault::Malformed);
    }
    root.ok_or(Fault::Malformed)
}

fn predefined(name: &str) -> Result<char, Fault> {
    match name {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(Fault::Malformed),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, Fault> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Fault::Malformed)?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| Fault::Malformed)?;
        attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
    }
    Ok(Element {
        name: start.local_name().into_inner().to_owned(),
        attributes,
        text: String::new(),
        children: Vec::new(),
    })
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), Fault> {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None if root.is_none() => *root = Some(done),
        None => return Err(Fault::Malformed),
    }
    Ok(())
}

fn add_text(open: &mut [Element], text: &str) -> Result<(), Fault> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(Fault::Malformed),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_tree() {
        let root = read(b"<?xml version=\"1.0\"?>\n<a xmlns=\"u\" p:x=\"1&amp;2\"><p:b>x&lt;&#x1;</p:b><!-- c --><c><![CDATA[<y>]]></c><d/></a>\n").unwrap();
        assert_eq!(root.name, "a");
        assert_eq!(root.attributes[1], ("p:x".to_owned(), "1&2".to_owned()));
        assert_eq!(root.child_text("b"), Some("x<\u{1}"));
        assert_eq!(root.child_text("c"), Some("<y>"));
        assert_eq!(root.child_text("d"), Some(""));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for text in [
            "",
            "x",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a>&x;</a>",
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&#0;</a>",
            "</a>",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(
            read("<a>".repeat(1_000_000).as_bytes()).err(),
            Some(Fault::TooDeep)
        );
    }
}
