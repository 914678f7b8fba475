//! The checks: their names, how grave they are, and what each one is about.

/// How grave a finding is, in AWS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// A part of the document does not work.
    Error,
    /// The document may give more than was meant.
    SecurityWarning,
    /// The document may do something else than was meant, or nothing.
    Warning,
    /// The document could be written better.
    Suggestion,
}

impl Severity {
    /// The name as AWS writes it: `ERROR`, `SECURITY_WARNING`, `WARNING`, `SUGGESTION`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::SecurityWarning => "SECURITY_WARNING",
            Self::Warning => "WARNING",
            Self::Suggestion => "SUGGESTION",
        }
    }
}

macro_rules! codes {
    ($($severity:ident { $($variant:ident $name:literal $title:literal,)* })*) => {
        /// A check. Names that AWS has for the same check are AWS's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $title] $variant,)*)*
        }

        impl Code {
            /// All checks, the gravest first.
            pub const ALL: &[Self] = &[$($(Self::$variant,)*)*];

            /// The name, such as `INVALID_ACTION`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)*)*
                }
            }

            /// What the check is about, as one sentence.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self {
                    $($(Self::$variant => $title,)*)*
                }
            }

            /// How grave its findings are.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self {
                    $($(Self::$variant => Severity::$severity,)*)*
                }
            }
        }
    };
}

