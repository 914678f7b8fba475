//! AWS's wording of violations, as seen in answers of IAM, STS, KMS and SSM.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use schema::{
    Constraints, Kind, List, Location, Map, Member, Schema, Structure, Value, validate,
    validation_message,
};

const fn shape(name: &'static str, kind: Kind, constraints: Constraints) -> Schema {
    Schema {
        name,
        kind,
        constraints,
        sensitive: false,
    }
}

const fn member(name: &'static str, schema: &'static Schema, required: bool) -> Member {
    Member {
        name,
        wire_name: name,
        location: Location::Body,
        required,
        schema,
        timestamp_format: None,
        flattened: false,
        xml_attribute: false,
        xml_namespace: None,
        idempotency_token: false,
    }
}

const fn structure(members: &'static [Member]) -> Kind {
    Kind::Structure(Structure {
        members,
        payload: None,
        error: None,
        union: false,
    })
}

const fn limits(min: i64, max: i64, pattern: Option<&'static str>) -> Constraints {
    Constraints {
        min: Some(min),
        max: Some(max),
        pattern,
        values: &[],
    }
}

static NAME: Schema = shape(
    "userNameType",
    Kind::String,
    limits(2, 64, Some(r"[\w+=,.@-]*")),
);
static AGE: Schema = shape("ageType", Kind::Integer, limits(900, 43200, None));
static RATE: Schema = shape("rateType", Kind::Double, limits(0, 1, None));
static STATUS: Schema = shape(
    "statusType",
    Kind::String,
    Constraints {
        min: None,
        max: None,
        pattern: None,
        values: &["Active", "Inactive"],
    },
);
static SECRET: Schema = Schema {
    name: "passwordType",
    kind: Kind::String,
    constraints: limits(1, 4, None),
    sensitive: true,
};
static BLOB: Schema = shape("CiphertextType", Kind::Blob, limits(1, 6144, None));
static TAG_KEY: Schema = shape("tagKeyType", Kind::String, limits(1, 5, Some("[a-z]+")));
static TAG: Schema = shape(
    "Tag",
    structure(&[
        member("Key", &TAG_KEY, true),
        member("Value", &TAG_KEY, true),
    ]),
    Constraints::NONE,
);
static TAGS: Schema = shape(
    "tagListType",
    Kind::List(List {
        member: &TAG,
        wire_name: "member",
        flattened: false,
    }),
    limits(0, 2, None),
);
static TAG_KEYS: Schema = shape(
    "tagKeyListType",
    Kind::List(List {
        member: &TAG_KEY,
        wire_name: "member",
        flattened: false,
    }),
    limits(0, 50, None),
);
static CONTEXT: Schema = shape(
    "context",
    Kind::Map(Map {
        key: &TAG_KEY,
        value: &TAG_KEY,
        key_wire_name: "key",
        value_wire_name: "value",
        flattened: false,
    }),
    Constraints::NONE,
);
static BY_NAME: Schema = shape(
    "byName",
    Kind::Map(Map {
        key: &TAG_KEY,
        value: &TAG,
        key_wire_name: "key",
        value_wire_name: "value",
        flattened: false,
    }),
    Constraints::NONE,
);
static CHOICE: Schema = shape(
    "Choice",
    Kind::Structure(Structure {
        members: &[member("A", &NAME, false), member("B", &NAME, false)],
        payload: None,
        error: None,
        union: true,
    }),
    Constraints::NONE,
);

static INPUT: Schema = shape(
    "Input",
    structure(&[
        member("UserName", &NAME, true),
        member("Age", &AGE, false),
        member("Status", &STATUS, false),
        member("Password", &SECRET, false),
        member("Blob", &BLOB, false),
        member("Tags", &TAGS, false),
        member("TagKeys", &TAG_KEYS, false),
        member("Context", &CONTEXT, false),
        member("ByName", &BY_NAME, false),
        member("Choice", &CHOICE, false),
        member("Rate", &RATE, false),
    ]),
    Constraints::NONE,
);

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn list(items: Vec<Value>) -> Value {
    Value::List(items.into_iter().map(Some).collect())
}

fn tag(key: Option<&str>, value: Option<&str>) -> Value {
    Value::Structure(vec![key.map(text), value.map(text)])
}

/// The message for an input with a good name and the given members.
fn message(set: Vec<(usize, Value)>) -> String {
    let mut fields = vec![None; INPUT_MEMBERS];
    fields[0] = Some(text("Bob"));
    for (index, value) in set {
        fields[index] = Some(value);
    }
    let violations = validate(&INPUT, &Value::Structure(fields));
    if violations.is_empty() {
        String::new()
    } else {
        validation_message(&violations)
    }
}

const INPUT_MEMBERS: usize = 11;

