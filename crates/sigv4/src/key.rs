//! The signing key: a secret narrowed to one day, region and service.

use std::fmt;

use zeroize::Zeroizing;

use crate::encode::hex;
use crate::{Digest, Scope};

/// A key that signs for one [`Scope`]. It is wiped when dropped, and may be cached
/// by (access key, scope) to save four HMACs a request.
#[derive(Clone)]
pub struct SigningKey(Zeroizing<[u8; 32]>);

impl SigningKey {
    /// Derives the key of `secret` for `scope` ("Create a signed AWS API request",
    /// step 3).
    #[must_use]
    pub fn derive<D: Digest>(digest: &D, secret: &str, scope: &Scope) -> SigningKey {
        let mut first = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.as_bytes());
        let date = Zeroizing::new(digest.hmac_sha256(&first, scope.date.as_bytes()));
        let region = Zeroizing::new(digest.hmac_sha256(&*date, scope.region.as_bytes()));
        let service = Zeroizing::new(digest.hmac_sha256(&*region, scope.service.as_bytes()));
        SigningKey(Zeroizing::new(
            digest.hmac_sha256(&*service, scope.terminator.as_bytes()),
        ))
    }

    /// The signature of a string to sign, in lower-case hexadecimal.
    #[must_use]
    pub fn sign<D: Digest>(&self, digest: &D, string_to_sign: &str) -> String {
        hex(&digest.hmac_sha256(&*self.0, string_to_sign.as_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}
