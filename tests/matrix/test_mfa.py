"""Codes of MFA devices, and what they open."""

import pytest

from support.caller import Keys
from support.policies import allow, trust
from support.reasons import NO_IDENTITY_POLICY, UNKNOWN_TOKEN
from support.totp import Device, code, step

SHOWN = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code."
# The two blanks are AWS's.
WRONG_DEVICE = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)
INCOMPLETE = "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."


@pytest.fixture
def alice(account):
    """A user with a device, who may what an MFA condition lets her."""
    alice = account.user("alice", allow("iam:*", condition=SHOWN))
    alice.device = Device(account, "alice")
    return alice


def test_a_session_that_showed_a_code_calls_iam(alice, account):
    alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)
    shown = alice.with_keys(Keys.of(alice.call("sts:GetSessionToken", **alice.device.show())["Credentials"]))
    shown.call("iam:ListUsers")


def test_the_age_of_the_code_counts(account):
    young = {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}
    old = {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "300"}}
    alice = account.user("alice", allow("iam:ListUsers", condition=young), allow("iam:ListRoles", condition=old))
    device = Device(account, "alice")
    shown = alice.with_keys(Keys.of(alice.call("sts:GetSessionToken", **device.show())["Credentials"]))
    shown.call("iam:ListUsers")
    shown.denied("iam:ListRoles", account.arn_of("role", ""), NO_IDENTITY_POLICY)


def test_a_role_that_wants_a_code(alice, account):
    role = account.role("guest", trust(alice.arn, SHOWN))
    alice.cannot_assume(role)
    alice.assume(role, **alice.device.show())


def test_a_role_s_session_has_not_shown_the_code_itself(alice, account):
    role = account.role("guest", trust(alice.arn, SHOWN), allow("iam:ListUsers", condition=SHOWN))
    session = alice.assume(role, **alice.device.show())
    session.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)


def test_a_code_is_good_once(alice, account):
    role = account.role("guest", trust(alice.arn))
    shown = alice.device.show()
    alice.assume(role, **shown)
    parameters = {"RoleArn": role, "RoleSessionName": "session"} | shown
    alice.fails("sts:AssumeRole", "AccessDenied", WRONG_CODE, 403, **parameters)
    alice.fails("sts:GetSessionToken", "AccessDenied", WRONG_CODE, 403, **shown)


def test_a_wrong_code_is_never_as_good_as_none(alice, account):
    role = account.role("guest", trust(alice.arn))
    wrong = f"{(int(code(alice.device.seed, step())) + 500_000) % 1_000_000:06}"
    parameters = {"RoleArn": role, "RoleSessionName": "session", "SerialNumber": alice.device.serial}
    alice.fails("sts:AssumeRole", "AccessDenied", WRONG_CODE, 403, TokenCode=wrong, **parameters)
    alice.fails("sts:AssumeRole", "AccessDenied", INCOMPLETE, 403, **parameters)


def test_the_device_must_be_the_caller_s_own(alice, account):
    bob = account.user("bob")
    bob.fails("sts:GetSessionToken", "AccessDenied", WRONG_DEVICE, 403, **alice.device.show())


def test_a_device_that_was_deactivated_proves_nothing(alice, account):
    account.call("iam:DeactivateMFADevice", UserName="alice", SerialNumber=alice.device.serial)
    alice.fails("sts:GetSessionToken", "AccessDenied", WRONG_DEVICE, 403, **alice.device.show())


def test_a_session_that_showed_a_code_ends_with_its_user(alice, account):
    keys = Keys.of(alice.call("sts:GetSessionToken", **alice.device.show())["Credentials"])
    account.call("iam:DeactivateMFADevice", UserName="alice", SerialNumber=alice.device.serial)
    account.call("iam:DeleteVirtualMFADevice", SerialNumber=alice.device.serial)
    account.call("iam:DeleteAccessKey", UserName="alice", AccessKeyId=alice.keys.id)
    account.call("iam:DeleteUserPolicy", UserName="alice", PolicyName="inline")
    account.call("iam:DeleteUser", UserName="alice")
    alice.with_keys(keys).fails("iam:ListUsers", "InvalidClientTokenId", UNKNOWN_TOKEN, 403)
