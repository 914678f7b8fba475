//! A server in memory whose clock obeys, and an administrator who calls it in any region.

use arn::Partition;
use bytes::Bytes;
use crypto::{Keyring, RootKey, SeededRandom};
use jiff::{SignedDuration, Timestamp};
use kernel::world::Projector;
use kernel::{Enforcement, Host, Kernel, ManualClock, NoOutbound, Origin, Registry, Settings};
use schema::{FromValue, IntoValue, OperationShape, Protocol};
use serde_json::Value;
use service_kms::entity::MaterialRecord;
use std::sync::Arc;
use store::{MemoryStore, Prefix, Store};
use wire::ResponseError;

pub const ACCOUNT: &str = "111122223333";
pub const HOME: &str = "us-east-1";
pub const AWAY: &str = "eu-west-1";
const SECRET: &str = "test";
const NOON: &str = "2026-11-24T12:00:00Z";

pub struct House {
    pub kernel: Kernel,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

impl House {
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// A house with other services besides.
    pub fn with(others: impl FnOnce(&mut Registry)) -> Self {
        let random = Arc::new(SeededRandom::new(1));
        let keyring = Keyring::derive(&RootKey::ephemeral(random.as_ref()));
        let store = Arc::new(MemoryStore::new());
        let projection = service_kms::KmsProjection::new(Partition::Aws);
        let projector = Arc::new(Projector::new(vec![Box::new(projection)]));
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
            outbound: Arc::new(NoOutbound),
            last_used: kernel::last_used::LastUsed::default(),
            settings: Settings {
                account: ACCOUNT.parse().unwrap(),
                partition: Partition::Aws,
                region: HOME.into(),
                enforcement: Enforcement::Strict,
                configured: Vec::new(),
                any_account_secret: Some(crypto::SecretString::new(SECRET.into())),
                max_body: 1 << 20,
                quotas: kernel::Quotas::default(),
                attestation_roots: Vec::new(),
            },
        };
        let mut registry = Registry::default();
        service_kms::register(&mut registry);
        others(&mut registry);
        Self {
            kernel: Kernel::new(Arc::new(host), registry),
            store,
            clock,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.kernel.host().clock.now()
    }

    pub fn advance(&self, duration: SignedDuration) {
        self.clock.set(self.now() + duration);
    }

    /// Lets days pass, and does what is due then.
    pub fn live(&self, days: i64) -> usize {
        self.advance(SignedDuration::from_hours(24 * days));
        self.kernel.run_chores()
    }

    /// Signs and answers one call.
    pub async fn call<O: OperationShape>(
        &self,
        _: O,
        region: &str,
        input: O::Input,
    ) -> Result<O::Output, ResponseError> {
        let protocol = Protocol::AwsJson11;
        let request = wire::encode_request(protocol, O::SCHEMA, &input.into_value(), "localhost");
        let (mut parts, body) = request.into_parts();
        let credentials = sigv4::Credentials::new(ACCOUNT, SECRET);
        let signing = sigv4::Signing::new(
            region,
            O::SCHEMA.service.signing_name,
            self.now().as_second(),
        );
        sigv4::sign_headers(&kernel::Provider, &mut parts, &body, &credentials, &signing).unwrap();
        let origin = Origin {
            source_ip: "127.0.0.1".parse().unwrap(),
            user_agent: "test".into(),
            tls: None,
            host: "localhost".into(),
        };
        let answer = self.kernel.answer(parts, body, Arc::new(origin)).await;
        let (parts, body) = answer.response.into_parts();
        let (status, headers) = (parts.status, &parts.headers);
        let value = wire::decode_response(protocol, O::SCHEMA, status, headers, &body)?;
        Ok(O::Output::from_value(value).unwrap())
    }

    /// The events that came with changes, as the outbox has them.
    pub fn events(&self, name: &str) -> Vec<Value> {
        let rows = self.store.outbox(0, 10_000).unwrap();
        let events = rows
            .iter()
            .map(|(_, event)| serde_json::from_slice::<Value>(event).unwrap());
        events.filter(|event| event["eventName"] == name).collect()
    }

    /// The kinds of all records whose name begins with an id.
    pub fn records_of(&self, region: &str, id: &str) -> Vec<String> {
        let mut snapshot = self.store.snapshot().unwrap();
        let prefix = Prefix::region(ACCOUNT, region).unwrap();
        let all = snapshot.scan(&prefix, None, 10_000).unwrap();
        all.iter()
            .filter(|(key, record)| {
                key.name().starts_with(id)
                    || record
                        .value
                        .windows(id.len())
                        .any(|part| part == id.as_bytes())
            })
            .map(|(key, _)| key.kind().to_owned())
            .collect()
    }

    /// Whether a text is anywhere in the store: in a record, or in what the log of changes still knows.
    pub fn knows(&self, text: &str) -> bool {
        let holds = |value: &[u8]| {
            value
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        let log = self.store.changes(store::Revision(0), 100_000).unwrap();
        let mut snapshot = self.store.snapshot().unwrap();
        let records = snapshot.scan(&Prefix::all(), None, 100_000).unwrap();
        log.iter()
            .any(|change| change.value.as_deref().is_some_and(holds))
            || records.iter().any(|(_, record)| holds(&record.value))
    }

    /// The sealed form of a key's current material.
    pub fn sealed(&self, region: &str, key: &str, material: &str) -> String {
        let name = format!("{key}/{material}");
        let key = kernel::record::key::<MaterialRecord>(ACCOUNT, region, &name).unwrap();
        let record = self.store.snapshot().unwrap().read(&key).unwrap().unwrap();
        let record: MaterialRecord = kernel::record::decode(&record.value).unwrap();
        record.sealed.unwrap()
    }

    /// Writes what is kept in memory.
    pub fn flush(&self) {
        let writes = self.kernel.host().last_used.take().unwrap();
        let commit = store::Commit {
            base: self.store.revision(),
            writes,
            ..store::Commit::default()
        };
        self.store.commit(commit).wait().unwrap();
    }

    pub fn put<T: kernel::Entity>(&self, region: &str, name: &str, entity: &T) {
        let key = kernel::record::key::<T>(ACCOUNT, region, name).unwrap();
        let bytes: Bytes = kernel::record::encode(entity).unwrap();
        let commit = store::Commit {
            base: self.store.revision(),
            writes: vec![store::Write::Put(key, bytes)],
            ..store::Commit::default()
        };
        self.store.commit(commit).wait().unwrap();
    }
}

/// The error code of a call that failed; `none` where it did not.
pub fn code<T>(outcome: Result<T, ResponseError>) -> String {
    outcome
        .err()
        .map_or_else(|| "none".into(), |error| error.code)
}
