"""Requests that make no sense: each is refused in the words of its protocol, and none makes the server fail."""

import json
import random
import string

import pytest

from support import raw
from support.caller import Keys
from support.policies import allow, trust

FORM = {"Content-Type": raw.FORM}


def send(account, body, service="iam", path="/", headers=None):
    """Sends a signed body that need not be one."""
    method, _, signed, body = raw.signed(account.endpoint, account.keys, body, service=service, headers=headers)
    return raw.send(account.endpoint, method, path, signed, body)


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ("Action=Fly&Version=2010-05-08", "InvalidAction", "Could not find operation Fly for version 2010-05-08"),
        ("Action=ListUsers&Version=2001-01-01", "InvalidAction", "Could not find operation ListUsers for version 2001-01-01"),
        ("Action=listusers&Version=2010-05-08", "InvalidAction", "Could not find operation listusers for version 2010-05-08"),
    ],
)
def test_an_operation_that_is_none(account, body, code, text):
    assert raw.error(send(account, body)) == (400, code, text)


@pytest.mark.parametrize("body", ["", "Version=2010-05-08", "=&=&=", "\x00", "%", "Action", "Action=&Version="])
def test_no_operation_at_all(account, body):
    status, _, text = send(account, body)
    assert 300 <= status < 500, text


def test_all_violations_in_one_message(account):
    parameters = {"Tags.member.1.Key": "a" * 129, "Tags.member.1.Value": "x"}
    text = (
        "2 validation errors detected: Value at 'userName' failed to satisfy constraint: Member must have length less than "
        "or equal to 64; Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or "
        "equal to 128"
    )
    answer = send(account, raw.form("CreateUser", UserName="a" * 65, **parameters))
    assert raw.error(answer) == (400, "ValidationError", text)


def test_a_parameter_that_is_missing(account):
    status, code, text = raw.error(send(account, raw.form("CreateUser")))
    assert (status, code) == (400, "ValidationError")
    assert text == (
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must not be null"
    )


def test_a_number_that_is_none(account):
    status, code, _ = raw.error(send(account, raw.form("ListUsers", MaxItems="many")))
    assert status == 400 and code in ("MalformedInput", "ValidationError", "InvalidParameterValue")


def test_a_body_that_is_too_large(account):
    status, code, _ = raw.error(send(account, "Action=" + "x" * (3 * 1024 * 1024)))
    assert (status, code) == (413, "RequestEntityTooLarge")


def test_whoever_asks_unsigned_learns_no_more_than_that(account):
    for body in (raw.form("GetUser", UserName="x"), raw.form("CreateUser")):
        answer = raw.send(account.endpoint, "POST", "/", FORM, body)
        assert raw.error(answer) == (403, "MissingAuthenticationToken", "Request is missing Authentication Token")


@pytest.mark.parametrize("target", ["TrentService.Fly", "TrentService", "", "Nobody.CreateKey"])
def test_a_json_operation_that_is_none(account, target):
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    status, _, body = send(account, "{}", "kms", headers=headers)
    assert 400 <= status < 500, body


@pytest.mark.parametrize("body", ["{", "[]", "\x00", '{"KeySpec": 1}', '{"a":' * 1000])
def test_a_json_body_that_is_none(account, body):
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.CreateKey"}
    status, _, text = send(account, body, "kms", headers=headers)
    assert 400 <= status < 500 or status == 501, text
    assert json.loads(text)["__type"]


def test_garbage_never_makes_the_server_fail(account, server):
    chance = random.Random(2026)
    seeds = [
        raw.form("CreateUser", UserName="x", **{"Tags.member.1.Key": "a", "Tags.member.1.Value": "b"}),
        raw.form("CreatePolicy", PolicyName="p", PolicyDocument='{"Version":"2012-10-17","Statement":[]}'),
        raw.form("ListUsers", MaxItems="5", Marker="x", PathPrefix="/"),
        raw.form("UpdateAccountPasswordPolicy", MinimumPasswordLength="8", RequireSymbols="true"),
    ]
    letters = string.printable + "%&=.\x00\xff"
    for _ in range(300):
        body = list(chance.choice(seeds))
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(body))
            chance.choice([body.__setitem__, body.insert])(at, chance.choice(letters))
        status, _, text = send(account, "".join(body).encode("latin-1"))
        assert status < 500 or status == 501, (body, text)
    assert "panicked" not in server.log()


def test_pages_of_a_list_are_whole_and_in_order(account):
    names = [f"user-{number:03}" for number in range(57)]
    for name in random.Random(1).sample(names, len(names)):
        account.plain_user(name)
    paginator = account.client("iam").get_paginator("list_users")
    pages = list(paginator.paginate(PaginationConfig={"PageSize": 10}))
    assert [len(page["Users"]) for page in pages] == [10, 10, 10, 10, 10, 7]
    assert [user["UserName"] for page in pages for user in page["Users"]] == names


@pytest.mark.parametrize("marker", ["x", "AAAA", "é", "%00", "//"])
def test_a_marker_that_was_made_up(account, marker):
    account.plain_user("alice")
    status, _, body = send(account, raw.form("ListUsers", Marker=marker))
    assert status in (200, 400), body


def test_the_server_s_own_pages(server):
    health = json.loads(server.page("health"))
    assert health["version"]
    assert "# EOF" in server.page("metrics")


def test_an_empty_token_is_no_token_of_a_session(account):
    alice = account.user("alice")
    session = alice.assume(account.role("guest", trust(alice.arn), allow("iam:ListUsers")))
    keys = Keys(session.keys.id, session.keys.secret)
    empty = {"X-Amz-Security-Token": ""}
    request = raw.signed(account.endpoint, keys, raw.form("ListUsers"), headers=empty)
    assert raw.error(raw.send(account.endpoint, *request))[:2] == (403, "InvalidClientTokenId")
