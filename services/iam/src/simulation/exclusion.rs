//! `PolicyExclusionList`: what the answer would be without some of the policies.

use super::source::{Origin, Source};
use crate::IamError;
use crate::api::types::{
    AttachmentType, InlinePolicyIdentifierType, PolicyIdentifier, PolicyIdentifierPolicyType,
};
use crate::entity::EntityKind;

/// The policies that a simulation leaves out.
#[derive(Debug, Default)]
pub(crate) struct Exclusions(Vec<PolicyIdentifier>);

impl Exclusions {
    /// Reads the list of a request.
    ///
    /// # Errors
    /// `InvalidInput` for an identifier that cannot be one.
    pub(crate) fn read(list: Option<Vec<PolicyIdentifier>>) -> Result<Self, IamError> {
        let list = list.unwrap_or_default();
        for identifier in &list {
            let arns = identifier.policy_arn.iter();
            if let Some(wrong) = arns.into_iter().find(|arn| !is_policy_arn(arn)) {
                return Err(invalid(wrong));
            }
            let inline = identifier.inline_policy_identifier.iter();
            let mut names = inline.map(|inline| &inline.attachment_name);
            if let Some(wrong) = names.find(|name| stars(name) > 1) {
                return Err(invalid(wrong));
            }
        }
        Ok(Self(list))
    }

    /// Whether all policies of a type are left out.
    pub(crate) fn has_type(&self, kind: PolicyIdentifierPolicyType) -> bool {
        self.0
            .iter()
            .any(|identifier| identifier.policy_type == Some(kind))
    }

    /// Whether a policy of the principal or its groups is left out.
    pub(crate) fn has(&self, source: &Source) -> bool {
        use PolicyIdentifierPolicyType as T;
        match &source.origin {
            Origin::Input => false,
            Origin::Inline {
                holder,
                holder_name,
            } => {
                self.has_type(T::Inline)
                    || self.0.iter().any(|identifier| {
                        identifier
                            .inline_policy_identifier
                            .as_ref()
                            .is_some_and(|inline| {
                                is_inline(inline, &source.id, *holder, holder_name)
                            })
                    })
            }
            Origin::Managed(arn) => {
                let of_aws = arn.split(':').nth(4) == Some("aws");
                self.has_type(if of_aws {
                    T::AwsManaged
                } else {
                    T::UserManaged
                }) || self
                    .0
                    .iter()
                    .any(|identifier| identifier.policy_arn.iter().any(|one| fits(one, arn)))
            }
        }
    }
}

fn invalid(text: &str) -> IamError {
    IamError::InvalidInput(format!("{text} is not a valid policy identifier."))
}

fn is_inline(
    wanted: &InlinePolicyIdentifierType,
    name: &str,
    holder: EntityKind,
    holder_name: &str,
) -> bool {
    let kind = match wanted.attachment_type {
        AttachmentType::User => EntityKind::User,
        AttachmentType::Group => EntityKind::Group,
        AttachmentType::Role => EntityKind::Role,
    };
    kind == holder && wanted.policy_name == name && fits(&wanted.attachment_name, holder_name)
}

/// An ARN of a policy, with wildcards in its last part only and one `*` at most.
fn is_policy_arn(text: &str) -> bool {
    match text.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", partition, service, region, account, resource] => {
            let fixed = [partition, service, region, account];
            !fixed.iter().any(|part| part.contains(['*', '?']))
                && !partition.is_empty()
                && matches!(service, "iam" | "organizations")
                && !resource.is_empty()
                && stars(resource) <= 1
        }
        _ => false,
    }
}

fn stars(text: &str) -> usize {
    text.matches('*').count()
}

/// Whether a text is as a pattern with at most one `*`, and `?` for single characters.
fn fits(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let same = |pattern: &str, text: &[char]| {
        let mut letters = text.iter();
        let all = pattern.chars().all(|wanted| {
            letters
                .next()
                .is_some_and(|letter| wanted == '?' || wanted == *letter)
        });
        all && letters.next().is_none()
    };
    let Some((head, tail)) = pattern.split_once('*') else {
        return same(pattern, &text);
    };
    let (before, after) = (head.chars().count(), tail.chars().count());
    text.len() >= before + after
        && text.get(..before).is_some_and(|start| same(head, start))
        && text
            .get(text.len() - after..)
            .is_some_and(|end| same(tail, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_one_star_and_many_question_marks() {
        for (pattern, text, expected) in [
            ("abc", "abc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*", "a", true),
            ("*c", "abc", true),
            ("a*a", "a", false),
            ("a*?", "ab", true),
            ("abc", "abcd", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn wildcards_stand_in_the_last_part_of_an_arn() {
        assert!(is_policy_arn("arn:aws:iam::aws:policy/Read*"));
        assert!(is_policy_arn(
            "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1"
        ));
        for wrong in [
            "arn:aws:iam::*:policy/p",
            "arn:aws:iam::aws:policy/*a*",
            "policy/p",
            "arn:aws:s3:::bucket-that-is-long",
        ] {
            assert!(!is_policy_arn(wrong), "{wrong}");
        }
    }
}
