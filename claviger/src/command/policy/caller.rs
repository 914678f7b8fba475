//! The principal of a scenario: an ARN, a service's name, or an object with a type.

use super::members::{Members, Wrong};
use policy::{Context, Principal};
use std::sync::Arc;

/// Identity providers that have no ARN ("Principal", federated principals).
const WEB_PROVIDERS: [&str; 4] = [
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

/// Who makes a request. Ids that a scenario does not tell are empty, which no policy can name.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) principal: Principal,
}

impl Caller {
    /// Reads the JSON of `principal`. `given` are the keys that the scenario has: `aws:PrincipalArn` and `aws:userid`
    /// tell of a session's role and ids what its ARN does not.
    pub(super) fn read(json: &str, action: &str, given: &Context) -> Result<Self, Wrong> {
        let principal = if json.starts_with('"') {
            let text: String = serde_json::from_str(json)
                .map_err(|error| Wrong::Form(format!("principal: {error}")))?;
            named(&text, action, given)?
        } else {
            object(&Members::read(json, "principal")?, action, given)?
        };
        Ok(Self { principal })
    }

    /// The keys that follow from the principal. An id that is not known gives no key.
    pub(super) fn keys(&self) -> Context {
        let mut context = Context::new();
        self.principal.set_keys(&mut context);
        let unknown = match &self.principal {
            Principal::User { unique_id, .. } => unique_id.is_empty(),
            Principal::RoleSession {
                role_id,
                session_name,
                ..
            } => role_id.is_empty() || session_name.is_empty(),
            _ => false,
        };
        if unknown {
            context.remove("aws:userid");
        }
        context
    }
}

fn one(context: &Context, key: &str) -> Option<String> {
    match context.values(key) {
        Some(policy::Values::One(value)) => Some(value.to_string()),
        _ => None,
    }
}

/// `{"type": …}` with what belongs to the type.
fn object(members: &Members<'_>, action: &str, given: &Context) -> Result<Principal, Wrong> {
    members.expect(&[
        "type",
        "arn",
        "name",
        "provider",
        "account",
        "unique_id",
        "role_arn",
        "role_id",
        "user_arn",
        "user_id",
        "source_account",
    ])?;
    let kind: String = members.needed("type")?;
    let text = |name: &str| members.value::<String>(name);
    match kind.to_lowercase().as_str() {
        "anonymous" => Ok(Principal::Anonymous),
        "service" => Ok(Principal::Service {
            name: members.needed::<String>("name")?.into(),
            source_account: text("source_account")?.map(Into::into),
        }),
        "web_identity" => Ok(Principal::WebIdentity {
            provider: members.needed::<String>("provider")?.into(),
        }),
        "saml" => Ok(Principal::Saml {
            provider: members.needed::<String>("provider")?.into(),
        }),
        "root" | "account" => match text("account")? {
            Some(account) => named(&account, action, given),
            None => named(&members.needed::<String>("arn")?, action, given),
        },
        "user" | "role" | "role_session" | "assumed_role" | "federated_user" | "arn" => {
            let mut principal = named(&members.needed::<String>("arn")?, action, given)?;
            add_ids(&mut principal, members)?;
            Ok(principal)
        }
        other => Err(Wrong::Form(format!("principal: unknown type {other:?}"))),
    }
}

