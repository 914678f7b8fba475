"""The policy simulator answers as the real calls do."""

import pytest
from botocore.exceptions import ClientError

from support.policies import allow, deny, document, trust

EXTERNAL = {"StringEquals": {"sts:ExternalId": "right"}}
EC2 = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
# Statements of alice and of the trust policy of the role that she assumes; `ALICE` and `ACCOUNT` are filled in.
TRUSTS = {
    "named": ([], [trust("ALICE")]),
    "named and denied by herself": ([deny("sts:AssumeRole")], [trust("ALICE")]),
    "delegated": ([], [trust("ACCOUNT")]),
    "delegated and allowed": ([allow("sts:AssumeRole")], [trust("ACCOUNT")]),
    "allowed, not trusted": ([allow("*")], [EC2]),
    "everybody of the account": ([], [trust("*", {"StringEquals": {"aws:PrincipalAccount": "ACCOUNT"}})]),
    "denied by the role": ([allow("*")], [trust("ACCOUNT"), trust("ALICE", effect="Deny")]),
    "external id": ([], [trust("ALICE", EXTERNAL)]),
    "her tag": ([], [trust("ALICE", {"StringEquals": {"aws:PrincipalTag/Team": "blue"}})]),
    "another tag": ([], [trust("ALICE", {"StringEquals": {"aws:PrincipalTag/Team": "red"}})]),
    "long-term keys": ([], [trust("ALICE", {"Bool": {"aws:MultiFactorAuthPresent": "true"}})]),
    "on the role": ([allow("sts:AssumeRole", "arn:aws:iam::ACCOUNT:role/guest")], [trust("ACCOUNT")]),
    "on another role": ([allow("sts:AssumeRole", "arn:aws:iam::ACCOUNT:role/guests")], [trust("ACCOUNT")]),
}


def filled(value, names):
    """The statements with the account's names in them."""
    if isinstance(value, dict):
        return {key: filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, names) for item in value]
    for name, text in names.items():
        value = value.replace(name, text)
    return value


