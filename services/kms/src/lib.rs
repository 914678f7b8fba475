//! The kms service of Claviger.

pub mod api;
