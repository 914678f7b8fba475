//! The kms service of Claviger.
