"""Callers that check each response against AWS's model, and learn what each call needs."""

import json
import re
import xml.etree.ElementTree as ElementTree

from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from support.caller import Caller
from support.policies import allow

# Where AWS answers something else than its own model says, as its documentation and its answers show.
DOCUMENTED = {
    "PermissionsBoundaryAttachmentType": ["Policy"],
    "PolicySourceType": ["IAM Policy", "Resource Policy"],
}
# "UploadSSHPublicKey" shows 16 pairs of digits with colons: one less than the model's length.
FINGERPRINT = "Invalid length for parameter SSHPublicKey.Fingerprint, value: 47, valid min length: 48"


# AWS lets whoever is authenticated call these, whatever the policies say.
FOR_EVERYBODY = {"sts:GetCallerIdentity", "sts:GetSessionToken"}
DENIED = re.compile(r"is not authorized to perform: (\S+) on resource: (\S+) because no identity-based policy allows")


class Walker(Caller):
    """A user whose every response must satisfy the model: its parser, its types, its required members, its
    enumerations, and no element that the model does not know.

    It has no permission but those that a denial has named, on the resource that it has named, and for this call
    only: so every call shows what its operation asks for.
    """

    def __init__(self, account):
        self.account = account
        # The permissions that each `service:Operation` asked for, as text, with the account's id left out.
        self.seen = {}
        user = account.user("zz-walker", path="/walker/")
        super().__init__(account.endpoint, user.keys, user.arn)

    def like(self, caller):
        """Another caller whose responses are checked, with the permissions that it has."""
        return Checked(self, caller)

    def client(self, service):
        return checked_client(self, super().client, service)

    def call(self, operation, **parameters):
        granted = []
        try:
            while True:
                try:
                    response = super().call(operation, **parameters)
                    break
                except ClientError as error:
                    self._grant(operation, error, granted)
        finally:
            if granted:
                self.account.call("iam:DeleteUserPolicy", UserName="zz-walker", PolicyName="inline")
        assert granted or operation in FOR_EVERYBODY, f"{operation} asks for no permission"
        asked = [f"{action} {resource}".replace(self.account.id, "ACCOUNT") for action, resource in granted]
        self.seen.setdefault(operation, set()).update(asked or ["nothing"])
        return response

    def _grant(self, operation, error, granted):
        """Grants what the denial names."""
        found = DENIED.search(error.response["Error"]["Message"])
        denied = error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException")
        if not denied or found is None:
            raise error
        asked = found.groups()
        assert asked not in granted, f"{operation} is denied although {asked} is allowed"
        granted.append(asked)
        self.account.allow_user("zz-walker", *(allow(action, resource) for action, resource in granted))


class Checked(Caller):
    """A caller with its own permissions whose responses are checked as a walker's."""

    def __init__(self, walker, caller):
        super().__init__(caller.endpoint, caller.keys, caller.arn)
        self.walker = walker

    def client(self, service):
        return checked_client(self, super().client, service)

    def call(self, operation, **parameters):
        response = super().call(operation, **parameters)
        self.walker.seen.setdefault(operation, set()).add("of the caller's own")
        return response


def checked_client(caller, make, service):
    """The client that `make` makes, which checks its responses."""
    fresh = service not in caller._clients
    client = make(service)
    if fresh:
        model = client.meta.service_model
        client.meta.events.register(f"response-received.{service}", lambda **event: received(model, **event))
    return client


def received(model, response_dict, parsed_response, event_name, **_):
    """Checks one response."""
    if response_dict["status_code"] >= 300:
        return
    operation = model.operation_model(event_name.split(".")[2])
    assert parsed_response["ResponseMetadata"]["RequestId"], "a response without a request id"
    name, shape = operation.name, operation.output_shape
    output = {key: value for key, value in parsed_response.items() if key != "ResponseMetadata"}
    if shape is None:
        assert not output
        assert model.metadata["protocol"] != "json" or response_dict["body"] in (b"", b"{}")
        return
    report = ParamValidator().validate(output, shape).generate_report()
    assert report in ("", FINGERPRINT), f"{name}: {report}"
    enumerated(output, shape, name)
    if model.metadata["protocol"] == "json":
        known_members(json.loads(response_dict["body"]), shape, name)
    else:
        known_elements(response_dict["body"], name, shape)


def enumerated(value, shape, path):
    """Every text of an enumeration is one of its values."""
    if value is None:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            enumerated(value.get(name), member, f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            enumerated(item, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for item in value.values():
            enumerated(item, shape.value, f"{path}{{}}")
    elif shape.type_name == "string" and shape.enum:
        known = DOCUMENTED.get(shape.name, shape.enum)
        assert value in known, f"{path}: {value} is none of {known}"


def known_members(value, shape, path):
    """The JSON has only members of the model: botocore's parser passes others over."""
    if shape.type_name == "structure":
        for key, member in value.items():
            assert key in shape.members, f"{path}: the model has no {key}"
            assert member is not None, f"{path}.{key}: null"
            known_members(member, shape.members[key], f"{path}.{key}")
    elif shape.type_name == "list":
        for item in value:
            known_members(item, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for item in value.values():
            known_members(item, shape.value, f"{path}{{}}")
    else:
        assert not isinstance(value, (dict, list)), f"{path}: members in a {shape.type_name}"


def known_elements(body, name, shape):
    """The XML has only elements of the model: botocore's parser passes others over."""
    root = ElementTree.fromstring(body)
    assert local(root) == f"{name}Response"
    parts = {local(child): child for child in root}
    assert set(parts) == {f"{name}Result", "ResponseMetadata"}, set(parts)
    check_element(parts[f"{name}Result"], shape, name)


def check_element(element, shape, path):
    """One element and what is in it."""
    if shape.type_name == "structure":
        members = {member.serialization.get("name", key): member for key, member in shape.members.items()}
        for child in element:
            assert local(child) in members, f"{path}: the model has no {local(child)}"
            check_element(child, members[local(child)], f"{path}.{local(child)}")
        names = [local(child) for child in element]
        assert len(names) == len(set(names)), f"{path}: {names}"
    elif shape.type_name == "list":
        wanted = shape.member.serialization.get("name", "member")
        for child in element:
            assert local(child) == wanted, f"{path}: {local(child)} in a list of {wanted}"
            check_element(child, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for entry in element:
            assert local(entry) == "entry" and [local(child) for child in entry] == ["key", "value"], path
            check_element(entry[1], shape.value, f"{path}{{}}")
    else:
        assert len(element) == 0, f"{path}: elements in a {shape.type_name}"


def local(element):
    """An element's name without its namespace."""
    return element.tag.split("}")[-1]
