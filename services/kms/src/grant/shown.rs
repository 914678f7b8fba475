//! Grants as lists show them.

use super::{bound, constraint};
use crate::api::types::GrantListEntry;
use crate::principal;
use crate::view::{GrantView, Place};
use kernel::Call;

/// A grant of the key at `place`.
#[must_use]
pub(super) fn entry(call: &Call, place: &Place, grant: &GrantView) -> GrantListEntry {
    let record = &grant.record;
    let (grantee, retiring) = (&record.grantee, record.retiring.as_deref());
    let by = |is: bool, text: &str| is.then(|| text.to_owned());
    GrantListEntry {
        key_id: Some(place.key_arn(call.partition())),
        grant_id: Some(record.id.clone()),
        name: record.name.clone(),
        creation_date: Some(record.created),
        grantee_principal: (!record.grantee_is_service).then(|| name(call, grant, grantee)),
        grantee_service_principal: by(record.grantee_is_service, grantee),
        retiring_principal: retiring
            .filter(|_| !record.retiring_is_service)
            .map(|arn| name(call, grant, arn)),
        retiring_service_principal: retiring
            .filter(|_| record.retiring_is_service)
            .map(ToOwned::to_owned),
        issuing_account: Some(record.issuing_account.clone()),
        operations: Some(record.operations.clone()),
        constraints: record.constraints.as_ref().map(constraint::shown),
    }
}

/// A principal of a grant: by the ARN that it has now, or by its bare id where it is gone.
#[must_use]
pub(super) fn name(call: &Call, grant: &GrantView, text: &str) -> String {
    match bound(&grant.record, text) {
        same if same == text => text.to_owned(),
        id => principal::arn_of(call, id).unwrap_or_else(|| id.to_owned()),
    }
}
