//! JSON: a pull reader, and values to and from it.

mod decode;
mod encode;
mod reader;

pub(crate) use decode::{decode, error_text};
pub(crate) use encode::{encode, write_string};
