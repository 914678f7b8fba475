//! restJson1 and restXml: members in labels, query, headers and body.

mod bindings;
mod body;
mod request;
mod response;

pub(crate) use body::Format;
pub(crate) use request::{decode_request, encode_request};
pub(crate) use response::{decode_response, encode_error, encode_response};
