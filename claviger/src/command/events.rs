//! `claviger events`: reads the trail's files, beside a running server or without one.

use crate::assemble::DataDirectory;
use anyhow::{Context, bail};
use audit::{Entry, Position, Reader};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// How long `--follow` waits before it looks whether anybody still listens.
const PATIENCE: Duration = Duration::from_secs(1);

/// Options of `claviger events`.
#[derive(Debug, clap::Args)]
pub(crate) struct Events {
    /// The server's data directory.
    #[arg(
        long,
        env = "CLAVIGER_DATA",
        default_value = "claviger-data",
        value_name = "DIR"
    )]
    data: PathBuf,
    /// Go on printing as new events come.
    #[arg(long, conflicts_with = "verify")]
    follow: bool,
    /// Start at the first event of this time or later, such as 2026-11-24T12:00:00Z.
    #[arg(long, value_name = "TIME", conflicts_with = "verify")]
    since: Option<jiff::Timestamp>,
    /// Start behind the newest event. With --follow: only what is new.
    #[arg(long, conflicts_with_all = ["verify", "since"])]
    new: bool,
    /// Walk the hash chain over all events instead of printing them. Exit code 1: the trail was changed.
    #[arg(long)]
    verify: bool,
}

impl Events {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let trail = DataDirectory::new(&self.data).trail();
        if !trail.is_dir() {
            bail!("{} holds no audit trail", self.data.display());
        }
        if self.verify {
            return verify(&trail);
        }
        let from = match self.since {
            Some(time) => Position::Time(time),
            None if self.new => Position::End,
            None => Position::Start,
        };
        let mut reader = Reader::open(&trail, from);
        loop {
            let entry = if self.follow {
                reader.follow(PATIENCE)?
            } else {
                reader.next().transpose()?
            };
            match entry {
                Some(entry) if !super::print(&line(&entry))? => return Ok(ExitCode::SUCCESS),
                Some(_) => {}
                None if self.follow => {}
                None => return Ok(ExitCode::SUCCESS),
            }
        }
    }
}

fn line(entry: &Entry) -> String {
    let mut line = String::from_utf8_lossy(&entry.payload).into_owned();
    line.push('\n');
    line
}

fn verify(trail: &Path) -> anyhow::Result<ExitCode> {
    let report = audit::verify(trail).context("cannot read the audit trail")?;
    let mut text = format!(
        "segments {}\nevents {}\nhead ",
        report.segments, report.records
    );
    for byte in report.head.hash {
        write!(text, "{byte:02x}")?;
    }
    text.push('\n');
    if report.torn_bytes > 0 {
        writeln!(
            text,
            "unfinished {} bytes at the end, which nobody was told of",
            report.torn_bytes
        )?;
    }
    match &report.damage {
        None => text.push_str("intact\n"),
        Some(damage) => writeln!(
            text,
            "DAMAGED {} at byte {}: event {}: {}",
            damage.path.display(),
            damage.offset,
            damage.sequence,
            damage.fault
        )?,
    }
    super::print(&text)?;
    Ok(if report.is_intact() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
