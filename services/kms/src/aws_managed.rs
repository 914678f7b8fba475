//! AWS managed keys: those that services use for a customer who names no key, behind aliases that
//! begin with `alias/aws/` ("AWS managed keys").
//!
//! Such a key is made when its alias is first used. Its id follows from the account, the region and
//! the alias, so that calls that come at once make the same one. Its policy lets nobody change it,
//! and lets it be used through its service only.

use crate::api::types::{KeyManagerType, KeySpec, KeyUsageType, OriginType};
use crate::entity::{AliasRecord, KeyRecord, MaterialRecord, RotationRecord};
use crate::view::{KeyView, KmsWorld, Place};
use crate::{KmsError, blob, find, key_policy, material, sealing, spec};
use crypto::kms::Material;
use jiff::SignedDuration;
use kernel::{Call, Failure};
use std::sync::Arc;

/// The period of the rotation of AWS managed keys, in days ("Rotate AWS KMS keys").
const ROTATION_DAYS: i32 = 365;
/// What the names of AWS's own aliases begin with.
const PREFIX: &str = "alias/aws/";

/// A service that has an AWS managed key.
#[derive(Debug)]
struct Service {
    /// The alias's name after `alias/aws/`.
    name: &'static str,
    /// What `kms:ViaService` has before the region.
    via: &'static str,
    /// What the key protects, for its description.
    protects: &'static str,
}

const fn service(name: &'static str, via: &'static str, protects: &'static str) -> Service {
    Service {
        name,
        via,
        protects,
    }
}

/// The services, in the order of their aliases.
const SERVICES: [Service; 24] = [
    service("acm", "acm", "ACM private keys"),
    service("backup", "backup", "Backup vaults"),
    service("codecommit", "codecommit", "CodeCommit repositories"),
    service("dms", "dms", "DMS replication instances"),
    service("dynamodb", "dynamodb", "DynamoDB tables"),
    service("ebs", "ec2", "EBS volumes"),
    service("elasticfilesystem", "elasticfilesystem", "EFS filesystems"),
    service("es", "es", "OpenSearch domains"),
    service("fsx", "fsx", "FSx resources"),
    service("glue", "glue", "Glue data"),
    service("kafka", "kafka", "MSK clusters"),
    service("kinesis", "kinesis", "Kinesis streams"),
    service("kinesisvideo", "kinesisvideo", "Kinesis Video Streams data"),
    service("lambda", "lambda", "Lambda functions"),
    service("lightsail", "lightsail", "Lightsail resources"),
    service("rds", "rds", "RDS database volumes"),
    service("redshift", "redshift", "Redshift clusters"),
    service("s3", "s3", "S3 objects"),
    service("secretsmanager", "secretsmanager", "Secrets Manager data"),
    service("sns", "sns", "SNS data"),
    service("sqs", "sqs", "SQS messages"),
    service("ssm", "ssm", "SSM parameters"),
    service("workspaces", "workspaces", "WorkSpaces volumes"),
    service("xray", "xray", "X-Ray data"),
];

/// Whether only AWS may make, change or remove an alias of this name.
#[must_use]
pub(crate) fn is_reserved(alias: &str) -> bool {
    alias.starts_with(PREFIX)
}

/// The names of the aliases that every account has, in their order.
pub(crate) fn aliases() -> impl Iterator<Item = String> {
    SERVICES
        .iter()
        .map(|service| format!("{PREFIX}{}", service.name))
}

fn of_alias(alias: &str) -> Option<&'static Service> {
    let name = alias.strip_prefix(PREFIX)?;
    SERVICES.iter().find(|service| service.name == name)
}

/// The key that the first use of one of AWS's aliases makes, by whose policy that use is decided;
/// `None` for other aliases. [`current`] makes it.
///
/// # Errors
/// The server's failure.
pub(crate) fn prospect(call: &mut Call, alias: &Place) -> Result<Option<Arc<KeyView>>, KmsError> {
    // No policy of such a key lets another account use it, so that no other account makes one.
    let Some(service) = of_alias(&alias.id).filter(|_| alias.account == call.account()) else {
        return Ok(None);
    };
    let place = Place::new(alias.account, &alias.region, &id(call, alias));
    find::depend::<KeyRecord>(call, &place)?;
    let arn = place.key_arn(call.partition());
    let record = record(call, &place, service);
    Ok(Some(Arc::new(KeyView {
        policy: key_policy::compile(&record, &arn),
        key: kernel::record::key::<KeyRecord>(place.account.as_str(), &place.region, &place.id)?,
        arn,
        record,
        place,
    })))
}

/// Whether a key is still to be made.
#[must_use]
pub(crate) fn is_prospect(call: &Call, key: &KeyView) -> bool {
    key.record.manager == KeyManagerType::Aws
        && KmsWorld::of(call.world()).is_none_or(|kms| kms.key(&key.place).is_none())
}

