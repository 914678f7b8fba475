//! Segment files: their names, and reading one from start to end.

use crate::frame::{Chain, FRAME_BYTES, Frame, HEADER_BYTES, MAX_EVENT_BYTES};
use crate::{AuditError, Fault};
use bytes::Bytes;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// One record of a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The record's place in the trail, from 1.
    pub sequence: u64,
    /// The newest outbox sequence that the trail held with this record; 0 for none.
    pub outbox_sequence: u64,
    /// The record: one JSON object.
    pub payload: Bytes,
}

/// What stands at a reader's place in a segment.
#[derive(Debug)]
pub(crate) enum Step {
    /// A whole record that follows the chain.
    Entry(Entry),
    /// Nothing: the segment ends here.
    End,
    /// The segment ends inside a record.
    Torn,
}

/// Reads one segment and checks its chain. At the end it can be asked again: files grow.
#[derive(Debug)]
pub(crate) struct SegmentReader {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    used: usize,
    offset: u64,
    start: Chain,
    chain: Chain,
}

const READ_BYTES: usize = 256 * 1024;

pub(crate) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("segment-{first:020}.log"))
}

/// The first sequences that the directory's segment names give, in order.
pub(crate) fn list(dir: &Path) -> Result<Vec<u64>, AuditError> {
    let mut firsts = Vec::new();
    for item in std::fs::read_dir(dir).map_err(|source| AuditError::io(dir, source))? {
        let item = item.map_err(|source| AuditError::io(dir, source))?;
        let name = item.file_name();
        let digits = name
            .to_str()
            .and_then(|name| name.strip_prefix("segment-"))
            .and_then(|name| name.strip_suffix(".log"));
        if let Some(digits) = digits
            && digits.len() == 20
            && let Ok(first) = digits.parse()
        {
            firsts.push(first);
        }
    }
    firsts.sort_unstable();
    Ok(firsts)
}

impl SegmentReader {
    /// Opens a segment and checks that its header agrees with its name.
    pub(crate) fn open(dir: &Path, first: u64) -> Result<Self, AuditError> {
        let path = path(dir, first);
        let mut file = File::open(&path).map_err(|source| AuditError::io(&path, source))?;
        let mut header = [0; HEADER_BYTES];
        let start = match file.read_exact(&mut header) {
            Ok(()) => Chain::from_header(&header),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(Fault::Header),
            Err(source) => return Err(AuditError::io(&path, source)),
        };
        let start = start.and_then(|start| {
            if start.sequence.checked_add(1) == Some(first) {
                Ok(start)
            } else {
                Err(Fault::Misnamed)
            }
        });
        match start {
            Ok(start) => Ok(Self {
                path,
                file,
                buffer: Vec::new(),
                used: 0,
                offset: HEADER_BYTES as u64,
                start,
                chain: start,
            }),
            Err(fault) => Err(AuditError::Corrupt {
                path,
                offset: 0,
                fault,
            }),
        }
    }

    /// Reads the next record.
    pub(crate) fn step(&mut self) -> Result<Step, AuditError> {
        loop {
            let pending = self.buffer.get(self.used..).unwrap_or_default();
            match Frame::parse(pending) {
                Err(fault) => return Err(self.corrupt(fault)),
                Ok(Some(frame)) => {
                    let length = frame.len();
                    let entry = self.chain.follow(&frame).map(|()| Entry {
                        sequence: frame.sequence,
                        outbox_sequence: frame.outbox,
                        payload: Bytes::copy_from_slice(frame.payload),
                    });
                    return match entry {
                        Err(fault) => Err(self.corrupt(fault)),
                        Ok(entry) => {
                            self.used += length;
                            self.offset += length as u64;
                            Ok(Step::Entry(entry))
                        }
                    };
                }
                Ok(None) => {
                    let nothing = pending.is_empty();
                    if self.fill()? == 0 {
                        return Ok(if nothing { Step::End } else { Step::Torn });
                    }
                }
            }
        }
    }

    /// The chain before the segment's first record.
    pub(crate) fn start(&self) -> Chain {
        self.start
    }

    /// The chain after the record that was read last.
    pub(crate) fn chain(&self) -> Chain {
        self.chain
    }

    /// Byte offset of the next record.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes from the next record on, as far as a frame can reach; the reader is spent then.
    pub(crate) fn into_rest(mut self) -> Result<(Vec<u8>, File), AuditError> {
        while self.buffer.len() - self.used < 2 * (MAX_EVENT_BYTES + FRAME_BYTES) {
            if self.fill()? == 0 {
                break;
            }
        }
        self.buffer.drain(..self.used);
        Ok((self.buffer, self.file))
    }

    pub(crate) fn corrupt(&self, fault: Fault) -> AuditError {
        AuditError::Corrupt {
            path: self.path.clone(),
            offset: self.offset,
            fault,
        }
    }

    fn fill(&mut self) -> Result<usize, AuditError> {
        self.buffer.drain(..self.used);
        self.used = 0;
        (&self.file)
            .take(READ_BYTES as u64)
            .read_to_end(&mut self.buffer)
            .map_err(|source| AuditError::io(&self.path, source))
    }
}
