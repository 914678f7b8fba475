//! A writer of CBOR with definite lengths.

#[derive(Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    pub(crate) fn map(&mut self, pairs: usize) {
        self.head(5, pairs as u64);
    }

    pub(crate) fn array(&mut self, items: usize) {
        self.head(4, items as u64);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.head(3, text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.head(2, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    pub(crate) fn integer(&mut self, number: i64) {
        match u64::try_from(number) {
            Ok(number) => self.head(0, number),
            // -1 - n of the negative number n, which is its complement.
            Err(_) => self.head(1, (!number).unsigned_abs()),
        }
    }

    pub(crate) fn unsigned(&mut self, number: u64) {
        self.head(0, number);
    }

    pub(crate) fn double(&mut self, number: f64) {
        self.out.push(0xfb);
        self.out.extend_from_slice(&number.to_be_bytes());
    }

    /// Seconds since 1970 under tag 1.
    pub(crate) fn epoch(&mut self, seconds: f64) {
        self.head(6, 1);
        self.double(seconds);
    }

    pub(crate) fn boolean(&mut self, flag: bool) {
        self.out.push(if flag { 0xf5 } else { 0xf4 });
    }

    pub(crate) fn null(&mut self) {
        self.out.push(0xf6);
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "each arm names the range that fits"
    )]
    fn head(&mut self, major: u8, argument: u64) {
        let major = major << 5;
        match argument {
            0..=23 => self.out.push(major | argument as u8),
            24..=0xff => self.out.extend_from_slice(&[major | 24, argument as u8]),
            0x100..=0xffff => {
                self.out.push(major | 25);
                self.out.extend_from_slice(&(argument as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.out.push(major | 26);
                self.out.extend_from_slice(&(argument as u32).to_be_bytes());
            }
            _ => {
                self.out.push(major | 27);
                self.out.extend_from_slice(&argument.to_be_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_rfc() {
        let write = |number| {
            let mut writer = Writer::default();
            writer.integer(number);
            writer.finish()
        };
        assert_eq!(write(23), [0x17]);
        assert_eq!(write(24), [0x18, 0x18]);
        assert_eq!(write(1000), [0x19, 0x03, 0xe8]);
        assert_eq!(write(1_000_000), [0x1a, 0x00, 0x0f, 0x42, 0x40]);
        assert_eq!(write(-1), [0x20]);
        assert_eq!(write(-1000), [0x39, 0x03, 0xe7]);
        assert_eq!(
            write(i64::MIN),
            [0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
        );
    }
}
