//! What a record shows of a call's input and output.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use audit::{HIDDEN, Json, redact};
use schema::{Member, Schema, Value};
use serde_json::json;

static TEXT: Schema = Schema::string("stringType");
static NUMBER: Schema = Schema::integer("integerType");
static LONG: Schema = Schema::long("longType");
static DOUBLE: Schema = Schema::double("doubleType");
static FLAG: Schema = Schema::boolean("booleanType");
static TIME: Schema = Schema::timestamp("dateType");
static BLOB: Schema = Schema::blob("blobType");
static BLOBS: Schema = Schema::list("blobsType", &BLOB);
static BLOB_MAP: Schema = Schema::map("blobMapType", &TEXT, &BLOB);
static DOCUMENT: Schema = Schema::document("documentType");
static SECRET: Schema = Schema::string("passwordType").sensitive();
static SECRET_BLOB: Schema = Schema::blob("PlaintextType").sensitive();
static SECRETS: Schema = Schema::list("secretsType", &SECRET);
static SECRET_VALUES: Schema = Schema::map("secretValuesType", &TEXT, &SECRET);
static SECRET_KEYS: Schema = Schema::map("secretKeysType", &SECRET, &TEXT);
static CONTEXT: Schema = Schema::map("EncryptionContextType", &TEXT, &TEXT);
static NAMES: Schema = Schema::list("namesType", &TEXT);

macro_rules! structure {
    ($($member:literal: $schema:ident),*) => {{
        static MEMBERS: &[Member] = &[$(Member::new($member, &$schema)),*];
        static SCHEMA: Schema = Schema::structure("Shape").members(MEMBERS);
        &SCHEMA
    }};
}

fn text(text: &str) -> Option<Value> {
    Some(Value::String(text.to_owned()))
}

fn blob() -> Option<Value> {
    Some(Value::Blob(b"secret".as_slice().into()))
}

fn both(schema: &'static Schema, fields: Vec<Option<Value>>) -> serde_json::Value {
    let value = Value::Structure(fields);
    let tree = redact(schema, &value);
    let text = Json::redacted(schema, &value);
    let parsed = text.map_or(json!(null), |text| {
        serde_json::from_str(text.as_str()).unwrap()
    });
    assert_eq!(tree, parsed, "the two forms agree");
    tree
}

#[test]
fn names_start_small_and_absent_members_are_left_out() {
    let schema = structure!(
        "RoleArn": TEXT, "SAMLProviderArn": TEXT, "keyId": TEXT, "MaxSessionDuration": NUMBER,
        "Absent": TEXT, "Names": NAMES, "Size": LONG, "Rate": DOUBLE, "Dry": FLAG,
        "PolicyDocument": TEXT
    );
    let names = Value::List(vec![text("a"), None]);
    let fields = vec![
        text("arn:aws:iam::111122223333:role/r"),
        text("p"),
        text("k"),
        Some(Value::Integer(3600)),
        None,
        Some(names),
        Some(Value::Integer(1 << 40)),
        Some(Value::Double(0.5)),
        Some(Value::Boolean(true)),
        text("{\"Version\":\"2012-10-17\"}"),
    ];
    assert_eq!(
        both(schema, fields),
        json!({
            "roleArn": "arn:aws:iam::111122223333:role/r", "sAMLProviderArn": "p", "keyId": "k",
            "maxSessionDuration": 3600, "names": ["a", null], "size": 1_099_511_627_776_i64,
            "rate": 0.5, "dry": true, "policyDocument": "{\"Version\":\"2012-10-17\"}"
        })
    );
}

