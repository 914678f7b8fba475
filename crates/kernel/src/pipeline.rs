//! The way of a request: resolve, authenticate, decode, run, respond. Every request to every service
//! comes through here.

use crate::authenticate;
use crate::call::Origin;
use crate::denial;
use crate::digest::Provider;
use crate::engine::{Engine, Outcome, Passage};
use crate::event::Trace;
use crate::failure::{Common, Failure};
use crate::host::Host;
use crate::ids;
use crate::operation::Registry;
use crate::signing_keys::SigningKeys;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response};
use schema::{OperationSchema, Protocol, ServiceSchema, Value};
use std::borrow::Cow;
use std::sync::Arc;
use wire::{Resolved, Target, WireError};

/// The server's side of every API.
#[derive(Debug)]
pub struct Kernel {
    pub(crate) engine: Arc<Engine>,
    signing_keys: SigningKeys,
}

/// A response, and what logs and metrics say of the call.
#[derive(Debug)]
pub struct Answer {
    /// The response.
    pub response: Response<Bytes>,
    /// The service's id; `-` where the request named none.
    pub service: &'static str,
    /// The operation; `-` where the request named none.
    pub operation: &'static str,
    /// The error code, where the call failed.
    pub code: Option<Cow<'static, str>>,
    /// The request id.
    pub request_id: String,
}

impl Kernel {
    /// A kernel that serves the registry's operations.
    #[must_use]
    pub fn new(host: Arc<Host>, registry: Registry) -> Self {
        Self {
            engine: Arc::new(Engine::new(host, registry)),
            signing_keys: SigningKeys::default(),
        }
    }

    /// The equipment.
    #[must_use]
    pub fn host(&self) -> &Arc<Host> {
        &self.engine.host
    }

    /// The services and operations.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.engine.registry
    }

    /// Answers one request whose body was read completely.
    pub async fn answer(&self, parts: Parts, body: Bytes, origin: Arc<Origin>) -> Answer {
        let request_id = ids::uuid(self.host().random.as_ref());
        let presented = sigv4::parse(&Provider, &parts);
        let signing_name = presented
            .as_ref()
            .ok()
            .map(|presented| presented.scope.service.as_str());
        let resolved = match wire::resolve(self.registry().services(), &parts, &body, signing_name)
        {
            Ok(resolved) => resolved,
            Err(error) => {
                return Answer {
                    response: error.to_response(&request_id),
                    service: error.service().map_or("-", |service| service.id),
                    operation: "-",
                    code: Some(Cow::Borrowed(error.code())),
                    request_id,
                };
            }
        };
        let Resolved {
            protocol,
            service,
            target,
        } = resolved;
        let mut run = Run {
            kernel: self,
            parts: &parts,
            body,
            origin,
            protocol,
            service,
            target,
            request_id,
        };
        let outcome = run.serve(presented).await;
        run.respond(outcome)
    }
}

/// One request on its way.
struct Run<'k> {
    kernel: &'k Kernel,
    parts: &'k Parts,
    body: Bytes,
    origin: Arc<Origin>,
    protocol: Protocol,
    service: &'static ServiceSchema,
    target: Target,
    request_id: String,
}

