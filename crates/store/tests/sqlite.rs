//! What only the durable engine promises: files, formats, locks, failures, restores.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use bytes::Bytes;
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use store::{
    Change, Commit, CommitError, Observer, Prefix, RecordKey, Revision, SqliteStore, Store,
    StoreError, Write, sqlite,
};

struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn file(&self) -> PathBuf {
        self.data().join("claviger.db")
    }

    fn try_open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(&self.data(), &sqlite::Options::new(1_764_000_000))
    }

    fn open(&self) -> SqliteStore {
        self.try_open().unwrap()
    }

    /// The database behind the store's back.
    fn raw(&self) -> Connection {
        Connection::open(self.file()).unwrap()
    }
}

fn key(name: &str) -> RecordKey {
    RecordKey::new("111122223333", "", "k", name).unwrap()
}

fn put(store: &dyn Store, name: &str) -> Result<Revision, CommitError> {
    let writes = vec![Write::Put(key(name), "v".into())];
    let commit = Commit {
        base: store.revision(),
        writes,
        ..Commit::default()
    };
    store
        .commit(commit)
        .wait()
        .map(|committed| committed.revision)
}

fn present(store: &dyn Store) -> Vec<String> {
    let found = store
        .snapshot()
        .unwrap()
        .scan(&Prefix::all(), None, usize::MAX)
        .unwrap();
    found
        .into_iter()
        .map(|(key, _)| key.name().to_owned())
        .collect()
}

#[test]
fn everything_is_there_when_it_is_opened_again() {
    let place = Place::new();
    let store = place.open();
    let outbox = vec!["one".into(), "two".into()];
    let writes = vec![Write::Put(key("a"), "v".into())];
    store
        .commit(Commit {
            writes,
            outbox,
            ..Commit::default()
        })
        .wait()
        .unwrap();
    put(&store, "b").unwrap();
    store.acknowledge_outbox(1);
    drop(store);
    let names: Vec<_> = fs::read_dir(place.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names.len(), 2, "the log is cleaned up: {names:?}");
    let store = place.open();
    assert_eq!(store.revision(), Revision(2));
    assert_eq!(present(&store), ["a", "b"]);
    assert_eq!(store.changes(Revision(0), 9).unwrap().len(), 2);
    assert_eq!(store.outbox(0, 9).unwrap(), [(2, Bytes::from("two"))]);
    assert_eq!(put(&store, "c").unwrap(), Revision(3));
}

#[test]
fn an_empty_outbox_goes_on_counting() {
    let place = Place::new();
    for round in 0..3_u64 {
        let store = place.open();
        let event = Commit {
            outbox: vec!["e".into()],
            ..Commit::default()
        };
        let committed = store.commit(event).wait().unwrap();
        assert_eq!(committed.outbox_first_sequence, Some(round + 1));
        store.acknowledge_outbox(round + 1);
    }
}

#[test]
fn a_second_store_on_the_directory_is_refused() {
    let place = Place::new();
    let store = place.open();
    assert!(matches!(place.try_open(), Err(StoreError::InUse { .. })));
    put(&store, "a").unwrap();
    store.close();
    assert_eq!(present(&place.open()), ["a"]);
}

#[cfg(unix)]
#[test]
fn files_are_private_and_others_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let place = Place::new();
    let store = place.open();
    put(&store, "a").unwrap();
    let backup = place.directory.path().join("backup.db");
    store.backup(&backup).unwrap();
    assert_eq!(mode(&place.data()), 0o700);
    assert_eq!(mode(&backup), 0o600);
    for entry in fs::read_dir(place.data()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    drop(store);
    set(&place.file(), 0o640);
    assert!(matches!(
        place.try_open(),
        Err(StoreError::Permissions { mode: 0o640, .. })
    ));
    set(&place.file(), 0o600);
    set(&place.data(), 0o770);
    assert!(matches!(
        place.try_open(),
        Err(StoreError::Permissions { mode: 0o770, .. })
    ));
    set(&place.data(), 0o755);
    assert!(place.try_open().is_ok());
}

