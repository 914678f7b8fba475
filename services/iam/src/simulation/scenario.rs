//! A simulation with everything that it needs: it can run away from the threads that serve calls.

use super::entity::EntityArn;
use super::evaluation::{self, Outcome};
use super::input::{self, Raw};
use super::resource::{self, Policies};
use super::source::{Origin, Source};
use super::subject::Subject;
use super::{context, response};
use crate::api::types::{EvaluationResult, PolicySourceType, SimulatePolicyResponse};
use crate::entity::{EntityKind, RoleRecord, folded};
use crate::{IamError, page, trust};
use arn::AccountId;
use kernel::Call;
use policy::{Context, DocumentKind, Policy};
use std::sync::Arc;

/// How many statements one page asks at most: with more, pages are shorter.
const PAGE_WORK: usize = 200_000;
/// How many statements one action may ask on all its resources. Each can stand in the answer.
const MAX_WORK: usize = 500_000;

/// The levels of an organization, root first.
pub(crate) type Levels = Vec<Vec<Arc<Policy>>>;

/// A simulation.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) subject: Subject,
    pub(crate) identity: Vec<Source>,
    pub(crate) boundary: Option<Source>,
    /// Service control policies; `None` where none apply.
    pub(crate) scps: Option<Levels>,
    /// The account whose resource control policies are known, with them.
    pub(crate) rcps: Option<(AccountId, Levels)>,
    pub(crate) policies: Policies,
    pub(crate) owner: Option<AccountId>,
    pub(crate) context: Context,
    pub(crate) resources: Vec<String>,
}

/// Who is simulated with which policies, as the two operations find it.
pub(crate) struct Who {
    pub(crate) subject: Subject,
    pub(crate) identity: Vec<Source>,
    pub(crate) boundary: Option<Source>,
    pub(crate) scps: Option<Levels>,
    pub(crate) rcps: Option<(AccountId, Levels)>,
    /// The caller was named: a resource's policy can name it too.
    pub(crate) is_named: bool,
}

/// Simulates one page of a request's actions.
///
/// # Errors
/// `InvalidInput`; the store's failure.
pub(crate) async fn answer(
    call: &mut Call,
    mut raw: Raw,
    who: impl FnOnce(&mut Call, &mut Raw) -> Result<Who, IamError>,
) -> Result<SimulatePolicyResponse, IamError> {
    raw.check()?;
    let who = who(call, &mut raw)?;
    let scenario = prepared(call, &raw, who)?;
    let work = scenario.work();
    if work > MAX_WORK {
        return Err(IamError::InvalidInput(
            "The simulation has too many resources for its policies.".into(),
        ));
    }
    let most = i32::try_from(PAGE_WORK / work.max(1)).unwrap_or(i32::MAX);
    let size = raw.max_items.unwrap_or(100).min(most.max(1));
    let actions: Vec<_> = raw.actions.into_iter().enumerate().collect();
    let page = page::of_list(
        actions,
        |(index, _)| index.to_string(),
        Some(size),
        raw.marker.as_deref(),
    )?;
    let (is_truncated, marker, actions) = (page.is_truncated(), page.marker, page.items);
    let results = call
        .offload(move || {
            let actions = actions.into_iter();
            actions
                .map(|(_, action)| scenario.simulate(action))
                .collect::<Vec<_>>()
        })
        .await
        .map_err(|error| IamError::Failure(kernel::Failure::internal(&error)))?;
    Ok(SimulatePolicyResponse {
        evaluation_results: Some(results),
        is_truncated: Some(is_truncated),
        marker,
    })
}

