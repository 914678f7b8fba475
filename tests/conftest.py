"""Servers and accounts for tests."""

import json
import os
import subprocess
from pathlib import Path

import pytest

pytest.register_assert_rewrite("support")

from support.account import Account
from support.caller import Caller, Keys
from support.server import ROOT, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A developer's server in memory, for all tests that take accounts of their own."""
    # A busy machine may be slow to answer as an external key store.
    patience = {"CLAVIGER_XKS_TIMEOUT": "5000"}
    running = Server(tmp_path_factory.mktemp("server"), "--dev", "--ephemeral", variables=patience).start()
    yield running
    running.stop()


@pytest.fixture
def account(server):
    """A fresh account."""
    return Account(server.endpoint)


@pytest.fixture
def partner(server):
    """Another fresh account."""
    return Account(server.endpoint)


@pytest.fixture(scope="session")
def operator(server):
    """The administrator of the server's first account, who may make accounts."""
    return Caller(server.endpoint, Keys("test", "test"), "arn:aws:iam::000000000000:user/dev-administrator")


@pytest.fixture
def root(server, operator, account):
    """The root user of `account`."""
    answer = json.loads(
        server.command("account", "create", "--name", "of a test", "--id", account.id, keys=operator.keys)
    )
    keys = Keys(answer["accessKeyId"], answer["secretAccessKey"])
    return Caller(server.endpoint, keys, f"arn:aws:iam::{account.id}:root")


@pytest.fixture(scope="session")
def coverage():
    """What `cargo xtask coverage` says: by service, the operations that are served and those that are not."""
    if told := os.environ.get("CLAVIGER_COVERAGE"):
        return json.loads(Path(told).read_text())
    cargo = os.environ.get("CARGO", "cargo")
    command = [cargo, "xtask", "coverage", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
