//! The seed file: accounts, users, groups, roles, policies and keys that a server starts with.
//!
//! A file is read, checked against itself and the store, and done by the operations of the
//! APIs, each planned, decided, committed and recorded like any call. What is as the file
//! says is left alone, and what the file does not name is never taken away.

mod apply;
mod check;
mod document;
mod node;
mod operation;
mod problem;
mod read;
mod read_key;
mod reader;
mod records;
mod spec;

use anyhow::{Context, bail};
use apply::{Applier, NewKey, Stop};
use kernel::Kernel;
use problem::{Problem, Shown};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use zeroize::Zeroizing;

/// The largest file, in bytes.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// A file that cannot be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SeedError {
    /// It is wrong. Nothing was written.
    #[error("the seed file {file} is wrong, and nothing of it was done\n\n{report}")]
    Wrong { file: String, report: String },
    /// An operation was refused on the way.
    #[error(
        "the seed file {file} was not done to its end: {changes} changes were made before this\n\n{report}"
    )]
    Refused {
        file: String,
        changes: usize,
        report: String,
    },
}

/// Brings the store to what the seed file says. Durable when it returns. With `dev` access
/// keys may have short ids and secrets. Where `stopping` becomes true the rest is left, between
/// two operations: none is halved.
///
/// # Errors
/// The file cannot be read, or is wrong ([`SeedError`]).
pub(crate) async fn apply(
    kernel: &Kernel,
    file: &Path,
    dev: bool,
    stopping: &AtomicBool,
) -> anyhow::Result<()> {
    let text =
        contents(file).with_context(|| format!("cannot read the seed file {}", file.display()))?;
    let wrong = |shown: &Shown, problems: &[Problem]| SeedError::Wrong {
        file: file.display().to_string(),
        report: shown.render(problems),
    };
    let root = match node::parse(&text) {
        Ok(root) => root,
        Err(problem) => bail!(wrong(&Shown::new(file, &text, None), &[problem])),
    };
    let shown = Shown::new(file, &text, Some(&root));
    let (seed, mut problems) = read::seed(&root, &text, &|name| std::env::var(name).ok());
    if seed.literal_secrets && !dev && readable_by_others(file) {
        let file = file.display();
        tracing::warn!(%file, "the seed file holds secrets, and others than its owner can read it");
    }
    let (checked, more) = check::check(seed, &text, kernel.host(), dev)?;
    problems.extend(more);
    if problems.iter().any(|problem| !problem.warning) {
        bail!(wrong(&shown, &problems));
    }
    if !problems.is_empty() {
        write!(std::io::stderr().lock(), "{}", shown.render(&problems))?;
    }
    let mut applier = Applier::new(kernel, stopping);
    let outcome = applier.run(&checked).await;
    // Also where the rest failed: their secrets are shown now or never.
    show(&applier.new_keys)?;
    match outcome {
        Ok(()) => {
            tracing::info!(file = %file.display(), changes = applier.changes, "the seed file is done");
            Ok(())
        }
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Asked) => {
            tracing::warn!(file = %file.display(), changes = applier.changes, "stopped before the seed file was done");
            Ok(())
        }
        Err(Stop::Refused(problem)) => bail!(SeedError::Refused {
            file: file.display().to_string(),
            changes: applier.changes,
            report: shown.render(&[problem]),
        }),
    }
}

fn contents(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    // Asked before it is opened: opening a pipe waits for its other end.
    let found = std::fs::metadata(file)?;
    if !found.is_file() {
        bail!("it is no regular file");
    }
    // With room for all: a buffer that grows leaves copies of secrets behind.
    let room = usize::try_from(found.len().min(MAX_FILE) + 1)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    // A file can be longer than it says it is.
    std::fs::File::open(file)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        bail!("it has more than {MAX_FILE} bytes");
    }
    let text = std::str::from_utf8(&bytes).context("it is not UTF-8")?;
    // A byte order mark is no part of the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(Zeroizing::new(text.to_owned()))
}

fn readable_by_others(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// Shows keys that the server made, once.
fn show(keys: &[NewKey]) -> std::io::Result<()> {
    let mut out = String::new();
    for key in keys {
        let _ = writeln!(
            out,
            "access key of user {} in account {}, shown once:",
            key.user, key.account
        );
        let _ = writeln!(out, "  AWS_ACCESS_KEY_ID={}", key.id);
        let _ = writeln!(out, "  AWS_SECRET_ACCESS_KEY={}", key.secret.expose());
    }
    std::io::stdout()
        .lock()
        .write_all(Zeroizing::new(out).as_bytes())
}
