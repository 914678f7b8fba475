//! Names that AWS's own managed policies have and AWS's lists do not: actions that were renamed or never published.
//! They are no typing errors, and a document that has them is not wrong.

/// Lines `action NAME` and `key NAME`, in the order of their names. `tests/managed_policies.rs` says how the file is
/// made, and fails when it is not what it should be.
const NAMES: &str = include_str!("unlisted.txt");

/// Whether a managed policy has an action, or a pattern of actions, in just these letters, case aside.
pub(crate) fn has_action(action: &str) -> bool {
    has("action ", action)
}

/// Whether a managed policy has a condition key.
pub(crate) fn has_key(key: &str) -> bool {
    has("key ", key)
}

fn has(kind: &str, name: &str) -> bool {
    NAMES
        .lines()
        .filter_map(|line| line.strip_prefix(kind))
        .any(|listed| listed.eq_ignore_ascii_case(name))
}
