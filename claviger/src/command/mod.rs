//! The command line.

mod account;
mod backup;
mod events;
mod health;
mod remote;
mod restore;
mod serve;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// AWS's security plane as one binary.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
pub(crate) enum Command {
    /// Serve AWS's APIs.
    Serve(Box<serve::Serve>),
    /// Ask a running server whether it can answer calls.
    Health(health::Health),
    /// Print the audit trail as JSON lines, or check it.
    Events(events::Events),
    /// Copy state and audit trail of a data directory, also while a server runs on it.
    Backup(backup::Backup),
    /// Make a data directory from a backup.
    Restore(restore::Restore),
    /// Manage the accounts of a server.
    #[command(subcommand)]
    Account(account::Account),
}

impl Command {
    /// Runs the command.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Serve(serve) => serve.run(),
            Self::Health(health) => health.run(),
            Self::Events(events) => events.run(),
            Self::Backup(backup) => backup.run(),
            Self::Restore(restore) => restore.run(),
            Self::Account(account) => account.run(),
        }
    }
}

/// Writes text to standard output. A reader that has gone away ends the command quietly.
fn print(text: &str) -> std::io::Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error),
    }
}
