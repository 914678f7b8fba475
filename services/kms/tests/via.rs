//! Calls of services for their callers, and of services for themselves, with a service that exists only here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

use arn::{AccountId, Partition};
use bytes::Bytes;
use crypto::{Keyring, RootKey, SecretString, SeededRandom};
use jiff::Timestamp;
use kernel::world::{
    AccessKey, Account, Ceilings, KeyOwner, Principal, PrincipalKind, Projection, ProjectionError,
    Projector, World,
};
use kernel::{
    Call, Check, Enforcement, Failure, Host, Kernel, ManualClock, Operation, Origin, Parameters,
    Plan, Provider, Registry, ServiceCaller, Settings,
};
use policy::{DocumentKind, Policy};
use schema::{
    Fields, FromValue, Http, IntoValue, Member, Mismatch, OperationSchema, OperationShape,
    Protocol, Schema, ServiceSchema, Value,
};
use serde_json::json;
use service_kms::KmsProjection;
use service_kms::api::operations::{
    CreateGrant, CreateKey, DescribeKey, Encrypt, ListGrants, RetireGrant,
};
use service_kms::api::types::{
    CreateGrantInput, CreateKeyInput, DescribeKeyInput, EncryptInput, GrantConstraints,
    GrantOperation, ListGrantsInput, RetireGrantInput,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Change, Commit, MemoryStore, RecordKey, Store, Write};

// ---- a service that asks KMS for its caller

static TEXT: Schema = Schema::string("text");
static INPUT: Schema = Schema::structure("AskRequest").members(&[
    Member::new("Operation", &TEXT).required(),
    Member::new("KeyId", &TEXT).required(),
]);
static OUTPUT: Schema = Schema::structure("AskResponse").members(&[Member::new("KeyId", &TEXT)]);

static VAULT: ServiceSchema = ServiceSchema {
    id: "vault",
    endpoint_prefix: "vault",
    signing_name: "vault",
    api_version: "2026-01-01",
    target_prefix: "",
    rpc_name: "",
    protocols: &[Protocol::AwsQuery],
    xml_namespace: "https://vault.example/",
    global: false,
    operations: &[&ASK],
    unserved: &[],
};

static ASK: OperationSchema = OperationSchema {
    name: "Ask",
    service: &VAULT,
    http: Http {
        method: "POST",
        uri: "/",
        status: 200,
    },
    input: &INPUT,
    output: &OUTPUT,
    result_wrapper: Some("AskResult"),
    errors: &[],
    unsigned: false,
};

struct Ask;

struct Question {
    operation: String,
    key: String,
}

struct Reply {
    key: Option<String>,
}

impl FromValue for Question {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        let mut fields = Fields::open(value)?;
        Ok(Self {
            operation: fields.required(0)?,
            key: fields.required(1)?,
        })
    }
}

impl IntoValue for Question {
    fn into_value(self) -> Value {
        let texts = [self.operation, self.key];
        Value::Structure(
            texts
                .into_iter()
                .map(|text| Some(Value::String(text)))
                .collect(),
        )
    }
}

impl FromValue for Reply {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        Ok(Self {
            key: Fields::open(value)?.optional(0)?,
        })
    }
}

impl IntoValue for Reply {
    fn into_value(self) -> Value {
        Value::Structure(vec![self.key.map(Value::String)])
    }
}

impl OperationShape for Ask {
    type Input = Question;
    type Output = Reply;
    const SCHEMA: &'static OperationSchema = &ASK;
}

impl Operation for Ask {
    type Error = Failure;

    fn plan(_: &mut Call, _: &Question) -> Result<Plan, Failure> {
        Ok(Plan::new(Check::new("vault:Ask", "*")))
    }

