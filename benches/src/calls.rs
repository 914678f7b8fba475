//! A signed `GetCallerIdentity`, recorded and durable, against a bare hyper server.

use crate::load::{Load, Outcome};
use crate::process::Process;
use crate::request::{once, signed};
use crate::table::{Table, median};
use crate::{CONNECTIONS, Run};
use anyhow::{Context, ensure};
use std::time::Duration;

/// Server processor time of a call, in microseconds.
const PROCESSOR: f64 = 30.0;
/// Share of the bare server's answers in a second.
const SHARE: f64 = 0.5;
const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

pub(crate) fn measure(run: &Run, table: &mut Table) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(&run.place)?;
    // What a server logs by default; `--dev` would log each call.
    let server = Process::server(
        &run.server,
        &folder.path().join("data"),
        &["--dev", "--log", "info"],
    )?;
    let memory = Process::server(
        &run.server,
        &folder.path().join("memory"),
        &["--dev", "--log", "info", "--ephemeral"],
    )?;
    let loud = Process::server(&run.server, &folder.path().join("loud"), &["--dev"])?;
    let bare = Process::bare()?;
    let users = [user(&server)?, user(&loud)?, user(&memory)?, nobody()];
    let processes = [&server, &loud, &memory, &bare];
    let mut outcomes = [const { Vec::new() }; 4];
    for _ in 0..run.rounds.max(1) {
        let measured = processes.into_iter().zip(&users).zip(&mut outcomes);
        for ((process, user), outcomes) in measured {
            outcomes.push(one(process, user, run)?);
        }
    }
    let [server, loud, memory, bare] = outcomes.map(middle);
    let peer = format!("bare hyper {:.1} us", bare.processor);
    table.budget(
        "signed GetCallerIdentity, server CPU <= 30 us",
        format!("{:.1} us", server.processor),
        peer.clone(),
        Some(server.processor / bare.processor),
        server.processor <= PROCESSOR,
    );
    let rate = format!("bare hyper {:.0}/s", bare.rate);
    table.budget(
        "signed GetCallerIdentity, rate >= 50 % of bare hyper",
        format!("{:.0}/s", server.rate),
        rate.clone(),
        Some(server.rate / bare.rate),
        server.rate >= SHARE * bare.rate,
    );
    table.note(
        "  99 of 100 answers within",
        format!("{:.2} ms", server.slow),
        format!("bare hyper {:.2} ms", bare.slow),
    );
    table.note(
        "  the same with a log line for each call, as --dev has it",
        format!("{:.1} us, {:.0}/s", loud.processor, loud.rate),
        String::new(),
    );
    table.note(
        "  the same with --ephemeral: nothing is durable",
        format!("{:.1} us, {:.0}/s", memory.processor, memory.rate),
        String::new(),
    );
    Ok(())
}

/// A user with an access key: its id and secret.
fn user(server: &Process) -> anyhow::Result<(String, String)> {
    let call = |body| {
        once(
            server.address,
            &signed(server.address, "iam", ("test", "test"), body)?,
        )
    };
    call("Action=CreateUser&Version=2010-05-08&UserName=alice")?;
    let made = call("Action=CreateAccessKey&Version=2010-05-08&UserName=alice")?;
    let value = |name: &str| {
        let (_, rest) = made.split_once(&format!("<{name}>")).context("no key")?;
        let (value, _) = rest.split_once('<').context("no key")?;
        anyhow::Ok(value.to_owned())
    };
    Ok((value("AccessKeyId")?, value("SecretAccessKey")?))
}

/// The bare server knows nobody.
fn nobody() -> (String, String) {
    ("AKIAIOSFODNN7EXAMPLE".to_owned(), "secret".to_owned())
}

fn one(process: &Process, key: &(String, String), run: &Run) -> anyhow::Result<Outcome> {
    let request = signed(process.address, "sts", (&key.0, &key.1), BODY)?;
    let load = Load {
        connections: vec![vec![request]; CONNECTIONS],
        cycle: true,
        warm_up: Duration::from_millis(500),
        window: run.window(),
    };
    let outcome = load.run(process.address, process.id())?;
    ensure!(
        outcome.failures == 0,
        "{} calls failed, such as {:?}",
        outcome.failures,
        outcome.first_failure
    );
    Ok(outcome)
}

fn middle(outcomes: Vec<Outcome>) -> Outcome {
    let of =
        |value: fn(&Outcome) -> f64| median(&mut outcomes.iter().map(value).collect::<Vec<_>>());
    Outcome {
        rate: of(|outcome| outcome.rate),
        processor: of(|outcome| outcome.processor),
        slow: of(|outcome| outcome.slow),
        ..Outcome::default()
    }
}
