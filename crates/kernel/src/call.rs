//! One call, as plans and handlers see it: who calls, when, from where, and the
//! transaction. No HTTP, no JSON, no headers.

use crate::caller::Caller;
use crate::engine::Engine;
use crate::host::Host;
use crate::last_used::LastUse;
use crate::mfa::MfaError;
use crate::record::{self, Entity, RecordError};
use crate::world::World;
use arn::{AccountId, Partition};
use jiff::Timestamp;
use schema::OperationSchema;
use std::net::IpAddr;
use std::sync::Arc;
use store::{Prefix, RecordKey, Tx};

/// Where a call came from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The client's address.
    pub source_ip: IpAddr,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The connection's TLS, where it has one.
    pub tls: Option<TlsDetails>,
    /// The `Host` that the client asked for.
    pub host: String,
}

/// What a record says of the connection's TLS.
#[derive(Debug, Clone)]
pub struct TlsDetails {
    /// `TLSv1.3`
    pub version: String,
    /// `TLS_AES_128_GCM_SHA256`
    pub cipher_suite: String,
}

/// One authenticated call.
pub struct Call {
    /// The operation.
    pub operation: &'static OperationSchema,
    /// Who calls.
    pub caller: Arc<Caller>,
    /// The region that was signed for.
    pub region: String,
    /// The time at which the call is decided.
    pub now: Timestamp,
    /// The request id.
    pub request_id: String,
    /// The id of the call's event in the caller's trail.
    pub event_id: String,
    /// Where the call came from.
    pub origin: Arc<Origin>,
    pub(crate) tx: Tx,
    pub(crate) world: Arc<World>,
    pub(crate) host: Arc<Host>,
    pub(crate) engine: Arc<Engine>,
    /// The services through which the caller calls, the first one first.
    pub(crate) via: Arc<[Arc<str>]>,
    /// Facts for the trail that neither input nor output shows.
    pub(crate) notes: Vec<(&'static str, serde_json::Value)>,
    pub(crate) resources: Vec<(String, String)>,
    /// What the trail shows of the response, where that is not the response itself.
    pub(crate) response: Option<serde_json::Value>,
    /// Other accounts whose resources the plan touched: each gets the event too.
    pub(crate) other_accounts: Vec<AccountId>,
}

impl Call {
    /// The caller's account, in which operations work.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.caller.account
    }

