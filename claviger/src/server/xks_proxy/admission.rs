//! Who reaches which keys: the file that `xks-proxy` names.
//!
//! It is read anew when it changes, so that credentials can be exchanged while the server runs. A
//! change that cannot be read is logged, and what was valid before stays valid.

use anyhow::{Context, bail, ensure};
use arn::{AccountId, Arn};
use crypto::SecretString;
use serde::Deserialize;
use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the file is looked at, at most.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest path ("API Operations").
const LONGEST_PATH: usize = 128;

/// Everything that the file says.
pub(crate) struct Admissions {
    file: PathBuf,
    current: Mutex<Current>,
}

struct Current {
    looked: Instant,
    stamp: Stamp,
    paths: Arc<HashMap<String, Admission>>,
}

/// By what a change of the file is noticed.
#[derive(Debug, PartialEq, Eq)]
struct Stamp(u64, i64, i64, u64);

/// What holds under one path.
#[derive(Debug)]
pub(super) struct Admission {
    credentials: HashMap<String, SecretString>,
    /// The ARNs of the keys, by their external ids.
    keys: HashMap<String, String>,
    /// The accounts of AWS for which the keys may be used; `None` for all.
    accounts: Option<Vec<AccountId>>,
}

impl Admission {
    /// The secret of an access key.
    pub(super) fn secret(&self, access_key_id: &str) -> Option<&SecretString> {
        self.credentials.get(access_key_id)
    }

    /// The ARN of the key that has this external id.
    pub(super) fn key(&self, external_id: &str) -> Option<&str> {
        self.keys.get(external_id).map(String::as_str)
    }

    /// Whether the keys may be used for a principal, by a key of KMS where there is one: each account
    /// that the request names must be admitted, and one must be named.
    pub(super) fn admits(&self, principal: Option<&str>, kms_key: Option<&str>) -> bool {
        let Some(accounts) = &self.accounts else {
            return true;
        };
        // The account is read from where ARNs have it: AWS's own test client sends a key ARN of an odd form.
        let account = |text: &str| text.split(':').nth(4).map(str::parse::<AccountId>);
        let mut named = [principal, kms_key]
            .into_iter()
            .flatten()
            // A service principal belongs to no account.
            .filter(|text| text.starts_with("arn:"))
            .map(account)
            .peekable();
        named.peek().is_some()
            && named
                .all(|account| matches!(account, Some(Ok(account)) if accounts.contains(&account)))
    }
}

impl Admissions {
    /// Reads the file.
    pub(crate) fn open(file: &Path) -> anyhow::Result<Self> {
        let (stamp, paths) = read(file)?;
        Ok(Self {
            file: file.to_owned(),
            current: Mutex::new(Current {
                looked: Instant::now(),
                stamp,
                paths: Arc::new(paths),
            }),
        })
    }

    /// What holds now, by path.
    pub(super) fn paths(&self) -> Arc<HashMap<String, Admission>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() >= PAUSE {
            current.looked = Instant::now();
            if stamp(&self.file).ok().as_ref() != Some(&current.stamp) {
                match read(&self.file) {
                    Ok((stamp, paths)) => {
                        current.stamp = stamp;
                        current.paths = Arc::new(paths);
                        tracing::info!(file = %self.file.display(), "read who reaches keys as external keys");
                    }
                    Err(error) => tracing::error!(
                        error = format!("{error:#}"),
                        "the file of xks-proxy cannot be read: what it said before stays valid"
                    ),
                }
            }
        }
        Arc::clone(&current.paths)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    proxy: Vec<Proxy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proxy {
    path: String,
    credentials: Vec<Credential>,
    keys: Vec<String>,
    accounts: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credential {
    id: String,
    secret: String,
}

fn stamp(file: &Path) -> anyhow::Result<Stamp> {
    let about = std::fs::metadata(file)?;
    Ok(Stamp(
        about.ino(),
        about.mtime(),
        about.mtime_nsec(),
        about.size(),
    ))
}

fn read(file: &Path) -> anyhow::Result<(Stamp, HashMap<String, Admission>)> {
    let name = file.display();
    let about = std::fs::metadata(file).with_context(|| format!("cannot read {name}"))?;
    // The secrets in it are as good as the keys.
    ensure!(
        about.mode() & 0o077 == 0,
        "{name} holds secrets and can be read by others: chmod 600 {name}"
    );
    let stamp = stamp(file)?;
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    let paths = parse(&text).with_context(|| name.to_string())?;
    Ok((stamp, paths))
}

fn parse(text: &str) -> anyhow::Result<HashMap<String, Admission>> {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        // The error's own text shows the line, which may be that of a secret.
        Err(error) => bail!("not as it should be: {}", error.message()),
    };
    ensure!(!file.proxy.is_empty(), "no [[proxy]] is in it");
    let mut paths = HashMap::new();
    for proxy in file.proxy {
        let path = proxy.path.clone();
        ensure!(
            is_path(&path),
            "'{path}' is not a path such as /example/kms/xks/v1"
        );
        let admission = admission(proxy).with_context(|| path.clone())?;
        if paths.insert(path.clone(), admission).is_some() {
            bail!("{path} is in it twice");
        }
    }
    Ok(paths)
}

fn admission(proxy: Proxy) -> anyhow::Result<Admission> {
    ensure!(!proxy.credentials.is_empty(), "no credential is given");
    let mut credentials = HashMap::new();
    for Credential { id, secret } in proxy.credentials {
        ensure!(
            is_access_key_id(&id),
            "'{id}' is not an access key id of 20 to 30 characters of A-Z and 2-7"
        );
        ensure!(
            is_secret(&secret),
            "the secret of {id} has not 43 to 64 characters of Base64"
        );
        if credentials
            .insert(id.clone(), SecretString::new(secret))
            .is_some()
        {
            bail!("{id} is given twice");
        }
    }
    let mut keys = HashMap::new();
    for text in proxy.keys {
        let id = key_id(&text).with_context(|| format!("'{text}' is not the ARN of a KMS key"))?;
        if keys.insert(id.clone(), text).is_some() {
            bail!("{id} is given twice");
        }
    }
    let accounts = proxy
        .accounts
        .map(|accounts| {
            let read = |text: &String| {
                text.parse()
                    .with_context(|| format!("'{text}' is not an account id of 12 digits"))
            };
            accounts.iter().map(read).collect()
        })
        .transpose()?;
    Ok(Admission {
        credentials,
        keys,
        accounts,
    })
}

/// A key's id is its external id.
fn key_id(text: &str) -> Option<String> {
    let arn = Arn::parse(text).ok()?;
    arn.account_id()?;
    let id = arn.resource().strip_prefix("key/")?;
    let sound = arn.service() == "kms" && !arn.region().is_empty() && is_external_id(id);
    sound.then(|| id.to_owned())
}

/// `XksKeyIdType` of the KMS API.
pub(super) fn is_external_id(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=128).contains(&text.len()) && text.bytes().all(sound)
}

