//! Reads a corpus of policies, principals and requests (docs/policy-bench.md).

use anyhow::{Context as _, bail, ensure};
use policy::{Context, DocumentKind, Layers, Policy, Principal, Request, Verdict};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

/// `workload.json`.
#[derive(Deserialize)]
pub(super) struct Workload {
    policies: BTreeMap<String, serde_json::Value>,
    resource_policies: BTreeMap<String, serde_json::Value>,
    principals: Vec<PrincipalLine>,
}

#[derive(Deserialize)]
struct PrincipalLine {
    arn: String,
    role_arn: Option<String>,
    account: String,
    policies: Vec<String>,
    boundary: Option<String>,
    scps: Vec<Vec<String>>,
}

/// A line of `requests.jsonl`.
#[derive(Deserialize)]
pub(super) struct RequestLine {
    p: usize,
    action: String,
    resource: String,
    resource_account: String,
    resource_policy: Option<String>,
    context: BTreeMap<String, Values>,
    expect: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// What a corpus holds.
pub(super) struct Corpus {
    pub(super) workload: Workload,
    pub(super) requests: Vec<RequestLine>,
}

/// The documents of a corpus, compiled.
pub(super) struct Policies {
    own: HashMap<String, Policy>,
    of_resources: HashMap<String, Policy>,
}

/// The requests with their policies, ready to be decided.
pub(super) struct Questions<'c> {
    pub(super) list: Vec<Question<'c>>,
}

/// A request with the answer that is right. All that belongs to it is picked before the clock starts, and lies in the
/// order in which the questions are asked.
pub(super) struct Question<'c> {
    principal: Principal,
    identity: Box<[&'c Policy]>,
    boundary: Option<&'c Policy>,
    scps: &'c [&'c [&'c Policy]],
    resource: Option<&'c Policy>,
    /// Action, resource, and the resource's account, one after the other.
    text: Box<str>,
    ends: [usize; 2],
    keys: Vec<(&'c str, &'c Values)>,
    pub(super) expect: Verdict,
}

impl Corpus {
    /// Reads the files of one workload.
    pub(super) fn read(directory: &Path) -> anyhow::Result<Self> {
        let file = directory.join("workload.json");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let workload = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
        let file = directory.join("requests.jsonl");
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let requests: Result<Vec<RequestLine>, _> =
            text.lines().map(serde_json::from_str).collect();
        let requests = requests.with_context(|| file.display().to_string())?;
        ensure!(!requests.is_empty(), "{} is empty", file.display());
        Ok(Self { workload, requests })
    }
}

impl Workload {
    /// The documents as texts.
    pub(super) fn documents(&self) -> Vec<(DocumentKind, &str, String)> {
        let own = self.policies.iter();
        let own = own.map(|(id, document)| (DocumentKind::Identity, id, document));
        let of_resources = self.resource_policies.iter();
        let of_resources =
            of_resources.map(|(id, document)| (DocumentKind::Resource, id, document));
        own.chain(of_resources)
            .map(|(kind, id, document)| (kind, id.as_str(), document.to_string()))
            .collect()
    }
}

impl Policies {
    /// Parses and compiles the documents.
    pub(super) fn compile(documents: &[(DocumentKind, &str, String)]) -> anyhow::Result<Self> {
        let mut policies = Self {
            own: HashMap::new(),
            of_resources: HashMap::new(),
        };
        for (kind, id, text) in documents {
            let policy = match Policy::parse_and_compile(text, *kind, *id) {
                Ok(policy) => policy,
                Err(errors) => bail!("policy {id}: {}", policy::aws_message(&errors)),
            };
            let place = match kind {
                DocumentKind::Resource => &mut policies.of_resources,
                _ => &mut policies.own,
            };
            place.insert((*id).to_owned(), policy);
        }
        Ok(policies)
    }

    fn own(&self, id: &str) -> anyhow::Result<&Policy> {
        self.own.get(id).with_context(|| format!("no policy {id}"))
    }

    /// The policies of each list of ids that the principals' levels have; principals share them.
    pub(super) fn levels(&self, workload: &Workload) -> anyhow::Result<LevelTable<'_>> {
        let mut table = HashMap::new();
        for ids in workload.principals.iter().flat_map(|line| &line.scps) {
            if !table.contains_key(ids) {
                let level: anyhow::Result<Vec<_>> = ids.iter().map(|id| self.own(id)).collect();
                table.insert(ids.clone(), level?);
            }
        }
        Ok(table)
    }
}

/// Levels of an organization by the ids of their policies.
pub(super) type LevelTable<'c> = HashMap<Vec<String>, Vec<&'c Policy>>;

