"""A caller that checks each response against AWS's model, and remembers what it called."""

import xml.etree.ElementTree as ElementTree

from botocore.validate import ParamValidator

from support.caller import Caller

# Where AWS answers something else than its own model says, and says so in its documentation.
DOCUMENTED = {"PermissionsBoundaryAttachmentType": ["Policy"]}
# "UploadSSHPublicKey" shows 16 pairs of digits with colons: one less than the model's length.
FINGERPRINT = "Invalid length for parameter SSHPublicKey.Fingerprint, value: 47, valid min length: 48"


class Walker(Caller):
    """An administrator whose every response must satisfy the model: its parser, its types, its required members,
    its enumerations, and no element that the model does not know."""

    def __init__(self, account, seen):
        super().__init__(account.endpoint, account.keys, account.arn)
        self.account = account
        # `service:Operation` of each call that succeeded.
        self.seen = seen

    def client(self, service):
        fresh = service not in self._clients
        client = super().client(service)
        if fresh:
            client.meta.events.register(f"response-received.{service}", self._received)
        return client

    def like(self, caller):
        """A walker with another caller's credentials."""
        walker = Walker(self.account, self.seen)
        walker.keys, walker.arn = caller.keys, caller.arn
        return walker

    def _received(self, response_dict, parsed_response, event_name, **_):
        if response_dict["status_code"] >= 300:
            return
        _, service, name = event_name.split(".")
        operation = self._clients[service].meta.service_model.operation_model(name)
        assert parsed_response["ResponseMetadata"]["RequestId"], "a response without a request id"
        shape = operation.output_shape
        output = {key: value for key, value in parsed_response.items() if key != "ResponseMetadata"}
        if shape is None:
            assert not output
        else:
            report = ParamValidator().validate(output, shape).generate_report()
            assert report in ("", FINGERPRINT), f"{name}: {report}"
            enumerated(output, shape, name)
            known_elements(response_dict["body"], name, shape)
        self.seen.add(f"{service}:{name}")


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
