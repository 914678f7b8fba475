//! The policy language: parse with spans, compile, decide, explain.
//!
//! A document is read by [`parse`], which reports all errors at once and in AWS's words; [`Policy::compile`] makes it
//! ready to decide; [`decide`] answers one [`Request`] against all [`Layers`] of policies, and [`explain`] says why.
//! The crate does no I/O, has no clock and no state, and knows neither services nor storage. What it cannot evaluate
//! never allows: it denies where a Deny or a ceiling is concerned.
//!
//! ```
//! use policy::{Context, DocumentKind, Layers, Policy, Principal, Request, decide};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "iam:Get*", "Resource": "arn:aws:iam::*:user/${aws:username}"}}"#;
//! let policy = Policy::parse_and_compile(text, DocumentKind::Identity, "self-service").unwrap();
//! let bob = Principal::User {
//!     arn: "arn:aws:iam::111122223333:user/bob".into(),
//!     unique_id: "AIDACKCEVSQ6C2EXAMPLE".into(),
//!     account: "111122223333".into(),
//! };
//! let mut context = Context::new();
//! bob.set_keys(&mut context);
//! let request = Request {
//!     principal: &bob,
//!     action: "iam:GetUser",
//!     resource: "arn:aws:iam::111122223333:user/bob",
//!     resource_account: Some("111122223333"),
//!     context: &context,
//!     resource_level: true,
//! };
//! let layers = Layers { identity: &[&policy], identity_exists: true, ..Layers::default() };
//! assert!(decide(&request, &layers).is_allowed());
//! ```

mod action;
mod action_index;
mod arn_match;
mod compiled;
mod condition;
mod context;
mod decide;
mod decision;
mod document;
mod error;
mod explain;
mod fingerprint;
mod glob;
mod inline;
mod json;
mod layers;
mod missing;
mod principal;
mod principal_match;
mod print;
mod read;
mod request;
mod resource_form;
mod truth;
mod validate;
mod variables;

pub use compiled::Policy;
pub use condition::{Comparison, OperatorForm};
pub use context::{Context, Values};
pub use decide::decide;
pub use decision::{Decision, Layer, StatementRef, Verdict};
pub use document::{
    ConditionBlock, ConditionKey, ConditionValue, Document, DocumentKind, Effect, PrincipalElement,
    PrincipalKind, PrincipalMap, Principals, Spanned, Statement, Texts, ValueForm,
};
pub use error::{SyntaxError, SyntaxErrorKind, aws_message};
pub use explain::{
    Explanation, Outcome, PolicyTrace, Reason, StatementTrace, explain, explain_near,
};
pub use layers::{Ceiling, Layers, Levels, ResourceRule};
pub use missing::{Missing, missing_for_allow};
pub use principal::Principal;
pub use read::{parse, parse_stored, read_partly};
pub use request::Request;
