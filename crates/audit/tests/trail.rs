//! Writing and reading a trail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use audit::{AppendError, OutboxError, Position, Reader, Trail, verify};
use bytes::Bytes;
use common::{event, filled, open};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

fn sequences(reader: Reader) -> Vec<u64> {
    reader.map(|entry| entry.unwrap().sequence).collect()
}

#[test]
fn many_threads_append_and_each_finds_its_records_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("trail");
    let (trail, _) = open(&dir, 20_000);
    let acknowledged = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let (trail, acknowledged) = (&trail, &acknowledged);
            scope.spawn(move || {
                for number in 0..50 {
                    let text = Bytes::from(format!(r#"{{"thread":{thread},"number":{number}}}"#));
                    let sequence = trail.append(text.clone()).wait().unwrap();
                    acknowledged.lock().unwrap().push((sequence, text));
                }
            });
        }
    });
    trail.close().unwrap();
    let mut acknowledged = acknowledged.into_inner().unwrap();
    acknowledged.sort();
    let stored: Vec<_> = Reader::open(&dir, Position::Start)
        .map(|entry| entry.map(|entry| (entry.sequence, entry.payload)).unwrap())
        .collect();
    assert_eq!(stored, acknowledged);
    assert_eq!(stored.len(), 800);
    assert!(verify(&dir).unwrap().is_intact());
}

#[test]
fn a_closed_trail_keeps_what_waited_and_takes_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("trail");
    let (trail, _) = open(&dir, 1 << 20);
    let tickets: Vec<_> = (1..=200)
        .map(|number| trail.append(event(number)))
        .collect();
    trail.close().unwrap();
    trail.close().unwrap();
    assert!(tickets.into_iter().all(|ticket| ticket.wait().is_ok()));
    assert_eq!(trail.append(event(1)).wait(), Err(AppendError::Closed));
    assert_eq!(verify(&dir).unwrap().head, trail.head());
    assert_eq!(trail.head().sequence, 200);
}

#[test]
fn an_outbox_is_written_once_whatever_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("trail");
    let events = |range: std::ops::RangeInclusive<u64>| range.map(event).collect::<Vec<_>>();
    let (trail, recovery) = open(&dir, 500);
    assert_eq!(recovery.last_outbox_sequence, 0);
    let told = Arc::new(AtomicU64::new(0));
    let teller = Arc::clone(&told);
    trail.on_durable(move |sequence| teller.store(sequence, Ordering::SeqCst));
    trail.append_outbox(41, events(41..=45)).unwrap();
    trail.append_outbox(44, events(44..=47)).unwrap();
    trail.append_outbox(41, events(41..=43)).unwrap();
    trail.append(event(1000)).wait().unwrap();
    assert_eq!(
        trail.append_outbox(49, events(49..=50)),
        Err(OutboxError::Gap {
            expected: 48,
            found: 49
        })
    );
    assert_eq!(
        trail.append_outbox(0, events(1..=1)),
        Err(OutboxError::Zero)
    );
    trail.close().unwrap();
    assert_eq!(
        (told.load(Ordering::SeqCst), trail.durable_outbox_sequence()),
        (47, 47)
    );
    drop(trail);

    let (trail, recovery) = open(&dir, 500);
    assert_eq!(
        (recovery.last_outbox_sequence, recovery.head.sequence),
        (47, 8)
    );
    trail.append_outbox(40, events(40..=48)).unwrap();
    trail.close().unwrap();
    let numbers: Vec<_> = Reader::open(&dir, Position::Start)
        .map(|entry| entry.unwrap().payload)
        .collect();
    let expected: Vec<_> = (41..=47).chain([1000, 48]).map(event).collect();
    assert_eq!(numbers, expected);
    assert!(verify(&dir).unwrap().is_intact());
}

#[test]
fn after_a_restored_store_its_new_records_are_not_taken_for_old_ones() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("trail");
    let (trail, _) = open(&dir, 1 << 20);
    trail
        .append_outbox(1, (1..=10).map(event).collect())
        .unwrap();
    trail.close().unwrap();
    drop(trail);
    let (trail, recovery) = open(&dir, 1 << 20);
    assert_eq!(recovery.last_outbox_sequence, 10);
    trail.rebase_outbox(4, event(999)).wait().unwrap();
    drop(trail);
    let (trail, recovery) = open(&dir, 1 << 20);
    assert_eq!(recovery.last_outbox_sequence, 4);
    trail.append_outbox(5, vec![event(5)]).unwrap();
    trail.flush().wait().unwrap();
    assert_eq!(
        (trail.head().sequence, trail.durable_outbox_sequence()),
        (12, 5)
    );
}