/// All levels of an organization by the ids of their policies.
pub(super) type TreeTable<'c> = HashMap<&'c [Vec<String>], Vec<&'c [&'c Policy]>>;

/// The levels of each principal; those in the same place share them.
pub(super) fn trees<'c>(
    workload: &'c Workload,
    levels: &'c LevelTable<'c>,
) -> anyhow::Result<TreeTable<'c>> {
    let level = |ids| levels.get(ids).map(Vec::as_slice).context("no such level");
    let mut table = HashMap::new();
    for line in &workload.principals {
        if !table.contains_key(line.scps.as_slice()) {
            let tree: anyhow::Result<Vec<_>> = line.scps.iter().map(level).collect();
            table.insert(line.scps.as_slice(), tree?);
        }
    }
    Ok(table)
}

impl<'c> Questions<'c> {
    /// Puts principals, policies and requests together.
    pub(super) fn new(
        corpus: &'c Corpus,
        policies: &'c Policies,
        trees: &'c TreeTable<'c>,
    ) -> anyhow::Result<Self> {
        let question = |line| Question::new(line, &corpus.workload, policies, trees);
        Ok(Self {
            list: corpus
                .requests
                .iter()
                .map(question)
                .collect::<anyhow::Result<_>>()?,
        })
    }

    /// Puts the keys of a question into a context, as their texts stand in the corpus.
    pub(super) fn fill(question: &Question<'_>, context: &mut Context) {
        context.clear();
        for (key, values) in &question.keys {
            match values {
                Values::One(value) => context.set(key, value.as_str()),
                Values::Many(values) => context.set_many(key, values),
            };
        }
    }

    /// Puts a question with its context to an evaluation.
    pub(super) fn ask<T>(
        question: &Question<'_>,
        context: &Context,
        evaluation: impl FnOnce(&Request<'_>, &Layers<'_>) -> T,
    ) -> T {
        let [action, resource] = question.ends;
        let part = |range| question.text.get(range).unwrap_or_default();
        let request = Request {
            principal: &question.principal,
            action: part(0..action),
            resource: part(action..resource),
            resource_account: Some(part(resource..question.text.len())),
            context,
            resource_level: true,
        };
        let layers = Layers {
            identity: &question.identity,
            identity_exists: true,
            boundary: question.boundary,
            scps: Some(question.scps),
            resource: question.resource,
            ..Layers::default()
        };
        evaluation(&request, &layers)
    }
}

fn principal(line: &PrincipalLine) -> Principal {
    let account = line.account.as_str().into();
    match &line.role_arn {
        Some(role) => Principal::RoleSession {
            session_arn: line.arn.as_str().into(),
            role_arn: role.as_str().into(),
            role_id: "AROAEXAMPLEEXAMPLE00".into(),
            session_name: line.arn.rsplit('/').next().unwrap_or_default().into(),
            account,
        },
        None => Principal::User {
            arn: line.arn.as_str().into(),
            unique_id: "AIDAEXAMPLEEXAMPLE00".into(),
            account,
        },
    }
}

impl<'c> Question<'c> {
    fn new(
        line: &'c RequestLine,
        workload: &'c Workload,
        policies: &'c Policies,
        trees: &'c TreeTable<'c>,
    ) -> anyhow::Result<Self> {
        let caller = workload.principals.get(line.p);
        let caller = caller.with_context(|| format!("no principal {}", line.p))?;
        let identity: anyhow::Result<_> =
            (caller.policies.iter().map(|id| policies.own(id))).collect();
        let boundary = caller.boundary.as_deref().map(|id| policies.own(id));
        let resource = line.resource_policy.as_ref().map(|id| {
            let found = policies.of_resources.get(id);
            found.with_context(|| format!("no resource policy {id}"))
        });
        let expect = match line.expect.as_str() {
            "Allow" => Verdict::Allow,
            "ExplicitDeny" => Verdict::ExplicitDeny,
            "ImplicitDeny" => Verdict::ImplicitDeny,
            other => bail!("expect is {other:?}"),
        };
        let scps = trees.get(caller.scps.as_slice()).context("no such tree")?;
        Ok(Self {
            principal: principal(caller),
            identity: identity?,
            boundary: boundary.transpose()?,
            scps,
            resource: resource.transpose()?,
            text: [&*line.action, &line.resource, &line.resource_account]
                .concat()
                .into(),
            ends: [line.action.len(), line.action.len() + line.resource.len()],
            keys: line
                .context
                .iter()
                .map(|(key, values)| (key.as_str(), values))
                .collect(),
            expect,
        })
    }
}
