//! The sts service of Claviger.
