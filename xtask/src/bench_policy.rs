//! `cargo xtask bench --corpus DIR`: the policy engine and others like it on one corpus, in one run.

use crate::bench::succeed;
use crate::test::cargo;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// For each workload: decisions in a second of processor time, and how often the best of the others.
const BUDGETS: [(&str, f64, f64); 3] = [
    ("small", 2.0e6, 3.0),
    ("typical", 1.0e6, 20.0),
    ("large", 0.4e6, 4.0),
];
/// Microseconds that 99 of 100 decisions stay below.
const P99: f64 = 5.0;
/// Seconds of processor time to parse and compile 10,000 documents.
const COMPILE: f64 = 0.3;
/// Explained decisions are at least this part of the budget for plain ones.
const EXPLAINED: f64 = 1.0 / 3.0;

/// Builds both programs, runs them, and prints the table.
pub(crate) fn run(root: &Path, target: &Path, corpus: &Path) -> Result<()> {
    let corpus = std::path::absolute(corpus)?;
    let mut build = cargo();
    succeed(
        build
            .args(["build", "--release", "--package", "claviger"])
            .current_dir(root),
    )?;
    // The others stand outside the workspace, with a lock file and a target directory of their own.
    let peers = root.join("benches").join("peers");
    let peers_target = target.join("peers");
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--target-dir"]);
    succeed(build.arg(&peers_target).current_dir(&peers))?;

    let own = lines(
        Command::new(target.join("release").join("claviger"))
            .args(["policy", "bench", "--json"])
            .arg(&corpus),
    )?;
    let others = lines(Command::new(program(&peers_target)).arg(&corpus))?;
    let mut best: BTreeMap<String, f64> = BTreeMap::new();
    for other in &others {
        let (workload, rate) = (
            text(other, "workload"),
            number(other, "decisions_per_cpu_second"),
        );
        say(&format!(
            "{workload:<8} {:<24} {rate:>12.0} /CPU s   {:.0} of {:.0} answers are wrong",
            text(other, "engine"),
            number(other, "wrong"),
            number(other, "requests"),
        ))?;
        let place = best.entry(workload.to_owned()).or_default();
        *place = place.max(rate);
    }
    for figures in &own {
        budgets(figures, &best)?;
    }
    let wrong: f64 = own.iter().map(|figures| number(figures, "wrong")).sum();
    ensure!(wrong == 0.0, "{wrong:.0} answers are wrong");
    Ok(())
}

fn program(target: &Path) -> PathBuf {
    target.join("release").join("peers")
}

fn budgets(figures: &Value, best: &BTreeMap<String, f64>) -> Result<()> {
    let workload = text(figures, "workload");
    let Some((_, rate, ratio)) = BUDGETS.iter().find(|(name, ..)| *name == workload) else {
        return Ok(());
    };
    let decisions = number(figures, "decisions_per_cpu_second");
    let prepared = number(figures, "prepared_decisions_per_cpu_second");
    let near = number(figures, "near_explanations_per_cpu_second");
    let p99 = number(figures, "p99_microseconds");
    let line = |what: &str, figure: String, kept: bool| {
        let mark = if kept { "pass" } else { "FAIL" };
        say(&format!("{workload:<8} {what:<52} {figure:>16}  {mark}"))
    };
    let rate_of = |figure: f64| format!("{figure:.0} /CPU s");
    line(
        "decisions from texts",
        rate_of(decisions),
        decisions >= *rate,
    )?;
    line(
        "explained decisions from texts",
        rate_of(near),
        near >= rate * EXPLAINED,
    )?;
    line(
        "p99 of a decision <= 5 us",
        format!("{p99:.2} us"),
        p99 <= P99,
    )?;
    // The others get their requests prepared, so the engine does too.
    if let Some(best) = best.get(workload).filter(|best| **best > 0.0) {
        let times = prepared / best;
        let what = format!("prepared decisions, >= {ratio} x the best other");
        line(&what, format!("{times:.1} x"), times >= *ratio)?;
    }
    let documents = number(figures, "documents");
    if documents >= 1e4 {
        let each = number(figures, "compile_cpu_seconds") * 1e4 / documents;
        line(
            "10,000 documents compile in <= 0.3 CPU s",
            format!("{each:.3} CPU s"),
            each <= COMPILE,
        )?;
    }
    Ok(())
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn number(value: &Value, member: &str) -> f64 {
    value
        .get(member)
        .and_then(Value::as_f64)
        .unwrap_or(f64::NAN)
}

/// The JSON lines that a program prints. It may end with a failure when it has printed what is wrong.
fn lines(command: &mut Command) -> Result<Vec<Value>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("{name} does not start"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let lines: Result<Vec<Value>, _> = printed.lines().map(serde_json::from_str).collect();
    let lines = lines.with_context(|| format!("{name} prints no JSON"))?;
    ensure!(
        !lines.is_empty(),
        "{name} measured nothing: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(lines)
}