#[test]
fn a_missing_member_is_null() {
    let found = validate(&INPUT, &Value::Structure(vec![None; INPUT_MEMBERS]));
    assert_eq!(
        validation_message(&found),
        "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null"
    );
    // Also where the value has fewer places than the schema has members.
    assert_eq!(validate(&INPUT, &Value::Structure(Vec::new())), found);
}

#[test]
fn the_pattern_comes_before_the_length() {
    assert_eq!(
        message(vec![(0, text("!"))]),
        r"2 validation errors detected: Value '!' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*; Value '!' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 2"
    );
    let long = "a".repeat(65);
    assert_eq!(
        message(vec![(0, text(&long))]),
        format!(
            "1 validation error detected: Value '{long}' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"
        )
    );
}

#[test]
fn lengths_count_code_points() {
    assert!(message(vec![(0, text("\u{1f600}"))]).contains("length greater than or equal to 2"));
}

#[test]
fn ranges_and_enumerations() {
    assert_eq!(
        message(vec![(1, Value::Integer(899)), (2, text("Off"))]),
        "2 validation errors detected: Value '899' at 'age' failed to satisfy constraint: Member must have value greater than or equal to 900; Value 'Off' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]"
    );
    assert!(message(vec![(10, Value::Double(1.5))]).contains("Value '1.5' at 'rate'"));
    assert_ne!(message(vec![(10, Value::Double(f64::NAN))]), "");
    assert_eq!(
        message(vec![
            (1, Value::Integer(900)),
            (2, text("Active")),
            (10, Value::Double(1.0))
        ]),
        ""
    );
    assert_ne!(message(vec![(1, Value::Integer(i64::MAX))]), "");
}

#[test]
fn sensitive_values_are_not_repeated() {
    assert_eq!(
        message(vec![(3, text("hunter2"))]),
        "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 4"
    );
}

#[test]
fn blobs_print_as_java_prints_them() {
    assert_eq!(
        message(vec![(4, Value::Blob(schema::Blob::new()))]),
        "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'blob' failed to satisfy constraint: Member must have length greater than or equal to 1"
    );
}

#[test]
fn structures_in_lists_have_numbered_paths() {
    let tags = list(vec![
        tag(Some("a"), Some("b")),
        tag(Some("A"), None),
        tag(Some("c"), Some("d")),
    ]);
    assert_eq!(
        message(vec![(5, tags)]),
        "3 validation errors detected: Value '[Tag(key=a, value=b), Tag(key=A, value=null), Tag(key=c, value=d)]' at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2; Value 'A' at 'tags.2.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+; Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn elements_keys_and_values_list_all_their_constraints() {
    let all = "[Member must have length less than or equal to 5, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+]";
    assert_eq!(
        message(vec![(6, list(vec![text("abc"), text("toolong")]))]),
        format!(
            "1 validation error detected: Value '[abc, toolong]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: {all}"
        )
    );
    let map = |key: &str, value: &str| Value::Map(vec![(key.to_owned(), Some(text(value)))]);
    assert_eq!(
        message(vec![(7, map("A", "a"))]),
        format!(
            "1 validation error detected: Value '{{A=a}}' at 'context' failed to satisfy constraint: Map keys must satisfy constraint: {all}"
        )
    );
    assert_eq!(
        message(vec![(7, map("a", "A"))]),
        format!(
            "1 validation error detected: Value '{{a=A}}' at 'context' failed to satisfy constraint: Map value must satisfy constraint: {all}"
        )
    );
}

#[test]
fn structures_in_maps_have_their_key_in_the_path() {
    let map = Value::Map(vec![("abc".to_owned(), Some(tag(Some("a"), None)))]);
    assert!(message(vec![(8, map)]).contains("Value null at 'byName.abc.member.value'"));
}

#[test]
fn nulls_in_lists_and_maps_are_refused() {
    assert!(message(vec![(6, Value::List(vec![None]))]).contains("Value '[null]' at 'tagKeys'"));
    assert!(
        message(vec![(7, Value::Map(vec![("a".to_owned(), None)]))])
            .ends_with("Member must not be null]")
    );
}

#[test]
fn unions_have_exactly_one_member() {
    assert_ne!(message(vec![(9, Value::Structure(vec![None, None]))]), "");
    assert_ne!(
        message(vec![(
            9,
            Value::Structure(vec![Some(text("ab")), Some(text("ab"))])
        )]),
        ""
    );
    assert_eq!(
        message(vec![(9, Value::Structure(vec![Some(text("ab")), None]))]),
        ""
    );
}

#[test]
fn a_value_of_another_form_is_refused() {
    assert_ne!(message(vec![(0, Value::Integer(1))]), "");
    assert_ne!(message(vec![(5, text("x"))]), "");
}
