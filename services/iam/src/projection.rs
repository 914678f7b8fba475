//! From IAM's records to the world that decides.

use crate::access_key::AccessKeyRecord;
use crate::entity::{
    GroupRecord, InlinePolicy, InstanceProfileRecord, ManagedPolicyRecord, RoleRecord, TagRecord,
    UserRecord,
};
use crate::name;
use arn::{AccountId, Partition};
use crypto::Sealer;
use kernel::world::{
    AccessKey, Group, ManagedPolicy, Principal, PrincipalKind, Projection, ProjectionError, World,
};
use kernel::{Entity, record};
use policy::{DocumentKind, Policy};
use std::sync::Arc;
use store::{Change, RecordKey};

/// IAM's projection. It unseals access keys, so it holds their sealer.
pub struct IamProjection {
    partition: Partition,
    access_keys: Sealer,
}

impl IamProjection {
    /// A projection for the server's partition.
    #[must_use]
    pub fn new(partition: Partition, keyring: &crypto::Keyring) -> Self {
        Self {
            partition,
            access_keys: crate::access_key::sealer(keyring),
        }
    }
}

impl Projection for IamProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            UserRecord::KIND,
            RoleRecord::KIND,
            GroupRecord::KIND,
            ManagedPolicyRecord::KIND,
            AccessKeyRecord::KIND,
            InstanceProfileRecord::KIND,
        ]
    }

    fn project(&self, change: &Change, world: &mut World) -> Result<(), ProjectionError> {
        let Some(bytes) = &change.value else {
            world.remove(&change.key);
            return Ok(());
        };
        let key = &change.key;
        let failed = |cause: &dyn std::fmt::Display| ProjectionError::new(key, cause);
        let account: AccountId = key.account().parse().map_err(|error| failed(&error))?;
        match key.kind() {
            InstanceProfileRecord::KIND => world.put_counted(key.clone()),
            UserRecord::KIND => {
                let user: UserRecord = record::decode(bytes).map_err(|error| failed(&error))?;
                world.put_principal(self.user(account, key, user));
            }
            RoleRecord::KIND => {
                let role: RoleRecord = record::decode(bytes).map_err(|error| failed(&error))?;
                world.put_principal(self.role(account, key, role));
            }
            GroupRecord::KIND => {
                let group: GroupRecord = record::decode(bytes).map_err(|error| failed(&error))?;
                world.put_group(Group {
                    id: group.id.into(),
                    inline: inline(&group.inline),
                    attached: shared(group.attached),
                    record: key.clone(),
                });
            }
            ManagedPolicyRecord::KIND => {
                let policy: ManagedPolicyRecord =
                    record::decode(bytes).map_err(|error| failed(&error))?;
                let arn = name::arn(
                    self.partition,
                    account,
                    "policy",
                    &policy.path,
                    &policy.name,
                );
                let compiled = match policy.default_version() {
                    Some(version) => compile(&version.document, DocumentKind::Identity, &arn),
                    None => Arc::new(Policy::broken("the policy has no default version")),
                };
                world.put_policy(ManagedPolicy {
                    arn: arn.into(),
                    id: policy.id.into(),
                    policy: compiled,
                    record: key.clone(),
                });
            }
            _ => {
                let access_key: AccessKeyRecord =
                    record::decode(bytes).map_err(|error| failed(&error))?;
                let secret = access_key
                    .unseal(&self.access_keys, account)
                    .map_err(|error| failed(&error))?;
                world.put_access_key(AccessKey {
                    id: access_key.id.as_str().into(),
                    account,
                    owner: access_key.owner(),
                    secret,
                    active: access_key.active,
                    record: key.clone(),
                });
            }
        }
        Ok(())
    }
}

impl IamProjection {
    fn user(&self, account: AccountId, key: &RecordKey, user: UserRecord) -> Principal {
        Principal {
            kind: PrincipalKind::User,
            arn: name::arn(self.partition, account, "user", &user.path, &user.name).into(),
            id: user.id.into(),
            name: user.name.into(),
            account,
            created: user.created,
            tags: tags(user.tags),
            inline: inline(&user.inline),
            attached: shared(user.attached),
            groups: user
                .groups
                .into_iter()
                .map(|group| group.id.into())
                .collect(),
            boundary: user.boundary.map(Into::into),
            trust: None,
            max_session_duration: 0,
            record: Some(key.clone()),
        }
    }

    fn role(&self, account: AccountId, key: &RecordKey, role: RoleRecord) -> Principal {
        let arn = name::arn(self.partition, account, "role", &role.path, &role.name);
        Principal {
            kind: PrincipalKind::Role,
            trust: Some(compile(&role.trust, DocumentKind::Trust, &arn)),
            arn: arn.into(),
            id: role.id.into(),
            name: role.name.into(),
            account,
            created: role.created,
            tags: tags(role.tags),
            inline: inline(&role.inline),
            attached: shared(role.attached),
            groups: Vec::new(),
            boundary: role.boundary.map(Into::into),
            max_session_duration: role.max_session_duration,
            record: Some(key.clone()),
        }
    }
}

fn tags(tags: Vec<TagRecord>) -> Vec<(String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn shared(arns: Vec<String>) -> Vec<Arc<str>> {
    arns.into_iter().map(Into::into).collect()
}

fn inline(policies: &[InlinePolicy]) -> Vec<Arc<Policy>> {
    policies
        .iter()
        .map(|policy| compile(&policy.document, DocumentKind::Inline, &policy.name))
        .collect()
}

/// A document that was accepted once must parse; one that does not denies whatever it could.
fn compile(document: &str, kind: DocumentKind, name: &str) -> Arc<Policy> {
    Arc::new(match policy::parse_stored(document, kind) {
        Ok(document) => Policy::compile(&document, name),
        Err(_) => Policy::deny_all(format!("the policy {name} does not parse")),
    })
}
