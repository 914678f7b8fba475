//! Seed files: done once, changed, wrong, and the keys that they give.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{Server, claviger, run, stdout, text};
use kernel::{Clock, Provider, SystemClock};
use sigv4::{Credentials, Signing};
use std::fs;
use std::path::Path;
use std::process::Output;
use store::{SqliteStore, Store};
use tempfile::TempDir;

const SECRET: &str = "alices-secret-of-more-than-forty-characters";
const OTHER: &str = "another-secret-of-more-than-forty-characters";

/// Two accounts with everything that a file can have.
const FILE: &str = r#"
accounts:
  - id: 111122223333
    name: main
    alias: seeded
    policies:
      - name: Reader
        path: /teams/
        document: {Version: 2012-10-17, Statement: [{Effect: Allow, Action: "iam:Get*", Resource: "*"}]}
        tags: {team: a}
    groups:
      - name: readers
        attach: [Reader, IAMReadOnlyAccess]
        policies:
          no-roles: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:GetRole","Resource":"*"}]}'
    users:
      - name: alice
        path: /staff/
        tags: {team: a, cost: "042"}
        groups: [readers]
        policies:
          see: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "sts:AssumeRole", Resource: "*"}}
        boundary: PowerUserAccess
        password: correct-Horse-7
        access_keys: [{id: AKIAALICEALICE000001, secret_env: ALICE_SECRET}, {}]
    roles:
      - name: first
        trust: &trust
          Version: 2012-10-17
          Statement:
            Effect: Allow
            Principal: {AWS: ["arn:aws:iam::111122223333:role/second", "arn:aws:iam::111122223333:user/staff/alice"]}
            Action: sts:AssumeRole
        attach: [arn:aws:iam::111122223333:policy/teams/Reader]
        max_session_duration: 7200
        description: first of two
      - name: second
        trust:
          Version: 2012-10-17
          Statement: {Effect: Allow, Principal: {AWS: "arn:aws:iam::111122223333:role/first"}, Action: sts:AssumeRole}
  - name: staging
    users:
      - {name: bob, access_keys: [{id: AKIABOBBOBBOBBOB0001, secret: "bobs-secret-of-more-than-forty-characters", status: Inactive}]}
    roles:
      - {name: guest, trust: *trust}
"#;

fn write(folder: &Path, file: &str) -> String {
    let path = folder.join("seed.yaml");
    fs::write(&path, file).unwrap();
    text(&path).to_owned()
}

fn start(folder: TempDir, file: &str) -> Server {
    let seed = write(folder.path(), file);
    Server::start_in(
        folder,
        &["--account", "111122223333", "--seed", &seed],
        &[("ALICE_SECRET", SECRET)],
    )
}

/// A start that must fail, and what it says.
fn refused(folder: &Path, file: &str, more: &[&str]) -> String {
    let seed = write(folder, file);
    let output: Output = claviger()
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--account",
            "111122223333",
            "--seed",
            &seed,
            "--data",
        ])
        .arg(folder.join("data"))
        .args(more)
        .output()
        .unwrap();
    assert!(!output.status.success());
    common::stderr(&output)
}

fn revision(folder: &TempDir) -> u64 {
    let store =
        SqliteStore::open(&folder.path().join("data"), &store::sqlite::Options::new(0)).unwrap();
    let revision = store.revision().0;
    store.close();
    revision
}

/// Calls an operation of awsQuery with a key.
fn call(server: &Server, key: (&str, &str), service: &str, body: &str) -> String {
    let request = http::Request::post(format!("http://{}/", server.address))
        .header("host", &server.address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(())
        .unwrap();
    let (mut parts, ()) = request.into_parts();
    let signing = Signing::new("us-east-1", service, SystemClock.now().as_second());
    let credentials = Credentials::new(key.0, key.1);
    sigv4::sign_headers(
        &Provider,
        &mut parts,
        body.as_bytes(),
        &credentials,
        &signing,
    )
    .unwrap();
    let headers: String = parts
        .headers
        .iter()
        .filter(|(name, _)| *name != "host")
        .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()))
        .collect();
    server.request("POST", "/", &headers, body)
}

