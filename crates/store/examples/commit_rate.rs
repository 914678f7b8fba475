//! Durable commits a second of the SQLite engine, against a loop of serial syncs on the same disk.
//!
//! `cargo run --release -p claviger-store --example commit_rate [DIRECTORY] [SECONDS]`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for the terminal"
)]

use std::{
    env,
    fs::File,
    io::Write as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use store::{Commit, MemoryStore, Prefix, RecordKey, Revision, SqliteStore, Store, Write, sqlite};

fn main() {
    let mut arguments = env::args().skip(1);
    let place = arguments.next().unwrap_or_else(|| ".".to_owned());
    let seconds = arguments
        .next()
        .map_or(3, |seconds| seconds.parse().unwrap());
    let duration = Duration::from_secs(seconds);
    let directory = Path::new(&place).join(format!("commit-rate-{}", std::process::id()));
    let serial = serial_syncs(&directory, duration);
    println!("serial fdatasync: {serial:.0}/s");
    for threads in [1, 8, 64, 256] {
        let data = directory.join(format!("data-{threads}"));
        let store = SqliteStore::open(&data, &sqlite::Options::new(0)).unwrap();
        let (rate, slowest) = commits(Arc::new(store), threads, duration);
        let ratio = rate / serial;
        println!(
            "sqlite, {threads} threads: {rate:.0} commits/s, {ratio:.1} times the serial rate, slowest {slowest:?}"
        );
    }
    let (rate, _) = commits(Arc::new(MemoryStore::new()), 2, duration);
    println!("memory, 2 threads: {rate:.0} commits/s");
    reset();
    std::fs::remove_dir_all(directory).unwrap();
}

fn serial_syncs(directory: &Path, duration: Duration) -> f64 {
    std::fs::create_dir_all(directory).unwrap();
    let mut file = File::create(directory.join("serial")).unwrap();
    let started = Instant::now();
    let mut count = 0.0;
    while started.elapsed() < duration {
        file.write_all(&[7; 1024]).unwrap();
        file.sync_data().unwrap();
        count += 1.0;
    }
    count / started.elapsed().as_secs_f64()
}

/// Each commit is like the creation of a user: one record that is read, two that are written, one event.
fn commits(store: Arc<dyn Store>, threads: u64, duration: Duration) -> (f64, Duration) {
    let done = AtomicU64::new(0);
    let slowest = AtomicU64::new(0);
    let started = Instant::now();
    thread::scope(|scope| {
        for writer in 0..threads {
            let (store, done, slowest) = (&store, &done, &slowest);
            scope.spawn(move || {
                for round in 0_u64.. {
                    if started.elapsed() >= duration {
                        return;
                    }
                    let key = |kind: &str| {
                        let name = format!("{writer}/{round}");
                        RecordKey::new("111122223333", "", kind, &name).unwrap()
                    };
                    let commit = Commit {
                        base: store.revision(),
                        reads: vec![store::Read::Key(key("group"))],
                        writes: vec![
                            Write::Put(key("user"), vec![1; 300].into()),
                            Write::Put(key("unique-id"), vec![2; 40].into()),
                        ],
                        outbox: vec![vec![3; 600].into()],
                        ..Commit::default()
                    };
                    let began = Instant::now();
                    let committed = store.commit(commit).wait().unwrap();
                    let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap();
                    slowest.fetch_max(nanoseconds, Ordering::Relaxed);
                    done.fetch_add(1, Ordering::Relaxed);
                    store.acknowledge_outbox(committed.outbox_first_sequence.unwrap());
                }
            });
        }
    });
    let slowest = Duration::from_nanos(slowest.load(Ordering::Relaxed));
    (
        done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64(),
        slowest,
    )
}

fn reset() {
    for records in [100, 1000, 10_000] {
        let store = MemoryStore::new();
        let key = |n: u32| RecordKey::new("a", "", "k", &n.to_string()).unwrap();
        let writes = (0..records)
            .map(|n| Write::Put(key(n), vec![1; 300].into()))
            .collect();
        store
            .commit(Commit {
                base: Revision(0),
                writes,
                ..Commit::default()
            })
            .wait()
            .unwrap();
        let started = Instant::now();
        store.reset(&[]).unwrap();
        let elapsed = started.elapsed();
        assert!(
            store
                .snapshot()
                .unwrap()
                .scan(&Prefix::all(), None, 1)
                .unwrap()
                .is_empty()
        );
        println!("memory, reset of {records} records: {elapsed:?}");
    }
}
