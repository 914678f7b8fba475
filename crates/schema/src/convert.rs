//! From values to the plain structs that handlers see, and back.

use crate::{Blob, OperationSchema, Timestamp, Value};
use std::collections::BTreeMap;

/// A value that does not have the form its schema promises.
///
/// Codecs and validation make sure that handlers never meet one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("value does not follow its schema: expected {expected}")]
pub struct Mismatch {
    /// What the type wanted to see.
    pub expected: &'static str,
}

/// A type that a value can become.
pub trait FromValue: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// [`Mismatch`] where the value has another form than the type.
    fn from_value(value: Value) -> Result<Self, Mismatch>;
}

/// A type that can become a value.
pub trait IntoValue {
    /// Makes the value.
    fn into_value(self) -> Value;
}

/// The generated side of an operation: a unit struct that ties input, output and schema.
pub trait OperationShape: Send + Sync + 'static {
    /// What handlers receive.
    type Input: FromValue + IntoValue + Send;
    /// What handlers return.
    type Output: FromValue + IntoValue + Send;
    /// The operation's schema.
    const SCHEMA: &'static OperationSchema;
}

/// A member's place in a structure: `T` where the model requires the member, else `Option<T>`.
pub trait Slot: Sized {
    /// Reads the place.
    ///
    /// # Errors
    /// [`Mismatch`] where the member has another form, or is required and absent.
    fn from_slot(slot: Option<Value>) -> Result<Self, Mismatch>;

    /// Fills the place.
    fn into_slot(self) -> Option<Value>;
}

impl<T: FromValue + IntoValue> Slot for T {
    fn from_slot(slot: Option<Value>) -> Result<Self, Mismatch> {
        T::from_value(slot.ok_or(Mismatch {
            expected: "a required member",
        })?)
    }

    fn into_slot(self) -> Option<Value> {
        Some(self.into_value())
    }
}

impl<T: FromValue + IntoValue> Slot for Option<T> {
    fn from_slot(slot: Option<Value>) -> Result<Self, Mismatch> {
        slot.map(T::from_value).transpose()
    }

    fn into_slot(self) -> Option<Value> {
        self.map(T::into_value)
    }
}

/// The members of a structure value, taken by position.
#[derive(Debug)]
pub struct Fields {
    values: Vec<Option<Value>>,
    next: usize,
}

impl Fields {
    /// Opens a structure value.
    ///
    /// # Errors
    /// [`Mismatch`] where the value is no structure.
    pub fn open(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Structure(values) => Ok(Self { values, next: 0 }),
            _ => Err(Mismatch {
                expected: "structure",
            }),
        }
    }

    /// Takes an optional member.
    ///
    /// # Errors
    /// [`Mismatch`] where the member has another form.
    pub fn optional<T: FromValue>(&mut self, index: usize) -> Result<Option<T>, Mismatch> {
        match self.values.get_mut(index).and_then(Option::take) {
            Some(value) => T::from_value(value).map(Some),
            None => Ok(None),
        }
    }

    /// Takes a required member.
    ///
    /// # Errors
    /// [`Mismatch`] where the member is absent or has another form.
    pub fn required<T: FromValue>(&mut self, index: usize) -> Result<T, Mismatch> {
        self.optional(index)?.ok_or(Mismatch {
            expected: "a required member",
        })
    }

    /// Takes the next member, in the schema's order.
    ///
    /// # Errors
    /// [`Mismatch`] where the member has another form, or is required and absent.
    pub fn slot<T: Slot>(&mut self) -> Result<T, Mismatch> {
        let index = self.next;
        self.next = index.saturating_add(1);
        T::from_slot(self.values.get_mut(index).and_then(Option::take))
    }
}

macro_rules! scalar {
    ($type:ty, $variant:ident, $expected:literal) => {
        impl FromValue for $type {
            fn from_value(value: Value) -> Result<Self, Mismatch> {
                match value {
                    Value::$variant(inner) => Ok(inner),
                    _ => Err(Mismatch {
                        expected: $expected,
                    }),
                }
            }
        }
        impl IntoValue for $type {
            fn into_value(self) -> Value {
                Value::$variant(self)
            }
        }
    };
}

scalar!(bool, Boolean, "boolean");
scalar!(i64, Integer, "integer");
scalar!(f64, Double, "double");
scalar!(String, String, "string");
scalar!(Blob, Blob, "blob");
scalar!(Timestamp, Timestamp, "timestamp");
scalar!(serde_json::Value, Document, "document");

impl FromValue for i32 {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        i64::from_value(value)?.try_into().map_err(|_| Mismatch {
            expected: "32-bit integer",
        })
    }
}

impl IntoValue for i32 {
    fn into_value(self) -> Value {
        Value::Integer(self.into())
    }
}

impl FromValue for f32 {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        #[expect(clippy::cast_possible_truncation, reason = "the model says 32 bits")]
        f64::from_value(value).map(|wide| wide as f32)
    }
}

impl IntoValue for f32 {
    fn into_value(self) -> Value {
        Value::Double(self.into())
    }
}

impl<T: FromValue> FromValue for Box<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        T::from_value(value).map(Box::new)
    }
}

impl<T: IntoValue> IntoValue for Box<T> {
    fn into_value(self) -> Value {
        (*self).into_value()
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::List(items) => items.into_iter().flatten().map(T::from_value).collect(),
            _ => Err(Mismatch { expected: "list" }),
        }
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(
            self.into_iter()
                .map(|item| Some(item.into_value()))
                .collect(),
        )
    }
}

impl<T: FromValue> FromValue for BTreeMap<String, T> {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(entries) => entries
                .into_iter()
                .filter_map(|(key, value)| value.map(|value| (key, value)))
                .map(|(key, value)| T::from_value(value).map(|value| (key, value)))
                .collect(),
            _ => Err(Mismatch { expected: "map" }),
        }
    }
}

impl<T: IntoValue> IntoValue for BTreeMap<String, T> {
    fn into_value(self) -> Value {
        Value::Map(
            self.into_iter()
                .map(|(key, value)| (key, Some(value.into_value())))
                .collect(),
        )
    }
}
