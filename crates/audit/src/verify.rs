//! Walking the chain over all segments, offline.

use crate::frame::Chain;
use crate::segment::{self, SegmentReader};
use crate::{AuditError, Fault, Head};
use std::path::{Path, PathBuf};

/// What a walk over the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Segment files.
    pub segments: usize,
    /// Records that follow the chain, up to the first bad one.
    pub records: u64,
    /// The last good record: keep it elsewhere for [`verify_against`].
    pub head: Head,
    /// Bytes of a half-written record at the very end, as a crash leaves them. The next
    /// [`crate::Trail::open`] cuts them off.
    pub torn_bytes: u64,
    /// The first bad place; `None` where the trail is intact.
    pub damage: Option<Damage>,
}

/// The first bad place of a trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The segment.
    pub path: PathBuf,
    /// Byte offset of the bad record; 0 for the segment's header.
    pub offset: u64,
    /// The sequence of the record that should be there.
    pub sequence: u64,
    /// What is wrong.
    pub fault: Fault,
}

impl Report {
    /// The trail is what was written.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.damage.is_none()
    }
}

/// Checks every record of every segment. Finds each edit, deletion, insertion and reordering
/// before the last record; see the crate's page for what a chain cannot prove.
///
/// # Errors
/// [`AuditError::Io`] where a file cannot be read. Damage is no error: it is in the report.
pub fn verify(dir: &Path) -> Result<Report, AuditError> {
    walk(dir, None)
}

/// As [`verify`], and the trail must contain the head that was kept elsewhere: finds also a trail
/// that was cut at the end, rolled back or written anew.
///
/// # Errors
/// As [`verify`].
pub fn verify_against(dir: &Path, head: Head) -> Result<Report, AuditError> {
    walk(dir, Some(head))
}

fn walk(dir: &Path, kept: Option<Head>) -> Result<Report, AuditError> {
    let firsts = segment::list(dir)?;
    let mut walk = Walk {
        chain: Chain::START,
        torn_bytes: 0,
        kept,
        damage: None,
    };
    let mut last = dir.to_path_buf();
    for (index, &first) in firsts.iter().enumerate() {
        last = segment::path(dir, first);
        let is_last = index + 1 == firsts.len();
        match walk.segment(dir, first, is_last) {
            Ok(()) => {}
            Err(AuditError::Corrupt {
                path,
                offset,
                fault,
            }) => {
                let sequence = walk.chain.sequence + 1;
                walk.damage = Some(Damage {
                    path,
                    offset,
                    sequence,
                    fault,
                });
                break;
            }
            Err(error) => return Err(error),
        }
    }
    if let (None, Some(head)) = (&walk.damage, kept)
        && (walk.chain.sequence < head.sequence)
    {
        walk.damage = Some(Damage {
            offset: std::fs::metadata(&last).map_or(0, |metadata| metadata.len()),
            path: last,
            sequence: walk.chain.sequence + 1,
            fault: Fault::HeadMissing {
                sequence: head.sequence,
            },
        });
    }
    Ok(Report {
        segments: firsts.len(),
        records: walk.chain.sequence,
        head: walk.chain.head(),
        torn_bytes: walk.torn_bytes,
        damage: walk.damage,
    })
}

struct Walk {
    chain: Chain,
    torn_bytes: u64,
    kept: Option<Head>,
    damage: Option<Damage>,
}

impl Walk {
    fn segment(&mut self, dir: &Path, first: u64, is_last: bool) -> Result<(), AuditError> {
        let corrupt = |offset, fault| AuditError::Corrupt {
            path: segment::path(dir, first),
            offset,
            fault,
        };
        let reader = SegmentReader::open(dir, first)?;
        if reader.start() != self.chain {
            return Err(corrupt(0, Fault::BrokenLink));
        }
        let kept = self.kept;
        let walked = reader.walk(|chain| {
            let head = chain.head();
            if kept.is_some_and(|kept| kept.sequence == head.sequence && kept != head) {
                return Err(Fault::HeadMissing {
                    sequence: head.sequence,
                });
            }
            self.chain = chain;
            Ok(())
        })?;
        if walked.torn > 0 && !is_last {
            return Err(corrupt(walked.end, Fault::CutShort));
        }
        self.torn_bytes = walked.torn;
        Ok(())
    }
}
