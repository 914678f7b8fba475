//! `DescribeKey`.

use crate::KmsError;
use crate::api::operations::DescribeKey;
use crate::api::types::{DescribeKeyInput, DescribeKeyOutput, GrantOperation};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::KmsWorld;
use crate::{metadata, state};
use kernel::{Call, Operation, Plan, Registry};

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<DescribeKey>();
}

impl Operation for DescribeKey {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DescribeKeyInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::KeyOrAlias)?;
        let access = Access::new("kms:DescribeKey").granted_by(GrantOperation::DescribeKey);
        Ok(Plan::new(plan::check(call, &target, access)))
    }

    async fn handle(
        call: &mut Call,
        input: DescribeKeyInput,
    ) -> Result<DescribeKeyOutput, KmsError> {
        let target = find::find(call, &input.key_id, Forms::KeyOrAlias)?;
        let key = target.found(call)?;
        call.note_resource(key.arn.clone(), "AWS::KMS::Key");
        let material =
            KmsWorld::of(call.world()).and_then(|kms| kms.current_material(&key).cloned());
        let shown = metadata::of(
            call.partition(),
            &key.place,
            &key.record,
            state::of(call, &key),
            material.as_ref().map(|material| &material.record),
        );
        Ok(DescribeKeyOutput {
            key_metadata: Some(shown),
        })
    }
}
