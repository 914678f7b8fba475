//! `PutKeyPolicy`, `GetKeyPolicy`, `ListKeyPolicies`.

use super::{document, lockout};
use crate::api::operations::{GetKeyPolicy, ListKeyPolicies, PutKeyPolicy};
use crate::api::types::{
    GetKeyPolicyInput, GetKeyPolicyOutput, ListKeyPoliciesInput, ListKeyPoliciesOutput,
    PutKeyPolicyInput, PutKeyPolicyOutput,
};
use crate::entity::KeyRecord;
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::{KmsError, own, page};
use kernel::{Call, Operation, Plan, Registry};

/// The name of the key policy that every key has.
pub(super) const DEFAULT: &str = "default";
/// The name of the key policy that AWS Resource Access Manager puts.
const SHARED: &str = "AWS_RAM";

/// Serves the operations of key policies.
pub(crate) fn register(registry: &mut Registry) {
    registry
        .serve::<PutKeyPolicy>()
        .serve::<GetKeyPolicy>()
        .serve::<ListKeyPolicies>();
}

impl Operation for PutKeyPolicy {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &PutKeyPolicyInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let bypassed = input.bypass_policy_lockout_safety_check;
        let name = input.policy_name.as_deref().unwrap_or(DEFAULT);
        Ok(Plan::new(lockout::put(call, &target, bypassed, name)))
    }

    async fn handle(
        call: &mut Call,
        input: PutKeyPolicyInput,
    ) -> Result<PutKeyPolicyOutput, KmsError> {
        let key = own::key(call, &input.key_id)?;
        match input.policy_name.as_deref() {
            None | Some(DEFAULT) => {}
            Some(SHARED) => {
                return Err(KmsError::Validation(
                    "The AWS_RAM policy can only be managed by the RAM service".to_owned(),
                ));
            }
            Some(_) => return Err(no_such_policy()),
        }
        let bound = document::bind(call, &input.policy)?;
        let place = &key.place;
        let current = call.load_in::<KeyRecord>(place.account, &place.region, &place.id)?;
        let record = KeyRecord {
            policy: bound.text,
            principals: bound.principals,
            ..current.unwrap_or_else(|| key.record.clone())
        };
        lockout::keep_open(
            call,
            place,
            &record,
            input.bypass_policy_lockout_safety_check,
        )?;
        call.save_in(place.account, &place.region, &place.id, &record)?;
        own::show_changed(call, &key);
        Ok(PutKeyPolicyOutput {})
    }
}

impl Operation for GetKeyPolicy {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &GetKeyPolicyInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let name = input.policy_name.as_deref().unwrap_or(DEFAULT);
        let check = plan::check(call, &target, Access::new("kms:GetKeyPolicy"));
        Ok(Plan::new(check.key("kms:PolicyName", name)))
    }

    async fn handle(
        call: &mut Call,
        input: GetKeyPolicyInput,
    ) -> Result<GetKeyPolicyOutput, KmsError> {
        let key = own::key(call, &input.key_id)?;
        // Nothing is shared by Resource Access Manager here.
        if input.policy_name.is_some_and(|name| name != DEFAULT) {
            return Err(no_such_policy());
        }
        Ok(GetKeyPolicyOutput {
            policy: Some(document::shown(call, &key.record)),
            policy_name: Some(DEFAULT.to_owned()),
        })
    }
}

fn no_such_policy() -> KmsError {
    KmsError::NotFound("No such policy exists".to_owned())
}

impl Operation for ListKeyPolicies {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &ListKeyPoliciesInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:ListKeyPolicies"));
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: ListKeyPoliciesInput,
    ) -> Result<ListKeyPoliciesOutput, KmsError> {
        own::key(call, &input.key_id)?;
        let page = page::of(
            "key-policies",
            [DEFAULT.to_owned()],
            Clone::clone,
            input.limit,
            100,
            input.marker.as_deref(),
        )?;
        Ok(ListKeyPoliciesOutput {
            truncated: Some(page.is_truncated()),
            next_marker: page.next,
            policy_names: Some(page.items),
        })
    }
}
