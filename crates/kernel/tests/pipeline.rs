//! The way of a call, with a service that exists only here.

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
use jiff::{SignedDuration, Timestamp};
use kernel::session::{self, Session, SessionKind};
use kernel::world::{
    AccessKey, KeyOwner, Principal, PrincipalKind, Projection, ProjectionError, Projector, World,
};
use kernel::{
    Call, Check, Enforcement, Entity, Failure, Host, Kernel, ManualClock, Operation, Origin, Plan,
    Provider, Registry, Settings, record,
};
use policy::{DocumentKind, Policy};
use schema::{
    Fields, FromValue, Http, IntoValue, Member, Mismatch, OperationSchema, OperationShape,
    Protocol, Schema, ServiceSchema, Value,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use store::{Change, Commit, MemoryStore, RecordKey, Store, Write};

// ---- a service with boxes

static NAME: Schema = Schema::string("name").min(1).max(8);
static INPUT: Schema =
    Schema::structure("BoxRequest").members(&[Member::new("Name", &NAME).required()]);
static OUTPUT: Schema = Schema::structure("BoxResponse").members(&[Member::new("Name", &NAME)]);

static BOXES: ServiceSchema = ServiceSchema {
    id: "box",
    endpoint_prefix: "box",
    signing_name: "box",
    api_version: "2026-01-01",
    target_prefix: "",
    rpc_name: "",
    protocols: &[Protocol::AwsQuery],
    xml_namespace: "https://box.example/",
    global: false,
    operations: &[&PUT, &READ, &UNPLANNED],
    unserved: &[],
};

const fn operation(name: &'static str) -> OperationSchema {
    OperationSchema {
        name,
        service: &BOXES,
        http: Http {
            method: "POST",
            uri: "/",
            status: 200,
        },
        input: &INPUT,
        output: &OUTPUT,
        result_wrapper: Some("BoxResult"),
        errors: &[],
        unsigned: false,
    }
}

static PUT: OperationSchema = operation("PutBox");
static READ: OperationSchema = operation("ReadBox");
static UNPLANNED: OperationSchema = operation("UnplannedBox");

struct Named {
    name: String,
}

impl FromValue for Named {
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        Ok(Self {
            name: Fields::open(value)?.required(0)?,
        })
    }
}

impl IntoValue for Named {
    fn into_value(self) -> Value {
        Value::Structure(vec![Some(Value::String(self.name))])
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct BoxRecord {
    writes: usize,
}

impl Entity for BoxRecord {
    const KIND: &'static str = "box";
}

struct PutBox;
struct ReadBox;
struct UnplannedBox;

macro_rules! shape {
    ($name:ident, $schema:ident) => {
        impl OperationShape for $name {
            type Input = Named;
            type Output = Named;
            const SCHEMA: &'static OperationSchema = &$schema;
        }
    };
}

shape!(PutBox, PUT);
shape!(ReadBox, READ);
shape!(UnplannedBox, UNPLANNED);

/// What happens inside the next `PutBox` of `revoked`, between its decision and its commit.
static MEANWHILE: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);
static RUNS: AtomicUsize = AtomicUsize::new(0);

fn check(call: &Call, action: &'static str, name: &str) -> Check {
    Check::new(
        action,
        format!("arn:aws:box:{}:{}:box/{name}", call.region, call.account()),
    )
}

impl Operation for PutBox {
    type Error = Failure;

    fn plan(call: &mut Call, input: &Named) -> Result<Plan, Failure> {
        Ok(Plan::new(check(call, "box:PutBox", &input.name)))
    }

    async fn handle(call: &mut Call, input: Named) -> Result<Named, Failure> {
        RUNS.fetch_add(1, Ordering::SeqCst);
        let writes = call
            .load::<BoxRecord>(&input.name)?
            .map_or(0, |found| found.writes);
        call.save(&input.name, &BoxRecord { writes: writes + 1 })?;
        let meanwhile = if input.name == "revoked" {
            MEANWHILE.lock().unwrap().take()
        } else {
            None
        };
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        Ok(input)
    }
}

impl Operation for ReadBox {
    type Error = Failure;

    fn plan(call: &mut Call, input: &Named) -> Result<Plan, Failure> {
        Ok(Plan::new(check(call, "box:ReadBox", &input.name)))
    }

