//! The document as a whole: its version and its size.

use std::ops::Range;

use policy::{Document, DocumentKind};

use crate::code::Code;
use crate::finding::Report;

/// Checks the version and the size of a document.
pub(crate) fn check(document: &Document, text: &str, kind: DocumentKind, report: &mut Report) {
    let start = text.find('{').unwrap_or_default();
    let head = start..(start + 1).min(text.len());
    version(document, &head, kind, report);
    size(text, &head, kind, report);
}

fn version(document: &Document, head: &Range<usize>, kind: DocumentKind, report: &mut Report) {
    let managed = matches!(kind, DocumentKind::Identity | DocumentKind::Boundary);
    let help = if managed {
        "add \"Version\": \"2012-10-17\": AWS takes managed policies of no other version"
    } else {
        "add \"Version\": \"2012-10-17\""
    };
    match document.version() {
        None => {
            let message = "the document has no Version, and so is of 2008-10-17, which has no policy variables";
            report.add_with_help(Code::MissingVersion, head, message, help);
        }
        Some("2008-10-17") => {
            let message = "version 2008-10-17 has no policy variables";
            report.add_with_help(Code::OldVersion, head, message, help);
        }
        Some(_) => {}
    }
}

/// Quotas of "IAM and AWS STS quotas" and "Quotas for AWS Organizations", in characters.
fn size(text: &str, head: &Range<usize>, kind: DocumentKind, report: &mut Report) {
    let without_space = Document::size_without_whitespace(text);
    let (code, size, limit) = match kind {
        DocumentKind::Identity | DocumentKind::Boundary => (
            Code::PolicySizeExceedsIdentityPolicyQuota,
            without_space,
            6_144,
        ),
        DocumentKind::Inline => (
            Code::PolicySizeExceedsIdentityPolicyQuota,
            without_space,
            10_240,
        ),
        DocumentKind::Trust => (
            Code::PolicySizeExceedsRoleTrustPolicyQuota,
            without_space,
            2_048,
        ),
        DocumentKind::ServiceControl | DocumentKind::ResourceControl => {
            (Code::PolicySizeExceedsScpQuota, Document::size(text), 5_120)
        }
        DocumentKind::Resource | DocumentKind::Session | DocumentKind::VpcEndpoint => return,
    };
    if size > limit {
        let message =
            format!("the document has {size} characters that count, and AWS takes {limit}");
        report.add(code, head, message);
    }
}
