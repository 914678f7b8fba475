//! Whether a `Principal` or `NotPrincipal` element names the caller, and how closely
//! ("AWS JSON policy elements: Principal", "… NotPrincipal").

use crate::document::{PrincipalElement, PrincipalKind, Principals};
use crate::glob::Glob;
use crate::principal::{Named, Principal};
use crate::truth::Truth;

/// How closely a resource's policy names the caller; what else is needed for an allow depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// By the account: the account may delegate, nobody is allowed by it alone.
    Account,
    /// By the role behind a session, or the user behind a federated session: boundary and session policy still limit.
    Behind,
    /// By the very principal that makes the request, or `*`: no implicit deny of boundary or session policy counts.
    Direct,
}

/// A compiled `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone)]
pub(crate) struct PrincipalMatcher {
    negated: bool,
    entries: Box<[Entry]>,
}

#[derive(Debug, Clone)]
enum Entry {
    Everyone,
    Aws(Named),
    /// An AWS principal with wildcards, which AWS does not have: counts against the caller only.
    AwsPattern(Glob),
    Service(Box<str>),
    Federated(Box<str>),
    /// Names somebody, but not in a way that can be checked here.
    Unclear,
}

impl PrincipalMatcher {
    pub(crate) fn compile(element: &PrincipalElement) -> Self {
        let entries = match &element.who {
            Principals::Everyone => vec![Entry::Everyone],
            Principals::Listed(lists) => lists
                .iter()
                .flat_map(|(kind, texts)| {
                    texts
                        .values
                        .iter()
                        .map(|text| Entry::compile(*kind, &text.value))
                })
                .collect(),
        };
        Self {
            negated: element.negated,
            entries: entries.into(),
        }
    }

    pub(crate) fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether the element names the caller, and how closely. `has_boundary`: the caller has a permissions boundary,
    /// and then no `NotPrincipal` exempts it.
    pub(crate) fn names(
        &self,
        principal: &Principal,
        has_boundary: bool,
    ) -> (Truth, Option<Grant>) {
        if self.negated {
            let exempt = !has_boundary && self.lists_fully(principal);
            // Nothing is granted by not being listed.
            return ((!exempt).into(), None);
        }
        let mut truth = Truth::No;
        let mut closest = None;
        for entry in &self.entries {
            match entry.names(principal) {
                (Truth::Yes, grant) => {
                    truth = Truth::Yes;
                    closest = closest.max(grant);
                }
                (Truth::Doubt, _) if truth == Truth::No => truth = Truth::Doubt,
                _ => {}
            }
        }
        (truth, closest)
    }

    /// Whether a list exempts the caller: everything that the caller is must be listed, its account too.
    fn lists_fully(&self, principal: &Principal) -> bool {
        let lists = |grant: Grant| {
            self.entries
                .iter()
                .any(|entry| entry.names(principal) == (Truth::Yes, Some(grant)))
        };
        // A star exempts those whom it names for certain.
        let exempts = |entry: &Entry| {
            matches!(entry, Entry::Everyone | Entry::Aws(Named::Everyone))
                && entry.names(principal).0 == Truth::Yes
        };
        if self.entries.iter().any(exempts) {
            return true;
        }
        match principal {
            Principal::Anonymous => false,
            Principal::Root { .. } => lists(Grant::Account),
            Principal::User { .. } => lists(Grant::Account) && lists(Grant::Direct),
            Principal::RoleSession { .. } | Principal::FederatedUser { .. } => {
                lists(Grant::Account) && lists(Grant::Behind) && lists(Grant::Direct)
            }
            Principal::Service { .. } | Principal::WebIdentity { .. } | Principal::Saml { .. } => {
                lists(Grant::Direct)
            }
        }
    }
}

impl Entry {
    fn compile(kind: PrincipalKind, value: &str) -> Self {
        match (kind, value) {
            (PrincipalKind::Aws, _) => match Named::read(value) {
                Named::Unknown(text) if text.contains(['*', '?']) => {
                    Self::AwsPattern(Glob::compile(&text))
                }
                named => Self::Aws(named),
            },
            (PrincipalKind::CanonicalUser, _) | (_, "*") => Self::Unclear,
            (PrincipalKind::Service, _) => Self::Service(value.into()),
            (PrincipalKind::Federated, _) => Self::Federated(value.into()),
        }
    }

