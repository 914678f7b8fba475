//! Rotation: a key gets new material, and its former material still decrypts ("Rotate AWS KMS keys").

mod list;
mod on_demand;
mod setting;
mod turn;

pub(crate) use turn::{automatic, settle};

use kernel::Registry;

/// Serves the operations of rotation.
pub(crate) fn register(registry: &mut Registry) {
    setting::register(registry);
    on_demand::register(registry);
    list::register(registry);
}
