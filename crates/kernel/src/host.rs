//! What a server is made of: the equipment that every call shares.

use crate::clock::Clock;
use crate::last_used::LastUsed;
use crate::outbound::Outbound;
use crate::world::{Projector, World};
use arn::{AccountId, Partition};
use audit::Trail;
use crypto::{Keyring, Random, SecretString, TokenSealer};
use std::sync::Arc;
use store::Store;

/// What happens to a call that no policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enforcement {
    /// It is denied.
    Strict,
    /// It is answered, and logged as "would deny". For finding out which policies are missing.
    Soft,
}

/// Credentials that the configuration gives and no record holds.
#[derive(Clone)]
pub struct ConfiguredKey {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: SecretString,
    /// The account.
    pub account: AccountId,
    /// Who acts with it.
    pub owner: ConfiguredOwner,
}

/// Who acts with configured credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfiguredOwner {
    /// The account's root user.
    Root,
    /// An administrator user (`--dev`).
    Administrator,
}

/// Choices of the operator that calls depend on.
#[derive(Clone)]
pub struct Settings {
    /// The account of the server's first root user.
    pub account: AccountId,
    /// The partition of every ARN here: an account lives in one partition.
    pub partition: Partition,
    /// The region of calls to global services in the trail, and of clients that name none.
    pub region: String,
    /// What happens to calls that no policy allows.
    pub enforcement: Enforcement,
    /// Configured credentials.
    pub configured: Vec<ConfiguredKey>,
    /// `--dev`: a 12-digit access key id with this secret acts as an administrator of that account.
    pub any_account_secret: Option<SecretString>,
    /// The largest body that is read, in bytes.
    pub max_body: usize,
    /// Quotas that the operator can raise.
    pub quotas: Quotas,
    /// Root certificates in DER by which enclaves may prove themselves, besides AWS's own.
    pub attestation_roots: Vec<Vec<u8>>,
}

/// Quotas of an account that AWS raises on request ("IAM and AWS STS quotas", "Quotas" of KMS). The defaults are AWS's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Users in an account.
    pub users: u64,
    /// Groups in an account.
    pub groups: u64,
    /// Roles in an account.
    pub roles: u64,
    /// Customer managed policies in an account.
    pub policies: u64,
    /// Instance profiles in an account.
    pub instance_profiles: u64,
    /// Server certificates in an account.
    pub server_certificates: u64,
    /// Customer managed KMS keys in an account and region.
    pub kms_keys: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            users: 5_000,
            groups: 300,
            roles: 1_000,
            policies: 1_500,
            instance_profiles: 1_000,
            server_certificates: 20,
            kms_keys: 100_000,
        }
    }
}

/// What every call shares.
pub struct Host {
    /// Where records are.
    pub store: Arc<dyn Store>,
    /// The current world.
    pub projector: Arc<Projector>,
    /// Where events go.
    pub trail: Arc<Trail>,
    /// Keys derived from the root key.
    pub keyring: Keyring,
    /// Seals session tokens.
    pub tokens: TokenSealer,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The way out, to servers that the operator allows.
    pub outbound: Arc<dyn Outbound>,
    /// Last uses of keys and roles.
    pub last_used: LastUsed,
    /// Choices of the operator.
    pub settings: Settings,
}

impl Host {
    /// The current world.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        self.projector.world()
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Host")
            .field("projector", &self.projector)
            .finish_non_exhaustive()
    }
}
