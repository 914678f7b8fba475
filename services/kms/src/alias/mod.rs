//! Aliases: names that stand for keys ("Aliases in AWS KMS").

mod create;
mod delete;
mod list;
mod update;

use crate::entity::AliasRecord;
use crate::find::{self, Forms, Target};
use crate::plan::{self, Access};
use crate::view::{KmsWorld, Place};
use crate::{KmsError, aws_managed};
use kernel::{Call, Check, Registry};

/// Aliases that a key can have ("Resource quotas" of KMS).
const MAX_PER_KEY: usize = 50;

/// Serves the operations of aliases.
pub(crate) fn register(registry: &mut Registry) {
    create::register(registry);
    update::register(registry);
    delete::register(registry);
    list::register(registry);
}

/// The place of an alias that a request names, in the caller's account and region. AWS's own are
/// nobody's to change.
///
/// # Errors
/// `ValidationException`; `NotAuthorizedException` for AWS's own.
fn named(call: &Call, name: &str) -> Result<Place, KmsError> {
    if !name.starts_with("alias/") {
        return Err(KmsError::Validation(
            "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
                .to_owned(),
        ));
    }
    if aws_managed::is_reserved(name) {
        return Err(KmsError::NotAuthorized);
    }
    if !find::is_alias_name(name) {
        return Err(KmsError::Validation(format!(
            "{name} contains invalid characters for an alias"
        )));
    }
    Ok(Place::new(call.account(), &call.region, name))
}

/// The key that an alias is to name.
///
/// # Errors
/// `ValidationException` for an alias; as [`find::find`].
fn key_to_name(call: &mut Call, key_id: &str) -> Result<Target, KmsError> {
    let alias =
        key_id.starts_with("alias/") || key_id.starts_with("arn:") && key_id.contains(":alias/");
    if alias {
        return Err(KmsError::Validation(
            "Aliases must refer to keys. Not aliases".to_owned(),
        ));
    }
    find::find(call, key_id, Forms::Key)
}

/// What an operation needs on the alias itself: aliases have no policies, so that IAM's decide.
fn on_alias(call: &Call, alias: &Place, action: &'static str) -> Check {
    let check = Check::new(action, alias.alias_arn(call.partition())).owned_by(alias.account);
    plan::of_call(call, check)
}

/// What an operation needs on the key that an alias names, or is to name.
fn on_key(call: &mut Call, target: &Target, action: &'static str) -> Check {
    plan::check(call, target, Access::new(action))
}

/// The key that an alias names; the call then depends on it. `None` where there is no such alias.
///
/// # Errors
/// The server's failure.
fn current(call: &mut Call, alias: &Place) -> Result<Option<Target>, KmsError> {
    find::depend::<AliasRecord>(call, alias)?;
    let named = KmsWorld::of(call.world())
        .and_then(|kms| kms.alias(alias))
        .map(|view| Place::new(alias.account, &alias.region, &view.record.key));
    named.map(|place| find::at(call, place)).transpose()
}

/// The alias that is not there.
fn missing(call: &Call, alias: &Place) -> KmsError {
    KmsError::NotFound(format!(
        "Alias {} is not found.",
        alias.alias_arn(call.partition())
    ))
}

/// Makes sure that a key can have one more alias. Aliases are counted in the world: calls that run at
/// once can exceed the quota by their number.
///
/// # Errors
/// `LimitExceededException`
fn room(call: &Call, key: &Place) -> Result<(), KmsError> {
    let count = KmsWorld::of(call.world()).map_or(0, |kms| kms.aliases_of(key).count());
    if count < MAX_PER_KEY {
        return Ok(());
    }
    Err(KmsError::LimitExceeded(format!(
        "{} has reached the quota of {MAX_PER_KEY} aliases.",
        key.key_arn(call.partition())
    )))
}
