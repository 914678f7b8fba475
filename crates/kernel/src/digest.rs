//! The crypto provider, as signatures want it.

/// Hashing by the `crypto` crate.
#[derive(Debug, Clone, Copy)]
pub struct Provider;

impl sigv4::Digest for Provider {
    fn sha256(&self, data: &[u8]) -> [u8; 32] {
        crypto::sha256(data)
    }

    fn hmac_sha256(&self, key: &[u8], data: &[u8]) -> [u8; 32] {
        crypto::hmac_sha256(key, data)
    }

    fn equal(&self, a: &[u8], b: &[u8]) -> bool {
        crypto::equal(a, b)
    }
}
