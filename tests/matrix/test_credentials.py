"""Keys and tokens that are not, or are no longer, good."""

import pytest

from support.caller import Caller, Keys
from support.policies import allow, trust
from support.reasons import UNKNOWN_TOKEN
from support.totp import Device


def unknown(caller, operation="sts:GetCallerIdentity", **parameters):
    """The server does not know the caller's credentials."""
    caller.fails(operation, "InvalidClientTokenId", UNKNOWN_TOKEN, 403, **parameters)


def test_a_key_that_was_deactivated(account):
    alice = account.user("alice")
    alice.whoami()
    key = {"UserName": "alice", "AccessKeyId": alice.keys.id}
    account.call("iam:UpdateAccessKey", Status="Inactive", **key)
    unknown(alice)
    account.call("iam:UpdateAccessKey", Status="Active", **key)
    alice.whoami()


def test_a_key_that_was_deleted(account):
    alice = account.user("alice")
    account.call("iam:DeleteAccessKey", UserName="alice", AccessKeyId=alice.keys.id)
    unknown(alice)


def test_a_key_that_never_was(account):
    unknown(Caller(account.endpoint, Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), ""))


def test_a_user_that_deletes_its_own_key(account):
    alice = account.user("alice", allow("iam:DeleteAccessKey"))
    alice.call("iam:DeleteAccessKey", AccessKeyId=alice.keys.id)
    unknown(alice)


def test_the_session_of_a_deleted_role(account):
    alice = account.user("alice")
    session = alice.assume(account.role("guest", trust(alice.arn)))
    session.whoami()
    account.call("iam:DeleteRole", RoleName="guest")
    unknown(session)
    account.role("guest", trust(alice.arn))
    unknown(session)


def test_the_session_of_a_deleted_user(account):
    alice = account.user("alice")
    temporary = alice.with_keys(Keys.of(alice.call("sts:GetSessionToken")["Credentials"]))
    temporary.whoami()
    account.call("iam:DeleteAccessKey", UserName="alice", AccessKeyId=alice.keys.id)
    account.call("iam:DeleteUser", UserName="alice")
    account.plain_user("alice")
    unknown(temporary)


def session(account):
    """The credentials of a session."""
    alice = account.user("alice")
    return alice.assume(account.role("guest", trust(alice.arn), allow("iam:ListUsers")))


def test_a_session_without_its_token(account):
    made = session(account)
    unknown(made.with_keys(Keys(made.keys.id, made.keys.secret)))


@pytest.mark.parametrize("place", [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1])
def test_a_token_with_one_letter_changed(account, place):
    made = session(account)
    token = made.keys.token
    # Not the last letter of Base64, which may have bits that say nothing.
    at = round(place * (len(token) - 4))
    changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    unknown(made.with_keys(Keys(made.keys.id, made.keys.secret, changed)))


@pytest.mark.parametrize("token", ["x", "AAAA" * 100, "w6k=", "FwoGZXIvYXdzEBYaDEXAMPLE"])
def test_a_token_that_is_none(account, token):
    made = session(account)
    unknown(made.with_keys(Keys(made.keys.id, made.keys.secret, token)))


def test_a_token_cut_short(account):
    made = session(account)
    unknown(made.with_keys(Keys(made.keys.id, made.keys.secret, made.keys.token[:-8])))


def test_the_token_of_another_session(account):
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn))
    one, other = alice.assume(role), alice.assume(role)
    unknown(one.with_keys(Keys(one.keys.id, one.keys.secret, other.keys.token)))


def test_a_long_term_key_with_a_token(account):
    made = session(account)
    alice = account.user("bob", allow("*"))
    unknown(alice.with_keys(Keys(alice.keys.id, alice.keys.secret, made.keys.token)))


def test_tokens_of_a_user_with_mfa_live_with_the_user_and_not_with_the_key(account):
    # AWS: a session outlives the key that asked for it ("Revoking IAM role temporary security credentials").
    alice = account.user("alice", allow("iam:ListUsers"))
    device = Device(account, "alice")
    temporary = alice.with_keys(Keys.of(alice.call("sts:GetSessionToken", **device.show())["Credentials"]))
    account.call("iam:DeleteAccessKey", UserName="alice", AccessKeyId=alice.keys.id)
    temporary.call("iam:ListUsers")


def test_root_may_everything_and_no_policy_of_iam_binds_it(root, account):
    assert root.whoami() == root.arn
    root.call("iam:CreateUser", UserName="first")
    root.call("iam:GetAccountSummary")
    root.call("iam:DeleteUser", UserName="first")


def test_root_s_own_key_can_be_deactivated(root):
    root.call("iam:UpdateAccessKey", AccessKeyId=root.keys.id, Status="Inactive")
    unknown(root)


def test_accounts_are_made_by_the_operator_only(account, server, root):
    for caller in (account, root, account.user("alice", allow("*"))):
        with pytest.raises(AssertionError, match="not authorized to perform: claviger:CreateAccount"):
            server.command("account", "create", "--name", "mine", keys=caller.keys)
