//! Who signed the request: SigV4, long-term keys, session tokens, configured keys.

use crate::caller::{Caller, Identity};
use crate::digest::Provider;
use crate::failure::{Code, Failure};
use crate::host::{ConfiguredKey, ConfiguredOwner, Host};
use crate::session::{self, Session, SessionKind};
use crate::signing_keys::SigningKeys;
use crate::world::{KeyOwner, Principal, PrincipalKind, World};
use crate::{administrator, principal};
use arn::AccountId;
use bytes::Bytes;
use crypto::SecretString;
use http::request::Parts;
use jiff::Timestamp;
use policy::{DocumentKind, Policy};
use schema::{Protocol, ServiceSchema};
use sigv4::{AuthError, Presented, SigningKey, VerifiedBody};
use std::sync::Arc;
use store::RecordKey;

/// What authentication proves.
pub(crate) struct Authenticated {
    /// Who calls.
    pub(crate) caller: Arc<Caller>,
    /// The region that was signed for.
    pub(crate) region: String,
    /// The body, decoded where it was streamed, as the signature covers it.
    pub(crate) body: Bytes,
    /// The world in which the caller was looked up: the call is decided in no other, or the
    /// caller is looked up anew.
    pub(crate) world: Arc<World>,
}

/// Credentials that exist, and who they belong to. Nothing is proved yet.
struct Candidate {
    secret: SecretString,
    caller: Caller,
}

/// Authenticates a request.
///
/// The order is: the key must exist, the signature must be its own, the session must
/// not have ended. Only a proved caller learns that its session has ended.
#[expect(clippy::too_many_arguments, reason = "a request in its parts")]
pub(crate) fn authenticate(
    host: &Host,
    keys: &SigningKeys,
    parts: &Parts,
    body: &Bytes,
    presented: Result<Presented, AuthError>,
    service: &'static ServiceSchema,
    operation: &str,
    now: Timestamp,
) -> Result<Authenticated, AuthError> {
    let presented = presented?;
    let world = host.world();
    let session = match &presented.session_token {
        Some(token) => {
            let session = session::open(&host.tokens, token, &presented.access_key_id);
            Some(Arc::new(session.ok_or(AuthError::InvalidClientTokenId)?))
        }
        None => None,
    };
    let candidate = identify(host, &world, &presented.access_key_id, session)
        .ok_or(AuthError::InvalidClientTokenId)?;
    let verified = prove(
        keys,
        parts,
        body,
        &presented,
        &candidate.secret,
        service,
        now,
    )?;
    let caller = candidate.caller;
    if let Some(session) = &caller.session {
        if session.expires <= now {
            return Err(AuthError::ExpiredToken);
        }
        if !may_call(session, service.id, operation) {
            return Err(AuthError::InvalidClientTokenId);
        }
    }
    note_use(host, &caller, now, &presented);
    Ok(Authenticated {
        caller: Arc::new(caller),
        region: presented.scope.region,
        body: verified.body,
        world,
    })
}

/// Proves the signature with the candidate's secret.
fn prove(
    keys: &SigningKeys,
    parts: &Parts,
    body: &Bytes,
    presented: &Presented,
    secret: &SecretString,
    service: &'static ServiceSchema,
    now: Timestamp,
) -> Result<VerifiedBody, AuthError> {
    let (id, scope) = (&presented.access_key_id, &presented.scope);
    let found = keys.find(id, secret, scope);
    let is_new = found.is_none();
    let key = found.unwrap_or_else(|| SigningKey::derive(&Provider, secret.expose(), scope));
    let verified = sigv4::verify_with_key(
        &Provider,
        parts,
        body,
        presented,
        &key,
        now.as_second(),
        &sigv4::Expected::of_service(service.signing_name),
    )?;
    // Only what proved a signature: nobody else can fill the memory, or crowd others out of it.
    if is_new {
        keys.keep(id, secret, scope, key);
    }
    Ok(verified)
}

/// Looks an authenticated caller up anew in a later world. `None` where its key or
/// principal is gone. One whom the server itself gives stays.
pub(crate) fn refresh(host: &Host, world: &World, caller: &Caller) -> Option<Caller> {
    if caller.given {
        return Some(caller.clone());
    }
    identify(host, world, &caller.access_key_id, caller.session.clone())
        .map(|candidate| candidate.caller)
}

/// How an authentication error is answered.
pub(crate) fn failure(error: &AuthError, protocol: Protocol) -> Failure {
    let json = !matches!(protocol, Protocol::AwsQuery | Protocol::RestXml);
    let rpc = json && protocol != Protocol::RestJson1;
    Failure {
        code: Code::Spelled {
            code: error.code(json).into(),
            status: error.status(rpc),
        },
        message: Some(error.message()),
        detail: None,
        encoded: None,
    }
}

fn identify(
    host: &Host,
    world: &World,
    key_id: &str,
    session: Option<Arc<Session>>,
) -> Option<Candidate> {
    match session {
        Some(session) => of_session(host, world, session),
        None => of_configured(host, world, key_id).or_else(|| of_record(host, world, key_id)),
    }
}

/// A long-term key that the configuration gives.
fn of_configured(host: &Host, world: &World, key_id: &str) -> Option<Candidate> {
    let settings = &host.settings;
    let (account, owner, secret) = match settings.configured.iter().find(|key| key.id == key_id) {
        Some(ConfiguredKey {
            account,
            owner,
            secret,
            ..
        }) => (*account, *owner, secret.clone()),
        None => {
            let secret = settings.any_account_secret.clone()?;
            (
                key_id.parse::<AccountId>().ok()?,
                ConfiguredOwner::Administrator,
                secret,
            )
        }
    };
    let identity = match owner {
        ConfiguredOwner::Root => Identity::Root,
        ConfiguredOwner::Administrator => {
            Identity::User(administrator::principal(settings.partition, account))
        }
    };
    Some(Candidate {
        secret,
        caller: caller(host, world, key_id, account, identity, None, true),
    })
}

