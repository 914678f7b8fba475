//! Condition keys: their types, and the global table.

/// The type of a key's values, which decides the operators that suit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Text: `String…` operators.
    String,
    /// An ARN: `Arn…` operators.
    Arn,
    /// `true` or `false`: `Bool`.
    Bool,
    /// A number: `Numeric…` operators.
    Numeric,
    /// A point in time: `Date…` operators.
    Date,
    /// An address: `IpAddress` and `NotIpAddress`.
    IpAddress,
    /// Base64 bytes: `BinaryEquals`.
    Binary,
}

/// A condition key, in AWS's spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionKey {
    /// The name with its prefix; `${…}` stands for a part that the policy's author fills in, as in
    /// `aws:RequestTag/${TagKey}`.
    pub name: &'static str,
    /// The type of each value.
    pub value_type: ValueType,
    /// Whether a request can carry many values, so that `ForAllValues` or `ForAnyValue` is needed.
    pub multivalued: bool,
}

impl ConditionKey {
    /// Whether the name has a part that the policy's author fills in.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.name.contains("${")
    }

    /// Whether `name` is this key, or fills in its template. Letter case does not matter.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        fills(self.name, name)
    }
}

/// Whether `name` is `template` with something non-empty in each `${…}`, letter case aside.
pub(crate) fn fills(template: &str, name: &str) -> bool {
    let Some((literal, hole)) = template.split_once("${") else {
        return template.eq_ignore_ascii_case(name);
    };
    let after = hole.split_once('}').map_or("", |(_, after)| after);
    let Some((head, tail)) = name.split_at_checked(literal.len()) else {
        return false;
    };
    head.eq_ignore_ascii_case(literal)
        && tail
            .char_indices()
            .map(|(start, character)| start + character.len_utf8())
            .any(|end| tail.get(end..).is_some_and(|rest| fills(after, rest)))
}

const fn one(name: &'static str, value_type: ValueType) -> ConditionKey {
    ConditionKey {
        name,
        value_type,
        multivalued: false,
    }
}

const fn many(name: &'static str, value_type: ValueType) -> ConditionKey {
    ConditionKey {
        name,
        value_type,
        multivalued: true,
    }
}

/// The keys of the AWS page "AWS global condition context keys", in the page's order. The page also lists the keys
/// with a service's prefix that AWS puts into role sessions.
pub(crate) static GLOBAL: &[ConditionKey] = &[
    // Properties of the principal
    one("aws:PrincipalArn", ValueType::Arn),
    one("aws:PrincipalAccount", ValueType::String),
    many("aws:PrincipalOrgPaths", ValueType::String),
    one("aws:PrincipalOrgID", ValueType::String),
    one("aws:PrincipalTag/${TagKey}", ValueType::String),
    one("aws:PrincipalIsAWSService", ValueType::Bool),
    one("aws:PrincipalServiceName", ValueType::String),
    many("aws:PrincipalServiceNamesList", ValueType::String),
    one("aws:PrincipalType", ValueType::String),
    one("aws:userid", ValueType::String),
    one("aws:username", ValueType::String),
    // Properties of a role session
    one("aws:AssumedRoot", ValueType::Bool),
    one("aws:FederatedProvider", ValueType::String),
    one("aws:TokenIssueTime", ValueType::Date),
    one("aws:MultiFactorAuthAge", ValueType::Numeric),
    one("aws:MultiFactorAuthPresent", ValueType::Bool),
    one("aws:ChatbotSourceArn", ValueType::Arn),
    one("aws:Ec2InstanceSourceVpc", ValueType::String),
    one("aws:Ec2InstanceSourcePrivateIPv4", ValueType::IpAddress),
    one("aws:SourceIdentity", ValueType::String),
    one("ec2:RoleDelivery", ValueType::Numeric),
    one("ec2:SourceInstanceArn", ValueType::Arn),
    one("glue:RoleAssumedBy", ValueType::String),
    one("glue:CredentialIssuingService", ValueType::String),
    one("lambda:SourceFunctionArn", ValueType::Arn),
    one("ssm:SourceInstanceArn", ValueType::Arn),
    one("identitystore:UserId", ValueType::String),
    // Properties of the network
    one("aws:SourceIp", ValueType::IpAddress),
    one("aws:SourceVpc", ValueType::String),
    one("aws:SourceVpcArn", ValueType::Arn),
    one("aws:SourceVpce", ValueType::String),
    one("aws:VpceAccount", ValueType::String),
    many("aws:VpceOrgPaths", ValueType::String),
    one("aws:VpceOrgID", ValueType::String),
    one("aws:VpcSourceIp", ValueType::IpAddress),
    // Properties of the resource
    one("aws:ResourceAccount", ValueType::String),
    one("aws:ResourceOrgID", ValueType::String),
    many("aws:ResourceOrgPaths", ValueType::String),
    one("aws:ResourceTag/${TagKey}", ValueType::String),
    // Properties of the request
    many("aws:CalledVia", ValueType::String),
    one("aws:CalledViaFirst", ValueType::String),
    one("aws:CalledViaLast", ValueType::String),
    one("aws:CalledViaAWSMCP", ValueType::String),
    one("aws:ViaAWSService", ValueType::Bool),
    one("aws:ViaAWSMCPService", ValueType::Bool),
    one("aws:CurrentTime", ValueType::Date),
    one("aws:EpochTime", ValueType::Date),
    one("aws:referer", ValueType::String),
    one("aws:RequestedRegion", ValueType::String),
    one("aws:RequestTag/${TagKey}", ValueType::String),
    many("aws:TagKeys", ValueType::String),
    one("aws:SecureTransport", ValueType::Bool),
    one("aws:SourceArn", ValueType::Arn),
    one("aws:SourceAccount", ValueType::String),
    one("aws:SourceOwner", ValueType::String),
    many("aws:SourceOrgPaths", ValueType::String),
    one("aws:SourceOrgID", ValueType::String),
    one("aws:UserAgent", ValueType::String),
    one("aws:IsMcpServiceAction", ValueType::Bool),
];

/// The global condition keys, in the order of AWS's page.
#[must_use]
pub fn global_condition_keys() -> &'static [ConditionKey] {
    GLOBAL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_needs_something_in_its_hole() {
        assert!(fills(
            "aws:RequestTag/${TagKey}",
            "aws:requesttag/Team/Sub:x"
        ));
        assert!(!fills("aws:RequestTag/${TagKey}", "aws:RequestTag/"));
        assert!(!fills("aws:RequestTag/${TagKey}", "aws:RequestTags/x"));
        assert!(!fills("aws:RequestTag/${TagKey}", "aws:RequestTag"));
    }

    #[test]
    fn a_template_may_end_in_text() {
        let template = "codebuild:secondarySources/${name}.auth.type";
        assert!(fills(template, "codebuild:secondarySources/a.b.auth.type"));
        assert!(!fills(template, "codebuild:secondarySources/.auth.type"));
        assert!(!fills(template, "codebuild:secondarySources/a.auth.types"));
    }

    #[test]
    fn names_beyond_ascii_do_not_panic() {
        assert!(fills("aws:RequestTag/${TagKey}", "aws:RequestTag/ключ"));
        assert!(!fills("aws:RequestTag/${TagKey}", "ключключключ"));
    }
}
