//! JSON that is ready to stand in a record.

use schema::{Schema, Value};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// JSON that is ready to stand in a record, kept as text.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// The JSON of any serialisable value; `None` where it has no JSON form.
    ///
    /// Nothing is hidden here: use [`Json::redacted`] for a call's input and output.
    #[must_use]
    pub fn new(value: &impl Serialize) -> Option<Self> {
        to_raw_value(value).ok().map(Self)
    }

    /// A call's input or output without secrets (the rules of [`crate::redact`]); `None`, which a
    /// record prints as `null`, where nothing is left to show.
    #[must_use]
    pub fn redacted(schema: &'static Schema, value: &Value) -> Option<Self> {
        let json = Self::new(&crate::redact::Redacted { schema, value })?;
        (!matches!(json.as_str(), "{}" | "null")).then_some(json)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// What stands for a value that was left out for its size (AWS: "CloudTrail record contents":
    /// `omitted` is present with a value of `true`).
    pub(crate) fn omitted() -> Option<Self> {
        #[derive(Serialize)]
        struct Omitted {
            omitted: bool,
        }
        Self::new(&Omitted { omitted: true })
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}
