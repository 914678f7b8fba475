//! The accessanalyzer service of Claviger.
