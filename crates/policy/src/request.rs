//! One question to the policies: who wants to do what with which resource, under which conditions.

use crate::action::Asked;
use crate::arn_match::Target;
use crate::context::Context;
use crate::principal::Principal;

/// One action on one resource. Calls that touch several resources are one request each.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// The action, such as `iam:CreateUser`.
    pub action: &'a str,
    /// The resource's ARN, or `*`.
    pub resource: &'a str,
    /// The account that owns the resource; `None` means the caller's own.
    pub resource_account: Option<&'a str>,
    /// The condition keys.
    pub context: &'a Context,
    /// Whether the action has resource types. One that has none is asked for `*`, whatever `resource` says.
    pub resource_level: bool,
}

impl Request<'_> {
    /// Whether caller and resource belong to different accounts. Callers that belong to no account never cross.
    #[must_use]
    pub fn is_cross_account(&self) -> bool {
        match (self.principal.account(), self.resource_account) {
            (Some(own), Some(other)) => own != other,
            _ => false,
        }
    }
}

/// A request with what is worked out once.
pub(crate) struct Facts<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) action: Asked,
    pub(crate) resource: Target<'a>,
    /// The caller has a permissions boundary.
    pub(crate) has_boundary: bool,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(request: &'a Request<'a>, has_boundary: bool) -> Self {
        let resource = if request.resource_level {
            Target::read(request.resource)
        } else {
            Target::Everything
        };
        Self {
            request,
            action: Asked::new(request.action),
            resource,
            has_boundary,
        }
    }
}
