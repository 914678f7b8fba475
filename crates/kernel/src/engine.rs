//! The way of a decoded call: plan, decide, handle, commit, audit; and over again where others were
//! faster. Signed requests, the calls of services for their callers and the server's own calls all
//! come through here.

use crate::authenticate;
use crate::authorize;
use crate::call::{Call, Origin};
use crate::caller::Caller;
use crate::contention::Contention;
use crate::event::Trace;
use crate::failure::{Common, Failure};
use crate::host::Host;
use crate::operation::{DynOperation, Registry};
use crate::world::World;
use bytes::Bytes;
use schema::{OperationSchema, Protocol, Value};
use std::sync::Arc;
use store::{Commit, CommitError, Revision, Tx};

/// How often a call is started over when commits of others change what it rests on.
pub(crate) const ATTEMPTS: usize = 32;

/// What a failed or successful call leaves for the response.
pub(crate) type Outcome = Result<Value, Failure>;

/// What runs calls.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) host: Arc<Host>,
    pub(crate) registry: Registry,
    contention: Contention,
}

/// A call whose input was decoded: who calls what, from where.
pub(crate) struct Passage {
    pub(crate) operation: &'static OperationSchema,
    pub(crate) caller: Arc<Caller>,
    /// The world in which the caller was looked up: the call is decided in no other, or the caller
    /// is looked up anew.
    pub(crate) world: Arc<World>,
    pub(crate) region: String,
    pub(crate) request_id: String,
    pub(crate) origin: Arc<Origin>,
    /// The services through which the caller calls, the first one first.
    pub(crate) via: Arc<[Arc<str>]>,
    /// How errors are spelled in the trail.
    pub(crate) protocol: Protocol,
}

impl Passage {
    /// A call within a call does not wait in line: the outer one may be the one that the line waits for.
    fn may_wait(&self) -> bool {
        self.via.is_empty()
    }

    fn begin(&self, engine: &Arc<Engine>, trace: &Trace) -> Call {
        let mut call = Call {
            operation: self.operation,
            caller: Arc::clone(&self.caller),
            region: self.region.clone(),
            now: trace.now(),
            request_id: self.request_id.clone(),
            event_id: trace.event_id(),
            origin: Arc::clone(&self.origin),
            // What changed since that world is found at the commit.
            tx: Tx::begin(Arc::clone(&engine.host.store), self.world.revision()),
            world: Arc::clone(&self.world),
            host: Arc::clone(&engine.host),
            engine: Arc::clone(engine),
            via: Arc::clone(&self.via),
            notes: Vec::new(),
            resources: Vec::new(),
            response: None,
            other_accounts: Vec::new(),
        };
        for key in &self.caller.dependencies {
            call.tx.depend_on(key.clone());
        }
        call
    }
}

/// How one try of a call ended.
enum Try {
    Done(Outcome),
    Conflict,
}

impl Engine {
    pub(crate) fn new(host: Arc<Host>, registry: Registry) -> Self {
        Self {
            host,
            registry,
            contention: Contention::default(),
        }
    }

    /// Refuses input that breaks constraints of its shape.
    ///
    /// # Errors
    /// A validation failure, in the service's words.
    pub(crate) fn validate(
        &self,
        operation: &'static OperationSchema,
        input: &Value,
    ) -> Result<(), Failure> {
        let violations = schema::validate(operation.input, input);
        if violations.is_empty() {
            return Ok(());
        }
        Err(Failure::validation(
            self.registry.violation_message(operation, &violations),
        ))
    }

