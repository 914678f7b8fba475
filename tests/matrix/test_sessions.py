"""Temporary credentials: what a session may do is never more than its role, its session policies and its tags say."""

import json

from support.caller import Caller, Keys
from support.policies import allow, deny, document, trust
from support.reasons import (
    DENIED_BY_IDENTITY,
    DENIED_BY_SESSION,
    NO_IDENTITY_POLICY,
    NO_SESSION_POLICY,
    UNKNOWN_TOKEN,
)
from support.account import pairs

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
TOO_LONG_CHAINED = (
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
)


def session_of(account, *statements, **parameters):
    """A session of the role `guest` that has these statements."""
    alice = account.user("alice")
    tagging = trust(alice.arn, action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])
    return alice.assume(account.role("guest", tagging, *statements), **parameters)


def test_a_session_may_what_its_role_may(account):
    session = session_of(account, allow("iam:ListUsers"))
    session.call("iam:ListUsers")
    session.denied("iam:ListRoles", account.arn_of("role", ""), NO_IDENTITY_POLICY)
    assert session.whoami() == account.session_arn("guest")


def test_a_session_has_nothing_of_who_assumed_the_role(account):
    alice = account.user("alice", allow("*"))
    session = alice.assume(account.role("guest", trust(alice.arn)))
    session.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)


def test_a_session_loses_what_its_role_loses(account):
    session = session_of(account, allow("iam:ListUsers"))
    session.call("iam:ListUsers")
    account.call("iam:DeleteRolePolicy", RoleName="guest", PolicyName="inline")
    session.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)


def test_a_session_policy_limits(account):
    session = session_of(account, allow("iam:*"), Policy=document(allow("iam:ListUsers")))
    session.call("iam:ListUsers")
    session.denied("iam:ListRoles", account.arn_of("role", ""), NO_SESSION_POLICY)


def test_a_session_policy_grants_nothing(account):
    session = session_of(account, allow("iam:ListRoles"), Policy=document(allow("*")))
    session.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)


def test_a_session_policy_denies(account):
    session = session_of(account, allow("iam:*"), Policy=document(allow("*"), deny("iam:ListUsers")))
    session.denied("iam:ListUsers", account.arn_of("user", ""), DENIED_BY_SESSION)


def test_a_managed_session_policy_limits(account):
    session = session_of(account, allow("iam:*"), PolicyArns=[{"arn": READ_ONLY}])
    session.call("iam:ListUsers")
    session.denied("iam:CreateUser", account.arn_of("user", "dave"), NO_SESSION_POLICY, UserName="dave")


def test_inline_and_managed_session_policies_add_up(account):
    session = session_of(
        account, allow("iam:*"), PolicyArns=[{"arn": READ_ONLY}], Policy=document(allow("iam:CreateUser"))
    )
    session.call("iam:ListUsers")
    session.call("iam:CreateUser", UserName="dave")
    session.denied("iam:CreateGroup", account.arn_of("group", "crew"), NO_SESSION_POLICY, GroupName="crew")


def test_a_session_policy_that_does_not_parse_gives_no_session(account):
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn))
    parameters = {"RoleArn": role, "RoleSessionName": "session"}
    alice.fails(
        "sts:AssumeRole",
        "MalformedPolicyDocument",
        "Syntax errors in policy.",
        400,
        Policy="{}x",
        **parameters,
    )


def test_variables_of_a_session(account):
    own = account.arn_of("user", "${aws:PrincipalTag/owner}")
    session = session_of(account, allow("iam:GetUser", own), Tags=pairs({"owner": "alice"}))
    session.call("iam:GetUser", UserName="alice")
    account.plain_user("bob")
    session.denied("iam:GetUser", account.arn_of("user", "bob"), NO_IDENTITY_POLICY, UserName="bob")


def test_a_session_has_no_user_name(account):
    own = account.arn_of("user", "${aws:username}*")
    session = session_of(account, allow("iam:GetUser", own))
    session.denied("iam:GetUser", account.arn_of("user", "alice"), NO_IDENTITY_POLICY, UserName="alice")


def test_the_principal_arn_of_a_session_is_the_role_s(account):
    arn = account.arn_of("role", "guest")
    session = session_of(account, allow("iam:ListUsers", condition={"ArnEquals": {"aws:PrincipalArn": arn}}))
    session.call("iam:ListUsers")


