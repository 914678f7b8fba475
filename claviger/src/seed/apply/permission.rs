//! Inline and attached policies of users, groups and roles.

use super::super::node::Span;
use super::super::spec::{At, Permissions};
use super::{Applier, Done};
use arn::AccountId;
use service_iam::api::operations::{
    AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, PutGroupPolicy, PutRolePolicy,
    PutUserPolicy,
};
use service_iam::api::types::{
    AttachGroupPolicyInput, AttachRolePolicyInput, AttachUserPolicyInput, PutGroupPolicyInput,
    PutRolePolicyInput, PutUserPolicyInput,
};
use service_iam::entity::{EntityKind, GroupRecord, InlinePolicy, RoleRecord, UserRecord};

impl Applier<'_> {
    /// Puts and attaches what the holder does not have as the file says.
    pub(super) async fn permissions(
        &mut self,
        id: AccountId,
        kind: EntityKind,
        holder: &At<String>,
        permissions: &Permissions,
    ) -> Done {
        if permissions.inline.is_empty() && permissions.attach.is_empty() {
            return Ok(());
        }
        let (inline, attached) = self.held(id, kind, &holder.value)?;
        // Inline policies first: a Deny among them counts before anything is granted.
        for (name, document) in &permissions.inline {
            let old = inline.iter().find(|old| old.name == name.value);
            if !old.is_some_and(|old| document.same(&old.document)) {
                self.put(id, kind, &holder.value, name, document.text.clone())
                    .await?;
            }
        }
        for policy in &permissions.attach {
            if !attached.contains(&policy.value) {
                self.attach(id, kind, &holder.value, &policy.span, policy.value.clone())
                    .await?;
            }
        }
        Ok(())
    }

    fn held(
        &self,
        id: AccountId,
        kind: EntityKind,
        name: &str,
    ) -> anyhow::Result<(Vec<InlinePolicy>, Vec<String>)> {
        let held = match kind {
            EntityKind::User => self
                .records
                .named::<UserRecord>(id, name)?
                .map(|held| (held.inline, held.attached)),
            EntityKind::Group => self
                .records
                .named::<GroupRecord>(id, name)?
                .map(|held| (held.inline, held.attached)),
            EntityKind::Role => self
                .records
                .named::<RoleRecord>(id, name)?
                .map(|held| (held.inline, held.attached)),
        };
        Ok(held.unwrap_or_default())
    }

    async fn put(
        &mut self,
        id: AccountId,
        kind: EntityKind,
        holder: &str,
        name: &At<String>,
        document: String,
    ) -> Done {
        let (holder, policy_name, place) = (holder.to_owned(), name.value.clone(), &name.span);
        match kind {
            EntityKind::User => {
                let input = PutUserPolicyInput {
                    user_name: holder,
                    policy_name,
                    policy_document: document,
                };
                self.call::<PutUserPolicy>(id, place, input).await.map(drop)
            }
            EntityKind::Group => {
                let input = PutGroupPolicyInput {
                    group_name: holder,
                    policy_name,
                    policy_document: document,
                };
                self.call::<PutGroupPolicy>(id, place, input)
                    .await
                    .map(drop)
            }
            EntityKind::Role => {
                let input = PutRolePolicyInput {
                    role_name: holder,
                    policy_name,
                    policy_document: document,
                };
                self.call::<PutRolePolicy>(id, place, input).await.map(drop)
            }
        }
    }

    async fn attach(
        &mut self,
        id: AccountId,
        kind: EntityKind,
        holder: &str,
        place: &Span,
        policy_arn: String,
    ) -> Done {
        let holder = holder.to_owned();
        match kind {
            EntityKind::User => {
                let input = AttachUserPolicyInput {
                    user_name: holder,
                    policy_arn,
                };
                self.call::<AttachUserPolicy>(id, place, input)
                    .await
                    .map(drop)
            }
            EntityKind::Group => {
                let input = AttachGroupPolicyInput {
                    group_name: holder,
                    policy_arn,
                };
                self.call::<AttachGroupPolicy>(id, place, input)
                    .await
                    .map(drop)
            }
            EntityKind::Role => {
                let input = AttachRolePolicyInput {
                    role_name: holder,
                    policy_arn,
                };
                self.call::<AttachRolePolicy>(id, place, input)
                    .await
                    .map(drop)
            }
        }
    }
}
