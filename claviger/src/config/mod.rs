//! What the operator chose: defaults, then a TOML file, then the environment, then flags.
//!
//! Each source is read into [`Setting`]s, text under a key, and one table says what a
//! key's text may be. A mistake is reported with its source, and with the line in a file.

mod error;
mod file;
mod key;
mod xks;

pub(crate) use error::ConfigError;
pub(crate) use key::KEYS;
pub(crate) use xks::XksEndpoint;

use crate::seal::Sources;
use arn::AccountId;
use crypto::SecretString;
use kernel::{Enforcement, Quotas};
use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file that is read where no flag names one.
const FILE_VARIABLE: &str = "CLAVIGER_CONFIG";
const ROOT_ID_VARIABLE: &str = "CLAVIGER_ROOT_ACCESS_KEY_ID";
const ROOT_SECRET_VARIABLE: &str = "CLAVIGER_ROOT_SECRET_ACCESS_KEY";

/// The shortest secret of a root user's configured key, in characters.
const SHORTEST_ROOT_SECRET: usize = 32;

/// Where a setting was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A line of a file.
    File { path: PathBuf, line: usize },
    /// A variable of the environment.
    Environment(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(formatter, "{}:{line}", path.display()),
            Self::Environment(name) => write!(formatter, "environment variable {name}"),
            Self::Flag(name) => write!(formatter, "flag --{name}"),
        }
    }
}

/// One setting as its source has it.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) text: String,
    pub(crate) source: Source,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// What `--dev` logs: each call too.
const DEVELOPER_LOG: &str = "info,claviger::call=debug";

/// Certificate chain and private key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// An access key of the environment.
#[derive(Debug, Clone)]
pub(crate) struct EnvironmentKey {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

/// Everything that the operator can choose.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) region: String,
    pub(crate) account: Option<AccountId>,
    pub(crate) dev: bool,
    pub(crate) ephemeral: bool,
    pub(crate) enforcement: Enforcement,
    pub(crate) tls_certificate: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) seed: Option<PathBuf>,
    pub(crate) log_format: LogFormat,
    pub(crate) log: String,
    pub(crate) max_connections: usize,
    pub(crate) max_body: usize,
    pub(crate) ready_file: Option<PathBuf>,
    /// A trail that lacks events is recorded and not refused. A flag only: a choice for one start.
    pub(crate) accept_shortened_trail: bool,
    /// How the seal opens.
    pub(crate) seal: Sources,
    /// Whether a server waits for a slot to open.
    pub(crate) wait_for_unseal: bool,
    /// Set in a file or the environment; AWS's defaults suit most.
    pub(crate) quotas: Quotas,
    /// The endpoints that external key stores may name.
    pub(crate) xks_endpoints: Vec<XksEndpoint>,
    /// Certificates that proxies of external key stores are trusted by.
    pub(crate) xks_authorities: Option<PathBuf>,
    /// How long such a proxy may take to answer.
    pub(crate) xks_timeout: Duration,
    /// The file of those who reach keys here as external keys.
    pub(crate) xks_proxy: Option<PathBuf>,
    /// Certificates by which enclaves may prove themselves, besides AWS's own.
    pub(crate) attestation_roots: Option<PathBuf>,
    /// Keys of the root user that the environment gives.
    pub(crate) root: Option<EnvironmentKey>,
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, which `--dev` makes an administrator's.
    pub(crate) developer: Option<EnvironmentKey>,
    sources: HashMap<&'static str, Source>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4566),
            data: PathBuf::from("claviger-data"),
            region: "us-east-1".to_owned(),
            account: None,
            dev: false,
            ephemeral: false,
            enforcement: Enforcement::Strict,
            tls_certificate: None,
            tls_key: None,
            seed: None,
            log_format: LogFormat::Text,
            log: "info".to_owned(),
            max_connections: 800,
            max_body: 2 * 1024 * 1024,
            ready_file: None,
            accept_shortened_trail: false,
            seal: Sources::default(),
            wait_for_unseal: false,
            quotas: Quotas::default(),
            xks_endpoints: Vec::new(),
            xks_authorities: None,
            // The limit of AWS KMS ("KMS Considerations", XKS proxy API specification).
            xks_timeout: Duration::from_millis(250),
            xks_proxy: None,
            attestation_roots: None,
            root: None,
            developer: None,
            sources: HashMap::new(),
        }
    }
}

impl Config {
    /// Puts the layers on each other. `file` is the file that a flag names, `flags` are
    /// pairs of key and text, `environment` gives variables.
    ///
    /// # Errors
    /// [`ConfigError`], with the source of the mistake.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: &dyn Fn(&str) -> Option<String>,
        flags: Vec<(&'static str, String)>,
    ) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        let named = environment(FILE_VARIABLE)
            .filter(|name| !name.is_empty())
            .map(PathBuf::from);
        if let Some(path) = file.map(Path::to_owned).or(named) {
            for setting in file::read(&path)? {
                config.apply(setting)?;
            }
        }
        config.apply_environment(environment, |_| true)?;
        for (key, text) in flags {
            config.apply(Setting {
                key: key.to_owned(),
                text,
                source: Source::Flag(key),
            })?;
        }
        config.root = environment_key(environment, ROOT_ID_VARIABLE, ROOT_SECRET_VARIABLE)?;
        if let Some(key) = config.root.as_ref().filter(|_| !config.dev) {
            check_root_key(key)?;
        }
        if config.dev {
            if !config.sources.contains_key("log") {
                config.log = DEVELOPER_LOG.to_owned();
            }
            config.developer =
                environment_key(environment, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")?;
        }
        config.check()?;
        Ok(config)
    }

