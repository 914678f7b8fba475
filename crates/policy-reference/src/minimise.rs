//! Makes a scenario smaller as long as something about it stays true.

use serde_json::Value;

use crate::scenario::Scenario;

/// Removes and simplifies parts of a scenario while `keeps` holds.
#[must_use]
pub fn minimise(scenario: &Scenario, keeps: &dyn Fn(&Scenario) -> bool) -> Scenario {
    let mut best = scenario.clone();
    let mut json = scenario.to_json();
    loop {
        let smaller = smaller(&json).into_iter().find_map(|candidate| {
            let scenario = Scenario::from_json(&candidate).ok()?;
            keeps(&scenario).then_some((candidate, scenario))
        });
        match smaller {
            Some((candidate, scenario)) => {
                json = candidate;
                best = scenario;
            }
            None => return best,
        }
    }
}

/// All values that are one step smaller, the greatest steps first.
fn smaller(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match value {
        Value::Array(list) => {
            for at in 0..list.len() {
                let mut copy = list.clone();
                copy.remove(at);
                found.push(Value::Array(copy));
            }
            if let [one @ Value::String(_)] = list.as_slice() {
                found.push(one.clone());
            }
            for at in 0..list.len() {
                for part in smaller(&list[at]) {
                    let mut copy = list.clone();
                    copy[at] = part;
                    found.push(Value::Array(copy));
                }
            }
        }
        Value::Object(members) => {
            for name in members.keys() {
                let mut copy = members.clone();
                copy.remove(name);
                found.push(Value::Object(copy));
            }
            for (name, member) in members.iter().filter(|(name, _)| *name != "principal") {
                for part in smaller(member) {
                    let mut copy = members.clone();
                    copy.insert(name.clone(), part);
                    found.push(Value::Object(copy));
                }
            }
        }
        Value::String(text) if text.len() > 1 && !text.contains(':') => {
            found.push(Value::String("*".to_owned()));
        }
        _ => {}
    }
    found
}
