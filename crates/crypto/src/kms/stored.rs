//! The form in which key material is kept, before it is sealed.
//!
//! version (1 byte), spec (1), payload, checksum (8). The payload is raw bytes, a seed, or PKCS #8.

use super::{KeySpec, MaterialError};
use crate::{Secret, Sha256, equal};

const VERSION: u8 = 1;
const CHECKSUM: usize = 8;

/// Puts a payload into the stored form.
pub(super) fn write(spec: KeySpec, payload: &[u8]) -> Secret {
    let mut stored = Vec::with_capacity(2 + payload.len() + CHECKSUM);
    stored.extend_from_slice(&[VERSION, spec.code()]);
    stored.extend_from_slice(payload);
    let checksum = checksum(&stored);
    stored.extend_from_slice(&checksum);
    Secret::new(stored)
}

/// Takes the payload out of the stored form.
pub(super) fn read(spec: KeySpec, stored: &[u8]) -> Result<&[u8], MaterialError> {
    let (covered, check) = stored
        .split_last_chunk::<CHECKSUM>()
        .ok_or(MaterialError::Damaged)?;
    let ([version, code], payload) = covered
        .split_first_chunk::<2>()
        .ok_or(MaterialError::Damaged)?;
    if !equal(&checksum(covered), check) {
        return Err(MaterialError::Damaged);
    }
    match (*version, *code) {
        (VERSION, code) if code == spec.code() => Ok(payload),
        (VERSION, _) => Err(MaterialError::OtherSpec(spec)),
        _ => Err(MaterialError::UnknownFormat),
    }
}

/// Finds damage; it is no protection, which the seal gives.
fn checksum(covered: &[u8]) -> [u8; CHECKSUM] {
    let mut digest = Sha256::new();
    digest.update(b"claviger key material");
    digest.update(covered);
    let [a, b, c, d, e, f, g, h, ..] = digest.finish();
    [a, b, c, d, e, f, g, h]
}