fn iam(server: &Server, key: (&str, &str), action: &str) -> String {
    call(
        server,
        key,
        "iam",
        &format!("Version=2010-05-08&Action={action}"),
    )
}

#[test]
fn a_file_is_done_once_and_its_keys_sign() {
    let server = start(tempfile::tempdir().unwrap(), FILE);
    let alice = ("AKIAALICEALICE000001", SECRET);
    let who = call(
        &server,
        alice,
        "sts",
        "Version=2011-06-15&Action=GetCallerIdentity",
    );
    assert!(
        who.contains("arn:aws:iam::111122223333:user/staff/alice"),
        "{who}"
    );
    let inactive = (
        "AKIABOBBOBBOBBOB0001",
        "bobs-secret-of-more-than-forty-characters",
    );
    assert!(
        call(
            &server,
            inactive,
            "sts",
            "Version=2011-06-15&Action=GetCallerIdentity"
        )
        .contains("403")
    );

    let root = server.root_key().unwrap();
    let root = (root.0.as_str(), root.1.as_str());
    // The group lets her read, its Deny counts, and so does her boundary, which has no IAM.
    assert!(iam(&server, alice, "GetUser").contains("AccessDenied"));
    let first = iam(&server, root, "GetRole&RoleName=first");
    assert!(
        first.contains("role%2Fsecond") && first.contains("user%2Fstaff%2Falice"),
        "{first}"
    );
    assert!(
        first.contains("<MaxSessionDuration>7200") && first.contains("first of two"),
        "{first}"
    );
    let assumed = call(
        &server,
        alice,
        "sts",
        "Version=2011-06-15&Action=AssumeRole&RoleSessionName=session&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Ffirst",
    );
    assert!(assumed.contains("assumed-role/first/session"), "{assumed}");
    assert!(iam(&server, root, "ListAccountAliases").contains("seeded"));
    assert!(iam(&server, root, "GetLoginProfile&UserName=alice").contains("<UserName>alice"));
    let keys = iam(&server, root, "ListAccessKeys&UserName=alice");
    assert_eq!(keys.matches("<AccessKeyId>").count(), 2, "{keys}");

    // The key that the server made is shown once, and it works.
    let shown = server.banner();
    let after = shown
        .split("access key of user alice in account 111122223333, shown once:")
        .nth(1)
        .unwrap();
    let value = |name: &str| {
        after
            .split(&format!("{name}="))
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    let (id, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    let who = call(
        &server,
        (&id, &secret),
        "sts",
        "Version=2011-06-15&Action=GetCallerIdentity",
    );
    assert!(who.contains("user/staff/alice"), "{who}");

    // Whatever is in the trail is there without its secrets.
    let folder = server.stop();
    let events = stdout(&run(&[
        "events",
        "--data",
        text(&folder.path().join("data")),
    ]));
    assert!(
        events.contains("\"invokedBy\":\"claviger seed\""),
        "{events}"
    );
    for event in [
        "PutAccount",
        "CreateUser",
        "ImportAccessKey",
        "CreateLoginProfile",
        "UpdateAssumeRolePolicy",
    ] {
        assert!(
            events.contains(&format!("\"eventName\":\"{event}\"")),
            "{event}"
        );
    }
    for secret in [SECRET, "correct-Horse-7", "bobs-secret", secret.as_str()] {
        assert!(!events.contains(secret));
    }

    let before = revision(&folder);
    let server = start(folder, FILE);
    assert!(
        !server.banner().contains("shown once: "),
        "{}",
        server.banner()
    );
    assert!(server.log().contains("changes=0"), "{}", server.log());
    let folder = server.stop();
    assert_eq!(revision(&folder), before);
}

#[test]
fn a_changed_file_changes_what_differs_and_takes_nothing_away() {
    let server = start(tempfile::tempdir().unwrap(), FILE);
    let changed = FILE
        .replace("iam:Get*", "iam:List*")
        .replace("path: /staff/", "path: /board/")
        .replace("user/staff/alice", "user/board/alice")
        .replace("team: a, cost: \"042\"", "team: b")
        .replace("boundary: PowerUserAccess", "boundary: ReadOnlyAccess")
        .replace("correct-Horse-7", "correct-Horse-8")
        .replace("7200", "3600")
        .replace("groups: [readers]", "groups: []")
        .replace(
            "secret_env: ALICE_SECRET",
            &format!("secret: {OTHER}, status: Active"),
        )
        .replace("status: Inactive", "status: Active")
        .replace("alias: seeded", "alias: seeded-again");
    let server = start(server.stop(), &changed);
    let root = server.root_key();
    assert!(root.is_none(), "no second root key is made");
    let old = ("AKIAALICEALICE000001", SECRET);
    assert!(
        call(
            &server,
            old,
            "sts",
            "Version=2011-06-15&Action=GetCallerIdentity"
        )
        .contains("403")
    );
    let alice = ("AKIAALICEALICE000001", OTHER);
    let who = call(
        &server,
        alice,
        "sts",
        "Version=2011-06-15&Action=GetCallerIdentity",
    );
    assert!(who.contains("user/board/alice"), "{who}");
    let bob = (
        "AKIABOBBOBBOBBOB0001",
        "bobs-secret-of-more-than-forty-characters",
    );
    assert!(
        call(
            &server,
            bob,
            "sts",
            "Version=2011-06-15&Action=GetCallerIdentity"
        )
        .contains("user/bob")
    );
    // Her boundary lets her read now, her membership is still there, and tags that the file no longer names too.
    let user = iam(&server, alice, "GetUser");
    assert!(
        user.contains("<Key>cost</Key>") && user.contains("<Value>b</Value>"),
        "{user}"
    );
    assert!(user.contains("policy/ReadOnlyAccess"), "{user}");
    assert!(iam(&server, alice, "ListGroupsForUser&UserName=alice").contains("readers"));
    let arn = "arn%3Aaws%3Aiam%3A%3A111122223333%3Apolicy%2Fteams%2FReader";
    let policy = iam(&server, alice, &format!("GetPolicy&PolicyArn={arn}"));
    assert!(policy.contains("<DefaultVersionId>v2"), "{policy}");
    // Six more documents: the oldest versions make room.
    let mut folder = server.stop();
    for number in 0..6 {
        folder = start(
            folder,
            &changed.replace("iam:List*", &format!("iam:List{number}*")),
        )
        .stop();
    }
    let server = start(folder, &changed.replace("iam:List*", "iam:List5*"));
    let policy = iam(
        &server,
        alice,
        &format!("ListPolicyVersions&PolicyArn={arn}"),
    );
    assert_eq!(policy.matches("<VersionId>").count(), 5, "{policy}");
    let folder = server.stop();
    let before = revision(&folder);
    let folder = start(folder, &changed.replace("iam:List*", "iam:List5*")).stop();
    assert_eq!(revision(&folder), before);
}

#[test]
fn a_wrong_file_is_shown_whole_and_nothing_is_done() {
    let folder = start(tempfile::tempdir().unwrap(), "accounts: []").stop();
    let before = revision(&folder);
    let wrong = r#"
accounts:
  - id: 111122223333
    name: main
    colour: red
    policies:
      - name: Broken
        document: {Version: 2012-10-17, Statement: [{Effect: Permit, Action: "s3:*", Resource: "*"}]}
    users:
      - name: bad name
        groups: [nobody]
        attach: [Broken, Nothing, AWSSupportServiceRolePolicy]
        boundary: arn:aws:iam::111122223333:policy/Nothing
        password: short
        access_keys: [{id: test, secret: hidden-secret}, {id: ASIAAAAAAAAAAAAAAAAA, secret_env: NOT_SET}]
      - name: Alice
      - name: alice
    roles:
      - name: r
        max_session_duration: 10
        trust: {Version: 2012-10-17, Statement: {Effect: Allow, Action: sts:AssumeRole, Principal: {AWS: "arn:aws:iam::111122223333:user/gone"}}}
"#;
    let told = refused(folder.path(), wrong, &[]);
    let mistakes = [
        "an account has no field colour",
        "effect must be Allow or Deny",
        "there is no group nobody",
        "there is no policy Nothing in",
        "there is no policy arn:aws:iam::111122223333:policy/Nothing",
        "for service-linked roles only",
        "userName: Member must satisfy",
        "minimum length of 8",
        "the id of an access key is AKIA",
        "a secret access key has at least 40 characters",
        "the environment has no NOT_SET",
        "there is a user of this name in this file already",
        "maxSessionDuration: Member must have value greater than or equal to 3600",
        "user/gone is neither in this file nor on",
        "seed.yaml:5:5",
        "nothing of it was done",
    ];
    let flat = told
        .split_whitespace()
        .filter(|word| *word != "|")
        .collect::<Vec<_>>()
        .join(" ");
    for mistake in mistakes {
        assert!(flat.contains(mistake), "{mistake} is not in {told}");
    }
    assert!(
        !told.contains("hidden-secret") && !told.contains("policy Broken"),
        "{told}"
    );
    assert_eq!(revision(&folder), before);

    let told = refused(
        folder.path(),
        "accounts: [\n  {name: a, password: hidden-secret\n",
        &[],
    );
    assert!(
        told.contains("neither YAML nor JSON") && !told.contains("hidden-secret"),
        "{told}"
    );
}

#[test]
fn keys_and_names_of_others_are_refused() {
    let server = start(tempfile::tempdir().unwrap(), FILE);
    let (root_id, _) = server.root_key().unwrap();
    let folder = server.stop();
    let before = revision(&folder);
    let with = |rest: &str| format!("accounts: [{{id: 111122223333, name: main, {rest}}}]");
    let key = |id: &str| {
        with(&format!(
            "users: [{{name: eve, access_keys: [{{id: {id}, secret: {OTHER}}}]}}]"
        ))
    };
    let told = refused(folder.path(), &key("AKIAALICEALICE000001"), &[]);
    assert!(
        told.contains("belongs to arn:aws:iam::111122223333:user/staff/alice"),
        "{told}"
    );
    let told = refused(folder.path(), &key(&root_id), &[]);
    assert!(
        told.contains("is the root user's of account 111122223333"),
        "{told}"
    );
    let told = refused(folder.path(), &with("users: [{name: ALICE}]"), &[]);
    assert!(
        told.contains("the account has a user alice already"),
        "{told}"
    );
    let told = refused(
        folder.path(),
        &with(
            "policies: [{name: Reader, path: /x/, document: '{\"Version\":\"2012-10-17\",\"Statement\":[]}'}]",
        ),
        &[],
    );
    assert!(told.contains("statement is empty"), "{told}");
    let told = refused(
        folder.path(),
        "accounts: [{name: other, alias: seeded}]",
        &[],
    );
    assert!(
        told.contains("another account has the alias seeded"),
        "{told}"
    );
    assert_eq!(revision(&folder), before);
}

#[test]
fn developers_may_have_short_keys_and_json() {
    let folder = tempfile::tempdir().unwrap();
    let seed = write(
        folder.path(),
        "{\n\t\"accounts\": [{\"id\": \"000000000000\", \"name\": \"dev\", \"users\": [\n\t\t{\"name\": \"u\", \"access_keys\": [{\"id\": \"short\", \"secret\": \"key\"}]}]}]\n}\n",
    );
    let server = Server::start_in(folder, &["--dev", "--ephemeral", "--seed", &seed], &[]);
    let who = || {
        call(
            &server,
            ("short", "key"),
            "sts",
            "Version=2011-06-15&Action=GetCallerIdentity",
        )
    };
    assert!(
        who().contains("arn:aws:iam::000000000000:user/u"),
        "{}",
        who()
    );
    assert!(
        server
            .request("POST", "/_claviger/reset", "", "")
            .contains("200")
    );
    assert!(who().contains("403"));
    assert!(
        server
            .request("POST", "/_claviger/reset?init=1", "", "")
            .contains("200")
    );
    assert!(who().contains("arn:aws:iam::000000000000:user/u"));
}

#[test]
fn a_refused_operation_stops_the_start_at_its_place_in_the_file() {
    let server = start(tempfile::tempdir().unwrap(), FILE);
    let root = server.root_key().unwrap();
    let policy = iam(
        &server,
        (&root.0, &root.1),
        "UpdateAccountPasswordPolicy&PasswordReusePrevention=5",
    );
    assert!(policy.contains("200 OK"), "{policy}");
    let folder = start(
        server.stop(),
        &FILE.replace("correct-Horse-7", "correct-Horse-8"),
    )
    .stop();
    let again = "accounts: [{id: 111122223333, name: other, users: [{name: alice, password: correct-Horse-7}]}]";
    let told = refused(folder.path(), again, &[]);
    assert!(told.contains("1 changes were made before this"), "{told}");
    assert!(
        told.contains("UpdateLoginProfile was refused: PasswordPolicyViolation"),
        "{told}"
    );
    assert!(
        told.contains("seed.yaml:1:") && !told.contains("Horse"),
        "{told}"
    );
}

#[test]
fn unknown_accounts_in_trust_policies_are_a_warning() {
    let file = r#"
accounts:
  - name: main
    roles:
      - name: shared
        trust: {Version: 2012-10-17, Statement: {Effect: Allow, Action: sts:AssumeRole, Principal: {AWS: 999988887777}}}
"#;
    let server = start(tempfile::tempdir().unwrap(), file);
    let log = server.log();
    assert!(
        log.contains("the account 999988887777 is neither in this file nor on"),
        "{log}"
    );
    assert!(log.contains("changes=1"), "{log}");
}

#[test]
fn only_regular_files_of_a_bounded_size_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let start = |seed: &str| {
        let output = claviger()
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--ephemeral",
                "--seed",
                seed,
            ])
            .output()
            .unwrap();
        assert!(!output.status.success());
        common::stderr(&output)
    };
    // A pipe would be waited for, and a device never ends.
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for path in [text(&pipe), "/dev/zero", text(folder.path())] {
        let error = start(path);
        assert!(error.contains("no regular file"), "{path}: {error}");
    }
    let large = folder.path().join("large.yaml");
    fs::File::create(&large)
        .unwrap()
        .set_len(8 * 1024 * 1024 + 1)
        .unwrap();
    let error = start(text(&large));
    assert!(error.contains("more than 8388608 bytes"), "{error}");
}

