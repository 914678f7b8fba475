//! The constraints of IAM's own model: each entity is checked as the input of the
//! operation that will create it.

use super::super::node::Span;
use super::super::operation::operations::{ImportAccessKey, PutAccount};
use super::super::operation::types::{ImportAccessKeyInput, PutAccountInput};
use super::super::problem::Problem;
use super::super::spec::{
    AccountSpec, At, GroupSpec, KeySpec, Permissions, PolicySpec, RoleSpec, Tag, UserSpec,
};
use super::Checker;
use arn::AccountId;
use schema::{IntoValue, OperationShape};
use service_iam::api::operations::{
    CreateAccountAlias, CreateGroup, CreateLoginProfile, CreatePolicy, CreateRole, CreateUser,
    PutUserPolicy,
};
use service_iam::api::types::{
    self, CreateAccountAliasInput, CreateGroupInput, CreateLoginProfileInput, CreatePolicyInput,
    CreateRoleInput, CreateUserInput, PutUserPolicyInput,
};
use service_iam::entity::TagRecord;
use service_iam::{document, path, tag};

/// Characters of a trust policy, without white space ("IAM and AWS STS quotas").
const MAX_TRUST: usize = 2_048;
/// Stands where only the rest of an input is checked.
const ANY: &str = "any";

/// Tags as IAM's API has them.
pub(in super::super) fn api_tags(tags: &[Tag]) -> Vec<types::Tag> {
    tags.iter()
        .map(|tag| types::Tag {
            key: tag.key.clone(),
            value: tag.value.clone(),
        })
        .collect()
}

fn optional<T: Clone>(value: Option<&At<T>>) -> Option<T> {
    value.map(|value| value.value.clone())
}

