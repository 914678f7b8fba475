"""Who may assume a role, in the role's own account."""

import json

from support.policies import allow, deny, document, trust
from support.reasons import DENIED_BY_IDENTITY

BOTH = ["sts:AssumeRole", "sts:TagSession"]


def test_a_user_that_is_named_needs_no_policy_of_its_own(account):
    alice = account.user("alice")
    alice.assume(account.role("guest", trust(alice.arn)))


def test_another_user_is_not_named(account):
    account.plain_user("bob")
    alice = account.user("alice", allow("*"))
    alice.cannot_assume(account.role("guest", trust(account.arn_of("user", "bob"))))


def test_an_account_that_is_named_delegates(account):
    alice = account.user("alice")
    role = account.role("guest", trust(account.id))
    alice.cannot_assume(role)
    account.allow_user("alice", allow("sts:AssumeRole", role))
    alice.assume(role)


def test_a_user_s_deny_counts_where_the_role_names_it(account):
    alice = account.user("alice", deny("sts:AssumeRole"))
    alice.cannot_assume(account.role("guest", trust(alice.arn)), because=DENIED_BY_IDENTITY)


def test_a_deny_in_the_trust_policy_counts(account):
    alice = account.user("alice", allow("*"))
    role = account.role("guest", [trust(account.id), trust(alice.arn, effect="Deny")])
    alice.cannot_assume(role)


def test_a_role_that_does_not_exist_is_one_that_refuses(account):
    alice = account.user("alice", allow("*"))
    alice.cannot_assume(account.arn_of("role", "ghost"))


def test_a_permission_without_trust_is_none(account):
    alice = account.user("alice", allow("sts:AssumeRole"))
    ec2 = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    alice.cannot_assume(account.role("host", ec2))


def test_the_external_id_must_be_right(account):
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn, {"StringEquals": {"sts:ExternalId": "right"}}))
    alice.assume(role, ExternalId="right")
    alice.cannot_assume(role, ExternalId="wrong")
    alice.cannot_assume(role)


def test_the_session_must_have_the_user_s_name(account):
    named = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn, named))
    alice.assume(role, name="alice")
    alice.cannot_assume(role, name="bob")


def test_the_address_and_the_time_count(account):
    alice = account.user("alice")
    here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
    alice.assume(account.role("here", trust(alice.arn, here)))
    elsewhere = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    alice.cannot_assume(account.role("elsewhere", trust(alice.arn, elsewhere)))
    past = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    alice.cannot_assume(account.role("past", trust(alice.arn, past)))


def test_a_tag_of_the_caller_counts(account):
    blue = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    alice, bob = account.user("alice", tags={"team": "blue"}), account.user("bob", tags={"team": "red"})
    role = account.role("guest", trust([alice.arn, bob.arn], blue))
    alice.assume(role)
    bob.cannot_assume(role)


def test_everybody_with_a_condition_on_the_arn(account):
    alice, bob = account.user("alice"), account.user("bob", allow("*"))
    only = {"ArnEquals": {"aws:PrincipalArn": alice.arn}}
    role = account.role("guest", trust("*", only))
    alice.assume(role)
    bob.cannot_assume(role)


def test_session_tags_need_their_own_trust(account):
    alice = account.user("alice", allow("sts:*"))
    role = account.role("guest", trust(alice.arn))
    tags = [{"Key": "team", "Value": "blue"}]
    alice.cannot_assume(role, "sts:TagSession", Tags=tags)
    account.call("iam:UpdateAssumeRolePolicy", RoleName="guest", PolicyDocument=document(trust(alice.arn, action=BOTH)))
    alice.assume(role, Tags=tags)


def test_session_tags_must_be_those_that_are_trusted(account):
    alice = account.user("alice")
    blue = {"StringEquals": {"aws:RequestTag/team": "blue"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    role = account.role("guest", trust(alice.arn, blue, action=BOTH))
    alice.assume(role, Tags=[{"Key": "team", "Value": "blue"}])
    alice.cannot_assume(role, Tags=[{"Key": "team", "Value": "red"}])
    alice.cannot_assume(role, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "1"}])
    alice.cannot_assume(role)


