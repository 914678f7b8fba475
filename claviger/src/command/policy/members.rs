//! The members of a JSON object, with the text of their values: nothing is read before it is known what it is for.

use policy::SyntaxError;
use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Why a scenario cannot be understood; texts are for its author.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    /// Something is not as it should be.
    #[error("{0}")]
    Form(String),
    /// A policy document has errors.
    #[error("{name}: {}", all(errors))]
    Document {
        name: String,
        text: String,
        errors: Vec<SyntaxError>,
    },
}

fn all(errors: &[SyntaxError]) -> String {
    let errors: Vec<String> = errors
        .iter()
        .map(|error| format!("{error} (at {}..{})", error.span.start, error.span.end))
        .collect();
    errors.join("; ")
}

/// An object's members. A member that stands twice is an error.
#[derive(Debug)]
pub(super) struct Members<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'de: 't, 't> Deserialize<'de> for Members<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    if members.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom(format!("member {name:?} appears twice")));
                    }
                    members.push((name.into(), value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

impl<'t> Members<'t> {
    /// Reads an object; `what` is how errors call it.
    pub(super) fn read(text: &'t str, what: &str) -> Result<Self, Wrong> {
        serde_json::from_str(text).map_err(|error| Wrong::Form(format!("{what}: {error}")))
    }

    /// Refuses a member that looks like a misspelled one of these; other members are the author's own and left alone.
    pub(super) fn expect(&self, names: &[&str]) -> Result<(), Wrong> {
        let plain = |name: &str| name.to_lowercase().replace(['-', '_', ' '], "");
        for (name, _) in self.0.iter().filter(|(name, _)| !names.contains(&&**name)) {
            let own = plain(name);
            // Short names have many neighbours: one letter is what may differ there.
            let close = names.iter().filter(|known| known.len() > 3).find(|known| {
                let near = if known.len() > 7 { 3 } else { 1 };
                strsim::osa_distance(&own, &plain(known)) <= near
            });
            if let Some(close) = close {
                return Err(Wrong::Form(format!(
                    "unknown member {name:?}: did you mean {close:?}?"
                )));
            }
        }
        Ok(())
    }

    /// The text of a member; `None` when it is not there or null.
    pub(super) fn raw(&self, name: &str) -> Option<&'t RawValue> {
        let (_, value) = self.0.iter().find(|(own, _)| own == name)?;
        (value.get() != "null").then_some(*value)
    }

    /// The text of a member, which must be there.
    pub(super) fn needed_raw(&self, name: &str) -> Result<&'t RawValue, Wrong> {
        self.raw(name)
            .ok_or_else(|| Wrong::Form(format!("{name} is missing")))
    }

    /// A member's value.
    pub(super) fn value<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Wrong> {
        let Some(raw) = self.raw(name) else {
            return Ok(None);
        };
        serde_json::from_str(raw.get())
            .map(Some)
            .map_err(|error| Wrong::Form(format!("{name}: {error}")))
    }

    /// A member's value, which must be there.
    pub(super) fn needed<T: DeserializeOwned>(&self, name: &str) -> Result<T, Wrong> {
        self.value(name)?
            .ok_or_else(|| Wrong::Form(format!("{name} is missing")))
    }

    /// All members.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'t RawValue)> {
        self.0.iter().map(|(name, value)| (&**name, *value))
    }
}
