//! What KMS keeps: one record a key, a key material, an alias, a grant.
//!
//! Keys belong to an account and a region; so do their records. Texts of the model's
//! enumerations are stored as AWS spells them.

mod alias;
mod custom_key_store;
mod grant;
mod key;
mod material;

pub use alias::AliasRecord;
pub use custom_key_store::{ConnectionError, CustomKeyStoreRecord, ExternalKeyRecord};
pub use grant::{GrantConstraintsRecord, GrantRecord};
pub use key::{DeletionRecord, KeyRecord, MultiRegionRecord, PrincipalBinding, RotationRecord};
pub use material::{MaterialRecord, MaterialRotation, MaterialState};

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TagRecord {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Stores values of the model's enumerations as their texts.
pub(crate) mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::fmt::Display;
    use std::str::FromStr;

    pub(crate) fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| D::Error::custom("a text of no known meaning"))
    }
}

/// As [`text`], for lists.
pub(crate) mod texts {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::fmt::Display;
    use std::str::FromStr;

    pub(crate) fn serialize<T: Display, S: Serializer>(
        values: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts
            .iter()
            .map(|text| {
                text.parse()
                    .map_err(|_| D::Error::custom("a text of no known meaning"))
            })
            .collect()
    }
}
