//! The account's password policy ("Set an account password policy for IAM users").

use crate::IamError;
use crate::api::operations::{
    DeleteAccountPasswordPolicy, GetAccountPasswordPolicy, UpdateAccountPasswordPolicy,
};
use crate::api::types::{
    DeleteAccountPasswordPolicyInput, DeleteAccountPasswordPolicyOutput,
    GetAccountPasswordPolicyInput, GetAccountPasswordPolicyOutput, PasswordPolicy,
    UpdateAccountPasswordPolicyInput, UpdateAccountPasswordPolicyOutput,
};
use crate::password;
use jiff::{SignedDuration, Timestamp};
use kernel::{Call, Check, Entity, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// An account has one policy, under this name.
pub const NAME: &str = "PasswordPolicy";

/// The shortest password where the account has no policy of its own.
const DEFAULT_LENGTH: u32 = 8;

/// How many of the four kinds of characters a password has where the account has no policy of its own.
const DEFAULT_KINDS: usize = 3;

/// Adds the operations on the password policy to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<DeleteAccountPasswordPolicy>()
        .serve::<GetAccountPasswordPolicy>()
        .serve::<UpdateAccountPasswordPolicy>();
}

/// A password policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordPolicyRecord {
    /// The fewest characters, from 6 to 128.
    pub minimum_length: u32,
    /// A symbol is needed.
    pub symbols: bool,
    /// A digit is needed.
    pub numbers: bool,
    /// An upper-case letter is needed.
    pub uppercase: bool,
    /// A lower-case letter is needed.
    pub lowercase: bool,
    /// Users may change their own passwords without any policy that says so.
    pub users_may_change: bool,
    /// After how many days passwords expire; 0 is never.
    pub max_age: u32,
    /// How many passwords back none may come again; 0 is no limit, 24 the most.
    pub reuse_prevention: u32,
    /// Who signs in with an expired password may not set a new one.
    pub hard_expiry: bool,
}

impl Entity for PasswordPolicyRecord {
    const KIND: &'static str = "iam.password-policy";
}

impl PasswordPolicyRecord {
    /// When a password that was set at `set` expires; `None` for never.
    #[must_use]
    pub fn expiry(&self, set: Timestamp) -> Option<Timestamp> {
        let age = SignedDuration::from_hours(24 * i64::from(self.max_age));
        (self.max_age > 0).then(|| set.saturating_add(age).unwrap_or(Timestamp::MAX))
    }
}

/// The account's policy; `None` where it has none of its own.
///
/// # Errors
/// The store's failure.
pub fn current(call: &mut Call) -> Result<Option<PasswordPolicyRecord>, IamError> {
    Ok(call.load(NAME)?)
}

/// What a password lacks, in AWS's words; `None` where it conforms.
#[must_use]
pub fn violation(policy: Option<&PasswordPolicyRecord>, password: &str) -> Option<String> {
    let kinds = Kinds::of(password);
    let length = password.chars().count();
    let short = |least: u32| {
        let least_characters = usize::try_from(least).unwrap_or(usize::MAX);
        (length < least_characters)
            .then(|| format!("Password should have a minimum length of {least}"))
    };
    let Some(policy) = policy else {
        let missing: Vec<_> = kinds.missing([true; 4]).collect();
        let wanted = DEFAULT_KINDS.saturating_sub(4 - missing.len());
        let plain = (wanted > 0).then(|| {
            format!(
                "Password should meet {wanted} more of the following requirements: {}",
                missing.join(", ")
            )
        });
        return joined(short(DEFAULT_LENGTH).into_iter().chain(plain));
    };
    let required = [
        policy.uppercase,
        policy.lowercase,
        policy.numbers,
        policy.symbols,
    ];
    let missing = kinds.missing(required).map(str::to_owned);
    joined(short(policy.minimum_length).into_iter().chain(missing))
}

fn joined(texts: impl Iterator<Item = String>) -> Option<String> {
    let texts: Vec<_> = texts.collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// Which kinds of characters a password has: upper case, lower case, digits, symbols.
struct Kinds([bool; 4]);

impl Kinds {
    fn of(password: &str) -> Self {
        // "UpdateAccountPasswordPolicy" names these symbols and the basic Latin letters.
        let symbol = |character: char| "!@#$%^&*()_+-=[]{}|'".contains(character);
        Self([
            password.contains(|character: char| character.is_ascii_uppercase()),
            password.contains(|character: char| character.is_ascii_lowercase()),
            password.contains(|character: char| character.is_ascii_digit()),
            password.contains(symbol),
        ])
    }

    fn missing(&self, required: [bool; 4]) -> impl Iterator<Item = &'static str> {
        const TEXTS: [&str; 4] = [
            "Password should have at least one uppercase letter",
            "Password should have at least one lowercase letter",
            "Password should have at least one number",
            "Password should have at least one symbol",
        ];
        let has = self.0;
        TEXTS
            .into_iter()
            .zip(required)
            .zip(has)
            .filter(|((_, required), has)| *required && !has)
            .map(|((text, _), _)| text)
    }
}

impl Operation for GetAccountPasswordPolicy {
    type Error = IamError;

    fn plan(call: &mut Call, _: &GetAccountPasswordPolicyInput) -> Result<Plan, IamError> {
        let check = Check::new("iam:GetAccountPasswordPolicy", "*");
        Ok(Plan::new(password::own_password_grant(call, check)?))
    }

