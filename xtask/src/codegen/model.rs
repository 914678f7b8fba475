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
pub struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Ordered<T> {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub fn get(&self, name: &str) -> Option<&T> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    pub fn is_empty(&self) -> bool {
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
pub struct Model {
    /// Package and version that the facts come from; absent in botocore's own files.
    #[serde(default)]
    pub source: String,
    /// One endpoint for the whole partition; absent in botocore's own files.
    #[serde(default)]
    pub global: bool,
    pub metadata: Metadata,
    pub operations: Ordered<Operation>,
    pub shapes: Ordered<Shape>,
    /// Operations whose shapes are not kept; absent in botocore's own files.
    #[serde(default)]
    pub unserved: Vec<Unserved>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    pub api_version: String,
    pub endpoint_prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_name: Option<String>,
    pub protocol: String,
    #[serde(default)]
    pub protocols: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xml_namespace: Option<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Operation {
    pub http: Http,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Root>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Root>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Root>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authtype: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auth: Vec<String>,
}

impl Operation {
    /// The model asks for no signature.
    pub fn unsigned(&self) -> bool {
        self.authtype.as_deref() == Some("none") || self.auth.iter().any(|scheme| scheme == "smithy.api#noAuth")
    }
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Http {
    pub method: String,
    pub request_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_code: Option<u16>,
}

/// An operation's input, output or error.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Root {
    pub shape: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_wrapper: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
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
pub struct Shape {
    #[serde(rename = "type")]
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub members: Ordered<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Member>,
    #[serde(rename = "enum", default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub sensitive: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub flattened: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorTrait>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub exception: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub fault: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub union: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub document: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xml_namespace: Option<XmlNamespace>,
}

impl Shape {
    /// A structure without members, for an operation without input or output.
    pub fn empty() -> Self {
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
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.members
            .iter()
            .map(|(_, member)| member)
            .chain(&self.member)
            .chain(&self.key)
            .chain(&self.value)
            .map(|member| member.shape.as_str())
    }

    /// A structure that becomes a Rust struct.
    pub fn is_struct(&self) -> bool {
        self.kind == Kind::Structure && !self.document
    }

    /// Text with a closed set of values.
    pub fn is_enum(&self) -> bool {
        self.kind == Kind::String && !self.values.is_empty()
    }
}

/// A bound as a whole number; a few models write `100.0`.
pub fn bound(number: &Number) -> Result<i64> {
    if let Some(whole) = number.as_i64() {
        return Ok(whole);
    }
    let float = number.as_f64().context("bound is no number")?;
    anyhow::ensure!(float.fract() == 0.0, "bound {float} is no whole number");
    format!("{float:.0}").parse().with_context(|| format!("bound {float} is out of range"))
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    pub shape: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location_name: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub flattened: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xml_namespace: Option<XmlNamespace>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub xml_attribute: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub idempotency_token: bool,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorTrait {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_fault: Option<bool>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct XmlNamespace {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    pub uri: String,
}

/// An operation that is known and not served.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Unserved {
    pub name: String,
    pub method: String,
    pub uri: String,
}
