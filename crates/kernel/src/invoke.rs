//! Calls of one service to another for its caller ("Forward access sessions", IAM User Guide).
//!
//! Services do not know each other: a service names the operation of another and the members of its
//! input. What it asks for is a call like any other, of the same caller: constraints are checked, the
//! plan is decided, and the trail gets an event of its own. Only the server adds the services through
//! which a call came, so that no request can claim one.

use crate::authenticate;
use crate::call::Call;
use crate::caller::Identity;
use crate::engine::Passage;
use crate::event::Trace;
use crate::failure::Failure;
use crate::ids;
use crate::pipeline::not_served;
use schema::{Member, OperationSchema, Protocol, Value};
use std::sync::Arc;

/// The members of an input by their names in the model.
pub type Parameters = Vec<(&'static str, Value)>;

/// The longest chain of services that call each other for one caller. None here is longer than two;
/// a chain that grows further goes round in a circle.
const MAX_CHAIN: usize = 4;

/// What an invoked operation answered.
#[derive(Debug)]
pub struct Reply {
    members: &'static [Member],
    values: Vec<Option<Value>>,
}

impl Reply {
    /// Takes a member of the output out by its name in the model; `None` where it is absent.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.members.iter().position(|member| member.name == name)?;
        self.values.get_mut(place).and_then(Option::take)
    }
}

impl Call {
    /// The service that calls for the caller, as `kms:ViaService` names it
    /// (`secretsmanager.us-east-1.amazonaws.com`); `None` where the caller calls itself.
    #[must_use]
    pub fn via(&self) -> Option<String> {
        let service = self.via.last()?;
        let (name, domain) = service.split_once('.')?;
        Some(format!("{name}.{}.{domain}", self.region))
    }

    /// Whether the call never left the server: it is a service's, or the operator's own.
    pub(crate) fn is_of_server(&self) -> bool {
        !self.via.is_empty() || self.caller.given
    }

    /// Calls an operation of another service for this call's caller, in its region.
    ///
    /// The inner call has its own transaction: what it wrote stays when the outer call fails
    /// afterwards, and is written again when the outer call starts over after a conflict. So an outer
    /// call invokes only what may be repeated, and before it stages writes that depend on the reply.
    ///
    /// # Errors
    /// The failure of the operation, [`crate::Common::NotImplemented`] for one that is not served, and
    /// the server's failure for members that the input does not have.
    pub async fn invoke(
        &mut self,
        service: &str,
        operation: &str,
        parameters: Parameters,
    ) -> Result<Reply, Failure> {
        let engine = Arc::clone(&self.engine);
        let (passage, mut trace) = self.onward(service, operation)?;
        let schema = passage.operation;
        let handler = engine
            .registry
            .operation(schema)
            .ok_or_else(|| not_served(schema.service, schema.name))?;
        let input = structure(schema.input_members(), parameters).ok_or_else(|| {
            Failure::internal(&format!("{service}:{operation} has no such parameter"))
        })?;
        trace.input(schema, &input);
        let output = match engine.validate(schema, &input) {
            Ok(()) => engine.run(handler, passage, input, trace).await?,
            Err(failure) => {
                let protocol = passage.protocol;
                engine.record_failure(trace, failure, protocol).await?
            }
        };
        match output {
            Value::Structure(values) => Ok(Reply {
                members: schema.output_members(),
                values,
            }),
            _ => Err(Failure::internal(&"an output is no structure")),
        }
    }

    /// The inner call, before it has an input.
    fn onward(&self, service: &str, operation: &str) -> Result<(Passage, Trace), Failure> {
        let host = &self.host;
        let invoker: Arc<str> =
            format!("{}.amazonaws.com", self.operation.service.endpoint_prefix).into();
        let via: Arc<[Arc<str>]> = self
            .via
            .iter()
            .cloned()
            .chain([Arc::clone(&invoker)])
            .collect();
        if via.len() > MAX_CHAIN {
            return Err(Failure::internal(&"services call each other in a circle"));
        }
        let schema = find(self.engine.registry.services(), service, operation)
            .ok_or_else(|| Failure::internal(&format!("{service}:{operation} is unknown here")))?;
        let protocol = schema.service.protocols.first().copied();
        let protocol = protocol.unwrap_or(Protocol::AwsJson11);
        // The latest world, so that the inner call sees what others before it wrote: the caller is looked up there.
        let world = host.world();
        let caller = authenticate::refresh(host, &world, &self.caller).ok_or_else(|| {
            authenticate::failure(&sigv4::AuthError::InvalidClientTokenId, protocol)
        })?;
        let request_id = ids::uuid(host.random.as_ref());
        let mut trace = Trace::new(
            schema.service,
            schema.name,
            &self.origin,
            &request_id,
            host.clock.now(),
            host.random.as_ref(),
        );
        trace.caller(&caller, &self.region);
        // A service that calls for itself keeps its own name.
        match &caller.identity {
            Identity::Service { name, .. } => trace.service(name),
            _ => trace.service(&invoker),
        }
        let passage = Passage {
            operation: schema,
            caller: Arc::new(caller),
            world,
            region: self.region.clone(),
            request_id,
            origin: Arc::clone(&self.origin),
            via,
            protocol,
        };
        Ok((passage, trace))
    }
}

fn find(
    services: &[&'static schema::ServiceSchema],
    service: &str,
    operation: &str,
) -> Option<&'static OperationSchema> {
    let found = services.iter().find(|schema| schema.id == service)?;
    let mut operations = found.operations.iter().copied();
    operations.find(|schema| schema.name == operation)
}

/// A structure of named members; `None` where one of them is not in the schema.
fn structure(members: &'static [Member], parameters: Parameters) -> Option<Value> {
    let mut values = Vec::new();
    values.resize_with(members.len(), || None);
    for (name, value) in parameters {
        let place = members.iter().position(|member| member.name == name)?;
        *values.get_mut(place)? = Some(value);
    }
    Some(Value::Structure(values))
}
