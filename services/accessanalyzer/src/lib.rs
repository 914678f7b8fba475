//! The accessanalyzer service of Claviger.

pub mod api;