    async fn handle(call: &mut Call, input: Question) -> Result<Reply, Failure> {
        let key = ("KeyId", Value::String(input.key.clone()));
        let (service, parameters): (_, Parameters) = match input.operation.as_str() {
            "Ask" => (
                "vault",
                vec![("Operation", Value::String("Ask".to_owned())), key],
            ),
            "Encrypt" => (
                "kms",
                vec![
                    key,
                    ("Plaintext", Value::Blob(Bytes::from_static(b"plain"))),
                ],
            ),
            "CreateGrant" => {
                let describe = Value::String("DescribeKey".to_owned());
                let grantee = format!("arn:aws:iam::{}:root", call.account());
                let more = [
                    ("GranteePrincipal", Value::String(grantee)),
                    ("Operations", Value::List(vec![Some(describe)])),
                ];
                ("kms", [key].into_iter().chain(more).collect())
            }
            "Unknown" => ("kms", vec![("NoSuchMember", Value::Boolean(true))]),
            _ => ("kms", vec![key]),
        };
        let operation = match input.operation.as_str() {
            "Unknown" => "Encrypt",
            "Contended" => "DescribeKey",
            named => named,
        };
        let mut reply = call.invoke(service, operation, parameters).await?;
        if input.operation == "Contended" {
            let Count(before) = call.load("a")?.unwrap_or_default();
            call.save("a", &Count(before + 1))?;
            if let Some(meanwhile) = MEANWHILE.lock().unwrap().take() {
                meanwhile();
            }
        }
        let key = match reply.take("KeyId") {
            Some(Value::String(key)) => Some(key),
            _ => None,
        };
        Ok(Reply { key })
    }
}

/// How often the service answered `Contended`, which writes.
#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Count(usize);

impl kernel::Entity for Count {
    const KIND: &'static str = "count";
}

/// What happens inside the next `Contended`, between its inner call and its commit.
static MEANWHILE: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

// ---- a world with one user, whose record is its policy

const ACCOUNT: &str = "111122223333";
const USER: &str = "arn:aws:iam::111122223333:user/ada";
const USER_KEY: &str = "AKIAUSER";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const NOON: &str = "2026-11-24T12:00:00Z";

struct PolicyProjection;

impl Projection for PolicyProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &["user-policy", "service-control-policy"]
    }

    fn project(&self, change: &Change, world: &mut World) -> Result<(), ProjectionError> {
        let text = change.value.as_deref().unwrap();
        let text = std::str::from_utf8(text).unwrap();
        let account = account();
        if change.key.kind() == "service-control-policy" {
            let kind = DocumentKind::ServiceControl;
            let policy = Policy::parse_and_compile(text, kind, "ceiling").unwrap();
            world.put_account(Account {
                id: account,
                name: "ceiled".into(),
                ceilings: Some(Arc::new(Ceilings {
                    service: vec![vec![Arc::new(policy)]],
                    resource: Vec::new(),
                })),
                record: change.key.clone(),
            });
            return Ok(());
        }
        let inline = Policy::parse_and_compile(text, DocumentKind::Identity, "inline").unwrap();
        world.put_principal(Principal {
            kind: PrincipalKind::User,
            id: "AIDAAAAAAAAAAAAAAAADA".into(),
            arn: USER.into(),
            name: "ada".into(),
            account,
            created: Timestamp::UNIX_EPOCH,
            tags: Vec::new(),
            inline: vec![Arc::new(inline)],
            attached: Vec::new(),
            groups: Vec::new(),
            boundary: None,
            trust: None,
            max_session_duration: 0,
            record: Some(change.key.clone()),
        });
        world.put_access_key(AccessKey {
            id: USER_KEY.into(),
            account,
            owner: KeyOwner::User("AIDAAAAAAAAAAAAAAAADA".into()),
            secret: SecretString::new(SECRET.into()),
            active: true,
            record: RecordKey::new(ACCOUNT, "", "key", USER_KEY).unwrap(),
        });
        Ok(())
    }
}

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

struct House {
    kernel: Kernel,
    store: Arc<MemoryStore>,
}

fn identity(actions: &[&str]) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": actions, "Resource": "*" },
    })
    .to_string()
}

