//! Passwords of users for signing in ("Manage passwords for IAM users").

use crate::IamError;
use crate::api::operations::{
    CreateLoginProfile, DeleteLoginProfile, GetLoginProfile, UpdateLoginProfile,
};
use crate::api::types::{
    CreateLoginProfileInput, CreateLoginProfileOutput, DeleteLoginProfileInput,
    DeleteLoginProfileOutput, GetLoginProfileInput, GetLoginProfileOutput, LoginProfile,
    UpdateLoginProfileInput, UpdateLoginProfileOutput,
};
use crate::owner::Owner;
use crate::password_policy::PasswordPolicyRecord;
use crate::{owner, password, target, time};
use crypto::SecretString;
use jiff::Timestamp;
use kernel::{Call, Entity, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// Adds the operations on login profiles to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateLoginProfile>()
        .serve::<DeleteLoginProfile>()
        .serve::<GetLoginProfile>()
        .serve::<UpdateLoginProfile>();
}

/// A user's password. The record's key is the user's unique id.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginProfileRecord {
    /// When the user first got a password.
    pub created: Timestamp,
    /// When the password was set.
    pub changed: Timestamp,
    /// The user must choose another password at the next sign-in.
    pub reset_required: bool,
    /// The password's hash (Argon2id).
    pub hash: String,
    /// Hashes of earlier passwords, the latest first, at most [`password::HISTORY`].
    #[serde(default)]
    pub history: Vec<String>,
}

impl Entity for LoginProfileRecord {
    const KIND: &'static str = "iam.login-profile";
}

// Hashes can be guessed at, so they stay out of logs.
impl std::fmt::Debug for LoginProfileRecord {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LoginProfileRecord")
            .field("created", &self.created)
            .field("changed", &self.changed)
            .field("reset_required", &self.reset_required)
            .finish_non_exhaustive()
    }
}

impl LoginProfileRecord {
    /// When the password expires under the account's policy; `None` for never.
    #[must_use]
    pub fn expiry(&self, policy: Option<&PasswordPolicyRecord>) -> Option<Timestamp> {
        policy.and_then(|policy| policy.expiry(self.changed))
    }
}

impl Operation for CreateLoginProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateLoginProfileInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:CreateLoginProfile", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: CreateLoginProfileInput,
    ) -> Result<CreateLoginProfileOutput, IamError> {
        let new = input.password.map(SecretString::new);
        let owner = user(call, input.user_name.as_deref())?;
        let name = owner.name.unwrap_or_default();
        if call.load::<LoginProfileRecord>(&owner.id)?.is_some() {
            return Err(IamError::EntityAlreadyExists(format!(
                "Login Profile for user {name} already exists."
            )));
        }
        let Some(new) = new else {
            return Err(IamError::Validation(
                "Must specify password when calling with non-root credentials".into(),
            ));
        };
        let hash = password::accepted(call, new, None).await?;
        let now = time::seconds(call.now);
        let profile = LoginProfileRecord {
            created: now,
            changed: now,
            reset_required: input.password_reset_required.unwrap_or_default(),
            hash,
            history: Vec::new(),
        };
        call.save(&owner.id, &profile)?;
        Ok(CreateLoginProfileOutput {
            login_profile: shown(name, &profile),
        })
    }
}

impl Operation for GetLoginProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetLoginProfileInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:GetLoginProfile", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: GetLoginProfileInput,
    ) -> Result<GetLoginProfileOutput, IamError> {
        let owner = user(call, input.user_name.as_deref())?;
        let profile = find(call, &owner)?;
        Ok(GetLoginProfileOutput {
            login_profile: shown(owner.name.unwrap_or_default(), &profile),
        })
    }
}

impl Operation for UpdateLoginProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateLoginProfileInput) -> Result<Plan, IamError> {
        target::user(call, "iam:UpdateLoginProfile", &input.user_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: UpdateLoginProfileInput,
    ) -> Result<UpdateLoginProfileOutput, IamError> {
        let new = input.password.map(SecretString::new);
        let owner = user(call, Some(&input.user_name))?;
        let mut profile = find(call, &owner)?;
        if let Some(new) = new {
            password::change(call, &mut profile, new).await?;
        }
        if let Some(required) = input.password_reset_required {
            profile.reset_required = required;
        }
        call.save(&owner.id, &profile)?;
        Ok(UpdateLoginProfileOutput {})
    }
}

impl Operation for DeleteLoginProfile {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteLoginProfileInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:DeleteLoginProfile", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeleteLoginProfileInput,
    ) -> Result<DeleteLoginProfileOutput, IamError> {
        let owner = user(call, input.user_name.as_deref())?;
        find(call, &owner)?;
        call.remove::<LoginProfileRecord>(&owner.id)?;
        Ok(DeleteLoginProfileOutput {})
    }
}

/// The user whose password it is. The root user's is none of IAM's ("CreateLoginProfile").
fn user(call: &mut Call, user_name: Option<&str>) -> Result<Owner, IamError> {
    let owner = owner::of(call, user_name)?;
    if owner.is_root() {
        return Err(IamError::Validation(
            "Must specify userName when calling with root credentials".into(),
        ));
    }
    Ok(owner)
}

fn find(call: &mut Call, owner: &Owner) -> Result<LoginProfileRecord, IamError> {
    let name = owner.name.as_deref().unwrap_or_default();
    call.load::<LoginProfileRecord>(&owner.id)?
        .ok_or_else(|| missing(name))
}

/// AWS's words for a user without a password.
#[must_use]
pub fn missing(name: &str) -> IamError {
    IamError::NoSuchEntity(format!("Login Profile for User {name} cannot be found."))
}

fn shown(user_name: String, profile: &LoginProfileRecord) -> LoginProfile {
    LoginProfile {
        user_name,
        create_date: profile.created,
        password_reset_required: Some(profile.reset_required),
    }
}
