"""An account of its own for each test, with an administrator who sets the scene."""

import itertools

from support.caller import Caller, Keys
from support.policies import document

# Ids that no other account of the server has.
NUMBERS = itertools.count(310_000_000_001)
DEV_SECRET = "test"


class Account(Caller):
    """A fresh account of a `--dev` server; calls are those of its administrator user."""

    def __init__(self, endpoint):
        self.id = str(next(NUMBERS))
        # In --dev a 12-digit access key is an administrator of that account.
        super().__init__(endpoint, Keys(self.id, DEV_SECRET), f"arn:aws:iam::{self.id}:user/dev-administrator")

    def arn_of(self, kind, name):
        """The ARN of an IAM entity; `name` with its path."""
        return f"arn:aws:iam::{self.id}:{kind}/{name}"

    def session_arn(self, role, session="session"):
        """The ARN of a role's session."""
        return f"arn:aws:sts::{self.id}:assumed-role/{role}/{session}"

    def user(self, name="alice", *statements, path="/", tags=None, boundary=None):
        """A user with an access key, and with the statements as an inline policy."""
        self.plain_user(name, path, tags, boundary)
        if statements:
            self.allow_user(name, *statements)
        key = self.call("iam:CreateAccessKey", UserName=name)["AccessKey"]
        return Caller(self.endpoint, Keys.of(key), self.arn_of("user", path.lstrip("/") + name))

    def plain_user(self, name, path="/", tags=None, boundary=None):
        """A user without credentials."""
        more = {"PermissionsBoundary": boundary} if boundary else {}
        self.call("iam:CreateUser", UserName=name, Path=path, Tags=pairs(tags), **more)

    def allow_user(self, name, *statements, policy="inline", version="2012-10-17"):
        """Gives a user the statements as an inline policy."""
        text = document(*statements, version=version)
        self.call("iam:PutUserPolicy", UserName=name, PolicyName=policy, PolicyDocument=text)

    def group(self, name, *statements, members=()):
        """A group with the statements as an inline policy."""
        self.call("iam:CreateGroup", GroupName=name)
        if statements:
            text = document(*statements)
            self.call("iam:PutGroupPolicy", GroupName=name, PolicyName="inline", PolicyDocument=text)
        for member in members:
            self.call("iam:AddUserToGroup", GroupName=name, UserName=member)

    def role(self, name, trusts, *statements, path="/", tags=None, boundary=None, longest=None):
        """A role; `trusts` is one statement of its trust policy or a list of them. Gives its ARN."""
        more = {"PermissionsBoundary": boundary} if boundary else {}
        if longest:
            more["MaxSessionDuration"] = longest
        trusts = trusts if isinstance(trusts, list) else [trusts]
        made = self.call(
            "iam:CreateRole",
            RoleName=name,
            Path=path,
            AssumeRolePolicyDocument=document(*trusts),
            Tags=pairs(tags),
            **more,
        )
        if statements:
            text = document(*statements)
            self.call("iam:PutRolePolicy", RoleName=name, PolicyName="inline", PolicyDocument=text)
        return made["Role"]["Arn"]

    def policy(self, name, *statements, path="/"):
        """A customer managed policy. Gives its ARN."""
        text = document(*statements)
        return self.call("iam:CreatePolicy", PolicyName=name, Path=path, PolicyDocument=text)["Policy"]["Arn"]


def pairs(tags):
    """Tags in the form of requests."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
