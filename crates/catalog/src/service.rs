//! Services: an index of all prefixes, and each service's tables, unpacked on first use.

use std::sync::OnceLock;

use crate::action::{AccessLevel, Action, ResourceType, ResourceUse};
use crate::condition_key::{ConditionKey, GLOBAL, ValueType, fills};
use crate::decode::{DataError, Reader, find, inflate};

static DATA: &[u8] = include_bytes!("../../../data/actions.bin");

/// A service prefix with what AWS publishes about it.
#[derive(Debug)]
pub struct Service {
    /// The prefix of the service's actions, for example `iam`. Always lower case.
    pub prefix: &'static str,
    /// AWS's name for the service, for example `AWS Identity and Access Management (IAM)`.
    pub title: &'static str,
    /// Whether resource control policies apply to the service's resources.
    pub supports_resource_control_policies: bool,
    packed: &'static [u8],
    length: usize,
    tables: OnceLock<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    actions: &'static [Action],
    resource_types: &'static [ResourceType],
    condition_keys: &'static [ConditionKey],
}

impl Service {
    /// The service's actions, ordered by name.
    pub fn actions(&'static self) -> &'static [Action] {
        self.tables().actions
    }

    /// Finds an action by its name without the prefix. Letter case does not matter.
    pub fn action(&'static self, name: &str) -> Option<&'static Action> {
        find(self.actions(), name, |action| action.name)
    }

    /// The service's resource types, ordered by name.
    pub fn resource_types(&'static self) -> &'static [ResourceType] {
        self.tables().resource_types
    }

    /// Finds a resource type by its name. Letter case does not matter.
    pub fn resource_type(&'static self, name: &str) -> Option<&'static ResourceType> {
        find(self.resource_types(), name, |resource| resource.name)
    }

    /// The condition keys that the service's page lists, global ones included, ordered by name.
    pub fn condition_keys(&'static self) -> &'static [ConditionKey] {
        self.tables().condition_keys
    }

    /// Finds a condition key that the service's page lists, by its whole name; `${…}` in a key's name matches
    /// anything. Letter case does not matter.
    pub fn condition_key(&'static self, name: &str) -> Option<&'static ConditionKey> {
        let keys = self.condition_keys();
        find(keys, name, |key| key.name).or_else(|| {
            keys.iter()
                .find(|key| key.is_template() && key.matches(name))
        })
    }

    fn tables(&self) -> &Tables {
        // Data that cannot be read is no data: the service then has no action. A test reads all of it.
        self.tables
            .get_or_init(|| self.unpack().unwrap_or_default())
    }

    /// The rows refer to the block's text and to each other for the life of the process: each block is unpacked once
    /// and leaked.
    fn unpack(&self) -> Result<Tables, DataError> {
        let block: &'static [u8] = inflate(self.packed, self.length)?.leak();
        let mut reader = Reader::new(block);
        let condition_keys: &'static [ConditionKey] = reader.list(read_condition_key)?.leak();
        let resource_types: &'static [ResourceType] = reader
            .list(|row| {
                Ok(ResourceType {
                    name: row.text()?,
                    arn_pattern: row.text()?,
                    condition_keys: read_key_references(row, condition_keys)?,
                })
            })?
            .leak();
        let service = self.prefix;
        let actions: &'static [Action] = reader
            .list(|row| {
                Ok(Action {
                    service,
                    name: row.text()?,
                    access_level: read_access_level(row)?,
                    condition_keys: read_key_references(row, condition_keys)?,
                    resource_types: row
                        .list(|used| read_resource_use(used, resource_types, condition_keys))?
                        .leak(),
                })
            })?
            .leak();
        Ok(Tables {
            actions,
            resource_types,
            condition_keys,
        })
    }
}

fn read_condition_key(row: &mut Reader) -> Result<ConditionKey, DataError> {
    let name = row.text()?;
    let code = row.byte()?;
    let value_type = match code & 15 {
        0 => ValueType::String,
        1 => ValueType::Arn,
        2 => ValueType::Bool,
        3 => ValueType::Numeric,
        4 => ValueType::Date,
        5 => ValueType::IpAddress,
        6 => ValueType::Binary,
        _ => return Err(DataError::OutOfRange),
    };
    Ok(ConditionKey {
        name,
        value_type,
        multivalued: code & 16 != 0,
    })
}

fn read_key_references(
    row: &mut Reader,
    keys: &'static [ConditionKey],
) -> Result<&'static [&'static ConditionKey], DataError> {
    let references = row.list(|item| keys.get(item.number()?).ok_or(DataError::OutOfRange))?;
    Ok(references.leak())
}

fn read_access_level(row: &mut Reader) -> Result<AccessLevel, DataError> {
    match row.byte()? {
        0 => Ok(AccessLevel::Read),
        1 => Ok(AccessLevel::List),
        2 => Ok(AccessLevel::Write),
        3 => Ok(AccessLevel::Tagging),
        4 => Ok(AccessLevel::PermissionsManagement),
        _ => Err(DataError::OutOfRange),
    }
}

fn read_resource_use(
    row: &mut Reader,
    types: &'static [ResourceType],
    keys: &'static [ConditionKey],
) -> Result<ResourceUse, DataError> {
    let resource_type = types.get(row.number()?).ok_or(DataError::OutOfRange)?;
    Ok(ResourceUse {
        name: resource_type.name,
        required: row.byte()? == 1,
        resource_type,
        condition_keys: read_key_references(row, keys)?,
    })
}

#[derive(Debug, Default)]
struct Index {
    services: Vec<Service>,
    /// Prefixes of condition keys that the service of that prefix does not list, with a service whose page does:
    /// `saml` and identity providers' host names for `sts`.
    foreign_prefixes: Vec<(&'static str, usize)>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| read_index(DATA).unwrap_or_default())
}

fn read_index(data: &'static [u8]) -> Result<Index, DataError> {
    let mut reader = Reader::after_mark(data, b"CLVACT01")?;
    let rows = reader.list(|row| {
        let (prefix, title, rcp) = (row.text()?, row.text()?, row.byte()? == 1);
        Ok((prefix, title, rcp, row.number()?, row.number()?))
    })?;
    let foreign_prefixes = reader.list(|row| Ok((row.text()?, row.number()?)))?;
    let mut services = Vec::with_capacity(rows.len());
    for (prefix, title, supports_resource_control_policies, packed_length, length) in rows {
        services.push(Service {
            prefix,
            title,
            supports_resource_control_policies,
            packed: reader.bytes(packed_length)?,
            length,
            tables: OnceLock::new(),
        });
    }
    Ok(Index {
        services,
        foreign_prefixes,
    })
}

/// All services, ordered by prefix.
#[must_use]
pub fn services() -> &'static [Service] {
    &index().services
}

/// Finds a service by its prefix. Letter case does not matter.
#[must_use]
pub fn service(prefix: &str) -> Option<&'static Service> {
    find(services(), prefix, |service| service.prefix)
}

/// Finds an action by its name with the prefix, for example `iam:CreateUser`. Letter case does not matter; wildcards
/// match nothing.
#[must_use]
pub fn action(qualified_name: &str) -> Option<&'static Action> {
    let (prefix, name) = qualified_name.split_once(':')?;
    service(prefix)?.action(name)
}

/// Finds a condition key by its whole name: a global key, a key of the service that its prefix names, or a key of an
/// identity provider that AWS lists (`saml:aud`, `accounts.google.com:sub`). `${…}` in a key's name matches anything.
/// Letter case does not matter.
///
/// None does not mean that a key is wrong: any OpenID Connect provider brings keys under its own host name.
#[must_use]
pub fn condition_key(name: &str) -> Option<&'static ConditionKey> {
    if let Some(key) = GLOBAL.iter().find(|key| key.matches(name)) {
        return Some(key);
    }
    let (prefix, _) = name.split_once(':')?;
    if let Some(key) = service(prefix).and_then(|service| service.condition_key(name)) {
        return Some(key);
    }
    let index = index();
    index
        .foreign_prefixes
        .iter()
        .filter(|(foreign, _)| fills(foreign, prefix))
        .filter_map(|(_, place)| index.services.get(*place))
        .find_map(|service| service.condition_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_and_every_block_are_whole() {
        let index = read_index(DATA).unwrap();
        assert!(index.services.len() >= 456);
        let mut actions = 0;
        for service in &index.services {
            let tables = service.unpack().unwrap();
            actions += tables.actions.len();
            for window in tables.actions.windows(2) {
                assert!(crate::decode::compare(window[0].name, window[1].name).is_lt());
            }
            for window in tables.condition_keys.windows(2) {
                assert!(crate::decode::compare(window[0].name, window[1].name).is_lt());
            }
            for window in tables.resource_types.windows(2) {
                assert!(crate::decode::compare(window[0].name, window[1].name).is_lt());
            }
        }
        assert!(actions >= 22_000);
        for window in index.services.windows(2) {
            assert!(window[0].prefix < window[1].prefix);
        }
    }

    #[test]
    fn damaged_data_is_an_error_and_not_a_panic() {
        for length in 0..2_000 {
            assert!(read_index(&DATA[..length]).is_err());
        }
    }
}