impl House {
    /// A house whose user may call these actions by its own policy.
    fn new(actions: &[&str]) -> Self {
        let random = Arc::new(SeededRandom::new(1));
        let keyring = Keyring::derive(&RootKey::ephemeral(random.as_ref()));
        let store = Arc::new(MemoryStore::new());
        let projector = Arc::new(Projector::new(vec![
            Box::new(PolicyProjection),
            Box::new(KmsProjection::new(Partition::Aws)),
        ]));
        store.observe(Arc::clone(&projector) as _);
        let host = Host {
            store: Arc::clone(&store) as _,
            projector,
            trail: Arc::new(audit::Trail::memory(1 << 20)),
            tokens: keyring.token_sealer("sts.session-token"),
            keyring,
            random,
            clock: Arc::new(ManualClock::new(NOON.parse().unwrap())),
            outbound: Arc::new(kernel::NoOutbound),
            last_used: kernel::last_used::LastUsed::default(),
            settings: Settings {
                account: account(),
                partition: Partition::Aws,
                region: "us-east-1".into(),
                enforcement: Enforcement::Strict,
                configured: Vec::new(),
                any_account_secret: None,
                max_body: 1 << 20,
                quotas: kernel::Quotas::default(),
                attestation_roots: Vec::new(),
            },
        };
        let mut registry = Registry::default();
        registry.service(&VAULT).serve::<Ask>();
        service_kms::register(&mut registry);
        let house = Self {
            kernel: Kernel::new(Arc::new(host), registry),
            store,
        };
        house.set_policy(actions);
        house
    }

    fn set_policy(&self, actions: &[&str]) {
        self.put("user-policy", identity(actions));
    }

    fn put(&self, kind: &str, text: String) {
        let key = RecordKey::new(ACCOUNT, "", kind, "ada").unwrap();
        let commit = Commit {
            base: self.store.revision(),
            writes: vec![Write::Put(key, Bytes::from(text))],
            ..Commit::default()
        };
        self.store.commit(commit).wait().unwrap();
    }

    /// A key whose policy lets the account's root user administer it, and has these statements too.
    async fn key(&self, statements: &[serde_json::Value]) -> String {
        let root = json!({
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
            "Action": "kms:*",
            "Resource": "*",
            "Condition": { "StringEquals": { "aws:PrincipalType": "Account" } },
        });
        let statements: Vec<_> = statements.iter().cloned().chain([root]).collect();
        let policy = json!({ "Version": "2012-10-17", "Statement": statements });
        let input = CreateKeyInput {
            policy: Some(policy.to_string()),
            ..CreateKeyInput::default()
        };
        let made = self
            .kernel
            .internal::<CreateKey>(account(), "test", input)
            .await;
        made.unwrap().key_metadata.unwrap().arn.unwrap()
    }

    async fn ask(&self, operation: &str, key: &str) -> (u16, String) {
        let key = key.replace(':', "%3A").replace('/', "%2F");
        let body = format!("Action=Ask&Version=2026-01-01&Operation={operation}&KeyId={key}");
        let form = "application/x-www-form-urlencoded";
        self.send("vault", None, form, body).await
    }

    async fn encrypt(&self, key: &str) -> (u16, String) {
        let body = json!({ "KeyId": key, "Plaintext": "cGxhaW4=" }).to_string();
        self.kms("Encrypt", body).await
    }

    async fn kms(&self, operation: &str, body: String) -> (u16, String) {
        let target = format!("TrentService.{operation}");
        let form = "application/x-amz-json-1.1";
        self.send("kms", Some(&target), form, body).await
    }

