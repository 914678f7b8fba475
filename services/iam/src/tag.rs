//! Tags: rules that hold for every taggable entity.

use crate::IamError;
use crate::api::types::Tag;
use crate::entity::TagRecord;
use std::collections::HashSet;

/// Tags an entity can have ("IAM and AWS STS quotas").
const MAX_TAGS: usize = 50;

/// Checks the tags of a request and turns them into records.
///
/// # Errors
/// `InvalidInput` for keys that repeat (ignoring case) or start with `aws:`; `LimitExceeded` for too many.
pub fn checked(tags: Vec<Tag>) -> Result<Vec<TagRecord>, IamError> {
    let mut seen = HashSet::new();
    for tag in &tags {
        if !seen.insert(tag.key.to_lowercase()) {
            return Err(IamError::InvalidInput(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.".into(),
            ));
        }
        if tag.key.to_lowercase().starts_with("aws:") {
            return Err(IamError::InvalidInput(
                "Tag keys that start with aws: are reserved for AWS.".into(),
            ));
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(too_many());
    }
    Ok(tags
        .into_iter()
        .map(|tag| TagRecord {
            key: tag.key,
            value: tag.value,
        })
        .collect())
}

fn too_many() -> IamError {
    IamError::LimitExceeded(format!(
        "The number of tags has reached the maximum limit: {MAX_TAGS}."
    ))
}

/// Adds tags to those an entity has; a key that it has, in any case, gets the new key and value.
///
/// # Errors
/// As [`checked`], counted over all tags.
pub fn merge(existing: &mut Vec<TagRecord>, tags: Vec<Tag>) -> Result<(), IamError> {
    for tag in checked(tags)? {
        match existing.iter_mut().find(|old| is_same(&old.key, &tag.key)) {
            Some(old) => *old = tag,
            None => existing.push(tag),
        }
    }
    if existing.len() > MAX_TAGS {
        Err(too_many())
    } else {
        Ok(())
    }
}

/// Whether two keys are one, as condition keys have it.
fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Removes tags by key, ignoring case. Keys that the entity does not have are no error.
pub fn remove(existing: &mut Vec<TagRecord>, keys: &[String]) {
    existing.retain(|tag| !keys.iter().any(|key| is_same(key, &tag.key)));
}

/// The tags as IAM shows them; `None` where there are none.
#[must_use]
pub fn shown(tags: &[TagRecord]) -> Vec<Tag> {
    tags.iter()
        .map(|tag| Tag {
            key: tag.key.clone(),
            value: tag.value.clone(),
        })
        .collect()
}

/// Tags as pairs, for plans.
pub fn pairs(tags: &[TagRecord]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter()
        .map(|tag| (tag.key.as_str(), tag.value.as_str()))
}

/// Tags of a request as pairs, for plans.
pub fn request_pairs(tags: Option<&Vec<Tag>>) -> impl Iterator<Item = (&str, &str)> {
    tags.into_iter()
        .flatten()
        .map(|tag| (tag.key.as_str(), tag.value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_in_case_are_one_in_every_alphabet() {
        let tag = |key: &str, value: &str| Tag {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        let mut tags = Vec::new();
        merge(&mut tags, vec![tag("\u{c9}quipe", "a"), tag("Team", "a")]).unwrap();
        merge(&mut tags, vec![tag("\u{e9}quipe", "b"), tag("team", "b")]).unwrap();
        let shown: Vec<_> = pairs(&tags).collect();
        assert_eq!(shown, [("\u{e9}quipe", "b"), ("team", "b")]);
        remove(&mut tags, &["\u{c9}QUIPE".to_owned()]);
        assert_eq!(tags.len(), 1);
    }
}