def entry(key, value, kind="string"):
    """One of `ContextEntries`."""
    return {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": [value]}


def simulated(account, source, action, resource, **more):
    """The result of one action on one resource."""
    answer = account.call(
        "iam:SimulatePrincipalPolicy", PolicySourceArn=source, ActionNames=[action], ResourceArns=[resource], **more
    )
    (result,) = answer["EvaluationResults"]
    return result


def is_allowed(call, *arguments, **parameters):
    """Whether a real call is allowed."""
    try:
        call(*arguments, **parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return False
    return True


@pytest.mark.parametrize("case", TRUSTS)
def test_assuming_a_role_is_simulated_with_its_trust_policy(account, case):
    own, trusts = filled(
        list(TRUSTS[case]), {"ALICE": account.arn_of("user", "alice"), "ACCOUNT": account.id}
    )
    alice = account.user("alice", *own, tags={"Team": "blue"})
    role = account.role("guest", trusts)
    real = is_allowed(alice.assume, role)
    result = simulated(account, alice.arn, "sts:AssumeRole", role)
    assert (result["EvalDecision"] == "allowed") is real, result
    if case == "external id":
        assert not real and result["MissingContextValues"] == ["sts:ExternalId"]
        given = simulated(account, alice.arn, "sts:AssumeRole", role, ContextEntries=[entry("sts:ExternalId", "right")])
        assert given["EvalDecision"] == "allowed" and is_allowed(alice.assume, role, ExternalId="right")


def test_a_given_trust_policy_replaces_the_role_s_own(account):
    alice = account.user("alice")
    role = account.role("guest", EC2)
    assert simulated(account, alice.arn, "sts:AssumeRole", role)["EvalDecision"] == "implicitDeny"
    given = document(trust(alice.arn))
    result = simulated(account, alice.arn, "sts:AssumeRole", role, ResourcePolicy=given, CallerArn=alice.arn)
    assert result["EvalDecision"] == "allowed"
    (statement,) = result["MatchedStatements"]
    assert (statement["SourcePolicyId"], statement["SourcePolicyType"]) == ("ResourcePolicy", "Resource Policy")


def test_a_caller_of_another_account_needs_both_sides(account, partner):
    eve = partner.user("eve", allow("sts:AssumeRole"))
    role = account.role("guest", trust(eve.arn))
    assert is_allowed(eve.assume, role)
    asked = {"ActionNames": ["sts:AssumeRole"], "ResourceArns": [role], "CallerArn": eve.arn}
    allowing, other = document(allow("sts:AssumeRole")), document(allow("s3:*"))
    for policy, expected in ((allowing, "allowed"), (other, "implicitDeny")):
        answer = account.call("iam:SimulateCustomPolicy", PolicyInputList=[policy], **asked)
        (result,) = answer["EvaluationResults"]
        assert result["EvalDecision"] == expected
        assert result["EvalDecisionDetails"] == {"IAM Policy": expected, "Resource Policy": "allowed"}


@pytest.mark.parametrize(
    ("statements", "boundary"),
    [
        ([allow("iam:Get*")], None),
        ([allow("iam:*"), deny("iam:GetUser")], None),
        ([allow("iam:GetUser", condition={"StringLike": {"aws:userid": "AROA*:*"}})], None),
        ([allow("iam:GetUser", condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/p/guest"}})], None),
        ([allow("iam:GetUser", condition={"StringEquals": {"aws:PrincipalType": "User"}})], None),
        ([allow("iam:*")], "arn:aws:iam::aws:policy/AmazonS3FullAccess"),
        ([], None),
    ],
)
def test_a_role_is_simulated_as_its_sessions_are_decided(account, statements, boundary):
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn), *statements, path="/p/", boundary=boundary)
    session = alice.assume(role)
    for operation, parameters, resource in (
        ("iam:GetUser", {"UserName": "alice"}, alice.arn),
        ("iam:GetRole", {"RoleName": "guest"}, role),
        ("iam:ListUsers", {}, account.arn_of("user", "")),
    ):
        real = is_allowed(session.call, operation, **parameters)
        result = simulated(account, role, operation, resource)
        assert (result["EvalDecision"] == "allowed") is real, result
        assert ("PermissionsBoundaryDecisionDetail" in result) is (boundary is not None)


def test_only_keys_that_matter_are_missing(account):
    policy = document(
        allow("s3:ListBucket", "arn:aws:s3:::b", {"StringLike": {"aws:PrincipalTag/allowed_service": "s3"}}),
        allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}"),
    )
    answer = account.call(
        "iam:SimulateCustomPolicy",
        PolicyInputList=[policy],
        ActionNames=["s3:ListBucket", "s3:GetObject"],
        ResourceArns=["arn:aws:s3:::b", "arn:aws:s3:::b/alice"],
    )
    listing, getting = answer["EvaluationResults"]
    assert listing["MissingContextValues"] == ["aws:PrincipalTag/allowed_service"]
    assert getting["MissingContextValues"] == ["aws:username"]
    specific = [result["MissingContextValues"] for result in getting["ResourceSpecificResults"]]
    assert specific == [[], ["aws:username"]]


def test_simulating_needs_a_permission_on_the_principal(account):
    bob = account.arn_of("user", "bob")
    account.plain_user("bob")
    alice = account.user("alice", allow("iam:SimulatePrincipalPolicy", account.arn_of("user", "alice")))
    because = "because no identity-based policy allows the {action} action"
    asked = {"ActionNames": ["s3:GetObject"]}
    alice.denied("iam:SimulatePrincipalPolicy", bob, because, PolicySourceArn=bob, **asked)
    alice.call("iam:SimulatePrincipalPolicy", PolicySourceArn=alice.arn, **asked)
    alice.denied("iam:SimulateCustomPolicy", "*", because, PolicyInputList=[document(allow())], **asked)
