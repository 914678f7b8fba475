//! From a request to the proxy's operation.

use super::admission::{Admission, Admissions, is_external_id};
use super::answer::{failure, method_not_allowed, success};
use super::body::Body;
use arn::{AccountId, Arn};
use audit::{Event, UserIdentity};
use bytes::Bytes;
use http::Method;
use http::request::Parts;
use kernel::{Answer, Failure, Kernel, Operation, Origin, Provider, ServiceCaller, ids};
use serde_json::{Value, json};
use service_kms::xks_proxy::api::operations::{
    Decrypt, Encrypt, GetHealthStatus, GetKeyMetadata, SERVICE,
};
use service_kms::xks_proxy::api::types;
use service_kms::xks_proxy::{PRINCIPAL, ProxyError, spell};
use sigv4::Expected;
use std::sync::Arc;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Door {
    /// The path under which it stands in the file.
    path: String,
    wanted: Wanted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Health,
    Key { id: String, operation: OfKey },
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfKey {
    Metadata,
    Encrypt,
    Decrypt,
}

impl Door {
    /// What a path asks the proxy for; `None` for paths that are not the proxy's.
    pub(crate) fn of(path: &str) -> Option<Self> {
        const BASE: &str = "/kms/xks/v1";
        let at = path.rfind(BASE)?;
        let (base, rest) = path.split_at_checked(at + BASE.len())?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        let wanted = match parts.as_slice() {
            ["health"] => Wanted::Health,
            ["keys", id, operation] if is_external_id(id) => {
                let operation = match *operation {
                    "metadata" => Some(OfKey::Metadata),
                    "encrypt" => Some(OfKey::Encrypt),
                    "decrypt" => Some(OfKey::Decrypt),
                    _ => None,
                };
                operation.map_or(Wanted::Nothing, |operation| Wanted::Key {
                    id: (*id).to_owned(),
                    operation,
                })
            }
            _ => Wanted::Nothing,
        };
        Some(Self {
            path: base.to_owned(),
            wanted,
        })
    }

    fn operation(&self) -> &'static str {
        match self.wanted {
            Wanted::Health => "GetHealthStatus",
            Wanted::Key { operation, .. } => match operation {
                OfKey::Metadata => "GetKeyMetadata",
                OfKey::Encrypt => "Encrypt",
                OfKey::Decrypt => "Decrypt",
            },
            Wanted::Nothing => "-",
        }
    }
}

/// Answers a request to the proxy.
pub(crate) async fn answer(
    admissions: &Admissions,
    kernel: &Kernel,
    door: Door,
    parts: &Parts,
    body: &Bytes,
    origin: &Origin,
) -> Answer {
    let request_id = ids::uuid(kernel.host().random.as_ref());
    let operation = door.operation();
    if parts.method != Method::POST {
        return method_not_allowed(request_id);
    }
    let paths = admissions.paths();
    let request = Request {
        kernel,
        door: &door,
        origin,
        request_id: &request_id,
    };
    let outcome = match paths.get(&door.path) {
        Some(admission) if door.wanted != Wanted::Nothing => {
            request.serve(admission, parts, body).await
        }
        _ => request.refuse(None, ProxyError::InvalidUriPath).await,
    };
    match outcome {
        Ok(body) => success(operation, request_id, &body),
        Err(error) => failure(operation, request_id, &error),
    }
}

struct Request<'r> {
    kernel: &'r Kernel,
    door: &'r Door,
    origin: &'r Origin,
    request_id: &'r str,
}

