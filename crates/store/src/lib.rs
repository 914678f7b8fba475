//! The storage contract, its engines, and the suite that every engine passes.
