//! `claviger policy bench`: how fast the policy engine decides a corpus, and whether it is right.

mod corpus;

use anyhow::Context as _;
use corpus::{Corpus, Policies, Question, Questions};
use policy::{Context, decide, explain, explain_near};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// The workloads that are looked for.
const WORKLOADS: [&str; 3] = ["small", "typical", "large"];
/// Decide a corpus of requests and measure it.
#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// The corpus: a directory with the directories small, typical and large, or some of them.
    directory: PathBuf,
    /// How often each figure is measured. The middle one counts.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// How many decisions a measurement has at least: the requests are decided in their order, again and again.
    #[arg(long, default_value_t = 200_000)]
    decisions: usize,
    /// Only these workloads.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Print one JSON object for each workload.
    #[arg(long)]
    json: bool,
}

/// What was measured of one workload. Rates are a second of processor time.
struct Figures {
    name: &'static str,
    requests: usize,
    wrong: usize,
    documents: usize,
    /// Seconds of processor time.
    compile: f64,
    /// With the context filled from texts for each decision.
    decisions: f64,
    /// With the contexts filled before.
    prepared: f64,
    /// With the statements about the action explained, from texts.
    near: f64,
    /// With every statement explained, from texts.
    explained: f64,
    /// Microseconds of one decision from texts.
    median: f64,
    p99: f64,
}

impl Bench {
    pub(crate) fn run(&self) -> anyhow::Result<ExitCode> {
        let mut wrong = 0;
        let mut measured = 0;
        for name in WORKLOADS {
            let directory = self.directory.join(name);
            let wanted = self.only.is_empty() || self.only.iter().any(|only| only == name);
            if !wanted || !directory.is_dir() {
                continue;
            }
            let figures = self.measure(name, &directory)?;
            wrong += figures.wrong;
            measured += 1;
            let text = if self.json {
                format!("{}\n", figures.json())
            } else {
                figures.table()?
            };
            crate::command::print(&text)?;
        }
        anyhow::ensure!(measured > 0, "no workload in {}", self.directory.display());
        Ok(ExitCode::from(u8::from(wrong > 0)))
    }

    fn measure(&self, name: &'static str, directory: &Path) -> anyhow::Result<Figures> {
        let corpus = Corpus::read(directory).with_context(|| name.to_owned())?;
        let documents = corpus.workload.documents();
        let compile = self.middle(|| {
            let begin = now();
            let policies = Policies::compile(&documents)?;
            let took = now() - begin;
            drop(policies);
            Ok(took)
        })?;
        let policies = Policies::compile(&documents)?;
        let levels = policies.levels(&corpus.workload)?;
        let trees = corpus::trees(&corpus.workload, &levels)?;
        let questions = Questions::new(&corpus, &policies, &trees)?;
        let wrong = wrong_answers(&questions);
        let rounds = self.decisions.div_ceil(questions.list.len().max(1));
        let (median, p99) = latencies(&questions, rounds);
        Ok(Figures {
            name,
            requests: questions.list.len(),
            wrong,
            documents: documents.len(),
            compile,
            decisions: self.middle(|| Ok(from_texts(&questions, rounds, decides)))?,
            prepared: self.middle(|| Ok(prepared(&questions, rounds)))?,
            near: self.middle(|| {
                Ok(from_texts(&questions, rounds, |question, context| {
                    black_box(Questions::ask(question, context, explain_near));
                }))
            })?,
            explained: self.middle(|| {
                Ok(from_texts(&questions, rounds, |question, context| {
                    black_box(Questions::ask(question, context, explain));
                }))
            })?,
            median,
            p99,
        })
    }

    fn middle(&self, mut figure: impl FnMut() -> anyhow::Result<f64>) -> anyhow::Result<f64> {
        let figures: anyhow::Result<Vec<f64>> = (0..self.runs.max(1)).map(|_| figure()).collect();
        let mut figures = figures?;
        figures.sort_unstable_by(f64::total_cmp);
        Ok(at(&figures, 0.5))
    }
}

/// Seconds of processor time that this thread has had.
fn now() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The figure at a share of a sorted list.
fn at(figures: &[f64], share: f64) -> f64 {
    let place = (figures.len() as f64 * share) as usize;
    let place = place.min(figures.len().saturating_sub(1));
    figures.get(place).copied().unwrap_or_default()
}