#[test]
fn a_server_is_stopped_while_it_is_seeded() {
    use std::fmt::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let mut file = "accounts:\n  - id: 111122223333\n    name: main\n    users:\n".to_owned();
    for number in 0..4000 {
        writeln!(file, "      - {{name: user-{number}, tags: {{a: b}}}}").unwrap();
    }
    let seed = write(folder.path(), &file);
    let data = folder.path().join("data");
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let mut child = claviger()
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--account",
            "111122223333",
        ])
        .args(["--seed", &seed, "--data", text(&data)])
        .stdout(std::process::Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let start = std::time::Instant::now();
    // The first users are written.
    let trail = || {
        fs::read_dir(data.join("trail"))
            .into_iter()
            .flatten()
            .filter_map(|entry| fs::read(entry.ok()?.path()).ok())
            .any(|bytes| bytes.windows(8).any(|window| window == b"\"user-2\""))
    };
    while !trail() {
        assert!(start.elapsed() < common::PATIENCE, "nothing is seeded");
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let id = child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-s", "TERM", &id])
        .status();
    assert!(sent.unwrap().success());
    let status = child.wait().unwrap();
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(status.success(), "{log}");
    assert!(
        log.contains("stopped before the seed file was done"),
        "{log}"
    );
    // The next start does the rest.
    let server = start_again(folder, &seed);
    assert!(server.banner().contains("listening"));
}

fn start_again(folder: TempDir, seed: &str) -> Server {
    Server::start_in(folder, &["--seed", seed], &[])
}
