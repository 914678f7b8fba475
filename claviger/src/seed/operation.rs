//! What a seed file does that AWS has no operations for: accounts with a chosen id, and
//! access keys with a chosen id and secret.
//!
//! The registry does not have these operations, so no request reaches them.

use crate::accounts::{self, AccountError};
use kernel::{AccountRecord, Call, Check, Failure, Operation, Plan};
use operations::{ImportAccessKey, PutAccount};
use service_iam::IamError;
use types::{ImportAccessKeyInput, ImportAccessKeyOutput, PutAccountInput, PutAccountOutput};

/// Shapes.
mod schema {
    use ::schema::{Member, Schema};

    pub(super) static ACCESS_KEY_ID: Schema = Schema::string("AccessKeyId")
        .min(1)
        .max(128)
        .pattern("[A-Za-z0-9_.-]*");
    pub(super) static ACCOUNT_ID: Schema = Schema::string("AccountId").pattern("[0-9]{12}");
    pub(super) static ACCOUNT_NAME: Schema = Schema::string("AccountName")
        .min(1)
        .max(50)
        .pattern("[ -~]*");
    pub(super) static ACTIVE: Schema = Schema::boolean("Active");
    pub(super) static IMPORT_ACCESS_KEY_REQUEST: Schema =
        Schema::structure("ImportAccessKeyRequest").members(&[
            Member::new("userName", &TEXT).required(),
            Member::new("accessKeyId", &ACCESS_KEY_ID).required(),
            Member::new("secretAccessKey", &SECRET).required(),
            Member::new("active", &ACTIVE).required(),
        ]);
    pub(super) static NOTHING: Schema = Schema::structure("Nothing");
    pub(super) static PUT_ACCOUNT_REQUEST: Schema =
        Schema::structure("PutAccountRequest").members(&[
            Member::new("id", &ACCOUNT_ID).required(),
            Member::new("name", &ACCOUNT_NAME).required(),
        ]);
    pub(super) static SECRET: Schema = Schema::string("SecretAccessKey")
        .min(1)
        .max(128)
        .sensitive();
    pub(super) static TEXT: Schema = Schema::string("Text");
}

/// What the operations receive and return.
#[allow(
    missing_docs,
    unreachable_pub,
    reason = "the macro declares public fields"
)]
pub(super) mod types {
    ::schema::structures! {
        pub struct ImportAccessKeyInput {
            pub user_name: String,
            pub access_key_id: String,
            pub secret_access_key: String,
            pub active: bool,
        }
        pub struct ImportAccessKeyOutput {}
        pub struct PutAccountInput { pub id: String, pub name: String }
        pub struct PutAccountOutput {}
    }
}

/// The operations, of a service that no registry has.
#[allow(
    missing_docs,
    unreachable_pub,
    reason = "the macro declares public statics"
)]
pub(super) mod operations {
    use ::schema::{Protocol, ServiceSchema};

    /// The service.
    pub static SERVICE: ServiceSchema = ServiceSchema {
        id: "claviger",
        endpoint_prefix: "claviger",
        signing_name: "claviger",
        api_version: "2026-11-24",
        target_prefix: "",
        rpc_name: "",
        protocols: &[Protocol::RestJson1],
        xml_namespace: "",
        global: true,
        operations: OPERATIONS,
        unserved: &[],
    };

    ::schema::operations! {SERVICE:
        IMPORT_ACCESS_KEY: ImportAccessKey(ImportAccessKeyInput) -> ImportAccessKeyOutput {
            "POST" "/" 200,
            IMPORT_ACCESS_KEY_REQUEST -> NOTHING,
            []
        }
        PUT_ACCOUNT: PutAccount(PutAccountInput) -> PutAccountOutput {
            "POST" "/" 200,
            PUT_ACCOUNT_REQUEST -> NOTHING,
            []
        }
    }
}

impl Operation for ImportAccessKey {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ImportAccessKeyInput) -> Result<Plan, IamError> {
        service_iam::target::user(call, "iam:CreateAccessKey", &input.user_name).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ImportAccessKeyInput,
    ) -> Result<ImportAccessKeyOutput, IamError> {
        let secret = input.secret_access_key.into();
        service_iam::access_key::import(
            call,
            &input.user_name,
            &input.access_key_id,
            &secret,
            input.active,
        )?;
        Ok(ImportAccessKeyOutput {})
    }
}

/// A failed operation.
#[allow(
    unreachable_pub,
    reason = "the operations' shapes are public, and so must their error be"
)]
pub struct Refusal(Failure);

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.0
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        Self(Failure::internal(&error))
    }
}

impl Operation for PutAccount {
    type Error = Refusal;

    fn plan(_: &mut Call, _: &PutAccountInput) -> Result<Plan, Refusal> {
        Ok(Plan::new(Check::new("claviger:CreateAccount", "*")))
    }

    /// Begins an account without any key, or gives another name to one that is.
    async fn handle(call: &mut Call, input: PutAccountInput) -> Result<PutAccountOutput, Refusal> {
        let Ok(id) = input.id.parse() else {
            return Err(Refusal(Failure::validation("an account id has 12 digits")));
        };
        let now = call.now;
        if accounts::stage_record(call.tx(), id, &input.name, now)?.is_none() {
            let key = kernel::record::key::<AccountRecord>("", "", &input.id)
                .map_err(AccountError::from)?;
            let old = call.tx().get(&key).map_err(AccountError::from)?;
            let created = match old.as_deref().map(kernel::record::decode::<AccountRecord>) {
                Some(Ok(old)) => old.created,
                Some(Err(error)) => return Err(AccountError::from(error).into()),
                None => now,
            };
            let record = AccountRecord {
                id: input.id,
                name: input.name,
                created,
            };
            let bytes = kernel::record::encode(&record).map_err(AccountError::from)?;
            call.tx().put(key, bytes);
        }
        Ok(PutAccountOutput {})
    }
}

#[cfg(test)]
mod tests {
    use super::operations;

    #[test]
    fn no_request_reaches_these_operations() {
        let registry = crate::assemble::registry();
        let named = |name: &str| {
            operations::SERVICE
                .operations
                .iter()
                .any(|own| own.name == name)
        };
        assert!(named("ImportAccessKey") && named("PutAccount"));
        assert!(!registry.served().any(|operation| named(operation.name)));
        let resolved = registry
            .services()
            .iter()
            .flat_map(|service| service.operations);
        assert!(!resolved.into_iter().any(|operation| named(operation.name)));
    }
}