    fn names(&self, principal: &Principal) -> (Truth, Option<Grant>) {
        let grant = match (self, principal) {
            (Self::Everyone, _) => Some(Grant::Direct),
            (Self::Unclear, _) => return (Truth::Doubt, None),
            // "AWS": "*" says nothing certain about those who have no AWS identity yet.
            (
                Self::Aws(Named::Everyone),
                Principal::WebIdentity { .. } | Principal::Saml { .. },
            ) => return (Truth::Doubt, None),
            (Self::Aws(Named::Everyone), _) => Some(Grant::Direct),
            (Self::Aws(Named::Account(account)), _) => {
                (principal.account() == Some(account)).then_some(Grant::Account)
            }
            (Self::Aws(Named::Id(id)), _) => named_by_id(id, principal),
            (Self::Aws(Named::Session { role_id: id, name }), caller) => match caller {
                Principal::RoleSession {
                    role_id,
                    session_name,
                    ..
                } => (**role_id == **id && **session_name == **name).then_some(Grant::Direct),
                _ => None,
            },
            (Self::Aws(Named::Arn(arn)), _) => named_by_arn(|own| own == &**arn, principal),
            (Self::AwsPattern(glob), _) => {
                let hit = named_by_arn(|own| glob.matches(own), principal).is_some();
                return (if hit { Truth::Doubt } else { Truth::No }, None);
            }
            (Self::Service(name), Principal::Service { name: own, .. }) => {
                (**name == **own).then_some(Grant::Direct)
            }
            (
                Self::Federated(name),
                Principal::WebIdentity { provider } | Principal::Saml { provider },
            ) => (**name == **provider).then_some(Grant::Direct),
            (Self::Aws(Named::Unknown(_)) | Self::Service(_) | Self::Federated(_), _) => None,
        };
        (grant.is_some().into(), grant)
    }
}

fn named_by_id(id: &str, principal: &Principal) -> Option<Grant> {
    match principal {
        Principal::User { unique_id, .. } => (**unique_id == *id).then_some(Grant::Direct),
        Principal::RoleSession { role_id, .. } => (**role_id == *id).then_some(Grant::Behind),
        Principal::FederatedUser { user_id, .. } => (**user_id == *id).then_some(Grant::Behind),
        _ => None,
    }
}

