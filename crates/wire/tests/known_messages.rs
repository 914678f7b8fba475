//! Exact bytes of messages as AWS's services and SDKs write them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, request::Parts};
use schema::{Http, Member, OperationSchema, Protocol, Schema, ServiceSchema, Timestamp, Value};
use wire::WireError;

static TEXT: Schema = Schema::string("String");
static TIME: Schema = Schema::timestamp("Date");
static BLOB: Schema = Schema::blob("Blob");
static NUMBER: Schema = Schema::integer("Number");
static TAG: Schema =
    Schema::structure("Tag").members(&[Member::new("Key", &TEXT), Member::new("Value", &TEXT)]);
static TAGS: Schema = Schema::list("Tags", &TAG);
static CONTEXT: Schema = Schema::map("Context", &TEXT, &TEXT);

static CREATE_USER_INPUT: Schema = Schema::structure("CreateUserRequest").members(&[
    Member::new("UserName", &TEXT),
    Member::new("Path", &TEXT),
    Member::new("Tags", &TAGS),
]);
static USER: Schema = Schema::structure("User").members(&[
    Member::new("UserName", &TEXT),
    Member::new("CreateDate", &TIME),
    Member::new("Tags", &TAGS),
]);
static CREATE_USER_OUTPUT: Schema =
    Schema::structure("CreateUserResponse").members(&[Member::new("User", &USER)]);
static EMPTY: Schema = Schema::structure("Empty");

static IAM: ServiceSchema = ServiceSchema {
    id: "iam",
    endpoint_prefix: "iam",
    signing_name: "iam",
    api_version: "2010-05-08",
    target_prefix: "",
    rpc_name: "",
    protocols: &[Protocol::AwsQuery],
    xml_namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    global: true,
    operations: &[&CREATE_USER, &DELETE_USER],
    unserved: &[],
};

const fn operation(
    service: &'static ServiceSchema,
    name: &'static str,
    input: &'static Schema,
    output: &'static Schema,
) -> OperationSchema {
    OperationSchema {
        name,
        service,
        http: Http {
            method: "POST",
            uri: "/",
            status: 200,
        },
        input,
        output,
        result_wrapper: None,
        errors: &[],
        unsigned: false,
    }
}

static CREATE_USER: OperationSchema = OperationSchema {
    result_wrapper: Some("CreateUserResult"),
    ..operation(&IAM, "CreateUser", &CREATE_USER_INPUT, &CREATE_USER_OUTPUT)
};
static DELETE_USER: OperationSchema = operation(&IAM, "DeleteUser", &EMPTY, &EMPTY);

static ENCRYPT_INPUT: Schema = Schema::structure("EncryptRequest").members(&[
    Member::new("KeyId", &TEXT),
    Member::new("Plaintext", &BLOB),
    Member::new("EncryptionContext", &CONTEXT),
    Member::new("Count", &NUMBER),
    Member::new("At", &TIME),
]);
static NOT_FOUND: Schema = Schema::structure("NotFoundException")
    .members(&[Member::new("message", &TEXT)])
    .error("NotFoundException", 400, true);
static KMS: ServiceSchema = ServiceSchema {
    id: "kms",
    endpoint_prefix: "kms",
    signing_name: "kms",
    api_version: "2014-11-01",
    target_prefix: "TrentService",
    rpc_name: "TrentService",
    protocols: &[Protocol::AwsJson11, Protocol::RpcV2Cbor],
    xml_namespace: "",
    global: false,
    operations: &[&ENCRYPT],
    unserved: &[],
};
static ENCRYPT: OperationSchema = OperationSchema {
    errors: &[&NOT_FOUND],
    ..operation(&KMS, "Encrypt", &ENCRYPT_INPUT, &ENCRYPT_INPUT)
};

fn text(value: &str) -> Option<Value> {
    Some(Value::String(value.to_owned()))
}

fn tags() -> Option<Value> {
    Some(Value::List(vec![Some(Value::Structure(vec![
        text("team"),
        text("a b"),
    ]))]))
}

