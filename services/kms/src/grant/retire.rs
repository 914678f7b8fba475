//! `RetireGrant`. The grant itself says who may: its retiring principal, and its grantee where it admits
//! `RetireGrant`. The account that made it, that of a retiring principal which is an account, and the key's
//! may too, each by its own policies. The key's policy has no say ("Retiring and revoking grants").

use super::{bound, constraint, create, names, retiring_name, revoke, token};
use crate::KmsError;
use crate::api::operations::RetireGrant;
use crate::api::types::{GrantOperation, RetireGrantInput, RetireGrantOutput};
use crate::entity::GrantRecord;
use crate::find::{self, Forms, Target};
use crate::plan::{self, Access};
use crate::view::GrantView;
use kernel::{Call, Operation, Plan, Registry};
use policy::{DocumentKind, Policy, ResourceRule};
use std::sync::Arc;

pub(super) fn register(registry: &mut Registry) {
    registry.serve::<RetireGrant>();
}

impl Operation for RetireGrant {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &RetireGrantInput) -> Result<Plan, KmsError> {
        let (target, id) = wanted(call, input)?;
        let grant = token::find(call, &target.place, &id);
        if let Some(grant) = &grant {
            call.tx().depend_on(grant.key.clone());
        }
        let record = grant.as_deref().map(|grant| &grant.record);
        let constraints = record.and_then(|record| record.constraints.as_ref());
        let context = constraint::context(constraints);
        let mut access = Access::new("kms:RetireGrant");
        if let Some(context) = &context {
            access = access.in_context(Some(context));
        }
        let check = create::constraint_type(plan::check(call, &target, access), constraints);
        let granted = grant.as_deref().is_some_and(|grant| is_named(call, grant));
        // Decided as if the grant were the caller's own account's: whom it names needs no policy there.
        let check = check
            .owned_by(call.account())
            .also_concerns(target.place.account)
            .key("aws:ResourceAccount", target.place.account.as_str())
            .resource_policy(accounts(&target, record), ResourceRule::KmsKey { granted });
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: RetireGrantInput,
    ) -> Result<RetireGrantOutput, KmsError> {
        let (target, id) = wanted(call, &input)?;
        if let Some(key) = &target.view {
            call.note_resource(key.arn.clone(), "AWS::KMS::Key");
        }
        target.found(call)?;
        call.note("grantId", id.as_str());
        revoke::remove(call, &target.place, &id, input.dry_run)?;
        Ok(RetireGrantOutput {})
    }
}

/// The key and the id of the grant that the request means.
fn wanted(call: &mut Call, input: &RetireGrantInput) -> Result<(Target, String), KmsError> {
    match (&input.grant_token, &input.key_id, &input.grant_id) {
        (Some(token), None, None) => {
            let (place, id) = token::open(call, token)?;
            Ok((find::at(call, place)?, id))
        }
        (None, Some(key), Some(id)) => Ok((find::find(call, key, Forms::Key)?, id.clone())),
        _ => Err(KmsError::Validation(
            "You must specify either a grant token, or a key ID and a grant ID.".to_owned(),
        )),
    }
}

/// Whether the grant lets the caller itself retire it.
fn is_named(call: &Call, grant: &GrantView) -> bool {
    let names = names(call);
    let is_caller = |name: &str| names.iter().any(|own| **own == *name);
    let record = &grant.record;
    retiring_name(record).is_some_and(is_caller)
        || record.operations.contains(&GrantOperation::RetireGrant)
            && is_caller(bound(record, &record.grantee))
}

/// A policy that lets the accounts that have a part in the grant decide by their own policies.
fn accounts(target: &Target, grant: Option<&GrantRecord>) -> Arc<Policy> {
    let is_root = |arn: &&str| arn.ends_with(":root");
    let retiring = grant.and_then(|grant| grant.retiring.as_deref());
    let all = [
        Some(target.place.account.as_str()),
        grant.map(|grant| grant.issuing_account.as_str()),
        retiring.filter(is_root),
    ];
    let all: Vec<&str> = all.into_iter().flatten().collect();
    let document = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": { "AWS": all },
            "Action": "kms:RetireGrant",
            "Resource": "*",
        },
    });
    let name = "the grant's accounts";
    Arc::new(
        match policy::parse_stored(&document.to_string(), DocumentKind::Resource) {
            Ok(document) => Policy::compile(&document, name),
            Err(_) => Policy::broken(name),
        },
    )
}
