//! Service-linked roles: which service principal gets which role and policy.
//!
//! The names come from the AWS pages "Using service-linked roles" of each service; they follow no rule, so that a
//! service that is not in the table is unknown here. Policies below `/aws-service-role/` without a row exist as well:
//! AWS publishes them without saying which principal uses them.

use crate::managed_policy::{ManagedPolicy, managed_policy};

/// A role that belongs to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceLinkedRole {
    /// The principal that the role trusts and that `CreateServiceLinkedRole` takes as `AWSServiceName`.
    pub service_principal: &'static str,
    /// The role's name, or its start when the call brings a custom suffix.
    pub role_name: &'static str,
    /// The name of the managed policy that the service attaches.
    pub policy_name: &'static str,
    /// Whether `CreateServiceLinkedRole` accepts `CustomSuffix` for the service.
    pub accepts_custom_suffix: bool,
}

impl ServiceLinkedRole {
    /// The role's path, for example `/aws-service-role/rds.amazonaws.com/`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/aws-service-role/{}/", self.service_principal)
    }

    /// The managed policy that the service attaches.
    #[must_use]
    pub fn policy(&self) -> Option<&'static ManagedPolicy> {
        managed_policy(self.policy_name)
    }

    /// The role's name with a suffix: `AWSServiceRoleForAutoScaling_blue`. None when the service accepts no suffix.
    #[must_use]
    pub fn role_name_with_suffix(&self, suffix: &str) -> Option<String> {
        self.accepts_custom_suffix
            .then(|| format!("{}_{suffix}", self.role_name))
    }
}

const fn role(
    service_principal: &'static str,
    role_name: &'static str,
    policy_name: &'static str,
) -> ServiceLinkedRole {
    ServiceLinkedRole {
        service_principal,
        role_name,
        policy_name,
        accepts_custom_suffix: false,
    }
}

const fn suffixed(
    service_principal: &'static str,
    role_name: &'static str,
    policy_name: &'static str,
) -> ServiceLinkedRole {
    ServiceLinkedRole {
        service_principal,
        role_name,
        policy_name,
        accepts_custom_suffix: true,
    }
}

