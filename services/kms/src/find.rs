//! Which key a request means: by id, ARN, alias name or alias ARN ("Key identifiers").

use crate::KmsError;
use crate::aws_managed;
use crate::view::{KeyView, KmsWorld, Place};
use arn::Arn;
use kernel::Call;
use std::sync::Arc;

/// Which forms of a key's name an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forms {
    /// A key's id or ARN.
    Key,
    /// Also an alias's name or ARN.
    KeyOrAlias,
}

/// The key that a request means. It need not exist: whether it does is told only to those who may ask.
#[derive(Debug)]
pub(crate) struct Target {
    /// Where it is, or would be.
    pub(crate) place: Place,
    /// The key; `None` where it does not exist.
    pub(crate) view: Option<Arc<KeyView>>,
    /// The alias by which it was named.
    pub(crate) alias: Option<Place>,
}

impl Target {
    /// The key.
    ///
    /// # Errors
    /// `NotFoundException`, in AWS's words.
    pub(crate) fn found(&self, call: &Call) -> Result<Arc<KeyView>, KmsError> {
        self.view.clone().ok_or_else(|| self.missing(call))
    }

    fn missing(&self, call: &Call) -> KmsError {
        KmsError::NotFound(match &self.alias {
            Some(alias) => format!("Alias {} is not found.", alias.alias_arn(call.partition())),
            None => format!(
                "Key '{}' does not exist",
                self.place.key_arn(call.partition())
            ),
        })
    }

    /// The resource that a decision is about: the key, or the alias where it names no key.
    #[must_use]
    pub(crate) fn resource(&self, call: &Call) -> String {
        match (&self.view, &self.alias) {
            (Some(view), _) => view.arn.clone(),
            (None, Some(alias)) => alias.alias_arn(call.partition()),
            (None, None) => self.place.key_arn(call.partition()),
        }
    }
}

/// Finds the key that a request means, at the call's world, and makes the call depend on what was found.
///
/// # Errors
/// `NotFoundException` and `InvalidArnException` for texts that cannot name a key.
pub(crate) fn find(call: &mut Call, text: &str, forms: Forms) -> Result<Target, KmsError> {
    let (account, region, resource) = match text.strip_prefix("arn:") {
        Some(_) => of_arn(call, text)?,
        None => (call.account(), call.region.clone(), text.to_owned()),
    };
    let alias = resource.starts_with("alias/");
    let id = match (alias, resource.strip_prefix("key/")) {
        (true, _) if forms == Forms::KeyOrAlias => resource.as_str(),
        (false, Some(id)) if text.starts_with("arn:") => id,
        (false, None) if !text.starts_with("arn:") => text,
        _ => return Err(invalid(text)),
    };
    if !(is_alias_name(id) || !alias && is_key_id(id)) {
        return Err(invalid(text));
    }
    let place = Place::new(account, &region, id);
    Ok(if alias {
        by_alias(call, place)?
    } else {
        at(call, place)?
    })
}

/// The key at a place.
///
/// # Errors
/// Where the place cannot be a record's key.
pub(crate) fn at(call: &mut Call, place: Place) -> Result<Target, KmsError> {
    depend::<crate::entity::KeyRecord>(call, &place)?;
    let view = KmsWorld::of(call.world()).and_then(|kms| kms.key(&place).cloned());
    // Gone when its time is over, whether or not it is destroyed yet.
    let view = view.filter(|view| !view.is_gone(call.now));
    Ok(Target {
        place,
        view,
        alias: None,
    })
}

fn by_alias(call: &mut Call, alias: Place) -> Result<Target, KmsError> {
    depend::<crate::entity::AliasRecord>(call, &alias)?;
    let named = KmsWorld::of(call.world())
        .and_then(|kms| kms.alias(&alias))
        .map(|view| Place::new(alias.account, &alias.region, &view.record.key));
    let Some(place) = named else {
        return unused(call, alias);
    };
    let target = at(call, place)?;
    Ok(Target {
        alias: Some(alias),
        ..target
    })
}

/// The key of an alias that names none: AWS's own aliases get theirs when they are first used.
fn unused(call: &mut Call, alias: Place) -> Result<Target, KmsError> {
    let view = aws_managed::prospect(call, &alias)?;
    Ok(Target {
        place: view.as_ref().map_or(&alias, |view| &view.place).clone(),
        view,
        alias: Some(alias),
    })
}

/// Makes the call depend on a record: what it finds of it in the world must still hold at its commit.
///
/// # Errors
/// Where the place cannot be a record's key.
pub(crate) fn depend<T: kernel::Entity>(call: &mut Call, place: &Place) -> Result<(), KmsError> {
    let key = kernel::record::key::<T>(place.account.as_str(), &place.region, &place.id)?;
    call.tx().depend_on(key);
    Ok(())
}

fn of_arn(call: &Call, text: &str) -> Result<(arn::AccountId, String, String), KmsError> {
    let malformed = || KmsError::InvalidArn(format!("Invalid arn {text}"));
    let arn = Arn::parse(text).map_err(|_| malformed())?;
    let account = arn.account_id().ok_or_else(malformed)?;
    if arn.service() != "kms" || arn.partition() != call.partition() {
        return Err(malformed());
    }
    // AWS names only the region of the ARN here.
    if arn.region() != call.region {
        return Err(KmsError::NotFound(format!("Invalid arn {}", arn.region())));
    }
    Ok((account, arn.region().to_owned(), arn.resource().to_owned()))
}

fn invalid(text: &str) -> KmsError {
    KmsError::NotFound(format!("Invalid keyId '{text}'"))
}

/// Whether a text has the form of an alias's name, with its prefix ("CreateAlias").
#[must_use]
pub(crate) fn is_alias_name(text: &str) -> bool {
    text.strip_prefix("alias/").is_some_and(|name| {
        !name.is_empty()
            && text.len() <= 256
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte))
    })
}

/// A UUID in lower case, or `mrk-` and 32 hexadecimal digits.
#[must_use]
pub(crate) fn is_key_id(text: &str) -> bool {
    let hexadecimal = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    if let Some(digits) = text.strip_prefix("mrk-") {
        return digits.len() == 32 && hexadecimal(digits);
    }
    let mut groups = text.split('-');
    let mut is_next = |length| {
        groups
            .next()
            .is_some_and(|group| group.len() == length && hexadecimal(group))
    };
    [8, 4, 4, 4, 12].into_iter().all(&mut is_next) && groups.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_ids_are_uuids_or_multi_region_ids() {
        for id in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "mrk-1234abcd12ab34cd56ef1234567890ab",
        ] {
            assert!(is_key_id(id), "{id}");
        }
        for id in [
            "",
            "mrk-",
            "1234ABCD-12ab-34cd-56ef-1234567890ab",
            "1234abcd12ab34cd56ef1234567890ab",
            "1234abcd-12ab-34cd-56ef-1234567890abc",
            "mrk-1234abcd12ab34cd56ef1234567890a/",
            "1234abcd-12ab-34cd-56ef/1234567890ab",
        ] {
            assert!(!is_key_id(id), "{id}");
        }
    }

    #[test]
    fn alias_names_have_a_prefix_and_few_characters() {
        for name in ["alias/a", "alias/aws/ebs", "alias/A_b-9/"] {
            assert!(is_alias_name(name), "{name}");
        }
        let long = format!("alias/{}", "a".repeat(251));
        for name in ["alias/", "alias/a:b", "alias/a b", "alias/\0", "a", &long] {
            assert!(!is_alias_name(name), "{name}");
        }
    }
}
