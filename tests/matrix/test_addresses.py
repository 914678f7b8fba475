"""The caller's address, also where it is one of IPv6."""

import socket

import pytest

from support.account import Account
from support.policies import allow, deny
from support.reasons import DENIED_BY_IDENTITY, NO_IDENTITY_POLICY
from support.server import Server


@pytest.fixture(scope="module")
def server_on_ipv6(tmp_path_factory):
    """A developer's server on the loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback address")
    running = Server(tmp_path_factory.mktemp("ipv6"), "--dev", "--ephemeral", address="[::1]:0").start()
    yield running
    running.stop()


def addresses(operator, *ranges):
    """A condition on the caller's address."""
    return {operator: {"aws:SourceIp": list(ranges)}}


ALLOWED = [
    addresses("IpAddress", "::1"),
    addresses("IpAddress", "::1/128"),
    addresses("IpAddress", "::/16"),
    addresses("IpAddress", "10.0.0.0/8", "0:0:0:0:0:0:0:1"),
    addresses("NotIpAddress", "127.0.0.1", "2001:db8::/32"),
]
DENIED = [
    addresses("IpAddress", "2001:db8::/32"),
    addresses("IpAddress", "127.0.0.0/8"),
    addresses("IpAddress", "0.0.0.0/0"),
    addresses("NotIpAddress", "::1/64"),
]


@pytest.mark.parametrize("condition", ALLOWED, ids=str)
def test_an_address_of_ipv6_that_is_allowed(server_on_ipv6, condition):
    Account(server_on_ipv6.endpoint).user("alice", allow("iam:ListUsers", condition=condition)).call("iam:ListUsers")


@pytest.mark.parametrize("condition", DENIED, ids=str)
def test_an_address_of_ipv6_that_is_not(server_on_ipv6, condition):
    account = Account(server_on_ipv6.endpoint)
    alice = account.user("alice", allow("iam:ListUsers", condition=condition))
    alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)


def test_a_deny_of_all_but_an_office(server_on_ipv6):
    account = Account(server_on_ipv6.endpoint)
    office = addresses("NotIpAddress", "203.0.113.0/24", "2001:db8::/32")
    alice = account.user("alice", allow("*"), deny("*", condition=office))
    alice.denied("iam:ListUsers", account.arn_of("user", ""), DENIED_BY_IDENTITY)


def test_a_header_does_not_move_the_caller(account):
    from support import raw

    inside = addresses("IpAddress", "10.0.0.0/8")
    alice = account.user("alice", allow("iam:ListUsers", condition=inside))
    moved = {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1", "X-Real-IP": "10.0.0.1"}
    request = raw.signed(alice.endpoint, alice.keys, raw.form("ListUsers"), headers=moved)
    assert raw.error(raw.send(alice.endpoint, *request))[:2] == (403, "AccessDenied")