impl Run<'_> {
    fn host(&self) -> &Arc<Host> {
        self.kernel.host()
    }

    fn operation_name(&self) -> &'static str {
        self.target.name()
    }

    async fn serve(&mut self, presented: Result<sigv4::Presented, sigv4::AuthError>) -> Outcome {
        let host = Arc::clone(self.host());
        let now = host.clock.now();
        let mut trace = Trace::new(
            self.service,
            self.operation_name(),
            &self.origin,
            &self.request_id,
            now,
            host.random.as_ref(),
        );
        let claimed = presented
            .as_ref()
            .ok()
            .map(|presented| presented.access_key_id.clone());
        let authenticated = match authenticate::authenticate(
            &host,
            &self.kernel.signing_keys,
            self.parts,
            &self.body,
            presented,
            self.service,
            self.operation_name(),
            now,
        ) {
            Ok(authenticated) => authenticated,
            Err(error) => {
                trace.claimed(claimed.as_deref());
                let failure = match (&error, self.target) {
                    // Some of AWS's calls need no signature: one of them that is not served says so.
                    (sigv4::AuthError::MissingToken, Target::Unserved { service, name }) => {
                        not_served(service, name)
                    }
                    _ => authenticate::failure(&error, self.protocol),
                };
                return self.record_failure(trace, failure).await;
            }
        };
        trace.caller(&authenticated.caller, &authenticated.region);
        self.body = authenticated.body.clone();
        let (operation, input) = match self.decode() {
            Ok(decoded) => decoded,
            Err(failure) => return self.record_failure(trace, failure).await,
        };
        trace.input(operation, &input);
        let engine = &self.kernel.engine;
        if let Err(failure) = engine.validate(operation, &input) {
            return self.record_failure(trace, failure).await;
        }
        let Some(handler) = engine.registry.operation(operation) else {
            let failure = not_served(operation.service, operation.name);
            return self.record_failure(trace, failure).await;
        };
        let passage = Passage {
            operation,
            caller: authenticated.caller,
            world: authenticated.world,
            region: authenticated.region,
            request_id: self.request_id.clone(),
            origin: Arc::clone(&self.origin),
            via: Arc::default(),
            protocol: self.protocol,
        };
        engine.run(handler, passage, input, trace).await
    }

    async fn record_failure(&self, trace: Trace, failure: Failure) -> Outcome {
        let engine = &self.kernel.engine;
        engine.record_failure(trace, failure, self.protocol).await
    }

    fn decode(&self) -> Result<(&'static OperationSchema, Value), Failure> {
        match self.target {
            Target::Unserved { service, name } => Err(not_served(service, name)),
            Target::Served(operation) => {
                wire::decode_request(self.protocol, operation, self.parts, &self.body)
                    .map(|input| (operation, input))
                    .map_err(|error| Failure {
                        code: crate::failure::Code::Spelled {
                            code: error.code().into(),
                            status: error.status(),
                        },
                        message: error.message().map(Cow::into_owned),
                        detail: None,
                        encoded: None,
                    })
            }
        }
    }

    fn respond(self, outcome: Outcome) -> Answer {
        let operation = self.operation_name();
        let (response, code) = match (outcome, self.target) {
            (Ok(output), Target::Served(schema)) => (
                wire::encode_response(self.protocol, schema, &output, &self.request_id),
                None,
            ),
            (Ok(_), Target::Unserved { service, name }) => self.spell(not_served(service, name)),
            (Err(failure), _) => self.spell(failure),
        };
        Answer {
            response,
            service: self.service.id,
            operation,
            code,
            request_id: self.request_id,
        }
    }

    fn spell(&self, failure: Failure) -> (Response<Bytes>, Option<Cow<'static, str>>) {
        let (code, status) = failure.spell(self.protocol);
        let (shape, fields) = failure
            .detail
            .map_or((None, None), |(shape, fields)| (Some(shape), Some(fields)));
        let error = WireError {
            code: code.clone(),
            status,
            message: failure.message,
            sender_fault: status < 500,
            shape,
            fields,
        };
        let mut response =
            wire::encode_error(self.protocol, self.service, &error, &self.request_id);
        if let Some(encoded) = failure
            .encoded
            .and_then(|text| HeaderValue::from_str(&text).ok())
        {
            response
                .headers_mut()
                .insert(HeaderName::from_static(denial::HEADER), encoded);
        }
        (response, Some(code))
    }
}

pub(crate) fn not_served(service: &ServiceSchema, name: &str) -> Failure {
    Failure::common(
        Common::NotImplemented,
        format!(
            "The operation {name} of {} is not served by this version of Claviger.",
            service.id
        ),
    )
}
