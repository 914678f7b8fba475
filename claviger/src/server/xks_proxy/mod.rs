//! The door of the external key store's proxy: HTTP, signature and JSON of AWS's "External Key Store
//! Proxy API Specification". Behind it a request is a call like any other.

mod admission;
mod answer;
mod body;
mod door;

pub(crate) use admission::Admissions;
pub(super) use door::{Door, answer};
