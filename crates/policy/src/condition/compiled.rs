//! One operator, one key, its values: compiled, and answered for a request.

use std::cmp::Ordering;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::date::Instant;
use super::network::{self, Network};
use super::number::Decimal;
use super::operator::{Operator, Order, Quantifier, Test};
use super::{date, number};
use crate::arn_match::ArnPattern;
use crate::context::{Context, Name, View};
use crate::document::ConditionBlock;
use crate::inline::Inline;
use crate::truth::Truth;
use crate::variables::{Resolved, Template};

/// Most values are shorter.
const LITERAL: usize = 30;

/// A multiple of four letters.
const BASE64_PIECE: usize = 256;

/// A compiled condition.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    /// `None` for an operator that does not exist: never true, never false.
    operator: Option<Operator>,
    operator_name: Arc<str>,
    /// As written, for explanations.
    key_name: Arc<str>,
    key: Name,
    operands: Box<[Operand]>,
}

/// One value of a condition, ready to compare.
#[derive(Debug, Clone)]
enum Operand {
    /// A text without variables that is compared as a whole.
    Literal(Inline<LITERAL>),
    Text(Template),
    Arn(Box<ArnPattern>),
    Bool(bool),
    Number(Decimal<Box<str>>),
    Date(Instant),
    /// As text: one sequence of bytes has one text.
    Binary(Box<str>),
    Network(Network),
    /// A value that its operator cannot read.
    Unreadable,
}

