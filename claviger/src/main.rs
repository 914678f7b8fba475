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
mod memory;
mod seal;
mod seed;
mod server;
mod soundness;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// The exit code where no slot opens the seal.
const SEALED: u8 = 3;

/// A call makes some hundred small allocations on any of several threads; the system's
/// allocator took a tenth of the time of a short one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    memory::refuse_dumps();
    match command::Command::parse().run() {
        Ok(code) => code,
        Err(error) => {
            // Nothing is left to tell where even this cannot be written.
            let _ = writeln!(std::io::stderr().lock(), "claviger: {error:#}");
            if error.downcast_ref::<seal::Sealed>().is_some() {
                return ExitCode::from(SEALED);
            }
            ExitCode::FAILURE
        }
    }
}
