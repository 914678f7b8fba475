//! What can be wrong with a configuration.

use super::{KEYS, Source};
use std::path::PathBuf;

/// A mistake in the configuration, with its place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{}:{line}: {problem}", path.display())]
    Syntax {
        path: PathBuf,
        line: usize,
        problem: String,
    },
    /// No such key.
    #[error("{origin}: unknown key '{key}'{}", did_you_mean(*.suggestion))]
    UnknownKey {
        origin: Source,
        key: String,
        suggestion: Option<&'static str>,
    },
    /// The key cannot have this value.
    #[error("{origin}: {key}: {problem}")]
    Invalid {
        origin: Source,
        key: &'static str,
        problem: String,
    },
    /// Two settings contradict each other.
    #[error("{origin}: {problem}")]
    Conflict { origin: Source, problem: String },
}

impl ConfigError {
    pub(super) fn unknown_key(origin: Source, key: String) -> Self {
        let suggestion = KEYS
            .iter()
            .map(|known| (strsim::damerau_levenshtein(known.name, &key), known.name))
            .min()
            .filter(|(distance, _)| *distance <= 1 + key.len() / 4)
            .map(|(_, name)| name);
        Self::UnknownKey {
            origin,
            key,
            suggestion,
        }
    }

    pub(super) fn half_key(present: &str, missing: &str) -> Self {
        Self::Conflict {
            origin: Source::Environment(present.to_owned()),
            problem: format!("{missing} is not set: an access key needs both"),
        }
    }
}

fn did_you_mean(suggestion: Option<&'static str>) -> String {
    suggestion
        .map(|name| format!(", did you mean '{name}'?"))
        .unwrap_or_default()
}
