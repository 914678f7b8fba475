"""Signatures that are not good. What is not authentic is never answered."""

import datetime
import http.client
import urllib.parse

import pytest

from support import raw
from support.caller import Keys
from support.policies import allow, trust
from support.reasons import UNKNOWN_TOKEN, WRONG_SIGNATURE

LIST_USERS = raw.form("ListUsers")


@pytest.fixture
def alice(account):
    """A user who may list users: only the signature stands in the way."""
    return account.user("alice", allow("iam:*"))


def send(alice, body=LIST_USERS, change=None, **options):
    """Signs a request, changes it with `change(method, path, headers, body)`, and sends it."""
    request = raw.signed(alice.endpoint, alice.keys, body, **options)
    return raw.send(alice.endpoint, *(change(*request) if change else request))


def mismatch(answer):
    """The answer is SignatureDoesNotMatch, with the strings that should have been signed."""
    status, code, text = raw.error(answer)
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert text.startswith(WRONG_SIGNATURE)
    assert "The Canonical String for this request should have been\n'POST\n/\n" in text
    assert "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n" in text


def test_a_good_signature(alice):
    status, _, body = send(alice)
    assert status == 200 and "<UserName>alice</UserName>" in body


def test_no_signature(alice):
    answer = raw.send(alice.endpoint, "POST", "/", {"Content-Type": raw.FORM}, LIST_USERS)
    assert raw.error(answer) == (403, "MissingAuthenticationToken", "Request is missing Authentication Token")


def test_a_body_that_was_changed(alice):
    other = raw.form("DeleteUser", UserName="alice")
    mismatch(send(alice, change=lambda method, path, headers, body: (method, path, headers, other)))


def test_a_query_that_was_added(alice):
    mismatch(send(alice, change=lambda method, path, headers, body: (method, path + "?Action=DeleteUser", headers, body)))


def test_a_path_that_was_changed(alice):
    status, code, _ = raw.error(send(alice, change=lambda method, path, headers, body: (method, "/x", headers, body)))
    assert (status, code) == (403, "SignatureDoesNotMatch")


def test_a_signed_header_that_was_changed(alice):
    other = lambda method, path, headers, body: (method, path, headers | {"X-Amz-Meta": "two"}, body)
    mismatch(send(alice, change=other, headers={"X-Amz-Meta": "one"}))


def test_a_time_that_was_changed(alice, monkeypatch):
    now = raw.signed(alice.endpoint, alice.keys, LIST_USERS)[2]["X-Amz-Date"]
    other = lambda method, path, headers, body: (method, path, headers | {"X-Amz-Date": now}, body)
    mismatch(send(alice, change=other, shift=-60, monkey=monkeypatch))


def test_a_signature_with_one_digit_changed(alice):
    def change(method, path, headers, body):
        text = headers["Authorization"]
        return method, path, headers | {"Authorization": text[:-1] + ("0" if text[-1] != "0" else "1")}, body

    mismatch(send(alice, change=change))


def test_another_secret(alice):
    keys = Keys(alice.keys.id, alice.keys.secret[:-1] + "x")
    mismatch(raw.send(alice.endpoint, *raw.signed(alice.endpoint, keys, LIST_USERS)))


def test_another_user_s_secret(alice, account):
    bob = account.user("bob")
    keys = Keys(alice.keys.id, bob.keys.secret)
    mismatch(raw.send(alice.endpoint, *raw.signed(alice.endpoint, keys, LIST_USERS)))


def test_an_unknown_key_id(alice):
    keys = Keys("AKIAIOSFODNN7EXAMPLE", alice.keys.secret)
    answer = raw.send(alice.endpoint, *raw.signed(alice.endpoint, keys, LIST_USERS))
    assert raw.error(answer) == (403, "InvalidClientTokenId", UNKNOWN_TOKEN)


@pytest.mark.parametrize("service", ["sts", "s3", "ec2"])
def test_another_service_s_scope(alice, service):
    # The scope tells the service too: what is signed for another one is no call of IAM.
    text = "Could not find operation ListUsers for version 2010-05-08"
    assert raw.error(send(alice, service=service)) == (400, "InvalidAction", text)
    presented = raw.presigned(alice.endpoint, alice.keys, LIST_USERS, service=service)
    assert raw.error(raw.send(alice.endpoint, "GET", presented)) == (400, "InvalidAction", text)


def test_a_scope_without_a_region(alice):
    text = "Credential should be scoped to a valid region, not ''."
    assert raw.error(send(alice, region="")) == (403, "SignatureDoesNotMatch", text)


def test_a_scope_of_another_day(alice):
    def change(method, path, headers, body):
        day = headers["X-Amz-Date"][:8]
        return method, path, headers | {"Authorization": headers["Authorization"].replace(f"/{day}/", "/20200101/")}, body

    status, code, text = raw.error(send(alice, change=change))
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert text.startswith("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP")


def test_a_scope_without_its_end(alice):
    def change(method, path, headers, body):
        return method, path, headers | {"Authorization": headers["Authorization"].replace("aws4_request", "aws4")}, body

    status, code, text = raw.error(send(alice, change=change))
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert text.startswith("Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'")


@pytest.mark.parametrize("minutes", [-6, -60 * 24 * 365])
def test_an_old_signature(alice, monkeypatch, minutes):
    status, code, text = raw.error(send(alice, shift=60 * minutes, monkey=monkeypatch))
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert text.startswith("Signature expired: ") and text.endswith(" - 5 min.)")


