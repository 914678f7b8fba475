//! Messages to a proxy and from it (AWS's "External Key Store Proxy API Specification").

use super::failure::ProxyFailure;
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Secret, Sha256};
use kernel::{Call, Identity};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The largest `ciphertextMetadata`, in bytes.
const MAX_METADATA: usize = 20;
/// The bytes of an authentication tag.
const TAG: usize = 16;

/// `requestMetadata`: who asked KMS for what.
pub(super) fn request_metadata(call: &Call, key_arn: Option<&str>) -> Value {
    // For a role's session the role, as `aws:PrincipalArn` has it.
    let principal = match &call.caller.identity {
        Identity::Role { role, .. } => role.arn.to_string(),
        _ => call.caller.arn(),
    };
    let mut metadata = Map::from_iter([
        ("awsPrincipalArn".to_owned(), principal.into()),
        ("kmsOperation".to_owned(), call.operation.name.into()),
        ("kmsRequestId".to_owned(), call.request_id.as_str().into()),
    ]);
    if let Some(arn) = key_arn {
        metadata.insert("kmsKeyArn".to_owned(), arn.into());
    }
    if let Some(service) = call.via() {
        metadata.insert("kmsViaService".to_owned(), service.into());
    }
    metadata.into()
}

/// `requestMetadata` of a request for the proxy's health.
pub(super) fn health_metadata(call: &Call) -> Value {
    json!({
        "requestMetadata": {
            "kmsRequestId": call.request_id,
            "kmsOperation": call.operation.name,
        }
    })
}

/// What a proxy encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encrypted {
    pub(super) metadata: Vec<u8>,
    pub(super) vector: Vec<u8>,
    pub(super) tag: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
}

impl Encrypted {
    /// Whether the parts have the lengths that the specification gives them.
    pub(super) fn is_sound(&self) -> bool {
        self.metadata.len() <= MAX_METADATA
            && matches!(self.vector.len(), 12 | 16)
            && self.tag.len() == TAG
    }
}

pub(super) fn encrypt_request(metadata: &Value, plaintext: &[u8], associated: &[u8]) -> Value {
    json!({
        "requestMetadata": metadata,
        "plaintext": STANDARD.encode(plaintext),
        "encryptionAlgorithm": "AES_GCM",
        "additionalAuthenticatedData": STANDARD.encode(associated),
        "ciphertextDataIntegrityValueAlgorithm": "SHA_256",
    })
}

pub(super) fn decrypt_request(metadata: &Value, encrypted: &Encrypted, associated: &[u8]) -> Value {
    let mut request = json!({
        "requestMetadata": metadata,
        "ciphertext": STANDARD.encode(&encrypted.ciphertext),
        "encryptionAlgorithm": "AES_GCM",
        "additionalAuthenticatedData": STANDARD.encode(associated),
        "initializationVector": STANDARD.encode(&encrypted.vector),
        "authenticationTag": STANDARD.encode(&encrypted.tag),
    });
    if let (false, Some(members)) = (encrypted.metadata.is_empty(), request.as_object_mut()) {
        let metadata = STANDARD.encode(&encrypted.metadata);
        members.insert("ciphertextMetadata".to_owned(), metadata.into());
    }
    request
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EncryptAnswer {
    ciphertext: String,
    #[serde(default)]
    ciphertext_metadata: Option<String>,
    initialization_vector: String,
    authentication_tag: String,
    ciphertext_data_integrity_value: String,
}

/// Reads the answer to an encryption of `length` bytes, and proves its integrity value: what the
/// proxy meant to send is what came ("Appendix C").
pub(super) fn encrypted(
    body: &[u8],
    length: usize,
    associated: &[u8],
) -> Result<Encrypted, ProxyFailure> {
    let answer: EncryptAnswer = read(body)?;
    let encrypted = Encrypted {
        metadata: bytes(answer.ciphertext_metadata.as_deref().unwrap_or_default())?,
        vector: bytes(&answer.initialization_vector)?,
        tag: bytes(&answer.authentication_tag)?,
        ciphertext: bytes(&answer.ciphertext)?,
    };
    let integrity = bytes(&answer.ciphertext_data_integrity_value)?;
    let sound = encrypted.is_sound() && encrypted.ciphertext.len() == length;
    if sound && crypto::equal(&integrity, &integrity_value(associated, &encrypted)) {
        Ok(encrypted)
    } else {
        Err(ProxyFailure::Unreadable)
    }
}

/// `ciphertextDataIntegrityValue`, before Base64.
pub(super) fn integrity_value(associated: &[u8], encrypted: &Encrypted) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [
        associated,
        &encrypted.metadata,
        &encrypted.vector,
        &encrypted.ciphertext,
        &encrypted.tag,
    ] {
        hash.update(part);
    }
    hash.finish()
}

