//! The engine against the reference, on scenarios from a seed.
//!
//! `CLAVIGER_CASES` and `CLAVIGER_SEED` choose others; a difference is printed with its seed and in its smallest form,
//! ready for a file in `corpus/`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use policy_reference::{Random, Scenario, Worlds, difference, minimise};

const CASES: u64 = 50_000;

/// The scenarios come from so many seeds, whatever the machine, and are decided side by side.
const SEEDS: u64 = 8;

/// Differences that each seed shows before it gives up.
const SHOWN: usize = 3;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// What a difference comes to when everything that it does not need is gone.
fn smallest(scenario: &Scenario) -> String {
    let small = minimise(scenario, &|scenario| difference(scenario).is_some());
    let json = serde_json::to_string_pretty(&small.to_json()).unwrap();
    format!("{}\n{json}", difference(&small).unwrap_or_default())
}

fn differences(seed: u64, cases: usize) -> Vec<String> {
    let differing = Worlds::new(Random::new(seed))
        .take(cases)
        .enumerate()
        .filter_map(|(at, scenario)| difference(&scenario).map(|text| (at, scenario, text)));
    differing
        .take(SHOWN)
        .map(|(at, scenario, text)| {
            let small = smallest(&scenario);
            format!("seed {seed}, case {at}: {text}\nsmallest: {small}\n")
        })
        .collect()
}

#[test]
fn engine_and_reference_agree() {
    let cases = number("CLAVIGER_CASES", CASES);
    let seed = number("CLAVIGER_SEED", 1);
    eprintln!("{cases} scenarios, CLAVIGER_SEED={seed}");
    let each = usize::try_from(cases.div_ceil(SEEDS)).unwrap();
    let found: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..SEEDS)
            .map(|at| scope.spawn(move || differences(seed * SEEDS + at, each)))
            .collect();
        runs.into_iter()
            .flat_map(|run| run.join().unwrap())
            .collect()
    });
    assert!(
        found.is_empty(),
        "CLAVIGER_SEED={seed}\n{}",
        found.join("\n")
    );
}
