//! Multi-Region keys: a primary key and its replicas share their id, their material and their rotation
//! ("Multi-Region keys in AWS KMS"). All regions are in one store: what they share changes in one commit.

mod primary;
mod replicate;

use kernel::Registry;

/// Serves the operations of multi-Region keys.
pub(crate) fn register(registry: &mut Registry) {
    replicate::register(registry);
    primary::register(registry);
}
