//! A finding, and the list that findings are gathered in.

use std::ops::Range;

use crate::code::{Code, Severity};

/// Something about a document that its author should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which check it is.
    pub code: Code,
    /// How grave it is: [`Code::severity`].
    pub severity: Severity,
    /// Byte range in the text.
    pub span: Range<usize>,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    pub(crate) fn add(&mut self, code: Code, span: &Range<usize>, message: impl Into<String>) {
        self.findings.push(Finding {
            code,
            severity: code.severity(),
            span: span.clone(),
            message: message.into(),
            help: None,
        });
    }

    pub(crate) fn add_with_help(
        &mut self,
        code: Code,
        span: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(code, span, message);
        if let Some(finding) = self.findings.last_mut() {
            finding.help = Some(help.into());
        }
    }

    /// The findings in the order of the text, the graver first at one place; spans begin and end between characters.
    pub(crate) fn finish(mut self, text: &str) -> Vec<Finding> {
        for finding in &mut self.findings {
            let start = text.floor_char_boundary(finding.span.start);
            let end = text.ceil_char_boundary(finding.span.end).max(start);
            finding.span = start..end;
        }
        self.findings
            .sort_by_key(|finding| (finding.span.start, finding.severity));
        self.findings.dedup();
        self.findings
    }
}
