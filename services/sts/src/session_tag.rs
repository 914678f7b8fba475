//! Session tags: the rules for tags of a request, and what a chain of roles hands on
//! ("Passing session tags in AWS STS", IAM User Guide).

use crate::StsError;
use crate::api::types::Tag;
use kernel::session::Session;
use std::collections::HashSet;

/// Session tags of a session, handed on ones included ("IAM and AWS STS quotas").
const MAX_TAGS: usize = 50;

const DUPLICATE: &str = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
const RESERVED: &str = "Tag keys and values that start with aws: are reserved for system use.";
const NOT_REQUESTED: &str =
    "The specified transitive tag key must be included in the requested tags.";
const INHERITED: &str = "One of the specified transitive tag keys can't be set because it conflicts with a transitive \
     tag key from the calling session.";

/// The tags of a new session.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionTags {
    /// Tags that the calling session hands on.
    pub(crate) inherited: Vec<(String, String)>,
    /// Tags of the request.
    pub(crate) requested: Vec<(String, String)>,
    /// Keys of the request's tags that the new session hands on.
    pub(crate) transitive: Vec<String>,
}

impl SessionTags {
    /// Checks the tags of a request of `session`, where the caller has one.
    ///
    /// # Errors
    /// `InvalidParameterValue` for keys that repeat (ignoring case), are reserved or
    /// cannot be transitive, for a tag that the calling session hands on and that
    /// nobody down the chain may change, and for too many.
    pub(crate) fn checked(
        session: Option<&Session>,
        tags: Option<&Vec<Tag>>,
        transitive: Option<&Vec<String>>,
    ) -> Result<Self, StsError> {
        let invalid = |text: &str| Err(StsError::InvalidParameterValue(text.to_owned()));
        let inherited = session.map(inherited).unwrap_or_default();
        let handed_on: HashSet<String> = inherited
            .iter()
            .map(|(key, _)| key.to_lowercase())
            .collect();
        let mut seen = HashSet::new();
        let mut requested = Vec::new();
        for tag in tags.into_iter().flatten() {
            let key = tag.key.to_lowercase();
            if key.starts_with("aws:") || tag.value.to_lowercase().starts_with("aws:") {
                return invalid(RESERVED);
            }
            if handed_on.contains(&key) {
                return invalid(INHERITED);
            }
            if !seen.insert(key) {
                return invalid(DUPLICATE);
            }
            requested.push((tag.key.clone(), tag.value.clone()));
        }
        let transitive = transitive.cloned().unwrap_or_default();
        if !transitive
            .iter()
            .all(|key| seen.contains(&key.to_lowercase()))
        {
            return invalid(NOT_REQUESTED);
        }
        if inherited.len() + requested.len() > MAX_TAGS {
            return invalid(
                "The number of session tags, those of the calling session included, exceeds the limit of 50.",
            );
        }
        Ok(Self {
            inherited,
            requested,
            transitive,
        })
    }

    /// The session needs `sts:TagSession`: it is tagged, by the request or by the chain.
    pub(crate) fn is_tagged(&self) -> bool {
        !self.inherited.is_empty() || !self.requested.is_empty()
    }

    /// The request's tags, for plans.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.requested
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// All tags and the keys of those that the new session hands on.
    pub(crate) fn into_session(self) -> (Vec<(String, String)>, Vec<String>) {
        let mut transitive: Vec<String> =
            self.inherited.iter().map(|(key, _)| key.clone()).collect();
        transitive.extend(self.transitive);
        let mut tags = self.inherited;
        tags.extend(self.requested);
        (tags, transitive)
    }
}

