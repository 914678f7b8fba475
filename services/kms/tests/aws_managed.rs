//! A service protects a caller's data with the AWS managed key that its alias names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

#[allow(dead_code)]
#[path = "lifecycle/house.rs"]
mod house;

use house::{AWAY, HOME, House, code};
use kernel::{Call, Check, Failure, Operation, Plan};
use schema::{
    Fields, FromValue, Http, IntoValue, Member, Mismatch, OperationSchema, OperationShape,
    Protocol, Schema, ServiceSchema, Value,
};
use service_kms::api::operations::{DescribeKey, GenerateDataKey, ListAliases};
use service_kms::api::types::{
    DataKeySpec, DescribeKeyInput, GenerateDataKeyInput, ListAliasesInput,
};

static TEXT: Schema = Schema::string("text");
static SHAPE: Schema =
    Schema::structure("Protected").members(&[Member::new("KeyId", &TEXT).required()]);

static SERVICE: ServiceSchema = ServiceSchema {
    id: "secretsmanager",
    endpoint_prefix: "secretsmanager",
    signing_name: "secretsmanager",
    api_version: "2026-01-01",
    target_prefix: "secretsmanager",
    rpc_name: "",
    protocols: &[Protocol::AwsJson11],
    xml_namespace: "",
    global: false,
    operations: &[&PROTECT],
    unserved: &[],
};

static PROTECT: OperationSchema = OperationSchema {
    name: "Protect",
    service: &SERVICE,
    http: Http {
        method: "POST",
        uri: "/",
        status: 200,
    },
    input: &SHAPE,
    output: &SHAPE,
    result_wrapper: None,
    errors: &[],
    unsigned: false,
};

/// Makes a data key for its caller and opens it again. Gives the key's ARN.
struct Protect;

struct Key(String);

impl FromValue for Key {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        Ok(Self(Fields::open(value)?.required(0)?))
    }
}

impl IntoValue for Key {
    fn into_value(self) -> Value {
        Value::Structure(vec![Some(Value::String(self.0))])
    }
}

impl OperationShape for Protect {
    type Input = Key;
    type Output = Key;
    const SCHEMA: &'static OperationSchema = &PROTECT;
}

impl Operation for Protect {
    type Error = Failure;

    fn plan(_: &mut Call, _: &Key) -> Result<Plan, Failure> {
        Ok(Plan::new(Check::new("secretsmanager:CreateSecret", "*")))
    }

    async fn handle(call: &mut Call, input: Key) -> Result<Key, Failure> {
        let parameters = vec![
            ("KeyId", Value::String(input.0)),
            ("KeySpec", Value::String("AES_256".to_owned())),
        ];
        let mut made = call.invoke("kms", "GenerateDataKey", parameters).await?;
        let (plain, sealed) = (made.take("Plaintext"), made.take("CiphertextBlob").unwrap());
        let mut opened = call
            .invoke("kms", "Decrypt", vec![("CiphertextBlob", sealed)])
            .await?;
        assert_eq!(opened.take("Plaintext"), plain);
        match opened.take("KeyId") {
            Some(Value::String(key)) => Ok(Key(key)),
            _ => panic!("no key"),
        }
    }
}

async fn target(house: &House, region: &str, alias: &str) -> Option<String> {
    let listed = house
        .call(ListAliases, region, ListAliasesInput::default())
        .await;
    let aliases = listed.unwrap().aliases.unwrap();
    let found = aliases
        .into_iter()
        .find(|entry| entry.alias_name.as_deref() == Some(alias));
    found.unwrap().target_key_id
}

#[tokio::test]
async fn the_first_use_by_its_service_makes_the_key() {
    let house = House::with(|registry| {
        registry.service(&SERVICE).serve::<Protect>();
    });
    let alias = "alias/aws/secretsmanager";
    let protect = |region| house.call(Protect, region, Key(alias.to_owned()));
    // Nobody uses it without the service, and trying makes nothing.
    let directly = GenerateDataKeyInput {
        key_id: alias.to_owned(),
        key_spec: Some(DataKeySpec::Aes256),
        ..GenerateDataKeyInput::default()
    };
    let denied = house.call(GenerateDataKey, HOME, directly).await;
    assert_eq!(code(denied), "AccessDeniedException");
    assert_eq!(target(&house, HOME, alias).await, None);

    let key = protect(HOME).await.unwrap().0;
    assert_eq!(protect(HOME).await.unwrap().0, key);
    let id = target(&house, HOME, alias).await.unwrap();
    assert!(key.ends_with(&format!("key/{id}")), "{key}");
    let input = DescribeKeyInput {
        key_id: alias.to_owned(),
        grant_tokens: None,
    };
    let described = house.call(DescribeKey, HOME, input).await.unwrap();
    assert_eq!(described.key_metadata.unwrap().key_id, id);

    // Not by another service, and in each region another one.
    let other = house
        .call(Protect, HOME, Key("alias/aws/ssm".to_owned()))
        .await;
    assert_eq!(code(other), "AccessDeniedException");
    assert_ne!(protect(AWAY).await.unwrap().0, key);
}

#[tokio::test]
async fn it_rotates_each_year() {
    let house = House::with(|registry| {
        registry.service(&SERVICE).serve::<Protect>();
    });
    let protect = || house.call(Protect, HOME, Key("alias/aws/secretsmanager".to_owned()));
    let key = protect().await.unwrap().0;
    let material = async || {
        let input = DescribeKeyInput {
            key_id: key.clone(),
            grant_tokens: None,
        };
        let described = house.call(DescribeKey, HOME, input).await.unwrap();
        described
            .key_metadata
            .unwrap()
            .current_key_material_id
            .unwrap()
    };
    let first = material().await;
    house.live(364);
    assert_eq!(material().await, first);
    house.live(2);
    assert_ne!(material().await, first);
    assert_eq!(protect().await.unwrap().0, key);
}
