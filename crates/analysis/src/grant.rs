//! Statements that give more than they seem to.

use policy::{DocumentKind, Effect, PrincipalKind, Principals, Spanned, Statement, Texts};

use crate::code::Code;
use crate::finding::Report;
use crate::pattern;

/// Checks what an Allow gives. Ceilings (boundaries, session policies, policies of organizations and endpoints) give
/// nothing by themselves.
pub(crate) fn check(statement: &Statement, kind: DocumentKind, report: &mut Report) {
    if statement.effect != Effect::Allow {
        return;
    }
    match kind {
        DocumentKind::Identity | DocumentKind::Inline => {
            not_elements(statement, report);
            everything(statement, report);
            PASS_ROLE.check(statement, report);
            CREATE_LINKED_ROLE.check(statement, report);
        }
        DocumentKind::Resource => {
            not_elements(statement, report);
            everyone(statement, report);
            services(statement, report);
        }
        DocumentKind::Trust => {
            everyone(statement, report);
            providers(statement, report);
        }
        _ => {}
    }
}

fn conditions(statement: &Statement) -> impl Iterator<Item = &str> {
    let blocks = statement.conditions.iter().flatten();
    blocks
        .flat_map(|block| &block.keys)
        .map(|key| key.name.value.as_str())
}

fn has_key(statement: &Statement, names: &[&str]) -> bool {
    conditions(statement).any(|key| names.iter().any(|name| key.eq_ignore_ascii_case(name)))
}

fn is_everything(texts: &Option<Texts>) -> Option<&Spanned<String>> {
    let texts = texts.as_ref().filter(|texts| !texts.negated)?;
    texts.values.iter().find(|text| {
        matches!(text.value.as_str(), "*" | "*:*") || text.value.bytes().all(|byte| byte == b'*')
    })
}

fn not_elements(statement: &Statement, report: &mut Report) {
    if let Some(texts) = statement.action.as_ref().filter(|texts| texts.negated) {
        let message = "this allows every action of every service, later ones too, but those listed";
        let help = "list what you allow with Action; NotAction suits Deny";
        report.add_with_help(Code::AllowWithNotAction, &texts.span, message, help);
    }
    if let Some(texts) = statement.resource.as_ref().filter(|texts| texts.negated) {
        let message = "this allows every resource, later ones too, but those listed";
        let help = "list what you allow with Resource; NotResource suits Deny";
        report.add_with_help(Code::AllowWithNotResource, &texts.span, message, help);
    }
}

fn everything(statement: &Statement, report: &mut Report) {
    let all = is_everything(&statement.action).zip(is_everything(&statement.resource));
    if let Some((action, _)) = all
        && conditions(statement).next().is_none()
    {
        let message = "this allows everything on everything";
        report.add(
            Code::AllowWithStarInActionAndResource,
            &action.span,
            message,
        );
    }
}

/// An action with which a caller gets the rights of a role.
struct Escalation {
    action: &'static str,
    /// The key that says for which service.
    key: &'static str,
    star: Code,
    star_in_action: Code,
    not_resource: Code,
}

const PASS_ROLE: Escalation = Escalation {
    action: "iam:passrole",
    key: "iam:PassedToService",
    star: Code::PassRoleWithStarInResource,
    star_in_action: Code::PassRoleWithStarInActionAndResource,
    not_resource: Code::PassRoleWithNotResource,
};

const CREATE_LINKED_ROLE: Escalation = Escalation {
    action: "iam:createservicelinkedrole",
    key: "iam:AWSServiceName",
    star: Code::CreateSlrWithStarInResource,
    star_in_action: Code::CreateSlrWithStarInActionAndResource,
    not_resource: Code::CreateSlrWithNotResource,
};

impl Escalation {
    fn check(&self, statement: &Statement, report: &mut Report) {
        let Some(actions) = statement.action.as_ref().filter(|texts| !texts.negated) else {
            return;
        };
        let covers =
            |text: &&Spanned<String>| pattern::covers(&text.value.to_lowercase(), self.action);
        let Some(action) = actions.values.iter().find(covers) else {
            return;
        };
        if has_key(statement, &[self.key]) {
            return;
        }
        let help = format!(
            "name the roles in Resource, or add a condition on {}",
            self.key
        );
        let not_resource = statement
            .resource
            .as_ref()
            .is_some_and(|texts| texts.negated);
        if not_resource {
            let message = format!("{} is allowed for all roles but those listed", action.value);
            report.add_with_help(self.not_resource, &action.span, message, help);
        } else if is_everything(&statement.resource).is_some() {
            let wide = pattern::has_wildcards(&action.value);
            let code = if wide { self.star_in_action } else { self.star };
            let message = format!(
                "{} is allowed for every role and every service",
                action.value
            );
            report.add_with_help(code, &action.span, message, help);
        }
    }
}

fn everyone(statement: &Statement, report: &mut Report) {
    let Some(principal) = statement
        .principal
        .as_ref()
        .filter(|principal| !principal.negated)
    else {
        return;
    };
    let all = match &principal.who {
        Principals::Everyone => true,
        Principals::Listed(lists) => lists.iter().any(|(kind, texts)| {
            *kind == PrincipalKind::Aws && texts.values.iter().any(|text| text.value == "*")
        }),
    };
    if all && conditions(statement).next().is_none() {
        let message = "this allows everybody in the world";
        let help = "name those whom you allow, or add a condition such as aws:PrincipalOrgID";
        report.add_with_help(Code::AllowToEveryone, &principal.span, message, help);
    }
}

/// Values of one type of principals.
fn named(statement: &Statement, kind: PrincipalKind) -> impl Iterator<Item = &Spanned<String>> {
    let principal = statement
        .principal
        .as_ref()
        .filter(|principal| !principal.negated);
    let lists = principal.map_or(&[][..], |principal| match &principal.who {
        Principals::Everyone => &[],
        Principals::Listed(lists) => lists.as_slice(),
    });
    lists
        .iter()
        .filter(move |(own, _)| *own == kind)
        .flat_map(|(_, texts)| &texts.values)
}

fn services(statement: &Statement, report: &mut Report) {
    const SOURCES: [&str; 4] = [
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceOrgID",
        "aws:SourceOrgPaths",
    ];
    if has_key(statement, &SOURCES) {
        return;
    }
    for service in named(statement, PrincipalKind::Service) {
        let message = format!("{} may do this for resources of any account", service.value);
        let help = "add a condition on aws:SourceArn or aws:SourceAccount";
        report.add_with_help(
            Code::RestrictAccessToServicePrincipal,
            &service.span,
            message,
            help,
        );
    }
}

fn providers(statement: &Statement, report: &mut Report) {
    if conditions(statement).next().is_some() {
        return;
    }
    for provider in named(statement, PrincipalKind::Federated) {
        let message = format!(
            "everybody with a token of {} can have the role",
            provider.value
        );
        let help = "add conditions on the token's audience and subject";
        report.add_with_help(Code::TrustWithoutCondition, &provider.span, message, help);
    }
}
