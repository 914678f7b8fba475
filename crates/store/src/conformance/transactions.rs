//! [`Tx`] over an engine.

use super::{key, kind, put, value, write};
use crate::{CommitError, Prefix, Read, RecordKey, Revision, Store, Tx, Write};
use bytes::Bytes;
use std::{collections::BTreeMap, sync::Arc};

fn begin(store: &Arc<dyn Store>) -> Tx {
    Tx::begin(Arc::clone(store), store.revision())
}

pub(super) fn a_transaction_sees_its_writes(store: Arc<dyn Store>) {
    write(&*store, vec![put("a", "1"), put("b", "1")]);
    let mut tx = begin(&store);
    assert!(tx.is_read_only());
    assert_eq!(tx.snapshot_revision(), None);
    tx.put(key("a"), "2");
    tx.delete(key("b"));
    assert_eq!(tx.get(&key("a")).unwrap().unwrap(), "2");
    assert_eq!(tx.get(&key("b")).unwrap(), None);
    assert_eq!(
        tx.snapshot_revision(),
        None,
        "staged values need no snapshot"
    );
    assert_eq!(tx.get(&key("c")).unwrap(), None);
    assert_eq!(tx.snapshot_revision(), Some(Revision(1)));
    assert!(!tx.is_read_only());
    assert_eq!(
        value(&*store, &key("a")).unwrap(),
        "1",
        "nothing is written before the commit"
    );
    store.commit(tx.into_commit()).wait().unwrap();
    assert_eq!(value(&*store, &key("a")).unwrap(), "2");
    assert_eq!(value(&*store, &key("b")), None);
    let mut tx = begin(&store);
    tx.stage_outbox("event");
    assert!(!tx.is_read_only());
}

pub(super) fn a_scan_merges_staged_writes(store: Arc<dyn Store>) {
    let stored = ["b", "d", "f", "h", "j"];
    write(&*store, stored.map(|name| put(name, "stored")).to_vec());
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];
    // Each case stages one of three things, by the digits of its number in base 3, for five names.
    for case in 0..243_usize {
        let mut tx = begin(&store);
        let mut expected: BTreeMap<RecordKey, Bytes> = stored
            .iter()
            .map(|name| (key(name), Bytes::from("stored")))
            .collect();
        for (place, name) in ["a", "b", "d", "e", "j"].iter().enumerate() {
            match case / 3_usize.pow(place as u32) % 3 {
                0 => {}
                1 => {
                    tx.put(key(name), "staged");
                    expected.insert(key(name), "staged".into());
                }
                _ => {
                    tx.delete(key(name));
                    expected.remove(&key(name));
                }
            }
        }
        tx.put(
            RecordKey::new("111122223333", "", "l", "x").unwrap(),
            "outside",
        );
        for limit in [0, 1, 2, 4, 99, usize::MAX] {
            for after in [None, Some(key(names[case % names.len()]))] {
                let found = tx.scan(&kind(""), after.as_ref(), limit).unwrap();
                let later = expected
                    .iter()
                    .filter(|(key, _)| Some(*key) > after.as_ref());
                let later: Vec<_> = later
                    .take(limit)
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                assert_eq!(found, later, "case {case}, after {after:?}, limit {limit}");
            }
        }
    }
}

pub(super) fn a_transaction_remembers_its_reads(store: Arc<dyn Store>) {
    write(&*store, vec![put("a", "1")]);
    type Step = fn(&mut Tx);
    let steps: [(Step, Write); 4] = [
        (|tx| drop(tx.get(&key("a")).unwrap()), put("a", "2")),
        (
            |tx| drop(tx.get(&key("absent")).unwrap()),
            put("absent", "1"),
        ),
        (
            |tx| drop(tx.scan(&kind("p"), None, 1).unwrap()),
            put("phantom", "1"),
        ),
        (|tx| tx.depend_on(key("policy")), put("policy", "1")),
    ];
    for (step, change) in steps {
        for late in [false, true] {
            let mut tx = begin(&store);
            // What changes between base and snapshot counts as well as what changes after.
            if late {
                step(&mut tx);
                write(&*store, vec![change.clone()]);
            } else {
                write(&*store, vec![change.clone()]);
                step(&mut tx);
            }
            tx.put(key("result"), "v");
            let outcome = store.commit(tx.into_commit()).wait();
            assert!(
                matches!(outcome, Err(CommitError::Conflict)),
                "{change:?}, late: {late}"
            );
        }
    }
    let mut tx = begin(&store);
    tx.scan(&Prefix::all(), None, 1).unwrap();
    assert_eq!(tx.into_commit().reads, [Read::Prefix(Prefix::all())]);
}
