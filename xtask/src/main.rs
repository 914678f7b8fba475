//! Chores of this repository: `cargo xtask <command>`.

use clap::{Parser, Subcommand};

mod bench;
mod bench_peer;
mod bench_policy;
mod codegen;
mod coverage;
mod data;
mod test;

#[derive(Parser)]
#[command(name = "xtask", about = "Chores of this repository")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure the budgets of ARCHITECTURE.md on the release build.
    Bench(bench::Args),
    /// Rewrite services/*/src/api/ from models/, and models/ from AWS's models.
    Codegen(codegen::Args),
    /// Count the operations that are served, service by service.
    Coverage(coverage::Args),
    /// Rewrite data/ from the pinned packages that carry AWS's facts.
    Data,
    /// Run all tests and checks, and install what they need.
    Test(test::Args),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Codegen(arguments) => codegen::run(&arguments),
        Command::Coverage(arguments) => coverage::run(&arguments),
        Command::Data => data::run(),
        Command::Test(arguments) => test::run(&arguments),
    }
}
