//! The policy simulator: what policies would answer to calls that nobody makes
//! ("Testing IAM policies with the IAM policy simulator").
//!
//! It asks the engine that decides real calls, with the same policies. It knows more than AWS's simulator does:
//! a role's own trust policy counts for `sts:Assume...`, roles can be tested with the policy of a resource, the
//! organization's policies count, and of the condition keys that a simulation lacks only those are named that could
//! change its answer.
//!
//! A simulation never tells its caller what the caller could not read: facts about other users and roles than the one
//! that is simulated take part only where the caller may call `iam:GetUser` or `iam:GetRole` on them.

mod context;
mod context_keys;
mod custom;
mod entity;
mod evaluation;
mod exclusion;
mod input;
mod missing;
mod position;
mod principal;
mod resource;
mod response;
mod scenario;
mod source;
mod subject;

use crate::api::operations::{
    GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy, SimulateCustomPolicy,
    SimulatePrincipalPolicy,
};
use kernel::Registry;

/// Adds the operations of the simulator to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<GetContextKeysForCustomPolicy>()
        .serve::<GetContextKeysForPrincipalPolicy>()
        .serve::<SimulateCustomPolicy>()
        .serve::<SimulatePrincipalPolicy>();
}
