//! One question with all its policies, as it is generated and as it is kept in a file.

use policy::{Context, Document, DocumentKind, Policy, Principal, ResourceRule, parse};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The value or values of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// A single-valued key.
    One(String),
    /// A multivalued key.
    Many(Vec<String>),
}

/// Condition keys; names compare without regard to letter case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<(String, Held)>);

impl Keys {
    /// What a key holds.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Held> {
        let wanted = key.to_lowercase();
        self.0
            .iter()
            .find(|(name, _)| name.to_lowercase() == wanted)
            .map(|(_, held)| held)
    }

    /// Sets a key, in place of what it had.
    pub fn set(&mut self, key: &str, held: Held) {
        self.remove(key);
        self.0.push((key.to_owned(), held));
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        let wanted = key.to_lowercase();
        self.0.retain(|(name, _)| name.to_lowercase() != wanted);
    }
}

/// A policy document in all the forms that the tests need.
#[derive(Debug)]
pub struct Doc {
    /// As JSON; a text stands for a document that is lost.
    pub json: Value,
    /// As it was parsed; `None` for one that is lost.
    pub document: Option<Document>,
    /// As it was compiled.
    pub policy: Policy,
}

impl Doc {
    /// Parses and compiles.
    ///
    /// # Errors
    /// What the parser says, for a document that is none.
    pub fn new(json: Value, kind: DocumentKind) -> Result<Arc<Self>, String> {
        let document = if json.is_string() {
            None
        } else {
            let text = json.to_string();
            Some(parse(&text, kind).map_err(|errors| format!("{text}: {errors:?}"))?)
        };
        let policy = match &document {
            Some(document) => Policy::compile(document, "test"),
            None => Policy::broken("lost"),
        };
        Ok(Arc::new(Self {
            json,
            document,
            policy,
        }))
    }
}

/// Documents of the levels of an organization.
pub type Tree = Vec<Vec<Arc<Doc>>>;

/// All policies of a question.
#[derive(Debug, Clone)]
pub struct Policies {
    /// Policies of the principal.
    pub identity: Vec<Arc<Doc>>,
    /// Whether the principal has an identity here.
    pub identity_exists: bool,
    /// The permissions boundary.
    pub boundary: Option<Arc<Doc>>,
    /// The session policies.
    pub session: Option<Vec<Arc<Doc>>>,
    /// Service control policies, root first.
    pub scps: Option<Tree>,
    /// Resource control policies, root first.
    pub rcps: Option<Tree>,
    /// The resource's own policy.
    pub resource: Option<Arc<Doc>>,
    /// The endpoint's policy.
    pub endpoint: Option<Arc<Doc>>,
    /// How resource and identity add up.
    pub rule: ResourceRule,
}

impl Policies {
    /// Every document, to change it.
    pub fn documents_mut(&mut self) -> impl Iterator<Item = &mut Arc<Doc>> {
        let trees = self.scps.iter_mut().chain(&mut self.rcps);
        let singles = self.boundary.iter_mut().chain(&mut self.resource);
        let lists = self
            .identity
            .iter_mut()
            .chain(self.session.iter_mut().flatten());
        lists
            .chain(singles.chain(&mut self.endpoint))
            .chain(trees.flatten().flatten())
    }

    /// Every document.
    pub fn documents(&self) -> impl Iterator<Item = &Arc<Doc>> {
        let trees = self.scps.iter().chain(&self.rcps).flatten().flatten();
        let singles = self
            .boundary
            .iter()
            .chain(&self.resource)
            .chain(&self.endpoint);
        let lists = self.identity.iter().chain(self.session.iter().flatten());
        lists.chain(singles).chain(trees)
    }
}

/// Who wants to do what.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who.
    pub principal: Principal,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The account of the resource.
    pub resource_account: Option<String>,
    /// Whether the action has resource types.
    pub resource_level: bool,
    /// The condition keys.
    pub keys: Keys,
}

