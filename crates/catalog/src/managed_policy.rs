//! AWS managed policies, all published versions of them.

use std::sync::OnceLock;

use crate::decode::{DataError, Reader, inflate};

static DATA: &[u8] = include_bytes!("../../../data/managed-policies.bin");

/// A managed policy that AWS owns. Its documents stay compressed until [`ManagedPolicy::document`] asks for one.
#[derive(Debug)]
pub struct ManagedPolicy {
    /// The name, unique whatever the letter case, for example `AdministratorAccess`.
    pub name: &'static str,
    /// The path, with a slash at both ends: `/`, `/service-role/`, `/job-function/`, `/aws-service-role/`, `/root-task/`.
    pub path: &'static str,
    /// The version in effect; always the newest one.
    pub default_version: PolicyVersion,
    /// When the policy was made, in seconds since 1970-01-01 UTC.
    pub create_date: i64,
    /// When its newest version was made, in seconds since 1970-01-01 UTC.
    pub update_date: i64,
    /// All known versions, newest first; never empty. Numbers can be missing where AWS never published a version.
    pub versions: Vec<PolicyVersion>,
}

/// A version of a managed policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyVersion {
    /// The number: 3 for the version id `v3`.
    pub number: u32,
    /// When the version was made, in seconds since 1970-01-01 UTC. The source does not know the day of every version:
    /// where it is missing this is the day of the version before.
    pub create_date: i64,
    block: u32,
    offset: u32,
    length: u32,
}

impl PolicyVersion {
    /// The version id, for example `v3`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

impl ManagedPolicy {
    /// The ARN in the partition `aws`.
    #[must_use]
    pub fn arn(&self) -> String {
        self.arn_in("aws")
    }

    /// The ARN in another partition, for example `aws-cn`.
    #[must_use]
    pub fn arn_in(&self, partition: &str) -> String {
        format!("arn:{partition}:iam::aws:policy{}{}", self.path, self.name)
    }

    /// An id in AWS's form: `ANPA` and 17 characters. It depends on the name alone, so that it is the same in every
    /// installation and after every refresh of the data; it is not the id that AWS gave to the policy.
    #[must_use]
    pub fn policy_id(&self) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut bits = fingerprint(self.name);
        let mut id = String::with_capacity(21);
        id.push_str("ANPA");
        for _ in 0..17 {
            let place = usize::try_from(bits & 31).unwrap_or_default();
            id.push(char::from(ALPHABET.get(place).copied().unwrap_or(b'A')));
            bits >>= 5;
        }
        id
    }

    /// Whether the policy belongs to a service-linked role and cannot be attached to anything else
    /// (AWS page "Create a service-linked role").
    #[must_use]
    pub fn is_for_service_linked_role(&self) -> bool {
        self.path == "/aws-service-role/"
    }

    /// Finds a version by its id, for example `v3`. Only the exact spelling is known: `v03` and `V3` are not.
    #[must_use]
    pub fn version(&self, id: &str) -> Option<&PolicyVersion> {
        let digits = id.strip_prefix('v')?;
        if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: u32 = digits.parse().ok()?;
        self.versions
            .iter()
            .find(|version| version.number == number)
    }

    /// The document of a version as JSON without white space between its tokens, members in AWS's order. Inflates the
    /// one block that holds it (below 256 KiB) and keeps nothing. ARNs in it name the partition `aws`.
    #[must_use]
    pub fn document(&self, version_id: &str) -> Option<String> {
        read_document(index(), self.version(version_id)?).ok()
    }

    /// The document in effect; see [`ManagedPolicy::document`].
    #[must_use]
    pub fn default_document(&self) -> Option<String> {
        read_document(index(), &self.default_version).ok()
    }
}

