//! The text of a key policy: what AWS takes, what is stored, and what is shown
//! ("Key policies in AWS KMS", "PutKeyPolicy").
//!
//! The text stays as it was put; beside it stand the unique ids of the users and roles that it names.

use crate::KmsError;
use crate::entity::{KeyRecord, PrincipalBinding};
use crate::principal;
use kernel::Call;
use policy::{
    Document, DocumentKind, Effect, PrincipalKind, Principals, Spanned, SyntaxError,
    SyntaxErrorKind,
};
use std::ops::Range;

/// The size of a key policy, in bytes ("Resource quotas" of KMS).
const MAX_SIZE: usize = 32_768;

const INVALID_PRINCIPALS: &str = "Policy contains a statement with one or more invalid principals.";
/// The words of "kms:EncryptionContext:context-key" in the KMS Developer Guide.
const OVERLY_PERMISSIVE: &str = "OverlyPermissiveCondition:EncryptionContext: Using the ForAllValues set operator with a single-valued condition key matches requests without the specified encryption context or with an unspecified encryption context. To fix, remove ForAllValues.";
const NO_PRINCIPAL: &str = "Policy contains a statement with no principal.";

/// A policy that may be stored.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    /// The text.
    pub(crate) text: String,
    /// Which users and roles its ARNs mean.
    pub(crate) principals: Vec<PrincipalBinding>,
}

/// Checks a key policy and binds its principals. The call then depends on them.
///
/// # Errors
/// `MalformedPolicyDocumentException`, also for principals that do not exist; `LimitExceededException`
pub(crate) fn bind(call: &mut Call, text: &str) -> Result<Bound, KmsError> {
    if text.len() > MAX_SIZE {
        return Err(KmsError::LimitExceeded(format!(
            "The key policy is {} bytes long, which is more than the limit of {MAX_SIZE} bytes.",
            text.len()
        )));
    }
    let document =
        read(text).map_err(|errors| KmsError::MalformedPolicyDocument(words(&errors)))?;
    if is_overly_permissive(&document) {
        return Err(KmsError::MalformedPolicyDocument(
            OVERLY_PERMISSIVE.to_owned(),
        ));
    }
    let invalid = || KmsError::MalformedPolicyDocument(INVALID_PRINCIPALS.to_owned());
    let mut principals: Vec<PrincipalBinding> = Vec::new();
    for (kind, name) in named(&document) {
        match kind {
            PrincipalKind::Aws => {}
            // S3 alone knows such principals.
            PrincipalKind::CanonicalUser => return Err(invalid()),
            PrincipalKind::Service | PrincipalKind::Federated => continue,
        }
        if let Some(binding) = principal::bind(call, &name.value).map_err(|_| invalid())?
            && !principals.contains(&binding)
        {
            principals.push(binding);
        }
    }
    Ok(Bound {
        text: text.to_owned(),
        principals,
    })
}

/// The policy as it is shown: with the ARNs that its users and roles have now, and with the unique ids
/// of those that are gone.
pub(crate) fn shown(call: &Call, record: &KeyRecord) -> String {
    let mut text = record.policy.clone();
    let Some(document) = stored(&text) else {
        return text;
    };
    let mut changes: Vec<(Range<usize>, String)> = named(&document)
        .filter(|(kind, _)| *kind == PrincipalKind::Aws)
        .filter_map(|(_, name)| {
            let mut bindings = record.principals.iter();
            let binding = bindings.find(|binding| binding.arn == name.value);
            let id = binding.map_or(name.value.as_str(), |binding| &binding.id);
            let now = principal::arn_of(call, id).unwrap_or_else(|| id.to_owned());
            (now != name.value).then(|| (name.span.clone(), format!("\"{now}\"")))
        })
        .collect();
    // From the end, so that the places before stay what they are.
    changes.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, now) in changes {
        text.replace_range(span, &now);
    }
    text
}

/// Reads a policy that was taken before.
pub(super) fn stored(text: &str) -> Option<Document> {
    let (document, mut errors) = policy::read_partly(text, DocumentKind::Resource);
    errors.retain(|error| !is_taken(error) && !error.guards_writing_only());
    document.filter(|_| errors.is_empty())
}

