//! The policy language: parse with spans, compile, decide, explain.