/// FNV-1a twice with different starts, each mixed by the finalizer of SplitMix64. Not for security: names are public.
fn fingerprint(name: &str) -> u128 {
    let half = |start: u64| {
        let hash = name.bytes().fold(start, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    };
    (u128::from(half(0xcbf2_9ce4_8422_2325)) << 64) | u128::from(half(0x9ae1_6a3b_2f90_404f))
}

#[derive(Debug, Default)]
struct Index {
    /// Ordered by name, byte by byte.
    policies: Vec<ManagedPolicy>,
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    packed: &'static [u8],
    length: usize,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    // Data that cannot be read is no data: no policy then exists. A test reads all of it.
    INDEX.get_or_init(|| read_index(DATA).unwrap_or_default())
}

fn read_index(data: &'static [u8]) -> Result<Index, DataError> {
    let mut reader = Reader::after_mark(data, b"CLVPOL01")?;
    let paths = reader.list(Reader::text)?;
    let lengths = reader.list(|row| Ok((row.number()?, row.number()?)))?;
    let policies = reader.list(|row| read_policy(row, &paths))?;
    let mut blocks = Vec::with_capacity(lengths.len());
    for (packed_length, length) in lengths {
        blocks.push(Block {
            packed: reader.bytes(packed_length)?,
            length,
        });
    }
    if reader.rest().is_empty() {
        Ok(Index { policies, blocks })
    } else {
        Err(DataError::OutOfRange)
    }
}

fn read_policy(row: &mut Reader, paths: &[&'static str]) -> Result<ManagedPolicy, DataError> {
    let name = row.text()?;
    let path = paths
        .get(row.number()?)
        .copied()
        .ok_or(DataError::OutOfRange)?;
    let (create_date, update_date) = (row.seconds()?, row.seconds()?);
    let versions = row.list(|version| {
        Ok(PolicyVersion {
            number: version.small()?,
            create_date: version.seconds()?,
            block: version.small()?,
            offset: version.small()?,
            length: version.small()?,
        })
    })?;
    let default_version = *versions.first().ok_or(DataError::OutOfRange)?;
    Ok(ManagedPolicy {
        name,
        path,
        default_version,
        create_date,
        update_date,
        versions,
    })
}

fn read_document(index: &Index, version: &PolicyVersion) -> Result<String, DataError> {
    let place = |number: u32| usize::try_from(number).map_err(|_| DataError::OutOfRange);
    let block = index
        .blocks
        .get(place(version.block)?)
        .ok_or(DataError::OutOfRange)?;
    let mut bytes = inflate(block.packed, block.length)?;
    let start = place(version.offset)?;
    let end = start
        .checked_add(place(version.length)?)
        .ok_or(DataError::OutOfRange)?;
    let document = bytes
        .get_mut(start..end)
        .ok_or(DataError::Truncated)?
        .to_vec();
    String::from_utf8(document).map_err(|_| DataError::NotText)
}

/// All AWS managed policies, ordered by name byte by byte.
pub fn managed_policies() -> impl ExactSizeIterator<Item = &'static ManagedPolicy> {
    index().policies.iter()
}

/// Finds a policy by its name, or by its whole ARN in the partition `aws`. Letter case matters.
#[must_use]
pub fn managed_policy(arn_or_name: &str) -> Option<&'static ManagedPolicy> {
    let Some(rest) = arn_or_name.strip_prefix("arn:aws:iam::aws:policy") else {
        return by_name(arn_or_name);
    };
    let (_, name) = rest.rsplit_once('/')?;
    let policy = by_name(name)?;
    let path = rest.strip_suffix(name)?;
    (path == policy.path).then_some(policy)
}

fn by_name(name: &str) -> Option<&'static ManagedPolicy> {
    let policies = &index().policies;
    let place = policies
        .binary_search_by(|policy| policy.name.cmp(name))
        .ok()?;
    policies.get(place)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn damaged_data_is_an_error_and_not_a_panic() {
        for length in (0..DATA.len()).step_by(40_099) {
            assert!(read_index(&DATA[..length]).is_err());
        }
    }

    #[test]
    fn policy_ids_differ_and_have_the_form_of_aws() {
        let ids: HashSet<String> = managed_policies().map(ManagedPolicy::policy_id).collect();
        assert_eq!(ids.len(), managed_policies().len());
        for id in ids {
            assert_eq!(id.len(), 21);
            assert!(id.starts_with("ANPA"));
        }
    }

    #[test]
    fn a_policy_id_never_changes() {
        let policy = managed_policy("AdministratorAccess").unwrap();
        assert_eq!(policy.policy_id(), "ANPALDEYEDS3YT2CDIWKQ");
    }
}
