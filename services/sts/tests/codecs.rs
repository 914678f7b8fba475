//! Every operation's messages survive every protocol that the service speaks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use service_sts::api::operations::SERVICE;

#[test]
fn messages_survive_encoding_and_decoding() {
    wire::testing::round_trip(&SERVICE, 24);
}
