//! Many threads at once.

use super::{key, kind, write};
use crate::{Commit, CommitError, Revision, Store, Tx, Write};
use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake},
    thread::{self, Thread},
};

const THREADS: usize = 8;
const ROUNDS: usize = 20;

/// Tries until nobody comes between; gives the revision.
fn retry(store: &Arc<dyn Store>, work: impl Fn(&mut Tx)) -> Revision {
    loop {
        let mut tx = Tx::begin(Arc::clone(store), store.revision());
        work(&mut tx);
        match store.commit(tx.into_commit()).wait() {
            Ok(committed) => return committed.revision,
            Err(CommitError::Conflict) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn count(tx: &mut Tx, name: &str) -> usize {
    let value = tx.get(&key(name)).unwrap();
    value.map_or(0, |value| {
        std::str::from_utf8(&value).unwrap().parse().unwrap()
    })
}

pub(super) fn no_update_is_lost(store: Arc<dyn Store>) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    retry(&store, |tx| {
                        let next = count(tx, "counter") + 1;
                        tx.put(key("counter"), next.to_string());
                        tx.stage_outbox(next.to_string());
                    });
                }
            });
        }
    });
    let mut tx = Tx::begin(Arc::clone(&store), store.revision());
    assert_eq!(count(&mut tx, "counter"), THREADS * ROUNDS);
    assert_eq!(store.revision().0, (THREADS * ROUNDS) as u64);
    for (sequence, event) in store.outbox(0, usize::MAX).unwrap() {
        assert_eq!(
            event,
            sequence.to_string(),
            "events are not in the order of the commits"
        );
    }
}

pub(super) fn no_phantom_slips_in(store: Arc<dyn Store>) {
    // Each writer names its record after how many there are: two of the same count would collide
    // only through the range that both have read.
    thread::scope(|scope| {
        for writer in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    retry(store, |tx| {
                        let present = tx.scan(&kind("member/"), None, usize::MAX).unwrap().len();
                        tx.put(key(&format!("member/{present:04}/{writer}")), "v");
                    });
                }
            });
        }
    });
    let members = store
        .snapshot()
        .unwrap()
        .scan(&kind("member/"), None, usize::MAX)
        .unwrap();
    assert_eq!(members.len(), THREADS * ROUNDS);
    for (index, (member, _)) in members.iter().enumerate() {
        assert!(
            member.name().starts_with(&format!("member/{index:04}/")),
            "{member:?}"
        );
    }
}

/// Ends the reading threads, also where an assertion fails.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub(super) fn snapshots_never_see_half_a_commit(store: Arc<dyn Store>) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let _done = Done(&done);
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let mut snapshot = store.snapshot().unwrap();
                    let found = snapshot.scan(&kind(""), None, 9).unwrap();
                    let at = snapshot.revision();
                    assert_eq!(found.len(), if at == Revision(0) { 0 } else { 3 });
                    assert!(found.iter().all(|(_, record)| record.revision == at));
                    assert!(store.revision() <= store.snapshot().unwrap().revision());
                }
            });
        }
        for round in 0..100 {
            let value = round.to_string();
            let writes = ["a", "b", "c"].map(|name| Write::Put(key(name), value.clone().into()));
            write(&*store, writes.to_vec());
        }
    });
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

pub(super) fn a_ticket_can_be_awaited(store: Arc<dyn Store>) {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut context = Context::from_waker(&waker);
    for round in 0..20 {
        let writes = vec![Write::Put(key("a"), round.to_string().into())];
        let commit = Commit {
            base: store.revision(),
            writes,
            ..Commit::default()
        };
        let mut ticket = pin!(store.commit(commit));
        let committed = loop {
            match ticket.as_mut().poll(&mut context) {
                Poll::Ready(outcome) => break outcome.unwrap(),
                Poll::Pending => thread::park(),
            }
        };
        assert_eq!(committed.revision, store.revision());
    }
}
