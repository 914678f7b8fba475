//! The only crate that names a crypto provider: envelopes, key hierarchy, seal, randomness, zeroised types.
