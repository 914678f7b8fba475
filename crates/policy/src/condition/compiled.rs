//! One operator, one key, its values: compiled, and answered for a request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::date::Instant;
use super::network::{self, Network};
use super::number::Decimal;
use super::operator::{Operator, Order, Quantifier, Test};
use super::{date, number};
use crate::arn_match::ArnPattern;
use crate::context::{Context, Values};
use crate::document::ConditionBlock;
use crate::glob::Letters;
use crate::truth::Truth;
use crate::variables::{Resolved, Template};

/// A compiled condition.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    /// `None` for an operator that does not exist: never true, never false.
    operator: Option<Operator>,
    operator_name: Box<str>,
    /// As written, for explanations.
    key_name: Box<str>,
    /// In lower case, for look-ups.
    key: Box<str>,
    operands: Box<[Operand]>,
}

/// One value of a condition, ready to compare.
#[derive(Debug, Clone)]
enum Operand {
    Text(Template),
    Arn(ArnPattern),
    Number(Decimal),
    Date(Instant),
    Binary(Box<[u8]>),
    Network(Network),
    /// A value that its operator cannot read.
    Unreadable,
}

impl Condition {
    /// Compiles the keys of one operator.
    pub(crate) fn compile_block(block: &ConditionBlock, variables: bool, into: &mut Vec<Self>) {
        let operator = Operator::parse(&block.operator.value);
        for key in &block.keys {
            let operands = match operator {
                Some(operator) => key
                    .values
                    .iter()
                    .map(|value| Operand::compile(&value.text, operator.test, variables))
                    .collect(),
                None => Box::default(),
            };
            into.push(Self {
                operator,
                operator_name: block.operator.value.as_str().into(),
                key_name: key.name.value.as_str().into(),
                key: key.name.value.to_lowercase().into(),
                operands,
            });
        }
    }

    pub(crate) fn operator_name(&self) -> &str {
        &self.operator_name
    }

    pub(crate) fn key_name(&self) -> &str {
        &self.key_name
    }

    /// The keys that the values' variables refer to, in lower case.
    pub(crate) fn variable_keys(&self) -> impl Iterator<Item = &str> {
        self.operands.iter().flat_map(|operand| {
            let template = match operand {
                Operand::Text(template) => Some(template),
                Operand::Arn(pattern) => pattern.template(),
                _ => None,
            };
            template.into_iter().flat_map(|template| template.keys())
        })
    }

    /// Whether the request has the condition's key.
    pub(crate) fn has_key(&self, context: &Context) -> bool {
        context.lower(&self.key).is_some()
    }

    pub(crate) fn answer(&self, context: &Context) -> Truth {
        let Some(operator) = self.operator else {
            return Truth::Doubt;
        };
        let values = context.lower(&self.key);
        if operator.test == Test::Null {
            return self.null(values, context);
        }
        let missing = || match operator.quantifier {
            Some(Quantifier::All) => Truth::Yes,
            // AWS does not say whether IfExists or the quantifier counts when there is nothing to quantify over.
            Some(Quantifier::Any) if operator.if_exists => Truth::Doubt,
            Some(Quantifier::Any) => Truth::No,
            None => (operator.if_exists || operator.negated).into(),
        };
        let Some(values) = values else {
            return missing();
        };
        let without_values = values.iter().next().is_none();
        let empty = values.iter().all(|value| value.is_empty());
        let each = || {
            values
                .iter()
                .map(|value| self.compare(operator, value, context))
        };
        match operator.quantifier {
            // An empty set, or one of empty texts, satisfies every "all".
            Some(Quantifier::All) if empty => Truth::Yes,
            Some(Quantifier::All) => Truth::all(each()),
            Some(Quantifier::Any) if without_values => missing(),
            // A set of empty texts counts as no set; where that makes a difference nobody is let through.
            Some(Quantifier::Any) if empty => Truth::any(each()).and(|| Truth::Doubt),
            Some(Quantifier::Any) => Truth::any(each()),
            None if without_values => missing(),
            None => match values {
                Values::One(value) => self.compare(operator, value, context),
                // A set without a set operator: only "none of them matches" is certain.
                Values::Many(_) => Truth::any(each()).and(|| Truth::Doubt),
            },
        }
    }

    /// `Null`: "true" wants the key to be absent or without a value, "false" wants a value.
    fn null(&self, values: Option<&Values>, context: &Context) -> Truth {
        let absent = values.is_none_or(|values| values.iter().all(|value| value.is_empty()));
        Truth::any(
            self.operands
                .iter()
                .map(|operand| match operand.boolean(context) {
                    Ok(Some(wanted)) => (wanted == absent).into(),
                    Ok(None) => Truth::No,
                    Err(Unclear) => Truth::Doubt,
                }),
        )
    }

