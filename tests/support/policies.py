"""Policy documents in few words."""

import json


def statement(effect, action="*", resource="*", condition=None, **more):
    """One statement. `more` may replace Action and Resource: NotAction, NotResource, Principal, Sid."""
    made = {"Effect": effect}
    if "NotAction" not in more:
        made["Action"] = action
    if "NotResource" not in more and resource is not None:
        made["Resource"] = resource
    if condition is not None:
        made["Condition"] = condition
    return made | more


def allow(action="*", resource="*", condition=None, **more):
    """An Allow."""
    return statement("Allow", action, resource, condition, **more)


def deny(action="*", resource="*", condition=None, **more):
    """A Deny."""
    return statement("Deny", action, resource, condition, **more)


def document(*statements, version="2012-10-17"):
    """The JSON of a policy."""
    return json.dumps({"Version": version, "Statement": list(statements)})


def trust(principal, condition=None, effect="Allow", action="sts:AssumeRole"):
    """A statement of a trust policy. `principal`: ARN, account id or `*`, one or a list."""
    return statement(effect, action, None, condition, Principal={"AWS": principal})
