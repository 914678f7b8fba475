//! Callers, and the ways to name them.

use policy::Principal;
use serde_json::{Value, json};

use crate::random::Random;

pub(super) const HERE: &str = "111111111111";
pub(super) const THERE: &str = "222222222222";

/// Any caller; those of an account are of [`HERE`].
pub(super) fn any(random: &mut Random) -> Principal {
    match random.below(100) {
        0..=26 => user(random),
        27..=56 => session(random),
        57..=71 => federated(random),
        72..=78 => Principal::Root {
            account: HERE.into(),
        },
        79..=84 => Principal::Anonymous,
        85..=91 => Principal::Service {
            name: random
                .pick(&["sns.amazonaws.com", "ec2.amazonaws.com"])
                .into(),
            source_account: random.chance(50).then(|| HERE.into()),
        },
        _ => bearer(random),
    }
}

/// Whoever assumes a role without keys, or anybody.
pub(super) fn any_for_trust(random: &mut Random) -> Principal {
    if random.chance(15) {
        bearer(random)
    } else {
        any(random)
    }
}

fn bearer(random: &mut Random) -> Principal {
    if random.chance(50) {
        Principal::WebIdentity {
            provider: random
                .pick(&[
                    "accounts.google.com",
                    "arn:aws:iam::111111111111:oidc-provider/issuer.example",
                ])
                .into(),
        }
    } else {
        Principal::Saml {
            provider: "arn:aws:iam::111111111111:saml-provider/corp".into(),
        }
    }
}

fn user(random: &mut Random) -> Principal {
    let (name, id) = if random.chance(85) {
        ("bob", "AIDABBBBBBBBBBBBBBBB")
    } else {
        ("Bob", "AIDACCCCCCCCCCCCCCCC")
    };
    Principal::User {
        arn: format!("arn:aws:iam::{HERE}:user/{name}").into(),
        unique_id: id.into(),
        account: HERE.into(),
    }
}

fn session(random: &mut Random) -> Principal {
    let name = random.pick(&["run", "run", "bob"]);
    Principal::RoleSession {
        session_arn: format!("arn:aws:sts::{HERE}:assumed-role/app/{name}").into(),
        role_arn: format!("arn:aws:iam::{HERE}:role/path/app").into(),
        role_id: "AROAAAAAAAAAAAAAAAAA".into(),
        session_name: name.into(),
        account: HERE.into(),
    }
}

fn federated(random: &mut Random) -> Principal {
    let name = random.pick(&["guest", "guest", "bob"]);
    Principal::FederatedUser {
        arn: format!("arn:aws:sts::{HERE}:federated-user/{name}").into(),
        user_arn: format!("arn:aws:iam::{HERE}:user/bob").into(),
        user_id: "AIDABBBBBBBBBBBBBBBB".into(),
        account: HERE.into(),
    }
}

/// The names of a caller by type, of every form that policies know.
fn names(caller: &Principal) -> Vec<(&'static str, String)> {
    let aws = |text: &str| ("AWS", text.to_owned());
    let account = [aws(HERE), aws(&format!("arn:aws:iam::{HERE}:root"))];
    let mut names = match caller {
        Principal::Anonymous => vec![aws("*")],
        Principal::Root { .. } => vec![],
        Principal::User { arn, unique_id, .. } => vec![aws(arn), aws(arn), aws(unique_id)],
        Principal::RoleSession {
            session_arn,
            role_arn,
            role_id,
            ..
        } => {
            vec![
                aws(session_arn),
                aws(session_arn),
                aws(role_arn),
                aws(role_arn),
                aws(role_arn),
                aws(role_id),
            ]
        }
        Principal::FederatedUser {
            arn,
            user_arn,
            user_id,
            ..
        } => {
            vec![aws(arn), aws(arn), aws(user_arn), aws(user_id)]
        }
        Principal::Service { name, .. } => vec![("Service", name.to_string())],
        Principal::WebIdentity { provider } | Principal::Saml { provider } => {
            vec![
                ("Federated", provider.to_string()),
                ("Federated", "*".to_owned()),
            ]
        }
    };
    if caller.account().is_some() {
        names.extend(account);
    }
    names.push(aws("*"));
    names
}

/// Names of others, some of them nearly the caller's.
const OTHERS: [(&str, &str); 14] = [
    ("AWS", THERE),
    ("AWS", "arn:aws:iam::222222222222:root"),
    ("AWS", "arn:aws:iam::111111111111:user/bo"),
    ("AWS", "arn:aws:iam::222222222222:user/bob"),
    ("AWS", "arn:aws:iam::111111111111:role/app"),
    ("AWS", "arn:aws:sts::111111111111:assumed-role/app/run2"),
    ("AWS", "arn:aws:sts::111111111111:assumed-role/path/app"),
    ("AWS", "arn:aws:sts::111111111111:federated-user/Guest"),
    ("AWS", "AIDADDDDDDDDDDDDDDDD"),
    ("AWS", "arn:aws:iam::111111111111:user/BOB"),
    ("Service", "lambda.amazonaws.com"),
    ("Federated", "www.amazon.com"),
    (
        "CanonicalUser",
        "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
    ),
    ("AWS", "arn:aws:iam::111111111111:user/bob"),
];

/// The value of a `Principal` element that names the caller, or nearly.
pub(super) fn element(random: &mut Random, caller: &Principal, hit: bool) -> Value {
    if hit && random.chance(22) {
        return json!("*");
    }
    let mut listed: Vec<(&str, String)> = Vec::new();
    if hit {
        let names = names(caller);
        listed.push(names[random.below(names.len())].clone());
        if random.chance(10) {
            listed.push(names[random.below(names.len())].clone());
        }
    }
    if !hit || random.chance(25) {
        let (kind, name) = OTHERS[random.below(OTHERS.len())];
        let at = random.below(listed.len() + 1);
        listed.insert(at, (kind, name.to_owned()));
    }
    by_type(listed)
}

/// The value of a `NotPrincipal` element that leaves out the caller, or nearly.
pub(super) fn excepted(random: &mut Random, caller: &Principal) -> Value {
    let mut listed = names(caller);
    listed.pop();
    if random.chance(10) {
        listed.push(("AWS", "*".to_owned()));
    }
    let keep = if random.chance(50) { 100 } else { 60 };
    listed.retain(|_| random.chance(keep));
    if listed.is_empty() || random.chance(20) {
        let (kind, name) = OTHERS[random.below(OTHERS.len())];
        listed.push((kind, name.to_owned()));
    }
    by_type(listed)
}

fn by_type(listed: Vec<(&str, String)>) -> Value {
    let mut value = json!({});
    for (kind, name) in listed {
        match value.get_mut(kind) {
            None => value[kind] = json!(name),
            Some(Value::Array(list)) => list.push(json!(name)),
            Some(one) => *one = json!([one.clone(), name]),
        }
    }
    value
}
