//! What IAM says of constraints that a request breaks, where it does not say it as other services do.
//!
//! Names, paths and policy documents of the wrong characters are answered by a sentence of IAM's own,
//! alone, whatever else is wrong: "The specified value for userName is invalid. ...". Everything else gets
//! the common text with all violations, without the values: IAM answers "Value at 'path' failed to satisfy
//! constraint: ...".

use crate::IamError;
use schema::{OperationSchema, Violation};

const PATTERN: &str = "Member must satisfy regular expression pattern: ";

/// Patterns of the model, and what IAM says of a value that is not so.
const SENTENCES: &[(&str, &str)] = &[
    (
        r"[\w+=,.@-]+",
        "It must contain only alphanumeric characters and/or the following: +=,.@_-",
    ),
    (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", PATH),
    (r"((/[A-Za-z0-9\.,\+@=_-]+)*)/", PATH),
    (
        r"\u002F[\u0021-\u007F]*",
        "It must begin with the / character and contain only alphanumeric characters and/or / characters.",
    ),
];

const PATH: &str =
    "It must begin and end with / and contain only alphanumeric characters and/or / characters.";

/// Members whose pattern others have too, for which IAM answers otherwise.
const MEMBERS: &[(&str, &str)] = &[
    (
        "accessKeyId",
        "It must contain only alphanumeric characters.",
    ),
    (
        "policyDocument",
        "It must contain only printable ASCII characters.",
    ),
    (
        "assumeRolePolicyDocument",
        "It must contain only printable ASCII characters.",
    ),
];

/// IAM's message for violations.
#[must_use]
pub fn of(_operation: &OperationSchema, violations: &[Violation]) -> Option<String> {
    violations.iter().find_map(sentence).or_else(|| {
        let silent: Vec<_> = violations
            .iter()
            .map(|violation| Violation {
                value: None,
                redacted: true,
                ..violation.clone()
            })
            .collect();
        Some(schema::validation_message(&silent))
    })
}

fn sentence(violation: &Violation) -> Option<String> {
    let pattern = violation.constraint.strip_prefix(PATTERN)?;
    let member = MEMBERS.iter().find(|(member, _)| *member == violation.path);
    let (_, words) = member.or_else(|| SENTENCES.iter().find(|(known, _)| *known == pattern))?;
    Some(format!(
        "The specified value for {} is invalid. {words}",
        violation.path
    ))
}

/// Refuses a path with an empty part (`/a//b/`), which the model's pattern lets pass.
///
/// # Errors
/// `ValidationError`.
pub fn check_path(path: &str, member: &str) -> Result<(), IamError> {
    if path.contains("//") {
        return Err(IamError::Validation(format!(
            "The specified value for {member} is invalid. {PATH}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operations;
    use schema::Value;

    fn answer(operation: &'static OperationSchema, members: &[(&str, &str)]) -> String {
        let fields = operation.input_members().iter().map(|member| {
            let value = members.iter().find(|(name, _)| *name == member.name);
            value.map(|(_, text)| Value::String((*text).into()))
        });
        let violations = schema::validate(operation.input, &Value::Structure(fields.collect()));
        of(operation, &violations).unwrap_or_else(|| schema::validation_message(&violations))
    }

    #[test]
    fn wrong_characters_are_answered_by_a_sentence_alone() {
        const NAME: &str =
            "It must contain only alphanumeric characters and/or the following: +=,.@_-";
        for name in ["a b", "a/b", "", "Zoë/"] {
            let text = answer(&operations::CREATE_USER, &[("UserName", name)]);
            assert_eq!(
                text,
                format!("The specified value for userName is invalid. {NAME}")
            );
        }
        assert_eq!(
            answer(
                &operations::CREATE_USER,
                &[("UserName", "a b"), ("Path", "x")]
            ),
            format!("The specified value for path is invalid. {PATH}"),
            "the first in the model's order"
        );
        assert_eq!(
            answer(&operations::LIST_USERS, &[("PathPrefix", "x")]),
            "The specified value for pathPrefix is invalid. It must begin with the / character and contain only \
             alphanumeric characters and/or / characters."
        );
        assert_eq!(
            answer(
                &operations::DELETE_ACCESS_KEY,
                &[("UserName", "a"), ("AccessKeyId", "AKIA-IOSFODNN7EXAMPLE")]
            ),
            "The specified value for accessKeyId is invalid. It must contain only alphanumeric characters."
        );
    }

    #[test]
    fn other_violations_keep_the_common_text() {
        let long = "a".repeat(65);
        assert_eq!(
            answer(&operations::CREATE_USER, &[("UserName", &long)]),
            String::from(
                "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have \
                 length less than or equal to 64"
            )
        );
        assert!(answer(&operations::CREATE_USER, &[]).contains("Member must not be null"));
    }

    #[test]
    fn the_patterns_are_those_of_the_model() {
        let model = include_str!("api/schema.rs");
        for (pattern, _) in SENTENCES {
            assert!(model.contains(&format!("r\"{pattern}\"")), "{pattern}");
        }
    }
}