    async fn handle(_: &mut Call, input: Named) -> Result<Named, Failure> {
        Ok(input)
    }
}

impl Operation for UnplannedBox {
    type Error = Failure;

    fn plan(_: &mut Call, _: &Named) -> Result<Plan, Failure> {
        Ok(Plan::all(Vec::new()))
    }

    async fn handle(_: &mut Call, input: Named) -> Result<Named, Failure> {
        Ok(input)
    }
}

// ---- a world with one user whose record is its policy, and one root key

const ACCOUNT: &str = "111122223333";
const USER_KEY: &str = "AKIAUSER";
const ROOT_KEY: &str = "AKIAROOT";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const NOON: &str = "2026-11-24T12:00:00Z";

struct PolicyProjection;

impl Projection for PolicyProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &["user-policy", "unreadable"]
    }

    fn project(&self, change: &Change, world: &mut World) -> Result<(), ProjectionError> {
        if change.key.kind() == "unreadable" {
            return Err(ProjectionError::new(&change.key, &"nobody can read it"));
        }
        let Some(text) = &change.value else {
            world.remove(&change.key);
            return Ok(());
        };
        let text = std::str::from_utf8(text).unwrap();
        let account: AccountId = ACCOUNT.parse().unwrap();
        world.put_principal(Principal {
            kind: PrincipalKind::User,
            id: "AIDAUSER".into(),
            arn: format!("arn:aws:iam::{ACCOUNT}:user/ada").into(),
            name: "ada".into(),
            account,
            created: Timestamp::UNIX_EPOCH,
            tags: Vec::new(),
            inline: vec![Arc::new(
                Policy::parse_and_compile(text, DocumentKind::Identity, "inline").unwrap(),
            )],
            attached: Vec::new(),
            groups: Vec::new(),
            boundary: None,
            trust: None,
            max_session_duration: 0,
            record: Some(change.key.clone()),
        });
        for (id, owner) in [
            (USER_KEY, KeyOwner::User("AIDAUSER".into())),
            (ROOT_KEY, KeyOwner::Root),
        ] {
            world.put_access_key(AccessKey {
                id: id.into(),
                account,
                owner,
                secret: SecretString::new(SECRET.into()),
                active: true,
                record: RecordKey::new(ACCOUNT, "", "key", id).unwrap(),
            });
        }
        Ok(())
    }
}

struct House {
    kernel: Arc<Kernel>,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const ALLOW_NOTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:Send","Resource":"*"}}"#;

impl House {
    fn new(policy: &str, enforcement: Enforcement) -> Self {
        let random = Arc::new(SeededRandom::new(1));
        let keyring = Keyring::derive(&RootKey::ephemeral(random.as_ref()));
        let store = Arc::new(MemoryStore::new());
        let projector = Arc::new(Projector::new(vec![Box::new(PolicyProjection)]));
        store.observe(Arc::clone(&projector) as _);
        let clock = Arc::new(ManualClock::new(NOON.parse().unwrap()));
        let host = Host {
            store: Arc::clone(&store) as _,
            projector,
            trail: Arc::new(audit::Trail::memory(1 << 20)),
            tokens: keyring.token_sealer("sts.session-token"),
            keyring,
            random,
            clock: Arc::clone(&clock) as _,
            outbound: Arc::new(kernel::NoOutbound),
            last_used: kernel::last_used::LastUsed::default(),
            settings: Settings {
                account: ACCOUNT.parse().unwrap(),
                partition: Partition::Aws,
                region: "us-east-1".into(),
                enforcement,
                configured: Vec::new(),
                any_account_secret: None,
                max_body: 1 << 20,
                quotas: kernel::Quotas::default(),
                attestation_roots: Vec::new(),
            },
        };
        let mut registry = Registry::default();
        registry
            .service(&BOXES)
            .serve::<PutBox>()
            .serve::<ReadBox>()
            .serve::<UnplannedBox>();
        let house = Self {
            kernel: Arc::new(Kernel::new(Arc::new(host), registry)),
            store,
            clock,
        };
        set_policy(&house.store, policy);
        house
    }

    async fn call(&self, key: &str, operation: &str, name: &str) -> (u16, String) {
        self.send(&sigv4::Credentials::new(key, SECRET), operation, name)
            .await
    }

