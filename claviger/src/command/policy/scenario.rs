//! A scenario: a request with all policies that take part, read from JSON.

use super::caller::Caller;
use super::members::{Members, Wrong};
use super::reindent::reindent;
use catalog::ConditionKey;
use policy::{
    Context, Document, DocumentKind, Policy, Principal, ResourceRule, SyntaxError, SyntaxErrorKind,
};
use serde_json::Value;
use serde_json::value::RawValue;
use std::cell::RefCell;

const MEMBERS: [&str; 9] = [
    "id",
    "request",
    "identity_policies",
    "scps",
    "rcps",
    "resource_policy",
    "permission_boundary",
    "session_policy",
    "vpc_endpoint_policy",
];

const REQUEST: [&str; 7] = [
    "principal",
    "action",
    "resource",
    "resource_account",
    "context",
    "context_is_complete",
    "resource_level_action",
];

/// A policy of a scenario with its text.
#[derive(Debug)]
pub(super) struct Paper {
    /// Where it stands in the scenario: `scps[1][0]`.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) document: Document,
    pub(super) policy: Policy,
}

/// A scenario that can be decided.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) caller: Caller,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) resource_account: Option<String>,
    pub(super) context: Context,
    pub(super) resource_level: bool,
    pub(super) rule: ResourceRule,
    pub(super) identity: Vec<Paper>,
    pub(super) scps: Option<Vec<Vec<Paper>>>,
    pub(super) rcps: Option<Vec<Vec<Paper>>>,
    pub(super) resource_policy: Option<Paper>,
    pub(super) boundary: Option<Paper>,
    pub(super) session: Option<Vec<Paper>>,
    pub(super) endpoint: Option<Paper>,
    /// Documents that AWS would not store, though they can be evaluated.
    pub(super) refused: Vec<Wrong>,
}

impl Scenario {
    /// The `id` of a scenario, however wrong the rest is.
    pub(super) fn id(text: &str) -> Value {
        let members = Members::read(text, "scenario");
        let id = members.and_then(|members| members.value("id"));
        id.ok().flatten().unwrap_or(Value::Null)
    }

    /// Reads a scenario. With `readable` documents are laid out on many lines first.
    pub(super) fn read(text: &str, readable: bool) -> Result<Self, Wrong> {
        let members = Members::read(text, "not a scenario")?;
        members.expect(&MEMBERS)?;
        let request = Members::read(members.needed_raw("request")?.get(), "request")?;
        request.expect(&REQUEST)?;
        let action: String = request.needed("action")?;
        let resource: String = request.needed("resource")?;
        let rule = rule(&action, &resource);
        let given = given(&request)?;
        let principal = request.needed_raw("principal")?.get();
        let caller = Caller::read(principal, &action, &given)?;
        let owner = || account_of(&resource).map(str::to_owned);
        let resource_account = request.value("resource_account")?.or_else(owner);
        let complete = request.value("context_is_complete")?.unwrap_or(false);
        let context = if complete {
            given
        } else {
            derived(&caller, resource_account.as_deref(), &given)
        };
        let listed = || catalog::action(&action).is_none_or(catalog::Action::has_resource_types);
        let resource_level = request
            .value("resource_level_action")?
            .unwrap_or_else(listed);
        let papers = Papers {
            readable,
            refused: RefCell::default(),
        };
        let resource_kind = match rule {
            ResourceRule::Trust => DocumentKind::Trust,
            _ => DocumentKind::Resource,
        };
        let mut scenario = Self {
            refused: Vec::new(),
            identity: papers
                .list(&members, "identity_policies", DocumentKind::Inline)?
                .unwrap_or_default(),
            scps: papers.levels(&members, "scps", DocumentKind::ServiceControl)?,
            rcps: papers.levels(&members, "rcps", DocumentKind::ResourceControl)?,
            resource_policy: papers.one(&members, "resource_policy", resource_kind)?,
            boundary: papers.one(&members, "permission_boundary", DocumentKind::Inline)?,
            session: papers.list(&members, "session_policy", DocumentKind::Session)?,
            endpoint: papers.one(&members, "vpc_endpoint_policy", DocumentKind::VpcEndpoint)?,
            caller,
            action,
            resource,
            resource_account,
            context,
            resource_level,
            rule,
        };
        scenario.refused = papers.refused.into_inner();
        if service_linked(&scenario.caller.principal) {
            scenario.scps = None;
            scenario.rcps = None;
        }
        Ok(scenario)
    }