/// The material that a key encrypts with, and its id. A key that is still to be made is made now,
/// together with its alias.
///
/// # Errors
/// The server's failure.
pub(crate) fn current(
    call: &mut Call,
    key: &KeyView,
) -> Result<(Arc<str>, Arc<Material>), KmsError> {
    let place = &key.place;
    let internal = |cause: &dyn std::fmt::Display| KmsError::Failure(Failure::internal(cause));
    // The same call may have made it already.
    if let Some(made) = call.load_in::<KeyRecord>(place.account, &place.region, &place.id)?
        && let Some(id) = made.current_material
    {
        let name = format!("{}/{id}", place.id);
        let record = call.load_in::<MaterialRecord>(place.account, &place.region, &name)?;
        let sealed = record
            .and_then(|record| record.sealed)
            .ok_or_else(|| internal(&"an AWS managed key has no material"))?;
        let keyring = &call.host().keyring;
        let material = sealing::unseal(keyring, place, made.spec, &id, &sealed)
            .map_err(|error| internal(&error))?;
        return Ok((id.into(), Arc::new(material)));
    }
    let spec = spec::of(key.record.spec).ok_or_else(|| internal(&"a key spec is unknown"))?;
    let random = Arc::clone(&call.host().random);
    let made = Material::generate(spec, random.as_ref()).map_err(|error| internal(&error))?;
    let id = material::save_first(call, place, &made)?;
    let record = KeyRecord {
        current_material: Some(id.clone()),
        ..key.record.clone()
    };
    call.save_in(place.account, &place.region, &place.id, &record)?;
    for service in &SERVICES {
        let alias = Place::new(
            place.account,
            &place.region,
            &format!("{PREFIX}{}", service.name),
        );
        if *self::id(call, &alias) == *place.id {
            let record = AliasRecord {
                key: place.id.to_string(),
                created: call.now,
                updated: call.now,
            };
            call.save_in(alias.account, &alias.region, &alias.id, &record)?;
        }
    }
    Ok((id.into(), Arc::new(made)))
}

/// The id of an alias's key: a UUID of version 4 in form, that nobody else can foretell.
fn id(call: &Call, alias: &Place) -> String {
    let code = call.host().keyring.mac_key("kms.aws-managed-key");
    let code = code.sign(format!("{}/{}/{}", alias.account, alias.region, alias.id).as_bytes());
    let mut digits = blob::hex(&code);
    digits.truncate(32);
    digits.replace_range(12..13, "4");
    digits.replace_range(16..17, "a");
    for at in [20, 16, 12, 8] {
        digits.insert(at, '-');
    }
    digits
}

fn record(call: &Call, place: &Place, service: &Service) -> KeyRecord {
    KeyRecord {
        id: place.id.to_string(),
        created: call.now,
        description: format!(
            "Default key that protects my {} when no other key is defined",
            service.protects
        ),
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsageType::EncryptDecrypt,
        origin: OriginType::AwsKms,
        manager: KeyManagerType::Aws,
        enabled: true,
        policy: policy(call.partition(), place, service),
        principals: Vec::new(),
        tags: Vec::new(),
        deletion: None,
        multi_region: None,
        rotation: Some(RotationRecord {
            period_days: ROTATION_DAYS,
            next: call.now + SignedDuration::from_hours(24 * i64::from(ROTATION_DAYS)),
        }),
        current_material: None,
        custom_key_store: None,
        xks_key: None,
    }
}

/// The policy of an AWS managed key: the service uses it for callers of the account, and the account
/// sees what it is.
fn policy(partition: arn::Partition, place: &Place, service: &Service) -> String {
    let Place {
        account, region, ..
    } = place;
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "auto-{name}-1",
  "Statement" : [ {{
    "Sid" : "Allow access through {name} for all principals in the account that are authorized to use it",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "*"
    }},
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {{
      "StringEquals" : {{
        "kms:CallerAccount" : "{account}",
        "kms:ViaService" : "{via}.{region}.amazonaws.com"
      }}
    }}
  }}, {{
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:{partition}:iam::{account}:root"
    }},
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  }} ]
}}"#,
        name = service.name,
        via = service.via,
        partition = partition.as_str(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_in_order_and_their_policies_readable() {
        let names: Vec<String> = aliases().collect();
        assert!(names.is_sorted());
        assert!(
            names
                .iter()
                .all(|name| is_reserved(name) && find::is_alias_name(name))
        );
        let place = Place::new("111122223333".parse().unwrap(), "us-east-1", "key");
        for service in &SERVICES {
            let text = policy(arn::Partition::Aws, &place, service);
            policy::parse(&text, policy::DocumentKind::Resource).unwrap();
        }
        assert!(of_alias("alias/aws/none").is_none() && of_alias("alias/ebs").is_none());
    }
}
