//! Who calls in a simulation.

use super::entity::EntityArn;
use crate::entity::EntityKind;
use arn::AccountId;
use kernel::world::{self, PrincipalKind};
use policy::{Context, Principal};
use std::sync::Arc;

/// The name of the session in which a simulated role acts.
const SESSION: &str = "simulation";

/// The simulated caller.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) principal: Principal,
    pub(crate) account: AccountId,
    tags: Vec<(String, String)>,
    /// What is not known of it.
    unknown: &'static [&'static str],
}

impl Subject {
    /// A user or role, with all that is known of it. A role acts in a session.
    pub(crate) fn known(principal: &world::Principal) -> Self {
        let account = principal.account;
        let of_engine = match principal.kind {
            PrincipalKind::User => Principal::User {
                arn: Arc::clone(&principal.arn),
                unique_id: Arc::clone(&principal.id),
                account: account.as_str().into(),
            },
            PrincipalKind::Role => session(
                &principal.arn,
                &principal.name,
                Arc::clone(&principal.id),
                account,
            ),
        };
        Self {
            principal: of_engine,
            account,
            tags: principal.tags.clone(),
            unknown: &[],
        }
    }

    /// Whoever has this ARN: nothing else is known. A group stands for its members, whose names are not known.
    pub(crate) fn named(entity: &EntityArn) -> Self {
        let account = entity.account;
        let principal = match entity.kind {
            EntityKind::Role => session(&entity.text, &entity.name, "".into(), account),
            EntityKind::User | EntityKind::Group => user(&entity.text, account),
        };
        let unknown: &[&str] = match entity.kind {
            EntityKind::Group => &["aws:userid", "aws:username", "aws:PrincipalType"],
            EntityKind::User | EntityKind::Role => &["aws:userid"],
        };
        Self {
            principal,
            account,
            tags: Vec::new(),
            unknown,
        }
    }

    /// Somebody of an account. No policy can name it: `$` is in no name.
    pub(crate) fn anybody(account: AccountId) -> Self {
        Self {
            principal: user(&format!("arn:aws:iam::{account}:user/$simulated"), account),
            account,
            tags: Vec::new(),
            unknown: &[
                "aws:PrincipalArn",
                "aws:PrincipalType",
                "aws:userid",
                "aws:username",
            ],
        }
    }

    /// Whether the caller's unique id is known.
    pub(crate) fn is_known(&self) -> bool {
        self.unknown.is_empty()
    }

    /// Sets the condition keys that follow from the caller, as real calls have them.
    pub(crate) fn set_keys(&self, context: &mut Context) {
        self.principal.set_keys(context);
        for (key, value) in &self.tags {
            context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
        }
        for key in self.unknown {
            context.remove(key);
        }
    }
}

fn user(arn: &str, account: AccountId) -> Principal {
    Principal::User {
        arn: arn.into(),
        // Nobody's id.
        unique_id: "".into(),
        account: account.as_str().into(),
    }
}

fn session(role_arn: &str, name: &str, role_id: Arc<str>, account: AccountId) -> Principal {
    let partition = role_arn.split(':').nth(1).unwrap_or("aws");
    Principal::RoleSession {
        session_arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{SESSION}").into(),
        role_arn: role_arn.into(),
        role_id,
        session_name: SESSION.into(),
        account: account.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy::Values;

    fn account() -> AccountId {
        "111122223333".parse().unwrap()
    }

    fn keys(subject: &Subject) -> Vec<String> {
        let mut context = Context::new();
        subject.set_keys(&mut context);
        assert!(
            context
                .iter()
                .all(|(_, values)| !matches!(values, Values::One(value) if value.is_empty()))
        );
        context.iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn what_is_not_known_of_a_caller_is_no_key() {
        let entity = |kind, text: &str| EntityArn {
            kind,
            account: account(),
            name: "n".into(),
            text: text.into(),
        };
        assert_eq!(
            keys(&Subject::anybody(account())),
            ["aws:principalaccount", "aws:principalisawsservice"]
        );
        let user = Subject::named(&entity(
            EntityKind::User,
            "arn:aws:iam::111122223333:user/n",
        ));
        assert_eq!(
            keys(&user),
            [
                "aws:principalaccount",
                "aws:principalarn",
                "aws:principalisawsservice",
                "aws:principaltype",
                "aws:username"
            ]
        );
        let group = Subject::named(&entity(
            EntityKind::Group,
            "arn:aws:iam::111122223333:group/n",
        ));
        assert_eq!(
            keys(&group),
            [
                "aws:principalaccount",
                "aws:principalarn",
                "aws:principalisawsservice"
            ]
        );
        let role = Subject::named(&entity(
            EntityKind::Role,
            "arn:aws:iam::111122223333:role/p/n",
        ));
        assert_eq!(
            role.principal.arn().as_deref(),
            Some("arn:aws:sts::111122223333:assumed-role/n/simulation")
        );
    }
}
