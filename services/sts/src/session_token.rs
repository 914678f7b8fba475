//! `GetSessionToken`: temporary credentials of a user, to show MFA once for many calls.

use crate::api::operations::GetSessionToken;
use crate::api::types::{GetSessionTokenInput, GetSessionTokenOutput};
use crate::{StsError, credentials, mfa};
use kernel::session::SessionKind;
use kernel::{Call, Identity, Operation, Plan};

/// Seconds that sessions of users last where the request does not say.
pub(crate) const DEFAULT_DURATION: i32 = 43_200;
/// Seconds that sessions of root users last at most.
const ROOT_DURATION: i32 = 3_600;

const SESSION: &str = "Cannot call GetSessionToken with session credentials";

/// Issues temporary credentials with the caller's own rights. It needs no permission:
/// "You cannot use policies to control authentication operations" ("Permissions for
/// GetSessionToken", IAM User Guide).
impl Operation for GetSessionToken {
    type Error = StsError;

    fn plan(call: &mut Call, _input: &GetSessionTokenInput) -> Result<Plan, StsError> {
        kind(call)?;
        Ok(Plan::authenticated())
    }

    async fn handle(
        call: &mut Call,
        input: GetSessionTokenInput,
    ) -> Result<GetSessionTokenOutput, StsError> {
        let kind = kind(call)?;
        let shown = mfa::shown(
            call,
            input.serial_number.as_deref(),
            input.token_code.as_deref(),
        )?;
        let duration = duration(call.caller.is_root(), input.duration_seconds);
        let mut session = credentials::begin(call, kind, call.account(), duration)?;
        session.mfa = shown.then_some(call.now);
        let issued = credentials::issue(call, &session, input.minimum_session_token_size)?;
        Ok(GetSessionTokenOutput {
            credentials: Some(issued.credentials),
            session_token_utilization: issued.token_utilization,
            session_token_size: issued.token_size,
        })
    }
}

/// Who acts in the new session: only long-term credentials of users and root users can be exchanged.
fn kind(call: &Call) -> Result<SessionKind, StsError> {
    match (&call.caller.identity, &call.caller.session) {
        (Identity::Root, None) => Ok(SessionKind::Root),
        (Identity::User(user), None) => Ok(SessionKind::User {
            user_id: user.id.to_string(),
        }),
        _ => Err(StsError::AccessDenied(SESSION.to_owned())),
    }
}

/// How long a session lasts. Root users get an hour where they ask for more; the
/// model's limits (900 to 129,600 seconds) were checked before.
pub(crate) fn duration(root: bool, requested: Option<i32>) -> i32 {
    let duration = requested.unwrap_or(DEFAULT_DURATION);
    if root {
        duration.min(ROOT_DURATION)
    } else {
        duration
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn root_users_get_an_hour_at_most() {
        assert_eq!(duration(true, None), 3_600);
        assert_eq!(duration(true, Some(900)), 900);
        assert_eq!(duration(true, Some(129_600)), 3_600);
        assert_eq!(duration(false, None), 43_200);
        assert_eq!(duration(false, Some(129_600)), 129_600);
    }
}