impl Ask {
    /// The keys as the engine wants them.
    #[must_use]
    pub fn context(&self) -> Context {
        let mut context = Context::new();
        for (key, held) in &self.keys.0 {
            match held {
                Held::One(value) => context.set(key, value.as_str()),
                Held::Many(values) => context.set_many(key, values.iter().map(String::as_str)),
            };
        }
        context
    }
}

/// A question with its policies.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The question.
    pub ask: Ask,
    /// The policies.
    pub policies: Policies,
}

impl Scenario {
    /// As JSON, for a file.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let list =
            |docs: &Vec<Arc<Doc>>| -> Value { docs.iter().map(|d| d.json.clone()).collect() };
        let tree = |tree: &Tree| -> Value { tree.iter().map(list).collect() };
        let one = |doc: &Arc<Doc>| doc.json.clone();
        let Self { ask, policies } = self;
        let mut keys = Map::new();
        for (key, held) in &ask.keys.0 {
            let value = match held {
                Held::One(value) => json!(value),
                Held::Many(values) => json!(values),
            };
            keys.insert(key.clone(), value);
        }
        let value = json!({
            "request": {
                "principal": principal_to_json(&ask.principal),
                "action": ask.action,
                "resource": ask.resource,
                "resource_account": ask.resource_account,
                "resource_level": ask.resource_level,
                "context": keys,
            },
            "identity": list(&policies.identity),
            "identity_exists": policies.identity_exists,
            "boundary": policies.boundary.as_ref().map(one),
            "session": policies.session.as_ref().map(list),
            "scps": policies.scps.as_ref().map(tree),
            "rcps": policies.rcps.as_ref().map(tree),
            "resource": policies.resource.as_ref().map(one),
            "endpoint": policies.endpoint.as_ref().map(one),
            "rule": rule_name(policies.rule),
        });
        value
    }

    /// From JSON, as [`Scenario::to_json`] writes it. Members that are not there are empty.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let request = value.get("request").ok_or("no request")?;
        let text = |name: &str| -> Result<String, String> {
            let found = request.get(name).and_then(Value::as_str);
            found.map(str::to_owned).ok_or(format!("no {name}"))
        };
        let mut keys = Keys::default();
        for (key, held) in request
            .get("context")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            keys.set(key, held_from_json(held)?);
        }
        let ask = Ask {
            principal: principal_from_json(request.get("principal").ok_or("no principal")?)?,
            action: text("action")?,
            resource: text("resource")?,
            resource_account: text("resource_account").ok(),
            resource_level: request.get("resource_level") != Some(&json!(false)),
            keys,
        };
        let rule = rule_from_name(value.get("rule").and_then(Value::as_str))?;
        let resource_kind = if rule == ResourceRule::Trust {
            DocumentKind::Trust
        } else {
            DocumentKind::Resource
        };
        let given = |name: &str| value.get(name).filter(|value| !value.is_null());
        let one = |name: &str, kind| given(name).map(|v| Doc::new(v.clone(), kind)).transpose();
        let many = |name: &str, kind| given(name).map(|v| docs(v, kind)).transpose();
        let trees = |name: &str, kind| given(name).map(|v| tree(v, kind)).transpose();
        let policies = Policies {
            identity: many("identity", DocumentKind::Inline)?.unwrap_or_default(),
            identity_exists: value.get("identity_exists") != Some(&json!(false)),
            boundary: one("boundary", DocumentKind::Inline)?,
            session: many("session", DocumentKind::Session)?,
            scps: trees("scps", DocumentKind::ServiceControl)?,
            rcps: trees("rcps", DocumentKind::ResourceControl)?,
            resource: one("resource", resource_kind)?,
            endpoint: one("endpoint", DocumentKind::VpcEndpoint)?,
            rule,
        };
        Ok(Self { ask, policies })
    }
}

fn docs(value: &Value, kind: DocumentKind) -> Result<Vec<Arc<Doc>>, String> {
    let list = value.as_array().ok_or("no list of documents")?;
    list.iter()
        .map(|json| Doc::new(json.clone(), kind))
        .collect()
}

