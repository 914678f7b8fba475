//! Passwords and access keys.

use super::super::spec::{At, KeySpec, UserSpec};
use super::Checker;
use arn::AccountId;
use crypto::SecretString;
use kernel::world::KeyOwner;
use service_iam::access_key::AccessKeyRecord;
use service_iam::entity::{UserRecord, owned_prefix};
use service_iam::login_profile::LoginProfileRecord;
use service_iam::password_policy::{self, PasswordPolicyRecord};

/// Access keys that a user can have ("IAM and AWS STS quotas").
const MAX_KEYS: usize = 2;
/// The length of the secrets that AWS makes.
const SECRET_LENGTH: usize = 40;

impl Checker<'_> {
    pub(super) fn credentials(
        &mut self,
        id: AccountId,
        user: &UserSpec,
        old: Option<&UserRecord>,
    ) -> anyhow::Result<()> {
        if let Some(password) = &user.password {
            self.password(id, password, old)?;
        }
        for key in &user.access_keys {
            if let KeySpec::Fixed {
                id: key_id, secret, ..
            } = key
            {
                self.key(old, key_id, secret);
            }
        }
        let existing = match old {
            Some(old) => {
                self.records
                    .under::<AccessKeyRecord>(id, &owned_prefix(&old.id), MAX_KEYS)?
            }
            None => Vec::new(),
        };
        let fixed = user
            .access_keys
            .iter()
            .filter_map(KeySpec::fixed_id)
            .count();
        let any = user.access_keys.len() - fixed;
        let named = |record: &&AccessKeyRecord| {
            user.access_keys
                .iter()
                .filter_map(KeySpec::fixed_id)
                .any(|fixed| fixed == record.id)
        };
        let others = existing.len() - existing.iter().filter(named).count();
        if fixed + any.max(others) > MAX_KEYS {
            self.problem(
                &user.name.span,
                format!("the user would have more than {MAX_KEYS} access keys"),
            );
        }
        Ok(())
    }

    /// A password must conform to the account's policy, unless it is the user's already.
    fn password(
        &mut self,
        id: AccountId,
        password: &At<SecretString>,
        old: Option<&UserRecord>,
    ) -> anyhow::Result<()> {
        let policy = self
            .records
            .load::<PasswordPolicyRecord>(id, password_policy::NAME)?;
        let Some(violation) = password_policy::violation(policy.as_ref(), password.value.expose())
        else {
            return Ok(());
        };
        if let Some(old) = old
            && let Some(profile) = self.records.load::<LoginProfileRecord>(id, &old.id)?
            && crypto::verify_password(&profile.hash, password.value.expose().as_bytes())
        {
            return Ok(());
        }
        self.problem(&password.span, violation);
        Ok(())
    }

    fn key(&mut self, user: Option<&UserRecord>, id: &At<String>, secret: &At<SecretString>) {
        let text = &id.value;
        if !self.key_ids.insert(text.clone()) {
            self.problem(
                &id.span,
                format!("the access key {text} is in this file already"),
            );
        }
        if let Some(wrong) = self.wrong_key_id(text) {
            self.problem(&id.span, wrong);
        }
        if !self.dev && secret.value.expose().len() < SECRET_LENGTH {
            self.problem(
                &secret.span,
                format!("a secret access key has at least {SECRET_LENGTH} characters"),
            );
        }
        let Some(existing) = self.world.access_key(text) else {
            return;
        };
        let message = match &existing.owner {
            KeyOwner::User(owner) if user.is_some_and(|user| user.id == **owner) => return,
            KeyOwner::Root => format!(
                "the access key {text} is the root user's of account {}",
                existing.account
            ),
            KeyOwner::User(owner) => match self.world.principal(owner) {
                Some(other) => format!("the access key {text} belongs to {}", other.arn),
                None => format!(
                    "the access key {text} belongs to {owner} of account {}, a user that does not exist",
                    existing.account
                ),
            },
        };
        self.problem(&id.span, message);
    }

    /// What is wrong with the id of a key that somebody chose.
    fn wrong_key_id(&self, id: &str) -> Option<String> {
        if self.host.settings.configured.iter().any(|key| key.id == id) {
            return Some(format!("the access key {id} is the server's own"));
        }
        if id.starts_with("ASIA") {
            return Some("ids that begin with ASIA are those of temporary credentials".into());
        }
        if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some("an account id cannot be the id of an access key".into());
        }
        let of_aws = id.len() == 20
            && id.strip_prefix("AKIA").is_some_and(|rest| {
                rest.bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            });
        (!self.dev && !of_aws)
            .then(|| "the id of an access key is AKIA and 16 upper-case letters and digits; only --dev takes others".into())
    }
}