    async fn send(
        &self,
        credentials: &sigv4::Credentials<'_>,
        operation: &str,
        name: &str,
    ) -> (u16, String) {
        let body = Bytes::from(format!("Action={operation}&Version=2026-01-01&Name={name}"));
        let request = http::Request::post("http://localhost/")
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(())
            .unwrap();
        let (mut parts, ()) = request.into_parts();
        let now: Timestamp = NOON.parse().unwrap();
        let signing = sigv4::Signing::new("us-east-1", "box", now.as_second());
        sigv4::sign_headers(&Provider, &mut parts, &body, credentials, &signing).unwrap();
        let origin = Origin {
            source_ip: "127.0.0.1".parse().unwrap(),
            user_agent: "test".into(),
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

    fn writes(&self, name: &str) -> usize {
        let key = RecordKey::new(ACCOUNT, "", "box", name).unwrap();
        let found = self.store.snapshot().unwrap().read(&key).unwrap();
        found.map_or(0, |found| {
            record::decode::<BoxRecord>(&found.value).unwrap().writes
        })
    }
}

fn write(store: &MemoryStore, write: Write) {
    let commit = Commit {
        base: store.revision(),
        writes: vec![write],
        ..Commit::default()
    };
    store.commit(commit).wait().unwrap();
}

fn set_policy(store: &MemoryStore, policy: &str) {
    let key = RecordKey::new(ACCOUNT, "", "user-policy", "ada").unwrap();
    write(store, Write::Put(key, Bytes::from(policy.to_owned())));
}

// ---- the tests

#[tokio::test]
async fn an_allowed_write_is_committed_with_its_event() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    let (status, body) = house.call(USER_KEY, "PutBox", "a").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(house.writes("a"), 1);
    let events = house.outbox();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["eventName"], "PutBox");
    assert_eq!(events[0]["userIdentity"]["userName"], "ada");
    assert_eq!(events[0]["requestParameters"]["name"], "a");
    assert!(
        house.events().is_empty(),
        "its event goes through the outbox, not beside it"
    );
}

#[tokio::test]
async fn a_denied_call_writes_nothing_and_is_recorded() {
    let house = House::new(ALLOW_NOTHING, Enforcement::Strict);
    let (status, body) = house.call(USER_KEY, "PutBox", "a").await;
    assert_eq!(status, 403);
    assert!(
        body.contains(
            "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: box:PutBox on resource: \
             arn:aws:box:us-east-1:111122223333:box/a because no identity-based policy allows the box:PutBox action"
        ),
        "{body}"
    );
    assert_eq!(house.writes("a"), 0);
    assert_eq!(house.events()[0]["errorCode"], "AccessDenied");
}

#[tokio::test]
async fn soft_enforcement_answers_and_notes_what_it_would_deny() {
    let house = House::new(ALLOW_NOTHING, Enforcement::Soft);
    assert_eq!(house.call(USER_KEY, "PutBox", "a").await.0, 200);
    let note = &house.outbox()[0]["additionalEventData"]["wouldDeny"];
    assert!(note.as_str().unwrap().contains("box:PutBox"), "{note}");
}

#[tokio::test]
async fn root_needs_no_policy() {
    let house = House::new(ALLOW_NOTHING, Enforcement::Strict);
    assert_eq!(house.call(ROOT_KEY, "PutBox", "a").await.0, 200);
}

#[tokio::test]
async fn an_operation_that_plans_nothing_is_not_run() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    for key in [USER_KEY, ROOT_KEY] {
        assert_eq!(house.call(key, "UnplannedBox", "a").await.0, 500);
    }
}

#[tokio::test]
async fn constraint_violations_are_answered_before_anything_runs() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    let (status, body) = house.call(USER_KEY, "PutBox", "123456789").await;
    assert_eq!(status, 400);
    assert!(body.contains("1 validation error detected"), "{body}");
    assert_eq!(house.writes("123456789"), 0);
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_signature_are_refused_and_recorded() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    let (status, body) = house.call("AKIANOBODY", "PutBox", "a").await;
    assert_eq!(status, 403);
    assert!(body.contains("InvalidClientTokenId"), "{body}");
    let wrong = sigv4::Credentials::new(USER_KEY, "wrong");
    let (status, body) = house.send(&wrong, "PutBox", "a").await;
    assert_eq!(status, 403);
    assert!(body.contains("SignatureDoesNotMatch"), "{body}");
    let events = house.events();
    assert_eq!(events.len(), 2);
    assert!(
        events
            .iter()
            .all(|event| event["userIdentity"]["type"] == "Unknown")
    );
    assert_eq!(house.writes("a"), 0);
}

