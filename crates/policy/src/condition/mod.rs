//! Conditions: operators, their compiled form, and their answers for a request
//! ("IAM JSON policy elements: Condition operators").

mod compiled;
pub(crate) mod date;
mod form;
mod network;
mod number;
mod operator;

pub(crate) use compiled::Condition;
pub use form::{Comparison, OperatorForm};
pub(crate) use operator::{Operator, Test};
