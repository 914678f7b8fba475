//! The configuration file: one TOML table, `key = value`.

use super::{ConfigError, Setting, Source};
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// Reads the settings of a file with their lines.
pub(super) fn read(path: &Path) -> Result<Vec<Setting>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(path, &text)
}

/// As [`read`], for text.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Setting>, ConfigError> {
    let syntax = |line, problem| ConfigError::Syntax {
        path: path.to_owned(),
        line,
        problem,
    };
    let table = DeTable::parse(text).map_err(|error| {
        let line = line_of(text, error.span().map_or(0, |span| span.start));
        syntax(line, error.message().to_owned())
    })?;
    let mut settings = Vec::new();
    for (key, value) in table.get_ref() {
        let line = line_of(text, key.span().start);
        let name = key.get_ref().to_string();
        let source = Source::File {
            path: path.to_owned(),
            line,
        };
        let value = match value.get_ref() {
            DeValue::String(value) => value.to_string(),
            DeValue::Boolean(value) => value.to_string(),
            DeValue::Integer(value) => value.as_str().replace('_', ""),
            _ if !super::KEYS.iter().any(|known| known.name == name) => {
                return Err(ConfigError::unknown_key(source, name));
            }
            _ => {
                return Err(syntax(
                    line,
                    format!("{name}: a text, a number, true or false is expected"),
                ));
            }
        };
        settings.push((
            line,
            Setting {
                key: name,
                text: value,
                source,
            },
        ));
    }
    // The table is ordered by key; a reader of the first error expects the file's order.
    settings.sort_by_key(|(line, _)| *line);
    Ok(settings.into_iter().map(|(_, setting)| setting).collect())
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}