fn named_by_arn(is: impl Fn(&str) -> bool, principal: &Principal) -> Option<Grant> {
    let (own, behind) = match principal {
        Principal::User { arn, .. } => (arn, None),
        Principal::RoleSession {
            session_arn,
            role_arn,
            ..
        } => (session_arn, Some(role_arn)),
        Principal::FederatedUser { arn, user_arn, .. } => (arn, Some(user_arn)),
        _ => return None,
    };
    if is(own) {
        return Some(Grant::Direct);
    }
    behind.is_some_and(|arn| is(arn)).then_some(Grant::Behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DocumentKind, parse};

    fn matcher(principal: &str) -> PrincipalMatcher {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny",{principal},"Action":"s3:*","Resource":"*"}}}}"#
        );
        let document = parse(&text, DocumentKind::Resource).unwrap();
        PrincipalMatcher::compile(document.statements()[0].principal.as_ref().unwrap())
    }

    fn user() -> Principal {
        Principal::User {
            arn: "arn:aws:iam::111111111111:user/x/bob".into(),
            unique_id: "AIDABBBBBBBBBBBBBBBB".into(),
            account: "111111111111".into(),
        }
    }

    fn session() -> Principal {
        Principal::RoleSession {
            session_arn: "arn:aws:sts::111111111111:assumed-role/r/s".into(),
            role_arn: "arn:aws:iam::111111111111:role/p/r".into(),
            role_id: "AROARRRRRRRRRRRRRRRR".into(),
            session_name: "s".into(),
            account: "111111111111".into(),
        }
    }

    #[test]
    fn how_closely_an_element_names_the_caller() {
        let yes = |grant| (Truth::Yes, Some(grant));
        let none = (Truth::No, None);
        for (element, for_user, for_session) in [
            (r#""Principal":"*""#, yes(Grant::Direct), yes(Grant::Direct)),
            (
                r#""Principal":{"AWS":"*"}"#,
                yes(Grant::Direct),
                yes(Grant::Direct),
            ),
            (
                r#""Principal":{"AWS":"111111111111"}"#,
                yes(Grant::Account),
                yes(Grant::Account),
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111111111111:root"}"#,
                yes(Grant::Account),
                yes(Grant::Account),
            ),
            (r#""Principal":{"AWS":"222222222222"}"#, none, none),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111111111111:user/x/bob"}"#,
                yes(Grant::Direct),
                none,
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111111111111:user/x/Bob"}"#,
                none,
                none,
            ),
            (
                r#""Principal":{"AWS":"AIDABBBBBBBBBBBBBBBB"}"#,
                yes(Grant::Direct),
                none,
            ),
            (
                r#""Principal":{"AWS":"AROARRRRRRRRRRRRRRRR"}"#,
                none,
                yes(Grant::Behind),
            ),
            (
                r#""Principal":{"AWS":"arn:aws:iam::111111111111:role/p/r"}"#,
                none,
                yes(Grant::Behind),
            ),
            (
                r#""Principal":{"AWS":["111111111111","arn:aws:sts::111111111111:assumed-role/r/s"]}"#,
                yes(Grant::Account),
                yes(Grant::Direct),
            ),
            (r#""Principal":{"Service":"ec2.amazonaws.com"}"#, none, none),
        ] {
            assert_eq!(
                matcher(element).names(&user(), false),
                for_user,
                "{element}"
            );
            assert_eq!(
                matcher(element).names(&session(), false),
                for_session,
                "{element}"
            );
        }
    }

    #[test]
    fn a_session_by_the_id_of_its_role_is_that_session_only() {
        let session_of = |role_id: &str, name: &str| Principal::RoleSession {
            session_arn: format!("arn:aws:sts::111111111111:assumed-role/r/{name}").into(),
            role_arn: "arn:aws:iam::111111111111:role/p/r".into(),
            role_id: role_id.into(),
            session_name: name.into(),
            account: "111111111111".into(),
        };
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"AROARRRRRRRRRRRRRRRR:sess"},"Action":"sts:AssumeRole"}}"#;
        let document = parse(text, DocumentKind::Trust).unwrap();
        let named = PrincipalMatcher::compile(document.statements()[0].principal.as_ref().unwrap());
        assert_eq!(
            named.names(&session_of("AROARRRRRRRRRRRRRRRR", "sess"), false),
            (Truth::Yes, Some(Grant::Direct))
        );
        for other in [
            session_of("AROARRRRRRRRRRRRRRRR", "Sess"),
            session_of("AROARRRRRRRRRRRRRRRR", "sess2"),
            session_of("AROASSSSSSSSSSSSSSSS", "sess"),
            user(),
            Principal::Root {
                account: "111111111111".into(),
            },
            Principal::Anonymous,
        ] {
            assert_eq!(named.names(&other, false), (Truth::No, None), "{other:?}");
        }
    }

    #[test]
    fn a_form_that_names_nobody_names_nobody() {
        let strange = Principal::User {
            arn: "arn:aws:iam::111111111111:group/bob".into(),
            unique_id: "AIDABBBBBBBBBBBBBBBB".into(),
            account: "111111111111".into(),
        };
        let entry = Entry::compile(PrincipalKind::Aws, "arn:aws:iam::111111111111:group/bob");
        assert_eq!(entry.names(&strange), (Truth::No, None));
        let entry = Entry::compile(PrincipalKind::Aws, "arn:aws:iam::111111111111:gr?up/*");
        assert_eq!(entry.names(&strange), (Truth::Doubt, None));
        assert_eq!(entry.names(&user()), (Truth::No, None));
    }

    #[test]
    fn not_principal_exempts_only_who_is_listed_in_full() {
        let denies = |list: &str, principal: &Principal, boundary| {
            matcher(&format!(r#""NotPrincipal":{{"AWS":[{list}]}}"#))
                .names(principal, boundary)
                .0
        };
        let user_and_account = r#""arn:aws:iam::111111111111:user/x/bob","111111111111""#;
        assert_eq!(denies(user_and_account, &user(), false), Truth::No);
        assert_eq!(denies(user_and_account, &user(), true), Truth::Yes);
        assert_eq!(denies(user_and_account, &session(), false), Truth::Yes);
        assert_eq!(denies(r#""111111111111""#, &user(), false), Truth::Yes);
        let all = r#""111111111111","arn:aws:iam::111111111111:role/p/r","arn:aws:sts::111111111111:assumed-role/r/s""#;
        assert_eq!(denies(all, &session(), false), Truth::No);
        assert_eq!(denies(all, &Principal::Anonymous, false), Truth::Yes);
    }
}
