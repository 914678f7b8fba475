//! The bytes of a segment: one header, then one frame a record. All numbers are big-endian.
//!
//! | header | bytes | | frame | bytes |
//! |---|---|---|---|---|
//! | magic `CLVTRAIL` | 8 | | length of the record | 4 |
//! | format version | 4 | | sequence | 8 |
//! | zero | 4 | | last outbox sequence so far | 8 |
//! | first sequence | 8 | | chain hash | 32 |
//! | last outbox sequence before | 8 | | record (JSON) | length |
//! | chain hash before | 32 | | | |
//! | SHA-256 of the above | 32 | | | |
//!
//! chain hash = SHA-256(chain hash before, sequence, last outbox sequence, record).

use crate::{Fault, hash::sha256};

/// The largest record that a trail takes, in bytes. CloudTrail's own limit is 256 KB for an event
/// and 1 MB for the large kind (AWS: "CloudTrail record contents").
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;

pub(crate) const FORMAT: u32 = 1;
pub(crate) const HEADER_BYTES: usize = 96;
pub(crate) const FRAME_BYTES: usize = 52;
const MAGIC: &[u8; 8] = b"CLVTRAIL";

/// The newest record of a trail: keep it elsewhere to find later that the trail was cut or rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The record's sequence; 0 for an empty trail.
    pub sequence: u64,
    /// The record's chain hash; zeros for an empty trail and for a trail in memory.
    pub hash: [u8; 32],
}

/// Where a chain stands after some record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) sequence: u64,
    pub(crate) outbox: u64,
    pub(crate) hash: [u8; 32],
}

/// One frame, borrowed from the bytes it was read from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) sequence: u64,
    pub(crate) outbox: u64,
    pub(crate) hash: [u8; 32],
    pub(crate) payload: &'a [u8],
}

impl Chain {
    pub(crate) const START: Self = Self {
        sequence: 0,
        outbox: 0,
        hash: [0; 32],
    };

    pub(crate) fn head(&self) -> Head {
        Head {
            sequence: self.sequence,
            hash: self.hash,
        }
    }

    /// Writes the next record's frame; `outbox` is `None` for a record that comes from no outbox.
    pub(crate) fn append(&mut self, out: &mut Vec<u8>, outbox: Option<u64>, payload: &[u8]) {
        self.sequence += 1;
        self.outbox = outbox.unwrap_or(self.outbox);
        self.hash = link(&self.hash, self.sequence, self.outbox, payload);
        // INVARIANT: the queue refuses payloads above MAX_EVENT_BYTES, which fits 32 bits.
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.outbox.to_be_bytes());
        out.extend_from_slice(&self.hash);
        out.extend_from_slice(payload);
    }

    /// Steps over a stored frame.
    pub(crate) fn follow(&mut self, frame: &Frame<'_>) -> Result<(), Fault> {
        let expected = self.sequence + 1;
        if frame.sequence != expected {
            return Err(Fault::Sequence {
                expected,
                found: frame.sequence,
            });
        }
        if link(&self.hash, frame.sequence, frame.outbox, frame.payload) != frame.hash {
            return Err(Fault::Hash { sequence: expected });
        }
        *self = Self {
            sequence: frame.sequence,
            outbox: frame.outbox,
            hash: frame.hash,
        };
        Ok(())
    }

    /// The header of a segment that starts after this record.
    pub(crate) fn header(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&FORMAT.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&(self.sequence + 1).to_be_bytes());
        out.extend_from_slice(&self.outbox.to_be_bytes());
        out.extend_from_slice(&self.hash);
        let digest = sha256(&[&out]);
        out.extend_from_slice(&digest);
        out
    }

    /// Reads a segment's header.
    pub(crate) fn from_header(bytes: &[u8; HEADER_BYTES]) -> Result<Self, Fault> {
        let mut rest = bytes.as_slice();
        if take::<8>(&mut rest) != Some(*MAGIC) {
            return Err(Fault::Header);
        }
        let found = u32::from_be_bytes(take(&mut rest).ok_or(Fault::Header)?);
        if found > FORMAT {
            return Err(Fault::NewerFormat {
                found,
                known: FORMAT,
            });
        }
        let (content, digest) = bytes.split_last_chunk::<32>().ok_or(Fault::Header)?;
        if found != FORMAT || sha256(&[content]) != *digest {
            return Err(Fault::Header);
        }
        take::<4>(&mut rest).ok_or(Fault::Header)?;
        let first = u64::from_be_bytes(take(&mut rest).ok_or(Fault::Header)?);
        let outbox = u64::from_be_bytes(take(&mut rest).ok_or(Fault::Header)?);
        let hash = take(&mut rest).ok_or(Fault::Header)?;
        let sequence = first.checked_sub(1).ok_or(Fault::Header)?;
        Ok(Self {
            sequence,
            outbox,
            hash,
        })
    }
}

