//! A kernel with KMS, a user, and a service that asks KMS for its caller.

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
use service_kms::api::operations::{CreateKey, DescribeKey};
use service_kms::api::types::{CreateKeyInput, DescribeKeyInput};
use std::sync::{Arc, Mutex};
use store::{Change, Commit, MemoryStore, RecordKey, Store, Write};

// ---- a service that asks KMS for its caller

pub(crate) static TEXT: Schema = Schema::string("text");
pub(crate) static INPUT: Schema = Schema::structure("AskRequest").members(&[
    Member::new("Operation", &TEXT).required(),
    Member::new("KeyId", &TEXT).required(),
]);
pub(crate) static OUTPUT: Schema =
    Schema::structure("AskResponse").members(&[Member::new("KeyId", &TEXT)]);

pub(crate) static VAULT: ServiceSchema = ServiceSchema {
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

pub(crate) static ASK: OperationSchema = OperationSchema {
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

pub(crate) struct Ask;

pub(crate) struct Question {
    pub(crate) operation: String,
    pub(crate) key: String,
}

pub(crate) struct Reply {
    pub(crate) key: Option<String>,
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
pub(crate) struct Count(pub(crate) usize);

impl kernel::Entity for Count {
    const KIND: &'static str = "count";
}

/// What happens inside the next `Contended`, between its inner call and its commit.
pub(crate) static MEANWHILE: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

// ---- a world with one user, whose record is its policy

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/ada";
pub(crate) const USER_KEY: &str = "AKIAUSER";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const NOON: &str = "2026-11-24T12:00:00Z";

pub(crate) struct PolicyProjection;

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

pub(crate) fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

pub(crate) struct House {
    pub(crate) kernel: Kernel,
    pub(crate) store: Arc<MemoryStore>,
}

pub(crate) fn identity(actions: &[&str]) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": actions, "Resource": "*" },
    })
    .to_string()
}

impl House {
    /// A house whose user may call these actions by its own policy.
    pub(crate) fn new(actions: &[&str]) -> Self {
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

    pub(crate) fn set_policy(&self, actions: &[&str]) {
        self.put("user-policy", identity(actions));
    }

    pub(crate) fn put(&self, kind: &str, text: String) {
        let key = RecordKey::new(ACCOUNT, "", kind, "ada").unwrap();
        let commit = Commit {
            base: self.store.revision(),
            writes: vec![Write::Put(key, Bytes::from(text))],
            ..Commit::default()
        };
        self.store.commit(commit).wait().unwrap();
    }

    /// A key whose policy lets the account's root user administer it, and has these statements too.
    pub(crate) async fn key(&self, statements: &[serde_json::Value]) -> String {
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

    pub(crate) async fn ask(&self, operation: &str, key: &str) -> (u16, String) {
        let key = key.replace(':', "%3A").replace('/', "%2F");
        let body = format!("Action=Ask&Version=2026-01-01&Operation={operation}&KeyId={key}");
        let form = "application/x-www-form-urlencoded";
        self.send("vault", None, form, body).await
    }

    pub(crate) async fn encrypt(&self, key: &str) -> (u16, String) {
        let body = json!({ "KeyId": key, "Plaintext": "cGxhaW4=" }).to_string();
        self.kms("Encrypt", body).await
    }

    pub(crate) async fn kms(&self, operation: &str, body: String) -> (u16, String) {
        let target = format!("TrentService.{operation}");
        let form = "application/x-amz-json-1.1";
        self.send("kms", Some(&target), form, body).await
    }

    /// Sends what claims in all its headers to come from the service.
    pub(crate) async fn send(
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

    pub(crate) fn events(&self) -> Vec<serde_json::Value> {
        let reader = self.kernel.host().trail.reader(audit::Position::Start);
        reader
            .map(|entry| serde_json::from_slice(&entry.unwrap().payload).unwrap())
            .collect()
    }

    pub(crate) fn outbox(&self) -> Vec<serde_json::Value> {
        let rows = self.store.outbox(0, 100).unwrap();
        rows.iter()
            .map(|(_, event)| serde_json::from_slice(event).unwrap())
            .collect()
    }

    pub(crate) async fn describe_as(
        &self,
        service: &str,
        source: &str,
        key: &str,
    ) -> Result<(), Failure> {
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

pub(crate) fn service(name: &str, source: &str) -> ServiceCaller {
    ServiceCaller {
        name: name.into(),
        source_account: account(),
        source_arn: Some(source.into()),
    }
}
