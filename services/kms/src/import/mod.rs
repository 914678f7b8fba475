//! Imported key material ("Importing key material for AWS KMS keys").

mod delete;
mod material;
mod parameters;
mod token;

pub(crate) use delete::expire;

use crate::KmsError;
use crate::api::types::{KeyState, OriginType};
use crate::view::KeyView;
use crate::{own, state};
use kernel::{Call, Registry};
use std::sync::Arc;

/// Serves the operations of imported material.
pub(crate) fn register(registry: &mut Registry) {
    parameters::register(registry);
    material::register(registry);
    delete::register(registry);
}

/// A key that takes imported material, and does not wait for its deletion.
fn importing(call: &mut Call, key_id: &str) -> Result<Arc<KeyView>, KmsError> {
    let key = own::customer_key(call, key_id)?;
    own::of_origin(&key, &[OriginType::External])?;
    match state::of(call, &key) {
        KeyState::Enabled | KeyState::Disabled | KeyState::PendingImport => Ok(key),
        state => Err(state::refusal(&key, state)),
    }
}
