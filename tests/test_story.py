"""The story of the README with the AWS CLI: a fresh data directory, the root key of the banner, people and what they may."""

import configparser
import json
import re
import subprocess
import sys

import pytest

from support.account import Account
from support.caller import Caller, Keys
from support.policies import allow, document, trust
from support.server import ROOT, Server, environment

ALICE_DENIED = (
    "An error occurred (AccessDenied) when calling the ListUsers operation: User: arn:aws:iam::{account}:user/alice is "
    "not authorized to perform: iam:ListUsers on resource: arn:aws:iam::{account}:user/ because no identity-based policy "
    "allows the iam:ListUsers action"
)
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


class Shell:
    """A terminal with the AWS CLI, a credentials file of its own, and the variables of the banner."""

    def __init__(self, folder, server):
        banner = server.banner()
        found = dict(re.findall(r"export (\w+)=(\S+)", banner))
        assert found["AWS_ENDPOINT_URL"] == server.endpoint
        self.root = found
        self.account = re.search(r"account +(\d{12})", banner).group(1)
        self.server = server
        self.profiles = folder / "credentials"

    def run(self, *words, profile=None):
        """Runs `aws ...`. Gives (exit code, standard output, standard error)."""
        variables = {
            "AWS_ENDPOINT_URL": self.server.endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_SHARED_CREDENTIALS_FILE": str(self.profiles),
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_PAGER": "",
        }
        if profile is None:
            variables |= {name: self.root[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
            chosen = []
        else:
            chosen = ["--profile", profile]
        command = [sys.executable, "-m", "awscli", *chosen, *words, "--output", "json"]
        done = subprocess.run(
            command, env=environment(**variables), capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def aws(self, *words, profile=None):
        """Runs `aws ...`, which must succeed. Gives its answer."""
        code, out, error = self.run(*words, profile=profile)
        assert code == 0, error
        return json.loads(out) if out.strip() else None

    def fails(self, *words, profile=None):
        """Runs `aws ...`, which must fail. Gives what it says."""
        code, out, error = self.run(*words, profile=profile)
        assert code == 255 and not out
        return error.strip()

    def remember(self, name, credentials):
        """Writes credentials into a profile."""
        profiles = configparser.RawConfigParser()
        profiles.read(self.profiles)
        profiles[name] = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
        }
        if "SessionToken" in credentials:
            profiles[name]["aws_session_token"] = credentials["SessionToken"]
        with open(self.profiles, "w", encoding="utf-8") as file:
            profiles.write(file)


@pytest.fixture
def durable(tmp_path):
    """A server as people run it, with its data on disk."""
    server = Server(tmp_path, "--data", str(tmp_path / "data"))
    yield server.start()
    server.stop()


def test_what_a_user_does(durable, tmp_path):
    shell = Shell(tmp_path, durable)
    account = shell.account

    # The root user of the banner.
    who = shell.aws("sts", "get-caller-identity")
    assert who == {"UserId": account, "Account": account, "Arn": f"arn:aws:iam::{account}:root"}
    user = shell.aws("iam", "create-user", "--user-name", "alice")["User"]
    assert user["UserId"].startswith("AIDA")
    key = shell.aws("iam", "create-access-key", "--user-name", "alice")["AccessKey"]
    shell.remember("alice", key)

    # AccessDenied, until a policy allows it.
    assert shell.fails("iam", "list-users", profile="alice").endswith(ALICE_DENIED.format(account=account))
    shell.aws("iam", "attach-user-policy", "--user-name", "alice", "--policy-arn", READ_ONLY)
    listed = shell.aws("iam", "list-users", profile="alice")["Users"]
    assert [listed["Arn"] for listed in listed] == [user["Arn"]]
    assert "iam:CreateUser" in shell.fails("iam", "create-user", "--user-name", "bob", profile="alice")

    # A role, assumed.
    role = ("--role-name", "deploy")
    trusting = document(trust(user["Arn"]))
    made = shell.aws("iam", "create-role", *role, "--assume-role-policy-document", trusting)["Role"]
    own = document(allow("iam:CreateUser", f"arn:aws:iam::{account}:user/by-role/*"))
    shell.aws("iam", "put-role-policy", *role, "--policy-name", "making", "--policy-document", own)
    session = ("sts", "assume-role", "--role-arn", made["Arn"], "--role-session-name", "night")
    assumed = shell.aws(*session, profile="alice")
    shell.remember("night", assumed["Credentials"])
    who = shell.aws("sts", "get-caller-identity", profile="night")
    assert who["Arn"] == f"arn:aws:sts::{account}:assumed-role/deploy/night"
    shell.aws("iam", "create-user", "--user-name", "bob", "--path", "/by-role/", profile="night")
    assert "iam:CreateUser" in shell.fails("iam", "create-user", "--user-name", "carol", profile="night")
    assert "iam:ListUsers" in shell.fails("iam", "list-users", profile="night")

    # Everything is there after a stop and after a power cut, and the root key is shown once.
    durable.stop()
    durable.start()
    assert "AWS_SECRET_ACCESS_KEY" not in durable.banner()
    assert len(shell.aws("iam", "list-users", profile="alice")["Users"]) == 2
    shell.aws("iam", "delete-user", "--user-name", "bob")
    durable.kill()
    durable.start()
    assert len(shell.aws("iam", "list-users", profile="alice")["Users"]) == 1
    assert shell.aws("sts", "get-caller-identity", profile="night")["Arn"] == who["Arn"]

    # The end of the key is the end of alice's calls.
    key_of_alice = ("--user-name", "alice", "--access-key-id", key["AccessKeyId"])
    shell.aws("iam", "update-access-key", *key_of_alice, "--status", "Inactive")
    refused = shell.fails("iam", "list-users", profile="alice")
    assert refused.endswith(
        "An error occurred (InvalidClientTokenId) when calling the ListUsers operation: "
        "The security token included in the request is invalid."
    )
    trail(durable, account)


def trail(server, account):
    """The audit trail has what was done and what was denied, and no secret."""
    text = server.command("events", "--data", str(server.folder / "data"))
    events = [json.loads(line) for line in text.splitlines()]
    calls = [(event["eventName"], event.get("errorCode")) for event in events]
    for expected in (("CreateUser", None), ("ListUsers", "AccessDenied"), ("AssumeRole", None)):
        assert expected in calls
    denied = next(event for event in events if event.get("errorCode") == "AccessDenied")
    assert denied["eventVersion"] == "1.11"
    assert denied["userIdentity"]["arn"] == f"arn:aws:iam::{account}:user/alice"
    secrets = re.findall(r'"(?:secretAccessKey|sessionToken)": ?"([^"]*)"', text)
    assert all(secret.startswith("HIDDEN") or not secret for secret in secrets), secrets
    server.command("events", "--verify", "--data", str(server.folder / "data"))


def test_the_server_says_that_it_denies(durable):
    assert re.search(r"enforcement +strict", durable.banner())


def test_a_reset_leaves_only_the_administrator(tmp_path):
    server = Server(tmp_path, "--dev", "--ephemeral", "--account", "123456789012").start()
    try:
        administrator = Caller(server.endpoint, Keys("test", "test"), "arn:aws:iam::123456789012:user/dev-administrator")
        administrator.call("iam:CreateUser", UserName="alice")
        server.page("reset", "POST")
        assert administrator.call("iam:ListUsers")["Users"] == []
        administrator.call("iam:CreateUser", UserName="alice")
    finally:
        server.stop()


def test_soft_enforcement_answers_and_says_what_it_would_deny(tmp_path):
    server = Server(tmp_path, "--dev", "--ephemeral", "--enforce", "soft").start()
    try:
        assert "SOFT ENFORCEMENT" in server.banner()
        account = Account(server.endpoint)
        alice = account.user("alice")
        alice.call("iam:ListUsers")
    finally:
        server.stop()
    assert "would deny" in server.log()
    assert f"{alice.arn} is not authorized to perform: iam:ListUsers" in server.log()


@pytest.mark.parametrize("arguments", [["--dev"], ["--enforce", "soft"]])
def test_what_is_for_one_machine_is_refused_on_others(tmp_path, arguments):
    server = Server(tmp_path, "--ephemeral", *arguments, address="0.0.0.0:0")
    with pytest.raises(AssertionError, match="refuses to listen on 0.0.0.0"):
        server.start()


def test_the_readme_tells_this_story():
    readme = (ROOT / "README.md").read_text()
    for line in ("cargo run --release -- serve", "cargo xtask test", "aws --profile alice iam list-users"):
        assert line in readme
