//! Processes that are measured: started on a free port, killed at the end.

use crate::request::once;
use anyhow::{Context, bail};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ticks of `/proc/PID/stat` in a second, on every Linux that is in use.
const TICKS: f64 = 100.0;
/// The longest wait for a server that starts.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From its start to its announcement.
    pub(crate) took: Duration,
}

impl Process {
    /// Starts the real server on a data directory. The log goes to a file, as a service's does.
    pub(crate) fn server(binary: &Path, data: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let ready = data.with_extension("ready");
        if ready.exists() {
            fs::remove_file(&ready)?;
        }
        let mut command = Command::new(binary);
        for (name, _) in std::env::vars() {
            if name.starts_with("CLAVIGER_") || name.starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data);
        command.arg("--ready-file").arg(&ready).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::File::create(data.with_extension("log"))?);
        let begin = Instant::now();
        let mut child = command
            .spawn()
            .with_context(|| format!("{} does not start", binary.display()))?;
        let endpoint = loop {
            if let Ok(endpoint) = fs::read_to_string(&ready) {
                break endpoint;
            }
            if let Some(status) = child.try_wait()? {
                bail!(
                    "the server ended with {status}: {}",
                    fs::read_to_string(data.with_extension("log"))?
                );
            }
            if begin.elapsed() > PATIENCE {
                child.kill()?;
                bail!("the server is not ready");
            }
            std::thread::sleep(Duration::from_micros(500));
        };
        let took = begin.elapsed();
        let address = endpoint.trim().trim_start_matches("http://").parse()?;
        Ok(Self {
            child,
            address,
            took,
        })
    }

    /// Starts the bare server: this program.
    pub(crate) fn bare() -> anyhow::Result<Self> {
        let begin = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .arg("bare")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        let address = line.trim().parse()?;
        Ok(Self {
            child,
            address,
            took: begin.elapsed(),
        })
    }

    /// Starts OpenBao's development server: everything in memory, one token that may do all.
    pub(crate) fn openbao(binary: &Path, folder: &Path, token: &str) -> anyhow::Result<Self> {
        // It cannot tell which free port it took.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(binary);
        for (name, _) in std::env::vars() {
            if name.starts_with("BAO_") || name.starts_with("VAULT_") {
                command.env_remove(name);
            }
        }
        command.args(["server", "-dev", "-dev-no-store-token", "-log-level=error"]);
        command.arg(format!("-dev-listen-address={address}"));
        command.arg(format!("-dev-root-token-id={token}"));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::File::create(folder.join("openbao.log"))?);
        let begin = Instant::now();
        let child = command
            .spawn()
            .with_context(|| format!("{} does not start", binary.display()))?;
        let mut process = Self {
            child,
            address,
            took: Duration::ZERO,
        };
        let health = format!("GET /v1/sys/health HTTP/1.1\r\nhost: {address}\r\n\r\n");
        while once(address, health.as_bytes()).is_err() {
            if let Some(status) = process.child.try_wait()? {
                bail!("OpenBao ended with {status}");
            }
            if begin.elapsed() > PATIENCE {
                bail!("OpenBao is not ready");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        process.took = begin.elapsed();
        Ok(process)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Memory that is in use, in MiB.
    pub(crate) fn resident(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }
}

/// Seconds of processor that a process has used.
pub(crate) fn processor(id: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // Behind the name, which may hold anything: state is field 3, utime and stime are 14 and 15.
    let (_, fields) = stat.rsplit_once(')').context("stat without a name")?;
    let mut times = fields.split_whitespace().skip(11);
    let mut tick =
        || -> anyhow::Result<f64> { Ok(times.next().context("stat is short")?.parse()?) };
    Ok((tick()? + tick()?) / TICKS)
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