def test_transitive_tag_keys_must_be_those_that_are_trusted(account):
    alice = account.user("alice")
    only = {"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["team"]}}
    role = account.role("guest", trust(alice.arn, only, action=BOTH))
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "1"}]
    alice.assume(role, Tags=tags, TransitiveTagKeys=["team"])
    alice.cannot_assume(role, Tags=tags, TransitiveTagKeys=["team", "cost"])


def test_a_source_identity_needs_its_own_trust(account):
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn))
    alice.cannot_assume(role, "sts:SetSourceIdentity", SourceIdentity="alice")
    like = {"StringLike": {"sts:SourceIdentity": "al*"}}
    setting = trust(alice.arn, like, action=["sts:AssumeRole", "sts:SetSourceIdentity"])
    account.call("iam:UpdateAssumeRolePolicy", RoleName="guest", PolicyDocument=document(setting))
    alice.assume(role, SourceIdentity="alice")
    alice.cannot_assume(role, SourceIdentity="bob")


def test_a_role_may_trust_a_role(account):
    alice = account.user("alice")
    first = account.role("first", trust(alice.arn))
    second = account.role("second", trust(first), allow("iam:ListUsers"))
    alice.cannot_assume(second)
    alice.assume(first).assume(second).call("iam:ListUsers")


def test_a_role_may_trust_one_session(account):
    alice = account.user("alice")
    first = account.role("first", trust(alice.arn))
    second = account.role("second", trust(account.session_arn("first", "night")))
    alice.assume(first, name="night").assume(second)
    alice.assume(first, name="day").cannot_assume(second)


def test_a_user_that_was_made_anew_is_another_user(account):
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn))
    alice.assume(role)
    account.call("iam:DeleteAccessKey", UserName="alice", AccessKeyId=alice.keys.id)
    account.call("iam:DeleteUser", UserName="alice")
    shown = account.call("iam:GetRole", RoleName="guest")["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"]["AWS"].startswith("AIDA"), json.dumps(shown)
    again = account.user("alice", allow("*"))
    again.cannot_assume(role)


def test_a_role_that_was_made_anew_is_another_role(account):
    alice = account.user("alice")
    first = account.role("first", trust(alice.arn))
    second = account.role("second", trust(first))
    alice.assume(first).assume(second)
    account.call("iam:DeleteRole", RoleName="first")
    again = account.role("first", trust(alice.arn), allow("*"))
    alice.assume(again).cannot_assume(second)


def test_a_user_that_was_renamed_is_the_same_user(account):
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn))
    account.call("iam:UpdateUser", UserName="alice", NewUserName="alicia")
    alice.assume(role)
    shown = account.call("iam:GetRole", RoleName="guest")["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"]["AWS"] == account.arn_of("user", "alicia")


def test_a_user_that_does_not_exist_cannot_be_trusted(account):
    arn = account.arn_of("user", "ghost")
    text = f'Invalid principal in policy: "AWS":"{arn}"'
    parameters = {"RoleName": "guest", "AssumeRolePolicyDocument": document(trust(arn))}
    account.fails("iam:CreateRole", "MalformedPolicyDocument", text, 400, **parameters)
    account.fails("iam:GetRole", "NoSuchEntity", "The role with name guest cannot be found.", 404, RoleName="guest")


def test_a_trust_policy_counts_as_soon_as_it_is_changed(account):
    alice = account.user("alice")
    account.plain_user("bob")
    role = account.role("guest", trust(alice.arn), allow("iam:ListUsers"))
    session = alice.assume(role)
    text = document(trust(account.arn_of("user", "bob")))
    account.call("iam:UpdateAssumeRolePolicy", RoleName="guest", PolicyDocument=text)
    alice.cannot_assume(role)
    # AWS lets sessions that were given out before live on.
    session.call("iam:ListUsers")


def test_root_does_not_assume_roles(account, root):
    text = "Roles may not be assumed by root accounts."
    role = account.role("guest", trust(account.id))
    root.fails("sts:AssumeRole", "AccessDenied", text, 403, RoleArn=role, RoleSessionName="session")