/// Sets what an ARN does not tell.
fn add_ids(principal: &mut Principal, members: &Members<'_>) -> Result<(), Wrong> {
    let set = |name: &str, place: &mut Arc<str>| -> Result<(), Wrong> {
        if let Some(text) = members.value::<String>(name)? {
            *place = text.into();
        }
        Ok(())
    };
    match principal {
        Principal::User { unique_id, .. } => set("unique_id", unique_id),
        Principal::RoleSession {
            role_arn, role_id, ..
        } => set("role_arn", role_arn).and_then(|()| set("role_id", role_id)),
        Principal::FederatedUser {
            user_arn, user_id, ..
        } => set("user_arn", user_arn).and_then(|()| set("user_id", user_id)),
        _ => Ok(()),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A principal by one text.
fn named(text: &str, action: &str, given: &Context) -> Result<Principal, Wrong> {
    if is_account(text) {
        return Ok(Principal::Root {
            account: text.into(),
        });
    }
    if text.eq_ignore_ascii_case("anonymous") {
        return Ok(Principal::Anonymous);
    }
    if text.starts_with("arn:") {
        return by_arn(text, given);
    }
    let name = !text.is_empty()
        && !text.contains(|letter: char| letter.is_whitespace() || "*?\"".contains(letter));
    if !name || !text.contains('.') {
        return Err(Wrong::Form(format!(
            "principal: {text:?} is neither an ARN nor a service"
        )));
    }
    let federated = WEB_PROVIDERS.contains(&text)
        || action.eq_ignore_ascii_case("sts:AssumeRoleWithWebIdentity");
    if federated {
        return Ok(Principal::WebIdentity {
            provider: text.into(),
        });
    }
    Ok(Principal::Service {
        name: text.into(),
        source_account: one(given, "aws:SourceAccount").map(Into::into),
    })
}

fn by_arn(text: &str, given: &Context) -> Result<Principal, Wrong> {
    let wrong = || Wrong::Form(format!("principal: {text:?} is no ARN of a principal"));
    let mut parts = text.splitn(6, ':');
    let [_, partition, service, region, account, rest] =
        std::array::from_fn(|_| parts.next().unwrap_or_default());
    if !region.is_empty() || !is_account(account) || text.contains(['*', '?']) {
        return Err(wrong());
    }
    let (kind, name) = rest.split_once('/').unwrap_or((rest, ""));
    let last = name.rsplit('/').next().unwrap_or_default();
    if last.is_empty() && rest != "root" {
        return Err(wrong());
    }
    match (service, kind) {
        ("iam", "root") => Ok(Principal::Root {
            account: account.into(),
        }),
        ("iam", "user") => Ok(Principal::User {
            arn: text.into(),
            unique_id: one(given, "aws:userid").unwrap_or_default().into(),
            account: account.into(),
        }),
        // Somebody has the role; in which session is not told, and no policy can name a session without a name.
        ("iam", "role") => Ok(session(
            text,
            &session_arn(partition, account, last),
            "",
            account,
            given,
        )),
        ("sts", "assumed-role") => {
            let (role, session_name) = name.split_once('/').ok_or_else(wrong)?;
            let plain = format!("arn:{partition}:iam::{account}:role/{role}");
            let role_arn = one(given, "aws:PrincipalArn")
                .filter(|arn| is_role(arn, partition, account, role))
                .unwrap_or(plain);
            Ok(session(&role_arn, text, session_name, account, given))
        }
        ("sts", "federated-user") => Ok(Principal::FederatedUser {
            arn: text.into(),
            user_arn: "".into(),
            user_id: "".into(),
            account: account.into(),
        }),
        ("iam", "saml-provider") => Ok(Principal::Saml {
            provider: text.into(),
        }),
        ("iam", "oidc-provider") => Ok(Principal::WebIdentity {
            provider: text.into(),
        }),
        _ => Err(wrong()),
    }
}

fn session_arn(partition: &str, account: &str, role: &str) -> String {
    format!("arn:{partition}:sts::{account}:assumed-role/{role}/")
}

/// Whether an ARN is that of the session's role, under whatever path.
fn is_role(arn: &str, partition: &str, account: &str, role: &str) -> bool {
    let path = arn.strip_prefix(&format!("arn:{partition}:iam::{account}:role/"));
    path.is_some_and(|path| path.rsplit('/').next() == Some(role) && !path.contains(['*', '?']))
}

fn session(
    role_arn: &str,
    session_arn: &str,
    name: &str,
    account: &str,
    given: &Context,
) -> Principal {
    let id = one(given, "aws:userid").unwrap_or_default();
    Principal::RoleSession {
        session_arn: session_arn.into(),
        role_arn: role_arn.into(),
        role_id: id.split(':').next().unwrap_or_default().into(),
        session_name: name.into(),
        account: account.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Principal, Wrong> {
        let mut given = Context::new();
        given.set(
            "aws:PrincipalArn",
            "arn:aws:iam::111111111111:role/path/app",
        );
        Caller::read(json, "s3:GetObject", &given).map(|caller| caller.principal)
    }

    #[test]
    fn principals_are_told_by_their_form() {
        let is = |json: &str, wanted: fn(&Principal) -> bool| {
            let principal = read(json).unwrap();
            assert!(wanted(&principal), "{json}: {principal:?}");
        };
        is(r#""111111111111""#, |found| {
            matches!(found, Principal::Root { .. })
        });
        is(r#""arn:aws:iam::111111111111:root""#, |found| {
            matches!(found, Principal::Root { .. })
        });
        is(r#""arn:aws:iam::111111111111:user/p/bob""#, |found| {
            matches!(found, Principal::User { .. })
        });
        is(r#""arn:aws:sts::111111111111:federated-user/x""#, |found| {
            matches!(found, Principal::FederatedUser { .. })
        });
        is(r#""ec2.amazonaws.com""#, |found| {
            matches!(found, Principal::Service { .. })
        });
        is(r#""accounts.google.com""#, |found| {
            matches!(found, Principal::WebIdentity { .. })
        });
        is(r#"{"type":"anonymous"}"#, |found| {
            *found == Principal::Anonymous
        });
        is(
            r#""arn:aws:sts::111111111111:assumed-role/app/run""#,
            |found| {
                matches!(found, Principal::RoleSession { role_arn, session_name, .. }
                if &**role_arn == "arn:aws:iam::111111111111:role/path/app" && &**session_name == "run")
            },
        );
        is(
            r#""arn:aws:sts::111111111111:assumed-role/other/run""#,
            |found| {
                matches!(found, Principal::RoleSession { role_arn, .. }
                if &**role_arn == "arn:aws:iam::111111111111:role/other")
            },
        );
    }

    #[test]
    fn what_names_nobody_is_wrong() {
        for json in [
            "1",
            "\"\"",
            "\"*\"",
            "\"bob\"",
            r#""arn:aws:iam::1:user/b""#,
            r#""arn:aws:iam::111111111111:user/*""#,
            r#""arn:aws:iam::111111111111:user/""#,
            r#""arn:aws:s3:::b""#,
            r#"{"type":"nobody"}"#,
            "{}",
            r#""arn:aws:sts::111111111111:assumed-role/app""#,
            r#"{"type":"user","Arn":"x"}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn ids_that_are_not_told_give_no_key() {
        let caller = Caller {
            principal: read(r#""arn:aws:iam::111111111111:user/bob""#).unwrap(),
        };
        assert_eq!(caller.keys().values("aws:userid"), None);
        assert!(caller.keys().values("aws:username").is_some());
    }
}