    /// One value of the request against all values of the condition; negation comes before any quantifier.
    fn compare(&self, operator: Operator, value: &str, context: &Context) -> Truth {
        let hit = match operator.test {
            Test::Number(order) => {
                self.ordered(number::parse(value), order, |operand| match operand {
                    Operand::Number(number) => Some(number),
                    _ => None,
                })
            }
            Test::Date(order) => self.ordered(date::parse(value), order, |operand| match operand {
                Operand::Date(instant) => Some(instant),
                _ => None,
            }),
            Test::Network => self.in_network(value),
            Test::Binary => self.binary(value),
            Test::Bool => self.boolean(value, context),
            Test::Arn => self.arns(value, context),
            Test::Text | Test::TextLike => {
                self.texts(|template| certain(template.matches(value, context, Letters::Exact)))
            }
            Test::TextIgnoringCase => self.texts(|template| match template.text(context) {
                Resolved::Value(text) => (text.to_lowercase() == value.to_lowercase()).into(),
                Resolved::Missing => Truth::No,
                Resolved::Unclear => Truth::Doubt,
            }),
            Test::Null => Truth::Doubt,
        };
        // "Differs from all of no values" is no restriction that anybody meant.
        if operator.negated && self.operands.is_empty() {
            return Truth::Doubt;
        }
        hit.not_if(operator.negated)
    }

    fn arns(&self, value: &str, context: &Context) -> Truth {
        Truth::any(self.operands.iter().map(|operand| match operand {
            Operand::Arn(pattern) => pattern.matches(value, context),
            _ => Truth::Doubt,
        }))
    }

    fn texts(&self, matches: impl Fn(&Template) -> Truth) -> Truth {
        Truth::any(self.operands.iter().map(|operand| match operand {
            Operand::Text(template) => matches(template),
            _ => Truth::Doubt,
        }))
    }

    fn ordered<T: Ord>(
        &self,
        value: Option<T>,
        order: Order,
        read: impl Fn(&Operand) -> Option<&T>,
    ) -> Truth {
        let Some(value) = value else {
            return Truth::Doubt;
        };
        Truth::any(self.operands.iter().map(|operand| match read(operand) {
            Some(bound) => order.holds(value.cmp(bound)).into(),
            None => Truth::Doubt,
        }))
    }

    fn in_network(&self, value: &str) -> Truth {
        let Some(address) = network::address(value) else {
            return Truth::Doubt;
        };
        Truth::any(self.operands.iter().map(|operand| match operand {
            Operand::Network(network) => network.contains(address).into(),
            _ => Truth::Doubt,
        }))
    }

    fn binary(&self, value: &str) -> Truth {
        let Ok(value) = BASE64.decode(value) else {
            return Truth::Doubt;
        };
        Truth::any(self.operands.iter().map(|operand| match operand {
            Operand::Binary(bytes) => (**bytes == *value).into(),
            _ => Truth::Doubt,
        }))
    }

    fn boolean(&self, value: &str, context: &Context) -> Truth {
        let Some(value) = boolean(value) else {
            return Truth::Doubt;
        };
        Truth::any(
            self.operands
                .iter()
                .map(|operand| match operand.boolean(context) {
                    Ok(Some(wanted)) => (wanted == value).into(),
                    Ok(None) => Truth::No,
                    Err(Unclear) => Truth::Doubt,
                }),
        )
    }
}

/// Marks what cannot be evaluated.
struct Unclear;

impl Operand {
    fn compile(text: &str, test: Test, variables: bool) -> Self {
        let read = match test {
            Test::Text | Test::TextIgnoringCase | Test::Bool | Test::Null => {
                Some(Self::Text(Template::compile(text, variables, false)))
            }
            Test::TextLike => Some(Self::Text(Template::compile(text, variables, true))),
            Test::Arn => Some(Self::Arn(ArnPattern::compile(text, variables))),
            Test::Number(_) => number::parse(text).map(Self::Number),
            Test::Date(_) => date::parse(text).map(Self::Date),
            Test::Binary => BASE64
                .decode(text)
                .ok()
                .map(|bytes| Self::Binary(bytes.into())),
            Test::Network => Network::parse(text).map(Self::Network),
        };
        read.unwrap_or(Self::Unreadable)
    }

    /// `Ok(None)` when a variable has no value.
    fn boolean(&self, context: &Context) -> Result<Option<bool>, Unclear> {
        let Self::Text(template) = self else {
            return Err(Unclear);
        };
        match template.text(context) {
            Resolved::Value(text) => boolean(&text).map(Some).ok_or(Unclear),
            Resolved::Missing => Ok(None),
            Resolved::Unclear => Err(Unclear),
        }
    }
}

fn certain(hit: Resolved<bool>) -> Truth {
    match hit {
        Resolved::Value(hit) => hit.into(),
        Resolved::Missing => Truth::No,
        Resolved::Unclear => Truth::Doubt,
    }
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