#[test]
fn newer_and_foreign_files_are_refused() {
    let place = Place::new();
    drop(place.open());
    let set_format = |format: u64| {
        let sql = format!("UPDATE meta SET value = {format} WHERE name = 'format'");
        place.raw().execute_batch(&sql).unwrap();
    };
    set_format(sqlite::FORMAT + 1);
    let refused = place.try_open();
    let expected = StoreError::NewerFormat {
        found: sqlite::FORMAT + 1,
        supported: sqlite::FORMAT,
    };
    assert_eq!(refused.unwrap_err().to_string(), expected.to_string());
    set_format(0);
    assert!(matches!(place.try_open(), Err(StoreError::Corrupt(_))));
    set_format(sqlite::FORMAT);
    assert!(place.try_open().is_ok());

    place
        .raw()
        .execute_batch("PRAGMA application_id = 7")
        .unwrap();
    assert!(matches!(
        place.try_open(),
        Err(StoreError::NotAStore { .. })
    ));
    fs::write(place.file(), [b'x'; 8192]).unwrap();
    assert!(matches!(place.try_open(), Err(StoreError::Engine(_))));
    assert_eq!(
        fs::read(place.file()).unwrap(),
        [b'x'; 8192],
        "it is left as it was"
    );
}

/// Holds the writer up at the first revision.
struct Gate {
    reached: Barrier,
    opened: Barrier,
}

impl Observer for Gate {
    fn applied(&self, revision: Revision, _changes: &[Change]) {
        if revision == Revision(1) {
            self.reached.wait();
            self.opened.wait();
        }
    }
}

#[test]
fn a_failed_write_fails_its_batch_and_stops_the_store() {
    let place = Place::new();
    let store = place.open();
    let raw = place.raw();
    raw.execute_batch(
        "CREATE TRIGGER broken BEFORE INSERT ON outbox WHEN new.event = x'62' \
         BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END",
    )
    .unwrap();
    let gate = Arc::new(Gate {
        reached: Barrier::new(2),
        opened: Barrier::new(2),
    });
    store.observe(Arc::<Gate>::clone(&gate));
    let commit = |name: &str, event: &'static str| {
        let writes = vec![Write::Put(key(name), "v".into())];
        store.commit(Commit {
            writes,
            outbox: vec![event.into()],
            ..Commit::default()
        })
    };
    let first = commit("first", "a");
    gate.reached.wait();
    // These three queue up behind the gate and share a batch.
    let batch = [
        commit("good", "a"),
        commit("bad", "b"),
        commit("later", "a"),
    ];
    gate.opened.wait();
    assert_eq!(first.wait().unwrap().revision, Revision(1));
    for ticket in batch {
        let refused = ticket.wait();
        assert!(matches!(
            refused,
            Err(CommitError::Store(StoreError::Poisoned { .. }))
        ));
    }
    let refused = put(&store, "after");
    assert!(matches!(
        refused,
        Err(CommitError::Store(StoreError::Poisoned { .. }))
    ));
    assert!(matches!(
        store.snapshot().err(),
        Some(StoreError::Poisoned { .. })
    ));
    assert_eq!(store.revision(), Revision(1));
    raw.execute_batch("DROP TRIGGER broken").unwrap();
    drop(raw);
    drop(store);
    let store = place.open();
    assert_eq!(present(&store), ["first"]);
    assert_eq!(store.outbox(0, 9).unwrap().len(), 1);
    assert_eq!(put(&store, "again").unwrap(), Revision(2));
}

/// Keeps its store, until it heard of something.
struct Keeper(Mutex<Option<Arc<SqliteStore>>>);

impl Observer for Keeper {
    fn applied(&self, _revision: Revision, _changes: &[Change]) {
        drop(self.0.lock().unwrap().take());
    }
}

#[test]
fn an_observer_may_drop_the_last_reference() {
    let place = Place::new();
    let store = Arc::new(place.open());
    let keeper = Arc::new(Keeper(Mutex::new(Some(Arc::clone(&store)))));
    store.observe(Arc::<Keeper>::clone(&keeper));
    let writes = vec![Write::Put(key("a"), "v".into())];
    let ticket = store.commit(Commit {
        writes,
        ..Commit::default()
    });
    drop(store);
    ticket.wait().unwrap();
}

struct Panics;

impl Observer for Panics {
    fn applied(&self, _revision: Revision, _changes: &[Change]) {
        panic!("an observer that cannot follow");
    }
}

#[test]
fn an_observer_that_panics_stops_the_store() {
    let place = Place::new();
    let store = place.open();
    store.observe(Arc::new(Panics));
    assert!(
        matches!(put(&store, "a"), Err(CommitError::Store(_))),
        "nobody vouches for it"
    );
    store.close();
    assert!(matches!(
        store.snapshot().err(),
        Some(StoreError::Poisoned { .. })
    ));
    // It was durable all the same, and nobody was told otherwise.
    assert_eq!(present(&place.open()), ["a"]);
}

