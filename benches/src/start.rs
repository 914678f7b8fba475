//! Starts, memory and reset.

use crate::Run;
use crate::load::Load;
use crate::process::Process;
use crate::request::{once, signed};
use crate::table::{Table, median};
use anyhow::ensure;
use bytes::Bytes;
use std::time::{Duration, Instant};

/// Start to ready, in milliseconds.
const READY: f64 = 100.0;
/// Idle memory, in MiB.
const RESIDENT: f64 = 40.0;
/// Emptying a scratch server of a thousand users, in milliseconds.
const RESET: f64 = 20.0;
const STARTS: usize = 7;
const USERS: usize = 1_000;
/// A policy of AWS that touches the table of them.
const READ_MANAGED: &str = "Action=GetPolicy&Version=2010-05-08&PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess";

pub(crate) fn measure(run: &Run, table: &mut Table) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(&run.place)?;
    let (mut ephemeral, mut new, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..STARTS {
        let data = folder.path().join(format!("data-{number}"));
        ephemeral.push(milliseconds(
            Process::server(&run.server, &data, &["--dev", "--ephemeral"])?.took,
        ));
        // Makes the root key, the store, the trail and the root user's access key.
        new.push(milliseconds(Process::server(&run.server, &data, &[])?.took));
        again.push(milliseconds(Process::server(&run.server, &data, &[])?.took));
    }
    for (name, times) in [
        ("start to ready, new data directory, <= 100 ms", new),
        ("start to ready, data directory of before, <= 100 ms", again),
        ("start to ready, --ephemeral, <= 100 ms", ephemeral),
    ] {
        let mut times = times;
        let time = median(&mut times);
        let most = times.last().copied().unwrap_or_default();
        table.budget(
            name,
            format!("{time:.0} ms"),
            format!("slowest of {STARTS}: {most:.0} ms"),
            None,
            time <= READY,
        );
    }
    memory(run, table, &folder.path().join("memory"))?;
    reset(run, table, &folder.path().join("reset"))
}

fn memory(run: &Run, table: &mut Table, data: &std::path::Path) -> anyhow::Result<()> {
    let server = Process::server(&run.server, data, &["--dev"])?;
    std::thread::sleep(Duration::from_millis(500));
    let idle = server.resident()?;
    once(
        server.address,
        &signed(server.address, "iam", ("test", "test"), READ_MANAGED)?,
    )?;
    let touched = server.resident()?;
    for (name, figure) in [
        ("idle memory after start <= 40 MiB", idle),
        (
            "idle memory, AWS's managed policies read, <= 40 MiB",
            touched,
        ),
    ] {
        table.budget(
            name,
            format!("{figure:.1} MiB"),
            String::new(),
            None,
            figure <= RESIDENT,
        );
    }
    Ok(())
}

fn reset(run: &Run, table: &mut Table, data: &std::path::Path) -> anyhow::Result<()> {
    for (name, arguments) in [
        (
            "reset of 1,000 users, --ephemeral, < 20 ms",
            &["--dev", "--ephemeral"][..],
        ),
        ("reset of 1,000 users, on disk, < 20 ms", &["--dev"][..]),
    ] {
        let server = Process::server(&run.server, data, arguments)?;
        let mut times = Vec::new();
        for _ in 0..3 {
            fill(&server)?;
            let begin = Instant::now();
            once(server.address, b"POST /_claviger/reset HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")?;
            times.push(milliseconds(begin.elapsed()));
        }
        let time = median(&mut times);
        table.budget(
            name,
            format!("{time:.1} ms"),
            String::new(),
            None,
            time < RESET,
        );
    }
    Ok(())
}

fn fill(server: &Process) -> anyhow::Result<()> {
    let user = |number: usize| {
        let body = format!("Action=CreateUser&Version=2010-05-08&UserName=user-{number}");
        signed(server.address, "iam", ("test", "test"), &body)
    };
    const EACH: usize = USERS / 16;
    let requests: Vec<Bytes> = (0..EACH * 16).map(user).collect::<Result<_, _>>()?;
    let load = Load {
        connections: requests.chunks(EACH).map(<[Bytes]>::to_vec).collect(),
        cycle: false,
        warm_up: Duration::ZERO,
        window: Duration::from_secs(30),
    };
    let outcome = load.run(server.address, server.id())?;
    ensure!(
        outcome.failures == 0,
        "users are not made: {:?}",
        outcome.first_failure
    );
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
