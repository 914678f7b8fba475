//! Conditions by type: operators, keys and values that belong together, and now and then do not.

use serde_json::{Map, Value, json};

use super::text;
use crate::random::Random;
use crate::scenario::{Ask, Held};

/// The types of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Number,
    Date,
    Bool,
    Bytes,
    Address,
    Arn,
}

/// The keys of the generated world, their types, and whether they are multivalued.
pub(super) const KEYS: &[(&str, Type, bool)] = &[
    ("k:s", Type::Text, false),
    ("aws:PrincipalTag/Team", Type::Text, false),
    ("aws:ResourceTag/Team", Type::Text, false),
    ("aws:PrincipalArn", Type::Arn, false),
    ("aws:SourceArn", Type::Arn, false),
    ("aws:username", Type::Text, false),
    ("k:n", Type::Number, false),
    ("aws:CurrentTime", Type::Date, false),
    ("aws:SecureTransport", Type::Bool, false),
    ("k:b", Type::Bytes, false),
    ("aws:SourceIp", Type::Address, false),
    ("aws:TagKeys", Type::Text, true),
    ("k:ns", Type::Number, true),
    ("k:ds", Type::Date, true),
    ("k:ts", Type::Bool, true),
    ("k:bs", Type::Bytes, true),
    ("k:ips", Type::Address, true),
    ("k:arns", Type::Arn, true),
];

impl Type {
    const ALL: [Self; 7] = [
        Self::Text,
        Self::Number,
        Self::Date,
        Self::Bool,
        Self::Bytes,
        Self::Address,
        Self::Arn,
    ];

    fn pool(self) -> &'static [&'static str] {
        match self {
            Self::Text => &[
                "red",
                "Red",
                "blue",
                "re",
                "r*d",
                "*",
                "r?d",
                "bob",
                "red/key",
                "\u{c9}t\u{e9}",
                "${red}",
                "key",
            ],
            Self::Number => &[
                "3",
                "3.0",
                "-1",
                "10",
                "2.5",
                "03",
                "9",
                "-1.50",
                "0",
                "-0",
                "9007199254740993",
                "9007199254740992",
            ],
            Self::Date => &[
                "2026-01-02T03:04:05Z",
                "2026-01-02T05:04:05+02:00",
                "1767323045",
                "2026-01-02",
                "2025-12-31T23:59:59Z",
                "2026-01-02T03:04Z",
                "2026-01-02T03:04:05.5Z",
                "2026-01-01T22:04:05-05:00",
            ],
            Self::Bool => &["true", "false", "True", "FALSE"],
            Self::Bytes => &["aGk=", "aGo=", "AAEC", "AA==", "/+8="],
            Self::Address => &[
                "10.1.2.3",
                "10.1.2.4",
                "192.168.0.1",
                "2001:db8::1",
                "2001:DB8:0::1",
                "2001:db9::1",
                "::ffff:10.1.2.3",
            ],
            Self::Arn => &[
                "arn:aws:iam::111111111111:role/path/app",
                "arn:aws:s3:::bucket/red",
                "arn:aws:iam::111111111111:user/bob",
                "arn:aws:sqs:eu-west-1:222222222222:red",
                "arn:aws:logs:eu-west-1:111111111111:log-group:red:x",
                "arn:aws:s3:::bucket/*",
            ],
        }
    }

    /// What is not of the type, or hardly.
    fn junk(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["", " red", "red "],
            Self::Number => &["three", "1.2.3", "0x10", "--1"],
            Self::Date => &["today", "2026-13-01", "2026-02-30T00:00:00Z"],
            Self::Bool => &["yes", "1"],
            Self::Bytes => &["%%", "aGk"],
            Self::Address => &["10.1.2", "10.1.2.300", "host"],
            Self::Arn => &["arn:aws:s3", "bucket", "*"],
        }
    }

    /// A value for a request.
    pub(super) fn value(self, random: &mut Random) -> String {
        if self == Self::Bytes && random.chance(6) {
            let end = random.pick(&["", "QQ==", "QUE="]);
            return "QUFB".repeat(40 + random.below(100)) + end;
        }
        let list = if random.chance(5) {
            self.junk()
        } else {
            self.pool()
        };
        random.pick(list).to_owned()
    }

    fn operators(self) -> &'static [&'static str] {
        match self {
            Self::Text => &[
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
                "StringLike",
                "StringNotLike",
            ],
            Self::Number => &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            Self::Date => &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            Self::Bool => &["Bool"],
            Self::Bytes => &["BinaryEquals"],
            Self::Address => &["IpAddress", "NotIpAddress"],
            Self::Arn => &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        }
    }
}

/// The value of a `Condition` element.
pub(super) fn element(random: &mut Random, ask: &Ask) -> Value {
    let mut blocks = Map::new();
    let count = if random.chance(70) { 1 } else { 2 };
    for _ in 0..count {
        let (operator, key, values) = one(random, ask);
        let block = blocks.entry(operator).or_insert_with(|| json!({}));
        if let Some(block) = block.as_object_mut() {
            block.insert(key, values);
        }
    }
    Value::Object(blocks)
}

