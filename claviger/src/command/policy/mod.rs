//! `claviger policy`: decisions and checks without a server.

mod bench;
mod caller;
mod check;
mod evaluate;
mod explanation;
mod members;
mod question;
mod reindent;
mod sarif;
mod scenario;

use std::process::ExitCode;

/// Commands of `claviger policy`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Policy {
    /// Decide requests: scenarios as JSON lines in, decisions as JSON lines out.
    ///
    /// A scenario is one line:
    ///
    ///   {"id": ..., "request": {"principal": ARN, service or {"type": "anonymous"}, "action": ...,
    ///   "resource": ..., "resource_account": ..., "context": {KEY: VALUE or [VALUES]},
    ///   "context_is_complete": BOOL, "resource_level_action": BOOL}, "identity_policies": [DOCUMENT],
    ///   "scps": [[DOCUMENT] for each level, root first], "rcps": as scps, "resource_policy": DOCUMENT,
    ///   "permission_boundary": DOCUMENT, "session_policy": DOCUMENT, "vpc_endpoint_policy": DOCUMENT}
    ///
    /// and its answer is {"id", "decision": "Allow", "ExplicitDeny" or "ImplicitDeny", "layer",
    /// "statements"}. A scenario that is wrong is answered by {"id", "line", "error"}, and the
    /// others go on; where only a document is such as AWS does not store, and the request is denied
    /// all the same, the decision stands there too.
    ///
    /// What is left out does not take part. The resource's account is by default that in its ARN,
    /// else the caller's; whether the action has resources is by default as AWS lists it. Unless
    /// the context is complete, the keys that follow from principal and resource are added:
    /// aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType, aws:PrincipalIsAWSService,
    /// aws:PrincipalServiceName, aws:SourceAccount, aws:username and aws:ResourceAccount.
    ///
    /// The resource_policy of a role is its trust policy for actions of STS, that of a KMS key must
    /// allow as AWS's keys need it, and any other is a resource's policy.
    #[command(verbatim_doc_comment)]
    Evaluate(evaluate::Evaluate),
    /// Check policy documents: grammar, actions, resources, condition keys, and wide grants.
    ///
    /// Exit code 1: a document has an error. Warnings and suggestions leave it at 0.
    Check(check::Check),
    /// Decide a corpus of requests, check every answer, and measure the speed.
    ///
    /// The directory holds the directories small, typical and large, or some of them, each with
    /// workload.json and requests.jsonl (docs/policy-bench.md). Exit code 1: an answer is wrong.
    Bench(bench::Bench),
}

impl Policy {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Evaluate(evaluate) => evaluate.run(),
            Self::Check(check) => check.run(),
            Self::Bench(bench) => bench.run(),
        }
    }
}
