//! `models/services.toml`: which operations of which services are generated.

use super::model::{Model, Operation, Ordered, Unserved};
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The hand-edited choice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Selection {
    /// The version of the botocore package.
    pub(crate) botocore: String,
    pub(crate) services: BTreeMap<String, Service>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// Directory below botocore's `data`, such as `iam/2010-05-08`.
    pub(crate) model: String,
    /// `"all"`, or a list of names.
    pub(crate) operations: Operations,
    /// Names that `"all"` leaves out; a `*` at either end stands for any text.
    #[serde(default)]
    pub(crate) except: Vec<String>,
    /// Enumerations whose values in the model are not those that AWS sends.
    #[serde(default)]
    pub(crate) values: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Operations {
    Word(String),
    List(Vec<String>),
}

impl Selection {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs_err(path, std::fs::read_to_string(path))?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }
}

fn fs_err<T>(path: &Path, result: std::io::Result<T>) -> Result<T> {
    result.with_context(|| path.display().to_string())
}

impl Service {
    /// The names of the model's operations that are kept.
    ///
    /// A name or pattern that meets no operation is an error: it is a misspelling, or AWS
    /// has renamed something.
    pub(crate) fn kept(&self, model: &Model) -> Result<BTreeSet<String>> {
        let served = model.operations.iter().map(|(name, _)| name);
        let unserved = model.unserved.iter().map(|unserved| unserved.name.as_str());
        let all: BTreeSet<String> = served.chain(unserved).map(Into::into).collect();
        let mut kept = match &self.operations {
            Operations::Word(word) if word == "all" => all.clone(),
            Operations::Word(word) => bail!("operations must be \"all\" or a list, not {word:?}"),
            Operations::List(names) => {
                for name in names {
                    ensure!(all.contains(name), "{}: no operation {name}", self.model);
                }
                names.iter().cloned().collect()
            }
        };
        for pattern in &self.except {
            let before = kept.len();
            kept.retain(|name| !matches(pattern, name));
            ensure!(
                kept.len() < before,
                "{}: {pattern} meets no operation",
                self.model
            );
        }
        Ok(kept)
    }

    /// Fails where the pruned model does not hold what the selection asks for.
    pub(crate) fn check(&self, model: &Model) -> Result<()> {
        let held: BTreeSet<String> = model
            .operations
            .iter()
            .map(|(name, _)| name.into())
            .collect();
        ensure!(
            held == self.kept(model)?,
            "models/services.toml has changed: run `cargo xtask codegen --from botocore`"
        );
        Ok(())
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    let (open_start, rest) = pattern
        .strip_prefix('*')
        .map_or((false, pattern), |rest| (true, rest));
    let (open_end, core) = rest
        .strip_suffix('*')
        .map_or((false, rest), |core| (true, core));
    match (open_start, open_end) {
        (false, false) => name == core,
        (true, false) => name.ends_with(core),
        (false, true) => name.starts_with(core),
        (true, true) => name.contains(core),
    }
}

/// Keeps the chosen operations and the shapes that they reach, in the model's order.
pub(crate) fn prune(mut model: Model, kept: &BTreeSet<String>) -> Result<Model> {
    let (served, unserved) = model
        .operations
        .0
        .into_iter()
        .partition(|(name, _)| kept.contains(name));
    model.operations = Ordered(served);
    model.unserved = Vec::into_iter(unserved)
        .map(|(name, operation)| Unserved {
            name,
            method: operation.http.method,
            uri: operation.http.request_uri,
        })
        .collect();
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = model
        .operations
        .iter()
        .flat_map(|(_, operation)| roots(operation))
        .collect();
    while let Some(name) = open.pop() {
        if reached.insert(name.to_owned()) {
            let shape = model
                .shapes
                .get(name)
                .with_context(|| format!("no shape {name}"))?;
            open.extend(shape.references());
        }
    }
    model.shapes.0.retain(|(name, _)| reached.contains(name));
    Ok(model)
}

fn roots(operation: &Operation) -> impl Iterator<Item = &str> {
    operation
        .input
        .iter()
        .chain(&operation.output)
        .chain(&operation.errors)
        .map(|root| root.shape.as_str())
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_at_either_end_stands_for_any_text() {
        assert!(matches("*DelegationRequest*", "ListDelegationRequests"));
        assert!(matches("Simulate*", "SimulateCustomPolicy"));
        assert!(matches("*Policy", "GetPolicy"));
        assert!(!matches("Get", "GetPolicy"));
        assert!(!matches("Simulate*", "ReSimulate"));
    }
}
