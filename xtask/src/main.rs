//! Chores of this repository: `cargo xtask <command>`.

use clap::{Parser, Subcommand};

mod data;

#[derive(Parser)]
#[command(name = "xtask", about = "Chores of this repository")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Rewrite data/ from the pinned packages that carry AWS's facts.
    Data,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Data => data::run(),
    }
}
