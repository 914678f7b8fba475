//! Whose credentials an operation is about: the user that the request names, or
//! the caller itself where it names none.

use crate::entity::{ROOT_OWNER, UserRecord};
use crate::{IamError, find, target};
use kernel::{Call, Check, Identity};

/// The owner of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The unique id of the user, or [`ROOT_OWNER`].
    pub id: String,
    /// The user's name in its own case; `None` for the root user.
    pub name: Option<String>,
}

impl Owner {
    /// The owner is the account's root user.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.name.is_none()
    }
}

impl From<UserRecord> for Owner {
    fn from(user: UserRecord) -> Self {
        Self {
            id: user.id,
            name: Some(user.name),
        }
    }
}

/// An action on the credentials of the user that the request names, or of the caller.
///
/// # Errors
/// The store's failure.
pub fn check(
    call: &mut Call,
    action: &'static str,
    user_name: Option<&str>,
) -> Result<Check, IamError> {
    let own = call.caller.user_name().map(str::to_owned);
    match user_name.map(str::to_owned).or(own) {
        Some(name) => target::user(call, action, &name),
        None => Ok(Check::new(action, call.caller.arn())),
    }
}

/// The user that the request names, or the caller.
///
/// # Errors
/// `NoSuchEntity`; `ValidationError` where nobody is named and the caller is neither
/// a user nor the root user.
pub fn of(call: &mut Call, user_name: Option<&str>) -> Result<Owner, IamError> {
    match user_name {
        Some(name) => find::user(call, name).map(Owner::from),
        None if call.caller.is_root() => Ok(Owner {
            id: ROOT_OWNER.into(),
            name: None,
        }),
        None => caller(call).map(Owner::from),
    }
}

/// The calling user's record.
///
/// # Errors
/// `NoSuchEntity` for a user that the configuration gives; `ValidationError` where the caller is no user.
pub fn caller(call: &mut Call) -> Result<UserRecord, IamError> {
    let Identity::User(principal) = call.caller.identity.clone() else {
        return Err(IamError::Validation(
            "Must specify userName when calling with non-User credentials".into(),
        ));
    };
    let user = find::user(call, &principal.name)?;
    // Another user can have got the name since the caller was authenticated.
    if *user.id == *principal.id {
        Ok(user)
    } else {
        Err(find::no_user(&principal.name))
    }
}
