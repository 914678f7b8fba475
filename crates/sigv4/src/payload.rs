//! What the canonical request says of the body.

use crate::encode::hex;
use crate::{AuthError, Carrier, Digest, Presented};

/// How a service treats `x-amz-content-sha256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadStyle {
    /// Every service but S3: the canonical request always has the hash of the body
    /// that arrived, so that no header can take the body out of the signature.
    Body,
    /// S3: the header decides, and must be there. Presigned requests without it
    /// leave the body unsigned.
    Declared,
}

/// A streamed (`aws-chunked`) body's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streaming {
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: signed chunks.
    Signed,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: signed chunks and trailers.
    SignedTrailer,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: neither chunks nor trailers are signed.
    UnsignedTrailer,
}

impl Streaming {
    /// The value of `x-amz-content-sha256`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Streaming::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Streaming::SignedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Streaming::UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }

    /// Whether trailers may follow the chunks.
    #[must_use]
    pub const fn has_trailer(self) -> bool {
        !matches!(self, Streaming::Signed)
    }

    /// Whether each chunk carries a signature.
    #[must_use]
    pub const fn is_signed(self) -> bool {
        !matches!(self, Streaming::UnsignedTrailer)
    }
}

/// The last line of a canonical request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadHash {
    /// SHA-256 of the body, in lower-case hexadecimal.
    Sha256(String),
    /// `UNSIGNED-PAYLOAD`.
    Unsigned,
    /// The body is streamed.
    Streaming(Streaming),
}

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

impl PayloadHash {
    /// The hash of a body.
    #[must_use]
    pub fn of<D: Digest>(digest: &D, body: &[u8]) -> PayloadHash {
        PayloadHash::Sha256(hex(&digest.sha256(body)))
    }

    /// The text that stands in the canonical request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            PayloadHash::Sha256(hash) => hash,
            PayloadHash::Unsigned => UNSIGNED,
            PayloadHash::Streaming(streaming) => streaming.as_str(),
        }
    }

    fn declared(text: &str) -> Option<PayloadHash> {
        let streaming = [
            Streaming::Signed,
            Streaming::SignedTrailer,
            Streaming::UnsignedTrailer,
        ];
        if text == UNSIGNED {
            return Some(PayloadHash::Unsigned);
        }
        if let Some(kind) = streaming.into_iter().find(|kind| kind.as_str() == text) {
            return Some(PayloadHash::Streaming(kind));
        }
        let is_hash = text.len() == 64
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        is_hash.then(|| PayloadHash::Sha256(text.to_owned()))
    }

    /// The payload hash that the service uses for this request.
    ///
    /// A declared SHA-256 is proved against the body here, so that a signature over
    /// it is a signature over the body.
    pub(crate) fn resolve<D: Digest>(
        digest: &D,
        style: PayloadStyle,
        presented: &Presented,
        body: &[u8],
    ) -> Result<PayloadHash, AuthError> {
        if style == PayloadStyle::Body {
            return Ok(PayloadHash::of(digest, body));
        }
        let Some(text) = &presented.payload_hash else {
            return match presented.carrier {
                Carrier::Query => Ok(PayloadHash::Unsigned),
                Carrier::Header => Err(AuthError::MissingContentHash),
            };
        };
        let declared = PayloadHash::declared(text).ok_or(AuthError::InvalidContentHash)?;
        if matches!(declared, PayloadHash::Sha256(_)) && declared != PayloadHash::of(digest, body) {
            return Err(AuthError::ContentHashMismatch);
        }
        Ok(declared)
    }
}