impl Request<'_> {
    async fn serve(
        &self,
        admission: &Admission,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Value, Failure> {
        let claimed = sigv4::parse(&Provider, parts);
        let claimed_id = claimed
            .as_ref()
            .ok()
            .map(|claimed| claimed.access_key_id.clone());
        let proved = claimed.ok().filter(|presented| {
            let now = self.kernel.host().clock.now().as_second();
            // A key that is not known is proved against nobody's secret, in the same time.
            let unknown = crypto::SecretString::new(String::new());
            let known = admission.secret(&presented.access_key_id);
            let secret = known.unwrap_or(&unknown);
            let expected = Expected::of_service(SERVICE.signing_name);
            let proof = sigv4::verify(
                &Provider,
                parts,
                body,
                presented,
                secret.expose(),
                now,
                &expected,
            );
            known.is_some() && proof.is_ok()
        });
        match proved {
            // A presigned URL proves nothing about the body.
            Some(presented) if presented.carrier == sigv4::Carrier::Header => {
                self.call(admission, presented.access_key_id, body).await
            }
            _ => {
                self.refuse(claimed_id, ProxyError::AuthenticationFailed)
                    .await
            }
        }
    }

    async fn call(
        &self,
        admission: &Admission,
        access_key_id: String,
        body: &Bytes,
    ) -> Result<Value, Failure> {
        let mut body = Body::read(body);
        let request_metadata = body.metadata();
        let (principal, kms_key) = request_metadata.as_ref().map_or((None, None), |metadata| {
            (
                metadata.aws_principal_arn.as_deref(),
                metadata.kms_key_arn.as_deref(),
            )
        });
        let id = match &self.door.wanted {
            Wanted::Key { id, .. } => Some(id.clone()),
            _ => None,
        };
        let key_arn = id
            .as_deref()
            .and_then(|id| admission.key(id))
            .map(str::to_owned);
        let place = key_arn.as_deref().and_then(owner);
        let source = kms_key.map(Arc::from);
        let origin = types::Origin {
            source_ip_address: self.origin.source_ip.to_canonical().to_string(),
            access_key_id,
            uri_path: self.door.path.clone(),
            external_key_id: id,
            key_arn,
            caller_is_admitted: admission.admits(principal, kms_key),
        };
        let caller = Caller {
            kernel: self.kernel,
            place,
            source,
        };
        match &self.door.wanted {
            Wanted::Health => caller.health(origin, request_metadata).await,
            Wanted::Key { operation, .. } => {
                caller.key(*operation, origin, request_metadata, body).await
            }
            Wanted::Nothing => Err(ProxyError::InvalidUriPath.into()),
        }
    }

    /// Refuses a request that no credential proves, or that is for nothing here. It is recorded too.
    async fn refuse<T>(
        &self,
        access_key_id: Option<String>,
        error: ProxyError,
    ) -> Result<T, Failure> {
        let host = self.kernel.host();
        let failure = Failure::from(error);
        let (_, name, message) = spell(&failure);
        let now = host.clock.now();
        let id = ids::event_id(host.random.as_ref());
        let mut event = Event::new(
            format!("{}.amazonaws.com", SERVICE.endpoint_prefix),
            self.door.operation(),
            host.settings.region.clone(),
            now,
            id,
        );
        event.user_identity = UserIdentity::unknown(access_key_id.as_deref());
        event.source_ip_address = self.origin.source_ip.to_canonical().to_string().into();
        event.user_agent = Some(self.origin.user_agent.clone());
        event.request_id = Some(self.request_id.to_owned());
        event.error_code = Some(name.into());
        event.error_message = Some(message.to_owned());
        event.request_parameters = audit::Json::new(&json!({ "uriPath": self.door.path }));
        event.recipient_account_id = Some(host.settings.account.to_string());
        match host.trail.append(event.to_bytes()).await {
            Ok(_) => Err(failure),
            Err(error) => Err(Failure::internal(&error)),
        }
    }
}

/// The owner and the region of a key.
fn owner(arn: &str) -> Option<(AccountId, String)> {
    let arn = Arn::parse(arn).ok()?;
    Some((arn.account_id()?, arn.region().to_owned()))
}

/// KMS of somewhere else, which calls as the service that it is.
struct Caller<'r> {
    kernel: &'r Kernel,
    /// The owner and the region of the key; `None` where none is shown.
    place: Option<(AccountId, String)>,
    /// The ARN of the key over there.
    source: Option<Arc<str>>,
}

