//! Accounts, events, backup and restore.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Server, claviger, run, stderr, stdout, text};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

fn new_key(output: &std::process::Output) -> (String, String) {
    assert!(output.status.success(), "{}", stderr(output));
    let text = stdout(output);
    let value = |name: &str| {
        let line = text.lines().find(|line| line.contains(name)).unwrap();
        line.split('"').nth(3).unwrap().to_owned()
    };
    (value("accessKeyId"), value("secretAccessKey"))
}

#[test]
fn the_operator_makes_accounts_and_their_owners_do_not() {
    let server = Server::start(&["--account", "111122223333"]);
    let (id, secret) = server.root_key().unwrap();
    let operator = (id.as_str(), secret.as_str());
    let second = server.account(
        operator,
        &["create", "--name", "second", "--id", "444455556666"],
    );
    let (id, secret) = new_key(&second);
    let twice = server.account(
        operator,
        &["create", "--name", "again", "--id", "444455556666"],
    );
    assert!(
        stderr(&twice).contains("409") && stderr(&twice).contains("exists already"),
        "{}",
        stderr(&twice)
    );
    let bad = server.account(operator, &["create", "--name", ""]);
    assert!(stderr(&bad).contains("400"), "{}", stderr(&bad));
    let owner = (id.as_str(), secret.as_str());
    for arguments in [&["list"][..], &["create", "--name", "third"]] {
        let refused = server.account(owner, arguments);
        assert!(stderr(&refused).contains("403"), "{}", stderr(&refused));
    }
    let events = stdout(&run(&["events", "--data", text(&server.data())]));
    let refused = events
        .lines()
        .filter(|line| line.contains("AccessDenied"))
        .count();
    assert_eq!(refused, 2, "{events}");
    assert!(!events.contains(&secret), "the secret is not in the trail");
    let data = server.data();
    let offline = run(&["account", "list", "--data", text(&data)]);
    assert!(stderr(&offline).contains("in use"), "{}", stderr(&offline));
    let folder = server.stop();
    let offline = run(&[
        "account",
        "create",
        "--name",
        "third",
        "--data",
        text(&data),
    ]);
    let (id, secret) = new_key(&offline);
    let listed = stdout(&run(&["account", "list", "--data", text(&data)]));
    assert_eq!(listed.matches("\"id\"").count(), 3, "{listed}");
    let server = Server::start_in(folder, &[], &[]);
    let refused = server.account((&id, &secret), &["list"]);
    assert!(
        stderr(&refused).contains("is not authorized"),
        "the key works: {}",
        stderr(&refused)
    );
}

#[test]
fn dev_administrators_of_other_accounts_are_no_operators() {
    let server = Server::start(&["--dev", "--ephemeral"]);
    assert!(server.account(("test", "test"), &["list"]).status.success());
    let refused = server.account(("999999999999", "test"), &["list"]);
    assert!(
        stderr(&refused)
            .contains("arn:aws:iam::999999999999:user/dev-administrator is not authorized")
    );
}

#[test]
fn events_are_followed_and_verified() {
    let server = Server::start(&["--dev"]);
    let data = server.data();
    let mut follower = claviger()
        .args(["events", "--follow", "--data", text(&data)])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("\"CreateAccount\""));
    server.account(("test", "test"), &["list"]);
    let line = lines.next().unwrap().unwrap();
    assert!(
        line.contains("\"eventName\":\"ListAccounts\"")
            && line.contains("\"eventVersion\":\"1.11\""),
        "{line}"
    );
    follower.kill().unwrap();
    follower.wait().unwrap();

    let verify = || run(&["events", "--verify", "--data", text(&data)]);
    assert!(stdout(&verify()).contains("intact"));
    let folder = server.stop();
    let segment = fs::read_dir(data.join("trail"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "log"))
        .unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let output = verify();
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("DAMAGED"), "{}", stdout(&output));
    drop(folder);
    assert!(stderr(&run(&["events", "--data", text(&data)])).contains("no audit trail"));
}

