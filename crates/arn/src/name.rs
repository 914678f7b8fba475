//! The ARN itself.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use crate::{AccountId, Partition};

/// The longest ARN that [`Arn::parse`] takes, in bytes. IAM's own limit.
pub const MAX_ARN_BYTES: usize = 2048;

/// Why a text is not an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseArnError {
    /// The text is longer than [`MAX_ARN_BYTES`].
    #[error("an arn has at most {MAX_ARN_BYTES} bytes")]
    TooLong,
    /// The text does not have the six parts `arn:partition:service:region:account:resource`.
    #[error("an arn has six parts: arn:partition:service:region:account:resource")]
    Shape,
    /// The second part names no partition that AWS publishes.
    #[error("the arn names an unknown partition")]
    Partition,
    /// The service is empty or has other characters than `a-z`, `0-9` and `-`.
    #[error("the arn's service is not valid")]
    Service,
    /// The region has other characters than `a-z`, `0-9` and `-`.
    #[error("the arn's region is not valid")]
    Region,
    /// The account is neither empty, nor twelve digits, nor an owner's name such as `aws`.
    #[error("the arn's account is not valid")]
    Account,
    /// The resource is empty or has control characters.
    #[error("the arn's resource is not valid")]
    Resource,
}

/// An Amazon Resource Name: one text, parsed once, cheap to clone.
///
/// Source: "Identify AWS resources with Amazon Resource Names (ARNs)".
#[derive(Clone)]
pub struct Arn {
    text: Arc<str>,
    partition: Partition,
    account: Option<AccountId>,
    // Positions in `text` of the third, fourth and fifth colon.
    colons: [usize; 3],
}

impl Arn {
    /// Parses an ARN.
    ///
    /// # Errors
    /// [`ParseArnError`] names the first part that is not valid. Wildcards are
    /// no part of an ARN's partition, service, region or account.
    pub fn parse(text: &str) -> Result<Arn, ParseArnError> {
        if text.len() > MAX_ARN_BYTES {
            return Err(ParseArnError::TooLong);
        }
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next().ok_or(ParseArnError::Shape);
        if part()? != "arn" {
            return Err(ParseArnError::Shape);
        }
        let (partition, service, region) = (part()?, part()?, part()?);
        let (account, resource) = (part()?, part()?);
        let partition = partition.parse().map_err(|_| ParseArnError::Partition)?;
        check(service, region, account, resource)?;
        Ok(Arn::assemble(
            text.into(),
            partition,
            service,
            region,
            account,
        ))
    }

    /// Builds an ARN of its parts.
    ///
    /// # Errors
    /// As [`Arn::parse`].
    pub fn new(
        partition: Partition,
        service: &str,
        region: &str,
        account: &str,
        resource: &str,
    ) -> Result<Arn, ParseArnError> {
        check(service, region, account, resource)?;
        let text = format!("arn:{partition}:{service}:{region}:{account}:{resource}");
        if text.len() > MAX_ARN_BYTES {
            return Err(ParseArnError::TooLong);
        }
        Ok(Arn::assemble(
            text.into(),
            partition,
            service,
            region,
            account,
        ))
    }

    /// Puts together parts whose form the caller has proved.
    pub(crate) fn assemble(
        text: Arc<str>,
        partition: Partition,
        service: &str,
        region: &str,
        account: &str,
    ) -> Arn {
        let third = "arn::".len() + partition.as_str().len() + service.len();
        let fourth = third + 1 + region.len();
        let fifth = fourth + 1 + account.len();
        Arn {
            text,
            partition,
            account: AccountId::parse(account).ok(),
            colons: [third, fourth, fifth],
        }
    }

    fn slice(&self, start: usize, end: usize) -> &str {
        // INVARIANT: every position is that of a colon in `text`.
        self.text.get(start..end).unwrap_or_default()
    }

    /// The partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// The service's namespace, such as `iam`.
    #[must_use]
    pub fn service(&self) -> &str {
        let [third, ..] = self.colons;
        self.slice("arn::".len() + self.partition.as_str().len(), third)
    }

    /// The region; empty for global resources.
    #[must_use]
    pub fn region(&self) -> &str {
        let [third, fourth, _] = self.colons;
        self.slice(third + 1, fourth)
    }

