//! The compiled, immutable form of a policy.

use std::ops::Range;
use std::sync::Arc;

use crate::action::{ActionTest, Asked};
use crate::action_index::{ActionIndex, Filter};
use crate::arn_match::ResourcePattern;
use crate::condition::Condition;
use crate::context::Name;
use crate::document::{Document, DocumentKind, Effect, Statement};
use crate::error::SyntaxError;
use crate::principal_match::{Grant, PrincipalMatcher};
use crate::read::parse;
use crate::request::Facts;
use crate::truth::Truth;

/// A policy ready to decide. Immutable and free of interior mutability: share it in an [`Arc`].
///
/// Most policies of a request are about other actions, and a server has more policies than its caches hold: what says
/// so lies in one cache line, and what only explanations need lies elsewhere.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub struct Policy {
    /// Of the statements that deny, and of those that allow.
    filters: [Filter; 2],
    allows: ActionIndex,
    is_broken: bool,
    // Here the second line begins.
    denies: ActionIndex,
    pub(crate) statements: Box<[CompiledStatement]>,
    details: Box<Details>,
}

/// What decisions seldom need.
#[derive(Debug, Clone)]
struct Details {
    name: Arc<str>,
    broken: Option<Arc<str>>,
    /// One for each statement.
    statements: Box<[Detail]>,
}

#[derive(Debug, Clone)]
pub(crate) struct Detail {
    pub(crate) sid: Option<Arc<str>>,
    pub(crate) span: Range<usize>,
    actions: ActionTest,
}

/// A compiled statement, but for its actions.
#[derive(Debug, Clone)]
pub(crate) struct CompiledStatement {
    pub(crate) effect: Effect,
    principal: PrincipalTest,
    resources: ResourceTest,
    pub(crate) conditions: Box<[Condition]>,
}

#[derive(Debug, Clone)]
enum PrincipalTest {
    /// Policies that are attached to their principal say nothing about principals.
    NotNeeded,
    Matcher(PrincipalMatcher),
    /// A statement that lacks the element its kind needs, or has one that its kind must not have.
    Unclear,
}

#[derive(Debug, Clone)]
enum ResourceTest {
    /// Trust policies: the resource is the role that has the policy.
    NotNeeded,
    Patterns {
        negated: bool,
        patterns: Box<[ResourcePattern]>,
    },
    Unclear,
}

/// How a statement answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) truth: Truth,
    /// How closely the caller is named, for policies that name principals.
    pub(crate) grant: Option<Grant>,
}

impl Match {
    const NO: Self = Self {
        truth: Truth::No,
        grant: None,
    };
}

impl Policy {
    /// Compiles a document. `name` is what explanations call it: an ARN or a policy name.
    #[must_use]
    pub fn compile(document: &Document, name: impl Into<Arc<str>>) -> Self {
        let kind = document.kind();
        let variables = document.has_variables();
        let statements = document.statements();
        Self::assemble(
            name.into(),
            statements
                .iter()
                .map(|statement| CompiledStatement::compile(statement, kind, variables))
                .collect(),
            statements.iter().map(Detail::compile).collect(),
        )
    }

    fn assemble(
        name: Arc<str>,
        statements: Box<[CompiledStatement]>,
        details: Box<[Detail]>,
    ) -> Self {
        let index = |effect| {
            let numbered = (0..).zip(statements.iter().zip(&details));
            let wanted = numbered.filter(|(_, (statement, _))| statement.effect == effect);
            ActionIndex::new(wanted.map(|(number, (_, detail))| (number, &detail.actions)))
        };
        let (denied, denies) = index(Effect::Deny);
        let (allowed, allows) = index(Effect::Allow);
        Self {
            filters: [denied, allowed],
            denies,
            allows,
            statements,
            details: Box::new(Details {
                name,
                broken: None,
                statements: details,
            }),
            is_broken: false,
        }
    }

    /// Parses and compiles in one step.
    ///
    /// # Errors
    /// All errors of the document, as [`parse`] gives them.
    pub fn parse_and_compile(
        text: &str,
        kind: DocumentKind,
        name: impl Into<Arc<str>>,
    ) -> Result<Self, Vec<SyntaxError>> {
        parse(text, kind).map(|document| Self::compile(&document, name))
    }

    /// A policy that stands for one that is missing or cannot be read. It allows nothing; where a policy limits
    /// (boundary, session, organization, endpoint, the resource's own), it denies.
    #[must_use]
    pub fn broken(reason: impl Into<Arc<str>>) -> Self {
        Self {
            filters: [Filter::default(); 2],
            denies: ActionIndex::default(),
            allows: ActionIndex::default(),
            statements: Box::default(),
            details: Box::new(Details {
                name: "broken".into(),
                broken: Some(reason.into()),
                statements: Box::default(),
            }),
            is_broken: true,
        }
    }

