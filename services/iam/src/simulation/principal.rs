//! `SimulatePrincipalPolicy`: the policies of a user, group or role.

use super::custom::caller_of;
use super::entity::EntityArn;
use super::exclusion::Exclusions;
use super::input::Raw;
use super::scenario::{self, Who};
use super::source::{self, Source};
use super::subject::Subject;
use crate::IamError;
use crate::api::operations::SimulatePrincipalPolicy;
use crate::api::types::{
    PolicyIdentifierPolicyType, SimulatePrincipalPolicyInput, SimulatePrincipalPolicyOutput,
};
use kernel::{Call, Operation, Plan};

impl Operation for SimulatePrincipalPolicy {
    type Error = IamError;

    fn plan(call: &mut Call, input: &SimulatePrincipalPolicyInput) -> Result<Plan, IamError> {
        let entity = EntityArn::source(call, &input.policy_source_arn)?;
        entity
            .check(call, "iam:SimulatePrincipalPolicy")
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        mut input: SimulatePrincipalPolicyInput,
    ) -> Result<SimulatePrincipalPolicyOutput, IamError> {
        let entity = EntityArn::source(call, &input.policy_source_arn)?;
        let caller = input.caller_arn.take();
        let exclusions = Exclusions::read(input.policy_exclusion_list.take())?;
        scenario::answer(call, Raw::of_principal(input), |call, raw| {
            let mut identity = source::of_entity(call, &entity)?;
            identity.retain(|source| !exclusions.has(source));
            identity.extend(raw.identity()?);
            let subject = match caller.as_deref() {
                Some(arn) if arn != entity.text => caller_of(call, arn)?,
                _ => match entity.principal(call) {
                    Some(principal) => Subject::known(&principal),
                    None => Subject::named(&entity),
                },
            };
            let boundary = match raw.boundary()? {
                Some(given) => Some(given),
                None => own_boundary(call, &entity, &exclusions)?,
            };
            let (service, resource) = scenario::ceilings(call).unzip();
            let has = |kind| exclusions.has_type(kind);
            // Those of other accounts are not the caller's to know.
            let service = service.filter(|_| subject.account == call.account());
            Ok(Who {
                subject,
                identity,
                boundary,
                scps: service.filter(|_| !has(PolicyIdentifierPolicyType::Scp)),
                rcps: resource
                    .filter(|_| !has(PolicyIdentifierPolicyType::Rcp))
                    .map(|levels| (call.account(), levels)),
                is_named: true,
            })
        })
        .await
    }
}

/// The permissions boundary that the user or role has.
fn own_boundary(
    call: &mut Call,
    entity: &EntityArn,
    exclusions: &Exclusions,
) -> Result<Option<Source>, IamError> {
    let principal = entity.principal(call);
    let boundary = principal.and_then(|principal| principal.boundary.clone());
    match boundary {
        Some(arn) if !exclusions.has_type(PolicyIdentifierPolicyType::PermissionBoundary) => {
            source::managed(call, &arn).map(Some)
        }
        _ => Ok(None),
    }
}
