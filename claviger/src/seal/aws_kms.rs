//! A slot's key under a key of AWS KMS, or of another server that has its API.

use super::secrets::variable;
use crate::server::Client;
use anyhow::{Context, bail, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{SecretString, SlotKey, WrappedByKms};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, Uri};
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};
use sigv4::{Credentials, Signing};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use zeroize::Zeroizing;

/// Where Debian and those who follow it keep the certificates that the machine trusts.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Another KMS, and the credentials for it.
pub(crate) struct Kms {
    client: Client,
    region: String,
    access_key_id: SecretString,
    secret: SecretString,
    session_token: Option<SecretString>,
}

impl Kms {
    /// The KMS of a slot, where the environment has credentials. What cannot be asked is told
    /// when it is asked.
    pub(super) fn from_environment(wrapped: &WrappedByKms) -> Option<Asked> {
        let credentials = credentials()?;
        Some(Asked(Self::new(
            &wrapped.endpoint,
            &wrapped.region,
            wrapped.ca.as_deref(),
            credentials,
        )))
    }

    /// The KMS that a new slot will ask.
    pub(crate) fn of_new_slot(
        endpoint: &str,
        region: &str,
        ca: Option<&str>,
    ) -> anyhow::Result<Self> {
        let credentials = credentials().context(
            "set CLAVIGER_SEAL_AWS_ACCESS_KEY_ID and CLAVIGER_SEAL_AWS_SECRET_ACCESS_KEY, or AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY",
        )?;
        Self::new(endpoint, region, ca, credentials)
    }

    fn new(
        endpoint: &str,
        region: &str,
        ca: Option<&str>,
        (access_key_id, secret, session_token): Given,
    ) -> anyhow::Result<Self> {
        let uri: Uri = endpoint
            .parse()
            .with_context(|| format!("'{endpoint}' is not an endpoint"))?;
        let secure = uri.scheme_str() == Some("https");
        ensure!(
            secure || is_loopback(uri.host().unwrap_or_default()),
            "{endpoint} would send the slot's key over the network in clear: use https"
        );
        let authorities = ca.or(secure.then_some(SYSTEM_AUTHORITIES)).map(Path::new);
        Ok(Self {
            client: Client::new(endpoint, authorities)?,
            region: region.to_owned(),
            access_key_id,
            secret,
            session_token,
        })
    }

    /// Encrypts a slot's key under a key that is named by its id, ARN or alias.
    pub(crate) fn encrypt(
        &self,
        endpoint: &str,
        key_id: &str,
        context: BTreeMap<String, String>,
        key: &SlotKey,
        ca: Option<&str>,
    ) -> anyhow::Result<WrappedByKms> {
        let plaintext = Zeroizing::new(STANDARD.encode(key.expose()));
        let request =
            json!({ "KeyId": key_id, "Plaintext": *plaintext, "EncryptionContext": context });
        let answer = self.call("Encrypt", &request)?;
        Ok(WrappedByKms {
            endpoint: endpoint.to_owned(),
            region: self.region.clone(),
            key_id: text(&answer, "KeyId")?.to_owned(),
            context,
            ciphertext: text(&answer, "CiphertextBlob")?.to_owned(),
            ca: ca.map(str::to_owned),
        })
    }

    /// Decrypts the key of a slot.
    pub(crate) fn decrypt(&self, wrapped: &WrappedByKms) -> anyhow::Result<SlotKey> {
        let request = json!({
            "KeyId": wrapped.key_id,
            "CiphertextBlob": wrapped.ciphertext,
            "EncryptionContext": wrapped.context,
        });
        let answer = self.call("Decrypt", &request)?;
        let plaintext = STANDARD.decode(text(&answer, "Plaintext")?);
        let plaintext = Zeroizing::new(plaintext.context("the KMS's answer is no base64")?);
        Ok(SlotKey::from_bytes(&plaintext)?)
    }

    fn call(&self, operation: &str, request: &Value) -> anyhow::Result<Value> {
        let prepare = |parts: &mut Parts, body: &[u8]| {
            let json = HeaderValue::from_static("application/x-amz-json-1.1");
            parts.headers.insert(CONTENT_TYPE, json);
            let target = HeaderValue::try_from(format!("TrentService.{operation}"))?;
            parts.headers.insert("x-amz-target", target);
            let token = self.session_token.as_ref().map(SecretString::expose);
            let mut credentials =
                Credentials::new(self.access_key_id.expose(), self.secret.expose());
            credentials.session_token = token;
            let signing = Signing::new(&self.region, "kms", SystemClock.now().as_second());
            sigv4::sign_headers(&kernel::Provider, parts, body, &credentials, &signing)?;
            Ok(())
        };
        let body = Zeroizing::new(request.to_string());
        let (status, answer) = self.client.send(Method::POST, "/", &body, &prepare)?;
        let answer: Value =
            serde_json::from_slice(&answer).with_context(|| format!("{operation}: {status}"))?;
        if status == StatusCode::OK {
            return Ok(answer);
        }
        let part = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| answer.get(name)?.as_str());
            found.unwrap_or("-").to_owned()
        };
        bail!(
            "the KMS refuses {operation}: {}: {}",
            part(["__type", "code"]),
            part(["message", "Message"])
        )
    }
}

/// A KMS to ask, or why it cannot be asked.
pub(super) struct Asked(anyhow::Result<Kms>);

impl Asked {
    pub(super) fn decrypt(self, wrapped: &WrappedByKms) -> anyhow::Result<SlotKey> {
        self.0?.decrypt(wrapped)
    }
}

type Given = (SecretString, SecretString, Option<SecretString>);

/// Those for the seal alone go before those that everybody reads: with `--dev` they are a
/// developer's.
fn credentials() -> Option<Given> {
    ["CLAVIGER_SEAL_AWS", "AWS"].iter().find_map(|prefix| {
        let part = |name| variable(&format!("{prefix}_{name}"));
        Some((
            part("ACCESS_KEY_ID")?,
            part("SECRET_ACCESS_KEY")?,
            part("SESSION_TOKEN"),
        ))
    })
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn text<'v>(answer: &'v Value, name: &str) -> anyhow::Result<&'v str> {
    let value = answer.get(name).and_then(Value::as_str);
    value.with_context(|| format!("the KMS's answer has no {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_keys_go_in_clear_to_this_machine_only() {
        let given = || {
            let text = |text: &str| SecretString::new(text.to_owned());
            (text("id"), text("secret"), None)
        };
        for endpoint in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"] {
            assert!(
                Kms::new(endpoint, "us-east-1", None, given()).is_ok(),
                "{endpoint}"
            );
        }
        for endpoint in [
            "http://10.0.0.1:1",
            "http://kms.example:1",
            "ftp://x",
            "",
            "x",
        ] {
            assert!(
                Kms::new(endpoint, "us-east-1", None, given()).is_err(),
                "{endpoint}"
            );
        }
        assert!(Kms::new("https://kms.example", "us-east-1", None, given()).is_ok());
    }
}
