//! Findings as SARIF 2.1.0 (OASIS "Static Analysis Results Interchange Format"), which code scanners read.

use super::check::Checked;
use crate::diagnostic::position;
use analysis::{Code, Finding, Severity};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The whole log.
pub(super) fn log(checked: &[Checked]) -> Value {
    let used: BTreeSet<Code> = checked
        .iter()
        .flat_map(|file| &file.findings)
        .map(|finding| finding.code)
        .collect();
    let used: Vec<Code> = used.into_iter().collect();
    let results: Vec<Value> = checked
        .iter()
        .flat_map(|file| {
            file.findings
                .iter()
                .map(|finding| result(file, finding, &used))
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "claviger policy check",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": used.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::SecurityWarning | Severity::Warning => "warning",
        Severity::Suggestion => "note",
    }
}

fn rule(code: Code) -> Value {
    let mut tags = vec!["policy"];
    if code.severity() == Severity::SecurityWarning {
        tags.push("security");
    }
    json!({
        "id": code.name(),
        "shortDescription": {"text": code.title()},
        "defaultConfiguration": {"level": level(code.severity())},
        "properties": {"tags": tags},
    })
}

fn result(file: &Checked, finding: &Finding, used: &[Code]) -> Value {
    let (start_line, start_column) = position(&file.text, finding.span.start);
    let (end_line, end_column) = position(&file.text, finding.span.end);
    let text = match &finding.help {
        Some(help) => format!("{}: {help}", finding.message),
        None => finding.message.clone(),
    };
    json!({
        "ruleId": finding.code.name(),
        "ruleIndex": used.iter().position(|code| *code == finding.code),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&file.name)},
            "region": {
                "startLine": start_line,
                "startColumn": start_column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        }}],
    })
}

/// A path as a relative or absolute URI reference (RFC 3986): all but the letters that may stand there is escaped.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped() {
        assert_eq!(uri("a b/ü:c.json"), "a%20b/%C3%BC%3Ac.json");
    }
}
