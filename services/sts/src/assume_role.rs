//! `AssumeRole`: temporary credentials of a role.

use crate::api::operations::AssumeRole;
use crate::api::types::{AssumeRoleInput, AssumeRoleOutput, AssumedRoleUser};
use crate::session_policy::{SessionPolicies, managed, packed_size};
use crate::session_tag::SessionTags;
use crate::{StsError, credentials, mfa};
use arn::{AccountId, Arn};
use kernel::session::SessionKind;
use kernel::world::{Principal, PrincipalKind};
use kernel::{Call, Check, Common, Failure, Operation, Plan};
use policy::{Policy, ResourceRule};
use std::sync::Arc;

/// Seconds that a session lasts where the request does not say.
const DEFAULT_DURATION: i32 = 3_600;
/// Seconds that a session lasts at most where a role's session assumes the role.
const CHAINED_DURATION: i32 = 3_600;

const ROOT: &str = "Roles may not be assumed by root accounts.";
const TOO_LONG_CHAINED: &str = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
const TOO_LONG: &str =
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
const SOURCE_IDENTITY: &str = "The source identity is already set for this assume role session";

/// Issues credentials of a role of any account of this server.
///
/// The role's trust policy must allow it, and the caller's own policies too unless the
/// trust policy names the very caller in the role's account. Session tags need
/// `sts:TagSession` and a source identity `sts:SetSourceIdentity`, on the same terms;
/// what a chain of roles hands on needs them as well.
impl Operation for AssumeRole {
    type Error = StsError;

    fn plan(call: &mut Call, input: &AssumeRoleInput) -> Result<Plan, StsError> {
        let request = Request::read(call, input)?;
        call.note_resource(input.role_arn.as_str(), "AWS::IAM::Role");
        let role = role(call, &input.role_arn).cloned();
        if let Some(record) = role.as_ref().and_then(|role| role.record.clone()) {
            call.tx().depend_on(record);
        }
        let mfa = mfa::shown(
            call,
            input.serial_number.as_deref(),
            input.token_code.as_deref(),
        )?;
        Ok(checks(input, &request, role.as_deref(), mfa))
    }

    async fn handle(call: &mut Call, input: AssumeRoleInput) -> Result<AssumeRoleOutput, StsError> {
        let request = Request::read(call, &input)?;
        // A role that does not exist was denied already, unless denials are only logged.
        let role = role(call, &input.role_arn)
            .cloned()
            .ok_or_else(|| denied(call, &input.role_arn))?;
        let duration = input.duration_seconds.unwrap_or(DEFAULT_DURATION);
        if i64::from(duration) > i64::from(role.max_session_duration) {
            return Err(StsError::Validation(TOO_LONG.to_owned()));
        }
        let policies = SessionPolicies::read(input.policy, input.policy_arns)?;
        policies.exist_in(call, role.account)?;
        let packed = packed_size(
            &policies,
            &[&request.tags.inherited, &request.tags.requested],
        )?;
        let session_name = input.role_session_name;
        let kind = SessionKind::Role {
            role_id: role.id.to_string(),
            session_name: session_name.clone(),
        };
        let mut session = credentials::begin(call, kind, role.account, duration)?;
        session.policy = policies.inline;
        session.managed = managed(call.world(), policies.arns);
        (session.tags, session.transitive) = request.tags.into_session();
        session.source_identity = request.source_identity;
        // MFA that was shown to assume the role is not handed on: `session.mfa` stays empty
        // ("Secure API access with MFA", IAM User Guide).
        let issued = credentials::issue(call, &session, input.minimum_session_token_size)?;
        Ok(AssumeRoleOutput {
            credentials: Some(issued.credentials),
            assumed_role_user: Some(AssumedRoleUser {
                assumed_role_id: format!("{}:{session_name}", role.id),
                arn: Arn::assumed_role(call.partition(), role.account, &role.name, &session_name)
                    .to_string(),
            }),
            packed_policy_size: packed,
            source_identity: session.source_identity,
            session_token_utilization: issued.token_utilization,
            session_token_size: issued.token_size,
        })
    }
}

/// What the request and the caller's session say, whatever the role.
struct Request {
    /// The account that the role's ARN names.
    owner: AccountId,
    tags: SessionTags,
    source_identity: Option<String>,
}

impl Request {
    fn read(call: &Call, input: &AssumeRoleInput) -> Result<Self, StsError> {
        if call.caller.is_root() {
            return Err(StsError::AccessDenied(ROOT.to_owned()));
        }
        if input
            .provided_contexts
            .as_ref()
            .is_some_and(|contexts| !contexts.is_empty())
        {
            return Err(unserved_contexts());
        }
        let session = call.caller.session.as_deref();
        // Role chaining is a role that assumes a role; a user's temporary credentials are none
        // ("Roles terms and concepts", IAM User Guide).
        if call.caller.is_role_session()
            && input
                .duration_seconds
                .is_some_and(|duration| duration > CHAINED_DURATION)
        {
            return Err(StsError::Validation(TOO_LONG_CHAINED.to_owned()));
        }
        let inherited = session.and_then(|session| session.source_identity.clone());
        Ok(Self {
            owner: owner(&input.role_arn)?,
            tags: SessionTags::checked(
                session,
                input.tags.as_ref(),
                input.transitive_tag_keys.as_ref(),
            )?,
            source_identity: source_identity(inherited, input.source_identity.clone())?,
        })
    }
}

