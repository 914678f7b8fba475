//! Which operation a request means, and how one is answered that means none.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use bytes::Bytes;
use http::{Method, Request, request::Parts};
use schema::{Http, Member, OperationSchema, Protocol, Schema, ServiceSchema, UnservedOperation};
use wire::{ResolveError, Resolved, Target, resolve};

static TEXT: Schema = Schema::string("String");
static EMPTY: Schema = Schema::structure("Empty");

const fn service(
    id: &'static str,
    protocols: &'static [Protocol],
    operations: &'static [&'static OperationSchema],
) -> ServiceSchema {
    ServiceSchema {
        id,
        endpoint_prefix: id,
        signing_name: id,
        api_version: "",
        target_prefix: "",
        rpc_name: "",
        protocols,
        xml_namespace: "",
        global: false,
        operations,
        unserved: &[],
    }
}

const fn operation(
    service: &'static ServiceSchema,
    name: &'static str,
    method: &'static str,
    uri: &'static str,
    input: &'static Schema,
) -> OperationSchema {
    OperationSchema {
        name,
        service,
        http: Http {
            method,
            uri,
            status: 200,
        },
        input,
        output: &EMPTY,
        result_wrapper: None,
        errors: &[],
        unsigned: false,
    }
}

static IAM: ServiceSchema = ServiceSchema {
    api_version: "2010-05-08",
    xml_namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    unserved: &[UnservedOperation {
        name: "ListUsers",
        method: "POST",
        uri: "/",
    }],
    ..service("iam", &[Protocol::AwsQuery], &[&GET_USER])
};
static STS: ServiceSchema = ServiceSchema {
    api_version: "2011-06-15",
    ..service("sts", &[Protocol::AwsQuery], &[&GET_CALLER])
};
static GET_USER: OperationSchema = operation(&IAM, "GetUser", "POST", "/", &EMPTY);
static GET_CALLER: OperationSchema = operation(&STS, "GetCallerIdentity", "POST", "/", &EMPTY);

static TRAIL: ServiceSchema = ServiceSchema {
    target_prefix: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    ..service("cloudtrail", &[Protocol::AwsJson11], &[&LOOKUP])
};
static LOOKUP: OperationSchema = operation(&TRAIL, "LookupEvents", "POST", "/", &EMPTY);
static SHIELD: ServiceSchema = ServiceSchema {
    target_prefix: "AWSShield_20160616",
    rpc_name: "AWSShield_20160616",
    ..service(
        "shield",
        &[Protocol::RpcV2Cbor, Protocol::AwsJson11],
        &[&LIST_ATTACKS],
    )
};
static LIST_ATTACKS: OperationSchema = operation(&SHIELD, "ListAttacks", "POST", "/", &EMPTY);

static ANALYZER: ServiceSchema = ServiceSchema {
    unserved: &[UnservedOperation {
        name: "DeleteAnalyzer",
        method: "DELETE",
        uri: "/analyzer/{analyzerName}",
    }],
    ..service(
        "access-analyzer",
        &[Protocol::RestJson1],
        &[&GET_ANALYZER, &LIST_RULES, &TAGS],
    )
};
static GET_ANALYZER: OperationSchema = operation(
    &ANALYZER,
    "GetAnalyzer",
    "GET",
    "/analyzer/{analyzerName}",
    &EMPTY,
);
static LIST_RULES: OperationSchema = operation(
    &ANALYZER,
    "ListArchiveRules",
    "GET",
    "/analyzer/{analyzerName}/archive-rule",
    &EMPTY,
);
static TAGS: OperationSchema = operation(
    &ANALYZER,
    "ListTagsForResource",
    "GET",
    "/tags/{resourceArn}",
    &EMPTY,
);

static S3: ServiceSchema = service(
    "s3",
    &[Protocol::RestXml],
    &[
        &LIST_BUCKETS,
        &LIST_OBJECTS,
        &LOCATION,
        &PUT_OBJECT,
        &COPY_OBJECT,
        &UPLOAD_PART,
        &UPLOADS,
        &GET_OBJECT,
        &ABORT,
        &DELETE_OBJECT,
    ],
);
static UPLOAD_INPUT: Schema = Schema::structure("UploadPartRequest").members(&[
    Member::new("PartNumber", &TEXT)
        .query("partNumber")
        .required(),
    Member::new("UploadId", &TEXT).query("uploadId").required(),
]);
static COPY_INPUT: Schema =
    Schema::structure("CopyObjectRequest").members(&[Member::new("CopySource", &TEXT)
        .header("x-amz-copy-source")
        .required()]);
static LIST_BUCKETS: OperationSchema = operation(&S3, "ListBuckets", "GET", "/", &EMPTY);
static LIST_OBJECTS: OperationSchema = operation(&S3, "ListObjects", "GET", "/{Bucket}", &EMPTY);
static LOCATION: OperationSchema = operation(
    &S3,
    "GetBucketLocation",
    "GET",
    "/{Bucket}?location",
    &EMPTY,
);
static UPLOAD_PART: OperationSchema =
    operation(&S3, "UploadPart", "PUT", "/{Bucket}/{Key+}", &UPLOAD_INPUT);
