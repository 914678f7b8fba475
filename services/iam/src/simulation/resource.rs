//! The resource's side of a simulation: its policy, its owner, and what the catalog calls it.

use super::input;
use super::source::Source;
use crate::IamError;
use arn::AccountId;
use policy::{DocumentKind, ResourceRule};
use std::collections::HashMap;

/// Actions that a role's trust policy must allow ("How to use trust policies with IAM roles").
const TRUST_ACTIONS: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

/// Whether a role's trust policy decides on an action.
pub(crate) fn is_trust(action: &str) -> bool {
    TRUST_ACTIONS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(action))
}

/// The policies of the resources.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    /// `ResourcePolicy`, read as the policy of a resource.
    given: Option<Source>,
    /// `ResourcePolicy`, read as a trust policy.
    given_trust: Option<Source>,
    /// Trust policies of roles of this server, by the roles' ARNs.
    pub(crate) trusts: HashMap<String, Source>,
}

impl Policies {
    /// Reads `ResourcePolicy` in the ways that the actions need.
    ///
    /// # Errors
    /// `InvalidInput` where it is not what one of the actions needs.
    pub(crate) fn read(text: Option<&str>, actions: &[String]) -> Result<Self, IamError> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let needed = |trust, kind| {
            let any = actions.iter().any(|action| is_trust(action) == trust);
            any.then(|| input::resource_policy(text, kind)).transpose()
        };
        Ok(Self {
            given: needed(false, DocumentKind::Resource)?,
            given_trust: needed(true, DocumentKind::Trust)?,
            trusts: HashMap::new(),
        })
    }

    /// How many statements the policy of a resource has at most.
    pub(crate) fn statements(&self) -> usize {
        let given = self.given.iter().chain(&self.given_trust);
        let sources = given.chain(self.trusts.values());
        sources
            .map(|source| source.policy.len())
            .max()
            .unwrap_or_default()
    }

    /// The policy of a resource, and how it takes part for an action.
    pub(crate) fn of(&self, action: &str, resource: &str) -> (Option<&Source>, ResourceRule) {
        if action.eq_ignore_ascii_case("sts:GetCallerIdentity") {
            return (None, ResourceRule::Exempt);
        }
        if is_trust(action) {
            let own = self.given_trust.as_ref();
            return match own.or_else(|| self.trusts.get(resource)) {
                Some(source) => (Some(source), ResourceRule::Trust),
                None => (None, ResourceRule::Standard),
            };
        }
        let is_key = resource.split(':').nth(2) == Some("kms") && resource.contains(":key/");
        match &self.given {
            Some(source) if is_key => (Some(source), ResourceRule::KmsKey { granted: false }),
            given => (given.as_ref(), ResourceRule::Standard),
        }
    }
}

/// The account that an ARN names.
pub(crate) fn account(resource: &str) -> Option<AccountId> {
    AccountId::parse(resource.split(':').nth(4)?).ok()
}

/// Whether the action knows types of resources. Of one that AWS does not list nothing is known: it is asked for what
/// the request says.
pub(crate) fn has_types(action: &str) -> bool {
    catalog::action(action).is_none_or(catalog::Action::has_resource_types)
}

/// `EvalResourceName` of an action: the one resource that it is simulated on, or the form of the ARNs of its
/// resources, or `*`.
pub(crate) fn name(action: &str, resources: &[String]) -> String {
    if let [one] = resources {
        return one.clone();
    }
    let types = catalog::action(action).map_or(&[][..], |action| action.resource_types);
    let first = types.iter().find(|used| used.required).or(types.first());
    first.map_or_else(
        || "*".to_owned(),
        |used| used.resource_type.arn_pattern.to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}"#;
    const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#;

    #[test]
    fn a_resource_policy_is_read_as_its_actions_need_it() {
        let read = |text: &str, actions: &[&str]| {
            let actions: Vec<String> = actions.iter().map(|action| (*action).into()).collect();
            Policies::read(Some(text), &actions)
        };
        let bucket = read(BUCKET, &["s3:GetObject"]).unwrap();
        assert!(bucket.of("s3:GetObject", "arn:aws:s3:::b").0.is_some());
        assert_eq!(
            bucket
                .of("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k")
                .1,
            ResourceRule::KmsKey { granted: false }
        );
        let role = read(TRUST, &["STS:assumerole"]).unwrap();
        assert_eq!(
            role.of("STS:assumerole", "arn:aws:iam::111122223333:role/r")
                .1,
            ResourceRule::Trust
        );
        assert!(read(TRUST, &["s3:GetObject"]).is_err());
        assert!(read(BUCKET, &["s3:GetObject", "sts:AssumeRole"]).is_err());
        assert_eq!(
            bucket.of("sts:GetCallerIdentity", "*").1,
            ResourceRule::Exempt
        );
    }

    #[test]
    fn names_are_the_forms_of_arns() {
        let one = ["arn:aws:s3:::b/k".to_owned()];
        assert_eq!(name("s3:GetObject", &one), one[0]);
        assert_eq!(
            name("iam:GetUser", &[]),
            "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}"
        );
        assert_eq!(name("iam:GetAccountSummary", &[]), "*");
        assert_eq!(name("nothing:Known", &[]), "*");
        assert!(has_types("iam:GetUser") && has_types("nothing:Known"));
        assert!(!has_types("iam:GetAccountSummary"));
    }

    #[test]
    fn the_account_of_an_arn_is_its_fifth_part() {
        let of = |arn: &str| account(arn).map(|account| account.to_string());
        assert_eq!(
            of("arn:aws:iam::111122223333:role/a:b").as_deref(),
            Some("111122223333")
        );
        assert_eq!(of("arn:aws:s3:::bucket"), None);
        assert_eq!(of("arn:aws:iam::aws:policy/x"), None);
    }
}
