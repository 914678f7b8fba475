//! What followers get: observers, changes, the outbox, backups; and the end.

use super::{commit, key, kind, put, value, write};
use crate::{
    Change, Commit, CommitError, Observer, Prefix, Revision, SqliteStore, Store, StoreError, Tx,
    Write, sqlite,
};
use bytes::Bytes;
use std::{
    sync::{Arc, Mutex, Weak},
    thread,
};

/// Notes what it hears, and whether the store had it already.
struct Notes {
    store: Weak<dyn Store>,
    heard: Mutex<Vec<(Revision, Vec<Change>)>>,
}

impl Observer for Notes {
    fn applied(&self, revision: Revision, changes: &[Change]) {
        if let Some(store) = self.store.upgrade() {
            assert!(store.revision() >= revision, "not durable yet");
            assert!(
                store.snapshot().unwrap().revision() >= revision,
                "not readable yet"
            );
        }
        self.heard
            .lock()
            .unwrap()
            .push((revision, changes.to_vec()));
    }
}

fn notes(store: &Arc<dyn Store>) -> Arc<Notes> {
    Arc::new(Notes {
        store: Arc::downgrade(store),
        heard: Mutex::default(),
    })
}

pub(super) fn observers_come_in_order_and_first(store: Arc<dyn Store>) {
    write(&*store, vec![put("before", "1")]);
    let notes = notes(&store);
    assert_eq!(store.observe(Arc::<Notes>::clone(&notes)), Revision(1));
    write(
        &*store,
        vec![put("b", "1"), put("a", "1"), Write::Delete(key("before"))],
    );
    let change = |name: &str, value: Option<&'static str>| Change {
        revision: Revision(2),
        key: key(name),
        value: value.map(Bytes::from),
    };
    let expected = vec![
        change("a", Some("1")),
        change("b", Some("1")),
        change("before", None),
    ];
    assert_eq!(*notes.heard.lock().unwrap(), [(Revision(2), expected)]);
    store
        .commit(Commit {
            outbox: vec!["e".into()],
            ..Commit::default()
        })
        .wait()
        .unwrap();
    assert_eq!(
        notes.heard.lock().unwrap().len(),
        1,
        "a commit without writes is no revision"
    );

    thread::scope(|scope| {
        for writer in 0..4 {
            let (store, notes) = (&store, &notes);
            scope.spawn(move || {
                for round in 0..25 {
                    let name = format!("{writer}/{round}");
                    let writes = vec![Write::Put(key(&name), "v".into())];
                    let revision = commit(&**store, store.revision(), writes).unwrap().revision;
                    let heard = notes.heard.lock().unwrap();
                    let found = heard.iter().any(|(at, _)| *at == revision);
                    assert!(found, "acknowledged before it was observed");
                }
            });
        }
    });
    let heard = notes.heard.lock().unwrap();
    let revisions: Vec<u64> = heard.iter().map(|(revision, _)| revision.0).collect();
    assert_eq!(revisions, (2..=102).collect::<Vec<_>>());
    let followed: Vec<Change> = heard
        .iter()
        .flat_map(|(_, changes)| changes.clone())
        .collect();
    assert_eq!(store.changes(Revision(1), usize::MAX).unwrap(), followed);
}

pub(super) fn changes_have_no_gaps(store: Arc<dyn Store>) {
    assert!(store.changes(Revision(0), 9).unwrap().is_empty());
    for round in 0..5 {
        let name = round.to_string();
        let writes = ["a", "b", "c"].map(|part| put(part, "v")).to_vec();
        write(
            &*store,
            [writes, vec![Write::Put(key(&name), "v".into())]].concat(),
        );
    }
    let sizes = |after, limit| store.changes(Revision(after), limit).unwrap().len();
    assert_eq!(sizes(0, usize::MAX), 20);
    // A revision is never cut, and at least one comes.
    assert_eq!(
        [
            sizes(0, 1),
            sizes(0, 4),
            sizes(0, 5),
            sizes(3, 5),
            sizes(4, 99)
        ],
        [4, 4, 8, 8, 4]
    );
    assert_eq!(sizes(5, 9), 0);
    let mut after = Revision(0);
    let mut seen = Vec::new();
    loop {
        let page = store.changes(after, 3).unwrap();
        let Some(last) = page.last() else { break };
        after = last.revision;
        seen.extend(page);
    }
    assert_eq!(seen, store.changes(Revision(0), usize::MAX).unwrap());
    assert!(seen.is_sorted_by_key(|change| (change.revision, change.key.clone())));
    let future = store.changes(Revision(6), 1);
    assert!(matches!(future, Err(StoreError::UnknownRevision { .. })));
}

pub(super) fn what_is_erased_is_gone_from_the_log(store: Arc<dyn Store>) {
    let first = write(&*store, vec![put("a", "1"), put("kept", "1")]);
    write(&*store, vec![put("a", "2")]);
    for next in [Some("3"), None] {
        let mut call = Tx::begin(Arc::clone(&store), store.revision());
        match next {
            Some(value) => call.put(key("a"), value),
            None => call.delete(key("a")),
        }
        call.erase_former(key("a"));
        let committed = store.commit(call.into_commit()).wait().unwrap();
        let seen = store.changes(Revision(first.0 - 1), 100).unwrap();
        let of = |name| {
            let of_key = seen.iter().filter(|change| change.key == key(name));
            let values = of_key.map(|change| (change.revision, change.value.clone()));
            values
                .filter(|(_, value)| value.is_some())
                .collect::<Vec<_>>()
        };
        let left: Vec<_> = next
            .map(|value| (committed.revision, Some(Bytes::from(value))))
            .into_iter()
            .collect();
        assert_eq!(of("a"), left);
        assert_eq!(of("kept"), [(first, Some(Bytes::from("1")))]);
    }
}

