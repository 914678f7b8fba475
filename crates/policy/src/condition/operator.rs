//! The names of condition operators.

use crate::truth::Truth;

/// A condition operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) test: Test,
    /// `…Not…`: the value must differ from all.
    pub(crate) negated: bool,
    /// Suffix `IfExists`: true when the key is missing.
    pub(crate) if_exists: bool,
    pub(crate) quantifier: Option<Quantifier>,
}

/// Prefix of an operator for multivalued keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    Text,
    TextIgnoringCase,
    TextLike,
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Network,
    Arn,
    Null,
}

/// How ordered values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(crate) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Operator {
    /// The answer when the request lacks the key.
    pub(crate) fn missing(self) -> Truth {
        match self.quantifier {
            Some(Quantifier::All) => Truth::Yes,
            // AWS does not say whether IfExists or the quantifier counts when there is nothing to quantify over.
            Some(Quantifier::Any) if self.if_exists => Truth::Doubt,
            Some(Quantifier::Any) => Truth::No,
            None => (self.if_exists || self.negated).into(),
        }
    }

    /// `None` for a name that is no operator. Names are case-sensitive as in AWS's grammar.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = match (
            name.strip_prefix("ForAllValues:"),
            name.strip_prefix("ForAnyValue:"),
        ) {
            (Some(rest), _) => (Some(Quantifier::All), rest),
            (_, Some(rest)) => (Some(Quantifier::Any), rest),
            _ => (None, name),
        };
        let (if_exists, name) = name
            .strip_suffix("IfExists")
            .map_or((false, name), |rest| (true, rest));
        let (test, negated) = test(name)?;
        if test == Test::Null && (if_exists || quantifier.is_some()) {
            return None;
        }
        Some(Self {
            test,
            negated,
            if_exists,
            quantifier,
        })
    }
}

fn test(name: &str) -> Option<(Test, bool)> {
    if let Some(rest) = name.strip_prefix("Numeric") {
        return order(rest).map(|(order, negated)| (Test::Number(order), negated));
    }
    if let Some(rest) = name.strip_prefix("Date") {
        return order(rest).map(|(order, negated)| (Test::Date(order), negated));
    }
    Some(match name {
        "StringEquals" => (Test::Text, false),
        "StringNotEquals" => (Test::Text, true),
        "StringEqualsIgnoreCase" => (Test::TextIgnoringCase, false),
        "StringNotEqualsIgnoreCase" => (Test::TextIgnoringCase, true),
        "StringLike" => (Test::TextLike, false),
        "StringNotLike" => (Test::TextLike, true),
        "Bool" => (Test::Bool, false),
        "BinaryEquals" => (Test::Binary, false),
        "IpAddress" => (Test::Network, false),
        "NotIpAddress" => (Test::Network, true),
        "ArnEquals" | "ArnLike" => (Test::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Test::Arn, true),
        "Null" => (Test::Null, false),
        _ => return None,
    })
}

fn order(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "Equals" => (Order::Equal, false),
        "NotEquals" => (Order::Equal, true),
        "LessThan" => (Order::Less, false),
        "LessThanEquals" => (Order::LessOrEqual, false),
        "GreaterThan" => (Order::Greater, false),
        "GreaterThanEquals" => (Order::GreaterOrEqual, false),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let operator = Operator::parse("ForAllValues:StringNotLikeIfExists").unwrap();
        assert_eq!(
            (
                operator.test,
                operator.negated,
                operator.if_exists,
                operator.quantifier
            ),
            (Test::TextLike, true, true, Some(Quantifier::All))
        );
        for bad in [
            "stringEquals",
            "NullIfExists",
            "ForAnyValue::StringEquals",
            "IfExists",
            "BoolNotEquals",
            "ForAnyValue:ForAllValues:Bool",
            "",
        ] {
            assert_eq!(Operator::parse(bad), None, "{bad}");
        }
    }
}
