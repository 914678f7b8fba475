//! The shield service of Claviger.
