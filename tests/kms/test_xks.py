"""External key stores: keys whose material is at a proxy, which is an implementation of its own here."""

import datetime
import json
import time

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.account import Account
from support.caller import Caller, Keys
from support.policies import allow
from support.server import Server
from support.xks import CREDENTIAL, HEALTH, OTHER_CREDENTIAL, Proxy, decode, encode

PATIENCE = {"CLAVIGER_XKS_TIMEOUT": "5000"}
UNREADABLE = (
    "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, "
    "report it to your external key store proxy administrator."
)
DISCONNECTED = (
    "This KMS key is in a custom key store that is not connected to its external key store proxy. "
    "Connect the external key store and try the request again."
)
# The specification's table "KMS Considerations" of error codes: name and status of the proxy's answer; then how
# CreateCustomKeyStore says it, CreateKey, the store's connection, and how its message begins.
INVALID = "KMSInvalidStateException"
STATE = "CustomKeyStoreInvalidStateException"
UNFIT = "XksKeyInvalidConfigurationException"
ERRORS = [
    ("ValidationException", 400, "XksProxyInvalidResponseException", STATE, "XKS_PROXY_INVALID_RESPONSE", "AWS KMS cannot interpret"),
    ("InvalidStateException", 400, "XksProxyInvalidResponseException", UNFIT, "XKS_PROXY_INVALID_RESPONSE", "The external key associated with this KMS key in an external key store is not enabled"),
    ("InvalidKeyUsageException", 400, "XksProxyInvalidResponseException", UNFIT, "XKS_PROXY_INVALID_RESPONSE", "The external key associated with this KMS key in an external key store does not support"),
    ("AuthenticationFailedException", 401, "XksProxyIncorrectAuthenticationCredentialException", STATE, "INVALID_CREDENTIALS", "The external key store proxy rejected the request because it could not authenticate"),
    ("AccessDeniedException", 403, "XksProxyInvalidResponseException", STATE, "XKS_PROXY_ACCESS_DENIED", "The external key store proxy denied access"),
    ("KeyNotFoundException", 404, "XksProxyInvalidResponseException", "XksKeyNotFoundException", "XKS_PROXY_INVALID_RESPONSE", "The external key associated with this KMS key in an external key store was not found"),
    ("InvalidUriPathException", 404, "XksProxyInvalidConfigurationException", STATE, "XKS_PROXY_INVALID_CONFIGURATION", "The external key store proxy rejected the request because of an invalid URI path"),
    ("UnsupportedOperationException", 501, "XksProxyInvalidResponseException", UNFIT, "XKS_PROXY_INVALID_RESPONSE", "The external key store proxy rejected the request because it does not support"),
    ("DependencyTimeoutException", 503, "XksProxyUriUnreachableException", STATE, "XKS_PROXY_TIMED_OUT", "The external key store proxy did not respond to the request in the time allotted"),
    ("ThrottlingException", 429, "XksProxyUriUnreachableException", STATE, "XKS_PROXY_NOT_REACHABLE", "The external key store proxy rejected the request due to a very high request rate"),
    ("InternalException", 500, "XksProxyInvalidResponseException", STATE, "XKS_PROXY_NOT_REACHABLE", "The external key store proxy rejected the request because it cannot communicate with the external HSM"),
    ("InvalidCiphertextException", 400, "XksProxyInvalidResponseException", STATE, "XKS_PROXY_INVALID_RESPONSE", "The external key store proxy rejected the request because the specified ciphertext"),
    ("NeverHeardOf", 418, "XksProxyInvalidResponseException", STATE, "XKS_PROXY_INVALID_RESPONSE", "AWS KMS cannot interpret"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that waits for slow machines: AWS's limit has a test of its own."""
    running = Server(tmp_path_factory.mktemp("xks"), "--dev", "--ephemeral", variables=PATIENCE).start()
    yield running
    running.stop()


@pytest.fixture
def proxy():
    """A proxy."""
    running = Proxy()
    yield running
    running.close()


class Unchecked(Caller):
    """A caller whose client sends what the model forbids."""

    checks = False

    def __init__(self, caller):
        super().__init__(caller.endpoint, caller.keys, caller.arn)


class Ready:
    """An account with a connected store and a key, for tests that leave them as they were."""

    def __init__(self, server):
        self.account = Account(server.endpoint)
        self.proxy = Proxy()
        self.store = connected(self.account, self.proxy)
        self.key = made(self.account, self.store)["KeyId"]
        self.blob = self.account.call("kms:Encrypt", KeyId=self.key, Plaintext=b"text")["CiphertextBlob"]


@pytest.fixture(scope="module")
def shared(server):
    """What the tests of `Ready` share."""
    made = Ready(server)
    yield made
    made.proxy.close()


@pytest.fixture
def ready(shared):
    """The same, with a proxy that answers well again."""
    shared.proxy.answer = None
    return shared


def connected(account, proxy, name="store"):
    """A connected store, by its id."""
    store = account.call("kms:CreateCustomKeyStore", **proxy.store(name))["CustomKeyStoreId"]
    account.call("kms:ConnectCustomKeyStore", CustomKeyStoreId=store)
    return store


def described(account, store):
    """A store as it is shown."""
    return account.call("kms:DescribeCustomKeyStores", CustomKeyStoreId=store)["CustomKeyStores"][0]


def made(account, store, external="external-key", **more):
    """A key of a store, as it is shown."""
    parameters = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": external} | more
    return account.call("kms:CreateKey", **parameters)["KeyMetadata"]


def refused(caller, operation, code, **parameters):
    """The call fails with this code and status 400. Gives the message."""
    with pytest.raises(ClientError) as caught:
        caller.call(operation, **parameters)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400)
    return response["Error"].get("Message", "")


def state(account, key):
    return account.call("kms:DescribeKey", KeyId=key)["KeyMetadata"]["KeyState"]


def test_a_key_of_an_external_key_store_is_one_like_others(account, proxy):
    store = connected(account, proxy)
    key = made(account, store)
    assert (key["Origin"], key["CustomKeyStoreId"], key["XksKeyConfiguration"]) == (
        "EXTERNAL_KEY_STORE",
        store,
        {"Id": "external-key"},
    )
    assert key["KeyState"] == "Enabled" and "CurrentKeyMaterialId" not in key
    context = {"purpose": "test"}
    arn = {"KeyId": key["Arn"]}
    blob = account.call("kms:Encrypt", Plaintext=b"text", EncryptionContext=context, **arn)["CiphertextBlob"]
    back = account.call("kms:Decrypt", CiphertextBlob=blob, EncryptionContext=context)
    assert (back["Plaintext"], back["KeyId"]) == (b"text", key["Arn"])
    data = account.call("kms:GenerateDataKey", KeySpec="AES_256", **arn)
    assert account.call("kms:Decrypt", CiphertextBlob=data["CiphertextBlob"])["Plaintext"] == data["Plaintext"]
    local = account.call("kms:CreateKey")["KeyMetadata"]["KeyId"]
    again = account.call(
        "kms:ReEncrypt", CiphertextBlob=blob, SourceEncryptionContext=context, DestinationKeyId=local
    )["CiphertextBlob"]
    assert account.call("kms:Decrypt", CiphertextBlob=again)["Plaintext"] == b"text"
    largest = account.call("kms:Encrypt", Plaintext=bytes(4096), **arn)["CiphertextBlob"]
    assert account.call("kms:Decrypt", CiphertextBlob=largest)["Plaintext"] == bytes(4096)


def test_the_proxy_learns_who_asks_for_what_and_nothing_else(account, proxy):
    store = connected(account, proxy)
    key = made(account, store)
    alice = account.user("alice", allow("kms:*"))
    answer = alice.client("kms").encrypt(KeyId=key["KeyId"], Plaintext=b"top secret", EncryptionContext={"a": "private"})
    (_, health), (_, _), (path, metadata), (_, encrypt) = proxy.requests
    assert health["requestMetadata"]["kmsOperation"] == "CreateCustomKeyStore"
    assert path == "/kms/xks/v1/keys/external-key/metadata"
    assert metadata["requestMetadata"]["kmsOperation"] == "CreateKey"
    assert "kmsKeyArn" not in metadata["requestMetadata"]
    assert encrypt["requestMetadata"] == {
        "awsPrincipalArn": alice.arn,
        "kmsKeyArn": key["Arn"],
        "kmsOperation": "Encrypt",
        "kmsRequestId": answer["ResponseMetadata"]["RequestId"],
    }
    assert encrypt["encryptionAlgorithm"] == "AES_GCM"
    # KMS has encrypted already: neither the plaintext nor the context is there to read.
    assert b"secret" not in json.dumps(encrypt).encode() and "private" not in json.dumps(encrypt)


def test_a_session_is_named_by_its_role(account, proxy):
    store = connected(account, proxy)
    key = made(account, store)
    role = account.role("app", {"Effect": "Allow", "Principal": {"AWS": account.id}, "Action": "sts:AssumeRole"}, allow("kms:*"))
    account.assume(role).call("kms:Encrypt", KeyId=key["KeyId"], Plaintext=b"text")
    assert proxy.requests[-1][1]["requestMetadata"]["awsPrincipalArn"] == role


def test_both_halves_are_needed(account, proxy):
    """Neither another external key nor another context decrypts, and the proxy's words say why."""
    store = connected(account, proxy)
    key = made(account, store)["KeyId"]
    blob = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text", EncryptionContext={"a": "b"})["CiphertextBlob"]
    invalid = "The external key store proxy rejected the request because the specified ciphertext"
    for context in ({}, {"a": "c"}):
        text = refused(account, "kms:Decrypt", INVALID, CiphertextBlob=blob, EncryptionContext=context)
        assert text.startswith(invalid)
    proxy.secret = bytes(32)
    text = refused(account, "kms:Decrypt", INVALID, CiphertextBlob=blob, EncryptionContext={"a": "b"})
    assert text.startswith(invalid)


@pytest.mark.parametrize("at", [0, 1, 2, 20, 57, 58, 59, 60, 75, -1])
def test_no_byte_of_a_ciphertext_can_be_changed(ready, at):
    blob = bytearray(ready.blob)
    blob[at] ^= 1
    with pytest.raises(ClientError) as caught:
        ready.account.call("kms:Decrypt", KeyId=ready.key, CiphertextBlob=bytes(blob))
    assert caught.value.response["Error"]["Code"] in (INVALID, "InvalidCiphertextException", "IncorrectKeyException")


def test_a_proxy_that_decrypts_to_something_else_is_found_out(ready):
    def wrong(_, request):
        return 200, {"plaintext": encode(bytes(len(decode(request["ciphertext"]))))}

    ready.proxy.answer = wrong
    text = refused(ready.account, "kms:Decrypt", INVALID, CiphertextBlob=ready.blob)
    assert text.startswith("The ciphertext that the external key store proxy submitted for decryption")
    ready.proxy.answer = lambda *_: (200, {"plaintext": encode(b"short")})
    assert refused(ready.account, "kms:Decrypt", INVALID, CiphertextBlob=ready.blob) == UNREADABLE


@pytest.mark.parametrize(
    "change",
    [
        {"ciphertextDataIntegrityValue": "AAAA"},
        {"ciphertextDataIntegrityValue": None},
        {"initializationVector": "AAAAAAAAAAAAAAAA"},
        {"authenticationTag": "AAAAAAAAAAAAAAAAAAAAAA=="},
        {"ciphertextMetadata": "AAAA"},
        {"ciphertext": "AAAA"},
        {"ciphertext": "%"},
    ],
    ids=str,
)
def test_an_encryption_is_not_believed_without_its_integrity_value(ready, change):
    def changed(_, request):
        status, answer = ready.proxy.encrypt(request)
        return status, {name: value for name, value in (answer | change).items() if value is not None}

    ready.proxy.answer = changed
    assert refused(ready.account, "kms:Encrypt", INVALID, KeyId=ready.key, Plaintext=b"text") == UNREADABLE


@pytest.mark.parametrize(("name", "status", "of_store", "of_key", "of_connection", "text"), ERRORS, ids=lambda v: str(v)[:30])
def test_errors_of_a_proxy_are_said_as_the_specification_says(ready, name, status, of_store, of_key, of_connection, text):
    account, proxy, store, key = ready.account, ready.proxy, ready.store, ready.key
    proxy.answer = lambda *_: (status, {"errorName": name, "errorMessage": "the proxy's own words"})
    said = [
        refused(account, "kms:Encrypt", INVALID, KeyId=key, Plaintext=b"text"),
        refused(account, "kms:GenerateDataKey", INVALID, KeyId=key, KeySpec="AES_256"),
        refused(account, "kms:Decrypt", INVALID, CiphertextBlob=ready.blob),
        refused(account, "kms:CreateKey", of_key, Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="external-key-2"),
        refused(account, "kms:CreateCustomKeyStore", of_store, **proxy.store("other", XksProxyUriPath="/other/kms/xks/v1")),
        refused(account, "kms:UpdateCustomKeyStore", of_store, CustomKeyStoreId=store, XksProxyUriPath="/new/kms/xks/v1"),
    ]
    assert all(message.startswith(text) for message in said), said
    assert not any("own words" in message for message in said)
    account.call("kms:DisconnectCustomKeyStore", CustomKeyStoreId=store)
    account.call("kms:ConnectCustomKeyStore", CustomKeyStoreId=store)
    shown = described(account, store)
    assert (shown["ConnectionState"], shown["ConnectionErrorCode"]) == ("FAILED", of_connection)
    assert shown["XksProxyConfiguration"]["UriPath"] == proxy.path
    proxy.answer = None
    account.call("kms:DisconnectCustomKeyStore", CustomKeyStoreId=store)
    account.call("kms:ConnectCustomKeyStore", CustomKeyStoreId=store)


@pytest.mark.parametrize("answer", [(200, b"<html>"), (200, {}), (500, b""), (302, b"{}"), (200, b"{" * 70_000)], ids=lambda a: str(a)[:20])
def test_malformed_answers_mean_nothing(ready, answer):
    account, proxy, key = ready.account, ready.proxy, ready.key
    proxy.answer = lambda *_: answer
    assert refused(account, "kms:Encrypt", INVALID, KeyId=key, Plaintext=b"text") == UNREADABLE
    assert refused(account, "kms:CreateCustomKeyStore", "XksProxyInvalidResponseException", **proxy.store("b", XksProxyUriPath="/b/kms/xks/v1")) == UNREADABLE


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"keySpec": "AES_128"}, UNFIT),
        ({"keyUsage": ["ENCRYPT"]}, UNFIT),
        ({"keyUsage": ["DECRYPT"]}, UNFIT),
        ({"keyStatus": "DISABLED"}, UNFIT),
        ({"keyStatus": "LOST"}, STATE),
        ({"keyUsage": ["ENCRYPT", "DECRYPT"] * 6}, STATE),
    ],
    ids=str,
)
def test_an_external_key_must_be_fit(ready, metadata, code):
    account, proxy, store = ready.account, ready.proxy, ready.store
    proxy.answer = lambda path, request: (200, proxy.metadata(request)[1] | metadata)
    refused(account, "kms:CreateKey", code, Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="external-key-2")


