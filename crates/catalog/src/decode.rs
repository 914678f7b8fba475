//! Reading the packed files of `data/`: LEB128 integers, length-prefixed strings, raw deflate blocks.

use flate2::{Decompress, FlushDecompress, Status};

/// The embedded data is not what `cargo xtask data` writes. The tests read all of it, so a release never meets this.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum DataError {
    #[error("the embedded data ends too early")]
    Truncated,
    #[error("the embedded data starts with the wrong mark")]
    WrongMark,
    #[error("a number in the embedded data is out of range")]
    OutOfRange,
    #[error("a name in the embedded data is not UTF-8")]
    NotText,
    #[error("a block of the embedded data does not inflate to its length")]
    NotDeflated,
}

/// A cursor over bytes that live as long as the process.
pub(crate) struct Reader {
    rest: &'static [u8],
}

impl Reader {
    pub(crate) fn new(bytes: &'static [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Starts after `mark`, which names the file's format.
    pub(crate) fn after_mark(bytes: &'static [u8], mark: &[u8]) -> Result<Self, DataError> {
        let rest = bytes.strip_prefix(mark).ok_or(DataError::WrongMark)?;
        Ok(Self { rest })
    }

    pub(crate) fn rest(&self) -> &'static [u8] {
        self.rest
    }

    pub(crate) fn byte(&mut self) -> Result<u8, DataError> {
        let (first, rest) = self.rest.split_first().ok_or(DataError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(crate) fn number(&mut self) -> Result<usize, DataError> {
        let mut value = 0_u64;
        for shift in (0..).step_by(7).take(9) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).map_err(|_| DataError::OutOfRange);
            }
        }
        Err(DataError::OutOfRange)
    }

    pub(crate) fn small(&mut self) -> Result<u32, DataError> {
        u32::try_from(self.number()?).map_err(|_| DataError::OutOfRange)
    }

    pub(crate) fn seconds(&mut self) -> Result<i64, DataError> {
        i64::try_from(self.number()?).map_err(|_| DataError::OutOfRange)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'static [u8], DataError> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(DataError::Truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'static str, DataError> {
        let length = self.number()?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| DataError::NotText)
    }

    /// Reads a count and then that many items.
    pub(crate) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, DataError>,
    ) -> Result<Vec<T>, DataError> {
        let count = self.number()?;
        // An item takes a byte at least: a count beyond that is wrong, and must not reserve memory.
        if count > self.rest.len() {
            return Err(DataError::Truncated);
        }
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }
}

/// Inflates a raw deflate block that holds exactly `length` bytes.
pub(crate) fn inflate(packed: &[u8], length: usize) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::with_capacity(length);
    let status = Decompress::new(false)
        .decompress_vec(packed, &mut bytes, FlushDecompress::Finish)
        .map_err(|_| DataError::NotDeflated)?;
    if status == Status::StreamEnd && bytes.len() == length {
        Ok(bytes)
    } else {
        Err(DataError::NotDeflated)
    }
}

/// Orders names as the packed tables do: by their ASCII lower case.
pub(crate) fn compare(left: &str, right: &str) -> std::cmp::Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    left.bytes().map(lower).cmp(right.bytes().map(lower))
}

/// Finds a name in a table that is ordered by [`compare`].
pub(crate) fn find<'a, T>(table: &'a [T], name: &str, of: impl Fn(&T) -> &str) -> Option<&'a T> {
    let place = table.binary_search_by(|row| compare(of(row), name)).ok()?;
    table.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_one_and_more_bytes() {
        let mut reader = Reader::new(&[0x05, 0xac, 0x02]);
        assert_eq!(reader.number(), Ok(5));
        assert_eq!(reader.number(), Ok(300));
        assert_eq!(reader.number(), Err(DataError::Truncated));
    }

    #[test]
    fn an_endless_number_is_refused() {
        assert_eq!(
            Reader::new(&[0xff; 12]).number(),
            Err(DataError::OutOfRange)
        );
    }

    #[test]
    fn a_count_beyond_the_data_reserves_nothing() {
        let mut reader = Reader::new(&[0xff, 0xff, 0xff, 0x7f]);
        assert_eq!(reader.list(|item| item.byte()), Err(DataError::Truncated));
    }

    #[test]
    fn a_block_that_is_no_deflate_is_refused() {
        assert_eq!(inflate(b"\xff\xff\xff", 10), Err(DataError::NotDeflated));
        assert_eq!(inflate(b"", 0), Err(DataError::NotDeflated));
    }
}
