//! The corpus of `claviger policy bench` (docs/policy-bench.md), decided by other engines: `peers DIR [SECONDS]`.
//!
//! Each engine gets more than its users have: policies parsed, requests and contexts built, and the policies in play
//! picked out before the clock starts. An engine that knows fewer kinds of policies gets them combined here. Prints one
//! JSON object for each engine and workload; rates are a second of processor time.

mod awsim;
mod cedar;
mod corpus;
mod iam_rs_engine;

use anyhow::Context as _;
use corpus::Corpus;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use std::path::{Path, PathBuf};

/// How an engine answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Allow,
    ExplicitDeny,
    ImplicitDeny,
    /// A deny of an engine that does not tell the two kinds apart.
    Deny,
    /// The engine could not answer.
    Error,
}

impl Answer {
    fn is(self, expect: &str) -> bool {
        match self {
            Self::Allow => expect == "Allow",
            Self::ExplicitDeny => expect == "ExplicitDeny",
            Self::ImplicitDeny => expect == "ImplicitDeny",
            Self::Deny => expect != "Allow",
            Self::Error => false,
        }
    }
}

/// An engine with the requests of a workload, ready to be asked by number.
pub trait Engine {
    fn answer(&self, request: usize) -> Answer;
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let directory: PathBuf = arguments
        .next()
        .context("usage: peers DIR [SECONDS]")?
        .into();
    let seconds: f64 = arguments.next().map_or(Ok(2.0), |text| text.parse())?;
    for workload in ["small", "typical", "large"] {
        let directory = directory.join(workload);
        if directory.is_dir() {
            measure(workload, &directory, seconds)?;
        }
    }
    Ok(())
}

fn measure(workload: &str, directory: &Path, seconds: f64) -> anyhow::Result<()> {
    let corpus = Corpus::read(directory)?;
    report(
        workload,
        "awsim-iam-policy 0.8.0",
        &corpus,
        &awsim::Awsim::new(&corpus)?,
        seconds,
    );
    report(
        workload,
        "iam-rs 0.8.0",
        &corpus,
        &iam_rs_engine::IamRs::new(&corpus)?,
        seconds,
    );
    let cedar = cedar::Cedar::new(&corpus, directory)?;
    report(workload, "cedar-policy 4", &corpus, &cedar, seconds);
    Ok(())
}

fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Checks all answers once, then asks for as long as is wanted, three times; the middle rate counts.
fn report(workload: &str, engine: &str, corpus: &Corpus, asked: &dyn Engine, seconds: f64) {
    let requests = &corpus.requests;
    let wrong = (0..requests.len())
        .filter(|number| !asked.answer(*number).is(&requests[*number].expect))
        .count();
    let mut rates = [0.0; 3];
    for rate in &mut rates {
        let (begin, mut count) = (now(), 0);
        while now() - begin < seconds / 3.0 {
            for step in 0..64 {
                std::hint::black_box(asked.answer((count + step) % requests.len()));
            }
            count += 64;
        }
        *rate = count as f64 / (now() - begin);
    }
    rates.sort_unstable_by(f64::total_cmp);
    println!(
        "{}",
        json!({
            "workload": workload,
            "engine": engine,
            "requests": requests.len(),
            "wrong": wrong,
            "decisions_per_cpu_second": rates[1],
        })
    );
}