pub(super) fn the_outbox_is_in_order(store: Arc<dyn Store>) {
    let send = |events: &[&'static str]| {
        let outbox = events.iter().map(|event| Bytes::from(*event)).collect();
        let writes = vec![Write::Put(key(events[0]), "v".into())];
        let commit = Commit {
            base: store.revision(),
            writes,
            outbox,
            ..Commit::default()
        };
        store.commit(commit).wait().unwrap().outbox_first_sequence
    };
    assert_eq!(send(&["a", "b"]), Some(1));
    assert_eq!(write(&*store, vec![put("silent", "v")]), Revision(2));
    assert_eq!(send(&["c"]), Some(3));
    let events = |after, limit| store.outbox(after, limit).unwrap();
    let pair = |sequence, event: &'static str| (sequence, Bytes::from(event));
    assert_eq!(events(0, 9), [pair(1, "a"), pair(2, "b"), pair(3, "c")]);
    assert_eq!(events(0, 1), [pair(1, "a")]);
    assert_eq!(events(1, 1), [pair(2, "b")]);
    store.acknowledge_outbox(2);
    assert_eq!(events(0, 9), [pair(3, "c")]);
    store.acknowledge_outbox(1);
    assert_eq!(events(0, 9), [pair(3, "c")]);
    // An event that is not there yet cannot be acknowledged.
    store.acknowledge_outbox(u64::MAX);
    assert!(events(0, 9).is_empty());
    assert_eq!(send(&["d"]), Some(4));
    assert_eq!(events(0, 9), [pair(4, "d")]);
    assert!(events(u64::MAX, 9).is_empty());
}

pub(super) fn a_reset_keeps_what_it_is_told(store: Arc<dyn Store>) {
    let many = (0..3000).map(|n| Write::Put(key(&format!("drop/{n}")), "v".into()));
    write(
        &*store,
        many.chain([put("keep/a", "1"), put("keep/b", "1")])
            .collect(),
    );
    let notes = notes(&store);
    store.observe(Arc::<Notes>::clone(&notes));
    assert_eq!(store.reset(&[kind("keep/")]).unwrap(), Revision(2));
    let kept = store
        .snapshot()
        .unwrap()
        .scan(&Prefix::all(), None, 9)
        .unwrap();
    assert_eq!(super::names(&kept), ["keep/a", "keep/b"]);
    assert_eq!(notes.heard.lock().unwrap()[0].1.len(), 3000);
    // Whoever read before the reset does not write after it.
    let late = commit(&*store, Revision(1), vec![put("drop/1", "late")]);
    assert!(matches!(late, Err(CommitError::Conflict)));
    assert_eq!(store.reset(&[]).unwrap(), Revision(3));
    assert!(
        store
            .snapshot()
            .unwrap()
            .scan(&Prefix::all(), None, 9)
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store.reset(&[]).unwrap(),
        Revision(3),
        "there was nothing to delete"
    );
}

pub(super) fn a_backup_is_the_same_store(store: Arc<dyn Store>) {
    let outbox = vec!["one".into(), "two".into(), "three".into()];
    let writes = vec![put("a", "1"), put("gone", "1")];
    store
        .commit(Commit {
            writes,
            outbox,
            ..Commit::default()
        })
        .wait()
        .unwrap();
    store.acknowledge_outbox(1);
    write(&*store, vec![put("b", "2"), Write::Delete(key("gone"))]);

    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("backup.db");
    store.backup(&file).unwrap();
    assert!(matches!(
        store.backup(&file),
        Err(StoreError::Exists { .. })
    ));
    assert_eq!(
        std::fs::read_dir(directory.path()).unwrap().count(),
        1,
        "one file and no more"
    );
    write(&*store, vec![put("after", "3")]);

    let data = directory.path().join("data");
    sqlite::restore(&file, &data, false).unwrap();
    let restored = SqliteStore::open(&data, &sqlite::Options::new(0)).unwrap();
    assert_eq!(restored.revision(), Revision(2));
    let all = |snapshot: &mut dyn crate::Snapshot| snapshot.scan(&Prefix::all(), None, 99).unwrap();
    let mut expected = all(&mut *store.snapshot().unwrap());
    expected.retain(|(found, _)| *found != key("after"));
    assert_eq!(all(&mut *restored.snapshot().unwrap()), expected);
    // An acknowledged event may come again, one that is not may not be missing.
    let events = restored.outbox(1, 9).unwrap();
    assert_eq!(events, [(2, Bytes::from("two")), (3, Bytes::from("three"))]);
    let next = Commit {
        base: Revision(2),
        writes: vec![put("c", "3")],
        outbox: vec!["four".into()],
        ..Commit::default()
    };
    let next = restored.commit(next).wait().unwrap();
    assert_eq!(
        (next.revision, next.outbox_first_sequence),
        (Revision(3), Some(4))
    );
    assert_eq!(value(&restored, &key("c")).unwrap(), "3");
    assert_eq!(restored.changes(Revision(2), 9).unwrap().len(), 1);
}

pub(super) fn a_closed_store_refuses(store: Arc<dyn Store>) {
    let revision = write(&*store, vec![put("a", "1")]);
    store.close();
    store.close();
    let refused = commit(&*store, revision, vec![put("a", "2")]);
    assert!(matches!(
        refused,
        Err(CommitError::Store(StoreError::Closed))
    ));
    assert!(matches!(store.snapshot().err(), Some(StoreError::Closed)));
    assert!(matches!(
        store.changes(revision, 1),
        Err(StoreError::Closed)
    ));
    assert!(matches!(store.outbox(0, 1), Err(StoreError::Closed)));
    store.acknowledge_outbox(1);
}
