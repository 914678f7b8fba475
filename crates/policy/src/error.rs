//! What can be wrong with a policy document, where it stands in the text, and how AWS words it.

use std::ops::Range;

use crate::document::DocumentKind;

/// One thing that is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct SyntaxError {
    /// Byte range in the text.
    pub span: Range<usize>,
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// The kind of document that was read; the wording depends on it.
    pub document: DocumentKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxErrorKind {
    /// The text is not JSON.
    #[error("not json: {0}")]
    Json(&'static str),
    /// A character that AWS does not take in documents.
    #[error("character U+{0:04X} is not allowed in a document")]
    Charset(u32),
    /// An object has the same member twice.
    #[error("member {0:?} appears twice")]
    DuplicateKey(String),
    /// An element that the grammar does not know.
    #[error("unknown element {0:?}")]
    UnknownElement(String),
    /// An element has the wrong JSON type.
    #[error("{element} must be {expected}")]
    WrongType {
        /// The element's name.
        element: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// An element that every document or statement needs is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// `Statement` is an empty list.
    #[error("statement is empty")]
    NoStatements,
    /// An element and its negation in one statement.
    #[error("{0} and Not{0} exclude each other")]
    Both(&'static str),
    /// `Effect` is neither `Allow` nor `Deny` in any spelling.
    #[error("effect must be Allow or Deny, not {0:?}")]
    UnknownEffect(String),
    /// A version that never existed.
    #[error("unknown version {0:?}")]
    UnknownVersion(String),
    /// A condition operator that does not exist.
    #[error("unknown condition operator {0:?}")]
    UnknownOperator(String),
    /// A document of this kind must be of version 2012-10-17.
    #[error("the version must be 2012-10-17")]
    OldVersion,
    /// `Principal` or `NotPrincipal` where documents have none.
    #[error("{0} is not allowed in this kind of document")]
    Prohibited(&'static str),
    /// `Principal` is missing.
    #[error("principal is missing")]
    MissingPrincipal,
    /// `Principal` names nobody.
    #[error("principal is empty")]
    EmptyPrincipal,
    /// A principal that can never name anybody.
    #[error("invalid principal {name}:{value:?}")]
    InvalidPrincipal {
        /// `AWS`, `Service`, `Federated`, `CanonicalUser` or what stood there.
        name: String,
        /// The value.
        value: String,
    },
    /// `NotPrincipal` together with `Allow`.
    #[error("NotPrincipal cannot be used with Allow")]
    AllowNotPrincipal,
    /// `Effect` in the wrong letter case.
    #[error("effect is case-sensitive")]
    EffectCase,
    /// A date that is not one.
    #[error("{0:?} is not a date")]
    Date(String),
    /// A resource with too few parts.
    #[error("resource {0:?} is not a complete arn")]
    IncompleteArn(String),
    /// A statement identifier that another statement has.
    #[error("sid {0:?} is not unique")]
    DuplicateSid(String),
    /// A statement identifier with characters that IAM does not take.
    #[error("sid {0:?} is not alphanumeric")]
    SidCharacters(String),
    /// A statement without actions.
    #[error("the statement has no actions")]
    NoActions,
    /// A statement without resources.
    #[error("the statement has no resources")]
    NoResources,
    /// A resource that is neither an ARN nor `*`.
    #[error("resource {0:?} is not an arn")]
    NotAnArn(String),
    /// A partition that does not exist.
    #[error("partition {partition:?} does not exist")]
    Partition {
        /// The partition.
        partition: String,
        /// The ARN as AWS writes it out.
        arn: String,
    },
    /// The service part of an ARN is missing or has wildcards.
    #[error("the service part of a resource must be written out")]
    ResourceVendor,
    /// A region where the service's ARNs have none.
    #[error("resource {resource:?} cannot have a region")]
    Region {
        /// The resource.
        resource: String,
        /// Whether it is IAM's.
        iam: bool,
    },
    /// An IAM resource of a type that does not exist.
    #[error("iam resource {0:?} has an unknown type")]
    IamPath(String),
    /// An action without a service prefix.
    #[error("action {0:?} has no service prefix")]
    NoVendor(String),
    /// An action with more than one colon.
    #[error("action {0:?} has more than one colon")]
    Colons(String),
    /// A service prefix with impossible characters.
    #[error("service prefix {0:?} is not valid")]
    Vendor(String),
    /// An action that a trust policy cannot have.
    #[error("action {0:?} cannot be in a trust policy")]
    TrustAction(String),
}

use SyntaxErrorKind as Kind;

const SYNTAX: &str = "Syntax errors in policy.";
const LEGACY: &str = "The policy failed legacy parsing";
const TRUST_ACTIONS: &str = "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity";
const SID_CHARACTERS: &str = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
const IAM_PATHS: &str = "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.";

impl SyntaxError {
    pub(crate) fn new(span: Range<usize>, kind: Kind) -> Self {
        Self {
            span,
            kind,
            document: DocumentKind::Identity,
        }
    }

    /// Whether the error says nothing about what the document means: such a rule guards what is written, and a document
    /// that was stored before the rule was keeps its meaning.
    #[must_use]
    pub fn guards_writing_only(&self) -> bool {
        match &self.kind {
            Kind::SidCharacters(_) => true,
            // The name of a provider that is none fits no caller.
            Kind::InvalidPrincipal { name, value } => {
                name == "Federated" && !value.contains(['*', '?'])
            }
            _ => false,
        }
    }

    /// The `MalformedPolicyDocument` text that AWS gives for this error.
    #[must_use]
    pub fn aws_message(&self) -> String {
        match self.document {
            DocumentKind::ServiceControl | DocumentKind::ResourceControl => {
                "The provided policy document does not meet the requirements of the specified policy type.".to_owned()
            }
            DocumentKind::Trust => self.trust_message(),
            _ => self.common_message(),
        }
    }

    fn trust_message(&self) -> String {
        match &self.kind {
            Kind::NoStatements => "Could not parse the policy: Statement is empty!".to_owned(),
            Kind::Prohibited("Resource") => "Has prohibited field Resource.".to_owned(),
            Kind::Prohibited("NotResource") => {
                "AssumeRole policy must not contain resources.".to_owned()
            }
            Kind::TrustAction(action) if action.starts_with("sts:") => TRUST_ACTIONS.to_owned(),
            _ => self.common_message(),
        }
    }

    fn common_message(&self) -> String {
        match &self.kind {
            Kind::OldVersion => "Policy document must be version 2012-10-17 or greater.".to_owned(),
            Kind::Prohibited("Principal" | "NotPrincipal") => {
                "Policy document should not specify a principal.".to_owned()
            }
            Kind::Prohibited(element) => format!("Has prohibited field {element}"),
            Kind::MissingPrincipal => "Missing required field Principal".to_owned(),
            Kind::EmptyPrincipal => "Missing required field Principal cannot be empty!".to_owned(),
            Kind::InvalidPrincipal { name, value } => {
                format!("Invalid principal in policy: \"{name}\":\"{value}\"")
            }
            Kind::AllowNotPrincipal => "Allow with NotPrincipal is not allowed.".to_owned(),
            Kind::EffectCase | Kind::Date(_) | Kind::IncompleteArn(_) => LEGACY.to_owned(),
            Kind::DuplicateSid(_) => {
                "Statement IDs (SID) in a single policy must be unique.".to_owned()
            }
            Kind::SidCharacters(_) => SID_CHARACTERS.to_owned(),
            Kind::NoActions => "Policy statement must contain actions.".to_owned(),
            Kind::NoResources => "Policy statement must contain resources.".to_owned(),
            Kind::NotAnArn(resource) => {
                format!("Resource {resource} must be in ARN format or \"*\".")
            }
            Kind::Partition { partition, arn } => {
                format!("Partition \"{partition}\" is not valid for resource \"{arn}\".")
            }
            Kind::ResourceVendor => {
                "Resource vendor must be fully qualified and cannot contain regexes.".to_owned()
            }
            Kind::Region {
                resource,
                iam: true,
            } => format!("IAM resource {resource} cannot contain region information."),
            Kind::Region {
                resource,
                iam: false,
            } => format!("Resource {resource} can not contain region information."),
            Kind::IamPath(_) => IAM_PATHS.to_owned(),
            Kind::NoVendor(_) => {
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
                    .to_owned()
            }
            Kind::Colons(_) => "Actions/Condition can contain only one colon.".to_owned(),
            Kind::Vendor(vendor) => format!("Vendor {vendor} is not valid"),
            Kind::TrustAction(_) => {
                "AssumeRole policy may only specify STS AssumeRole actions.".to_owned()
            }
            _ => SYNTAX.to_owned(),
        }
    }

    /// AWS checks in stages and reports the first stage that fails; a lower number is an earlier stage.
    fn stage(&self) -> u8 {
        match &self.kind {
            Kind::OldVersion => 1,
            Kind::Prohibited(_) | Kind::AllowNotPrincipal | Kind::InvalidPrincipal { .. } => 2,
            Kind::MissingPrincipal | Kind::EmptyPrincipal => 3,
            Kind::EffectCase | Kind::Date(_) => 4,
            Kind::IncompleteArn(_) => 5,
            Kind::DuplicateSid(_) | Kind::SidCharacters(_) => 6,
            Kind::NoActions => 7,
            Kind::NotAnArn(_)
            | Kind::Partition { .. }
            | Kind::ResourceVendor
            | Kind::Region { .. }
            | Kind::IamPath(_) => 8,
            Kind::NoVendor(_) | Kind::Colons(_) | Kind::Vendor(_) => 9,
            Kind::TrustAction(_) => 10,
            Kind::NoResources => 11,
            _ => 0,
        }
    }
}

/// The one text that AWS answers for a document with these errors (AWS reports only one).
///
/// An empty list, which is no error, gives the general text.
#[must_use]
pub fn aws_message(errors: &[SyntaxError]) -> String {
    // Resources are read in document order in one pass: a bad form that comes first hides a later incomplete ARN.
    let first_form = errors
        .iter()
        .filter(|error| error.stage() == 8)
        .map(|error| error.span.start)
        .min();
    let hidden = |error: &SyntaxError| {
        error.stage() == 5 && first_form.is_some_and(|start| start < error.span.start)
    };
    errors
        .iter()
        .filter(|error| !hidden(error))
        .min_by_key(|error| (error.stage(), error.span.start))
        .map_or_else(|| SYNTAX.to_owned(), SyntaxError::aws_message)
}
