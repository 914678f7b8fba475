//! `ContextEntries`: the condition keys that a request gives, by type.

use crate::IamError;
use crate::api::types::{ContextEntry, ContextKeyTypeEnum};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use policy::Context;

/// Sets the keys of a request, over those that the server knows.
///
/// # Errors
/// `InvalidInput` for an entry without name or type, and for values that are not of the type.
pub(crate) fn set(context: &mut Context, entries: &[ContextEntry]) -> Result<(), IamError> {
    for entry in entries {
        let name = entry
            .context_key_name
            .as_deref()
            .ok_or_else(|| invalid("ContextKeyName is required"))?;
        let kind = entry
            .context_key_type
            .ok_or_else(|| invalid(&format!("ContextKeyType of {name} is required")))?;
        let values = entry.context_key_values.as_deref().unwrap_or_default();
        if let Some(value) = values.iter().find(|value| !suits(kind, value)) {
            return Err(invalid(&format!(
                "{value} of {name} is not of type {}",
                kind.as_str()
            )));
        }
        match values {
            [value] if !is_many(name, kind) => context.set(name, value.as_str()),
            _ => context.set_many(name, values.iter().map(String::as_str)),
        };
    }
    Ok(())
}

fn invalid(reason: &str) -> IamError {
    IamError::InvalidInput(format!("Invalid context entry: {reason}."))
}

/// Whether a key with one value is a set: AWS's reference says so of the keys that it knows, the type of others.
fn is_many(name: &str, kind: ContextKeyTypeEnum) -> bool {
    use ContextKeyTypeEnum as T;
    catalog::condition_key(name).map_or(
        matches!(
            kind,
            T::StringList
                | T::NumericList
                | T::BooleanList
                | T::IpList
                | T::BinaryList
                | T::DateList
        ),
        |key| key.multivalued,
    )
}

/// Whether a value is of a type, as the engine reads it: a condition with the operator of the type must be able to
/// compare it.
fn suits(kind: ContextKeyTypeEnum, value: &str) -> bool {
    use ContextKeyTypeEnum as T;
    let comparable = |operator: &str, operand: &str| compares(operator, operand, value);
    match kind {
        T::String | T::StringList => true,
        T::Numeric | T::NumericList => comparable("NumericNotEquals", "0"),
        T::Boolean | T::BooleanList => comparable("Bool", value),
        T::Ip | T::IpList => comparable("NotIpAddress", "255.255.255.255"),
        T::Binary | T::BinaryList => BASE64.decode(value).is_ok(),
        T::Date | T::DateList => comparable("DateNotEquals", "1970-01-01T00:00:00.001Z"),
    }
}

fn compares(operator: &str, operand: &str, value: &str) -> bool {
    let text = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*",
                       "Condition": { operator: { "k:k": [operand, value] } } },
    })
    .to_string();
    let Ok(policy) = policy::Policy::parse_and_compile(&text, policy::DocumentKind::Inline, "type")
    else {
        return false;
    };
    let mut context = Context::new();
    context.set("k:k", value);
    let explanation = policy::explain(
        &policy::Request {
            principal: &policy::Principal::Anonymous,
            action: "k:k",
            resource: "*",
            resource_account: None,
            context: &context,
            resource_level: false,
        },
        &policy::Layers {
            identity: &[&policy],
            ..policy::Layers::default()
        },
    );
    explanation
        .policies
        .iter()
        .flat_map(|policy| &policy.statements)
        .all(|statement| statement.outcome != policy::Outcome::Unevaluable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::Values;

    fn entry(name: &str, kind: ContextKeyTypeEnum, values: &[&str]) -> ContextEntry {
        ContextEntry {
            context_key_name: Some(name.into()),
            context_key_values: Some(values.iter().map(|value| (*value).into()).collect()),
            context_key_type: Some(kind),
        }
    }

    fn refusal(entry: ContextEntry) -> String {
        set(&mut Context::new(), &[entry]).unwrap_err().to_string()
    }

    #[test]
    fn values_must_be_of_their_type() {
        use ContextKeyTypeEnum as T;
        let good = [
            (T::Numeric, "-1.5"),
            (T::Boolean, "TRUE"),
            (T::Boolean, "false"),
            (T::Ip, "10.0.0.1"),
            (T::Ip, "2001:db8::1"),
            (T::Binary, "QUJD"),
            (T::Date, "2026-11-24T12:00:00Z"),
            (T::Date, "1795000000"),
            (T::String, ""),
        ];
        for (kind, value) in good {
            assert!(suits(kind, value), "{kind}: {value}");
        }
        let bad = [
            (T::Numeric, "one"),
            (T::NumericList, ""),
            (T::Boolean, "yes"),
            (T::Ip, "10.0.0"),
            (T::Binary, "?"),
            (T::Date, "yesterday"),
        ];
        for (kind, value) in bad {
            assert!(!suits(kind, value), "{kind}: {value}");
        }
        assert_eq!(
            refusal(entry("aws:MultiFactorAuthAge", T::Numeric, &["old"])),
            "Invalid context entry: old of aws:MultiFactorAuthAge is not of type numeric."
        );
        let nameless = ContextEntry {
            context_key_name: None,
            ..entry("", T::String, &[])
        };
        assert_eq!(
            refusal(nameless),
            "Invalid context entry: ContextKeyName is required."
        );
    }

    #[test]
    fn the_reference_says_which_keys_are_sets() {
        use ContextKeyTypeEnum as T;
        let mut context = Context::new();
        let entries = [
            entry("aws:TagKeys", T::String, &["a"]),
            entry("aws:username", T::StringList, &["bob"]),
            entry("own:Key", T::StringList, &["a"]),
            entry("own:Other", T::String, &["a", "b"]),
            entry("own:Empty", T::StringList, &[]),
        ];
        set(&mut context, &entries).unwrap();
        let is_many = |key: &str| matches!(context.values(key), Some(Values::Many(_)));
        assert!(is_many("aws:TagKeys") && is_many("own:Key") && is_many("own:Other"));
        assert!(is_many("own:Empty") && !is_many("aws:username"));
    }
}
