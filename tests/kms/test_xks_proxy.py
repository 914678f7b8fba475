"""Claviger as an external key store's proxy: every case of AWS's XKS proxy API specification, asked by hand as AWS KMS
asks; and one Claviger that asks another."""

import json
import os
import time

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support import raw
from support.account import Account
from support.policies import allow, document
from support.server import Server
from support.xks import CREDENTIAL, OTHER_CREDENTIAL, ask, bound, decode, encode, integrity_value

PREFIX = "/kms/xks/v1"
OWN = "/own/kms/xks/v1"
FEW = "/few/kms/xks/v1"
SERVICE = {"Service": "cks.kms.amazonaws.com"}
USE = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]
METADATA = {
    "awsPrincipalArn": "arn:aws:iam::123456789012:user/Alice",
    "kmsKeyArn": "arn:aws:kms:us-east-2:123456789012:/key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "kmsOperation": "Encrypt",
    "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
    "kmsViaService": "ebs",
}
ENCRYPT = {
    "requestMetadata": METADATA,
    "additionalAuthenticatedData": "cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n",
    "plaintext": "SGVsbG8gV29ybGQh",
    "encryptionAlgorithm": "AES_GCM",
    "ciphertextDataIntegrityValueAlgorithm": "SHA_256",
}
AAD = b"project=nile,department=marketing"
MATERIAL = bytes(range(32))