    /// The account part as written: empty, twelve digits, or an owner's name such as `aws`.
    #[must_use]
    pub fn account(&self) -> &str {
        let [_, fourth, fifth] = self.colons;
        self.slice(fourth + 1, fifth)
    }

    /// The account, when the account part is twelve digits.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        self.account
    }

    /// Everything after the fifth colon.
    #[must_use]
    pub fn resource(&self) -> &str {
        let [.., fifth] = self.colons;
        self.slice(fifth + 1, self.text.len())
    }

    /// The resource up to its first `/` or `:`; the whole resource when it has neither.
    #[must_use]
    pub fn resource_type(&self) -> &str {
        let resource = self.resource();
        resource
            .split_once(['/', ':'])
            .map_or(resource, |(kind, _)| kind)
    }

    /// The resource after its first `/` or `:`; empty when it has neither.
    #[must_use]
    pub fn resource_id(&self) -> &str {
        self.resource()
            .split_once(['/', ':'])
            .map_or("", |(_, id)| id)
    }

    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The characters of a service, a region and an owner's name.
fn is_word(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn check(service: &str, region: &str, account: &str, resource: &str) -> Result<(), ParseArnError> {
    if service.is_empty() || !is_word(service) {
        return Err(ParseArnError::Service);
    }
    if !is_word(region) {
        return Err(ParseArnError::Region);
    }
    // An owner's name has a letter; digits alone are an account, and that has twelve.
    let owner = is_word(account) && account.bytes().any(|byte| byte.is_ascii_lowercase());
    if !account.is_empty() && !owner && AccountId::parse(account).is_err() {
        return Err(ParseArnError::Account);
    }
    if resource.is_empty() || resource.chars().any(char::is_control) {
        return Err(ParseArnError::Resource);
    }
    Ok(())
}

impl PartialEq for Arn {
    fn eq(&self, other: &Arn) -> bool {
        self.text == other.text
    }
}

impl Eq for Arn {}

impl PartialOrd for Arn {
    fn partial_cmp(&self, other: &Arn) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Arn {
    fn cmp(&self, other: &Arn) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Arn {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl FromStr for Arn {
    type Err = ParseArnError;

    fn from_str(text: &str) -> Result<Arn, ParseArnError> {
        Arn::parse(text)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl AsRef<str> for Arn {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_found() {
        let arn =
            Arn::parse("arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:a:b/c").unwrap();
        assert_eq!(arn.partition(), Partition::AwsUsGov);
        assert_eq!(arn.service(), "logs");
        assert_eq!(arn.region(), "us-gov-west-1");
        assert_eq!(arn.account(), "123456789012");
        assert_eq!(arn.resource(), "log-group:a:b/c");
        assert_eq!(arn.resource_type(), "log-group");
        assert_eq!(arn.resource_id(), "a:b/c");
    }

    #[test]
    fn empty_region_and_account_are_parts_too() {
        let bucket = Arn::parse("arn:aws:s3:::bucket").unwrap();
        assert_eq!((bucket.region(), bucket.account()), ("", ""));
        assert_eq!(bucket.account_id(), None);
        assert_eq!(
            (bucket.resource_type(), bucket.resource_id()),
            ("bucket", "")
        );
        let managed = Arn::parse("arn:aws:iam::aws:policy/ReadOnlyAccess").unwrap();
        assert_eq!((managed.account(), managed.account_id()), ("aws", None));
    }

    #[test]
    fn junk_is_refused_by_its_part() {
        use ParseArnError::*;
        for (text, error) in [
            ("", Shape),
            ("arn:aws:iam::123456789012", Shape),
            ("ARN:aws:iam::123456789012:root", Shape),
            ("arn:gcp:iam::123456789012:root", Partition),
            ("arn:aws:::123456789012:root", Service),
            ("arn:aws:*::123456789012:root", Service),
            ("arn:aws:iam:us east:123456789012:root", Region),
            ("arn:aws:iam::1234:root", Account),
            ("arn:aws:iam::*:root", Account),
            ("arn:aws:iam::123456789012:", Resource),
            ("arn:aws:iam::123456789012:user/a\nb", Resource),
        ] {
            assert_eq!(Arn::parse(text), Err(error), "{text}");
        }
        let long = format!("arn:aws:s3:::{}", "a".repeat(MAX_ARN_BYTES));
        assert_eq!(Arn::parse(&long), Err(TooLong));
    }
}
