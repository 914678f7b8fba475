//! `CreateGrant`.

use super::{constraint, operations, token};
use crate::api::operations::CreateGrant;
use crate::api::types::{CreateGrantInput, CreateGrantOutput, GrantOperation, KeySpec};
use crate::entity::{GrantConstraintsRecord, GrantRecord, PrincipalBinding};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::view::{KeyView, KmsWorld, Place};
use crate::{KmsError, blob, principal, request, state};
use arn::{AccountId, Arn};
use kernel::{Call, Check, Operation, Plan, Registry};
use policy::ResourceRule;
use std::sync::Arc;

/// Grants of a key, at most ("Resource quotas", AWS KMS Developer Guide).
const MAX_GRANTS: usize = 50_000;

pub(super) fn register(registry: &mut Registry) {
    registry.serve::<CreateGrant>();
}

impl Operation for CreateGrant {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &CreateGrantInput) -> Result<Plan, KmsError> {
        token::check(call, input.grant_tokens.as_deref())?;
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let constraints = constraint::record(input.constraints.as_ref());
        let context = constraint::context(constraints.as_ref());
        let mut access = Access::new("kms:CreateGrant");
        if let Some(context) = &context {
            access = access.in_context(Some(context));
        }
        let check = plan::check(call, &target, access);
        let check = super::is_for_service(call, check);
        let check = conditions(check, input, constraints.as_ref());
        let Some(key) = &target.view else {
            return Ok(Plan::new(check));
        };
        // A grant that lets its grantee make grants lets it make those only that are no wider, and one for
        // a service's resource only while the service acts for that.
        let source = super::source(call);
        let granted = super::any(call, key, |grant| {
            let old = &grant.record;
            old.operations.contains(&GrantOperation::CreateGrant)
                && (input.operations.iter()).all(|operation| old.operations.contains(operation))
                && constraint::is_as_strict(constraints.as_ref(), old.constraints.as_ref())
                && constraint::source_fits(old.constraints.as_ref(), source.as_deref())
        });
        let rule = ResourceRule::KmsKey { granted };
        Ok(Plan::new(
            check.resource_policy(Arc::clone(&key.policy), rule),
        ))
    }

    async fn handle(
        call: &mut Call,
        input: CreateGrantInput,
    ) -> Result<CreateGrantOutput, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let key = request::found(call, &target)?;
        state::grantable(call, &key)?;
        let record = record(call, &key, &input)?;
        let known = known(call, &key.place, &record)?;
        let count = KmsWorld::of(call.world())
            .and_then(|kms| kms.grants.get(&key.place))
            .map_or(0, imbl::OrdMap::len);
        if known.is_none() && count >= MAX_GRANTS {
            return Err(KmsError::LimitExceeded(format!(
                "{} has {MAX_GRANTS} grants already.",
                key.arn
            )));
        }
        request::dry_run(input.dry_run)?;
        let id = match known {
            Some(id) => id,
            None => {
                let place = &key.place;
                let name = format!("{}/{}", place.id, record.id);
                call.save_in(place.account, &place.region, &name, &record)?;
                record.id
            }
        };
        // CloudTrail shows the key, and no token ("CreateGrant", AWS KMS Developer Guide).
        call.record_response(serde_json::json!({ "grantId": id, "keyId": key.arn }));
        Ok(CreateGrantOutput {
            grant_token: Some(token::issue(call, &key.place, &id)?),
            grant_id: Some(id),
        })
    }
}

/// The condition keys of the request.
fn conditions(
    check: Check,
    input: &CreateGrantInput,
    constraints: Option<&GrantConstraintsRecord>,
) -> Check {
    let operations: Vec<String> = (input.operations.iter().map(ToString::to_string)).collect();
    let source = constraints.and_then(|constraints| constraints.source_arn.as_deref());
    let check = constraint_type(check, constraints)
        .optional_key("kms:GrantConstraintSourceArn", source)
        .optional_key("kms:GranteePrincipal", input.grantee_principal.as_deref())
        .optional_key(
            "kms:GranteeServicePrincipal",
            input.grantee_service_principal.as_deref(),
        )
        .optional_key("kms:RetiringPrincipal", input.retiring_principal.as_deref())
        .optional_key(
            "kms:RetiringServicePrincipal",
            input.retiring_service_principal.as_deref(),
        );
    if operations.is_empty() {
        check
    } else {
        check.keys("kms:GrantOperations", operations)
    }
}

/// `kms:GrantConstraintType`
pub(super) fn constraint_type(check: Check, constraints: Option<&GrantConstraintsRecord>) -> Check {
    let mut kinds = constraint::kinds(constraints);
    match (kinds.len(), kinds.pop()) {
        (_, None) => check,
        (1, Some(kind)) => check.key("kms:GrantConstraintType", kind),
        (_, Some(kind)) => {
            kinds.push(kind);
            check.keys("kms:GrantConstraintType", kinds)
        }
    }
}