@pytest.mark.parametrize(
    ("statuses", "fine"), [(["UNAVAILABLE"], False), (["UNAVAILABLE", "DEGRADED"], True), (["ACTIVE"] * 11, False), ([], False)]
)
def test_a_proxy_without_a_key_manager_that_works_is_not_reached(account, proxy, statuses, fine):
    members = [HEALTH["ekmFleetDetails"][0] | {"healthStatus": status} for status in statuses]
    proxy.answer = lambda *_: (200, HEALTH | {"ekmFleetDetails": members})
    if fine:
        connected(account, proxy)
        return
    code = "XksProxyUriUnreachableException" if statuses == ["UNAVAILABLE"] else "XksProxyInvalidResponseException"
    refused(account, "kms:CreateCustomKeyStore", code, **proxy.store())


def test_a_proxy_has_a_quarter_of_a_second(tmp_path, proxy):
    server = Server(tmp_path, "--dev", "--ephemeral").start()
    try:
        account = Account(server.endpoint)
        store = connected(account, proxy)
        key = made(account, store)["KeyId"]
        proxy.delay = 1
        before = time.monotonic()
        text = refused(account, "kms:Encrypt", INVALID, KeyId=key, Plaintext=b"text")
        assert text.startswith("AWS KMS rejected the request because the external key store proxy did not respond in time")
        assert 0.2 < time.monotonic() - before < 0.9
        refused(account, "kms:CreateCustomKeyStore", "XksProxyUriUnreachableException", **proxy.store("b", XksProxyUriPath="/b/kms/xks/v1"))
        account.call("kms:DisconnectCustomKeyStore", CustomKeyStoreId=store)
        account.call("kms:ConnectCustomKeyStore", CustomKeyStoreId=store)
        assert described(account, store)["ConnectionErrorCode"] == "XKS_PROXY_TIMED_OUT"
        proxy.delay = 0
    finally:
        server.stop()


