//! XML: a writer, a reader of small trees, and values to and from them.

mod decode;
mod encode;
mod reader;
mod writer;

pub(crate) use decode::{decode, decode_structure};
pub(crate) use encode::{write_element, write_members};
pub(crate) use reader::{Element, read};
#[cfg(feature = "testing")]
pub(crate) use writer::is_forbidden;
pub(crate) use writer::{Layout, Writer};
