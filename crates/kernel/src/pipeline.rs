//! The way of a call: resolve, authenticate, decode, plan, decide, handle, commit,
//! audit, respond. Every call of every service comes through here.

use crate::authenticate::{self, Authenticated};
use crate::call::{Call, Origin};
use crate::caller::Caller;
use crate::contention::Contention;
use crate::digest::Provider;
use crate::event::Trace;
use crate::failure::{Common, Failure};
use crate::host::Host;
use crate::ids;
use crate::operation::{DynOperation, Registry};
use crate::signing_keys::SigningKeys;
use crate::{authorize, denial};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response};
use schema::{OperationSchema, Protocol, ServiceSchema, Value};
use std::borrow::Cow;
use std::sync::Arc;
use store::{Commit, CommitError, Revision, Tx};
use wire::{Resolved, Target, WireError};

/// How often a call is started over when commits of others change what it rests on.
pub(crate) const ATTEMPTS: usize = 32;

/// The server's side of every API.
#[derive(Debug)]
pub struct Kernel {
    host: Arc<Host>,
    registry: Registry,
    signing_keys: SigningKeys,
    pub(crate) contention: Contention,
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

/// What a failed or successful call leaves for the response.
type Outcome = Result<Value, Failure>;

impl Kernel {
    /// A kernel that serves the registry's operations.
    #[must_use]
    pub fn new(host: Arc<Host>, registry: Registry) -> Self {
        Self {
            host,
            registry,
            signing_keys: SigningKeys::default(),
            contention: Contention::default(),
        }
    }

    /// The equipment.
    #[must_use]
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// The services and operations.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Answers one request whose body was read completely.
    pub async fn answer(&self, parts: Parts, body: Bytes, origin: Arc<Origin>) -> Answer {
        let request_id = ids::uuid(self.host.random.as_ref());
        let presented = sigv4::parse(&Provider, &parts);
        let signing_name = presented
            .as_ref()
            .ok()
            .map(|presented| presented.scope.service.as_str());
        let resolved = match wire::resolve(self.registry.services(), &parts, &body, signing_name) {
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
        &self.kernel.host
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
        let violations = schema::validate(operation.input, &input);
        if !violations.is_empty() {
            let failure = Failure::validation(
                self.kernel
                    .registry
                    .violation_message(operation, &violations),
            );
            return self.record_failure(trace, failure).await;
        }
        let Some(handler) = self.kernel.registry.operation(operation) else {
            let failure = not_served(operation.service, operation.name);
            return self.record_failure(trace, failure).await;
        };
        self.run(handler, operation, input, authenticated, trace)
            .await
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

    /// Plans, decides, handles and commits; starts over where a commit conflicts.
    async fn run(
        &self,
        handler: &dyn DynOperation,
        operation: &'static OperationSchema,
        input: Value,
        mut authenticated: Authenticated,
        mut trace: Trace,
    ) -> Outcome {
        let host = self.host();
        let mut turn = None;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                if turn.is_none() {
                    turn = self
                        .kernel
                        .contention
                        .turn(authenticated.caller.account)
                        .await;
                }
                // Others changed what the decision or the handler read: who calls is decided anew too.
                authenticated.world = host.world();
                match authenticate::refresh(host, &authenticated.world, &authenticated.caller) {
                    Some(caller) => authenticated.caller = Arc::new(caller),
                    None => {
                        let gone = sigv4::AuthError::InvalidClientTokenId;
                        let failure = authenticate::failure(&gone, self.protocol);
                        return self.record_failure(trace, failure).await;
                    }
                }
            }
            // The very world in which the caller was looked up: what changed since is found at
            // the commit, because the transaction's base is this world's revision.
            let world = Arc::clone(&authenticated.world);
            if let Some(failure) = unsound(&world) {
                return self.record_failure(trace, failure).await;
            }
            let mut call = Call {
                operation,
                caller: Arc::clone(&authenticated.caller),
                region: authenticated.region.clone(),
                now: trace.now(),
                request_id: self.request_id.clone(),
                event_id: trace.event_id(),
                origin: Arc::clone(&self.origin),
                tx: Tx::begin(Arc::clone(&host.store), world.revision()),
                world,
                host: Arc::clone(host),
                notes: Vec::new(),
                resources: Vec::new(),
                other_accounts: Vec::new(),
                mfa: self.kernel.registry.mfa(),
            };
            for key in &call.caller.dependencies {
                call.tx.depend_on(key.clone());
            }
            let outcome = handler
                .run(&mut call, input.clone(), &authorize::gate)
                .await;
            trace.call(&mut call);
            let output = match outcome {
                Ok(output) => output,
                Err(failure) => return self.record_failure(trace, failure).await,
            };
            if call.tx.is_read_only() {
                let (read, base) = (call.tx.snapshot_revision(), call.tx.base());
                drop(call);
                match self.rights_held(&authenticated.caller, read, base).await {
                    Ok(true) => return self.record_success(trace, operation, output).await,
                    Ok(false) => continue,
                    Err(failure) => return self.record_failure(trace, failure).await,
                }
            }
            for record in trace
                .clone()
                .success(operation, &output, host.random.as_ref())
            {
                call.tx.stage_outbox(record);
            }
            // The outbox would keep the event, but nobody reads it there: no trail, no change.
            if let Some(error) = host.trail.failure() {
                return Err(Failure::internal(&error));
            }
            match host.store.commit(call.tx.into_commit()).await {
                Ok(_) => return Ok(output),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => {
                    return self.record_failure(trace, Failure::internal(&error)).await;
                }
            }
        }
        let failure = Failure::common(
            Common::ServiceUnavailable,
            "The request could not be completed because of concurrent modifications. Try again.",
        );
        self.record_failure(trace, failure).await
    }

