//! The floors of the house: lower crates never import higher ones, services do not
//! know each other, and databases, crypto providers and HTTP servers stay in their rooms.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use serde_json::Value;
use std::process::Command;

/// Floor of each library of the house; the binary and the tools stand above all.
const FLOORS: &[(&str, u8)] = &[
    ("claviger-arn", 0),
    ("claviger-policy", 0),
    ("claviger-policy-reference", 0),
    ("claviger-schema", 0),
    ("claviger-wire", 0),
    ("claviger-sigv4", 0),
    ("claviger-catalog", 0),
    ("claviger-analysis", 0),
    ("claviger-crypto", 1),
    ("claviger-store", 1),
    ("claviger-audit", 1),
    ("claviger-kernel", 2),
];

/// Crates of the world and the only packages that may depend on them.
const ROOMS: &[(&str, &[&str])] = &[
    ("rusqlite", &["claviger-store"]),
    ("libsqlite3-sys", &["claviger-store"]),
    ("tokio-postgres", &["claviger-store"]),
    ("aws-lc-rs", &["claviger-crypto"]),
    ("ring", &[]),
    ("openssl", &[]),
    ("argon2", &["claviger-crypto"]),
    ("cryptoki", &["claviger-crypto"]),
    ("ed25519-dalek", &["claviger-crypto"]),
    ("ml-dsa", &["claviger-crypto"]),
    ("ml-kem", &["claviger-crypto"]),
    ("rustls-webpki", &["claviger-crypto"]),
    ("coset", &["claviger-crypto"]),
    ("rustls", &["claviger"]),
    ("hyper", &["claviger"]),
    ("hyper-util", &["claviger"]),
    (
        "http",
        &[
            "claviger",
            "claviger-kernel",
            "claviger-wire",
            "claviger-sigv4",
            "xtask",
        ],
    ),
    ("claviger-wire", &["claviger", "claviger-kernel", "xtask"]),
];

fn packages() -> Vec<(String, Vec<String>)> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--manifest-path",
            manifest,
        ])
        .output()
        .expect("cargo metadata runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let normal = dependencies
                .iter()
                .filter(|dependency| dependency["kind"].is_null());
            let names = normal
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

fn floor(name: &str) -> Option<u8> {
    if name.starts_with("claviger-service-") {
        return Some(3);
    }
    FLOORS
        .iter()
        .find(|(package, _)| *package == name)
        .map(|(_, floor)| *floor)
}

#[test]
fn every_library_has_a_floor() {
    for (name, _) in packages()
        .iter()
        .filter(|(name, _)| name.starts_with("claviger-"))
    {
        assert!(
            floor(name).is_some(),
            "{name} has no floor: the plan in ARCHITECTURE.md must name it"
        );
    }
}

#[test]
fn no_library_imports_from_a_higher_floor() {
    for (name, dependencies) in packages() {
        let Some(own) = floor(&name) else { continue };
        for dependency in &dependencies {
            if let Some(other) = floor(dependency) {
                assert!(
                    other <= own,
                    "{name} (floor {own}) imports {dependency} (floor {other})"
                );
            }
        }
    }
}

#[test]
fn services_do_not_know_each_other() {
    for (name, dependencies) in packages()
        .iter()
        .filter(|(name, _)| name.starts_with("claviger-service-"))
    {
        let other = dependencies
            .iter()
            .find(|dependency| dependency.starts_with("claviger-service-"));
        assert_eq!(other, None, "{name} imports another service");
    }
}

#[test]
fn databases_crypto_and_http_servers_stay_in_their_rooms() {
    for (name, dependencies) in packages()
        .iter()
        .filter(|(name, _)| name == "claviger" || name.starts_with("claviger-"))
    {
        for (dependency, rooms) in ROOMS {
            let imports = dependencies.iter().any(|found| found == dependency);
            assert!(
                !imports || rooms.contains(&name.as_str()),
                "{name} imports {dependency}"
            );
        }
    }
}

#[test]
fn pure_crates_do_no_input_or_output() {
    const ASYNC: &[&str] = &["tokio", "async-std", "smol", "tracing"];
    for (name, dependencies) in packages() {
        if floor(&name) == Some(0) {
            let found = dependencies
                .iter()
                .find(|dependency| ASYNC.contains(&dependency.as_str()));
            assert_eq!(found, None, "{name} is pure and imports it");
        }
    }
}
