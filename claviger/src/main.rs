//! The one binary: `claviger serve` and the command line around it.

mod accounts;
mod assemble;
mod banner;
mod bootstrap;
mod command;
mod config;
mod diagnostic;
mod last_use;
mod logging;
mod seed;
mod server;
mod soundness;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// A call makes some hundred small allocations on any of several threads; the system's
/// allocator took a tenth of the time of a short one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match command::Command::parse().run() {
        Ok(code) => code,
        Err(error) => {
            // Nothing is left to tell where even this cannot be written.
            let _ = writeln!(std::io::stderr().lock(), "claviger: {error:#}");
            ExitCode::FAILURE
        }
    }
}