class House:
    """A server that is a proxy, and the keys that it shows."""

    def __init__(self, folder):
        self.file = folder / "xks.toml"
        self.shown = {}
        self.say([])
        data = folder / "data"
        keys = {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "test"}
        self.server = Server(
            folder, "--dev", "--data", data, variables=keys | {"CLAVIGER_XKS_PROXY": str(self.file), "CLAVIGER_XKS_TIMEOUT": "5000"}
        ).start()
        self.account = Account(self.server.endpoint)

    def say(self, keys):
        """Writes who reaches which keys."""
        text = ""
        for path, credentials, accounts in [
            (PREFIX, [CREDENTIAL], None),
            (OWN, [CREDENTIAL, OTHER_CREDENTIAL], None),
            (FEW, [CREDENTIAL], ["123456789012"]),
        ]:
            text += f"[[proxy]]\npath = {json.dumps(path)}\nkeys = {json.dumps(keys)}\n"
            text += f"accounts = {json.dumps(accounts)}\n" if accounts else ""
            for one in credentials:
                text += f"[[proxy.credentials]]\nid = \"{one['AccessKeyId']}\"\nsecret = \"{one['RawSecretAccessKey']}\"\n"
        with open(os.open(self.file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def key(self, *statements, **more):
        """A key whose policy has these statements besides the account's."""
        root = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{self.account.id}:root"})
        return self.account.call("kms:CreateKey", Policy=document(root, *statements), **more)["KeyMetadata"]

    def show(self):
        """Makes the keys of the tests and shows them."""
        open_ = allow(USE, Principal=SERVICE)
        here = {"StringEquals": {"aws:SourceArn": "arn:aws:kms:eu-west-1:123456789012:key/one"}}
        keys = {
            "open": self.key(open_),
            "closed": self.key(),
            "encrypt-only": self.key(allow("kms:Encrypt", Principal=SERVICE)),
            "one-source": self.key(allow(USE, Principal=SERVICE, condition=here)),
            "denied": self.key(open_, {**allow("kms:*", Principal=SERVICE), "Effect": "Deny"}),
            "disabled": self.key(open_),
            "deleted": self.key(open_),
            "mac": self.key(open_, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC"),
            "rsa": self.key(open_, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT"),
            "imported": self.imported(open_),
        }
        self.shown = {name: key["KeyId"] for name, key in keys.items()}
        missing = keys["open"]["Arn"][:-12] + "0" * 12
        self.shown |= {"missing": missing.split("/")[1], "hidden": self.key(open_)["KeyId"]}
        self.account.call("kms:DisableKey", KeyId=self.shown["disabled"])
        self.account.call("kms:ScheduleKeyDeletion", KeyId=self.shown["deleted"], PendingWindowInDays=7)
        self.say([key["Arn"] for key in keys.values()] + [missing])
        self.wait(lambda: self.ask("open", "metadata")[0] == 200)

    def wait(self, done):
        """Waits until the file was read anew."""
        deadline = time.monotonic() + 10
        while not done():
            assert time.monotonic() < deadline, self.server.log()
            time.sleep(0.05)

    def imported(self, *statements):
        """A key whose material is known."""
        key = self.key(*statements, Origin="EXTERNAL")
        wanted = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
        parameters = self.account.call("kms:GetParametersForImport", KeyId=key["KeyId"], **wanted)
        public = serialization.load_der_public_key(parameters["PublicKey"])
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        self.account.call(
            "kms:ImportKeyMaterial",
            KeyId=key["KeyId"],
            ImportToken=parameters["ImportToken"],
            EncryptedKeyMaterial=public.encrypt(MATERIAL, oaep),
            ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
        )
        return key

    def ask(self, key, operation, body=None, path=PREFIX, **more):
        """Asks for a key's operation. Gives (status, body)."""
        body = {"requestMetadata": METADATA} if body is None else body
        return ask(self.server.endpoint, f"{path}/keys/{self.shown.get(key, key)}/{operation}", body, **more)

    def health(self, path=PREFIX, body=None, **more):
        """Asks for the health."""
        body = {"requestMetadata": {"kmsOperation": "KmsHealthCheck", "kmsRequestId": "1"}} if body is None else body
        return ask(self.server.endpoint, f"{path}/health", body, **more)

    def encrypted(self, key="open", **more):
        """A success of Encrypt."""
        status, answer = self.ask(key, "encrypt", ENCRYPT | more)
        assert status == 200, answer
        return answer

    def decrypt(self, answer, key="open", **more):
        """What Decrypt says of an answer of Encrypt."""
        parts = {name: value for name, value in answer.items() if name != "ciphertextDataIntegrityValue"}
        fixed = {"requestMetadata": METADATA, "encryptionAlgorithm": "AES_GCM"}
        request = fixed | {"additionalAuthenticatedData": ENCRYPT["additionalAuthenticatedData"]} | parts | more
        return self.ask(key, "decrypt", {name: value for name, value in request.items() if value is not None})

    def events(self, since):
        """The trail's events of the proxy from one on."""
        text = self.server.command("events", "--data", str(self.server.folder / "data"))
        events = [json.loads(line) for line in text.splitlines()]
        return [event for event in events if event["eventSource"] == "kms-xks-proxy.amazonaws.com"][since:]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """The server and its keys."""
    made = House(tmp_path_factory.mktemp("proxy"))
    made.show()
    yield made
    made.server.stop()


def error(answer, status, name):
    """The answer is this error, in the form of the specification."""
    assert (answer[0], answer[1]["errorName"]) == (status, name), answer
    assert set(answer[1]) == {"errorName", "errorMessage"}
    assert len(answer[1]["errorMessage"]) < 512
    assert all(" " <= letter <= "~" for letter in answer[1]["errorMessage"])


def test_it_is_healthy(house):
    status, answer = house.health()
    assert status == 200
    assert set(answer) == {"xksProxyFleetSize", "xksProxyVendor", "xksProxyModel", "ekmVendor", "ekmFleetDetails"}
    assert [member["healthStatus"] for member in answer["ekmFleetDetails"]] == ["ACTIVE"]
    assert set(answer["ekmFleetDetails"][0]) == {"id", "model", "healthStatus"}


def test_it_shows_its_keys(house):
    ready = {"keySpec": "AES_256", "keyUsage": ["ENCRYPT", "DECRYPT"], "keyStatus": "ENABLED"}
    assert house.ask("open", "metadata") == (200, ready)
    # There is no key of KMS yet when one is created, and operations of later versions are not refused.
    created = {name: value for name, value in METADATA.items() if name != "kmsKeyArn"} | {"kmsOperation": "BulkCreateKey"}
    assert house.ask("open", "metadata", {"requestMetadata": created}) == (200, ready)
    assert house.ask("disabled", "metadata")[1]["keyStatus"] == "DISABLED"
    assert house.ask("deleted", "metadata")[1]["keyStatus"] == "DISABLED"
    assert house.ask("mac", "metadata")[1] == {"keySpec": "HMAC_256", "keyUsage": [], "keyStatus": "ENABLED"}


def test_what_it_encrypts_it_decrypts(house):
    answer = house.encrypted()
    assert set(answer) == {
        "ciphertext",
        "ciphertextMetadata",
        "initializationVector",
        "authenticationTag",
        "ciphertextDataIntegrityValue",
    }
    assert len(decode(answer["ciphertext"])) == 12 and len(decode(answer["authenticationTag"])) == 16
    assert len(decode(answer["initializationVector"])) == 12 and len(decode(answer["ciphertextMetadata"])) <= 20
    assert answer["ciphertextDataIntegrityValue"] == integrity_value(AAD, answer)
    assert house.decrypt(answer) == (200, {"plaintext": ENCRYPT["plaintext"]})


def test_data_to_authenticate_and_the_integrity_value_are_optional(house):
    status, answer = house.ask(
        "open", "encrypt", {name: ENCRYPT[name] for name in ("requestMetadata", "plaintext", "encryptionAlgorithm")}
    )
    assert status == 200 and "ciphertextDataIntegrityValue" not in answer
    assert house.decrypt(answer, additionalAuthenticatedData=None)[0] == 200
    _, answer = house.ask("open", "encrypt", {name: v for name, v in ENCRYPT.items() if name != "additionalAuthenticatedData"})
    assert answer["ciphertextDataIntegrityValue"] == integrity_value(b"", answer)


def test_it_encrypts_as_the_specification_says(house):
    """Whoever has the material can decrypt with AES-256-GCM, and encrypt for the proxy."""
    answer = house.encrypted("imported")
    metadata, vector = decode(answer["ciphertextMetadata"]), decode(answer["initializationVector"])
    sealed = decode(answer["ciphertext"]) + decode(answer["authenticationTag"])
    assert AESGCM(MATERIAL).decrypt(vector, sealed, bound(AAD, metadata)) == b"Hello World!"
    sealed = AESGCM(MATERIAL).encrypt(bytes(12), b"from elsewhere", bound(b"", metadata))
    made = {
        "ciphertext": encode(sealed[:-16]),
        "authenticationTag": encode(sealed[-16:]),
        "initializationVector": encode(bytes(12)),
        "ciphertextMetadata": answer["ciphertextMetadata"],
    }
    assert house.decrypt(made, "imported", additionalAuthenticatedData=None)[1] == {"plaintext": encode(b"from elsewhere")}


def test_it_takes_as_much_as_it_must(house):
    associated, plaintext = encode(os.urandom(8192)), encode(os.urandom(4300))
    answer = house.encrypted(plaintext=plaintext, additionalAuthenticatedData=associated)
    assert house.decrypt(answer, additionalAuthenticatedData=associated) == (200, {"plaintext": plaintext})
    long = {"requestMetadata": METADATA | {"awsPrincipalArn": "arn:aws:iam::123456789012:user/" + "a" * 2017}}
    assert house.ask("open", "metadata", long)[0] == 200


@pytest.mark.parametrize("more", [{"plaintext": encode(bytes(4301))}, {"additionalAuthenticatedData": encode(bytes(8193))}], ids=lambda m: next(iter(m)))
def test_it_takes_no_more(house, more):
    error(house.ask("open", "encrypt", ENCRYPT | more), 501, "UnsupportedOperationException")


@pytest.mark.parametrize(
    "change",
    [
        {"ciphertext": encode(b"Hello World?")},
        {"authenticationTag": encode(bytes(16))},
        {"initializationVector": encode(bytes(12))},
        {"initializationVector": encode(bytes(16))},
        {"additionalAuthenticatedData": encode(b"project=blue")},
        {"additionalAuthenticatedData": None},
        {"ciphertextMetadata": None},
        {"ciphertextMetadata": encode(b"key_version=1")},
        {"ciphertextMetadata": encode(b"\x01" + bytes(16))},
    ],
    ids=str,
)
def test_what_was_changed_is_not_decrypted(house, change):
    error(house.decrypt(house.encrypted(), **change), 400, "InvalidCiphertextException")


def test_metadata_cannot_pass_for_authenticated_data(house):
    """The specification's example of an unintended decryption."""
    _, answer = house.ask("imported", "encrypt", {name: v for name, v in ENCRYPT.items() if name != "additionalAuthenticatedData"})
    change = {"ciphertextMetadata": None, "additionalAuthenticatedData": answer["ciphertextMetadata"]}
    error(house.decrypt(answer, "imported", **change), 400, "InvalidCiphertextException")


def test_another_key_does_not_decrypt(house):
    error(house.decrypt(house.encrypted(), "imported"), 400, "InvalidCiphertextException")


def test_what_was_encrypted_before_a_rotation_is_still_decrypted(house):
    before = house.encrypted()
    house.account.call("kms:RotateKeyOnDemand", KeyId=house.shown["open"])
    after = house.encrypted()
    assert before["ciphertextMetadata"] != after["ciphertextMetadata"]
    for answer in (before, after):
        assert house.decrypt(answer) == (200, {"plaintext": ENCRYPT["plaintext"]})
    error(house.decrypt(before, ciphertextMetadata=after["ciphertextMetadata"]), 400, "InvalidCiphertextException")


@pytest.mark.parametrize(
    "change",
    [
        {"requestMetadata": None},
        {"requestMetadata": {}},
        {"requestMetadata": "text"},
        *({"requestMetadata": {k: v for k, v in METADATA.items() if k != name}} for name in list(METADATA)[:4]),
        {"plaintext": None},
        {"plaintext": ""},
        {"plaintext": "%%%"},
        {"plaintext": 1},
        {"encryptionAlgorithm": None},
        {"encryptionAlgorithm": "AES_GCM_256"},
        {"additionalAuthenticatedData": "%"},
        {"ciphertextDataIntegrityValueAlgorithm": "SHA_512"},
    ],
    ids=str,
)
def test_a_request_to_encrypt_is_whole(house, change):
    request = {name: value for name, value in (ENCRYPT | change).items() if value is not None}
    error(house.ask("open", "encrypt", request), 400, "ValidationException")


@pytest.mark.parametrize(
    "change",
    [
        {"requestMetadata": None},
        {"requestMetadata": {k: v for k, v in METADATA.items() if k != "kmsKeyArn"}},
        {"ciphertext": None},
        {"ciphertext": ""},
        {"ciphertext": "%"},
        {"encryptionAlgorithm": None},
        {"encryptionAlgorithm": "AES_CBC"},
        {"initializationVector": None},
        {"initializationVector": encode(bytes(11))},
        {"initializationVector": encode(bytes(13))},
        {"authenticationTag": None},
        {"authenticationTag": encode(bytes(15))},
        {"authenticationTag": encode(bytes(17))},
        {"ciphertextMetadata": encode(bytes(21))},
        {"ciphertextMetadata": "%"},
        {"additionalAuthenticatedData": "%"},
    ],
    ids=str,
)
def test_a_request_to_decrypt_is_whole(house, change):
    error(house.decrypt(house.encrypted(), **change), 400, "ValidationException")


@pytest.mark.parametrize("body", [{}, {"requestMetadata": {}}, b"", b"{", b"[]", b"null"], ids=str)
def test_requests_for_health_and_metadata_are_whole(house, body):
    error(house.health(body=body), 400, "ValidationException")
    error(house.ask("open", "metadata", body), 400, "ValidationException")


def test_fields_of_later_versions_are_passed_over(house):
    answer = house.encrypted(requestMetadata=METADATA | {"sourceIdentity": "a", "kmsOperation": "BulkEncrypt"}, later=[1])
    assert house.decrypt(answer, later={"a": 1})[0] == 200


@pytest.mark.parametrize("key", ["missing", "hidden", "non_existing_key", "..", "a.b-c_d"])
def test_keys_that_are_not_shown_are_not_found(house, key):
    """One that is not in the file, although its policy is open, one that does not exist, and none at all."""
    for operation, body in (("metadata", None), ("encrypt", ENCRYPT)):
        error(house.ask(key, operation, body), 404, "KeyNotFoundException")
    error(house.decrypt(house.encrypted(), key), 404, "KeyNotFoundException")


@pytest.mark.parametrize("key", ["closed", "denied"])
def test_a_keys_own_policy_must_open_it(house, key):
    for operation, body in (("metadata", None), ("encrypt", ENCRYPT)):
        error(house.ask(key, operation, body), 403, "AccessDeniedException")
    error(house.decrypt(house.encrypted(), key), 403, "AccessDeniedException")


def test_a_policy_can_open_a_key_for_one_operation_or_one_key_of_aws(house):
    answer = house.encrypted("encrypt-only")
    error(house.decrypt(answer, "encrypt-only"), 403, "AccessDeniedException")
    error(house.ask("encrypt-only", "metadata"), 403, "AccessDeniedException")
    error(house.ask("one-source", "encrypt", ENCRYPT), 403, "AccessDeniedException")
    source = METADATA | {"kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/one"}
    house.encrypted("one-source", requestMetadata=source)


def test_a_path_can_be_open_for_some_accounts(house):
    assert house.ask("open", "encrypt", ENCRYPT, path=FEW)[0] == 200
    for other in ({"awsPrincipalArn": "arn:aws:iam::444455556666:user/Eve"}, {"kmsKeyArn": METADATA["kmsKeyArn"].replace("1234", "4321")}):
        body = ENCRYPT | {"requestMetadata": METADATA | other}
        error(house.ask("open", "encrypt", body, path=FEW), 403, "AccessDeniedException")
        error(house.ask("open", "metadata", body, path=FEW), 403, "AccessDeniedException")
    # Health is left out of all authorization.
    assert house.health(FEW)[0] == 200


@pytest.mark.parametrize("key", ["mac", "rsa"])
def test_other_keys_are_not_for_this(house, key):
    error(house.ask(key, "encrypt", ENCRYPT), 400, "InvalidKeyUsageException")
    error(house.decrypt(house.encrypted(), key), 400, "InvalidKeyUsageException")


@pytest.mark.parametrize("key", ["disabled", "deleted"])
def test_keys_that_are_not_enabled_are_of_no_use(house, key):
    error(house.ask(key, "encrypt", ENCRYPT), 400, "InvalidStateException")
    error(house.decrypt(house.encrypted(), key), 400, "InvalidStateException")


WRONG = [
    {"credential": CREDENTIAL | {"AccessKeyId": "INVALID" + CREDENTIAL["AccessKeyId"]}},
    {"credential": CREDENTIAL | {"RawSecretAccessKey": "Invalid" + CREDENTIAL["RawSecretAccessKey"]}},
    {"credential": CREDENTIAL | {"RawSecretAccessKey": ""}},
    {"credential": {"AccessKeyId": CREDENTIAL["AccessKeyId"], "RawSecretAccessKey": OTHER_CREDENTIAL["RawSecretAccessKey"]}},
    # A credential of another path.
    {"credential": OTHER_CREDENTIAL},
    # Keys of accounts here open nothing.
    {"credential": {"AccessKeyId": "000000000000", "RawSecretAccessKey": "test"}},
    {"service": "kms"},
    {"shift": -301},
    {"shift": 310},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_only_credentials_of_the_path_are_believed(house, monkeypatch, wrong):
    more = wrong | {"monkey": monkeypatch}
    error(house.health(**more), 401, "AuthenticationFailedException")
    for operation, body in (("metadata", None), ("encrypt", ENCRYPT), ("decrypt", ENCRYPT)):
        error(house.ask("open", operation, body, **more), 401, "AuthenticationFailedException")


def test_clocks_may_be_five_minutes_apart(house, monkeypatch):
    for shift in (-290, 290):
        assert house.health(shift=shift, monkey=monkeypatch)[0] == 200


def test_what_is_not_signed_or_signed_for_another_body_is_refused(house):
    headers = {"Content-Type": "application/json"}
    path = f"{PREFIX}/keys/{house.shown['open']}/encrypt"
    status, _, text = raw.send(house.server.endpoint, "POST", path, headers, json.dumps(ENCRYPT))
    error((status, json.loads(text)), 401, "AuthenticationFailedException")
    keys = type("Keys", (), {"id": CREDENTIAL["AccessKeyId"], "secret": CREDENTIAL["RawSecretAccessKey"], "token": None})
    url = raw.presigned(house.server.endpoint + path, keys, "", service="kms-xks-proxy")
    status, _, text = raw.send(house.server.endpoint, "POST", path + url.lstrip("/"), headers, json.dumps(ENCRYPT))
    error((status, json.loads(text)), 401, "AuthenticationFailedException")


def test_two_credentials_are_valid_at_a_time(house):
    for credential in (CREDENTIAL, OTHER_CREDENTIAL):
        assert house.health(OWN, credential=credential)[0] == 200


@pytest.mark.parametrize("path", ["/other/kms/xks/v1", "/kms/xks/v1/invalid/kms/xks/v1"])
def test_paths_that_are_not_in_the_file_are_not_valid(house, path):
    error(house.health(path), 404, "InvalidUriPathException")
    error(house.ask("open", "encrypt", ENCRYPT, path=path), 404, "InvalidUriPathException")


@pytest.mark.parametrize("operation", ["sign", "Encrypt", "encrypt/", ""])
def test_there_are_four_operations(house, operation):
    error(house.ask("open", operation, ENCRYPT), 404, "InvalidUriPathException")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_only_post_is_a_method(house, method):
    status, answer = ask(house.server.endpoint, f"{PREFIX}/health", {}, method=method)
    assert status == 405 and answer["errorName"] == "ValidationException"


def test_every_request_is_in_the_trail_and_no_secret(house):
    before = len(house.events(0))
    answer = house.encrypted(plaintext=encode(b"never to be seen"))
    house.decrypt(answer)
    house.ask("hidden", "encrypt", ENCRYPT)
    house.ask("closed", "metadata")
    house.ask("open", "encrypt", b"{")
    house.ask("open", "encrypt", ENCRYPT, credential=OTHER_CREDENTIAL)
    house.health()
    house.health("/other/kms/xks/v1")
    events = house.events(before)
    assert [(event["eventName"], event.get("errorCode")) for event in events] == [
        ("Encrypt", None),
        ("Decrypt", None),
        ("Encrypt", "KeyNotFoundException"),
        ("GetKeyMetadata", "AccessDeniedException"),
        ("Encrypt", "ValidationException"),
        ("Encrypt", "AuthenticationFailedException"),
        ("GetHealthStatus", None),
        ("GetHealthStatus", "InvalidUriPathException"),
    ]
    first = events[0]
    assert first["recipientAccountId"] == house.account.id
    assert first["resources"][0]["ARN"].endswith(house.shown["open"])
    assert first["userIdentity"]["invokedBy"] == "cks.kms.amazonaws.com"
    asked = first["requestParameters"]
    assert asked["requestMetadata"]["kmsRequestId"] == METADATA["kmsRequestId"]
    assert (asked["origin"]["accessKeyId"], asked["origin"]["sourceIPAddress"]) == (CREDENTIAL["AccessKeyId"], "127.0.0.1")
    assert events[5]["userIdentity"]["accessKeyId"] == OTHER_CREDENTIAL["AccessKeyId"]
    text = json.dumps(events)
    for secret in (encode(b"never to be seen"), answer["ciphertext"], CREDENTIAL["RawSecretAccessKey"], ENCRYPT["plaintext"]):
        assert secret not in text
    assert encode(b"never to be seen") not in house.server.log()


def test_one_claviger_uses_the_keys_of_another(house, tmp_path):
    """Two servers, as far apart as AWS KMS and its customer: what either side forbids is forbidden."""
    port = house.server.endpoint.rsplit(":", 1)[1]
    client = Server(tmp_path, "--dev", "--ephemeral", variables={"CLAVIGER_XKS_TIMEOUT": "5000"}).start()
    try:
        there = Account(client.endpoint)
        store = there.call(
            "kms:CreateCustomKeyStore",
            CustomKeyStoreName="far",
            CustomKeyStoreType="EXTERNAL_KEY_STORE",
            XksProxyConnectivity="PUBLIC_ENDPOINT",
            XksProxyUriEndpoint=f"https://{port}.localhost",
            XksProxyUriPath=PREFIX,
            XksProxyAuthenticationCredential=CREDENTIAL,
        )["CustomKeyStoreId"]
        there.call("kms:ConnectCustomKeyStore", CustomKeyStoreId=store)
        new = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store}
        key = there.call("kms:CreateKey", XksKeyId=house.shown["imported"], **new)["KeyMetadata"]["KeyId"]
        blob = there.call("kms:Encrypt", KeyId=key, Plaintext=b"text", EncryptionContext={"a": "b"})["CiphertextBlob"]
        right = {"CiphertextBlob": blob, "EncryptionContext": {"a": "b"}}
        assert there.call("kms:Decrypt", **right)["Plaintext"] == b"text"
        for name, code in [
            ("closed", "CustomKeyStoreInvalidStateException"),
            ("hidden", "XksKeyNotFoundException"),
            ("disabled", "XksKeyInvalidConfigurationException"),
            ("mac", "XksKeyInvalidConfigurationException"),
        ]:
            with pytest.raises(Exception, match=code):
                there.call("kms:CreateKey", XksKeyId=house.shown[name], **new)
        house.account.call("kms:DisableKey", KeyId=house.shown["imported"])
        with pytest.raises(Exception, match="is not enabled in the external HSM"):
            there.call("kms:Decrypt", **right)
        house.account.call("kms:EnableKey", KeyId=house.shown["imported"])
        assert there.call("kms:Decrypt", **right)["Plaintext"] == b"text"
    finally:
        client.stop()


def test_one_claviger_can_be_both_and_shows_no_key_of_an_external_key_store(house):
    port = house.server.endpoint.rsplit(":", 1)[1]
    store = house.account.call(
        "kms:CreateCustomKeyStore",
        CustomKeyStoreName="near",
        CustomKeyStoreType="EXTERNAL_KEY_STORE",
        XksProxyConnectivity="PUBLIC_ENDPOINT",
        XksProxyUriEndpoint=f"https://{port}.localhost",
        XksProxyUriPath=OWN,
        XksProxyAuthenticationCredential=OTHER_CREDENTIAL,
    )["CustomKeyStoreId"]
    house.account.call("kms:ConnectCustomKeyStore", CustomKeyStoreId=store)
    key = house.key(
        allow(USE, Principal=SERVICE), Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=house.shown["open"]
    )
    blob = house.account.call("kms:Encrypt", KeyId=key["KeyId"], Plaintext=b"text")["CiphertextBlob"]
    assert house.account.call("kms:Decrypt", CiphertextBlob=blob)["Plaintext"] == b"text"
    trail = house.server.command("events", "--data", str(house.server.folder / "data"))
    assert "CreateCustomKeyStore" in trail and OTHER_CREDENTIAL["RawSecretAccessKey"] not in trail
    house.say([key["Arn"]])
    house.wait(lambda: house.ask(key["KeyId"], "metadata")[0] == 200)
    assert house.ask(key["KeyId"], "metadata")[1]["keyUsage"] == []
    error(house.ask(key["KeyId"], "encrypt", ENCRYPT), 400, "InvalidKeyUsageException")
    error(house.ask("open", "encrypt", ENCRYPT), 404, "KeyNotFoundException")
    # What cannot be read changes nothing.
    house.file.write_text("[[proxy")
    time.sleep(0.7)
    assert house.ask(key["KeyId"], "metadata")[0] == 200
    assert "cannot be read" in house.server.log() and CREDENTIAL["RawSecretAccessKey"] not in house.server.log()


@pytest.mark.parametrize(("mode", "text"), [(0o644, "can be read by others"), (0o600, "not as it should be")])
def test_a_file_with_a_mistake_keeps_the_server_from_starting(tmp_path, mode, text):
    file = tmp_path / "xks.toml"
    file.write_text("[[proxy]]\n")
    file.chmod(mode)
    server = Server(tmp_path, "--dev", "--ephemeral", variables={"CLAVIGER_XKS_PROXY": str(file)})
    with pytest.raises(AssertionError, match="ended at its start"):
        server.start()
    assert text in server.log()
