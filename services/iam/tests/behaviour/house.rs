//! A server in memory that serves IAM only, and signed calls to it.

use arn::{AccountId, Partition};
use bytes::Bytes;
use crypto::{Keyring, RootKey, SeededRandom};
use jiff::Timestamp;
use kernel::world::Projector;
use kernel::{
    Enforcement, Host, Kernel, ManualClock, Origin, Provider, Quotas, Registry, Settings, record,
};
use service_iam::entity::{InlinePolicy, UserRecord, folded};
use service_iam::{IamProjection, access_key};
use std::fmt::Write as _;
use std::sync::Arc;
use store::{MemoryStore, Store, Tx};

pub(crate) const ACCOUNT: &str = "111122223333";
const NOON: &str = "2026-11-24T12:00:00.25Z";

/// Whoever signs a call.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// The text of the first element of that name.
    pub(crate) fn text(&self, element: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<{element}>"))?;
        rest.split_once("</").map(|(text, _)| text)
    }

    /// The texts of all elements of that name.
    pub(crate) fn texts(&self, element: &str) -> Vec<&str> {
        let open = format!("<{element}>");
        self.body
            .split(open.as_str())
            .skip(1)
            .filter_map(|rest| rest.split_once("</"))
            .map(|(text, _)| text)
            .collect()
    }

    pub(crate) fn code(&self) -> &str {
        self.text("Code").unwrap_or("")
    }

    pub(crate) fn message(&self) -> String {
        self.text("Message")
            .unwrap_or("")
            .replace("&quot;", "\"")
            .replace("&apos;", "'")
    }
}

