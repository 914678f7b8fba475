//! Every engine keeps the contract, and all of them answer alike.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use store::{
    Commit, CommitError, MemoryStore, Prefix, Read, RecordKey, Revision, SqliteStore, Store, Write,
    conformance, sqlite,
};

#[test]
fn the_memory_engine_keeps_the_contract() {
    conformance::run(|| Arc::new(MemoryStore::new()));
}

#[test]
fn the_sqlite_engine_keeps_the_contract() {
    let directories = Mutex::new(Vec::new());
    conformance::run(|| {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path(), &sqlite::Options::new(1)).unwrap();
        directories.lock().unwrap().push(directory);
        Arc::new(store)
    });
}

/// A commit with its base so many revisions before the newest.
#[derive(Debug, Clone)]
struct Step {
    age: u64,
    reads: Vec<Read>,
    writes: Vec<Write>,
}

fn key() -> impl Strategy<Value = RecordKey> {
    ("[12]", "[ab]{0,2}")
        .prop_map(|(account, name)| RecordKey::new(&account, "", "k", &name).unwrap())
}

fn prefix() -> impl Strategy<Value = Prefix> {
    prop_oneof![
        ("[12]", "[ab]{0,2}")
            .prop_map(|(account, name)| Prefix::new(&account, "", "k", &name).unwrap()),
        "[12]".prop_map(|account| Prefix::account(&account).unwrap()),
        Just(Prefix::all()),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let read = prop_oneof![3 => key().prop_map(Read::Key), 1 => prefix().prop_map(Read::Prefix)];
    let write = prop_oneof![
        2 => (key(), any::<u8>()).prop_map(|(key, byte)| Write::Put(key, vec![byte].into())),
        1 => key().prop_map(Write::Delete),
    ];
    let lists = (
        prop::collection::vec(read, 0..3),
        prop::collection::vec(write, 0..3),
    );
    (0..4_u64, lists).prop_map(|(age, (reads, writes))| Step { age, reads, writes })
}

/// The plain meaning of the check: does any change after the base touch the commit?
fn conflicts(store: &dyn Store, commit: &Commit) -> bool {
    let changes = store.changes(commit.base, usize::MAX).unwrap();
    changes.iter().any(|change| {
        let read = commit.reads.iter().any(|read| match read {
            Read::Key(key) => *key == change.key,
            Read::Prefix(prefix) => prefix.contains(&change.key),
        });
        let written = commit.writes.iter().any(|write| match write {
            Write::Put(key, _) | Write::Delete(key) => *key == change.key,
        });
        read || written
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn engines_agree_with_each_other_and_with_the_meaning(steps in prop::collection::vec(step(), 1..40)) {
        let directory = tempfile::tempdir().unwrap();
        let durable = SqliteStore::open(directory.path(), &sqlite::Options::new(1)).unwrap();
        let memory = MemoryStore::new();
        for Step { age, reads, writes } in steps {
            let base = Revision(memory.revision().0.saturating_sub(age));
            let commit = Commit { base, reads, writes, outbox: vec!["e".into()], ..Commit::default() };
            let expected = conflicts(&memory, &commit);
            let left = memory.commit(commit.clone()).wait();
            let right = durable.commit(commit).wait();
            prop_assert_eq!(matches!(left, Err(CommitError::Conflict)), expected);
            prop_assert_eq!(left.ok(), right.ok());
        }
        let all = |store: &dyn Store| {
            let records = store.snapshot().unwrap().scan(&Prefix::all(), None, usize::MAX).unwrap();
            let changes = store.changes(Revision(0), usize::MAX).unwrap();
            (records, changes, store.outbox(0, usize::MAX).unwrap())
        };
        prop_assert_eq!(all(&memory), all(&durable));
        // What is on disk is what was in use.
        durable.close();
        let reopened = SqliteStore::open(directory.path(), &sqlite::Options::new(1)).unwrap();
        prop_assert_eq!(all(&memory), all(&reopened));
    }
}
