//! The caller as the policy engine sees it.

use crate::caller::Identity;
use arn::{AccountId, Partition};
use policy::Principal;
use std::sync::Arc;

/// The engine's principal for an identity.
pub(crate) fn of(partition: Partition, account: AccountId, identity: &Identity) -> Principal {
    let partition = partition.as_str();
    let account_text: Arc<str> = account.as_str().into();
    match identity {
        Identity::Root => Principal::Root {
            account: account_text,
        },
        Identity::User(user) => Principal::User {
            arn: Arc::clone(&user.arn),
            unique_id: Arc::clone(&user.id),
            account: account_text,
        },
        Identity::Role { role, session_name } => Principal::RoleSession {
            session_arn: format!(
                "arn:{partition}:sts::{account}:assumed-role/{}/{session_name}",
                role.name
            )
            .into(),
            role_arn: Arc::clone(&role.arn),
            role_id: Arc::clone(&role.id),
            session_name: session_name.as_str().into(),
            account: account_text,
        },
        Identity::Federated { user, name } => Principal::FederatedUser {
            arn: format!("arn:{partition}:sts::{account}:federated-user/{name}").into(),
            user_arn: match user {
                Some(user) => Arc::clone(&user.arn),
                None => format!("arn:{partition}:iam::{account}:root").into(),
            },
            user_id: match user {
                Some(user) => Arc::clone(&user.id),
                None => Arc::clone(&account_text),
            },
            account: account_text,
        },
        Identity::Service { name, .. } => Principal::Service {
            name: Arc::clone(name),
            source_account: Some(account_text),
        },
    }
}
