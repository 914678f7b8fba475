//! `SimulateCustomPolicy`: policies of the request.

use super::entity::EntityArn;
use super::input::Raw;
use super::scenario::{self, Who};
use super::subject::Subject;
use crate::IamError;
use crate::api::operations::SimulateCustomPolicy;
use crate::api::types::{SimulateCustomPolicyInput, SimulateCustomPolicyOutput};
use kernel::{Call, Check, Operation, Plan};

impl Operation for SimulateCustomPolicy {
    type Error = IamError;

    fn plan(_: &mut Call, _: &SimulateCustomPolicyInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:SimulateCustomPolicy", "*")))
    }

    async fn handle(
        call: &mut Call,
        mut input: SimulateCustomPolicyInput,
    ) -> Result<SimulateCustomPolicyOutput, IamError> {
        let caller = input.caller_arn.take();
        let organization = input.ordered_organization_policy_input_list.take();
        scenario::answer(call, Raw::of_custom(input), |call, raw| {
            let levels = organization.map(|levels| {
                let documents = levels.into_iter();
                documents
                    .map(|level| level.service_control_policy_input_list.unwrap_or_default())
                    .collect()
            });
            Ok(Who {
                subject: match caller.as_deref() {
                    Some(arn) => caller_of(call, arn)?,
                    None => Subject::anybody(call.account()),
                },
                identity: raw.identity()?,
                boundary: raw.boundary()?,
                scps: levels.map(scenario::levels).transpose()?,
                rcps: None,
                is_named: caller.is_some(),
            })
        })
        .await
    }
}

/// `CallerArn`. Of a user or role whom the caller cannot read nothing but the ARN is known.
///
/// # Errors
/// `InvalidInput` where it is no user, group or role; the store's failure.
pub(crate) fn caller_of(call: &mut Call, arn: &str) -> Result<Subject, IamError> {
    let entity = EntityArn::read(call, arn).ok_or_else(|| {
        IamError::InvalidInput(
            "Invalid caller - Caller must be an IAM user, role or group in this context.".into(),
        )
    })?;
    let readable = entity.is_readable(call)?;
    let known = entity.principal(call).filter(|_| readable);
    Ok(match known {
        Some(principal) => Subject::known(&principal),
        None => Subject::named(&entity),
    })
}
