//! Key policies: read, put and shown; compiled for decisions; and the one that a key has by default.

mod document;
mod lockout;
mod operations;

pub(crate) use document::{Bound, bind};
pub(crate) use lockout::keep_open;
pub(crate) use operations::register;

use crate::entity::{KeyRecord, PrincipalBinding};
use arn::{AccountId, Partition};
use policy::{Document, Policy, PrincipalKind};
use std::borrow::Cow;
use std::convert::Infallible;
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

/// A key's policy as decisions need it, with its principals by their unique ids. One that cannot be
/// read denies everybody everything.
#[must_use]
pub(crate) fn compile(record: &KeyRecord, arn: &str) -> Arc<Policy> {
    Arc::new(match document::stored(&record.policy) {
        Some(document) => {
            // What has no effect with AWS has none here: engines deny in doubt.
            let document = document.without_idle_statements();
            Policy::compile(&by_id(&document, &record.principals), arn)
        }
        None => Policy::broken(format!("the policy of {arn} cannot be read")),
    })
}

/// A document with the unique ids of its principals in the place of their ARNs.
fn by_id(document: &Document, bindings: &[PrincipalBinding]) -> Document {
    let Ok(document) = document.map_principals::<Infallible>(&mut |kind, value| {
        let binding = bindings
            .iter()
            .find(|binding| kind == PrincipalKind::Aws && binding.arn == value);
        Ok(binding.map_or(Cow::Borrowed(value), |binding| {
            Cow::Owned(binding.id.clone())
        }))
    });
    document
}