def test_a_session_s_name_is_in_its_user_id(account):
    named = {"StringLike": {"aws:userid": "AROA*:session"}, "Null": {"aws:TokenIssueTime": "false"}}
    session_of(account, allow("iam:ListUsers", condition=named)).call("iam:ListUsers")


def test_session_tags_go_before_the_role_s(account):
    alice = account.user("alice")
    trusted = trust(alice.arn, action=["sts:AssumeRole", "sts:TagSession"])
    red = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    role = account.role("guest", trusted, allow("iam:ListUsers", condition=red), tags={"Team": "blue"})
    alice.assume(role).denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)
    alice.assume(role, Tags=pairs({"team": "red"})).call("iam:ListUsers")


def test_a_role_s_session_has_the_mfa_key_and_it_is_false(account):
    without = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    session = session_of(account, allow("*"), deny("iam:ListUsers", condition=without))
    session.denied("iam:ListUsers", account.arn_of("user", ""), DENIED_BY_IDENTITY)


def test_transitive_tags_stay_in_a_chain_and_others_go(account):
    alice = account.user("alice")
    both = ["sts:AssumeRole", "sts:TagSession"]
    first = account.role("first", trust(alice.arn, action=both), allow(both))
    team = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    cost = {"Null": {"aws:PrincipalTag/cost": "false"}}
    second = account.role(
        "second",
        trust(first, action=both),
        allow("iam:ListUsers", condition=team),
        allow("iam:ListRoles", condition=cost),
    )
    hop = alice.assume(first, Tags=pairs({"team": "blue", "cost": "1"}), TransitiveTagKeys=["team"])
    end = hop.assume(second)
    end.call("iam:ListUsers")
    end.denied("iam:ListRoles", account.arn_of("role", ""), NO_IDENTITY_POLICY)


def test_a_transitive_tag_cannot_be_changed(account):
    alice = account.user("alice")
    both = ["sts:AssumeRole", "sts:TagSession"]
    first = account.role("first", trust(alice.arn, action=both), allow(both))
    second = account.role("second", trust(first, action=both))
    hop = alice.assume(first, Tags=pairs({"team": "blue"}), TransitiveTagKeys=["team"])
    text = (
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
        "calling session."
    )
    parameters = {"RoleArn": second, "RoleSessionName": "session", "Tags": pairs({"Team": "red"})}
    hop.fails("sts:AssumeRole", "InvalidParameterValue", text, 400, **parameters)


def test_a_source_identity_stays_in_a_chain(account):
    alice = account.user("alice")
    both = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    first = account.role("first", trust(alice.arn, action=both), allow(both))
    ada = {"StringEquals": {"aws:SourceIdentity": "ada"}}
    second = account.role("second", trust(first, action=both), allow("iam:ListUsers", condition=ada))
    hop = alice.assume(first, SourceIdentity="ada")
    hop.assume(second).call("iam:ListUsers")
    text = "The source identity is already set for this assume role session"
    parameters = {"RoleArn": second, "RoleSessionName": "session", "SourceIdentity": "eve"}
    hop.fails("sts:AssumeRole", "ValidationError", text, 400, **parameters)


def test_a_chained_session_lasts_an_hour_at_most(account):
    alice = account.user("alice")
    first = account.role("first", trust(alice.arn), allow("sts:AssumeRole"), longest=7200)
    second = account.role("second", trust(first), longest=7200)
    hop = alice.assume(first, DurationSeconds=7200)
    parameters = {"RoleArn": second, "RoleSessionName": "session", "DurationSeconds": 3601}
    hop.fails("sts:AssumeRole", "ValidationError", TOO_LONG_CHAINED, 400, **parameters)
    hop.assume(second, DurationSeconds=3600)


def test_a_session_lasts_no_longer_than_its_role_says(account):
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn))
    parameters = {"RoleArn": role, "RoleSessionName": "session", "DurationSeconds": 3601}
    alice.fails("sts:AssumeRole", "ValidationError", TOO_LONG, 400, **parameters)
    text = (
        "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: "
        "Member must have value greater than or equal to 900"
    )
    parameters["DurationSeconds"] = 899
    alice.unchecked().fails("sts:AssumeRole", "ValidationError", text, 400, **parameters)


