//! Finding entities by name, with AWS's words for those that do not exist.

use crate::IamError;
use crate::entity::{GroupRecord, ManagedPolicyRecord, RoleRecord, UserRecord, folded};
use crate::name;
use kernel::Call;

/// A user by name.
///
/// # Errors
/// `NoSuchEntity`.
pub fn user(call: &mut Call, name: &str) -> Result<UserRecord, IamError> {
    call.load::<UserRecord>(&folded(name))?
        .ok_or_else(|| no_user(name))
}

/// AWS's words for a user that does not exist.
#[must_use]
pub fn no_user(name: &str) -> IamError {
    IamError::NoSuchEntity(format!("The user with name {name} cannot be found."))
}

/// A group by name.
///
/// # Errors
/// `NoSuchEntity`.
pub fn group(call: &mut Call, name: &str) -> Result<GroupRecord, IamError> {
    call.load::<GroupRecord>(&folded(name))?.ok_or_else(|| {
        IamError::NoSuchEntity(format!("The group with name {name} cannot be found."))
    })
}

/// A role by name.
///
/// # Errors
/// `NoSuchEntity`.
pub fn role(call: &mut Call, name: &str) -> Result<RoleRecord, IamError> {
    call.load::<RoleRecord>(&folded(name))?.ok_or_else(|| {
        IamError::NoSuchEntity(format!("The role with name {name} cannot be found."))
    })
}

/// A managed policy that an ARN names.
#[derive(Debug)]
pub enum Policy {
    /// One of AWS's.
    Aws(&'static catalog::ManagedPolicy),
    /// One of the caller's account.
    Customer(ManagedPolicyRecord),
}

/// A managed policy by ARN: AWS's or one of the caller's account; `None` where there is none.
///
/// # Errors
/// The store's failure.
pub fn policy(call: &mut Call, arn: &str) -> Result<Option<Policy>, IamError> {
    let partition = call.partition();
    let Some((account, path, policy_name)) = name::split(arn, "policy") else {
        return Ok(None);
    };
    if account == "aws" {
        // The catalog spells ARNs for the commercial partition.
        let spelled = format!("arn:aws:iam::aws:policy{path}{policy_name}");
        let exists = arn.starts_with(&format!("arn:{}:", partition.as_str()));
        return Ok(catalog::managed_policy(&spelled)
            .filter(|_| exists)
            .map(Policy::Aws));
    }
    let own = call.account();
    let record = call.load::<ManagedPolicyRecord>(&folded(policy_name))?;
    // Names ignore case when they must be unique; ARNs do not.
    Ok(record
        .filter(|record| name::arn(partition, own, "policy", &record.path, &record.name) == arn)
        .map(Policy::Customer))
}

/// A customer managed policy of the caller's account by ARN.
///
/// # Errors
/// `NoSuchEntity`; `AccessDenied` for AWS's own, which nobody can change.
pub fn customer_policy(call: &mut Call, arn: &str) -> Result<ManagedPolicyRecord, IamError> {
    match policy(call, arn)? {
        Some(Policy::Customer(record)) => Ok(record),
        Some(Policy::Aws(_)) => Err(IamError::AccessDenied(format!(
            "User: {} is not authorized to modify the AWS managed policy {arn}",
            call.caller.arn()
        ))),
        None => Err(IamError::NoSuchEntity(format!(
            "Policy {arn} was not found."
        ))),
    }
}
