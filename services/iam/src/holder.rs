//! Users, groups and roles as holders of policies: what operations on inline and
//! attached policies have in common.

use crate::attachment_index;
use crate::entity::{EntityKind, GroupRecord, InlinePolicy, RoleRecord, UserRecord, folded};
use crate::{IamError, find, role, target};
use kernel::{Call, Check, Entity};

/// A user, group or role.
pub trait Holder: Entity + Sized {
    /// Which of them.
    const HOLDER: EntityKind;
    /// Characters of all inline policies together, without white space ("IAM and AWS STS quotas").
    const INLINE_SIZE: usize;
    /// The quota of attached policies, as `LimitExceeded` names it.
    const ATTACHED_QUOTA: &'static str;

    /// The holder of that name.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    fn find(call: &mut Call, name: &str) -> Result<Self, IamError>;

    /// An action on the holder of that name.
    ///
    /// # Errors
    /// The store's failure.
    fn check(call: &mut Call, action: &'static str, name: &str) -> Result<Check, IamError>;

    /// The name, in its own case.
    fn name(&self) -> &str;

    /// What the index of attachments says of the holder.
    fn indexed(&self) -> attachment_index::Entity;

    /// The inline policies, in the order of their names.
    fn inline(&mut self) -> &mut Vec<InlinePolicy>;

    /// ARNs of the attached policies, in the order they were attached.
    fn attached(&mut self) -> &mut Vec<String>;

    /// Makes sure that customers may change the holder.
    ///
    /// # Errors
    /// `UnmodifiableEntity`.
    fn modifiable(&self) -> Result<(), IamError> {
        Ok(())
    }

    /// Stages the holder.
    ///
    /// # Errors
    /// The store's failure.
    fn save(&self, call: &mut Call) -> Result<(), IamError> {
        Ok(call.save(&folded(self.name()), self)?)
    }
}

macro_rules! holder {
    ($record:ty, $find:ident, $kind:ident, $size:literal, $quota:literal $(, $modifiable:path)?) => {
        impl Holder for $record {
            const HOLDER: EntityKind = EntityKind::$kind;
            const INLINE_SIZE: usize = $size;
            const ATTACHED_QUOTA: &'static str = $quota;

            fn find(call: &mut Call, name: &str) -> Result<Self, IamError> {
                find::$find(call, name)
            }

            fn check(call: &mut Call, action: &'static str, name: &str) -> Result<Check, IamError> {
                target::$find(call, action, name)
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn indexed(&self) -> attachment_index::Entity {
                attachment_index::Entity {
                    kind: Self::HOLDER,
                    name: self.name.clone(),
                    id: self.id.clone(),
                    path: self.path.clone(),
                }
            }

            fn inline(&mut self) -> &mut Vec<InlinePolicy> {
                &mut self.inline
            }

            fn attached(&mut self) -> &mut Vec<String> {
                &mut self.attached
            }

            $(fn modifiable(&self) -> Result<(), IamError> {
                $modifiable(self)
            })?
        }
    };
}

holder!(UserRecord, user, User, 2_048, "PoliciesPerUser");
holder!(GroupRecord, group, Group, 5_120, "PoliciesPerGroup");
holder!(
    RoleRecord,
    role,
    Role,
    10_240,
    "PoliciesPerRole",
    role::modifiable
);