static COPY_OBJECT: OperationSchema =
    operation(&S3, "CopyObject", "PUT", "/{Bucket}/{Key+}", &COPY_INPUT);
static PUT_OBJECT: OperationSchema = operation(
    &S3,
    "PutObject",
    "PUT",
    "/{Bucket}/{Key+}?x-id=PutObject",
    &EMPTY,
);
static UPLOADS: OperationSchema = operation(
    &S3,
    "CreateMultipartUpload",
    "POST",
    "/{Bucket}/{Key+}?uploads",
    &EMPTY,
);
static GET_OBJECT: OperationSchema = operation(
    &S3,
    "GetObject",
    "GET",
    "/{Bucket}/{Key+}?x-id=GetObject",
    &EMPTY,
);

static ABORT_INPUT: Schema = Schema::structure("AbortMultipartUploadRequest")
    .members(&[Member::new("UploadId", &TEXT).query("uploadId").required()]);
static ABORT: OperationSchema = operation(
    &S3,
    "AbortMultipartUpload",
    "DELETE",
    "/{Bucket}/{Key+}",
    &ABORT_INPUT,
);
static DELETE_OBJECT: OperationSchema =
    operation(&S3, "DeleteObject", "DELETE", "/{Bucket}/{Key+}", &EMPTY);

static ALL: &[&ServiceSchema] = &[&IAM, &STS, &TRAIL, &SHIELD, &ANALYZER, &S3];

fn parts(method: Method, target: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn form(body: &'static str, signing_name: Option<&str>) -> Result<Resolved, ResolveError> {
    let parts = parts(
        Method::POST,
        "/",
        &[(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )],
    );
    resolve(
        ALL,
        &parts,
        &Bytes::from_static(body.as_bytes()),
        signing_name,
    )
}

fn target(prefix_and_name: &str, signing_name: Option<&str>) -> Result<Resolved, ResolveError> {
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", prefix_and_name),
    ];
    resolve(
        ALL,
        &parts(Method::POST, "/", &headers),
        &Bytes::new(),
        signing_name,
    )
}

fn rest(
    method: Method,
    uri: &str,
    headers: &[(&str, &str)],
    signing_name: &str,
) -> Result<Resolved, ResolveError> {
    resolve(
        ALL,
        &parts(method, uri, headers),
        &Bytes::new(),
        Some(signing_name),
    )
}

fn name(found: Result<Resolved, ResolveError>) -> &'static str {
    found.unwrap().target.name()
}

#[test]
fn actions_with_their_version() {
    for signing_name in [Some("iam"), None] {
        let found = form("Action=GetUser&Version=2010-05-08", signing_name).unwrap();
        assert_eq!(
            (found.service.id, found.protocol, found.target.name()),
            ("iam", Protocol::AwsQuery, "GetUser")
        );
    }
    assert_eq!(
        name(form("Action=GetCallerIdentity&Version=2011-06-15", None)),
        "GetCallerIdentity"
    );
    let found = form("Action=ListUsers&Version=2010-05-08", Some("iam")).unwrap();
    assert!(matches!(
        found.target,
        Target::Unserved {
            name: "ListUsers",
            ..
        }
    ));
    let presigned = parts(
        Method::GET,
        "/?Action=GetCallerIdentity&Version=2011-06-15",
        &[],
    );
    assert_eq!(
        name(resolve(ALL, &presigned, &Bytes::new(), Some("sts"))),
        "GetCallerIdentity"
    );
}

#[test]
fn unknown_actions() {
    let error = form("Action=Nope&Version=2010-05-08", Some("iam")).unwrap_err();
    assert_eq!((error.code(), error.status()), ("InvalidAction", 400));
    assert_eq!(
        error.message().unwrap(),
        "Could not find operation Nope for version 2010-05-08"
    );
    assert_eq!(error.service().unwrap().id, "iam");
    let answer = error.to_response("id");
    let body = std::str::from_utf8(answer.body()).unwrap();
    assert!(
        body.contains("<Code>InvalidAction</Code>") && body.contains("iam.amazonaws.com"),
        "{body}"
    );
    // Another service's action or version is as unknown as any.
    assert_eq!(
        form("Action=GetUser&Version=2011-06-15", Some("sts"))
            .unwrap_err()
            .code(),
        "InvalidAction"
    );
    assert_eq!(
        form("Action=GetUser&Version=2011-06-15", Some("iam"))
            .unwrap_err()
            .code(),
        "InvalidAction"
    );
    let error = form("Action=GetUser", Some("iam")).unwrap_err();
    assert_eq!(
        error.message().unwrap(),
        "Could not find operation GetUser for version NO_VERSION_SPECIFIED"
    );
    assert_eq!(
        form("Version=2010-05-08", Some("iam")).unwrap_err().code(),
        "MissingAction"
    );
    assert_eq!(
        form("Action=%zz", Some("iam")).unwrap_err().code(),
        "MalformedQueryString"
    );
}

