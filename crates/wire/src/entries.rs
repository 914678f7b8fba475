//! A map while it is read.

use schema::Value;
use std::collections::HashMap;

/// Entries in the order of their first appearance; a repeated key replaces its value,
/// so that every later reader of the map sees the same single value.
#[derive(Default)]
pub(crate) struct Entries {
    places: HashMap<String, usize>,
    entries: Vec<(String, Option<Value>)>,
}

impl Entries {
    pub(crate) fn set(&mut self, key: String, value: Option<Value>) {
        if let Some(entry) = self
            .places
            .get(&key)
            .and_then(|place| self.entries.get_mut(*place))
        {
            entry.1 = value;
            return;
        }
        self.places.insert(key.clone(), self.entries.len());
        self.entries.push((key, value));
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Map(self.entries)
    }
}