fn read(text: &str) -> Result<Document, Vec<SyntaxError>> {
    let (document, mut errors) = policy::read_partly(text, DocumentKind::Resource);
    errors.retain(|error| !is_taken(error));
    document.filter(|_| errors.is_empty()).ok_or(errors)
}

/// KMS takes statements without actions or resources, which then have no effect ("PutKeyPolicy").
fn is_taken(error: &SyntaxError) -> bool {
    matches!(
        error.kind,
        SyntaxErrorKind::NoActions | SyntaxErrorKind::NoResources
    )
}

/// KMS's words for what is wrong, where they are known to differ from IAM's.
fn words(errors: &[SyntaxError]) -> String {
    let text = policy::aws_message(errors);
    let error = errors.iter().find(|error| error.aws_message() == text);
    match error.map(|error| &error.kind) {
        Some(SyntaxErrorKind::InvalidPrincipal { .. }) => INVALID_PRINCIPALS.to_owned(),
        Some(SyntaxErrorKind::MissingPrincipal | SyntaxErrorKind::EmptyPrincipal) => {
            NO_PRINCIPAL.to_owned()
        }
        _ => text,
    }
}

/// Whether a statement allows what has no encryption context where one was meant to be needed.
fn is_overly_permissive(document: &Document) -> bool {
    let starts = |text: &str, with: &str| text.to_lowercase().starts_with(with);
    document
        .statements()
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| statement.conditions.iter().flatten())
        .filter(|block| starts(&block.operator.value, "forallvalues:"))
        .flat_map(|block| &block.keys)
        .any(|key| starts(&key.name.value, "kms:encryptioncontext:"))
}

/// The principals of a document and their places in its text.
fn named(document: &Document) -> impl Iterator<Item = (PrincipalKind, &Spanned<String>)> {
    let elements = document
        .statements()
        .iter()
        .filter_map(|statement| statement.principal.as_ref());
    elements
        .filter_map(|element| match &element.who {
            Principals::Listed(lists) => Some(lists),
            Principals::Everyone => None,
        })
        .flatten()
        .flat_map(|(kind, texts)| texts.values.iter().map(|text| (*kind, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        words(&read(text).unwrap_err())
    }

    fn statement(rest: &str) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{rest}}}]}}"#)
    }

    #[test]
    fn conditions_that_an_empty_context_meets_are_refused() {
        let is = |effect: &str, operator: &str, key: &str| {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{"{operator}":{{"{key}":"a"}}}}}}}}"#
            );
            is_overly_permissive(&read(&text).unwrap())
        };
        assert!(is(
            "Allow",
            "ForAllValues:StringEquals",
            "kms:EncryptionContext:a"
        ));
        assert!(is(
            "Allow",
            "ForAllValues:StringLike",
            "KMS:encryptioncontext:A"
        ));
        assert!(!is(
            "Deny",
            "ForAllValues:StringEquals",
            "kms:EncryptionContext:a"
        ));
        assert!(!is("Allow", "StringEquals", "kms:EncryptionContext:a"));
        assert!(!is(
            "Allow",
            "ForAllValues:StringEquals",
            "kms:EncryptionContextKeys"
        ));
    }

    #[test]
    fn refusals_are_in_the_words_of_kms() {
        let rest = r#""Action":"kms:*","Resource":"*""#;
        assert_eq!(refusal(&statement(rest)), NO_PRINCIPAL);
        for principal in [
            r#"{"AWS":"arn:aws:iam::111122223333:user/*"}"#,
            r#"{"AWS":"someone"}"#,
            r#"{"Service":"ec2"}"#,
            r#"{"AWS":"AROACCCCCCCCCCCCCCCC:session"}"#,
        ] {
            let text = statement(&format!(r#""Principal":{principal},{rest}"#));
            assert_eq!(refusal(&text), INVALID_PRINCIPALS, "{principal}");
        }
        assert_eq!(refusal("{not json"), "Syntax errors in policy.");
    }

    #[test]
    fn statements_without_actions_or_resources_are_taken_and_mean_nothing() {
        let text = statement(r#""Principal":"*","Action":"kms:*""#);
        let document = read(&text).unwrap();
        assert_eq!(document.statements().len(), 1);
        assert!(document.without_idle_statements().statements().is_empty());
    }
}
