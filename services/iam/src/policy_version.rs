//! Versions of managed policies ("Versioning IAM policies").

use crate::api::operations::{
    CreatePolicyVersion, DeletePolicyVersion, GetPolicyVersion, ListPolicyVersions,
    SetDefaultPolicyVersion,
};
use crate::api::types::{
    CreatePolicyVersionInput, CreatePolicyVersionOutput, DeletePolicyVersionInput,
    DeletePolicyVersionOutput, GetPolicyVersionInput, GetPolicyVersionOutput,
    ListPolicyVersionsInput, ListPolicyVersionsOutput, PolicyVersion, SetDefaultPolicyVersionInput,
    SetDefaultPolicyVersionOutput,
};
use crate::attachment::well_formed;
use crate::entity::{ManagedPolicyRecord, PolicyVersionRecord, folded};
use crate::{IamError, document, find, managed_policy, page, target, time};
use arn::Partition;
use jiff::Timestamp;
use kernel::{Call, Operation, Plan, Registry};

/// Versions that a customer managed policy can have ("IAM and AWS STS quotas").
const MAX_VERSIONS: usize = 5;

/// Adds the operations on policy versions to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<CreatePolicyVersion>()
        .serve::<DeletePolicyVersion>()
        .serve::<GetPolicyVersion>()
        .serve::<ListPolicyVersions>()
        .serve::<SetDefaultPolicyVersion>();
}

fn no_version(arn: &str, version: &str) -> IamError {
    IamError::NoSuchEntity(format!(
        "Policy {arn} version {version} does not exist or is not attachable."
    ))
}

/// A policy of the account's own, for what is about one of its versions.
fn of_version(call: &mut Call, arn: &str, version: &str) -> Result<ManagedPolicyRecord, IamError> {
    match managed_policy::own(call, arn) {
        Err(IamError::NoSuchEntity(_)) => Err(no_version(arn, version)),
        found => found,
    }
}

/// A version without its document, which only `GetPolicyVersion` shows.
fn listed(version: &PolicyVersionRecord) -> PolicyVersion {
    PolicyVersion {
        document: None,
        version_id: Some(version.id.clone()),
        is_default_version: Some(version.default),
        create_date: Some(version.created),
    }
}

fn aws_listed(policy: &catalog::ManagedPolicy, version: &catalog::PolicyVersion) -> PolicyVersion {
    PolicyVersion {
        document: None,
        version_id: Some(version.id()),
        is_default_version: Some(version.number == policy.default_version.number),
        create_date: Timestamp::from_second(version.create_date).ok(),
    }
}

/// Versions of one of the account's policies with their documents, the newest first.
#[must_use]
pub fn details(policy: &ManagedPolicyRecord) -> Vec<PolicyVersion> {
    policy.versions.iter().rev().map(shown).collect()
}

fn shown(version: &PolicyVersionRecord) -> PolicyVersion {
    PolicyVersion {
        document: Some(document::encoded(&version.document)),
        ..listed(version)
    }
}

/// Versions of one of AWS's policies with their documents, the newest first.
#[must_use]
pub fn aws_details(partition: Partition, policy: &catalog::ManagedPolicy) -> Vec<PolicyVersion> {
    policy
        .versions
        .iter()
        .map(|version| aws_shown(partition, policy, version))
        .collect()
}

fn aws_shown(
    partition: Partition,
    policy: &catalog::ManagedPolicy,
    version: &catalog::PolicyVersion,
) -> PolicyVersion {
    let text = policy
        .document(&version.id())
        .map(|text| match partition.as_str() {
            // The catalog spells ARNs for the commercial partition.
            "aws" => text,
            other => text.replace("\"arn:aws:", &format!("\"arn:{other}:")),
        });
    PolicyVersion {
        document: text.as_deref().map(document::encoded),
        ..aws_listed(policy, version)
    }
}

/// Makes one version the default, and no other.
fn choose(policy: &mut ManagedPolicyRecord, id: &str) {
    for version in &mut policy.versions {
        version.default = version.id == id;
    }
}

impl Operation for CreatePolicyVersion {
    type Error = IamError;

    fn plan(call: &mut Call, input: &CreatePolicyVersionInput) -> Result<Plan, IamError> {
        target::policy(call, "iam:CreatePolicyVersion", &input.policy_arn).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: CreatePolicyVersionInput,
    ) -> Result<CreatePolicyVersionOutput, IamError> {
        let mut policy = managed_policy::own(call, &input.policy_arn)?;
        document::managed(&input.policy_document)?;
        if policy.versions.len() >= MAX_VERSIONS {
            return Err(IamError::LimitExceeded(format!(
                "A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new version, you must \
                 delete an existing version."
            )));
        }
        let id = format!("v{}", policy.next_version);
        policy.next_version += 1;
        policy.updated = time::seconds(call.now);
        policy.versions.push(PolicyVersionRecord {
            id: id.clone(),
            document: input.policy_document,
            created: policy.updated,
            default: false,
        });
        if input.set_as_default == Some(true) {
            choose(&mut policy, &id);
        }
        call.save(&folded(&policy.name), &policy)?;
        Ok(CreatePolicyVersionOutput {
            policy_version: policy.versions.last().map(listed),
        })
    }
}

