//! Whole runs of `claviger policy`: what it reads, what it writes, how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{claviger, stderr, stdout};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Output, Stdio};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/policy")
}

/// Runs in the folder of the samples, so that names of files are short.
fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = claviger()
        .current_dir(folder())
        .arg("policy")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // A command that reads no input may be gone.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Compares with a file of `tests/policy`. `CLAVIGER_UPDATE_SNAPSHOTS=1` writes the file anew: read the difference then.
fn snapshot(file: &str, found: &str) {
    let path = folder().join(file);
    if std::env::var_os("CLAVIGER_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(found == expected, "{file} differs:\n{found}");
}

fn sample(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap()
}

#[test]
fn scenarios_are_answered_line_by_line() {
    let output = run(&["evaluate"], &sample("scenarios.jsonl"));
    assert!(output.status.success(), "{}", stderr(&output));
    snapshot("scenarios.answers", &stdout(&output));
    let from_file = run(&["evaluate", "scenarios.jsonl"], "");
    assert_eq!(stdout(&from_file), stdout(&output));
}

#[test]
fn explanations_are_for_people() {
    let output = run(&["evaluate", "--explain"], &sample("scenarios.jsonl"));
    assert!(output.status.success(), "{}", stderr(&output));
    snapshot("scenarios.explained", &stdout(&output));
}

#[test]
fn a_file_can_hold_one_scenario_on_many_lines() {
    let output = run(&["evaluate", "one.json"], "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["decision"], "Allow");
    assert_eq!(answer["id"], 7);
    let missing = run(&["evaluate", "nothing.json"], "");
    assert!(stderr(&missing).contains("cannot read nothing.json"));
    let wrong = run(&["evaluate", "identity.json"], "");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(stdout(&wrong).contains("\"error\""));
}

#[test]
fn each_answer_comes_before_the_next_scenario_is_waited_for() {
    let mut child = claviger()
        .args(["policy", "evaluate"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in sample("scenarios.jsonl").lines().take(3) {
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
        let answer = answers.next().unwrap().unwrap();
        assert!(answer.contains("\"decision\""), "{answer}");
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn long_lines_and_much_input_are_fine() {
    let padding = " ".repeat(3 << 20);
    let line = sample("scenarios.jsonl").lines().next().unwrap().to_owned();
    let long = line.replace(
        "\"identity_policies\":",
        &format!("{padding}\"identity_policies\":"),
    );
    assert!(long.len() > 3 << 20, "{line}");
    let mut input = format!("{long}\n");
    for _ in 0..2_000 {
        input.push_str(&line);
        input.push('\n');
    }
    let output = run(&["evaluate"], &input);
    let answers = stdout(&output);
    assert_eq!(answers.lines().count(), 2_001);
    let first = answers.lines().next().unwrap();
    assert!(answers.lines().all(|answer| answer == first), "{first}");
}

#[test]
fn findings_are_shown_in_their_lines() {
    let output = run(&["check", "identity.json", "trust.json", "good.json"], "");
    assert_eq!(output.status.code(), Some(1));
    snapshot("check.text", &stdout(&output));
}

#[test]
fn findings_as_json() {
    let output = run(&["check", "--format", "json", "identity.json"], "");
    assert_eq!(output.status.code(), Some(1));
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    let finding = findings
        .as_array()
        .unwrap()
        .iter()
        .find(|finding| finding["code"] == "INVALID_ACTION")
        .unwrap();
    assert_eq!(finding["severity"], "ERROR");
    assert_eq!(finding["file"], "identity.json");
    assert_eq!(finding["span"]["start"]["line"], 6);
    assert_eq!(finding["help"], "did you mean s3:GetObject?");
}

#[test]
fn findings_as_sarif() {
    let output = run(
        &["check", "--format", "sarif", "identity.json", "good.json"],
        "",
    );
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif-2.1.0"));
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(run["tool"]["driver"]["name"].is_string());
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(result["message"]["text"].is_string());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "identity.json");
        let number = |name: &str| place["region"][name].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!(
            (number("endLine"), number("endColumn"))
                >= (number("startLine"), number("startColumn"))
        );
    }
}

#[test]
fn kinds_are_guessed_or_told() {
    let good = run(&["check", "-"], &sample("good.json"));
    assert_eq!(good.status.code(), Some(0));
    assert!(stdout(&good).contains("nothing found; read as an identity policy (guessed"));
    let scp = run(&["check", "--kind", "scp", "good.json"], "");
    assert!(
        stdout(&scp).ends_with("read as a service control policy\n"),
        "{}",
        stdout(&scp)
    );
    let trust = run(&["check", "--kind", "trust", "good.json"], "");
    assert_eq!(trust.status.code(), Some(1));
    assert!(stdout(&trust).contains("MISSING_PRINCIPAL"));
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    for arguments in [
        &["check"][..],
        &["check", "nothing.json"],
        &["check", "--kind", "x", "good.json"],
        &["evaluate", "--nothing"],
    ] {
        let output = run(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!stderr(&output).is_empty());
    }
}
