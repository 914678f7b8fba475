//! A service model as botocore and `models/` write it. Fields that are not named here, such
//! as documentation, are dropped by reading and writing.

use anyhow::{Context, Result};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;
use std::fmt;
use std::marker::PhantomData;

/// A JSON object whose order counts: members of a structure are positional.
#[derive(Debug, Clone)]
pub(crate) struct Ordered<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Ordered<T> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.0
            .iter_mut()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
            type Value = Ordered<T>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Ordered(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

impl<T: Serialize> Serialize for Ordered<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One service.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Model {
    /// Package and version that the facts come from; absent in botocore's own files.
    #[serde(default)]
    pub(crate) source: String,
    /// One endpoint for the whole partition; absent in botocore's own files.
    #[serde(default)]
    pub(crate) global: bool,
    pub(crate) metadata: Metadata,
    pub(crate) operations: Ordered<Operation>,
    pub(crate) shapes: Ordered<Shape>,
    /// Operations whose shapes are not kept; absent in botocore's own files.
    #[serde(default)]
    pub(crate) unserved: Vec<Unserved>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) api_version: String,
    pub(crate) endpoint_prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signing_name: Option<String>,
    pub(crate) protocol: String,
    #[serde(default)]
    pub(crate) protocols: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) json_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) xml_namespace: Option<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Operation {
    pub(crate) http: Http,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<Root>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Root>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<Root>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authtype: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) auth: Vec<String>,
}

impl Operation {
    /// The model asks for no signature.
    pub(crate) fn unsigned(&self) -> bool {
        self.authtype.as_deref() == Some("none")
            || self.auth.iter().any(|scheme| scheme == "smithy.api#noAuth")
    }
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) request_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response_code: Option<u16>,
}

/// An operation's input, output or error.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Root {
    pub(crate) shape: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result_wrapper: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Blob,
    Boolean,
    Integer,
    Long,
    Float,
    Double,
    String,
    Timestamp,
    List,
    Map,
    Structure,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) required: Vec<String>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub(crate) members: Ordered<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member: Option<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Member>,
    #[serde(rename = "enum", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) sensitive: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) flattened: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorTrait>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) exception: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) fault: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) union: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) document: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) xml_namespace: Option<XmlNamespace>,
}

impl Shape {
    /// A structure without members, for an operation without input or output.
    pub(crate) fn empty() -> Self {
        Self {
            kind: Kind::Structure,
            required: Vec::new(),
            members: Ordered::default(),
            member: None,
            key: None,
            value: None,
            values: Vec::new(),
            min: None,
            max: None,
            pattern: None,
            sensitive: false,
            flattened: false,
            payload: None,
            error: None,
            exception: false,
            fault: false,
            union: false,
            document: false,
            timestamp_format: None,
            xml_namespace: None,
        }
    }

    /// The shapes that this shape names.
    pub(crate) fn references(&self) -> impl Iterator<Item = &str> {
        self.members
            .iter()
            .map(|(_, member)| member)
            .chain(&self.member)
            .chain(&self.key)
            .chain(&self.value)
            .map(|member| member.shape.as_str())
    }

    /// A structure that becomes a Rust struct.
    pub(crate) fn is_struct(&self) -> bool {
        self.kind == Kind::Structure && !self.document
    }

    /// Text with a closed set of values.
    pub(crate) fn is_enum(&self) -> bool {
        self.kind == Kind::String && !self.values.is_empty()
    }
}

/// A bound as a whole number; a few models write `100.0`.
pub(crate) fn bound(number: &Number) -> Result<i64> {
    if let Some(whole) = number.as_i64() {
        return Ok(whole);
    }
    let float = number.as_f64().context("bound is no number")?;
    anyhow::ensure!(float.fract() == 0.0, "bound {float} is no whole number");
    format!("{float:.0}")
        .parse()
        .with_context(|| format!("bound {float} is out of range"))
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    pub(crate) shape: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location_name: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) flattened: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timestamp_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) xml_namespace: Option<XmlNamespace>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) xml_attribute: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) idempotency_token: bool,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorTrait {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sender_fault: Option<bool>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct XmlNamespace {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) prefix: String,
    pub(crate) uri: String,
}

/// An operation that is known and not served.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Unserved {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) uri: String,
}
