//! What a call needs to be allowed: the actions, the resources and the condition
//! keys that the service authorization reference names for it.

use arn::AccountId;
use policy::{Policy, ResourceRule};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that must be allowed before an operation may run.
#[derive(Debug)]
pub struct Plan {
    pub(crate) checks: Vec<Check>,
    pub(crate) exempt: bool,
}

impl Plan {
    /// One action on one resource.
    #[must_use]
    pub fn new(check: Check) -> Self {
        Self {
            checks: vec![check],
            exempt: false,
        }
    }

    /// Each of the checks must be allowed.
    #[must_use]
    pub fn all(checks: Vec<Check>) -> Self {
        Self {
            checks,
            exempt: false,
        }
    }

    /// AWS allows the call to whoever is authenticated, whatever the policies say.
    /// `GetCallerIdentity` is such a call ("GetCallerIdentity", STS API Reference).
    #[must_use]
    pub fn authenticated() -> Self {
        Self {
            checks: Vec::new(),
            exempt: true,
        }
    }

    /// One more check that must be allowed too.
    #[must_use]
    pub fn and(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }
}

/// One action on one resource, with the condition keys of the request.
#[derive(Debug)]
pub struct Check {
    pub(crate) action: &'static str,
    pub(crate) resource: Cow<'static, str>,
    pub(crate) resource_account: Option<AccountId>,
    pub(crate) concerns: Option<AccountId>,
    pub(crate) keys: Vec<(Cow<'static, str>, KeyValue)>,
    pub(crate) resource_policy: Option<Arc<Policy>>,
    pub(crate) rule: ResourceRule,
}

/// The value of a condition key.
#[derive(Debug, Clone)]
pub(crate) enum KeyValue {
    One(String),
    Many(Vec<String>),
}

impl Check {
    /// `action` (`iam:CreateUser`) on `resource` (an ARN, or `*` where the action has no resource type).
    #[must_use]
    pub fn new(action: &'static str, resource: impl Into<Cow<'static, str>>) -> Self {
        Self {
            action,
            resource: resource.into(),
            resource_account: None,
            concerns: None,
            keys: Vec::new(),
            resource_policy: None,
            rule: ResourceRule::Standard,
        }
    }

    /// The account that owns the resource, where it is not the caller's.
    #[must_use]
    pub fn owned_by(mut self, account: AccountId) -> Self {
        self.resource_account = Some(account);
        self
    }

    /// Another account whose trail shows the call, although the decision does not cross to it.
    #[must_use]
    pub fn also_concerns(mut self, account: AccountId) -> Self {
        self.concerns = Some(account);
        self
    }

    /// A single-valued condition key. The last value given counts.
    #[must_use]
    pub fn key(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.keys.push((name.into(), KeyValue::One(value.into())));
        self
    }

    /// A single-valued condition key, absent where there is no value.
    #[must_use]
    pub fn optional_key(
        self,
        name: impl Into<Cow<'static, str>>,
        value: Option<impl Into<String>>,
    ) -> Self {
        match value {
            Some(value) => self.key(name, value),
            None => self,
        }
    }

    /// A multivalued condition key.
    #[must_use]
    pub fn keys(mut self, name: impl Into<Cow<'static, str>>, values: Vec<String>) -> Self {
        self.keys.push((name.into(), KeyValue::Many(values)));
        self
    }

    /// `aws:RequestTag/...` and `aws:TagKeys` from the tags of a request.
    #[must_use]
    pub fn request_tags<'t>(self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let tags: Vec<_> = tags.into_iter().collect();
        let names = tags.iter().map(|(key, _)| (*key).to_owned()).collect();
        self.pairs("aws:RequestTag/", tags).tag_keys(names)
    }

    /// One condition key for each pair, whose names clients choose, after a prefix. Names of condition
    /// keys ignore letter case: pairs that differ in nothing else are one key with several values, and
    /// no operator for a single value is certain of it, whichever of them a client meant to be seen.
    #[must_use]
    pub fn pairs<'t>(
        mut self,
        prefix: &str,
        pairs: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Self {
        let mut pairs = pairs.into_iter().peekable();
        let Some(first) = pairs.next() else {
            return self;
        };
        if pairs.peek().is_none() {
            return self.key([prefix, first.0].concat(), first.1);
        }
        let mut named: BTreeMap<String, (&str, Vec<&str>)> = BTreeMap::new();
        for (name, value) in [first].into_iter().chain(pairs) {
            let known = named.entry(name.to_lowercase());
            known.or_insert((name, Vec::new())).1.push(value);
        }
        for (name, values) in named.into_values() {
            let name = [prefix, name].concat();
            self = match values.as_slice() {
                [value] => self.key(name, *value),
                _ => self.keys(name, values.into_iter().map(ToOwned::to_owned).collect()),
            };
        }
        self
    }

    /// `aws:TagKeys` from the keys of an untag request.
    #[must_use]
    pub fn tag_keys(self, names: Vec<String>) -> Self {
        if names.is_empty() {
            self
        } else {
            self.keys("aws:TagKeys", names)
        }
    }

    /// `aws:ResourceTag/...`, and the service's own spelling (`iam:ResourceTag/...`).
    #[must_use]
    pub fn resource_tags<'t>(self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let tags: Vec<_> = tags.into_iter().collect();
        let own = self.action.starts_with("iam:");
        let check = self.pairs("aws:ResourceTag/", tags.iter().copied());
        if own {
            check.pairs("iam:ResourceTag/", tags)
        } else {
            check
        }
    }

    /// The resource's own policy, and how it takes part in the decision.
    #[must_use]
    pub fn resource_policy(mut self, policy: Arc<Policy>, rule: ResourceRule) -> Self {
        self.resource_policy = Some(policy);
        self.rule = rule;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_only_are_one_key_of_several_values() {
        let pairs = [("Dept", "HR"), ("team", "a"), ("dept", "IT")];
        let check = Check::new("kms:Encrypt", "*").pairs("kms:EncryptionContext:", pairs);
        let [(dept, KeyValue::Many(values)), (team, KeyValue::One(value))] = check.keys.as_slice()
        else {
            panic!("{:?}", check.keys);
        };
        assert_eq!(
            (&**dept, &**team),
            ("kms:EncryptionContext:Dept", "kms:EncryptionContext:team")
        );
        assert_eq!(
            (values.as_slice(), value.as_str()),
            (["HR".to_owned(), "IT".to_owned()].as_slice(), "a")
        );
    }
}
