//! Errors of the grammar as findings.

use policy::{SyntaxError, SyntaxErrorKind as Kind};

use crate::code::Code;
use crate::finding::Report;

/// Reports an error of the grammar.
pub(crate) fn report(error: &SyntaxError, report: &mut Report) {
    if matches!(error.kind, Kind::SidCharacters(_)) {
        // The check of the element tells it, and of every character that the page does not name.
        return;
    }
    let code = code(&error.kind);
    match help(&error.kind) {
        Some(help) => report.add_with_help(code, &error.span, error.to_string(), help),
        None => report.add(code, &error.span, error.to_string()),
    }
}

fn code(kind: &Kind) -> Code {
    match kind {
        Kind::Charset(_) => Code::InvalidCharacter,
        Kind::DuplicateKey(_) => Code::DuplicateKey,
        Kind::UnknownElement(_) => Code::InvalidPolicyElement,
        Kind::WrongType { .. } => Code::DataTypeMismatch,
        Kind::Missing("Effect") => Code::MissingEffect,
        Kind::Missing(_) | Kind::NoStatements => Code::MissingStatement,
        Kind::Both(_) => Code::UnsupportedElementCombination,
        Kind::UnknownEffect(_) | Kind::EffectCase => Code::InvalidEffect,
        Kind::UnknownVersion(_) | Kind::OldVersion => Code::InvalidVersion,
        Kind::UnknownOperator(name) if name.contains("Null") => Code::NullWithIfExists,
        Kind::UnknownOperator(_) => Code::InvalidConditionOperator,
        Kind::Prohibited("Principal" | "NotPrincipal") => Code::UnsupportedPrincipal,
        Kind::Prohibited(_) => Code::UnsupportedResource,
        Kind::MissingPrincipal | Kind::EmptyPrincipal => Code::MissingPrincipal,
        Kind::InvalidPrincipal { .. } => Code::InvalidPrincipalFormat,
        Kind::AllowNotPrincipal => Code::UnsupportedNotPrincipal,
        Kind::Date(_) => Code::TypeMismatchDate,
        Kind::IncompleteArn(_) => Code::MissingArnField,
        Kind::DuplicateSid(_) => Code::UniqueSidsRequired,
        Kind::NoActions => Code::MissingAction,
        Kind::NoResources => Code::MissingResource,
        Kind::NotAnArn(_) => Code::InvalidArnPrefix,
        Kind::Partition { .. } => Code::InvalidPartition,
        Kind::ResourceVendor => Code::InvalidArnService,
        Kind::Region { .. } => Code::ArnRegionNotAllowed,
        Kind::IamPath(_) => Code::InvalidArnResource,
        Kind::NoVendor(_) | Kind::Colons(_) => Code::InvalidActionFormat,
        Kind::Vendor(_) => Code::InvalidServiceInAction,
        Kind::TrustAction(_) => Code::UnsupportedActionInPolicy,
        _ => Code::JsonSyntaxError,
    }
}

const ELEMENTS: [&str; 13] = [
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "CanonicalUser",
];

const OPERATORS: [&str; 29] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BoolIfExists",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
    "StringEqualsIfExists",
];

/// What to do about an error, where that is not clear from the error itself.
fn help(kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::UnknownElement(name) => did_you_mean(name, ELEMENTS.iter().copied())?,
        Kind::UnknownOperator(name) => did_you_mean(name, OPERATORS.iter().copied())?,
        Kind::EffectCase => "write Allow or Deny in just this letter case".to_owned(),
        Kind::UnknownVersion(_) => {
            "write 2012-10-17: it is the version of the language, not the day of the document"
                .to_owned()
        }
        Kind::Prohibited("Principal" | "NotPrincipal") => {
            "whom the policy is about follows from whom it is attached to".to_owned()
        }
        Kind::AllowNotPrincipal => "name those whom you allow with Principal".to_owned(),
        Kind::InvalidPrincipal { value, .. } if value.contains(['*', '?']) => {
            "principals have no partial wildcards: use \"*\" with a condition on aws:PrincipalArn"
                .to_owned()
        }
        Kind::DuplicateSid(_) => "give each statement its own Sid, or none".to_owned(),
        Kind::NoVendor(name) => format!("put the service's prefix in front, as in s3:{name}"),
        Kind::NotAnArn(_) => "write an ARN such as arn:aws:s3:::bucket/*, or *".to_owned(),
        Kind::Both(_) => "split the statement in two".to_owned(),
        _ => return None,
    })
}

/// `did you mean …?` when one of the names is close.
pub(crate) fn did_you_mean<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    closest(name, names).map(|close| format!("did you mean {close}?"))
}

/// The name that is closest, if it is close at all; letter case does not matter.
pub(crate) fn closest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let lower = name.to_lowercase();
    let (score, close) = names
        .map(|other| (strsim::jaro_winkler(&lower, &other.to_lowercase()), other))
        .max_by(|(one, _), (two, _)| one.total_cmp(two))?;
    (score >= 0.88).then_some(close)
}
