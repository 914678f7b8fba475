"""What identity policies let a user with an access key do: one row a case."""

import dataclasses

import pytest

from support.policies import allow, deny, document
from support.reasons import DENIED_BY_IDENTITY, NO_IDENTITY_POLICY

PAST, FUTURE = "2020-01-01T00:00:00Z", "2190-01-01T00:00:00Z"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
IAM_FULL = "arn:aws:iam::aws:policy/IAMFullAccess"


@dataclasses.dataclass(frozen=True)
class Case:
    """One call of the user alice. In texts `A` in braces is the account's id."""

    name: str
    # The statements of alice's inline policy.
    policy: list
    # `service:Operation` and its parameters.
    call: str
    parameters: dict = dataclasses.field(default_factory=dict)
    # Why it is denied; None where it is allowed.
    because: str | None = None
    # What the message names: the resource's ARN after `arn:aws:iam::ACCOUNT:`, and the action where it is not the operation.
    resource: str = ""
    action: str | None = None
    # More of the scene: statements of a group that alice is in, managed policies, tags of alice, the policy's version.
    group: list = dataclasses.field(default_factory=list)
    attached: tuple = ()
    tags: dict = dataclasses.field(default_factory=dict)
    version: str = "2012-10-17"


def get_user(name):
    """The call that most cases make."""
    return {"call": "iam:GetUser", "parameters": {"UserName": name}}


def forbidden(resource, because=NO_IDENTITY_POLICY, action=None):
    """The end of a case that is denied."""
    return {"because": because, "resource": resource, "action": action}


NEW = {"UserName": "dave"}
BLUE, RED = [{"Key": "team", "Value": "blue"}], [{"Key": "team", "Value": "red"}]
TEAM_AND_COST = [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "1"}]
SAME_TEAM = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
EC2_ONLY = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
LAMBDA_ONLY = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
INTO_PROFILE = {"InstanceProfileName": "hosts", "RoleName": "deploy"}

BLUE_TAG = {"StringEquals": {"aws:RequestTag/team": "blue"}}
ATTACH = {"UserName": "bob", "PolicyArn": READ_ONLY}

