//! A pull reader of JSON (RFC 8259) with bounded depth.

use crate::MAX_DEPTH;
use crate::budget::Budget;
use crate::error::Fault;
use std::borrow::Cow;

/// The start of a value.
#[derive(Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Null,
    Boolean(bool),
    /// The number's text, checked against JSON's grammar.
    Number(&'a str),
    String(Cow<'a, str>),
    /// Elements follow by [`Reader::next_element`].
    Array,
    /// Members follow by [`Reader::next_key`].
    Object,
}

/// The reader; it stands between tokens.
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    pub(super) budget: Budget,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(body).map_err(|_| Fault::Malformed)?;
        Ok(Self {
            text,
            at: 0,
            depth: 0,
            budget: Budget::default(),
        })
    }

    /// Reads a value's start. The parts of an array or object are asked for one by one.
    pub(crate) fn value(&mut self) -> Result<Token<'a>, Fault> {
        self.skip_space();
        match self.peek().ok_or(Fault::Malformed)? {
            b'n' => self.word("null", Token::Null),
            b't' => self.word("true", Token::Boolean(true)),
            b'f' => self.word("false", Token::Boolean(false)),
            b'"' => self.string().map(Token::String),
            b'[' => self.open(Token::Array),
            b'{' => self.open(Token::Object),
            _ => self.number().map(Token::Number),
        }
    }

    /// Whether an array has a further element, which the reader then stands before.
    pub(crate) fn next_element(&mut self, first: bool) -> Result<bool, Fault> {
        self.next(first, b']')
    }

    /// The key of an object's next member, whose value the reader then stands before.
    pub(crate) fn next_key(&mut self, first: bool) -> Result<Option<Cow<'a, str>>, Fault> {
        if !self.next(first, b'}')? {
            return Ok(None);
        }
        self.skip_space();
        let key = self.string()?;
        self.skip_space();
        self.expect(b':')?;
        Ok(Some(key))
    }

    /// Reads the rest of a value that nobody wants.
    pub(crate) fn skip(&mut self, token: &Token<'a>) -> Result<(), Fault> {
        let mut first = true;
        match token {
            Token::Array => {
                while self.next_element(first)? {
                    first = false;
                    let inner = self.value()?;
                    self.skip(&inner)?;
                }
            }
            Token::Object => {
                while self.next_key(first)?.is_some() {
                    first = false;
                    let inner = self.value()?;
                    self.skip(&inner)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Nothing but space is left.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        self.skip_space();
        if self.peek().is_none() {
            Ok(())
        } else {
            Err(Fault::Malformed)
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(Fault::Malformed)
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Result<Token<'a>, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word) {
            return Err(Fault::Malformed);
        }
        self.at += word.len();
        Ok(token)
    }

    fn open(&mut self, token: Token<'a>) -> Result<Token<'a>, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        self.depth += 1;
        self.at += 1;
        Ok(token)
    }

    fn next(&mut self, first: bool, close: u8) -> Result<bool, Fault> {
        self.skip_space();
        if self.peek() == Some(close) {
            self.at += 1;
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        if !first {
            self.expect(b',')?;
        }
        Ok(true)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1) {
            return Err(Fault::Malformed);
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(Fault::Malformed);
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(Fault::Malformed);
            }
        }
        self.text.get(start..self.at).ok_or(Fault::Malformed)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            match self.peek().ok_or(Fault::Malformed)? {
                b'"' => {
                    let text = self.text.get(start..self.at).ok_or(Fault::Malformed)?;
                    self.at += 1;
                    return Ok(Cow::Borrowed(text));
                }
                b'\\' => return self.escaped_string(start).map(Cow::Owned),
                ..0x20 => return Err(Fault::Malformed),
                _ => self.at += 1,
            }
        }
    }

    /// The rest of a string that has an escape; the reader stands on the first.
    fn escaped_string(&mut self, start: usize) -> Result<String, Fault> {
        let mut out = self
            .text
            .get(start..self.at)
            .ok_or(Fault::Malformed)?
            .to_owned();
        loop {
            let run = self.at;
            while self
                .peek()
                .is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\')
            {
                self.at += 1;
            }
            out.push_str(self.text.get(run..self.at).ok_or(Fault::Malformed)?);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                _ => return Err(Fault::Malformed),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let byte = self.peek().ok_or(Fault::Malformed)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(Fault::Malformed),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            self.expect(b'\\')?;
            self.expect(b'u')?;
            let second = self.hex4()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(Fault::Malformed);
            }
            0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        // Half of a surrogate pair is no character.
        char::from_u32(code).ok_or(Fault::Malformed)
    }

    fn hex4(&mut self) -> Result<u32, Fault> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .ok_or(Fault::Malformed)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Fault::Malformed);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Fault::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads one whole text and says whether it is JSON.
    fn accepts(text: &str) -> bool {
        let read = || {
            let mut reader = Reader::new(text.as_bytes())?;
            let token = reader.value()?;
            reader.skip(&token)?;
            reader.end()
        };
        read().is_ok()
    }

    #[test]
    fn agrees_with_serde_json() {
        for text in [
            "null",
            "[]",
            "{}",
            "[1,2]",
            "[1,]",
            "[,1]",
            "{\"a\":1}",
            "{\"a\":1,}",
            "{a:1}",
            "01",
            "-0",
            "-",
            "1.",
            ".5",
            "1e5",
            "1E+",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ude00\"",
            "tru",
            "true x",
            " [ true , false ] ",
            "\"\u{1}\"",
            "",
            "[",
            "{",
            "]",
            "[1 2]",
            "{\"a\" 1}",
            "\"é\"",
            "\"\\u00e9\"",
            "+1",
            "NaN",
        ] {
            assert_eq!(
                accepts(text),
                serde_json::from_str::<serde_json::Value>(text).is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn escapes_are_resolved() {
        let mut reader = Reader::new(br#""a\n\"\\\/\ud83d\ude00\u0041b""#).unwrap();
        assert_eq!(
            reader.value(),
            Ok(Token::String(Cow::Borrowed("a\n\"\\/\u{1f600}Ab")))
        );
    }

    #[test]
    fn depth_is_bounded() {
        assert!(accepts(&format!(
            "{}{}",
            "[".repeat(MAX_DEPTH),
            "]".repeat(MAX_DEPTH)
        )));
        assert!(!accepts(&format!(
            "{}{}",
            "[".repeat(MAX_DEPTH + 1),
            "]".repeat(MAX_DEPTH + 1)
        )));
        assert!(!accepts(&"[".repeat(1_000_000)));
    }
}