codes! {
    Error {
        JsonSyntaxError "JSON_SYNTAX_ERROR" "The text is not JSON.",
        InvalidCharacter "INVALID_CHARACTER" "A character that AWS does not take in documents.",
        DuplicateKey "DUPLICATE_KEY" "An object has the same member twice.",
        InvalidPolicyElement "INVALID_POLICY_ELEMENT" "An element that the grammar does not know here.",
        DataTypeMismatch "DATA_TYPE_MISMATCH" "An element has the wrong JSON type.",
        MissingStatement "MISSING_STATEMENT" "The document has no statement.",
        MissingEffect "MISSING_EFFECT" "A statement has no effect.",
        MissingAction "MISSING_ACTION" "A statement has no action.",
        MissingResource "MISSING_RESOURCE" "A statement has no resource.",
        MissingPrincipal "MISSING_PRINCIPAL" "A statement has no principal.",
        UnsupportedElementCombination "UNSUPPORTED_ELEMENT_COMBINATION" "Two elements exclude each other.",
        InvalidEffect "INVALID_EFFECT" "An effect is neither Allow nor Deny.",
        InvalidVersion "INVALID_VERSION" "A version that does not exist.",
        InvalidConditionOperator "INVALID_CONDITION_OPERATOR" "A condition operator that does not exist.",
        NullWithIfExists "NULL_WITH_IF_EXISTS" "The operator Null takes no IfExists and no set prefix.",
        UnsupportedPrincipal "UNSUPPORTED_PRINCIPAL" "Documents of this kind name no principals.",
        InvalidPrincipalFormat "INVALID_PRINCIPAL_FORMAT" "A principal that can never name anybody.",
        UnsupportedNotPrincipal "UNSUPPORTED_NOT_PRINCIPAL" "NotPrincipal does not go with Allow.",
        UnsupportedResource "UNSUPPORTED_RESOURCE" "Documents of this kind name no resources.",
        UniqueSidsRequired "UNIQUE_SIDS_REQUIRED" "Two statements have the same Sid.",
        UnsupportedSid "UNSUPPORTED_SID" "A Sid has characters that IAM does not take.",
        InvalidArnPrefix "INVALID_ARN_PREFIX" "A resource is neither an ARN nor *.",
        InvalidPartition "INVALID_PARTITION" "A partition that does not exist.",
        MissingArnField "MISSING_ARN_FIELD" "An ARN has too few parts.",
        InvalidArnService "INVALID_ARN_SERVICE" "The service of an ARN is not written out.",
        InvalidArnServiceCase "INVALID_ARN_SERVICE_CASE" "The service of an ARN is not in lower case.",
        ArnRegionNotAllowed "ARN_REGION_NOT_ALLOWED" "ARNs of the service have no region.",
        InvalidArnRegion "INVALID_ARN_REGION" "A region that does not exist.",
        InvalidArnAccount "INVALID_ARN_ACCOUNT" "An account that is not twelve digits.",
        InvalidArnResource "INVALID_ARN_RESOURCE" "A type of resource that the service does not have.",
        InvalidActionFormat "INVALID_ACTION_FORMAT" "An action is not written as service:Action.",
        InvalidServiceInAction "INVALID_SERVICE_IN_ACTION" "A service that AWS does not have.",
        InvalidAction "INVALID_ACTION" "An action that the service does not have.",
        UnsupportedActionInPolicy "UNSUPPORTED_ACTION_IN_POLICY" "An action that documents of this kind do not take.",
        InvalidConditionKeyFormat "INVALID_CONDITION_KEY_FORMAT" "A condition key is not written as service:key.",
        InvalidGlobalConditionKey "INVALID_GLOBAL_CONDITION_KEY" "A global condition key that does not exist.",
        InvalidServiceConditionKey "INVALID_SERVICE_CONDITION_KEY" "A condition key that the service does not have.",
        MissingTagKeyInConditionKey "MISSING_TAG_KEY_IN_CONDITION_KEY" "A tag condition key does not say which tag.",
        DuplicateKeysWithDifferentCase "DUPLICATE_KEYS_WITH_DIFFERENT_CASE" "A condition key stands twice in a block, in different letter case.",
        InvalidConditionMultipleBoolean "INVALID_CONDITION_MULTIPLE_BOOLEAN" "A Bool or Null condition has several values.",
        TypeMismatchArn "TYPE_MISMATCH_ARN" "An Arn condition has a value that is no ARN.",
        TypeMismatchBinary "TYPE_MISMATCH_BINARY" "A BinaryEquals condition has a value that is not base64.",
        TypeMismatchBoolean "TYPE_MISMATCH_BOOLEAN" "A Bool or Null condition has a value that is neither true nor false.",
        TypeMismatchDate "TYPE_MISMATCH_DATE" "A Date condition has a value that is no date.",
        TypeMismatchIpRange "TYPE_MISMATCH_IP_RANGE" "An IpAddress condition has a value that is no address or range.",
        TypeMismatchNumber "TYPE_MISMATCH_NUMBER" "A Numeric condition has a value that is no number.",
        MissingBraceInVariable "MISSING_BRACE_IN_VARIABLE" "A policy variable is not closed.",
        EmptyVariable "EMPTY_VARIABLE" "A policy variable has no name.",
        MissingQuoteInVariable "MISSING_QUOTE_IN_VARIABLE" "The default of a policy variable is not in single quotes.",
        VariableUnsupportedInVersion "VARIABLE_UNSUPPORTED_IN_VERSION" "Policy variables need Version 2012-10-17.",
        PolicySizeExceedsScpQuota "POLICY_SIZE_EXCEEDS_SCP_QUOTA" "An organization's policy is longer than AWS takes.",
        RcpSyntaxErrorAllow "RCP_SYNTAX_ERROR_ALLOW" "Resource control policies that customers write can only deny.",
        RcpSyntaxErrorPrincipal "RCP_SYNTAX_ERROR_PRINCIPAL" "Resource control policies are about every principal.",
    }
    SecurityWarning {
        AllowToEveryone "ALLOW_TO_EVERYONE" "A statement allows everybody, without a condition.",
        AllowWithStarInActionAndResource "ALLOW_WITH_STAR_IN_ACTION_AND_RESOURCE" "A statement allows everything.",
        AllowWithNotAction "ALLOW_WITH_NOT_ACTION" "NotAction with Allow allows all actions of all services but a few.",
        AllowWithNotResource "ALLOW_WITH_NOT_RESOURCE" "NotResource with Allow allows all resources but a few.",
        DenyWithNotPrincipal "DENY_WITH_NOT_PRINCIPAL" "NotPrincipal with Deny denies everybody with a permissions boundary, listed or not.",
        PassRoleWithStarInResource "PASS_ROLE_WITH_STAR_IN_RESOURCE" "iam:PassRole for every role and every service.",
        PassRoleWithStarInActionAndResource "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE" "A wildcard in Action includes iam:PassRole, for every role and every service.",
        PassRoleWithNotResource "PASS_ROLE_WITH_NOT_RESOURCE" "iam:PassRole for all roles but a few.",
        ForAllValuesWithSingleValuedKey "FORALLVALUES_WITH_SINGLE_VALUED_KEY" "ForAllValues is true when the key is missing.",
        RestrictAccessToServicePrincipal "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL" "A service may act here for any account.",
        TrustWithoutCondition "TRUST_WITHOUT_CONDITION" "A trust policy takes every token of an identity provider.",
        DenyWithUnsupportedTagConditionKey "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE" "A Deny depends on a tag key that its actions do not have.",
    }
    Warning {
        MissingVersion "MISSING_VERSION" "The document has no Version, and so is of 2008-10-17.",
        OldVersion "OLD_VERSION" "Version 2008-10-17 knows no policy variables.",
        UnlistedAction "UNLISTED_ACTION" "AWS's own policies name the action, and AWS's list of actions does not.",
        UnlistedConditionKey "UNLISTED_CONDITION_KEY" "AWS's own policies name the key, and AWS's list of keys does not.",
        ResourceWithoutAction "RESOURCE_WITHOUT_ACTION" "No action of the statement works on the resource.",
        ActionWithoutResource "ACTION_WITHOUT_RESOURCE" "The action works on none of the statement's resources.",
        UnsupportedActionForConditionKey "UNSUPPORTED_ACTION_FOR_CONDITION_KEY" "No action of the statement has the condition key.",
        TypeMismatch "TYPE_MISMATCH" "The operator does not suit the type of the condition key.",
        MissingQualifier "MISSING_QUALIFIER" "A multivalued key needs ForAllValues or ForAnyValue.",
        WildcardWithoutLikeOperator "WILDCARD_WITHOUT_LIKE_OPERATOR" "A value has wildcards, and its operator compares letter by letter.",
        DeprecatedGlobalConditionKey "DEPRECATED_GLOBAL_CONDITION_KEY" "A condition key that another one has replaced.",
        VariableUnsupportedInElement "VARIABLE_UNSUPPORTED_IN_ELEMENT" "A policy variable stands where there are none.",
        UnknownVariable "UNKNOWN_VARIABLE" "A policy variable names no condition key.",
        InvalidVariableForOperator "INVALID_VARIABLE_FOR_OPERATOR" "The operator takes no policy variables.",
        CreateSlrWithStarInResource "CREATE_SLR_WITH_STAR_IN_RESOURCE" "iam:CreateServiceLinkedRole for every service.",
        CreateSlrWithStarInActionAndResource "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE" "A wildcard in Action includes iam:CreateServiceLinkedRole, for every service.",
        CreateSlrWithNotResource "CREATE_SLR_WITH_NOT_RESOURCE" "iam:CreateServiceLinkedRole for all services but a few.",
        PolicySizeExceedsIdentityPolicyQuota "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA" "A managed policy is longer than AWS takes.",
        PolicySizeExceedsRoleTrustPolicyQuota "POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA" "A trust policy is longer than AWS takes.",
        RcpUnsupportedService "RCP_UNSUPPORTED_SERVICE" "Resource control policies do not bind the service.",
    }
    Suggestion {
        EmptySidValue "EMPTY_SID_VALUE" "A Sid is empty.",
        EmptyArrayCondition "EMPTY_ARRAY_CONDITION" "A condition key has no values.",
        EmptyObjectCondition "EMPTY_OBJECT_CONDITION" "A condition operator has no keys.",
        EmptyArrayPrincipal "EMPTY_ARRAY_PRINCIPAL" "A list of principals is empty.",
        RedundantAction "REDUNDANT_ACTION" "Another entry of the statement covers the action.",
        RedundantResource "REDUNDANT_RESOURCE" "Another entry of the statement covers the resource.",
        WildcardInServiceName "WILDCARD_IN_SERVICE_NAME" "The service of an action has wildcards.",
        AllowWithUnsupportedTagConditionKey "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE" "An Allow depends on a tag key that its actions do not have.",
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// `CLAVIGER_UPDATE_CHECKS=1` writes the page anew.
    #[test]
    fn the_page_of_checks_lists_them_all() {
        let mut page = String::from(
            "# Checks of `claviger policy check`\n\n\
             Made from the code (`crates/analysis/src/code.rs`). Names are those of IAM Access Analyzer's policy validation \
             where AWS has the\nsame check. An `ERROR` gives exit code 1; the others leave it at 0.\n\n\
             | check | severity | what it finds |\n|---|---|---|\n",
        );
        for code in Code::ALL {
            let row = format!(
                "| `{code}` | `{}` | {} |\n",
                code.severity().name(),
                code.title()
            );
            page.push_str(&row);
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policy-checks.md");
        if std::env::var_os("CLAVIGER_UPDATE_CHECKS").is_some() {
            std::fs::write(file, &page).unwrap();
        }
        assert_eq!(std::fs::read_to_string(file).unwrap(), page);
    }

    #[test]
    fn names_differ_and_are_written_as_those_of_aws() {
        let names: HashSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            let letters = |letter: char| letter.is_ascii_uppercase() || letter == '_';
            assert!(code.name().chars().all(letters), "{code}");
            assert!(code.title().ends_with('.'), "{code}");
        }
    }
}
