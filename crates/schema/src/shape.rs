//! What a service model says: shapes, members, operations, services.

/// One shape of a service model.
#[derive(Debug)]
pub struct Schema {
    /// The shape's name in the model, such as `CreateUserRequest`.
    pub name: &'static str,
    /// What the shape is.
    pub kind: Kind,
    /// Lengths, ranges, pattern and enumeration.
    pub constraints: Constraints,
    /// The model marks the shape `sensitive`: its values never reach a log or a record.
    pub sensitive: bool,
}

/// What a shape is.
#[derive(Debug)]
pub enum Kind {
    /// Bytes.
    Blob,
    /// `true` or `false`.
    Boolean,
    /// A 32-bit integer.
    Integer,
    /// A 64-bit integer.
    Long,
    /// A 32-bit float.
    Float,
    /// A 64-bit float.
    Double,
    /// Text, also enumerations.
    String,
    /// A point in time.
    Timestamp,
    /// Free-form JSON.
    Document,
    /// A list of one member shape.
    List(List),
    /// A map from text to one value shape.
    Map(Map),
    /// Named members.
    Structure(Structure),
}

/// A list shape.
#[derive(Debug)]
pub struct List {
    /// The shape of each element.
    pub member: &'static Schema,
    /// The element's wire name (`member` where the model names none).
    pub wire_name: &'static str,
    /// Elements stand directly in the parent, without a wrapper.
    pub flattened: bool,
}

/// A map shape. Keys are always text.
#[derive(Debug)]
pub struct Map {
    /// The shape of each key.
    pub key: &'static Schema,
    /// The shape of each value.
    pub value: &'static Schema,
    /// The key's wire name (`key` where the model names none).
    pub key_wire_name: &'static str,
    /// The value's wire name (`value` where the model names none).
    pub value_wire_name: &'static str,
    /// Entries stand directly in the parent, without a wrapper.
    pub flattened: bool,
}

/// A structure or union shape.
#[derive(Debug)]
pub struct Structure {
    /// The members, in the model's order. [`crate::Value::Structure`] follows this order.
    pub members: &'static [Member],
    /// Index of the member that is the whole HTTP body (`payload` in the model).
    pub payload: Option<usize>,
    /// Set where the structure is an error.
    pub error: Option<ErrorShape>,
    /// Exactly one member is set.
    pub union: bool,
}

/// The error traits of a structure.
#[derive(Debug)]
pub struct ErrorShape {
    /// The code on the wire, such as `NoSuchEntity`.
    pub code: &'static str,
    /// HTTP status.
    pub status: u16,
    /// The fault is the sender's (`Sender`), else the server's (`Receiver`).
    pub sender: bool,
}

/// One member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The member's name in the model.
    pub name: &'static str,
    /// The name on the wire (`locationName`, or the name).
    pub wire_name: &'static str,
    /// Where an HTTP-bound protocol puts the member.
    pub location: Location,
    /// The model requires the member.
    pub required: bool,
    /// The member's shape.
    pub schema: &'static Schema,
    /// A format of its own for a timestamp.
    pub timestamp_format: Option<TimestampFormat>,
    /// A list or map whose elements stand directly in the parent.
    pub flattened: bool,
    /// Written as an XML attribute.
    pub xml_attribute: bool,
    /// XML namespace of the member's element: `(prefix, uri)`; an empty prefix is the default namespace.
    pub xml_namespace: Option<(&'static str, &'static str)>,
    /// The client fills the member with a random token when it is absent.
    pub idempotency_token: bool,
}

/// Where an HTTP-bound protocol puts a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the body.
    Body,
    /// One header, named by the wire name.
    Header,
    /// All headers that start with the wire name, as a map.
    Headers,
    /// A parameter of the query string.
    Query,
    /// A label of the URI.
    Uri,
    /// The status code of the response.
    StatusCode,
}

/// How a timestamp is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `2026-11-24T12:00:00Z`
    Iso8601,
    /// `Tue, 24 Nov 2026 12:00:00 GMT`
    Rfc822,
    /// Seconds since 1970, with a fraction where needed.
    UnixTimestamp,
}