    /// Plans, decides, handles and commits; starts over where a commit conflicts. Whatever the end, the
    /// trail has its record.
    pub(crate) async fn run(
        self: &Arc<Self>,
        handler: &dyn DynOperation,
        mut passage: Passage,
        input: Value,
        mut trace: Trace,
    ) -> Outcome {
        let mut turn = None;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                if passage.may_wait() && turn.is_none() {
                    turn = self.contention.turn(passage.caller.account).await;
                } else {
                    tokio::task::yield_now().await;
                }
                if let Err(failure) = self.renew(&mut passage) {
                    return self.record_failure(trace, failure, passage.protocol).await;
                }
            }
            match self
                .attempt(handler, &passage, input.clone(), &mut trace)
                .await
            {
                Try::Done(Ok(output)) => return Ok(output),
                Try::Done(Err(failure)) => {
                    return self.record_failure(trace, failure, passage.protocol).await;
                }
                Try::Conflict => {}
            }
        }
        let failure = Failure::common(
            Common::ServiceUnavailable,
            "The request could not be completed because of concurrent modifications. Try again.",
        );
        self.record_failure(trace, failure, passage.protocol).await
    }

    /// Others changed what the decision or the handler read: who calls is decided anew too.
    fn renew(&self, passage: &mut Passage) -> Result<(), Failure> {
        passage.world = self.host.world();
        match authenticate::refresh(&self.host, &passage.world, &passage.caller) {
            Some(caller) => {
                passage.caller = Arc::new(caller);
                Ok(())
            }
            None => {
                let gone = sigv4::AuthError::InvalidClientTokenId;
                Err(authenticate::failure(&gone, passage.protocol))
            }
        }
    }

    async fn attempt(
        self: &Arc<Self>,
        handler: &dyn DynOperation,
        passage: &Passage,
        input: Value,
        trace: &mut Trace,
    ) -> Try {
        if let Some(failure) = unsound(&passage.world) {
            return Try::Done(Err(failure));
        }
        let mut call = passage.begin(self, trace);
        let outcome = handler.run(&mut call, input, &authorize::gate).await;
        trace.call(&mut call);
        let output = match outcome {
            Ok(output) => output,
            Err(failure) => return Try::Done(Err(failure)),
        };
        let records = trace.success(passage.operation, &output, self.host.random.as_ref());
        if call.tx.is_read_only() {
            let (read, base) = (call.tx.snapshot_revision(), call.tx.base());
            drop(call);
            return match self.rights_held(&passage.caller, read, base).await {
                Ok(true) => Try::Done(self.append(records).await.map(|()| output)),
                Ok(false) => Try::Conflict,
                Err(failure) => Try::Done(Err(failure)),
            };
        }
        for record in records {
            call.tx.stage_outbox(record);
        }
        // The outbox would keep the event, but nobody reads it there: no trail, no change.
        if let Some(error) = self.host.trail.failure() {
            return Try::Done(Err(Failure::internal(&error)));
        }
        match self.host.store.commit(call.tx.into_commit()).await {
            Ok(_) => Try::Done(Ok(output)),
            Err(CommitError::Conflict) => Try::Conflict,
            Err(CommitError::Store(error)) => Try::Done(Err(Failure::internal(&error))),
        }
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
        let check = Commit {
            base,
            reads,
            ..Commit::default()
        };
        match self.host.store.commit(check).await {
            Ok(_) => Ok(true),
            Err(CommitError::Conflict) => Ok(false),
            Err(CommitError::Store(error)) => Err(Failure::internal(&error)),
        }
    }

    /// Keeps the record of a call that failed. Gives the failure, or that of the trail.
    pub(crate) async fn record_failure(
        &self,
        trace: Trace,
        failure: Failure,
        protocol: Protocol,
    ) -> Outcome {
        let (code, _) = failure.spell(protocol);
        let message = failure.message.as_deref();
        let records = trace.failure(&code, message, self.host.random.as_ref());
        self.append(records).await.and(Err(failure))
    }

    /// Waits until the records are durable; a call whose record cannot be kept fails.
    async fn append(&self, records: Vec<Bytes>) -> Result<(), Failure> {
        let tickets: Vec<_> = records
            .into_iter()
            .map(|record| self.host.trail.append(record))
            .collect();
        for ticket in tickets {
            ticket.await.map_err(|error| Failure::internal(&error))?;
        }
        Ok(())
    }
}

/// The failure of every call while some record cannot be understood.
pub(crate) fn unsound(world: &World) -> Option<Failure> {
    world.unsound.as_ref().map(|cause| Failure::internal(cause))
}
