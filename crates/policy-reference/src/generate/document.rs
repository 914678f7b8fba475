//! Documents around a request.

use policy::DocumentKind;
use serde_json::{Map, Value, json};
use std::sync::Arc;

use super::{caller, condition, text};
use crate::random::Random;
use crate::scenario::{Ask, Doc};

/// A document of a kind that is about the request, or nearly. Now and then it is lost.
pub(super) fn one(random: &mut Random, ask: &Ask, kind: DocumentKind) -> Arc<Doc> {
    if random.chance(1) {
        return lost(kind);
    }
    let count = match random.below(10) {
        0..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    let mut statements: Vec<Value> = (0..count).map(|_| statement(random, ask, kind)).collect();
    if random.chance(8) {
        // Long policies are looked up, not read through.
        for _ in 0..6 + random.below(24) {
            let at = random.below(statements.len() + 1);
            statements.insert(at, filler(random, ask, kind));
        }
    }
    let mut document = Map::new();
    // Without a version, and in the old one, variables are plain text.
    match random.below(100) {
        0..=89 => drop(document.insert("Version".into(), json!("2012-10-17"))),
        90..=95 => drop(document.insert("Version".into(), json!("2008-10-17"))),
        _ => {}
    }
    let value = match statements.pop() {
        Some(only) if statements.is_empty() && random.chance(50) => only,
        last => {
            statements.extend(last);
            json!(statements)
        }
    };
    document.insert("Statement".into(), value);
    Doc::new(Value::Object(document), kind).unwrap_or_else(|_| lost(kind))
}

/// A document for a ceiling: one like the others, or one that allows nothing of what is asked.
pub(super) fn ceiling(random: &mut Random, ask: &Ask, kind: DocumentKind) -> Arc<Doc> {
    if random.chance(75) {
        return one(random, ask, kind);
    }
    plain(kind, "glacier:*", None)
}

/// A document with one Allow without conditions.
pub(super) fn plain(kind: DocumentKind, action: &str, principal: Option<Value>) -> Arc<Doc> {
    let mut statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    if let Some(principal) = principal {
        statement["Principal"] = principal;
    }
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    Doc::new(document, kind).unwrap_or_else(|_| lost(kind))
}

/// The document that allows everybody everything.
pub(super) fn full(kind: DocumentKind) -> Arc<Doc> {
    plain(kind, "*", kind.has_principal().then(|| json!("*")))
}

fn lost(kind: DocumentKind) -> Arc<Doc> {
    match Doc::new(json!("lost"), kind) {
        Ok(doc) => doc,
        Err(_) => lost(kind),
    }
}

fn statement(random: &mut Random, ask: &Ask, kind: DocumentKind) -> Value {
    let trust = kind == DocumentKind::Trust;
    let deny = random.chance(14);
    let hit = if deny { 75 } else { 91 };
    let mut statement = json!({"Effect": if deny { "Deny" } else { "Allow" }});
    let negated = random.chance(12);
    let hits = random.chance(hit) != negated;
    let name = if negated { "NotAction" } else { "Action" };
    statement[name] = some(random, hits, |random, hit| {
        action(random, &ask.action, hit, kind)
    });
    if !trust {
        let negated = random.chance(12);
        let hits = random.chance(hit) != negated;
        let name = if negated { "NotResource" } else { "Resource" };
        statement[name] = some(random, hits, |random, hit| resource(random, ask, hit));
    }
    if kind.has_principal() {
        let may_except = !matches!(kind, DocumentKind::Trust | DocumentKind::ResourceControl);
        if deny && may_except && random.chance(40) {
            statement["NotPrincipal"] = caller::excepted(random, &ask.principal);
        } else {
            let hit = random.chance(hit);
            statement["Principal"] = caller::element(random, &ask.principal, hit);
        }
    }
    if random.chance(50) {
        statement["Condition"] = condition::element(random, ask);
    }
    statement
}

/// A statement as long policies have many: about other actions for the most part.
fn filler(random: &mut Random, ask: &Ask, kind: DocumentKind) -> Value {
    let effect = if random.chance(90) { "Allow" } else { "Deny" };
    let mut statement = json!({"Effect": effect});
    let hits = random.chance(12);
    statement["Action"] = some(random, hits, |random, hit| {
        const OTHERS: [&str; 6] = [
            "s3:Get*",
            "S3:List*",
            "sqs:*",
            "iam:GetUserPolicy",
            "iam:Get?ser",
            "*:Describe*",
        ];
        // So many that some of them share what the engine tells services apart by.
        const SERVICES: [&str; 44] = [
            "acm",
            "amplify",
            "apigateway",
            "appmesh",
            "athena",
            "backup",
            "batch",
            "budgets",
            "cloudformation",
            "cloudfront",
            "cloudtrail",
            "cloudwatch",
            "codebuild",
            "cognito-idp",
            "config",
            "connect",
            "datasync",
            "dax",
            "detective",
            "dms",
            "ds",
            "eks",
            "elasticache",
            "elasticfilesystem",
            "events",
            "execute-api",
            "firehose",
            "fsx",
            "glue",
            "guardduty",
            "inspector",
            "iot",
            "kafka",
            "kinesis",
            "lambda",
            "macie2",
            "mq",
            "organizations",
            "ram",
            "rds",
            "redshift",
            "route53",
            "sagemaker",
            "states",
        ];
        if !hit && kind != DocumentKind::Trust {
            match random.below(10) {
                0..=2 => return random.pick(&OTHERS).to_owned(),
                3..=5 => return format!("{}:Get*", random.pick(&SERVICES)),
                _ => {}
            }
        }
        action(random, &ask.action, hit, kind)
    });
    if kind != DocumentKind::Trust {
        let hit = random.chance(60);
        statement["Resource"] = json!(resource(random, ask, hit));
    }
    if kind.has_principal() {
        let hit = random.chance(50);
        statement["Principal"] = caller::element(random, &ask.principal, hit);
    }
    statement
}

/// A text or a list of texts of which at least one hits, or none.
fn some(random: &mut Random, hit: bool, make: impl Fn(&mut Random, bool) -> String) -> Value {
    let first = make(random, hit);
    if random.chance(65) {
        return json!(first);
    }
    let mut list = vec![first];
    for _ in 0..random.below(3) {
        let at = random.below(list.len() + 1);
        let miss = make(random, false);
        list.insert(at, miss);
    }
    json!(list)
}

fn action(random: &mut Random, action: &str, hit: bool, kind: DocumentKind) -> String {
    let (service, name) = action.split_once(':').unwrap_or(("s3", action));
    if kind == DocumentKind::Trust {
        return match (hit, random.below(4)) {
            (true, 0) => format!("sts:{}", text::swap_case("AssumeRole*")),
            (true, 1) => "sts:*".to_owned(),
            (true, _) => action.to_owned(),
            (false, 0) => "sts:GetSessionToken".to_owned(),
            (false, 1) => "sts:AssumeRole?".to_owned(),
            (false, 2) => "sts:?".to_owned(),
            (false, _) => "sts:SetSourceIdentity".to_owned(),
        };
    }
    let control = matches!(
        kind,
        DocumentKind::ServiceControl | DocumentKind::ResourceControl
    );
    match (hit, random.below(10)) {
        (true, 0) => "*".to_owned(),
        (true, 1) => format!("{service}:*"),
        (true, 2 | 3) => format!("{service}:{}", text::pattern(random, name)),
        (true, 4) => text::swap_case(action),
        (true, 5) if control => format!("{}:{name}", text::pattern(random, service)),
        (true, 5) => format!("*:{name}"),
        (true, _) => action.to_owned(),
        (false, 0) => format!("{service}: {name}"),
        (false, 1) => "glacier:*".to_owned(),
        (false, 2) => format!("{service}:{name}?"),
        (false, 3) => format!("{service}:Put*"),
        (false, 4) => format!("{service}:"),
        (false, 5) => format!("{service}:{name},"),
        (false, 6 | 7) => format!("{service}:{}*", text::near(random, name).replace(':', "")),
        (false, _) => format!("{service}:{}", text::near(random, name).replace(':', "")),
    }
}

fn resource(random: &mut Random, ask: &Ask, hit: bool) -> String {
    let parts: Vec<&str> = ask.resource.splitn(6, ':').collect();
    let [_, partition, service, region, account, last] = parts.as_slice() else {
        return if hit {
            "*".to_owned()
        } else {
            "arn:aws:s3:::bucket/*".to_owned()
        };
    };
    let head = format!("arn:{partition}:{service}:{region}:{account}");
    if !hit {
        return match random.below(6) {
            0 => format!("arn:{partition}:sns:{region}:{account}:{last}"),
            1 => format!(
                "arn:{partition}:{service}:{region}:{THREE}:{last}",
                THREE = "333333333333"
            ),
            2 => format!("arn:aws-cn:{service}:{region}:{account}:{last}"),
            3 => text::swap_case(last).replace(':', "") + ":x",
            _ => format!("{head}:{}", text::near(random, last)),
        };
    }
    match random.below(14) {
        0..=2 => "*".to_owned(),
        3 => format!("{head}:*"),
        4 | 5 => format!("{head}:{}", text::pattern(random, last)),
        6 | 7 => format!("{head}:{}", with_variable(random, ask, last)),
        8 => format!("arn:aws:{service}:*"),
        9 => format!("arn:*:{service}:*:*:{last}"),
        10 => format!(
            "arn:{partition}:{service}:*:{}:{last}",
            text::pattern(random, account)
        ),
        11 => format!("arn:{partition}:{service}:{region}:${{aws:PrincipalAccount}}:{last}"),
        _ => ask.resource.clone(),
    }
}

/// The last part of an ARN with a variable in place of one of its words, the right one where the request has it.
fn with_variable(random: &mut Random, ask: &Ask, last: &str) -> String {
    let words: Vec<&str> = last.split('/').collect();
    let at = random.below(words.len());
    let fitting = ask.keys.0.iter().find_map(|(key, held)| match held {
        crate::scenario::Held::One(value) if value == words[at] => Some(format!("${{{key}}}")),
        _ => None,
    });
    let variable = match fitting {
        Some(variable) if random.chance(70) => variable,
        _ if words[at] == "*" && random.chance(50) => "${*}".to_owned(),
        _ if random.chance(40) => format!("${{k:none, '{}'}}", words[at]),
        _ => condition::variable(random),
    };
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words[at] = variable;
    let path = words.join("/");
    if random.chance(20) {
        format!("{path}*")
    } else {
        path
    }
}
