//! SHA-256, HMAC and comparison.

use aws_lc_rs::{constant_time, digest, hmac};

/// The SHA-256 digest of the data (FIPS 180-4).
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    bytes(digest::digest(&digest::SHA256, data).as_ref())
}

/// A SHA-256 digest of data that comes in parts.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Sha256 {
    /// The digest of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Adds data.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The digest of all that was added.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        bytes(self.0.finish().as_ref())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sha256(..)")
    }
}

/// The HMAC-SHA256 code of the data under the key (RFC 2104).
#[must_use]
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    bytes(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data).as_ref())
}

/// The HMAC-SHA1 code of the data under the key (RFC 2104), for the one-time codes of RFC 4226 only.
#[must_use]
pub fn hmac_sha1(key: &[u8], data: &[u8]) -> [u8; 20] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let mut bytes = [0; 20];
    // INVARIANT: the provider's SHA-1 outputs have 20 bytes.
    bytes
        .iter_mut()
        .zip(hmac::sign(&key, data).as_ref())
        .for_each(|(to, from)| *to = *from);
    bytes
}

/// The MD5 digest of the data (RFC 1321), for the fingerprints of public keys only: it proves nothing.
#[must_use]
pub fn md5(data: &[u8]) -> [u8; 16] {
    use md5::Digest;
    md5::Md5::digest(data).into()
}

/// Whether two texts are the same, in a time that depends on their lengths only.
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// The 32 bytes of a SHA-256 output.
pub(crate) fn bytes(output: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    // INVARIANT: the provider's SHA-256 outputs have 32 bytes.
    bytes
        .iter_mut()
        .zip(output)
        .for_each(|(to, from)| *to = *from);
    bytes
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text
            .chars()
            .filter(|character| !character.is_whitespace())
            .map(|character| character.to_digit(16).unwrap() as u8)
            .collect();
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect()
    }

    #[test]
    fn sha256_knows_the_answers_of_fips_180() {
        for (data, answer) in [
            (
                "",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            (
                "abc",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
        ] {
            assert_eq!(sha256(data.as_bytes()).as_slice(), hex(answer));
        }
        let mut parts = Sha256::new();
        parts.update(b"a");
        parts.update(b"bc");
        assert_eq!(parts.finish(), sha256(b"abc"));
    }

    #[test]
    fn hmac_knows_the_answers_of_rfc_4231() {
        let long = [0xaa; 131];
        for (key, data, answer) in [
            (
                [0x0b; 20].as_slice(),
                b"Hi There".as_slice(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &long,
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            assert_eq!(hmac_sha256(key, data).as_slice(), hex(answer));
        }
    }

    #[test]
    fn hmac_sha1_knows_the_answers_of_rfc_2202() {
        for (key, data, answer) in [
            (
                [0x0b; 20].as_slice(),
                b"Hi There".as_slice(),
                "b617318655057264e28bc0b6fb378c8ef146be00",
            ),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
        ] {
            assert_eq!(hmac_sha1(key, data).as_slice(), hex(answer));
        }
    }

    #[test]
    fn md5_knows_the_answers_of_rfc_1321() {
        assert_eq!(
            md5(b"abc").as_slice(),
            hex("900150983cd24fb0d6963f7d28e17f72")
        );
    }

    #[test]
    fn equal_compares_all_bytes_and_the_length() {
        assert!(equal(b"", b"") && equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd") && !equal(b"abc", b"ab") && !equal(b"", b"a"));
    }
}
