//! One decision for a small principal, in process.

use crate::Run;
use crate::table::{Table, median};
use anyhow::anyhow;
use policy::{Context, DocumentKind, Layers, Policy, Principal, Request, decide};
use std::hint::black_box;
use std::time::Instant;

/// Decisions in a second, on one core.
const RATE: f64 = 2e6;
const BATCH: u32 = 200_000;
const IDENTITY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": ["arn:aws:s3:::app-*", "arn:aws:s3:::app-*/*"]},
    {"Effect": "Allow", "Action": "iam:Get*", "Resource": "arn:aws:iam::*:user/${aws:username}"},
    {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;

pub(crate) fn measure(_: &Run, table: &mut Table) -> anyhow::Result<()> {
    let policy = Policy::parse_and_compile(IDENTITY, DocumentKind::Identity, "small")
        .map_err(|error| anyhow!("{error:?}"))?;
    let bob = Principal::User {
        arn: "arn:aws:iam::111122223333:user/bob".into(),
        unique_id: "AIDACKCEVSQ6C2EXAMPLE".into(),
        account: "111122223333".into(),
    };
    let mut context = Context::new();
    bob.set_keys(&mut context);
    context.set("aws:SecureTransport", "true");
    let request = Request {
        principal: &bob,
        action: "iam:GetUser",
        resource: "arn:aws:iam::111122223333:user/bob",
        resource_account: Some("111122223333"),
        context: &context,
        resource_level: true,
    };
    let layers = Layers {
        identity: &[&policy],
        identity_exists: true,
        ..Layers::default()
    };
    let mut times = Vec::new();
    for _ in 0..7 {
        let begin = Instant::now();
        for _ in 0..BATCH {
            let _ = black_box(decide(black_box(&request), black_box(&layers)));
        }
        times.push(begin.elapsed().as_secs_f64() / f64::from(BATCH));
    }
    let time = median(&mut times);
    table.budget(
        "decision, small principal, >= 2 M/s on one core",
        format!("{:.0} ns", time * 1e9),
        format!("{:.2} M/s", 1e-6 / time),
        None,
        time <= 1.0 / RATE,
    );
    Ok(())
}
