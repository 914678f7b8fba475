//! The index from managed policies to the entities that use them, kept in step with
//! the entities' own records.

use crate::IamError;
use crate::entity::{Attachment, AttachmentUse, EntityKind};
use kernel::Call;

/// An entity that uses managed policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// User, group or role.
    pub kind: EntityKind,
    /// The name, in its own case.
    pub name: String,
    /// The unique id.
    pub id: String,
    /// The path.
    pub path: String,
}

/// Stages that an entity uses a policy.
///
/// # Errors
/// The store's failure.
pub fn add(
    call: &mut Call,
    policy: &str,
    used: AttachmentUse,
    entity: &Entity,
) -> Result<(), IamError> {
    let attachment = Attachment {
        name: entity.name.clone(),
        id: entity.id.clone(),
        path: entity.path.clone(),
    };
    call.save(
        &Attachment::key(policy, used, entity.kind, &entity.name),
        &attachment,
    )?;
    Ok(())
}

/// Stages that an entity no longer uses a policy.
///
/// # Errors
/// The store's failure.
pub fn remove(
    call: &mut Call,
    policy: &str,
    used: AttachmentUse,
    kind: EntityKind,
    name: &str,
) -> Result<(), IamError> {
    call.remove::<Attachment>(&Attachment::key(policy, used, kind, name))?;
    Ok(())
}

/// Stages an entity's new name and path in all of its entries.
///
/// # Errors
/// The store's failure.
pub fn rename(
    call: &mut Call,
    attached: &[String],
    boundary: Option<&str>,
    old: &Entity,
    new: &Entity,
) -> Result<(), IamError> {
    let permissions = attached
        .iter()
        .map(|policy| (policy.as_str(), AttachmentUse::Permissions));
    let boundary = boundary.map(|policy| (policy, AttachmentUse::Boundary));
    for (policy, used) in permissions.chain(boundary) {
        remove(call, policy, used, old.kind, &old.name)?;
        add(call, policy, used, new)?;
    }
    Ok(())
}