    /// A policy that denies every request explicitly.
    #[must_use]
    pub fn deny_all(name: impl Into<Arc<str>>) -> Self {
        let statement = CompiledStatement {
            effect: Effect::Deny,
            principal: PrincipalTest::NotNeeded,
            resources: ResourceTest::NotNeeded,
            conditions: Box::default(),
        };
        let detail = Detail {
            sid: None,
            span: 0..0,
            actions: ActionTest::all(),
        };
        Self::assemble(name.into(), [statement].into(), [detail].into())
    }

    /// The name that the policy was compiled with.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.details.name
    }

    /// Why the policy is [`Policy::broken`].
    #[must_use]
    pub fn broken_reason(&self) -> Option<&str> {
        self.details.broken.as_deref()
    }

    /// Whether the policy is [`Policy::broken`].
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// What explanations say of the statements, one for each.
    pub(crate) fn details(&self) -> &[Detail] {
        &self.details.statements
    }

    /// Whether a statement of an effect may be about the action; where this is false, none is.
    #[inline]
    pub(crate) fn may_be_about(&self, effect: Effect, action: &Asked) -> bool {
        let [denied, allowed] = self.filters;
        let filter = match effect {
            Effect::Deny => denied,
            Effect::Allow => allowed,
        };
        filter.passes(action)
    }

    /// Calls `f` with each statement of an effect that is about the request's action, in their order, until it answers.
    #[inline]
    pub(crate) fn find<'p, T>(
        &'p self,
        effect: Effect,
        facts: &Facts<'_>,
        mut f: impl FnMut(usize, &'p CompiledStatement) -> Option<T>,
    ) -> Option<T> {
        if !self.may_be_about(effect, &facts.action) {
            return None;
        }
        let index = match effect {
            Effect::Deny => &self.denies,
            Effect::Allow => &self.allows,
        };
        index.find(
            &facts.action,
            |number| {
                let detail = self.details.statements.get(number);
                detail.is_some_and(|detail| detail.actions.matches(&facts.action))
            },
            |number| f(number, self.statements.get(number)?),
        )
    }

    /// How many statements the policy has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether the policy has no statements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
}

impl Detail {
    fn compile(statement: &Statement) -> Self {
        Self {
            sid: statement.sid.as_ref().map(|sid| sid.value.as_str().into()),
            span: statement.span.clone(),
            actions: ActionTest::compile(statement.action.as_ref()),
        }
    }
}

impl CompiledStatement {
    fn compile(statement: &Statement, kind: DocumentKind, variables: bool) -> Self {
        let mut conditions = Vec::new();
        for block in statement.conditions.iter().flatten() {
            Condition::compile_block(block, variables, &mut conditions);
        }
        let principal = match (&statement.principal, kind.has_principal()) {
            (Some(element), true) => PrincipalTest::Matcher(PrincipalMatcher::compile(element)),
            (None, false) => PrincipalTest::NotNeeded,
            _ => PrincipalTest::Unclear,
        };
        let resources = match &statement.resource {
            Some(texts) => ResourceTest::Patterns {
                negated: texts.negated,
                patterns: texts
                    .values
                    .iter()
                    .map(|text| ResourcePattern::compile(&text.value, variables))
                    .collect(),
            },
            None if kind == DocumentKind::Trust => ResourceTest::NotNeeded,
            None => ResourceTest::Unclear,
        };
        Self {
            effect: statement.effect,
            principal,
            resources,
            conditions: conditions.into(),
        }
    }

    /// Whether the statement is about the request, when it is known to be about the action. The cheap tests come first.
    pub(crate) fn matches_but_for_action(&self, facts: &Facts<'_>) -> Match {
        let (principal, grant) = self.principal_matches(facts);
        if principal == Truth::No {
            return Match::NO;
        }
        let truth = principal.and(|| self.resource_matches(facts)).and(|| {
            Truth::all(
                self.conditions
                    .iter()
                    .map(|condition| condition.answer(facts.request.context)),
            )
        });
        Match { truth, grant }
    }

    pub(crate) fn principal_matches(&self, facts: &Facts<'_>) -> (Truth, Option<Grant>) {
        match &self.principal {
            PrincipalTest::NotNeeded => (Truth::Yes, None),
            PrincipalTest::Unclear => (Truth::Doubt, None),
            // AWS has no Allow with NotPrincipal.
            PrincipalTest::Matcher(matcher)
                if matcher.is_negated() && self.effect == Effect::Allow =>
            {
                (Truth::Doubt, None)
            }
            PrincipalTest::Matcher(matcher) => {
                matcher.names(facts.request.principal, facts.has_boundary)
            }
        }
    }

