//! Deletions of service-linked roles.

use kernel::Entity;
use serde::{Deserialize, Serialize};

/// The last deletion of a service-linked role. The key is the role's lower-case name,
/// so that deletions leave one record a role behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionTask {
    /// `task/aws-service-role/SERVICE/ROLE/UUID`
    pub id: String,
}

impl Entity for DeletionTask {
    const KIND: &'static str = "iam.deletion-task";
}
