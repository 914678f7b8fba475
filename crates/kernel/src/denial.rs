//! How AWS words a denial ("Troubleshoot access denied error messages", IAM User
//! Guide), and the sealed account of it that `DecodeAuthorizationMessage` opens.
//!
//! What a caller reads says little; what stands in the sealed message is for whoever
//! may call `sts:DecodeAuthorizationMessage` in the caller's account. What belongs to
//! another account stands in neither.

use crate::authorize;
use crate::call::Call;
use crate::caller::Caller;
use crate::plan::Check;
use arn::AccountId;
use crypto::TokenSealer;
use jiff::{SignedDuration, Timestamp};
use policy::{Decision, Effect, Explanation, Layer, Request, ResourceRule, Values, Verdict};
use serde_json::{Value, json};

/// The response header that carries the sealed message of a denied call.
pub(crate) const HEADER: &str = "x-claviger-encoded-authorization-message";
/// The message's size, in bytes before sealing, above which conditions and statements
/// are left out: some proxies take 4 KiB of headers.
const MAX_MESSAGE: usize = 2_800;
/// How long a sealed message can be opened.
const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The message of a denied call.
pub(crate) fn message(caller: &Caller, check: &Check, decision: &Decision) -> String {
    let (action, resource) = (check.action, &check.resource);
    let text = format!(
        "User: {} is not authorized to perform: {action} on resource: {resource}",
        caller.arn()
    );
    if hides_reason(check, decision) {
        text
    } else {
        format!("{text} {}", decision.reason(action))
    }
}

/// AWS gives no reason where a role cannot be assumed: it would tell a role that
/// refuses from one that does not exist. Denies that no role has part in are told.
fn hides_reason(check: &Check, decision: &Decision) -> bool {
    check.rule == ResourceRule::Trust
        && (decision.effect != Verdict::ExplicitDeny
            || matches!(decision.layer, Layer::Trust | Layer::Resource))
}

/// Seals why a check was denied, for the caller's account. `None` where the server cannot.
pub(crate) fn seal(call: &Call, check: &Check) -> Option<String> {
    let foreign = check
        .resource_account
        .is_some_and(|owner| owner != call.caller.account);
    let message = authorize::evaluate(call, check, |request, layers| {
        describe(
            &call.caller,
            request,
            &policy::explain(request, layers),
            foreign,
        )
    });
    let dated = format!("{} {message}", call.now.as_second());
    sealer(call)
        .seal(
            &purpose(&call.caller.account),
            dated.as_bytes(),
            call.host().random.as_ref(),
        )
        .ok()
}

/// Opens the sealed message of a denial in the caller's account. `None` for what was
/// not sealed here, for another account's, and for one that is older than seven days.
#[must_use]
pub fn decode_message(call: &Call, encoded: &str) -> Option<String> {
    let opened = sealer(call)
        .open(&purpose(&call.caller.account), encoded)
        .ok()?;
    let (sealed, message) = std::str::from_utf8(opened.expose()).ok()?.split_once(' ')?;
    let sealed = Timestamp::from_second(sealed.parse().ok()?).ok()?;
    (call.now.duration_since(sealed) <= LIFETIME).then(|| message.to_owned())
}

fn sealer(call: &Call) -> TokenSealer {
    call.host().keyring.token_sealer("kernel.denial")
}

fn purpose(account: &AccountId) -> [&[u8]; 2] {
    [
        b"claviger authorization message 1",
        account.as_str().as_bytes(),
    ]
}

/// The decision in the form of AWS's decoded messages. `foreign`: the resource
/// belongs to another account, whose policies and tags stay out.
fn describe(
    caller: &Caller,
    request: &Request<'_>,
    explanation: &Explanation,
    foreign: bool,
) -> String {
    let of_owner = |layer: Layer| {
        matches!(
            layer,
            Layer::Resource | Layer::Trust | Layer::ResourceControl
        )
    };
    let hidden = |layer: Layer| foreign && of_owner(layer);
    let decision = &explanation.decision;
    let mut statements: Vec<Value> = explanation
        .matched()
        .filter(|(policy, _)| !hidden(policy.layer))
        .map(|(policy, statement)| {
            let effect = if statement.effect == Effect::Deny { "DENY" } else { "ALLOW" };
            json!({ "statementId": statement.sid.as_deref().unwrap_or_default(), "effect": effect, "policy": &*policy.name })
        })
        .collect();
    let mut conditions: Vec<Value> = request
        .context
        .iter()
        .filter(|(key, _)| !(foreign && key.contains("resourcetag/")))
        .map(|(key, values)| json!({ "key": key, "values": { "items": items(&values) } }))
        .collect();
    loop {
        let message = json!({
            "allowed": false,
            "explicitDeny": decision.effect == Verdict::ExplicitDeny && !hidden(decision.layer),
            "matchedStatements": { "items": statements },
            "failures": { "items": [] },
            "context": {
                "principal": { "id": caller.user_id(), "arn": caller.arn() },
                "action": request.action,
                "resource": request.resource,
                "conditions": { "items": conditions },
            },
        })
        .to_string();
        if message.len() <= MAX_MESSAGE || conditions.pop().or_else(|| statements.pop()).is_none() {
            return message;
        }
    }
}

fn items(values: &Values) -> Vec<Value> {
    let item = |value: &str| json!({ "value": value });
    match values {
        Values::One(value) => vec![item(value)],
        Values::Many(values) => values.iter().map(|value| item(value)).collect(),
    }
}