    /// Sends what claims in all its headers to come from the service.
    async fn send(
        &self,
        service: &str,
        target: Option<&str>,
        form: &str,
        body: String,
    ) -> (u16, String) {
        let mut request = http::Request::post("http://localhost/")
            .header("host", "localhost")
            .header("content-type", form)
            .header("user-agent", "vault.amazonaws.com")
            .header("x-amz-source-arn", "arn:aws:vault:us-east-1:111122223333:a")
            .header("x-amz-source-account", ACCOUNT)
            .header("x-amz-invoked-by", "vault.amazonaws.com")
            .header("kms-viaservice", "vault.us-east-1.amazonaws.com")
            .header("aws-calledvia", "vault.amazonaws.com");
        if let Some(target) = target {
            request = request.header("x-amz-target", target);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let body = Bytes::from(body);
        let now: Timestamp = NOON.parse().unwrap();
        let signing = sigv4::Signing::new("us-east-1", service, now.as_second());
        let credentials = sigv4::Credentials::new(USER_KEY, SECRET);
        sigv4::sign_headers(&Provider, &mut parts, &body, &credentials, &signing).unwrap();
        let origin = Origin {
            source_ip: "192.0.2.7".parse().unwrap(),
            user_agent: "vault.amazonaws.com".into(),
            tls: None,
            host: "localhost".into(),
        };
        let answer = self.kernel.answer(parts, body, Arc::new(origin)).await;
        let text = String::from_utf8(answer.response.body().to_vec()).unwrap();
        (answer.response.status().as_u16(), text)
    }

    fn events(&self) -> Vec<serde_json::Value> {
        let reader = self.kernel.host().trail.reader(audit::Position::Start);
        reader
            .map(|entry| serde_json::from_slice(&entry.unwrap().payload).unwrap())
            .collect()
    }

    fn outbox(&self) -> Vec<serde_json::Value> {
        let rows = self.store.outbox(0, 100).unwrap();
        rows.iter()
            .map(|(_, event)| serde_json::from_slice(event).unwrap())
            .collect()
    }

    async fn describe_as(&self, service: &str, source: &str, key: &str) -> Result<(), Failure> {
        let input = DescribeKeyInput {
            key_id: key.to_owned(),
            ..DescribeKeyInput::default()
        };
        let service = self::service(service, source);
        let done = self
            .kernel
            .as_service::<DescribeKey>(service, "us-east-1", input);
        done.await.map(drop)
    }
}

fn service(name: &str, source: &str) -> ServiceCaller {
    ServiceCaller {
        name: name.into(),
        source_account: account(),
        source_arn: Some(source.into()),
    }
}

fn allow_user(action: &str, condition: serde_json::Value) -> serde_json::Value {
    json!({
        "Effect": "Allow",
        "Principal": { "AWS": USER },
        "Action": action,
        "Resource": "*",
        "Condition": condition,
    })
}

fn via_vault() -> serde_json::Value {
    json!({ "StringEquals": {
        "kms:ViaService": "vault.us-east-1.amazonaws.com",
        "kms:CallerAccount": ACCOUNT,
    } })
}

// ---- the tests

#[tokio::test]
async fn a_key_for_one_service_is_used_through_it_only_and_both_calls_are_recorded() {
    let house = House::new(&["vault:Ask"]);
    let key = house.key(&[allow_user("kms:Encrypt", via_vault())]).await;

    let (status, body) = house.ask("Encrypt", &key).await;
    assert_eq!(status, 200, "{body}");
    assert!(body.contains(&key), "{body}");
    let events = house.events();
    let [.., inner, outer] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(outer["eventName"], "Ask");
    assert_eq!(outer["sourceIPAddress"], "192.0.2.7");
    assert!(outer["userIdentity"].get("invokedBy").is_none());
    assert_eq!(inner["eventName"], "Encrypt");
    assert_eq!(inner["userIdentity"]["type"], "IAMUser");
    assert_eq!(inner["userIdentity"]["arn"], USER);
    assert_eq!(inner["userIdentity"]["invokedBy"], "vault.amazonaws.com");
    assert_eq!(inner["sourceIPAddress"], "vault.amazonaws.com");
    assert_eq!(inner["userAgent"], "vault.amazonaws.com");
    assert_eq!(inner["requestParameters"]["keyId"], key);
    assert_eq!(inner["resources"][0]["ARN"], key);
    assert_ne!(inner["eventID"], outer["eventID"]);
    assert!(!inner.to_string().contains("cGxhaW4="), "{inner}");

    let (status, body) = house.encrypt(&key).await;
    assert_eq!(status, 400);
    assert!(body.contains("AccessDeniedException"), "{body}");
    let denied = house.events().pop().unwrap();
    assert_eq!(denied["errorCode"], "AccessDeniedException");
    assert!(denied["userIdentity"].get("invokedBy").is_none());
}

#[tokio::test]
async fn the_inner_call_needs_its_own_permission() {
    let house = House::new(&["vault:Ask"]);
    let key = house.key(&[]).await;
    let (status, body) = house.ask("Encrypt", &key).await;
    assert_eq!(status, 403);
    assert!(
        body.contains("is not authorized to perform: kms:Encrypt"),
        "{body}"
    );
    let events = house.events();
    let codes: Vec<_> = events
        .iter()
        .filter_map(|event| event["errorCode"].as_str())
        .collect();
    assert_eq!(codes, ["AccessDeniedException", "AccessDenied"]);
}

#[tokio::test]
async fn conditions_tell_calls_of_services_from_those_of_callers() {
    let cases = [
        (
            json!({ "Bool": { "aws:ViaAWSService": "true" } }),
            true,
            false,
        ),
        (
            json!({ "Bool": { "aws:ViaAWSService": "false" } }),
            false,
            true,
        ),
        (
            json!({ "ForAnyValue:StringEquals": { "aws:CalledVia": "vault.amazonaws.com" } }),
            true,
            false,
        ),
        (
            json!({ "StringEquals": { "aws:CalledViaFirst": "vault.amazonaws.com" } }),
            true,
            false,
        ),
        (
            json!({ "StringEquals": { "aws:CalledViaLast": "vault.amazonaws.com" } }),
            true,
            false,
        ),
        (
            json!({ "Null": { "aws:CalledVia": "true", "kms:ViaService": "true" } }),
            false,
            true,
        ),
        (
            json!({ "StringEquals": { "kms:ViaService": "other.us-east-1.amazonaws.com" } }),
            false,
            false,
        ),
        (
            json!({ "StringEquals": { "kms:ViaService": "vault.eu-west-1.amazonaws.com" } }),
            false,
            false,
        ),
        (
            json!({ "IpAddress": { "aws:SourceIp": "192.0.2.0/24" } }),
            false,
            true,
        ),
        (
            json!({ "Bool": { "aws:PrincipalIsAWSService": "true" } }),
            false,
            false,
        ),
        (
            json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } }),
            false,
            false,
        ),
        (
            json!({ "StringLike": { "aws:SourceArn": "*" } }),
            false,
            false,
        ),
    ];
    for (condition, via, direct) in cases {
        let house = House::new(&["vault:Ask"]);
        let key = house
            .key(&[allow_user("kms:Encrypt", condition.clone())])
            .await;
        assert_eq!(
            house.ask("Encrypt", &key).await.0 == 200,
            via,
            "{condition}"
        );
        assert_eq!(house.encrypt(&key).await.0 == 200, direct, "{condition}");
    }
}