    async fn handle(
        call: &mut Call,
        _: GetAccountPasswordPolicyInput,
    ) -> Result<GetAccountPasswordPolicyOutput, IamError> {
        let Some(policy) = current(call)? else {
            let text = format!(
                "The Password Policy with domain name {} cannot be found.",
                call.account()
            );
            return Err(IamError::NoSuchEntity(text));
        };
        Ok(GetAccountPasswordPolicyOutput {
            password_policy: shown(&policy),
        })
    }
}

fn shown(policy: &PasswordPolicyRecord) -> PasswordPolicy {
    let number = |value: u32| i32::try_from(value).ok();
    PasswordPolicy {
        minimum_password_length: number(policy.minimum_length),
        require_symbols: Some(policy.symbols),
        require_numbers: Some(policy.numbers),
        require_uppercase_characters: Some(policy.uppercase),
        require_lowercase_characters: Some(policy.lowercase),
        allow_users_to_change_password: Some(policy.users_may_change),
        expire_passwords: Some(policy.max_age > 0),
        max_password_age: number(policy.max_age),
        password_reuse_prevention: number(policy.reuse_prevention).filter(|count| *count > 0),
        hard_expiry: Some(policy.hard_expiry),
    }
}

impl Operation for UpdateAccountPasswordPolicy {
    type Error = IamError;

    fn plan(_: &mut Call, _: &UpdateAccountPasswordPolicyInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new(
            "iam:UpdateAccountPasswordPolicy",
            "*",
        )))
    }

    async fn handle(
        call: &mut Call,
        input: UpdateAccountPasswordPolicyInput,
    ) -> Result<UpdateAccountPasswordPolicyOutput, IamError> {
        let number = |value: Option<i32>, default: u32| {
            value
                .and_then(|value| value.try_into().ok())
                .unwrap_or(default)
        };
        // What is not said goes back to its default ("UpdateAccountPasswordPolicy").
        let policy = PasswordPolicyRecord {
            minimum_length: number(input.minimum_password_length, 6),
            symbols: input.require_symbols.unwrap_or_default(),
            numbers: input.require_numbers.unwrap_or_default(),
            uppercase: input.require_uppercase_characters.unwrap_or_default(),
            lowercase: input.require_lowercase_characters.unwrap_or_default(),
            users_may_change: input.allow_users_to_change_password.unwrap_or_default(),
            max_age: number(input.max_password_age, 0),
            reuse_prevention: number(input.password_reuse_prevention, 0),
            hard_expiry: input.hard_expiry.unwrap_or_default(),
        };
        call.save(NAME, &policy)?;
        Ok(UpdateAccountPasswordPolicyOutput {})
    }
}

impl Operation for DeleteAccountPasswordPolicy {
    type Error = IamError;

    fn plan(_: &mut Call, _: &DeleteAccountPasswordPolicyInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new(
            "iam:DeleteAccountPasswordPolicy",
            "*",
        )))
    }

    async fn handle(
        call: &mut Call,
        _: DeleteAccountPasswordPolicyInput,
    ) -> Result<DeleteAccountPasswordPolicyOutput, IamError> {
        if current(call)?.is_none() {
            let text = format!("The account policy with name {NAME} cannot be found.");
            return Err(IamError::NoSuchEntity(text));
        }
        call.remove::<PasswordPolicyRecord>(NAME)?;
        Ok(DeleteAccountPasswordPolicyOutput {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> PasswordPolicyRecord {
        PasswordPolicyRecord {
            minimum_length: 10,
            symbols: true,
            numbers: true,
            uppercase: true,
            lowercase: true,
            users_may_change: false,
            max_age: 0,
            reuse_prevention: 0,
            hard_expiry: false,
        }
    }

    #[test]
    fn without_a_policy_three_kinds_and_eight_characters_are_needed() {
        for password in [
            "Passw0rd",
            "passw0rd!",
            "PASSW0RD!",
            "Password!",
            "aB3!aB3!",
        ] {
            assert_eq!(violation(None, password), None, "{password}");
        }
        assert_eq!(
            violation(None, "Pas5w0r").as_deref(),
            Some("Password should have a minimum length of 8")
        );
        assert_eq!(
            violation(None, "passw0rds").as_deref(),
            Some(
                "Password should meet 1 more of the following requirements: \
                 Password should have at least one uppercase letter, Password should have at least one symbol"
            )
        );
        // Letters of other alphabets are of no kind.
        assert!(violation(None, "пароль12345").is_some_and(|text| text.contains("meet 2 more")));
    }

    #[test]
    fn a_policy_names_everything_that_is_missing() {
        assert_eq!(violation(Some(&policy()), "Abcdefg1!x"), None);
        assert_eq!(
            violation(Some(&policy()), "abcdefghij").as_deref(),
            Some(
                "Password should have at least one uppercase letter, Password should have at least one number, \
                 Password should have at least one symbol"
            )
        );
        assert!(
            violation(Some(&policy()), "Ab1!")
                .is_some_and(|text| text.contains("minimum length of 10"))
        );
    }

    #[test]
    fn the_length_counts_characters_not_bytes() {
        let policy = PasswordPolicyRecord {
            symbols: false,
            numbers: false,
            uppercase: false,
            ..policy()
        };
        assert_eq!(violation(Some(&policy), "aééééééééé"), None);
        assert!(violation(Some(&policy), "aéééééééé").is_some());
    }

    #[test]
    fn passwords_expire_only_where_an_age_is_set() {
        let set = Timestamp::UNIX_EPOCH;
        assert_eq!(policy().expiry(set), None);
        let expiry = PasswordPolicyRecord {
            max_age: 2,
            ..policy()
        }
        .expiry(set);
        assert_eq!(expiry.map(Timestamp::as_second), Some(2 * 86_400));
    }
}
