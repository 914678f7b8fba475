//! Refusals of requests whose body was not read: too large, too slow.

use crate::failure::{Common, Failure};
use crate::ids;
use crate::pipeline::{Answer, Kernel};
use bytes::Bytes;
use http::request::Parts;
use wire::WireError;

impl Kernel {
    /// Answers a request without looking at its body, in the protocol that its head shows.
    ///
    /// Nobody is authenticated and nothing is recorded: without its body a request
    /// proves nothing of its sender.
    #[must_use]
    pub fn refuse(&self, parts: &Parts, reason: Common, message: &str) -> Answer {
        let request_id = ids::uuid(self.host().random.as_ref());
        let signing_name = sigv4::parse(&crate::Provider, parts)
            .ok()
            .map(|presented| presented.scope.service);
        let resolved = wire::resolve(
            self.registry().services(),
            parts,
            &Bytes::new(),
            signing_name.as_deref(),
        );
        let (protocol, service) = match &resolved {
            Ok(resolved) => (resolved.protocol, Some(resolved.service)),
            Err(error) => (error.protocol(), error.service()),
        };
        let failure = Failure::common(reason, message);
        let (code, status) = failure.spell(protocol);
        let error = WireError {
            code: code.clone(),
            status,
            message: failure.message,
            sender_fault: status < 500,
            shape: None,
            fields: None,
        };
        let response = match service {
            Some(service) => wire::encode_error(protocol, service, &error, &request_id),
            None => wire::encode_error(protocol, &NO_SERVICE, &error, &request_id),
        };
        Answer {
            response,
            service: service.map_or("-", |service| service.id),
            operation: "-",
            code: Some(code),
            request_id,
        }
    }
}

/// Stands for a service where a request names none.
static NO_SERVICE: schema::ServiceSchema = schema::ServiceSchema {
    id: "-",
    endpoint_prefix: "",
    signing_name: "",
    api_version: "",
    target_prefix: "",
    rpc_name: "",
    protocols: &[schema::Protocol::AwsJson10],
    xml_namespace: "",
    global: false,
    operations: &[],
    unserved: &[],
};