fn noon() -> Option<Value> {
    Some(Value::Timestamp(
        Timestamp::from_second(1_795_521_600).unwrap(),
    ))
}

fn post(content_type: &str) -> Parts {
    Request::post("/")
        .header("content-type", content_type)
        .body(())
        .unwrap()
        .into_parts()
        .0
}

fn decode(
    op: &'static OperationSchema,
    protocol: Protocol,
    body: &str,
) -> Result<Value, wire::DecodeError> {
    let parts = post("application/x-www-form-urlencoded; charset=utf-8");
    wire::decode_request(
        protocol,
        op,
        &parts,
        &Bytes::copy_from_slice(body.as_bytes()),
    )
}

fn error(code: &'static str, message: Option<&str>) -> WireError {
    WireError {
        code: code.into(),
        status: 400,
        message: message.map(str::to_owned),
        sender_fault: true,
        shape: None,
        fields: None,
    }
}

#[test]
fn query_requests_as_botocore_writes_them() {
    let body = "Action=CreateUser&Version=2010-05-08&UserName=Bob&Tags.member.1.Key=team&Tags.member.1.Value=a+b";
    let expected = Value::Structure(vec![text("Bob"), None, tags()]);
    assert_eq!(decode(&CREATE_USER, Protocol::AwsQuery, body), Ok(expected));
    let empty = Value::Structure(vec![None, text(""), Some(Value::List(Vec::new()))]);
    assert_eq!(
        decode(
            &CREATE_USER,
            Protocol::AwsQuery,
            "Action=CreateUser&Path=&Tags=&Unknown.1=x"
        ),
        Ok(empty)
    );
}

#[test]
fn query_lists_keep_the_order_of_their_indexes() {
    let body = "Action=CreateUser&Tags.member.10.Key=c&Tags.member.9.Key=b&Tags.member.999999999.Key=d&Tags.member.1.Key=a";
    let Ok(Value::Structure(fields)) = decode(&CREATE_USER, Protocol::AwsQuery, body) else {
        panic!()
    };
    let key = |name| Some(Value::Structure(vec![text(name), None]));
    assert_eq!(
        fields[2],
        Some(Value::List(vec![key("a"), key("b"), key("c"), key("d")]))
    );
}

#[test]
fn query_takes_the_first_of_a_repeated_parameter() {
    let Ok(Value::Structure(fields)) = decode(
        &CREATE_USER,
        Protocol::AwsQuery,
        "Action=CreateUser&UserName=a&UserName=b",
    ) else {
        panic!()
    };
    assert_eq!(fields[0], text("a"));
}

#[test]
fn query_parameters_come_from_where_the_action_stands() {
    let mut parts = post("application/x-www-form-urlencoded");
    parts.uri = "/?Action=DeleteUser&UserName=victim".parse().unwrap();
    let body = Bytes::from_static(b"Action=CreateUser&Path=/");
    let read = wire::decode_request(Protocol::AwsQuery, &CREATE_USER, &parts, &body).unwrap();
    assert_eq!(read, Value::Structure(vec![None, text("/"), None]));
}

#[test]
fn query_errors_in_the_message() {
    for body in [
        "Action=CreateUser&UserName.x=1",
        "Action=CreateUser&Tags.member.x.Key=1",
        "Action=CreateUser&Tags.member.+1.Key=1",
        "Action=CreateUser&Tags.member.1=text",
        "Action=CreateUser&UserName=%zz",
        "Action=CreateUser&UserName=%ff",
    ] {
        let error = decode(&CREATE_USER, Protocol::AwsQuery, body).unwrap_err();
        assert_eq!(
            (error.code(), error.status()),
            ("MalformedInput", 400),
            "{body}"
        );
    }
}