/// The grant that the request describes.
fn record(
    call: &mut Call,
    key: &KeyView,
    input: &CreateGrantInput,
) -> Result<GrantRecord, KmsError> {
    let constraints = constraint::record(input.constraints.as_ref());
    let symmetric = key.record.spec == KeySpec::SymmetricDefault;
    constraint::validate(constraints.as_ref(), symmetric)?;
    let operations = operations::of_request(key, &input.operations)?;
    let (grantee, grantee_is_service) = one_of(
        "Grantee",
        input.grantee_principal.as_deref(),
        input.grantee_service_principal.as_deref(),
    )?
    .ok_or_else(|| {
        KmsError::Validation(
            "You must specify either GranteePrincipal or GranteeServicePrincipal.".to_owned(),
        )
    })?;
    let retiring = one_of(
        "Retiring",
        input.retiring_principal.as_deref(),
        input.retiring_service_principal.as_deref(),
    )?;
    if grantee_is_service {
        let source = constraints
            .as_ref()
            .and_then(|record| record.source_arn.as_ref());
        if source.is_none() || retiring.is_none() {
            return Err(KmsError::Validation(
                "A grant with a GranteeServicePrincipal needs a SourceArn constraint and a RetiringPrincipal or RetiringServicePrincipal."
                    .to_owned(),
            ));
        }
    }
    let mut principals = Vec::new();
    let grantee = bind(call, grantee, grantee_is_service, &mut principals)?;
    let retiring_is_service = retiring.is_some_and(|(_, service)| service);
    let retiring = retiring
        .map(|(name, service)| bind(call, name, service, &mut principals))
        .transpose()?;
    let (partition, account) = (call.partition().as_str(), call.account());
    Ok(GrantRecord {
        id: blob::hex(&call.random::<32>()),
        name: input.name.clone(),
        created: call.now,
        issuing_account: format!("arn:{partition}:iam::{account}:root"),
        grantee,
        grantee_is_service,
        retiring,
        retiring_is_service,
        principals,
        operations,
        constraints,
    })
}

/// A principal or a service principal, and whether it is the latter; `None` where neither is given.
fn one_of<'i>(
    which: &str,
    principal: Option<&'i str>,
    service: Option<&'i str>,
) -> Result<Option<(&'i str, bool)>, KmsError> {
    match (principal, service) {
        (Some(_), Some(_)) => Err(KmsError::Validation(format!(
            "You can specify either {which}Principal or {which}ServicePrincipal, but not both."
        ))),
        (Some(principal), None) => Ok(Some((principal, false))),
        (None, Some(service)) => Ok(Some((service, true))),
        (None, None) => Ok(None),
    }
}

/// Binds a principal of the request to whom it means now. Gives the text for the record, in which an
/// account is its root's ARN.
pub(super) fn bind(
    call: &mut Call,
    text: &str,
    service: bool,
    principals: &mut Vec<PrincipalBinding>,
) -> Result<String, KmsError> {
    if service {
        return Ok(text.to_owned());
    }
    let unknown =
        || KmsError::InvalidArn(format!("ARN does not refer to a valid principal: {text}"));
    if let Ok(account) = AccountId::parse(text) {
        return Ok(format!(
            "arn:{}:iam::{account}:root",
            call.partition().as_str()
        ));
    }
    match principal::bind(call, text).map_err(|_| unknown())? {
        Some(binding) if !principals.contains(&binding) => principals.push(binding),
        Some(_) => {}
        // An account's root, a federated user, or the id of somebody who exists.
        None if text == "*"
            || Arn::parse(text).is_err() && principal::arn_of(call, text).is_none() =>
        {
            return Err(unknown());
        }
        None => {}
    }
    Ok(text.to_owned())
}

/// The id of the grant that an earlier request of the same name made, where it said the same: a request
/// that is repeated makes no second one. Without a name none is a repetition.
fn known(call: &mut Call, place: &Place, wanted: &GrantRecord) -> Result<Option<String>, KmsError> {
    if wanted.name.is_none() {
        return Ok(None);
    }
    // Two such requests at once see each other at their commits, by the range that this reads.
    let prefix = format!("{}/", place.id);
    call.list_in::<GrantRecord>(place.account, &place.region, &prefix, None, 1)?;
    let same = |old: &GrantRecord| {
        *wanted
            == GrantRecord {
                id: wanted.id.clone(),
                created: wanted.created,
                ..old.clone()
            }
    };
    let found = KmsWorld::of(call.world()).and_then(|kms| {
        let mut grants = kms.grants(place);
        grants.find(|grant| same(&grant.record))
    });
    Ok(found.map(|grant| grant.record.id.clone()))
}
