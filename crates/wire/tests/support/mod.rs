//! Hand-built services whose shapes cover every kind and every place of a member.
#![allow(dead_code)]

use schema::{
    Http, Member, OperationSchema, Protocol, Schema, ServiceSchema, TimestampFormat,
    UnservedOperation,
};

pub(crate) const PROTOCOLS: [Protocol; 6] = [
    Protocol::AwsQuery,
    Protocol::AwsJson10,
    Protocol::AwsJson11,
    Protocol::RestJson1,
    Protocol::RestXml,
    Protocol::RpcV2Cbor,
];

pub(crate) static TEXT: Schema = Schema::string("Text");
static BLOB: Schema = Schema::blob("Blob");
static FLAG: Schema = Schema::boolean("Flag");
static SMALL: Schema = Schema::integer("Small");
static LARGE: Schema = Schema::long("Large");
static FLOAT: Schema = Schema::float("FloatNumber");
static DOUBLE: Schema = Schema::double("DoubleNumber");
static TIME: Schema = Schema::timestamp("Time");
static DOCUMENT: Schema = Schema::document("Document");
static STATUS: Schema = Schema::string("Status").values(&["Active", "Inactive"]);
static TEXTS: Schema = Schema::list("Texts", &TEXT);
static TIMES: Schema = Schema::list("Times", &TIME);
static FLAT: Schema = Schema::list("Flat", &TEXT).member_name("item").flattened();
static TEXT_MAP: Schema = Schema::map("TextMap", &TEXT, &TEXT);
static FLAT_MAP: Schema = Schema::map("FlatMap", &TEXT, &SMALL)
    .entry_names("Name", "Number")
    .flattened();
static LISTS: Schema = Schema::list("Lists", &TEXTS).member_name("inner");
static MAP_OF_TREES: Schema = Schema::map("MapOfTrees", &TEXT, &TREE);
static TREES: Schema = Schema::list("Trees", &TREE);
static CHOICE: Schema = Schema::structure("Choice")
    .members(&[Member::new("Left", &TEXT), Member::new("Right", &TREE)])
    .union();
static TREE: Schema = Schema::structure("Tree").members(&[
    Member::new("Kind", &TEXT).attribute().wire("xsi:kind"),
    Member::new("Name", &TEXT).wire("name"),
    Member::new("Children", &TREES),
    Member::new("Choice", &CHOICE),
    Member::new("Empty", &EMPTY),
]);
static EMPTY: Schema = Schema::structure("Empty");

const EVERYTHING: [Member; 21] = [
    Member::new("Blob", &BLOB),
    Member::new("Flag", &FLAG).wire("flagOnTheWire"),
    Member::new("Small", &SMALL),
    Member::new("Large", &LARGE),
    Member::new("Float", &FLOAT),
    Member::new("Double", &DOUBLE),
    Member::new("Text", &TEXT),
    Member::new("Time", &TIME),
    Member::new("IsoTime", &TIME).format(TimestampFormat::Iso8601),
    Member::new("HttpTime", &TIME).format(TimestampFormat::Rfc822),
    Member::new("Document", &DOCUMENT),
    Member::new("Status", &STATUS),
    Member::new("Texts", &TEXTS),
    Member::new("Flat", &FLAT),
    Member::new("TextMap", &TEXT_MAP),
    Member::new("FlatMap", &FLAT_MAP),
    Member::new("Lists", &LISTS),
    Member::new("MapOfTrees", &MAP_OF_TREES),
    Member::new("Trees", &TREES),
    Member::new("Tree", &TREE),
    Member::new("FlatTexts", &TEXTS).flattened(),
];
static EVERYTHING_INPUT: Schema = Schema::structure("EverythingRequest").members(&EVERYTHING);
static EVERYTHING_OUTPUT: Schema = Schema::structure("EverythingResponse").members(&EVERYTHING);

static NO_SUCH: Schema = Schema::structure("NoSuchEntityException")
    .members(&[
        Member::new("message", &TEXT),
        Member::new("Name", &TEXT),
        Member::new("Count", &SMALL),
    ])
    .error("NoSuchEntity", 404, true);

