//! Scenarios on which engine and reference once differed, or that settle what AWS does not say. Each file names the rule
//! and the page of AWS's documentation that it comes from.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use policy_reference::{Scenario, decision, difference, evaluate};
use serde_json::Value;
use std::path::Path;

#[test]
fn every_file_is_answered_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let json: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).expect(&name);
        for member in ["note", "page"] {
            assert!(
                json[member].as_str().is_some_and(|text| !text.is_empty()),
                "{name} has no {member}"
            );
        }
        let scenario = Scenario::from_json(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
        let outcome = evaluate(&scenario);
        let decided = decision(&scenario);
        assert_eq!(difference(&scenario), None, "{name}");
        assert_eq!(
            format!("{:?}", outcome.verdict),
            json["expect"],
            "{name}: the reference"
        );
        assert_eq!(
            format!("{:?}", decided.effect),
            json["expect"],
            "{name}: the engine"
        );
        let layer = Value::String(format!("{:?}", decided.layer));
        assert!(
            json["layers"].as_array().unwrap().contains(&layer),
            "{name}: {layer}"
        );
        count += 1;
    }
    assert!(count >= 20, "{count} files");
}
