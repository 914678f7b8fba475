//! Walks all of an account's identities through the API, and finds what does not fit together.

use super::caller::{Answer, Caller};
use std::collections::{BTreeMap, BTreeSet};

type Names = BTreeSet<String>;

/// Every relation that the API shows from both ends is the same from both, and the
/// account's counts are those of its lists. Gives the request ids of the calls.
pub(crate) fn check(caller: &mut Caller) -> Vec<String> {
    let mut walk = Walk {
        caller,
        request_ids: Vec::new(),
    };
    let users = walk.all("ListUsers", &[], "UserName");
    let groups = walk.all("ListGroups", &[], "GroupName");
    let roles = walk.all("ListRoles", &[], "RoleName");
    let (mut of_users, mut of_groups) = (BTreeSet::new(), BTreeSet::new());
    let mut attached = BTreeSet::new();
    for user in &users {
        let fields = [("UserName", user.as_str())];
        let member_of = walk.all("ListGroupsForUser", &fields, "GroupName");
        of_users.extend(member_of.into_iter().map(|group| (group, user.clone())));
        let policies = walk.all("ListAttachedUserPolicies", &fields, "PolicyArn");
        attached.extend(
            policies
                .into_iter()
                .map(|policy| (policy, "user", user.clone())),
        );
    }
    for group in &groups {
        let fields = [("GroupName", group.as_str())];
        let members = walk.all("GetGroup", &fields, "UserName");
        of_groups.extend(members.into_iter().map(|user| (group.clone(), user)));
        let policies = walk.all("ListAttachedGroupPolicies", &fields, "PolicyArn");
        attached.extend(
            policies
                .into_iter()
                .map(|policy| (policy, "group", group.clone())),
        );
    }
    for role in &roles {
        let policies = walk.all(
            "ListAttachedRolePolicies",
            &[("RoleName", role)],
            "PolicyArn",
        );
        attached.extend(
            policies
                .into_iter()
                .map(|policy| (policy, "role", role.clone())),
        );
    }
    assert_eq!(
        of_users, of_groups,
        "members of groups and groups of users differ"
    );
    let policies = walk.policies();
    let mut indexed = BTreeSet::new();
    for (arn, count) in &policies {
        let answers = walk.pages("ListEntitiesForPolicy", &[("PolicyArn", arn)]);
        let before = indexed.len();
        for (kind, element) in [
            ("user", "UserName"),
            ("group", "GroupName"),
            ("role", "RoleName"),
        ] {
            let names = answers.iter().flat_map(|answer| answer.values(element));
            indexed.extend(names.map(|name| (arn.clone(), kind, name)));
        }
        assert_eq!(indexed.len() - before, *count, "AttachmentCount of {arn}");
    }
    assert_eq!(
        attached, indexed,
        "policies of identities and identities of policies differ"
    );
    let counts = [
        ("Users", users.len()),
        ("Groups", groups.len()),
        ("Roles", roles.len()),
        ("Policies", policies.len()),
    ];
    walk.summary(&counts);
    walk.request_ids
}

struct Walk<'a> {
    caller: &'a mut Caller,
    request_ids: Vec<String>,
}

impl Walk<'_> {
    /// All pages of a list.
    fn pages(&mut self, action: &str, fields: &[(&str, &str)]) -> Vec<Answer> {
        let mut answers: Vec<Answer> = Vec::new();
        loop {
            let marker = answers.last().and_then(|answer| answer.value("Marker"));
            let mut fields = fields.to_vec();
            fields.push(("MaxItems", "100"));
            fields.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let answer = self.caller.call(action, &fields).unwrap();
            assert_eq!(answer.status, 200, "{action}: {}", answer.body);
            self.request_ids.push(answer.request_id.clone());
            let more = answer.value("IsTruncated").as_deref() == Some("true");
            answers.push(answer);
            if !more {
                return answers;
            }
        }
    }

    fn all(&mut self, action: &str, fields: &[(&str, &str)], element: &str) -> Names {
        let answers = self.pages(action, fields);
        let values: Vec<_> = answers
            .iter()
            .flat_map(|answer| answer.values(element))
            .collect();
        let names: Names = values.iter().cloned().collect();
        assert_eq!(
            names.len(),
            values.len(),
            "{action} lists something twice: {values:?}"
        );
        names
    }

    /// The account's own policies with their `AttachmentCount`.
    fn policies(&mut self) -> BTreeMap<String, usize> {
        let answers = self.pages("ListPolicies", &[("Scope", "Local")]);
        let arns = answers.iter().flat_map(|answer| answer.values("Arn"));
        let counts = answers
            .iter()
            .flat_map(|answer| answer.values("AttachmentCount"));
        arns.zip(counts.map(|count| count.parse().unwrap()))
            .collect()
    }

    fn summary(&mut self, counts: &[(&str, usize)]) {
        let answer = self.caller.call("GetAccountSummary", &[]).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.request_ids.push(answer.request_id.clone());
        let summary: BTreeMap<_, _> = answer
            .values("key")
            .into_iter()
            .zip(answer.values("value"))
            .collect();
        for (name, count) in counts {
            assert_eq!(
                summary.get(*name),
                Some(&count.to_string()),
                "{name} of GetAccountSummary"
            );
        }
    }
}