#[test]
fn members_keep_the_models_order() {
    let schema = structure!("UserName": TEXT, "Path": TEXT);
    let value = Value::Structure(vec![text("alice"), text("/")]);
    let json = Json::redacted(schema, &value).unwrap();
    assert_eq!(json.as_str(), r#"{"userName":"alice","path":"/"}"#);
}

#[test]
fn what_the_model_marks_sensitive_is_hidden_wherever_it_stands() {
    let schema = structure!(
        "Plain": SECRET, "Several": SECRETS, "Values": SECRET_VALUES, "Keys": SECRET_KEYS,
        "Bytes": SECRET_BLOB
    );
    let map = || Some(Value::Map(vec![("key".to_owned(), text("s3cret"))]));
    let fields = vec![
        text("s3cret"),
        Some(Value::List(vec![text("s3cret"), text("s3cret")])),
        map(),
        map(),
        blob(),
    ];
    assert_eq!(
        both(schema, fields),
        json!({
            "plain": HIDDEN, "several": [HIDDEN, HIDDEN], "values": {"key": HIDDEN},
            "keys": HIDDEN, "bytes": HIDDEN
        })
    );
}

#[test]
fn credentials_are_hidden_although_no_model_marks_them() {
    static CREDENTIALS: &[Member] = &[
        Member::new("AccessKeyId", &TEXT),
        Member::new("SecretAccessKey", &TEXT),
        Member::new("SessionToken", &TEXT),
        Member::new("Expiration", &TIME),
    ];
    static CREDENTIALS_TYPE: Schema = Schema::structure("Credentials").members(CREDENTIALS);
    let schema = structure!("Credentials": CREDENTIALS_TYPE, "TokenCode": TEXT, "Password": TEXT);
    let credentials = Value::Structure(vec![
        text("ASIAEXAMPLE"),
        text("s3cret"),
        text("s3cret"),
        Some(Value::Timestamp("2026-11-24T12:00:00Z".parse().unwrap())),
    ]);
    assert_eq!(
        both(
            schema,
            vec![Some(credentials), text("123456"), text("s3cret")]
        ),
        json!({
            "credentials": {
                "accessKeyId": "ASIAEXAMPLE",
                "secretAccessKey": HIDDEN,
                "sessionToken": HIDDEN,
                "expiration": "Nov 24, 2026, 12:00:00 PM"
            },
            "tokenCode": HIDDEN,
            "password": HIDDEN
        })
    );
}

#[test]
fn map_keys_stay_as_they_are_unless_they_name_a_secret() {
    let schema = structure!("EncryptionContext": CONTEXT, "Extra": DOCUMENT);
    let context = Value::Map(vec![
        ("aws:s3:arn".to_owned(), text("arn")),
        ("Upper".to_owned(), text("x")),
        ("password".to_owned(), text("s3cret")),
        ("none".to_owned(), None),
    ]);
    let document = Value::Document(json!({"list": [{"SecretAccessKey": "s3cret", "Fine": 1}]}));
    assert_eq!(
        both(schema, vec![Some(context), Some(document)]),
        json!({
            "encryptionContext":
                {"aws:s3:arn": "arn", "Upper": "x", "password": HIDDEN, "none": null},
            "extra": {"list": [{"SecretAccessKey": HIDDEN, "Fine": 1}]}
        })
    );
}

#[test]
fn blobs_are_left_out() {
    let schema = structure!("Body": BLOB, "Bodies": BLOBS, "ByName": BLOB_MAP, "Name": TEXT);
    let fields = vec![
        blob(),
        Some(Value::List(vec![blob()])),
        Some(Value::Map(vec![("a".to_owned(), blob())])),
        text("n"),
    ];
    assert_eq!(both(schema, fields), json!({"name": "n"}));
}

#[test]
fn nothing_to_show_is_null() {
    let schema = structure!("Body": BLOB, "Name": TEXT);
    assert_eq!(both(schema, vec![None, None]), json!(null));
    assert_eq!(both(schema, vec![blob(), None]), json!(null));
    assert_eq!(both(schema, vec![]), json!(null));
}

#[test]
fn a_value_that_does_not_follow_its_schema_is_hidden() {
    let schema = structure!("Name": TEXT, "Number": NUMBER);
    let fields = vec![
        Some(Value::Document(json!({"a": "s3cret"}))),
        text("s3cret"),
    ];
    assert_eq!(
        both(schema, fields),
        json!({"name": HIDDEN, "number": HIDDEN})
    );
    assert_eq!(
        redact(schema, &Value::String("s3cret".to_owned())),
        json!(HIDDEN)
    );
}
