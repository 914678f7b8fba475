//! ARNs of IAM's and STS' resources.

use crate::{AccountId, Arn, Partition};

impl Arn {
    /// An IAM resource: `arn:PARTITION:iam::ACCOUNT:KIND` + path + name, where `kind`
    /// is `user`, `role`, `group`, `policy`, `instance-profile` and the like.
    ///
    /// An empty path counts as `/`; a missing slash at either end is put there.
    /// The caller has checked path and name against the model's patterns: they are
    /// taken as they are.
    #[must_use]
    pub fn iam(
        partition: Partition,
        account: AccountId,
        kind: &str,
        path: &str,
        name: &str,
    ) -> Arn {
        let resource = with_path(kind, path, name);
        Arn::of_service(partition, "iam", account.as_str(), &resource)
    }

    /// A policy that AWS manages: `arn:PARTITION:iam::aws:policy` + path + name.
    #[must_use]
    pub fn aws_managed_policy(partition: Partition, path: &str, name: &str) -> Arn {
        let resource = with_path("policy", path, name);
        Arn::of_service(partition, "iam", "aws", &resource)
    }

    /// The account itself: `arn:PARTITION:iam::ACCOUNT:root`.
    #[must_use]
    pub fn root(partition: Partition, account: AccountId) -> Arn {
        Arn::of_service(partition, "iam", account.as_str(), "root")
    }

    /// A role's session: `arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    /// The role's path is no part of it ("IAM identifiers").
    #[must_use]
    pub fn assumed_role(
        partition: Partition,
        account: AccountId,
        role_name: &str,
        session_name: &str,
    ) -> Arn {
        let resource = format!("assumed-role/{role_name}/{session_name}");
        Arn::of_service(partition, "sts", account.as_str(), &resource)
    }

    /// A session of GetFederationToken: `arn:PARTITION:sts::ACCOUNT:federated-user/NAME`.
    #[must_use]
    pub fn federated_user(partition: Partition, account: AccountId, name: &str) -> Arn {
        let resource = format!("federated-user/{name}");
        Arn::of_service(partition, "sts", account.as_str(), &resource)
    }

    fn of_service(partition: Partition, service: &str, account: &str, resource: &str) -> Arn {
        let text = format!("arn:{partition}:{service}::{account}:{resource}");
        Arn::assemble(text.into(), partition, service, "", account)
    }

    /// The path of an IAM resource with its slashes (`/` when it has none);
    /// of an ARN of another service, or without a name, none.
    #[must_use]
    pub fn iam_path(&self) -> Option<&str> {
        let (start, slash) = self.iam_name_bounds()?;
        self.resource().get(start..=slash)
    }

    /// The name of an IAM resource: what follows the last `/`.
    #[must_use]
    pub fn iam_name(&self) -> Option<&str> {
        let (_, slash) = self.iam_name_bounds()?;
        self.resource().get(slash + 1..)
    }

    /// Positions of the first and the last slash in the resource.
    fn iam_name_bounds(&self) -> Option<(usize, usize)> {
        let resource = self.resource();
        let bounds = (resource.find('/')?, resource.rfind('/')?);
        (self.service() == "iam").then_some(bounds)
    }
}

fn with_path(kind: &str, path: &str, name: &str) -> String {
    let before = if path.starts_with('/') { "" } else { "/" };
    let after = if path.is_empty() || path.ends_with('/') {
        ""
    } else {
        "/"
    };
    format!("{kind}{before}{path}{after}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountId {
        "123456789012".parse().unwrap()
    }

    #[test]
    fn paths_are_kept_and_the_default_is_a_slash() {
        for (path, text) in [
            ("", "arn:aws:iam::123456789012:user/ada"),
            ("/", "arn:aws:iam::123456789012:user/ada"),
            ("/a/b/", "arn:aws:iam::123456789012:user/a/b/ada"),
            ("a", "arn:aws:iam::123456789012:user/a/ada"),
        ] {
            let arn = Arn::iam(Partition::Aws, account(), "user", path, "ada");
            assert_eq!(arn.as_str(), text);
            assert_eq!(Arn::parse(text).as_ref(), Ok(&arn));
            assert_eq!(arn.iam_name(), Some("ada"));
        }
    }

    #[test]
    fn path_and_name_come_back() {
        let arn = Arn::iam(Partition::Aws, account(), "role", "/x/y/", "r");
        assert_eq!((arn.iam_path(), arn.iam_name()), (Some("/x/y/"), Some("r")));
        let plain = Arn::iam(Partition::Aws, account(), "role", "/", "r");
        assert_eq!(plain.iam_path(), Some("/"));
        assert_eq!(Arn::root(Partition::Aws, account()).iam_path(), None);
        let session = Arn::assumed_role(Partition::Aws, account(), "r", "s");
        assert_eq!(session.iam_name(), None);
    }

    #[test]
    fn sessions_and_managed_policies() {
        assert_eq!(
            Arn::assumed_role(Partition::AwsCn, account(), "r", "s").as_str(),
            "arn:aws-cn:sts::123456789012:assumed-role/r/s"
        );
        assert_eq!(
            Arn::federated_user(Partition::Aws, account(), "bob").as_str(),
            "arn:aws:sts::123456789012:federated-user/bob"
        );
        assert_eq!(
            Arn::aws_managed_policy(Partition::Aws, "/job-function/", "Billing").as_str(),
            "arn:aws:iam::aws:policy/job-function/Billing"
        );
        let root = Arn::root(Partition::Aws, account());
        assert_eq!(root.as_str(), "arn:aws:iam::123456789012:root");
        assert_eq!(
            (root.account_id(), root.resource()),
            (Some(account()), "root")
        );
    }
}
