//! Calls that the server makes for its operator, such as those of a seed file.

use crate::authorize;
use crate::call::{Call, Origin};
use crate::caller::{Caller, Identity};
use crate::event::Trace;
use crate::failure::{Common, Failure};
use crate::operation::{Erased, Operation};
use crate::pipeline::{ATTEMPTS, Kernel, unsound};
use crate::{ids, principal};
use arn::AccountId;
use bytes::Bytes;
use schema::{FromValue, IntoValue, Protocol};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use store::{CommitError, Tx};

impl Kernel {
    /// Runs an operation as the root user of an account, without a request: nothing is
    /// signed, so nothing that comes over the network may lead here. Everything else is
    /// as for any call: constraints are checked, the plan is decided, the commit is
    /// optimistic, and the trail gets its event, whose `invokedBy` is `invoked_by`.
    ///
    /// The operation need not be in the registry.
    ///
    /// # Errors
    /// The operation's failure, and those of every call.
    pub async fn internal<O: Operation>(
        &self,
        account: AccountId,
        invoked_by: &'static str,
        input: O::Input,
    ) -> Result<O::Output, Failure> {
        let host = self.host();
        let random = host.random.as_ref();
        let origin = Arc::new(origin(invoked_by));
        let request_id = ids::uuid(random);
        let caller = Arc::new(self.root(account));
        let now = host.clock.now();
        let mut trace = Trace::new(
            O::SCHEMA.service,
            O::SCHEMA.name,
            &origin,
            &request_id,
            now,
            random,
        );
        trace.caller(&caller, &host.settings.region);
        trace.internal(invoked_by);
        let input = input.into_value();
        trace.input(O::SCHEMA, &input);
        let violations = schema::validate(O::SCHEMA.input, &input);
        if !violations.is_empty() {
            let message = self.registry().violation_message(O::SCHEMA, &violations);
            return self.failed(trace, Failure::validation(message)).await;
        }
        for _ in 0..ATTEMPTS {
            let world = host.world();
            if let Some(failure) = unsound(&world) {
                return self.failed(trace, failure).await;
            }
            let mut call = Call {
                operation: O::SCHEMA,
                caller: Arc::clone(&caller),
                region: host.settings.region.clone(),
                now,
                request_id: request_id.clone(),
                event_id: trace.event_id(),
                origin: Arc::clone(&origin),
                tx: Tx::begin(Arc::clone(&host.store), world.revision()),
                world,
                host: Arc::clone(host),
                notes: Vec::new(),
                resources: Vec::new(),
                other_accounts: Vec::new(),
                mfa: self.registry().mfa(),
            };
            let outcome = Erased::<O>::go(&mut call, input.clone(), &authorize::gate).await;
            trace.call(&mut call);
            let output = match outcome {
                Ok(output) => output,
                Err(failure) => return self.failed(trace, failure).await,
            };
            let records = trace.clone().success(O::SCHEMA, &output, random);
            if call.tx.is_read_only() {
                self.keep(records).await?;
                return Ok(O::Output::from_value(output)?);
            }
            for record in records {
                call.tx.stage_outbox(record);
            }
            // The outbox would keep the event, but nobody reads it there: no trail, no change.
            if let Some(error) = host.trail.failure() {
                return Err(Failure::internal(&error));
            }
            match host.store.commit(call.tx.into_commit()).await {
                Ok(_) => return Ok(O::Output::from_value(output)?),
                Err(CommitError::Conflict) => tokio::task::yield_now().await,
                Err(CommitError::Store(error)) => {
                    return self.failed(trace, Failure::internal(&error)).await;
                }
            }
        }
        let busy =
            "The request could not be completed because of concurrent modifications. Try again.";
        self.failed(trace, Failure::common(Common::ServiceUnavailable, busy))
            .await
    }

    /// The root user of an account. No key stands for it.
    fn root(&self, account: AccountId) -> Caller {
        let partition = self.host().settings.partition;
        Caller {
            account,
            partition,
            access_key_id: "".into(),
            principal: principal::of(partition, account, &Identity::Root),
            identity: Identity::Root,
            session: None,
            session_policies: None,
            dependencies: Vec::new(),
            configured: false,
        }
    }

    async fn failed<T>(&self, trace: Trace, failure: Failure) -> Result<T, Failure> {
        let (code, _) = failure.spell(Protocol::AwsJson11);
        let records = trace.failure(
            &code,
            failure.message.as_deref(),
            self.host().random.as_ref(),
        );
        self.keep(records).await?;
        Err(failure)
    }

    /// Waits until the records are durable; a call whose record cannot be kept fails.
    async fn keep(&self, records: Vec<Bytes>) -> Result<(), Failure> {
        for record in records {
            let ticket = self.host().trail.append(record);
            ticket.await.map_err(|error| Failure::internal(&error))?;
        }
        Ok(())
    }
}

/// Where such calls come from: this machine.
fn origin(invoked_by: &'static str) -> Origin {
    Origin {
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: invoked_by.to_owned(),
        tls: None,
        host: String::new(),
    }
}
