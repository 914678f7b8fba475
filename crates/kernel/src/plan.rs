//! What a call needs to be allowed: the actions, the resources and the condition
//! keys that the service authorization reference names for it.

use arn::AccountId;
use policy::{Policy, ResourceRule};
use std::borrow::Cow;
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
    pub fn request_tags<'t>(mut self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut names = Vec::new();
        for (key, value) in tags {
            names.push(key.to_owned());
            self = self.key(format!("aws:RequestTag/{key}"), value);
        }
        self.tag_keys(names)
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
    pub fn resource_tags<'t>(mut self, tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let service = self.action.split(':').next().unwrap_or_default();
        for (key, value) in tags {
            self = self.key(format!("aws:ResourceTag/{key}"), value);
            if service == "iam" {
                self = self.key(format!("iam:ResourceTag/{key}"), value);
            }
        }
        self
    }

    /// The resource's own policy, and how it takes part in the decision.
    #[must_use]
    pub fn resource_policy(mut self, policy: Arc<Policy>, rule: ResourceRule) -> Self {
        self.resource_policy = Some(policy);
        self.rule = rule;
        self
    }
}
