//! The sts service of Claviger.

pub mod api;