    /// Every policy with its place in the scenario.
    pub(super) fn paper(&self, name: &str) -> Option<&Paper> {
        let levels = [&self.scps, &self.rcps]
            .into_iter()
            .flatten()
            .flatten()
            .flatten();
        let single = [&self.resource_policy, &self.boundary, &self.endpoint];
        self.identity
            .iter()
            .chain(levels)
            .chain(single.into_iter().flatten())
            .chain(self.session.iter().flatten())
            .find(|paper| paper.name == name)
    }
}

/// How the resource's policy counts: as a role's trust policy, as a key's policy, or as that of any other resource.
fn rule(action: &str, resource: &str) -> ResourceRule {
    let action = action.to_lowercase();
    let mut parts = resource.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let rest = parts.nth(2).unwrap_or_default();
    if action == "sts:getcalleridentity" {
        ResourceRule::Exempt
    } else if action.starts_with("sts:") && service == "iam" && rest.starts_with("role/") {
        ResourceRule::Trust
    } else if action.starts_with("kms:") && service == "kms" && rest.starts_with("key/") {
        ResourceRule::KmsKey { granted: false }
    } else {
        ResourceRule::Standard
    }
}

/// The account in an ARN.
fn account_of(arn: &str) -> Option<&str> {
    let account = arn.split(':').nth(4)?;
    let digits = account.bytes().all(|byte| byte.is_ascii_digit());
    (account.len() == 12 && digits).then_some(account)
}

/// The keys that the scenario gives.
fn given(request: &Members<'_>) -> Result<Context, Wrong> {
    let mut context = Context::new();
    let Some(raw) = request.raw("context") else {
        return Ok(context);
    };
    let keys = Members::read(raw.get(), "context")?;
    for (key, raw) in keys.iter() {
        if context.values(key).is_some() {
            return Err(Wrong::Form(format!(
                "context: {key:?} appears twice, in different letter case"
            )));
        }
        let wrong = || {
            Wrong::Form(format!(
                "context: {key:?} must be a string or a list of strings"
            ))
        };
        match serde_json::from_str(raw.get()).map_err(|_| wrong())? {
            Value::Null => {}
            Value::Array(values) => {
                let texts: Option<Vec<String>> = values.into_iter().map(scalar).collect();
                let texts = texts.ok_or_else(wrong)?;
                match &*texts {
                    // One value in a list is one value where AWS's lists say so.
                    [one] if single_valued(key) => context.set(key, one.as_str()),
                    _ => context.set_many(key, texts),
                };
            }
            value => {
                context.set(key, scalar(value).ok_or_else(wrong)?);
            }
        }
    }
    Ok(context)
}

fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn single_valued(key: &str) -> bool {
    catalog::condition_key(key).is_some_and(|key: &ConditionKey| !key.multivalued)
}

/// The keys that follow from principal and resource, under those that the scenario gives.
fn derived(caller: &Caller, resource_account: Option<&str>, given: &Context) -> Context {
    let mut context = caller.keys();
    if let Some(owner) = resource_account.or(caller.principal.account()) {
        context.set("aws:ResourceAccount", owner);
    }
    for (key, values) in given.iter() {
        match values {
            policy::Values::One(value) => context.set(key, value.clone()),
            policy::Values::Many(values) => context.set_many(key, values.iter().cloned()),
        };
    }
    context
}

/// Whether the caller has a role that AWS made for one of its services: no policy of an organization binds those
/// ("Service control policies", tasks and entities not restricted). Only AWS makes roles under this path.
fn service_linked(principal: &Principal) -> bool {
    match principal {
        Principal::RoleSession { role_arn, .. } => role_arn
            .split_once(":role/")
            .is_some_and(|(_, path)| path.starts_with("aws-service-role/")),
        _ => false,
    }
}

