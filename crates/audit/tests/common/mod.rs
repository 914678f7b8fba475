//! What the tests of trails share.
#![allow(dead_code, unreachable_pub)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use audit::{Options, Trail};
use bytes::Bytes;
use std::path::{Path, PathBuf};

pub const HEADER: usize = 96;
pub const FRAME: usize = 52;

pub fn event(number: u64) -> Bytes {
    let filler = "x".repeat((number * 7 % 50) as usize);
    let second = number % 60;
    let minute = number / 60;
    Bytes::from(format!(
        r#"{{"eventTime":"2026-11-24T12:{minute:02}:{second:02}Z","number":{number},"filler":"{filler}"}}"#
    ))
}

/// A directory's path with a trail of records 1 to `count` in segments of about `segment_bytes`.
pub fn filled(folder: &Path, count: u64, segment_bytes: u64) -> PathBuf {
    let dir = folder.join("trail");
    let (trail, _) = open(&dir, segment_bytes);
    let tickets: Vec<_> = (1..=count)
        .map(|number| trail.append(event(number)))
        .collect();
    for (ticket, sequence) in tickets.into_iter().zip(1..) {
        assert_eq!(ticket.wait().unwrap(), sequence);
    }
    trail.close().unwrap();
    dir
}

pub fn open(dir: &Path, segment_bytes: u64) -> (Trail, audit::Recovery) {
    Trail::open(
        dir,
        Options {
            segment_bytes,
            ..Options::default()
        },
    )
    .unwrap()
}

pub fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|item| item.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    paths.sort();
    paths
}

/// Start and length of each frame of a segment.
pub fn frames(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut frames = Vec::new();
    let mut at = HEADER;
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize + FRAME;
        frames.push((at, length));
        at += length;
    }
    frames
}
