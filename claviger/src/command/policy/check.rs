//! `claviger policy check`.

use super::sarif;
use crate::diagnostic::{self, Note, first_line, position};
use analysis::{Finding, Severity};
use clap::ValueEnum;
use policy::DocumentKind;
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit code when something cannot be read, as for wrong arguments.
const USAGE: u8 = 2;

/// Options of `claviger policy check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    /// Files with one policy document each; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the documents are for [default: guessed from what they say].
    #[arg(long)]
    kind: Option<Kind>,
    /// How findings are written.
    #[arg(long, default_value = "text")]
    format: Format,
}

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A managed policy of users, groups and roles.
    Identity,
    /// A policy in a user, group or role.
    Inline,
    /// The policy of a resource.
    Resource,
    /// The trust policy of a role.
    Trust,
    /// A service control policy.
    Scp,
    /// A resource control policy.
    Rcp,
    /// A session policy.
    Session,
    /// A permissions boundary.
    Boundary,
    /// The policy of a VPC endpoint.
    Endpoint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One array of findings.
    Json,
    /// SARIF 2.1.0, for code scanners.
    Sarif,
}

impl Kind {
    fn document(self) -> DocumentKind {
        match self {
            Self::Identity => DocumentKind::Identity,
            Self::Inline => DocumentKind::Inline,
            Self::Resource => DocumentKind::Resource,
            Self::Trust => DocumentKind::Trust,
            Self::Scp => DocumentKind::ServiceControl,
            Self::Rcp => DocumentKind::ResourceControl,
            Self::Session => DocumentKind::Session,
            Self::Boundary => DocumentKind::Boundary,
            Self::Endpoint => DocumentKind::VpcEndpoint,
        }
    }

    fn guess(text: &str) -> Self {
        match analysis::guess_kind(text) {
            DocumentKind::Trust => Self::Trust,
            DocumentKind::Resource => Self::Resource,
            _ => Self::Identity,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Identity => "an identity policy",
            Self::Inline => "an inline policy",
            Self::Resource => "a resource's policy",
            Self::Trust => "a trust policy",
            Self::Scp => "a service control policy",
            Self::Rcp => "a resource control policy",
            Self::Session => "a session policy",
            Self::Boundary => "a permissions boundary",
            Self::Endpoint => "a VPC endpoint's policy",
        }
    }
}

/// A file with its findings.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) findings: Vec<Finding>,
    kind: Kind,
    guessed: bool,
}

impl Check {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut checked = Vec::with_capacity(self.files.len());
        for file in &self.files {
            match read(file) {
                Ok(text) => checked.push(self.check(file, text)),
                Err(error) => {
                    let _ = writeln!(
                        io::stderr().lock(),
                        "claviger: cannot read {}: {error}",
                        file.display()
                    );
                    return Ok(ExitCode::from(USAGE));
                }
            }
        }
        let shown = match self.format {
            Format::Text => text(&checked, io::stdout().is_terminal()),
            Format::Json => format!("{:#}\n", json(&checked)),
            Format::Sarif => format!("{:#}\n", sarif::log(&checked)),
        };
        crate::command::print(&shown)?;
        let findings = checked.iter().flat_map(|file| &file.findings);
        let wrong = findings
            .filter(|finding| finding.severity == Severity::Error)
            .count()
            > 0;
        Ok(if wrong {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }

    fn check(&self, file: &Path, text: String) -> Checked {
        let kind = self.kind.unwrap_or_else(|| Kind::guess(&text));
        Checked {
            name: if file == Path::new("-") {
                "standard input".to_owned()
            } else {
                file.display().to_string()
            },
            findings: analysis::lint(&text, kind.document()),
            text,
            kind,
            guessed: self.kind.is_none(),
        }
    }
}

fn read(file: &Path) -> io::Result<String> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text)?;
        text
    } else {
        std::fs::read_to_string(file)?
    };
    // A byte order mark is no part of the document.
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

fn text(checked: &[Checked], terminal: bool) -> String {
    let mut out = String::new();
    for file in checked {
        let notes: Vec<Note> = file
            .findings
            .iter()
            .map(|finding| note(file, finding))
            .collect();
        out.push_str(&diagnostic::render(
            &file.name, &file.text, &notes, terminal,
        ));
        let kind = file.kind.words();
        let kind = if file.guessed {
            format!("{kind} (guessed; --kind says which)")
        } else {
            kind.to_owned()
        };
        out.push_str(&format!(
            "{}: {}; read as {kind}\n",
            file.name,
            counted(&file.findings)
        ));
    }
    out
}

fn note(file: &Checked, finding: &Finding) -> Note {
    let severity = match finding.severity {
        Severity::Error => diagnostic::Severity::Error,
        Severity::SecurityWarning | Severity::Warning => diagnostic::Severity::Warning,
        Severity::Suggestion => diagnostic::Severity::Advice,
    };
    Note {
        severity,
        code: Some(format!("{} {}", finding.severity.name(), finding.code)),
        message: finding.message.clone(),
        labels: vec![(first_line(&file.text, &finding.span), "here".to_owned())],
        help: finding.help.clone(),
    }
}

fn counted(findings: &[Finding]) -> String {
    let kinds = [
        (Severity::Error, "error"),
        (Severity::SecurityWarning, "security warning"),
        (Severity::Warning, "warning"),
        (Severity::Suggestion, "suggestion"),
    ];
    let counts: Vec<String> = kinds
        .iter()
        .filter_map(|(severity, word)| {
            let count = findings
                .iter()
                .filter(|finding| finding.severity == *severity)
                .count();
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {word}{plural}"))
        })
        .collect();
    if counts.is_empty() {
        "nothing found".to_owned()
    } else {
        counts.join(", ")
    }
}

fn json(checked: &[Checked]) -> Value {
    let findings = checked.iter().flat_map(|file| {
        file.findings.iter().map(move |finding| {
            let place = |at: usize| {
                let (line, column) = position(&file.text, at);
                json!({"line": line, "column": column, "offset": at})
            };
            json!({
                "file": file.name,
                "severity": finding.severity.name(),
                "code": finding.code.name(),
                "message": finding.message,
                "help": finding.help,
                "span": {"start": place(finding.span.start), "end": place(finding.span.end)},
            })
        })
    });
    Value::Array(findings.collect())
}
