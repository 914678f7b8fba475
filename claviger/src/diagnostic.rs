//! What is wrong with a text, shown with the lines of the text: for seed files and for policies.

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
};
use std::fmt;
use std::ops::Range;

pub(crate) use miette::Severity;

/// The width of what is shown, in columns.
const WIDTH: usize = 120;

/// Something to say about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) severity: Severity,
    /// The name of the check that says it.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    /// The places, and what each of them is.
    pub(crate) labels: Vec<(Range<usize>, String)>,
    pub(crate) help: Option<String>,
}

/// The notes in their order, each with the lines that it is about; with colours for a terminal.
pub(crate) fn render(name: &str, text: &str, notes: &[Note], terminal: bool) -> String {
    let theme = if terminal {
        GraphicalTheme::default()
    } else {
        GraphicalTheme::none()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(WIDTH);
    let source = NamedSource::new(name, text.to_owned());
    let mut out = String::new();
    for (index, note) in notes.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        // Writing to a string does not fail.
        let _ = handler.render_report(
            &mut out,
            &Report {
                note,
                source: &source,
            },
        );
    }
    out
}

/// An error of a policy document.
pub(crate) fn syntax_note(text: &str, error: &policy::SyntaxError) -> Note {
    Note {
        severity: Severity::Error,
        code: None,
        message: error.to_string(),
        labels: vec![(first_line(text, &error.span), "here".to_owned())],
        help: None,
    }
}

/// The part of a span that is in its first line: a span of many lines is marked by it.
pub(crate) fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = span.start.min(text.len());
    let rest = text
        .get(start..span.end.clamp(start, text.len()))
        .unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    start..start + line.trim_end().len()
}

/// Line and column of a byte of a text, in characters and from 1.
pub(crate) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default();
    (line, column.chars().count() + 1)
}

/// A note in its text.
#[derive(Debug)]
struct Report<'n> {
    note: &'n Note,
    source: &'n NamedSource<String>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.note.message)
    }
}

impl std::error::Error for Report<'_> {}

impl Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let code = self.note.code.as_ref()?;
        Some(Box::new(code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.note.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.note.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let labels = self.note.labels.iter();
        Some(Box::new(labels.map(|(span, label)| {
            let label = (!label.is_empty()).then(|| label.clone());
            LabeledSpan::new_with_span(label, span.clone())
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        let text = "é\nab\u{1F511}c";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 2), (1, 2));
        assert_eq!(position(text, 3), (2, 1));
        assert_eq!(position(text, 9), (2, 4));
        assert_eq!(position(text, 99), (2, 5));
        assert_eq!(first_line(text, &(3..99)), 3..10);
        assert_eq!(first_line(text, &(0..9)), 0..2);
    }

    #[test]
    fn notes_show_their_lines() {
        let note = Note {
            severity: Severity::Warning,
            code: Some("CODE".to_owned()),
            message: "something".to_owned(),
            labels: vec![(0..1, "this".to_owned()), (4..5, "that".to_owned())],
            help: Some("do it".to_owned()),
        };
        let shown = render("file", "a\nb\nc\n", &[note], false);
        for part in ["CODE", "something", "file:1:1", "this", "that", "do it"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
}
