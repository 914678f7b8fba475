//! AWS managed policies with all their published versions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::encode::{Encoder, deflate};

/// A block is closed once it holds this many bytes of documents: reading one document inflates at most about this much.
const BLOCK_BYTES: usize = 128 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    arn: String,
    latest_version_id: String,
    created_date: String,
    last_updated_date: String,
    versions: BTreeMap<String, Version>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    created_date: String,
    document: Box<RawValue>,
}

/// Documents in blocks that are deflated one by one.
#[derive(Default)]
struct Blocks {
    open: String,
    closed: Vec<(usize, Vec<u8>)>,
}

impl Blocks {
    /// Returns the block and the offset in it where the document stands.
    fn add(&mut self, document: &str) -> anyhow::Result<(usize, usize)> {
        if self.open.len() >= BLOCK_BYTES {
            self.close()?;
        }
        let place = (self.closed.len(), self.open.len());
        self.open.push_str(document);
        Ok(place)
    }

    fn close(&mut self) -> anyhow::Result<()> {
        self.closed
            .push((self.open.len(), deflate(self.open.as_bytes())?));
        self.open.clear();
        Ok(())
    }
}

/// Packs the policies: an index, then the blocks.
pub(super) fn pack(path: &Path) -> anyhow::Result<Vec<u8>> {
    let policies: BTreeMap<String, Policy> = serde_json::from_slice(&fs::read(path)?)?;
    let mut paths: Vec<String> = Vec::new();
    let mut blocks = Blocks::default();
    let mut rows = Encoder::default();
    let mut count = 0;
    for (name, policy) in &policies {
        let path = policy
            .arn
            .strip_prefix("arn:aws:iam::aws:policy")
            .and_then(|rest| rest.strip_suffix(name.as_str()))
            .with_context(|| format!("{name} has the unexpected ARN {}", policy.arn))?;
        let path = paths
            .iter()
            .position(|known| known == path)
            .unwrap_or_else(|| {
                paths.push(path.to_owned());
                paths.len() - 1
            });
        rows.text(name);
        rows.number(path);
        count += add_versions(name, policy, &mut blocks, &mut rows)?;
    }
    blocks.close()?;

    let mut file = Encoder(b"CLVPOL01".to_vec());
    file.number(paths.len());
    paths.iter().for_each(|path| file.text(path));
    file.number(blocks.closed.len());
    for (length, packed) in &blocks.closed {
        file.number(packed.len());
        file.number(*length);
    }
    file.number(policies.len());
    file.0.extend_from_slice(&rows.0);
    eprintln!(
        "{} managed policies, {count} versions, {} blocks, index {} bytes",
        policies.len(),
        blocks.closed.len(),
        file.0.len()
    );
    for (_, packed) in &blocks.closed {
        file.0.extend_from_slice(packed);
    }
    Ok(file.0)
}

/// Writes dates and versions, newest version first, and returns how many versions there are.
fn add_versions(
    name: &str,
    policy: &Policy,
    blocks: &mut Blocks,
    rows: &mut Encoder,
) -> anyhow::Result<usize> {
    let mut versions = Vec::new();
    for (id, version) in &policy.versions {
        let number: usize = id
            .strip_prefix('v')
            .and_then(|digits| digits.parse().ok())
            .with_context(|| format!("{name} has the unexpected version {id}"))?;
        versions.push((number, seconds(&version.created_date)?, version));
    }
    versions.sort_by_key(|(number, ..)| *number);
    let updated = seconds(&policy.last_updated_date)?;
    mend_dates(&mut versions, updated);
    versions.reverse();
    let newest = versions.first().map(|(number, ..)| format!("v{number}"));
    ensure!(
        newest.as_ref() == Some(&policy.latest_version_id),
        "{name}: the newest version {newest:?} is not the default {}",
        policy.latest_version_id
    );

    rows.number(seconds(&policy.created_date)?);
    rows.number(updated);
    rows.number(versions.len());
    for (number, created, version) in &versions {
        let document = without_white_space(version.document.get());
        let (block, offset) = blocks.add(&document)?;
        rows.number(*number);
        rows.number(*created);
        rows.number(block);
        rows.number(offset);
        rows.number(document.len());
    }
    Ok(versions.len())
}

/// The source dates many newer versions with the day when the policy was made. A version is not older than its
/// predecessor, and the newest one was made when the policy was last updated.
fn mend_dates(ascending: &mut [(usize, usize, &Version)], updated: usize) {
    let mut earliest = 0;
    for (_, created, _) in ascending.iter_mut() {
        *created = (*created).max(earliest);
        earliest = *created;
    }
    if let Some((_, created, _)) = ascending.last_mut() {
        *created = updated.max(earliest);
    }
}

fn seconds(date: &str) -> anyhow::Result<usize> {
    let timestamp: jiff::Timestamp = date
        .parse()
        .with_context(|| format!("not a date: {date}"))?;
    Ok(usize::try_from(timestamp.as_second())?)
}

/// Keeps the order of members, which a parsed map would lose.
fn without_white_space(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut in_string, mut escaped) = (false, false);
    for character in json.chars() {
        if in_string {
            compact.push(character);
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if character == '"' {
                in_string = false;
            }
        } else if !character.is_ascii_whitespace() {
            in_string = character == '"';
            compact.push(character);
        }
    }
    compact
}

#[cfg(test)]
mod tests {
    use super::without_white_space;

    #[test]
    fn white_space_inside_strings_stays() {
        assert_eq!(
            without_white_space("{ \"a b\" : [ 1,\n \"c \\\" d \\\\\" , \" e\" ] }"),
            r#"{"a b":[1,"c \" d \\"," e"]}"#
        );
    }
}