    /// Whether a call that only read was still allowed at the revision that it read, which
    /// may be later than the one at which it was decided: who has lost a right must not see
    /// what was written after that.
    async fn rights_held(
        &self,
        caller: &Caller,
        read: Option<Revision>,
        base: Revision,
    ) -> Result<bool, Failure> {
        if read.is_none_or(|read| read <= base) {
            return Ok(true);
        }
        let reads = caller
            .dependencies
            .iter()
            .cloned()
            .map(store::Read::Key)
            .collect();
        match self
            .host()
            .store
            .commit(Commit {
                base,
                reads,
                ..Commit::default()
            })
            .await
        {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict) => Ok(false),
            Err(CommitError::Store(error)) => Err(Failure::internal(&error)),
        }
    }

    async fn record_success(
        &self,
        trace: Trace,
        operation: &'static OperationSchema,
        output: Value,
    ) -> Outcome {
        let records = trace.success(operation, &output, self.host().random.as_ref());
        self.append(records).await.map(|()| output)
    }

    async fn record_failure(&self, trace: Trace, failure: Failure) -> Outcome {
        let (code, _) = failure.spell(self.protocol);
        let records = trace.failure(
            &code,
            failure.message.as_deref(),
            self.host().random.as_ref(),
        );
        self.append(records).await.and(Err(failure))
    }

    /// Waits until the records are durable; a call whose record cannot be kept fails.
    async fn append(&self, records: Vec<Bytes>) -> Result<(), Failure> {
        let tickets: Vec<_> = records
            .into_iter()
            .map(|record| self.host().trail.append(record))
            .collect();
        for ticket in tickets {
            ticket.await.map_err(|error| Failure::internal(&error))?;
        }
        Ok(())
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

fn not_served(service: &ServiceSchema, name: &str) -> Failure {
    Failure::common(
        Common::NotImplemented,
        format!(
            "The operation {name} of {} is not served by this version of Claviger.",
            service.id
        ),
    )
}

pub(crate) fn unsound(world: &crate::world::World) -> Option<Failure> {
    world.unsound.as_ref().map(|cause| Failure::internal(cause))
}
