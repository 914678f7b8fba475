//! Durable `CreateUser` against the disk's serial rate of `fdatasync`.

use crate::load::Load;
use crate::process::Process;
use crate::request::signed;
use crate::table::Table;
use crate::{CONNECTIONS, Run, disk};
use anyhow::ensure;
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;

/// Users in a second.
const RATE: f64 = 3_000.0;
/// The same as a multiple of the disk's serial rate, for slow disks.
const MULTIPLE: f64 = 30.0;
/// Users of each connection: with AWS's quota of 5,000 users each connection has an
/// account of its own, as tenants have.
const USERS: usize = 2_000;

pub(crate) fn measure(run: &Run, table: &mut Table) -> anyhow::Result<()> {
    let folder = tempfile::tempdir_in(&run.place)?;
    let server = Process::server(&run.server, &folder.path().join("data"), &["--dev"])?;
    let before = disk::serial_syncs(folder.path(), Duration::from_secs(1))?;
    let load = Load {
        connections: (0..CONNECTIONS)
            .map(|number| users(server.address, number))
            .collect::<Result<_, _>>()?,
        cycle: false,
        warm_up: Duration::from_millis(500),
        window: run.window(),
    };
    let outcome = load.run(server.address, server.id())?;
    ensure!(
        outcome.failures == 0,
        "{} calls failed, such as {:?}",
        outcome.failures,
        outcome.first_failure
    );
    let after = disk::serial_syncs(folder.path(), Duration::from_secs(1))?;
    let syncs = f64::midpoint(before, after);
    let multiple = outcome.rate / syncs;
    table.budget(
        "durable CreateUser, >= 3,000/s or >= 30x fdatasync",
        format!("{:.0}/s", outcome.rate),
        format!("serial fdatasync {syncs:.0}/s"),
        Some(multiple),
        outcome.rate >= RATE || multiple >= MULTIPLE,
    );
    table.note(
        "  99 of 100 answers within",
        format!("{:.1} ms", outcome.slow),
        String::new(),
    );
    table.note(
        "  server CPU",
        format!("{:.0} us", outcome.processor),
        String::new(),
    );
    Ok(())
}

fn users(address: SocketAddr, number: usize) -> anyhow::Result<Vec<Bytes>> {
    let account = format!("{:012}", 700_000_000_000 + number);
    (0..USERS)
        .map(|user| {
            let body = format!("Action=CreateUser&Version=2010-05-08&UserName=user-{user}");
            signed(address, "iam", (&account, "test"), &body)
        })
        .collect()
}
