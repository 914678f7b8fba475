//! Grants: who may use a key besides those whom its policy names ("Grants in AWS KMS").

mod constraint;
mod create;
mod list;
mod operations;
mod retire;
mod revoke;
mod shown;
pub(crate) mod token;

use crate::api::types::GrantOperation;
use crate::entity::GrantRecord;
use crate::view::{GrantView, KeyView, KmsWorld};
use constraint::Circumstances;
use kernel::{Call, Check, Identity, Registry};
use policy::Principal;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Serves the operations of grants.
pub(crate) fn register(registry: &mut Registry) {
    create::register(registry);
    list::register(registry);
    retire::register(registry);
    revoke::register(registry);
}

/// The name under which a grant is found: the grantee's unique id where it is a user or role of this
/// server, or else what the grant says.
#[must_use]
pub(crate) fn grantee_name(grant: &GrantRecord) -> String {
    bound(grant, &grant.grantee).to_owned()
}

/// The name under which a grant is found by its retiring principal, as [`grantee_name`].
#[must_use]
pub(crate) fn retiring_name(grant: &GrantRecord) -> Option<&str> {
    grant.retiring.as_deref().map(|arn| bound(grant, arn))
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

/// The names by which grants call the caller itself. Users and roles are called by their unique ids
/// only: whoever has the ARN of one that is gone is another one.
#[must_use]
pub(crate) fn names(call: &Call) -> Vec<Arc<str>> {
    match call.caller.principal() {
        Principal::Root { account } => vec![root_of(call, account)],
        Principal::User { unique_id, .. } => vec![Arc::clone(unique_id)],
        Principal::RoleSession {
            role_id,
            session_name,
            ..
        } => vec![
            Arc::clone(role_id),
            format!("{role_id}:{session_name}").into(),
        ],
        Principal::FederatedUser { arn, .. } => vec![Arc::clone(arn)],
        Principal::Service { name, .. } => vec![Arc::clone(name)],
        _ => Vec::new(),
    }
}

/// The ARN of an account's root user, by which grants call the account.
fn root_of(call: &Call, account: &str) -> Arc<str> {
    format!("arn:{}:iam::{account}:root", call.partition().as_str()).into()
}

/// The names of grants that admit the caller to a key. A grant to another account than the key's is one
/// to all whom that account's own policies let use it, which the decision requires of callers from other
/// accounts in any case; one to the key's own account is to its root user.
fn names_for(call: &Call, key: &KeyView) -> Vec<Arc<str>> {
    let mut names = names(call);
    if let Some(account) = call.caller.principal().account()
        && *account != *key.place.account.as_str()
    {
        let root = root_of(call, account);
        if !names.contains(&root) {
            names.push(root);
        }
    }
    names
}

/// `kms:GrantIsForAWSResource`: whether a service works on grants for the caller.
fn is_for_service(call: &Call, check: Check) -> Check {
    let is = if call.via().is_some() {
        "true"
    } else {
        "false"
    };
    check.key("kms:GrantIsForAWSResource", is)
}

/// The resource for which the caller acts, where it is a service that acts for itself.
fn source(call: &Call) -> Option<Arc<str>> {
    match &call.caller.identity {
        Identity::Service { source, .. } => source.clone(),
        _ => None,
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
    let source = source(call);
    let of = Circumstances {
        operation,
        context,
        source: source.as_deref(),
    };
    any(call, key, |grant| {
        grant.record.operations.contains(&operation)
            && constraint::holds(grant.record.constraints.as_ref(), of)
    })
}

/// Whether any grant of the key to the caller is such. The call then depends on that grant.
fn any(call: &mut Call, key: &KeyView, is: impl Fn(&GrantView) -> bool) -> bool {
    let world = Arc::clone(call.world());
    let Some(kms) = KmsWorld::of(&world).filter(|kms| kms.has_grants(&key.place)) else {
        return false;
    };
    let names = names_for(call, key);
    let mut found = names
        .iter()
        .flat_map(|name| kms.grants_to(&key.place, name))
        .filter(|grant| is(grant));
    let Some(grant) = found.next() else {
        return false;
    };
    call.tx().depend_on(grant.key.clone());
    true
}
