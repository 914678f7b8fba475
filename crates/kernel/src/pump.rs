//! From the store's outbox to the trail.
//!
//! A call that changes something commits its events together with its changes. The
//! pump carries them over in the order of their sequence numbers and lets the store
//! forget what the trail has made durable. After a crash it goes on where the trail
//! ends, and the trail skips what it has already.

use audit::{AppendError, OutboxError, Trail};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use store::{Change, Observer, Revision, Store, StoreError};

/// Events that are carried at once.
const BATCH: usize = 512;
/// Commits wake the pump; this is for what comes without a change.
const PATIENCE: Duration = Duration::from_secs(1);
/// The wait for a trail whose queue is full.
const RETRY: Duration = Duration::from_millis(5);

/// Carries events from a store's outbox to a trail, on a thread of its own.
pub struct Pump {
    signal: Arc<Signal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    woken: bool,
    stopping: bool,
    failure: Option<Arc<str>>,
}

impl Signal {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        self.lock().woken = true;
        self.changed.notify_one();
    }

    /// Waits for work; true where it is the last.
    fn wait(&self) -> bool {
        let waiting = |state: &mut State| !state.woken && !state.stopping;
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        state.woken = false;
        state.stopping
    }
}

impl Observer for Signal {
    fn applied(&self, _: Revision, _: &[Change]) {
        self.wake();
    }
}

impl Pump {
    /// Starts after the last event that the trail has, and follows every commit.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(store: Arc<dyn Store>, trail: Arc<Trail>) -> std::io::Result<Self> {
        let signal = Arc::new(Signal::default());
        // What a crash left goes first.
        signal.wake();
        let acknowledging = Arc::clone(&store);
        trail.on_durable(move |sequence| acknowledging.acknowledge_outbox(sequence));
        store.observe(Arc::clone(&signal) as Arc<dyn Observer>);
        let for_thread = Arc::clone(&signal);
        let thread = std::thread::Builder::new().name("outbox-pump".to_owned()).spawn(move || {
            if let Err(error) = run(&for_thread, store.as_ref(), &trail) {
                tracing::error!(%error, "events stay in the store: the audit trail does not take them");
                for_thread.lock().failure = Some(error.to_string().into());
            }
        })?;
        Ok(Self {
            signal,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Why events no longer reach the trail, if so. They are durable in the store.
    #[must_use]
    pub fn failure(&self) -> Option<Arc<str>> {
        self.signal.lock().failure.clone()
    }

    /// Carries what is there, waits until it is durable, and ends. Does nothing the second time.
    pub fn stop(&self) {
        self.signal.lock().stopping = true;
        self.signal.changed.notify_one();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            // A panic of the thread leaves the events in the store, for the next start.
            drop(thread.join());
        }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.stop();
    }
}

impl std::fmt::Debug for Pump {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Pump")
            .field("failure", &self.failure())
            .finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
enum PumpError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Trail(#[from] OutboxError),
    #[error(transparent)]
    Flush(#[from] AppendError),
}

fn run(signal: &Signal, store: &dyn Store, trail: &Trail) -> Result<(), PumpError> {
    let mut after = trail.durable_outbox_sequence();
    // A crash can come between the trail and the store's knowing of it.
    store.acknowledge_outbox(after);
    loop {
        let last = signal.wait();
        loop {
            let rows = store.outbox(after, BATCH)?;
            let (Some((first, _)), Some((newest, _))) = (rows.first(), rows.last()) else {
                break;
            };
            let (first, newest) = (*first, *newest);
            let events: Vec<_> = rows.into_iter().map(|(_, event)| event).collect();
            while let Err(error) = trail.append_outbox(first, events.clone()) {
                if error != OutboxError::Append(AppendError::Overloaded) {
                    return Err(error.into());
                }
                std::thread::sleep(RETRY);
            }
            after = newest;
        }
        if last {
            trail.flush().wait()?;
            store.acknowledge_outbox(after);
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::{Options, Position};
    use bytes::Bytes;
    use store::{Commit, MemoryStore, RecordKey, Write};

    fn commit(store: &dyn Store, name: &str) {
        let key = RecordKey::new("a", "", "k", name).unwrap();
        let event = Bytes::from(format!("{{\"name\":\"{name}\"}}"));
        let writes = vec![Write::Put(key, Bytes::new())];
        let commit = Commit {
            base: store.revision(),
            writes,
            outbox: vec![event],
            ..Commit::default()
        };
        store.commit(commit).wait().unwrap();
    }

    #[test]
    fn events_reach_the_trail_in_order_and_leave_the_store() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        commit(store.as_ref(), "before");
        let trail = Arc::new(Trail::memory(1 << 20));
        let pump = Pump::start(Arc::clone(&store), Arc::clone(&trail)).unwrap();
        for name in 0..100 {
            commit(store.as_ref(), &name.to_string());
        }
        pump.stop();
        assert_eq!(pump.failure(), None);
        let entries: Vec<_> = trail
            .reader(Position::Start)
            .map(|entry| entry.unwrap().outbox_sequence)
            .collect();
        assert_eq!(entries, (1..=101).collect::<Vec<_>>());
        assert!(store.outbox(0, 10).unwrap().is_empty());
    }

    #[test]
    fn events_of_a_crash_are_carried_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trail");
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        for name in ["one", "two", "three"] {
            commit(store.as_ref(), name);
        }
        // The trail has two events, of which the store was not told.
        let (trail, _) = Trail::open(&path, Options::default()).unwrap();
        let events = store
            .outbox(0, 2)
            .unwrap()
            .into_iter()
            .map(|(_, event)| event)
            .collect();
        trail.append_outbox(1, events).unwrap();
        trail.close().unwrap();
        let (trail, recovery) = Trail::open(&path, Options::default()).unwrap();
        assert_eq!(recovery.last_outbox_sequence, 2);
        let trail = Arc::new(trail);
        let pump = Pump::start(Arc::clone(&store), Arc::clone(&trail)).unwrap();
        pump.stop();
        let names: Vec<_> = trail
            .reader(Position::Start)
            .map(|entry| entry.unwrap().payload)
            .collect();
        assert_eq!(
            names,
            [
                r#"{"name":"one"}"#,
                r#"{"name":"two"}"#,
                r#"{"name":"three"}"#
            ]
        );
        assert!(store.outbox(0, 10).unwrap().is_empty());
    }

    #[test]
    fn a_closed_trail_is_reported() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let trail = Arc::new(Trail::memory(1 << 20));
        let pump = Pump::start(Arc::clone(&store), Arc::clone(&trail)).unwrap();
        trail.close().unwrap();
        commit(store.as_ref(), "late");
        pump.stop();
        assert!(pump.failure().is_some());
        assert_eq!(store.outbox(0, 10).unwrap().len(), 1);
    }
}
