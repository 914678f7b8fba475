//! Keys: made, described, changed, and one day deleted.

mod create;
mod describe;

use kernel::Registry;

/// Serves the operations of keys.
pub(crate) fn register(registry: &mut Registry) {
    create::register(registry);
    describe::register(registry);
}
