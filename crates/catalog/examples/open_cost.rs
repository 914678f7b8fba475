//! Prints what opening the catalog costs in time and resident memory: `cargo run --release --example open_cost`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

/// Resident memory in KiB, where the system has `/proc`.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .trim()
                .strip_suffix(" kB")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or_default()
}

fn measure(what: &str, work: impl FnOnce() -> usize) {
    let (before, start) = (resident(), Instant::now());
    let result = work();
    let took = start.elapsed();
    println!(
        "{what}: {} us, {} KiB more ({result})",
        took.as_micros(),
        resident() - before
    );
}

fn main() {
    measure("index of the managed policies", || {
        catalog::managed_policies().len()
    });
    measure("AdministratorAccess, a document", || {
        catalog::managed_policy("AdministratorAccess")
            .and_then(|policy| policy.default_document())
            .map_or(0, |document| document.len())
    });
    measure("ReadOnlyAccess, the newest document", || {
        catalog::managed_policy("ReadOnlyAccess")
            .and_then(|policy| policy.default_document())
            .map_or(0, |document| document.len())
    });
    measure("index of the services", || catalog::services().len());
    measure("iam:CreateUser, first use of a service", || {
        usize::from(catalog::action("iam:CreateUser").is_some())
    });
    measure("iam:CreateUser, a million times", || {
        (0..1_000_000)
            .filter(|_| catalog::action(std::hint::black_box("iam:CreateUser")).is_some())
            .count()
    });
    measure("the tables of all services", || {
        catalog::services()
            .iter()
            .map(|service| service.actions().len())
            .sum()
    });
    measure("all default documents", || {
        catalog::managed_policies()
            .filter_map(|policy| policy.default_document())
            .map(|document| document.len())
            .sum()
    });
}
