//! Starts the real binary and talks to it over plain sockets.

#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod caller;
pub(crate) mod consistency;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything here should take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The binary that was built for the tests, or the one that `BINARY` names, without the
/// environment's settings. Long runs want a release build.
pub(crate) fn claviger() -> Command {
    let built = env!("CARGO_BIN_EXE_claviger");
    let binary = std::env::var("BINARY").unwrap_or_else(|_| built.to_owned());
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars() {
        if name.starts_with("CLAVIGER_") || name.starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    claviger().args(arguments).output().unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A server that is killed when the test ends.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    pub(crate) endpoint: String,
    pub(crate) address: String,
    child: Child,
}

impl Server {
    /// Starts `claviger serve` on a free port.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments, &[])
    }

    /// As [`Self::start`], with `data` of a folder as its data directory and more environment.
    pub(crate) fn start_in(
        folder: TempDir,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let ready = folder.path().join("ready");
        let _ = std::fs::remove_file(&ready);
        let log = std::fs::File::create(folder.path().join("stderr")).unwrap();
        let out = std::fs::File::create(folder.path().join("stdout")).unwrap();
        let mut child = claviger()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .arg("--data")
            .arg(folder.path().join("data"))
            .arg("--ready-file")
            .arg(&ready)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdout(out)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while !ready.exists() {
            if let Some(status) = child.try_wait().unwrap() {
                let log = std::fs::read_to_string(folder.path().join("stderr")).unwrap();
                panic!("the server ended with {status}: {log}");
            }
            assert!(start.elapsed() < PATIENCE, "the server is not ready");
            std::thread::sleep(Duration::from_millis(5));
        }
        let endpoint = std::fs::read_to_string(&ready).unwrap().trim().to_owned();
        let address = endpoint.split("//").nth(1).unwrap().to_owned();
        Self {
            folder,
            endpoint,
            address,
            child,
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn banner(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stdout")).unwrap()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr")).unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends one request as it stands and reads the answer to its end.
    pub(crate) fn raw(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        read_all(&mut stream)
    }

    /// Sends a request that closes its connection.
    pub(crate) fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}",
            self.address
        );
        self.raw(request.as_bytes())
    }

    /// Sends a signal: `TERM`, `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits until the process has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "the server does not stop");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops the server well and gives its folder, for another one.
    pub(crate) fn stop(mut self) -> TempDir {
        self.signal("TERM");
        assert!(self.wait().success());
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// Kills the server and gives its folder.
    pub(crate) fn kill(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// The key that the banner shows.
    pub(crate) fn root_key(&self) -> Option<(String, String)> {
        let banner = self.banner();
        let value = |name: &str| {
            let line = banner.lines().find(|line| line.contains(name))?;
            line.split_once(&format!("{name}="))
                .map(|(_, value)| value.to_owned())
        };
        Some((value("AWS_ACCESS_KEY_ID")?, value("AWS_SECRET_ACCESS_KEY")?))
    }

    /// Runs `claviger account ...` against the server with a key.
    pub(crate) fn account(&self, key: (&str, &str), arguments: &[&str]) -> Output {
        claviger()
            .arg("account")
            .args(arguments)
            .args(["--endpoint", &self.endpoint])
            .env("AWS_ACCESS_KEY_ID", key.0)
            .env("AWS_SECRET_ACCESS_KEY", key.1)
            .output()
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn read_all(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
