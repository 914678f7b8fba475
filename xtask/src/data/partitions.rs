//! Partitions and regions, as one line of tab-separated text each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    partitions: Vec<Partition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Partition {
    id: String,
    outputs: Outputs,
    regions: BTreeMap<String, Region>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outputs {
    dns_suffix: String,
    implicit_global_region: String,
}

#[derive(Deserialize)]
struct Region {
    description: Option<String>,
}

/// `partition<TAB>id<TAB>DNS suffix<TAB>global region` lines, each followed by its `region<TAB>id<TAB>name` lines.
///
/// Pseudo regions such as `aws-global` are endpoint names, not regions, and are left out.
pub(super) fn table(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file: File = serde_json::from_slice(&fs::read(path)?)?;
    let mut text = String::new();
    for partition in file.partitions {
        writeln!(
            text,
            "partition\t{}\t{}\t{}",
            partition.id, partition.outputs.dns_suffix, partition.outputs.implicit_global_region
        )?;
        for (id, region) in partition.regions {
            if !id.ends_with("-global") {
                writeln!(
                    text,
                    "region\t{id}\t{}",
                    region.description.unwrap_or_default()
                )?;
            }
        }
    }
    Ok(text.into_bytes())
}
