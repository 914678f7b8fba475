//! The corpus as it is written.

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

#[derive(Deserialize)]
pub struct Workload {
    pub policies: HashMap<String, Value>,
    pub resource_policies: HashMap<String, Value>,
    pub principals: Vec<Principal>,
}

#[derive(Deserialize)]
pub struct Principal {
    pub arn: String,
    pub role_arn: Option<String>,
    pub account: String,
    pub policies: Vec<String>,
    pub boundary: Option<String>,
    pub scps: Vec<Vec<String>>,
}

#[derive(Deserialize)]
pub struct Request {
    pub p: usize,
    pub action: String,
    pub resource: String,
    pub resource_policy: Option<String>,
    pub context: BTreeMap<String, Texts>,
    pub expect: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Texts {
    One(String),
    Many(Vec<String>),
}

pub struct Corpus {
    pub workload: Workload,
    pub requests: Vec<Request>,
}

impl Corpus {
    pub fn read(directory: &Path) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let file = directory.join(name);
            std::fs::read_to_string(&file).with_context(|| file.display().to_string())
        };
        let requests: Result<_, _> = read("requests.jsonl")?
            .lines()
            .map(serde_json::from_str)
            .collect();
        Ok(Self {
            workload: serde_json::from_str(&read("workload.json")?)?,
            requests: requests?,
        })
    }

    pub fn principal(&self, request: &Request) -> &Principal {
        &self.workload.principals[request.p]
    }

    /// The statements of the request's resource policy that are about the caller, as a policy of the caller: within an
    /// account, without boundary and session policy, the two mean the same.
    pub fn of_resource(&self, request: &Request) -> Option<Value> {
        let principal = self.principal(request);
        let document = &self.workload.resource_policies[request.resource_policy.as_ref()?];
        let root = format!("arn:aws:iam::{}:root", principal.account);
        let mine = |statement: &&Value| {
            let names = statement["Principal"]["AWS"]
                .as_array()
                .into_iter()
                .flatten();
            names.filter_map(Value::as_str).any(|name| {
                name == principal.arn
                    || Some(name) == principal.role_arn.as_deref()
                    || (name == root && statement["Effect"] == "Deny")
            })
        };
        let statements: Vec<Value> = document["Statement"]
            .as_array()?
            .iter()
            .filter(mine)
            .cloned()
            .map(|mut statement| {
                if let Some(members) = statement.as_object_mut() {
                    members.remove("Principal");
                }
                statement
            })
            .collect();
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        (!statements.is_empty()).then_some(document)
    }
}
