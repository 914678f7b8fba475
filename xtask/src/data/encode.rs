//! The byte format of `data/*.bin`: LEB128 integers, length-prefixed strings, raw deflate blocks.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Appends values to a buffer in the order in which `catalog` reads them.
#[derive(Default)]
pub(super) struct Encoder(pub(super) Vec<u8>);

impl Encoder {
    pub(super) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn number(&mut self, value: usize) {
        let mut rest = value;
        loop {
            let low = rest.to_le_bytes().first().copied().unwrap_or(0) & 0x7f;
            rest >>= 7;
            if rest == 0 {
                self.0.push(low);
                return;
            }
            self.0.push(low | 0x80);
        }
    }

    pub(super) fn text(&mut self, value: &str) {
        self.number(value.len());
        self.0.extend_from_slice(value.as_bytes());
    }

    pub(super) fn numbers(&mut self, values: &[usize]) {
        self.number(values.len());
        for value in values {
            self.number(*value);
        }
    }
}

/// Raw deflate at the best level.
pub(super) fn deflate(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
