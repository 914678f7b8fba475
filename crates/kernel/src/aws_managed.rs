//! AWS's own managed policies, compiled when first attached or first met.

use policy::{DocumentKind, Policy};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

/// The compiled default version of an AWS managed policy, in any partition;
/// `None` where AWS has no such policy.
#[must_use]
pub fn document(arn: &str) -> Option<Arc<Policy>> {
    static COMPILED: OnceLock<RwLock<HashMap<String, Arc<Policy>>>> = OnceLock::new();
    let name = policy_name(arn)?;
    let compiled = COMPILED.get_or_init(RwLock::default);
    if let Some(policy) = compiled
        .read()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .get(name)
    {
        return Some(Arc::clone(policy));
    }
    let policy = Arc::new(compile(name)?);
    compiled
        .write()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .insert(name.to_owned(), Arc::clone(&policy));
    Some(policy)
}

/// The path and name of an AWS managed policy (`policy/...` after the account `aws`).
fn policy_name(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let (prefix, _partition, service, region, account, resource) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next()?,
    );
    (prefix == "arn" && service == "iam" && region.is_empty() && account == "aws")
        .then_some(resource)
}

fn compile(resource: &str) -> Option<Policy> {
    let arn = format!("arn:aws:iam::aws:{resource}");
    let policy = catalog::managed_policy(&arn)?;
    let Some(text) = policy.default_document() else {
        return Some(Policy::broken(format!("{arn} cannot be read")));
    };
    Some(match policy::parse(&text, DocumentKind::Identity) {
        Ok(document) => Policy::compile(&document, arn),
        Err(_) => Policy::broken(format!("{arn} does not parse")),
    })
}
