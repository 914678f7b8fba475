//! The policies that take part in a simulation, with what its answer says of them.

use super::entity::EntityArn;
use super::position;
use crate::api::types::{PolicySourceType, Position};
use crate::entity::{EntityKind, GroupRecord, InlinePolicy, RoleRecord, UserRecord, folded};
use crate::{IamError, find};
use kernel::Call;
use kernel::world::{Group, Principal};
use policy::{Document, DocumentKind, Policy};
use std::sync::Arc;

/// One policy.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// `SourcePolicyId`: the policy's name, or its place in the request.
    pub(crate) id: String,
    pub(crate) kind: PolicySourceType,
    pub(crate) origin: Origin,
    /// As it decides.
    pub(crate) policy: Arc<Policy>,
    /// As it reads.
    pub(crate) written: Arc<Written>,
}

/// A document with the places of its statements.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) document: Document,
    /// Where each statement begins and ends.
    pub(crate) places: Vec<(Position, Position)>,
}

impl Written {
    fn new(text: &str, document: Document) -> Arc<Self> {
        Arc::new(Self {
            places: position::all(text, &document),
            document,
        })
    }
}

/// Where a policy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The request.
    Input,
    /// Embedded in a user, group or role.
    Inline {
        holder: EntityKind,
        holder_name: String,
    },
    /// Attached, by ARN.
    Managed(String),
}

impl Source {
    /// A policy of the request, the `number`th of a parameter.
    ///
    /// # Errors
    /// `InvalidInput` where the text is no policy of that kind.
    pub(crate) fn input(
        parameter: &str,
        number: usize,
        text: String,
        kind: DocumentKind,
    ) -> Result<Self, IamError> {
        let id = format!("{parameter}.{number}");
        Self::given(id, text, kind, PolicySourceType::IamPolicy)
    }

    /// A policy of the request.
    ///
    /// # Errors
    /// `InvalidInput` where the text is no policy of that kind.
    pub(crate) fn given(
        id: String,
        text: String,
        kind: DocumentKind,
        source: PolicySourceType,
    ) -> Result<Self, IamError> {
        let document = policy::parse(&text, kind)
            .map_err(|errors| IamError::InvalidInput(policy::aws_message(&errors)))?;
        Ok(Self {
            policy: Arc::new(Policy::compile(&document, id.as_str())),
            written: Written::new(&text, document),
            id,
            kind: source,
            origin: Origin::Input,
        })
    }

    /// A policy that is stored. What decides is the form that decides real calls.
    ///
    /// # Errors
    /// `PolicyEvaluation` where the stored text cannot be read.
    pub(crate) fn stored(
        id: &str,
        kind: PolicySourceType,
        origin: Origin,
        policy: Arc<Policy>,
        text: Option<String>,
        grammar: DocumentKind,
    ) -> Result<Self, IamError> {
        let unreadable =
            || IamError::PolicyEvaluation(format!("The policy {id} cannot be evaluated."));
        let text = text.ok_or_else(unreadable)?;
        let document = policy::parse_stored(&text, grammar).map_err(|_| unreadable())?;
        Ok(Self {
            id: id.to_owned(),
            kind,
            origin,
            policy,
            written: Written::new(&text, document),
        })
    }
}

/// The identity policies of a user, group or role: its own, then those of a user's groups.
///
/// # Errors
/// `NoSuchEntity`; `PolicyEvaluation` for a stored policy that cannot be read.
pub(crate) fn of_entity(call: &mut Call, entity: &EntityArn) -> Result<Vec<Source>, IamError> {
    let mut sources = Vec::new();
    if entity.kind == EntityKind::Group {
        let record = entity.group(call)?;
        let group = call.world().group(&record.id).cloned();
        let group = group.ok_or_else(|| entity.missing())?;
        of_group(call, &group, &record, &mut sources)?;
        return Ok(sources);
    }
    let principal = entity.principal(call).ok_or_else(|| entity.missing())?;
    let key = folded(&principal.name);
    let (texts, groups) = match entity.kind {
        EntityKind::User => match call.load::<UserRecord>(&key)? {
            Some(user) => (user.inline, user.groups),
            None => (Vec::new(), Vec::new()),
        },
        _ => match call.load::<RoleRecord>(&key)? {
            Some(role) => (role.inline, Vec::new()),
            None => (Vec::new(), Vec::new()),
        },
    };
    let origin = Origin::Inline {
        holder: entity.kind,
        holder_name: principal.name.to_string(),
    };
    inline(&principal.inline, &texts, &origin, &mut sources)?;
    for arn in &principal.attached {
        sources.push(managed(call, arn)?);
    }
    for reference in groups {
        let record = call.load::<GroupRecord>(&reference.key)?;
        let group = call.world().group(&reference.id).cloned();
        let (Some(record), Some(group)) = (record, group) else {
            let text = format!("The group {} cannot be evaluated.", reference.key);
            return Err(IamError::PolicyEvaluation(text));
        };
        of_group(call, &group, &record, &mut sources)?;
    }
    complete(call, &principal, &sources)?;
    Ok(sources)
}

/// Makes sure that the simulation has the policies that real calls of the principal are decided by, no less and no more.
fn complete(call: &Call, principal: &Principal, sources: &[Source]) -> Result<(), IamError> {
    let real = call.world().identity_policies(principal);
    let same = real.len() == sources.len()
        && real
            .iter()
            .zip(sources)
            .all(|(real, source)| Arc::ptr_eq(real, &source.policy));
    if same {
        return Ok(());
    }
    Err(IamError::PolicyEvaluation(format!(
        "The policies of {} cannot be evaluated.",
        principal.arn
    )))
}

fn of_group(
    call: &mut Call,
    group: &Group,
    record: &GroupRecord,
    sources: &mut Vec<Source>,
) -> Result<(), IamError> {
    let origin = Origin::Inline {
        holder: EntityKind::Group,
        holder_name: record.name.clone(),
    };
    inline(&group.inline, &record.inline, &origin, sources)?;
    for arn in &group.attached {
        sources.push(managed(call, arn)?);
    }
    Ok(())
}

fn inline(
    policies: &[Arc<Policy>],
    texts: &[InlinePolicy],
    origin: &Origin,
    sources: &mut Vec<Source>,
) -> Result<(), IamError> {
    // The world has them in the order of the record.
    for (index, policy) in policies.iter().enumerate() {
        let text = texts.get(index);
        sources.push(Source::stored(
            text.map_or(policy.name(), |text| &text.name),
            PolicySourceType::IamPolicy,
            origin.clone(),
            Arc::clone(policy),
            text.map(|text| text.document.clone()),
            DocumentKind::Inline,
        )?);
    }
    Ok(())
}

/// A managed policy, AWS's or the account's, by ARN.
///
/// # Errors
/// `PolicyEvaluation` where there is no such policy or it cannot be read.
pub(crate) fn managed(call: &mut Call, arn: &str) -> Result<Source, IamError> {
    let text = match find::policy(call, arn)? {
        Some(find::Policy::Aws(policy)) => policy.default_document(),
        Some(find::Policy::Customer(record)) => record
            .default_version()
            .map(|version| version.document.clone()),
        None => None,
    };
    let name = arn.rsplit('/').next().unwrap_or(arn);
    Source::stored(
        name,
        PolicySourceType::IamPolicy,
        Origin::Managed(arn.to_owned()),
        call.world().document(arn),
        text,
        DocumentKind::Identity,
    )
}