/// A long-term key that a record describes.
fn of_record(host: &Host, world: &World, key_id: &str) -> Option<Candidate> {
    let key = world.access_key(key_id).filter(|key| key.active)?;
    let identity = match &key.owner {
        KeyOwner::Root => Identity::Root,
        KeyOwner::User(id) => Identity::User(of_kind(world, id, key.account, PrincipalKind::User)?),
    };
    let mut caller = caller(host, world, key_id, key.account, identity, None, false);
    caller.dependencies.push(key.record.clone());
    Some(Candidate {
        secret: key.secret.clone(),
        caller,
    })
}

/// Temporary credentials. Their principal must still exist.
fn of_session(host: &Host, world: &World, session: Arc<Session>) -> Option<Candidate> {
    let account = session.account;
    let mut configured = false;
    let mut user = |id: &str| {
        let administrator = administrator::find(&host.settings, account, id);
        configured = administrator.is_some();
        administrator.or_else(|| of_kind(world, id, account, PrincipalKind::User))
    };
    let identity = match &session.kind {
        SessionKind::Root => Identity::Root,
        SessionKind::User { user_id } => Identity::User(user(user_id)?),
        SessionKind::Role {
            role_id,
            session_name,
        } => Identity::Role {
            role: of_kind(world, role_id, account, PrincipalKind::Role)?,
            session_name: session_name.clone(),
        },
        SessionKind::Federated { user_id, name } => Identity::Federated {
            user: match user_id {
                Some(id) => Some(user(id)?),
                None => None,
            },
            name: name.clone(),
        },
    };
    let secret = session::secret(&host.tokens, &session);
    let key_id = session.access_key_id.clone();
    Some(Candidate {
        secret,
        caller: caller(
            host,
            world,
            &key_id,
            account,
            identity,
            Some(session),
            configured,
        ),
    })
}

fn of_kind(
    world: &World,
    id: &str,
    account: AccountId,
    kind: PrincipalKind,
) -> Option<Arc<Principal>> {
    world
        .principal(id)
        .filter(|found| found.account == account && found.kind == kind)
        .cloned()
}

fn caller(
    host: &Host,
    world: &World,
    key_id: &str,
    account: AccountId,
    identity: Identity,
    session: Option<Arc<Session>>,
    configured: bool,
) -> Caller {
    let partition = host.settings.partition;
    let session_policies = session
        .as_deref()
        .and_then(|session| session_policies(world, session));
    let principal = principal::of(partition, account, &identity);
    let mut caller = Caller {
        account,
        partition,
        access_key_id: key_id.into(),
        identity,
        session,
        session_policies,
        principal,
        dependencies: Vec::new(),
        configured,
        given: false,
    };
    caller.dependencies = dependencies(world, &caller);
    caller
}

/// The records that say what the caller may do.
fn dependencies(world: &World, caller: &Caller) -> Vec<RecordKey> {
    let mut keys = match caller.source() {
        Some(principal) if !caller.configured => world.dependencies(principal),
        _ => Vec::new(),
    };
    let arns = caller
        .session
        .iter()
        .flat_map(|session| session.managed.iter().map(|policy| &policy.arn));
    keys.extend(
        arns.filter_map(|arn| world.managed_policy(arn))
            .map(|policy| policy.record.clone()),
    );
    keys
}

/// The ceilings that a session carries. A federated user without any has an empty
/// one: nothing but resource policies grant it anything ("GetFederationToken").
fn session_policies(world: &World, session: &Session) -> Option<Vec<Arc<Policy>>> {
    let inline = session.policy.as_deref().map(|text| {
        Arc::new(match policy::parse_stored(text, DocumentKind::Session) {
            Ok(document) => Policy::compile(&document, "session policy"),
            Err(_) => Policy::deny_all("the session policy does not parse"),
        })
    });
    let managed = session.managed.iter().map(|policy| policy.document(world));
    let policies: Vec<_> = inline.into_iter().chain(managed).collect();
    let federated = matches!(session.kind, SessionKind::Federated { .. });
    (federated || !policies.is_empty()).then_some(policies)
}

/// What temporary credentials of users cannot call, whatever the policies say
/// ("Compare AWS STS credentials", IAM User Guide). AWS answers as if the token were unknown.
fn may_call(session: &Session, service: &str, operation: &str) -> bool {
    match session.kind {
        SessionKind::Role { .. } => true,
        SessionKind::User { .. } | SessionKind::Root => match service {
            "iam" => session.mfa.is_some(),
            "sts" => operation == "AssumeRole" || answers_sessions(operation),
            _ => true,
        },
        SessionKind::Federated { .. } => match service {
            "iam" => false,
            "sts" => answers_sessions(operation),
            _ => true,
        },
    }
}

/// `GetCallerIdentity` is for everybody; the other two refuse temporary credentials in words of their own.
fn answers_sessions(operation: &str) -> bool {
    matches!(
        operation,
        "GetCallerIdentity" | "GetSessionToken" | "GetFederationToken"
    )
}

fn note_use(host: &Host, caller: &Caller, now: Timestamp, presented: &Presented) {
    let (service, region) = (&presented.scope.service, &presented.scope.region);
    let account = caller.account.as_str();
    if caller.session.is_none() && !caller.configured {
        host.last_used
            .note(account, &caller.access_key_id, now, service, region);
    }
    if let Identity::Role { role, .. } = &caller.identity {
        host.last_used.note(account, &role.id, now, service, region);
    }
}