#[tokio::test]
async fn grants_for_resources_of_services_are_made_by_services_only() {
    let house = House::new(&["vault:Ask"]);
    let for_resource = json!({ "Bool": { "kms:GrantIsForAWSResource": "true" } });
    let key = house
        .key(&[allow_user("kms:CreateGrant", for_resource)])
        .await;
    let (status, body) = house.ask("CreateGrant", &key).await;
    assert_eq!(status, 200, "{body}");
    let grant = json!({ "KeyId": key, "GranteePrincipal": USER, "Operations": ["Decrypt"] });
    assert_eq!(house.kms("CreateGrant", grant.to_string()).await.0, 400);
    let input = ListGrantsInput {
        key_id: key,
        ..ListGrantsInput::default()
    };
    let listed = house
        .kernel
        .internal::<ListGrants>(account(), "test", input)
        .await
        .unwrap();
    assert_eq!(listed.grants.unwrap().len(), 1);
}

/// The outer call waits in line for its second try, and its inner call must not wait behind it.
#[tokio::test]
async fn a_call_that_starts_over_calls_the_other_service_again() {
    let house = House::new(&["vault:Ask"]);
    let key = house
        .key(&[allow_user("kms:DescribeKey", via_vault())])
        .await;
    let store = Arc::clone(&house.store);
    *MEANWHILE.lock().unwrap() = Some(Box::new(move || {
        let key = RecordKey::new(ACCOUNT, "", "count", "a").unwrap();
        let commit = Commit {
            base: store.revision(),
            writes: vec![Write::Put(key, Bytes::from_static(b"7"))],
            ..Commit::default()
        };
        store.commit(commit).wait().unwrap();
    }));
    let asked = house.ask("Contended", &key);
    let (status, body) = tokio::time::timeout(Duration::from_secs(5), asked)
        .await
        .unwrap();
    assert_eq!(status, 200, "{body}");
    let count = RecordKey::new(ACCOUNT, "", "count", "a").unwrap();
    let count = house
        .store
        .snapshot()
        .unwrap()
        .read(&count)
        .unwrap()
        .unwrap();
    assert_eq!(&*count.value, b"8");
    let inner = house
        .events()
        .into_iter()
        .filter(|event| event["eventName"] == "DescribeKey");
    assert_eq!(inner.count(), 2);
    let outer = house
        .outbox()
        .into_iter()
        .filter(|event| event["eventName"] == "Ask");
    assert_eq!(outer.count(), 1);
}