/// The tags that a session hands on when it assumes a role.
fn inherited(session: &Session) -> Vec<(String, String)> {
    let transitive: HashSet<String> = session
        .transitive
        .iter()
        .map(|key| key.to_lowercase())
        .collect();
    session
        .tags
        .iter()
        .filter(|(key, _)| transitive.contains(&key.to_lowercase()))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::session::SessionKind;

    fn session(tags: &[(&str, &str)], transitive: &[&str]) -> Session {
        Session {
            kind: SessionKind::Root,
            account: "111122223333".parse().unwrap(),
            access_key_id: "ASIAEXAMPLE".into(),
            issued: jiff::Timestamp::UNIX_EPOCH,
            expires: jiff::Timestamp::UNIX_EPOCH,
            policy: None,
            managed: Vec::new(),
            tags: tags
                .iter()
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect(),
            transitive: transitive.iter().map(|key| (*key).to_owned()).collect(),
            source_identity: None,
            mfa: None,
            federated_provider: None,
        }
    }

    fn checked(
        caller: Option<&Session>,
        tags: &[(&str, &str)],
        transitive: &[&str],
    ) -> Result<SessionTags, String> {
        let tags = tags
            .iter()
            .map(|(key, value)| Tag {
                key: (*key).into(),
                value: (*value).into(),
            })
            .collect();
        let transitive = transitive.iter().map(|key| (*key).to_owned()).collect();
        SessionTags::checked(caller, Some(&tags), Some(&transitive))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn transitive_tags_are_handed_on_and_others_are_not() {
        let caller = session(&[("Team", "red"), ("Stage", "test")], &["TEAM"]);
        let tags = checked(Some(&caller), &[("Cost", "1"), ("Unit", "2")], &["cost"]).unwrap();
        assert!(tags.is_tagged());
        let (tags, transitive) = tags.into_session();
        assert_eq!(
            tags,
            [("Team", "red"), ("Cost", "1"), ("Unit", "2")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
        assert_eq!(transitive, ["Team", "cost"]);
        // And on: the new session is the caller of the next.
        let next = session(
            &[("Team", "red"), ("Cost", "1"), ("Unit", "2")],
            &["Team", "cost"],
        );
        let (tags, _) = checked(Some(&next), &[], &[]).unwrap().into_session();
        assert_eq!(
            tags,
            [("Team", "red"), ("Cost", "1")].map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
    }

    #[test]
    fn nobody_down_the_chain_changes_a_transitive_tag() {
        let caller = session(&[("Team", "red")], &["Team"]);
        assert_eq!(
            checked(Some(&caller), &[("tEAM", "red")], &[]),
            Err(INHERITED.to_owned())
        );
        // Nor drops it by naming it without a value.
        assert_eq!(
            checked(Some(&caller), &[], &["Team"]),
            Err(NOT_REQUESTED.to_owned())
        );
        let caller = session(&[("Team", "red")], &[]);
        assert!(checked(Some(&caller), &[("Team", "blue")], &[]).is_ok());
    }

    #[test]
    fn keys_ignore_case_beyond_ascii_too() {
        assert_eq!(
            checked(None, &[("Team", "1"), ("team", "2")], &[]),
            Err(DUPLICATE.to_owned())
        );
        assert_eq!(
            checked(None, &[("\u{c4}", "1"), ("\u{e4}", "2")], &[]),
            Err(DUPLICATE.to_owned())
        );
        assert_eq!(
            checked(None, &[("AWS:x", "1")], &[]),
            Err(RESERVED.to_owned())
        );
    }

    #[test]
    fn inherited_tags_count() {
        let keys: Vec<String> = (0..50).map(|number| format!("key{number}")).collect();
        let tags: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "x")).collect();
        assert!(checked(None, &tags, &[]).is_ok());
        let transitive: Vec<&str> = keys.iter().map(String::as_str).collect();
        let caller = session(&tags, &transitive);
        assert!(checked(Some(&caller), &[], &[]).is_ok());
        assert!(checked(Some(&caller), &[("one-more", "x")], &[]).is_err());
    }

    #[test]
    fn no_tags_are_no_tags() {
        assert_eq!(
            SessionTags::checked(None, None, None).unwrap(),
            SessionTags::default()
        );
        assert!(!SessionTags::default().is_tagged());
    }
}
