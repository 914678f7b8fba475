//! The record of a grant.

use super::{PrincipalBinding, texts};
use crate::api::types::GrantOperation;
use jiff::Timestamp;
use kernel::Entity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A grant. Its name is the key's id, a slash and the grant's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRecord {
    /// 64 hexadecimal digits.
    pub id: String,
    /// Its name, by which a repeated request finds it.
    #[serde(default)]
    pub name: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// The account under which it was made, as an ARN of its root user.
    pub issuing_account: String,
    /// Who may use the key: an ARN, or a service principal.
    pub grantee: String,
    /// The grantee is a service principal.
    #[serde(default)]
    pub grantee_is_service: bool,
    /// Who may retire the grant: an ARN, or a service principal.
    #[serde(default)]
    pub retiring: Option<String>,
    /// The retiring principal is a service principal.
    #[serde(default)]
    pub retiring_is_service: bool,
    /// Which users and roles the two ARNs meant when the grant was made.
    #[serde(default)]
    pub principals: Vec<PrincipalBinding>,
    /// What the grantee may do.
    #[serde(with = "texts")]
    pub operations: Vec<GrantOperation>,
    /// When it may do so.
    #[serde(default)]
    pub constraints: Option<GrantConstraintsRecord>,
}

impl Entity for GrantRecord {
    const KIND: &'static str = "kms.grant";
}

/// When a grant counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantConstraintsRecord {
    /// The encryption context is this one.
    #[serde(default)]
    pub equals: Option<BTreeMap<String, String>>,
    /// The encryption context contains these pairs.
    #[serde(default)]
    pub subset: Option<BTreeMap<String, String>>,
    /// The service acts for this resource.
    #[serde(default)]
    pub source_arn: Option<String>,
}