#[test]
fn query_responses_as_iam_writes_them() {
    let output = Value::Structure(vec![Some(Value::Structure(vec![
        text("Bob"),
        noon(),
        tags(),
    ]))]);
    let response = wire::encode_response(
        Protocol::AwsQuery,
        &CREATE_USER,
        &output,
        "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE",
    );
    assert_eq!(response.headers()["content-type"], "text/xml");
    assert_eq!(
        response.headers()["x-amzn-requestid"],
        "7a62c49f-347e-4fc4-9331-6e8eEXAMPLE"
    );
    assert_eq!(
        response.body(),
        r#"<CreateUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <CreateUserResult>
    <User>
      <UserName>Bob</UserName>
      <CreateDate>2026-11-24T12:00:00Z</CreateDate>
      <Tags>
        <member>
          <Key>team</Key>
          <Value>a b</Value>
        </member>
      </Tags>
    </User>
  </CreateUserResult>
  <ResponseMetadata>
    <RequestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestId>
  </ResponseMetadata>
</CreateUserResponse>
"#
    );
    let empty = wire::encode_response(
        Protocol::AwsQuery,
        &DELETE_USER,
        &Value::Structure(Vec::new()),
        "1",
    );
    assert_eq!(
        empty.body(),
        "<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n  <ResponseMetadata>\n    <RequestId>1</RequestId>\n  </ResponseMetadata>\n</DeleteUserResponse>\n"
    );
}

#[test]
fn query_errors_as_sts_writes_them() {
    let error = error("ValidationError", Some("Value '<a>' at 'x'"));
    let response = wire::encode_error(Protocol::AwsQuery, &IAM, &error, "id");
    assert_eq!(response.status(), 400);
    assert_eq!(
        response.body(),
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>ValidationError</Code>\n    <Message>Value '&lt;a&gt;' at 'x'</Message>\n  </Error>\n  <RequestId>id</RequestId>\n</ErrorResponse>\n"
    );
}

#[test]
fn json_messages() {
    let body = r#"{"KeyId":"alias/a","Plaintext":"aGk=","EncryptionContext":{"a":"b"},"Count":1,"At":1795521600}"#;
    let context = Value::Map(vec![("a".to_owned(), text("b"))]);
    let value = Value::Structure(vec![
        text("alias/a"),
        Some(Value::Blob(Bytes::from_static(b"hi"))),
        Some(context),
        Some(Value::Integer(1)),
        noon(),
    ]);
    let response = wire::encode_response(Protocol::AwsJson11, &ENCRYPT, &value, "id");
    assert_eq!(response.body(), body);
    assert_eq!(
        response.headers()["content-type"],
        "application/x-amz-json-1.1"
    );
    assert_eq!(decode(&ENCRYPT, Protocol::AwsJson11, body), Ok(value));
    let nothing = Value::Structure(vec![None; 5]);
    for body in ["", "{}", "null", r#"{"KeyId":null,"Unknown":[{"a":[1]}]}"#] {
        assert_eq!(
            decode(&ENCRYPT, Protocol::AwsJson11, body),
            Ok(nothing.clone()),
            "{body}"
        );
    }
}

