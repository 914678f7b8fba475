//! The command line.

mod account;
mod backup;
mod events;
mod health;
mod policy;
mod remote;
mod restore;
mod seal;
mod serve;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// AWS's security plane as one binary.
#[derive(Debug, Parser)]
#[command(version, about, disable_help_subcommand = true)]
pub(crate) enum Command {
    /// Serve AWS's APIs.
    ///
    /// Each option is also a key of the configuration file and a variable of the environment:
    /// --max-body is max-body and CLAVIGER_MAX_BODY. Flags go before the environment, the
    /// environment before the file. The root user's access key can be set by
    /// CLAVIGER_ROOT_ACCESS_KEY_ID and CLAVIGER_ROOT_SECRET_ACCESS_KEY; else a new data directory
    /// gets one, which is printed once.
    Serve(Box<serve::Serve>),
    /// Ask a running server whether it can answer calls.
    Health(health::Health),
    /// Print the audit trail as JSON lines, or check it.
    Events(events::Events),
    /// Copy state and audit trail of a data directory, also while a server runs on it.
    ///
    /// Makes a directory with a consistent copy of the state (state.db), the audit trail (trail/)
    /// and manifest.json. The state is copied first, so that the trail knows everything that the
    /// state does.
    ///
    /// Secrets in the state are sealed. The seal (seal.json) is copied too, in which each slot has
    /// the root key wrapped; root.key is not: keep it at another place. Without it and without the
    /// secret of any other slot nobody can open the backup, neither a thief nor you.
    Backup(backup::Backup),
    /// Make a data directory from a backup.
    ///
    /// The data directory must be empty or hold a root.key only. The root key is taken from there,
    /// else from the backup, else from --root-key; it must be the one of the backup. None is needed
    /// where the backup's seal has other slots, such as a recovery slot.
    Restore(restore::Restore),
    /// Manage the accounts of a server.
    ///
    /// A running server is asked with the credentials of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
    /// and AWS_SESSION_TOKEN, which must be those of the first account's root user. With --data the
    /// data directory of a stopped server is opened, which needs no credentials.
    #[command(subcommand)]
    Account(account::Account),
    /// Manage the slots that the root key lies in.
    ///
    /// The root key lies in each slot by itself, and any of them opens the data: root.key, a
    /// variable, a passphrase, a PKCS#11 token, another KMS, a text on paper. Slots are changed
    /// while the server is stopped.
    #[command(subcommand)]
    Seal(seal::Seal),
    /// Decide requests by policies and check policies, without a server.
    #[command(subcommand)]
    Policy(policy::Policy),
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
            Self::Seal(seal) => seal.run(),
            Self::Policy(policy) => policy.run(),
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
