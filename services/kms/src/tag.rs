//! Tags of keys, and `TagResource`, `UntagResource`, `ListResourceTags` ("Tags in AWS KMS").

use crate::api::operations::{ListResourceTags, TagResource, UntagResource};
use crate::api::types::{
    ListResourceTagsInput, ListResourceTagsOutput, Tag, TagResourceInput, TagResourceOutput,
    UntagResourceInput, UntagResourceOutput,
};
use crate::entity::{KeyRecord, TagRecord};
use crate::find::{self, Forms};
use crate::plan::{self, Access};
use crate::{KmsError, key, own, page, state};
use kernel::{Call, Operation, Plan, Registry};
use std::collections::HashSet;

/// Tags that a key can have.
const MAX_TAGS: usize = 50;

/// Serves the operations of tags.
pub(crate) fn register(registry: &mut Registry) {
    registry
        .serve::<TagResource>()
        .serve::<UntagResource>()
        .serve::<ListResourceTags>();
}

/// The tags of a request, as records keep them.
///
/// # Errors
/// `TagException`, for keys that come twice or are AWS's own, and for too many tags.
pub(crate) fn checked(tags: &[Tag]) -> Result<Vec<TagRecord>, KmsError> {
    let mut seen = HashSet::new();
    if !tags.iter().all(|tag| seen.insert(tag.tag_key.as_str())) {
        return Err(KmsError::Tag("Duplicate tag keys".to_owned()));
    }
    if tags.len() > MAX_TAGS {
        return Err(too_many());
    }
    tags.iter()
        .map(|tag| {
            customers(&tag.tag_key)?;
            Ok(TagRecord {
                key: tag.tag_key.clone(),
                value: tag.tag_value.clone(),
            })
        })
        .collect()
}

fn too_many() -> KmsError {
    KmsError::Tag("Too many tags".to_owned())
}

/// Refuses tag keys that AWS keeps for itself.
fn customers(key: &str) -> Result<(), KmsError> {
    let reserved = key
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
    if reserved {
        return Err(KmsError::Tag(
            "Tags beginning with aws: are reserved".to_owned(),
        ));
    }
    Ok(())
}

/// Tags of a request as pairs, for plans.
pub(crate) fn pairs(tags: Option<&Vec<Tag>>) -> impl Iterator<Item = (&str, &str)> {
    tags.into_iter()
        .flatten()
        .map(|tag| (tag.tag_key.as_str(), tag.tag_value.as_str()))
}

/// Adds tags to those that a key has; one of a known key replaces its value.
fn merge(existing: &mut Vec<TagRecord>, tags: Vec<TagRecord>) -> Result<(), KmsError> {
    for tag in tags {
        match existing.iter_mut().find(|old| old.key == tag.key) {
            Some(old) => *old = tag,
            None => existing.push(tag),
        }
    }
    if existing.len() > MAX_TAGS {
        return Err(too_many());
    }
    Ok(())
}

impl Operation for TagResource {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &TagResourceInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:TagResource"));
        Ok(Plan::new(check.request_tags(pairs(Some(&input.tags)))))
    }

    async fn handle(
        call: &mut Call,
        input: TagResourceInput,
    ) -> Result<TagResourceOutput, KmsError> {
        let key = own::customer_key(call, &input.key_id)?;
        state::staying(call, &key)?;
        let tags = checked(&input.tags)?;
        key::change(call, &key, |record: &mut KeyRecord| {
            merge(&mut record.tags, tags)
        })?;
        Ok(TagResourceOutput {})
    }
}

impl Operation for UntagResource {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &UntagResourceInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:UntagResource"));
        Ok(Plan::new(check.tag_keys(input.tag_keys.clone())))
    }

    async fn handle(
        call: &mut Call,
        input: UntagResourceInput,
    ) -> Result<UntagResourceOutput, KmsError> {
        let key = own::customer_key(call, &input.key_id)?;
        state::staying(call, &key)?;
        input.tag_keys.iter().try_for_each(|key| customers(key))?;
        // Keys that it does not have are no error.
        key::change(call, &key, |record: &mut KeyRecord| {
            record.tags.retain(|tag| !input.tag_keys.contains(&tag.key));
            Ok(())
        })?;
        Ok(UntagResourceOutput {})
    }
}

impl Operation for ListResourceTags {
    type Error = KmsError;

    fn plan(call: &mut Call, input: &ListResourceTagsInput) -> Result<Plan, KmsError> {
        let target = find::find(call, &input.key_id, Forms::Key)?;
        let check = plan::check(call, &target, Access::new("kms:ListResourceTags"));
        Ok(Plan::new(check))
    }

    async fn handle(
        call: &mut Call,
        input: ListResourceTagsInput,
    ) -> Result<ListResourceTagsOutput, KmsError> {
        let key = own::key(call, &input.key_id)?;
        // Pages need an order that later tags do not change.
        let mut tags: Vec<&TagRecord> = key.record.tags.iter().collect();
        tags.sort_by(|one, other| one.key.cmp(&other.key));
        let page = page::of(
            &format!("tags/{}", key.place.id),
            tags,
            |tag| tag.key.clone(),
            input.limit,
            50,
            input.marker.as_deref(),
        )?;
        let shown = page.items.iter().map(|tag| Tag {
            tag_key: tag.key.clone(),
            tag_value: tag.value.clone(),
        });
        Ok(ListResourceTagsOutput {
            tags: Some(shown.collect()),
            truncated: Some(page.is_truncated()),
            next_marker: page.next,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(keys: &[&str]) -> Vec<Tag> {
        let tag = |key: &&str| Tag {
            tag_key: (*key).to_owned(),
            tag_value: "v".to_owned(),
        };
        keys.iter().map(tag).collect()
    }

    #[test]
    fn tags_are_refused_in_the_words_of_kms() {
        let refusal = |keys: &[&str]| checked(&tags(keys)).unwrap_err().to_string();
        assert_eq!(refusal(&["a", "b", "a"]), "Duplicate tag keys");
        assert_eq!(refusal(&["AWS:a"]), "Tags beginning with aws: are reserved");
        let many: Vec<String> = (0..51).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(refusal(&many), "Too many tags");
        assert_eq!(checked(&tags(&["a", "A", "äws:"])).unwrap().len(), 3);
    }

    #[test]
    fn a_tag_of_a_known_key_replaces_its_value() {
        let mut all = checked(&tags(&["a", "b"])).unwrap();
        let new = TagRecord {
            key: "a".into(),
            value: "new".into(),
        };
        merge(&mut all, vec![new.clone()]).unwrap();
        assert_eq!((all.len(), all.first()), (2, Some(&new)));
        let many: Vec<String> = (0..49).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(merge(&mut all, checked(&tags(&many)).unwrap()).is_err());
    }
}
