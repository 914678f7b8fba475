//! A ciphertext's metadata, what is authenticated with it, and its integrity value.

use crypto::Sha256;

/// The version of the metadata.
const VERSION: u8 = 1;
/// The bytes of a material's id that the metadata holds.
const ID: usize = 16;

/// `ciphertextMetadata`: a version, and the beginning of the id of the material that encrypts, so that
/// the key can be rotated. `None` for ids of another form.
pub(super) fn metadata(material: &str) -> Option<[u8; 1 + ID]> {
    let mut bytes = [VERSION; 1 + ID];
    let start = material.get(..2 * ID)?;
    for (at, byte) in bytes.iter_mut().skip(1).enumerate() {
        *byte = u8::from_str_radix(start.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// How the id of the material begins that a ciphertext's metadata names; `None` for metadata of others.
pub(super) fn material(metadata: &[u8]) -> Option<String> {
    match metadata.split_first() {
        Some((&VERSION, id)) if id.len() == ID => Some(crate::blob::hex(id)),
        _ => None,
    }
}

/// What AES-GCM authenticates: the request's data and the metadata, each after its length ("Encrypt",
/// on `ciphertextMetadata`). `None` where a length does not fit.
pub(super) fn associated_data(associated: &[u8], metadata: &[u8]) -> Option<Vec<u8>> {
    let mut data = u16::try_from(associated.len()).ok()?.to_be_bytes().to_vec();
    data.extend_from_slice(associated);
    data.push(u8::try_from(metadata.len()).ok()?);
    data.extend_from_slice(metadata);
    Some(data)
}

/// `ciphertextDataIntegrityValue`, before Base64 ("Appendix C").
pub(super) fn integrity_value(parts: [&[u8]; 5]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_names_its_material() {
        let id = "0123456789abcdef".repeat(4);
        let metadata = metadata(&id).unwrap();
        assert_eq!(metadata.len(), 17);
        assert_eq!(material(&metadata).as_deref(), id.get(..32));
        assert_eq!(material(&[]), None);
        assert_eq!(material(b"key_version=1"), None);
        assert_eq!(material(&[2; 17]), None);
        assert_eq!(super::metadata("short"), None);
    }

    #[test]
    fn data_and_metadata_cannot_pass_for_each_other() {
        assert_eq!(associated_data(b"ab", b"c").unwrap(), b"\0\x02ab\x01c");
        assert_ne!(associated_data(b"", b"abc"), associated_data(b"abc", b""));
        assert_ne!(associated_data(b"a", b"bc"), associated_data(b"ab", b"c"));
        assert_eq!(associated_data(&[0; 65_536], b""), None);
    }

    /// The example of "Appendix C: CDIV Implementation Guidelines".
    #[test]
    fn the_integrity_value_is_that_of_the_specification() {
        let value = integrity_value([
            b"project=nile,department=marketing",
            b"key_version=1",
            b"\x1c\xca\xe5\x47\x0f\x39\x70\x02\x54\x77\x90\x31",
            b"\x82\x1c\x64\x2b\x5b\x71\x78\x33\x67\xde\xaf\x18",
            b"\xbc\x1c\x4d\xda\x77\x07\xd6\x81\x24\x47\xc5\x95\x5e\x99\xb2\x61",
        ]);
        assert_eq!(
            crate::blob::hex(&value),
            "a8703f2260bd8791ec2d15ea0b23e65a0631eedcf2a13a65cc82db3f47cf5ec7"
        );
    }
}
