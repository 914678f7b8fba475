//! A writer of XML 1.0.

use std::borrow::Cow;
use std::fmt::Write;

/// Line breaks between elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// None, as S3 writes.
    Compact,
    /// One line an element and two spaces a level, as IAM and STS write.
    Indented,
}

struct Open {
    name: Cow<'static, str>,
    has_elements: bool,
}

/// Elements are opened and closed in order; names are the schema's and need no check.
pub(crate) struct Writer {
    out: String,
    layout: Layout,
    open: Vec<Open>,
    /// The last start tag lacks its `>`, so that it can still become an empty element.
    pending: bool,
}

impl Writer {
    pub(crate) fn new(layout: Layout) -> Self {
        Self {
            out: String::with_capacity(512),
            layout,
            open: Vec::new(),
            pending: false,
        }
    }

    /// The declaration, which only S3 sends.
    pub(crate) fn declaration(&mut self) {
        self.out
            .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    }

    pub(crate) fn start(&mut self, name: impl Into<Cow<'static, str>>) {
        self.close_start_tag();
        if let Some(parent) = self.open.last_mut() {
            parent.has_elements = true;
            self.new_line();
        }
        let name = name.into();
        self.out.push('<');
        self.out.push_str(&name);
        self.open.push(Open {
            name,
            has_elements: false,
        });
        self.pending = true;
    }

    /// An attribute of the element that was just started.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) {
        if self.pending {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape(&mut self.out, value, true);
            self.out.push('"');
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.close_start_tag();
            escape(&mut self.out, text, false);
        }
    }

    pub(crate) fn end(&mut self) {
        let Some(element) = self.open.pop() else {
            return;
        };
        if self.pending {
            self.pending = false;
            self.out.push_str("/>");
            return;
        }
        if element.has_elements {
            self.new_line();
        }
        self.out.push_str("</");
        self.out.push_str(&element.name);
        self.out.push('>');
    }

    /// An element with text.
    pub(crate) fn leaf(&mut self, name: impl Into<Cow<'static, str>>, text: &str) {
        self.start(name);
        self.text(text);
        self.end();
    }

    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end();
        }
        if self.layout == Layout::Indented {
            self.out.push('\n');
        }
        self.out
    }

    fn close_start_tag(&mut self) {
        if self.pending {
            self.pending = false;
            self.out.push('>');
        }
    }

    fn new_line(&mut self) {
        if self.layout == Layout::Indented {
            self.out.push('\n');
            for _ in 0..self.open.len() {
                self.out.push_str("  ");
            }
        }
    }
}

/// Escapes text. Characters that XML 1.0 cannot carry ("2.2 Characters") become U+FFFD: they are not
/// allowed as references either, and one `&#x1;` makes parsers refuse the whole message, so that a
/// single description would hide every list that it stands in.
fn escape(out: &mut String, text: &str, attribute: bool) {
    // Most texts are plain, and plain ASCII is copied whole.
    if text.bytes().all(is_plain) {
        return out.push_str(text);
    }
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\t' | '\n' if !attribute => out.push(c),
            // Readers turn these into line feeds (XML 1.1 the last two) unless they are references.
            '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}' | '\u{2028}' => {
                // Writing into a `String` cannot fail.
                let _ = write!(out, "&#x{:X};", u32::from(c));
            }
            c if is_forbidden(c) => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(c),
        }
    }
}

/// Whether XML 1.0 has no way to carry a character.
pub(crate) fn is_forbidden(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a byte stands for itself wherever it stands.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'>' | b'"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts() {
        let write = |layout| {
            let mut writer = Writer::new(layout);
            writer.start("A");
            writer.attribute("xmlns", "https://x/");
            writer.start("B");
            writer.leaf("C", "1");
            writer.leaf("D", "");
            writer.end();
            writer.finish()
        };
        assert_eq!(
            write(Layout::Compact),
            "<A xmlns=\"https://x/\"><B><C>1</C><D/></B></A>"
        );
        assert_eq!(
            write(Layout::Indented),
            "<A xmlns=\"https://x/\">\n  <B>\n    <C>1</C>\n    <D/>\n  </B>\n</A>\n"
        );
    }

    #[test]
    fn nothing_can_break_out_of_text() {
        let mut writer = Writer::new(Layout::Compact);
        writer.start("A");
        writer.attribute("b", "\"><x>\n");
        writer.text("</A>&'\r\n");
        assert_eq!(
            writer.finish(),
            "<A b=\"&quot;&gt;&lt;x&gt;&#xA;\">&lt;/A&gt;&amp;'&#xD;\n</A>"
        );
    }

    #[test]
    fn characters_that_xml_cannot_carry_are_replaced() {
        let mut writer = Writer::new(Layout::Compact);
        writer.start("A");
        writer.attribute("b", "\u{1}");
        writer.text("\u{0}\u{8}\t\u{b}\u{1f} \u{7f}\u{d7ff}\u{e000}\u{fffe}\u{ffff}\u{1ffff}");
        assert_eq!(
            writer.finish(),
            "<A b=\"\u{fffd}\">\u{fffd}\u{fffd}\t\u{fffd}\u{fffd} &#x7F;\u{d7ff}\u{e000}\u{fffd}\u{fffd}\u{1ffff}</A>"
        );
    }
}
