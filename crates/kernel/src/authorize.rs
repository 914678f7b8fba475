//! Whether the policies allow a plan.

use crate::call::Call;
use crate::caller::Identity;
use crate::failure::{Common, Failure};
use crate::host::Enforcement;
use crate::plan::{Check, Plan};
use crate::{administrator, context, denial};
use policy::{Decision, Layers, Policy, Request};
use std::sync::Arc;

/// The gate that every operation passes between its plan and its handler.
///
/// A plan without any check denies: an operation that needs no permission says so
/// with [`Plan::authenticated`].
pub(crate) fn gate(call: &mut Call, plan: &Plan) -> Result<(), Failure> {
    if plan.exempt {
        return Ok(());
    }
    if plan.checks.is_empty() {
        return Err(Failure::internal(&format!(
            "{} plans nothing",
            call.operation.name
        )));
    }
    for check in &plan.checks {
        for owner in [check.resource_account, check.concerns]
            .into_iter()
            .flatten()
        {
            if owner != call.caller.account && !call.other_accounts.contains(&owner) {
                call.other_accounts.push(owner);
            }
        }
        let decision = decide(call, check);
        if !decision.is_allowed() {
            deny(call, check, &decision)?;
        }
    }
    Ok(())
}

fn deny(call: &mut Call, check: &Check, decision: &Decision) -> Result<(), Failure> {
    let message = denial::message(&call.caller, check, decision);
    match call.host.settings.enforcement {
        Enforcement::Strict => {
            let encoded = denial::seal(call, check).map(String::into_boxed_str);
            Err(Failure {
                encoded,
                ..Failure::common(Common::AccessDenied, message)
            })
        }
        Enforcement::Soft => {
            tracing::warn!(request_id = %call.request_id, %message, "would deny");
            call.note("wouldDeny", message);
            Ok(())
        }
    }
}

/// Decides one check at the call's world.
pub fn decide(call: &Call, check: &Check) -> Decision {
    evaluate(call, check, policy::decide)
}

/// Puts one check, with all policies that take part at the call's world, to an evaluation.
pub(crate) fn evaluate<T>(
    call: &Call,
    check: &Check,
    evaluation: impl FnOnce(&Request<'_>, &Layers<'_>) -> T,
) -> T {
    let context = context::of(call, check);
    let owner = check.resource_account.unwrap_or(call.caller.account);
    let request = Request {
        principal: &call.caller.principal,
        action: check.action,
        resource: &check.resource,
        resource_account: Some(owner.as_str()),
        context: &context,
        resource_level: check.resource != "*",
    };
    let identity = identity_policies(call);
    let identity = borrow(&identity);
    let boundary = call
        .caller
        .source()
        .and_then(|source| source.boundary.as_deref());
    let boundary = boundary.map(|arn| call.world.document(arn));
    let session = call.caller.session_policies.as_deref().map(borrow);
    let ceilings = |account| {
        call.world
            .account(account)
            .and_then(|account| account.ceilings.clone())
    };
    let (caller_ceilings, owner_ceilings) = (ceilings(call.caller.account), ceilings(owner));
    let service = caller_ceilings
        .as_deref()
        .map(|ceilings| Levels::new(&ceilings.service));
    let resource = owner_ceilings
        .as_deref()
        .map(|ceilings| Levels::new(&ceilings.resource));
    let service = service.as_ref().map(Levels::borrow);
    let resource = resource.as_ref().map(Levels::borrow);
    let layers = Layers {
        identity: &identity,
        identity_exists: true,
        boundary: boundary.as_deref(),
        session: session.as_deref(),
        scps: service.as_deref(),
        rcps: resource.as_deref(),
        resource: check.resource_policy.as_deref(),
        endpoint: None,
        resource_rule: check.rule,
    };
    evaluation(&request, &layers)
}

/// The identity policies of the caller.
fn identity_policies(call: &Call) -> Vec<Arc<Policy>> {
    match (&call.caller.identity, call.caller.source()) {
        (_, Some(principal)) => call.world.identity_policies(principal),
        // The root user that vouches for a federated user may do everything; the session's policies limit it.
        (Identity::Federated { .. }, None) => vec![call.world.document(administrator::POLICY)],
        (_, None) => Vec::new(),
    }
}

fn borrow(policies: &[Arc<Policy>]) -> Vec<&Policy> {
    policies.iter().map(AsRef::as_ref).collect()
}

/// Policies by level, as the engine wants them borrowed.
struct Levels<'a>(Vec<Vec<&'a Policy>>);

impl<'a> Levels<'a> {
    fn new(levels: &'a [Vec<Arc<Policy>>]) -> Self {
        Self(levels.iter().map(|level| borrow(level)).collect())
    }

    fn borrow(&self) -> Vec<&[&'a Policy]> {
        self.0.iter().map(Vec::as_slice).collect()
    }
}
