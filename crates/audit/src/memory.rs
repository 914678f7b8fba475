//! A trail that lives in memory: the newest records up to a byte limit.

use crate::shared::{OnDurable, check_size, lock};
use crate::{AppendError, Entry, OutboxError};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

pub(crate) struct Ring {
    limit: usize,
    inner: Mutex<Inner>,
    grown: Condvar,
    on_durable: Mutex<Option<OnDurable>>,
}

struct Inner {
    entries: VecDeque<Entry>,
    bytes: usize,
    sequence: u64,
    outbox: u64,
    closed: bool,
}

impl Ring {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            inner: Mutex::new(Inner {
                entries: VecDeque::new(),
                bytes: 0,
                sequence: 0,
                outbox: 0,
                closed: false,
            }),
            grown: Condvar::new(),
            on_durable: Mutex::new(None),
        }
    }

    /// Takes a record; with an outbox sequence, the outbox goes on behind it.
    pub(crate) fn push(&self, payload: Bytes, outbox: Option<u64>) -> Result<u64, AppendError> {
        check_size(&payload)?;
        let mut inner = lock(&self.inner);
        if inner.closed {
            return Err(AppendError::Closed);
        }
        inner.push(payload, outbox, self.limit);
        let sequence = inner.sequence;
        drop(inner);
        self.grown.notify_all();
        Ok(sequence)
    }

    pub(crate) fn push_outbox(&self, first: u64, records: Vec<Bytes>) -> Result<(), OutboxError> {
        if first == 0 {
            return Err(OutboxError::Zero);
        }
        records.iter().try_for_each(check_size)?;
        let mut inner = lock(&self.inner);
        if inner.closed {
            return Err(AppendError::Closed.into());
        }
        let expected = inner.outbox + 1;
        if first > expected && inner.outbox != 0 {
            return Err(OutboxError::Gap {
                expected,
                found: first,
            });
        }
        let before = inner.outbox;
        for (sequence, payload) in (first..).zip(records) {
            if sequence > inner.outbox {
                inner.push(payload, Some(sequence), self.limit);
            }
        }
        let after = inner.outbox;
        drop(inner);
        self.grown.notify_all();
        let callback = lock(&self.on_durable).clone();
        if let Some(callback) = callback
            && after != before
        {
            callback(after);
        }
        Ok(())
    }

    pub(crate) fn set_on_durable(&self, callback: OnDurable) {
        *lock(&self.on_durable) = Some(callback);
    }

    pub(crate) fn close(&self) {
        lock(&self.inner).closed = true;
        self.grown.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.inner).closed
    }

    pub(crate) fn last(&self) -> u64 {
        lock(&self.inner).sequence
    }

    pub(crate) fn outbox(&self) -> u64 {
        lock(&self.inner).outbox
    }

    /// The first record that is still there from this sequence on.
    pub(crate) fn entry_from(&self, sequence: u64) -> Option<Entry> {
        let inner = lock(&self.inner);
        let first = inner.entries.front()?.sequence;
        let index = usize::try_from(sequence.saturating_sub(first)).ok()?;
        inner.entries.get(index).cloned()
    }

    /// Waits until this sequence is there or the time is over.
    pub(crate) fn wait_for(&self, sequence: u64, timeout: Duration) {
        let inner = lock(&self.inner);
        drop(self.grown.wait_timeout_while(inner, timeout, |inner| {
            inner.sequence < sequence && !inner.closed
        }));
    }
}

impl Inner {
    fn push(&mut self, payload: Bytes, outbox: Option<u64>, limit: usize) {
        self.sequence += 1;
        self.outbox = outbox.unwrap_or(self.outbox);
        self.bytes += payload.len();
        self.entries.push_back(Entry {
            sequence: self.sequence,
            outbox_sequence: self.outbox,
            payload,
        });
        while self.bytes > limit && self.entries.len() > 1 {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= oldest.payload.len();
            }
        }
    }
}
