//! Calls that nobody signed: those of the server for its operator, such as those of a seed file, and
//! those of a service that acts for itself.

use crate::call::Origin;
use crate::caller::{Caller, Identity};
use crate::engine::Passage;
use crate::event::Trace;
use crate::failure::Failure;
use crate::operation::{Erased, Operation};
use crate::pipeline::Kernel;
use crate::{ids, principal};
use arn::AccountId;
use schema::{FromValue, IntoValue, Protocol};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// A service that acts for itself, as the owner of a resource lets it by its policies and grants.
#[derive(Debug, Clone)]
pub struct ServiceCaller {
    /// Its principal: `secretsmanager.amazonaws.com`.
    pub name: Arc<str>,
    /// The account of the resource for which it acts (`aws:SourceAccount`).
    pub source_account: AccountId,
    /// The ARN of that resource (`aws:SourceArn`).
    pub source_arn: Option<Arc<str>>,
}

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
        let caller = self.given(account, Identity::Root);
        let mark = |trace: &mut Trace| trace.internal(invoked_by);
        let region = self.host().settings.region.clone();
        self.unsigned::<O>(caller, invoked_by, region, mark, input)
            .await
    }

    /// Runs an operation as a service that acts for itself in a region, as [`Kernel::internal`] does for
    /// the operator. Such a caller has no policies of its own: policies of resources must name it, or grants.
    ///
    /// # Errors
    /// The operation's failure, and those of every call.
    pub async fn as_service<O: Operation>(
        &self,
        service: ServiceCaller,
        region: &str,
        input: O::Input,
    ) -> Result<O::Output, Failure> {
        let identity = Identity::Service {
            name: Arc::clone(&service.name),
            source: service.source_arn,
        };
        let caller = self.given(service.source_account, identity);
        let mark = |trace: &mut Trace| trace.service(&service.name);
        self.unsigned::<O>(caller, &service.name, region.to_owned(), mark, input)
            .await
    }

    async fn unsigned<O: Operation>(
        &self,
        caller: Caller,
        user_agent: &str,
        region: String,
        mark: impl FnOnce(&mut Trace),
        input: O::Input,
    ) -> Result<O::Output, Failure> {
        let host = self.host();
        let random = host.random.as_ref();
        let (operation, service) = (O::SCHEMA, O::SCHEMA.service);
        let passage = Passage {
            operation,
            caller: Arc::new(caller),
            world: host.world(),
            region,
            request_id: ids::uuid(random),
            origin: Arc::new(origin(user_agent)),
            via: Arc::default(),
            protocol: service
                .protocols
                .first()
                .copied()
                .unwrap_or(Protocol::AwsJson11),
        };
        let mut trace = Trace::new(
            service,
            operation.name,
            &passage.origin,
            &passage.request_id,
            host.clock.now(),
            random,
        );
        trace.caller(&passage.caller, &passage.region);
        mark(&mut trace);
        let input = input.into_value();
        trace.input(operation, &input);
        if let Err(failure) = self.engine.validate(operation, &input) {
            let protocol = passage.protocol;
            let outcome = self.engine.record_failure(trace, failure, protocol).await;
            return Ok(O::Output::from_value(outcome?)?);
        }
        let output = self
            .engine
            .run(&Erased::<O>::new(), passage, input, trace)
            .await?;
        Ok(O::Output::from_value(output)?)
    }

    /// A caller for whom no key stands.
    fn given(&self, account: AccountId, identity: Identity) -> Caller {
        let partition = self.host().settings.partition;
        Caller {
            account,
            partition,
            access_key_id: "".into(),
            principal: principal::of(partition, account, &identity),
            identity,
            session: None,
            session_policies: None,
            dependencies: Vec::new(),
            configured: false,
            given: true,
        }
    }
}

/// Where such calls come from: this machine.
fn origin(user_agent: &str) -> Origin {
    Origin {
        source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: user_agent.to_owned(),
        tls: None,
        host: String::new(),
    }
}