#[test]
fn targets_whose_prefix_has_dots() {
    let found = target(
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
        Some("cloudtrail"),
    )
    .unwrap();
    assert_eq!(
        (found.target.name(), found.protocol),
        ("LookupEvents", Protocol::AwsJson11)
    );
    assert_eq!(
        name(target("AWSShield_20160616.ListAttacks", None)),
        "ListAttacks"
    );
}

#[test]
fn unknown_targets() {
    for bad in [
        "AWSShield_20160616.Nope",
        "Nope.ListAttacks",
        "ListAttacks",
        ".ListAttacks",
        "",
    ] {
        let error = target(bad, Some("shield")).unwrap_err();
        assert_eq!(
            (error.code(), error.status()),
            ("UnknownOperationException", 400),
            "{bad}"
        );
        assert_eq!(
            error.to_response("id").body(),
            r#"{"__type":"UnknownOperationException"}"#
        );
    }
}

#[test]
fn cbor_by_path() {
    let headers = [("smithy-protocol", "rpc-v2-cbor")];
    let found = rest(
        Method::POST,
        "/service/AWSShield_20160616/operation/ListAttacks",
        &headers,
        "shield",
    )
    .unwrap();
    assert_eq!(
        (found.target.name(), found.protocol),
        ("ListAttacks", Protocol::RpcV2Cbor)
    );
    for bad in [
        "/",
        "/service/X/operation/ListAttacks",
        "/service/AWSShield_20160616/operation/Nope",
        "/service//operation/",
    ] {
        let error = rest(Method::POST, bad, &headers, "shield").unwrap_err();
        assert_eq!(
            (error.code(), error.status(), error.protocol()),
            ("UnknownOperationException", 404, Protocol::RpcV2Cbor)
        );
    }
}

#[test]
fn methods_and_paths() {
    let get = |path| name(rest(Method::GET, path, &[], "access-analyzer"));
    assert_eq!(get("/analyzer/a"), "GetAnalyzer");
    assert_eq!(get("/analyzer/a/archive-rule"), "ListArchiveRules");
    assert_eq!(get("/tags/arn%3Aaws%3Ax%2Fy"), "ListTagsForResource");
    let deleted = rest(Method::DELETE, "/analyzer/a", &[], "access-analyzer").unwrap();
    assert!(matches!(deleted.target, Target::Unserved { .. }));
    let error = rest(Method::GET, "/nope", &[], "access-analyzer").unwrap_err();
    assert_eq!(
        (error.code(), error.status()),
        ("UnknownOperationException", 404)
    );
}

#[test]
fn the_same_path_with_other_parameters() {
    let s3 = |method, uri| name(rest(method, uri, &[], "s3"));
    assert_eq!(s3(Method::GET, "/"), "ListBuckets");
    assert_eq!(s3(Method::GET, "/bucket"), "ListObjects");
    assert_eq!(s3(Method::GET, "/bucket/"), "ListObjects");
    assert_eq!(s3(Method::GET, "/bucket?location"), "GetBucketLocation");
    assert_eq!(s3(Method::GET, "/bucket?location="), "GetBucketLocation");
    assert_eq!(s3(Method::GET, "/bucket/a/b?x-id=GetObject"), "GetObject");
    assert_eq!(s3(Method::GET, "/bucket/a/b"), "GetObject");
    assert_eq!(s3(Method::PUT, "/bucket/a"), "PutObject");
    assert_eq!(
        s3(Method::PUT, "/bucket/a?partNumber=1&uploadId=x"),
        "UploadPart"
    );
    assert_eq!(
        s3(Method::POST, "/bucket/a?uploads"),
        "CreateMultipartUpload"
    );
    let copied = rest(
        Method::PUT,
        "/bucket/a",
        &[("x-amz-copy-source", "b/c")],
        "s3",
    );
    assert_eq!(name(copied), "CopyObject");
    assert_eq!(s3(Method::DELETE, "/bucket/a"), "DeleteObject");
    assert_eq!(
        s3(Method::DELETE, "/bucket/a?uploadId=x"),
        "AbortMultipartUpload"
    );
    // A parameter named like one of awsQuery's does not make an S3 request one.
    assert_eq!(
        s3(Method::GET, "/bucket/a?Action=GetUser&Version=2010-05-08"),
        "GetObject"
    );
    assert_eq!(
        rest(Method::POST, "/bucket/a", &[], "s3")
            .unwrap_err()
            .status(),
        404
    );
}

#[test]
fn nothing_at_all() {
    let error = resolve(&[], &parts(Method::GET, "/", &[]), &Bytes::new(), None).unwrap_err();
    assert_eq!(error.status(), 404);
    assert!(error.service().is_none());
    assert!(error.to_response("id").status().is_client_error());
    // A JSON service without a target answers in JSON.
    let error = resolve(
        ALL,
        &parts(Method::POST, "/", &[]),
        &Bytes::new(),
        Some("cloudtrail"),
    )
    .unwrap_err();
    assert_eq!(
        (error.protocol(), error.status()),
        (Protocol::AwsJson11, 400)
    );
}
