//! AWS's managed policies under the linter: what AWS itself publishes is no error.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use std::collections::BTreeSet;

use analysis::{Code, Finding, Severity, lint};
use policy::DocumentKind;

fn documents() -> Vec<(&'static str, String)> {
    catalog::managed_policies()
        .map(|policy| (policy.name, policy.default_document().unwrap()))
        .collect()
}

/// The line of a finding that says that AWS's lists do not have a name.
fn unlisted(finding: &Finding, text: &str) -> Option<String> {
    let kind = match finding.code {
        Code::InvalidAction | Code::InvalidServiceInAction | Code::UnlistedAction => "action",
        Code::InvalidServiceConditionKey
        | Code::InvalidGlobalConditionKey
        | Code::UnlistedConditionKey => "key",
        _ => return None,
    };
    let name = text[finding.span.clone()].trim_matches('"');
    Some(format!("{kind} {name}\n"))
}

/// `src/unlisted.txt` has just the names that are unlisted. `CLAVIGER_UPDATE_UNLISTED=1` writes it anew, after new data.
#[test]
fn no_managed_policy_has_an_error() {
    let documents = documents();
    assert_eq!(documents.len(), 1_594);
    let (mut names, mut errors) = (BTreeSet::new(), Vec::new());
    for (name, text) in &documents {
        for finding in lint(text, DocumentKind::Identity) {
            names.extend(unlisted(&finding, text));
            if finding.severity == Severity::Error {
                let place = &text[finding.span.clone()];
                errors.push(format!(
                    "{name}: {} {} {place}",
                    finding.code, finding.message
                ));
            }
        }
    }
    let names: String = names.into_iter().collect();
    if std::env::var_os("CLAVIGER_UPDATE_UNLISTED").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/unlisted.txt");
        std::fs::write(file, names).unwrap();
        return;
    }
    assert!(
        names == include_str!("../src/unlisted.txt"),
        "src/unlisted.txt is stale: run this test with CLAVIGER_UPDATE_UNLISTED=1"
    );
    assert!(
        errors.is_empty(),
        "{} errors\n{}",
        errors.len(),
        errors.join("\n")
    );
}
