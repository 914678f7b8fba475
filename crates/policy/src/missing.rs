//! What stands between a request and an allow: not only the first layer that does not allow, but all of them.

use crate::compiled::Policy;
use crate::decide::decide;
use crate::decision::{Decision, Layer, StatementRef, Verdict};
use crate::document::DocumentKind;
use crate::layers::{Layers, Levels};
use crate::request::Request;

/// One thing that would have to change before a request is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A Deny statement would have to stop matching.
    Denied {
        /// The kind of policy.
        layer: Layer,
        /// The statement, if one can be named.
        statement: Option<StatementRef>,
    },
    /// A layer would have to allow.
    Allow {
        /// The kind of policy.
        layer: Layer,
        /// The levels that do not allow, root first, for policies of an organization; else empty.
        levels: Vec<usize>,
    },
}

/// A policy that allows everything to everybody, in the form of its kind.
const OPEN_IDENTITY: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const OPEN_RESOURCE: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;

/// All that is missing before a request is allowed, in the order in which the layers are asked; empty for an allow.
///
/// The first explicit deny ends the list when there is one. Otherwise each layer that does not allow is taken to allow,
/// and the request is decided again.
#[must_use]
pub fn missing_for_allow(request: &Request<'_>, layers: &Layers<'_>) -> Vec<Missing> {
    let open = |text, kind| {
        Policy::parse_and_compile(text, kind, "open").unwrap_or_else(|_| Policy::broken("open"))
    };
    let identity = open(OPEN_IDENTITY, DocumentKind::Identity);
    let resource = open(OPEN_RESOURCE, DocumentKind::Resource);
    let opened = [&identity];
    let mut layers = *layers;
    let mut missing = Vec::new();
    // Each round opens one layer, and there are not more of them than this.
    for _ in 0..8 {
        let decision = decide(request, &layers);
        match decision.effect {
            Verdict::Allow => break,
            Verdict::ExplicitDeny => {
                missing.push(denied(decision));
                break;
            }
            Verdict::ImplicitDeny => {}
        }
        missing.push(Missing::Allow {
            layer: decision.layer,
            levels: closed_levels(request, &layers, decision.layer),
        });
        match decision.layer {
            Layer::ServiceControl => layers.scps = None,
            Layer::ResourceControl => layers.rcps = None,
            Layer::VpcEndpoint => layers.endpoint = None,
            Layer::Boundary => layers.boundary = None,
            Layer::Session => layers.session = Some(&opened),
            Layer::Resource | Layer::Trust => layers.resource = Some(&resource),
            Layer::Identity => {
                layers.identity = &opened;
                layers.identity_exists = true;
            }
            Layer::AccountRoot | Layer::KeyGrant | Layer::Exempt => break,
        }
    }
    missing
}

fn denied(decision: Decision) -> Missing {
    Missing::Denied {
        layer: decision.layer,
        statement: decision.statement,
    }
}

/// The levels of an organization that do not allow by themselves.
fn closed_levels(request: &Request<'_>, layers: &Layers<'_>, layer: Layer) -> Vec<usize> {
    let levels = match layer {
        Layer::ServiceControl => layers.scps.unwrap_or(&[]),
        Layer::ResourceControl => layers.rcps.unwrap_or(&[]),
        _ => return Vec::new(),
    };
    let closed = |level: &&[&Policy]| {
        let one: Levels<'_> = &[level];
        let mut alone = *layers;
        match layer {
            Layer::ServiceControl => alone.scps = Some(one),
            _ => alone.rcps = Some(one),
        }
        let decision = decide(request, &alone);
        decision.effect == Verdict::ImplicitDeny && decision.layer == layer
    };
    levels
        .iter()
        .enumerate()
        .filter(|(_, level)| closed(level))
        .map(|(index, _)| index)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Context, Principal};

    fn policy(effect: &str, action: &str) -> Policy {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}}}"#
        );
        Policy::parse_and_compile(&text, DocumentKind::Identity, "p").unwrap()
    }

    #[test]
    fn every_layer_that_does_not_allow_is_told() {
        let bob = Principal::User {
            arn: "arn:aws:iam::111111111111:user/bob".into(),
            unique_id: "AIDABBBBBBBBBBBBBBBB".into(),
            account: "111111111111".into(),
        };
        let context = Context::new();
        let request = Request {
            principal: &bob,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::bucket/key",
            resource_account: Some("222222222222"),
            context: &context,
            resource_level: true,
        };
        let (all, other, deny) = (
            policy("Allow", "*"),
            policy("Allow", "ec2:*"),
            policy("Deny", "s3:*"),
        );
        let layers = Layers {
            identity: &[&other],
            identity_exists: true,
            boundary: Some(&other),
            scps: Some(&[&[&all], &[&other], &[]]),
            ..Layers::default()
        };
        let allow = |layer, levels: &[usize]| Missing::Allow {
            layer,
            levels: levels.to_vec(),
        };
        let expected = [
            allow(Layer::ServiceControl, &[1, 2]),
            allow(Layer::Identity, &[]),
            allow(Layer::Boundary, &[]),
            allow(Layer::Resource, &[]),
        ];
        assert_eq!(missing_for_allow(&request, &layers), expected);

        let layers = Layers {
            identity: &[&all, &deny],
            identity_exists: true,
            ..Layers::default()
        };
        let found = missing_for_allow(&request, &layers);
        assert!(matches!(
            &*found,
            [Missing::Denied {
                layer: Layer::Identity,
                ..
            }]
        ));

        let request = Request {
            resource_account: None,
            ..request
        };
        let layers = Layers {
            identity: &[&all],
            identity_exists: true,
            ..Layers::default()
        };
        assert_eq!(missing_for_allow(&request, &layers), []);
    }
}
