"""Two accounts: both must allow, and nobody reaches into the other one otherwise."""

from support.policies import allow, deny, trust
from support.reasons import DENIED_BY_IDENTITY, NO_IDENTITY_POLICY


def test_both_sides_allow(account, partner):
    alice = partner.user("alice", allow("sts:AssumeRole"))
    role = account.role("guest", trust(alice.arn), allow("iam:ListUsers"))
    session = alice.assume(role)
    assert session.whoami() == account.session_arn("guest")
    account.plain_user("zoe")
    assert [user["UserName"] for user in session.call("iam:ListUsers")["Users"]] == ["zoe"]


def test_the_account_is_trusted_and_delegates(account, partner):
    alice = partner.user("alice", allow("sts:AssumeRole", account.arn_of("role", "guest")))
    alice.assume(account.role("guest", trust(f"arn:aws:iam::{partner.id}:root")))
    bob = partner.user("bob")
    bob.cannot_assume(account.arn_of("role", "guest"))


def test_the_trust_alone_does_not_cross_accounts(account, partner):
    alice = partner.user("alice")
    alice.cannot_assume(account.role("guest", trust(alice.arn)))


def test_the_permission_alone_does_not_cross_accounts(account, partner):
    alice = partner.user("alice", allow("*"))
    alice.cannot_assume(account.role("guest", trust(account.id)))


def test_a_deny_of_the_caller_s_side_counts(account, partner):
    alice = partner.user("alice", allow("*"), deny("sts:AssumeRole", account.arn_of("role", "*")))
    alice.cannot_assume(account.role("guest", trust(alice.arn)), because=DENIED_BY_IDENTITY)


def test_a_deny_of_the_role_s_side_counts(account, partner):
    alice = partner.user("alice", allow("*"))
    role = account.role("guest", [trust(partner.id), trust(alice.arn, effect="Deny")])
    alice.cannot_assume(role)


def test_the_boundary_of_the_caller_counts_although_the_role_names_it(account, partner):
    boundary = partner.policy("ceiling", allow("iam:*"))
    alice = partner.user("alice", allow("*"), boundary=boundary)
    alice.cannot_assume(account.role("guest", trust(alice.arn)))


def test_an_external_id_keeps_the_confused_deputy_out(account, partner):
    deputy = partner.user("deputy", allow("sts:AssumeRole"))
    role = account.role("guest", trust(partner.id, {"StringEquals": {"sts:ExternalId": "of this customer"}}))
    deputy.cannot_assume(role, ExternalId="of-another-customer")
    deputy.cannot_assume(role)


def test_a_role_of_another_account_that_does_not_exist_is_one_that_refuses(account, partner):
    partner.user("alice", allow("*")).cannot_assume(account.arn_of("role", "ghost"))


def test_the_caller_s_account_is_a_condition(account, partner):
    alice = partner.user("alice", allow("*"))
    role = account.role("guest", trust("*", {"StringEquals": {"aws:PrincipalAccount": account.id}}))
    alice.cannot_assume(role)
    role = account.role("open", trust("*", {"StringEquals": {"aws:PrincipalAccount": partner.id}}))
    alice.assume(role)


def test_tags_of_a_user_of_another_account_count(account, partner):
    blue = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    alice = partner.user("alice", allow("sts:AssumeRole"), tags={"team": "blue"})
    bob = partner.user("bob", allow("sts:AssumeRole"), tags={"team": "red"})
    role = account.role("guest", trust(partner.id, blue))
    alice.assume(role)
    bob.cannot_assume(role)


def test_session_tags_need_both_sides(account, partner):
    tags = [{"Key": "team", "Value": "blue"}]
    alice = partner.user("alice", allow("sts:AssumeRole"))
    role = account.role("guest", trust(alice.arn, action=["sts:AssumeRole", "sts:TagSession"]))
    alice.cannot_assume(role, "sts:TagSession", Tags=tags)
    partner.allow_user("alice", allow(["sts:AssumeRole", "sts:TagSession"]))
    alice.assume(role, Tags=tags)


def test_a_user_of_another_account_that_was_made_anew_is_another_user(account, partner):
    alice = partner.user("alice", allow("*"))
    role = account.role("guest", trust(alice.arn))
    alice.assume(role)
    partner.call("iam:DeleteAccessKey", UserName="alice", AccessKeyId=alice.keys.id)
    partner.call("iam:DeleteUserPolicy", UserName="alice", PolicyName="inline")
    partner.call("iam:DeleteUser", UserName="alice")
    partner.user("alice", allow("*")).cannot_assume(role)


def test_an_administrator_sees_only_its_own_account(account, partner):
    account.plain_user("zoe")
    alice = partner.user("alice", allow("*"))
    assert [user["UserName"] for user in alice.call("iam:ListUsers")["Users"]] == ["alice"]
    text = "The user with name zoe cannot be found."
    alice.fails("iam:GetUser", "NoSuchEntity", text, 404, UserName="zoe")


def test_a_managed_policy_of_another_account_cannot_be_used(account, partner):
    arn = partner.policy("reading", allow("iam:*"))
    account.plain_user("zoe")
    text = f"Policy {arn} does not exist or is not attachable."
    account.fails("iam:AttachUserPolicy", "NoSuchEntity", text, 404, UserName="zoe", PolicyArn=arn)
    alice = account.user("alice")
    alice.denied("iam:GetPolicy", arn, NO_IDENTITY_POLICY, PolicyArn=arn)