#[test]
fn a_backup_of_a_serving_server_comes_back() {
    let server = Server::start(&[]);
    let (id, secret) = server.root_key().unwrap();
    let key = (id.as_str(), secret.as_str());
    new_key(&server.account(key, &["create", "--name", "kept"]));
    let data = server.data();
    let backup = server.folder.path().join("backup");
    let output = run(&["backup", text(&backup), "--data", text(&data)]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("does not include"));
    assert!(!backup.join("root.key").exists());
    assert!(
        !run(&["backup", text(&backup), "--data", text(&data)])
            .status
            .success()
    );
    new_key(&server.account(key, &["create", "--name", "late"]));
    let folder = server.stop();

    let target = tempfile::tempdir().unwrap();
    let restored = target.path().join("data");
    let restore = |more: &[&str]| {
        let mut all = vec!["restore", text(&backup), "--data", text(&restored)];
        all.extend_from_slice(more);
        run(&all)
    };
    assert!(stderr(&restore(&[])).contains("--root-key"));
    let other = Server::start(&[]).stop();
    let wrong = restore(&["--root-key", text(&other.path().join("data/root.key"))]);
    assert!(
        stderr(&wrong).contains("needs root key"),
        "{}",
        stderr(&wrong)
    );
    let root_key = data.join("root.key");
    let output = restore(&["--root-key", text(&root_key)]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&restore(&["--root-key", text(&root_key)])).contains("exists already"));

    let server = Server::start_in(target, &[], &[]);
    let listed = stdout(&server.account(key, &["list"]));
    assert!(
        listed.contains("kept") && !listed.contains("late"),
        "{listed}"
    );
    drop(folder);
}

#[test]
fn a_state_that_is_older_than_its_trail_loses_no_event() {
    let server = Server::start(&[]);
    let (id, secret) = server.root_key().unwrap();
    let key = (id.as_str(), secret.as_str());
    let data = server.data();
    let backup = server.folder.path().join("backup");
    assert!(
        run(&[
            "backup",
            text(&backup),
            "--data",
            text(&data),
            "--include-root-key"
        ])
        .status
        .success()
    );
    for name in ["one", "two", "three"] {
        new_key(&server.account(key, &["create", "--name", name]));
    }
    let folder = server.stop();
    // The state goes back, the trail stays.
    for file in ["claviger.db", "claviger.db-wal", "claviger.db-shm"] {
        let _ = fs::remove_file(data.join(file));
    }
    fs::copy(backup.join("state.db"), data.join("claviger.db")).unwrap();
    let server = Server::start_in(folder, &[], &[]);
    new_key(&server.account(key, &["create", "--name", "after"]));
    let server_folder = server.stop();
    let events = stdout(&run(&["events", "--data", text(&data)]));
    for part in ["\"one\"", "\"three\"", "RestoreStore", "\"after\""] {
        assert!(events.contains(part), "{part}: {events}");
    }
    drop(server_folder);
}

fn start_refused(data: &std::path::Path, more: &[&str]) -> String {
    let mut all = vec!["serve", "--listen", "127.0.0.1:0", "--data", text(data)];
    all.extend_from_slice(more);
    let output = run(&all);
    assert!(!output.status.success(), "{}", stdout(&output));
    stderr(&output)
}

fn make_private(directory: &std::path::Path) {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(directory).unwrap();
}

fn remove_store(data: &std::path::Path) {
    for file in ["claviger.db", "claviger.db-wal", "claviger.db-shm"] {
        let _ = fs::remove_file(data.join(file));
    }
}

#[test]
fn a_store_that_is_gone_is_not_begun_again_beside_its_trail() {
    let server = Server::start(&[]);
    let folder = server.stop();
    let data = folder.path().join("data");
    remove_store(&data);
    let error = start_refused(&data, &[]);
    for part in ["claviger.db is missing", "has events", "claviger restore"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!data.join("claviger.db").exists(), "nothing is made");
    let offline = run(&["account", "list", "--data", text(&data)]);
    assert!(
        stderr(&offline).contains("is missing"),
        "{}",
        stderr(&offline)
    );
    // An empty store is no better than none.
    store::Store::close(&store::SqliteStore::open(&data, &store::sqlite::Options::new(0)).unwrap());
    let error = start_refused(&data, &[]);
    assert!(error.contains("claviger.db is empty"), "{error}");
}