/// `XksProxyUriPathType` of the KMS API, of the one version that there is.
fn is_path(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-');
    text.strip_suffix("/kms/xks/v1")
        .is_some_and(|prefix| prefix.is_empty() || (prefix.starts_with('/') && prefix.len() > 1))
        && text.len() <= LONGEST_PATH
        && text.bytes().all(sound)
}

/// `XksProxyAuthenticationAccessKeyIdType` of the KMS API.
fn is_access_key_id(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7');
    (20..=30).contains(&text.len()) && text.bytes().all(sound)
}

/// `XksProxyAuthenticationRawSecretAccessKeyType` of the KMS API.
fn is_secret(text: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'=');
    (43..=64).contains(&text.len()) && text.bytes().all(sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AKIAI2SFODNN7EXAMPLE";
    const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn file(more: &str) -> String {
        let secret = "F".repeat(43);
        format!(
            "[[proxy]]\npath = \"/a/kms/xks/v1\"\nkeys = [\"{KEY}\"]\n{more}\n[[proxy.credentials]]\nid = \"{ID}\"\nsecret = \"{secret}\"\n"
        )
    }

    #[test]
    fn only_what_is_in_the_file_is_admitted() {
        let paths = parse(&file("")).unwrap();
        let admission = &paths["/a/kms/xks/v1"];
        assert_eq!(
            admission.key("1234abcd-12ab-34cd-56ef-1234567890ab"),
            Some(KEY)
        );
        assert_eq!(admission.key("other"), None);
        assert!(admission.secret(ID).is_some() && admission.secret("OTHER").is_none());
        assert!(admission.admits(None, None));
    }

    #[test]
    fn accounts_can_be_told_apart() {
        let paths = parse(&file("accounts = [\"111122223333\"]")).unwrap();
        let admission = &paths["/a/kms/xks/v1"];
        let (mine, other) = (
            "arn:aws:iam::111122223333:user/a",
            "arn:aws:iam::444455556666:user/a",
        );
        assert!(admission.admits(Some(mine), None));
        assert!(admission.admits(Some(mine), Some(KEY)));
        assert!(admission.admits(Some("ec2.amazonaws.com"), Some(KEY)));
        assert!(!admission.admits(Some(other), Some(KEY)));
        assert!(!admission.admits(Some(other), None));
        assert!(!admission.admits(Some("ec2.amazonaws.com"), None));
        assert!(!admission.admits(Some("arn:aws"), Some(KEY)));
        assert!(!admission.admits(None, None));
    }

    #[test]
    fn files_with_mistakes_are_refused_without_their_secrets() {
        let good = file("");
        let secret = "F".repeat(43);
        for (from, to) in [
            ("/a/kms/xks/v1", "/a/kms/xks/v2"),
            ("/a/kms/xks/v1", "a/kms/xks/v1"),
            ("/a/kms/xks/v1", "/a b/kms/xks/v1"),
            (ID, "AKIAI2SFODNN8EXAMPLE"),
            (ID, "SHORT"),
            (secret.as_str(), "short-of-secrets"),
            ("us-east-1", ""),
            (":kms:", ":s3:"),
            ("path", "paths"),
            ("[[proxy]]", "[[proxies]]"),
            ("secret =", "secret"),
        ] {
            let problem = format!("{:#}", parse(&good.replace(from, to)).unwrap_err());
            assert!(
                !problem.contains(&secret) && !problem.contains("short-of"),
                "{problem}"
            );
        }
        assert!(parse("").is_err());
        assert!(parse(&format!("{good}{good}")).is_err());
    }
}
