//! Actions, resource types and condition keys of every service prefix.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::encode::{Encoder, deflate};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    name: String,
    access_level: String,
    resource_types: Vec<ResourceUse>,
    condition_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceUse {
    name: String,
    required: bool,
    condition_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceType {
    key: String,
    arn: String,
    #[serde(default)]
    condition_keys: Vec<String>,
}

#[derive(Deserialize)]
struct ConditionKey {
    key: String,
    #[serde(rename = "type")]
    value_type: String,
}

/// What one service's files say, each map by its lower-case name.
struct Service {
    actions: BTreeMap<String, Action>,
    resource_types: BTreeMap<String, ResourceType>,
    condition_keys: BTreeMap<String, ConditionKey>,
}

/// Packs the package's `data` directory: an index, then a block for each service.
pub(super) fn pack(data: &Path) -> anyhow::Result<Vec<u8>> {
    let titles: BTreeMap<String, String> = read(&data.join("serviceNames.json"))?;
    let rcp: Vec<String> = read(&data.join("rcpSupportedServices.json"))?;
    let services = read_services(data)?;

    let mut index = Encoder(b"CLVACT01".to_vec());
    let mut blocks = Vec::new();
    index.number(services.len());
    for (prefix, service) in &services {
        let raw = block(service).with_context(|| format!("service {prefix}"))?;
        let packed = deflate(&raw)?;
        index.text(prefix);
        index.text(
            titles
                .get(prefix)
                .with_context(|| format!("{prefix} has no name"))?,
        );
        index.byte(u8::from(rcp.contains(prefix)));
        index.number(packed.len());
        index.number(raw.len());
        blocks.extend_from_slice(&packed);
    }
    let foreign = foreign_prefixes(&services);
    index.number(foreign.len());
    for (key_prefix, service) in foreign {
        index.text(key_prefix);
        index.number(service);
    }
    eprintln!(
        "{} services, {} actions, {} resource types, {} condition keys, index {} bytes",
        services.len(),
        services
            .values()
            .map(|service| service.actions.len())
            .sum::<usize>(),
        services
            .values()
            .map(|service| service.resource_types.len())
            .sum::<usize>(),
        services
            .values()
            .map(|service| service.condition_keys.len())
            .sum::<usize>(),
        index.0.len()
    );
    index.0.extend_from_slice(&blocks);
    Ok(index.0)
}

fn read_services(data: &Path) -> anyhow::Result<BTreeMap<String, Service>> {
    let prefixes: Vec<String> = read(&data.join("services.json"))?;
    let mut services = BTreeMap::new();
    for prefix in prefixes {
        let file = format!("{prefix}.json");
        let service = Service {
            actions: read(&data.join("actions").join(&file))?,
            resource_types: read(&data.join("resourceTypes").join(&file))?,
            condition_keys: read(&data.join("conditionKeys").join(&file))?,
        };
        services.insert(prefix, service);
    }
    Ok(services)
}

/// Prefixes of condition keys that the service of that prefix does not list, each with the place of a service that
/// does: `saml` and identity providers' host names for `sts`, a few keys of one service for another.
fn foreign_prefixes(services: &BTreeMap<String, Service>) -> BTreeSet<(&str, usize)> {
    let mut foreign = BTreeSet::new();
    for (place, service) in services.values().enumerate() {
        for (lower, key) in &service.condition_keys {
            let prefix = key.key.split(':').next().unwrap_or_default();
            let owner = services.get(&prefix.to_ascii_lowercase());
            if prefix != "aws"
                && owner.is_none_or(|owner| !owner.condition_keys.contains_key(lower))
            {
                foreign.insert((prefix, place));
            }
        }
    }
    foreign
}

fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("cannot parse {}", path.display()))
}

fn block(service: &Service) -> anyhow::Result<Vec<u8>> {
    let mut block = Encoder::default();
    block.number(service.condition_keys.len());
    for key in service.condition_keys.values() {
        block.text(&key.key);
        block.byte(value_type(&key.value_type)?);
    }
    block.number(service.resource_types.len());
    for resource in service.resource_types.values() {
        block.text(&resource.key);
        block.text(&resource.arn);
        block.numbers(&key_places(service, &resource.condition_keys)?);
    }
    block.number(service.actions.len());
    for action in service.actions.values() {
        block.text(&action.name);
        block.byte(access_level(&action.access_level)?);
        block.numbers(&key_places(service, &action.condition_keys)?);
        block.number(action.resource_types.len());
        for used in &action.resource_types {
            block.number(place(&service.resource_types, &used.name)?);
            block.byte(u8::from(used.required));
            block.numbers(&key_places(service, &used.condition_keys)?);
        }
    }
    Ok(block.0)
}

fn key_places(service: &Service, names: &[String]) -> anyhow::Result<Vec<usize>> {
    names
        .iter()
        .map(|name| place(&service.condition_keys, name))
        .collect()
}

/// Where the name stands in the map's order.
fn place<T>(map: &BTreeMap<String, T>, name: &str) -> anyhow::Result<usize> {
    let wanted = name.to_ascii_lowercase();
    map.keys()
        .position(|known| *known == wanted)
        .with_context(|| format!("{name} is used but not listed"))
}

/// The source joins the marks of AWS's service reference: what changes permissions or only tags is also a write.
fn access_level(text: &str) -> anyhow::Result<u8> {
    Ok(match text {
        "Read" => 0,
        "List" => 1,
        "Write" => 2,
        "Tagging" | "Tagging, Write" => 3,
        "Permissions management" | "Permissions management, Write" => 4,
        _ => bail!("unknown access level {text}"),
    })
}

/// The low bits name the type; 16 marks a key that holds many values.
fn value_type(text: &str) -> anyhow::Result<u8> {
    let (text, many) = match text.strip_prefix("ArrayOf") {
        Some(element) => (element, 16),
        None => (text, 0),
    };
    let kind = match text {
        "String" => 0,
        "ARN" => 1,
        "Bool" => 2,
        "Numeric" => 3,
        "Date" => 4,
        "IPAddress" => 5,
        "Binary" => 6,
        _ => bail!("unknown type {text}"),
    };
    Ok(kind | many)
}