fn prepared(call: &mut Call, raw: &Raw, who: Who) -> Result<Scenario, IamError> {
    let mut policies = Policies::read(raw.resource_policy.as_deref(), &raw.actions)?;
    if raw.resource_policy.is_some() {
        if !who.is_named {
            return Err(IamError::InvalidInput(
                "Invalid caller - Caller cannot be null or empty.".into(),
            ));
        }
        if raw.resources.is_empty() {
            return Err(IamError::InvalidInput(
                "Invalid Entity Arn: * does not clearly define entity type and name.".into(),
            ));
        }
    } else if raw.actions.iter().any(|action| resource::is_trust(action)) {
        for arn in &raw.resources {
            if let Some(mut source) = own_trust(call, arn)? {
                // Stored trust policies name users and roles by ids. Whose id is not known is found by the ARN that
                // the role's readers see.
                if !who.subject.is_known() {
                    let readable = Policy::compile(&source.written.document, source.id.as_str());
                    source.policy = Arc::new(readable);
                }
                policies.trusts.insert(arn.clone(), source);
            }
        }
    }
    let mut context = Context::new();
    who.subject.set_keys(&mut context);
    context.set("aws:ViaAWSService", "false");
    let now = call.now;
    context.set(
        "aws:CurrentTime",
        now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    );
    context.set("aws:EpochTime", now.as_second().to_string());
    context::set(&mut context, &raw.context)?;
    Ok(Scenario {
        subject: who.subject,
        identity: who.identity,
        boundary: who.boundary,
        scps: who.scps,
        rcps: who.rcps,
        policies,
        owner: raw.owner()?,
        context,
        resources: raw.resources.clone(),
    })
}

/// The trust policy of a role of the caller's account, where the caller may read it.
fn own_trust(call: &mut Call, arn: &str) -> Result<Option<Source>, IamError> {
    let Some(entity) = EntityArn::read(call, arn).filter(|entity| entity.kind == EntityKind::Role)
    else {
        return Ok(None);
    };
    let Some(role) = entity.principal(call) else {
        return Ok(None);
    };
    let Some(decides) = role.trust.clone() else {
        return Ok(None);
    };
    if !entity.is_readable(call)? {
        return Ok(None);
    }
    let record = call.load::<RoleRecord>(&folded(&role.name))?;
    let text = record.map(|record| trust::readable(call, &record.trust));
    Source::stored(
        "AssumeRolePolicyDocument",
        PolicySourceType::ResourcePolicy,
        Origin::Input,
        decides,
        text,
        DocumentKind::Trust,
    )
    .map(Some)
}

/// The policies of the organization that limit an account's principals and resources; `None` outside of one.
pub(crate) fn ceilings(call: &Call) -> Option<(Levels, Levels)> {
    let account = call.world().account(call.account())?;
    let ceilings = account.ceilings.as_deref()?;
    Some((ceilings.service.clone(), ceilings.resource.clone()))
}

/// Service control policies of a request, level by level.
///
/// # Errors
/// `InvalidInput` for a document that is none.
pub(crate) fn levels(texts: Vec<Vec<String>>) -> Result<Levels, IamError> {
    let level = |texts| -> Result<Vec<Arc<Policy>>, IamError> {
        let parameter = "ServiceControlPolicyInputList";
        let sources = input::numbered(parameter, texts, DocumentKind::ServiceControl)?;
        Ok(sources.into_iter().map(|source| source.policy).collect())
    };
    texts.into_iter().map(level).collect()
}

impl Scenario {
    /// How many statements one action asks.
    fn work(&self) -> usize {
        let sources = self.identity.iter().chain(&self.boundary);
        let controls = self.scps.iter().flatten().flatten();
        let statements = sources.map(|source| source.policy.len()).sum::<usize>()
            + controls.map(|policy| policy.len()).sum::<usize>()
            + self.policies.statements();
        (statements + 1) * self.resources.len().max(1)
    }

    /// One action on all resources.
    fn simulate(&self, action: String) -> EvaluationResult {
        let outcomes: Vec<Outcome> = if self.resources.is_empty() {
            vec![evaluation::evaluate(self, &action, "*")]
        } else {
            let resources = self.resources.iter();
            resources
                .map(|resource| evaluation::evaluate(self, &action, resource))
                .collect()
        };
        let name = resource::name(&action, &self.resources);
        response::result(action, name, outcomes, !self.resources.is_empty())
    }
}
