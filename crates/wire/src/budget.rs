//! A bound on what one message may become.

use crate::MAX_VALUES;
use crate::error::Fault;
use std::cell::Cell;

/// Places for values that a message may still take. An empty object of two bytes becomes as many
/// places as its shape has members, so that the size of the message alone bounds nothing.
#[derive(Debug)]
pub(crate) struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(MAX_VALUES))
    }
}

impl Budget {
    pub(crate) fn take(&self, places: usize) -> Result<(), Fault> {
        let left = self.0.get().checked_sub(places).ok_or(Fault::TooMany)?;
        self.0.set(left);
        Ok(())
    }
}
