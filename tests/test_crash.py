"""Power cuts: what was acknowledged is there afterwards, nothing else is half there, and every acknowledged call is in the
audit trail. CLAVIGER_KILLS: how often (the long test run takes 200)."""

import datetime
import json
import os
import random
import threading
import time

import botocore.exceptions
import pytest

from support.caller import Caller, Keys
from support.server import Server

KILLS = int(os.environ.get("CLAVIGER_KILLS", "5"))
WRITERS = 3
# Users that one writer makes between two kills at most: the account's quota is 5,000.
USERS = 5_000 // (WRITERS * max(KILLS, 200))
KEYS = Keys("AKIAROOTROOTROOTROOT", "a-secret-of-a-test-that-nobody-else-has-40")
# The connection broke, or there is nobody to connect to: the call may have been done or not.
LOST = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)
PATIENCE_SECONDS = 10


class Ledger:
    """What the writers know of their calls."""

    def __init__(self):
        self.attempted = set()
        # User names that the server has confirmed.
        self.confirmed = set()
        # By user: the last number that was sent as its tag, and the last one that was confirmed.
        self.sent, self.tagged = {}, {}
        # Request ids of answered calls since the last kill.
        self.answered = set()

    def write(self, caller, prefix):
        """Makes users, then gives the first one a new tag again and again, until the server is gone."""
        first = f"{prefix}-0"
        for number in range(1_000_000):
            try:
                if number < USERS:
                    name = f"{prefix}-{number}"
                    self.attempted.add(name)
                    response = caller.call("iam:CreateUser", UserName=name)
                    self.confirmed.add(name)
                elif number % 4 == 0:
                    response = caller.call("sts:GetCallerIdentity")
                else:
                    self.sent[first] = number
                    response = caller.call("iam:TagUser", UserName=first, Tags=[{"Key": "last", "Value": str(number)}])
                    self.tagged[first] = number
            except LOST:
                return
            self.answered.add(response["ResponseMetadata"]["RequestId"])


@pytest.mark.timeout(60 + 10 * KILLS)
def test_power_cuts(tmp_path):
    data = tmp_path / "data"
    variables = {"CLAVIGER_ROOT_ACCESS_KEY_ID": KEYS.id, "CLAVIGER_ROOT_SECRET_ACCESS_KEY": KEYS.secret}
    arguments = ("--data", str(data), "--account", "111122223333", "--log", "warn")
    server = Server(tmp_path, *arguments, variables=variables)
    ledger, chance = Ledger(), random.Random(2026)
    answered = 0
    for kill in range(KILLS):
        began = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        server.start()
        writers = [
            threading.Thread(target=ledger.write, args=(caller(server), f"{kill}-{writer}")) for writer in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.01, 0.5))
        server.kill()
        for writer in writers:
            writer.join()
        server.start()
        check_users(caller(server), ledger)
        check_tags(caller(server), ledger)
        check_trail(server, data, began, ledger.answered)
        server.stop()
        answered += len(ledger.answered)
        ledger.answered.clear()
    # Otherwise the writers wrote nothing, and the test proves nothing.
    assert ledger.confirmed and answered > KILLS
    server.command("events", "--verify", "--data", str(data))


def caller(server):
    """The root user."""
    return Caller(server.endpoint, KEYS, "arn:aws:iam::111122223333:root")


def check_users(root, ledger):
    """All confirmed users are there, none that nobody made, and each is whole."""
    pages = root.client("iam").get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1000})
    listed = {user["UserName"]: user["UserId"] for page in pages for user in page["Users"]}
    assert ledger.confirmed - set(listed) == set(), "confirmed and lost"
    assert set(listed) - ledger.attempted == set()
    assert len(set(listed.values())) == len(listed)
    unsure = set(listed) - ledger.confirmed
    for name in unsure:
        assert root.call("iam:GetUser", UserName=name)["User"]["UserId"] == listed[name]
    # From now on they are as good as confirmed.
    ledger.confirmed |= unsure


def check_tags(root, ledger):
    """Each tag has the last number that was confirmed, or one that was sent after it."""
    for name, sent in ledger.sent.items():
        tags = {tag["Key"]: int(tag["Value"]) for tag in root.call("iam:ListUserTags", UserName=name)["Tags"]}
        assert ledger.tagged.get(name, 0) <= tags.get("last", 0) <= sent
    ledger.sent.clear()
    ledger.tagged.clear()


def check_trail(server, data, since, answered):
    """Every answered call has its record, as soon as the server has moved it from the store to the trail."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        lines = server.command("events", "--since", since, "--data", str(data)).splitlines()
        missing = answered - {json.loads(line).get("requestID") for line in lines}
        if not missing:
            return
        assert time.monotonic() < deadline, f"{len(missing)} of {len(answered)} answered calls are not in the trail"
        time.sleep(0.05)
