//! Trust policies of roles ("How to use trust policies with IAM roles").
//!
//! A user or role that a trust policy names by ARN is stored by its unique id, so
//! that a later user of the same name gains nothing, and is shown by the ARN that it
//! has now ("AWS JSON policy elements: Principal"). What AWS does with the ARN of a
//! role's session is not publicly known; here it is stored as `AROA…:session` for the
//! same reason.

use crate::entity::{RoleRecord, folded};
use crate::{IamError, document, quota};
use arn::{AccountId, Arn, UniqueIdPrefix};
use kernel::Call;
use policy::{DocumentKind, PrincipalKind, SyntaxError, SyntaxErrorKind};
use std::borrow::Cow;
use std::convert::Infallible;

/// Characters of a trust policy, without white space ("IAM and AWS STS quotas").
const MAX_SIZE: usize = 2_048;

/// Checks a trust policy and turns it into what is stored.
///
/// # Errors
/// `MalformedPolicyDocument`, also for principals that do not exist; `LimitExceeded`
/// where it is too large.
pub fn checked(call: &mut Call, text: &str) -> Result<String, IamError> {
    let parsed = policy::parse(text, DocumentKind::Trust)
        .map_err(|errors| IamError::MalformedPolicyDocument(words(&errors)))?;
    if document::size(text) > MAX_SIZE {
        return Err(quota::exceeded("ACLSizePerRole", 2_048));
    }
    let stored = parsed.map_principals(&mut |kind, value| stored(call, kind, value))?;
    Ok(stored.to_json())
}

/// A stored trust policy as IAM shows it: percent-encoded. A principal that is gone shows its unique id.
#[must_use]
pub fn shown(call: &Call, stored: &str) -> String {
    document::encoded(&readable(call, stored))
}

/// A stored trust policy with the ARNs that its principals have now.
#[must_use]
pub fn readable(call: &Call, stored: &str) -> String {
    let Ok(parsed) = policy::parse_stored(stored, DocumentKind::Trust) else {
        return stored.to_owned();
    };
    let Ok(shown) = parsed.map_principals::<Infallible>(&mut |kind, value| {
        let arn = if kind == PrincipalKind::Aws {
            arn_of(call, value)
        } else {
            None
        };
        Ok(arn.map_or(Cow::Borrowed(value), Cow::Owned))
    });
    shown.to_json()
}

/// The words of `MalformedPolicyDocument` for trust policies, where they differ from those of other documents.
fn words(errors: &[SyntaxError]) -> String {
    let text = policy::aws_message(errors);
    match errors
        .iter()
        .find(|error| error.aws_message() == text)
        .map(|error| &error.kind)
    {
        Some(SyntaxErrorKind::Json(_)) => "This policy contains invalid Json".into(),
        Some(SyntaxErrorKind::Prohibited(element)) => format!("Has prohibited field {element}"),
        // AWS writes the type in capitals here, whatever stood in the document.
        Some(SyntaxErrorKind::InvalidPrincipal { name, value }) => {
            format!(
                "Invalid principal in policy: \"{}\":\"{value}\"",
                name.to_uppercase()
            )
        }
        Some(SyntaxErrorKind::TrustAction(_)) => {
            "AssumeRole policy may only specify STS AssumeRole actions.".into()
        }
        _ => text,
    }
}

/// A principal as it is stored.
fn stored<'t>(
    call: &mut Call,
    kind: PrincipalKind,
    value: &'t str,
) -> Result<Cow<'t, str>, IamError> {
    if kind != PrincipalKind::Aws || value == "*" {
        return Ok(Cow::Borrowed(value));
    }
    if let Ok(account) = AccountId::parse(value) {
        return Ok(Cow::Owned(Arn::root(call.partition(), account).to_string()));
    }
    existing(call, value)?.ok_or_else(|| {
        IamError::MalformedPolicyDocument(format!(
            "Invalid principal in policy: \"AWS\":\"{value}\""
        ))
    })
}

