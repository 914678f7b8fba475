//! What tools need to know about a condition operator: what it compares, and which values it can read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::network::Network;
use super::operator::{Operator, Quantifier, Test};
use super::{date, number};

/// What a condition operator compares ("IAM JSON policy elements: Condition operators").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `StringEquals` and its kin, letter case counting or not: `*` is a letter like any other.
    Text,
    /// `StringLike`, `StringNotLike`.
    TextPattern,
    /// `Numeric…`
    Number,
    /// `Date…`
    Date,
    /// `Bool`
    Bool,
    /// `BinaryEquals`
    Binary,
    /// `IpAddress`, `NotIpAddress`
    Address,
    /// `Arn…`
    Arn,
    /// `Null`
    Null,
}

/// A condition operator by its name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorForm {
    /// What it compares.
    pub comparison: Comparison,
    /// Whether the value must differ from all.
    pub negated: bool,
    /// Suffix `IfExists`.
    pub if_exists: bool,
    /// Prefix `ForAllValues:`.
    pub for_all_values: bool,
    /// Prefix `ForAnyValue:`.
    pub for_any_value: bool,
}

impl OperatorForm {
    /// Takes an operator's name apart; `None` for a name that is no operator.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        let operator = Operator::parse(name)?;
        let comparison = match operator.test {
            Test::Text | Test::TextIgnoringCase => Comparison::Text,
            Test::TextLike => Comparison::TextPattern,
            Test::Number(_) => Comparison::Number,
            Test::Date(_) => Comparison::Date,
            Test::Bool => Comparison::Bool,
            Test::Binary => Comparison::Binary,
            Test::Network => Comparison::Address,
            Test::Arn => Comparison::Arn,
            Test::Null => Comparison::Null,
        };
        Some(Self {
            comparison,
            negated: operator.negated,
            if_exists: operator.if_exists,
            for_all_values: operator.quantifier == Some(Quantifier::All),
            for_any_value: operator.quantifier == Some(Quantifier::Any),
        })
    }

    /// Whether the operator can read a value as a policy writes it. A condition with a value that it cannot read is
    /// never evaluated; texts with variables are taken to be readable where variables are.
    #[must_use]
    pub fn can_read(&self, value: &str) -> bool {
        match self.comparison {
            Comparison::Text | Comparison::TextPattern => true,
            Comparison::Arn => {
                value.contains("${") || value.starts_with('*') || value.starts_with("arn:")
            }
            Comparison::Bool | Comparison::Null => {
                value.contains("${")
                    || value.eq_ignore_ascii_case("true")
                    || value.eq_ignore_ascii_case("false")
            }
            Comparison::Number => number::parse(value).is_some(),
            Comparison::Date => date::parse(value).is_some(),
            Comparison::Binary => BASE64.decode(value).is_ok(),
            Comparison::Address => Network::parse(value).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_say_what_they_can_read() {
        let reads = |name: &str, value: &str| OperatorForm::read(name).unwrap().can_read(value);
        for (name, good, bad) in [
            ("NumericLessThan", "3600", "an hour"),
            ("DateGreaterThanIfExists", "2026-01-01T00:00:00Z", "soon"),
            ("Bool", "True", "yes"),
            ("Null", "false", "1"),
            ("ForAnyValue:IpAddress", "10.0.0.0/8", "10.0.0.0/99"),
            ("BinaryEquals", "QUJD", "?"),
            ("ArnLike", "arn:aws:s3:::b", "bucket"),
        ] {
            assert!(reads(name, good) && !reads(name, bad), "{name}");
        }
        assert_eq!(OperatorForm::read("StringIs"), None);
    }
}