#[test]
fn a_restore_that_did_not_end_is_repeated_and_not_served() {
    let server = Server::start(&[]);
    let (id, secret) = server.root_key().unwrap();
    let key = (id.as_str(), secret.as_str());
    let data = server.data();
    let backup = server.folder.path().join("backup");
    let output = run(&[
        "backup",
        text(&backup),
        "--data",
        text(&data),
        "--include-root-key",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));

    let target = tempfile::tempdir().unwrap();
    let restored = target.path().join("data");
    fs::create_dir(&restored).unwrap();
    fs::set_permissions(
        &restored,
        std::os::unix::fs::PermissionsExt::from_mode(0o700),
    )
    .unwrap();
    fs::create_dir(restored.join("trail")).unwrap();
    fs::write(restored.join("trail/half.log"), "half").unwrap();
    fs::write(restored.join("root.key.partial"), "half").unwrap();
    fs::write(restored.join("claviger.db.restoring"), "half").unwrap();
    fs::write(restored.join("claviger.lock"), "").unwrap();
    let restore = || run(&["restore", text(&backup), "--data", text(&restored)]);
    assert!(
        stderr(&restore()).contains("exists already"),
        "nothing says that a restore made this"
    );
    fs::write(restored.join("restore.unfinished"), "").unwrap();
    let error = start_refused(&restored, &[]);
    assert!(
        error.contains("did not end") && error.contains("claviger restore"),
        "{error}"
    );
    let second = restored.with_extension("second");
    let error = stderr(&run(&["backup", text(&second), "--data", text(&restored)]));
    assert!(error.contains("did not end"), "{error}");
    fs::write(restored.join("notes.txt"), "mine").unwrap();
    assert!(stderr(&restore()).contains("notes.txt exists already"));
    fs::remove_file(restored.join("notes.txt")).unwrap();
    let output = restore();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!restored.join("restore.unfinished").exists());
    assert!(!restored.join("trail/half.log").exists());
    assert!(stderr(&restore()).contains("exists already"));
    let server = Server::start_in(target, &[], &[]);
    assert!(server.account(key, &["list"]).status.success());
}

#[test]
fn a_trail_that_lost_its_end_is_refused_until_that_is_accepted() {
    let server = Server::start(&[]);
    let (id, secret) = server.root_key().unwrap();
    let key = (id.as_str(), secret.as_str());
    let data = server.data();
    let backup = server.folder.path().join("backup");
    let output = run(&["backup", text(&backup), "--data", text(&data)]);
    assert!(output.status.success(), "{}", stderr(&output));
    new_key(&server.account(key, &["create", "--name", "hidden"]));
    let folder = server.stop();
    // The trail goes back, the state stays.
    fs::remove_dir_all(data.join("trail")).unwrap();
    make_private(&data.join("trail"));
    for entry in fs::read_dir(backup.join("trail")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), data.join("trail").join(entry.file_name())).unwrap();
    }
    for times in 0..2 {
        let error = start_refused(&data, &[]);
        assert!(
            error.contains("cut off its end") && error.contains("--accept-shortened-trail"),
            "{times}: {error}"
        );
    }
    let server = Server::start_in(folder, &["--accept-shortened-trail"], &[]);
    assert!(
        server.log().contains("EVENTS ARE MISSING"),
        "{}",
        server.log()
    );
    new_key(&server.account(key, &["create", "--name", "after"]));
    // Once is enough.
    let server = Server::start_in(server.stop(), &[], &[]);
    let events = stdout(&run(&["events", "--data", text(&data)]));
    assert!(!events.contains("\"hidden\""), "{events}");
    for part in ["AcceptShortenedTrail", "\"after\""] {
        assert!(events.contains(part), "{part}: {events}");
    }
    assert!(stdout(&run(&["events", "--verify", "--data", text(&data)])).contains("intact"));
    // A trail that is gone is the shortest.
    let folder = server.stop();
    fs::remove_dir_all(data.join("trail")).unwrap();
    let error = start_refused(&data, &[]);
    assert!(error.contains("cut off its end"), "{error}");
    let server = Server::start_in(folder, &["--accept-shortened-trail"], &[]);
    assert!(server.account(key, &["list"]).status.success());
}
