//! Session policies of a request, and the space that they and the tags take.

use crate::StsError;
use crate::api::types::PolicyDescriptorType;
use arn::{AccountId, Arn};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use kernel::session::ManagedSessionPolicy;
use kernel::world::World;
use kernel::{Call, aws_managed};
use policy::DocumentKind;
use std::io::Write;

/// Managed session policies of a session ("IAM and AWS STS quotas").
const MAX_ARNS: usize = 10;
/// Bytes that policies, ARNs and tags may take packed. AWS does not say how it packs
/// nor what its limit is; here it is DEFLATE and about what AWS's percentages suggest.
const PACKED_BYTES: usize = 1_536;
/// Bytes that they may take unpacked, as they stand in the token: clients send it with
/// every request, in a header.
const PLAIN_BYTES: usize = 8_192;

/// The session policies of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionPolicies {
    /// The inline document.
    pub(crate) inline: Option<String>,
    /// ARNs of managed policies, each once.
    pub(crate) arns: Vec<String>,
}

impl SessionPolicies {
    /// Reads the policies of a request.
    ///
    /// # Errors
    /// `MalformedPolicyDocument`; `ValidationError` for too many ARNs and for an entry without one.
    pub(crate) fn read(
        inline: Option<String>,
        descriptors: Option<Vec<PolicyDescriptorType>>,
    ) -> Result<Self, StsError> {
        if let Some(text) = &inline
            && let Err(errors) = policy::parse(text, DocumentKind::Session)
        {
            return Err(StsError::MalformedPolicyDocument(policy::aws_message(
                &errors,
            )));
        }
        let descriptors = descriptors.unwrap_or_default();
        if descriptors.len() > MAX_ARNS {
            return Err(StsError::Validation(format!(
                "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have \
                 length less than or equal to {MAX_ARNS}"
            )));
        }
        let mut arns = Vec::with_capacity(descriptors.len());
        for descriptor in descriptors {
            // An entry that says nothing was meant to limit: it is never passed over.
            let arn = descriptor
                .arn
                .ok_or_else(|| StsError::Validation("A policy ARN is missing.".into()))?;
            if !arns.contains(&arn) {
                arns.push(arn);
            }
        }
        Ok(Self { inline, arns })
    }

    /// Managed session policies must be AWS's or of the account whose session it is.
    ///
    /// # Errors
    /// `ValidationError` for one that is not.
    pub(crate) fn exist_in(&self, call: &Call, account: AccountId) -> Result<(), StsError> {
        let exists = |text: &str| {
            let Ok(arn) = Arn::parse(text) else {
                return false;
            };
            match arn.account_id() {
                Some(owner) => owner == account && call.world().managed_policy(text).is_some(),
                None => {
                    arn.partition() == call.partition() && aws_managed::document(text).is_some()
                }
            }
        };
        match self.arns.iter().find(|arn| !exists(arn)) {
            Some(arn) => Err(StsError::Validation(format!(
                "The policy {arn} does not exist or cannot be used."
            ))),
            None => Ok(()),
        }
    }
}

/// Managed policies as a session keeps them: by unique id too.
pub(crate) fn managed(world: &World, arns: Vec<String>) -> Vec<ManagedSessionPolicy> {
    arns.into_iter()
        .map(|arn| ManagedSessionPolicy::now(world, arn))
        .collect()
}

/// The share of the allotted space that policies and tags take, in percent; `None` where there are none.
///
/// # Errors
/// `PackedPolicyTooLarge` for more than all of it.
pub(crate) fn packed_size(
    policies: &SessionPolicies,
    tags: &[&[(String, String)]],
) -> Result<Option<i32>, StsError> {
    let mut plain = Vec::new();
    for text in policies.inline.iter().chain(&policies.arns) {
        plain.extend_from_slice(text.as_bytes());
        plain.push(0);
    }
    let without_policies = plain.is_empty();
    for (key, value) in tags.iter().copied().flatten() {
        plain.extend_from_slice(key.as_bytes());
        plain.push(0);
        plain.extend_from_slice(value.as_bytes());
        plain.push(0);
    }
    if plain.is_empty() {
        return Ok(None);
    }
    let share = |bytes: usize, limit: usize| bytes.saturating_mul(100).div_ceil(limit);
    let percent = share(packed(&plain), PACKED_BYTES).max(share(plain.len(), PLAIN_BYTES));
    if percent <= 100 {
        return Ok(i32::try_from(percent).ok());
    }
    Err(StsError::PackedPolicyTooLarge(if without_policies {
        format!("Packed size of session tags consumes {percent}% of allotted space.")
    } else {
        format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.")
    }))
}

fn packed(plain: &[u8]) -> usize {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // What cannot be packed counts as it is.
    match encoder.write_all(plain).and_then(|()| encoder.finish()) {
        Ok(packed) => packed.len(),
        Err(_) => plain.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Stmt1","Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

    fn arns(count: usize) -> Vec<PolicyDescriptorType> {
        let arn = |number| format!("arn:aws:iam::111122223333:policy/p{number}");
        (0..count)
            .map(|number| PolicyDescriptorType {
                arn: Some(arn(number)),
            })
            .collect()
    }

    fn inline(text: &str) -> Result<SessionPolicies, StsError> {
        SessionPolicies::read(Some(text.to_owned()), None)
    }

    #[test]
    fn a_small_policy_takes_a_few_percent_as_with_aws() {
        let policies = inline(SMALL).unwrap();
        let size = packed_size(&policies, &[]).unwrap().unwrap();
        assert!((5..=9).contains(&size), "{size}");
        assert_eq!(
            packed_size(&SessionPolicies::default(), &[&[]]).unwrap(),
            None
        );
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_share() {
        // Digits that do not compress, from a linear congruence.
        let mut state = 1_u64;
        let mut noise = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            format!("{:016x}", state)
        };
        let tags: Vec<(String, String)> = (0..50)
            .map(|_| (noise(), (0..8).map(|_| noise()).collect()))
            .collect();
        let error = packed_size(&SessionPolicies::default(), &[&tags])
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("Packed size of session tags consumes ")
                && error.ends_with("% of allotted space.")
        );
        let error = packed_size(&inline(SMALL).unwrap(), &[&tags])
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with("% of allotted space, please use smaller policy."),
            "{error}"
        );
        // A text that compresses well must fit the header all the same.
        let long = SMALL.replace("Stmt1", &"a".repeat(9_000));
        assert!(matches!(
            packed_size(&inline(&long).unwrap(), &[]),
            Err(StsError::PackedPolicyTooLarge(_))
        ));
    }

    #[test]
    fn policies_that_limit_nothing_are_refused() {
        assert!(matches!(
            inline("{"),
            Err(StsError::MalformedPolicyDocument(_))
        ));
        let with_principal = SMALL.replace(r#""Sid""#, r#""Principal":"*","Sid""#);
        assert!(matches!(
            inline(&with_principal),
            Err(StsError::MalformedPolicyDocument(_))
        ));
        assert!(SessionPolicies::read(None, Some(arns(10))).is_ok());
        assert!(matches!(
            SessionPolicies::read(None, Some(arns(11))),
            Err(StsError::Validation(_))
        ));
        let empty = vec![PolicyDescriptorType { arn: None }];
        assert!(matches!(
            SessionPolicies::read(None, Some(empty)),
            Err(StsError::Validation(_))
        ));
        assert_eq!(
            SessionPolicies::read(None, Some([arns(1), arns(1)].concat()))
                .unwrap()
                .arns
                .len(),
            1
        );
    }
}
