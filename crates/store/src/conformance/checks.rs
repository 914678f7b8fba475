//! The optimistic check.

use super::{commit, key, kind, put, value, write};
use crate::{
    Commit, CommitError, MAX_VALUE_BYTES, Prefix, Read, RecordKey, Revision, Store, StoreError,
    Write,
};
use bytes::Bytes;
use std::sync::Arc;

fn attempt(store: &dyn Store, base: Revision, read: Read) -> Result<(), CommitError> {
    // A key of its own: written keys are checked too.
    let name = format!("written/{}", store.revision().0);
    let writes = vec![Write::Put(key(&name), "v".into())];
    let commit = Commit {
        base,
        reads: vec![read],
        writes,
        ..Commit::default()
    };
    store.commit(commit).wait().map(drop)
}

fn conflicts(outcome: Result<impl Sized, CommitError>) -> bool {
    matches!(outcome, Err(CommitError::Conflict))
}

pub(super) fn a_changed_key_conflicts(store: Arc<dyn Store>) {
    let base = write(&*store, vec![put("read", "1"), put("gone", "1")]);
    let read = |name: &str| Read::Key(key(name));
    write(
        &*store,
        vec![
            put("read", "2"),
            Write::Delete(key("gone")),
            put("new", "1"),
        ],
    );
    let newest = write(&*store, vec![put("other", "1")]);
    assert!(
        conflicts(attempt(&*store, base, read("read"))),
        "an update was missed"
    );
    assert!(
        conflicts(attempt(&*store, base, read("gone"))),
        "a removal was missed"
    );
    assert!(
        conflicts(attempt(&*store, base, read("new"))),
        "a creation was missed"
    );
    assert!(attempt(&*store, base, read("unchanged")).is_ok());
    assert!(attempt(&*store, newest, read("read")).is_ok());
}

pub(super) fn a_phantom_conflicts(store: Arc<dyn Store>) {
    let base = write(&*store, vec![put("a1", "1")]);
    write(&*store, vec![put("a2", "1")]);
    let range = |prefix: Prefix| attempt(&*store, base, Read::Prefix(prefix));
    for prefix in [
        kind("a"),
        kind("a2"),
        kind(""),
        Prefix::account("111122223333").unwrap(),
    ] {
        assert!(
            conflicts(range(prefix.clone())),
            "a phantom in {prefix:?} was missed"
        );
    }
    assert!(conflicts(range(Prefix::all())));
    for prefix in [kind("b"), kind("a1"), Prefix::account("1").unwrap()] {
        let newest = store.revision();
        write(&*store, vec![put("a2", "again")]);
        assert!(attempt(&*store, newest, Read::Prefix(prefix)).is_ok());
    }
}

pub(super) fn blind_writes_conflict(store: Arc<dyn Store>) {
    let base = write(&*store, vec![put("a", "1")]);
    write(&*store, vec![put("a", "2")]);
    assert!(conflicts(commit(&*store, base, vec![put("a", "3")])));
    assert!(conflicts(commit(
        &*store,
        base,
        vec![Write::Delete(key("a"))]
    )));
    assert_eq!(value(&*store, &key("a")).unwrap(), "2");
}

pub(super) fn a_conflict_leaves_nothing(store: Arc<dyn Store>) {
    let base = write(&*store, vec![put("a", "1")]);
    let newest = write(&*store, vec![put("a", "2")]);
    let refused = store.commit(Commit {
        base,
        reads: vec![Read::Key(key("a"))],
        writes: vec![put("b", "1"), put("c", "1")],
        outbox: vec!["event".into()],
        ..Commit::default()
    });
    assert!(conflicts(refused.wait()));
    assert_eq!(store.revision(), newest);
    assert_eq!(value(&*store, &key("b")), None);
    assert!(store.outbox(0, 9).unwrap().is_empty());
    assert!(store.changes(newest, 9).unwrap().is_empty());
}

pub(super) fn a_commit_without_writes_is_checked(store: Arc<dyn Store>) {
    let base = write(&*store, vec![put("a", "1")]);
    let newest = write(&*store, vec![put("a", "2")]);
    let reading = |base| Commit {
        base,
        reads: vec![Read::Key(key("a"))],
        outbox: vec!["read".into()],
        ..Commit::default()
    };
    assert!(conflicts(store.commit(reading(base)).wait()));
    let committed = store.commit(reading(newest)).wait().unwrap();
    assert_eq!(
        (committed.revision, committed.outbox_first_sequence),
        (newest, Some(1))
    );
    assert_eq!(store.revision(), newest);
    let nothing = Commit {
        base: newest,
        ..Commit::default()
    };
    let committed = store.commit(nothing).wait().unwrap();
    assert_eq!(
        (committed.revision, committed.outbox_first_sequence),
        (newest, None)
    );
}

pub(super) fn an_impossible_base_conflicts(store: Arc<dyn Store>) {
    let newest = write(&*store, vec![put("a", "1")]);
    let future = Revision(newest.0 + 1);
    assert!(conflicts(commit(&*store, future, vec![put("b", "1")])));
    assert!(conflicts(commit(
        &*store,
        Revision(u64::MAX),
        vec![put("b", "1")]
    )));
}

pub(super) fn too_large_values_are_refused(store: Arc<dyn Store>) {
    let large = Write::Put(
        RecordKey::clone(&key("a")),
        Bytes::from(vec![1; MAX_VALUE_BYTES + 1]),
    );
    let refused = commit(&*store, Revision(0), vec![put("b", "1"), large]);
    assert!(matches!(
        refused,
        Err(CommitError::Store(StoreError::TooLarge { .. }))
    ));
    assert_eq!(store.revision(), Revision(0));
    write(&*store, vec![put("b", "1")]);
}