/// Ordered by service principal.
static ROLES: &[ServiceLinkedRole] = &[
    role(
        "access-analyzer.amazonaws.com",
        "AWSServiceRoleForAccessAnalyzer",
        "AccessAnalyzerServiceRolePolicy",
    ),
    role(
        "accountdiscovery.ssm.amazonaws.com",
        "AWSServiceRoleForAmazonSSM_AccountDiscovery",
        "AWSSystemsManagerAccountDiscoveryServicePolicy",
    ),
    role(
        "acm.amazonaws.com",
        "AWSServiceRoleForCertificateManager",
        "CertificateManagerServiceRolePolicy",
    ),
    role(
        "appmesh.amazonaws.com",
        "AWSServiceRoleForAppMesh",
        "AWSAppMeshServiceRolePolicy",
    ),
    role(
        "appstream.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_AppStreamFleet",
        "AWSApplicationAutoscalingAppStreamFleetPolicy",
    ),
    role(
        "autoscaling-plans.amazonaws.com",
        "AWSServiceRoleForAutoScalingPlans_EC2AutoScaling",
        "AWSAutoScalingPlansEC2AutoScalingPolicy",
    ),
    suffixed(
        "autoscaling.amazonaws.com",
        "AWSServiceRoleForAutoScaling",
        "AutoScalingServiceRolePolicy",
    ),
    role(
        "backup.amazonaws.com",
        "AWSServiceRoleForBackup",
        "AWSBackupServiceLinkedRolePolicyForBackup",
    ),
    role(
        "batch.amazonaws.com",
        "AWSServiceRoleForBatch",
        "BatchServiceRolePolicy",
    ),
    role(
        "cassandra.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_CassandraTable",
        "AWSApplicationAutoscalingCassandraTablePolicy",
    ),
    role(
        "cks.kms.amazonaws.com",
        "AWSServiceRoleForKeyManagementServiceCustomKeyStores",
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    ),
    role(
        "cloudtrail.amazonaws.com",
        "AWSServiceRoleForCloudTrail",
        "CloudTrailServiceRolePolicy",
    ),
    role(
        "codestar-notifications.amazonaws.com",
        "AWSServiceRoleForCodeStarNotifications",
        "AWSCodeStarNotificationsServiceRolePolicy",
    ),
    role(
        "comprehend.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ComprehendEndpoint",
        "AWSApplicationAutoscalingComprehendEndpointPolicy",
    ),
    role(
        "config.amazonaws.com",
        "AWSServiceRoleForConfig",
        "AWSConfigServiceRolePolicy",
    ),
    suffixed(
        "connect.amazonaws.com",
        "AWSServiceRoleForAmazonConnect",
        "AmazonConnectServiceLinkedRolePolicy",
    ),
    role(
        "custom-resource.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_CustomResource",
        "AWSApplicationAutoScalingCustomResourcePolicy",
    ),
    role(
        "dms-fleet-advisor.amazonaws.com",
        "AWSServiceRoleForDMSFleetAdvisor",
        "AWSDMSFleetAdvisorServiceRolePolicy",
    ),
    role(
        "dynamodb.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
        "AWSApplicationAutoscalingDynamoDBTablePolicy",
    ),
    role(
        "ec2-instance-connect.amazonaws.com",
        "AWSServiceRoleForEc2InstanceConnect",
        "Ec2InstanceConnectEndpoint",
    ),
    role(
        "ec2.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_EC2SpotFleetRequest",
        "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy",
    ),
    role(
        "ec2fleet.amazonaws.com",
        "AWSServiceRoleForEC2Fleet",
        "AWSEC2FleetServiceRolePolicy",
    ),
    role(
        "ecs.amazonaws.com",
        "AWSServiceRoleForECS",
        "AmazonECSServiceRolePolicy",
    ),
    role(
        "ecs.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "AWSApplicationAutoscalingECSServicePolicy",
    ),
    role(
        "eks-connector.amazonaws.com",
        "AWSServiceRoleForAmazonEKSConnector",
        "AmazonEKSConnectorServiceRolePolicy",
    ),
    role(
        "eks-fargate.amazonaws.com",
        "AWSServiceRoleForAmazonEKSForFargate",
        "AmazonEKSForFargateServiceRolePolicy",
    ),
    role(
        "eks-nodegroup.amazonaws.com",
        "AWSServiceRoleForAmazonEKSNodegroup",
        "AWSServiceRoleForAmazonEKSNodegroup",
    ),
    role(
        "eks.amazonaws.com",
        "AWSServiceRoleForAmazonEKS",
        "AmazonEKSServiceRolePolicy",
    ),
    role(
        "elasticache.amazonaws.com",
        "AWSServiceRoleForElastiCache",
        "ElastiCacheServiceRolePolicy",
    ),
    role(
        "elasticache.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ElastiCacheRG",
        "AWSApplicationAutoscalingElastiCacheRGPolicy",
    ),
    role(
        "elasticbeanstalk.amazonaws.com",
        "AWSServiceRoleForElasticBeanstalk",
        "AWSElasticBeanstalkServiceRolePolicy",
    ),
    role(
        "elasticfilesystem.amazonaws.com",
        "AWSServiceRoleForAmazonElasticFileSystem",
        "AmazonElasticFileSystemServiceRolePolicy",
    ),
    role(
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    suffixed(
        "elasticmapreduce.amazonaws.com",
        "AWSServiceRoleForEMRCleanup",
        "AmazonEMRCleanupPolicy",
    ),
    role(
        "email.cognito-idp.amazonaws.com",
        "AWSServiceRoleForAmazonCognitoIdpEmailService",
        "AmazonCognitoIdpEmailServiceRolePolicy",
    ),
    role(
        "emr-containers.amazonaws.com",
        "AWSServiceRoleForAmazonEMRContainers",
        "AmazonEMRContainersServiceRolePolicy",
    ),
    role(
        "es.amazonaws.com",
        "AWSServiceRoleForAmazonElasticsearchService",
        "AmazonElasticsearchServiceRolePolicy",
    ),
    role(
        "fis.amazonaws.com",
        "AWSServiceRoleForFIS",
        "AmazonFISServiceRolePolicy",
    ),
    role(
        "fms.amazonaws.com",
        "AWSServiceRoleForFMS",
        "FMSServiceRolePolicy",
    ),
    role(
        "globalaccelerator.amazonaws.com",
        "AWSServiceRoleForGlobalAccelerator",
        "AWSGlobalAcceleratorSLRPolicy",
    ),
    role(
        "grafana.amazonaws.com",
        "AWSServiceRoleForAmazonGrafana",
        "AmazonGrafanaServiceLinkedRolePolicy",
    ),
    role(
        "guardduty.amazonaws.com",
        "AWSServiceRoleForAmazonGuardDuty",
        "AmazonGuardDutyServiceRolePolicy",
    ),
    role(
        "imagebuilder.amazonaws.com",
        "AWSServiceRoleForImageBuilder",
        "AWSServiceRoleForImageBuilder",
    ),
    role(
        "inspector.amazonaws.com",
        "AWSServiceRoleForAmazonInspector",
        "AmazonInspectorServiceRolePolicy",
    ),
    role(
        "inspector2.amazonaws.com",
        "AWSServiceRoleForAmazonInspector2",
        "AmazonInspector2ServiceRolePolicy",
    ),
    role(
        "kafka.amazonaws.com",
        "AWSServiceRoleForKafka",
        "KafkaServiceRolePolicy",
    ),
    role(
        "kafka.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_KafkaCluster",
        "AWSApplicationAutoscalingKafkaClusterPolicy",
    ),
    role(
        "kafkaconnect.amazonaws.com",
        "AWSServiceRoleForKafkaConnect",
        "KafkaConnectServiceRolePolicy",
    ),
    role(
        "lakeformation.amazonaws.com",
        "AWSServiceRoleForLakeFormationDataAccess",
        "LakeFormationDataAccessServiceRolePolicy",
    ),
    role(
        "lambda.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency",
        "AWSApplicationAutoscalingLambdaConcurrencyPolicy",
    ),
    suffixed(
        "lexv2.amazonaws.com",
        "AWSServiceRoleForLexV2Bots",
        "AmazonLexV2BotPolicy",
    ),
    role(
        "logger.cloudfront.amazonaws.com",
        "AWSServiceRoleForCloudFrontLogger",
        "AWSCloudFrontLogger",
    ),
    role(
        "macie.amazonaws.com",
        "AWSServiceRoleForAmazonMacie",
        "AmazonMacieServiceRolePolicy",
    ),
    role(
        "malware-protection.guardduty.amazonaws.com",
        "AWSServiceRoleForAmazonGuardDutyMalwareProtection",
        "AmazonGuardDutyMalwareProtectionServiceRolePolicy",
    ),
    role(
        "memorydb.amazonaws.com",
        "AWSServiceRoleForMemoryDB",
        "MemoryDBServiceRolePolicy",
    ),
    role(
        "mq.amazonaws.com",
        "AWSServiceRoleForAmazonMQ",
        "AmazonMQServiceRolePolicy",
    ),
    role(
        "mrk.kms.amazonaws.com",
        "AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    role(
        "neptune.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_NeptuneCluster",
        "AWSApplicationAutoscalingNeptuneClusterPolicy",
    ),
    role(
        "network-firewall.amazonaws.com",
        "AWSServiceRoleForNetworkFirewall",
        "AWSNetworkFirewallServiceRolePolicy",
    ),
    role(
        "observability.aoss.amazonaws.com",
        "AWSServiceRoleForAmazonOpenSearchServerless",
        "AmazonOpenSearchServerlessServiceRolePolicy",
    ),
    role(
        "opensearchservice.amazonaws.com",
        "AWSServiceRoleForAmazonOpenSearchService",
        "AmazonOpenSearchServiceRolePolicy",
    ),
    role(
        "ops.apigateway.amazonaws.com",
        "AWSServiceRoleForAPIGateway",
        "APIGatewayServiceRolePolicy",
    ),
    role(
        "ops.emr-serverless.amazonaws.com",
        "AWSServiceRoleForAmazonEMRServerless",
        "AmazonEMRServerlessServiceRolePolicy",
    ),
    role(
        "organizations.amazonaws.com",
        "AWSServiceRoleForOrganizations",
        "AWSOrganizationsServiceTrustPolicy",
    ),
    role(
        "pullthroughcache.ecr.amazonaws.com",
        "AWSServiceRoleForECRPullThroughCache",
        "AWSECRPullThroughCache_ServiceRolePolicy",
    ),
    role(
        "ram.amazonaws.com",
        "AWSServiceRoleForResourceAccessManager",
        "AWSResourceAccessManagerServiceRolePolicy",
    ),
    role(
        "rds.amazonaws.com",
        "AWSServiceRoleForRDS",
        "AmazonRDSServiceRolePolicy",
    ),
    role(
        "rds.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_RDSCluster",
        "AWSApplicationAutoscalingRDSClusterPolicy",
    ),
    role(
        "redshift.amazonaws.com",
        "AWSServiceRoleForRedshift",
        "AmazonRedshiftServiceLinkedRolePolicy",
    ),
    role(
        "replication.dynamodb.amazonaws.com",
        "AWSServiceRoleForDynamoDBReplication",
        "DynamoDBReplicationServiceRolePolicy",
    ),
    role(
        "replication.ecr.amazonaws.com",
        "AWSServiceRoleForECRReplication",
        "ECRReplicationServiceRolePolicy",
    ),
    role(
        "replicator.lambda.amazonaws.com",
        "AWSServiceRoleForLambdaReplicator",
        "AWSLambdaReplicator",
    ),
    role(
        "resource-explorer-2.amazonaws.com",
        "AWSServiceRoleForResourceExplorer",
        "AWSResourceExplorerServiceRolePolicy",
    ),
    role(
        "rolesanywhere.amazonaws.com",
        "AWSServiceRoleForRolesAnywhere",
        "AWSRolesAnywhereServicePolicy",
    ),
    role(
        "sagemaker.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
        "AWSApplicationAutoscalingSageMakerEndpointPolicy",
    ),
    role(
        "securityhub.amazonaws.com",
        "AWSServiceRoleForSecurityHub",
        "AWSSecurityHubServiceRolePolicy",
    ),
    role(
        "ses.amazonaws.com",
        "AWSServiceRoleForAmazonSES",
        "AmazonSESServiceRolePolicy",
    ),
    role(
        "shield.amazonaws.com",
        "AWSServiceRoleForAWSShield",
        "AWSShieldServiceRolePolicy",
    ),
    role(
        "spot.amazonaws.com",
        "AWSServiceRoleForEC2Spot",
        "AWSEC2SpotServiceRolePolicy",
    ),
    role(
        "spotfleet.amazonaws.com",
        "AWSServiceRoleForEC2SpotFleet",
        "AWSEC2SpotFleetServiceRolePolicy",
    ),
    role(
        "ssm-incidents.amazonaws.com",
        "AWSServiceRoleForIncidentManager",
        "AWSIncidentManagerServiceRolePolicy",
    ),
    role(
        "ssm-quicksetup.amazonaws.com",
        "AWSServiceRoleForSSMQuickSetup",
        "SSMQuickSetupRolePolicy",
    ),
    role(
        "ssm.amazonaws.com",
        "AWSServiceRoleForAmazonSSM",
        "AmazonSSMServiceRolePolicy",
    ),
    role(
        "sso.amazonaws.com",
        "AWSServiceRoleForSSO",
        "AWSSSOServiceRolePolicy",
    ),
    role(
        "support.amazonaws.com",
        "AWSServiceRoleForSupport",
        "AWSSupportServiceRolePolicy",
    ),
    role(
        "transitgateway.amazonaws.com",
        "AWSServiceRoleForVPCTransitGateway",
        "AWSVPCTransitGatewayServiceRolePolicy",
    ),
    role(
        "trustedadvisor.amazonaws.com",
        "AWSServiceRoleForTrustedAdvisor",
        "AWSTrustedAdvisorServiceRolePolicy",
    ),
    role(
        "waf.amazonaws.com",
        "AWSServiceRoleForWAFLogging",
        "WAFLoggingServiceRolePolicy",
    ),
    role(
        "wafv2.amazonaws.com",
        "AWSServiceRoleForWAFV2Logging",
        "WAFV2LoggingServiceRolePolicy",
    ),
    role(
        "workspaces.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_WorkSpacesPool",
        "AWSApplicationAutoscalingWorkSpacesPoolPolicy",
    ),
];

/// The known service-linked roles, ordered by service principal.
#[must_use]
pub fn service_linked_roles() -> &'static [ServiceLinkedRole] {
    ROLES
}

