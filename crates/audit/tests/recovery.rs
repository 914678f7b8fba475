//! What opening a trail does with what a crash, a disk or another process left.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use audit::{AuditError, Fault, Options, Position, Reader, Trail, verify};
use common::{HEADER, event, filled, frames, open, segments};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_tail_torn_at_any_byte_is_cut_off_and_the_chain_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 5, 1 << 20);
    let path = segments(&dir).pop().unwrap();
    let original = fs::read(&path).unwrap();
    let (at, _) = *frames(&original).last().unwrap();
    for end in at..original.len() {
        fs::write(&path, &original[..end]).unwrap();
        let report = verify(&dir).unwrap();
        assert!(
            report.is_intact() && report.torn_bytes == (end - at) as u64,
            "{report:?}"
        );
        let (trail, recovery) = open(&dir, 1 << 20);
        assert_eq!(
            (recovery.head.sequence, recovery.truncated_bytes),
            (4, (end - at) as u64)
        );
        assert_eq!(trail.append(event(5)).wait(), Ok(5));
        trail.close().unwrap();
        assert_eq!(fs::read(&path).unwrap(), original, "cut at {end}");
    }
}

#[test]
fn a_tail_without_its_data_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 5, 1 << 20);
    let path = segments(&dir).pop().unwrap();
    let original = fs::read(&path).unwrap();
    for zeros in [1, 11, 52, 500, 3_000_000] {
        let mut bytes = original.clone();
        bytes.resize(original.len() + zeros, 0);
        fs::write(&path, &bytes).unwrap();
        let (trail, recovery) = open(&dir, 1 << 20);
        assert_eq!(
            (recovery.head.sequence, recovery.truncated_bytes),
            (5, zeros as u64)
        );
        drop(trail);
        assert_eq!(fs::read(&path).unwrap(), original);
        // Something behind the zeros: that is no torn write.
        bytes.push(b'}');
        fs::write(&path, &bytes).unwrap();
        if zeros >= 52 {
            assert!(Trail::open(&dir, Options::default()).is_err());
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        fs::write(&path, &original).unwrap();
    }
}

#[test]
fn damage_before_the_end_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 6, 1 << 20);
    let path = segments(&dir).pop().unwrap();
    let original = fs::read(&path).unwrap();
    let (at, length) = frames(&original)[3];
    for place in at..at + length {
        let mut bytes = original.clone();
        bytes[place] ^= 0x55;
        fs::write(&path, &bytes).unwrap();
        match Trail::open(&dir, Options::default()) {
            Err(AuditError::Corrupt {
                path: named,
                offset,
                ..
            }) => {
                assert_eq!((named, offset), (path.clone(), at as u64));
            }
            other => panic!("byte {place}: {other:?}"),
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_damaged_header_and_a_newer_format_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 2, 1 << 20);
    let path = segments(&dir).pop().unwrap();
    let original = fs::read(&path).unwrap();
    let fault = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        match Trail::open(&dir, Options::default()) {
            Err(AuditError::Corrupt {
                fault, offset: 0, ..
            }) => fault,
            other => panic!("{other:?}"),
        }
    };
    for end in 0..HEADER {
        assert_eq!(fault(&original[..end]), Fault::Header);
    }
    let mut newer = original.clone();
    newer[11] = 2;
    assert_eq!(fault(&newer), Fault::NewerFormat { found: 2, known: 1 });
}

#[test]
fn a_crash_while_a_segment_starts_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 20, 600);
    fs::write(dir.join("segment.new"), b"CLVTR").unwrap();
    let (trail, recovery) = open(&dir, 600);
    assert_eq!(recovery.head.sequence, 20);
    assert!(!dir.join("segment.new").exists());
    assert_eq!(trail.append(event(21)).wait(), Ok(21));
    trail.close().unwrap();
    // A crash after a segment's start and before its first record.
    let last = segments(&dir).pop().unwrap();
    let bytes = fs::read(&last).unwrap();
    fs::write(&last, &bytes[..HEADER]).unwrap();
    let before = verify(&dir).unwrap();
    assert!(before.is_intact());
    let (trail, recovery) = open(&dir, 600);
    assert_eq!(recovery.head, before.head);
    let next = before.head.sequence + 1;
    assert_eq!(trail.append(event(next)).wait(), Ok(next));
    trail.close().unwrap();
    assert!(verify(&dir).unwrap().is_intact());
    let read: Vec<_> = Reader::open(&dir, Position::Start)
        .map(|entry| entry.unwrap())
        .collect();
    assert_eq!(read.len() as u64, next);
}

#[test]
fn one_process_writes_and_only_the_owner_reads() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 3, 200);
    let (trail, _) = open(&dir, 200);
    assert!(matches!(
        Trail::open(&dir, Options::default()),
        Err(AuditError::Locked { .. })
    ));
    drop(trail);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for item in fs::read_dir(&dir).unwrap() {
        assert_eq!(mode(&item.unwrap().path()), 0o600);
    }
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o750)).unwrap();
    let error = Trail::open(&dir, Options::default()).unwrap_err();
    assert!(
        matches!(error, AuditError::Permissions { mode: 0o750, .. }),
        "{error}"
    );
}

#[test]
fn a_file_in_the_directorys_place_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail");
    fs::write(&path, b"").unwrap();
    assert!(matches!(
        Trail::open(&path, Options::default()),
        Err(AuditError::Io { .. })
    ));
}
