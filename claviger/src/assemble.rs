//! From a configuration to a kernel that can answer: the data directory, its keys,
//! its store, its trail, the world, and the pump between store and trail.

use crate::bootstrap::{self, FirstKey, Home};
use crate::config::{Config, EnvironmentKey};
use crate::server::outbound::{Choice, Proxies};
use crate::{seal, soundness};
use anyhow::{Context, bail};
use arn::{AccountId, Partition};
use audit::{Event, Json, Recovery, Trail, UserIdentity};
use bytes::Bytes;
use crypto::{Keyring, Random, RootKey, SealFiles, SecretString, SystemRandom, Unsealed};
use kernel::world::{Projection, Projector};
use kernel::{
    AccountProjection, Clock, ConfiguredKey, ConfiguredOwner, Enforcement, Host, Pump, Registry,
    Settings, SystemClock, ids, last_used::LastUsed,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{MemoryStore, SqliteStore, Store};

/// The account of `--dev` where nothing names another.
const DEV_ACCOUNT: &str = "000000000000";
/// Both halves of the access key of `--dev` where the environment has none.
const DEV_KEY: &str = "test";
/// Events that `--ephemeral` keeps, in bytes.
const EPHEMERAL_TRAIL: usize = 64 * 1024 * 1024;

/// The names in a data directory.
pub(crate) struct DataDirectory(PathBuf);

impl DataDirectory {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn root_key(&self) -> PathBuf {
        self.0.join("root.key")
    }

    /// The seal and the root key's file.
    pub(crate) fn seal_files(&self) -> SealFiles {
        SealFiles::of(&self.0)
    }

    pub(crate) fn trail(&self) -> PathBuf {
        self.0.join("trail")
    }

    /// The store's file.
    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("claviger.db")
    }

    /// Stands here while a restore is under way, and after one that did not end.
    pub(crate) fn unfinished_restore(&self) -> PathBuf {
        self.0.join("restore.unfinished")
    }

    /// Refuses what a restore left half done.
    pub(crate) fn refuse_unfinished_restore(&self) -> anyhow::Result<()> {
        if self.unfinished_restore().exists() {
            bail!(
                "a restore into {} did not end: repeat `claviger restore BACKUP --data {0}`",
                self.0.display()
            );
        }
        Ok(())
    }
}

/// Everything that serves calls.
pub(crate) struct House {
    pub(crate) host: Arc<Host>,
    pub(crate) pump: Arc<Pump>,
    /// The root user's key, where this start made it.
    pub(crate) first_key: Option<FirstKey>,
    /// The slot that opened the seal; `None` for a root key that is in memory only.
    pub(crate) opened_by: Option<String>,
}

impl House {
    /// Opens what the configuration names and begins what is not there yet.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        Self::lay(config, true)
    }

    /// Opens the data directory of a server that has been, in whatever region it was.
    pub(crate) fn reopen(config: &Config) -> anyhow::Result<Self> {
        Self::lay(config, false)
    }

    fn lay(config: &Config, may_found: bool) -> anyhow::Result<Self> {
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let foundation = Foundation::lay(config, random.as_ref(), clock.as_ref())?;
        let keyring = foundation.unsealed.keyring();
        let store = Arc::clone(&foundation.store);
        let trail = Arc::clone(&foundation.trail);
        // Before the first commit: it would take a number that the trail has seen.
        soundness::rebase(&foundation, random.as_ref(), clock.as_ref())?;
        soundness::of_trail(config, &foundation, random.as_ref(), clock.as_ref())?;
        let wanted = bootstrap::Wanted {
            account: config.account,
            default_account: match developer_account(config) {
                None if config.dev => Some(DEV_ACCOUNT.parse()?),
                named => named,
            },
            partition: may_found.then(|| Partition::of_region(&config.region)),
            may_found,
            keyring: &keyring,
            has_keys: config.dev || config.root.is_some(),
        };
        let (home, first_key) = bootstrap::home(&store, &wanted, random.as_ref(), clock.as_ref())?;
        let projector = Arc::new(Projector::new(projections(home.partition, &keyring)));
        projector
            .rebuild(store.as_ref())
            .context("cannot read the records")?;
        store.observe(Arc::clone(&projector) as Arc<dyn store::Observer>);
        let pump = Pump::start(Arc::clone(&store), Arc::clone(&trail))
            .context("cannot start the outbox pump")?;
        let host = Arc::new(Host {
            store,
            projector,
            trail,
            tokens: keyring.token_sealer("sts.session"),
            keyring,
            random,
            outbound: Arc::new(outbound(config, Arc::clone(&clock))?),
            clock,
            last_used: LastUsed::default(),
            settings: settings(config, &home)?,
        });
        Ok(Self {
            host,
            pump: Arc::new(pump),
            first_key,
            opened_by: foundation.opened_by,
        })
    }

    /// Makes everything durable and lets go of the data directory.
    pub(crate) fn close(&self) {
        if let Err(error) = crate::last_use::flush(&self.host) {
            tracing::warn!(%error, "last uses are lost");
        }
        self.pump.stop();
        if let Err(error) = self.host.trail.close() {
            tracing::error!(%error, "the audit trail did not close well");
        }
        self.host.store.close();
    }
}

/// All services, whether they serve operations yet or only name them.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::default();
    service_iam::register(&mut registry);
    service_sts::register(&mut registry);
    service_kms::register(&mut registry);
    registry.service(&service_accessanalyzer::api::operations::SERVICE);
    registry.service(&service_shield::api::operations::SERVICE);
    crate::accounts::register(&mut registry);
    registry
}