pub(crate) static SERVICE: ServiceSchema = ServiceSchema {
    id: "everything",
    endpoint_prefix: "everything",
    signing_name: "everything",
    api_version: "2026-11-24",
    target_prefix: "com.example.v1.Everything",
    rpc_name: "EverythingService",
    protocols: &PROTOCOLS,
    xml_namespace: "https://everything.example/doc/",
    global: false,
    operations: &[
        &EVERYTHING_OPERATION,
        &BOUND_OPERATION,
        &PAYLOAD_OPERATION,
        &BLOB_OPERATION,
        &TEXT_OPERATION,
    ],
    unserved: &[UnservedOperation {
        name: "Later",
        method: "GET",
        uri: "/later/{Name}",
    }],
};

const ERRORS: &[&Schema] = &[&NO_SUCH];

const fn operation(
    name: &'static str,
    uri: &'static str,
    input: &'static Schema,
    output: &'static Schema,
) -> OperationSchema {
    OperationSchema {
        name,
        service: &SERVICE,
        http: Http {
            method: "POST",
            uri,
            status: 200,
        },
        input,
        output,
        result_wrapper: Some("Result"),
        errors: ERRORS,
        unsigned: false,
    }
}

pub(crate) static EVERYTHING_OPERATION: OperationSchema = operation(
    "Everything",
    "/everything",
    &EVERYTHING_INPUT,
    &EVERYTHING_OUTPUT,
);

static BOUND_INPUT: Schema = Schema::structure("BoundRequest").members(&[
    Member::new("Name", &TEXT).uri("Name").required(),
    Member::new("Key", &TEXT).uri("Key").required(),
    Member::new("At", &TIME).uri("At").required(),
    Member::new("Filter", &TEXT).query("filter"),
    Member::new("Filters", &TEXTS).query("filters"),
    Member::new("Since", &TIME).query("since"),
    Member::new("Most", &SMALL).query("most"),
    Member::new("Others", &TEXT_MAP).query(""),
    Member::new("Token", &TEXT).header("x-token"),
    Member::new("Tokens", &TEXTS).header("X-Tokens"),
    Member::new("Modified", &TIME).header("x-modified"),
    Member::new("Dates", &TIMES).header("x-dates"),
    Member::new("Count", &LARGE).header("x-count"),
    Member::new("Force", &FLAG).header("x-force"),
    Member::new("Meta", &TEXT_MAP).headers("x-meta-"),
    Member::new("Tree", &TREE),
    Member::new("Texts", &TEXTS),
]);
static BOUND_OUTPUT: Schema = Schema::structure("BoundResponse").members(&[
    Member::new("Code", &SMALL).status_code(),
    Member::new("Token", &TEXT).header("x-token"),
    Member::new("Tokens", &TEXTS).header("X-Tokens"),
    Member::new("Dates", &TIMES).header("x-dates"),
    Member::new("Meta", &TEXT_MAP).headers("x-meta-"),
    Member::new("Rate", &DOUBLE).header("x-rate"),
    Member::new("Tree", &TREE),
]);
pub(crate) static BOUND_OPERATION: OperationSchema = operation(
    "Bound",
    "/bound/{Name}/at/{At}/{Key+}?literal&mode=x",
    &BOUND_INPUT,
    &BOUND_OUTPUT,
);

static PAYLOAD_SHAPE: Schema = Schema::structure("Payload")
    .members(&[
        Member::new("Token", &TEXT).header("x-token"),
        Member::new("Tree", &TREE).wire("TreeElement"),
    ])
    .payload(1);
pub(crate) static PAYLOAD_OPERATION: OperationSchema =
    operation("Payload", "/payload", &PAYLOAD_SHAPE, &PAYLOAD_SHAPE);

static BLOB_SHAPE: Schema = Schema::structure("BlobPayload")
    .members(&[Member::new("Body", &BLOB)])
    .payload(0);
pub(crate) static BLOB_OPERATION: OperationSchema =
    operation("Blob", "/blob", &BLOB_SHAPE, &BLOB_SHAPE);

static TEXT_SHAPE: Schema = Schema::structure("TextPayload")
    .members(&[Member::new("Body", &TEXT)])
    .payload(0);
pub(crate) static TEXT_OPERATION: OperationSchema =
    operation("Text", "/text", &TEXT_SHAPE, &TEXT_SHAPE);

/// The operations that make sense in a protocol: bindings to HTTP only in those which have them.
pub(crate) fn operations() -> Vec<&'static OperationSchema> {
    SERVICE.operations.to_vec()
}
