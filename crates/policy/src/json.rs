//! A small JSON reader that keeps the byte range of every node and every member.
//!
//! The reader exists because policy errors must point into the text, because a duplicate member must be
//! seen rather than silently dropped, and because numbers must keep their spelling (RFC 8259).

use std::ops::Range;

use crate::error::{SyntaxError, SyntaxErrorKind};

/// Nesting that no policy needs; deeper text is refused so that a hostile document cannot exhaust the stack.
const MAX_DEPTH: usize = 32;

/// One JSON value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Json,
}

/// The JSON types.
#[derive(Debug, Clone)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The number as it is spelled.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// One `"name": value` of an object.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) name_span: Range<usize>,
    pub(crate) value: Node,
}

/// Reads exactly one JSON value; duplicate members are collected into `errors` and kept.
pub(crate) fn read(text: &str, errors: &mut Vec<SyntaxError>) -> Result<Node, SyntaxError> {
    let mut reader = Reader {
        bytes: text.as_bytes(),
        text,
        at: 0,
        errors,
    };
    reader.blank();
    let node = reader.value(0)?;
    reader.blank();
    if reader.at < reader.bytes.len() {
        return Err(reader.fail("text after the end of the document"));
    }
    Ok(node)
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    errors: &'a mut Vec<SyntaxError>,
}

impl Reader<'_> {
    fn fail(&self, what: &'static str) -> SyntaxError {
        let end = (self.at + 1).min(self.bytes.len());
        SyntaxError::new(self.at.min(end)..end, SyntaxErrorKind::Json(what))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let hit = self.peek() == Some(byte);
        if hit {
            self.at += 1;
        }
        hit
    }

    fn value(&mut self, depth: usize) -> Result<Node, SyntaxError> {
        if depth > MAX_DEPTH {
            return Err(self.fail("nested too deeply"));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Json::Text(self.string()?),
            Some(b't') => self.word("true", Json::Bool(true))?,
            Some(b'f') => self.word("false", Json::Bool(false))?,
            Some(b'n') => self.word("null", Json::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => return Err(self.fail("unexpected character")),
            None => return Err(self.fail("unexpected end")),
        };
        Ok(Node {
            span: start..self.at,
            value,
        })
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, SyntaxError> {
        if self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word.as_bytes()))
        {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.fail("unexpected word"))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Json, SyntaxError> {
        let start = self.at;
        self.eat(b'-');
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return Err(self.fail("malformed number"));
        }
        if self.eat(b'.') && self.digits() == 0 {
            return Err(self.fail("malformed number"));
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.fail("malformed number"));
            }
        }
        Ok(Json::Number(
            self.text.get(start..self.at).unwrap_or_default().to_owned(),
        ))
    }

    fn list(&mut self, depth: usize) -> Result<Json, SyntaxError> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.eat(b']') {
            return Ok(Json::List(items));
        }
        loop {
            self.blank();
            items.push(self.value(depth + 1)?);
            self.blank();
            if self.eat(b']') {
                return Ok(Json::List(items));
            }
            if !self.eat(b',') {
                return Err(self.fail("expected a comma or the end of the list"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, SyntaxError> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        self.blank();
        if self.eat(b'}') {
            return Ok(Json::Object(members));
        }
        let mut seen = std::collections::HashSet::new();
        loop {
            self.blank();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.fail("expected a member name"));
            }
            let name = self.string()?;
            let name_span = start..self.at;
            self.blank();
            if !self.eat(b':') {
                return Err(self.fail("expected a colon"));
            }
            self.blank();
            let value = self.value(depth + 1)?;
            if !seen.insert(name.clone()) {
                self.errors.push(SyntaxError::new(
                    name_span.clone(),
                    SyntaxErrorKind::DuplicateKey(name.clone()),
                ));
            }
            members.push(Member {
                name,
                name_span,
                value,
            });
            self.blank();
            if self.eat(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.eat(b',') {
                return Err(self.fail("expected a comma or the end of the object"));
            }
        }
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while matches!(self.peek(), Some(byte) if byte != b'"' && byte != b'\\' && byte >= 0x20)
            {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(_) => return Err(self.fail("control character in a string")),
                None => return Err(self.fail("unterminated string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let byte = self
            .peek()
            .ok_or_else(|| self.fail("unterminated string"))?;
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.fail("unknown escape")),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let high = self.four_hex()?;
        let code = if (0xd800..0xdc00).contains(&high) {
            if !(self.eat(b'\\') && self.eat(b'u')) {
                return Err(self.fail("lone surrogate"));
            }
            let low = self.four_hex()?;
            if !(0xdc00..0xe000).contains(&low) {
                return Err(self.fail("lone surrogate"));
            }
            0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
        } else {
            high
        };
        char::from_u32(code).ok_or_else(|| self.fail("lone surrogate"))
    }

    fn four_hex(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.fail("malformed unicode escape"))?;
            self.at += 1;
        }
        Ok(code)
    }
}

/// Appends `text` as a JSON string, quotes included.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> bool {
        read(text, &mut Vec::new()).is_ok()
    }

    #[test]
    fn strict_json_only() {
        for good in [
            "{}",
            " [1, -0.5e+3, \"\\ud83d\\ude00\", null, true] ",
            "\"\\u00e9\"",
        ] {
            assert!(reads(good), "{good}");
        }
        for bad in [
            "",
            "{",
            "{\"a\":1,}",
            "[1,]",
            "01",
            "\"\\ud83d\"",
            "\"\\x\"",
            "{} {}",
            "tru",
            "\"a\nb\"",
            "1.",
            "-",
        ] {
            assert!(!reads(bad), "{bad}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_without_recursion_trouble() {
        assert!(!reads(&"[".repeat(100_000)));
        assert!(!reads(&"{\"a\":".repeat(100_000)));
    }

    #[test]
    fn duplicate_members_are_reported_with_their_place() {
        let mut errors = Vec::new();
        let text = "{\"a\":1,\"b\":2,\"a\":3}";
        assert!(read(text, &mut errors).is_ok());
        assert_eq!(errors.len(), 1);
        assert_eq!(text.get(errors[0].span.clone()), Some("\"a\""));
    }
}