/// The way to external key store proxies.
fn outbound(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Proxies> {
    let choice = Choice {
        endpoints: &config.xks_endpoints,
        dev: config.dev,
        authorities: config.xks_authorities.as_deref(),
        deadline: config.xks_timeout,
    };
    Proxies::new(&choice, clock)
}

fn projections(partition: Partition, keyring: &Keyring) -> Vec<Box<dyn Projection>> {
    vec![
        Box::new(AccountProjection),
        Box::new(service_iam::IamProjection::new(partition, keyring)),
        Box::new(service_kms::KmsProjection::new(partition)),
    ]
}

/// What lasts, opened.
pub(crate) struct Foundation {
    unsealed: Unsealed,
    opened_by: Option<String>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) trail: Arc<Trail>,
    /// `None` for what is in memory only.
    pub(crate) recovery: Option<Recovery>,
}

impl Foundation {
    fn lay(config: &Config, random: &dyn Random, clock: &dyn Clock) -> anyhow::Result<Self> {
        if config.ephemeral {
            return Ok(Self {
                unsealed: Unsealed::without_seal(RootKey::ephemeral(random)),
                opened_by: None,
                store: Arc::new(MemoryStore::new()),
                trail: Arc::new(Trail::memory(EPHEMERAL_TRAIL)),
                recovery: None,
            });
        }
        let directory = DataDirectory::new(&config.data);
        soundness::before_opening(&directory)?;
        let created = u64::try_from(clock.now().as_second()).unwrap_or_default();
        // Opened first: it makes the directory, and its lock keeps a second server out.
        let store = SqliteStore::open(directory.path(), &store::sqlite::Options::new(created))
            .context("cannot open the store")?;
        let (new, now) = (store.revision().0 == 0, clock.now().to_string());
        let opened = seal::open_or_begin(&directory, &config.seal, new, random, &now)?;
        let (trail, recovery) = Trail::open(&directory.trail(), audit::Options::default())
            .context("cannot open the audit trail")?;
        soundness::of_store(&directory, &store, &recovery)?;
        if recovery.truncated_bytes > 0 {
            let bytes = recovery.truncated_bytes;
            tracing::warn!(
                bytes,
                "cut a half-written record off the audit trail; it was never acknowledged"
            );
        }
        Ok(Self {
            unsealed: opened.unsealed,
            opened_by: Some(opened.slot),
            store: Arc::new(store),
            trail: Arc::new(trail),
            recovery: Some(recovery),
        })
    }
}

/// An event that the server itself causes.
pub(crate) fn service_event(
    name: &'static str,
    account: Option<AccountId>,
    random: &dyn Random,
    clock: &dyn Clock,
) -> Bytes {
    service_event_of(name, account, &serde_json::Value::Null, random, clock)
}

/// As [`service_event`], with parameters.
pub(crate) fn service_event_of(
    name: &'static str,
    account: Option<AccountId>,
    parameters: &serde_json::Value,
    random: &dyn Random,
    clock: &dyn Clock,
) -> Bytes {
    let id = ids::event_id(random);
    let mut event = Event::new("claviger.amazonaws.com", name, "us-east-1", clock.now(), id);
    if !parameters.is_null() {
        event.request_parameters = Json::new(parameters);
    }
    event.user_identity = UserIdentity::aws_service("claviger.amazonaws.com");
    event.source_ip_address = "claviger.amazonaws.com".into();
    event.event_type = "AwsServiceEvent".into();
    event.recipient_account_id = account.map(|account| account.to_string());
    event.to_bytes()
}

fn settings(config: &Config, home: &Home) -> anyhow::Result<Settings> {
    let mut configured = Vec::new();
    let mut configure = |key: EnvironmentKey, account, owner| {
        configured.push(ConfiguredKey {
            id: key.id,
            secret: key.secret,
            account,
            owner,
        });
    };
    if let Some(key) = config.root.clone() {
        configure(key, home.account, ConfiguredOwner::Root);
    }
    let mut any_account_secret = None;
    if config.dev {
        let key = developer(config);
        any_account_secret = Some(key.secret.clone());
        let account = developer_account(config).unwrap_or(home.account);
        configure(key, account, ConfiguredOwner::Administrator);
    }
    Ok(Settings {
        account: home.account,
        partition: home.partition,
        region: config.region.clone(),
        enforcement: config.enforcement,
        configured,
        any_account_secret,
        max_body: config.max_body,
        quotas: config.quotas,
        attestation_roots: match &config.attestation_roots {
            Some(file) => certificates(file)?,
            None => Vec::new(),
        },
    })
}

/// The certificates of a PEM file, in DER.
fn certificates(file: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let certificates = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read {}", file.display()))?;
    anyhow::ensure!(
        !certificates.is_empty(),
        "{} holds no certificate",
        file.display()
    );
    Ok(certificates.iter().map(|der| der.to_vec()).collect())
}

/// The access key of `--dev`.
pub(crate) fn developer(config: &Config) -> EnvironmentKey {
    config.developer.clone().unwrap_or_else(|| EnvironmentKey {
        id: DEV_KEY.to_owned(),
        secret: SecretString::new(DEV_KEY.to_owned()),
    })
}

/// The account that the access key id of `--dev` names, unless the operator names one.
fn developer_account(config: &Config) -> Option<AccountId> {
    let key = config.developer.as_ref().filter(|_| config.dev)?;
    key.id.parse().ok().filter(|_| config.account.is_none())
}

/// A word for the enforcement, as the configuration has it.
pub(crate) fn enforcement_word(enforcement: Enforcement) -> &'static str {
    match enforcement {
        Enforcement::Strict => "strict",
        Enforcement::Soft => "soft",
    }
}
