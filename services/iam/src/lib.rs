//! The iam service of Claviger.

pub mod api;
