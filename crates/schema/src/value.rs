//! Messages in memory.

/// A point in time.
pub type Timestamp = jiff::Timestamp;

/// Bytes.
pub type Blob = bytes::Bytes;

/// Free-form JSON.
pub type Document = serde_json::Value;

/// A value that follows some [`crate::Schema`].
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A boolean.
    Boolean(bool),
    /// A 32-bit or 64-bit integer.
    Integer(i64),
    /// A 32-bit or 64-bit float.
    Double(f64),
    /// Text.
    String(String),
    /// Bytes.
    Blob(Blob),
    /// A point in time.
    Timestamp(Timestamp),
    /// Free-form JSON.
    Document(serde_json::Value),
    /// Elements in order. `None` is an explicit null (a sparse list, or bad input).
    List(Vec<Option<Value>>),
    /// Entries in the order of the message. `None` is an explicit null.
    Map(Vec<(String, Option<Value>)>),
    /// One place a member, in the schema's order; `None` where the member is absent.
    Structure(Vec<Option<Value>>),
}
