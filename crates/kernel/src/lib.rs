//! The way of a call: authenticate, decode, plan, decide, handle, commit, audit, respond.
//!
//! A service is a crate that implements [`Operation`] for the generated unit structs
//! of its operations and registers them. Everything else happens here, once for all
//! services: requests come by [`Kernel::answer`], calls of a service for its caller by
//! [`Call::invoke`], and the server's own by [`Kernel::internal`] and [`Kernel::as_service`].
//! All lead through one loop, and no handler runs whose [`Plan`] was not allowed at the
//! world in which it was decided.
//!
//! This crate refuses to know any service, any HTTP server and any database.

mod account;
pub mod administrator;
mod authenticate;
mod authorize;
pub mod aws_managed;
mod call;
mod caller;
pub mod chore;
mod clock;
mod contention;
mod context;
mod denial;
mod digest;
mod engine;
mod event;
mod failure;
mod host;
pub mod ids;
mod internal;
mod invoke;
pub mod last_used;
mod mfa;
mod operation;
mod outbound;
mod pipeline;
mod plan;
mod principal;
mod pump;
pub mod record;
mod refuse;
pub mod session;
mod signing_keys;
pub mod world;

pub use account::{AccountProjection, AccountRecord};
pub use authorize::decide;
pub use call::{Call, OffloadError, Origin, TlsDetails};
pub use caller::{Caller, Identity};
pub use clock::{Clock, ManualClock, SystemClock};
pub use denial::decode_message;
pub use digest::Provider;
pub use failure::{Code, Common, Failure};
pub use host::{ConfiguredKey, ConfiguredOwner, Enforcement, Host, Quotas, Settings};
pub use internal::ServiceCaller;
pub use invoke::{Parameters, Reply};
pub use mfa::{MfaError, MfaVerifier};
pub use operation::{Operation, Registry, Wording};
pub use outbound::{
    Answering, NoOutbound, Outbound, OutboundAnswer, OutboundError, OutboundRequest,
};
pub use pipeline::{Answer, Kernel};
pub use plan::{Check, Plan};
pub use pump::Pump;
pub use record::{Entity, RecordError};
