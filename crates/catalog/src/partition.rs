//! Partitions and regions.

use std::sync::OnceLock;

static DATA: &str = include_str!("../../../data/partitions.tsv");

/// A partition: a group of regions with accounts and names of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The id, as in ARNs: `aws`, `aws-cn`, `aws-us-gov`.
    pub id: &'static str,
    /// The end of the services' host names, for example `amazonaws.com`.
    pub dns_suffix: &'static str,
    /// The region that signs and records calls to global services such as IAM.
    pub global_region: &'static str,
    /// The regions, ordered by id; pseudo regions such as `aws-global` are not among them.
    pub regions: Vec<Region>,
}

/// A region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// The id, for example `eu-west-1`.
    pub id: &'static str,
    /// AWS's name for it, for example `Europe (Ireland)`.
    pub name: &'static str,
}

/// All partitions.
#[must_use]
pub fn partitions() -> &'static [Partition] {
    static PARTITIONS: OnceLock<Vec<Partition>> = OnceLock::new();
    PARTITIONS.get_or_init(|| read(DATA))
}

fn read(table: &'static str) -> Vec<Partition> {
    let mut partitions: Vec<Partition> = Vec::new();
    for line in table.lines() {
        let mut columns = line.split('\t');
        match (
            columns.next(),
            columns.next(),
            columns.next(),
            columns.next(),
        ) {
            (Some("partition"), Some(id), Some(dns_suffix), Some(global_region)) => {
                partitions.push(Partition {
                    id,
                    dns_suffix,
                    global_region,
                    regions: Vec::new(),
                });
            }
            (Some("region"), Some(id), Some(name), None) => {
                if let Some(partition) = partitions.last_mut() {
                    partition.regions.push(Region { id, name });
                }
            }
            _ => {}
        }
    }
    partitions
}

/// Finds a partition by its id.
#[must_use]
pub fn partition(id: &str) -> Option<&'static Partition> {
    partitions().iter().find(|partition| partition.id == id)
}

/// The regions of a partition; none when the partition is unknown.
#[must_use]
pub fn regions(partition_id: &str) -> &'static [Region] {
    partition(partition_id).map_or(&[], |partition| &partition.regions)
}

/// The partition that a region belongs to.
#[must_use]
pub fn partition_of_region(region: &str) -> Option<&'static Partition> {
    partitions()
        .iter()
        .find(|partition| partition.regions.iter().any(|known| known.id == region))
}

/// Whether AWS has a region of this id, in any partition.
#[must_use]
pub fn is_region(region: &str) -> bool {
    partition_of_region(region).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let regions: usize = partitions()
            .iter()
            .map(|partition| partition.regions.len())
            .sum();
        assert_eq!(partitions().len() + regions, DATA.lines().count());
        for partition in partitions() {
            assert!(
                partition
                    .regions
                    .iter()
                    .any(|region| region.id == partition.global_region)
            );
        }
    }

    #[test]
    fn regions_and_their_partitions() {
        assert!(is_region("eu-west-1"));
        assert!(!is_region("EU-WEST-1"));
        assert!(!is_region("aws-global"));
        assert!(!is_region(""));
        assert_eq!(
            partition_of_region("cn-north-1").unwrap().dns_suffix,
            "amazonaws.com.cn"
        );
        assert_eq!(partition("aws").unwrap().global_region, "us-east-1");
        assert!(
            regions("aws-us-gov")
                .iter()
                .any(|region| region.id == "us-gov-west-1")
        );
        assert!(regions("nowhere").is_empty());
    }
}
