//! Chores of this repository: `cargo xtask <command>`.

use clap::{Parser, Subcommand};

mod codegen;
mod data;

#[derive(Parser)]
#[command(name = "xtask", about = "Chores of this repository")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Rewrite services/*/src/api/ from models/, and models/ from AWS's models.
    Codegen(codegen::Args),
    /// Rewrite data/ from the pinned packages that carry AWS's facts.
    Data,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Codegen(arguments) => codegen::run(&arguments),
        Command::Data => data::run(),
    }
}
