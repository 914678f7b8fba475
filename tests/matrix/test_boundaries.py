"""Permissions boundaries of users and roles: ceilings, never grants."""

from support.policies import allow, deny, trust
from support.reasons import DENIED_BY_BOUNDARY, DENIED_BY_IDENTITY, NO_BOUNDARY, NO_IDENTITY_POLICY

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


def test_what_policy_and_boundary_allow_is_allowed(account):
    boundary = account.policy("ceiling", allow("iam:Get*"))
    account.user("alice", allow("iam:*"), boundary=boundary).call("iam:GetUser")


def test_what_the_boundary_lacks_is_denied(account):
    boundary = account.policy("ceiling", allow("iam:Get*"))
    alice = account.user("alice", allow("iam:*"), boundary=boundary)
    alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_BOUNDARY)


def test_a_boundary_grants_nothing(account):
    alice = account.user("alice", boundary=account.policy("ceiling", allow("*")))
    alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)


def test_a_deny_in_the_boundary_denies(account):
    boundary = account.policy("ceiling", allow("*"), deny("iam:ListUsers"))
    alice = account.user("alice", allow("*"), boundary=boundary)
    alice.denied("iam:ListUsers", account.arn_of("user", ""), DENIED_BY_BOUNDARY)


def test_a_condition_in_the_boundary_counts(account):
    blue = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    boundary = account.policy("ceiling", allow("iam:GetUser", condition=blue))
    alice = account.user("alice", allow("*"), boundary=boundary)
    account.plain_user("bob", tags={"team": "blue"})
    account.plain_user("carol", tags={"team": "red"})
    alice.call("iam:GetUser", UserName="bob")
    alice.denied("iam:GetUser", account.arn_of("user", "carol"), NO_BOUNDARY, UserName="carol")


def test_a_policy_of_aws_can_be_a_boundary(account):
    alice = account.user("alice", allow("*"), boundary=READ_ONLY)
    alice.call("iam:ListUsers")
    alice.denied("iam:CreateUser", account.arn_of("user", "dave"), NO_BOUNDARY, UserName="dave")


def test_boundaries_come_and_go(account):
    alice = account.user("alice", allow("*"))
    alice.call("iam:ListUsers")
    arn = account.policy("ceiling", allow("iam:Get*"))
    account.call("iam:PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=arn)
    alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_BOUNDARY)
    account.call("iam:DeleteUserPermissionsBoundary", UserName="alice")
    alice.call("iam:ListUsers")


def test_a_new_version_of_the_boundary_counts_at_once(account):
    arn = account.policy("ceiling", allow("*"))
    alice = account.user("alice", allow("*"), boundary=arn)
    alice.call("iam:ListUsers")
    text = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}}'
    account.call("iam:CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
    alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_BOUNDARY)


def test_a_policy_that_is_a_boundary_cannot_be_deleted(account):
    arn = account.policy("ceiling", allow("*"))
    account.plain_user("alice", boundary=arn)
    text = "Cannot delete a policy attached to entities."
    account.fails("iam:DeletePolicy", "DeleteConflict", text, 409, PolicyArn=arn)


def test_a_role_has_its_boundary_in_every_session(account):
    boundary = account.policy("ceiling", allow("iam:Get*"))
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn), allow("iam:*"), boundary=boundary)
    session = alice.assume(role)
    session.call("iam:GetUser", UserName="alice")
    session.denied("iam:ListUsers", account.arn_of("user", ""), NO_BOUNDARY)


def test_the_caller_s_boundary_does_not_bind_the_role_that_it_assumes(account):
    boundary = account.policy("ceiling", allow("sts:AssumeRole"))
    alice = account.user("alice", allow("*"), boundary=boundary)
    role = account.role("guest", trust(account.id), allow("iam:ListUsers"))
    alice.assume(role).call("iam:ListUsers")


def test_a_trust_policy_that_names_the_user_passes_its_boundary(account):
    # "Permissions boundaries": a resource-based policy of the same account that names the user is not limited.
    boundary = account.policy("ceiling", allow("iam:Get*"))
    alice = account.user("alice", boundary=boundary)
    alice.assume(account.role("guest", trust(alice.arn)))


def test_a_trust_policy_that_names_the_account_does_not(account):
    boundary = account.policy("ceiling", allow("iam:Get*"))
    alice = account.user("alice", allow("sts:AssumeRole"), boundary=boundary)
    alice.cannot_assume(account.role("guest", trust(account.id)))


def test_who_delegates_within_a_boundary_cannot_leave_it(account):
    """AWS's example "Delegating responsibility to others using permissions boundaries"."""
    boundary = account.policy("ceiling", allow(["iam:GetUser", "iam:PutUserPolicy", "iam:CreateUser"]))
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    alice = account.user(
        "alice",
        allow(["iam:CreateUser", "iam:PutUserPolicy", "iam:AttachUserPolicy"], condition=bounded),
        allow(["iam:PutUserPermissionsBoundary"], condition=bounded),
        allow("iam:DeleteUserPermissionsBoundary"),
        deny("iam:DeleteUserPermissionsBoundary"),
        deny(["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], boundary),
    )
    account.plain_user("free")
    text = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    inline = {"PolicyName": "own", "PolicyDocument": text}
    # Whoever she makes has the boundary, and only such people get policies from her.
    alice.denied("iam:CreateUser", account.arn_of("user", "bob"), NO_IDENTITY_POLICY, UserName="bob")
    alice.call("iam:CreateUser", UserName="bob", PermissionsBoundary=boundary)
    alice.call("iam:PutUserPolicy", UserName="bob", **inline)
    alice.denied("iam:PutUserPolicy", account.arn_of("user", "free"), NO_IDENTITY_POLICY, UserName="free", **inline)
    alice.denied("iam:PutUserPolicy", alice.arn, NO_IDENTITY_POLICY, UserName="alice", **inline)
    # The boundary is neither taken off, nor exchanged, nor rewritten.
    bob = account.arn_of("user", "bob")
    alice.denied("iam:DeleteUserPermissionsBoundary", bob, DENIED_BY_IDENTITY, UserName="bob")
    other = {"UserName": "bob", "PermissionsBoundary": READ_ONLY}
    alice.denied("iam:PutUserPermissionsBoundary", bob, NO_IDENTITY_POLICY, **other)
    alice.denied("iam:CreatePolicyVersion", boundary, DENIED_BY_IDENTITY, PolicyArn=boundary, PolicyDocument=text)
