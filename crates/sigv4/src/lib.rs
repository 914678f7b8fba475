//! AWS Signature Version 4: canonical requests, verification and signing.
//!
//! The server's side is two steps, with the lookup of the secret between them:
//! [`parse`] reads what a request presents (header or presigned query), and
//! [`verify`] proves it against the secret, the clock and the body. The client's
//! side is [`sign_headers`], [`presign`] and [`ChunkSigner`].
//!
//! This crate refuses to know a crypto provider (hashing comes in through
//! [`Digest`]), a clock (seconds since 1970 come in as a number), who owns a key,
//! and session tokens' meaning. Where AWS's behaviour is not known it denies.
//!
//! Sources: "AWS Signature Version 4 for API requests", "Troubleshoot Signature
//! Version 4 signing", "Signature calculations for the Authorization header:
//! transferring a payload in multiple chunks".
//!
//! ```
//! use bytes::Bytes;
//! use sigv4::{Credentials, Expected, Signing};
//! # use aws_lc_rs::{constant_time, digest, hmac};
//! # struct Lc;
//! # impl sigv4::Digest for Lc {
//! #     fn sha256(&self, data: &[u8]) -> [u8; 32] {
//! #         digest::digest(&digest::SHA256, data).as_ref().try_into().unwrap()
//! #     }
//! #     fn hmac_sha256(&self, key: &[u8], data: &[u8]) -> [u8; 32] {
//! #         let key = hmac::Key::new(hmac::HMAC_SHA256, key);
//! #         hmac::sign(&key, data).as_ref().try_into().unwrap()
//! #     }
//! #     fn equal(&self, a: &[u8], b: &[u8]) -> bool {
//! #         constant_time::verify_slices_are_equal(a, b).is_ok()
//! #     }
//! # }
//! # let digest = Lc;
//! let body = Bytes::from_static(b"Action=GetCallerIdentity&Version=2011-06-15");
//! let request = http::Request::post("http://localhost:4566/").body(())?;
//! let (mut parts, ()) = request.into_parts();
//!
//! let credentials = Credentials::new("AKIDEXAMPLE", "secret");
//! let signing = Signing::new("us-east-1", "sts", 1_795_521_600);
//! sigv4::sign_headers(&digest, &mut parts, &body, &credentials, &signing)?;
//!
//! let presented = sigv4::parse(&digest, &parts)?;
//! assert_eq!(presented.access_key_id, "AKIDEXAMPLE");
//! let expected = Expected::of_service("sts");
//! let verified = sigv4::verify(
//!     &digest, &parts, &body, &presented, "secret", 1_795_521_700, &expected,
//! )?;
//! assert_eq!(verified.body, body);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod authorization;
mod canonical;
mod chunked;
mod digest;
mod encode;
mod error;
mod key;
mod payload;
mod presented;
mod sign;
mod time;
mod verify;

pub use authorization::parse;
pub use canonical::{CanonicalRequest, PathStyle};
pub use chunked::{ChunkSigner, Declared, decode_chunked, encode_chunked};
pub use digest::Digest;
pub use error::{AuthError, Mismatch};
pub use key::SigningKey;
pub use payload::{PayloadHash, PayloadStyle, Streaming};
pub use presented::{Carrier, Presented, Scope};
pub use sign::{Credentials, SignError, Signing, presign, sign_headers};
pub use time::{format_stamp, parse_stamp};
pub use verify::{Expected, VerifiedBody, check, verify, verify_with_key};

/// The one algorithm that is verified.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The longest life of a presigned request: seven days, in seconds.
pub const MAX_EXPIRES: u32 = 604_800;

/// How far a client's clock may be off, in seconds.
pub const MAX_SKEW: i64 = 300;
