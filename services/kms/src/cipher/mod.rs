//! Encrypting and decrypting, and data keys.

mod data_key;
mod data_key_pair;
mod decrypt;
mod destination;
mod encrypt;
mod re_encrypt;
mod source;
pub(crate) mod symmetric;

use kernel::Registry;

/// Serves the operations of ciphertexts and data keys.
pub(crate) fn register(registry: &mut Registry) {
    encrypt::register(registry);
    decrypt::register(registry);
    re_encrypt::register(registry);
    data_key::register(registry);
    data_key_pair::register(registry);
}
