//! Condition keys: which one a name means.

use catalog::ConditionKey;

use crate::grammar::closest;
use crate::unlisted;

/// What a name of a condition key means.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key {
    /// A key that AWS lists, global or a service's.
    Listed(&'static ConditionKey),
    /// A key that AWS's own policies have, and AWS's lists do not.
    Unlisted,
    /// A key of an identity provider, which brings its own.
    Provider,
    /// A global key that AWS does not have.
    NoGlobal,
    /// A key that its service does not have, or of a service that AWS does not have.
    NoService,
    /// A tag key without the tag's name.
    NoTag,
    /// No name of a key at all.
    Malformed,
}

impl Key {
    /// Reads a name.
    pub(crate) fn read(name: &str) -> Self {
        if let Some(key) = catalog::condition_key(name) {
            return Self::Listed(key);
        }
        let Some((prefix, rest)) = name.rsplit_once(':') else {
            return Self::Malformed;
        };
        if prefix.is_empty() || rest.is_empty() {
            return Self::Malformed;
        }
        if unlisted::has_key(name) {
            return Self::Unlisted;
        }
        if is_tag(name.trim_end_matches('/')) {
            return Self::NoTag;
        }
        let first = name.split(':').next().unwrap_or_default();
        if first.eq_ignore_ascii_case("aws") {
            Self::NoGlobal
        } else if first.contains('.') {
            // The host of an OpenID Connect provider, perhaps with a path.
            Self::Provider
        } else {
            Self::NoService
        }
    }

    pub(crate) fn listed(self) -> Option<&'static ConditionKey> {
        match self {
            Self::Listed(key) => Some(key),
            _ => None,
        }
    }
}

/// Whether a name is that of tags without saying which tag.
fn is_tag(name: &str) -> bool {
    let probe = format!("{name}/x");
    catalog::condition_key(&probe).is_some_and(|key| key.name.contains("/${"))
}

/// A listed key with a name like this one.
pub(crate) fn similar(name: &str) -> Option<String> {
    let prefix = name.split(':').next().unwrap_or_default();
    let own = catalog::service(prefix).map_or(&[][..], |service| service.condition_keys());
    let keys = catalog::global_condition_keys().iter().chain(own);
    let close = closest(name, keys.map(|key| key.name))?;
    Some(format!("did you mean {close}?"))
}

/// Whether a key is one of the global keys.
pub(crate) fn is_global(key: &ConditionKey) -> bool {
    key.name.starts_with("aws:")
}

/// Whether a key is about tags of the request or the resource, which only some actions have.
pub(crate) fn is_global_tag(key: &ConditionKey) -> bool {
    ["aws:RequestTag/", "aws:ResourceTag/", "aws:TagKeys"]
        .iter()
        .any(|start| key.name.starts_with(start))
}
