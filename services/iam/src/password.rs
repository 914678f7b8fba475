//! Setting passwords, and users that change their own ("Permit IAM users to change their own passwords").

use crate::IamError;
use crate::api::operations::ChangePassword;
use crate::api::types::{ChangePasswordInput, ChangePasswordOutput};
use crate::entity::{UserRecord, folded};
use crate::login_profile::{self, LoginProfileRecord};
use crate::{owner, password_policy, time};
use crypto::{PasswordParameters, SecretString};
use kernel::{Call, Check, Failure, Identity, Operation, Plan, Registry};
use policy::{DocumentKind, Policy, ResourceRule};
use std::sync::Arc;

/// How many earlier passwords are remembered: the most that a policy can forbid.
pub const HISTORY: usize = 24;

/// Adds the operation that changes one's own password to the registry.
pub fn register(registry: &mut Registry) {
    registry.serve::<ChangePassword>();
}

impl Operation for ChangePassword {
    type Error = IamError;

    fn plan(call: &mut Call, _: &ChangePasswordInput) -> Result<Plan, IamError> {
        let check = owner::check(call, "iam:ChangePassword", None)?;
        Ok(Plan::new(own_password_grant(call, check)?))
    }

    async fn handle(
        call: &mut Call,
        input: ChangePasswordInput,
    ) -> Result<ChangePasswordOutput, IamError> {
        let (old, new) = (
            SecretString::new(input.old_password),
            SecretString::new(input.new_password),
        );
        if !matches!(call.caller.identity, Identity::User(_)) {
            return Err(IamError::InvalidUserType(
                "Only IAM Users can change their own password".into(),
            ));
        }
        let user = owner::caller(call)?;
        let Some(mut profile) = call.load::<LoginProfileRecord>(&user.id)? else {
            return Err(login_profile::missing(&user.name));
        };
        let hash = profile.hash.clone();
        let known = call
            .offload(move || crypto::verify_password(&hash, old.expose().as_bytes()))
            .await
            .map_err(|error| IamError::Failure(Failure::internal(&error)))?;
        if !known {
            return Err(IamError::AccessDenied(
                "The old password was incorrect.".into(),
            ));
        }
        change(call, &mut profile, new).await?;
        profile.reset_required = false;
        call.save(&user.id, &profile)?;
        Ok(ChangePasswordOutput {})
    }
}

/// Sets a new password that conforms to the account's policy, and remembers the old one.
///
/// # Errors
/// `PasswordPolicyViolation`.
pub async fn change(
    call: &mut Call,
    profile: &mut LoginProfileRecord,
    new: SecretString,
) -> Result<(), IamError> {
    let hash = accepted(call, new, Some(profile)).await?;
    let old = std::mem::replace(&mut profile.hash, hash);
    profile.history.insert(0, old);
    profile.history.truncate(HISTORY);
    profile.changed = time::seconds(call.now);
    Ok(())
}

/// The hash of a password that conforms to the account's policy.
///
/// # Errors
/// `PasswordPolicyViolation`.
pub async fn accepted(
    call: &mut Call,
    new: SecretString,
    profile: Option<&LoginProfileRecord>,
) -> Result<String, IamError> {
    let policy = password_policy::current(call)?;
    if let Some(text) = password_policy::violation(policy.as_ref(), new.expose()) {
        return Err(IamError::PasswordPolicyViolation(text));
    }
    let remembered = policy.map_or(0, |policy| {
        policy.reuse_prevention.try_into().unwrap_or(HISTORY)
    });
    let earlier: Vec<String> = profile
        .into_iter()
        .flat_map(|profile| std::iter::once(&profile.hash).chain(&profile.history))
        .take(remembered)
        .cloned()
        .collect();
    let random = Arc::clone(&call.host().random);
    let hashed = call
        .offload(move || {
            let password = new.expose().as_bytes();
            if earlier
                .iter()
                .any(|hash| crypto::verify_password(hash, password))
            {
                return Ok(None);
            }
            crypto::hash_password(password, PasswordParameters::default(), random.as_ref())
                .map(Some)
        })
        .await
        .map_err(|error| IamError::Failure(Failure::internal(&error)))?
        .map_err(|error| IamError::Failure(Failure::internal(&error)))?;
    hashed.ok_or_else(|| {
        IamError::PasswordPolicyViolation(
            "Password does not conform to the account password policy.".into(),
        )
    })
}

/// Adds what `AllowUsersToChangePassword` grants to every user of the account: changing
/// its own password, and reading the password policy. It is given as a resource policy
/// that names the user, so that every explicit deny and every service control policy
/// still counts.
///
/// A user with a permissions boundary does not get it: AWS does not say that the
/// setting passes a boundary.
///
/// # Errors
/// The store's failure.
pub fn own_password_grant(call: &mut Call, check: Check) -> Result<Check, IamError> {
    let Identity::User(principal) = call.caller.identity.clone() else {
        return Ok(check);
    };
    if !password_policy::current(call)?.is_some_and(|policy| policy.users_may_change) {
        return Ok(check);
    }
    let own = call.load::<UserRecord>(&folded(&principal.name))?;
    if !own.is_some_and(|user| *user.id == *principal.id && user.boundary.is_none())
        || principal.boundary.is_some()
    {
        return Ok(check);
    }
    Ok(match grant(&principal.id) {
        Some(policy) => check.resource_policy(Arc::new(policy), ResourceRule::Standard),
        None => check,
    })
}

/// The setting as a policy. Unique ids are letters and digits, which need no escape.
fn grant(user_id: &str) -> Option<Policy> {
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{user_id}"}},
            "Action": ["iam:ChangePassword", "iam:GetAccountPasswordPolicy"], "Resource": "*"}}}}"#
    );
    Policy::parse_and_compile(&text, DocumentKind::Resource, "account password policy").ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::{Context, Layers, Principal, Request};

    #[test]
    fn the_setting_grants_one_user_its_own_password_and_nothing_else() {
        let policy = grant("AIDACKCEVSQ6C2EXAMPLE").unwrap();
        let user = |id: &str| Principal::User {
            arn: "arn:aws:iam::111122223333:user/bob".into(),
            unique_id: id.into(),
            account: "111122223333".into(),
        };
        let allowed = |id: &str, action: &str| {
            let principal = user(id);
            let context = Context::new();
            let request = Request {
                principal: &principal,
                action,
                resource: "arn:aws:iam::111122223333:user/bob",
                resource_account: Some("111122223333"),
                context: &context,
                resource_level: true,
            };
            let layers = Layers {
                resource: Some(&policy),
                identity_exists: true,
                ..Layers::default()
            };
            policy::decide(&request, &layers).is_allowed()
        };
        assert!(allowed("AIDACKCEVSQ6C2EXAMPLE", "iam:ChangePassword"));
        assert!(!allowed("AIDACKCEVSQ6C2EXAMPLE", "iam:UpdateLoginProfile"));
        assert!(!allowed("AIDAQQQQQQQQQQEXAMPLE", "iam:ChangePassword"));
    }
}