/// Checks every decision, and that the explanations decide the same.
fn wrong_answers(questions: &Questions<'_>) -> usize {
    let mut context = Context::new();
    let mut right = |question: &Question<'_>| {
        Questions::fill(question, &mut context);
        let decided = Questions::ask(question, &context, decide);
        let explained = Questions::ask(question, &context, explain);
        let near = Questions::ask(question, &context, explain_near);
        [decided, explained.decision, near.decision]
            .iter()
            .all(|decision| decision.effect == question.expect)
    };
    let list = questions.list.iter();
    list.map(|question| usize::from(!right(question))).sum()
}

fn decides(question: &Question<'_>, context: &Context) {
    let _ = black_box(Questions::ask(question, context, decide));
}

/// Decisions in a second when the whole list has been asked so often.
fn rate(questions: &Questions<'_>, rounds: usize, took: f64) -> f64 {
    (questions.list.len() * rounds) as f64 / took
}

/// Evaluations in a second when each begins with the texts of the corpus.
fn from_texts(
    questions: &Questions<'_>,
    rounds: usize,
    evaluate: impl Fn(&Question<'_>, &Context),
) -> f64 {
    let mut context = Context::new();
    let begin = now();
    for _ in 0..rounds {
        for question in &questions.list {
            Questions::fill(black_box(question), &mut context);
            evaluate(question, &context);
        }
    }
    rate(questions, rounds, now() - begin)
}

/// Decisions in a second when the contexts are there already.
fn prepared(questions: &Questions<'_>, rounds: usize) -> f64 {
    let contexts: Vec<Context> = questions
        .list
        .iter()
        .map(|question| {
            let mut context = Context::new();
            Questions::fill(question, &mut context);
            context
        })
        .collect();
    let begin = now();
    for _ in 0..rounds {
        for (question, context) in questions.list.iter().zip(&contexts) {
            decides(black_box(question), context);
        }
    }
    rate(questions, rounds, now() - begin)
}

/// Microseconds of single decisions from texts: the median, and what 99 of 100 stay below.
fn latencies(questions: &Questions<'_>, rounds: usize) -> (f64, f64) {
    let mut context = Context::new();
    let mut times = Vec::with_capacity(rounds * questions.list.len());
    for _ in 0..rounds {
        for question in &questions.list {
            let begin = Instant::now();
            Questions::fill(black_box(question), &mut context);
            decides(question, &context);
            times.push(begin.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    (at(&times, 0.5), at(&times, 0.99))
}

impl Figures {
    fn json(&self) -> serde_json::Value {
        json!({
            "workload": self.name,
            "requests": self.requests,
            "wrong": self.wrong,
            "documents": self.documents,
            "compile_cpu_seconds": self.compile,
            "decisions_per_cpu_second": self.decisions,
            "prepared_decisions_per_cpu_second": self.prepared,
            "near_explanations_per_cpu_second": self.near,
            "explanations_per_cpu_second": self.explained,
            "median_microseconds": self.median,
            "p99_microseconds": self.p99,
        })
    }

    fn table(&self) -> anyhow::Result<String> {
        let mut out = String::new();
        let right = self.requests - self.wrong;
        writeln!(
            out,
            "{}: {right} of {} answers are right",
            self.name, self.requests
        )?;
        for (what, rate) in [
            ("decisions", self.decisions),
            ("decisions, context prepared", self.prepared),
            ("decisions, action's statements explained", self.near),
            ("decisions, all statements explained", self.explained),
        ] {
            writeln!(out, "  {what:<44} {rate:>12.0} /CPU s")?;
        }
        let (median, p99) = (self.median, self.p99);
        writeln!(
            out,
            "  {:<44} {median:>6.2} / {p99:.2} us",
            "one decision, median / p99"
        )?;
        let each = self.compile / self.documents.max(1) as f64;
        writeln!(
            out,
            "  {:<44} {:>12.3} CPU s ({:.1} us each)",
            format!("{} documents parsed and compiled", self.documents),
            self.compile,
            each * 1e6
        )?;
        Ok(out)
    }
}
