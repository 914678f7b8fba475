//! CBOR (RFC 8949) as the rpcv2Cbor protocol uses it.

mod decode;
mod encode;
mod reader;
mod writer;

pub(crate) use decode::{decode, error_text};
pub(crate) use encode::encode;
pub(crate) use writer::Writer;
