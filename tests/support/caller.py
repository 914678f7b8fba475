"""Whoever calls: credentials, clients made of them, and what a call gives."""

import dataclasses

import boto3
import botocore.config
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from support.reasons import message

CONFIG = {
    "retries": {"mode": "standard", "total_max_attempts": 1},
    "connect_timeout": 5,
    "read_timeout": 60,
}
# One session for all: the models are read once.
SESSION = boto3.session.Session()


@dataclasses.dataclass(frozen=True)
class Keys:
    """Credentials, long-term where there is no token."""

    id: str
    secret: str
    token: str | None = None

    @classmethod
    def of(cls, credentials):
        """The credentials of a response."""
        return cls(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials.get("SessionToken"))


class Caller:
    """A principal with its credentials; `arn` is the one that AWS names in messages."""

    # Whether botocore checks parameters before it sends them.
    checks = True

    def __init__(self, endpoint, keys, arn, region="us-east-1"):
        self.endpoint = endpoint
        self.keys = keys
        self.arn = arn
        self.region = region
        self._clients = {}

    def client(self, service):
        """The boto3 client of a service."""
        if service not in self._clients:
            self._clients[service] = SESSION.client(
                service,
                region_name=self.region,
                endpoint_url=self.endpoint,
                aws_access_key_id=self.keys.id,
                aws_secret_access_key=self.keys.secret,
                aws_session_token=self.keys.token,
                config=botocore.config.Config(parameter_validation=self.checks, **CONFIG),
            )
        return self._clients[service]

    def call(self, operation, **parameters):
        """Calls `service:Operation`, and gives the response."""
        service, name = operation.split(":")
        return getattr(self.client(service), xform_name(name))(**parameters)

    def with_keys(self, keys):
        """The same principal with other credentials."""
        return Caller(self.endpoint, keys, self.arn, self.region)

    def unchecked(self):
        """The same caller with clients that send what the service must refuse."""
        caller = self.with_keys(self.keys)
        caller.checks = False
        return caller

    def fails(self, operation, code, text, status, **parameters):
        """The call fails with this code, text and HTTP status. Gives the response."""
        with pytest.raises(ClientError) as caught:
            self.call(operation, **parameters)
        response = caught.value.response
        error = response["Error"]
        seen = (error["Code"], error["Message"], response["ResponseMetadata"]["HTTPStatusCode"])
        assert seen == (code, text, status)
        return response

    def denied(self, operation, resource, because, action=None, **parameters):
        """The call is denied in AWS's words: for `action` (the operation where it is not given) on `resource`."""
        text = message(self.arn, action or operation, resource, because)
        return self.fails(operation, "AccessDenied", text, 403, **parameters)

    def assume(self, role_arn, name="session", **parameters):
        """Assumes a role, and gives the session."""
        response = self.call("sts:AssumeRole", RoleArn=role_arn, RoleSessionName=name, **parameters)
        arn = response["AssumedRoleUser"]["Arn"]
        return Caller(self.endpoint, Keys.of(response["Credentials"]), arn, self.region)

    def cannot_assume(self, role_arn, action="sts:AssumeRole", because="", name="session", **parameters):
        """The role cannot be assumed. AWS gives no reason but for denies that the role has no part in."""
        parameters = {"RoleArn": role_arn, "RoleSessionName": name} | parameters
        return self.denied("sts:AssumeRole", role_arn, because, action, **parameters)

    def whoami(self):
        """The ARN that the server knows the caller by."""
        return self.call("sts:GetCallerIdentity")["Arn"]