#[tokio::test]
async fn the_trail_shows_grants_and_no_tokens() {
    let house = House::new(&["vault:Ask"]);
    let key = house.key(&[]).await;
    let foreign = "arn:aws:iam::444455556666:root";
    let grant = CreateGrantInput {
        key_id: key.clone(),
        grantee_principal: Some(USER.to_owned()),
        retiring_principal: Some(foreign.to_owned()),
        operations: vec![GrantOperation::Encrypt],
        ..unnamed()
    };
    let made = house
        .kernel
        .internal::<CreateGrant>(account(), "test", grant)
        .await
        .unwrap();
    let id = made.grant_id.unwrap();
    let event = house.outbox().pop().unwrap();
    assert_eq!(event["eventName"], "CreateGrant");
    assert_eq!(
        event["responseElements"],
        json!({ "grantId": id, "keyId": key })
    );
    assert!(
        !event
            .to_string()
            .contains(made.grant_token.as_ref().unwrap())
    );

    // One of another account retires it: the key's account sees that, too.
    let input = RetireGrantInput {
        grant_token: made.grant_token,
        ..RetireGrantInput::default()
    };
    let other = "444455556666".parse().unwrap();
    house
        .kernel
        .internal::<RetireGrant>(other, "test", input)
        .await
        .unwrap();
    let events = house.outbox();
    let recipients: Vec<_> = events
        .iter()
        .filter(|event| event["eventName"] == "RetireGrant")
        .map(|event| event["recipientAccountId"].as_str().unwrap())
        .collect();
    assert_eq!(recipients, ["444455556666", ACCOUNT]);
    assert_eq!(events.last().unwrap()["additionalEventData"]["grantId"], id);
}

#[tokio::test]
async fn what_cannot_be_invoked_fails_in_the_server() {
    let house = House::new(&["vault:Ask", "kms:*"]);
    let key = house
        .key(&[allow_user("kms:*", json!({ "Null": { "a:b": "true" } }))])
        .await;
    for operation in ["Unknown", "NoSuchOperation", "Ask"] {
        let (status, body) = house.ask(operation, &key).await;
        assert_eq!(status, 500, "{operation}: {body}");
    }
    // Constraints of the inner input are checked.
    let (status, body) = house.ask("Encrypt", &"k".repeat(2049)).await;
    assert_eq!(status, 400, "{body}");
    assert!(body.contains("ValidationError"), "{body}");
}

