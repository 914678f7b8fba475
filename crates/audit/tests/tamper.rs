//! Every change of a stored trail is found, and named where it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use audit::{Fault, Head, verify, verify_against};
use common::{FRAME, HEADER, filled, frames, open, segments};
use std::fs;
use std::path::Path;

const SEGMENT: u64 = 1200;

fn intact(dir: &Path) -> audit::Report {
    let report = verify(dir).unwrap();
    assert!(report.is_intact(), "{report:?}");
    report
}

/// Changes the bytes of one segment and gives the place of the damage that is found.
fn change(segment: usize, edit: impl FnOnce(&mut Vec<u8>)) -> audit::Damage {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 30, SEGMENT);
    let path = &segments(&dir)[segment];
    let mut bytes = fs::read(path).unwrap();
    edit(&mut bytes);
    fs::write(path, bytes).unwrap();
    verify(&dir).unwrap().damage.expect("the change is found")
}

#[test]
fn an_untouched_trail_is_intact() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 30, SEGMENT);
    let report = intact(&dir);
    assert_eq!(
        (report.records, report.head.sequence, report.torn_bytes),
        (30, 30, 0)
    );
    assert!(report.segments > 3);
    assert_eq!(report.segments, segments(&dir).len());
    assert!(verify_against(&dir, report.head).unwrap().is_intact());
}

#[test]
fn every_flipped_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 8, 500);
    for path in segments(&dir) {
        let original = fs::read(&path).unwrap();
        for at in 0..original.len() {
            let mut bytes = original.clone();
            bytes[at] ^= 0x40;
            fs::write(&path, &bytes).unwrap();
            let damage = verify(&dir).unwrap().damage;
            let damage = damage.unwrap_or_else(|| panic!("byte {at} of {}", path.display()));
            assert_eq!(damage.path, path, "byte {at}");
        }
        fs::write(&path, &original).unwrap();
    }
    intact(&dir);
}

#[test]
fn an_edit_is_named_by_file_offset_and_sequence() {
    let mut place = 0;
    let damage = change(0, |bytes| {
        let (at, length) = frames(bytes)[2];
        bytes[at + length - 3] ^= 1;
        place = at;
    });
    assert_eq!(damage.offset, place as u64);
    assert_eq!(damage.sequence, 3);
    assert_eq!(damage.fault, Fault::Hash { sequence: 3 });
    assert!(damage.path.ends_with("segment-00000000000000000001.log"));
}

#[test]
fn a_deleted_record_is_found() {
    let damage = change(1, |bytes| {
        let (at, length) = frames(bytes)[1];
        bytes.drain(at..at + length);
    });
    assert!(matches!(damage.fault, Fault::Sequence { .. }), "{damage:?}");
}

#[test]
fn an_inserted_record_is_found() {
    let damage = change(1, |bytes| {
        let (at, length) = frames(bytes)[1];
        let copy = bytes[at..at + length].to_vec();
        bytes.splice(at..at, copy);
    });
    assert!(matches!(damage.fault, Fault::Sequence { .. }), "{damage:?}");
}