impl Checker<'_> {
    /// What the model says against an input, each at the field that it is about.
    pub(super) fn constraints<O: OperationShape>(
        &mut self,
        input: O::Input,
        name: &Span,
        places: &[(&str, Option<&Span>)],
    ) {
        for violation in schema::validate(O::SCHEMA.input, &input.into_value()) {
            let member = violation.path.split('.').next().unwrap_or_default();
            let place = places
                .iter()
                .find(|(place, _)| *place == member)
                .and_then(|(_, span)| *span);
            let message = format!("{}: {}", violation.path, violation.constraint);
            self.problems
                .push(Problem::new(place.unwrap_or(name).clone(), message));
        }
    }

    pub(super) fn account_constraints(&mut self, id: AccountId, account: &AccountSpec) {
        let input = PutAccountInput {
            id: id.to_string(),
            name: account.name.value.clone(),
        };
        self.constraints::<PutAccount>(input, &account.name.span, &[]);
        if let Some(alias) = &account.alias {
            let input = CreateAccountAliasInput {
                account_alias: alias.value.clone(),
            };
            self.constraints::<CreateAccountAlias>(input, &alias.span, &[]);
        }
    }

    pub(super) fn policy_constraints(&mut self, policy: &PolicySpec) {
        let input = CreatePolicyInput {
            policy_name: policy.name.value.clone(),
            path: optional(policy.path.as_ref()),
            policy_document: policy.document.text.clone(),
            description: optional(policy.description.as_ref()),
            tags: policy.tags.as_ref().map(|tags| api_tags(&tags.value)),
        };
        let places = [
            ("path", policy.path.as_ref().map(|path| &path.span)),
            ("policyDocument", Some(&policy.document.span)),
            (
                "description",
                policy.description.as_ref().map(|text| &text.span),
            ),
            ("tags", policy.tags.as_ref().map(|tags| &tags.span)),
        ];
        self.constraints::<CreatePolicy>(input, &policy.name.span, &places);
        self.path(policy.path.as_ref());
    }

    pub(super) fn group_constraints(&mut self, group: &GroupSpec) {
        let input = CreateGroupInput {
            path: optional(group.path.as_ref()),
            group_name: group.name.value.clone(),
        };
        let places = [("path", group.path.as_ref().map(|path| &path.span))];
        self.constraints::<CreateGroup>(input, &group.name.span, &places);
        self.inline_constraints(&group.permissions);
    }

    pub(super) fn user_constraints(&mut self, user: &UserSpec) {
        let input = CreateUserInput {
            path: optional(user.path.as_ref()),
            user_name: user.name.value.clone(),
            permissions_boundary: None,
            tags: user.tags.as_ref().map(|tags| api_tags(&tags.value)),
        };
        let places = [
            ("path", user.path.as_ref().map(|path| &path.span)),
            ("tags", user.tags.as_ref().map(|tags| &tags.span)),
        ];
        self.constraints::<CreateUser>(input, &user.name.span, &places);
        self.inline_constraints(&user.permissions);
        if let Some(password) = &user.password {
            let input = CreateLoginProfileInput {
                user_name: Some(ANY.into()),
                password: Some(password.value.expose().to_owned()),
                password_reset_required: None,
            };
            self.constraints::<CreateLoginProfile>(input, &password.span, &[]);
        }
        for key in &user.access_keys {
            let KeySpec::Fixed { id, secret, .. } = key else {
                continue;
            };
            let input = ImportAccessKeyInput {
                user_name: ANY.into(),
                access_key_id: id.value.clone(),
                secret_access_key: secret.value.expose().to_owned(),
                active: true,
            };
            self.constraints::<ImportAccessKey>(
                input,
                &id.span,
                &[("secretAccessKey", Some(&secret.span))],
            );
        }
    }

    pub(super) fn role_constraints(&mut self, role: &RoleSpec) {
        let input = CreateRoleInput {
            path: optional(role.path.as_ref()),
            role_name: role.name.value.clone(),
            assume_role_policy_document: role.trust.text.clone(),
            description: optional(role.description.as_ref()),
            max_session_duration: optional(role.max_session_duration.as_ref()),
            permissions_boundary: None,
            tags: role.tags.as_ref().map(|tags| api_tags(&tags.value)),
        };
        let places = [
            ("path", role.path.as_ref().map(|path| &path.span)),
            ("assumeRolePolicyDocument", Some(&role.trust.span)),
            (
                "description",
                role.description.as_ref().map(|text| &text.span),
            ),
            (
                "maxSessionDuration",
                role.max_session_duration
                    .as_ref()
                    .map(|seconds| &seconds.span),
            ),
            ("tags", role.tags.as_ref().map(|tags| &tags.span)),
        ];
        self.constraints::<CreateRole>(input, &role.name.span, &places);
        self.path(role.path.as_ref());
        self.inline_constraints(&role.permissions);
        if document::size(&role.trust.text) > MAX_TRUST {
            self.problem(
                &role.trust.span,
                format!("a trust policy has at most {MAX_TRUST} characters"),
            );
        }
    }

    fn inline_constraints(&mut self, permissions: &Permissions) {
        for (name, found) in &permissions.inline {
            let input = PutUserPolicyInput {
                user_name: ANY.into(),
                policy_name: name.value.clone(),
                policy_document: found.text.clone(),
            };
            self.constraints::<PutUserPolicy>(
                input,
                &name.span,
                &[("policyDocument", Some(&found.span))],
            );
        }
    }

    /// Paths that are AWS's own.
    fn path(&mut self, path: Option<&At<String>>) {
        if let Some(path) = path
            && let Err(error) = path::checked(Some(path.value.clone()))
        {
            self.problem(&path.span, error.to_string());
        }
    }

    /// Tags together with those that the entity has already.
    pub(super) fn tags(&mut self, tags: Option<&At<Vec<Tag>>>, old: Option<&Vec<TagRecord>>) {
        let mut old = old.cloned().unwrap_or_default();
        if let Some(tags) = tags
            && let Err(error) = tag::merge(&mut old, api_tags(&tags.value))
        {
            self.problem(&tags.span, error.to_string());
        }
    }
}
