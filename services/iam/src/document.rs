//! Identity policy documents: what is accepted, how large they may be, and how they are shown.

use crate::{IamError, quota};
use policy::{Document, DocumentKind};
use std::fmt::Write;

/// Characters of a managed policy, without white space ("IAM and AWS STS quotas").
const MAX_MANAGED: usize = 6_144;

/// Checks the document of a managed policy.
///
/// # Errors
/// `MalformedPolicyDocument`; `LimitExceeded` where it is too large.
pub fn managed(text: &str) -> Result<(), IamError> {
    parsed(text, DocumentKind::Identity)?;
    if size(text) > MAX_MANAGED {
        Err(quota::exceeded("PolicySize", 6_144))
    } else {
        Ok(())
    }
}

/// Checks the document of an inline policy. Its size counts together with the entity's others.
///
/// # Errors
/// `MalformedPolicyDocument`.
pub fn inline(text: &str) -> Result<(), IamError> {
    parsed(text, DocumentKind::Inline)
}

fn parsed(text: &str, kind: DocumentKind) -> Result<(), IamError> {
    match policy::parse(text, kind) {
        Ok(_) => Ok(()),
        Err(errors) => Err(IamError::MalformedPolicyDocument(policy::aws_message(
            &errors,
        ))),
    }
}

/// What a document counts against quotas.
#[must_use]
pub fn size(text: &str) -> usize {
    Document::size_without_whitespace(text)
}

/// The document as IAM shows it: percent-encoded (RFC 3986), all but unreserved characters.
#[must_use]
pub fn encoded(document: &str) -> String {
    let mut encoded = String::with_capacity(document.len() * 2);
    for byte in document.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(actions: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}"#
        )
    }

    #[test]
    fn documents_are_shown_percent_encoded() {
        assert_eq!(
            encoded("{\"a\": \"b*~é\"}"),
            "%7B%22a%22%3A%20%22b%2A~%C3%A9%22%7D"
        );
    }

    #[test]
    fn white_space_does_not_count_and_the_6145th_character_does() {
        let actions = vec![r#""s3:GetObject""#; 400].join(",");
        let text = allow(&actions);
        let fitting = format!("{text}{}", " ".repeat(9_000));
        assert!(size(&fitting) < MAX_MANAGED);
        managed(&fitting).unwrap();

        let one_too_many = MAX_MANAGED + 1 - size(&allow(r#""s3:""#));
        let error = managed(&allow(&format!(r#""s3:{}""#, "a".repeat(one_too_many)))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Cannot exceed quota for PolicySize: 6144"
        );
        managed(&allow(&format!(r#""s3:{}""#, "a".repeat(one_too_many - 1)))).unwrap();
    }

    #[test]
    fn a_managed_policy_needs_the_version_and_an_inline_policy_does_not() {
        let old = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let error = managed(old).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Policy document must be version 2012-10-17 or greater."
        );
        inline(old).unwrap();
        assert!(matches!(
            inline("{"),
            Err(IamError::MalformedPolicyDocument(_))
        ));
    }
}