/// Constraints of a shape. Lengths count Unicode characters for text, bytes for
/// blobs, and elements for lists and maps; ranges bound numbers.
#[derive(Debug)]
pub struct Constraints {
    /// Smallest length or number.
    pub min: Option<i64>,
    /// Largest length or number.
    pub max: Option<i64>,
    /// The model's pattern, to be matched against the whole text.
    pub pattern: Option<&'static str>,
    /// The enumeration's values in the model's order; empty where there is none.
    pub values: &'static [&'static str],
}

impl Constraints {
    /// No constraint at all.
    pub const NONE: Self = Self {
        min: None,
        max: None,
        pattern: None,
        values: &[],
    };
}

/// A protocol of AWS's APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// `query`: form body in, XML out.
    AwsQuery,
    /// `json` with `jsonVersion` 1.0.
    AwsJson10,
    /// `json` with `jsonVersion` 1.1.
    AwsJson11,
    /// `rest-json`.
    RestJson1,
    /// `rest-xml`.
    RestXml,
    /// `smithy-rpc-v2-cbor`.
    RpcV2Cbor,
}

/// HTTP binding of an operation.
#[derive(Debug)]
pub struct Http {
    /// Request method.
    pub method: &'static str,
    /// Request URI with labels, such as `/analyzer/{analyzerName}` or `/{Key+}`.
    pub uri: &'static str,
    /// Status of a successful response.
    pub status: u16,
}

/// One operation.
#[derive(Debug)]
pub struct OperationSchema {
    /// The operation's name.
    pub name: &'static str,
    /// The service it belongs to.
    pub service: &'static ServiceSchema,
    /// HTTP binding.
    pub http: Http,
    /// The input: always a structure, empty where the model has none.
    pub input: &'static Schema,
    /// The output: always a structure, empty where the model has none.
    pub output: &'static Schema,
    /// Element around an awsQuery result, such as `CreateUserResult`.
    pub result_wrapper: Option<&'static str>,
    /// The errors that the model lists for the operation.
    pub errors: &'static [&'static Schema],
    /// The model asks for no signature (`authtype: none`).
    pub unsigned: bool,
}

impl OperationSchema {
    /// The members of the input structure.
    #[must_use]
    pub fn input_members(&self) -> &'static [Member] {
        members(self.input)
    }

    /// The members of the output structure.
    #[must_use]
    pub fn output_members(&self) -> &'static [Member] {
        members(self.output)
    }
}

fn members(schema: &'static Schema) -> &'static [Member] {
    match &schema.kind {
        Kind::Structure(structure) => structure.members,
        _ => &[],
    }
}

/// One service.
#[derive(Debug)]
pub struct ServiceSchema {
    /// The service's id in botocore and in this tree, such as `iam`.
    pub id: &'static str,
    /// The service's IAM action prefix and CloudTrail source (`iam` in `iam.amazonaws.com`).
    pub endpoint_prefix: &'static str,
    /// The service name in the credential scope of a signature.
    pub signing_name: &'static str,
    /// The version in the model, such as `2010-05-08`.
    pub api_version: &'static str,
    /// `X-Amz-Target` prefix of the JSON protocols; empty where there is none.
    pub target_prefix: &'static str,
    /// Service name in rpcv2Cbor's `/service/NAME/operation/OP` path.
    pub rpc_name: &'static str,
    /// The protocols that the model lists, in its order.
    pub protocols: &'static [Protocol],
    /// XML namespace of the responses; empty where there is none.
    pub xml_namespace: &'static str,
    /// One endpoint for the whole partition (IAM), not one a region.
    pub global: bool,
    /// The operations whose shapes are generated.
    pub operations: &'static [&'static OperationSchema],
    /// The operations that are known and not served yet.
    pub unserved: &'static [UnservedOperation],
}

/// An operation that AWS has and we do not serve yet.
#[derive(Debug)]
pub struct UnservedOperation {
    /// The operation's name.
    pub name: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// HTTP URI with labels.
    pub uri: &'static str,
}