#[test]
fn readers_start_where_they_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 3000, 30_000);
    assert!(common::segments(&dir).len() > 5);
    assert_eq!(
        sequences(Reader::open(&dir, Position::Start)),
        (1..=3000).collect::<Vec<_>>()
    );
    for from in [1, 2, 1499, 1500, 3000, 3001] {
        let read = sequences(Reader::open(&dir, Position::Sequence(from)));
        assert_eq!(read, (from..=3000).collect::<Vec<_>>());
    }
    // Record n has the time 12:00:00 plus n seconds, modulo nothing below an hour.
    let time = "2026-11-24T12:30:00Z".parse().unwrap();
    let read = sequences(Reader::open(&dir, Position::Time(time)));
    assert_eq!(read, (1800..=3000).collect::<Vec<_>>());
    assert_eq!(
        sequences(Reader::open(&dir, Position::End)),
        Vec::<u64>::new()
    );
}

#[test]
fn followers_in_and_outside_the_process_see_each_record_once() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("trail");
    let mut early = Reader::open(&dir, Position::End);
    assert_eq!(early.follow(Duration::ZERO).unwrap(), None);
    let (trail, _) = open(&dir, 2_000);
    let mut readers = vec![
        early,
        Reader::open(&dir, Position::Start),
        trail.reader(Position::Start),
        trail.reader(Position::End),
    ];
    std::thread::scope(|scope| {
        for reader in &mut readers {
            scope.spawn(move || {
                for sequence in 1..=300 {
                    let entry = reader.follow(SOON).unwrap().expect("in time");
                    assert_eq!((entry.sequence, entry.payload), (sequence, event(sequence)));
                }
                assert_eq!(reader.follow(Duration::from_millis(1)).unwrap(), None);
            });
        }
        for number in 1..=300 {
            let ticket = trail.append(event(number));
            if number % 10 == 0 {
                ticket.wait().unwrap();
            }
        }
    });
    // A reader that starts at the end sees only what comes then.
    let mut late = trail.reader(Position::End);
    let mut outside = Reader::open(&dir, Position::End);
    assert_eq!(late.follow(Duration::ZERO).unwrap(), None);
    assert_eq!(outside.follow(Duration::ZERO).unwrap(), None);
    trail.append(event(301)).wait().unwrap();
    assert_eq!(late.follow(SOON).unwrap().unwrap().sequence, 301);
    assert_eq!(outside.follow(SOON).unwrap().unwrap().sequence, 301);
}

#[test]
fn a_follower_outlives_a_torn_record() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 3, 1 << 20);
    let path = common::segments(&dir).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let (at, _) = *common::frames(&bytes).last().unwrap();
    bytes.truncate(at + 60);
    std::fs::write(&path, bytes).unwrap();
    let mut reader = Reader::open(&dir, Position::Start);
    assert_eq!(reader.by_ref().count(), 2);
    let (trail, _) = open(&dir, 1 << 20);
    trail
        .append(Bytes::from_static(b"{\"another\":true}"))
        .wait()
        .unwrap();
    assert_eq!(
        reader.next().unwrap().unwrap().payload,
        b"{\"another\":true}".as_slice()
    );
}

#[test]
fn a_reader_stops_at_damage() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 9, 1 << 20);
    let path = common::segments(&dir).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let (at, length) = common::frames(&bytes)[4];
    bytes[at + length - 1] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let mut reader = Reader::open(&dir, Position::Start);
    assert_eq!(reader.by_ref().take(4).filter(Result::is_ok).count(), 4);
    assert!(reader.next().unwrap().is_err());
    assert!(reader.next().unwrap().is_err());
}

#[test]
fn memory_keeps_the_newest_records_up_to_its_limit() {
    let trail = Trail::memory(1000);
    let told = Arc::new(AtomicU64::new(0));
    let teller = Arc::clone(&told);
    trail.on_durable(move |sequence| teller.store(sequence, Ordering::SeqCst));
    let event = Bytes::from(format!("{{\"filler\":\"{}\"}}", "x".repeat(87)));
    assert_eq!(event.len(), 100);
    for sequence in 1..=25 {
        assert_eq!(trail.append(event.clone()).wait(), Ok(sequence));
    }
    assert_eq!(
        sequences(trail.reader(Position::Start)),
        (16..=25).collect::<Vec<_>>()
    );
    assert_eq!(
        sequences(trail.reader(Position::Sequence(20))),
        (20..=25).collect::<Vec<_>>()
    );
    let mut end = trail.reader(Position::End);
    assert_eq!(end.follow(Duration::from_millis(1)).unwrap(), None);
    trail
        .append_outbox(7, vec![event.clone(), event.clone()])
        .unwrap();
    trail.append_outbox(7, vec![event.clone()]).unwrap();
    assert!(trail.append_outbox(10, vec![event.clone()]).is_err());
    assert_eq!(
        (told.load(Ordering::SeqCst), trail.head().sequence),
        (8, 27)
    );
    assert_eq!(end.follow(SOON).unwrap().unwrap().sequence, 26);
    trail.close().unwrap();
    assert_eq!(trail.append(event).wait(), Err(AppendError::Closed));
}