fn tree(value: &Value, kind: DocumentKind) -> Result<Tree, String> {
    let list = value.as_array().ok_or("no list of levels")?;
    list.iter().map(|level| docs(level, kind)).collect()
}

fn held_from_json(value: &Value) -> Result<Held, String> {
    match value {
        Value::String(text) => Ok(Held::One(text.clone())),
        Value::Array(list) => list
            .iter()
            .map(|item| {
                item.as_str()
                    .map(str::to_owned)
                    .ok_or("no text in a key".to_owned())
            })
            .collect::<Result<_, _>>()
            .map(Held::Many),
        _ => Err("a key holds neither text nor list".to_owned()),
    }
}

/// The name of a rule in files.
#[must_use]
pub fn rule_name(rule: ResourceRule) -> &'static str {
    match rule {
        ResourceRule::Trust => "Trust",
        ResourceRule::KmsKey { granted: false } => "KmsKey",
        ResourceRule::KmsKey { granted: true } => "KmsKeyGranted",
        ResourceRule::Exempt => "Exempt",
        _ => "Standard",
    }
}

fn rule_from_name(name: Option<&str>) -> Result<ResourceRule, String> {
    Ok(match name {
        None | Some("Standard") => ResourceRule::Standard,
        Some("Trust") => ResourceRule::Trust,
        Some("KmsKey") => ResourceRule::KmsKey { granted: false },
        Some("KmsKeyGranted") => ResourceRule::KmsKey { granted: true },
        Some("Exempt") => ResourceRule::Exempt,
        Some(other) => return Err(format!("no rule {other}")),
    })
}

fn principal_to_json(principal: &Principal) -> Value {
    match principal {
        Principal::Anonymous => json!({"type": "anonymous"}),
        Principal::Root { account } => json!({"type": "root", "account": **account}),
        Principal::User {
            arn,
            unique_id,
            account,
        } => {
            json!({"type": "user", "arn": **arn, "id": **unique_id, "account": **account})
        }
        Principal::RoleSession {
            session_arn,
            role_arn,
            role_id,
            session_name,
            account,
        } => json!({
            "type": "session", "arn": **session_arn, "role": **role_arn, "id": **role_id,
            "name": **session_name, "account": **account,
        }),
        Principal::FederatedUser {
            arn,
            user_arn,
            user_id,
            account,
        } => json!({
            "type": "federated", "arn": **arn, "user": **user_arn, "id": **user_id, "account": **account,
        }),
        Principal::Service {
            name,
            source_account,
        } => {
            json!({"type": "service", "name": **name, "account": source_account.as_deref()})
        }
        Principal::WebIdentity { provider } => json!({"type": "web", "provider": **provider}),
        Principal::Saml { provider } => json!({"type": "saml", "provider": **provider}),
    }
}

fn principal_from_json(value: &Value) -> Result<Principal, String> {
    let optional = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .map(Arc::<str>::from)
    };
    let text = |name: &str| optional(name).ok_or(format!("a principal without {name}"));
    Ok(match &*text("type")? {
        "anonymous" => Principal::Anonymous,
        "root" => Principal::Root {
            account: text("account")?,
        },
        "user" => Principal::User {
            arn: text("arn")?,
            unique_id: text("id")?,
            account: text("account")?,
        },
        "session" => Principal::RoleSession {
            session_arn: text("arn")?,
            role_arn: text("role")?,
            role_id: text("id")?,
            session_name: text("name")?,
            account: text("account")?,
        },
        "federated" => Principal::FederatedUser {
            arn: text("arn")?,
            user_arn: text("user")?,
            user_id: text("id")?,
            account: text("account")?,
        },
        "service" => Principal::Service {
            name: text("name")?,
            source_account: optional("account"),
        },
        "web" => Principal::WebIdentity {
            provider: text("provider")?,
        },
        "saml" => Principal::Saml {
            provider: text("provider")?,
        },
        other => return Err(format!("no principal of type {other}")),
    })
}
