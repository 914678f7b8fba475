//! How AWS words a denial ("Troubleshoot access denied error messages", IAM User Guide).

use crate::caller::Caller;
use policy::Decision;

/// The message of a denied call.
pub(crate) fn message(caller: &Caller, action: &str, resource: &str, decision: &Decision) -> String {
    let reason = decision.reason(action);
    format!("User: {} is not authorized to perform: {action} on resource: {resource} {reason}", caller.arn())
}