#[derive(Deserialize)]
struct DecryptAnswer {
    plaintext: String,
}

/// Reads the answer to a decryption of `length` bytes.
pub(super) fn decrypted(body: &[u8], length: usize) -> Result<Secret, ProxyFailure> {
    let answer: DecryptAnswer = read(body)?;
    let plaintext = Secret::new(bytes(&answer.plaintext)?);
    if plaintext.expose().len() == length {
        Ok(plaintext)
    } else {
        Err(ProxyFailure::Unreadable)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetadataAnswer {
    key_spec: String,
    key_usage: Vec<String>,
    key_status: String,
}

/// Whether an external key is fit for a key here: AES-256, enabled, for both directions.
pub(super) fn fit_for_key(body: &[u8]) -> Result<(), ProxyFailure> {
    let answer: MetadataAnswer = read(body)?;
    let used_to = |what: &str| answer.key_usage.iter().any(|usage| usage == what);
    if answer.key_usage.len() > 10 {
        return Err(ProxyFailure::Unreadable);
    }
    match answer.key_status.as_str() {
        "ENABLED" => {}
        "DISABLED" => return Err(ProxyFailure::InvalidState),
        _ => return Err(ProxyFailure::Unreadable),
    }
    if answer.key_spec == "AES_256" && used_to("ENCRYPT") && used_to("DECRYPT") {
        Ok(())
    } else {
        Err(ProxyFailure::InvalidKeyUsage)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "an answer without them is none")]
struct HealthAnswer {
    xks_proxy_fleet_size: i64,
    xks_proxy_vendor: String,
    xks_proxy_model: String,
    ekm_vendor: String,
    ekm_fleet_details: Vec<FleetMember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "an answer without them is none")]
struct FleetMember {
    id: String,
    model: String,
    health_status: String,
}

/// Whether any of a proxy's key managers can work.
pub(super) fn healthy(body: &[u8]) -> Result<(), ProxyFailure> {
    let answer: HealthAnswer = read(body)?;
    let statuses = || {
        answer
            .ekm_fleet_details
            .iter()
            .map(|one| one.health_status.as_str())
    };
    let known = statuses().all(|status| matches!(status, "ACTIVE" | "DEGRADED" | "UNAVAILABLE"));
    if !known || !(1..=10).contains(&answer.ekm_fleet_details.len()) {
        return Err(ProxyFailure::Unreadable);
    }
    if statuses().all(|status| status == "UNAVAILABLE") {
        return Err(ProxyFailure::Unavailable);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorAnswer {
    error_name: String,
}

/// What an answer that is no success means. The name decides; the proxy's own message is not shown.
pub(super) fn failure(body: &[u8]) -> ProxyFailure {
    match read::<ErrorAnswer>(body) {
        Ok(answer) => ProxyFailure::named(&answer.error_name),
        Err(failure) => failure,
    }
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, ProxyFailure> {
    serde_json::from_slice(body).map_err(|_| ProxyFailure::Unreadable)
}

fn bytes(text: &str) -> Result<Vec<u8>, ProxyFailure> {
    STANDARD.decode(text).map_err(|_| ProxyFailure::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of "Appendix C: CDIV Implementation Guidelines".
    const CONTEXT: &[u8] = b"project=nile,department=marketing";
    const ANSWER: &str = r#"{
        "authenticationTag": "vBxN2ncH1oEkR8WVXpmyYQ==",
        "ciphertext": "ghxkK1txeDNn3q8Y",
        "ciphertextDataIntegrityValue": "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=",
        "ciphertextMetadata": "a2V5X3ZlcnNpb249MQ==",
        "initializationVector": "HMrlRw85cAJUd5Ax"
    }"#;

    #[test]
    fn the_integrity_value_is_that_of_the_specification() {
        let read = encrypted(ANSWER.as_bytes(), 12, CONTEXT).unwrap();
        assert_eq!(read.metadata, b"key_version=1");
        assert_eq!(
            STANDARD.encode(integrity_value(CONTEXT, &read)),
            "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc="
        );
    }

    #[test]
    fn answers_that_cannot_be_right_are_refused() {
        let wrong = |from: &str, to: &str, context: &[u8], length| {
            let answer = ANSWER.replace(from, to);
            assert_eq!(
                encrypted(answer.as_bytes(), length, context),
                Err(ProxyFailure::Unreadable),
                "{from} {to}"
            );
        };
        wrong("", "", b"project=nile", 12);
        wrong("", "", CONTEXT, 13);
        wrong("ghxk", "ghxl", CONTEXT, 12);
        wrong("vBxN", "vBxO", CONTEXT, 12);
        wrong("HMrl", "HMrm", CONTEXT, 12);
        wrong("a2V5", "a2V6", CONTEXT, 12);
        wrong("HMrlRw85cAJUd5Ax", "HMrlRw85cAJUd5A", CONTEXT, 12);
        wrong("\"initializationVector\"", "\"iv\"", CONTEXT, 12);
        wrong("\"ciphertextDataIntegrityValue\"", "\"cdiv\"", CONTEXT, 12);
    }

    /// Lengths are refused even where the integrity value agrees.
    #[test]
    fn parts_have_the_lengths_of_the_specification() {
        let answer = |metadata: usize, vector: usize, tag: usize, ciphertext: usize| {
            let made = Encrypted {
                metadata: vec![1; metadata],
                vector: vec![2; vector],
                tag: vec![3; tag],
                ciphertext: vec![4; ciphertext],
            };
            let body = json!({
                "ciphertext": STANDARD.encode(&made.ciphertext),
                "ciphertextMetadata": STANDARD.encode(&made.metadata),
                "initializationVector": STANDARD.encode(&made.vector),
                "authenticationTag": STANDARD.encode(&made.tag),
                "ciphertextDataIntegrityValue": STANDARD.encode(integrity_value(b"", &made)),
            });
            encrypted(body.to_string().as_bytes(), 7, b"").is_ok()
        };
        assert!(answer(0, 12, 16, 7) && answer(20, 16, 16, 7));
        for (metadata, vector, tag, ciphertext) in [
            (21, 12, 16, 7),
            (0, 13, 16, 7),
            (0, 0, 16, 7),
            (0, 12, 15, 7),
            (0, 12, 16, 8),
        ] {
            assert!(!answer(metadata, vector, tag, ciphertext));
        }
    }

    #[test]
    fn keys_must_be_fit() {
        let fit = |spec: &str, usage: &[&str], status: &str| {
            let body = json!({ "keySpec": spec, "keyUsage": usage, "keyStatus": status });
            fit_for_key(body.to_string().as_bytes())
        };
        let both = ["ENCRYPT", "DECRYPT", "WRAP"];
        assert_eq!(fit("AES_256", &both, "ENABLED"), Ok(()));
        let unfit = Err(ProxyFailure::InvalidKeyUsage);
        assert_eq!(fit("AES_128", &both, "ENABLED"), unfit);
        assert_eq!(fit("AES_256", &["ENCRYPT"], "ENABLED"), unfit);
        assert_eq!(fit("AES_256", &["DECRYPT"], "ENABLED"), unfit);
        assert_eq!(
            fit("AES_256", &both, "DISABLED"),
            Err(ProxyFailure::InvalidState)
        );
        assert_eq!(fit("AES_256", &both, "GONE"), Err(ProxyFailure::Unreadable));
        assert_eq!(
            fit("AES_256", &["ENCRYPT"; 11], "ENABLED"),
            Err(ProxyFailure::Unreadable)
        );
        assert_eq!(fit_for_key(b"{}"), Err(ProxyFailure::Unreadable));
    }

    #[test]
    fn one_key_manager_that_works_is_enough() {
        let health = |statuses: &[&str]| {
            let members: Vec<_> = statuses
                .iter()
                .map(|status| json!({ "id": "1", "model": "m", "healthStatus": status }))
                .collect();
            let body = json!({
                "xksProxyFleetSize": 1, "xksProxyVendor": "v", "xksProxyModel": "m",
                "ekmVendor": "e", "ekmFleetDetails": members,
            });
            healthy(body.to_string().as_bytes())
        };
        assert_eq!(health(&["UNAVAILABLE", "DEGRADED"]), Ok(()));
        assert_eq!(
            health(&["UNAVAILABLE", "UNAVAILABLE"]),
            Err(ProxyFailure::Unavailable)
        );
        assert_eq!(health(&["FINE"]), Err(ProxyFailure::Unreadable));
        assert_eq!(health(&[]), Err(ProxyFailure::Unreadable));
        assert_eq!(health(&["ACTIVE"; 11]), Err(ProxyFailure::Unreadable));
    }

    #[test]
    fn an_error_is_read_by_its_name() {
        let named = br#"{"errorName":"KeyNotFoundException","errorMessage":"secret of the proxy"}"#;
        assert_eq!(failure(named), ProxyFailure::KeyNotFound);
        for body in [b"".as_slice(), b"<html>", b"{}", br#"{"errorName":"Odd"}"#] {
            assert_eq!(failure(body), ProxyFailure::Unreadable);
        }
    }
}
