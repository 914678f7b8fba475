//! Reading a trail, at rest or while it grows.

use crate::memory::Ring;
use crate::segment::{self, SegmentReader, Step};
use crate::shared::Shared;
use crate::{AuditError, Entry, Fault};
use jiff::Timestamp;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where a reader starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// At the oldest record.
    Start,
    /// At this sequence, or the first record after it.
    Sequence(u64),
    /// At records with this `eventTime` or a later one; earlier ones are skipped throughout.
    Time(Timestamp),
    /// Behind the newest record.
    End,
}

/// Iterates the records of a trail. `None` means that there is nothing *yet*: ask again, or wait
/// with [`Reader::follow`]. After an error the reader stays where it is.
pub struct Reader {
    source: Source,
    from: Position,
}

enum Source {
    Directory {
        dir: PathBuf,
        current: Option<SegmentReader>,
        live: Option<Arc<Shared>>,
    },
    Memory {
        ring: Arc<Ring>,
        next: u64,
    },
}

/// How often another process's trail is looked at.
const POLL: Duration = Duration::from_millis(100);

/// Calls are recorded when they end, and print when they ended: out of order by a little only.
const TIME_SLACK: Duration = Duration::from_secs(15 * 60);

impl Reader {
    /// Reads a trail's directory, also one that another process writes to. The directory need
    /// not hold a trail yet. Records may be seen a moment before they are durable.
    #[must_use]
    pub fn open(dir: &Path, from: Position) -> Self {
        let dir = dir.to_path_buf();
        Self {
            source: Source::Directory {
                dir,
                current: None,
                live: None,
            },
            from,
        }
    }

    pub(crate) fn live(dir: &Path, from: Position, shared: Arc<Shared>) -> Self {
        let from = match from {
            Position::End => Position::Sequence(shared.durable() + 1),
            from => from,
        };
        let dir = dir.to_path_buf();
        Self {
            source: Source::Directory {
                dir,
                current: None,
                live: Some(shared),
            },
            from,
        }
    }

    pub(crate) fn memory(ring: Arc<Ring>, from: Position) -> Self {
        let next = match from {
            Position::Start | Position::Time(_) => 1,
            Position::Sequence(sequence) => sequence,
            Position::End => ring.last() + 1,
        };
        Self {
            source: Source::Memory { ring, next },
            from,
        }
    }

    /// The next record; waits for it up to `timeout`. `None` where there was none in time.
    ///
    /// # Errors
    /// [`AuditError`] where a file cannot be read or is corrupt.
    pub fn follow(&mut self, timeout: Duration) -> Result<Option<Entry>, AuditError> {
        let start = Instant::now();
        loop {
            if let Some(entry) = self.read()? {
                return Ok(Some(entry));
            }
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            match &self.source {
                Source::Memory { ring, next } => ring.wait_for(*next, left),
                Source::Directory {
                    live: Some(shared),
                    current,
                    ..
                } => {
                    let read = current
                        .as_ref()
                        .map_or(0, |segment| segment.chain().sequence);
                    if shared.durable() > read {
                        // It came since the last look.
                        std::thread::sleep(left.min(Duration::from_millis(1)));
                    } else if shared.failure().is_some() {
                        std::thread::sleep(left.min(POLL));
                    } else {
                        shared.wait_for(read + 1, left);
                    }
                }
                Source::Directory { live: None, .. } => std::thread::sleep(left.min(POLL)),
            }
        }
    }

    fn read(&mut self) -> Result<Option<Entry>, AuditError> {
        loop {
            let entry = match &mut self.source {
                Source::Memory { ring, next } => {
                    let entry = ring.entry_from(*next);
                    if let Some(entry) = &entry {
                        *next = entry.sequence + 1;
                    }
                    entry
                }
                Source::Directory { dir, current, live } => {
                    read_directory(dir, current, live.as_deref(), &mut self.from)?
                }
            };
            match entry {
                Some(entry) if !self.is_wanted(&entry) => {}
                entry => return Ok(entry),
            }
        }
    }

    fn is_wanted(&self, entry: &Entry) -> bool {
        match self.from {
            Position::Start | Position::End => true,
            Position::Sequence(sequence) => entry.sequence >= sequence,
            // A record whose time cannot be read is shown: better one too many than one hidden.
            Position::Time(from) => event_time(entry).is_none_or(|time| time >= from),
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Entry, AuditError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

fn read_directory(
    dir: &Path,
    current: &mut Option<SegmentReader>,
    live: Option<&Shared>,
    from: &mut Position,
) -> Result<Option<Entry>, AuditError> {
    loop {
        let Some(segment) = current else {
            *current = open_first(dir, from)?;
            if current.is_none() {
                return Ok(None);
            }
            continue;
        };
        if live.is_some_and(|shared| shared.durable() <= segment.chain().sequence) {
            return Ok(None);
        }
        let mut step = segment.step()?;
        if !matches!(step, Step::Entry(_)) {
            let next = segment.chain().sequence + 1;
            if next == segment.start().sequence + 1 || !segment::path(dir, next).exists() {
                return Ok(None);
            }
            // The next segment is there, so this one grows no more: look at its end once again.
            step = segment.step()?;
        }
        match step {
            Step::Entry(entry) => return Ok(Some(entry)),
            Step::Torn => return Err(segment.corrupt(Fault::CutShort)),
            Step::End => {
                let after = SegmentReader::open(dir, segment.chain().sequence + 1)?;
                if after.start() != segment.chain() {
                    return Err(segment.corrupt(Fault::BrokenLink));
                }
                *current = Some(after);
            }
        }
    }
}

/// Opens the segment that holds the position, and walks to the end for [`Position::End`].
fn open_first(dir: &Path, from: &mut Position) -> Result<Option<SegmentReader>, AuditError> {
    let firsts = match segment::list(dir) {
        Ok(firsts) => firsts,
        Err(AuditError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    let Some(&oldest) = firsts.first() else {
        if *from == Position::End {
            // Nothing is there: all that comes is new.
            *from = Position::Start;
        }
        return Ok(None);
    };
    let first = match *from {
        Position::Start => oldest,
        Position::Sequence(sequence) => firsts
            .iter()
            .rev()
            .copied()
            .find(|first| *first <= sequence)
            .unwrap_or(oldest),
        Position::Time(time) => first_for_time(dir, &firsts, time)?.unwrap_or(oldest),
        Position::End => firsts.last().copied().unwrap_or(oldest),
    };
    let mut segment = SegmentReader::open(dir, first)?;
    if *from == Position::End {
        while let Step::Entry(_) = segment.step()? {}
        *from = Position::Sequence(segment.chain().sequence + 1);
    }
    Ok(Some(segment))
}

/// The newest segment whose first record is clearly before the time.
fn first_for_time(dir: &Path, firsts: &[u64], time: Timestamp) -> Result<Option<u64>, AuditError> {
    for &first in firsts.iter().rev() {
        if let Step::Entry(entry) = SegmentReader::open(dir, first)?.step()?
            && let Some(began) = event_time(&entry)
            && began
                .checked_add(TIME_SLACK)
                .is_ok_and(|latest| latest < time)
        {
            return Ok(Some(first));
        }
    }
    Ok(None)
}

fn event_time(entry: &Entry) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Timed<'a> {
        #[serde(rename = "eventTime")]
        event_time: &'a str,
    }
    let timed: Timed<'_> = serde_json::from_slice(&entry.payload).ok()?;
    timed.event_time.parse().ok()
}
