//! The seed file: accounts, users, groups, roles, policies and keys that a server starts with.

use anyhow::bail;
use kernel::Host;
use std::path::Path;

/// Brings the store to what the seed file says. Blocks until it is durable.
///
/// # Errors
/// The file cannot be read or is wrong; nothing is written then.
pub(crate) fn apply(_host: &Host, file: &Path) -> anyhow::Result<()> {
    bail!(
        "{}: seed files are not served by this version",
        file.display()
    );
}
