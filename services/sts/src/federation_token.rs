//! `GetFederationToken`: temporary credentials for somebody for whom a user vouches.

use crate::api::operations::GetFederationToken;
use crate::api::types::{FederatedUser, GetFederationTokenInput, GetFederationTokenOutput};
use crate::session_policy::{SessionPolicies, managed, packed_size};
use crate::session_tag::SessionTags;
use crate::session_token::duration;
use crate::{StsError, credentials};
use arn::Arn;
use kernel::session::SessionKind;
use kernel::{Call, Check, Identity, Operation, Plan};

const SESSION: &str = "Cannot call GetFederationToken with session credentials";

/// Issues credentials that can do what both the user's policies and the session
/// policies allow; without session policies, only what resource policies grant.
impl Operation for GetFederationToken {
    type Error = StsError;

    fn plan(call: &mut Call, input: &GetFederationTokenInput) -> Result<Plan, StsError> {
        vouching(call)?;
        let tags = SessionTags::checked(None, input.tags.as_ref(), None)?;
        let resource =
            Arn::federated_user(call.partition(), call.account(), &input.name).to_string();
        let check = |action| Check::new(action, resource.clone()).request_tags(tags.pairs());
        let plan = Plan::new(check("sts:GetFederationToken"));
        Ok(if tags.is_tagged() {
            plan.and(check("sts:TagSession"))
        } else {
            plan
        })
    }

    async fn handle(
        call: &mut Call,
        input: GetFederationTokenInput,
    ) -> Result<GetFederationTokenOutput, StsError> {
        let user_id = vouching(call)?;
        let account = call.account();
        let tags = SessionTags::checked(None, input.tags.as_ref(), None)?;
        let policies = SessionPolicies::read(input.policy, input.policy_arns)?;
        policies.exist_in(call, account)?;
        let packed = packed_size(&policies, &[&tags.requested])?;
        let kind = SessionKind::Federated {
            user_id,
            name: input.name.clone(),
        };
        let duration = duration(call.caller.is_root(), input.duration_seconds);
        let mut session = credentials::begin(call, kind, account, duration)?;
        session.policy = policies.inline;
        session.managed = managed(call.world(), policies.arns);
        session.tags = tags.requested;
        let issued = credentials::issue(call, &session, input.minimum_session_token_size)?;
        Ok(GetFederationTokenOutput {
            credentials: Some(issued.credentials),
            federated_user: Some(FederatedUser {
                federated_user_id: format!("{account}:{}", input.name),
                arn: Arn::federated_user(call.partition(), account, &input.name).to_string(),
            }),
            packed_policy_size: packed,
            session_token_utilization: issued.token_utilization,
            session_token_size: issued.token_size,
        })
    }
}

/// The unique id of the user that vouches, `None` for the root user: long-term credentials only.
fn vouching(call: &Call) -> Result<Option<String>, StsError> {
    match (&call.caller.identity, &call.caller.session) {
        (Identity::Root, None) => Ok(None),
        (Identity::User(user), None) => Ok(Some(user.id.to_string())),
        _ => Err(StsError::AccessDenied(SESSION.to_owned())),
    }
}
