//! awsim-iam-policy. It takes service control policies as a chain: the documents of one level become one document.

use crate::corpus::{Corpus, Texts};
use crate::{Answer, Engine};
use awsim_iam_policy::{
    AuthzRequest, ContextValue, Decision, EvalContext, PolicyDocument, evaluate, parse_value,
};
use std::collections::HashMap;
use std::rc::Rc;

struct Question {
    identity: Rc<Vec<PolicyDocument>>,
    boundary: Option<Rc<PolicyDocument>>,
    scps: Rc<Vec<PolicyDocument>>,
    principal: String,
    account: String,
    action: String,
    resource: String,
    context: HashMap<String, ContextValue>,
}

pub struct Awsim(Vec<Question>);

impl Awsim {
    pub fn new(corpus: &Corpus) -> anyhow::Result<Self> {
        let documents: Result<HashMap<&str, PolicyDocument>, _> = (corpus.workload.policies.iter())
            .map(|(id, document)| parse_value(document).map(|parsed| (id.as_str(), parsed)))
            .collect();
        let documents = documents?;
        let mut identities = HashMap::new();
        let mut chains: HashMap<&Vec<Vec<String>>, Rc<Vec<PolicyDocument>>> = HashMap::new();
        let mut questions = Vec::new();
        for request in &corpus.requests {
            let principal = corpus.principal(request);
            let own = || -> Vec<PolicyDocument> {
                let ids = principal.policies.iter();
                ids.map(|id| documents[id.as_str()].clone()).collect()
            };
            let identity = match corpus.of_resource(request) {
                Some(document) => {
                    let mut list = own();
                    list.push(parse_value(&document)?);
                    Rc::new(list)
                }
                None => identities
                    .entry(request.p)
                    .or_insert_with(|| Rc::new(own()))
                    .clone(),
            };
            let chain = || {
                let level = |ids: &Vec<String>| {
                    let mut level = documents[ids[0].as_str()].clone();
                    for id in &ids[1..] {
                        level
                            .statements
                            .extend(documents[id.as_str()].statements.clone());
                    }
                    level
                };
                Rc::new(principal.scps.iter().map(level).collect())
            };
            let context = request.context.iter().map(|(key, texts)| {
                let value = match texts {
                    Texts::One(text) => ContextValue::String(text.clone()),
                    Texts::Many(texts) => ContextValue::StringList(texts.clone()),
                };
                (key.clone(), value)
            });
            questions.push(Question {
                identity,
                boundary: principal
                    .boundary
                    .as_ref()
                    .map(|id| Rc::new(documents[id.as_str()].clone())),
                scps: chains.entry(&principal.scps).or_insert_with(chain).clone(),
                principal: principal.arn.clone(),
                account: principal.account.clone(),
                action: request.action.clone(),
                resource: request.resource.clone(),
                context: context.collect(),
            });
        }
        Ok(Self(questions))
    }
}

impl Engine for Awsim {
    fn answer(&self, request: usize) -> Answer {
        let question = &self.0[request];
        let asked = AuthzRequest {
            principal_arn: &question.principal,
            principal_account: &question.account,
            action: &question.action,
            resource_arn: &question.resource,
            context: &question.context,
        };
        let context = EvalContext {
            identity_policies: &question.identity,
            permissions_boundary: question.boundary.as_deref(),
            scps: &question.scps,
            ..EvalContext::default()
        };
        match evaluate(&asked, &context) {
            Decision::Allow => Answer::Allow,
            Decision::ExplicitDeny => Answer::ExplicitDeny,
            Decision::ImplicitDeny => Answer::ImplicitDeny,
        }
    }
}