fn session(house: &House, minutes: i64) -> session::IssuedCredentials {
    let now: Timestamp = NOON.parse().unwrap();
    let session = Session {
        kind: SessionKind::User {
            user_id: "AIDAUSER".into(),
        },
        account: ACCOUNT.parse().unwrap(),
        access_key_id: "ASIASESSION".into(),
        issued: now,
        expires: now + SignedDuration::from_mins(minutes),
        policy: None,
        managed: Vec::new(),
        tags: Vec::new(),
        transitive: Vec::new(),
        source_identity: None,
        mfa: None,
        federated_provider: None,
    };
    let host = house.kernel.host();
    session::issue(&host.tokens, host.random.as_ref(), &session).unwrap()
}

fn credentials(issued: &session::IssuedCredentials) -> sigv4::Credentials<'_> {
    sigv4::Credentials::new(&issued.access_key_id, issued.secret_access_key.expose())
        .with_session_token(&issued.session_token)
}

#[tokio::test]
async fn a_session_works_until_it_ends() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    let issued = session(&house, 2);
    let credentials = credentials(&issued);
    assert_eq!(house.send(&credentials, "ReadBox", "a").await.0, 200);
    house
        .clock
        .set(NOON.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(2));
    let (status, body) = house.send(&credentials, "ReadBox", "a").await;
    assert_eq!(status, 403);
    assert!(body.contains("ExpiredToken"), "{body}");
}

#[tokio::test]
async fn a_session_ends_with_its_principal() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    let issued = session(&house, 2);
    let credentials = credentials(&issued);
    write(
        &house.store,
        Write::Delete(RecordKey::new(ACCOUNT, "", "user-policy", "ada").unwrap()),
    );
    let (status, body) = house.send(&credentials, "ReadBox", "a").await;
    assert_eq!(status, 403);
    assert!(body.contains("InvalidClientTokenId"), "{body}");
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    let host = house.kernel.host();
    let issued = session(&house, 2);
    let good = credentials(&issued);
    assert_eq!(house.send(&good, "ReadBox", "a").await.0, 200);
    let secret = host.tokens.derive_secret("ASIASESSION");
    let forged = sigv4::Credentials::new("ASIASESSION", secret.expose()).with_session_token("AAAA");
    assert!(
        house
            .send(&forged, "ReadBox", "a")
            .await
            .1
            .contains("InvalidClientTokenId")
    );
}

/// The decision and the commit are one: rights that are taken away while a handler runs count.
#[tokio::test]
async fn rights_that_are_revoked_while_a_call_runs_stop_its_commit() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    let store = Arc::clone(&house.store);
    *MEANWHILE.lock().unwrap() = Some(Box::new(move || set_policy(&store, ALLOW_NOTHING)));
    let (status, body) = house.call(USER_KEY, "PutBox", "revoked").await;
    assert_eq!(status, 403, "{body}");
    assert_eq!(house.writes("revoked"), 0);
    assert!(house.outbox().is_empty());
}

#[tokio::test]
async fn a_record_that_nobody_understands_stops_every_call() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    write(
        &house.store,
        Write::Put(
            RecordKey::new(ACCOUNT, "", "unreadable", "x").unwrap(),
            Bytes::from("?"),
        ),
    );
    assert_eq!(house.call(ROOT_KEY, "ReadBox", "a").await.0, 500);
}

#[tokio::test]
async fn a_call_fails_when_its_record_cannot_be_kept() {
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    house.kernel.host().trail.close().unwrap();
    assert_eq!(house.call(USER_KEY, "ReadBox", "a").await.0, 500);
}

/// Servers spawn calls on any thread.
#[test]
fn answering_can_move_between_threads() {
    fn sendable<T: Send>(_: T) {}
    let house = House::new(ALLOW_ALL, Enforcement::Strict);
    let (parts, ()) = http::Request::new(()).into_parts();
    let origin = Origin {
        source_ip: "127.0.0.1".parse().unwrap(),
        user_agent: String::new(),
        tls: None,
        host: String::new(),
    };
    sendable(house.kernel.answer(parts, Bytes::new(), Arc::new(origin)));
}
