//! AWS shapes as static data, values that follow them, and AWS's wording of
//! constraint violations.
//!
//! A [`Schema`] is what a service model says of one shape; generated code holds
//! them as `static` items, so that cyclic shapes cost nothing. A [`Value`] is a
//! message in memory, read and written by the codecs of the `wire` crate by
//! walking a schema. [`FromValue`] and [`IntoValue`] carry a value to and from
//! the plain structs that handlers see.
//!
//! This crate refuses to know any protocol, any service and any I/O.

mod construct;
mod convert;
mod macros;
mod pattern;
mod print;
mod shape;
mod special_pattern;
mod validate;
mod value;

pub use convert::{Fields, FromValue, IntoValue, Mismatch, OperationShape, Slot};
pub use pattern::pattern_is_supported;
pub use shape::{
    Constraints, ErrorShape, Http, Kind, List, Location, Map, Member, OperationSchema, Protocol,
    Schema, ServiceSchema, Structure, TimestampFormat, UnservedOperation,
};
pub use validate::{Violation, validate, validation_message};
pub use value::{Blob, Document, Timestamp, Value};
