//! Grants: who may use a key besides those whom its policy names ("Grants in AWS KMS").

use crate::api::types::GrantOperation;
use crate::entity::{GrantConstraintsRecord, GrantRecord};
use crate::view::{KeyView, KmsWorld};
use kernel::Call;
use policy::Principal;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name under which a grant is found: the grantee's unique id where it is a user or role of this
/// server, or else what the grant says.
#[must_use]
pub(crate) fn grantee_name(grant: &GrantRecord) -> String {
    bound(grant, &grant.grantee).to_owned()
}

/// A principal of a grant by its unique id, where the grant is bound to one.
#[must_use]
pub(crate) fn bound<'g>(grant: &'g GrantRecord, arn: &'g str) -> &'g str {
    grant
        .principals
        .iter()
        .find(|binding| binding.arn == arn)
        .map_or(arn, |binding| &binding.id)
}

/// The names under which grants to a principal are found.
#[must_use]
pub(crate) fn names(call: &Call) -> Vec<Arc<str>> {
    match call.caller.principal() {
        Principal::Root { account } => {
            vec![
                format!("arn:{}:iam::{account}:root", call.partition().as_str()).into(),
                Arc::clone(account),
            ]
        }
        Principal::User { unique_id, arn, .. } => vec![Arc::clone(unique_id), Arc::clone(arn)],
        Principal::RoleSession {
            session_arn,
            role_arn,
            role_id,
            ..
        } => vec![
            Arc::clone(role_id),
            Arc::clone(role_arn),
            Arc::clone(session_arn),
        ],
        Principal::FederatedUser { arn, .. } => vec![Arc::clone(arn)],
        _ => Vec::new(),
    }
}

/// Whether a grant of the key admits the operation to the caller. The call then depends on that grant.
#[must_use]
pub(crate) fn admits(
    call: &mut Call,
    key: &KeyView,
    operation: GrantOperation,
    context: Option<&BTreeMap<String, String>>,
) -> bool {
    let world = Arc::clone(call.world());
    let Some(kms) = KmsWorld::of(&world).filter(|kms| kms.has_grants(&key.place)) else {
        return false;
    };
    let found = names(call).iter().find_map(|name| {
        kms.grants_to(&key.place, name)
            .find(|grant| {
                grant.record.operations.contains(&operation)
                    && constraints_hold(grant.record.constraints.as_ref(), context)
            })
            .map(|grant| grant.key.clone())
    });
    match found {
        Some(record) => {
            call.tx().depend_on(record);
            true
        }
        None => false,
    }
}

/// Whether a grant's constraints admit a request. They are about operations that take an encryption
/// context; of others they say nothing ("Grant constraints").
#[must_use]
pub(crate) fn constraints_hold(
    constraints: Option<&GrantConstraintsRecord>,
    context: Option<&BTreeMap<String, String>>,
) -> bool {
    let Some(constraints) = constraints else {
        return true;
    };
    // A grant for a service's resource admits services only, and callers here are none.
    if constraints.source_arn.is_some() {
        return false;
    }
    let Some(context) = context else { return true };
    let equals = constraints
        .equals
        .as_ref()
        .is_none_or(|wanted| wanted == context);
    let subset = constraints.subset.as_ref().is_none_or(|wanted| {
        wanted
            .iter()
            .all(|(key, value)| context.get(key) == Some(value))
    });
    equals && subset
}
