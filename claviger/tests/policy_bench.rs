//! `claviger policy bench` checks the answers of a corpus.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const WORKLOAD: &str = r#"{
    "policies": {
        "read": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::home/${aws:username}/*"},
            {"Effect": "Deny", "Action": "*", "Resource": "*",
             "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": ["secret"]}}}]},
        "all": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}},
    "resource_policies": {
        "open": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*",
            "Principal": {"AWS": "arn:aws:iam::111122223333:user/ann"}}}},
    "principals": [{"arn": "arn:aws:iam::111122223333:user/ann", "role_arn": null, "account": "111122223333",
        "username": "ann", "policies": ["read"], "boundary": null, "scps": [["all"]], "tags": {}}]}"#;

fn request(action: &str, resource_policy: &str, keys: &str, expect: &str) -> String {
    format!(
        r#"{{"p": 0, "action": "{action}", "resource": "arn:aws:s3:::home/ann/a", "resource_account": "111122223333", "resource_policy": {resource_policy}, "context": {{"aws:username": "ann"{keys}}}, "expect": "{expect}"}}"#
    )
}

fn bench(directory: &Path, requests: &[String]) -> Output {
    let small = directory.join("small");
    fs::create_dir_all(&small).unwrap();
    fs::write(small.join("workload.json"), WORKLOAD).unwrap();
    fs::write(small.join("requests.jsonl"), requests.join("\n")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_claviger"))
        .args([
            "policy",
            "bench",
            "--runs",
            "1",
            "--decisions",
            "100",
            "--json",
        ])
        .arg(directory)
        .output()
        .unwrap()
}

fn right() -> Vec<String> {
    let secret = r#", "aws:TagKeys": ["a", "secret"]"#;
    vec![
        request("s3:GetObject", "null", "", "Allow"),
        request("s3:PutObject", "null", "", "ImplicitDeny"),
        request("s3:PutObject", r#""open""#, "", "Allow"),
        request("s3:GetObject", "null", secret, "ExplicitDeny"),
    ]
}

#[test]
fn right_answers_end_well() {
    let directory = tempfile::tempdir().unwrap();
    let output = bench(directory.path(), &right());
    assert!(output.status.success(), "{output:?}");
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&figures["requests"], &figures["wrong"]),
        (&4.into(), &0.into())
    );
    assert!(figures["decisions_per_cpu_second"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_wrong_answer_is_a_failure() {
    let directory = tempfile::tempdir().unwrap();
    let mut requests = right();
    requests.push(request("s3:GetObject", "null", "", "ImplicitDeny"));
    let output = bench(directory.path(), &requests);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["wrong"], 1);
}

#[test]
fn a_corpus_that_is_none_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_claviger"))
        .args(["policy", "bench"])
        .arg(directory.path())
        .output()
        .unwrap();
    assert!(!output.status.success());
}