fn one(random: &mut Random, ask: &Ask) -> (String, String, Value) {
    // Each operator as often as any other, and then a key of its type.
    let (typed, operator) = {
        let of = |typed: &Type| {
            let typed = *typed;
            typed.operators().iter().map(move |name| (typed, *name))
        };
        let all: Vec<(Type, &str)> = Type::ALL.iter().flat_map(of).collect();
        all[random.below(all.len())]
    };
    let wants_many = random.chance(50);
    let keys: Vec<_> = KEYS
        .iter()
        // A type that is not the key's now and then: texts are compared as texts whatever they mean.
        .filter(|(_, of, many)| {
            *many == wants_many && (*of == typed || (typed == Type::Text && random.chance(6)))
        })
        .collect();
    let (key, _, many) = *keys[random.below(keys.len())];
    let name = if random.chance(20) {
        text::swap_case(key)
    } else {
        key.to_owned()
    };
    if random.chance(7) {
        let value = random.pick(&["true", "false", "true", "False"]);
        let value = if random.chance(20) {
            json!(value == "true")
        } else {
            json!(value)
        };
        return ("Null".to_owned(), name, value);
    }
    let quantifier = match random.below(100) {
        0..=19 if many => "",
        20..=59 if many => "ForAllValues:",
        _ if many => "ForAnyValue:",
        0..=79 => "",
        80..=89 => "ForAllValues:",
        _ => "ForAnyValue:",
    };
    let exists = if random.chance(30) { "IfExists" } else { "" };
    let count = match random.below(100) {
        0..=54 => 1,
        55..=96 => 2,
        _ => 0,
    };
    let mut values: Vec<Value> = (0..count)
        .map(|_| wanted(random, ask, key, typed, operator))
        .collect();
    let values = match values.pop() {
        Some(one) if values.is_empty() && random.chance(60) => one,
        last => {
            values.extend(last);
            json!(values)
        }
    };
    (format!("{quantifier}{operator}{exists}"), name, values)
}

/// A value that a policy asks for: often what the request has, or nearly.
fn wanted(random: &mut Random, ask: &Ask, key: &str, typed: Type, operator: &str) -> Value {
    let held = match ask.keys.get(key) {
        Some(Held::One(value)) => Some(value.clone()),
        Some(Held::Many(values)) if !values.is_empty() => {
            Some(values[random.below(values.len())].clone())
        }
        _ => None,
    };
    let base = match held {
        Some(value) if random.chance(60) => value,
        _ => random.pick(typed.pool()).to_owned(),
    };
    let text = match typed {
        Type::Text | Type::Arn => textual(random, &base, typed, operator.contains("Like")),
        Type::Address => match random.below(6) {
            0 => format!("{base}/8"),
            1 => format!("{base}/31"),
            2 => format!("{base}/32"),
            3 => random
                .pick(&[
                    "10.0.0.0/8",
                    "2001:db8::/32",
                    "0.0.0.0/0",
                    "::/0",
                    "10.1.2.3/0",
                    "::ffff:10.0.0.0/104",
                    "::ffff:10.0.0.0/90",
                ])
                .to_owned(),
            _ => base,
        },
        // A document with a date that is none is refused.
        Type::Date if Type::Date.junk().contains(&base.as_str()) || base.is_empty() => {
            "2026-01-02".to_owned()
        }
        Type::Bool if random.chance(10) => random
            .pick(&[
                "${aws:SecureTransport}",
                "${k:none}",
                "${k:none, 'true'}",
                "${k:ts}",
            ])
            .to_owned(),
        Type::Bool if random.chance(20) => return json!(base.eq_ignore_ascii_case("true")),
        Type::Number if random.chance(20) => {
            return serde_json::from_str::<serde_json::Number>(&base)
                .map_or(json!(base), Value::Number);
        }
        _ if random.chance(4) && typed != Type::Date => random.pick(typed.junk()).to_owned(),
        _ => base,
    };
    json!(text)
}

/// Texts and ARNs with wildcards and variables.
fn textual(random: &mut Random, base: &str, typed: Type, like: bool) -> String {
    let arn = typed == Type::Arn;
    match random.below(if like || arn { 12 } else { 8 }) {
        0 => text::near(random, base),
        1 => text::swap_case(base),
        2 if !arn => variable(random),
        2 => random
            .pick(&[
                "arn:aws:iam::${aws:PrincipalAccount}:role/path/app",
                "arn:aws:s3:::bucket/${k:s}",
                "arn:aws:iam::*:user/${aws:username}",
                "arn:aws:*:*:${aws:PrincipalAccount}:*",
            ])
            .to_owned(),
        3 if !arn => format!(
            "{}{}",
            base,
            random.pick(&["${*}", "${?}", "${$}", "${k:s}"])
        ),
        4 if !arn => format!("{}/key", variable(random)),
        8 | 9 => text::pattern(random, base),
        10 => "*".to_owned(),
        11 if arn => random
            .pick(&[
                "arn:aws:s3:::*",
                "arn:aws:iam::*:*",
                "arn:*:*:*:*:*",
                "arn:aws:sqs:*",
                "arn:aws:*:::bucket/?ed",
            ])
            .to_owned(),
        _ => base.to_owned(),
    }
}

/// A reference to a key, with a default or without one.
pub(super) fn variable(random: &mut Random) -> String {
    let key = random.pick(&[
        "k:s",
        "k:s",
        "aws:username",
        "aws:PrincipalTag/Team",
        "AWS:principaltag/team",
        "k:none",
        "aws:TagKeys",
        "k:n",
    ]);
    let default = random.pick(&["red", "*", "bob", "company wide", ""]);
    match random.below(10) {
        0..=5 => format!("${{{key}}}"),
        6 | 7 => format!("${{{key}, '{default}'}}"),
        8 => format!("${{{key},'{default}'}}"),
        _ => random.pick(&["${*}", "${?}", "${$}", "${", "$"]).to_owned(),
    }
}