/// The stored form of a principal that exists; `None` where nothing shows that it does.
///
/// An account is taken at its word: the policies of other accounts are theirs to
/// write, and an account that is not here has nobody who could call.
fn existing<'t>(call: &mut Call, value: &'t str) -> Result<Option<Cow<'t, str>>, IamError> {
    // An ARN begins with small letters and no id does.
    if UniqueIdPrefix::of(value).is_some() {
        return Ok(arn_of(call, value).map(|_| Cow::Borrowed(value)));
    }
    let Ok(arn) = Arn::parse(value) else {
        return Ok(None);
    };
    let Some(account) = arn
        .account_id()
        .filter(|_| arn.partition() == call.partition())
    else {
        return Ok(None);
    };
    Ok(
        match (arn.service(), arn.resource_type(), arn.resource_id()) {
            ("iam", ..) if arn.resource() == "root" => Some(Cow::Borrowed(value)),
            ("iam", "user" | "role", _) => id_of(call, value).map(Cow::Owned),
            ("sts", "federated-user", _) => Some(Cow::Borrowed(value)),
            ("sts", "assumed-role", session) => {
                let Some((role, name)) = session.split_once('/') else {
                    return Ok(None);
                };
                let record: Option<RoleRecord> = call.load_in(account, "", &folded(role))?;
                record
                    .filter(|record| record.name == role && is_session_name(name))
                    .map(|record| Cow::Owned(format!("{}:{name}", record.id)))
            }
            _ => None,
        },
    )
}

/// `RoleSessionName` ("AssumeRole", STS API Reference): a session of another name can never be.
fn is_session_name(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}

/// The unique id of a user or role of any account here.
fn id_of(call: &Call, arn: &str) -> Option<String> {
    let known = call
        .world()
        .principal_by_arn(arn)
        .map(|principal| principal.id.to_string());
    // Callers that the configuration gives are in no record.
    known.or_else(|| {
        call.caller
            .source()
            .filter(|own| *own.arn == *arn)
            .map(|own| own.id.to_string())
    })
}

/// The ARN of a user, role or role's session (`AROA…:session`) of any account here.
fn arn_of(call: &Call, id: &str) -> Option<String> {
    if let Some((role, session)) = id.split_once(':') {
        let role = call.world().principal(role)?;
        let arn = Arn::assumed_role(call.partition(), role.account, &role.name, session);
        return Some(arn.to_string());
    }
    let known = call
        .world()
        .principal(id)
        .map(|principal| principal.arn.to_string());
    known.or_else(|| {
        call.caller
            .source()
            .filter(|own| *own.id == *id)
            .map(|own| own.arn.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        words(&policy::parse(text, DocumentKind::Trust).unwrap_err())
    }

    fn trust(rest: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"ec2.amazonaws.com"}},{rest}}}]}}"#
        )
    }

    #[test]
    fn refusals_are_worded_as_aws_words_them() {
        assert_eq!(
            refusal("not valid json"),
            "This policy contains invalid Json"
        );
        assert_eq!(
            refusal(&trust(r#""Action":"sts:InvalidAction""#)),
            "AssumeRole policy may only specify STS AssumeRole actions."
        );
        assert_eq!(
            refusal(&trust(
                r#""Action":"sts:AssumeRole","Resource":"arn:aws:s3:::bucket""#
            )),
            "Has prohibited field Resource"
        );
    }

    #[test]
    fn an_impossible_principal_is_named_with_its_type_in_capitals() {
        let text = trust(r#""Action":"sts:AssumeRole""#).replace("ec2.amazonaws.com", "ec2");
        assert_eq!(
            refusal(&text),
            r#"Invalid principal in policy: "SERVICE":"ec2""#
        );
    }

    #[test]
    fn a_provider_that_can_be_none_is_refused_and_a_stored_one_trusts_nobody() {
        let federated = |name: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{name}"}},"Action":"sts:AssumeRoleWithWebIdentity"}}]}}"#
            )
        };
        for name in [
            "x",
            "https://accounts.google.com",
            "arn:aws:iam::111122223333:role/r",
        ] {
            assert_eq!(
                refusal(&federated(name)),
                format!(r#"Invalid principal in policy: "FEDERATED":"{name}""#)
            );
            assert!(policy::parse_stored(&federated(name), DocumentKind::Trust).is_ok());
        }
        for name in [
            "accounts.google.com",
            "arn:aws:iam::111122223333:saml-provider/corp",
            "arn:aws:iam::111122223333:oidc-provider/issuer.example/id",
        ] {
            assert!(policy::parse(&federated(name), DocumentKind::Trust).is_ok());
        }
        assert!(policy::parse_stored(&federated("x.*"), DocumentKind::Trust).is_err());
    }

    #[test]
    fn a_trust_policy_without_principal_is_refused() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#;
        assert_eq!(refusal(text), "Missing required field Principal");
    }
}
