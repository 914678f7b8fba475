//! The iam service of Claviger.
