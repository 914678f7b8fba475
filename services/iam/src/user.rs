//! Users.

use crate::api::operations::{
    CreateUser, DeleteUser, GetUser, ListUserTags, ListUsers, TagUser, UntagUser, UpdateUser,
};
use crate::api::types::{
    CreateUserInput, CreateUserOutput, DeleteUserInput, DeleteUserOutput, GetUserInput,
    GetUserOutput, ListUserTagsInput, ListUserTagsOutput, ListUsersInput, ListUsersOutput,
    TagUserInput, TagUserOutput, UntagUserInput, UntagUserOutput, UpdateUserInput,
    UpdateUserOutput, User,
};
use crate::entity::{EntityKind, GroupMember, UserRecord, folded};
use crate::{
    IamError, account_alias, attachment_index, boundary, find, ids, owner, page, quota, tag,
    target, time,
};
use kernel::{AccountRecord, Call, Check, Identity, Operation, Plan, Registry, record};

/// Adds the operations on users to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateUser>()
        .serve::<DeleteUser>()
        .serve::<GetUser>()
        .serve::<ListUserTags>()
        .serve::<ListUsers>()
        .serve::<TagUser>()
        .serve::<UntagUser>()
        .serve::<UpdateUser>();
}

impl Operation for CreateUser {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreateUserInput) -> Result<Plan, IamError> {
        let path = input.path.as_deref().unwrap_or("/");
        let check = Check::new(
            "iam:CreateUser",
            target::arn(call, "user", path, &input.user_name),
        )
        .request_tags(tag::request_pairs(input.tags.as_ref()))
        .optional_key(
            "iam:PermissionsBoundary",
            input.permissions_boundary.clone(),
        );
        // Tags at creation need their own permission ("Tagging IAM users").
        let tagged = input.tags.as_ref().is_some_and(|tags| !tags.is_empty());
        let tagging = tagged.then(|| {
            Check::new(
                "iam:TagUser",
                target::arn(call, "user", path, &input.user_name),
            )
            .request_tags(tag::request_pairs(input.tags.as_ref()))
        });
        Ok(Plan::all(std::iter::once(check).chain(tagging).collect()))
    }

    async fn handle(call: &mut Call, input: CreateUserInput) -> Result<CreateUserOutput, IamError> {
        let key = folded(&input.user_name);
        if call.load::<UserRecord>(&key)?.is_some() {
            return Err(exists(&input.user_name));
        }
        quota::room::<UserRecord>(call, call.host().settings.quotas.users, "UsersPerAccount")?;
        let user = UserRecord {
            id: ids::user(call),
            name: input.user_name,
            path: input.path.unwrap_or_else(|| "/".into()),
            created: time::seconds(call.now),
            tags: tag::checked(input.tags.unwrap_or_default())?,
            inline: Vec::new(),
            attached: Vec::new(),
            groups: Vec::new(),
            boundary: input.permissions_boundary,
            password_last_used: None,
        };
        if let Some(arn) = &user.boundary {
            boundary::set(
                call,
                EntityKind::User,
                &user.name,
                &user.id,
                &user.path,
                None,
                arn,
            )?;
        }
        call.save(&key, &user)?;
        Ok(CreateUserOutput {
            user: Some(shown(call, &user)),
        })
    }
}

impl Operation for GetUser {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetUserInput) -> Result<Plan, IamError> {
        owner::check(call, "iam:GetUser", input.user_name.as_deref()).map(Plan::new)
    }

    async fn handle(call: &mut Call, input: GetUserInput) -> Result<GetUserOutput, IamError> {
        let user = match &input.user_name {
            Some(name) => find::user(call, name)?,
            None if call.caller.is_root() => return Ok(GetUserOutput { user: root(call)? }),
            None => match configured(call) {
                Some(user) => return Ok(GetUserOutput { user }),
                None => owner::caller(call)?,
            },
        };
        Ok(GetUserOutput {
            user: shown(call, &user),
        })
    }
}