#[test]
fn queued_commits_are_ended_before_the_store_closes() {
    let place = Place::new();
    let store = place.open();
    let tickets: Vec<_> = (0..50)
        .map(|n| {
            let writes = vec![Write::Put(key(&n.to_string()), "v".into())];
            store.commit(Commit {
                writes,
                ..Commit::default()
            })
        })
        .collect();
    store.close();
    assert!(tickets.into_iter().all(|ticket| ticket.wait().is_ok()));
    assert_eq!(present(&place.open()).len(), 50);
}

#[test]
fn old_changes_and_acknowledged_events_are_removed() {
    let place = Place::new();
    let mut options = sqlite::Options::new(1);
    options.keep_revisions = 10;
    options.window = 4;
    let store = SqliteStore::open(&place.data(), &options).unwrap();
    let mut tickets = Vec::new();
    for n in 0..3000_u64 {
        let writes = vec![Write::Put(key(&n.to_string()), "v".into())];
        let base = store.revision();
        tickets.push(store.commit(Commit {
            base,
            writes,
            outbox: vec!["e".into()],
            ..Commit::default()
        }));
        if n % 100 == 99 {
            // The small window refuses what is too old for it: that may be, but must be said.
            for ticket in tickets.drain(..) {
                assert!(matches!(ticket.wait(), Ok(_) | Err(CommitError::Conflict)));
            }
        }
    }
    while store.revision() < Revision(2500) {
        put(&store, &store.revision().0.to_string()).unwrap();
    }
    let newest = store.revision();
    assert!(matches!(
        store.changes(Revision(0), 1),
        Err(StoreError::Compacted { .. })
    ));
    assert_eq!(
        store.changes(Revision(newest.0 - 10), 99).unwrap().len(),
        10
    );
    let last = store.outbox(0, usize::MAX).unwrap().last().unwrap().0;
    store.acknowledge_outbox(last - 1);
    assert_eq!(store.outbox(0, usize::MAX).unwrap().len(), 1);
    drop(store);
    let count = |table: &str| -> u64 {
        let sql = format!("SELECT count(*) FROM {table}");
        place
            .raw()
            .query_row(&sql, [], |row| row.get::<_, i64>(0))
            .unwrap() as u64
    };
    assert!(count("changes") <= 10 + 1024);
    assert_eq!(count("outbox"), 1);
    assert_eq!(place.open().outbox(0, 9).unwrap()[0].0, last);
}

#[test]
fn a_restore_needs_a_word_to_replace_a_store() {
    let place = Place::new();
    let store = place.open();
    put(&store, "old").unwrap();
    let backup = place.directory.path().join("backup.db");
    store.backup(&backup).unwrap();
    put(&store, "new").unwrap();
    let restore = |overwrite| sqlite::restore(&backup, &place.data(), overwrite);
    assert!(matches!(restore(true), Err(StoreError::InUse { .. })));
    drop(store);
    assert!(matches!(restore(false), Err(StoreError::Exists { .. })));
    assert_eq!(present(&place.open()), ["new", "old"]);
    restore(true).unwrap();
    assert_eq!(present(&place.open()), ["old"]);
    assert_eq!(fs::read_dir(place.directory.path()).unwrap().count(), 2);
}

#[test]
fn a_log_that_stayed_behind_is_not_applied_to_the_restored_store() {
    let place = Place::new();
    let store = place.open();
    put(&store, "old").unwrap();
    let backup = place.directory.path().join("backup.db");
    store.backup(&backup).unwrap();
    put(&store, "new").unwrap();
    // What a crash leaves: the file with its log.
    let copy = Place::new();
    fs::create_dir(copy.data()).unwrap();
    for entry in fs::read_dir(place.data()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.data().join(entry.file_name())).unwrap();
    }
    let log = copy.data().join("claviger.db-wal");
    let sound = fs::read(&log).unwrap();
    assert!(!sound.is_empty());
    sqlite::restore(&backup, &copy.data(), true).unwrap();
    assert_eq!(present(&copy.open()), ["old"]);
    // The same where the file itself is damaged, so that SQLite does not clean up.
    fs::write(copy.file(), [b'x'; 8192]).unwrap();
    fs::write(&log, sound).unwrap();
    sqlite::restore(&backup, &copy.data(), true).unwrap();
    assert_eq!(present(&copy.open()), ["old"]);
}

