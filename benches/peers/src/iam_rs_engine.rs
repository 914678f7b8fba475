//! iam-rs. It knows one list of policies: an evaluator for each layer, and their answers combined here.

use crate::corpus::{Corpus, Texts};
use crate::{Answer, Engine};
use iam_rs::{
    Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal,
    PrincipalId,
};
use std::collections::HashMap;
use std::rc::Rc;

struct Question {
    identity: Rc<PolicyEvaluator>,
    ceilings: Vec<Rc<PolicyEvaluator>>,
    request: IAMRequest,
}

pub struct IamRs(Vec<Question>);

impl IamRs {
    pub fn new(corpus: &Corpus) -> anyhow::Result<Self> {
        let documents: Result<HashMap<&str, IAMPolicy>, _> = (corpus.workload.policies.iter())
            .map(|(id, document)| {
                serde_json::from_value(document.clone()).map(|parsed| (id.as_str(), parsed))
            })
            .collect();
        let documents = documents?;
        let list = |ids: &[String]| -> Vec<IAMPolicy> {
            ids.iter()
                .map(|id| documents[id.as_str()].clone())
                .collect()
        };
        let evaluator = |policies| Rc::new(PolicyEvaluator::with_policies(policies));
        let mut identities = HashMap::new();
        let mut ceilings: HashMap<Vec<String>, Rc<PolicyEvaluator>> = HashMap::new();
        let mut questions = Vec::new();
        for request in &corpus.requests {
            let principal = corpus.principal(request);
            let identity = match corpus.of_resource(request) {
                Some(document) => {
                    let mut policies = list(&principal.policies);
                    policies.push(serde_json::from_value(document)?);
                    evaluator(policies)
                }
                None => identities
                    .entry(request.p)
                    .or_insert_with(|| evaluator(list(&principal.policies)))
                    .clone(),
            };
            let boundary = principal.boundary.iter().map(|id| vec![id.clone()]);
            let levels = principal.scps.iter().cloned().chain(boundary);
            let mut context = Context::new();
            for (key, texts) in &request.context {
                let value = match texts {
                    Texts::One(text) => ContextValue::String(text.clone()),
                    Texts::Many(texts) => ContextValue::StringList(texts.clone()),
                };
                context.insert(key.clone(), value);
            }
            questions.push(Question {
                identity,
                ceilings: levels
                    .map(|ids| {
                        let made = evaluator(list(&ids));
                        ceilings.entry(ids).or_insert(made).clone()
                    })
                    .collect(),
                request: IAMRequest::new_with_context(
                    Principal::Aws(PrincipalId::String(principal.arn.clone())),
                    request.action.clone(),
                    Arn::parse(&request.resource).map_err(|error| anyhow::anyhow!("{error:?}"))?,
                    context,
                ),
            });
        }
        Ok(Self(questions))
    }
}

impl Engine for IamRs {
    fn answer(&self, request: usize) -> Answer {
        let question = &self.0[request];
        let ask = |evaluator: &PolicyEvaluator| {
            evaluator
                .evaluate(&question.request)
                .map(|found| found.decision)
        };
        let mut open = true;
        for layer in std::iter::once(&question.identity).chain(&question.ceilings) {
            match ask(layer) {
                Ok(Decision::Allow) => {}
                Ok(Decision::Deny) => return Answer::ExplicitDeny,
                Ok(Decision::NotApplicable) => open = false,
                Err(_) => return Answer::Error,
            }
        }
        if open {
            Answer::Allow
        } else {
            Answer::ImplicitDeny
        }
    }
}