pub(crate) struct House {
    kernel: Kernel,
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    pub(crate) root: Who,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with_quotas(Quotas::default())
    }

    pub(crate) fn with_quotas(quotas: Quotas) -> Self {
        let random = Arc::new(SeededRandom::new(1));
        let keyring = Keyring::derive(&RootKey::ephemeral(random.as_ref()));
        let store = Arc::new(MemoryStore::new());
        let projector = Arc::new(Projector::new(vec![
            Box::new(IamProjection::new(Partition::Aws, &keyring)),
            Box::new(crate::ceilings::CeilingsProjection),
        ]));
        store.observe(Arc::clone(&projector) as _);
        let now: Timestamp = NOON.parse().unwrap();
        let clock = Arc::new(ManualClock::new(now));
        let account: AccountId = ACCOUNT.parse().unwrap();
        let mut tx = Tx::begin(Arc::clone(&store) as _, store.revision());
        let key =
            access_key::create_root(&mut tx, account, &keyring, random.as_ref(), now).unwrap();
        store.commit(tx.into_commit()).wait().unwrap();
        let host = Host {
            store: Arc::clone(&store) as _,
            projector,
            trail: Arc::new(audit::Trail::memory(1 << 24)),
            tokens: keyring.token_sealer("sts.session-token"),
            keyring,
            random,
            clock: Arc::clone(&clock) as _,
            outbound: Arc::new(kernel::NoOutbound),
            last_used: kernel::last_used::LastUsed::default(),
            settings: Settings {
                account,
                partition: Partition::Aws,
                region: "us-east-1".into(),
                enforcement: Enforcement::Strict,
                configured: Vec::new(),
                any_account_secret: None,
                max_body: 1 << 20,
                quotas,
                attestation_roots: Vec::new(),
            },
        };
        let mut registry = Registry::default();
        service_iam::register(&mut registry);
        crate::proof::register(&mut registry);
        let root = Who {
            id: key.record.id,
            secret: key.secret.expose().to_owned(),
        };
        Self {
            kernel: Kernel::new(Arc::new(host), registry),
            store,
            clock,
            root,
        }
    }

    /// The root user of another account on the same server.
    pub(crate) fn another_account(&self, account: &str) -> Who {
        let host = self.kernel.host();
        let account: AccountId = account.parse().unwrap();
        let mut tx = Tx::begin(Arc::clone(&self.store) as _, self.store.revision());
        let now = kernel::Clock::now(self.clock.as_ref());
        let key =
            access_key::create_root(&mut tx, account, &host.keyring, host.random.as_ref(), now)
                .unwrap();
        self.store.commit(tx.into_commit()).wait().unwrap();
        Who {
            id: key.record.id,
            secret: key.secret.expose().to_owned(),
        }
    }

    pub(crate) async fn call(
        &self,
        who: &Who,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Answer {
        self.call_service(("iam", "2010-05-08"), who, action, parameters)
            .await
    }

    /// A call of another service, by its signing name and version.
    pub(crate) async fn call_service(
        &self,
        (service, version): (&str, &str),
        who: &Who,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Answer {
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            write!(body, "&{name}={}", encoded(value)).unwrap();
        }
        let body = Bytes::from(body);
        let request = http::Request::post("http://localhost/")
            .header("host", "localhost")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(())
            .unwrap();
        let (mut parts, ()) = request.into_parts();
        let now = kernel::Clock::now(self.clock.as_ref());
        let signing = sigv4::Signing::new("us-east-1", service, now.as_second());
        let credentials = sigv4::Credentials::new(&who.id, &who.secret);
        sigv4::sign_headers(&Provider, &mut parts, &body, &credentials, &signing).unwrap();
        let origin = Origin {
            source_ip: "127.0.0.1".parse().unwrap(),
            user_agent: "test".into(),
            tls: None,
            host: "localhost".into(),
        };
        let answer = self.kernel.answer(parts, body, Arc::new(origin)).await;
        let body = String::from_utf8(answer.response.body().to_vec()).unwrap();
        Answer {
            status: answer.response.status().as_u16(),
            body,
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        kernel::Clock::now(self.clock.as_ref())
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        let later = self
            .now()
            .checked_add(jiff::SignedDuration::from_secs(seconds));
        self.clock.set(later.unwrap());
    }

    /// A call of the root user, which must succeed.
    pub(crate) async fn done(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let answer = self.call(&self.root, action, parameters).await;
        assert_eq!(answer.status, 200, "{action}: {}", answer.body);
        answer
    }

    /// A call of the root user, which must fail with this code; returns the message.
    pub(crate) async fn refused(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
        code: &str,
    ) -> String {
        let answer = self.call(&self.root, action, parameters).await;
        assert_eq!(answer.code(), code, "{action}: {}", answer.body);
        answer.message()
    }

    /// A new user with one inline policy and an access key.
    pub(crate) async fn user(&self, name: &str, policy: &str) -> Who {
        self.done("CreateUser", &[("UserName", name)]).await;
        self.grant(name, policy);
        self.key(name).await
    }

    pub(crate) async fn key(&self, name: &str) -> Who {
        let answer = self.done("CreateAccessKey", &[("UserName", name)]).await;
        Who {
            id: answer.text("AccessKeyId").unwrap().into(),
            secret: answer.text("SecretAccessKey").unwrap().into(),
        }
    }

    /// Gives a user one inline policy in place of those that it has.
    pub(crate) fn grant(&self, name: &str, policy: &str) {
        let mut tx = Tx::begin(Arc::clone(&self.store) as _, self.store.revision());
        let key = record::key::<UserRecord>(ACCOUNT, "", &folded(name)).unwrap();
        let mut user: UserRecord = record::decode(&tx.get(&key).unwrap().unwrap()).unwrap();
        user.inline = vec![InlinePolicy {
            name: "granted".into(),
            document: policy.into(),
        }];
        tx.put(key, record::encode(&user).unwrap());
        self.store.commit(tx.into_commit()).wait().unwrap();
    }

    /// Adds or removes a record beside all operations.
    pub(crate) fn put(&self, kind: &str, name: &str, value: Option<&str>) {
        let mut tx = Tx::begin(Arc::clone(&self.store) as _, self.store.revision());
        let key = store::RecordKey::new(ACCOUNT, "", kind, name).unwrap();
        match value {
            Some(value) => tx.put(key, Bytes::from(value.to_owned())),
            None => tx.delete(key),
        }
        self.store.commit(tx.into_commit()).wait().unwrap();
    }

    /// The keys of the account's records of a kind.
    pub(crate) fn keys(&self, kind: &str) -> Vec<String> {
        let range = store::Prefix::new(ACCOUNT, "", kind, "").unwrap();
        let found = self
            .store
            .snapshot()
            .unwrap()
            .scan(&range, None, 1000)
            .unwrap();
        found
            .into_iter()
            .map(|(key, _)| key.name().to_owned())
            .collect()
    }

    /// All bytes that are stored.
    pub(crate) fn everything(&self) -> String {
        let found = self
            .store
            .snapshot()
            .unwrap()
            .scan(&store::Prefix::all(), None, 10_000)
            .unwrap();
        let records = found
            .iter()
            .map(|(_, record)| String::from_utf8_lossy(&record.value).into_owned());
        let events = self.store.outbox(0, 10_000).unwrap();
        let events = events
            .iter()
            .map(|(_, event)| String::from_utf8_lossy(event).into_owned());
        records.chain(events).collect()
    }
}

/// An identity policy with one statement.
pub(crate) fn allow(actions: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{actions}","Resource":"{resource}"}}}}"#
    )
}

pub(crate) fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02X}").unwrap();
        encoded
    })
}
