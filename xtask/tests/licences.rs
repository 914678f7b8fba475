//! Everything that is built from the registry has a licence that `deny.toml` allows, and
//! nothing is built that it bans.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::collections::BTreeSet;
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn deny() -> toml::Table {
    let text = std::fs::read_to_string(format!("{ROOT}/deny.toml")).unwrap();
    text.parse().unwrap()
}

/// Name and licence of each package of the registry that a build of the workspace can reach on
/// some platform. The lock file holds more: what no feature that is on asks for.
fn packages() -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--workspace",
            "--edges",
            "all",
            "--target",
            "all",
            "--prefix",
            "none",
        ])
        .args(["--format", "{p}|{l}", "--locked", "--manifest-path"])
        .arg(format!("{ROOT}/Cargo.toml"))
        .output()
        .expect("cargo tree runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: BTreeSet<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    lines
        .into_iter()
        .filter_map(|line| line.split_once('|'))
        // A package of this workspace is shown with its path.
        .filter(|(package, _)| !package.contains(" (/"))
        .map(|(package, licence)| {
            (
                package.split(' ').next().unwrap_or_default().to_owned(),
                licence.to_owned(),
            )
        })
        .collect()
}

/// Whether an SPDX expression without parentheses can be met by the allowed licences.
/// `/` is an old way to write `OR`.
fn is_met(expression: &str, allowed: &[String]) -> bool {
    let plain = expression.replace('/', " OR ");
    if let Some((before, rest)) = plain.split_once('(') {
        // One group, as `A AND (B OR C)`: met where the group is and the rest is.
        let (group, after) = rest.split_once(')').unwrap_or((rest, ""));
        let outside = [
            before.trim().trim_end_matches("AND"),
            after.trim().trim_start_matches("AND"),
        ];
        return is_met(group, allowed)
            && outside
                .iter()
                .map(|part| part.trim())
                .all(|part| part.is_empty() || is_met(part, allowed));
    }
    plain.split(" OR ").any(|all| {
        all.split(" AND ").all(|one| {
            allowed
                .iter()
                .any(|name| name == one.trim().trim_end_matches('+'))
        })
    })
}

#[test]
fn licences_are_allowed() {
    let deny = deny();
    let allowed: Vec<String> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    let packages = packages();
    assert!(packages.len() > 100, "cargo tree lists what is built");
    let refused: Vec<_> = packages
        .iter()
        .filter(|(_, licence)| !is_met(licence, &allowed))
        .collect();
    assert!(refused.is_empty(), "not allowed by deny.toml: {refused:?}");
}

#[test]
fn nothing_banned_is_built() {
    let deny = deny();
    let banned: Vec<&str> = deny["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["crate"].as_str().unwrap())
        .collect();
    let found: Vec<_> = packages()
        .into_iter()
        .filter(|(name, _)| banned.contains(&name.as_str()))
        .collect();
    assert!(found.is_empty(), "banned by deny.toml: {found:?}");
}

#[test]
fn expressions_are_read() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned(), "Apache-2.0".to_owned()];
    for met in [
        "MIT",
        "GPL-3.0 OR MIT",
        "ISC AND (Apache-2.0 OR GPL-3.0)",
        "GPL-2.0/MIT",
        "(MIT OR X) AND ISC",
    ] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for refused in [
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "ISC AND (X OR Y)",
        "",
        "X OR Y",
    ] {
        assert!(!is_met(refused, &allowed), "{refused}");
    }
}
