//! Measures a trail: the cost of an append for its caller, of a record's JSON, and records per
//! second with 64 callers against a serial loop of write and `fdatasync`.
//!
//! `cargo run --release -p claviger-audit --example append_rate [directory]`
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use audit::{Event, EventId, Json, Options, Trail, UserIdentity};
use bytes::Bytes;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

fn main() {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let folder = tempfile::tempdir_in(root).unwrap();
    let event = sample();
    let start = Instant::now();
    for _ in 0..100_000 {
        std::hint::black_box(event.to_bytes());
    }
    println!("to_bytes: {:.2} us", micros(start.elapsed(), 100_000));
    let bytes = event.to_bytes();
    println!("record: {} bytes", bytes.len());

    let (trail, _) = Trail::open(&folder.path().join("trail"), Options::default()).unwrap();
    let start = Instant::now();
    let tickets: Vec<_> = (0..20_000).map(|_| trail.append(bytes.clone())).collect();
    println!(
        "append, caller's side: {:.2} us",
        micros(start.elapsed(), 20_000)
    );
    for ticket in tickets {
        ticket.wait().unwrap();
    }
    println!(
        "20,000 records queued at once: {:.0}/s",
        20_000.0 / start.elapsed().as_secs_f64()
    );

    let serial = serial(folder.path(), &bytes, Duration::from_secs(2));
    println!("serial write and fdatasync: {serial:.0}/s");
    let shared = callers(&trail, &bytes, 64, Duration::from_secs(4));
    println!(
        "64 callers: {shared:.0}/s, {:.1} times the serial rate",
        shared / serial
    );
}

fn sample() -> Event {
    let time = "2026-11-24T12:00:00Z".parse().unwrap();
    let id = EventId::from_random([5; 16]);
    let mut event = Event::new("iam.amazonaws.com", "CreateUser", "us-east-1", time, id);
    let user = "arn:aws:iam::111122223333:user/alice";
    event.user_identity = UserIdentity::iam_user("AIDAEXAMPLE", user, "111122223333", "alice");
    event.source_ip_address = "192.0.2.1".into();
    event.user_agent = Some("aws-cli/2.0 Python/3.12 Linux/6.1 botocore/2.0".to_owned());
    let parameters = std::collections::BTreeMap::from([("userName", "bob"), ("path", "/")]);
    event.request_parameters = Json::new(&parameters);
    event.response_elements = Json::new(&parameters);
    event.request_id = Some("6b6a2b7c-0000-4000-8000-000000000000".to_owned());
    event.recipient_account_id = Some("111122223333".to_owned());
    event
}

fn micros(elapsed: Duration, times: u32) -> f64 {
    elapsed.as_secs_f64() * 1e6 / f64::from(times)
}

fn serial(folder: &Path, bytes: &Bytes, time: Duration) -> f64 {
    let mut file = std::fs::File::create(folder.join("serial")).unwrap();
    let (start, mut records) = (Instant::now(), 0_u32);
    while start.elapsed() < time {
        file.write_all(bytes).unwrap();
        file.sync_data().unwrap();
        records += 1;
    }
    f64::from(records) / start.elapsed().as_secs_f64()
}

fn callers(trail: &Trail, bytes: &Bytes, threads: usize, time: Duration) -> f64 {
    let before = trail.head().sequence;
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while start.elapsed() < time {
                    trail.append(bytes.clone()).wait().unwrap();
                }
            });
        }
    });
    (trail.head().sequence - before) as f64 / start.elapsed().as_secs_f64()
}