#[test]
fn reordered_records_are_found_also_with_mended_sequences() {
    for mend in [false, true] {
        let damage = change(1, |bytes| {
            let all = frames(bytes);
            let ((a, length_a), (b, length_b)) = (all[1], all[2]);
            let mut first = bytes[a..a + length_a].to_vec();
            let mut second = bytes[b..b + length_b].to_vec();
            if mend {
                let (one, two) = (first[4..12].to_vec(), second[4..12].to_vec());
                first[4..12].copy_from_slice(&two);
                second[4..12].copy_from_slice(&one);
            }
            second.extend(first);
            bytes.splice(a..b + length_b, second);
        });
        match damage.fault {
            Fault::Sequence { .. } => assert!(!mend),
            Fault::Hash { .. } => assert!(mend),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_segment_cut_in_the_middle_of_the_trail_is_found() {
    let cut_inside = change(1, |bytes| bytes.truncate(bytes.len() - 5));
    assert_eq!(cut_inside.fault, Fault::CutShort);
    let cut_between = change(1, |bytes| {
        let (at, _) = *frames(bytes).last().unwrap();
        bytes.truncate(at);
    });
    assert_eq!(
        (cut_between.fault, cut_between.offset),
        (Fault::BrokenLink, 0)
    );
    let emptied = change(1, |bytes| bytes.truncate(HEADER));
    assert_eq!(emptied.fault, Fault::BrokenLink);
    let no_header = change(1, |bytes| bytes.truncate(HEADER - 1));
    assert_eq!(no_header.fault, Fault::Header);
}

#[test]
fn missing_and_swapped_segments_are_found() {
    let fault = |edit: fn(&[std::path::PathBuf])| {
        let folder = tempfile::tempdir().unwrap();
        let dir = filled(folder.path(), 30, SEGMENT);
        edit(&segments(&dir));
        verify(&dir).unwrap().damage.unwrap().fault
    };
    let first = fault(|paths| fs::remove_file(&paths[0]).unwrap());
    assert_eq!(first, Fault::BrokenLink);
    let middle = fault(|paths| fs::remove_file(&paths[2]).unwrap());
    assert_eq!(middle, Fault::BrokenLink);
    let swapped = fault(|paths| {
        let (one, two) = (fs::read(&paths[1]).unwrap(), fs::read(&paths[2]).unwrap());
        fs::write(&paths[1], two).unwrap();
        fs::write(&paths[2], one).unwrap();
    });
    assert_eq!(swapped, Fault::Misnamed);
    // The same segment of another trail: its name fits, its chain does not.
    let foreign = fault(|paths| {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("trail");
        let (trail, _) = open(&other, SEGMENT);
        for number in 1..40 {
            trail
                .append(format!("{{\"other\":{number}}}").into())
                .wait()
                .unwrap();
        }
        trail.close().unwrap();
        let bytes = fs::read(&segments(&other)[0]).unwrap();
        fs::write(&paths[0], bytes).unwrap();
    });
    assert_eq!(foreign, Fault::BrokenLink);
}

#[test]
fn a_cut_end_and_a_rewritten_trail_are_found_by_a_kept_head() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 30, SEGMENT);
    let head = intact(&dir).head;
    let last = segments(&dir).pop().unwrap();
    let bytes = fs::read(&last).unwrap();
    let (at, _) = *frames(&bytes).last().unwrap();
    fs::write(&last, &bytes[..at]).unwrap();
    intact(&dir);
    let damage = verify_against(&dir, head).unwrap().damage.unwrap();
    assert_eq!(damage.fault, Fault::HeadMissing { sequence: 30 });

    let other = Head {
        sequence: 3,
        hash: [9; 32],
    };
    let damage = verify_against(&dir, other).unwrap().damage.unwrap();
    assert_eq!(
        (damage.sequence, damage.fault),
        (3, Fault::HeadMissing { sequence: 3 })
    );
}

#[test]
fn a_wrong_length_of_the_last_record_is_no_torn_write() {
    let folder = tempfile::tempdir().unwrap();
    let dir = filled(folder.path(), 3, SEGMENT);
    let path = segments(&dir).pop().unwrap();
    let original = fs::read(&path).unwrap();
    let (at, length) = *frames(&original).last().unwrap();
    for wrong in [
        length - FRAME + 1,
        length - FRAME - 1,
        length + 700,
        usize::MAX,
    ] {
        let mut bytes = original.clone();
        bytes[at..at + 4].copy_from_slice(&(wrong as u32).to_be_bytes());
        fs::write(&path, &bytes).unwrap();
        let damage = verify(&dir).unwrap().damage;
        assert_eq!(damage.expect("found").offset, at as u64, "{wrong}");
        let error = audit::Trail::open(&dir, audit::Options::default()).unwrap_err();
        assert!(
            matches!(error, audit::AuditError::Corrupt { .. }),
            "{error}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes, "nothing is changed");
    }
}