#[test]
fn a_bad_backup_is_refused_and_the_store_stays() {
    let place = Place::new();
    let store = place.open();
    for n in 0..300 {
        let writes = vec![Write::Put(key(&n.to_string()), vec![1; 500].into())];
        store
            .commit(Commit {
                writes,
                ..Commit::default()
            })
            .wait()
            .unwrap();
    }
    let backup = place.directory.path().join("backup.db");
    store.backup(&backup).unwrap();
    drop(store);
    let sound = fs::read(&backup).unwrap();
    let restore = || sqlite::restore(&backup, &place.data(), true);
    // Whole pages in the middle are overwritten, the end is cut, the file is another's.
    let mut damaged = sound.clone();
    damaged[40_000..60_000].fill(0xA5);
    for bad in [
        damaged,
        sound[..sound.len() / 2].to_vec(),
        vec![b'x'; 9000],
        Vec::new(),
    ] {
        fs::write(&backup, bad).unwrap();
        assert!(restore().is_err());
        assert_eq!(present(&place.open()).len(), 300);
        assert_eq!(
            fs::read_dir(place.data()).unwrap().count(),
            2,
            "nothing stays behind"
        );
    }
    fs::remove_file(&backup).unwrap();
    assert!(matches!(restore(), Err(StoreError::Io { .. })));
    fs::write(&backup, sound).unwrap();
    restore().unwrap();
    assert_eq!(present(&place.open()).len(), 300);
}

/// Ends the writing thread, also where an assertion fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_backup_under_load_is_one_revision() {
    let place = Place::new();
    let store = place.open();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| {
            let mut round = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                round += 1;
                let value = Bytes::from(round.to_string().repeat(50));
                let writes = (0..20).map(|n| Write::Put(key(&n.to_string()), value.clone()));
                let writes = writes.collect();
                let base = store.revision();
                store
                    .commit(Commit {
                        base,
                        writes,
                        ..Commit::default()
                    })
                    .wait()
                    .unwrap();
            }
        });
        for n in 0..5 {
            while store.revision() < Revision(10 * n + 1) {
                std::thread::yield_now();
            }
            let backup = place.directory.path().join(format!("{n}.db"));
            store.backup(&backup).unwrap();
            let data = place.directory.path().join(format!("data-{n}"));
            sqlite::restore(&backup, &data, false).unwrap();
            let restored = SqliteStore::open(&data, &sqlite::Options::new(1)).unwrap();
            let found = restored
                .snapshot()
                .unwrap()
                .scan(&Prefix::all(), None, 99)
                .unwrap();
            assert_eq!(found.len(), 20);
            assert!(
                found
                    .iter()
                    .all(|(_, record)| record.revision == restored.revision())
            );
        }
    });
}

#[test]
fn what_is_erased_is_in_no_file() {
    let place = Place::new();
    let store = place.open();
    let secrets = [vec![b'x'; 300], vec![b'y'; 9000], vec![b'z'; 40]];
    let base = |store: &SqliteStore| Commit {
        base: store.revision(),
        ..Commit::default()
    };
    let commit = |commit| store.commit(commit).wait().unwrap();
    for (at, secret) in secrets.iter().enumerate() {
        for round in ["first", "again"] {
            let value = [round.as_bytes(), secret].concat();
            commit(Commit {
                writes: vec![Write::Put(key(&format!("secret/{at}")), value.into())],
                ..base(&store)
            });
        }
        put(&store, "other").unwrap();
    }
    let found = || {
        let files = fs::read_dir(place.data()).unwrap();
        let bytes: Vec<Vec<u8>> = files
            .map(|file| fs::read(file.unwrap().path()).unwrap())
            .collect();
        secrets
            .iter()
            .filter(|secret| {
                let part = &secret[..40];
                bytes
                    .iter()
                    .any(|file| file.windows(40).any(|window| window == part))
            })
            .count()
    };
    assert_eq!(found(), 3, "they are found where they are");
    let keys = [0, 1, 2].map(|at| key(&format!("secret/{at}")));
    commit(Commit {
        writes: keys.iter().cloned().map(Write::Delete).collect(),
        erased: keys.to_vec(),
        ..base(&store)
    });
    assert_eq!(found(), 0);
    put(&store, "other").unwrap();
}