impl Condition {
    /// Compiles the keys of one operator.
    pub(crate) fn compile_block(block: &ConditionBlock, variables: bool, into: &mut Vec<Self>) {
        let operator = Operator::parse(&block.operator.value);
        let operator_name: Arc<str> = block.operator.value.as_str().into();
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
                operator_name: operator_name.clone(),
                key_name: key.name.value.as_str().into(),
                key: Name::new(&key.name.value),
                operands,
            });
        }
    }

    pub(crate) fn operator_name(&self) -> &Arc<str> {
        &self.operator_name
    }

    pub(crate) fn key_name(&self) -> &Arc<str> {
        &self.key_name
    }

    /// The keys that the values' variables refer to, in lower case.
    pub(crate) fn variable_keys(&self) -> impl Iterator<Item = &Name> {
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
        context.has(&self.key)
    }

    pub(crate) fn answer(&self, context: &Context) -> Truth {
        let Some(operator) = self.operator else {
            return Truth::Doubt;
        };
        let values = context.view(&self.key);
        if operator.test == Test::Null {
            return self.null(values, context);
        }
        let compare = |value| self.compare(operator, value, context);
        match (values, operator.quantifier) {
            (None, _) => operator.missing(),
            // An empty set, or one of empty texts, satisfies every "all".
            (Some(values), Some(Quantifier::All)) if values.is_blank() => Truth::Yes,
            (Some(View::One(value)), None | Some(Quantifier::All)) => compare(value),
            // A set of empty texts counts as no set; where that makes a difference nobody is let through.
            (Some(View::One("")), Some(Quantifier::Any)) => compare("").and(|| Truth::Doubt),
            (Some(View::One(value)), Some(Quantifier::Any)) => compare(value),
            (Some(View::Many(many)), Some(Quantifier::All)) => Truth::all(many.iter().map(compare)),
            (Some(View::Many(many)), _) if many.is_empty() => operator.missing(),
            (Some(values @ View::Many(many)), Some(Quantifier::Any)) => {
                let any = Truth::any(many.iter().map(compare));
                if values.is_blank() {
                    any.and(|| Truth::Doubt)
                } else {
                    any
                }
            }
            // A set without a set operator: only "none of them matches" is certain.
            (Some(View::Many(many)), None) => {
                Truth::any(many.iter().map(compare)).and(|| Truth::Doubt)
            }
        }
    }

    /// `Null`: "true" wants the key to be absent or without a value, "false" wants a value.
    fn null(&self, values: Option<View<'_>>, context: &Context) -> Truth {
        let absent = values.is_none_or(View::is_blank);
        Truth::any(
            self.operands
                .iter()
                .map(|operand| operand.is_bool(absent, context)),
        )
    }

    /// One value of the request against all values of the condition; negation comes before any quantifier.
    fn compare(&self, operator: Operator, value: &str, context: &Context) -> Truth {
        let hit =
            match operator.test {
                Test::Number(order) => self.ordered(
                    number::parse(value),
                    order,
                    |value, operand| match operand {
                        Operand::Number(bound) => Some(value.compare(bound)),
                        _ => None,
                    },
                ),
                Test::Date(order) => {
                    self.ordered(date::parse(value), order, |value, operand| match operand {
                        Operand::Date(bound) => Some(value.cmp(bound)),
                        _ => None,
                    })
                }
                Test::Network => self.in_network(value),
                Test::Binary => self.binary(value),
                Test::Bool => self.boolean(value, context),
                Test::Arn => self.arns(value, context),
                Test::Text | Test::TextLike => self.texts(
                    |literal| literal.as_bytes() == value.as_bytes(),
                    |template| template.matches(value, context),
                ),
                Test::TextIgnoringCase => self.texts(
                    |literal| same_ignoring_case(literal.as_str(), value),
                    |template| template.equals_ignoring_case(value, context),
                ),
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

    fn texts(
        &self,
        is: impl Fn(&Inline<LITERAL>) -> bool,
        matches: impl Fn(&Template) -> Resolved<bool>,
    ) -> Truth {
        Truth::any(self.operands.iter().map(|operand| match operand {
            Operand::Literal(literal) => is(literal).into(),
            Operand::Text(template) => certain(matches(template)),
            _ => Truth::Doubt,
        }))
    }

    fn ordered<T>(
        &self,
        value: Option<T>,
        order: Order,
        compare: impl Fn(&T, &Operand) -> Option<Ordering>,
    ) -> Truth {
        let Some(value) = value else {
            return Truth::Doubt;
        };
        Truth::any(
            self.operands
                .iter()
                .map(|operand| match compare(&value, operand) {
                    Some(found) => order.holds(found).into(),
                    None => Truth::Doubt,
                }),
        )
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
        if !is_base64(value) {
            return Truth::Doubt;
        }
        Truth::any(self.operands.iter().map(|operand| match operand {
            Operand::Binary(text) => (**text == *value).into(),
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
                .map(|operand| operand.is_bool(value, context)),
        )
    }
}

impl Operand {
    fn compile(text: &str, test: Test, variables: bool) -> Self {
        let read = match test {
            Test::Text | Test::TextIgnoringCase => {
                Some(match Template::compile(text, variables, false) {
                    Template::Fixed(glob) => Self::Literal(Inline::new(glob.encoded())),
                    template => Self::Text(template),
                })
            }
            Test::Bool | Test::Null => match Template::compile(text, variables, false) {
                Template::Fixed(glob) => boolean(&glob.literal()).map(Self::Bool),
                template => Some(Self::Text(template)),
            },
            Test::TextLike => Some(Self::Text(Template::compile(text, variables, true))),
            Test::Arn => Some(Self::Arn(Box::new(ArnPattern::compile(text, variables)))),
            Test::Number(_) => number::parse(text).map(|number| Self::Number(number.keep())),
            Test::Date(_) => date::parse(text).map(Self::Date),
            Test::Binary => is_base64(text).then(|| Self::Binary(text.into())),
            Test::Network => Network::parse(text).map(Self::Network),
        };
        read.unwrap_or(Self::Unreadable)
    }

    /// Whether the operand is the wanted truth value.
    fn is_bool(&self, wanted: bool, context: &Context) -> Truth {
        let template = match self {
            Self::Bool(value) => return (*value == wanted).into(),
            Self::Text(template) => template,
            _ => return Truth::Doubt,
        };
        let is = |text| template.equals_ignoring_case(text, context);
        match (is("true"), is("false")) {
            (Resolved::Missing, _) => Truth::No,
            (Resolved::Value(true), _) => wanted.into(),
            (_, Resolved::Value(true)) => (!wanted).into(),
            _ => Truth::Doubt,
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

/// Whether two texts are the same but for the case of letters.
fn same_ignoring_case(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        a.eq_ignore_ascii_case(b)
    } else {
        a.to_lowercase() == b.to_lowercase()
    }
}

/// Whether a text is base64 in its one valid form (RFC 4648, section 4, padded, no stray bits), looked at piece by piece
/// so that nothing is allocated.
fn is_base64(text: &str) -> bool {
    let mut out = [0; BASE64_PIECE];
    let mut pieces = text.as_bytes().chunks(BASE64_PIECE).peekable();
    while let Some(piece) = pieces.next() {
        let padded_inside = pieces.peek().is_some() && piece.contains(&b'=');
        if padded_inside || BASE64.decode_slice(piece, &mut out).is_err() {
            return false;
        }
    }
    true
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_ignored_beyond_ascii_too() {
        // The lower case of the Kelvin sign is an ASCII letter.
        assert!(same_ignoring_case("\u{212a}ey", "KEY") && same_ignoring_case("key", "\u{212a}ey"));
        assert!(same_ignoring_case("\u{c4}x", "\u{e4}X") && !same_ignoring_case("\u{c4}x", "ax"));
    }

    #[test]
    fn base64_has_one_form_at_every_length() {
        for length in 0..700 {
            let text = BASE64.encode(vec![0xa7; length]);
            assert!(is_base64(&text), "{length}");
            assert_eq!(
                is_base64(&format!("{text}{text}")),
                BASE64.decode(format!("{text}{text}")).is_ok(),
                "{length}"
            );
        }
        assert!(!is_base64("YQ") && !is_base64("YR==") && !is_base64("Y Q=") && !is_base64("a"));
    }

    #[test]
    fn case_of_letters_beyond_ascii() {
        assert!(same_ignoring_case("STRASSE-Ä", "strasse-ä"));
        assert!(!same_ignoring_case("ä", "a"));
    }
}
