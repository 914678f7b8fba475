//! Questions about policy documents that need no request: what is wrong with them, and what they say that AWS does
//! not know.
//!
//! [`lint`] reads a document and reports findings with their places. Facts about actions, resource types and condition
//! keys come from [`catalog`]. Codes are named as those of IAM Access Analyzer's policy validation where AWS has the
//! same check ("IAM policy validation check reference"); the others are ours. Nothing here decides requests, and no
//! finding is a promise that a document is safe.
//!
//! ```
//! use analysis::{Severity, lint};
//! use policy::DocumentKind;
//!
//! let text = r#"{"Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "s3:GetObjct", "Resource": "arn:aws:s3:::bucket/*"}}"#;
//! let findings = lint(text, DocumentKind::Identity);
//! assert_eq!(findings[0].code.name(), "INVALID_ACTION");
//! assert_eq!(findings[0].severity, Severity::Error);
//! assert_eq!(&text[findings[0].span.clone()], "\"s3:GetObjct\"");
//! assert_eq!(findings[0].help.as_deref(), Some("did you mean s3:GetObject?"));
//! ```

mod action;
mod code;
mod condition;
mod document;
mod element;
mod finding;
mod grammar;
mod grant;
mod key;
mod kind;
mod pattern;
mod resource;
mod unlisted;
mod variable;

pub use code::{Code, Severity};
pub use finding::Finding;
pub use kind::guess_kind;

use finding::Report;
use policy::{Document, DocumentKind};

/// Checks a document: grammar, what AWS does not know, what has no effect, what gives more than it seems to.
/// Findings come in the order of the text. Of a document with errors everything that can be read is checked.
#[must_use]
pub fn lint(text: &str, kind: DocumentKind) -> Vec<Finding> {
    // What only some APIs refuse, such as the old version in managed policies, is told as a warning.
    let read_as = match kind {
        DocumentKind::Identity | DocumentKind::Boundary => DocumentKind::Inline,
        other => other,
    };
    let (document, errors) = policy::read_partly(text, read_as);
    let mut report = Report::default();
    for error in &errors {
        grammar::report(error, &mut report);
    }
    if let Some(document) = &document {
        check(document, text, kind, &mut report);
    }
    report.finish(text)
}

fn check(document: &Document, text: &str, kind: DocumentKind, report: &mut Report) {
    document::check(document, text, kind, report);
    for statement in document.statements() {
        let actions = action::check(statement, report);
        element::check(statement, kind, report);
        resource::check(statement, &actions, report);
        condition::check(statement, &actions, kind, report);
        variable::check(statement, document.has_variables(), report);
        grant::check(statement, kind, report);
    }
}
