//! The keys and what their texts may be.

use super::{Config, LogFormat, xks};
use arn::AccountId;
use kernel::Enforcement;
use std::net::SocketAddr;
use std::time::Duration;

/// The smallest body limit that an operator may set: IAM's largest documents fit.
const SMALLEST_MAX_BODY: usize = 16 * 1024;
/// The largest one: bodies are held in memory.
const LARGEST_MAX_BODY: usize = 256 * 1024 * 1024;

/// A key of the configuration.
pub(crate) struct Key {
    /// Its name in a file and as a flag; `CLAVIGER_` and its capitals in the environment.
    pub(crate) name: &'static str,
    /// Takes a text over, or says what is wrong with it.
    pub(super) set: fn(&mut Config, &str) -> Result<(), String>,
}

/// All keys.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "listen",
        set: |config, text| listen(text).map(|address| config.listen = address),
    },
    Key {
        name: "data",
        set: |config, text| not_empty(text).map(|path| config.data = path.into()),
    },
    Key {
        name: "region",
        set: |config, text| region(text).map(|region| config.region = region),
    },
    Key {
        name: "account",
        set: |config, text| account(text).map(|account| config.account = Some(account)),
    },
    Key {
        name: "dev",
        set: |config, text| boolean(text).map(|on| config.dev = on),
    },
    Key {
        name: "ephemeral",
        set: |config, text| boolean(text).map(|on| config.ephemeral = on),
    },
    Key {
        name: "enforce",
        set: |config, text| enforcement(text).map(|mode| config.enforcement = mode),
    },
    Key {
        name: "tls-cert",
        set: |config, text| not_empty(text).map(|p| config.tls_certificate = Some(p.into())),
    },
    Key {
        name: "tls-key",
        set: |config, text| not_empty(text).map(|path| config.tls_key = Some(path.into())),
    },
    Key {
        name: "seed",
        set: |config, text| not_empty(text).map(|path| config.seed = Some(path.into())),
    },
    Key {
        name: "log-format",
        set: |config, text| log_format(text).map(|format| config.log_format = format),
    },
    Key {
        name: "log",
        set: |config, text| filter(text).map(|filter| config.log = filter),
    },
    Key {
        name: "max-connections",
        set: |config, text| number(text, 1, 1_000_000).map(|limit| config.max_connections = limit),
    },
    Key {
        name: "max-body",
        set: |config, text| {
            number(text, SMALLEST_MAX_BODY, LARGEST_MAX_BODY).map(|limit| config.max_body = limit)
        },
    },
    Key {
        name: "seal-slots",
        set: |config, text| slots(text).map(|slots| config.seal.slots = slots),
    },
    Key {
        name: "wait-for-unseal",
        set: |config, text| boolean(text).map(|on| config.wait_for_unseal = on),
    },
    Key {
        name: "seal-passphrase-file",
        set: |config, text| not_empty(text).map(|p| config.seal.passphrase = Some(p.into())),
    },
    Key {
        name: "seal-pin-file",
        set: |config, text| not_empty(text).map(|path| config.seal.pin = Some(path.into())),
    },
    Key {
        name: "seal-recovery-file",
        set: |config, text| not_empty(text).map(|p| config.seal.recovery = Some(p.into())),
    },
    Key {
        name: "quota-users",
        set: |config, text| quota(text).map(|limit| config.quotas.users = limit),
    },
    Key {
        name: "quota-groups",
        set: |config, text| quota(text).map(|limit| config.quotas.groups = limit),
    },
    Key {
        name: "quota-roles",
        set: |config, text| quota(text).map(|limit| config.quotas.roles = limit),
    },
    Key {
        name: "quota-policies",
        set: |config, text| quota(text).map(|limit| config.quotas.policies = limit),
    },
    Key {
        name: "quota-instance-profiles",
        set: |config, text| quota(text).map(|limit| config.quotas.instance_profiles = limit),
    },
    Key {
        name: "quota-server-certificates",
        set: |config, text| quota(text).map(|limit| config.quotas.server_certificates = limit),
    },
    Key {
        name: "quota-kms-keys",
        set: |config, text| quota(text).map(|limit| config.quotas.kms_keys = limit),
    },
    Key {
        name: "xks-endpoints",
        set: |config, text| xks::endpoints(text).map(|all| config.xks_endpoints = all),
    },
    Key {
        name: "xks-ca",
        set: |config, text| not_empty(text).map(|p| config.xks_authorities = Some(p.into())),
    },
    Key {
        name: "xks-timeout",
        set: |config, text| {
            number(text, 1, LONGEST_XKS_TIMEOUT)
                .map(|limit| config.xks_timeout = Duration::from_millis(limit as u64))
        },
    },
    Key {
        name: "xks-proxy",
        set: |config, text| not_empty(text).map(|path| config.xks_proxy = Some(path.into())),
    },
    Key {
        name: "attestation-roots",
        set: |config, text| not_empty(text).map(|p| config.attestation_roots = Some(p.into())),
    },
    Key {
        name: "ready-file",
        set: |config, text| not_empty(text).map(|p| config.ready_file = Some(p.into())),
    },
];

/// The longest that a proxy of an external key store may take, in milliseconds: a call waits for it.
const LONGEST_XKS_TIMEOUT: usize = 10_000;

/// The most entities of a kind that an account can be given.
const LARGEST_QUOTA: usize = 10_000_000;

fn quota(text: &str) -> Result<u64, String> {
    number(text, 1, LARGEST_QUOTA).map(|limit| limit as u64)
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric
        .parse()
        .map_err(|_| format!("'{text}' is not ADDRESS:PORT, such as 127.0.0.1:4566 or [::1]:4566"))
}

fn not_empty(text: &str) -> Result<&str, String> {
    if text.is_empty() {
        Err("a path is expected".into())
    } else {
        Ok(text)
    }
}

/// Ids or kinds of slots, which have the same characters.
fn slots(text: &str) -> Result<Vec<String>, String> {
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let names = text.split(',').map(|name| {
        let name = name.trim();
        if !name.is_empty() && name.bytes().all(sound) {
            Ok(name.to_owned())
        } else {
            Err(format!(
                "'{name}' is not a slot of the seal, such as file, recovery or aws-kms"
            ))
        }
    });
    names.collect()
}

fn region(text: &str) -> Result<String, String> {
    let sound = (4..=32).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && text.contains('-');
    if sound {
        Ok(text.to_owned())
    } else {
        Err(format!("'{text}' is not a region, such as us-east-1"))
    }
}

fn account(text: &str) -> Result<AccountId, String> {
    text.parse()
        .map_err(|_| format!("'{text}' is not an account id of 12 digits"))
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("'{text}' is neither true nor false")),
    }
}

fn enforcement(text: &str) -> Result<Enforcement, String> {
    match text {
        "strict" => Ok(Enforcement::Strict),
        "soft" => Ok(Enforcement::Soft),
        _ => Err(format!("'{text}' is neither 'strict' nor 'soft'")),
    }
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("'{text}' is neither 'text' nor 'json'")),
    }
}

fn filter(text: &str) -> Result<String, String> {
    match text.parse::<tracing_subscriber::filter::EnvFilter>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!(
            "'{text}' is not a log filter, such as 'info' or 'warn': {error}"
        )),
    }
}

fn number(text: &str, least: usize, most: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => Err(format!("'{text}' is not a number from {least} to {most}")),
    }
}