impl Caller<'_> {
    async fn call<O: Operation>(&self, input: O::Input) -> Result<O::Output, Failure> {
        let settings = &self.kernel.host().settings;
        let (account, region) = self
            .place
            .clone()
            .unwrap_or_else(|| (settings.account, settings.region.clone()));
        let service = ServiceCaller {
            name: PRINCIPAL.into(),
            source_account: account,
            source_arn: self.source.clone(),
        };
        self.kernel.as_service::<O>(service, &region, input).await
    }

    async fn health(
        &self,
        origin: types::Origin,
        request_metadata: Option<types::RequestMetadata>,
    ) -> Result<Value, Failure> {
        let input = types::GetHealthStatusInput {
            origin,
            request_metadata,
        };
        let output = self.call::<GetHealthStatus>(input).await?;
        let fleet: Vec<_> = output
            .ekm_fleet_details
            .iter()
            .map(|one| json!({ "id": one.id, "model": one.model, "healthStatus": one.health_status }))
            .collect();
        Ok(json!({
            "xksProxyFleetSize": output.xks_proxy_fleet_size,
            "xksProxyVendor": output.xks_proxy_vendor,
            "xksProxyModel": output.xks_proxy_model,
            "ekmVendor": output.ekm_vendor,
            "ekmFleetDetails": fleet,
        }))
    }

    async fn key(
        &self,
        operation: OfKey,
        origin: types::Origin,
        request_metadata: Option<types::RequestMetadata>,
        body: Body,
    ) -> Result<Value, Failure> {
        match operation {
            OfKey::Metadata => {
                let input = types::GetKeyMetadataInput {
                    origin,
                    request_metadata,
                };
                let output = self.call::<GetKeyMetadata>(input).await?;
                Ok(json!({
                    "keySpec": output.key_spec,
                    "keyUsage": output.key_usage,
                    "keyStatus": output.key_status,
                }))
            }
            OfKey::Encrypt => self.encrypt(origin, request_metadata, body).await,
            OfKey::Decrypt => {
                let input = types::DecryptInput {
                    origin,
                    request_metadata,
                    ciphertext: body.ciphertext,
                    ciphertext_metadata: body.ciphertext_metadata,
                    encryption_algorithm: body.encryption_algorithm,
                    additional_authenticated_data: body.additional_authenticated_data,
                    initialization_vector: body.initialization_vector,
                    authentication_tag: body.authentication_tag,
                };
                let output = self.call::<Decrypt>(input).await?;
                Ok(json!({ "plaintext": output.plaintext }))
            }
        }
    }

    async fn encrypt(
        &self,
        origin: types::Origin,
        request_metadata: Option<types::RequestMetadata>,
        body: Body,
    ) -> Result<Value, Failure> {
        let input = types::EncryptInput {
            origin,
            request_metadata,
            plaintext: body.plaintext,
            encryption_algorithm: body.encryption_algorithm,
            additional_authenticated_data: body.additional_authenticated_data,
            ciphertext_data_integrity_value_algorithm: body
                .ciphertext_data_integrity_value_algorithm,
        };
        let output = self.call::<Encrypt>(input).await?;
        let mut answer = json!({
            "ciphertext": output.ciphertext,
            "ciphertextMetadata": output.ciphertext_metadata,
            "initializationVector": output.initialization_vector,
            "authenticationTag": output.authentication_tag,
        });
        if let (Some(value), Some(members)) = (
            output.ciphertext_data_integrity_value,
            answer.as_object_mut(),
        ) {
            members.insert("ciphertextDataIntegrityValue".to_owned(), value.into());
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_what_is_wanted() {
        let wanted = |path: &str| Door::of(path).map(|door| (door.path, door.wanted));
        let key = |operation| Wanted::Key {
            id: "a-b_c.D".to_owned(),
            operation,
        };
        for (path, base, what) in [
            ("/kms/xks/v1/health", "/kms/xks/v1", Wanted::Health),
            ("/a/b/kms/xks/v1/health", "/a/b/kms/xks/v1", Wanted::Health),
            (
                "/kms/xks/v1/keys/a-b_c.D/metadata",
                "/kms/xks/v1",
                key(OfKey::Metadata),
            ),
            (
                "/kms/xks/v1/keys/a-b_c.D/encrypt",
                "/kms/xks/v1",
                key(OfKey::Encrypt),
            ),
            (
                "/kms/xks/v1/keys/a-b_c.D/decrypt",
                "/kms/xks/v1",
                key(OfKey::Decrypt),
            ),
            ("/kms/xks/v1", "/kms/xks/v1", Wanted::Nothing),
            ("/kms/xks/v1/health/", "/kms/xks/v1", Wanted::Nothing),
            ("/kms/xks/v1/keys/a", "/kms/xks/v1", Wanted::Nothing),
            ("/kms/xks/v1/keys/a/sign", "/kms/xks/v1", Wanted::Nothing),
            (
                "/kms/xks/v1/keys/a%2fb/encrypt",
                "/kms/xks/v1",
                Wanted::Nothing,
            ),
            ("/kms/xks/v1/keys//encrypt", "/kms/xks/v1", Wanted::Nothing),
        ] {
            assert_eq!(wanted(path), Some((base.to_owned(), what)), "{path}");
        }
        for path in ["/", "/kms/xks", "/kms/xks/v2/health", "/kms/xks/v12"] {
            assert_eq!(wanted(path), None, "{path}");
        }
    }
}