def test_a_proxy_that_is_gone_is_unreachable(account):
    proxy = Proxy()
    store = connected(account, proxy)
    key = made(account, store)["KeyId"]
    proxy.close()
    text = refused(account, "kms:Encrypt", INVALID, KeyId=key, Plaintext=b"text")
    assert text.startswith("AWS KMS cannot communicate with the external key store proxy")
    account.call("kms:DisconnectCustomKeyStore", CustomKeyStoreId=store)
    account.call("kms:ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert described(account, store)["ConnectionErrorCode"] == "XKS_PROXY_NOT_REACHABLE"


@pytest.mark.parametrize("endpoint", ["https://169.254.169.254", "https://localhost", "https://metadata.internal"])
def test_nobody_makes_the_server_connect_to_where_it_is_not_allowed(ready, endpoint):
    account, proxy = ready.account, ready.proxy
    proxy.requests.clear()
    text = refused(account, "kms:CreateCustomKeyStore", "XksProxyUriUnreachableException", **proxy.store("elsewhere", XksProxyUriEndpoint=endpoint))
    assert text.startswith("AWS KMS cannot communicate")
    assert proxy.requests == []


def test_without_leave_of_the_operator_there_is_no_external_key_store(tmp_path, proxy):
    """Not in --dev, ports of the machine are as closed as everything else; with leave, an endpoint is open."""
    keys = {"CLAVIGER_ROOT_ACCESS_KEY_ID": "AKIAROOTROOTROOTROOT", "CLAVIGER_ROOT_SECRET_ACCESS_KEY": "s" * 40}
    for endpoints, name, open_ in [
        ("", proxy.endpoint, False),
        (f"{proxy.endpoint}=http://127.0.0.1:{proxy.port}", proxy.endpoint, True),
        (f"https://other=http://127.0.0.1:{proxy.port}", proxy.endpoint, False),
    ]:
        variables = keys | PATIENCE | ({"CLAVIGER_XKS_ENDPOINTS": endpoints} if endpoints else {})
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        server = Server(folder, "--ephemeral", "--account", "111122223333", variables=variables).start()
        try:
            root = Caller(server.endpoint, Keys(keys["CLAVIGER_ROOT_ACCESS_KEY_ID"], "s" * 40), "")
            parameters = proxy.store(XksProxyUriEndpoint=name)
            if open_:
                assert root.call("kms:CreateCustomKeyStore", **parameters)["CustomKeyStoreId"].startswith("cks-")
            else:
                refused(root, "kms:CreateCustomKeyStore", "XksProxyUriUnreachableException", **parameters)
        finally:
            server.stop()


class Authority:
    """A certificate authority."""

    def __init__(self, folder):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority of {folder.name}")])
        self.file = folder / "ca.pem"
        made = self.made("ca", self.key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def made(self, name, public_key, extension):
        """A certificate."""
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        subject = self.name if name == "ca" else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(self.name, subject, public_key, x509.random_serial_number(), now - day, now + day)
        return builder.add_extension(extension, critical=True).sign(self.key, hashes.SHA256())

    def certified(self, host):
        """The files of a certificate for a host, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self.made(host, key.public_key(), x509.SubjectAlternativeName([x509.DNSName(host)]))
        files = self.folder / f"{host}.pem", self.folder / f"{host}.key"
        files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8
        files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        return files


@pytest.mark.parametrize(("host", "trusted"), [("xks.lab", True), ("other.lab", True), ("xks.lab", False)])
def test_a_proxy_must_prove_its_name_to_an_authority_that_is_trusted(tmp_path, host, trusted):
    folders = [tmp_path / name for name in ("mine", "other", "server")]
    for folder in folders:
        folder.mkdir()
    mine, other = (Authority(folder) for folder in folders[:2])
    proxy = Proxy(tls=mine.certified(host), endpoint="https://xks.lab")
    variables = PATIENCE | {
        "CLAVIGER_XKS_ENDPOINTS": f"https://xks.lab=https://127.0.0.1:{proxy.port}",
        "CLAVIGER_XKS_CA": str((mine if trusted else other).file),
    }
    server = Server(folders[2], "--dev", "--ephemeral", variables=variables).start()
    try:
        account = Account(server.endpoint)
        if host == "xks.lab" and trusted:
            key = made(account, connected(account, proxy))["KeyId"]
            blob = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text")["CiphertextBlob"]
            assert account.call("kms:Decrypt", CiphertextBlob=blob)["Plaintext"] == b"text"
        else:
            text = refused(account, "kms:CreateCustomKeyStore", "XksProxyUriUnreachableException", **proxy.store())
            assert text.startswith("AWS KMS cannot establish a TLS connection to the external key store proxy")
            assert proxy.requests == []
    finally:
        server.stop()
        proxy.close()


def test_a_store_goes_through_its_states(account, proxy):
    store = account.call("kms:CreateCustomKeyStore", **proxy.store())["CustomKeyStoreId"]
    one = {"CustomKeyStoreId": store}
    shown = described(account, store)
    assert shown["ConnectionState"] == "DISCONNECTED" and "ConnectionErrorCode" not in shown
    assert shown["CustomKeyStoreType"] == "EXTERNAL_KEY_STORE"
    assert shown["XksProxyConfiguration"] == {
        "Connectivity": "PUBLIC_ENDPOINT",
        "AccessKeyId": CREDENTIAL["AccessKeyId"],
        "UriEndpoint": proxy.endpoint,
        "UriPath": proxy.path,
    }
    refused(account, "kms:DisconnectCustomKeyStore", STATE, **one)
    refused(account, "kms:CreateKey", STATE, Origin="EXTERNAL_KEY_STORE", XksKeyId="external-key", **one)
    account.call("kms:ConnectCustomKeyStore", **one)
    account.call("kms:ConnectCustomKeyStore", **one)
    key = made(account, store)["KeyId"]
    refused(account, "kms:DeleteCustomKeyStore", STATE, **one)
    refused(account, "kms:UpdateCustomKeyStore", STATE, XksProxyUriEndpoint=proxy.endpoint, **one)
    account.call("kms:UpdateCustomKeyStore", NewCustomKeyStoreName="renamed", XksProxyUriPath=proxy.path, **one)
    account.call("kms:DisconnectCustomKeyStore", **one)
    refused(account, "kms:DeleteCustomKeyStore", "CustomKeyStoreHasCMKsException", **one)
    assert state(account, key) == "Unavailable"
    assert refused(account, "kms:Encrypt", INVALID, KeyId=key, Plaintext=b"a") == DISCONNECTED
    account.call("kms:DisableKey", KeyId=key)
    account.call("kms:ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    assert state(account, key) == "PendingDeletion"
    refused(account, "kms:DeleteCustomKeyStore", "CustomKeyStoreHasCMKsException", **one)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("EnableKeyRotation", {}),
        ("GetKeyRotationStatus", {}),
        ("RotateKeyOnDemand", {}),
        ("GetParametersForImport", {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}),
        ("DeleteImportedKeyMaterial", {}),
        ("ReplicateKey", {"ReplicaRegion": "eu-west-1"}),
        ("GenerateDataKeyPair", {"KeyPairSpec": "ECC_NIST_P256"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_keys_of_stores_cannot_do_everything(ready, operation, parameters):
    refused(ready.account, f"kms:{operation}", "UnsupportedOperationException", KeyId=ready.key, **parameters)


def test_external_key_stores_make_no_random_bytes(ready):
    random = {"NumberOfBytes": 8}
    refused(ready.account, "kms:GenerateRandom", "UnsupportedOperationException", CustomKeyStoreId=ready.store, **random)
    refused(ready.account, "kms:GenerateRandom", "CustomKeyStoreNotFoundException", CustomKeyStoreId="cks-0", **random)


def test_a_dry_run_of_an_encryption_asks_no_proxy(ready):
    ready.proxy.requests.clear()
    account, key = ready.account, ready.key
    refused(account, "kms:Encrypt", "DryRunOperationException", KeyId=key, Plaintext=b"text", DryRun=True)
    refused(account, "kms:GenerateDataKey", "DryRunOperationException", KeyId=key, KeySpec="AES_256", DryRun=True)
    assert ready.proxy.requests == []


def test_keys_of_a_disconnected_store_can_be_managed(account, proxy):
    """By "Key states of AWS KMS keys": all but cryptography goes on, and the state stays."""
    store = connected(account, proxy)
    key = {"KeyId": made(account, store)["KeyId"]}
    account.call("kms:DisconnectCustomKeyStore", CustomKeyStoreId=store)
    account.call("kms:DisableKey", **key)
    assert state(account, key["KeyId"]) == "Unavailable"
    account.call("kms:UpdateKeyDescription", Description="new", **key)
    account.call("kms:TagResource", Tags=[{"TagKey": "a", "TagValue": "b"}], **key)
    account.call("kms:CreateAlias", AliasName="alias/a", TargetKeyId=key["KeyId"])
    account.call("kms:CreateGrant", GranteePrincipal=f"arn:aws:iam::{account.id}:root", Operations=["Encrypt"], **key)
    policy = account.call("kms:GetKeyPolicy", **key)["Policy"]
    account.call("kms:PutKeyPolicy", Policy=policy, **key)
    account.call("kms:ConnectCustomKeyStore", CustomKeyStoreId=store)
    assert state(account, key["KeyId"]) == "Disabled"
    account.call("kms:EnableKey", **key)
    account.call("kms:Encrypt", Plaintext=b"text", **key)


def test_a_failed_connection_must_be_ended_before_it_is_tried_anew(account, proxy):
    store = account.call("kms:CreateCustomKeyStore", **proxy.store())["CustomKeyStoreId"]
    one = {"CustomKeyStoreId": store}
    proxy.answer = lambda *_: (500, {"errorName": "InternalException"})
    account.call("kms:ConnectCustomKeyStore", **one)
    assert described(account, store)["ConnectionState"] == "FAILED"
    proxy.answer = None
    for operation in ("kms:ConnectCustomKeyStore", "kms:DeleteCustomKeyStore"):
        refused(account, operation, STATE, **one)
    refused(account, "kms:UpdateCustomKeyStore", STATE, NewCustomKeyStoreName="b", **one)
    account.call("kms:DisconnectCustomKeyStore", **one)
    assert "ConnectionErrorCode" not in described(account, store)
    account.call("kms:ConnectCustomKeyStore", **one)
    assert described(account, store)["ConnectionState"] == "CONNECTED"
    account.call("kms:DisconnectCustomKeyStore", **one)
    account.call("kms:DeleteCustomKeyStore", **one)
    refused(account, "kms:DescribeCustomKeyStores", "CustomKeyStoreNotFoundException", **one)
    refused(account, "kms:ConnectCustomKeyStore", "CustomKeyStoreNotFoundException", **one)


def test_names_and_proxies_of_stores_are_unique(account, partner, proxy):
    account.call("kms:CreateCustomKeyStore", **proxy.store("a"))
    other = {"XksProxyUriPath": "/other/kms/xks/v1"}
    refused(account, "kms:CreateCustomKeyStore", "CustomKeyStoreNameInUseException", **proxy.store("a", **other))
    refused(account, "kms:CreateCustomKeyStore", "XksProxyUriInUseException", **proxy.store("b"))
    partner.call("kms:CreateCustomKeyStore", **proxy.store("a"))
    proxy.answer = lambda *_: (200, HEALTH)
    store = account.call("kms:CreateCustomKeyStore", **proxy.store("b", **other))["CustomKeyStoreId"]
    change = {"CustomKeyStoreId": store}
    refused(account, "kms:UpdateCustomKeyStore", "CustomKeyStoreNameInUseException", NewCustomKeyStoreName="a", **change)
    refused(account, "kms:UpdateCustomKeyStore", "XksProxyUriInUseException", XksProxyUriPath=proxy.path, **change)
    account.call("kms:UpdateCustomKeyStore", NewCustomKeyStoreName="b", **change)


def test_an_account_has_ten_stores_in_a_region(account, proxy):
    proxy.answer = lambda *_: (200, HEALTH)
    for number in range(10):
        account.call("kms:CreateCustomKeyStore", **proxy.store(f"s{number}", XksProxyUriPath=f"/p{number}/kms/xks/v1"))
    refused(account, "kms:CreateCustomKeyStore", "LimitExceededException", **proxy.store("more"))
    first = account.call("kms:DescribeCustomKeyStores", Limit=7)
    assert (len(first["CustomKeyStores"]), first["Truncated"]) == (7, True)
    second = account.call("kms:DescribeCustomKeyStores", Limit=7, Marker=first["NextMarker"])
    assert (len(second["CustomKeyStores"]), second["Truncated"]) == (3, False)
    names = {store["CustomKeyStoreName"] for page in (first, second) for store in page["CustomKeyStores"]}
    assert names == {f"s{number}" for number in range(10)}
    assert len(account.call("kms:DescribeCustomKeyStores", CustomKeyStoreName="s3")["CustomKeyStores"]) == 1
    refused(account, "kms:DescribeCustomKeyStores", "CustomKeyStoreNotFoundException", CustomKeyStoreName="none")
    refused(account, "kms:DescribeCustomKeyStores", "InvalidMarkerException", Marker="bm9uZQ")


def test_credentials_can_be_exchanged_while_a_store_is_connected(account, proxy):
    store = connected(account, proxy)
    change = {"CustomKeyStoreId": store, "XksProxyAuthenticationCredential": OTHER_CREDENTIAL}
    refused(account, "kms:UpdateCustomKeyStore", "XksProxyIncorrectAuthenticationCredentialException", **change)
    assert described(account, store)["XksProxyConfiguration"]["AccessKeyId"] == CREDENTIAL["AccessKeyId"]
    account.call("kms:UpdateCustomKeyStore", CustomKeyStoreId=store, XksProxyAuthenticationCredential=CREDENTIAL)
    made(account, store)


def test_external_keys_belong_to_one_key_of_a_store(account, proxy):
    store = connected(account, proxy)
    made(account, store)
    parameters = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store}
    refused(account, "kms:CreateKey", "XksKeyAlreadyInUseException", XksKeyId="external-key", **parameters)
    refused(account, "kms:CreateKey", "XksKeyNotFoundException", XksKeyId="unknown", **parameters)
    made(account, store, "external-key-2")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"XksKeyId": None}, "ValidationException"),
        ({"CustomKeyStoreId": None}, "ValidationException"),
        ({"Origin": "AWS_KMS"}, "ValidationException"),
        ({"Origin": "AWS_KMS", "CustomKeyStoreId": None}, "ValidationException"),
        ({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": None, "XksKeyId": None}, "ValidationException"),
        ({"Origin": "AWS_CLOUDHSM", "XksKeyId": None}, "CloudHsmClusterNotFoundException"),
        ({"CustomKeyStoreId": "cks-0123456789abcdef0"}, "CustomKeyStoreNotFoundException"),
        ({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}, "UnsupportedOperationException"),
        ({"MultiRegion": True}, "UnsupportedOperationException"),
    ],
    ids=str,
)
def test_keys_of_stores_are_simple(ready, change, code):
    account, store = ready.account, ready.store
    parameters = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": "external-key-3"} | change
    refused(account, "kms:CreateKey", code, **{name: value for name, value in parameters.items() if value is not None})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"XksProxyConnectivity": None}, "ValidationException"),
        ({"XksProxyUriEndpoint": None}, "ValidationException"),
        ({"XksProxyUriPath": None}, "ValidationException"),
        ({"XksProxyAuthenticationCredential": None}, "ValidationException"),
        ({"XksProxyUriEndpoint": "http://xks.example.com"}, "ValidationException"),
        ({"XksProxyUriEndpoint": "https://xks.example.com:8443"}, "ValidationException"),
        ({"XksProxyUriPath": "/kms/xks/v1/"}, "ValidationException"),
        ({"XksProxyUriPath": "/a b/kms/xks/v1"}, "ValidationException"),
        ({"XksProxyAuthenticationCredential": CREDENTIAL | {"AccessKeyId": "short"}}, "ValidationException"),
        ({"XksProxyAuthenticationCredential": CREDENTIAL | {"RawSecretAccessKey": "short"}}, "ValidationException"),
        ({"CloudHsmClusterId": "cluster-2a3b4cdefgh"}, "ValidationException"),
        ({"XksProxyVpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789"}, "ValidationException"),
        ({"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"}, "ValidationException"),
        (
            {
                "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
                "XksProxyVpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789",
            },
            "XksProxyVpcEndpointServiceNotFoundException",
        ),
        ({"CustomKeyStoreType": "AWS_CLOUDHSM"}, "ValidationException"),
        ({"CustomKeyStoreType": None}, "ValidationException"),
    ],
    ids=str,
)
def test_stores_have_what_they_need_and_nothing_else(ready, change, code):
    ready.proxy.requests.clear()
    unchecked = Unchecked(ready.account)
    parameters = ready.proxy.store() | change
    kept = {name: value for name, value in parameters.items() if value is not None}
    refused(unchecked, "kms:CreateCustomKeyStore", code, **kept)
    assert ready.proxy.requests == []


def test_there_are_no_cloudhsm_clusters(account):
    parameters = {
        "CustomKeyStoreName": "hsm",
        "CloudHsmClusterId": "cluster-2a3b4cdefgh",
        "KeyStorePassword": "kmsPswd",
        "TrustAnchorCertificate": "certificate",
    }
    refused(account, "kms:CreateCustomKeyStore", "CloudHsmClusterNotFoundException", **parameters)
    del parameters["KeyStorePassword"]
    refused(account, "kms:CreateCustomKeyStore", "ValidationException", **parameters)


def test_stores_are_their_accounts_own(account, partner, proxy):
    store = connected(account, proxy)
    for operation in ("Connect", "Disconnect", "Delete", "Update"):
        refused(partner, f"kms:{operation}CustomKeyStore", "CustomKeyStoreNotFoundException", CustomKeyStoreId=store)
    assert partner.call("kms:DescribeCustomKeyStores")["CustomKeyStores"] == []
    refused(partner, "kms:CreateKey", "CustomKeyStoreNotFoundException", Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId="external-key")


def test_whoever_may_not_manage_stores_cannot_make_the_server_ask_a_proxy(account, proxy):
    alice = account.user("alice", allow("kms:*", condition={"StringEquals": {"kms:CallerAccount": "000000000000"}}))
    refused(alice, "kms:CreateCustomKeyStore", "AccessDeniedException", **proxy.store())
    assert proxy.requests == []
    bob = account.user("bob", allow("kms:CreateCustomKeyStore", condition={"StringEquals": {"kms:CallerAccount": account.id}}))
    assert bob.call("kms:CreateCustomKeyStore", **proxy.store())["CustomKeyStoreId"]
