//! `cargo xtask bench`: the budgets of ARCHITECTURE.md, measured.
//!
//! The release build of the server is measured by the program in `benches/`; how long
//! builds take is measured here, where asked for.

use crate::test::cargo;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// A file that many tests rest on.
const TOUCHED: &str = "services/iam/src/user.rs";
/// Minutes of two cores that a clean release build may take, and seconds of an incremental one.
const CLEAN_MINUTES: f64 = 10.0;
const INCREMENTAL_SECONDS: f64 = 60.0;
const CORES: f64 = 2.0;
/// Ticks of `/proc/self/stat` in a second.
const TICKS: f64 = 100.0;

/// Measures the budgets.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also measure builds: a clean release build, and a test build after a change. Takes many minutes.
    #[arg(long)]
    build: bool,
    /// Only the policy engine and others like it, on a corpus (docs/policy-bench.md).
    #[arg(long, value_name = "DIR")]
    corpus: Option<std::path::PathBuf>,
    /// More arguments for the measuring program, such as `--only calls`.
    #[arg(last = true, value_name = "ARGUMENTS")]
    more: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask stands in no workspace")?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    if let Some(corpus) = &args.corpus {
        return crate::bench_policy::run(root, &target, corpus);
    }
    let mut build = cargo();
    succeed(
        build
            .args([
                "build",
                "--release",
                "--package",
                "claviger",
                "--package",
                "benches",
            ])
            .current_dir(root),
    )?;
    let release = target.join("release");
    // Not in /tmp, which may be memory: there a sync costs nothing.
    let place = target.join("bench");
    fs::create_dir_all(&place).with_context(|| place.display().to_string())?;
    let mut measure = Command::new(release.join("benches"));
    measure
        .arg("run")
        .arg("--server")
        .arg(release.join("claviger"))
        .arg("--place")
        .arg(&place)
        .args(&args.more);
    if measures_kms(&args.more)
        && let Some(openbao) = crate::bench_peer::openbao(&place)?
    {
        measure.arg("--openbao").arg(openbao);
    }
    succeed(&mut measure)?;
    if args.build {
        builds(root, &target)
    } else {
        Ok(())
    }
}

/// Whether KMS, and so its peer, is among what is measured.
fn measures_kms(more: &[String]) -> bool {
    let mut only = more.iter().skip_while(|argument| *argument != "--only");
    only.nth(1)
        .is_none_or(|names| names.split(',').any(|name| name == "kms"))
}

/// Builds are measured in processor time where other work may run beside them.
fn builds(root: &Path, target: &Path) -> Result<()> {
    let scratch = target.join("bench-build");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    let before = children()?;
    let mut clean = cargo();
    clean
        .args([
            "build",
            "--release",
            "--package",
            "claviger",
            "--target-dir",
        ])
        .arg(&scratch);
    succeed(clean.current_dir(root))?;
    let used = children()? - before;
    fs::remove_dir_all(&scratch)?;
    let minutes = used / CORES / 60.0;
    line(
        "clean release build on 2 cores <= 10 min",
        &format!("{used:.0} CPU s"),
        &format!("{minutes:.1} min"),
        minutes <= CLEAN_MINUTES,
    )?;

    let tests = || {
        let mut build = cargo();
        build
            .args(["test", "--workspace", "--no-run"])
            .current_dir(root);
        build
    };
    succeed(&mut tests())?;
    let touched = root.join(TOUCHED);
    // The same text again: a new time of change is all that cargo looks at.
    let text = fs::read(&touched)?;
    fs::write(&touched, text)?;
    let (before, begin) = (children()?, Instant::now());
    succeed(&mut tests())?;
    let (used, took) = (children()? - before, begin.elapsed().as_secs_f64());
    line(
        "test build after a change of IAM <= 60 s",
        &format!("{took:.0} s"),
        &format!("{used:.0} CPU s"),
        took <= INCREMENTAL_SECONDS,
    )
}

fn line(budget: &str, figure: &str, more: &str, kept: bool) -> Result<()> {
    let mark = if kept { "pass" } else { "FAIL" };
    writeln!(
        std::io::stdout().lock(),
        "{budget:<52} {figure:>24} {more:>32} {:>7}  {mark}",
        ""
    )?;
    Ok(())
}

/// Seconds of processor of all children that have ended, and of theirs.
fn children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("stat without a name")?;
    // Fields 16 and 17; the first one behind the name is field 3.
    let mut times = fields.split_whitespace().skip(13);
    let mut tick = || -> Result<f64> { Ok(times.next().context("stat is short")?.parse()?) };
    Ok((tick()? + tick()?) / TICKS)
}

pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let name = Path::new(command.get_program()).display().to_string();
    let status = command
        .status()
        .with_context(|| format!("{name} does not start"))?;
    ensure!(status.success(), "{name} ended with {status}");
    Ok(())
}
