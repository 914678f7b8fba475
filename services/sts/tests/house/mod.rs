//! A server with two accounts whose users and roles are told in a few words.

pub mod roles;

use arn::{AccountId, Partition};
use bytes::Bytes;
use crypto::{Keyring, RootKey, SecretString, SeededRandom};
use jiff::{SignedDuration, Timestamp};
use kernel::world::{
    AccessKey, KeyOwner, ManagedPolicy, Principal, PrincipalKind, Projection, ProjectionError,
    Projector, World,
};
use kernel::{
    Enforcement, Host, Kernel, ManualClock, MfaError, MfaVerifier, Origin, Provider, Registry,
    Settings,
};
use policy::{DocumentKind, Policy};
use schema::{FromValue, IntoValue, OperationShape, Protocol};
use serde_json::{Value, json};
use service_sts::api::types::Credentials;
use std::sync::Arc;
use store::{Change, Commit, MemoryStore, RecordKey, Store, Write};
use wire::ResponseError;

pub const A: &str = "111122223333";
pub const B: &str = "444455556666";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const NOON: &str = "2026-11-24T12:00:00.5Z";

/// Credentials of a caller.
#[derive(Clone)]
pub struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

impl From<Credentials> for Keys {
    fn from(issued: Credentials) -> Self {
        Self {
            id: issued.access_key_id,
            secret: issued.secret_access_key,
            token: Some(issued.session_token),
        }
    }
}

/// The long-term key of a user or, by `root`, of an account's root user.
pub fn key(name: &str) -> Keys {
    Keys {
        id: format!("AKIA{}", name.to_uppercase()),
        secret: SECRET.into(),
        token: None,
    }
}

struct Told;

impl Projection for Told {
    fn kinds(&self) -> &'static [&'static str] {
        &["user", "role", "policy"]
    }

    fn project(&self, change: &Change, world: &mut World) -> Result<(), ProjectionError> {
        let Some(value) = &change.value else {
            world.remove(&change.key);
            return Ok(());
        };
        let told: Value = serde_json::from_slice(value).unwrap();
        let (account, name) = (change.key.account(), change.key.name());
        let account: AccountId = account.parse().unwrap();
        let compile = |text: &Value, kind| {
            Arc::new(Policy::parse_and_compile(&text.to_string(), kind, name.to_owned()).unwrap())
        };
        if change.key.kind() == "policy" {
            world.put_policy(ManagedPolicy {
                arn: format!("arn:aws:iam::{account}:policy/{name}").into(),
                id: format!("ANPA{}", told["Id"].as_str().unwrap_or(name)).into(),
                policy: compile(&told, DocumentKind::Identity),
                record: change.key.clone(),
            });
            return Ok(());
        }
        let role = change.key.kind() == "role";
        let prefix = if role { "AROA" } else { "AIDA" };
        let id = format!(
            "{prefix}{}",
            told["id"].as_str().unwrap_or(name).to_uppercase()
        );
        let tags = told["tags"].as_object().into_iter().flatten();
        world.put_principal(Principal {
            kind: if role {
                PrincipalKind::Role
            } else {
                PrincipalKind::User
            },
            id: id.as_str().into(),
            arn: format!("arn:aws:iam::{account}:{}/{name}", change.key.kind()).into(),
            name: name.into(),
            account,
            created: Timestamp::UNIX_EPOCH,
            tags: tags
                .map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            inline: told
                .get("policy")
                .map(|text| compile(text, DocumentKind::Identity))
                .into_iter()
                .collect(),
            attached: Vec::new(),
            groups: Vec::new(),
            boundary: None,
            trust: told
                .get("trust")
                .map(|text| compile(text, DocumentKind::Trust)),
            max_session_duration: 7_200,
            record: Some(change.key.clone()),
        });
        let mut keep = |id: String, owner| {
            world.put_access_key(AccessKey {
                record: RecordKey::new(account.as_str(), "", "key", &id).unwrap(),
                id: id.into(),
                account,
                owner,
                secret: SecretString::new(SECRET.into()),
                active: true,
            });
        };
        if !role {
            keep(key(name).id, KeyOwner::User(id.into()));
            keep(key("root").id, KeyOwner::Root);
        }
        Ok(())
    }
}

/// Every user has a device of its name, whose code is always 123456.
struct Device;

impl MfaVerifier for Device {
    fn verify(
        &self,
        call: &mut kernel::Call,
        serial_number: &str,
        token_code: &str,
    ) -> Result<(), MfaError> {
        let own = call
            .caller
            .user_name()
            .map(|name| format!("arn:aws:iam::{}:mfa/{name}", call.account()));
        match (own.as_deref() == Some(serial_number), token_code) {
            (true, "123456") => Ok(()),
            (true, _) => Err(MfaError::InvalidCode),
            (false, _) => Err(MfaError::UnknownDevice),
        }
    }
}

