//! Who wins when several policies speak: "Policy evaluation logic", "Cross-account policy evaluation logic",
//! "AWS JSON policy elements: Principal".
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::{ALLOW, Case, DENY, HERE, THERE, federated, identity, policy, root, session, user};
use policy::Layer::{
    Boundary, Identity, Resource, ResourceControl, ServiceControl, Session, Trust, VpcEndpoint,
};
use policy::Verdict::{Allow, ExplicitDeny, ImplicitDeny};
use policy::{DocumentKind, Layer, Policy, Principal, Reason, ResourceRule};

const OTHER: &str = r#""Effect":"Allow","Action":"sqs:*","Resource":"*""#;

fn control(statements: &[&str]) -> Policy {
    policy(DocumentKind::ServiceControl, statements)
}

fn resource_control(statement: &str) -> Policy {
    policy(
        DocumentKind::ResourceControl,
        &[&format!(r#"{statement},"Principal":"*""#)],
    )
}

#[test]
fn nothing_is_allowed_by_default() {
    for principal in [user(), session(), federated()] {
        assert_eq!(Case::new(principal).verdict(), (ImplicitDeny, Identity));
    }
    assert_eq!(
        Case::new(Principal::Anonymous).verdict(),
        (ImplicitDeny, Resource)
    );
}

#[test]
fn identity_policies_are_a_union_and_a_deny_wins() {
    let case = Case::new(user()).allowed();
    assert_eq!(case.verdict(), (Allow, Identity));
    let case = case.with(|case| case.identity.push(identity(DENY)));
    assert_eq!(case.verdict(), (ExplicitDeny, Identity));
    let decision = case.decide();
    assert_eq!(
        decision.statement.map(|s| (s.policy, s.statement)),
        Some((1, 0))
    );
}

#[test]
fn a_deny_in_any_layer_wins() {
    let base = || {
        Case::new(user())
            .allowed()
            .resource_allows(r#"{"AWS":"arn:aws:iam::111111111111:user/bob"}"#)
    };
    assert!(base().is_allowed());
    let resource = format!(r#"{DENY},"Principal":"*""#);
    let cases = [
        (
            ServiceControl,
            base().with(|c| c.scps = Some(vec![vec![control(&[ALLOW, DENY])]])),
        ),
        (
            ResourceControl,
            base().with(|c| {
                c.rcps = Some(vec![vec![resource_control(ALLOW), resource_control(DENY)]]);
            }),
        ),
        (
            VpcEndpoint,
            base().with(|c| {
                c.endpoint = Some(policy(DocumentKind::VpcEndpoint, &[&resource]));
            }),
        ),
        (
            Resource,
            base().with(|c| {
                c.resource_policy = Some(policy(DocumentKind::Resource, &[&resource]));
            }),
        ),
        (Identity, base().with(|c| c.identity.push(identity(DENY)))),
        (
            Boundary,
            base().with(|c| c.boundary = Some(policy(DocumentKind::Boundary, &[ALLOW, DENY]))),
        ),
        (
            Session,
            base().with(|c| c.session = Some(vec![identity(ALLOW), identity(DENY)])),
        ),
    ];
    for (layer, case) in cases {
        assert_eq!(case.verdict(), (ExplicitDeny, layer));
    }
}

#[test]
fn boundary_and_session_limit_what_the_identity_allows() {
    let case = Case::new(session()).allowed();
    let limited = case.clone().with(|c| c.boundary = Some(identity(OTHER)));
    assert_eq!(limited.verdict(), (ImplicitDeny, Boundary));
    let limited = case
        .clone()
        .with(|c| c.session = Some(vec![identity(OTHER)]));
    assert_eq!(limited.verdict(), (ImplicitDeny, Session));
    let limited = case.clone().with(|c| c.session = Some(Vec::new()));
    assert_eq!(limited.verdict(), (ImplicitDeny, Session));
    let open = case.with(|c| {
        c.session = Some(vec![identity(OTHER), identity(ALLOW)]);
        c.boundary = Some(identity(ALLOW));
    });
    assert!(open.is_allowed());
    let nothing_to_limit = Case::new(session()).with(|c| {
        c.session = Some(vec![identity(ALLOW)]);
        c.boundary = Some(identity(ALLOW));
    });
    assert_eq!(nothing_to_limit.verdict(), (ImplicitDeny, Identity));
}

/// The table of direct grants: (caller, whom the resource names, identity needed, boundary stops, session stops).
#[test]
fn direct_grants_of_a_resource() {
    let by_condition = r#""*","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/app"}}"#;
    let user_arn = r#"{"AWS":"arn:aws:iam::111111111111:user/bob"}"#;
    let rows: [(Principal, &str, bool, bool, bool); 11] = [
        // Users have no session policies; if they had, a grant to the user would be older than the session.
        (user(), user_arn, false, false, true),
        (
            user(),
            r#"{"AWS":"AIDABBBBBBBBBBBBBBBB"}"#,
            false,
            false,
            true,
        ),
        (
            session(),
            r#"{"AWS":"arn:aws:iam::111111111111:role/app"}"#,
            false,
            true,
            true,
        ),
        (
            session(),
            r#"{"AWS":"AROAAAAAAAAAAAAAAAAA"}"#,
            false,
            true,
            true,
        ),
        (
            session(),
            r#"{"AWS":"arn:aws:sts::111111111111:assumed-role/app/run"}"#,
            false,
            false,
            false,
        ),
        (session(), by_condition, false, false, false),
        (
            federated(),
            r#"{"AWS":"arn:aws:sts::111111111111:federated-user/guest"}"#,
            false,
            false,
            false,
        ),
        (federated(), user_arn, false, true, true),
        (user(), r#"{"AWS":"111111111111"}"#, true, true, true),
        (
            session(),
            r#"{"AWS":"arn:aws:iam::111111111111:root"}"#,
            true,
            true,
            true,
        ),
        (
            session(),
            r#"{"AWS":"arn:aws:sts::111111111111:assumed-role/app/other"}"#,
            true,
            true,
            true,
        ),
    ];
    for (principal, named, identity_needed, boundary_stops, session_stops) in rows {
        let open = |case: Case| {
            case.with(|c| {
                c.boundary = Some(identity(ALLOW));
                c.session = Some(vec![identity(ALLOW)]);
            })
        };
        let bare = open(Case::new(principal.clone()).resource_allows(named));
        assert_eq!(!bare.is_allowed(), identity_needed, "{named}: identity");
        let full = bare.allowed();
        assert!(full.is_allowed(), "{named}");
        let limited = full.clone().with(|c| c.boundary = Some(identity(OTHER)));
        assert_eq!(!limited.is_allowed(), boundary_stops, "{named}: boundary");
        let limited = full
            .clone()
            .with(|c| c.session = Some(vec![identity(OTHER)]));
        assert_eq!(!limited.is_allowed(), session_stops, "{named}: session");
        let limited = full.with(|c| c.scps = Some(vec![vec![control(&[OTHER])]]));
        assert_eq!(
            limited.verdict(),
            (ImplicitDeny, ServiceControl),
            "{named}: scp"
        );
    }
}

#[test]
fn a_federated_session_without_session_policy_has_only_grants_to_itself() {
    let case = Case::new(federated()).allowed();
    assert_eq!(case.verdict(), (ImplicitDeny, Session));
    let by_user = case
        .clone()
        .resource_allows(r#"{"AWS":"arn:aws:iam::111111111111:user/bob"}"#);
    assert_eq!(by_user.verdict(), (ImplicitDeny, Session));
    let by_session =
        case.resource_allows(r#"{"AWS":"arn:aws:sts::111111111111:federated-user/guest"}"#);
    assert_eq!(by_session.verdict(), (Allow, Resource));
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let foreign = |case: Case| case.with(|c| c.owner = Some(THERE));
    let user_arn = r#"{"AWS":"arn:aws:iam::111111111111:user/bob"}"#;
    assert_eq!(
        foreign(Case::new(user()).allowed()).verdict(),
        (ImplicitDeny, Resource)
    );
    let only_resource = foreign(Case::new(user()).resource_allows(user_arn));
    assert_eq!(only_resource.verdict(), (ImplicitDeny, Identity));
    for named in [user_arn, r#"{"AWS":"111111111111"}"#, r#""*""#] {
        let both = foreign(Case::new(user()).allowed().resource_allows(named));
        assert_eq!(both.verdict(), (Allow, Resource), "{named}");
        let limited = both.clone().with(|c| c.boundary = Some(identity(OTHER)));
        assert_eq!(limited.verdict(), (ImplicitDeny, Boundary), "{named}");
        let limited = both
            .clone()
            .with(|c| c.session = Some(vec![identity(OTHER)]));
        assert_eq!(limited.verdict(), (ImplicitDeny, Session), "{named}");
        let limited = both.with(|c| c.rcps = Some(vec![vec![resource_control(OTHER)]]));
        assert_eq!(
            limited.verdict(),
            (ImplicitDeny, ResourceControl),
            "{named}"
        );
    }
    let other_account = foreign(
        Case::new(user())
            .allowed()
            .resource_allows(r#"{"AWS":"222222222222"}"#),
    );
    assert_eq!(other_account.verdict(), (ImplicitDeny, Resource));
    assert_eq!(
        foreign(Case::new(root())).verdict(),
        (ImplicitDeny, Resource)
    );
}

#[test]
fn organization_levels_are_an_intersection_of_unions() {
    let case =
        |levels: Vec<Vec<Policy>>| Case::new(user()).allowed().with(|c| c.scps = Some(levels));
    let (full, other) = (|| control(&[ALLOW]), || control(&[OTHER]));
    assert!(
        case(vec![
            vec![full()],
            vec![full(), other()],
            vec![other(), full()]
        ])
        .is_allowed()
    );
    assert!(case(Vec::new()).is_allowed());
    for levels in [
        vec![vec![full()], vec![other()], vec![full()]],
        vec![vec![full()], Vec::new()],
        vec![vec![other()]],
        vec![vec![full(), Policy::broken("lost")]],
    ] {
        assert_eq!(case(levels).verdict(), (ImplicitDeny, ServiceControl));
    }
    let deny_list = control(&[r#""Effect":"Deny","Action":"ec2:*","Resource":"*""#]);
    assert!(case(vec![vec![full(), deny_list]]).is_allowed());
}

#[test]
fn the_root_user_has_all_rights_but_is_bound_by_the_organization() {
    assert_eq!(Case::new(root()).verdict(), (Allow, Layer::AccountRoot));
    let bound = Case::new(root()).with(|c| c.scps = Some(vec![vec![control(&[ALLOW, DENY])]]));
    assert_eq!(bound.verdict(), (ExplicitDeny, ServiceControl));
    let denied = format!(r#"{DENY},"Principal":{{"AWS":"{HERE}"}}"#);
    let denied = Case::new(root())
        .with(|c| c.resource_policy = Some(policy(DocumentKind::Resource, &[&denied])));
    assert_eq!(denied.verdict(), (ExplicitDeny, Resource));
}

#[test]
fn services_and_anonymous_callers_need_the_resources_word() {
    let service = |name: &str| Principal::Service {
        name: name.into(),
        source_account: None,
    };
    let named = r#"{"Service":"sns.amazonaws.com"}"#;
    assert!(
        Case::new(service("sns.amazonaws.com"))
            .resource_allows(named)
            .is_allowed()
    );
    assert!(
        !Case::new(service("ec2.amazonaws.com"))
            .resource_allows(named)
            .is_allowed()
    );
    assert!(
        !Case::new(service("sns.amazonaws.com"))
            .allowed()
            .is_allowed()
    );
    let public = Case::new(Principal::Anonymous).resource_allows(r#""*""#);
    assert!(public.is_allowed());
    let no_scps = public
        .clone()
        .with(|c| c.scps = Some(vec![vec![control(&[DENY])]]));
    assert!(no_scps.is_allowed());
    let rcp = public.with(|c| c.rcps = Some(vec![vec![resource_control(OTHER)]]));
    assert_eq!(rcp.verdict(), (ImplicitDeny, ResourceControl));
    let account = Case::new(Principal::Anonymous).resource_allows(r#"{"AWS":"111111111111"}"#);
    assert!(!account.is_allowed());
}

fn trusting(principal: Principal, who: &str) -> Case {
    let statement = format!(r#""Effect":"Allow","Action":"sts:AssumeRole*","Principal":{who}"#);
    Case::new(principal).with(|c| {
        c.action = "sts:AssumeRole";
        c.resource = "arn:aws:iam::111111111111:role/target".into();
        c.rule = ResourceRule::Trust;
        c.resource_policy = Some(policy(DocumentKind::Trust, &[&statement]));
    })
}

fn may_assume(case: Case) -> Case {
    case.with(|c| {
        c.identity.push(identity(
            r#""Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/target""#,
        ));
    })
}

#[test]
fn trust_policies_must_allow_and_accounts_only_delegate() {
    let user_arn = r#"{"AWS":"arn:aws:iam::111111111111:user/bob"}"#;
    assert_eq!(trusting(user(), user_arn).verdict(), (Allow, Trust));
    let account = r#"{"AWS":"111111111111"}"#;
    assert_eq!(
        trusting(user(), account).verdict(),
        (ImplicitDeny, Identity)
    );
    assert_eq!(
        may_assume(trusting(user(), account)).verdict(),
        (Allow, Identity)
    );
    let stranger = may_assume(trusting(user(), r#"{"AWS":"222222222222"}"#));
    assert_eq!(stranger.verdict(), (ImplicitDeny, Trust));
    let foreign = |case: Case| case.with(|c| c.owner = Some(THERE));
    assert_eq!(
        foreign(trusting(user(), user_arn)).verdict(),
        (ImplicitDeny, Identity)
    );
    assert_eq!(
        foreign(may_assume(trusting(user(), user_arn))).verdict(),
        (Allow, Trust)
    );
    let none = may_assume(trusting(user(), account)).with(|c| c.resource_policy = None);
    assert_eq!(none.verdict(), (ImplicitDeny, Trust));
}

#[test]
fn identity_providers_are_trusted_by_name_only() {
    let token = |provider: &str| Principal::WebIdentity {
        provider: provider.into(),
    };
    let own = "arn:aws:iam::111111111111:oidc-provider/idp.example";
    let named = format!(r#"{{"Federated":"{own}"}}"#);
    let case = |principal, who: &str| {
        trusting(principal, who).with(|c| c.action = "sts:AssumeRoleWithWebIdentity")
    };
    assert!(case(token(own), &named).is_allowed());
    assert!(
        !case(
            token("arn:aws:iam::111111111111:oidc-provider/evil"),
            &named
        )
        .is_allowed()
    );
    assert!(!case(token(own), r#"{"AWS":"*"}"#).is_allowed());
    assert!(!case(user(), &named).is_allowed());
}

#[test]
fn keys_trust_identities_only_where_their_policy_says_so() {
    let key = |principal: Principal, who: Option<&str>, granted: bool| {
        Case::new(principal).with(|c| {
            c.action = "kms:Decrypt";
            c.resource = "arn:aws:kms:eu-west-1:111111111111:key/k".into();
            c.rule = ResourceRule::KmsKey { granted };
            c.resource_policy = who.map(|who| {
                let body = format!(
                    r#""Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{who}"#
                );
                policy(DocumentKind::Resource, &[&body])
            });
        })
    };
    let own = r#"{"AWS":"arn:aws:iam::111111111111:root"}"#;
    let other = r#"{"AWS":"222222222222"}"#;
    let may = |case: Case| {
        case.with(|c| {
            c.identity.push(identity(
                r#""Effect":"Allow","Action":"kms:*","Resource":"*""#,
            ))
        })
    };
    assert!(may(key(user(), Some(own), false)).is_allowed());
    assert_eq!(
        key(user(), Some(own), false).verdict(),
        (ImplicitDeny, Identity)
    );
    assert_eq!(
        may(key(user(), Some(other), false)).verdict(),
        (ImplicitDeny, Resource)
    );
    assert_eq!(
        may(key(user(), None, false)).verdict(),
        (ImplicitDeny, Resource)
    );
    assert_eq!(
        may(key(user(), None, true)).verdict(),
        (ImplicitDeny, Resource)
    );
    assert!(key(root(), Some(own), false).is_allowed());
    assert!(!key(root(), Some(other), false).is_allowed());
    assert_eq!(
        key(user(), Some(other), true).verdict(),
        (Allow, Layer::KeyGrant)
    );
    let limited = key(session(), Some(other), true).with(|c| c.boundary = Some(identity(ALLOW)));
    assert_eq!(limited.verdict(), (ImplicitDeny, Boundary));
    let foreign = key(user(), Some(other), true).with(|c| c.owner = Some(THERE));
    assert_eq!(foreign.verdict(), (ImplicitDeny, Identity));
    assert!(may(foreign).is_allowed());
}

#[test]
fn not_principal_denies_whoever_is_not_listed_and_whoever_has_a_boundary() {
    let list = r#"{"AWS":["arn:aws:iam::111111111111:user/bob","arn:aws:iam::111111111111:root"]}"#;
    let statement = format!(r#"{DENY},"NotPrincipal":{list}"#);
    let case = |principal: Principal| {
        Case::new(principal)
            .allowed()
            .with(|c| c.resource_policy = Some(policy(DocumentKind::Resource, &[&statement])))
    };
    assert!(case(user()).is_allowed());
    assert_eq!(case(session()).verdict(), (ExplicitDeny, Resource));
    let bounded = case(user()).with(|c| c.boundary = Some(identity(ALLOW)));
    assert_eq!(bounded.verdict(), (ExplicitDeny, Resource));
}

#[test]
fn endpoints_limit_everybody() {
    let endpoint = |statement: &str| {
        let statement = format!(r#"{statement},"Principal":"*""#);
        Case::new(user())
            .resource_allows(r#"{"AWS":"arn:aws:iam::111111111111:user/bob"}"#)
            .with(|c| c.endpoint = Some(policy(DocumentKind::VpcEndpoint, &[&statement])))
    };
    assert!(endpoint(ALLOW).is_allowed());
    assert_eq!(endpoint(OTHER).verdict(), (ImplicitDeny, VpcEndpoint));
}

#[test]
fn broken_policies_allow_nothing_and_close_their_ceiling() {
    let broken = || Policy::broken("document 7 is gone");
    let only_broken = Case::new(user()).with(|c| c.identity = vec![broken()]);
    assert_eq!(only_broken.verdict(), (ImplicitDeny, Identity));
    let base = || {
        Case::new(user())
            .allowed()
            .resource_allows(r#"{"AWS":"arn:aws:iam::111111111111:user/bob"}"#)
    };
    for (layer, case) in [
        (Boundary, base().with(|c| c.boundary = Some(broken()))),
        (
            Session,
            base().with(|c| c.session = Some(vec![identity(ALLOW), broken()])),
        ),
        (
            Resource,
            base().with(|c| c.resource_policy = Some(broken())),
        ),
        (VpcEndpoint, base().with(|c| c.endpoint = Some(broken()))),
        (
            ServiceControl,
            base().with(|c| c.scps = Some(vec![vec![broken()]])),
        ),
        (
            ResourceControl,
            base().with(|c| c.rcps = Some(vec![vec![broken()]])),
        ),
    ] {
        assert_eq!(case.verdict(), (ImplicitDeny, layer));
    }
    let denied = base().with(|c| c.identity.push(Policy::deny_all("stop")));
    assert_eq!(denied.verdict(), (ExplicitDeny, Identity));
}

#[test]
fn exempt_actions_survive_every_deny() {
    let case = Case::new(user()).with(|c| {
        c.rule = ResourceRule::Exempt;
        c.identity.push(Policy::deny_all("stop"));
    });
    assert_eq!(case.verdict(), (Allow, Layer::Exempt));
}

#[test]
fn explanations_name_layer_statement_and_what_is_missing() {
    let case = Case::new(user()).with(|c| {
        c.identity.push(identity(
            r#""Sid":"Mfa","Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        ));
        c.identity.push(identity(
            r#""Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::other/*""#,
        ));
    });
    let explanation = case.explain();
    assert_eq!(explanation.decision, case.decide());
    assert_eq!(explanation.missing_keys(), ["aws:MultiFactorAuthPresent"]);
    let sid = explanation.policies[0].statements[0].sid.as_deref();
    assert_eq!(sid, Some("Mfa"));
    assert_eq!(
        explanation.policies[1].statements[0].reasons[..],
        [policy::Reason::Resource]
    );
    assert_eq!(explanation.matched().count(), 0);
}

#[test]
fn a_statement_about_another_action_has_that_reason_only() {
    let other = r#""Effect":"Deny","Action":"sqs:*","Resource":"arn:aws:sqs:::q","Condition":{"Bool":{"k:k":"true"}}"#;
    let near = r#""Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::other","Condition":{"Bool":{"k:k":"${k:v}"}}"#;
    let case = Case::new(user()).with(|c| {
        c.identity = vec![
            identity(other),
            policy(DocumentKind::Identity, &[other, near, ALLOW]),
            Policy::broken("lost"),
        ];
    });
    let whole = case.explain();
    let traces = &whole.policies;
    assert_eq!(traces.len(), 3);
    assert_eq!(traces[0].statements[0].reasons[..], [Reason::Action]);
    assert_eq!(traces[1].statements[0].reasons[..], [Reason::Action]);
    let condition = Reason::Condition {
        operator: "Bool".into(),
        key: "k:k".into(),
        missing: true,
    };
    let variable = Reason::VariableMissing { key: "k:v".into() };
    assert_eq!(
        traces[1].statements[1].reasons[..],
        [Reason::Resource, condition, variable]
    );
    assert_eq!(traces[1].statements[2].reasons[..], []);
    assert_eq!(traces[2].broken.as_deref(), Some("lost"));
    assert_eq!(whole.matched().count(), 1);

    let part = case.explain_near();
    assert_eq!(part.decision, whole.decision);
    assert_eq!(part.policies.len(), 2);
    assert_eq!(part.policies[0].statements, traces[1].statements[1..]);
    assert_eq!(part.policies[1], traces[2]);
}

#[test]
fn policies_beyond_any_number_are_decided_and_named() {
    let case = Case::new(user()).with(|c| c.identity = vec![identity(OTHER); 200]);
    assert_eq!(case.verdict(), (ImplicitDeny, Identity));
    for at in [0, 1, 62, 63, 64, 65, 127, 128, 199] {
        for (body, wanted) in [(ALLOW, Allow), (DENY, ExplicitDeny)] {
            let case = case.clone().with(|c| c.identity[at] = identity(body));
            let decision = case.decide();
            assert_eq!(decision.effect, wanted, "{at}");
            assert_eq!(decision.statement.map(|found| found.policy), Some(at));
        }
        let both = case.clone().with(|c| {
            c.identity[at] = identity(DENY);
            c.identity[(at + 64) % 200] = identity(ALLOW);
        });
        assert_eq!(both.verdict(), (ExplicitDeny, Identity), "{at}");
    }
}

#[test]
fn reasons_are_worded_as_aws_words_them() {
    let reason = |case: Case| case.decide().reason(case.action);
    assert_eq!(
        reason(Case::new(user())),
        "because no identity-based policy allows the s3:GetObject action"
    );
    assert_eq!(
        reason(Case::new(user()).with(|c| c.identity.push(identity(DENY)))),
        "with an explicit deny in an identity-based policy"
    );
    assert_eq!(reason(Case::new(user()).allowed()), "");
}

#[test]
fn a_caller_without_identity_has_no_rights_of_its_own() {
    let case = Case::new(user())
        .allowed()
        .with(|c| c.identity_exists = false);
    assert_eq!(case.verdict(), (ImplicitDeny, Identity));
    let denied = case
        .resource_allows(r#""*""#)
        .with(|c| c.identity.push(identity(DENY)));
    assert_eq!(denied.verdict(), (ExplicitDeny, Identity));
}

#[test]
fn a_resource_that_allows_under_a_condition_nobody_can_read_allows_nobody() {
    let body =
        format!(r#"{ALLOW},"Principal":"*","Condition":{{"NumericLessThan":{{"k:age":"10"}}}}"#);
    let case = Case::new(user()).with(|c| {
        c.context.set("k:age", "young");
        c.resource_policy = Some(policy(DocumentKind::Resource, &[&body]));
    });
    assert_eq!(case.verdict(), (ImplicitDeny, Identity));
}

#[test]
fn a_session_is_exempt_only_with_account_role_and_session() {
    let account = r#""arn:aws:iam::111111111111:root""#;
    let role = r#""arn:aws:iam::111111111111:role/app""#;
    let own = r#""arn:aws:sts::111111111111:assumed-role/app/run""#;
    let denied = |list: &[&str]| {
        let body = format!(r#"{DENY},"NotPrincipal":{{"AWS":[{}]}}"#, list.join(","));
        let case = Case::new(session())
            .allowed()
            .with(|c| c.resource_policy = Some(policy(DocumentKind::Resource, &[&body])));
        !case.is_allowed()
    };
    assert!(!denied(&[account, role, own]));
    for list in [&[account, role][..], &[account, own], &[role, own], &[own]] {
        assert!(denied(list), "{list:?}");
    }
}

#[test]
fn the_closest_name_in_a_list_counts() {
    let (own, account) = (
        r#""arn:aws:iam::111111111111:user/bob""#,
        r#""111111111111""#,
    );
    for list in [[own, account], [account, own]] {
        let case = Case::new(user()).resource_allows(&format!(r#"{{"AWS":[{}]}}"#, list.join(",")));
        assert_eq!(case.verdict(), (Allow, Resource), "{list:?}");
    }
}

#[test]
fn a_federated_session_named_by_its_users_id_stays_within_its_ceilings() {
    let case = Case::new(federated())
        .resource_allows(r#"{"AWS":"AIDABBBBBBBBBBBBBBBB"}"#)
        .with(|c| c.session = Some(vec![identity(OTHER)]));
    assert_eq!(case.verdict(), (ImplicitDeny, Session));
}

#[test]
fn canonical_users_cannot_be_told_apart_and_so_never_help() {
    let who = r#""Principal":{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#;
    let case = |body: &str| {
        let body = format!("{body},{who}");
        Case::new(user()).with(|c| {
            c.resource_policy = Some(policy(DocumentKind::Resource, &[&body]));
        })
    };
    assert!(!case(ALLOW).is_allowed());
    assert!(!case(DENY).allowed().is_allowed());
}
