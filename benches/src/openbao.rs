//! OpenBao's transit engine, in memory and without an audit device: the peer of KMS.

use crate::kms::{MESSAGE, Operation, text};
use crate::process::Process;
use crate::request::once;
use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;

/// The token of its root, whom no policy limits.
const TOKEN: &str = "bench-root-token";
/// Names of its keys.
const SYMMETRIC: &str = "symmetric";
const RSA: &str = "rsa";
const P256: &str = "p256";

/// A running server with keys.
pub(crate) struct OpenBao {
    process: Process,
    ciphertext: String,
}

impl OpenBao {
    /// Starts it as its own development server, with one key of each kind.
    pub(crate) fn start(binary: &Path, folder: &Path) -> anyhow::Result<Self> {
        let process = Process::openbao(binary, folder, TOKEN)?;
        let address = process.address;
        call(
            address,
            "/v1/sys/mounts/transit",
            &json!({"type": "transit"}),
        )?;
        for (name, kind) in [
            (SYMMETRIC, "aes256-gcm96"),
            (RSA, "rsa-2048"),
            (P256, "ecdsa-p256"),
        ] {
            call(
                address,
                &format!("/v1/transit/keys/{name}"),
                &json!({"type": kind}),
            )?;
        }
        let body = json!({"plaintext": STANDARD.encode(MESSAGE)});
        let encrypted = call(address, &format!("/v1/transit/encrypt/{SYMMETRIC}"), &body)?;
        let data = encrypted.get("data").unwrap_or(&Value::Null);
        Ok(Self {
            ciphertext: text(data, "ciphertext")?,
            process,
        })
    }

    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    pub(crate) fn request(&self, operation: Operation) -> Bytes {
        let message = STANDARD.encode(MESSAGE);
        let sign = |key| {
            (
                format!("sign/{key}"),
                json!({"input": message, "prehashed": true, "hash_algorithm": "sha2-256", "signature_algorithm": "pkcs1v15"}),
            )
        };
        let (path, body) = match operation {
            Operation::GenerateDataKey => (
                format!("datakey/plaintext/{SYMMETRIC}"),
                json!({"bits": 256}),
            ),
            Operation::Decrypt => (
                format!("decrypt/{SYMMETRIC}"),
                json!({"ciphertext": self.ciphertext}),
            ),
            Operation::Encrypt => (
                format!("encrypt/{SYMMETRIC}"),
                json!({"plaintext": message}),
            ),
            Operation::SignRsa => sign(RSA),
            Operation::SignP256 => sign(P256),
        };
        request(self.process.address, &format!("/v1/transit/{path}"), &body)
    }
}

fn request(address: SocketAddr, path: &str, body: &Value) -> Bytes {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nx-vault-token: {TOKEN}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into()
}

/// Calls it, and gives what it answers, if anything.
fn call(address: SocketAddr, path: &str, body: &Value) -> anyhow::Result<Value> {
    let answer = once(address, &request(address, path, body))
        .with_context(|| format!("OpenBao refuses {path}"))?;
    let (_, body) = answer.split_once("\r\n\r\n").context("no body")?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    Ok(serde_json::from_str(body)?)
}