/// Whether a document with this error has all its statements, so that it can be evaluated: what is wrong with them
/// then never helps a caller.
fn is_evaluable(error: &SyntaxError) -> bool {
    use SyntaxErrorKind as Kind;
    matches!(
        error.kind,
        Kind::UnknownOperator(_)
            | Kind::InvalidPrincipal { .. }
            | Kind::AllowNotPrincipal
            | Kind::Date(_)
            | Kind::NotAnArn(_)
            | Kind::IncompleteArn(_)
            | Kind::Partition { .. }
            | Kind::ResourceVendor
            | Kind::Region { .. }
            | Kind::IamPath(_)
            | Kind::NoVendor(_)
            | Kind::Colons(_)
            | Kind::Vendor(_)
            | Kind::TrustAction(_)
            | Kind::DuplicateSid(_)
            | Kind::SidCharacters(_)
            | Kind::Charset(_)
    )
}

/// Reads documents.
struct Papers {
    readable: bool,
    refused: RefCell<Vec<Wrong>>,
}

impl Papers {
    fn one(
        &self,
        members: &Members<'_>,
        name: &str,
        kind: DocumentKind,
    ) -> Result<Option<Paper>, Wrong> {
        let raw = members.raw(name);
        raw.map(|raw| self.paper(raw, name.to_owned(), kind))
            .transpose()
    }

    /// A list of documents, or one by itself.
    fn list(
        &self,
        members: &Members<'_>,
        name: &str,
        kind: DocumentKind,
    ) -> Result<Option<Vec<Paper>>, Wrong> {
        let Some(raw) = members.raw(name) else {
            return Ok(None);
        };
        if !raw.get().starts_with('[') {
            return Ok(Some(vec![self.paper(raw, name.to_owned(), kind)?]));
        }
        self.papers(raw, name, kind).map(Some)
    }

    fn levels(
        &self,
        members: &Members<'_>,
        name: &str,
        kind: DocumentKind,
    ) -> Result<Option<Vec<Vec<Paper>>>, Wrong> {
        let Some(raw) = members.raw(name) else {
            return Ok(None);
        };
        let levels = raws(raw, name)?;
        let levels = levels.into_iter().enumerate();
        levels
            .map(|(level, raw)| self.papers(raw, &format!("{name}[{level}]"), kind))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn papers(&self, raw: &RawValue, name: &str, kind: DocumentKind) -> Result<Vec<Paper>, Wrong> {
        let documents = raws(raw, name)?;
        let documents = documents.into_iter().enumerate();
        documents
            .map(|(index, raw)| self.paper(raw, format!("{name}[{index}]"), kind))
            .collect()
    }

    /// A document as an object, or as a text that holds one.
    fn paper(&self, raw: &RawValue, name: String, kind: DocumentKind) -> Result<Paper, Wrong> {
        let text = if raw.get().starts_with('"') {
            serde_json::from_str(raw.get())
                .map_err(|error| Wrong::Form(format!("{name}: {error}")))?
        } else {
            raw.get().to_owned()
        };
        let text = if self.readable { reindent(&text) } else { text };
        let (document, errors) = policy::read_partly(&text, kind);
        let evaluable = errors.iter().all(is_evaluable);
        let wrong = (!errors.is_empty()).then(|| Wrong::Document {
            name: name.clone(),
            text: text.clone(),
            errors,
        });
        match (document, wrong) {
            (Some(document), wrong) if evaluable => {
                self.refused.borrow_mut().extend(wrong);
                Ok(Paper {
                    policy: Policy::compile(&document, name.as_str()),
                    name,
                    text,
                    document,
                })
            }
            (_, Some(wrong)) => Err(wrong),
            (_, None) => Err(Wrong::Form(format!("{name}: not a document"))),
        }
    }
}

fn raws<'r>(raw: &'r RawValue, name: &str) -> Result<Vec<&'r RawValue>, Wrong> {
    serde_json::from_str(raw.get()).map_err(|error| Wrong::Form(format!("{name}: {error}")))
}