impl Operation for ListUsers {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListUsersInput) -> Result<Plan, IamError> {
        let path = input.path_prefix.as_deref().unwrap_or("/");
        Ok(Plan::new(Check::new(
            "iam:ListUsers",
            target::arn(call, "user", path, ""),
        )))
    }

    async fn handle(call: &mut Call, input: ListUsersInput) -> Result<ListUsersOutput, IamError> {
        let prefix = input.path_prefix.unwrap_or_else(|| "/".into());
        let keep = |user: &UserRecord| user.path.starts_with(&prefix);
        let page = page::of_records(call, "", input.max_items, input.marker.as_deref(), keep)?;
        Ok(ListUsersOutput {
            is_truncated: Some(page.is_truncated()),
            users: page
                .items
                .iter()
                .map(|(_, user)| listed(call, user))
                .collect(),
            marker: page.marker,
        })
    }
}

impl Operation for UpdateUser {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UpdateUserInput) -> Result<Plan, IamError> {
        let old = target::user(call, "iam:UpdateUser", &input.user_name)?;
        let (path, name) = (input.new_path.as_deref(), input.new_user_name.as_deref());
        if path.is_none() && name.is_none() {
            return Ok(Plan::new(old));
        }
        // "UpdateUser": permission is needed on what the user was and on what it becomes.
        Ok(Plan::new(old).and(target::renamed_user(
            call,
            "iam:UpdateUser",
            &input.user_name,
            path,
            name,
        )?))
    }

    async fn handle(call: &mut Call, input: UpdateUserInput) -> Result<UpdateUserOutput, IamError> {
        let old = find::user(call, &input.user_name)?;
        let mut user = old.clone();
        if let Some(path) = input.new_path {
            user.path = path;
        }
        if let Some(name) = input.new_user_name {
            if folded(&name) != folded(&old.name)
                && call.load::<UserRecord>(&folded(&name))?.is_some()
            {
                return Err(exists(&name));
            }
            user.name = name;
        }
        rename(call, &old, &user)?;
        Ok(UpdateUserOutput {})
    }
}

/// Moves everything that is kept under a user's name. Credentials are kept under its id and stay.
fn rename(call: &mut Call, old: &UserRecord, new: &UserRecord) -> Result<(), IamError> {
    call.remove::<UserRecord>(&folded(&old.name))?;
    for group in &old.groups {
        call.remove::<GroupMember>(&GroupMember::key(&group.key, &old.name))?;
        call.save(&GroupMember::key(&group.key, &new.name), &GroupMember {})?;
    }
    let entity = |user: &UserRecord| attachment_index::Entity {
        kind: EntityKind::User,
        name: user.name.clone(),
        id: user.id.clone(),
        path: user.path.clone(),
    };
    attachment_index::rename(
        call,
        &old.attached,
        old.boundary.as_deref(),
        &entity(old),
        &entity(new),
    )?;
    call.save(&folded(&new.name), new)?;
    Ok(())
}

impl Operation for DeleteUser {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeleteUserInput) -> Result<Plan, IamError> {
        target::user(call, "iam:DeleteUser", &input.user_name).map(Plan::new)
    }

    async fn handle(call: &mut Call, input: DeleteUserInput) -> Result<DeleteUserOutput, IamError> {
        let user = find::user(call, &input.user_name)?;
        if let Some(what) = crate::user_dependents::first(call, &user)? {
            return Err(IamError::DeleteConflict(format!(
                "Cannot delete entity, must {what} first."
            )));
        }
        if let Some(arn) = &user.boundary {
            boundary::clear(call, EntityKind::User, &user.name, arn)?;
        }
        call.remove::<UserRecord>(&folded(&user.name))?;
        Ok(DeleteUserOutput {})
    }
}

impl Operation for TagUser {
    type Error = IamError;

