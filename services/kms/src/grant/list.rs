//! `ListGrants` and `ListRetirableGrants`.

use super::{bound, create, shown};
use crate::api::operations::{ListGrants, ListRetirableGrants};
use crate::api::types::{ListGrantsInput, ListGrantsResponse, ListRetirableGrantsInput};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::{GrantView, KmsWorld};
use crate::{KmsError, page, request};
use kernel::{Call, Check, Operation, Plan, Registry};
use policy::Principal;
use std::sync::Arc;

/// Grants of a page where the request names no number ("ListGrants").
const PAGE: usize = 50;
/// Grants of a page, at most ("ListGrants").
const MAX_PAGE: i32 = 100;

pub(super) fn register(registry: &mut Registry) {
    registry
        .serve::<ListGrants>()
        .serve::<ListRetirableGrants>();
}

impl Operation for ListGrants {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &ListGrantsInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:ListGrants"));
        Ok(Plan::new(super::is_for_service(call, check)))
    }

    async fn handle(
        call: &mut Call,
        input: ListGrantsInput,
    ) -> Result<ListGrantsResponse, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let key = request::found(call, &target)?;
        for_services_only(
            call,
            "GranteeServicePrincipal",
            input.grantee_service_principal.is_some(),
        )?;
        let world = Arc::clone(call.world());
        let grants = KmsWorld::of(&world)
            .into_iter()
            .flat_map(|kms| kms.grants(&key.place))
            .filter(|grant| is_wanted(call, grant, &input));
        let page = page::of(
            &format!("grants of {}", key.arn),
            grants,
            |grant| grant.record.id.clone(),
            limit(input.limit),
            PAGE,
            input.marker.as_deref(),
        )?;
        let entries = page.items.iter();
        Ok(ListGrantsResponse {
            truncated: Some(page.is_truncated()),
            grants: Some(
                entries
                    .map(|grant| shown::entry(call, &key.place, grant))
                    .collect(),
            ),
            next_marker: page.next,
        })
    }
}

/// Whether the request's filters let a grant through.
fn is_wanted(call: &Call, grant: &GrantView, input: &ListGrantsInput) -> bool {
    let record = &grant.record;
    let id = input.grant_id.as_ref().is_none_or(|id| *id == record.id);
    let grantee = input.grantee_principal.as_ref().is_none_or(|wanted| {
        !record.grantee_is_service
            && (*wanted == shown::name(call, grant, &record.grantee)
                || *wanted == bound(record, &record.grantee))
    });
    let service = input.grantee_service_principal.as_ref();
    let service =
        service.is_none_or(|wanted| record.grantee_is_service && *wanted == record.grantee);
    id && grantee && service
}

fn limit(wanted: Option<i32>) -> Option<i32> {
    wanted.map(|limit| limit.min(MAX_PAGE))
}

/// Only services may look for grants of services.
fn for_services_only(call: &Call, what: &str, given: bool) -> Result<(), KmsError> {
    let service = matches!(call.caller.principal(), Principal::Service { .. });
    if given && !service {
        return Err(KmsError::Validation(format!(
            "{what} can be used by AWS service principals only."
        )));
    }
    Ok(())
}

impl Operation for ListRetirableGrants {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &ListRetirableGrantsInput) -> Result<Plan, KmsError> {
        // What is authorized is the retiring principal ("ListRetirableGrants").
        let resource = input
            .retiring_principal
            .as_deref()
            .unwrap_or("*")
            .to_owned();
        let check = Check::new("kms:ListRetirableGrants", resource);
        Ok(Plan::new(plan::of_call(call, check)))
    }

    async fn handle(
        call: &mut Call,
        input: ListRetirableGrantsInput,
    ) -> Result<ListGrantsResponse, KmsError> {
        let service = input.retiring_service_principal.as_deref();
        for_services_only(call, "RetiringServicePrincipal", service.is_some())?;
        let retiring = match (input.retiring_principal.as_deref(), service) {
            (Some(principal), None) => own(call, principal)?,
            (None, Some(service)) => service.to_owned(),
            _ => {
                return Err(KmsError::Validation(
                    "You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both."
                        .to_owned(),
                ));
            }
        };
        let world = Arc::clone(call.world());
        let all = KmsWorld::of(&world).and_then(|kms| kms.retirable(&call.region, &retiring));
        let list = format!("grants to retire by {retiring}");
        let page = page::ordered(
            &list,
            all,
            limit(input.limit),
            PAGE,
            input.marker.as_deref(),
        )?;
        let entries = page.items.iter();
        Ok(ListGrantsResponse {
            truncated: Some(page.is_truncated()),
            grants: Some(
                entries
                    .map(|(_, (place, grant))| shown::entry(call, place, grant))
                    .collect(),
            ),
            next_marker: page.next,
        })
    }
}

/// The name under which grants know a principal, which must be one of the caller's account.
fn own(call: &mut Call, principal: &str) -> Result<String, KmsError> {
    let mut bindings = Vec::new();
    let text = create::bind(call, principal, false, &mut bindings)?;
    let shown = bindings.first().map_or(&text, |binding| &binding.arn);
    let shown = match arn::Arn::parse(shown) {
        Ok(_) => shown.clone(),
        Err(_) => crate::principal::arn_of(call, shown).unwrap_or_default(),
    };
    let account = arn::Arn::parse(&shown)
        .ok()
        .and_then(|arn| arn.account_id());
    if account != Some(call.account()) {
        return Err(KmsError::InvalidArn(format!(
            "The retiring principal {principal} does not belong to the account of the request."
        )));
    }
    let bound = bindings.into_iter().next().map(|binding| binding.id);
    Ok(bound.unwrap_or(text))
}
