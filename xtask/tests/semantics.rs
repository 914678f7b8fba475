//! `docs/policy-semantics.md`: every rule of its tables names a test that proves it, and every test that the page
//! names exists.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/policy-semantics.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn page() -> String {
    fs::read_to_string(root().join(PAGE)).unwrap()
}

/// The tests that a text names: `` `file::name` ``.
fn tests(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter_map(|quoted| quoted.rsplit_once("::"))
        .filter(|(file, _)| file.ends_with(".rs") || file.ends_with(".py"))
        .collect()
}

/// The cells of a table's rows; headings and rules are left out.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter(|line| line.starts_with('|'));
    lines
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .filter(|cells: &Vec<&str>| !cells[0].starts_with("---") && cells[1] != "Proved by")
        .collect()
}

/// Whether a file has a test of that name.
fn has_test(file: &str, name: &str) -> bool {
    let Ok(text) = fs::read_to_string(root().join(file)) else {
        return false;
    };
    if file.ends_with(".py") {
        return name.starts_with("test_") && text.contains(&format!("\ndef {name}("));
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declared = |line: &&str| {
        let declared = line.strip_prefix("async ").unwrap_or(line);
        let rest = declared.strip_prefix(&format!("fn {name}("));
        rest.is_some()
    };
    lines.iter().enumerate().any(|(index, line)| {
        let attributes = lines[..index].iter().rev();
        declared(line)
            && attributes
                .take_while(|line| line.starts_with(['#', '/']))
                .any(|line| line.contains("test]") || line.contains("test("))
    })
}

#[test]
fn every_rule_names_the_test_that_proves_it_and_a_page() {
    let page = page();
    let rows = rows(&page);
    assert!(rows.len() > 80, "{} rules", rows.len());
    for cells in rows {
        assert_eq!(cells.len(), 3, "{cells:?}");
        assert!(!tests(cells[1]).is_empty(), "no test proves: {}", cells[0]);
        assert!(!cells[2].is_empty(), "no page states: {}", cells[0]);
    }
}

#[test]
fn every_test_that_the_page_names_exists() {
    let page = page();
    let named = tests(&page);
    assert!(named.len() > 100);
    let missing: Vec<_> = named
        .into_iter()
        .filter(|(file, name)| !has_test(file, name))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_function_that_is_no_test_proves_nothing() {
    assert!(has_test(
        "xtask/tests/semantics.rs",
        "a_function_that_is_no_test_proves_nothing"
    ));
    assert!(!has_test("xtask/tests/semantics.rs", "has_test"));
    assert!(!has_test("xtask/tests/semantics.rs", "a_function"));
    assert!(!has_test("xtask/tests/nothing.rs", "has_test"));
}
