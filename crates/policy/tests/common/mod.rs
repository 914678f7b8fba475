//! A small world for the tests: two accounts, and a case that is changed one policy at a time.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use policy::{
    Context, Decision, DocumentKind, Explanation, Layer, Layers, Policy, Principal, Request,
    ResourceRule, Verdict, decide, explain, explain_near,
};

pub const HERE: &str = "111111111111";
pub const THERE: &str = "222222222222";
pub const BUCKET: &str = "arn:aws:s3:::bucket/key";
pub const ALLOW: &str = r#""Effect":"Allow","Action":"s3:*","Resource":"*""#;
pub const DENY: &str = r#""Effect":"Deny","Action":"s3:*","Resource":"*""#;

pub fn user() -> Principal {
    Principal::User {
        arn: "arn:aws:iam::111111111111:user/bob".into(),
        unique_id: "AIDABBBBBBBBBBBBBBBB".into(),
        account: HERE.into(),
    }
}

pub fn session() -> Principal {
    Principal::RoleSession {
        session_arn: "arn:aws:sts::111111111111:assumed-role/app/run".into(),
        role_arn: "arn:aws:iam::111111111111:role/app".into(),
        role_id: "AROAAAAAAAAAAAAAAAAA".into(),
        session_name: "run".into(),
        account: HERE.into(),
    }
}

pub fn federated() -> Principal {
    Principal::FederatedUser {
        arn: "arn:aws:sts::111111111111:federated-user/guest".into(),
        user_arn: "arn:aws:iam::111111111111:user/bob".into(),
        user_id: "AIDABBBBBBBBBBBBBBBB".into(),
        account: HERE.into(),
    }
}

pub fn root() -> Principal {
    Principal::Root {
        account: HERE.into(),
    }
}

/// Wraps statement bodies (the inside of the braces) into a document and compiles it.
pub fn policy(kind: DocumentKind, statements: &[&str]) -> Policy {
    let list = statements
        .iter()
        .map(|body| format!("{{{body}}}"))
        .collect::<Vec<_>>()
        .join(",");
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{list}]}}"#);
    match Policy::parse_and_compile(&text, kind, "test") {
        Ok(policy) => policy,
        Err(errors) => panic!("{text}: {errors:?}"),
    }
}

pub fn identity(statement: &str) -> Policy {
    policy(DocumentKind::Identity, &[statement])
}

/// One request with its policies, owned.
#[derive(Clone, Debug)]
pub struct Case {
    pub principal: Principal,
    pub action: &'static str,
    pub resource: String,
    pub owner: Option<&'static str>,
    pub context: Context,
    pub resource_level: bool,
    pub identity: Vec<Policy>,
    pub boundary: Option<Policy>,
    pub session: Option<Vec<Policy>>,
    pub scps: Option<Vec<Vec<Policy>>>,
    pub rcps: Option<Vec<Vec<Policy>>>,
    pub resource_policy: Option<Policy>,
    pub endpoint: Option<Policy>,
    pub rule: ResourceRule,
    pub identity_exists: bool,
}

impl Case {
    /// A principal reads an object of its own account; nobody has any policy.
    pub fn new(principal: Principal) -> Self {
        let mut context = Context::new();
        principal.set_keys(&mut context);
        Self {
            principal,
            action: "s3:GetObject",
            resource: BUCKET.into(),
            owner: Some(HERE),
            context,
            resource_level: true,
            identity: Vec::new(),
            boundary: None,
            session: None,
            scps: None,
            rcps: None,
            resource_policy: None,
            endpoint: None,
            rule: ResourceRule::Standard,
            identity_exists: true,
        }
    }

    pub fn allowed(mut self) -> Self {
        self.identity.push(identity(ALLOW));
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn resource_allows(self, principal: &str) -> Self {
        let statement = format!(r#"{ALLOW},"Principal":{principal}"#);
        self.with(|case| {
            case.resource_policy = Some(policy(DocumentKind::Resource, &[&statement]));
        })
    }

    fn ask<T>(&self, question: impl FnOnce(&Request<'_>, &Layers<'_>) -> T) -> T {
        let identity: Vec<&Policy> = self.identity.iter().collect();
        let session: Option<Vec<&Policy>> = self.session.as_ref().map(|list| list.iter().collect());
        let scps = levels(self.scps.as_deref());
        let scps: Option<Vec<&[&Policy]>> =
            scps.as_ref().map(|l| l.iter().map(Vec::as_slice).collect());
        let rcps = levels(self.rcps.as_deref());
        let rcps: Option<Vec<&[&Policy]>> =
            rcps.as_ref().map(|l| l.iter().map(Vec::as_slice).collect());
        let request = Request {
            principal: &self.principal,
            action: self.action,
            resource: &self.resource,
            resource_account: self.owner,
            context: &self.context,
            resource_level: self.resource_level,
        };
        let layers = Layers {
            identity: &identity,
            identity_exists: self.identity_exists,
            boundary: self.boundary.as_ref(),
            session: session.as_deref(),
            scps: scps.as_deref(),
            rcps: rcps.as_deref(),
            resource: self.resource_policy.as_ref(),
            endpoint: self.endpoint.as_ref(),
            resource_rule: self.rule,
        };
        question(&request, &layers)
    }

    pub fn decide(&self) -> Decision {
        self.ask(decide)
    }

    pub fn explain(&self) -> Explanation {
        self.ask(explain)
    }

    pub fn explain_near(&self) -> Explanation {
        self.ask(explain_near)
    }

    pub fn verdict(&self) -> (Verdict, Layer) {
        let decision = self.decide();
        (decision.effect, decision.layer)
    }

    pub fn is_allowed(&self) -> bool {
        self.decide().is_allowed()
    }
}

fn levels(levels: Option<&[Vec<Policy>]>) -> Option<Vec<Vec<&Policy>>> {
    levels.map(|levels| levels.iter().map(|list| list.iter().collect()).collect())
}
