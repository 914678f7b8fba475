//! What a call on a key needs to be allowed: the key's policy, its grants, and KMS's condition keys
//! ("Condition keys for AWS KMS").

use crate::api::types::{GrantOperation, KeySpec, KeyUsageType};
use crate::find::Target;
use crate::grant;
use crate::view::{KeyView, KmsWorld};
use kernel::{Call, Check, Identity};
use policy::ResourceRule;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a call wants of a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access<'i> {
    /// The action, such as `kms:Decrypt`.
    pub(crate) action: &'static str,
    /// The operation of grants that admits it, where one does.
    pub(crate) grant: Option<GrantOperation>,
    /// The encryption context; `None` where the operation takes none.
    pub(crate) context: Option<&'i BTreeMap<String, String>>,
}

impl<'i> Access<'i> {
    /// An action that no grant admits.
    #[must_use]
    pub(crate) fn new(action: &'static str) -> Self {
        Self {
            action,
            grant: None,
            context: None,
        }
    }

    /// An action that grants of this operation admit.
    #[must_use]
    pub(crate) fn granted_by(self, operation: GrantOperation) -> Self {
        Self {
            grant: Some(operation),
            ..self
        }
    }

    /// The encryption context of the request; for operations that take one, also where it gives none.
    #[must_use]
    pub(crate) fn in_context(self, context: Option<&'i BTreeMap<String, String>>) -> Self {
        static EMPTY: BTreeMap<String, String> = BTreeMap::new();
        Self {
            context: Some(context.unwrap_or(&EMPTY)),
            ..self
        }
    }
}

/// One action on one key. A key that does not exist has no policy: in the caller's own account the
/// caller's policies then decide whether it learns that.
#[must_use]
pub(crate) fn check(call: &mut Call, target: &Target, access: Access<'_>) -> Check {
    let resource = target.resource(call);
    let check = Check::new(access.action, resource).owned_by(target.place.account);
    let mut check = of_call(call, check).optional_key(
        "kms:RequestAlias",
        target.alias.as_ref().map(|alias| alias.id.as_ref()),
    );
    if let Some(context) = access.context {
        check = encryption_context(check, context);
    }
    let Some(view) = &target.view else {
        return check;
    };
    let granted = access
        .grant
        .is_some_and(|operation| grant::admits(call, view, operation, access.context));
    of_key(call, check, view)
        .resource_policy(Arc::clone(&view.policy), ResourceRule::KmsKey { granted })
}

/// The condition keys of every call: `kms:CallerAccount` and `kms:ViaService`.
#[must_use]
pub(crate) fn of_call(call: &Call, check: Check) -> Check {
    let check = check.optional_key("kms:ViaService", call.via());
    match &call.caller.identity {
        // A service that acts for itself is in nobody's account: the one that it has here is its resource's.
        Identity::Service { .. } => check,
        _ => check.key("kms:CallerAccount", call.account().as_str()),
    }
}

/// `kms:EncryptionContext:...` and `kms:EncryptionContextKeys`.
fn encryption_context(check: Check, context: &BTreeMap<String, String>) -> Check {
    let pairs = context
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let check = check.pairs("kms:EncryptionContext:", pairs);
    if context.is_empty() {
        check
    } else {
        check.keys(
            "kms:EncryptionContextKeys",
            context.keys().cloned().collect(),
        )
    }
}

/// `kms:KeySpec` and `kms:KeyUsage`, and the same by their old names, which policies may still have.
#[must_use]
pub(crate) fn spec_and_usage(check: Check, spec: KeySpec, usage: Option<KeyUsageType>) -> Check {
    let usage = usage.map(KeyUsageType::as_str);
    check
        .key("kms:KeySpec", spec.as_str())
        .key("kms:CustomerMasterKeySpec", spec.as_str())
        .optional_key("kms:KeyUsage", usage)
        .optional_key("kms:CustomerMasterKeyUsage", usage)
}

/// The condition keys that describe the key itself.
fn of_key(call: &Call, check: Check, view: &KeyView) -> Check {
    let record = &view.record;
    let aliases: Vec<String> = KmsWorld::of(call.world())
        .map(|kms| {
            kms.aliases_of(&view.place)
                .map(ToString::to_string)
                .collect()
        })
        .unwrap_or_default();
    let check = spec_and_usage(check, record.spec, Some(record.usage))
        .key("kms:KeyOrigin", record.origin.as_str())
        .key(
            "kms:MultiRegion",
            if record.multi_region.is_some() {
                "true"
            } else {
                "false"
            },
        )
        .optional_key(
            "kms:MultiRegionKeyType",
            record.multi_region.as_ref().map(|relatives| {
                if *relatives.primary == *view.place.region {
                    "PRIMARY"
                } else {
                    "REPLICA"
                }
            }),
        )
        .resource_tags(
            record
                .tags
                .iter()
                .map(|tag| (tag.key.as_str(), tag.value.as_str())),
        );
    if aliases.is_empty() {
        check
    } else {
        check.keys("kms:ResourceAliases", aliases)
    }
}
