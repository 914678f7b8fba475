"""Every operation that is served, called once in a way that means something; and every one that is not, refused clearly."""

import json
import os
import pathlib
import re

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from support.account import Account
from support.walker import Walker
from walk import (
    certificates,
    kms_ciphers,
    kms_grants,
    kms_keys,
    kms_life,
    kms_stores,
    people,
    permissions,
    simulation,
    tokens,
)

MODULES = [people, permissions, certificates, tokens, simulation, kms_ciphers, kms_keys, kms_life, kms_grants, kms_stores]
AREAS = [area for module in MODULES for area in module.AREAS]
# What the walk's calls asked for.
PERMISSIONS = pathlib.Path(__file__).parent / "walk/permissions.txt"
# Ids in ARNs that are new each time.
VARYING = r"[0-9a-f]{8}-[0-9a-f-]{27}|mrk-[0-9a-f]{32}"
# Input for operations whose shapes are generated: it is checked before they are refused.
EXAMPLES = {
    "accessanalyzer:CreateAnalyzer": {"analyzerName": "a", "type": "ACCOUNT"},
    "shield:CreateProtection": {
        "Name": "a",
        "ResourceArn": "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/a/1",
    },
}
# The operations of each area that has been walked.
WALKED = {}


def walked(area, endpoint):
    """Walks an area in an account of its own, once."""
    if area not in WALKED:
        walker = Walker(Account(endpoint))
        area(walker)
        WALKED[area] = walker.seen
    return WALKED[area]


def permissions_asked(endpoint):
    """What each operation asked for, over all areas."""
    asked = {}
    for area in AREAS:
        for operation, permissions in walked(area, endpoint).items():
            asked.setdefault(operation, set()).update(permissions)
    return asked


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.__name__)
def test_responses_satisfy_the_model(server, area):
    assert walked(area, server.endpoint)


def test_every_operation_that_is_served_is_walked(server, coverage):
    seen = set(permissions_asked(server.endpoint))
    served = {f"{service}:{name}" for service, lists in coverage.items() for name in lists["served"]}
    assert served - seen == set()
    assert seen - served == set()


def test_operations_ask_for_the_permissions_that_they_asked_for(server):
    """The file is to be read against the service authorization reference. CLAVIGER_UPDATE=1 writes it anew."""
    asked = permissions_asked(server.endpoint)
    lines = [
        f"{operation}: {what}"
        for operation in sorted(asked)
        for what in sorted({re.sub(VARYING, "ID", what) for what in asked[operation]})
    ]
    text = "\n".join(lines) + "\n"
    if os.environ.get("CLAVIGER_UPDATE"):
        PERMISSIONS.write_text(text)
    assert text == PERMISSIONS.read_text()


def test_every_service_is_known_to_the_peer(coverage):
    session = botocore.session.get_session()
    for service, lists in coverage.items():
        model = session.get_service_model(service)
        assert set(lists["served"]) | set(lists["unserved"]) == set(model.operation_names), service


def test_operations_that_are_not_served_say_so(account, coverage):
    refused = 0
    for service, lists in coverage.items():
        client = account.unchecked().client(service)
        for name in lists["unserved"]:
            shape = client.meta.service_model.operation_model(name).input_shape
            parameters = EXAMPLES.get(f"{service}:{name}", example(shape) if shape else {})
            with pytest.raises(ClientError) as caught:
                getattr(client, xform_name(name))(**parameters)
            response = caught.value.response
            status = response["ResponseMetadata"]["HTTPStatusCode"]
            assert (response["Error"]["Code"], status) == ("NotImplemented", 501), json.dumps(response)
            text = f"The operation {name} of {service} is not served by this version of Claviger."
            assert response["Error"]["Message"] == text
            refused += 1
    assert refused == sum(len(lists["unserved"]) for lists in coverage.values())


def example(shape):
    """The smallest input that the model takes, patterns apart."""
    if shape.type_name == "structure":
        names = list(shape.members) if shape.is_tagged_union else shape.required_members
        return {name: example(shape.members[name]) for name in names[: 1 if shape.is_tagged_union else None]}
    if shape.type_name == "list":
        return [example(shape.member)] * max(shape.metadata.get("min", 1), 1)
    if shape.type_name == "map":
        return {example(shape.key): example(shape.value)}
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "a" * max(shape.metadata.get("min", 1), 1)
    if shape.type_name in ("integer", "long"):
        return shape.metadata.get("min", 1)
    return {"boolean": True, "blob": b"1", "timestamp": 0, "float": 1.0, "double": 1.0}[shape.type_name]
