//! What a document is for, guessed from what it says.

use policy::{Document, DocumentKind};

/// Guesses the kind of a document: one that names principals and no resources is a trust policy, one that names both a
/// resource's policy, any other one an identity's. Policies of organizations, boundaries and session policies look like
/// the others and are never guessed. A text that cannot be read is taken for an identity's.
#[must_use]
pub fn guess_kind(text: &str) -> DocumentKind {
    let (document, _) = policy::read_partly(text, DocumentKind::Resource);
    let statements = document.as_ref().map_or(&[][..], Document::statements);
    if !statements
        .iter()
        .any(|statement| statement.principal.is_some())
    {
        return DocumentKind::Identity;
    }
    let named = |action: &str| {
        action
            .get(..4)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("sts:"))
    };
    let trusts = statements.iter().all(|statement| {
        let actions = statement
            .action
            .as_ref()
            .map_or(&[][..], |texts| &texts.values);
        statement.resource.is_none() && actions.iter().all(|action| named(&action.value))
    });
    if trusts {
        DocumentKind::Trust
    } else {
        DocumentKind::Resource
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_what_the_statements_name() {
        let kind =
            |body: &str| guess_kind(&format!(r#"{{"Statement":{{"Effect":"Allow",{body}}}}}"#));
        assert_eq!(
            kind(r#""Action":"s3:*","Resource":"*""#),
            DocumentKind::Identity
        );
        assert_eq!(
            kind(r#""Principal":"*","Action":"s3:*","Resource":"*""#),
            DocumentKind::Resource
        );
        assert_eq!(
            kind(
                r#""Principal":{"AWS":"111111111111"},"Action":["sts:AssumeRole","sts:TagSession"]"#
            ),
            DocumentKind::Trust
        );
        assert_eq!(guess_kind("not json"), DocumentKind::Identity);
    }
}
