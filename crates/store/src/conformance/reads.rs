//! Records, scans and snapshots.

use super::{key, kind, names, put, value, write};
use crate::{Prefix, Record, RecordKey, Revision, Store, Write};
use bytes::Bytes;
use std::sync::Arc;

pub(super) fn revisions_count_up(store: Arc<dyn Store>) {
    assert_eq!(write(&*store, vec![put("a", "1")]), Revision(1));
    assert_eq!(
        write(&*store, vec![put("a", "2"), put("b", "2")]),
        Revision(2)
    );
    assert_eq!(
        write(&*store, vec![Write::Delete(key("absent"))]),
        Revision(3)
    );
    assert_eq!(store.revision(), Revision(3));
    let mut snapshot = store.snapshot().unwrap();
    assert_eq!(snapshot.revision(), Revision(3));
    let record = Record {
        revision: Revision(2),
        value: "2".into(),
    };
    assert_eq!(snapshot.read(&key("a")).unwrap(), Some(record));
    assert_eq!(snapshot.read(&key("absent")).unwrap(), None);
    drop(snapshot);
    write(&*store, vec![Write::Delete(key("a"))]);
    assert_eq!(value(&*store, &key("a")), None);
    write(&*store, vec![Write::Put(key("empty"), Bytes::new())]);
    assert_eq!(value(&*store, &key("empty")), Some(Bytes::new()));
}

pub(super) fn keys_are_ordered(store: Arc<dyn Store>) {
    let parts = ["", "a", "a\u{1}", "aa", "b", "é", "\u{10FFFF}"];
    let mut keys = Vec::new();
    for account in ["1", "11", "2"] {
        for region in ["", "eu"] {
            for name in parts {
                keys.push(RecordKey::new(account, region, "k", name).unwrap());
                keys.push(RecordKey::new(account, region, "k2", name).unwrap());
            }
        }
    }
    let reversed = keys
        .iter()
        .rev()
        .map(|key| Write::Put(key.clone(), "v".into()));
    write(&*store, reversed.collect());
    let tuple = |key: &RecordKey| {
        let parts = [key.account(), key.region(), key.kind(), key.name()];
        parts.map(str::to_owned)
    };
    keys.sort_by_key(tuple);
    let mut snapshot = store.snapshot().unwrap();
    let scan = |snapshot: &mut dyn crate::Snapshot, prefix: &Prefix| -> Vec<RecordKey> {
        let found = snapshot.scan(prefix, None, usize::MAX).unwrap();
        found.into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(scan(&mut *snapshot, &Prefix::all()), keys);
    for prefix in [
        Prefix::account("1").unwrap(),
        Prefix::region("1", "eu").unwrap(),
        Prefix::new("1", "", "k", "").unwrap(),
        Prefix::new("11", "eu", "k2", "a").unwrap(),
        Prefix::new("2", "", "k", "\u{10FFFF}").unwrap(),
        Prefix::account("3").unwrap(),
    ] {
        let inside: Vec<_> = keys
            .iter()
            .filter(|key| prefix.contains(key))
            .cloned()
            .collect();
        assert_eq!(scan(&mut *snapshot, &prefix), inside, "{prefix:?}");
    }
}

pub(super) fn scans_page(store: Arc<dyn Store>) {
    write(
        &*store,
        ["a", "b", "c", "d", "e"]
            .map(|name| put(name, "v"))
            .to_vec(),
    );
    let other = RecordKey::new("111122223333", "", "l", "z").unwrap();
    write(&*store, vec![Write::Put(other.clone(), "v".into())]);
    let mut snapshot = store.snapshot().unwrap();
    let before = RecordKey::new("0", "", "k", "x").unwrap();
    for (after, limit, expected) in [
        (None, 2, vec!["a", "b"]),
        (Some(key("b")), 2, vec!["c", "d"]),
        (Some(key("bb")), 2, vec!["c", "d"]),
        (Some(key("d")), 2, vec!["e"]),
        (Some(key("e")), 2, vec![]),
        (Some(other), 2, vec![]),
        (Some(before), 1, vec!["a"]),
        (None, 0, vec![]),
    ] {
        let found = snapshot.scan(&kind(""), after.as_ref(), limit).unwrap();
        assert_eq!(names(&found), expected, "{after:?} {limit}");
    }
}

pub(super) fn snapshots_are_isolated(store: Arc<dyn Store>) {
    write(&*store, vec![put("a", "1"), put("b", "1")]);
    let mut old = store.snapshot().unwrap();
    write(
        &*store,
        vec![put("a", "2"), Write::Delete(key("b")), put("c", "2")],
    );
    let mut new = store.snapshot().unwrap();
    assert_eq!((old.revision(), new.revision()), (Revision(1), Revision(2)));
    assert_eq!(old.read(&key("a")).unwrap().unwrap().value, "1");
    assert_eq!(names(&old.scan(&kind(""), None, 9).unwrap()), ["a", "b"]);
    assert_eq!(old.read(&key("c")).unwrap(), None);
    assert_eq!(new.read(&key("a")).unwrap().unwrap().value, "2");
    assert_eq!(names(&new.scan(&kind(""), None, 9).unwrap()), ["a", "c"]);
}
