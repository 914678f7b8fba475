//! Kills a writing process at random points and looks for what it was told is durable.
//!
//! 25 kills; `CLAVIGER_KILLS=200` for more.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{Read, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use store::{CommitError, Prefix, RecordKey, Revision, SqliteStore, Store, Tx, sqlite};

const DATA: &str = "CLAVIGER_CRASH_DATA";
const WRITERS: u64 = 4;
/// Records of each commit, beside the writer's counter.
const PARTS: u64 = 3;
/// Events that a writer leaves unacknowledged, about.
const BACKLOG: u64 = 300;

fn open(data: &Path) -> SqliteStore {
    SqliteStore::open(data, &sqlite::Options::new(1)).unwrap()
}

fn counter(writer: u64) -> RecordKey {
    RecordKey::new("a", "", "counter", &writer.to_string()).unwrap()
}

fn part(name: &str, part: u64) -> RecordKey {
    RecordKey::new("a", "", "part", &format!("{name}/{part}")).unwrap()
}

fn number(bytes: &[u8]) -> u64 {
    std::str::from_utf8(bytes).unwrap().parse().unwrap()
}

/// The child's side: writes until it is killed, and tells of each acknowledged commit.
#[test]
fn child() {
    let Some(data) = env::var_os(DATA) else {
        return;
    };
    let store: Arc<dyn Store> = Arc::new(open(Path::new(&data)));
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || write_forever(store, writer));
        }
    });
}

fn write_forever(store: &Arc<dyn Store>, writer: u64) {
    loop {
        let mut tx = Tx::begin(Arc::clone(store), store.revision());
        let value = tx.get(&counter(writer)).unwrap();
        let next = value.map_or(0, |value| number(&value)) + 1;
        let name = format!("{writer}/{next}");
        tx.put(counter(writer), next.to_string());
        for index in 0..PARTS {
            tx.put(part(&name, index), name.repeat(20));
        }
        tx.stage_outbox(name.clone());
        match store.commit(tx.into_commit()).wait() {
            Ok(committed) => {
                let sequence = committed.outbox_first_sequence.unwrap();
                // One write, so that lines of several threads do not mix.
                let line = format!("ack {writer} {next} {} {sequence}\n", committed.revision.0);
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                if writer == 0 {
                    store.acknowledge_outbox(sequence.saturating_sub(BACKLOG));
                }
            }
            Err(CommitError::Conflict) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// One acknowledged commit.
struct Acknowledged {
    writer: u64,
    count: u64,
    revision: Revision,
    sequence: u64,
}

/// Lets a child write for a while and kills it; gives what it told.
fn write_and_kill(data: &Path, after: Duration) -> Vec<Acknowledged> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(DATA, data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        output.read_to_end(&mut text).unwrap();
        text
    });
    thread::sleep(after);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    let text = String::from_utf8(reader.join().unwrap()).unwrap();
    assert!(status.code().is_none(), "the child ended by itself: {text}");
    // The last line may be cut.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().filter_map(parse).collect()
}

fn parse(line: &str) -> Option<Acknowledged> {
    // The test harness leaves its own words on the first line.
    let (_, fields) = line.split_once("ack ")?;
    let fields: Vec<u64> = fields
        .split(' ')
        .map(|field| field.parse().unwrap())
        .collect();
    let [writer, count, revision, sequence] = fields[..] else {
        panic!("{line}")
    };
    Some(Acknowledged {
        writer,
        count,
        revision: Revision(revision),
        sequence,
    })
}

/// Checks the whole store; gives the number of its commits.
fn check(data: &Path, told: &[Acknowledged]) -> u64 {
    let store = open(data);
    let mut snapshot = store.snapshot().unwrap();
    let counts: Vec<u64> = (0..WRITERS)
        .map(|writer| {
            snapshot
                .read(&counter(writer))
                .unwrap()
                .map_or(0, |r| number(&r.value))
        })
        .collect();
    // Each commit is whole: as many parts as the counters promise, of one revision each.
    let prefix = Prefix::new("a", "", "part", "").unwrap();
    let mut parts: BTreeMap<String, Vec<Revision>> = BTreeMap::new();
    for (key, record) in snapshot.scan(&prefix, None, usize::MAX).unwrap() {
        let (name, _) = key.name().rsplit_once('/').unwrap();
        assert_eq!(record.value, name.repeat(20));
        parts
            .entry(name.to_owned())
            .or_default()
            .push(record.revision);
    }
    let commits: u64 = counts.iter().sum();
    assert_eq!(parts.len() as u64, commits);
    assert_eq!(store.revision().0, commits, "each commit is one revision");
    for (name, revisions) in &parts {
        assert_eq!(revisions.len() as u64, PARTS, "half a commit: {name}");
        assert!(revisions.iter().all(|revision| *revision == revisions[0]));
    }
    let distinct: BTreeSet<_> = parts.values().map(|revisions| revisions[0]).collect();
    assert_eq!(distinct.len() as u64, commits);
    // The outbox has the newest events, without a gap, and none without its commit.
    let events = store.outbox(0, usize::MAX).unwrap();
    assert_eq!(events.last().map_or(0, |(sequence, _)| *sequence), commits);
    assert!(events.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0));
    for (sequence, event) in &events {
        let name = std::str::from_utf8(event).unwrap();
        assert_eq!(parts[name][0].0, *sequence, "commit and event are one");
    }
    for told in told {
        let name = format!("{}/{}", told.writer, told.count);
        let found = parts
            .get(&name)
            .unwrap_or_else(|| panic!("{name} was acknowledged and is gone"));
        assert_eq!(found[0], told.revision);
        assert_eq!(told.sequence, told.revision.0);
    }
    commits
}

#[test]
fn what_was_acknowledged_survives_every_kill() {
    if env::var_os(DATA).is_some() {
        return;
    }
    let kills: u64 = env::var("CLAVIGER_KILLS").map_or(25, |kills| kills.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    let mut seed = u64::from(std::process::id()) | 1;
    let started = Instant::now();
    for kill in 0..kills {
        // A small xorshift generator; the moments need not be repeatable.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        // From before the store is open to well into writing.
        let news = write_and_kill(directory.path(), Duration::from_millis(seed % 150));
        told.extend(news);
        let commits = check(directory.path(), &told);
        assert!(commits >= told.len() as u64, "kill {kill}");
    }
    let commits = check(directory.path(), &told);
    eprintln!(
        "{kills} kills, {commits} commits, {} of them acknowledged, {:?}",
        told.len(),
        started.elapsed()
    );
    assert!(told.len() as u64 > kills, "the children hardly wrote");
}
