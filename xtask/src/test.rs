//! `cargo xtask test`: everything that must pass before a change is good.
//!
//! Each check runs whatever became of the others, and the end names all of them: passed,
//! failed, or not run and why. A check that did not run never counts as passed.

use anyhow::{Context, Result, bail, ensure};
use std::ffi::OsStr;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Kills of each crash loop with `--long`; the tests know their own short number.
const LONG_KILLS: &str = "200";

/// Policy scenarios that `--long` decides twice; the test knows its own short number.
const LONG_CASES: &str = "1000000";

/// Runs all tests and checks.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The crash loops kill 200 times, and the policy engine and its reference decide a million new scenarios.
    #[arg(long)]
    long: bool,
    /// Only these checks; the others count as not run.
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    only: Vec<String>,
    /// More arguments for pytest, such as `-k NAME`.
    #[arg(last = true, value_name = "PYTEST")]
    pytest: Vec<String>,
}

/// What a check needs of its surroundings.
struct Place<'a> {
    root: &'a Path,
    args: &'a Args,
}

/// What became of a check.
enum Outcome {
    Passed,
    /// All tests that ran passed, and this many did not run: pytest says why.
    Skipped(u64),
    /// The tool that it needs is not here. The text says what to install.
    NotRun(&'static str),
}

type Check = fn(&Place<'_>) -> Result<Outcome>;

/// The checks in their order: what most often fails, and fails fast, comes first.
const CHECKS: &[(&str, Check)] = &[
    ("python", python),
    ("token", token),
    ("codegen", codegen),
    ("clippy", clippy),
    ("rust", rust),
    ("policies", policies),
    ("doctests", doctests),
    ("wire", wire),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> Result<()> {
    let known = |name: &String| CHECKS.iter().any(|(check, _)| check == name);
    if let Some(unknown) = args.only.iter().find(|name| !known(name)) {
        let names: Vec<_> = CHECKS.iter().map(|(name, _)| *name).collect();
        bail!(
            "there is no check {unknown}; there are {}",
            names.join(", ")
        );
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask stands in no workspace")?;
    let place = Place { root, args };
    let mut failed = 0;
    let mut report = String::from("\n");
    for (name, check) in CHECKS {
        let begin = Instant::now();
        let outcome = if args.only.is_empty() || args.only.iter().any(|only| only == name) {
            say(&format!("== {name}\n"))?;
            check(&place)
        } else {
            Ok(Outcome::NotRun("not asked for"))
        };
        failed += usize::from(outcome.is_err());
        report.push_str(&line(name, &outcome, begin.elapsed()));
    }
    say(&report)?;
    ensure!(failed == 0, "{failed} of {} checks failed", CHECKS.len());
    Ok(())
}

fn line(name: &str, outcome: &Result<Outcome>, took: Duration) -> String {
    let seconds = took.as_secs();
    match outcome {
        Ok(Outcome::Passed) => format!("{name:<10} passed in {seconds} s\n"),
        Ok(Outcome::Skipped(number)) => {
            format!("{name:<10} passed in {seconds} s, with {number} tests NOT RUN\n")
        }
        Ok(Outcome::NotRun(reason)) => format!("{name:<10} NOT RUN: {reason}\n"),
        Err(error) => format!("{name:<10} FAILED after {seconds} s: {error:#}\n"),
    }
}

fn say(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn passes(command: &mut Command) -> Result<Outcome> {
    let name = command.get_program().to_owned();
    let status = command
        .status()
        .with_context(|| format!("{} does not start", Path::new(&name).display()))?;
    ensure!(
        status.success(),
        "{} ended with {status}",
        Path::new(&name).display()
    );
    Ok(Outcome::Passed)
}

/// A file of the debug build, beside which this program stands, wherever the target directory is.
fn built(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let target = own
        .parent()
        .and_then(Path::parent)
        .context("xtask stands in no target directory")?;
    Ok(target.join("debug").join(name))
}

/// Whether a program is here and answers.
fn answers(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The virtual environment of the tests, with the pinned clients. It is made anew only
/// where the pins have changed since.
fn python(place: &Place<'_>) -> Result<Outcome> {
    let requirements = place.root.join("tests/requirements.txt");
    let wanted =
        fs::read_to_string(&requirements).with_context(|| requirements.display().to_string())?;
    let environment = place.root.join(".venv");
    let stamp = environment.join("installed-requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Outcome::Passed);
    }
    if !interpreter(place.root).exists() {
        passes(Command::new("python3").args([
            OsStr::new("-m"),
            OsStr::new("venv"),
            environment.as_os_str(),
        ]))?;
    }
    let mut pip = Command::new(interpreter(place.root));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ]);
    passes(pip.arg(&requirements))?;
    fs::write(&stamp, wanted)?;
    Ok(Outcome::Passed)
}

/// The PKCS#11 module of the tests, a package of Debian, which is installed where that is allowed.
fn token(_: &Place<'_>) -> Result<Outcome> {
    const MODULES: [&str; 2] = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    ];
    let is_here = || MODULES.iter().any(|module| Path::new(module).exists());
    if is_here() {
        return Ok(Outcome::Passed);
    }
    // A list of packages that is old or missing is brought up to date once.
    let install = ["install", "--yes", "softhsm2"];
    for step in [&install[..], &["update"], &install] {
        if !is_here() {
            // What it could not do is seen below.
            let _ = answers(Command::new("apt-get").args(step).stdin(Stdio::null()));
        }
    }
    Ok(if is_here() {
        Outcome::Passed
    } else {
        Outcome::NotRun("install softhsm2; without it the tests of PKCS#11 tokens are skipped")
    })
}

fn interpreter(root: &Path) -> PathBuf {
    root.join(".venv/bin/python")
}

/// Generated code is what the models give.
fn codegen(_: &Place<'_>) -> Result<Outcome> {
    let program = std::env::current_exe()?;
    passes(Command::new(program).args(["codegen", "--check"]))
}

fn clippy(place: &Place<'_>) -> Result<Outcome> {
    let mut command = cargo();
    command.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "--deny",
        "warnings",
    ]);
    passes(command.current_dir(place.root))
}

/// All Rust tests but doctests: nextest runs them where it is installed, else `cargo test` does.
fn rust(place: &Place<'_>) -> Result<Outcome> {
    let mut command = cargo();
    if answers(cargo().args(["nextest", "--version"])) {
        command.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
    } else {
        say("cargo-nextest is not installed: cargo test runs the tests\n")?;
        command.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
    }
    if place.args.long {
        command.env("CLAVIGER_KILLS", LONG_KILLS);
    }
    passes(command.current_dir(place.root))
}

/// The policy engine against its reference on many scenarios, from a seed that is printed.
fn policies(place: &Place<'_>) -> Result<Outcome> {
    if !place.args.long {
        return Ok(Outcome::NotRun(
            "50,000 scenarios are part of rust; a million run with --long",
        ));
    }
    let seed = RandomState::new().build_hasher().finish() % 1_000_000_000;
    let mut command = cargo();
    command.args([
        "test",
        "--release",
        "--package",
        "claviger-policy-reference",
    ]);
    command.args(["--test", "differential", "--", "--nocapture"]);
    command
        .env("CLAVIGER_CASES", LONG_CASES)
        .env("CLAVIGER_SEED", seed.to_string());
    passes(command.current_dir(place.root))
}

fn doctests(place: &Place<'_>) -> Result<Outcome> {
    passes(
        cargo()
            .args(["test", "--workspace", "--doc"])
            .current_dir(place.root),
    )
}

/// Behaviour through the wire: the built server, and AWS's own clients against it.
fn wire(place: &Place<'_>) -> Result<Outcome> {
    passes(
        cargo()
            .args(["build", "--package", "claviger"])
            .current_dir(place.root),
    )?;
    // Built here, because a build inside a test would run into the test's time limit.
    let coverage = built("coverage.json")?;
    let mut command = cargo();
    command.args(["xtask", "coverage", "--json"]);
    let told = command.current_dir(place.root).output()?;
    ensure!(
        told.status.success(),
        "cargo xtask coverage: {}",
        String::from_utf8_lossy(&told.stderr)
    );
    fs::write(&coverage, &told.stdout)?;
    let python = interpreter(place.root);
    ensure!(
        python.exists(),
        "there is no virtual environment: the check python makes it"
    );
    let mut pytest = Command::new(python);
    pytest
        .args(["-m", "pytest", "tests"])
        .args(&place.args.pytest);
    if place.args.long {
        pytest.env("CLAVIGER_KILLS", LONG_KILLS);
    }
    pytest.env("CLAVIGER_COVERAGE", &coverage);
    let report = built("wire-tests.xml")?;
    pytest.arg("--junit-xml").arg(&report);
    passes(pytest.current_dir(place.root))?;
    Ok(match skipped(&fs::read_to_string(&report)?)? {
        0 => Outcome::Passed,
        number => Outcome::Skipped(number),
    })
}

/// The number of skipped tests in pytest's report.
fn skipped(report: &str) -> Result<u64> {
    let number = report
        .split_once(" skipped=\"")
        .and_then(|(_, rest)| rest.split_once('"'));
    let (number, _) = number.context("pytest's report counts no skipped tests")?;
    Ok(number.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_did_not_run_is_no_passed_one() {
        let said = |outcome| line("wire", &outcome, Duration::from_secs(2));
        assert_eq!(said(Ok(Outcome::Passed)), "wire       passed in 2 s\n");
        assert_eq!(
            said(Ok(Outcome::Skipped(3))),
            "wire       passed in 2 s, with 3 tests NOT RUN\n"
        );
        assert_eq!(
            said(Ok(Outcome::NotRun("no tool"))),
            "wire       NOT RUN: no tool\n"
        );
        assert_eq!(
            said(Err(anyhow::anyhow!("no"))),
            "wire       FAILED after 2 s: no\n"
        );
    }

    #[test]
    fn skipped_tests_are_counted() {
        let report = r#"<testsuites name="t"><testsuite name="pytest" errors="0" failures="0" skipped="7" tests="9">"#;
        assert_eq!(skipped(report).unwrap(), 7);
        assert!(skipped("<testsuites/>").is_err());
    }
}
