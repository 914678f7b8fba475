//! Whom an ARN in a key policy or a grant means: the user or role that has it now. One that is deleted
//! and made anew is another one, so what is stored is bound to unique ids
//! ("AWS JSON policy elements: Principal").

use crate::entity::PrincipalBinding;
use arn::{AccountId, Arn, UniqueIdPrefix};
use kernel::Call;
use kernel::world::Principal;
use std::sync::Arc;

/// What names nobody who exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unknown;

/// Binds what names a principal of the type `AWS` to the one that it means now, on which the call then
/// depends. `None` for what needs no binding: `*`, accounts and their roots, federated users, and the
/// unique ids of those who exist.
///
/// A role's session is bound to its role, as `AROA…:session`. An account is taken at its word: those of
/// other servers have nobody who could call here.
///
/// # Errors
/// [`Unknown`]
pub(crate) fn bind(call: &mut Call, value: &str) -> Result<Option<PrincipalBinding>, Unknown> {
    if value == "*" || AccountId::parse(value).is_ok() {
        return Ok(None);
    }
    // An ARN begins with small letters and no id does.
    if UniqueIdPrefix::of(value).is_some() {
        let known = call.world().principal(value).cloned();
        let known = known.or_else(|| configured(call, |own| *own.id == *value));
        return depend(call, known).map(|_| None).ok_or(Unknown);
    }
    let arn = Arn::parse(value).map_err(|_| Unknown)?;
    let account = arn
        .account_id()
        .filter(|_| arn.partition() == call.partition() && arn.region().is_empty())
        .ok_or(Unknown)?;
    let bound = |id: String| {
        Ok(Some(PrincipalBinding {
            arn: value.to_owned(),
            id,
        }))
    };
    match (arn.service(), arn.resource_type(), arn.resource_id()) {
        ("iam", ..) if arn.resource() == "root" => Ok(None),
        ("iam", "user" | "role", _) => {
            let known = call.world().principal_by_arn(value).cloned();
            let known = known.or_else(|| configured(call, |own| *own.arn == *value));
            bound(depend(call, known).ok_or(Unknown)?.id.to_string())
        }
        ("sts", "federated-user", name) if !name.is_empty() => Ok(None),
        ("sts", "assumed-role", session) => {
            let (role, name) = session.split_once('/').ok_or(Unknown)?;
            let known = call.world().role_by_name(account, role).cloned();
            let role = depend(call, known.filter(|_| is_session_name(name))).ok_or(Unknown)?;
            bound(format!("{}:{name}", role.id))
        }
        _ => Err(Unknown),
    }
}

/// The ARN that a user, role or role's session (`AROA…:session`) has now; `None` where it is gone.
pub(crate) fn arn_of(call: &Call, id: &str) -> Option<String> {
    if let Some((role, session)) = id.split_once(':') {
        let role = call.world().principal(role)?;
        let arn = Arn::assumed_role(call.partition(), role.account, &role.name, session);
        return Some(arn.to_string());
    }
    let known = call.world().principal(id).cloned();
    known
        .or_else(|| configured(call, |own| *own.id == *id))
        .map(|principal| principal.arn.to_string())
}

/// The caller itself, where the configuration gives it and no record does.
fn configured(call: &Call, is: impl Fn(&Principal) -> bool) -> Option<Arc<Principal>> {
    call.caller.source().filter(|own| is(own)).cloned()
}

/// Makes the call depend on a principal: it must still be there at the commit.
fn depend(call: &mut Call, principal: Option<Arc<Principal>>) -> Option<Arc<Principal>> {
    if let Some(record) = principal.as_ref().and_then(|known| known.record.clone()) {
        call.tx().depend_on(record);
    }
    principal
}

/// `RoleSessionName` ("AssumeRole", STS API Reference): a session of another name can never be.
fn is_session_name(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}
