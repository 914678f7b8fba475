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
    let mut before = 0;
    while let Some(batch) = shared.take_queue(before) {
        before = batch.len();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, OutboxError, Ticket, Trail};
    use bytes::Bytes;
    use std::future::Future;
    use std::path::Path;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Wake, Waker};

    /// Which operation of a medium fails.
    #[derive(Clone, Copy, PartialEq, Debug)]
    enum Failing {
        Nothing,
        Write(usize),
        Sync(usize),
        Rotate,
        PanicOnWrite,
    }

    struct Script {
        failing: Failing,
        size: u64,
        calls: Arc<Mutex<Calls>>,
    }

    #[derive(Default)]
    struct Calls {
        writes: usize,
        syncs: usize,
        records_synced: usize,
        pending: usize,
        gate_open: bool,
    }

    impl Medium for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            assert_ne!(
                self.failing,
                Failing::PanicOnWrite,
                "a defect in the writer"
            );
            while !self.calls.lock().unwrap().gate_open {
                std::thread::yield_now();
            }
            let mut calls = self.calls.lock().unwrap();
            calls.writes += 1;
            if self.failing == Failing::Write(calls.writes) {
                return Err(io::Error::other("no space left"));
            }
            calls.pending += count(bytes);
            self.size += bytes.len() as u64;
            Ok(())
        }

        fn sync(&mut self) -> io::Result<()> {
            let mut calls = self.calls.lock().unwrap();
            calls.syncs += 1;
            if self.failing == Failing::Sync(calls.syncs) {
                return Err(io::Error::other("disk gone"));
            }
            calls.records_synced += std::mem::take(&mut calls.pending);
            Ok(())
        }

        fn size(&self) -> u64 {
            self.size
        }

        fn rotate(&mut self, _chain: &Chain) -> io::Result<()> {
            if self.failing == Failing::Rotate {
                return Err(io::Error::other("no new file"));
            }
            self.size = crate::frame::HEADER_BYTES as u64;
            Ok(())
        }
    }

    fn count(mut bytes: &[u8]) -> usize {
        let mut records = 0;
        while let Ok(Some(frame)) = crate::frame::Frame::parse(bytes) {
            records += 1;
            bytes = &bytes[frame.len()..];
        }
        records
    }

    fn start(failing: Failing, segment_bytes: u64, open: bool) -> (Trail, Arc<Mutex<Calls>>) {
        let calls = Arc::new(Mutex::new(Calls {
            gate_open: open,
            ..Calls::default()
        }));
        let size = crate::frame::HEADER_BYTES as u64;
        let medium = Box::new(Script {
            failing,
            size,
            calls: Arc::clone(&calls),
        });
        let options = Options {
            segment_bytes,
            queue_bytes: 1000,
        };
        (
            Trail::start(medium, Chain::START, Path::new("."), &options).unwrap(),
            calls,
        )
    }

    fn append(trail: &Trail) -> Ticket {
        trail.append(Bytes::from_static(b"{}"))
    }

    fn is_poisoned(outcome: &Result<u64, AppendError>) -> bool {
        matches!(outcome, Err(AppendError::Poisoned { .. }))
    }

    #[test]
    fn a_failed_write_fails_the_record_and_all_later_ones() {
        for failing in [Failing::Write(2), Failing::Sync(2)] {
            let (trail, calls) = start(failing, 1 << 20, true);
            assert_eq!(append(&trail).wait(), Ok(1));
            assert!(is_poisoned(&append(&trail).wait()), "{failing:?}");
            for _ in 0..3 {
                assert!(is_poisoned(&append(&trail).wait()), "{failing:?}");
            }
            assert!(is_poisoned(&trail.flush().wait()));
            assert!(matches!(
                trail.append_outbox(1, vec![Bytes::from_static(b"{}")]),
                Err(OutboxError::Append(AppendError::Poisoned { .. }))
            ));
            assert!(matches!(
                trail.failure(),
                Some(AppendError::Poisoned { .. })
            ));
            assert!(is_poisoned(&trail.close().map(|()| 0)));
            assert_eq!(trail.head().sequence, 1);
            assert_eq!(calls.lock().unwrap().records_synced, 1);
        }
    }

    #[test]
    fn a_failed_rotation_fails_only_what_had_no_place_any_more() {
        let (trail, calls) = start(Failing::Rotate, 96 + 60, false);
        let tickets = [append(&trail), append(&trail), append(&trail)];
        calls.lock().unwrap().gate_open = true;
        let [first, second, third] = tickets.map(Ticket::wait);
        assert_eq!(first, Ok(1));
        assert!(is_poisoned(&second) && is_poisoned(&third));
    }

    #[test]
    fn a_failure_reaches_every_record_that_waits() {
        let (trail, calls) = start(Failing::Sync(1), 1 << 20, false);
        let tickets: Vec<_> = (0..50).map(|_| append(&trail)).collect();
        calls.lock().unwrap().gate_open = true;
        for ticket in tickets {
            assert!(is_poisoned(&ticket.wait()));
        }
    }

    #[test]
    fn a_panic_of_the_writer_leaves_nobody_waiting() {
        let (trail, _) = start(Failing::PanicOnWrite, 1 << 20, true);
        assert_eq!(append(&trail).wait(), Err(AppendError::Closed));
        assert_eq!(append(&trail).wait(), Err(AppendError::Closed));
        assert_eq!(trail.close(), Err(AppendError::Closed));
    }

    #[test]
    fn records_that_wait_share_one_sync() {
        let (trail, calls) = start(Failing::Nothing, 1 << 20, false);
        let first = append(&trail);
        // The writer takes the first record, then stands at the gate while the others come.
        while trail.waiting_records() != 0 {
            std::thread::yield_now();
        }
        let others: Vec<_> = (0..100).map(|_| append(&trail)).collect();
        calls.lock().unwrap().gate_open = true;
        assert_eq!(first.wait(), Ok(1));
        for (ticket, sequence) in others.into_iter().zip(2..) {
            assert_eq!(ticket.wait(), Ok(sequence));
        }
        assert_eq!(calls.lock().unwrap().syncs, 2);
    }

    #[test]
    fn a_full_queue_refuses_and_goes_on_when_it_is_empty() {
        let (trail, calls) = start(Failing::Nothing, 1 << 20, false);
        let first = append(&trail);
        // The writer stands at the gate with the first record, and the queue is empty.
        while trail.waiting_records() != 0 {
            std::thread::yield_now();
        }
        // 1,000 bytes are 500 records of two.
        let taken: Vec<_> = (0..500).map(|_| append(&trail)).collect();
        for _ in 0..10 {
            assert_eq!(append(&trail).wait(), Err(AppendError::Overloaded));
        }
        calls.lock().unwrap().gate_open = true;
        assert_eq!(first.wait(), Ok(1));
        for (ticket, sequence) in taken.into_iter().zip(2..) {
            assert_eq!(ticket.wait(), Ok(sequence));
        }
        assert_eq!(append(&trail).wait(), Ok(502));
        assert_eq!(calls.lock().unwrap().records_synced, 502);
    }

    #[test]
    fn impossible_records_are_refused_alone() {
        let (trail, _) = start(Failing::Nothing, 1 << 20, true);
        assert_eq!(
            trail.append(Bytes::new()).wait(),
            Err(AppendError::Size { bytes: 0 })
        );
        let bytes = crate::MAX_EVENT_BYTES + 1;
        let large = trail.append(Bytes::from(vec![b' '; bytes]));
        assert_eq!(large.wait(), Err(AppendError::Size { bytes }));
        assert_eq!(append(&trail).wait(), Ok(1));
    }

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_polled_ticket_is_woken_when_the_record_is_durable() {
        let (trail, calls) = start(Failing::Nothing, 1 << 20, false);
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&count));
        let mut ticket = append(&trail);
        let mut flush = trail.flush();
        let poll =
            |ticket: &mut Ticket| std::pin::Pin::new(ticket).poll(&mut Context::from_waker(&waker));
        assert!(poll(&mut ticket).is_pending() && poll(&mut ticket).is_pending());
        assert!(poll(&mut flush).is_pending());
        calls.lock().unwrap().gate_open = true;
        assert_eq!(append(&trail).wait(), Ok(2));
        while count.0.load(Ordering::SeqCst) < 2 {
            std::thread::yield_now();
        }
        assert_eq!(poll(&mut ticket), Poll::Ready(Ok(1)));
        assert_eq!(poll(&mut flush), Poll::Ready(Ok(1)));
        assert_eq!(poll(&mut ticket), Poll::Ready(Ok(1)));
        assert_eq!(count.0.load(Ordering::SeqCst), 2);
    }
}
