//! AWS's protocols over schemas and values, in both directions.
