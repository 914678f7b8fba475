//! Constraint checks and AWS's wording of their violations.

use crate::{Schema, Value};

/// One constraint that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The value as AWS prints it; `None` for a missing member.
    pub value: Option<String>,
    /// The member's path as AWS spells it, such as `tags.1.member.value`.
    pub path: String,
    /// The constraint in AWS's words, such as `Member must not be null`.
    pub constraint: String,
}

/// All constraints that the value breaks, in the schema's order.
#[must_use]
pub fn validate(_schema: &Schema, _value: &Value) -> Vec<Violation> {
    Vec::new()
}

/// AWS's message for a list of violations.
#[must_use]
pub fn validation_message(_violations: &[Violation]) -> String {
    String::new()
}
