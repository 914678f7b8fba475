//! What KMS says of constraints that a request breaks: of binary and of sensitive members it shows no
//! value, and of the latter not even that they are missing.

use schema::{Kind, Member, OperationSchema, Violation};

/// KMS's message for violations.
#[must_use]
pub(crate) fn of(operation: &OperationSchema, violations: &[Violation]) -> Option<String> {
    let said: Vec<_> = violations
        .iter()
        .map(|violation| {
            let silent = operation
                .input_members()
                .iter()
                .any(|member| is_named(member, &violation.path) && is_silent(member, violation));
            if silent {
                Violation {
                    value: None,
                    redacted: true,
                    ..violation.clone()
                }
            } else {
                violation.clone()
            }
        })
        .collect();
    Some(schema::validation_message(&said))
}

fn is_silent(member: &Member, violation: &Violation) -> bool {
    member.schema.sensitive
        || (matches!(member.schema.kind, Kind::Blob) && violation.value.is_some())
}

/// Paths begin with a small letter.
fn is_named(member: &Member, path: &str) -> bool {
    member.name.eq_ignore_ascii_case(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operations::{Encrypt, Verify};
    use schema::{IntoValue, OperationShape};

    fn said<O: OperationShape>(input: O::Input) -> String {
        let violations = schema::validate(O::SCHEMA.input, &input.into_value());
        of(O::SCHEMA, &violations).unwrap()
    }

    #[test]
    fn binary_values_are_not_shown() {
        let input = crate::api::types::EncryptInput {
            key_id: "a".to_owned(),
            ..Default::default()
        };
        assert_eq!(
            said::<Encrypt>(input),
            "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1"
        );
        let input = crate::api::types::VerifyInput {
            key_id: "a".to_owned(),
            message: b"m".as_slice().into(),
            message_type: None,
            signature: schema::Blob::new(),
            signing_algorithm: crate::api::types::SigningAlgorithmSpec::EcdsaSha256,
            grant_tokens: None,
            dry_run: None,
        };
        assert_eq!(
            said::<Verify>(input),
            "1 validation error detected: Value at 'signature' failed to satisfy constraint: Member must have length greater than or equal to 1"
        );
    }
}