    /// The partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.caller.partition
    }

    /// The world at which the call is decided.
    #[must_use]
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The equipment of the server.
    #[must_use]
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// The transaction, for what the typed methods below do not offer.
    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// Adds a fact to `additionalEventData` of the call's event.
    pub fn note(&mut self, name: &'static str, value: impl Into<serde_json::Value>) {
        self.notes.push((name, value.into()));
    }

    /// Adds a resource, `(ARN, type)`, to the call's event.
    pub fn note_resource(&mut self, arn: impl Into<String>, kind: impl Into<String>) {
        self.resources.push((arn.into(), kind.into()));
    }

    /// Lets the trail show this instead of the response, as CloudTrail does for some operations.
    pub fn record_response(&mut self, shown: serde_json::Value) {
        self.response = Some(shown);
    }

    /// Proves that the caller has its own MFA device at hand.
    ///
    /// # Errors
    /// [`MfaError`], and [`MfaError::UnknownDevice`] where nothing here knows devices.
    pub fn verify_mfa(&mut self, serial_number: &str, token_code: &str) -> Result<(), MfaError> {
        match self.engine.registry.mfa() {
            Some(verifier) => verifier.verify(self, serial_number, token_code),
            None => Err(MfaError::UnknownDevice),
        }
    }

    /// Reads an entity of the caller's account in a global service.
    ///
    /// # Errors
    /// [`RecordError`] where the store or the record fails.
    pub fn load<T: Entity>(&mut self, name: &str) -> Result<Option<T>, RecordError> {
        let account = self.account();
        self.load_in(account, "", name)
    }

    /// Reads an entity of any account and region.
    ///
    /// # Errors
    /// [`RecordError`] where the store or the record fails.
    pub fn load_in<T: Entity>(
        &mut self,
        account: AccountId,
        region: &str,
        name: &str,
    ) -> Result<Option<T>, RecordError> {
        let key = record::key::<T>(account.as_str(), region, name)?;
        self.tx
            .get(&key)?
            .map(|bytes| record::decode(&bytes))
            .transpose()
    }

    /// Stages an entity of the caller's account in a global service.
    ///
    /// # Errors
    /// [`RecordError`] where it cannot be written.
    pub fn save<T: Entity>(&mut self, name: &str, entity: &T) -> Result<(), RecordError> {
        let account = self.account();
        self.save_in(account, "", name, entity)
    }

    /// Stages an entity of any account and region.
    ///
    /// # Errors
    /// [`RecordError`] where it cannot be written.
    pub fn save_in<T: Entity>(
        &mut self,
        account: AccountId,
        region: &str,
        name: &str,
        entity: &T,
    ) -> Result<(), RecordError> {
        let key = record::key::<T>(account.as_str(), region, name)?;
        self.tx.put(key, record::encode(entity)?);
        Ok(())
    }

    /// Stages the deletion of an entity of the caller's account in a global service.
    ///
    /// # Errors
    /// [`RecordError`] where the name cannot be a key.
    pub fn remove<T: Entity>(&mut self, name: &str) -> Result<(), RecordError> {
        let key = record::key::<T>(self.account().as_str(), "", name)?;
        self.tx.delete(key);
        Ok(())
    }

    /// Lists entities of the caller's account in a global service: those whose names
    /// start with `prefix` and sort after `after`, at most `limit`, in the order of their names.
    ///
    /// # Errors
    /// [`RecordError`] where the store or a record fails.
    pub fn list<T: Entity>(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, T)>, RecordError> {
        let account = self.account();
        self.list_in(account, "", prefix, after, limit)
    }

    /// Lists entities of any account and region, as [`Self::list`] does.
    ///
    /// # Errors
    /// [`RecordError`] where the store or a record fails.
    pub fn list_in<T: Entity>(
        &mut self,
        account: AccountId,
        region: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, T)>, RecordError> {
        let range = Prefix::new(account.as_str(), region, T::KIND, prefix)?;
        let after = after
            .map(|name| record::key::<T>(account.as_str(), region, name))
            .transpose()?;
        self.tx
            .scan(&range, after.as_ref(), limit)?
            .into_iter()
            .map(|(key, bytes): (RecordKey, _)| {
                Ok((key.name().to_owned(), record::decode(&bytes)?))
            })
            .collect()
    }

    /// Stages the deletion of an entity of any account and region.
    ///
    /// # Errors
    /// [`RecordError`] where the name cannot be a key.
    pub fn remove_in<T: Entity>(
        &mut self,
        account: AccountId,
        region: &str,
        name: &str,
    ) -> Result<(), RecordError> {
        let key = record::key::<T>(account.as_str(), region, name)?;
        self.tx.delete(key);
        Ok(())
    }

    /// When an access key or a role of the caller's account was last used.
    ///
    /// # Errors
    /// [`RecordError`] where the store or the record fails.
    pub fn last_use(
        &mut self,
        account: AccountId,
        id: &str,
    ) -> Result<Option<LastUse>, RecordError> {
        if let Some(recent) = self.host.last_used.get(account.as_str(), id) {
            return Ok(Some(recent));
        }
        self.load_in(account, "", id)
    }

    /// Fresh random bytes.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.host.random.fill(&mut bytes);
        bytes
    }

    /// Runs slow computation (password hashing, key generation) away from the threads that serve calls.
    ///
    /// # Errors
    /// The computation panicked or the server stops.
    pub fn offload<T: Send + 'static, W: FnOnce() -> T + Send + 'static>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, OffloadError>> + Send + use<T, W> {
        // The future does not borrow the call, which is not shared between threads.
        let task = tokio::task::spawn_blocking(work);
        async move { task.await.map_err(|_| OffloadError) }
    }
}

/// Offloaded work did not finish.
#[derive(Debug, thiserror::Error)]
#[error("offloaded work did not finish")]
pub struct OffloadError;

impl std::fmt::Debug for Call {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Call")
            .field("operation", &self.operation.name)
            .field("caller", &self.caller)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}
