//! What AWS publishes about actions, resources, condition keys, managed policies and regions.
//!
//! The facts are embedded in the binary, compressed, and read on first use: a service's tables when one of them is
//! asked for, a policy's document each time it is asked for. Nothing here does I/O, decides, or knows which
//! operations this server serves. The data comes from `cargo xtask data`; `data/NOTICE` names its sources.
//!
//! ```
//! let action = catalog::action("iam:createuser").ok_or("unknown")?;
//! assert_eq!(action.qualified_name(), "iam:CreateUser");
//! assert!(!action.is_read_only());
//!
//! let policy = catalog::managed_policy("arn:aws:iam::aws:policy/ReadOnlyAccess").ok_or("unknown")?;
//! assert!(policy.document(&policy.default_version.id()).is_some());
//! # Ok::<(), &'static str>(())
//! ```

mod action;
mod condition_key;
mod decode;
mod managed_policy;
mod partition;
mod service;
mod service_linked;

pub use action::{AccessLevel, Action, ResourceType, ResourceUse};
pub use condition_key::{ConditionKey, ValueType, global_condition_keys};
pub use managed_policy::{ManagedPolicy, PolicyVersion, managed_policies, managed_policy};
pub use partition::{
    Partition, Region, is_region, partition, partition_of_region, partitions, regions,
};
pub use service::{Service, action, condition_key, service, services};
pub use service_linked::{ServiceLinkedRole, service_linked_role, service_linked_roles};
