//! The one thread that writes: takes all that waits, writes it once, syncs it once.

use crate::AppendError;
use crate::frame::{Chain, FRAME_BYTES};
use crate::shared::{Queued, Shared};
use std::io;
use std::sync::Arc;

/// Where frames go. A directory in earnest, a failing one in tests.
pub(crate) trait Medium: Send {
    /// Appends to the current segment.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes all that was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Bytes in the current segment.
    fn size(&self) -> u64;
    /// Starts the next segment, durably.
    fn rotate(&mut self, chain: &Chain) -> io::Result<()>;
}

/// The largest single write, in bytes, so that a long queue does not become one long wait.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Writes until the queue is closed and empty, or until the medium fails.
pub(crate) fn run(shared: &Arc<Shared>, medium: &mut dyn Medium, segment_bytes: u64, chain: Chain) {
    // When this thread ends, also by a panic, nobody may wait for it.
    let _guard = FailOnDrop(shared);
    let mut writer = Writer {
        shared,
        medium,
        segment_bytes,
        chain,
        frames: Vec::new(),
    };
    while let Some(batch) = shared.take_queue() {
        if let Err(error) = writer.write_batch(&batch) {
            shared.fail(AppendError::Poisoned {
                cause: error.to_string().into(),
            });
            return;
        }
    }
}

struct FailOnDrop<'a>(&'a Arc<Shared>);

impl Drop for FailOnDrop<'_> {
    fn drop(&mut self) {
        self.0.fail(AppendError::Closed);
    }
}

struct Writer<'a> {
    shared: &'a Shared,
    medium: &'a mut dyn Medium,
    segment_bytes: u64,
    chain: Chain,
    frames: Vec<u8>,
}

impl Writer<'_> {
    fn write_batch(&mut self, batch: &[Queued]) -> io::Result<()> {
        for record in batch {
            let bytes = FRAME_BYTES + record.payload.len();
            if self.is_full_with(bytes) {
                self.flush()?;
                self.medium.rotate(&self.chain)?;
            } else if self.frames.len() + bytes > BATCH_BYTES {
                self.flush()?;
            }
            self.chain
                .append(&mut self.frames, record.outbox, &record.payload);
        }
        self.flush()
    }

    /// Whether the current segment, which is not empty, has no place for so many bytes more.
    fn is_full_with(&self, bytes: usize) -> bool {
        let size = self.medium.size() + self.frames.len() as u64;
        size > crate::frame::HEADER_BYTES as u64 && size + bytes as u64 > self.segment_bytes
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.frames.is_empty() {
            self.medium.write(&self.frames)?;
            self.medium.sync()?;
            self.frames.clear();
            self.shared.publish(&self.chain);
        }
        Ok(())
    }
}
