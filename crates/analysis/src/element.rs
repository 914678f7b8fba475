//! The other elements of a statement: its identifier, its principals, and what organizations' policies may have.

use policy::{DocumentKind, Effect, Principals, Statement};

use crate::code::Code;
use crate::finding::Report;

/// Checks identifier and principals.
pub(crate) fn check(statement: &Statement, kind: DocumentKind, report: &mut Report) {
    sid(statement, kind, report);
    principals(statement, kind, report);
    if kind == DocumentKind::ResourceControl {
        resource_control(statement, report);
    }
}

fn sid(statement: &Statement, kind: DocumentKind, report: &mut Report) {
    let Some(sid) = &statement.sid else { return };
    let of_iam = matches!(
        kind,
        DocumentKind::Identity
            | DocumentKind::Inline
            | DocumentKind::Boundary
            | DocumentKind::Session
            | DocumentKind::Trust
    );
    if sid.value.is_empty() {
        let help = "leave it out, or say what the statement is for";
        report.add_with_help(Code::EmptySidValue, &sid.span, "the Sid is empty", help);
    } else if of_iam && !sid.value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let message = format!("the Sid {:?} has more than letters and digits", sid.value);
        report.add(Code::UnsupportedSid, &sid.span, message);
    }
}

fn principals(statement: &Statement, kind: DocumentKind, report: &mut Report) {
    let Some(principal) = &statement.principal else {
        return;
    };
    if let Principals::Listed(lists) = &principal.who {
        for (who, texts) in lists.iter().filter(|(_, texts)| texts.values.is_empty()) {
            let message = format!("the list of {} is empty", who.name());
            report.add(Code::EmptyArrayPrincipal, &texts.span, message);
        }
    }
    if principal.negated
        && statement.effect == Effect::Deny
        && kind != DocumentKind::ResourceControl
    {
        let message = "everybody with a permissions boundary is denied, also who is listed";
        let help = "use Principal \"*\" with a condition on aws:PrincipalArn";
        report.add_with_help(Code::DenyWithNotPrincipal, &principal.span, message, help);
    }
}

fn resource_control(statement: &Statement, report: &mut Report) {
    if statement.effect == Effect::Allow {
        let message = "resource control policies can only deny";
        report.add(Code::RcpSyntaxErrorAllow, &statement.span, message);
    }
    if let Some(principal) = &statement.principal
        && principal.who != Principals::Everyone
    {
        let message = "the principal of a resource control policy is \"*\"";
        let help = "use conditions on aws:PrincipalArn or aws:PrincipalAccount";
        report.add_with_help(
            Code::RcpSyntaxErrorPrincipal,
            &principal.span,
            message,
            help,
        );
    }
    for action in statement.action.iter().flat_map(|texts| &texts.values) {
        let prefix = action.value.split(':').next().unwrap_or_default();
        if let Some(service) = catalog::service(prefix)
            && !service.supports_resource_control_policies
        {
            let message = format!("resource control policies do not bind {}", service.title);
            report.add(Code::RcpUnsupportedService, &action.span, message);
        }
    }
}
