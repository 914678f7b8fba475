//! Operations and the registry from which the server answers.

use crate::call::Call;
use crate::chore::Chore;
use crate::failure::Failure;
use crate::mfa::MfaVerifier;
use crate::plan::Plan;
use schema::{
    FromValue, IntoValue, OperationSchema, OperationShape, ServiceSchema, Value, Violation,
};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// An operation that is served.
///
/// The unit struct, its input, its output and its schema are generated; a service
/// writes the two methods. A call runs `plan`, then the kernel decides, then
/// `handle`; a conflicting commit starts over with `plan`.
pub trait Operation: OperationShape {
    /// The service's error.
    type Error: Into<Failure> + Send;

    /// What must be allowed. It may read records to learn a resource's tags or its
    /// policy, and must not fail where such a record is missing: whether something
    /// exists is told only to those who may ask.
    ///
    /// # Errors
    /// The service's error, for input that names no possible resource.
    fn plan(call: &mut Call, input: &Self::Input) -> Result<Plan, Self::Error>;

    /// Does the work: reads through the call's transaction and stages writes.
    ///
    /// # Errors
    /// The service's error; nothing staged is then written.
    fn handle(
        call: &mut Call,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

/// Decides whether a plan is allowed. Only the pipeline makes one.
pub(crate) type Gate<'a> = &'a (dyn Fn(&mut Call, &Plan) -> Result<(), Failure> + Send + Sync);

type Running<'a> = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send + 'a>>;

/// An [`Operation`] whose types are erased.
pub(crate) trait DynOperation: Send + Sync {
    fn schema(&self) -> &'static OperationSchema;
    fn run<'a>(&'a self, call: &'a mut Call, input: Value, gate: Gate<'a>) -> Running<'a>;
}

pub(crate) struct Erased<O>(std::marker::PhantomData<fn() -> O>);

impl<O: Operation> DynOperation for Erased<O> {
    fn schema(&self) -> &'static OperationSchema {
        O::SCHEMA
    }

    fn run<'a>(&'a self, call: &'a mut Call, input: Value, gate: Gate<'a>) -> Running<'a> {
        Box::pin(Self::go(call, input, gate))
    }
}

impl<O> Erased<O> {
    pub(crate) const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<O: Operation> Erased<O> {
    /// The one way from input to output, past the gate.
    async fn go(call: &mut Call, input: Value, gate: Gate<'_>) -> Result<Value, Failure> {
        let input = O::Input::from_value(input)?;
        let plan = O::plan(call, &input).map_err(Into::into)?;
        gate(call, &plan)?;
        let output = O::handle(call, input).await.map_err(Into::into)?;
        Ok(output.into_value())
    }
}

/// A service's own words for violations of its model: the whole message, or `None` for the common one.
pub type Wording = fn(&OperationSchema, &[Violation]) -> Option<String>;

/// All services and the operations that they serve.
#[derive(Default)]
pub struct Registry {
    services: Vec<&'static ServiceSchema>,
    operations: HashMap<(&'static str, &'static str), Box<dyn DynOperation>>,
    mfa: Option<Arc<dyn MfaVerifier>>,
    wordings: HashMap<&'static str, Wording>,
    chores: Vec<Box<dyn Chore>>,
}

impl Registry {
    /// Adds a service: its operations can be resolved, and are not served until they are added.
    pub fn service(&mut self, service: &'static ServiceSchema) -> &mut Self {
        self.services.push(service);
        self
    }

    /// Serves an operation.
    pub fn serve<O: Operation>(&mut self) -> &mut Self {
        let key = (O::SCHEMA.service.id, O::SCHEMA.name);
        self.operations.insert(key, Box::new(Erased::<O>::new()));
        self
    }

    /// Does a service's background work ([`crate::Kernel::run_chores`]).
    pub fn chore(&mut self, chore: Box<dyn Chore>) -> &mut Self {
        self.chores.push(chore);
        self
    }

    pub(crate) fn chores(&self) -> &[Box<dyn Chore>] {
        &self.chores
    }

    /// Lets calls prove codes of MFA devices. Without a verifier no code proves anything.
    pub fn verify_mfa(&mut self, verifier: Arc<dyn MfaVerifier>) -> &mut Self {
        self.mfa = Some(verifier);
        self
    }

    pub(crate) fn mfa(&self) -> Option<Arc<dyn MfaVerifier>> {
        self.mfa.clone()
    }

    /// Lets a service say in its own words what is wrong with an input.
    pub fn word(&mut self, service: &'static ServiceSchema, wording: Wording) -> &mut Self {
        self.wordings.insert(service.id, wording);
        self
    }

    /// The message for an input that breaks constraints.
    pub(crate) fn violation_message(
        &self,
        operation: &OperationSchema,
        violations: &[Violation],
    ) -> String {
        let own = self
            .wordings
            .get(operation.service.id)
            .and_then(|wording| wording(operation, violations));
        own.unwrap_or_else(|| schema::validation_message(violations))
    }

    /// The services, in the order they were added.
    #[must_use]
    pub fn services(&self) -> &[&'static ServiceSchema] {
        &self.services
    }

    pub(crate) fn operation(&self, schema: &'static OperationSchema) -> Option<&dyn DynOperation> {
        self.operations
            .get(&(schema.service.id, schema.name))
            .map(AsRef::as_ref)
    }

    /// The schemas of the operations that are served, in no order.
    pub fn served(&self) -> impl Iterator<Item = &'static OperationSchema> {
        self.operations.values().map(|operation| operation.schema())
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Registry")
            .field("operations", &self.operations.len())
            .finish_non_exhaustive()
    }
}
