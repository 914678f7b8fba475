//! The global condition keys of a call ("AWS global condition context keys", IAM User Guide).
//!
//! Only facts of the server stand here: nothing that a request says about itself
//! can set an `aws:` key, except tags in `aws:RequestTag/...` and `aws:TagKeys`.

use crate::call::Call;
use crate::caller::Identity;
use crate::plan::{Check, KeyValue};
use jiff::Timestamp;
use policy::Context;

/// About as many keys as every call has.
const KEYS: usize = 20;

/// The context of one check.
pub(crate) fn of(call: &Call, check: &Check) -> Context {
    let mut context = Context::with_capacity(KEYS + check.keys.len());
    principal(call, &mut context);
    session(call, &mut context);
    request(call, &mut context);
    let owner = check.resource_account.unwrap_or(call.caller.account);
    context.set("aws:ResourceAccount", owner.as_str());
    for (name, value) in &check.keys {
        match value {
            KeyValue::One(value) => context.set(name, value.as_str()),
            KeyValue::Many(values) => context.set_many(name, values.iter().map(String::as_str)),
        };
    }
    context
}

/// `2026-11-24T12:00:00Z`
fn seconds(time: Timestamp) -> String {
    let whole = Timestamp::from_second(time.as_second());
    whole.unwrap_or(time).to_string()
}

fn principal(call: &Call, context: &mut Context) {
    let caller = &call.caller;
    let kind = match &caller.identity {
        Identity::Service { source, .. } => return service(call, source.as_deref(), context),
        Identity::Root => "Account",
        Identity::User(_) => "User",
        Identity::Role { .. } => "AssumedRole",
        Identity::Federated { .. } => "FederatedUser",
    };
    // For a role session the ARN is the role's ("aws:PrincipalArn").
    let arn = match &caller.identity {
        Identity::Role { role, .. } => role.arn.to_string(),
        _ => caller.arn(),
    };
    context.set("aws:PrincipalArn", arn);
    context.set("aws:PrincipalAccount", caller.account.as_str());
    context.set("aws:PrincipalType", kind);
    context.set("aws:PrincipalIsAWSService", "false");
    context.set("aws:userid", caller.user_id());
    if let Some(name) = caller.user_name() {
        context.set("aws:username", name);
    }
    for (key, value) in caller.principal_tags() {
        context.set(&format!("aws:PrincipalTag/{key}"), value);
    }
}

/// A service that acts for itself, and the resource for which it does.
fn service(call: &Call, source: Option<&str>, context: &mut Context) {
    // The engine knows what follows from a principal alone, for a service its name and `aws:SourceAccount` too.
    call.caller.principal.set_keys(context);
    if let Some(source) = source {
        context.set("aws:SourceArn", source);
    }
}

fn session(call: &Call, context: &mut Context) {
    // Long-term credentials have none of these keys: `Bool` does not match then, `BoolIfExists` does.
    let Some(session) = call.caller.session.as_deref() else {
        return;
    };
    context.set("aws:TokenIssueTime", seconds(session.issued));
    context.set(
        "aws:MultiFactorAuthPresent",
        if session.mfa.is_some() {
            "true"
        } else {
            "false"
        },
    );
    if let Some(shown) = session.mfa {
        let age = call
            .now
            .as_second()
            .saturating_sub(shown.as_second())
            .max(0);
        context.set("aws:MultiFactorAuthAge", age.to_string());
    }
    if let Some(source) = &session.source_identity {
        context.set("aws:SourceIdentity", source.as_str());
    }
    if let Some(provider) = &session.federated_provider {
        context.set("aws:FederatedProvider", provider.as_str());
    }
}

fn request(call: &Call, context: &mut Context) {
    via(call, context);
    context.set(
        "aws:SecureTransport",
        if call.origin.tls.is_some() || call.is_of_server() {
            "true"
        } else {
            "false"
        },
    );
    context.set("aws:CurrentTime", seconds(call.now));
    context.set("aws:EpochTime", call.now.as_second().to_string());
    // A global service is called in the one region of its endpoint, whatever region the
    // caller signs for: otherwise the caller would choose the key's value ("aws:RequestedRegion").
    let region = if call.operation.service.global {
        call.caller.partition.global_region()
    } else {
        call.region.as_str()
    };
    context.set("aws:RequestedRegion", region);
}

/// From where the call comes: from its caller, or from the service that calls for it, which has no
/// address in the caller's network ("Forward access sessions", on `aws:SourceIp`).
fn via(call: &Call, context: &mut Context) {
    let (Some(first), Some(last)) = (call.via.first(), call.via.last()) else {
        context.set("aws:ViaAWSService", "false");
        if let Identity::Service { name, .. } = &call.caller.identity {
            context.set("aws:UserAgent", &**name);
            return;
        }
        context.set(
            "aws:SourceIp",
            call.origin.source_ip.to_canonical().to_string(),
        );
        context.set("aws:UserAgent", call.origin.user_agent.as_str());
        return;
    };
    context.set("aws:ViaAWSService", "true");
    context.set_many("aws:CalledVia", call.via.iter().map(|service| &**service));
    context.set("aws:CalledViaFirst", &**first);
    context.set("aws:CalledViaLast", &**last);
    context.set("aws:UserAgent", &**last);
}
