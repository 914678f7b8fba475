//! `DescribeKey`.

use crate::KmsError;
use crate::api::operations::DescribeKey;
use crate::api::types::{DescribeKeyInput, DescribeKeyOutput, GrantOperation};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::KmsWorld;
use crate::{aws_managed, metadata, request, state};
use kernel::{Call, Operation, Plan, Registry};
use std::sync::Arc;

pub(crate) fn register(registry: &mut Registry) {
    registry.serve::<DescribeKey>();
}

impl Operation for DescribeKey {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &DescribeKeyInput) -> Result<Plan, KmsError> {
        request::grant_tokens(call, input.grant_tokens.as_deref())?;
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
        let world = Arc::clone(call.world());
        let material = KmsWorld::of(&world).and_then(|kms| kms.current_material(&key));
        let mut record = key.record.clone();
        // AWS makes its own keys when they are first described ("DescribeKey").
        if aws_managed::is_prospect(call, &key) {
            record.current_material = Some(aws_managed::current(call, &key)?.0.to_string());
        }
        let shown = metadata::of(
            call.partition(),
            &key.place,
            &record,
            state::of(call, &key),
            material.map(|material| &material.record),
        );
        Ok(DescribeKeyOutput {
            key_metadata: Some(shown),
        })
    }
}