impl Operation for GetPolicyVersion {
    type Error = IamError;

    fn plan(call: &mut Call, input: &GetPolicyVersionInput) -> Result<Plan, IamError> {
        target::policy(call, "iam:GetPolicyVersion", &input.policy_arn).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: GetPolicyVersionInput,
    ) -> Result<GetPolicyVersionOutput, IamError> {
        let (arn, id) = (&input.policy_arn, &input.version_id);
        well_formed(arn)?;
        let version = match find::policy(call, arn)? {
            Some(find::Policy::Customer(policy)) => policy
                .versions
                .iter()
                .find(|version| version.id == *id)
                .map(shown),
            Some(find::Policy::Aws(policy)) => policy
                .version(id)
                .map(|version| aws_shown(call.partition(), policy, version)),
            None => None,
        };
        match version {
            Some(version) => Ok(GetPolicyVersionOutput {
                policy_version: Some(version),
            }),
            None => Err(no_version(arn, id)),
        }
    }
}

impl Operation for ListPolicyVersions {
    type Error = IamError;

    fn plan(call: &mut Call, input: &ListPolicyVersionsInput) -> Result<Plan, IamError> {
        target::policy(call, "iam:ListPolicyVersions", &input.policy_arn).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: ListPolicyVersionsInput,
    ) -> Result<ListPolicyVersionsOutput, IamError> {
        let versions: Vec<PolicyVersion> = match managed_policy::existing(call, &input.policy_arn)?
        {
            find::Policy::Customer(policy) => policy.versions.iter().rev().map(listed).collect(),
            find::Policy::Aws(policy) => policy
                .versions
                .iter()
                .map(|version| aws_listed(policy, version))
                .collect(),
        };
        let key = |version: &PolicyVersion| version.version_id.clone().unwrap_or_default();
        let page = page::of_list(versions, key, input.max_items, input.marker.as_deref())?;
        Ok(ListPolicyVersionsOutput {
            is_truncated: Some(page.is_truncated()),
            versions: Some(page.items),
            marker: page.marker,
        })
    }
}

impl Operation for SetDefaultPolicyVersion {
    type Error = IamError;

    fn plan(call: &mut Call, input: &SetDefaultPolicyVersionInput) -> Result<Plan, IamError> {
        target::policy(call, "iam:SetDefaultPolicyVersion", &input.policy_arn).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: SetDefaultPolicyVersionInput,
    ) -> Result<SetDefaultPolicyVersionOutput, IamError> {
        let (arn, id) = (&input.policy_arn, &input.version_id);
        let mut policy = of_version(call, arn, id)?;
        if !policy.versions.iter().any(|version| version.id == *id) {
            return Err(no_version(arn, id));
        }
        choose(&mut policy, id);
        policy.updated = time::seconds(call.now);
        call.save(&folded(&policy.name), &policy)?;
        Ok(SetDefaultPolicyVersionOutput {})
    }
}

impl Operation for DeletePolicyVersion {
    type Error = IamError;

    fn plan(call: &mut Call, input: &DeletePolicyVersionInput) -> Result<Plan, IamError> {
        target::policy(call, "iam:DeletePolicyVersion", &input.policy_arn).map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: DeletePolicyVersionInput,
    ) -> Result<DeletePolicyVersionOutput, IamError> {
        let (arn, id) = (&input.policy_arn, &input.version_id);
        let mut policy = of_version(call, arn, id)?;
        match policy.versions.iter().find(|version| version.id == *id) {
            None => return Err(no_version(arn, id)),
            Some(version) if version.default => {
                return Err(IamError::DeleteConflict(
                    "Cannot delete the default version of a policy.".into(),
                ));
            }
            Some(_) => {}
        }
        policy.versions.retain(|version| version.id != *id);
        call.save(&folded(&policy.name), &policy)?;
        Ok(DeletePolicyVersionOutput {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_policies_name_the_server_s_partition() {
        let policy = catalog::managed_policy("AmazonEC2ContainerServiceforEC2Role").unwrap();
        let with_arns = catalog::managed_policies()
            .find(|policy| {
                policy
                    .default_document()
                    .is_some_and(|text| text.contains("\"arn:aws:"))
            })
            .unwrap();
        let versions = aws_details(Partition::AwsCn, with_arns);
        assert_eq!(
            versions
                .iter()
                .filter(|version| version.is_default_version == Some(true))
                .count(),
            1
        );
        assert!(
            versions[0]
                .document
                .as_deref()
                .unwrap()
                .contains("arn%3Aaws-cn%3A")
        );
        assert!(
            !versions[0]
                .document
                .as_deref()
                .unwrap()
                .contains("arn%3Aaws%3A")
        );
        assert!(aws_details(Partition::Aws, policy)[0].document.is_some());
    }
}
