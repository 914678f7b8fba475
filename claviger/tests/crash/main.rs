//! The whole server is killed at random times while clients change and read things.
//! What was acknowledged is there and whole afterwards, what was not is there whole or
//! not at all, and every acknowledged call stands in the trail exactly once.
//!
//! `CLAVIGER_KILLS` sets the number of kills, `CLAVIGER_SEED` repeats a run's choices.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../common/mod.rs"]
mod common;
mod dice;
mod trail;
mod worker;

use common::caller::Caller;
use common::{Server, claviger, consistency};
use dice::Dice;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use trail::Acknowledged;
use worker::Worker;

const KILLS: u64 = 15;
const WORKERS: usize = 6;
/// The hash chain is walked after so many kills, and at the end.
const CHAIN_WALKS: u64 = 5;
/// One start of so many is killed before it is ready.
const EARLY: u64 = 4;

/// What all workers share: the root user's key, a group, and policies.
pub(crate) struct Stage {
    key: (String, String),
    group: &'static str,
    policies: Vec<String>,
}

impl Stage {
    /// The first policy lets users read themselves; the others grant what nobody asks for.
    fn set(server: &Server) -> Self {
        let key = server.root_key().unwrap();
        let mut root = Caller::new(&server.address, (&key.0, &key.1));
        let group = "everybody";
        assert_eq!(
            root.call("CreateGroup", &[("GroupName", group)])
                .unwrap()
                .status,
            200
        );
        let policies = ["iam:GetUser", "s3:GetObject", "kms:Decrypt"].map(|action| {
            let name = action.replace(':', "-");
            let document = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
            );
            let fields = [("PolicyName", name.as_str()), ("PolicyDocument", &document)];
            root.call("CreatePolicy", &fields).unwrap().value("Arn").unwrap()
        });
        Self {
            key,
            group,
            policies: policies.into(),
        }
    }

    fn root(&self, address: &str) -> Caller {
        Caller::new(address, (&self.key.0, &self.key.1))
    }
}

#[test]
fn nothing_acknowledged_is_lost_or_halved_by_kills() {
    let kills = number("CLAVIGER_KILLS").unwrap_or(KILLS);
    let seed = number("CLAVIGER_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    eprintln!("CLAVIGER_SEED={seed} CLAVIGER_KILLS={kills}");
    let mut dice = Dice::new(seed);
    let server = Server::start(&[]);
    let stage = Stage::set(&server);
    let mut workers: Vec<_> = (0..WORKERS)
        .map(|number| Worker::new(number, dice.next()))
        .collect();
    let (mut writes, mut calls) = (0, 0);
    let mut running = Some(server);
    for kill in 1..=kills {
        let server = running.take().unwrap();
        let since = trail::now();
        let folder = change_until_killed(server, &stage, &mut workers, &mut dice);
        let mut acknowledged: Vec<_> = workers
            .iter_mut()
            .flat_map(Worker::take_acknowledged)
            .collect();
        // The walk is over the whole trail, which grows.
        if kill % CHAIN_WALKS == 0 {
            trail::verify(&folder.path().join("data"));
        }
        let folder = if dice.below(EARLY) == 0 {
            kill_before_ready(folder, &mut dice)
        } else {
            folder
        };
        let server = Server::start_in(folder, &[], &[]);
        acknowledged.extend(verify(&server, &stage, &mut workers));
        trail::holds_once(&server.data(), since, &acknowledged);
        writes += acknowledged.iter().filter(|call| call.is_write()).count();
        calls += acknowledged.len();
        if kill % 20 == 0 {
            eprintln!("{kill} kills, {calls} acknowledged calls, {writes} of them writes");
        }
        running = Some(server);
    }
    eprintln!("{kills} kills, {calls} acknowledged calls, {writes} of them writes");
    assert!(writes > 0, "nothing was written between the kills");
    let folder = running.unwrap().stop();
    trail::verify(&folder.path().join("data"));
}

/// Lets all workers work for a while, and kills the server under them.
fn change_until_killed(
    server: Server,
    stage: &Stage,
    workers: &mut [Worker],
    dice: &mut Dice,
) -> TempDir {
    let address = server.address.clone();
    let time = Duration::from_millis(20 + dice.below(600));
    std::thread::scope(|scope| {
        for worker in workers {
            let address = &address;
            scope.spawn(move || worker.work(stage, address));
        }
        std::thread::sleep(time);
        server.kill()
    })
}

/// A start that is killed while it recovers.
fn kill_before_ready(folder: TempDir, dice: &mut Dice) -> TempDir {
    let mut child = claviger()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(dice.below(80)));
    child.kill().unwrap();
    child.wait().unwrap();
    folder
}

/// Compares everything with what the workers were told, and settles what they were not told.
fn verify(server: &Server, stage: &Stage, workers: &mut [Worker]) -> Vec<Acknowledged> {
    std::thread::scope(|scope| {
        for worker in &mut *workers {
            scope.spawn(move || worker.verify(stage, &server.address));
        }
    });
    let mut root = stage.root(&server.address);
    let listed = root.call("ListUsers", &[("MaxItems", "1000")]).unwrap();
    let mut names = listed.values("UserName");
    names.sort();
    let mut known: Vec<_> = workers.iter().flat_map(Worker::user_names).collect();
    known.sort();
    assert_eq!(
        names, known,
        "users that exist and users that were acknowledged"
    );
    let walked = consistency::check(&mut root)
        .into_iter()
        .map(Acknowledged::read);
    let listed = Acknowledged::of("ListUsers", &listed);
    let settled = workers.iter_mut().flat_map(Worker::take_acknowledged);
    walked.chain([listed]).chain(settled).collect()
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|text| text.parse().unwrap())
}
