//! What an account has and may have ("GetAccountSummary").

use crate::access_key::AccessKeyRecord;
use crate::api::operations::GetAccountSummary;
use crate::api::types::{GetAccountSummaryInput, GetAccountSummaryOutput};
use crate::entity::{
    Attachment, GroupRecord, InstanceProfileRecord, ManagedPolicyRecord, ROOT_OWNER, RoleRecord,
    UserRecord, owned_prefix,
};
use crate::mfa::{MfaAssignment, MfaDevice};
use crate::open_id_connect_provider::OpenIdConnectProviderRecord;
use crate::saml_provider::SamlProviderRecord;
use crate::server_certificate::ServerCertificateRecord;
use crate::signing_certificate::SigningCertificateRecord;
use crate::{IamError, token_preference};
use kernel::{Call, Check, Entity, Operation, Plan, Registry};
use std::collections::BTreeMap;
use store::{Prefix, RecordKey};

/// Quotas that nobody can change ("IAM and AWS STS quotas").
const FIXED: &[(&str, i32)] = &[
    ("AccessKeysPerUserQuota", 2),
    ("AssumeRolePolicySizeQuota", 2_048),
    ("AttachedPoliciesPerGroupQuota", 10),
    ("AttachedPoliciesPerRoleQuota", 10),
    ("AttachedPoliciesPerUserQuota", 10),
    ("GroupPolicySizeQuota", 5_120),
    ("GroupsPerUserQuota", 10),
    ("PolicySizeQuota", 6_144),
    ("PolicyVersionsInUseQuota", 10_000),
    ("RolePolicySizeQuota", 10_240),
    ("SigningCertificatesPerUserQuota", 2),
    ("UserPolicySizeQuota", 2_048),
    ("VersionsPerPolicyQuota", 5),
    // The root user has no password here.
    ("AccountPasswordPresent", 0),
];

/// Adds the operation on the account's summary to the registry.
pub fn register(registry: &mut Registry) {
    registry.serve::<GetAccountSummary>();
}

impl Operation for GetAccountSummary {
    type Error = IamError;

    fn plan(_: &mut Call, _: &GetAccountSummaryInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:GetAccountSummary", "*")))
    }

    async fn handle(
        call: &mut Call,
        _: GetAccountSummaryInput,
    ) -> Result<GetAccountSummaryOutput, IamError> {
        let mut summary: BTreeMap<String, i32> = FIXED
            .iter()
            .map(|(key, value)| ((*key).to_owned(), *value))
            .collect();
        let mut put = |key: &str, value: u64| {
            summary.insert(key.to_owned(), value.try_into().unwrap_or(i32::MAX))
        };
        let (world, account) = (call.world(), call.account());
        put("Users", world.count(account, UserRecord::KIND));
        put("Groups", world.count(account, GroupRecord::KIND));
        put("Roles", world.count(account, RoleRecord::KIND));
        put("Policies", world.count(account, ManagedPolicyRecord::KIND));
        let quotas = call.host().settings.quotas;
        put("UsersQuota", quotas.users);
        put("GroupsQuota", quotas.groups);
        put("RolesQuota", quotas.roles);
        put("PoliciesQuota", quotas.policies);
        put("InstanceProfilesQuota", quotas.instance_profiles);
        put("ServerCertificatesQuota", quotas.server_certificates);
        put(
            "GlobalEndpointTokenVersion",
            token_preference::version(call)?.into(),
        );
        put(
            "InstanceProfiles",
            count(call, InstanceProfileRecord::KIND, "")?,
        );
        put(
            "ServerCertificates",
            count(call, ServerCertificateRecord::KIND, "")?,
        );
        put(
            "Providers",
            count(call, OpenIdConnectProviderRecord::KIND, "")?
                + count(call, SamlProviderRecord::KIND, "")?,
        );
        put(
            "PolicyVersionsInUse",
            count_where(call, Attachment::KIND, "", |key| {
                key.name().contains("\u{1}p\u{1}")
            })?,
        );
        let root = owned_prefix(ROOT_OWNER);
        put(
            "AccountAccessKeysPresent",
            count(call, AccessKeyRecord::KIND, &root)?.min(1),
        );
        put(
            "AccountSigningCertificatesPresent",
            count(call, SigningCertificateRecord::KIND, &root)?.min(1),
        );
        put(
            "AccountMFAEnabled",
            count(call, MfaAssignment::KIND, &root)?.min(1),
        );
        put("MFADevices", count(call, MfaDevice::KIND, "")?);
        put("MFADevicesInUse", count(call, MfaAssignment::KIND, "")?);
        Ok(GetAccountSummaryOutput {
            summary_map: Some(summary),
        })
    }
}

fn count(call: &mut Call, kind: &str, prefix: &str) -> Result<u64, IamError> {
    count_where(call, kind, prefix, |_| true)
}

/// How many records of a kind the account has. For reads only: a commit would depend on all of them.
fn count_where(
    call: &mut Call,
    kind: &str,
    prefix: &str,
    keep: impl Fn(&RecordKey) -> bool,
) -> Result<u64, IamError> {
    const PAGE: usize = 1_000;
    let range = Prefix::new(call.account().as_str(), "", kind, prefix)?;
    let mut after: Option<RecordKey> = None;
    let mut found = 0;
    loop {
        let page = call.tx().scan(&range, after.as_ref(), PAGE)?;
        found +=
            u64::try_from(page.iter().filter(|(key, _)| keep(key)).count()).unwrap_or(u64::MAX);
        if page.len() < PAGE {
            return Ok(found);
        }
        after = page.into_iter().last().map(|(key, _)| key);
    }
}