#[test]
fn json_errors_in_awss_words() {
    let message = |body: &str| {
        let error = decode(&ENCRYPT, Protocol::AwsJson11, body).unwrap_err();
        assert_eq!(error.code(), "SerializationException");
        error.message().map(|text| text.into_owned())
    };
    assert_eq!(message("{"), None);
    assert_eq!(
        message(r#"{"KeyId":1}"#).unwrap(),
        "NUMBER_VALUE cannot be converted to String"
    );
    assert_eq!(
        message(r#"{"KeyId":true}"#).unwrap(),
        "TRUE_VALUE cannot be converted to String"
    );
    assert_eq!(
        message(r#"{"Count":"1"}"#).unwrap(),
        "STRING_VALUE cannot be converted to Integer"
    );
    assert_eq!(
        message(r#"{"Count":1.5}"#).unwrap(),
        "DECIMAL_VALUE cannot be converted to Integer"
    );
    assert_eq!(
        message(r#"{"KeyId":[]}"#).unwrap(),
        "Start of list found where not expected"
    );
    assert_eq!(
        message(r#"{"KeyId":{}}"#).unwrap(),
        "Start of structure or map found where not expected."
    );
    assert!(message(r#"{"Plaintext":"a*"}"#).is_some());
    assert!(message(r#"{"Count":2147483648}"#).is_some());
}

#[test]
fn a_repeated_map_key_has_one_value() {
    let body = r#"{"EncryptionContext":{"a":"1","b":"2","a":"3"}}"#;
    let Ok(Value::Structure(fields)) = decode(&ENCRYPT, Protocol::AwsJson11, body) else {
        panic!()
    };
    let entry = |key: &str, value| (key.to_owned(), text(value));
    assert_eq!(
        fields[2],
        Some(Value::Map(vec![entry("a", "3"), entry("b", "2")]))
    );
}

#[test]
fn json_error_answers() {
    let plain = wire::encode_error(
        Protocol::AwsJson11,
        &KMS,
        &error("UnknownOperationException", None),
        "id",
    );
    assert_eq!(plain.body(), r#"{"__type":"UnknownOperationException"}"#);
    let modelled = WireError {
        shape: Some(&NOT_FOUND),
        ..error("NotFoundException", Some("Key 'x' does not exist"))
    };
    let answer = wire::encode_error(Protocol::AwsJson11, &KMS, &modelled, "id");
    assert_eq!(
        answer.body(),
        r#"{"__type":"NotFoundException","message":"Key 'x' does not exist"}"#
    );
    let rest = wire::encode_error(Protocol::RestJson1, &KMS, &modelled, "id");
    assert_eq!(rest.body(), r#"{"message":"Key 'x' does not exist"}"#);
    assert_eq!(rest.headers()["x-amzn-errortype"], "NotFoundException");
}

#[test]
fn clients_read_the_code_without_its_namespace() {
    let body =
        Bytes::from_static(br#"{"__type":"com.amazonaws.kms#NotFoundException","message":"x"}"#);
    let read = wire::decode_response(
        Protocol::AwsJson11,
        &ENCRYPT,
        StatusCode::BAD_REQUEST,
        &HeaderMap::new(),
        &body,
    );
    let error = read.unwrap_err();
    assert_eq!(error.code, "NotFoundException");
    assert_eq!(error.fields, Some(Value::Structure(vec![text("x")])));
}

#[test]
fn s3_error_answers() {
    let answer = wire::encode_error(
        Protocol::RestXml,
        &KMS,
        &error("NoSuchBucket", Some("gone")),
        "id",
    );
    assert_eq!(
        answer.body(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchBucket</Code><Message>gone</Message><RequestId>id</RequestId></Error>"
    );
    assert_eq!(answer.headers()["x-amz-request-id"], "id");
}

#[test]
fn cbor_messages() {
    let value = Value::Structure(vec![
        text("k"),
        None,
        None,
        Some(Value::Integer(-1)),
        noon(),
    ]);
    let request = wire::encode_request(Protocol::RpcV2Cbor, &ENCRYPT, &value, "kms.amazonaws.com");
    assert_eq!(request.uri(), "/service/TrentService/operation/Encrypt");
    assert_eq!(request.headers()["smithy-protocol"], "rpc-v2-cbor");
    let mut expected = vec![0xa3, 0x65];
    expected.extend_from_slice(b"KeyId\x61k\x65Count\x20\x62At\xc1\xfb");
    expected.extend_from_slice(&1_795_521_600f64.to_be_bytes());
    assert_eq!(request.body(), &expected);
    // Indefinite lengths and an integer under the tag, as other writers have them.
    let other = b"\xbf\x65KeyId\x7f\x61k\xff\x65Count\x20\x62At\xc1\x1a\x6b\x05\x22\xc0\xff";
    let read = wire::decode_request(
        Protocol::RpcV2Cbor,
        &ENCRYPT,
        &post("application/cbor"),
        &Bytes::from_static(other),
    );
    let Ok(Value::Structure(fields)) = read else {
        panic!("{read:?}")
    };
    assert_eq!(
        (&fields[0], &fields[3]),
        (&text("k"), &Some(Value::Integer(-1)))
    );
    let answer = wire::encode_error(Protocol::RpcV2Cbor, &KMS, &error("X", None), "id");
    assert_eq!(answer.body(), &b"\xa1\x66__type\x61X"[..]);
    assert_eq!(answer.headers()["smithy-protocol"], "rpc-v2-cbor");
}