def test_a_signature_of_the_future(alice, monkeypatch):
    status, code, text = raw.error(send(alice, shift=360, monkey=monkeypatch))
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert text.startswith("Signature not yet current: ") and text.endswith(" + 5 min.)")


@pytest.mark.parametrize("seconds", [-240, 240])
def test_a_clock_that_is_a_little_off(alice, monkeypatch, seconds):
    assert send(alice, shift=seconds, monkey=monkeypatch)[0] == 200


@pytest.mark.parametrize(
    ("cut", "text"),
    [
        ("Signature=", "Authorization header requires 'Signature' parameter."),
        ("SignedHeaders=", "Authorization header requires 'SignedHeaders' parameter."),
        ("Credential=", "Authorization header requires 'Credential' parameter."),
    ],
)
def test_a_header_without_a_part(alice, cut, text):
    def change(method, path, headers, body):
        scheme, rest = headers["Authorization"].split(" ", 1)
        kept = ", ".join(part for part in rest.split(", ") if not part.startswith(cut))
        return method, path, headers | {"Authorization": f"{scheme} {kept}"}, body

    status, code, seen = raw.error(send(alice, change=change))
    assert (status, code) == (400, "IncompleteSignature")
    assert seen.startswith(text)


def test_a_signature_without_the_host(alice):
    def change(method, path, headers, body):
        return method, path, headers | {"Authorization": headers["Authorization"].replace(";host", "")}, body

    status, code, text = raw.error(send(alice, change=change))
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert text == "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."


def test_another_algorithm(alice):
    def change(method, path, headers, body):
        return method, path, headers | {"Authorization": headers["Authorization"].replace("SHA256", "SHA1", 1)}, body

    status, code, _ = raw.error(send(alice, change=change))
    assert (status, code) == (400, "IncompleteSignature")


def test_a_presigned_request(alice):
    path = raw.presigned(alice.endpoint, alice.keys, LIST_USERS)
    status, _, body = raw.send(alice.endpoint, "GET", path)
    assert status == 200 and "<UserName>alice</UserName>" in body


def test_a_presigned_request_is_decided_like_any_other(account):
    bob = account.user("bob")
    answer = raw.send(bob.endpoint, "GET", raw.presigned(bob.endpoint, bob.keys, LIST_USERS))
    status, code, text = raw.error(answer)
    assert (status, code) == (403, "AccessDenied")
    assert text.endswith("because no identity-based policy allows the iam:ListUsers action")


def test_a_presigned_request_that_was_changed(alice):
    path = raw.presigned(alice.endpoint, alice.keys, LIST_USERS)
    status, code, _ = raw.error(raw.send(alice.endpoint, "GET", path.replace("ListUsers", "ListRoles")))
    assert (status, code) == (403, "SignatureDoesNotMatch")
    status, code, _ = raw.error(raw.send(alice.endpoint, "GET", path + "&MaxItems=1"))
    assert (status, code) == (403, "SignatureDoesNotMatch")


def test_a_presigned_request_that_ran_out(alice, monkeypatch):
    path = raw.presigned(alice.endpoint, alice.keys, LIST_USERS, expires=10, shift=-11, monkey=monkeypatch)
    assert raw.error(raw.send(alice.endpoint, "GET", path)) == (400, "RequestExpired", "Request has expired")


def test_a_presigned_request_that_lasts_too_long(alice):
    path = raw.presigned(alice.endpoint, alice.keys, LIST_USERS, expires=604_801)
    status, code, text = raw.error(raw.send(alice.endpoint, "GET", path))
    assert (status, code) == (400, "IncompleteSignature")
    assert text.startswith("X-Amz-Expires must be less than a week")


def test_a_session_s_presigned_request_carries_its_token(alice, account):
    session = alice.assume(account.role("guest", trust(alice.arn), allow("iam:ListUsers")))
    path = raw.presigned(alice.endpoint, session.keys, LIST_USERS)
    assert raw.send(alice.endpoint, "GET", path)[0] == 200
    without = "&".join(part for part in path.split("&") if not part.startswith("X-Amz-Security-Token"))
    assert raw.send(alice.endpoint, "GET", without)[0] == 403


def test_header_and_query_at_once(alice):
    path = raw.presigned(alice.endpoint, alice.keys, LIST_USERS)
    headers = raw.signed(alice.endpoint, alice.keys, LIST_USERS)[2]
    status, code, _ = raw.error(raw.send(alice.endpoint, "GET", path, headers))
    assert (status, code) == (403, "SignatureDoesNotMatch")


def test_two_authorization_headers_are_not_one(alice):
    method, path, headers, body = raw.signed(alice.endpoint, alice.keys, LIST_USERS)
    address = urllib.parse.urlsplit(alice.endpoint)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    connection.putrequest(method, path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.putheader("Authorization", headers["Authorization"].replace("AKIA", "AKIB"))
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body.encode())
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status in (400, 403)


def test_the_time_of_the_server_is_told(alice, monkeypatch):
    _, _, text = raw.error(send(alice, shift=-3600, monkey=monkeypatch))
    told = datetime.datetime.strptime(text.split("(")[1].split(" ")[0], raw.STAMP)
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    assert abs((told - now).total_seconds()) < 60
