//! The shield service of Claviger.

pub mod api;