def test_a_session_token_without_mfa_cannot_call_iam(account):
    alice = account.user("alice", allow("*"))
    keys = Keys.of(alice.call("sts:GetSessionToken")["Credentials"])
    temporary = alice.with_keys(keys)
    assert temporary.whoami() == alice.arn
    temporary.fails("iam:ListUsers", "InvalidClientTokenId", UNKNOWN_TOKEN, 403)


def test_a_session_token_can_assume_roles_as_its_user(account):
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn), allow("iam:ListUsers"))
    keys = Keys.of(alice.call("sts:GetSessionToken")["Credentials"])
    alice.with_keys(keys).assume(role).call("iam:ListUsers")


def test_a_session_token_gives_no_other(account):
    alice = account.user("alice", allow("*"))
    temporary = alice.with_keys(Keys.of(alice.call("sts:GetSessionToken")["Credentials"]))
    text = "Cannot call GetSessionToken with session credentials"
    temporary.fails("sts:GetSessionToken", "AccessDenied", text, 403)
    text = "Cannot call GetFederationToken with session credentials"
    temporary.fails("sts:GetFederationToken", "AccessDenied", text, 403, Name="guest")
    session = alice.assume(account.role("guest", trust(alice.arn), allow("*")))
    session.fails("sts:GetFederationToken", "AccessDenied", text, 403, Name="guest")


def test_a_federated_user_is_somebody_and_cannot_call_iam(account):
    alice = account.user("alice", allow("*"))
    for policy in ({}, {"Policy": document(allow("*"))}):
        token = alice.call("sts:GetFederationToken", Name="guest", **policy)
        assert token["FederatedUser"]["Arn"] == f"arn:aws:sts::{account.id}:federated-user/guest"
        federated = Caller(account.endpoint, Keys.of(token["Credentials"]), token["FederatedUser"]["Arn"])
        assert federated.whoami() == federated.arn
        federated.fails("iam:ListUsers", "InvalidClientTokenId", UNKNOWN_TOKEN, 403)
        parameters = {"RoleArn": account.arn_of("role", "guest"), "RoleSessionName": "session"}
        federated.fails("sts:AssumeRole", "InvalidClientTokenId", UNKNOWN_TOKEN, 403, **parameters)


def test_a_federation_token_needs_its_permission(account):
    alice = account.user("alice")
    resource = f"arn:aws:sts::{account.id}:federated-user/guest"
    alice.denied("sts:GetFederationToken", resource, NO_IDENTITY_POLICY, Name="guest")
    account.allow_user("alice", allow("sts:GetFederationToken"))
    alice.call("sts:GetFederationToken", Name="guest")
    tags = pairs({"team": "blue"})
    alice.denied("sts:GetFederationToken", resource, NO_IDENTITY_POLICY, "sts:TagSession", Name="guest", Tags=tags)


def test_whoever_is_authenticated_may_ask_who_it_is(account):
    alice = account.user("alice", deny("*"))
    assert alice.whoami() == alice.arn


def test_why_a_call_was_denied_is_told_to_who_may_know(account):
    alice = account.user("alice")
    denied = alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)
    sealed = denied["ResponseMetadata"]["HTTPHeaders"]["x-claviger-encoded-authorization-message"]
    alice.denied("sts:DecodeAuthorizationMessage", "*", NO_IDENTITY_POLICY, EncodedMessage=sealed)
    account.allow_user("alice", allow("sts:DecodeAuthorizationMessage"))
    told = json.loads(alice.call("sts:DecodeAuthorizationMessage", EncodedMessage=sealed)["DecodedMessage"])
    assert told["allowed"] is False and told["explicitDeny"] is False
    assert told["context"]["action"] == "iam:ListUsers"
    assert told["context"]["principal"]["arn"] == alice.arn


def test_why_a_call_was_denied_is_not_told_to_another_account(account, partner):
    alice = account.user("alice")
    denied = alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)
    sealed = denied["ResponseMetadata"]["HTTPHeaders"]["x-claviger-encoded-authorization-message"]
    code = "InvalidAuthorizationMessageException"
    partner.fails("sts:DecodeAuthorizationMessage", code, "Message is not valid", 400, EncodedMessage=sealed)
