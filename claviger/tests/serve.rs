//! Starting, refusing to start, remembering and stopping.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Server, claviger, run, stderr, stdout, text};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

fn refused(arguments: &[&str]) -> String {
    let mut all = vec!["serve", "--listen", "127.0.0.1:0", "--ephemeral"];
    all.extend_from_slice(arguments);
    let output = run(&all);
    assert!(!output.status.success(), "{}", stdout(&output));
    stderr(&output)
}

#[test]
fn the_first_start_shows_a_root_key_and_later_ones_do_not() {
    let server = Server::start(&[]);
    let (id, secret) = server.root_key().unwrap();
    assert!(id.starts_with("AKIA") && secret.len() == 40);
    assert!(
        server
            .banner()
            .contains(&format!("listening on {}", server.endpoint))
    );
    let listed = server.account((&id, &secret), &["list"]);
    assert!(listed.status.success(), "{}", stderr(&listed));
    let data = server.data();
    assert_eq!(
        fs::metadata(&data).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(
        fs::metadata(data.join("root.key"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
    let account = server.banner().lines().nth(1).unwrap().to_owned();

    let server = Server::start_in(server.stop(), &[], &[]);
    assert_eq!(server.root_key(), None);
    assert_eq!(server.banner().lines().nth(1).unwrap(), account);
    assert!(server.account((&id, &secret), &["list"]).status.success());

    let server = Server::start_in(server.kill(), &[], &[]);
    assert!(server.account((&id, &secret), &["list"]).status.success());
    for file in ["claviger.db", "claviger.db-wal"] {
        let bytes = fs::read(server.data().join(file)).unwrap_or_default();
        assert!(
            !bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes()),
            "{file} holds the secret"
        );
    }
}

#[test]
fn root_keys_of_the_environment_are_used_and_none_is_made() {
    let keys = [
        ("CLAVIGER_ROOT_ACCESS_KEY_ID", "AKIAMINEMINEMINEMINE"),
        (
            "CLAVIGER_ROOT_SECRET_ACCESS_KEY",
            "my-own-secret-of-more-than-32-characters",
        ),
    ];
    let server = Server::start_in(
        tempfile::tempdir().unwrap(),
        &["--account", "111122223333"],
        &keys,
    );
    assert_eq!(server.root_key(), None);
    assert!(
        !server
            .banner()
            .contains("my-own-secret-of-more-than-32-characters")
    );
    assert!(
        server
            .account(
                (
                    "AKIAMINEMINEMINEMINE",
                    "my-own-secret-of-more-than-32-characters"
                ),
                &["list"]
            )
            .status
            .success()
    );
    let wrong = server.account(("AKIAMINEMINEMINEMINE", "another-secret"), &["list"]);
    assert!(stderr(&wrong).contains("403"), "{}", stderr(&wrong));
}

#[test]
fn a_data_directory_keeps_its_account_and_its_root_key() {
    let server = Server::start(&["--account", "111122223333"]);
    let folder = server.stop();
    let data = folder.path().join("data");
    let start = |arguments: &[&str]| {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0", "--data", text(&data)];
        all.extend_from_slice(arguments);
        let output = run(&all);
        assert!(!output.status.success());
        stderr(&output)
    };
    let error = start(&["--account", "444455556666"]);
    assert!(
        error.contains("belongs to account 111122223333, not to 444455556666"),
        "{error}"
    );
    let error = start(&["--region", "cn-north-1"]);
    assert!(
        error.contains("belongs to partition aws, and the region is in aws-cn"),
        "{error}"
    );
    fs::rename(data.join("root.key"), data.join("root.key.away")).unwrap();
    let error = start(&[]);
    assert!(error.contains("root key file"), "{error}");
    assert!(!data.join("root.key").exists());
    let other = Server::start(&[]).stop();
    fs::copy(other.path().join("data/root.key"), data.join("root.key")).unwrap();
    let error = start(&[]);
    assert!(error.contains("sealed under root key"), "{error}");
}

#[test]
fn one_data_directory_has_one_server() {
    let server = Server::start(&[]);
    let output = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        text(&server.data()),
    ]);
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("in use by another process"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn open_doors_and_mistakes_are_refused_with_their_place() {
    let error = run(&["serve", "--dev", "--ephemeral", "--listen", "0.0.0.0:0"]);
    assert!(
        stderr(&error).contains("refuses to listen on 0.0.0.0"),
        "{}",
        stderr(&error)
    );
    let error = run(&[
        "serve",
        "--enforce",
        "soft",
        "--ephemeral",
        "--listen",
        "[::]:0",
    ]);
    assert!(
        stderr(&error).contains("denies nothing"),
        "{}",
        stderr(&error)
    );

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("claviger.toml");
    fs::write(&file, "region = \"eu-west-1\"\n\nlistn = \"127.0.0.1:0\"\n").unwrap();
    let error = refused(&["--config", text(&file)]);
    assert!(
        error.contains("claviger.toml:3: unknown key 'listn', did you mean 'listen'?"),
        "{error}"
    );
    fs::write(&file, "account = 12\n").unwrap();
    let error = refused(&["--config", text(&file)]);
    assert!(
        error.contains("claviger.toml:1: account: '12' is not an account id"),
        "{error}"
    );
    let output = claviger()
        .args(["serve", "--ephemeral", "--listen", "127.0.0.1:0"])
        .env("CLAVIGER_REGION", "nowhere")
        .output()
        .unwrap();
    assert!(
        stderr(&output).contains("environment variable CLAVIGER_REGION"),
        "{}",
        stderr(&output)
    );
    let error = refused(&["--config", text(&folder.path().join("none.toml"))]);
    assert!(error.contains("none.toml"), "{error}");
    let error = refused(&["--tls-cert", text(&file), "--tls-key", text(&file)]);
    assert!(error.contains("certificate"), "{error}");
}

#[test]
fn banners_say_what_is_open() {
    let server = Server::start(&["--dev", "--ephemeral", "--enforce", "soft"]);
    let banner = server.banner();
    for part in [
        "DEVELOPMENT MODE",
        "SOFT ENFORCEMENT",
        "test and secret test",
        "000000000000",
        "memory",
    ] {
        assert!(banner.contains(part), "{banner}");
    }
    assert!(!server.data().exists());
    let keys = [
        ("AWS_ACCESS_KEY_ID", "me"),
        ("AWS_SECRET_ACCESS_KEY", "my-own-secret"),
    ];
    let server = Server::start_in(
        tempfile::tempdir().unwrap(),
        &["--dev", "--ephemeral"],
        &keys,
    );
    assert!(!server.banner().contains("my-own-secret"));
    assert!(
        server
            .account(("me", "my-own-secret"), &["list"])
            .status
            .success()
    );
    assert!(!server.account(("test", "test"), &["list"]).status.success());
}

#[test]
fn a_developers_account_is_the_one_that_the_key_names() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "111122223333"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let key = ("111122223333", "test");
    let start = |folder, arguments: &[&str]| Server::start_in(folder, arguments, &keys);
    let folder = || tempfile::tempdir().unwrap();
    let server = start(folder(), &["--dev", "--ephemeral"]);
    let listed = stdout(&server.account(key, &["list"]));
    assert!(
        listed.contains("111122223333") && !listed.contains("000000000000"),
        "{listed}"
    );
    assert!(server.banner().contains("account      111122223333"));
    // The operator's word comes first.
    let server = start(
        folder(),
        &["--dev", "--ephemeral", "--account", "444455556666"],
    );
    let listed = server.account(key, &["list"]);
    assert!(
        stdout(&listed).contains("444455556666"),
        "{}",
        stderr(&listed)
    );
    // A server that has its account already keeps it, and the key does not act there.
    let server = Server::start(&["--dev"]);
    let server = start(server.stop(), &["--dev"]);
    assert!(server.banner().contains("account      000000000000"));
    let refused = stderr(&server.account(key, &["list"]));
    assert!(
        refused.contains("arn:aws:iam::111122223333:user/dev-administrator"),
        "{refused}"
    );
}

#[test]
fn a_stop_lets_running_requests_end_and_takes_no_new_ones() {
    let mut server = Server::start(&["--dev"]);
    let mut running = server.connect();
    let mut idle = server.connect();
    idle.write_all(b"GET /_claviger/health HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    running
        .write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\n12")
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(
        std::net::TcpStream::connect(&server.address).is_err(),
        "new connections are refused"
    );
    running.write_all(b"34").unwrap();
    let answer = common::read_all(&mut running);
    assert!(
        answer.starts_with("HTTP/1.1 4"),
        "the running request is answered: {answer}"
    );
    assert!(common::read_all(&mut idle).starts_with("HTTP/1.1 200"));
    assert!(server.wait().success());
    assert!(server.log().contains("stopped"));
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let mut server = Server::start(&["--dev", "--ephemeral"]);
    let mut stuck = server.connect();
    stuck
        .write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\n1")
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    server.signal("INT");
    assert!(server.wait().success());
    let took = start.elapsed();
    assert!(
        took >= Duration::from_secs(9) && took < Duration::from_secs(20),
        "{took:?}"
    );
}

#[test]
fn a_port_that_is_taken_costs_no_root_key() {
    let server = Server::start(&["--ephemeral"]);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let output = run(&["serve", "--listen", &server.address, "--data", text(&data)]);
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("cannot listen on"),
        "{}",
        stderr(&output)
    );
    assert!(!data.exists());
}

#[test]
fn a_seed_that_fails_still_shows_the_root_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let none = folder.path().join("none.yaml");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", text(&data)];
    let output = claviger()
        .args(arguments)
        .args(["--seed", text(&none)])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        stdout(&output).contains("AWS_SECRET_ACCESS_KEY="),
        "{}",
        stdout(&output)
    );
    assert!(stderr(&output).contains("none.yaml"), "{}", stderr(&output));
}