/// Finds the role of a service principal, for example `autoscaling.amazonaws.com`. Letter case matters, as it does for
/// `CreateServiceLinkedRole`.
#[must_use]
pub fn service_linked_role(service_principal: &str) -> Option<&'static ServiceLinkedRole> {
    let place = ROLES
        .binary_search_by(|known| known.service_principal.cmp(service_principal))
        .ok()?;
    ROLES.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_policy_and_finds_itself() {
        for role in service_linked_roles() {
            let policy = role
                .policy()
                .unwrap_or_else(|| panic!("{}", role.policy_name));
            assert!(policy.is_for_service_linked_role(), "{}", policy.name);
            assert_eq!(service_linked_role(role.service_principal), Some(role));
            assert!(role.role_name.starts_with("AWSServiceRoleFor"));
            assert!(role.role_name.len() <= 64);
        }
    }

    #[test]
    fn principals_are_in_order() {
        for window in ROLES.windows(2) {
            assert!(window[0].service_principal < window[1].service_principal);
        }
    }

    #[test]
    fn a_suffix_is_joined_only_where_the_service_takes_one() {
        let autoscaling = service_linked_role("autoscaling.amazonaws.com").unwrap();
        assert_eq!(
            autoscaling.path(),
            "/aws-service-role/autoscaling.amazonaws.com/"
        );
        assert_eq!(
            autoscaling.role_name_with_suffix("blue").as_deref(),
            Some("AWSServiceRoleForAutoScaling_blue")
        );
        let rds = service_linked_role("rds.amazonaws.com").unwrap();
        assert_eq!(rds.role_name_with_suffix("blue"), None);
        assert!(service_linked_role("nosuch.amazonaws.com").is_none());
    }
}
