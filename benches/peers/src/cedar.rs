//! Cedar, with the corpus in its own language (policies.cedar) and the slice of policies of each request picked before.

use crate::corpus::{Corpus, Request as Line, Texts};
use crate::{Answer, Engine};
use anyhow::Context as _;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy,
    PolicySet, Request, RestrictedExpression,
};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;
use std::str::FromStr;

struct Question {
    policies: Rc<PolicySet>,
    entities: Entities,
    request: Request,
}

pub struct Cedar {
    authorizer: Authorizer,
    questions: Vec<Question>,
}

fn uid(kind: &str, id: &str) -> anyhow::Result<EntityUid> {
    let kind = EntityTypeName::from_str(kind)?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

impl Cedar {
    pub fn new(corpus: &Corpus, directory: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(directory.join("policies.cedar"))?;
        let all = PolicySet::from_str(&text)?;
        let mut by_source: HashMap<String, Vec<Policy>> = HashMap::new();
        for policy in all.policies() {
            let source = policy.annotation("src").context("a policy without @src")?;
            by_source
                .entry(source.to_owned())
                .or_default()
                .push(policy.clone());
        }
        let groups = std::fs::read_to_string(directory.join("actions.json"))?;
        let groups: HashMap<String, Vec<String>> = serde_json::from_str(&groups)?;
        let mut slices = HashMap::new();
        let mut questions = Vec::new();
        for line in &corpus.requests {
            let key = (line.p, line.resource_policy.clone());
            let policies = match slices.get(&key) {
                Some(slice) => Rc::clone(slice),
                None => {
                    let made = Rc::new(slice(corpus, line, &by_source)?);
                    slices.insert(key, Rc::clone(&made));
                    made
                }
            };
            questions.push(Question {
                policies,
                entities: entities(corpus, line, &groups)?,
                request: request(corpus, line)?,
            });
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            questions,
        })
    }
}

fn slice(
    corpus: &Corpus,
    line: &Line,
    by_source: &HashMap<String, Vec<Policy>>,
) -> anyhow::Result<PolicySet> {
    let principal = corpus.principal(line);
    let scps = principal
        .scps
        .iter()
        .map(|ids| format!("scp:{}", ids.join("+")));
    let boundary = principal.boundary.iter().map(|id| format!("bound:{id}"));
    let resource = line.resource_policy.iter().map(|id| format!("rp:{id}"));
    let own = principal.policies.iter().cloned();
    let sources: HashSet<String> = own.chain(scps).chain(boundary).chain(resource).collect();
    let mut set = PolicySet::new();
    for policy in sources
        .iter()
        .filter_map(|source| by_source.get(source))
        .flatten()
    {
        set.add(policy.clone())?;
    }
    Ok(set)
}

fn entities(
    corpus: &Corpus,
    line: &Line,
    groups: &HashMap<String, Vec<String>>,
) -> anyhow::Result<Entities> {
    let principal = corpus.principal(line);
    let mut parents = HashSet::new();
    for id in &principal.policies {
        parents.insert(uid("Pol", id)?);
    }
    for ids in &principal.scps {
        parents.insert(uid("Scp", &ids.join("+"))?);
    }
    if let Some(id) = &principal.boundary {
        parents.insert(uid("Bound", id)?);
    }
    if let Some(arn) = &principal.role_arn {
        parents.insert(uid("P", arn)?);
    }
    parents.insert(uid("Acct", &principal.account)?);
    let groups: anyhow::Result<HashSet<EntityUid>> = groups[&line.action]
        .iter()
        .map(|pattern| uid("Action", pattern))
        .collect();
    let own = Entity::new_no_attrs(uid("P", &principal.arn)?, parents);
    let action = Entity::new_no_attrs(uid("Action", &line.action)?, groups?);
    Ok(Entities::from_entities([own, action], None)?)
}

fn request(corpus: &Corpus, line: &Line) -> anyhow::Result<Request> {
    let text = |text: &String| RestrictedExpression::new_string(text.clone());
    let mut pairs = vec![("resource_arn".to_owned(), text(&line.resource))];
    if let Some(path) = line.resource.strip_prefix("arn:aws:s3:::home/")
        && let Some((owner, _)) = path.split_once('/')
    {
        pairs.push(("home_owner".to_owned(), text(&owner.to_owned())));
    }
    for (key, texts) in &line.context {
        let value = match (key.as_str(), texts) {
            ("aws:SourceIp", Texts::One(value)) => RestrictedExpression::new_ip(value),
            ("aws:CurrentTime", Texts::One(value)) => RestrictedExpression::new_datetime(value),
            ("s3:max-keys", Texts::One(value)) => RestrictedExpression::new_long(value.parse()?),
            (_, Texts::One(value)) => text(value),
            (_, Texts::Many(values)) => RestrictedExpression::new_set(values.iter().map(text)),
        };
        let name = key.chars().map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        });
        pairs.push((name.collect(), value));
    }
    let principal = uid("P", &corpus.principal(line).arn)?;
    let resource = uid("R", line.resource_policy.as_deref().unwrap_or("none"))?;
    let context = Context::from_pairs(pairs)?;
    Ok(Request::new(
        principal,
        uid("Action", &line.action)?,
        resource,
        context,
        None,
    )?)
}

impl Engine for Cedar {
    fn answer(&self, request: usize) -> Answer {
        let question = &self.questions[request];
        let response = self.authorizer.is_authorized(
            &question.request,
            &question.policies,
            &question.entities,
        );
        match response.decision() {
            Decision::Allow => Answer::Allow,
            Decision::Deny => Answer::Deny,
        }
    }
}
