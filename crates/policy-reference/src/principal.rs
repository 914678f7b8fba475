//! Whom a `Principal` element names ("AWS JSON policy elements: Principal", "… NotPrincipal").

use policy::{Principal, PrincipalElement, PrincipalKind, Principals};

use crate::answer::Answer;

/// How a policy names a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// `*`
    Everyone,
    /// The caller's account, by number or by its root's ARN.
    Account,
    /// An IAM user.
    User,
    /// The role of a session.
    Role,
    /// The session of a role.
    Session,
    /// The session of a federated user.
    FederatedUser,
    /// The IAM user who asked for the session of a federated user.
    FederatingUser,
    /// A service.
    Service,
    /// An identity provider.
    Provider,
}

/// The forms in which a list names a caller, and whether it has names that nobody can tell.
pub(crate) struct Named {
    pub(crate) forms: Vec<Form>,
    pub(crate) unsure: bool,
}

pub(crate) fn named(who: &Principals, caller: &Principal) -> Named {
    let mut found = Named {
        forms: Vec::new(),
        unsure: false,
    };
    let lists = match who {
        Principals::Everyone => {
            found.forms.push(Form::Everyone);
            return found;
        }
        Principals::Listed(lists) => lists,
    };
    // Whoever comes with a token has no AWS identity yet: whether a star of a type covers them is not said.
    let bearer = matches!(
        caller,
        Principal::WebIdentity { .. } | Principal::Saml { .. }
    );
    for (kind, texts) in lists {
        for text in &texts.values {
            let text = text.value.as_str();
            match kind {
                PrincipalKind::Aws | PrincipalKind::Federated if text == "*" && bearer => {
                    found.unsure = true
                }
                PrincipalKind::Aws => found.forms.extend(aws(text, caller)),
                PrincipalKind::Service => {
                    if matches!(caller, Principal::Service { name, .. } if **name == *text) {
                        found.forms.push(Form::Service);
                    }
                }
                PrincipalKind::Federated => {
                    if let Principal::WebIdentity { provider } | Principal::Saml { provider } =
                        caller
                        && **provider == *text
                    {
                        found.forms.push(Form::Provider);
                    }
                }
                // An identifier that only S3 knows, of an account or of a distribution of CloudFront.
                PrincipalKind::CanonicalUser => found.unsure = true,
            }
        }
    }
    found
}

fn aws(text: &str, caller: &Principal) -> Option<Form> {
    if text == "*" {
        return Some(Form::Everyone);
    }
    let is_account = |account: &str| {
        let fields: Vec<&str> = text.split(':').collect();
        text == account
            || matches!(fields.as_slice(), ["arn", _, "iam", "", of, "root"] if *of == account)
    };
    if caller.account().is_some_and(is_account) {
        return Some(Form::Account);
    }
    let is = |names: [&str; 2], form| names.contains(&text).then_some(form);
    match caller {
        Principal::User { arn, unique_id, .. } => is([arn, unique_id], Form::User),
        Principal::RoleSession {
            session_arn,
            role_arn,
            role_id,
            session_name,
            ..
        } => {
            // Trust policies store the ARN of a session as the id of its role and its name.
            let stored = format!("{role_id}:{session_name}");
            is([role_arn, role_id], Form::Role)
                .or_else(|| is([session_arn, &stored], Form::Session))
        }
        Principal::FederatedUser {
            arn,
            user_arn,
            user_id,
            ..
        } => is([user_arn, user_id], Form::FederatingUser)
            .or_else(|| is([arn, arn], Form::FederatedUser)),
        _ => None,
    }
}

/// Whether the element is about the caller.
pub(crate) fn applies(
    element: &PrincipalElement,
    caller: &Principal,
    has_boundary: bool,
) -> Answer {
    let Named { forms, unsure } = named(&element.who, caller);
    if !element.negated {
        return match (forms.is_empty(), unsure) {
            (false, _) => Answer::Yes,
            (true, true) => Answer::Unsure,
            (true, false) => Answer::No,
        };
    }
    // "Don't use NotPrincipal with Deny for principals that have a permissions boundary: it always denies them."
    if has_boundary {
        return Answer::Yes;
    }
    if forms.contains(&Form::Everyone) {
        return Answer::No;
    }
    // Whoever is to be left out must be listed with the account, and a session with its role or user too.
    let needed: &[Form] = match caller {
        Principal::Anonymous => return Answer::Yes,
        Principal::Root { .. } => &[Form::Account],
        Principal::User { .. } => &[Form::Account, Form::User],
        Principal::RoleSession { .. } => &[Form::Account, Form::Role, Form::Session],
        Principal::FederatedUser { .. } => {
            &[Form::Account, Form::FederatingUser, Form::FederatedUser]
        }
        Principal::Service { .. } => &[Form::Service],
        Principal::WebIdentity { .. } | Principal::Saml { .. } => &[Form::Provider],
    };
    Answer::of(!needed.iter().all(|form| forms.contains(form)))
}
