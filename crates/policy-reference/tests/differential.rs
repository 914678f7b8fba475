//! The engine against the reference, on scenarios from a seed.
//!
//! `CLAVIGER_CASES` and `CLAVIGER_SEED` choose others; a difference is printed with the seed and in its smallest form,
//! ready for a file in `corpus/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use policy_reference::{Random, Worlds, difference, minimise};

const CASES: usize = 50_000;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn engine_and_reference_agree() {
    let cases = number("CLAVIGER_CASES", CASES as u64) as usize;
    let seed = number("CLAVIGER_SEED", 1);
    eprintln!("{cases} cases, seed {seed}");
    let mut found = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (at, scenario) in Worlds::new(Random::new(seed)).take(cases).enumerate() {
        if let Some(text) = difference(&scenario) {
            let small = minimise(&scenario, &|scenario| difference(scenario).is_some());
            // Steps from one world often show the same difference again.
            if !seen.insert(
                small.to_json()["request"]["action"].to_string()
                    + &difference(&small).unwrap_or_default(),
            ) {
                continue;
            }
            let json = serde_json::to_string_pretty(&small.to_json()).unwrap();
            eprintln!(
                "case {at}: {text}\nsmallest: {}\n{json}",
                difference(&small).unwrap_or_default()
            );
            found.push(at);
            if found.len() >= number("CLAVIGER_DIFFERENCES", 5) as usize {
                break;
            }
        }
    }
    assert!(
        found.is_empty(),
        "differences in cases {found:?} of seed {seed}"
    );
}
