//! When a grant counts, and when a grant that is made under another is as strict ("Grant constraints",
//! "Granting CreateGrant permission").

use crate::KmsError;
use crate::api::types::{GrantConstraints, GrantOperation};
use crate::entity::GrantConstraintsRecord;
use std::collections::BTreeMap;

type Pairs = BTreeMap<String, String>;

/// Pairs of an encryption context in one constraint, at most ("CreateGrant").
const MAX_PAIRS: usize = 8;
/// Characters of the pairs of one constraint, at most ("CreateGrant").
const MAX_CHARACTERS: usize = 384;

/// What a request is judged by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances<'c> {
    /// What is asked for.
    pub(crate) operation: GrantOperation,
    /// The encryption context; `None` where the operation takes none.
    pub(crate) context: Option<&'c Pairs>,
    /// The resource for which a service acts.
    pub(crate) source: Option<&'c str>,
}

/// Whether a grant's constraints admit a request. Those of the encryption context say nothing about
/// `DescribeKey` and `RetireGrant`, that of the source nothing about `RetireGrant`.
#[must_use]
pub(crate) fn holds(constraints: Option<&GrantConstraintsRecord>, of: Circumstances<'_>) -> bool {
    let Some(constraints) = constraints else {
        return true;
    };
    if of.operation == GrantOperation::RetireGrant {
        return true;
    }
    if !source_fits(Some(constraints), of.source) {
        return false;
    }
    let (equals, subset) = (constraints.equals.as_ref(), constraints.subset.as_ref());
    match of.context {
        Some(context) => {
            equals.is_none_or(|wanted| contains(context, wanted) && contains(wanted, context))
                && subset.is_none_or(|wanted| contains(context, wanted))
        }
        // Operations without a context, on a key whose others take one, are not what was granted.
        None => of.operation == GrantOperation::DescribeKey || equals.is_none() && subset.is_none(),
    }
}

/// Whether a request for this resource is one that the constraint on the source admits.
#[must_use]
pub(crate) fn source_fits(
    constraints: Option<&GrantConstraintsRecord>,
    source: Option<&str>,
) -> bool {
    constraints
        .and_then(|constraints| constraints.source_arn.as_deref())
        .is_none_or(|wanted| source == Some(wanted))
}

/// Whether a context has all wanted pairs. Keys ignore letter case here, values do not
/// ("GrantConstraints"). Of keys that differ in nothing else, each must have the wanted value.
fn contains(context: &Pairs, wanted: &Pairs) -> bool {
    wanted.iter().all(|(key, value)| {
        let folded = key.to_lowercase();
        let mut same = context
            .iter()
            .filter(|(name, _)| name.to_lowercase() == folded)
            .peekable();
        same.peek().is_some() && same.all(|(_, own)| own == value)
    })
}

/// Whether a grant with the constraints `new` admits nothing that one with `old` does not.
#[must_use]
pub(crate) fn is_as_strict(
    new: Option<&GrantConstraintsRecord>,
    old: Option<&GrantConstraintsRecord>,
) -> bool {
    let Some(old) = old else { return true };
    let none = GrantConstraintsRecord::default();
    let new = new.unwrap_or(&none);
    let source = old.source_arn.is_none() || old.source_arn == new.source_arn;
    let equals = old.equals.is_none() || old.equals == new.equals;
    let subset = old.subset.as_ref().is_none_or(|wanted| {
        let has = |context: &Option<Pairs>| {
            context
                .as_ref()
                .is_some_and(|context| contains(context, wanted))
        };
        wanted.is_empty() || has(&new.equals) || has(&new.subset)
    });
    source && equals && subset
}

