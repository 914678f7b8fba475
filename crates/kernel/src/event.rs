//! From a call to its records in the trail.

use crate::call::{Call, Origin};
use crate::caller::{Caller, Identity};
use crate::ids;
use crate::session::{Session, SessionKind};
use crate::world::Principal;
use arn::AccountId;
use audit::{Event, Json, Resource, SessionContext, SessionIssuer, TlsDetails, UserIdentity};
use bytes::Bytes;
use crypto::Random;
use jiff::Timestamp;
use schema::{Kind, OperationSchema, ServiceSchema, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The region that CloudTrail gives for calls of global services.
const GLOBAL_REGION: &str = "us-east-1";

/// What is known of a call so far.
pub(crate) struct Trace {
    event: Event,
    service: &'static ServiceSchema,
    account: Option<AccountId>,
    resources: Vec<(String, String)>,
    response: Option<serde_json::Value>,
    other_accounts: Vec<AccountId>,
}

impl Trace {
    pub(crate) fn new(
        service: &'static ServiceSchema,
        operation: &'static str,
        origin: &Origin,
        request_id: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        let source = format!("{}.amazonaws.com", service.endpoint_prefix);
        let mut event = Event::new(source, operation, GLOBAL_REGION, now, ids::event_id(random));
        event.source_ip_address = Cow::Owned(origin.source_ip.to_canonical().to_string());
        event.user_agent = Some(origin.user_agent.clone());
        event.request_id = Some(request_id.to_owned());
        event.api_version = Some(Cow::Borrowed(service.api_version));
        event.read_only = is_read_only(service, operation);
        event.tls_details = origin.tls.as_ref().map(|tls| TlsDetails {
            tls_version: tls.version.clone().into(),
            cipher_suite: tls.cipher_suite.clone().into(),
            client_provided_host_header: Some(origin.host.clone()),
        });
        Self {
            event,
            service,
            account: None,
            resources: Vec::new(),
            response: None,
            other_accounts: Vec::new(),
        }
    }

    pub(crate) fn event_id(&self) -> String {
        self.event.event_id.to_string()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.event.event_time
    }

    /// Nobody was authenticated; the key is what was claimed.
    pub(crate) fn claimed(&mut self, access_key_id: Option<&str>) {
        self.event.user_identity = UserIdentity::unknown(access_key_id);
    }

    pub(crate) fn caller(&mut self, caller: &Caller, region: &str) {
        self.account = Some(caller.account);
        self.event.recipient_account_id = Some(caller.account.to_string());
        self.event.user_identity = user_identity(caller);
        if !self.service.global {
            self.event.aws_region = Cow::Owned(region.to_owned());
        }
    }

    /// The server itself calls for its operator: no key signed.
    pub(crate) fn internal(&mut self, invoked_by: &'static str) {
        self.event.user_identity.access_key_id = None;
        self.event.user_identity.invoked_by = Some(invoked_by.to_owned());
    }

    /// A service calls, for its caller or for itself: it stands where clients have their address
    /// ("CloudTrail record contents", on `sourceIPAddress`).
    pub(crate) fn service(&mut self, service: &str) {
        self.event.user_identity.invoked_by = Some(service.to_owned());
        self.event.source_ip_address = Cow::Owned(service.to_owned());
        self.event.user_agent = Some(service.to_owned());
        self.event.tls_details = None;
    }

    pub(crate) fn input(&mut self, operation: &'static OperationSchema, input: &Value) {
        self.event.request_parameters = Json::redacted(operation.input, input);
    }

    /// What the plan and the handler had to say.
    pub(crate) fn call(&mut self, call: &mut Call) {
        self.resources = std::mem::take(&mut call.resources);
        self.response = call.response.take();
        self.other_accounts = std::mem::take(&mut call.other_accounts);
        let notes: serde_json::Map<String, serde_json::Value> = std::mem::take(&mut call.notes)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        self.event.additional_event_data = if notes.is_empty() {
            None
        } else {
            Json::new(&notes)
        };
    }

    /// The records of a call that succeeded, as it seems: a conflict at its commit makes it start over.
    pub(crate) fn success(
        &mut self,
        operation: &'static OperationSchema,
        output: &Value,
        random: &dyn Random,
    ) -> Vec<Bytes> {
        // Calls that issue credentials show their response although they only read.
        if !self.event.read_only || issues_credentials(operation) {
            self.event.response_elements = match &self.response {
                Some(shown) => Json::new(shown),
                None => Json::redacted(operation.output, output),
            };
        }
        let records = self.records(random);
        self.event.response_elements = None;
        records
    }

    /// The records of a call that failed.
    pub(crate) fn failure(
        mut self,
        code: &str,
        message: Option<&str>,
        random: &dyn Random,
    ) -> Vec<Bytes> {
        self.event.error_code = Some(Cow::Owned(code.to_owned()));
        self.event.error_message = message.map(ToOwned::to_owned);
        self.records(random)
    }

    /// One record an account: the caller's, and that of each owner of a resource.
    fn records(&mut self, random: &dyn Random) -> Vec<Bytes> {
        self.event.resources = self
            .resources
            .iter()
            .map(|(arn, kind)| Resource {
                account_id: arn
                    .split(':')
                    .nth(4)
                    .filter(|account| account.len() == 12)
                    .map(ToOwned::to_owned),
                kind: Some(Cow::Owned(kind.clone())),
                arn: arn.clone(),
            })
            .collect();
        if self.other_accounts.is_empty() {
            return vec![self.event.to_bytes()];
        }
        let mut event = self.event.clone();
        event.shared_event_id = Some(ids::event_id(random));
        let principal_id = event.user_identity.principal_id.clone().unwrap_or_default();
        let mut records = vec![event.to_bytes()];
        for account in &self.other_accounts {
            event.event_id = ids::event_id(random);
            event.recipient_account_id = Some(account.to_string());
            // The owner sees which account called, not who there ("CloudTrail userIdentity element").
            event.user_identity = UserIdentity::aws_account(
                &principal_id,
                self.account
                    .as_ref()
                    .map(AccountId::as_str)
                    .unwrap_or_default(),
            );
            records.push(event.to_bytes());
        }
        records
    }
}

/// Whether CloudTrail calls the operation read-only: what the service authorization reference says of
/// the action, except for KMS's cryptographic operations, which change nothing (KMS Developer Guide,
/// "Logging AWS KMS API calls with AWS CloudTrail", whose examples are all read-only).
fn is_read_only(service: &ServiceSchema, operation: &str) -> bool {
    const CRYPTOGRAPHIC: &[&str] = &[
        "Decapsulate",
        "Decrypt",
        "DeriveSharedSecret",
        "Encapsulate",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GenerateRandom",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
    ];
    if service.id == "kms" && CRYPTOGRAPHIC.contains(&operation) {
        return true;
    }
    catalog::action(&format!("{}:{operation}", service.endpoint_prefix)).map_or_else(
        // The server's own operations are in no list of AWS's.
        || {
            ["Get", "List", "Describe"]
                .iter()
                .any(|verb| operation.starts_with(verb))
        },
        catalog::Action::is_read_only,
    )
}

fn issues_credentials(operation: &'static OperationSchema) -> bool {
    operation.output_members().iter().any(|member| {
        member.name == "Credentials" && matches!(member.schema.kind, Kind::Structure(_))
    })
}

fn user_identity(caller: &Caller) -> UserIdentity {
    let (arn, account, user_id) = (caller.arn(), caller.account.to_string(), caller.user_id());
    let context = caller
        .session
        .as_deref()
        .map(|session| session_context(caller, session));
    let mut identity = match &caller.identity {
        Identity::Root => UserIdentity::root(&account, caller.partition.as_str()),
        Identity::User(user) => UserIdentity::iam_user(&user_id, &arn, &account, &user.name),
        Identity::Role { .. } => UserIdentity::assumed_role(
            &user_id,
            &arn,
            &account,
            context.clone().unwrap_or_default(),
        ),
        Identity::Federated { .. } => UserIdentity::federated_user(
            &user_id,
            &arn,
            &account,
            context.clone().unwrap_or_default(),
        ),
        Identity::Service { name, .. } => return UserIdentity::aws_service(name),
    };
    identity.session_context = context;
    identity.with_access_key(&caller.access_key_id)
}

fn session_context(caller: &Caller, session: &Session) -> SessionContext {
    let issuer = |kind: &'static str, principal: &Arc<Principal>| SessionIssuer {
        kind,
        principal_id: principal.id.to_string(),
        arn: principal.arn.to_string(),
        account_id: principal.account.to_string(),
        user_name: Some(principal.name.to_string()),
    };
    SessionContext {
        session_issuer: match (&session.kind, caller.source()) {
            (SessionKind::Role { .. }, Some(role)) => Some(issuer("Role", role)),
            (SessionKind::Federated { .. }, Some(user)) => Some(issuer("IAMUser", user)),
            _ => None,
        },
        creation_date: Some(session.issued),
        mfa_authenticated: session.mfa.is_some(),
        source_identity: session.source_identity.clone(),
    }
}
