//! `claviger health`: for container health checks and scripts.

use super::remote::Remote;
use http::{Method, StatusCode};
use std::process::ExitCode;

/// Options of `claviger health`. Exit code 0: calls can be answered.
#[derive(Debug, clap::Args)]
pub(crate) struct Health {
    #[command(flatten)]
    remote: Remote,
}

impl Health {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.remote.client()?;
        let (status, body) = client.send(Method::GET, "/_claviger/health", "", &|_, _| Ok(()))?;
        super::print(&String::from_utf8_lossy(&body))?;
        Ok(if status == StatusCode::OK {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}
