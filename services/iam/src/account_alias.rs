//! The account's alias ("Creating, deleting, and listing an AWS account alias").

use crate::IamError;
use crate::api::operations::{CreateAccountAlias, DeleteAccountAlias, ListAccountAliases};
use crate::api::types::{
    CreateAccountAliasInput, CreateAccountAliasOutput, DeleteAccountAliasInput,
    DeleteAccountAliasOutput, ListAccountAliasesInput, ListAccountAliasesOutput,
};
use kernel::{Call, Check, Entity, Operation, Plan, Registry, record};
use serde::{Deserialize, Serialize};
use store::RecordKey;

/// An account has one alias, under this name.
pub const NAME: &str = "AccountAlias";

/// Adds the operations on account aliases to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreateAccountAlias>()
        .serve::<DeleteAccountAlias>()
        .serve::<ListAccountAliases>();
}

/// The alias of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAliasRecord {
    /// The alias.
    pub alias: String,
}

impl Entity for AccountAliasRecord {
    const KIND: &'static str = "iam.account-alias";
}

/// Which account has an alias: a record of no account, under the alias, because aliases are unique in a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasHolderRecord {
    /// The account's 12 digits.
    pub account: String,
}

impl Entity for AliasHolderRecord {
    const KIND: &'static str = "iam.alias-holder";
}

/// The alias of the caller's account.
///
/// # Errors
/// The store's failure.
pub fn current(call: &mut Call) -> Result<Option<String>, IamError> {
    Ok(call
        .load::<AccountAliasRecord>(NAME)?
        .map(|record| record.alias))
}

fn holder_key(alias: &str) -> Result<RecordKey, IamError> {
    Ok(record::key::<AliasHolderRecord>("", "", alias)?)
}

impl Operation for CreateAccountAlias {
    type Error = IamError;

    fn plan(_: &mut Call, _: &CreateAccountAliasInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:CreateAccountAlias", "*")))
    }

    async fn handle(
        call: &mut Call,
        input: CreateAccountAliasInput,
    ) -> Result<CreateAccountAliasOutput, IamError> {
        let alias = input.account_alias;
        let key = holder_key(&alias)?;
        if call.tx().get(&key)?.is_some() {
            return Err(IamError::EntityAlreadyExists(format!(
                "The account alias {alias} already exists."
            )));
        }
        // A second alias takes the place of the first.
        if let Some(old) = current(call)? {
            let old = holder_key(&old)?;
            call.tx().delete(old);
        }
        let holder = AliasHolderRecord {
            account: call.account().to_string(),
        };
        let bytes = record::encode(&holder)?;
        call.tx().put(key, bytes);
        call.save(NAME, &AccountAliasRecord { alias })?;
        Ok(CreateAccountAliasOutput {})
    }
}

impl Operation for DeleteAccountAlias {
    type Error = IamError;

    fn plan(_: &mut Call, _: &DeleteAccountAliasInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:DeleteAccountAlias", "*")))
    }

    async fn handle(
        call: &mut Call,
        input: DeleteAccountAliasInput,
    ) -> Result<DeleteAccountAliasOutput, IamError> {
        let alias = input.account_alias;
        if current(call)?.as_deref() != Some(&alias) {
            return Err(IamError::NoSuchEntity(format!(
                "The account alias {alias} cannot be found."
            )));
        }
        call.tx().delete(holder_key(&alias)?);
        call.remove::<AccountAliasRecord>(NAME)?;
        Ok(DeleteAccountAliasOutput {})
    }
}

impl Operation for ListAccountAliases {
    type Error = IamError;

    fn plan(_: &mut Call, _: &ListAccountAliasesInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:ListAccountAliases", "*")))
    }

    async fn handle(
        call: &mut Call,
        _: ListAccountAliasesInput,
    ) -> Result<ListAccountAliasesOutput, IamError> {
        Ok(ListAccountAliasesOutput {
            account_aliases: current(call)?.into_iter().collect(),
            is_truncated: Some(false),
            marker: None,
        })
    }
}