/// The source identity of the new session. Once set, nobody down the chain changes it.
fn source_identity(
    inherited: Option<String>,
    requested: Option<String>,
) -> Result<Option<String>, StsError> {
    match (inherited, requested) {
        (Some(inherited), Some(requested)) if inherited != requested => {
            Err(StsError::Validation(SOURCE_IDENTITY.to_owned()))
        }
        (inherited, requested) => Ok(inherited.or(requested)),
    }
}

/// The account of an ARN that can be a resource of IAM.
fn owner(role_arn: &str) -> Result<AccountId, StsError> {
    let arn = Arn::parse(role_arn)
        .ok()
        .filter(|arn| arn.service() == "iam");
    arn.and_then(|arn| arn.account_id())
        .ok_or_else(|| StsError::Validation(format!("{role_arn} is invalid")))
}

fn role<'c>(call: &'c Call, role_arn: &str) -> Option<&'c Arc<Principal>> {
    call.world()
        .principal_by_arn(role_arn)
        .filter(|found| found.kind == PrincipalKind::Role)
}

/// What must be allowed. A role that does not exist is one that trusts nobody.
fn checks(input: &AssumeRoleInput, request: &Request, role: Option<&Principal>, mfa: bool) -> Plan {
    let trust = role.and_then(|role| role.trust.clone());
    let trust = trust.unwrap_or_else(|| Arc::new(Policy::broken("the role trusts nobody")));
    let role_tags = role.map(|role| role.tags.as_slice()).unwrap_or_default();
    let base = |action| {
        let pairs = || {
            role_tags
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_str()))
        };
        let mut check = Check::new(action, input.role_arn.clone())
            .owned_by(request.owner)
            .resource_policy(Arc::clone(&trust), ResourceRule::Trust)
            .resource_tags(pairs());
        for (key, value) in pairs() {
            check = check.key(format!("iam:ResourceTag/{key}"), value);
        }
        if mfa {
            check = check
                .key("aws:MultiFactorAuthPresent", "true")
                .key("aws:MultiFactorAuthAge", "0");
        }
        check
    };
    let tagged = |check: Check| {
        let check = check.request_tags(request.tags.pairs());
        match &input.transitive_tag_keys {
            Some(keys) if !keys.is_empty() => check.keys("sts:TransitiveTagKeys", keys.clone()),
            _ => check,
        }
    };
    let source_identity = request.source_identity.as_deref();
    let assume = tagged(base("sts:AssumeRole"))
        .key("sts:RoleSessionName", input.role_session_name.as_str())
        .optional_key("sts:ExternalId", input.external_id.as_deref())
        .optional_key("sts:SourceIdentity", source_identity);
    let mut plan = Plan::new(assume);
    if request.tags.is_tagged() {
        plan = plan.and(tagged(base("sts:TagSession")));
    }
    if let Some(identity) = source_identity {
        plan = plan.and(base("sts:SetSourceIdentity").key("sts:SourceIdentity", identity));
    }
    plan
}

fn denied(call: &Call, role_arn: &str) -> StsError {
    StsError::AccessDenied(format!(
        "User: {} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
        call.caller.arn()
    ))
}

/// Context assertions are signed by AWS's identity services, of which there is none here.
/// To pass them over would give a session without the context that it asked for.
fn unserved_contexts() -> StsError {
    let text = "ProvidedContexts of AssumeRole are not served by this version of Claviger.";
    Failure::common(Common::NotImplemented, text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_identity_stays_for_the_whole_chain() {
        let set = |text: &str| Some(text.to_owned());
        assert_eq!(source_identity(None, None).unwrap(), None);
        assert_eq!(source_identity(None, set("ada")).unwrap(), set("ada"));
        assert_eq!(source_identity(set("ada"), None).unwrap(), set("ada"));
        assert_eq!(source_identity(set("ada"), set("ada")).unwrap(), set("ada"));
        assert_eq!(
            source_identity(set("ada"), set("Ada"))
                .unwrap_err()
                .to_string(),
            SOURCE_IDENTITY
        );
    }

    #[test]
    fn only_arns_of_accounts_in_iam_are_roles() {
        assert_eq!(
            owner("arn:aws:iam::111122223333:role/a/b")
                .unwrap()
                .as_str(),
            "111122223333"
        );
        for invalid in [
            "arn:aws:iam::aws:role/administrator",
            "arn:aws:sts::111122223333:assumed-role/a/b",
            "arn:aws:iam:::role/administrator",
            "not-an-arn-but-long-enough",
        ] {
            assert_eq!(
                owner(invalid).unwrap_err().to_string(),
                format!("{invalid} is invalid")
            );
        }
    }
}
