"""A Claviger server for tests, on a free port, gone when the test is."""

import os
import pathlib
import signal
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("CLAVIGER_BINARY", ROOT / "target/debug/claviger"))
START_SECONDS = 20
STOP_SECONDS = 20


def environment(**more):
    """The environment of a process that must not see the credentials of whoever runs the tests."""
    mine = ("AWS_", "CLAVIGER_", "CARGO_")
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith(mine)}
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        clean.pop(name, None)
    return clean | {"AWS_EC2_METADATA_DISABLED": "true"} | more


class Server:
    """One running server. `arguments` are those of `claviger serve`, without the address."""

    def __init__(self, folder, *arguments, address="127.0.0.1:0", variables=None):
        self.folder = pathlib.Path(folder)
        self.arguments = arguments
        self.address = address
        self.variables = variables or {}
        self.process = None
        self.endpoint = None

    def start(self):
        """Starts the server and waits until it answers."""
        assert BINARY.exists(), f"{BINARY} is not built: cargo build -p claviger"
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        command = [BINARY, "serve", "--listen", self.address, "--ready-file", ready, *self.arguments]
        variables = environment(**self.variables)
        with open(self.folder / "out", "wb") as out, open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(command, cwd=self.folder, env=variables, stdout=out, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            assert self.process.poll() is None, f"the server ended at its start:\n{self.log()}"
            assert time.monotonic() < deadline, f"the server is not ready:\n{self.log()}"
            time.sleep(0.01)
        self.endpoint = ready.read_text().strip()
        return self

    def stop(self):
        """Asks the server to stop, and proves that it stops in peace."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        assert code == 0, f"the server ended with {code}:\n{self.log()}"

    def kill(self):
        """Ends the server as a power cut would."""
        self.process.kill()
        self.process.wait()

    def banner(self):
        """What the server has written to standard output."""
        return (self.folder / "out").read_text()

    def log(self):
        """What the server has logged."""
        return (self.folder / "log").read_text()

    def page(self, path, method="GET"):
        """The body of one of the server's own pages."""
        request = urllib.request.Request(f"{self.endpoint}/_claviger/{path}", method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read().decode()

    def command(self, *arguments, keys=None):
        """Runs a command of the binary and returns its standard output."""
        variables = {}
        if keys is not None:
            variables = {"AWS_ACCESS_KEY_ID": keys.id, "AWS_SECRET_ACCESS_KEY": keys.secret}
        done = subprocess.run(
            [BINARY, *arguments],
            cwd=self.folder,
            env=environment(AWS_ENDPOINT_URL=self.endpoint or "", **variables),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
