//! The operations `CreateAccount` and `ListAccounts`.

use super::api::operations::{CreateAccount, ListAccounts, SERVICE};
use super::types::{
    Account, CreateAccountInput, CreateAccountOutput, ListAccountsInput, ListAccountsOutput,
};
use super::{AccountError, create, list, time};
use kernel::{AccountRecord, Call, Check, Common, Failure, Operation, Plan, Registry};
use std::sync::Arc;

/// Adds the operations on accounts to the registry.
pub(crate) fn register(registry: &mut Registry) {
    registry
        .service(&SERVICE)
        .serve::<CreateAccount>()
        .serve::<ListAccounts>();
}

/// A failed operation on accounts.
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
        Self(match error {
            AccountError::Exists(_) => {
                Failure::modelled("AccountAlreadyExists", 409, error.to_string())
            }
            error => Failure::internal(&error),
        })
    }
}

/// Accounts are the operator's: only the root user of the server's first account, or the
/// administrator of `--dev`, comes further, whatever its policies say.
fn operator_only(call: &Call, action: &'static str) -> Result<Plan, Refusal> {
    let home = call.host().settings.account;
    if call.account() == home && (call.caller.is_root() || call.caller.is_configured()) {
        return Ok(Plan::new(Check::new(action, "*")));
    }
    let message = format!(
        "User: {} is not authorized to perform: {action}",
        call.caller.arn()
    );
    Err(Refusal(Failure::common(Common::AccessDenied, message)))
}

fn describe(record: AccountRecord) -> Account {
    Account {
        id: record.id,
        name: record.name,
        created: time(record.created),
    }
}

impl Operation for CreateAccount {
    type Error = Refusal;

    fn plan(call: &mut Call, _: &CreateAccountInput) -> Result<Plan, Refusal> {
        operator_only(call, "claviger:CreateAccount")
    }

    async fn handle(
        call: &mut Call,
        input: CreateAccountInput,
    ) -> Result<CreateAccountOutput, Refusal> {
        let id = match input.id.as_deref().map(str::parse) {
            None => None,
            Some(Ok(id)) => Some(id),
            Some(Err(_)) => {
                return Err(Refusal(Failure::validation("an account id has 12 digits")));
            }
        };
        let host = Arc::clone(call.host());
        let now = call.now;
        let new = create(
            call.tx(),
            &host.keyring,
            host.random.as_ref(),
            now,
            id,
            &input.name,
        )?;
        Ok(CreateAccountOutput {
            account: describe(new.record),
            access_key_id: new.access_key_id,
            secret_access_key: new.secret.expose().to_owned(),
        })
    }
}

impl Operation for ListAccounts {
    type Error = Refusal;

    fn plan(call: &mut Call, _: &ListAccountsInput) -> Result<Plan, Refusal> {
        operator_only(call, "claviger:ListAccounts")
    }

    async fn handle(call: &mut Call, _: ListAccountsInput) -> Result<ListAccountsOutput, Refusal> {
        let accounts = list(call.tx())?.into_iter().map(describe).collect();
        Ok(ListAccountsOutput { accounts })
    }
}
