//! `RevokeGrant`.

use super::token;
use crate::api::operations::RevokeGrant;
use crate::api::types::{RevokeGrantInput, RevokeGrantOutput};
use crate::entity::GrantRecord;
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::Place;
use crate::{KmsError, request};
use kernel::{Call, Operation, Plan, Registry};

pub(super) fn register(registry: &mut Registry) {
    registry.serve::<RevokeGrant>();
}

impl Operation for RevokeGrant {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &RevokeGrantInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:RevokeGrant"));
        Ok(Plan::new(super::is_for_service(call, check)))
    }

    async fn handle(
        call: &mut Call,
        input: RevokeGrantInput,
    ) -> Result<RevokeGrantOutput, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let key = request::found(call, &target)?;
        remove(call, &key.place, &input.grant_id, input.dry_run)?;
        Ok(RevokeGrantOutput {})
    }
}

/// Deletes a grant.
///
/// # Errors
/// `NotFoundException` where it is gone, `DryRunOperationException`
pub(super) fn remove(
    call: &mut Call,
    place: &Place,
    grant: &str,
    dry_run: Option<bool>,
) -> Result<(), KmsError> {
    let missing = || KmsError::NotFound(format!("Grant ID {grant} not found"));
    // Only ids of the world become names of records.
    let found = token::find(call, place, grant).ok_or_else(missing)?;
    let name = format!("{}/{}", place.id, found.record.id);
    call.load_in::<GrantRecord>(place.account, &place.region, &name)?
        .ok_or_else(missing)?;
    request::dry_run(dry_run)?;
    call.remove_in::<GrantRecord>(place.account, &place.region, &name)?;
    Ok(())
}