    fn plan(call: &mut Call, input: &TagUserInput) -> Result<Plan, IamError> {
        let check = target::user(call, "iam:TagUser", &input.user_name)?;
        Ok(Plan::new(
            check.request_tags(tag::request_pairs(Some(&input.tags))),
        ))
    }

    async fn handle(call: &mut Call, input: TagUserInput) -> Result<TagUserOutput, IamError> {
        let mut user = find::user(call, &input.user_name)?;
        tag::merge(&mut user.tags, input.tags)?;
        call.save(&folded(&user.name), &user)?;
        Ok(TagUserOutput {})
    }
}

impl Operation for UntagUser {
    type Error = IamError;

    fn plan(call: &mut Call, input: &UntagUserInput) -> Result<Plan, IamError> {
        let check = target::user(call, "iam:UntagUser", &input.user_name)?;
        Ok(Plan::new(check.tag_keys(input.tag_keys.clone())))
    }

    async fn handle(call: &mut Call, input: UntagUserInput) -> Result<UntagUserOutput, IamError> {
        let mut user = find::user(call, &input.user_name)?;
        tag::remove(&mut user.tags, &input.tag_keys);
        call.save(&folded(&user.name), &user)?;
        Ok(UntagUserOutput {})
    }
}

impl Operation for ListUserTags {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListUserTagsInput) -> Result<Plan, IamError> {
        target::user(call, "iam:ListUserTags", &input.user_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListUserTagsInput,
    ) -> Result<ListUserTagsOutput, IamError> {
        let user = find::user(call, &input.user_name)?;
        let tags = tag::shown(&user.tags);
        let page = page::of_list(
            tags,
            |tag| tag.key.clone(),
            input.max_items,
            input.marker.as_deref(),
        )?;
        Ok(ListUserTagsOutput {
            is_truncated: Some(page.is_truncated()),
            tags: page.items,
            marker: page.marker,
        })
    }
}

fn exists(name: &str) -> IamError {
    IamError::EntityAlreadyExists(format!("User with name {name} already exists."))
}

/// A user as lists show it: without tags and boundary ("ListUsers").
#[must_use]
pub fn listed(call: &Call, user: &UserRecord) -> User {
    User {
        path: user.path.clone(),
        user_name: user.name.clone(),
        user_id: user.id.clone(),
        arn: target::arn(call, "user", &user.path, &user.name),
        create_date: user.created,
        password_last_used: user.password_last_used,
        permissions_boundary: None,
        tags: None,
    }
}

/// A user with all that is shown of it.
#[must_use]
pub fn shown(call: &Call, user: &UserRecord) -> User {
    User {
        permissions_boundary: user.boundary.as_deref().map(boundary::shown),
        tags: (!user.tags.is_empty()).then(|| tag::shown(&user.tags)),
        ..listed(call, user)
    }
}

/// The account's root user: its id is the account, its name the account's alias.
pub(crate) fn root(call: &mut Call) -> Result<User, IamError> {
    let account = call.account();
    let key = record::key::<AccountRecord>("", "", account.as_str())?;
    let described = call
        .tx()
        .get(&key)?
        .map(|bytes| record::decode::<AccountRecord>(&bytes))
        .transpose()?;
    Ok(User {
        path: "/".into(),
        user_name: account_alias::current(call)?.unwrap_or_default(),
        user_id: account.to_string(),
        arn: call.caller.arn(),
        create_date: time::seconds(
            described.map_or(jiff::Timestamp::UNIX_EPOCH, |account| account.created),
        ),
        password_last_used: None,
        permissions_boundary: None,
        tags: None,
    })
}

/// The calling user where the configuration gives it and no record does.
fn configured(call: &Call) -> Option<User> {
    let Identity::User(principal) = &call.caller.identity else {
        return None;
    };
    call.caller.is_configured().then(|| User {
        path: "/".into(),
        user_name: principal.name.to_string(),
        user_id: principal.id.to_string(),
        arn: principal.arn.to_string(),
        create_date: principal.created,
        password_last_used: None,
        permissions_boundary: None,
        tags: None,
    })
}
