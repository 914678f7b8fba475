//! What a request presents as its authentication.

use std::fmt;

/// A credential scope: `DATE/REGION/SERVICE/aws4_request`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The day, `YYYYMMDD`.
    pub date: String,
    /// The region the request was signed for.
    pub region: String,
    /// The service's signing name.
    pub service: String,
    /// `aws4_request`; [`crate::check`] refuses anything else.
    pub terminator: String,
}

impl Scope {
    /// The scope of a stamp such as `20150830T123600Z`.
    #[must_use]
    pub fn new(stamp: &str, region: &str, service: &str) -> Scope {
        Scope {
            date: stamp.get(..8).unwrap_or_default().to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            terminator: "aws4_request".to_owned(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scope {
            date,
            region,
            service,
            terminator,
        } = self;
        write!(f, "{date}/{region}/{service}/{terminator}")
    }
}

/// Where the signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned request.
    Query,
}

/// What a request presents as its authentication: well-formed, and not yet proved.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Presented {
    /// Where the signature stands.
    pub carrier: Carrier,
    /// The access key id, for the lookup of the secret.
    pub access_key_id: String,
    /// The credential scope.
    pub scope: Scope,
    /// Lower-case names in strictly ascending order.
    pub signed_headers: Vec<String>,
    /// The signature as it was sent.
    pub signature: String,
    /// The request's time, `20150830T123600Z`.
    pub stamp: String,
    /// The request's time in seconds since 1970.
    pub timestamp: i64,
    /// Seconds that a presigned request lives after `timestamp`, 1 to 604,800.
    pub expires: Option<u32>,
    /// The session token of temporary credentials; never empty.
    pub session_token: Option<String>,
    /// The value of `x-amz-content-sha256`.
    pub payload_hash: Option<String>,
}

impl Presented {
    /// Whether the header of this lower-case name is signed.
    #[must_use]
    pub fn signs(&self, name: &str) -> bool {
        self.signed_headers
            .binary_search_by(|signed| signed.as_str().cmp(name))
            .is_ok()
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The session token is a secret, and a valid signature can be replayed for minutes.
        f.debug_struct("Presented")
            .field("carrier", &self.carrier)
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("signed_headers", &self.signed_headers)
            .field("stamp", &self.stamp)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
