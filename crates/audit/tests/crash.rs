//! A process that is killed at any moment loses no acknowledged record.
//!
//! The test runs itself again as a child that appends and prints the sequence and number of each
//! record after its ticket resolved. `CLAVIGER_KILLS` sets how many children are killed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![allow(clippy::print_stdout)]

mod common;

use audit::{Position, Reader, verify};
use bytes::Bytes;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const DIRECTORY: &str = "CLAVIGER_AUDIT_CRASH_DIRECTORY";
const ROUND: &str = "CLAVIGER_AUDIT_CRASH_ROUND";

#[test]
fn killed_writers_lose_nothing_that_was_acknowledged() {
    if let Some(dir) = std::env::var_os(DIRECTORY) {
        child(Path::new(&dir), &std::env::var(ROUND).unwrap());
    }
    let kills = std::env::var("CLAVIGER_KILLS").map_or(25, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("trail");
    let mut acknowledged: HashMap<u64, String> = HashMap::new();
    for round in 0..kills {
        run_and_kill(&dir, round, &mut acknowledged);
        let (trail, recovery) = common::open(&dir, 8_000);
        let newest = acknowledged.keys().max().copied().unwrap_or_default();
        assert!(recovery.head.sequence >= newest, "round {round}");
        drop(trail);
    }
    let report = verify(&dir).unwrap();
    assert!(report.is_intact() && report.torn_bytes == 0, "{report:?}");
    let mut outbox = 0;
    for entry in Reader::open(&dir, Position::Start) {
        let entry = entry.unwrap();
        if let Some(text) = acknowledged.remove(&entry.sequence) {
            assert_eq!(entry.payload, text.as_bytes());
        }
        if entry.outbox_sequence != outbox {
            outbox += 1;
            assert_eq!(
                entry.outbox_sequence, outbox,
                "outbox records come once and in order"
            );
            assert_eq!(
                entry.payload,
                format!(r#"{{"outbox":{outbox}}}"#).as_bytes()
            );
        }
    }
    assert!(acknowledged.is_empty(), "lost: {acknowledged:?}");
    assert!(outbox > 0);
}

fn run_and_kill(dir: &Path, round: u64, acknowledged: &mut HashMap<u64, String>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "killed_writers_lose_nothing_that_was_acknowledged",
            "--nocapture",
        ])
        .env(DIRECTORY, dir)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // The first line says that the trail is open; then the writer lives for a while.
    while !line.contains("open") {
        line.clear();
        assert_ne!(
            output.read_line(&mut line).unwrap(),
            0,
            "the child opens the trail"
        );
    }
    std::thread::sleep(Duration::from_micros(round * 7919 % 60_000));
    child.kill().unwrap();
    child.wait().unwrap();
    for line in output.lines() {
        let line = line.unwrap();
        // The last line may be cut short by the kill: only whole ones end with a brace.
        if let Some((sequence, text)) = line.split_once(' ')
            && text.ends_with('}')
        {
            acknowledged.insert(sequence.parse().unwrap(), text.to_owned());
        }
    }
}

fn child(dir: &Path, round: &str) -> ! {
    let (trail, recovery) = common::open(dir, 8_000);
    println!("\nopen");
    std::thread::scope(|scope| {
        let trail = &trail;
        for thread in 0..4 {
            scope.spawn(move || {
                for number in 0_u64.. {
                    let text =
                        format!(r#"{{"round":{round},"thread":{thread},"number":{number}}}"#);
                    let sequence = trail.append(Bytes::from(text.clone())).wait().unwrap();
                    let line = format!("{sequence} {text}\n");
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
        for next in recovery.last_outbox_sequence + 1.. {
            // Each is given three times, as a store would after a crash.
            let first = next.saturating_sub(2).max(1);
            let events = (first..=next).map(|number| format!(r#"{{"outbox":{number}}}"#).into());
            trail.append_outbox(first, events.collect()).unwrap();
            trail.flush().wait().unwrap();
        }
    });
    std::process::exit(0)
}