    pub(crate) fn resource_matches(&self, facts: &Facts<'_>) -> Truth {
        match &self.resources {
            ResourceTest::NotNeeded => Truth::Yes,
            ResourceTest::Unclear => Truth::Doubt,
            ResourceTest::Patterns { negated, patterns } => {
                let hits = patterns
                    .iter()
                    .map(|pattern| pattern.matches(&facts.resource, facts.request.context));
                Truth::any(hits).not_if(*negated)
            }
        }
    }

    /// Keys that the statement's variables refer to, in lower case.
    pub(crate) fn variable_keys(&self) -> impl Iterator<Item = &Name> {
        let patterns = match &self.resources {
            ResourceTest::Patterns { patterns, .. } => &**patterns,
            _ => &[],
        };
        patterns
            .iter()
            .flat_map(ResourcePattern::keys)
            .chain(self.conditions.iter().flat_map(Condition::variable_keys))
    }
}

/// Documents that the grammar refuses, as they could come out of a damaged store: nothing in them may help a caller.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PrincipalElement, Principals};
    use crate::{Context, Layers, Principal, Request, Verdict, decide};

    const BODY: &str = r#""Effect":"Allow","Action":"s3:*","Resource":"*""#;

    fn document(kind: DocumentKind, body: &str) -> Document {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{{{body}}}}}"#);
        parse(&text, kind).unwrap()
    }

    /// The answer when the document is both the caller's and the resource's policy, with or without another that allows.
    fn answer(document: &Document, allowed: bool) -> Verdict {
        let principal = Principal::User {
            arn: "arn:aws:iam::111111111111:user/bob".into(),
            unique_id: "AIDABBBBBBBBBBBBBBBB".into(),
            account: "111111111111".into(),
        };
        let context = Context::new();
        let request = Request {
            principal: &principal,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::bucket/key",
            resource_account: Some("111111111111"),
            context: &context,
            resource_level: true,
        };
        let policy = Policy::compile(document, "forged");
        let all = Policy::compile(&self::document(DocumentKind::Identity, BODY), "all");
        let identity = [&policy, &all];
        let layers = Layers {
            identity: if allowed { &identity } else { &identity[..1] },
            identity_exists: true,
            resource: Some(&policy),
            ..Layers::default()
        };
        decide(&request, &layers).effect
    }

    /// Neither does the document allow by itself, nor does it fail to deny when its effect is Deny.
    fn never_helps(mut document: Document) {
        document.statements[0].effect = Effect::Allow;
        assert_eq!(answer(&document, false), Verdict::ImplicitDeny);
        document.statements[0].effect = Effect::Deny;
        assert_eq!(answer(&document, true), Verdict::ExplicitDeny);
    }

    fn public() -> Document {
        document(
            DocumentKind::Resource,
            &format!(r#"{BODY},"Principal":"*""#),
        )
    }

    #[test]
    fn a_missing_principal() {
        let mut forged = document(DocumentKind::Identity, BODY);
        forged.kind = DocumentKind::Resource;
        never_helps(forged);
    }

    #[test]
    fn a_principal_where_there_is_none() {
        let mut forged = public();
        forged.kind = DocumentKind::Identity;
        never_helps(forged);
    }

    #[test]
    fn a_missing_resource() {
        let mut forged = public();
        forged.statements[0].resource = None;
        never_helps(forged);
    }

    #[test]
    fn an_unknown_operator() {
        let body = format!(r#"{BODY},"Principal":"*","Condition":{{"Null":{{"k:k":"true"}}}}"#);
        let mut forged = document(DocumentKind::Resource, &body);
        forged.statements[0].conditions.as_mut().unwrap()[0]
            .operator
            .value = "StringIs".into();
        never_helps(forged);
    }

    #[test]
    fn a_principal_with_wildcards() {
        let body = format!(r#"{BODY},"Principal":{{"AWS":"arn:aws:iam::111111111111:user/bob"}}"#);
        let mut forged = document(DocumentKind::Resource, &body);
        let Some(PrincipalElement {
            who: Principals::Listed(lists),
            ..
        }) = &mut forged.statements[0].principal
        else {
            panic!("listed");
        };
        lists[0].1.values[0].value = "arn:aws:iam::111111111111:user/*".into();
        never_helps(forged);
    }

    #[test]
    fn not_principal_with_allow() {
        let body = r#""Effect":"Deny","Action":"s3:*","Resource":"*","NotPrincipal":{"AWS":"222222222222"}"#;
        never_helps(document(DocumentKind::Resource, body));
    }
}
