//! `MissingContextValues`: the condition keys that a simulation lacks and that could change its answer.

use super::source::Source;
use policy::{
    Context, Decision, DocumentKind, Effect, Explanation, Layers, Outcome, Policy, PolicyTrace,
    Principal, Reason, Request, Statement, StatementTrace, Texts, Verdict, explain,
};

/// The keys, as policies write them, sorted and without repetitions. `source` finds the policy of a trace, and none
/// for the policies of an organization, of whose keys AWS tells nothing.
pub(crate) fn keys<'s>(
    explanation: &Explanation,
    request: &Request<'_>,
    source: impl Fn(&PolicyTrace) -> Option<&'s Source>,
) -> Vec<String> {
    let statements: Vec<_> = explanation
        .policies
        .iter()
        .filter_map(|policy| Some((policy, source(policy)?)))
        .flat_map(|(policy, source)| policy.statements.iter().map(move |trace| (source, trace)))
        .filter_map(|(source, trace)| Asked::read(source, trace, request))
        .collect();
    // Whether a statement has its effect whatever the absent keys are.
    let certain = |effect| {
        statements
            .iter()
            .any(|asked| asked.effect == effect && asked.counts && asked.absent.is_empty())
    };
    let certain = Certain {
        allow: certain(Effect::Allow),
        deny: certain(Effect::Deny),
    };
    let mut keys: Vec<String> = statements
        .iter()
        .filter(|asked| asked.matters(explanation.decision, certain))
        .flat_map(|asked| asked.absent.iter().cloned())
        .collect();
    keys.sort_by_key(|key| key.to_lowercase());
    keys.dedup_by_key(|key| key.to_lowercase());
    keys
}

/// What holds whatever the absent keys are.
#[derive(Clone, Copy)]
struct Certain {
    allow: bool,
    deny: bool,
}

/// A statement that is about the request, or would be with other keys.
struct Asked {
    effect: Effect,
    counts: bool,
    /// The keys that it refers to and the request lacks.
    absent: Vec<String>,
}

impl Asked {
    fn read(source: &Source, trace: &StatementTrace, request: &Request<'_>) -> Option<Self> {
        let document = &source.written.document;
        let statement = document.statements().get(trace.index)?;
        let lacks = |key: &String| request.context.values(key).is_none();
        let mut absent = statement.context_keys(document.has_variables());
        absent.retain(lacks);
        let counts = trace.counts();
        if !counts && (absent.is_empty() || !could_match(statement, trace, request)) {
            return None;
        }
        Some(Self {
            effect: trace.effect,
            counts,
            absent,
        })
    }

    /// Whether the statement's keys could change the decision.
    fn matters(&self, decision: Decision, certain: Certain) -> bool {
        match (decision.effect, self.effect, self.counts) {
            (Verdict::ExplicitDeny, Effect::Deny, true) => !certain.deny,
            (Verdict::ExplicitDeny, ..) => false,
            (Verdict::Allow, Effect::Deny, _) => true,
            (Verdict::Allow, Effect::Allow, counts) => counts && !certain.allow,
            (Verdict::ImplicitDeny, _, counts) => !counts,
        }
    }
}

/// Whether a statement that does not match could with other values of the absent keys.
fn could_match(statement: &Statement, trace: &StatementTrace, request: &Request<'_>) -> bool {
    trace.outcome == Outcome::NotMatched
        && trace.reasons.iter().all(|reason| match reason {
            Reason::Action | Reason::Principal | Reason::PrincipalUnclear => false,
            Reason::Resource => statement
                .resource
                .as_ref()
                .is_some_and(|texts| could_be(texts, request)),
            Reason::Condition {
                operator,
                key,
                missing,
            } => *missing || has_absent_variable(statement, operator, key, request.context),
            _ => true,
        })
}

/// Whether the value of a condition has a variable that the request lacks.
fn has_absent_variable(
    statement: &Statement,
    operator: &str,
    key: &str,
    context: &Context,
) -> bool {
    let blocks = statement.conditions.iter().flatten();
    blocks
        .filter(|block| block.operator.value == operator)
        .flat_map(|block| &block.keys)
        .filter(|candidate| candidate.name.value == key)
        .flat_map(policy::ConditionKey::variable_keys)
        .any(|key| context.values(&key).is_none())
}