#[tokio::test]
async fn a_service_that_acts_for_itself_needs_a_policy_or_grant_that_names_it_and_its_resource() {
    let house = House::new(&["vault:Ask"]);
    let source = "arn:aws:vault:us-east-1:111122223333:box/a";
    let by_policy = house
        .key(&[json!({
            "Effect": "Allow",
            "Principal": { "Service": "vault.amazonaws.com" },
            "Action": "kms:DescribeKey",
            "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:SourceAccount": ACCOUNT },
                "ArnLike": { "aws:SourceArn": "arn:aws:vault:us-east-1:111122223333:box/*" },
            },
        })])
        .await;
    let by_grant = house.key(&[]).await;
    let grant = CreateGrantInput {
        key_id: by_grant.clone(),
        grantee_service_principal: Some("vault.amazonaws.com".to_owned()),
        retiring_service_principal: Some("vault.amazonaws.com".to_owned()),
        operations: vec![GrantOperation::DescribeKey],
        constraints: Some(GrantConstraints {
            source_arn: Some(source.to_owned()),
            ..GrantConstraints::default()
        }),
        ..unnamed()
    };
    house
        .kernel
        .internal::<CreateGrant>(account(), "test", grant)
        .await
        .unwrap();
    let other = "arn:aws:vault:eu-west-1:111122223333:box/a";
    for key in [&by_policy, &by_grant] {
        house
            .describe_as("vault.amazonaws.com", source, key)
            .await
            .unwrap();
        assert!(
            house
                .describe_as("vault.amazonaws.com", other, key)
                .await
                .is_err()
        );
        assert!(
            house
                .describe_as("other.amazonaws.com", source, key)
                .await
                .is_err()
        );
    }
    let input = EncryptInput {
        key_id: by_grant.clone(),
        plaintext: Bytes::from_static(b"plain"),
        encryption_context: None,
        grant_tokens: None,
        encryption_algorithm: None,
        dry_run: None,
    };
    let caller = service("vault.amazonaws.com", source);
    let encrypted = house
        .kernel
        .as_service::<Encrypt>(caller, "us-east-1", input)
        .await;
    assert!(encrypted.is_err(), "the grant is for another operation");
    let event = house.events().pop().unwrap();
    assert_eq!(event["userIdentity"]["type"], "AWSService");
    assert_eq!(event["userIdentity"]["invokedBy"], "vault.amazonaws.com");
    assert_eq!(event["sourceIPAddress"], "vault.amazonaws.com");
    assert_eq!(event["errorCode"], "AccessDeniedException");
}

#[tokio::test]
async fn no_grant_passes_a_service_control_policy() {
    let house = House::new(&["vault:Ask"]);
    let key = house.key(&[]).await;
    let grant = CreateGrantInput {
        key_id: key.clone(),
        grantee_principal: Some(USER.to_owned()),
        operations: vec![GrantOperation::Encrypt],
        ..unnamed()
    };
    house
        .kernel
        .internal::<CreateGrant>(account(), "test", grant)
        .await
        .unwrap();
    assert_eq!(house.encrypt(&key).await.0, 200);
    assert_eq!(house.ask("Encrypt", &key).await.0, 200);
    let policies = [
        (identity(&["*"]), true),
        (identity(&["vault:*", "sqs:*"]), false),
        (identity(&["*"]).replace("Allow", "Deny"), false),
    ];
    for (policy, allowed) in policies {
        house.put("service-control-policy", policy.clone());
        assert_eq!(house.encrypt(&key).await.0 == 200, allowed, "{policy}");
        assert_eq!(
            house.ask("Encrypt", &key).await.0 == 200,
            allowed,
            "{policy}"
        );
    }
}

fn unnamed() -> CreateGrantInput {
    CreateGrantInput {
        key_id: String::new(),
        grantee_principal: None,
        retiring_principal: None,
        operations: Vec::new(),
        constraints: None,
        grant_tokens: None,
        name: None,
        dry_run: None,
        grantee_service_principal: None,
        retiring_service_principal: None,
    }
}
