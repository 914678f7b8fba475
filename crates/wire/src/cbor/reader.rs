//! A pull reader of CBOR with bounded depth. A declared length allocates nothing.

use crate::MAX_DEPTH;
use crate::budget::Budget;
use crate::error::Fault;
use std::borrow::Cow;

/// The start of a data item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item<'a> {
    Unsigned(u64),
    /// The number is -1 - n.
    Negative(u64),
    Bytes(Cow<'a, [u8]>),
    Text(Cow<'a, str>),
    /// Items follow: so many, or until a break.
    Array(Option<u64>),
    /// Pairs follow: so many, or until a break.
    Map(Option<u64>),
    Tag(u64),
    Boolean(bool),
    /// Null and undefined.
    Null,
    Float(f64),
}

/// What is left of an array or map.
pub(crate) struct Rest(Option<u64>);

pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    depth: usize,
    pub(super) budget: Budget,
}

const BREAK: u8 = 0xff;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            depth: 0,
            budget: Budget::default(),
        }
    }

    /// Reads an item's start. The parts of an array or map are asked for one by one.
    pub(crate) fn item(&mut self) -> Result<Item<'a>, Fault> {
        let first = self.byte()?;
        let (major, low) = (first >> 5, first & 0x1f);
        if major == 7 {
            return self.simple(low);
        }
        let argument = if low == 31 {
            None
        } else {
            Some(self.argument(low)?)
        };
        match (major, argument) {
            (0, Some(number)) => Ok(Item::Unsigned(number)),
            (1, Some(number)) => Ok(Item::Negative(number)),
            (2, Some(length)) => self
                .take(length)
                .map(|bytes| Item::Bytes(Cow::Borrowed(bytes))),
            (3, Some(length)) => self
                .take_text(length)
                .map(|text| Item::Text(Cow::Borrowed(text))),
            (2, None) => self.chunks(2).map(|bytes| Item::Bytes(Cow::Owned(bytes))),
            (3, None) => {
                let bytes = self.chunks(3)?;
                String::from_utf8(bytes)
                    .map(|text| Item::Text(Cow::Owned(text)))
                    .map_err(|_| Fault::Malformed)
            }
            (4, length) => self.open().map(|()| Item::Array(length)),
            (5, length) => self.open().map(|()| Item::Map(length)),
            (6, Some(tag)) => Ok(Item::Tag(tag)),
            _ => Err(Fault::Malformed),
        }
    }

    /// The parts of an array or map whose start was read.
    pub(crate) fn parts(length: Option<u64>) -> Rest {
        Rest(length)
    }

    /// Whether a further part follows.
    pub(crate) fn next(&mut self, rest: &mut Rest) -> Result<bool, Fault> {
        let more = match &mut rest.0 {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None if self.bytes.first() == Some(&BREAK) => {
                self.byte()?;
                false
            }
            None => true,
        };
        if !more {
            self.depth = self.depth.saturating_sub(1);
        }
        Ok(more)
    }

    /// The text that is a map's key.
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, Fault> {
        match self.item()? {
            Item::Text(text) => Ok(text),
            _ => Err(Fault::Malformed),
        }
    }

    /// Reads the rest of an item that nobody wants.
    pub(crate) fn skip(&mut self, item: &Item<'a>) -> Result<(), Fault> {
        match item {
            Item::Array(length) => {
                let mut rest = Self::parts(*length);
                while self.next(&mut rest)? {
                    self.skip_item()?;
                }
            }
            Item::Map(length) => {
                let mut rest = Self::parts(*length);
                while self.next(&mut rest)? {
                    self.skip_item()?;
                    self.skip_item()?;
                }
            }
            Item::Tag(_) => {
                self.untagged()?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The item behind a chain of tags, skipped.
    fn untagged(&mut self) -> Result<(), Fault> {
        let mut inner = self.item()?;
        while matches!(inner, Item::Tag(_)) {
            inner = self.item()?;
        }
        self.skip(&inner)
    }

    fn skip_item(&mut self) -> Result<(), Fault> {
        let item = self.item()?;
        self.skip(&item)
    }

    pub(crate) fn end(&self) -> Result<(), Fault> {
        if self.bytes.is_empty() {
            Ok(())
        } else {
            Err(Fault::Malformed)
        }
    }

    fn open(&mut self) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        self.depth += 1;
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let (first, rest) = self.bytes.split_first().ok_or(Fault::Malformed)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Fault> {
        let length = usize::try_from(length).map_err(|_| Fault::Malformed)?;
        let (taken, rest) = self
            .bytes
            .split_at_checked(length)
            .ok_or(Fault::Malformed)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn take_text(&mut self, length: u64) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.take(length)?).map_err(|_| Fault::Malformed)
    }

    fn argument(&mut self, low: u8) -> Result<u64, Fault> {
        let width = match low {
            0..=23 => return Ok(low.into()),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return Err(Fault::Malformed),
        };
        Ok(self
            .take(width)?
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The definite chunks of an indefinite text or byte string.
    fn chunks(&mut self, major: u8) -> Result<Vec<u8>, Fault> {
        let mut out = Vec::new();
        loop {
            let first = self.byte()?;
            if first == BREAK {
                return Ok(out);
            }
            if first >> 5 != major {
                return Err(Fault::Malformed);
            }
            let length = self.argument(first & 0x1f)?;
            if major == 3 {
                // Each chunk of text is text by itself (RFC 8949, section 3.2.3).
                out.extend_from_slice(self.take_text(length)?.as_bytes());
            } else {
                out.extend_from_slice(self.take(length)?);
            }
        }
    }

    fn simple(&mut self, low: u8) -> Result<Item<'a>, Fault> {
        Ok(match low {
            20 => Item::Boolean(false),
            21 => Item::Boolean(true),
            22 | 23 => Item::Null,
            25 => Item::Float(half(u16::from_be_bytes(self.array()?))),
            26 => Item::Float(f32::from_be_bytes(self.array()?).into()),
            27 => Item::Float(f64::from_be_bytes(self.array()?)),
            _ => return Err(Fault::Malformed),
        })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or(Fault::Malformed)?;
        self.bytes = rest;
        Ok(*taken)
    }
}

/// A float of 16 bits (RFC 8949, appendix D).
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = (bits >> 10 & 0x1f, f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(i32::from(exponent) - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(bytes: &[u8]) -> Result<Item<'_>, Fault> {
        Reader::new(bytes).item()
    }

    #[test]
    fn examples_of_the_rfc() {
        assert_eq!(one(&[0x17]), Ok(Item::Unsigned(23)));
        assert_eq!(one(&[0x19, 0x03, 0xe8]), Ok(Item::Unsigned(1000)));
        assert_eq!(one(&[0x38, 0x63]), Ok(Item::Negative(99)));
        assert_eq!(one(&[0xf9, 0x3c, 0x00]), Ok(Item::Float(1.0)));
        assert_eq!(one(&[0xf9, 0x7b, 0xff]), Ok(Item::Float(65504.0)));
        assert_eq!(
            one(&[0xf9, 0x00, 0x01]),
            Ok(Item::Float(5.960_464_477_539_063e-8))
        );
        assert_eq!(one(&[0xf9, 0xc4, 0x00]), Ok(Item::Float(-4.0)));
        assert_eq!(
            one(&[0xfa, 0x47, 0xc3, 0x50, 0x00]),
            Ok(Item::Float(100_000.0))
        );
        assert_eq!(
            one(&[0x64, b'I', b'E', b'T', b'F']),
            Ok(Item::Text("IETF".into()))
        );
        assert_eq!(
            one(&[0x7f, 0x62, b'a', b'b', 0x61, b'c', 0xff]),
            Ok(Item::Text("abc".into()))
        );
        assert_eq!(
            one(&[0x5f, 0x41, 1, 0x41, 2, 0xff]),
            Ok(Item::Bytes(vec![1, 2].into()))
        );
        assert_eq!(one(&[0xf7]), Ok(Item::Null));
    }

    #[test]
    fn lengths_without_data_are_refused() {
        assert!(one(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).is_err());
        assert!(one(&[0x1c]).is_err());
        assert!(one(&[0x7f, 0x41, 1, 0xff]).is_err());
        assert!(one(&[0xff]).is_err());
        let mut reader = Reader::new(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
        let item = reader.item().unwrap();
        assert!(reader.skip(&item).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        for byte in [0x81, 0x9f, 0xc6] {
            let bytes = vec![byte; 1_000_000];
            let mut reader = Reader::new(&bytes);
            let item = reader.item().unwrap();
            assert!(reader.skip(&item).is_err());
        }
    }
}