/// Whether a `Resource` whose variables the request lacks names the resource for some values of them: each variable
/// is taken as a wildcard.
fn could_be(texts: &Texts, request: &Request<'_>) -> bool {
    let absent = texts
        .variable_keys()
        .iter()
        .any(|key| request.context.values(key).is_none());
    if !absent || texts.negated {
        return absent;
    }
    let patterns: Vec<String> = texts
        .values
        .iter()
        .map(|text| widened(&text.value))
        .collect();
    let text = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Action": "*", "Resource": patterns },
    })
    .to_string();
    let Ok(policy) = Policy::parse_and_compile(&text, DocumentKind::Inline, "widened") else {
        return true;
    };
    let request = Request {
        principal: &Principal::Anonymous,
        ..*request
    };
    let layers = Layers {
        identity: &[&policy],
        ..Layers::default()
    };
    explain(&request, &layers).matched().next().is_some()
}

/// The text with a wildcard in place of each variable.
fn widened(text: &str) -> String {
    let mut wide = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once("${") {
        wide.push_str(before);
        match opened.split_once('}') {
            Some((_, after)) => {
                wide.push('*');
                rest = after;
            }
            None => {
                wide.push_str("${");
                rest = opened;
            }
        }
    }
    wide + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::PolicySourceType;

    /// What is missing for `s3:GetObject` on `bucket/bob/x` with `aws:a` = `1`.
    fn missing(statements: &[&str]) -> Vec<String> {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
            statements.join(",")
        );
        let source = Source::given(
            "p".into(),
            text,
            DocumentKind::Inline,
            PolicySourceType::IamPolicy,
        )
        .unwrap();
        let bob = Principal::User {
            arn: "arn:aws:iam::111122223333:user/bob".into(),
            unique_id: "AIDABBBBBBBBBBBBBBBB".into(),
            account: "111122223333".into(),
        };
        let mut context = Context::new();
        context.set("aws:a", "1");
        let request = Request {
            principal: &bob,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::bucket/bob/x",
            resource_account: None,
            context: &context,
            resource_level: true,
        };
        let layers = Layers {
            identity: &[&source.policy],
            identity_exists: true,
            ..Layers::default()
        };
        keys(&explain(&request, &layers), &request, |_| Some(&source))
    }

    const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

    fn statement(effect: &str, action: &str, resource: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}","Condition":{{{condition}}}}}"#
        )
    }

    fn when(effect: &str, condition: &str) -> String {
        statement(effect, "s3:*", "*", condition)
    }

    #[test]
    fn statements_about_other_things_do_not_matter() {
        let key = r#""StringEquals":{"aws:b":"1"}"#;
        assert_eq!(missing(&[&when("Allow", key)]), ["aws:b"]);
        assert!(missing(&[&statement("Allow", "ec2:*", "*", key)]).is_empty());
        let elsewhere = statement("Allow", "s3:*", "arn:aws:s3:::other/*", key);
        assert!(missing(&[&elsewhere]).is_empty());
    }

    #[test]
    fn a_condition_that_fails_for_certain_makes_the_others_useless() {
        let both = r#""StringEquals":{"aws:a":"2","aws:b":"1"}"#;
        assert!(missing(&[&when("Allow", both)]).is_empty());
    }

    #[test]
    fn what_is_decided_needs_no_more_keys() {
        let key = r#""StringEquals":{"aws:b":"1"}"#;
        assert!(missing(&[ALL, &when("Allow", key)]).is_empty());
        assert_eq!(missing(&[ALL, &when("Deny", key)]), ["aws:b"]);
        let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
        assert!(missing(&[ALL, deny, &when("Deny", key)]).is_empty());
    }

    #[test]
    fn a_decision_that_rests_on_an_absent_key_names_it() {
        let differs = r#""StringNotEquals":{"aws:b":"1"}"#;
        assert_eq!(missing(&[ALL, &when("Deny", differs)]), ["aws:b"]);
        assert_eq!(missing(&[&when("Allow", differs)]), ["aws:b"]);
        assert!(missing(&[ALL, &when("Allow", differs)]).is_empty());
    }

    #[test]
    fn variables_are_keys_where_the_resource_could_be_meant() {
        let home = |bucket: &str| {
            format!(
                r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket}/${{aws:username}}/*"}}"#
            )
        };
        assert_eq!(missing(&[&home("bucket")]), ["aws:username"]);
        assert!(missing(&[&home("other")]).is_empty());
        let value = r#""StringEquals":{"aws:a":"${aws:c}"}"#;
        assert_eq!(missing(&[&when("Allow", value)]), ["aws:c"]);
    }

    #[test]
    fn a_variable_becomes_a_wildcard() {
        assert_eq!(widened("a/${k}/b/${l, 'x'}"), "a/*/b/*");
        assert_eq!(widened("a/${k"), "a/${k");
    }
}
