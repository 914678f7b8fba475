//! Partitions: the separate worlds of AWS.

use std::fmt;
use std::str::FromStr;

/// The text names no partition that AWS publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown partition")]
pub struct ParsePartitionError;

/// An AWS partition, as botocore's `partitions.json` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Partition {
    /// `aws`, the commercial regions.
    #[default]
    Aws,
    /// `aws-cn`, China.
    AwsCn,
    /// `aws-us-gov`, GovCloud (US).
    AwsUsGov,
    /// `aws-iso`, US top secret.
    AwsIso,
    /// `aws-iso-b`, US secret.
    AwsIsoB,
    /// `aws-iso-e`, Europe.
    AwsIsoE,
    /// `aws-iso-f`, US intelligence.
    AwsIsoF,
    /// `aws-eusc`, the European sovereign cloud.
    AwsEusc,
}

impl Partition {
    /// Every partition, in the order of the enum.
    pub const ALL: [Partition; 8] = [
        Partition::Aws,
        Partition::AwsCn,
        Partition::AwsUsGov,
        Partition::AwsIso,
        Partition::AwsIsoB,
        Partition::AwsIsoE,
        Partition::AwsIsoF,
        Partition::AwsEusc,
    ];

    /// The name that stands in an ARN.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Partition::Aws => "aws",
            Partition::AwsCn => "aws-cn",
            Partition::AwsUsGov => "aws-us-gov",
            Partition::AwsIso => "aws-iso",
            Partition::AwsIsoB => "aws-iso-b",
            Partition::AwsIsoE => "aws-iso-e",
            Partition::AwsIsoF => "aws-iso-f",
            Partition::AwsEusc => "aws-eusc",
        }
    }

    /// The DNS suffix of the partition's endpoints.
    #[must_use]
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Partition::Aws | Partition::AwsUsGov => "amazonaws.com",
            Partition::AwsCn => "amazonaws.com.cn",
            Partition::AwsIso => "c2s.ic.gov",
            Partition::AwsIsoB => "sc2s.sgov.gov",
            Partition::AwsIsoE => "cloud.adc-e.uk",
            Partition::AwsIsoF => "csp.hci.ic.gov",
            Partition::AwsEusc => "amazonaws.eu",
        }
    }

    /// The region that global services (IAM, STS' global endpoint) sign for.
    #[must_use]
    pub const fn global_region(self) -> &'static str {
        match self {
            Partition::Aws => "us-east-1",
            Partition::AwsCn => "cn-northwest-1",
            Partition::AwsUsGov => "us-gov-west-1",
            Partition::AwsIso => "us-iso-east-1",
            Partition::AwsIsoB => "us-isob-east-1",
            Partition::AwsIsoE => "eu-isoe-west-1",
            Partition::AwsIsoF => "us-isof-south-1",
            Partition::AwsEusc => "eusc-de-east-1",
        }
    }

    /// The partition that a region belongs to. A region that no partition
    /// claims belongs to `aws`, as in the SDKs' endpoint rules.
    #[must_use]
    pub fn of_region(region: &str) -> Partition {
        const PREFIXES: [(&str, Partition); 14] = [
            ("cn-", Partition::AwsCn),
            ("us-gov-", Partition::AwsUsGov),
            ("us-iso-", Partition::AwsIso),
            ("us-isob-", Partition::AwsIsoB),
            ("eu-isoe-", Partition::AwsIsoE),
            ("us-isof-", Partition::AwsIsoF),
            ("eusc-", Partition::AwsEusc),
            ("aws-cn-global", Partition::AwsCn),
            ("aws-us-gov-global", Partition::AwsUsGov),
            ("aws-iso-global", Partition::AwsIso),
            ("aws-iso-b-global", Partition::AwsIsoB),
            ("aws-iso-e-global", Partition::AwsIsoE),
            ("aws-iso-f-global", Partition::AwsIsoF),
            ("aws-eusc-global", Partition::AwsEusc),
        ];
        PREFIXES
            .iter()
            .find(|(prefix, _)| region.starts_with(prefix))
            .map_or(Partition::Aws, |(_, partition)| *partition)
    }
}

impl FromStr for Partition {
    type Err = ParsePartitionError;

    fn from_str(text: &str) -> Result<Partition, ParsePartitionError> {
        Partition::ALL
            .into_iter()
            .find(|partition| partition.as_str() == text)
            .ok_or(ParsePartitionError)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for partition in Partition::ALL {
            assert_eq!(partition.as_str().parse(), Ok(partition));
            assert_eq!(Partition::of_region(partition.global_region()), partition);
        }
        assert_eq!("aws-".parse::<Partition>(), Err(ParsePartitionError));
        assert_eq!("AWS".parse::<Partition>(), Err(ParsePartitionError));
    }

    #[test]
    fn regions_know_their_partition() {
        for (region, partition) in [
            ("us-east-1", Partition::Aws),
            ("eu-west-1", Partition::Aws),
            ("cn-north-1", Partition::AwsCn),
            ("us-gov-east-1", Partition::AwsUsGov),
            ("us-isob-east-1", Partition::AwsIsoB),
            ("eusc-de-east-1", Partition::AwsEusc),
            ("aws-iso-b-global", Partition::AwsIsoB),
            ("moon-1", Partition::Aws),
        ] {
            assert_eq!(Partition::of_region(region), partition, "{region}");
        }
    }
}
