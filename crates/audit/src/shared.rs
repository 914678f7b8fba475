//! What the callers and the writer thread share: the queue, the durable head, who waits for it.

use crate::frame::Chain;
use crate::{AppendError, Head, MAX_EVENT_BYTES, OutboxError};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

/// Called with the newest outbox sequence that is durable.
pub(crate) type OnDurable = Arc<dyn Fn(u64) + Send + Sync>;

/// Batches of so many records or more come from a crowd of clients, who will all be back at once.
const CROWD: usize = 16;
/// So long the writer waits for those of the crowd who are not back yet: one sync for many
/// costs less than many, and everybody's processor time.
const GATHER: Duration = Duration::from_micros(300);

/// A record that waits for the writer.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) payload: Bytes,
    /// Outbox sequence, where the record comes from an outbox.
    pub(crate) outbox: Option<u64>,
}

struct Queue {
    records: Vec<Queued>,
    bytes: usize,
    sequence: u64,
    outbox: u64,
    closed: Option<AppendError>,
    writer_sleeps: bool,
}

struct Waiting {
    failure: Option<AppendError>,
    head: Head,
    wakers: BTreeMap<(u64, u64), Waker>,
}

pub(crate) struct Shared {
    queue: Mutex<Queue>,
    queue_limit: usize,
    writer: Condvar,
    durable: AtomicU64,
    durable_outbox: AtomicU64,
    nonce: AtomicU64,
    waiting: Mutex<Waiting>,
    resolved: Condvar,
    on_durable: Mutex<Option<OnDurable>>,
}

