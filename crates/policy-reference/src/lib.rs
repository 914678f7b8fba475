//! A second evaluator of the policy language, written from AWS's documentation and not from the first one.
//!
//! It shares the parser with the engine and nothing else: it matches letter by letter, copies texts, and is never made
//! faster. [`evaluate`] decides a [`Scenario`], [`difference`] says where the engine answers otherwise, [`Worlds`] makes
//! scenarios that nearly match from a seed, and [`minimise`] makes a scenario on which both differ as small as it gets.
//! Nothing of the product depends on this crate; only tests do.
//!
//! ```
//! use policy_reference::{Random, Worlds, difference};
//!
//! for scenario in Worlds::new(Random::new(1)).take(10) {
//!     assert_eq!(difference(&scenario), None);
//! }
//! ```
#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "only tests run this crate, and slices are its plainest words"
)]

mod answer;
mod compare;
mod condition;
mod evaluate;
mod generate;
mod minimise;
mod pattern;
mod principal;
mod random;
mod scenario;
mod statement;
mod value;

pub use answer::Answer;
pub use compare::{ask, check, decision, difference};
pub use condition::{Operator, Quantifier};
pub use evaluate::{Outcome, Said, evaluate};
pub use generate::Worlds;
pub use minimise::minimise;
pub use principal::Form;
pub use random::Random;
pub use scenario::{Ask, Doc, Held, Keys, Policies, Scenario, Tree, rule_name};