pub struct House {
    pub kernel: Kernel,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

impl House {
    pub fn new() -> Self {
        Self::with(Enforcement::Strict)
    }

    pub fn with(enforcement: Enforcement) -> Self {
        let random = Arc::new(SeededRandom::new(1));
        let keyring = Keyring::derive(&RootKey::ephemeral(random.as_ref()));
        let store = Arc::new(MemoryStore::new());
        let projector = Arc::new(Projector::new(vec![Box::new(Told)]));
        store.observe(Arc::clone(&projector) as _);
        let clock = Arc::new(ManualClock::new(NOON.parse().unwrap()));
        let host = Host {
            store: Arc::clone(&store) as _,
            projector,
            trail: Arc::new(audit::Trail::memory(1 << 20)),
            tokens: keyring.token_sealer("sts.session"),
            keyring,
            random,
            clock: Arc::clone(&clock) as _,
            outbound: Arc::new(kernel::NoOutbound),
            last_used: kernel::last_used::LastUsed::default(),
            settings: Settings {
                account: A.parse().unwrap(),
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
        registry.verify_mfa(Arc::new(Device));
        service_sts::register(&mut registry);
        Self {
            kernel: Kernel::new(Arc::new(host), registry),
            store,
            clock,
        }
    }

    /// A user who may do `policy`'s statement.
    pub fn user(&self, account: &str, name: &str, policy: Value) {
        self.put(account, "user", name, json!({ "policy": document(policy) }));
    }

    /// A role that trusts by `trust`'s statement or statements and may do everything.
    pub fn role(&self, account: &str, name: &str, trust: Value) {
        self.put(
            account,
            "role",
            name,
            json!({ "trust": document(trust), "policy": document(allow("*")) }),
        );
    }

    pub fn put(&self, account: &str, kind: &str, name: &str, told: Value) {
        let key = RecordKey::new(account, "", kind, name).unwrap();
        self.commit(Write::Put(key, Bytes::from(told.to_string())));
    }

    pub fn delete(&self, account: &str, kind: &str, name: &str) {
        self.commit(Write::Delete(
            RecordKey::new(account, "", kind, name).unwrap(),
        ));
    }

    fn commit(&self, write: Write) {
        let commit = Commit {
            base: self.store.revision(),
            writes: vec![write],
            ..Commit::default()
        };
        self.store.commit(commit).wait().unwrap();
    }

    pub fn advance(&self, seconds: i64) {
        self.clock
            .set(self.now() + SignedDuration::from_secs(seconds));
    }

    pub fn now(&self) -> Timestamp {
        self.kernel.host().clock.now()
    }

    /// Signs and answers one call.
    pub async fn call<O: OperationShape>(
        &self,
        _: O,
        keys: &Keys,
        input: O::Input,
    ) -> Result<O::Output, ResponseError> {
        let response = self.respond::<O>(keys, input).await;
        let (parts, body) = response.into_parts();
        let value = wire::decode_response(
            Protocol::AwsQuery,
            O::SCHEMA,
            parts.status,
            &parts.headers,
            &body,
        )?;
        Ok(O::Output::from_value(value).unwrap())
    }

    pub async fn respond<O: OperationShape>(
        &self,
        keys: &Keys,
        input: O::Input,
    ) -> http::Response<Bytes> {
        let request = wire::encode_request(
            Protocol::AwsQuery,
            O::SCHEMA,
            &input.into_value(),
            "localhost",
        );
        let (mut parts, body) = request.into_parts();
        let credentials = sigv4::Credentials::new(&keys.id, &keys.secret);
        let credentials = match &keys.token {
            Some(token) => credentials.with_session_token(token),
            None => credentials,
        };
        let signing = sigv4::Signing::new("us-east-1", "sts", self.now().as_second());
        sigv4::sign_headers(&Provider, &mut parts, &body, &credentials, &signing).unwrap();
        let origin = Origin {
            source_ip: "127.0.0.1".parse().unwrap(),
            user_agent: "test".into(),
            tls: None,
            host: "localhost".into(),
        };
        self.kernel
            .answer(parts, body, Arc::new(origin))
            .await
            .response
    }

    pub fn events(&self) -> Vec<Value> {
        let reader = self.kernel.host().trail.reader(audit::Position::Start);
        reader
            .map(|entry| serde_json::from_slice(&entry.unwrap().payload).unwrap())
            .collect()
    }
}

fn document(statements: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A statement that allows an action on everything.
pub fn allow(action: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": "*" })
}

/// A statement of a trust policy that allows actions to a principal.
pub fn trust(principal: &str, actions: &[&str]) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": principal }, "Action": actions })
}

/// A statement of a trust policy that allows an action to everybody, on a condition.
pub fn trust_if(action: &str, condition: Value) -> Value {
    json!({ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": action, "Condition": condition })
}
