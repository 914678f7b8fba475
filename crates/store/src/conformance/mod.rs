//! The suite that every engine passes.
//!
//! It panics where an engine breaks the contract of [`crate::Store`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken contract is told by a panic, as in any test"
)]

mod checks;
mod concurrency;
mod feeds;
mod reads;
mod transactions;

use crate::{Commit, CommitError, Committed, Prefix, RecordKey, Revision, Store, Write};
use bytes::Bytes;
use std::sync::Arc;

/// Runs the whole suite against stores that `make` gives, each of them empty and new.
pub fn run(make: impl Fn() -> Arc<dyn Store>) {
    type Check = fn(Arc<dyn Store>);
    let checks: &[(&str, Check)] = &[
        ("revisions count up", reads::revisions_count_up),
        ("keys are ordered", reads::keys_are_ordered),
        ("scans page", reads::scans_page),
        ("snapshots are isolated", reads::snapshots_are_isolated),
        ("a changed key conflicts", checks::a_changed_key_conflicts),
        ("a phantom conflicts", checks::a_phantom_conflicts),
        ("blind writes conflict", checks::blind_writes_conflict),
        (
            "a conflict leaves nothing",
            checks::a_conflict_leaves_nothing,
        ),
        (
            "a commit without writes is checked",
            checks::a_commit_without_writes_is_checked,
        ),
        (
            "an impossible base conflicts",
            checks::an_impossible_base_conflicts,
        ),
        (
            "too large values are refused",
            checks::too_large_values_are_refused,
        ),
        (
            "observers come in order and first",
            feeds::observers_come_in_order_and_first,
        ),
        ("changes have no gaps", feeds::changes_have_no_gaps),
        (
            "what is erased is gone from the log",
            feeds::what_is_erased_is_gone_from_the_log,
        ),
        ("the outbox is in order", feeds::the_outbox_is_in_order),
        (
            "a reset keeps what it is told",
            feeds::a_reset_keeps_what_it_is_told,
        ),
        (
            "a backup is the same store",
            feeds::a_backup_is_the_same_store,
        ),
        ("a closed store refuses", feeds::a_closed_store_refuses),
        (
            "a transaction sees its writes",
            transactions::a_transaction_sees_its_writes,
        ),
        (
            "a scan merges staged writes",
            transactions::a_scan_merges_staged_writes,
        ),
        (
            "a transaction remembers its reads",
            transactions::a_transaction_remembers_its_reads,
        ),
        ("no update is lost", concurrency::no_update_is_lost),
        ("no phantom slips in", concurrency::no_phantom_slips_in),
        (
            "snapshots never see half a commit",
            concurrency::snapshots_never_see_half_a_commit,
        ),
        (
            "a ticket can be awaited",
            concurrency::a_ticket_can_be_awaited,
        ),
    ];
    for (name, check) in checks {
        let store = make();
        assert_eq!(
            store.revision(),
            Revision(0),
            "{name}: the store is not new"
        );
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(store)));
        assert!(outcome.is_ok(), "broken contract: {name}");
    }
}

fn key(name: &str) -> RecordKey {
    RecordKey::new("111122223333", "", "k", name).unwrap()
}

fn kind(name: &str) -> Prefix {
    Prefix::new("111122223333", "", "k", name).unwrap()
}

fn put(name: &str, value: &'static str) -> Write {
    Write::Put(key(name), Bytes::from_static(value.as_bytes()))
}

fn commit(store: &dyn Store, base: Revision, writes: Vec<Write>) -> Result<Committed, CommitError> {
    store
        .commit(Commit {
            base,
            writes,
            ..Commit::default()
        })
        .wait()
}

/// Writes at the newest revision.
fn write(store: &dyn Store, writes: Vec<Write>) -> Revision {
    commit(store, store.revision(), writes).unwrap().revision
}

fn value(store: &dyn Store, key: &RecordKey) -> Option<Bytes> {
    store
        .snapshot()
        .unwrap()
        .read(key)
        .unwrap()
        .map(|record| record.value)
}

fn names(found: &[(RecordKey, impl Sized)]) -> Vec<&str> {
    found.iter().map(|(key, _)| key.name()).collect()
}
