//! Names, paths and ARNs of IAM's entities.

use arn::{AccountId, Partition};

/// The ARN of an entity. `path` starts and ends with `/`.
#[must_use]
pub fn arn(partition: Partition, account: AccountId, kind: &str, path: &str, name: &str) -> String {
    format!(
        "arn:{}:iam::{account}:{kind}{path}{name}",
        partition.as_str()
    )
}

/// The path and name of an IAM ARN of this kind, and its account field:
/// `(account, path, name)`.
#[must_use]
pub fn split<'a>(arn: &'a str, kind: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let mut parts = arn.splitn(6, ':');
    let (prefix, _partition, service, region) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (account, resource) = (parts.next()?, parts.next()?);
    if prefix != "arn" || service != "iam" || !region.is_empty() {
        return None;
    }
    let rest = resource.strip_prefix(kind)?;
    let slash = rest.rfind('/')?;
    let (path, name) = (rest.get(..=slash)?, rest.get(slash + 1..)?);
    (path.starts_with('/') && !name.is_empty()).then_some((account, path, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_splits_into_account_path_and_name() {
        let policy = "arn:aws:iam::123456789012:policy/team/a/Readers";
        assert_eq!(
            split(policy, "policy"),
            Some(("123456789012", "/team/a/", "Readers"))
        );
        assert_eq!(
            split("arn:aws:iam::aws:policy/ReadOnlyAccess", "policy"),
            Some(("aws", "/", "ReadOnlyAccess"))
        );
        assert_eq!(split(policy, "role"), None);
        assert_eq!(
            split("arn:aws:iam::123456789012:policyx/Readers", "policy"),
            None
        );
        assert_eq!(split("arn:aws:iam::123456789012:policy/", "policy"), None);
    }
}