/// All pairs that a grant's constraints name: conditions on the encryption context are about them.
#[must_use]
pub(crate) fn context(constraints: Option<&GrantConstraintsRecord>) -> Option<Pairs> {
    let constraints = constraints?;
    let all = [&constraints.subset, &constraints.equals];
    let pairs: Pairs = all.into_iter().flatten().flatten().map(owned).collect();
    (!pairs.is_empty()).then_some(pairs)
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

/// The kinds of a grant's constraints (`kms:GrantConstraintType`).
#[must_use]
pub(crate) fn kinds(constraints: Option<&GrantConstraintsRecord>) -> Vec<String> {
    let Some(constraints) = constraints else {
        return Vec::new();
    };
    let all = [
        (constraints.equals.is_some(), "EncryptionContextEquals"),
        (constraints.subset.is_some(), "EncryptionContextSubset"),
        (constraints.source_arn.is_some(), "SourceArn"),
    ];
    all.into_iter()
        .filter(|(given, _)| *given)
        .map(|(_, kind)| kind.to_owned())
        .collect()
}

/// The constraints of a request as a record keeps them; `None` where it gives none.
#[must_use]
pub(crate) fn record(input: Option<&GrantConstraints>) -> Option<GrantConstraintsRecord> {
    let record = input.map(|input| GrantConstraintsRecord {
        equals: input.encryption_context_equals.clone(),
        subset: input.encryption_context_subset.clone(),
        source_arn: input.source_arn.clone(),
    });
    record.filter(|record| *record != GrantConstraintsRecord::default())
}

/// A grant's constraints as clients see them.
#[must_use]
pub(crate) fn shown(record: &GrantConstraintsRecord) -> GrantConstraints {
    GrantConstraints {
        encryption_context_subset: record.subset.clone(),
        encryption_context_equals: record.equals.clone(),
        source_arn: record.source_arn.clone(),
    }
}

/// Refuses constraints that are too long, and those on a context where there is none. `symmetric`:
/// the key encrypts with a context.
///
/// # Errors
/// `ValidationException`
pub(crate) fn validate(
    constraints: Option<&GrantConstraintsRecord>,
    symmetric: bool,
) -> Result<(), KmsError> {
    let Some(constraints) = constraints else {
        return Ok(());
    };
    for pairs in [&constraints.equals, &constraints.subset]
        .into_iter()
        .flatten()
    {
        let characters: usize = pairs
            .iter()
            .map(|(key, value)| key.chars().count() + value.chars().count())
            .sum();
        if pairs.len() > MAX_PAIRS || characters > MAX_CHARACTERS {
            return Err(KmsError::Validation(format!(
                "An encryption context constraint can have at most {MAX_PAIRS} pairs and {MAX_CHARACTERS} characters."
            )));
        }
        if !symmetric {
            return Err(KmsError::Validation(
                "Encryption context constraints are supported only on grants for symmetric encryption KMS keys."
                    .to_owned(),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Pairs {
        let pairs = text.split_terminator(',');
        pairs
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    fn equals(text: &str) -> GrantConstraintsRecord {
        GrantConstraintsRecord {
            equals: Some(pairs(text)),
            ..Default::default()
        }
    }

    fn subset(text: &str) -> GrantConstraintsRecord {
        GrantConstraintsRecord {
            subset: Some(pairs(text)),
            ..Default::default()
        }
    }

    fn source(arn: &str) -> GrantConstraintsRecord {
        GrantConstraintsRecord {
            source_arn: Some(arn.to_owned()),
            ..Default::default()
        }
    }

    fn admits(
        record: &GrantConstraintsRecord,
        operation: GrantOperation,
        context: Option<&str>,
        source: Option<&str>,
    ) -> bool {
        let context = context.map(pairs);
        let of = Circumstances {
            operation,
            context: context.as_ref(),
            source,
        };
        holds(Some(record), of)
    }

    #[test]
    fn constraints_of_the_context_are_about_the_context_of_requests() {
        use GrantOperation::{CreateGrant, Decrypt, DescribeKey, RetireGrant};
        let cases = [
            (equals("a=1"), Some("a=1"), true),
            (equals("a=1"), Some("a=1,b=2"), false),
            (equals("a=1"), Some("a=2"), false),
            (equals("a=1"), Some(""), false),
            (equals(""), Some("a=1"), false),
            (equals(""), Some(""), true),
            (subset("a=1"), Some("a=1"), true),
            (subset("a=1"), Some("a=1,b=2"), true),
            (subset("a=1"), Some("b=2"), false),
            (subset("a=1,b=2"), Some("a=1"), false),
            (subset("a=1"), Some(""), false),
            (subset("a=1"), None, false),
            (equals("a=1"), None, false),
            (subset("Dept=IT"), Some("dept=IT"), true),
            (subset("Dept=IT"), Some("dept=it"), false),
            (subset("Dept=IT"), Some("Dept=HR,dept=IT"), false),
            (subset("Dept=IT"), Some("Dept=IT,dept=HR"), false),
            (equals("Dept=IT"), Some("dept=IT"), true),
            (equals("a=1,b=2"), Some("a=1,A=1"), false),
            (equals("a=1,A=1"), Some("a=1,b=2"), false),
        ];
        for (record, context, admitted) in cases {
            assert_eq!(
                admits(&record, Decrypt, context, None),
                admitted,
                "{record:?} {context:?}"
            );
            assert!(admits(&record, DescribeKey, None, None));
            assert!(admits(&record, RetireGrant, None, None));
            assert!(!admits(&record, CreateGrant, None, None));
        }
    }

    #[test]
    fn a_source_is_that_of_the_request() {
        use GrantOperation::{Decrypt, DescribeKey, RetireGrant};
        let record = source("arn:aws:s3:::a");
        assert!(admits(&record, Decrypt, None, Some("arn:aws:s3:::a")));
        assert!(!admits(&record, Decrypt, None, Some("arn:aws:s3:::b")));
        assert!(!admits(&record, Decrypt, None, None));
        assert!(!admits(&record, DescribeKey, None, None));
        assert!(admits(&record, RetireGrant, None, None));
    }

    #[test]
    fn grants_under_grants_are_as_strict() {
        let cases = [
            (subset("a=1"), Some(subset("a=1")), true),
            (subset("a=1"), Some(subset("a=1,b=2")), true),
            (subset("a=1"), Some(equals("a=1")), true),
            (subset("a=1"), Some(equals("a=1,b=2")), true),
            (subset("a=1"), Some(equals("b=2")), false),
            (subset("a=1"), Some(subset("a=2")), false),
            (subset("a=1"), None, false),
            (subset("a=1"), Some(source("arn:aws:s3:::a")), false),
            (equals("a=1"), Some(equals("a=1")), true),
            (equals("a=1"), Some(equals("a=1,b=2")), false),
            (equals("a=1"), Some(subset("a=1")), false),
            (equals("a=1"), None, false),
            (
                source("arn:aws:s3:::a"),
                Some(source("arn:aws:s3:::a")),
                true,
            ),
            (
                source("arn:aws:s3:::a"),
                Some(source("arn:aws:s3:::b")),
                false,
            ),
            (source("arn:aws:s3:::a"), Some(subset("a=1")), false),
            (source("arn:aws:s3:::a"), None, false),
        ];
        for (old, new, strict) in cases {
            assert_eq!(
                is_as_strict(new.as_ref(), Some(&old)),
                strict,
                "{old:?} {new:?}"
            );
            assert!(is_as_strict(new.as_ref(), None));
        }
    }

    #[test]
    fn constraints_are_bounded_and_need_a_symmetric_key() {
        let many: String = (0..9).map(|number| format!("{number}=x,")).collect();
        let long = format!("a={}", "x".repeat(384));
        assert!(validate(Some(&subset("a=1")), true).is_ok());
        assert!(validate(Some(&subset(&many)), true).is_err());
        assert!(validate(Some(&equals(&long)), true).is_err());
        assert!(validate(Some(&equals("a=1")), false).is_err());
        assert!(validate(Some(&source("arn:aws:s3:::a")), false).is_ok());
    }
}