impl<'a> Frame<'a> {
    /// Reads the frame at the start of `bytes`; `None` where they end inside it.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Option<Self>, Fault> {
        let mut rest = bytes;
        let Some(length) = take(&mut rest).map(u32::from_be_bytes) else {
            return Ok(None);
        };
        let length = usize::try_from(length).map_err(|_| Fault::Length)?;
        if length > MAX_EVENT_BYTES {
            return Err(Fault::Length);
        }
        let (Some(sequence), Some(outbox), Some(hash)) =
            (take(&mut rest), take(&mut rest), take(&mut rest))
        else {
            return Ok(None);
        };
        let Some(payload) = rest.get(..length) else {
            return Ok(None);
        };
        Ok(Some(Self {
            sequence: u64::from_be_bytes(sequence),
            outbox: u64::from_be_bytes(outbox),
            hash,
            payload,
        }))
    }

    /// The frame's whole length in bytes.
    pub(crate) fn len(&self) -> usize {
        FRAME_BYTES + self.payload.len()
    }
}

/// Whether a segment's last bytes, which make no whole frame after `chain`, can be what a write
/// that never ended leaves: the beginning of the next frame and nothing else.
///
/// Anything more is damage to records that may have been acknowledged:
/// - the frame names another sequence than the next one;
/// - its content is all there, so that only its length can be wrong;
/// - a whole later record stands behind it. That one is recognised by a sequence that may follow,
///   a length that fits and the marks of a JSON object; a sequence's leading zero bytes cannot
///   occur in JSON, so text is never mistaken.
pub(crate) fn is_torn(bytes: &[u8], chain: &Chain) -> bool {
    let mut rest = bytes;
    take::<4>(&mut rest);
    let expected = chain.sequence + 1;
    if let Some(sequence) = take(&mut rest).map(u64::from_be_bytes) {
        if sequence != expected {
            return false;
        }
        if let (Some(outbox), Some(hash)) = (take(&mut rest), take::<32>(&mut rest))
            && link(&chain.hash, sequence, u64::from_be_bytes(outbox), rest) == hash
        {
            return false;
        }
    }
    !later_record(bytes, expected)
}

fn later_record(bytes: &[u8], expected: u64) -> bool {
    let mut rest = bytes;
    while let Some((_, tail)) = rest.split_first() {
        rest = tail;
        if let Ok(Some(frame)) = Frame::parse(rest)
            && frame.sequence > expected
            && frame.sequence - expected <= bytes.len() as u64
            && frame.payload.first() == Some(&b'{')
            && frame.payload.last() == Some(&b'}')
        {
            return true;
        }
    }
    false
}

fn link(before: &[u8; 32], sequence: u64, outbox: u64, payload: &[u8]) -> [u8; 32] {
    sha256(&[
        before,
        &sequence.to_be_bytes(),
        &outbox.to_be_bytes(),
        payload,
    ])
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}
