//! How often managed policies are used, counted in the index of attachments.

use crate::IamError;
use crate::entity::{Attachment, AttachmentUse};
use kernel::Call;
use std::collections::HashMap;

/// More entries than the quotas of an account allow.
const ALL: usize = 1_000_000;

/// How many entities use a managed policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Users, groups and roles that it is attached to (`AttachmentCount`).
    pub attached: usize,
    /// Users and roles whose boundary it is (`PermissionsBoundaryUsageCount`).
    pub boundary: usize,
}

impl Usage {
    /// No entity uses the policy.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// How many entities use one policy.
///
/// # Errors
/// The store's failure.
pub fn of(call: &mut Call, policy_arn: &str) -> Result<Usage, IamError> {
    let mut count = |used| -> Result<usize, IamError> {
        Ok(call
            .list::<Attachment>(&Attachment::prefix(policy_arn, used), None, ALL)?
            .len())
    };
    Ok(Usage {
        attached: count(AttachmentUse::Permissions)?,
        boundary: count(AttachmentUse::Boundary)?,
    })
}

/// How many entities use each policy of the account, by ARN; policies that none uses are left out.
///
/// Reads the whole index: for lists, not for writes.
///
/// # Errors
/// The store's failure.
pub fn all(call: &mut Call) -> Result<HashMap<String, Usage>, IamError> {
    let mut usages: HashMap<String, Usage> = HashMap::new();
    for (key, _) in call.list::<Attachment>("", None, ALL)? {
        let Some((policy, used)) = Attachment::used(&key) else {
            continue;
        };
        let usage = usages.entry(policy.to_owned()).or_default();
        match used {
            AttachmentUse::Permissions => usage.attached += 1,
            AttachmentUse::Boundary => usage.boundary += 1,
        }
    }
    Ok(usages)
}

/// Whether anything uses a policy.
///
/// # Errors
/// The store's failure.
pub fn any(call: &mut Call, policy_arn: &str) -> Result<bool, IamError> {
    for used in [AttachmentUse::Permissions, AttachmentUse::Boundary] {
        if !call
            .list::<Attachment>(&Attachment::prefix(policy_arn, used), None, 1)?
            .is_empty()
        {
            return Ok(true);
        }
    }
    Ok(false)
}
