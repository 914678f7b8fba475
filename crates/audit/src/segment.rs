//! Segment files: their names, and reading one from start to end.

use crate::frame::{Chain, Frame, HEADER_BYTES};
use crate::{AuditError, Fault};
use bytes::Bytes;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
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

/// What a walk to a segment's end found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walked {
    /// The chain after the last record.
    pub(crate) chain: Chain,
    /// Offset behind the last record.
    pub(crate) end: u64,
    /// Bytes of a torn record there.
    pub(crate) torn: u64,
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
                        if nothing {
                            return Ok(Step::End);
                        }
                        self.reread()?;
                        return Ok(Step::Torn);
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

    /// Reads to the end, shows the chain after each record, and tells a torn tail from damage.
    ///
    /// A torn write leaves the beginning of a frame, or a file that is longer than its data.
    pub(crate) fn walk(
        mut self,
        mut visit: impl FnMut(Chain) -> Result<(), Fault>,
    ) -> Result<Walked, AuditError> {
        let (damage, cut_short) = loop {
            let place = self.offset;
            match self.step() {
                Ok(Step::Entry(_)) => visit(self.chain).map_err(|fault| AuditError::Corrupt {
                    path: self.path.clone(),
                    offset: place,
                    fault,
                })?,
                Ok(Step::End) => {
                    return Ok(Walked {
                        chain: self.chain,
                        end: self.offset,
                        torn: 0,
                    });
                }
                Ok(Step::Torn) => break (self.corrupt(Fault::CutShort), true),
                Err(damage @ AuditError::Corrupt { .. }) => break (damage, false),
                Err(error) => return Err(error),
            }
        };
        let is_torn = if cut_short {
            // An unfinished frame reaches the end of the file, so that the rest is small.
            while self.fill()? != 0 {}
            crate::frame::is_torn(&self.buffer, &self.chain)
        } else {
            self.rest_is_zero()?
        };
        if !is_torn {
            return Err(damage);
        }
        let size = self
            .file
            .metadata()
            .map_err(|source| AuditError::io(&self.path, source))?
            .len();
        Ok(Walked {
            chain: self.chain,
            end: self.offset,
            torn: size.saturating_sub(self.offset),
        })
    }

    fn rest_is_zero(&mut self) -> Result<bool, AuditError> {
        self.reread()?;
        loop {
            if self.fill()? == 0 {
                return Ok(true);
            }
            if self.buffer.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            self.used = self.buffer.len();
        }
    }

    pub(crate) fn corrupt(&self, fault: Fault) -> AuditError {
        AuditError::Corrupt {
            path: self.path.clone(),
            offset: self.offset,
            fault,
        }
    }

    /// Forgets what was read of an unfinished record: after a crash the writer cuts it off and
    /// writes another in its place.
    fn reread(&mut self) -> Result<(), AuditError> {
        self.buffer.clear();
        self.used = 0;
        self.file
            .seek(SeekFrom::Start(self.offset))
            .map(drop)
            .map_err(|source| AuditError::io(&self.path, source))
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
