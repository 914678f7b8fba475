//! Requests.

use policy::{Context, Principal, ResourceRule, Values};

use super::caller::{self, HERE, THERE};
use super::condition::{KEYS, Type};
use super::text;
use crate::random::Random;
use crate::scenario::{Ask, Held, Keys};

/// Actions with a resource of theirs; the last ones have no resource types.
const ACTIONS: [(&str, &str); 9] = [
    ("s3:GetObject", "arn:aws:s3:::bucket/team/red/key"),
    ("s3:PutObject", "arn:aws:s3:::bucket/home/bob"),
    ("s3:GetObject", "arn:aws:s3:::bucket/*/key"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:red"),
    (
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-west-1:111111111111:table/red",
    ),
    ("iam:GetUser", "arn:aws:iam::111111111111:user/bob"),
    (
        "logs:PutLogEvents",
        "arn:aws:logs:eu-west-1:111111111111:log-group:red:log-stream:bob",
    ),
    ("ec2:DescribeInstances", "*"),
    ("s3:ListAllMyBuckets", "*"),
];

pub(super) fn ask(random: &mut Random, rule: ResourceRule) -> Ask {
    let (action, resource) = match rule {
        ResourceRule::Trust => (
            random.pick(&[
                "sts:AssumeRole",
                "sts:AssumeRole",
                "sts:TagSession",
                "sts:AssumeRoleWithWebIdentity",
            ]),
            "arn:aws:iam::111111111111:role/target",
        ),
        ResourceRule::KmsKey { .. } => (
            random.pick(&["kms:Decrypt", "kms:Encrypt"]),
            "arn:aws:kms:eu-west-1:111111111111:key/red",
        ),
        _ => ACTIONS[random.below(ACTIONS.len())],
    };
    let principal = match rule {
        ResourceRule::Trust => caller::any_for_trust(random),
        _ => caller::any(random),
    };
    let keys = keys(random, &principal);
    Ask {
        principal,
        action: action.to_owned(),
        resource: resource.to_owned(),
        resource_account: owner(random),
        resource_level: resource != "*",
        keys,
    }
}

fn owner(random: &mut Random) -> Option<String> {
    match random.below(100) {
        0..=9 => None,
        10..=29 => Some(THERE.to_owned()),
        _ => Some(HERE.to_owned()),
    }
}

fn keys(random: &mut Random, principal: &Principal) -> Keys {
    let mut keys = Keys::default();
    if random.chance(92) {
        principal_keys(principal, &mut keys);
    }
    for (key, typed, many) in KEYS {
        if random.chance(60) && keys.get(key).is_none() {
            keys.set(key, held(random, *typed, *many));
        }
    }
    keys
}

fn principal_keys(principal: &Principal, keys: &mut Keys) {
    let mut context = Context::new();
    principal.set_keys(&mut context);
    for (key, values) in context.iter() {
        if let Values::One(value) = values {
            keys.set(key, Held::One(value.to_string()));
        }
    }
}

/// A value for a key: mostly of its type, now and then empty, of the wrong number, or not of its type.
fn held(random: &mut Random, typed: Type, many: bool) -> Held {
    let many = if random.chance(6) { !many } else { many };
    if !many {
        return Held::One(if random.chance(11) {
            String::new()
        } else {
            typed.value(random)
        });
    }
    let count = match random.below(100) {
        0..=23 => 0,
        24..=49 => 1,
        50..=84 => 2,
        _ => 3,
    };
    let value = |random: &mut Random| {
        if random.chance(6) {
            String::new()
        } else {
            typed.value(random)
        }
    };
    Held::Many((0..count).map(|_| value(random)).collect())
}

/// Changes one thing about a request.
pub(super) fn change(random: &mut Random, ask: &mut Ask) {
    match random.below(20) {
        0 => {
            ask.action = if random.chance(50) {
                text::swap_case(&ask.action)
            } else {
                text::near(random, &ask.action)
            };
        }
        1 | 2 => ask.resource = text::near(random, &ask.resource),
        3 => ask.resource = ACTIONS[random.below(ACTIONS.len())].1.to_owned(),
        4 if random.chance(20) => ask.action.push_str(&"Object".repeat(25)),
        4 => ask.resource_level = !ask.resource_level,
        5 | 6 => ask.resource_account = owner(random),
        7 | 8 if ask.principal.account().is_some() => {
            let other = caller::any(random);
            if other.account().is_some() {
                ask.principal = other;
                principal_keys(&ask.principal, &mut ask.keys);
            }
        }
        _ => {
            let (key, typed, many) = KEYS[random.below(KEYS.len())];
            if random.chance(35) {
                ask.keys.remove(key);
            } else {
                let held = held(random, typed, many);
                let name = if random.chance(30) {
                    text::swap_case(key)
                } else {
                    key.to_owned()
                };
                ask.keys.set(&name, held);
            }
        }
    }
}