    /// The defaults, for a data directory whose seal opens as the environment says.
    ///
    /// # Errors
    /// [`ConfigError`], with the variable that has a mistake.
    pub(crate) fn of_data(data: &Path) -> Result<Self, ConfigError> {
        let mut config = Self {
            data: data.to_owned(),
            ..Self::default()
        };
        let environment = |name: &str| std::env::var(name).ok();
        config.apply_environment(&environment, |key| key.starts_with("seal-"))?;
        Ok(config)
    }

    fn apply_environment(
        &mut self,
        environment: &dyn Fn(&str) -> Option<String>,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(), ConfigError> {
        for key in KEYS.iter().filter(|key| wanted(key.name)) {
            let variable = format!("CLAVIGER_{}", key.name.to_uppercase().replace('-', "_"));
            if let Some(text) = environment(&variable) {
                let source = Source::Environment(variable);
                self.apply(Setting {
                    key: key.name.to_owned(),
                    text,
                    source,
                })?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, setting: Setting) -> Result<(), ConfigError> {
        let Setting {
            key: name,
            text,
            source,
        } = setting;
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            return Err(ConfigError::unknown_key(source, name));
        };
        match (key.set)(self, &text) {
            Ok(()) => {
                self.sources.insert(key.name, source);
                Ok(())
            }
            Err(problem) => Err(ConfigError::Invalid {
                origin: source,
                key: key.name,
                problem,
            }),
        }
    }

    /// Where a key was set, for messages; its flag where it was not.
    fn source(&self, key: &'static str) -> Source {
        self.sources.get(key).cloned().unwrap_or(Source::Flag(key))
    }

    /// What settings together must not say.
    fn check(&self) -> Result<(), ConfigError> {
        let conflict = |key, problem: String| {
            Err(ConfigError::Conflict {
                origin: self.source(key),
                problem,
            })
        };
        let loopback = self.listen.ip().to_canonical().is_loopback();
        if self.dev && !loopback {
            return conflict(
                "listen",
                format!(
                    "--dev accepts well-known credentials and refuses to listen on {}",
                    self.listen.ip()
                ),
            );
        }
        if self.enforcement == Enforcement::Soft && !loopback {
            return conflict(
                "enforce",
                format!(
                    "soft enforcement denies nothing and refuses to listen on {}",
                    self.listen.ip()
                ),
            );
        }
        match (&self.tls_certificate, &self.tls_key) {
            (Some(_), None) => conflict(
                "tls-cert",
                "a certificate needs its private key: set tls-key".into(),
            ),
            (None, Some(_)) => conflict(
                "tls-key",
                "a private key needs its certificate: set tls-cert".into(),
            ),
            _ => Ok(()),
        }
    }

    /// The files of TLS, where it is on.
    pub(crate) fn tls(&self) -> Option<TlsFiles> {
        let (certificate, key) = (self.tls_certificate.clone()?, self.tls_key.clone()?);
        Some(TlsFiles { certificate, key })
    }
}

/// What an access key of the root user must be where others than its developer reach the
/// server. AWS's own ids are of this form (the IAM API's `accessKeyIdType`, without its lower
/// case), and its secrets have 40 characters.
fn check_root_key(key: &EnvironmentKey) -> Result<(), ConfigError> {
    let refuse = |variable: &str, problem: String| {
        Err(ConfigError::Conflict {
            origin: Source::Environment(variable.to_owned()),
            problem,
        })
    };
    let of_aws = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if !(16..=128).contains(&key.id.len()) || !key.id.bytes().all(of_aws) {
        let problem = "an access key id has 16 to 128 characters of A-Z and 0-9";
        return refuse(ROOT_ID_VARIABLE, problem.to_owned());
    }
    if key.secret.expose().chars().count() < SHORTEST_ROOT_SECRET {
        let problem = format!(
            "a secret access key has at least {SHORTEST_ROOT_SECRET} characters, else it can be guessed"
        );
        return refuse(ROOT_SECRET_VARIABLE, problem);
    }
    Ok(())
}

/// A key that the environment gives whole, or not at all.
fn environment_key(
    environment: &dyn Fn(&str) -> Option<String>,
    id_variable: &str,
    secret_variable: &str,
) -> Result<Option<EnvironmentKey>, ConfigError> {
    let read = |name: &str| environment(name).filter(|value| !value.is_empty());
    match (read(id_variable), read(secret_variable)) {
        (None, None) => Ok(None),
        (Some(id), Some(secret)) => Ok(Some(EnvironmentKey {
            id,
            secret: SecretString::new(secret),
        })),
        (Some(_), None) => Err(ConfigError::half_key(id_variable, secret_variable)),
        (None, Some(_)) => Err(ConfigError::half_key(secret_variable, id_variable)),
    }
}

#[cfg(test)]
mod tests;