/// A mutex of this crate guards plain data that is whole between statements: a panic elsewhere
/// in a holder does not make it unusable.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(chain: &Chain, queue_limit: usize) -> Self {
        Self {
            queue: Mutex::new(Queue {
                records: Vec::new(),
                bytes: 0,
                sequence: chain.sequence,
                outbox: chain.outbox,
                closed: None,
                writer_sleeps: false,
            }),
            queue_limit,
            writer: Condvar::new(),
            durable: AtomicU64::new(chain.sequence),
            durable_outbox: AtomicU64::new(chain.outbox),
            nonce: AtomicU64::new(0),
            waiting: Mutex::new(Waiting {
                failure: None,
                head: chain.head(),
                wakers: BTreeMap::new(),
            }),
            resolved: Condvar::new(),
            on_durable: Mutex::new(None),
        }
    }

    /// Takes a record and gives its sequence.
    pub(crate) fn push(&self, payload: Bytes) -> Result<u64, AppendError> {
        self.push_with(payload, None)
    }

    fn push_with(&self, payload: Bytes, outbox: Option<u64>) -> Result<u64, AppendError> {
        check_size(&payload)?;
        let mut queue = lock(&self.queue);
        queue.check(payload.len(), self.queue_limit)?;
        queue.push(payload, outbox);
        let sequence = queue.sequence;
        self.wake_writer(queue);
        Ok(sequence)
    }

    /// Takes the records of an outbox that the trail does not have yet.
    pub(crate) fn push_outbox(&self, first: u64, records: Vec<Bytes>) -> Result<(), OutboxError> {
        if first == 0 {
            return Err(OutboxError::Zero);
        }
        records.iter().try_for_each(check_size)?;
        let mut queue = lock(&self.queue);
        queue.check(records.iter().map(Bytes::len).sum(), self.queue_limit)?;
        let expected = queue.outbox + 1;
        if first > expected && queue.outbox != 0 {
            return Err(OutboxError::Gap {
                expected,
                found: first,
            });
        }
        for (sequence, payload) in (first..).zip(records) {
            if sequence > queue.outbox {
                queue.push(payload, Some(sequence));
            }
        }
        self.wake_writer(queue);
        Ok(())
    }

    /// Takes a record after which the outbox goes on behind `last`.
    pub(crate) fn push_rebase(&self, last: u64, payload: Bytes) -> Result<u64, AppendError> {
        self.push_with(payload, Some(last))
    }

    /// The writer's side: waits for records; `None` when the queue is closed and empty.
    /// `before` is the number of records in the batch before.
    pub(crate) fn take_queue(&self, before: usize) -> Option<Vec<Queued>> {
        let mut queue = lock(&self.queue);
        let mut gathered = before < CROWD;
        loop {
            if !queue.records.is_empty() {
                if !gathered && queue.records.len() < before && queue.closed.is_none() {
                    gathered = true;
                    drop(queue);
                    std::thread::sleep(GATHER);
                    queue = lock(&self.queue);
                    continue;
                }
                queue.bytes = 0;
                return Some(std::mem::take(&mut queue.records));
            }
            if queue.closed.is_some() {
                return None;
            }
            queue.writer_sleeps = true;
            queue = self
                .writer
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
            queue.writer_sleeps = false;
        }
    }

    /// The writer's side: everything up to the chain's sequence is durable.
    pub(crate) fn publish(&self, chain: &Chain) {
        // Before any ticket resolves: whoever waited for one sees the outbox's state with it.
        let outbox_before = self.durable_outbox.swap(chain.outbox, Ordering::AcqRel);
        let mut waiting = lock(&self.waiting);
        waiting.head = chain.head();
        self.durable.store(chain.sequence, Ordering::Release);
        let later = waiting.wakers.split_off(&(chain.sequence + 1, 0));
        let resolved = std::mem::replace(&mut waiting.wakers, later);
        drop(waiting);
        self.resolved.notify_all();
        resolved.into_values().for_each(Waker::wake);
        if outbox_before != chain.outbox {
            let callback = lock(&self.on_durable).clone();
            if let Some(callback) = callback {
                callback(chain.outbox);
            }
        }
    }

    /// Everything that waits and everything that comes fails from now on; the first reason stays.
    pub(crate) fn fail(&self, error: AppendError) {
        let mut queue = lock(&self.queue);
        if !matches!(queue.closed, Some(AppendError::Poisoned { .. })) {
            queue.closed = Some(error.clone());
        }
        queue.records = Vec::new();
        queue.bytes = 0;
        drop(queue);
        let mut waiting = lock(&self.waiting);
        waiting.failure.get_or_insert(error);
        let wakers = std::mem::take(&mut waiting.wakers);
        drop(waiting);
        self.resolved.notify_all();
        wakers.into_values().for_each(Waker::wake);
    }

    /// No record comes any more; the writer ends after those that wait.
    pub(crate) fn close(&self) {
        lock(&self.queue).closed.get_or_insert(AppendError::Closed);
        self.writer.notify_all();
    }

    /// Why the trail takes no records, if so.
    pub(crate) fn failure(&self) -> Option<AppendError> {
        lock(&self.queue).closed.clone()
    }

    /// The sequence of the newest record that was taken.
    pub(crate) fn last_taken(&self) -> u64 {
        lock(&self.queue).sequence
    }

    #[cfg(test)]
    pub(crate) fn waiting_records(&self) -> usize {
        lock(&self.queue).records.len()
    }

    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    pub(crate) fn durable_outbox(&self) -> u64 {
        self.durable_outbox.load(Ordering::Acquire)
    }

    pub(crate) fn head(&self) -> Head {
        lock(&self.waiting).head
    }

    pub(crate) fn set_on_durable(&self, callback: OnDurable) {
        *lock(&self.on_durable) = Some(callback);
    }

    /// A number for one more waker of the same sequence.
    pub(crate) fn nonce(&self) -> u64 {
        self.nonce.fetch_add(1, Ordering::Relaxed)
    }

    /// The outcome of a record, or the waker is kept until there is one.
    pub(crate) fn poll(&self, id: (u64, u64), waker: &Waker) -> Option<Result<u64, AppendError>> {
        if self.durable() >= id.0 {
            return Some(Ok(id.0));
        }
        let mut waiting = lock(&self.waiting);
        let outcome = self.outcome(&waiting, id.0);
        if outcome.is_none() {
            waiting.wakers.insert(id, waker.clone());
        }
        outcome
    }

    /// Forgets a waker.
    pub(crate) fn forget(&self, id: (u64, u64)) {
        lock(&self.waiting).wakers.remove(&id);
    }

    /// Waits for the outcome of a record.
    pub(crate) fn wait(&self, sequence: u64) -> Result<u64, AppendError> {
        let mut waiting = lock(&self.waiting);
        loop {
            if let Some(outcome) = self.outcome(&waiting, sequence) {
                return outcome;
            }
            waiting = self
                .resolved
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until the record is durable, the trail fails, or the time is over.
    pub(crate) fn wait_for(&self, sequence: u64, timeout: Duration) {
        let waiting = lock(&self.waiting);
        // The result says only whether the time was over; the caller looks for itself.
        drop(
            self.resolved
                .wait_timeout_while(waiting, timeout, |waiting| {
                    self.outcome(waiting, sequence).is_none()
                }),
        );
    }

    fn outcome(&self, waiting: &Waiting, sequence: u64) -> Option<Result<u64, AppendError>> {
        // Durability first: what was written before a failure stays written.
        if self.durable() >= sequence {
            return Some(Ok(sequence));
        }
        waiting.failure.clone().map(Err)
    }

    fn wake_writer(&self, mut queue: MutexGuard<'_, Queue>) {
        // Whoever wakes it takes the mark away: the others need no system call.
        let sleeps = std::mem::take(&mut queue.writer_sleeps);
        drop(queue);
        if sleeps {
            self.writer.notify_one();
        }
    }
}

impl Queue {
    fn check(&self, bytes: usize, limit: usize) -> Result<(), AppendError> {
        match &self.closed {
            Some(error) => Err(error.clone()),
            None if self.bytes.saturating_add(bytes) > limit => Err(AppendError::Overloaded),
            None => Ok(()),
        }
    }

    fn push(&mut self, payload: Bytes, outbox: Option<u64>) {
        self.sequence += 1;
        self.outbox = outbox.unwrap_or(self.outbox);
        self.bytes += payload.len();
        self.records.push(Queued { payload, outbox });
    }
}

pub(crate) fn check_size(payload: &Bytes) -> Result<(), AppendError> {
    match payload.len() {
        1..=MAX_EVENT_BYTES => Ok(()),
        bytes => Err(AppendError::Size { bytes }),
    }
}
