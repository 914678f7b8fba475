//! What is wrong with a seed file, as it is shown.
//!
//! The lines that are shown can hold secrets: they are masked first.

use super::node::{Content, Node, Span};
use crate::diagnostic::{self, Note, Severity, first_line};
use std::io::IsTerminal;
use std::path::Path;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) span: Span,
    pub(super) message: String,
    /// What the marked text is.
    pub(super) label: Option<&'static str>,
    pub(super) help: Option<String>,
    /// It keeps nothing from being done.
    pub(super) warning: bool,
}

impl Problem {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            label: None,
            help: None,
            warning: false,
        }
    }

    pub(super) fn label(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn warning(mut self) -> Self {
        self.warning = true;
        self
    }
}

/// A seed file as problems show it.
pub(super) struct Shown {
    name: String,
    text: String,
}

impl Shown {
    /// Masks every secret: with the tree those that it knows, without one whatever follows a word that tells of secrets.
    pub(super) fn new(path: &Path, text: &str, root: Option<&Node>) -> Self {
        let mut spans = Vec::new();
        match root {
            Some(root) => secrets(root, false, &mut spans),
            None => suspects(text, &mut spans),
        }
        Self {
            name: path.display().to_string(),
            text: masked(text, &spans),
        }
    }

    /// The problems in the order of the file, for a terminal where there is one.
    pub(super) fn render(&self, problems: &[Problem]) -> String {
        let terminal = std::io::stderr().is_terminal() && std::io::stdout().is_terminal();
        self.render_for(problems, terminal)
    }

    fn render_for(&self, problems: &[Problem], terminal: bool) -> String {
        let mut sorted: Vec<_> = problems.iter().collect();
        sorted.sort_by_key(|problem| problem.span.start);
        let notes: Vec<Note> = sorted
            .into_iter()
            .map(|problem| {
                let severity = if problem.warning {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                Note {
                    severity,
                    code: None,
                    message: problem.message.clone(),
                    labels: vec![(
                        first_line(&self.text, &problem.span),
                        problem.label.unwrap_or("here").to_owned(),
                    )],
                    help: problem.help.clone(),
                }
            })
            .collect();
        diagnostic::render(&self.name, &self.text, &notes, terminal)
    }
}

/// The values that are secrets: those of keys that tell of secrets and passwords.
fn secrets(node: &Node, secret: bool, into: &mut Vec<Span>) {
    match &node.content {
        Content::Scalar { .. } if secret => into.push(node.span.clone()),
        Content::Scalar { .. } => {}
        Content::List(items) => items.iter().for_each(|item| secrets(item, secret, into)),
        Content::Mapping(entries) => {
            for (key, value) in entries {
                let tells = tells(&key.name);
                // Without a space after its colon a secret is a part of the key.
                if tells && let Some(colon) = key.name.find(':') {
                    into.push(key.span.start + colon + 1..key.span.end);
                }
                secrets(value, secret || tells, into);
            }
        }
    }
}

fn tells(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    (key.contains("secret") || key.contains("password")) && !key.ends_with("_env")
}

/// For a file that is no tree: all that follows such a word in its line, the next line, and
/// the lines after it that are indented further.
fn suspects(text: &str, into: &mut Vec<Span>) {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut start = 0;
    let mut under: Option<(usize, bool)> = None;
    for line in text.split_inclusive('\n') {
        let length = line.trim_end().len();
        let folded = line.to_ascii_lowercase();
        let found = ["secret", "password"]
            .iter()
            .filter_map(|word| folded.find(word).map(|at| at + word.len()))
            .min();
        match (found, under) {
            (Some(at), _) => {
                into.push(start + at..start + length.max(at));
                under = Some((indent(line), true));
            }
            (None, Some((outer, next))) if next || length == 0 || indent(line) > outer => {
                into.push(start..start + length);
                under = Some((outer, false));
            }
            _ => under = None,
        }
        start += line.len();
    }
}

/// The text with stars in these spans, byte for byte, so that positions stay.
fn masked(text: &str, spans: &[Span]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in spans {
        for byte in bytes.get_mut(span.clone()).into_iter().flatten() {
            if *byte != b'\n' {
                *byte = b'*';
            }
        }
    }
    // Spans start and end between characters, so what is left is text.
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::node;
    use super::*;

    /// The problems as text without colours, for tests.
    pub(in super::super) fn plain(text: &str, problems: &[Problem]) -> String {
        let root = node::parse(text).ok();
        let shown = Shown::new(Path::new("seed.yaml"), text, root.as_ref());
        shown.render_for(problems, false)
    }

    #[test]
    fn a_problem_is_shown_in_its_line() {
        let text = "accounts:\n  - nmae: x\n";
        let problem = Problem::new(14..18, "unknown field nmae")
            .label("unknown")
            .help("did you mean name?");
        let shown = plain(text, &[problem]);
        assert!(shown.contains("unknown field nmae"), "{shown}");
        assert!(shown.contains("seed.yaml:2:5"), "{shown}");
        assert!(
            shown.contains("- nmae: x") && shown.contains("did you mean name?"),
            "{shown}"
        );
    }

    #[test]
    fn secrets_are_never_shown() {
        let texts = [
            "a: {secret: 'hidden-1', Secret_Key: hidden-2, password: \"hidden-3\"}\n",
            "secret_env: NAME\nsecret: |\n  hidden-1\n  hidden-2\n",
            "x: &x hidden-1\nsecret: *x\n",
            "{a: b, secret:hidden-1, password: [hidden-2]}\n",
            "a: {\"secret\": \"hidden-1\", password: hidden-2\n",
            "secret: |\n  hidden-1\n\n  hidden-2\nx: [\n",
            "{\"password\":\n\"hidden-1\", x\n",
        ];
        for text in texts {
            let problems: Vec<_> = text
                .match_indices("hidden")
                .map(|(at, _)| Problem::new(at..at + 8, "x"))
                .collect();
            let shown = plain(text, &problems);
            assert!(!shown.contains("hidden"), "{shown}");
        }
    }
}
