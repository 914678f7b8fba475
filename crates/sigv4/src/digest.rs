//! The door through which hashing comes in.

/// SHA-256 and what is built on it, from whichever crypto provider the caller has.
pub trait Digest {
    /// SHA-256 of `data`.
    fn sha256(&self, data: &[u8]) -> [u8; 32];

    /// HMAC-SHA-256 of `data` under `key`, which may have any length.
    fn hmac_sha256(&self, key: &[u8], data: &[u8]) -> [u8; 32];

    /// Whether both are the same bytes, in a time that depends on their lengths only.
    fn equal(&self, a: &[u8], b: &[u8]) -> bool;
}

impl<D: Digest + ?Sized> Digest for &D {
    fn sha256(&self, data: &[u8]) -> [u8; 32] {
        (**self).sha256(data)
    }

    fn hmac_sha256(&self, key: &[u8], data: &[u8]) -> [u8; 32] {
        (**self).hmac_sha256(key, data)
    }

    fn equal(&self, a: &[u8], b: &[u8]) -> bool {
        (**self).equal(a, b)
    }
}