CASES = [
    # The default, and what beats what.
    Case("nothing allows", [], "iam:ListUsers", **forbidden("user/")),
    Case("an allow allows", [allow("iam:ListUsers")], "iam:ListUsers"),
    Case("another action is not allowed", [allow("iam:ListRoles")], "iam:ListUsers", **forbidden("user/")),
    Case(
        "a deny beats an allow",
        [allow("iam:*"), deny("iam:GetUser")],
        **get_user("bob"),
        **forbidden("user/bob", DENIED_BY_IDENTITY),
    ),
    Case(
        "a deny of another resource does not count",
        [allow("iam:*"), deny("iam:GetUser", "arn:aws:iam::{A}:user/carol")],
        **get_user("bob"),
    ),
    Case(
        "a deny whose condition is not met does not count",
        [allow("iam:*"), deny("*", condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
        **get_user("bob"),
    ),
    # Groups and managed policies.
    Case("a group allows", [], **get_user("bob"), group=[allow("iam:GetUser")]),
    Case(
        "a group denies",
        [allow("iam:*")],
        **get_user("bob"),
        group=[deny("iam:GetUser")],
        **forbidden("user/bob", DENIED_BY_IDENTITY),
    ),
    Case("a managed policy of AWS allows", [], **get_user("bob"), attached=(READ_ONLY,)),
    Case(
        "a managed policy of AWS allows no more than it says",
        [],
        "iam:CreateUser",
        NEW,
        attached=(READ_ONLY,),
        **forbidden("user/dave"),
    ),
    Case(
        "an inline deny beats a managed allow",
        [deny("iam:Get*")],
        **get_user("bob"),
        attached=(IAM_FULL,),
        **forbidden("user/bob", DENIED_BY_IDENTITY),
    ),
    # Actions.
    Case("actions ignore case", [allow("IAM:getUSER")], **get_user("bob")),
    Case("actions take wildcards inside", [allow("iam:?et*r")], **get_user("bob")),
    Case("NotAction allows the rest", [allow(NotAction="iam:DeleteUser")], **get_user("bob")),
    Case(
        "NotAction does not allow what it names",
        [allow(NotAction=["iam:DeleteUser", "iam:GetUser"])],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "a deny of NotAction denies the rest",
        [allow("*"), deny(NotAction="iam:Get*")],
        "iam:ListUsers",
        **forbidden("user/", DENIED_BY_IDENTITY),
    ),
    Case("a deny of NotAction spares what it names", [allow("*"), deny(NotAction="iam:Get*")], **get_user("bob")),
    # Resources.
    Case("a resource matches", [allow("iam:GetUser", "arn:aws:iam::{A}:user/bob")], **get_user("bob")),
    Case(
        "another resource does not",
        [allow("iam:GetUser", "arn:aws:iam::{A}:user/bob")],
        **get_user("carol"),
        **forbidden("user/carol"),
    ),
    Case("resources take wildcards", [allow("iam:GetUser", "arn:aws:iam::{A}:user/b?b*")], **get_user("bob")),
    Case(
        "resources heed case",
        [allow("iam:GetUser", "arn:aws:iam::{A}:user/BOB")],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "a resource of another account is another resource",
        [allow("iam:GetUser", "arn:aws:iam::111122223333:user/bob")],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "the path is part of the resource",
        [allow("iam:GetRole", "arn:aws:iam::{A}:role/deploy")],
        "iam:GetRole",
        {"RoleName": "deploy"},
        **forbidden("role/service/deploy"),
    ),
    Case(
        "a path with a wildcard",
        [allow("iam:GetRole", "arn:aws:iam::{A}:role/service/*")],
        "iam:GetRole",
        {"RoleName": "deploy"},
    ),
    Case("NotResource allows the rest", [allow(NotResource="arn:aws:iam::{A}:user/carol")], **get_user("bob")),
    Case(
        "NotResource does not allow what it names",
        [allow(NotResource="arn:aws:iam::{A}:user/b*")],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "a deny of NotResource denies the rest",
        [allow("*"), deny(NotResource="arn:aws:iam::{A}:user/bob")],
        **get_user("carol"),
        **forbidden("user/carol", DENIED_BY_IDENTITY),
    ),
    Case(
        "what does not exist is denied with the same words",
        [],
        **get_user("nobody"),
        **forbidden("user/nobody"),
    ),
    # Variables.
    Case(
        "${aws:username} is the caller", [allow("iam:GetUser", "arn:aws:iam::{A}:user/${aws:username}")], **get_user("alice")
    ),
    Case(
        "${aws:username} is nobody else",
        [allow("iam:GetUser", "arn:aws:iam::{A}:user/${aws:username}")],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "in version 2008-10-17 a variable is plain text",
        [allow("iam:GetUser", "arn:aws:iam::{A}:user/${aws:username}")],
        **get_user("alice"),
        version="2008-10-17",
        **forbidden("user/alice"),
    ),
    Case(
        "a variable without a value matches nothing",
        [allow("iam:GetUser", "arn:aws:iam::{A}:user/b${aws:PrincipalTag/rest}")],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "a wildcard that comes from a tag is plain text",
        [allow("iam:GetUser", "arn:aws:iam::{A}:user/${aws:PrincipalTag/who}")],
        **get_user("bob"),
        tags={"who": "_"},
        **forbidden("user/bob"),
    ),
    Case(
        "a variable's default",
        [allow("iam:GetUser", "arn:aws:iam::{A}:user/${aws:PrincipalTag/who, 'bob'}")],
        **get_user("bob"),
    ),
    # Tags.
    Case(
        "the resource's tag",
        [allow("iam:GetUser", condition={"StringEquals": {"aws:ResourceTag/team": "blue"}})],
        **get_user("bob"),
    ),
    Case(
        "the resource's other tag",
        [allow("iam:GetUser", condition={"StringEquals": {"aws:ResourceTag/team": "blue"}})],
        **get_user("carol"),
        **forbidden("user/carol"),
    ),
    Case(
        "keys of tags ignore case, values do not",
        [allow("iam:GetUser", condition={"StringEquals": {"AWS:resourcetag/TEAM": "Blue"}})],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "IAM's own key for tags",
        [allow("iam:GetUser", condition={"StringLike": {"iam:ResourceTag/Team": "bl*"}})],
        **get_user("bob"),
    ),
    Case(
        "a deny by tag",
        [allow("*"), deny("iam:*", condition={"StringEquals": {"aws:ResourceTag/team": "red"}})],
        **get_user("carol"),
        **forbidden("user/carol", DENIED_BY_IDENTITY),
    ),
    Case(
        "the same team", [allow("iam:GetUser", condition=SAME_TEAM)], **get_user("bob"), tags={"team": "blue"}
    ),
    Case(
        "another team",
        [allow("iam:GetUser", condition=SAME_TEAM)],
        **get_user("carol"),
        tags={"team": "blue"},
        **forbidden("user/carol"),
    ),
    Case(
        "no team at all is not the same team",
        [allow("iam:GetUser", condition=SAME_TEAM)],
        **get_user("alice"),
        **forbidden("user/alice"),
    ),
    Case(
        "tags of the request",
        [allow(["iam:CreateUser", "iam:TagUser"], condition=BLUE_TAG)],
        "iam:CreateUser",
        NEW | {"Tags": BLUE},
    ),
    Case(
        "other tags of the request",
        [allow(["iam:CreateUser", "iam:TagUser"], condition=BLUE_TAG)],
        "iam:CreateUser",
        NEW | {"Tags": RED},
        **forbidden("user/dave"),
    ),
    Case(
        "no tags in the request",
        [allow(["iam:CreateUser", "iam:TagUser"], condition=BLUE_TAG)],
        "iam:CreateUser",
        NEW,
        **forbidden("user/dave"),
    ),
    Case(
        "who tags while creating must be allowed to tag",
        [allow("iam:CreateUser")],
        "iam:CreateUser",
        NEW | {"Tags": BLUE},
        **forbidden("user/dave", action="iam:TagUser"),
    ),
    Case(
        "only these tag keys",
        [allow("iam:TagUser", condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}})],
        "iam:TagUser",
        {"UserName": "bob", "Tags": RED},
    ),
    Case(
        "no other tag keys",
        [allow("iam:TagUser", condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}})],
        "iam:TagUser",
        {"UserName": "bob", "Tags": TEAM_AND_COST},
        **forbidden("user/bob"),
    ),
    Case(
        "a tag key that must not be removed",
        [allow("iam:*"), deny("iam:UntagUser", condition={"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}})],
        "iam:UntagUser",
        {"UserName": "bob", "TagKeys": ["cost", "team"]},
        **forbidden("user/bob", DENIED_BY_IDENTITY),
    ),
    # Where, when, how.
    Case(
        "an address in the range",
        [allow("iam:GetUser", condition={"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "127.0.0.0/8"]}})],
        **get_user("bob"),
    ),
    Case(
        "an address outside",
        [allow("iam:GetUser", condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "a deny of all other addresses",
        [allow("*"), deny("*", condition={"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}})],
        **get_user("bob"),
        **forbidden("user/bob", DENIED_BY_IDENTITY),
    ),
    Case(
        "within the time",
        [
            allow(
                "iam:GetUser",
                condition={
                    "DateGreaterThan": {"aws:CurrentTime": PAST},
                    "DateLessThan": {"aws:CurrentTime": FUTURE},
                    "NumericGreaterThan": {"aws:EpochTime": "1577836800"},
                },
            )
        ],
        **get_user("bob"),
    ),
    Case(
        "after the time",
        [allow("iam:GetUser", condition={"DateLessThan": {"aws:CurrentTime": PAST}})],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "only over TLS",
        [allow("*"), deny("*", condition={"Bool": {"aws:SecureTransport": "false"}})],
        **get_user("bob"),
        **forbidden("user/bob", DENIED_BY_IDENTITY),
    ),
    Case(
        "a long-term key has no MFA key",
        [allow("iam:GetUser", condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "not even the value false",
        [allow("iam:GetUser", condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "AWS's deny without MFA",
        [allow("*"), deny("*", condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})],
        **get_user("bob"),
        **forbidden("user/bob", DENIED_BY_IDENTITY),
    ),
    Case(
        "an age of MFA that is missing is not small",
        [allow("iam:GetUser", condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    # Who.
    Case(
        "the caller's ARN",
        [allow("iam:GetUser", condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/al*"}})],
        **get_user("bob"),
    ),
    Case(
        "the caller's kind and id",
        [
            allow(
                "iam:GetUser",
                condition={"StringEquals": {"aws:PrincipalType": "User"}, "StringLike": {"aws:userid": "AIDA*"}},
            )
        ],
        **get_user("bob"),
    ),
    Case(
        "another account's callers",
        [allow("iam:GetUser", condition={"StringNotEquals": {"aws:PrincipalAccount": "{A}"}})],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "a long-term key has no token",
        [allow("iam:GetUser", condition={"Null": {"aws:TokenIssueTime": "true"}})],
        **get_user("bob"),
    ),
    Case(
        "a key that is missing equals nothing",
        [allow("iam:GetUser", condition={"StringEquals": {"aws:SourceIdentity": ["", "bob"]}})],
        **get_user("bob"),
        **forbidden("user/bob"),
    ),
    Case(
        "a key that is missing differs from everything",
        [allow("iam:GetUser", condition={"StringNotEquals": {"aws:SourceIdentity": "bob"}})],
        **get_user("bob"),
    ),
    # Keys of single actions.
    Case(
        "only with this boundary",
        [allow("iam:CreateUser", condition={"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}})],
        "iam:CreateUser",
        NEW | {"PermissionsBoundary": READ_ONLY},
    ),
    Case(
        "not without the boundary",
        [allow("iam:CreateUser", condition={"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}})],
        "iam:CreateUser",
        NEW,
        **forbidden("user/dave"),
    ),
    Case(
        "not with another boundary",
        [allow("iam:CreateUser", condition={"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}})],
        "iam:CreateUser",
        NEW | {"PermissionsBoundary": IAM_FULL},
        **forbidden("user/dave"),
    ),
    Case(
        "this policy may be attached",
        [allow("iam:AttachUserPolicy", condition={"ArnEquals": {"iam:PolicyARN": READ_ONLY}})],
        "iam:AttachUserPolicy",
        ATTACH,
    ),
    Case(
        "another policy may not",
        [allow("iam:AttachUserPolicy", condition={"ArnEquals": {"iam:PolicyARN": READ_ONLY}})],
        "iam:AttachUserPolicy",
        ATTACH | {"PolicyArn": IAM_FULL},
        **forbidden("user/bob"),
    ),
    Case(
        "a role is passed",
        [allow("iam:AddRoleToInstanceProfile"), allow("iam:PassRole", "arn:aws:iam::{A}:role/service/*", EC2_ONLY)],
        "iam:AddRoleToInstanceProfile",
        INTO_PROFILE,
    ),
    Case(
        "a role cannot be passed without PassRole",
        [allow("iam:AddRoleToInstanceProfile")],
        "iam:AddRoleToInstanceProfile",
        INTO_PROFILE,
        **forbidden("role/service/deploy", action="iam:PassRole"),
    ),
    Case(
        "a role is not passed to another service",
        [allow("iam:AddRoleToInstanceProfile"), allow("iam:PassRole", "*", LAMBDA_ONLY)],
        "iam:AddRoleToInstanceProfile",
        INTO_PROFILE,
        **forbidden("role/service/deploy", action="iam:PassRole"),
    ),
    Case(
        "a service-linked role for this service",
        [
            allow(
                "iam:CreateServiceLinkedRole",
                condition={"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
            )
        ],
        "iam:CreateServiceLinkedRole",
        {"AWSServiceName": "elasticloadbalancing.amazonaws.com"},
    ),
]


def placed(value, account):
    """The value with the account's id in place."""
    if isinstance(value, str):
        return value.replace("{A}", account.id)
    if isinstance(value, list):
        return [placed(item, account) for item in value]
    if isinstance(value, dict):
        return {key: placed(item, account) for key, item in value.items()}
    return value


@pytest.fixture
def scene(account):
    """People and things that the cases call for."""
    account.plain_user("bob", tags={"team": "blue"})
    account.plain_user("carol", tags={"team": "red"})
    ec2 = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    account.role("deploy", ec2, path="/service/")
    account.call("iam:CreateInstanceProfile", InstanceProfileName="hosts")
    return account


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_identity_policy(scene, case):
    alice = scene.user("alice", tags=case.tags)
    if case.policy:
        scene.allow_user("alice", *placed(case.policy, scene), version=case.version)
    if case.group:
        scene.group("readers", *placed(case.group, scene), members=["alice"])
    for arn in case.attached:
        scene.call("iam:AttachUserPolicy", UserName="alice", PolicyArn=arn)
    if case.because is None:
        alice.call(case.call, **case.parameters)
    else:
        resource = f"arn:aws:iam::{scene.id}:{case.resource}"
        alice.denied(case.call, resource, case.because, case.action, **case.parameters)


def test_the_default_version_of_a_managed_policy_decides(account):
    arn = account.policy("reading", allow("iam:GetUser"))
    alice = account.user("alice")
    account.call("iam:AttachUserPolicy", UserName="alice", PolicyArn=arn)
    alice.call("iam:GetUser")
    text = document(allow("iam:ListUsers"))
    account.call("iam:CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text)
    alice.call("iam:GetUser")
    account.call("iam:SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2")
    alice.denied("iam:GetUser", alice.arn, NO_IDENTITY_POLICY)
    alice.call("iam:ListUsers")
    account.call("iam:DetachUserPolicy", UserName="alice", PolicyArn=arn)
    alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)


def test_who_leaves_a_group_loses_its_policies(account):
    alice = account.user("alice")
    account.group("readers", allow("iam:ListUsers"), members=["alice"])
    alice.call("iam:ListUsers")
    account.call("iam:RemoveUserFromGroup", GroupName="readers", UserName="alice")
    alice.denied("iam:ListUsers", account.arn_of("user", ""), NO_IDENTITY_POLICY)


def test_policies_follow_a_user_to_its_new_name(account):
    alice = account.user("alice", allow("iam:GetUser", account.arn_of("user", "${aws:username}")))
    account.call("iam:UpdateUser", UserName="alice", NewUserName="alicia")
    assert alice.whoami() == account.arn_of("user", "alicia")
    alice.call("iam:GetUser", UserName="alicia")


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_iam_is_called_in_its_own_region_whatever_the_caller_signs(account, region):
    home = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    away = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
    alice = account.user("alice", allow("iam:ListUsers", condition=home), allow("iam:ListRoles", condition=away))
    alice.region = region
    alice.call("iam:ListUsers")
    alice.denied("iam:ListRoles", account.arn_of("role", ""), NO_IDENTITY_POLICY)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_sts_is_called_in_the_region_that_the_caller_signs(account, region):
    here = {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}
    alice = account.user("alice", allow("sts:GetFederationToken", condition=here))
    alice.region = region
    if region == "eu-central-1":
        alice.call("sts:GetFederationToken", Name="guest")
    else:
        resource = f"arn:aws:sts::{account.id}:federated-user/guest"
        alice.denied("sts:GetFederationToken", resource, NO_IDENTITY_POLICY, Name="guest")


def test_a_role_that_does_not_exist_cannot_be_passed_unnoticed(account):
    account.call("iam:CreateInstanceProfile", InstanceProfileName="hosts")
    alice = account.user("alice", allow("iam:AddRoleToInstanceProfile"))
    parameters = {"InstanceProfileName": "hosts", "RoleName": "ghost"}
    role = account.arn_of("role", "ghost")
    alice.denied("iam:AddRoleToInstanceProfile", role, NO_IDENTITY_POLICY, "iam:PassRole", **parameters)


def test_a_service_linked_role_for_another_service_is_denied(account):
    only = {"StringEquals": {"iam:AWSServiceName": "autoscaling.amazonaws.com"}}
    alice = account.user("alice", allow("iam:CreateServiceLinkedRole", condition=only))
    name = "elasticloadbalancing.amazonaws.com"
    role = account.arn_of("role", f"aws-service-role/{name}/AWSServiceRoleForElasticLoadBalancing")
    alice.denied("iam:CreateServiceLinkedRole", role, NO_IDENTITY_POLICY, AWSServiceName=name)
