//! From the answers for single resources to `EvaluationResult`.

use super::evaluation::Outcome;
use crate::api::types::{
    EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType, ResourceSpecificResult, Statement,
};
use std::collections::{BTreeMap, HashSet};

type Details = BTreeMap<String, PolicyEvaluationDecisionType>;

/// The result of one action. `specific`: the request names resources, and gets an answer for each.
pub(crate) fn result(
    action: String,
    resource_name: String,
    outcomes: Vec<Outcome>,
    specific: bool,
) -> EvaluationResult {
    let strictest = outcomes.iter().map(|outcome| outcome.decision);
    let decision = strictest.fold(PolicyEvaluationDecisionType::Allowed, stricter);
    let mut statements = Vec::new();
    let mut seen = HashSet::new();
    // Only what contributed to the whole answer.
    for outcome in outcomes
        .iter()
        .filter(|outcome| outcome.decision == decision)
    {
        for statement in &outcome.statements {
            if seen.insert(place(statement)) {
                statements.push(statement.clone());
            }
        }
    }
    let mut missing: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| outcome.missing.iter().cloned())
        .collect();
    missing.sort_by_key(|key| key.to_lowercase());
    missing.dedup_by_key(|key| key.to_lowercase());
    EvaluationResult {
        eval_action_name: action,
        eval_resource_name: Some(resource_name),
        eval_decision: decision,
        matched_statements: Some(statements),
        missing_context_values: Some(missing),
        organizations_decision_detail: all(&outcomes, |outcome| outcome.organizations).map(
            |allowed| OrganizationsDecisionDetail {
                allowed_by_organizations: Some(allowed),
            },
        ),
        permissions_boundary_decision_detail: all(&outcomes, |outcome| outcome.boundary)
            .map(boundary),
        eval_decision_details: details(&outcomes, specific),
        resource_specific_results: specific
            .then(|| outcomes.into_iter().map(of_resource).collect()),
    }
}

/// What tells one statement from another.
fn place(statement: &Statement) -> (Option<&str>, Option<(i32, i32)>) {
    let start = statement.start_position.as_ref();
    (
        statement.source_policy_id.as_deref(),
        start.and_then(|start| start.line.zip(start.column)),
    )
}

fn of_resource(outcome: Outcome) -> ResourceSpecificResult {
    ResourceSpecificResult {
        eval_resource_name: outcome.resource,
        eval_resource_decision: outcome.decision,
        matched_statements: Some(outcome.statements),
        missing_context_values: Some(outcome.missing),
        eval_decision_details: Some(outcome.details.unwrap_or_default()),
        permissions_boundary_decision_detail: outcome.boundary.map(boundary),
    }
}

fn boundary(allowed: bool) -> PermissionsBoundaryDecisionDetail {
    PermissionsBoundaryDecisionDetail {
        allowed_by_permissions_boundary: Some(allowed),
    }
}

/// Empty within an account, and absent there where no resource is named ("EvaluationResult").
fn details(outcomes: &[Outcome], specific: bool) -> Option<Details> {
    let mut whole = Details::new();
    let parts = outcomes
        .iter()
        .filter_map(|outcome| outcome.details.as_ref());
    for (kind, decision) in parts.flatten() {
        whole
            .entry(kind.clone())
            .and_modify(|known| *known = stricter(*known, *decision))
            .or_insert(*decision);
    }
    (specific || !whole.is_empty()).then_some(whole)
}

/// Whether it holds for all resources; `None` where it is not known of any.
fn all(outcomes: &[Outcome], part: impl Fn(&Outcome) -> Option<bool>) -> Option<bool> {
    let known: Vec<bool> = outcomes.iter().filter_map(part).collect();
    (!known.is_empty()).then(|| known.iter().all(|allowed| *allowed))
}

fn stricter(
    one: PolicyEvaluationDecisionType,
    other: PolicyEvaluationDecisionType,
) -> PolicyEvaluationDecisionType {
    use PolicyEvaluationDecisionType as D;
    match (one, other) {
        (D::ExplicitDeny, _) | (_, D::ExplicitDeny) => D::ExplicitDeny,
        (D::ImplicitDeny, _) | (_, D::ImplicitDeny) => D::ImplicitDeny,
        (D::Allowed, D::Allowed) => D::Allowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PolicyEvaluationDecisionType as D;

    fn outcome(resource: &str, decision: D, policy: &str) -> Outcome {
        Outcome {
            resource: resource.into(),
            decision,
            statements: vec![Statement {
                source_policy_id: Some(policy.into()),
                ..Statement::default()
            }],
            missing: vec!["aws:SourceIp".into()],
            details: None,
            organizations: Some(true),
            boundary: None,
        }
    }

    fn ids(statements: Option<Vec<Statement>>) -> Vec<String> {
        let statements = statements.unwrap().into_iter();
        statements
            .filter_map(|statement| statement.source_policy_id)
            .collect()
    }

    #[test]
    fn the_strictest_answer_is_the_whole_answer() {
        let mut refused = outcome("b", D::ImplicitDeny, "two");
        refused.organizations = Some(false);
        let outcomes = vec![outcome("a", D::Allowed, "one"), refused.clone(), refused];
        let whole = result("s3:GetObject".into(), "*".into(), outcomes, true);
        assert_eq!(whole.eval_decision, D::ImplicitDeny);
        assert_eq!(ids(whole.matched_statements), ["two"]);
        assert_eq!(whole.missing_context_values.unwrap(), ["aws:SourceIp"]);
        let organizations = whole.organizations_decision_detail.unwrap();
        assert_eq!(organizations.allowed_by_organizations, Some(false));
        assert_eq!(whole.eval_decision_details, Some(Details::new()));
        let specific = whole.resource_specific_results.unwrap();
        assert_eq!(
            specific
                .iter()
                .map(|result| result.eval_resource_decision)
                .collect::<Vec<_>>(),
            [D::Allowed, D::ImplicitDeny, D::ImplicitDeny]
        );
    }

    #[test]
    fn all_resources_get_one_answer_without_details() {
        let one = vec![outcome("*", D::Allowed, "one")];
        let whole = result("s3:ListAllMyBuckets".into(), "*".into(), one, false);
        assert!(whole.resource_specific_results.is_none() && whole.eval_decision_details.is_none());
        assert!(whole.permissions_boundary_decision_detail.is_none());
    }
}
