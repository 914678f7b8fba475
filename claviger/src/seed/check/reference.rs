//! What a file names: managed policies, and the principals of trust policies.

use super::super::document::Document;
use super::super::problem::Problem;
use super::super::spec::At;
use super::{Checker, Policies};
use arn::{AccountId, Arn, UniqueIdPrefix};
use policy::{PrincipalKind, Principals};
use service_iam::entity::{ManagedPolicyRecord, RoleRecord};
use service_iam::name;

/// What can be said of a principal.
enum Named {
    Exists,
    /// An account that is not here: AWS takes its word for it.
    Elsewhere(AccountId),
    Missing,
}

impl Checker<'_> {
    /// The ARN of a managed policy that the file names. `attached` policies cannot be those
    /// of service-linked roles.
    pub(super) fn managed_policy(
        &mut self,
        id: AccountId,
        reference: &At<String>,
        policies: &Policies,
        attached: bool,
    ) -> anyhow::Result<Option<String>> {
        let text = &reference.value;
        let known = match text.starts_with("arn:") {
            true => self.by_arn(id, text, policies)?,
            false => self.by_name(id, text, policies)?,
        };
        let partition = self.records.partition().as_str();
        if attached
            && let Some(arn) = &known
            && let Some(("aws", "/aws-service-role/", _)) = name::split(arn, "policy")
        {
            self.problem(
                &reference.span,
                format!("the policy {text} is for service-linked roles only"),
            );
            return Ok(None);
        }
        if known.is_none() && !self.is_broken(text) {
            let message = format!(
                "there is no policy {text} in this file, in the account, or among AWS's own"
            );
            let problem = Problem::new(reference.span.clone(), message);
            self.problems.push(problem.help(format!(
                "name a policy, or give an ARN such as arn:{partition}:iam::{id}:policy/NAME"
            )));
        }
        Ok(known)
    }

    pub(super) fn boundary(
        &mut self,
        id: AccountId,
        boundary: Option<&mut At<String>>,
        policies: &Policies,
    ) -> anyhow::Result<()> {
        if let Some(boundary) = boundary
            && let Some(arn) = self.managed_policy(id, boundary, policies, false)?
        {
            boundary.value = arn;
        }
        Ok(())
    }

    /// Whether a name or ARN is that of something that was left out.
    fn is_broken(&self, text: &str) -> bool {
        self.broken
            .contains(text.rsplit('/').next().unwrap_or(text))
    }

    fn by_name(
        &self,
        id: AccountId,
        text: &str,
        policies: &Policies,
    ) -> anyhow::Result<Option<String>> {
        if let Some(arn) = policies.get(text) {
            return Ok(Some(arn.clone()));
        }
        let record = self
            .records
            .named::<ManagedPolicyRecord>(id, text)?
            .filter(|record| record.name == text);
        if let Some(record) = record {
            return Ok(Some(self.records.policy_arn(id, &record)));
        }
        Ok(catalog::managed_policy(text)
            .map(|policy| policy.arn_in(self.records.partition().as_str())))
    }

    fn by_arn(
        &self,
        id: AccountId,
        text: &str,
        policies: &Policies,
    ) -> anyhow::Result<Option<String>> {
        if policies.values().any(|arn| arn == text) {
            return Ok(Some(text.to_owned()));
        }
        let Some((account, _, policy)) = name::split(text, "policy") else {
            return Ok(None);
        };
        let found = if account == "aws" {
            catalog::managed_policy(policy)
                .map(|policy| policy.arn_in(self.records.partition().as_str()))
        } else {
            let record = self.records.named::<ManagedPolicyRecord>(id, policy)?;
            record.map(|record| self.records.policy_arn(id, &record))
        };
        Ok(found.filter(|arn| arn == text))
    }

    /// The principals that a trust policy names must be in the file or on the server.
    pub(super) fn trust(&mut self, trust: &Document) -> anyhow::Result<()> {
        let lists = trust.parsed.statements().iter().filter_map(|statement| {
            match &statement.principal.as_ref()?.who {
                Principals::Listed(lists) => Some(lists),
                Principals::Everyone => None,
            }
        });
        for (kind, texts) in lists.flatten() {
            if *kind != PrincipalKind::Aws {
                continue;
            }
            for text in &texts.values {
                let place = trust.place(self.file, &text.span);
                match self.principal(&text.value)? {
                    Named::Exists => {}
                    Named::Elsewhere(account) => {
                        let message = format!(
                            "the account {account} is neither in this file nor on the server"
                        );
                        self.problems.push(Problem::new(place, message).warning());
                    }
                    Named::Missing if self.is_broken(&text.value) => {}
                    Named::Missing => {
                        let message = format!(
                            "the principal {} is neither in this file nor on the server",
                            text.value
                        );
                        self.problem(&place, message);
                    }
                }
            }
        }
        Ok(())
    }

    fn principal(&self, text: &str) -> anyhow::Result<Named> {
        let exists = |found: bool| if found { Named::Exists } else { Named::Missing };
        if text == "*" {
            return Ok(Named::Exists);
        }
        if let Ok(account) = AccountId::parse(text) {
            return Ok(self.known_account(account));
        }
        if UniqueIdPrefix::of(text).is_some() {
            return Ok(exists(self.world.principal(text).is_some()));
        }
        let Ok(arn) = Arn::parse(text) else {
            return Ok(Named::Missing);
        };
        let own = arn.partition() == self.records.partition();
        let Some(account) = arn.account_id().filter(|_| own) else {
            return Ok(Named::Missing);
        };
        Ok(
            match (arn.service(), arn.resource_type(), arn.resource_id()) {
                ("iam", ..) if arn.resource() == "root" => self.known_account(account),
                ("iam", "user" | "role", _) => exists(
                    self.principals.contains(text) || self.world.principal_by_arn(text).is_some(),
                ),
                ("sts", "federated-user", _) => self.known_account(account),
                ("sts", "assumed-role", session) => {
                    let role = session.split('/').next().unwrap_or_default();
                    exists(self.has_role(account, role)?)
                }
                _ => Named::Missing,
            },
        )
    }

    fn known_account(&self, account: AccountId) -> Named {
        if self.accounts.contains(&account) || self.world.account(account).is_some() {
            Named::Exists
        } else {
            Named::Elsewhere(account)
        }
    }

    fn has_role(&self, account: AccountId, role: &str) -> anyhow::Result<bool> {
        let of_file = self.principals.iter().any(|arn| {
            name::split(arn, "role")
                .is_some_and(|(owner, _, name)| owner == account.as_str() && name == role)
        });
        Ok(of_file
            || self
                .records
                .named::<RoleRecord>(account, role)?
                .is_some_and(|record| record.name == role))
    }
}
