//! What must go before a user can ("DeleteUser", IAM API Reference).

use crate::IamError;
use crate::access_key::AccessKeyRecord;
use crate::entity::{UserRecord, owned_prefix};
use crate::login_profile::LoginProfileRecord;
use crate::mfa::MfaAssignment;
use crate::service_specific_credential::ServiceSpecificCredentialRecord;
use crate::signing_certificate::SigningCertificateRecord;
use crate::ssh_public_key::SshPublicKeyRecord;
use kernel::{Call, Entity};
use store::Prefix;

/// Credentials of users, each kept under [`owned_prefix`], and what to do about them first.
const OWNED: &[(&str, &str)] = &[
    (AccessKeyRecord::KIND, "delete access keys"),
    (SigningCertificateRecord::KIND, "delete certificates"),
    (SshPublicKeyRecord::KIND, "remove referenced objects"),
    (
        ServiceSpecificCredentialRecord::KIND,
        "remove referenced objects",
    ),
    (MfaAssignment::KIND, "delete MFA device"),
];

/// The first thing that is to be done before the user can be deleted, in AWS's words; `None` where nothing is.
///
/// # Errors
/// The store's failure.
pub(crate) fn first(call: &mut Call, user: &UserRecord) -> Result<Option<&'static str>, IamError> {
    if call.load::<LoginProfileRecord>(&user.id)?.is_some() {
        return Ok(Some("delete login profile"));
    }
    for (kind, action) in OWNED {
        let range = Prefix::new(call.account().as_str(), "", kind, &owned_prefix(&user.id))?;
        if !call.tx().scan(&range, None, 1)?.is_empty() {
            return Ok(Some(action));
        }
    }
    Ok(if !user.inline.is_empty() {
        Some("delete policies")
    } else if !user.attached.is_empty() {
        Some("detach all policies")
    } else if !user.groups.is_empty() {
        Some("remove users from group")
    } else {
        None
    })
}
