//! Key policies: compiled for decisions, and the one that a key has by default.

use crate::entity::KeyRecord;
use arn::{AccountId, Partition};
use policy::{DocumentKind, Policy};
use std::sync::Arc;

/// The policy of a key for which none is given: it lets the account's IAM policies decide
/// ("Default key policy").
#[must_use]
pub(crate) fn default_document(partition: Partition, account: AccountId) -> String {
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:{}:iam::{account}:root"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"#,
        partition.as_str()
    )
}

/// A key's policy as decisions need it. One that cannot be read denies everybody everything.
#[must_use]
pub(crate) fn compile(record: &KeyRecord, arn: &str) -> Arc<Policy> {
    Arc::new(
        match policy::parse_stored(&record.policy, DocumentKind::Resource) {
            Ok(document) => Policy::compile(&document, arn),
            Err(_) => Policy::broken(format!("the policy of {arn} cannot be read")),
        },
    )
}
