"""What the cryptographic operations heed: condition keys, states of keys, grants, regions; and what the trail says."""

import base64
import hashlib
import json

import pytest
from botocore.exceptions import ClientError

from support.account import Account
from support.policies import allow, deny
from support.server import Server


def made(caller, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT", **more):
    return caller.call("kms:CreateKey", KeySpec=spec, KeyUsage=usage, **more)["KeyMetadata"]["Arn"]


def code(caller, operation, **parameters):
    """The code of the error; `None` where the call succeeds."""
    try:
        caller.call(operation, **parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def only_where(account, key, value, right, wrong, resource="*"):
    """A user whom a policy allows KMS where a condition key has a value: the first calls pass, the others are denied."""
    name = f"user-{hashlib.sha256((key + value).encode()).hexdigest()[:12]}"
    user = account.user(name, allow("kms:*", resource, {"StringEquals": {key: value}}))
    for operation, parameters in right:
        assert code(user, operation, **parameters) is None, (operation, parameters)
    for operation, parameters in wrong:
        assert code(user, operation, **parameters) == "AccessDeniedException", (operation, parameters)


def test_encryption_algorithm_and_context(account):
    key, rsa = made(account), made(account, "RSA_2048")
    plain = {"Plaintext": b"text"}
    symmetric = ("kms:Encrypt", {"KeyId": key, **plain})
    with_context = ("kms:Encrypt", {"KeyId": key, "EncryptionContext": {"a": "1"}, **plain})
    more_context = ("kms:Encrypt", {"KeyId": key, "EncryptionContext": {"a": "1", "b": "2"}, **plain})
    oaep = ("kms:Encrypt", {"KeyId": rsa, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256", **plain})
    sha1 = ("kms:Encrypt", {"KeyId": rsa, "EncryptionAlgorithm": "RSAES_OAEP_SHA_1", **plain})
    data_key = ("kms:GenerateDataKey", {"KeyId": key, "KeySpec": "AES_256"})
    pair = ("kms:GenerateDataKeyPairWithoutPlaintext", {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"})
    algorithm = "kms:EncryptionAlgorithm"
    only_where(account, algorithm, "SYMMETRIC_DEFAULT", [symmetric, data_key, pair], [oaep])
    only_where(account, algorithm, "RSAES_OAEP_SHA_256", [oaep], [symmetric, sha1, data_key])
    only_where(account, "kms:EncryptionContext:a", "1", [with_context, more_context], [symmetric, data_key])
    p384 = (pair[0], pair[1] | {"KeyPairSpec": "ECC_NIST_P384"})
    only_where(account, "kms:DataKeyPairSpec", "ECC_NIST_P256", [pair], [p384, data_key])
    exact = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a"]}}
    user = account.user("exact", allow("kms:Encrypt", "*", exact | {"Null": {"kms:EncryptionContextKeys": "false"}}))
    assert code(user, *with_context[:1], **with_context[1]) is None
    for operation, parameters in (symmetric, more_context):
        assert code(user, operation, **parameters) == "AccessDeniedException"


def test_signing_conditions(account):
    ec, rsa = made(account, "ECC_NIST_P256", "SIGN_VERIFY"), made(account, "RSA_2048", "SIGN_VERIFY")
    digest = hashlib.sha256(b"text").digest()
    raw = ("kms:Sign", {"KeyId": ec, "SigningAlgorithm": "ECDSA_SHA_256", "Message": b"text"})
    hashed = ("kms:Sign", raw[1] | {"Message": digest, "MessageType": "DIGEST"})
    pss = ("kms:Sign", {"KeyId": rsa, "SigningAlgorithm": "RSASSA_PSS_SHA_256", "Message": b"text"})
    pkcs1 = ("kms:Sign", pss[1] | {"SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"})
    # A type that is not named is RAW.
    only_where(account, "kms:MessageType", "RAW", [raw, pss], [hashed])
    only_where(account, "kms:MessageType", "DIGEST", [hashed], [raw])
    only_where(account, "kms:SigningAlgorithm", "RSASSA_PSS_SHA_256", [pss], [pkcs1, raw])
    signature = account.call("kms:Sign", **pss[1])["Signature"]
    verify = ("kms:Verify", pss[1] | {"Signature": signature})
    only_where(account, "kms:SigningAlgorithm", "RSASSA_PSS_SHA_384", [], [verify])


def test_mac_and_agreement_conditions(account):
    small, large = (made(account, f"HMAC_{size}", "GENERATE_VERIFY_MAC") for size in (256, 512))
    first = ("kms:GenerateMac", {"KeyId": small, "MacAlgorithm": "HMAC_SHA_256", "Message": b"text"})
    second = ("kms:GenerateMac", {"KeyId": large, "MacAlgorithm": "HMAC_SHA_512", "Message": b"text"})
    only_where(account, "kms:MacAlgorithm", "HMAC_SHA_256", [first], [second])
    code_ = account.call("kms:GenerateMac", **second[1])["Mac"]
    check = ("kms:VerifyMac", second[1] | {"Mac": code_})
    only_where(account, "kms:MacAlgorithm", "HMAC_SHA_512", [second, check], [first])
    key = made(account, "ECC_NIST_P256", "KEY_AGREEMENT")
    peer = account.call("kms:GetPublicKey", KeyId=key)["PublicKey"]
    derive = ("kms:DeriveSharedSecret", {"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer})
    only_where(account, "kms:KeyAgreementAlgorithm", "ECDH", [derive], [("kms:GetPublicKey", {"KeyId": key})])


def test_reencrypting_needs_both_permissions(account):
    source, target = made(account), made(account)
    blob = account.call("kms:Encrypt", KeyId=source, Plaintext=b"text", EncryptionContext={"a": "1"})
    move = {
        "CiphertextBlob": blob["CiphertextBlob"],
        "SourceEncryptionContext": {"a": "1"},
        "DestinationKeyId": target,
        "DestinationEncryptionContext": {"b": "2"},
    }
    both = account.user("both", allow("kms:ReEncryptFrom", source), allow("kms:ReEncryptTo", target))
    assert code(both, "kms:ReEncrypt", **move) is None
    swapped = account.user("swapped", allow("kms:ReEncryptFrom", target), allow("kms:ReEncryptTo", source))
    one = account.user("one", allow("kms:ReEncryptFrom"))
    other = account.user("other", allow("kms:ReEncryptTo"))
    cipher = account.user("cipher", allow(["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"]))
    for user in (swapped, one, other, cipher):
        assert code(user, "kms:ReEncrypt", **move) == "AccessDeniedException"
    contexts = account.user(
        "contexts",
        allow("kms:ReEncryptFrom", source, {"StringEquals": {"kms:EncryptionContext:a": "1"}}),
        allow("kms:ReEncryptTo", target, {"StringEquals": {"kms:EncryptionContext:b": "2"}}),
    )
    assert code(contexts, "kms:ReEncrypt", **move) is None
    bare = {key: value for key, value in move.items() if key != "DestinationEncryptionContext"}
    assert code(contexts, "kms:ReEncrypt", **bare) == "AccessDeniedException"
    same = account.user("same", allow("kms:ReEncrypt*", "*", {"Bool": {"kms:ReEncryptOnSameKey": "true"}}))
    assert code(same, "kms:ReEncrypt", **move) == "AccessDeniedException"
    account.call("kms:CreateAlias", AliasName="alias/source", TargetKeyId=source)
    assert code(same, "kms:ReEncrypt", **move | {"DestinationKeyId": "alias/source"}) is None


def test_reencrypting_between_accounts(account, partner):
    source, target = made(partner), made(account)
    blob = partner.call("kms:Encrypt", KeyId=source, Plaintext=b"text")["CiphertextBlob"]
    move = {"CiphertextBlob": blob, "DestinationKeyId": target}
    user = account.user("mover", allow("kms:ReEncrypt*"))
    assert code(user, "kms:ReEncrypt", **move) == "AccessDeniedException"
    partner.call("kms:CreateGrant", KeyId=source, GranteePrincipal=user.arn, Operations=["ReEncryptFrom"])
    assert code(user, "kms:ReEncrypt", **move) is None
    assert code(user, "kms:Decrypt", CiphertextBlob=blob) == "AccessDeniedException"
    account.allow_user("mover", allow("kms:ReEncrypt*"), deny("kms:ReEncryptFrom", source))
    assert code(user, "kms:ReEncrypt", **move) == "AccessDeniedException"


def test_a_bare_id_means_another_accounts_key_where_the_ciphertext_says_so(account, partner):
    key = made(partner)
    blob = partner.call("kms:Encrypt", KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    named = {"CiphertextBlob": blob, "KeyId": key.split("/")[1]}
    user = account.user("reader", allow("kms:Decrypt"))
    assert code(user, "kms:Decrypt", **named) == "AccessDeniedException"
    partner.call("kms:CreateGrant", KeyId=key, GranteePrincipal=user.arn, Operations=["Decrypt", "Encrypt"])
    assert user.call("kms:Decrypt", **named)["KeyId"] == key
    assert code(user, "kms:Decrypt", **named | {"KeyId": made(partner).split("/")[1]}) == "NotFoundException"
    # Nothing but a ciphertext says whose key a bare id means.
    assert code(user, "kms:Encrypt", KeyId=named["KeyId"], Plaintext=b"text") == "AccessDeniedException"


GRANTED = [
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "Encrypt", {"Plaintext": b"text"}),
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "GenerateDataKey", {"KeySpec": "AES_256"}),
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "GenerateDataKeyWithoutPlaintext", {"KeySpec": "AES_256"}),
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "GenerateDataKeyPair", {"KeyPairSpec": "ECC_NIST_P256"}),
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "GenerateDataKeyPairWithoutPlaintext", {"KeyPairSpec": "ECC_NIST_P256"}),
    ("ECC_NIST_P256", "SIGN_VERIFY", "Sign", {"Message": b"text", "SigningAlgorithm": "ECDSA_SHA_256"}),
    ("ECC_NIST_P256", "SIGN_VERIFY", "GetPublicKey", {}),
    ("HMAC_256", "GENERATE_VERIFY_MAC", "GenerateMac", {"Message": b"text", "MacAlgorithm": "HMAC_SHA_256"}),
    ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE", "Encapsulate", {"EncapsulationAlgorithm": "ML_KEM"}),
]


@pytest.mark.parametrize(("spec", "usage", "operation", "parameters"), GRANTED, ids=lambda value: str(value)[:30])
def test_a_grant_admits_its_operation_only(account, spec, usage, operation, parameters):
    key = made(account, spec, usage)
    user = account.user("grantee")
    other = "DescribeKey" if operation != "DescribeKey" else "GetPublicKey"
    account.call("kms:CreateGrant", KeyId=key, GranteePrincipal=user.arn, Operations=[other])
    assert code(user, f"kms:{operation}", KeyId=key, **parameters) == "AccessDeniedException"
    token = account.call("kms:CreateGrant", KeyId=key, GranteePrincipal=user.arn, Operations=[operation])["GrantToken"]
    assert code(user, f"kms:{operation}", KeyId=key, GrantTokens=[token], **parameters) is None
    assert code(user, f"kms:{operation}", KeyId=key, **parameters) is None
    more = {"GrantTokens": ["bm9uZQ=="]}
    assert code(user, f"kms:{operation}", KeyId=key, **more, **parameters) == "InvalidGrantTokenException"


USES = {
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"): {
        "Encrypt": {"Plaintext": b"text"},
        "GenerateDataKey": {"KeySpec": "AES_256"},
        "GenerateDataKeyPair": {"KeyPairSpec": "ECC_NIST_P256"},
    },
    ("ECC_NIST_P256", "SIGN_VERIFY"): {
        "Sign": {"Message": b"text", "SigningAlgorithm": "ECDSA_SHA_256"},
        "Verify": {"Message": b"text", "SigningAlgorithm": "ECDSA_SHA_256", "Signature": b"1"},
        # The state comes before the algorithm.
        "Sign ": {"Message": b"text", "SigningAlgorithm": "ECDSA_SHA_384"},
    },
    ("ECC_NIST_P256", "KEY_AGREEMENT"): {
        "DeriveSharedSecret": {"KeyAgreementAlgorithm": "ECDH", "PublicKey": b"1"},
    },
    ("HMAC_256", "GENERATE_VERIFY_MAC"): {
        "GenerateMac": {"Message": b"text", "MacAlgorithm": "HMAC_SHA_256"},
        "VerifyMac": {"Message": b"text", "MacAlgorithm": "HMAC_SHA_256", "Mac": b"1"},
    },
    ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"): {
        "Encapsulate": {"EncapsulationAlgorithm": "ML_KEM"},
        "Decapsulate": {"EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": b"1"},
    },
}


@pytest.mark.parametrize(("spec", "usage"), USES)
def test_keys_that_are_not_enabled_are_of_no_use(account, spec, usage):
    key = made(account, spec, usage)
    blob = None
    if usage == "ENCRYPT_DECRYPT":
        blob = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    steps = [
        ("kms:DisableKey", {}, "DisabledException", f"{key} is disabled."),
        ("kms:ScheduleKeyDeletion", {"PendingWindowInDays": 7}, "KMSInvalidStateException", f"{key} is pending deletion."),
    ]
    for change, more, wanted, words in steps:
        account.call(change, KeyId=key, **more)
        for operation, parameters in USES[spec, usage].items():
            for dry_run in (False, True):
                parameters = parameters | {"DryRun": dry_run}
                account.fails(f"kms:{operation.strip()}", wanted, words, 400, KeyId=key, **parameters)
        if blob:
            other = made(account)
            for operation, parameters in (("Decrypt", {}), ("ReEncrypt", {"DestinationKeyId": other})):
                account.fails(f"kms:{operation}", wanted, words, 400, CiphertextBlob=blob, **parameters)
            blob_of_other = account.call("kms:Encrypt", KeyId=other, Plaintext=b"text")["CiphertextBlob"]
            parameters = {"CiphertextBlob": blob_of_other, "DestinationKeyId": key}
            account.fails("kms:ReEncrypt", wanted, words, 400, **parameters)


def test_a_disabled_key_shows_its_public_key(account):
    key = made(account, "ECC_NIST_P256", "SIGN_VERIFY")
    account.call("kms:DisableKey", KeyId=key)
    assert account.call("kms:GetPublicKey", KeyId=key)["KeyId"] == key
    account.call("kms:ScheduleKeyDeletion", KeyId=key)
    account.fails("kms:GetPublicKey", "KMSInvalidStateException", f"{key} is pending deletion.", 400, KeyId=key)


def test_a_rotated_key_still_decrypts(account):
    key = made(account)
    before = account.call("kms:Encrypt", KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    account.call("kms:RotateKeyOnDemand", KeyId=key)
    after = account.call("kms:Encrypt", KeyId=key, Plaintext=b"after")["CiphertextBlob"]
    opened = [account.call("kms:Decrypt", CiphertextBlob=blob) for blob in (before, after)]
    assert [answer["Plaintext"] for answer in opened] == [b"before", b"after"]
    assert opened[0]["KeyMaterialId"] != opened[1]["KeyMaterialId"]
    moved = account.call("kms:ReEncrypt", CiphertextBlob=before, DestinationKeyId=key)
    assert moved["SourceKeyMaterialId"] == opened[0]["KeyMaterialId"]
    assert moved["DestinationKeyMaterialId"] == opened[1]["KeyMaterialId"]


def test_a_replica_decrypts_what_its_primary_encrypted(account):
    key = made(account, MultiRegion=True)
    blob = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text", EncryptionContext={"a": "1"})["CiphertextBlob"]
    away = account.with_keys(account.keys)
    away.region = "eu-west-1"
    unknown = code(away, "kms:Decrypt", CiphertextBlob=blob, EncryptionContext={"a": "1"})
    assert unknown == "AccessDeniedException"
    replica = account.call("kms:ReplicateKey", KeyId=key, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]["Arn"]
    answer = away.call("kms:Decrypt", CiphertextBlob=blob, EncryptionContext={"a": "1"})
    assert (answer["Plaintext"], answer["KeyId"]) == (b"text", replica)
    assert code(away, "kms:Decrypt", CiphertextBlob=blob, EncryptionContext={}) == "InvalidCiphertextException"
    back = away.call("kms:Encrypt", KeyId=replica, Plaintext=b"back")["CiphertextBlob"]
    assert account.call("kms:Decrypt", KeyId=key, CiphertextBlob=back)["Plaintext"] == b"back"
    single = made(account)
    blob = account.call("kms:Encrypt", KeyId=single, Plaintext=b"text")["CiphertextBlob"]
    assert code(away, "kms:Decrypt", CiphertextBlob=blob) == "AccessDeniedException"


def test_the_last_use_is_noted(account):
    key = made(account)
    key_id = {"KeyId": key}
    assert not account.call("kms:GetKeyLastUsage", **key_id).get("KeyLastUsage")
    code(account, "kms:Encrypt", Plaintext=b"text", DryRun=True, **key_id)
    assert not account.call("kms:GetKeyLastUsage", **key_id).get("KeyLastUsage")
    for operation, more in (("Encrypt", {"Plaintext": b"text"}), ("GenerateDataKey", {"KeySpec": "AES_256"})):
        request = account.call(f"kms:{operation}", **more, **key_id)["ResponseMetadata"]["RequestId"]
        seen = account.call("kms:GetKeyLastUsage", **key_id)["KeyLastUsage"]
        assert (seen["Operation"], seen["KmsRequestId"]) == (operation, request)


@pytest.fixture
def kept(tmp_path):
    """A server that keeps what it does."""
    running = Server(tmp_path, "--dev", "--data", str(tmp_path / "data")).start()
    yield running
    running.stop()


def test_the_trail_names_what_was_done_and_shows_no_secret(kept):
    account = Account(kept.endpoint)
    key = {"KeyId": made(account)}
    context = {"EncryptionContext": {"purpose": "trail-test"}}
    secrets = [b"a plaintext that nobody but its owner may see"]
    blob = account.call("kms:Encrypt", Plaintext=secrets[0], **key, **context)["CiphertextBlob"]
    account.call("kms:Decrypt", CiphertextBlob=blob, **context)
    account.call("kms:ReEncrypt", CiphertextBlob=blob, SourceEncryptionContext={"purpose": "trail-test"}, DestinationKeyId=key["KeyId"])
    secrets.append(account.call("kms:GenerateDataKey", KeySpec="AES_256", **key)["Plaintext"])
    secrets.append(account.call("kms:GenerateDataKeyPair", KeyPairSpec="ECC_NIST_P256", **key)["PrivateKeyPlaintext"])
    secrets.append(account.call("kms:GenerateRandom", NumberOfBytes=40)["Plaintext"])
    how = {"KeyId": made(account, "ECC_NIST_P256", "KEY_AGREEMENT"), "KeyAgreementAlgorithm": "ECDH"}
    how["PublicKey"] = account.call("kms:GetPublicKey", KeyId=how["KeyId"])["PublicKey"]
    secrets.append(account.call("kms:DeriveSharedSecret", **how)["SharedSecret"])
    how = {"KeyId": made(account, "ML_KEM_512", "ENCAPSULATE_DECAPSULATE"), "EncapsulationAlgorithm": "ML_KEM"}
    sent = account.call("kms:Encapsulate", **how)
    secrets.append(sent["SharedSecret"])
    account.call("kms:Decapsulate", SharedSecretCiphertextBlob=sent["SharedSecretCiphertextBlob"], **how)
    how = {"KeyId": made(account, "HMAC_256", "GENERATE_VERIFY_MAC"), "MacAlgorithm": "HMAC_SHA_256"}
    secrets.append(account.call("kms:GenerateMac", Message=b"a message that is nobody else's", **how)["Mac"])
    secrets.append(b"a message that is nobody else's")
    how = {"KeyId": made(account, "ECC_NIST_P256", "SIGN_VERIFY"), "SigningAlgorithm": "ECDSA_SHA_256"}
    account.call("kms:Sign", Message=secrets[-1], **how)

    text = kept.command("events", "--data", str(kept.folder / "data"))
    everything = text.encode() + b"".join(path.read_bytes() for path in kept.folder.rglob("*") if path.is_file())
    for secret in secrets:
        for form in (secret, base64.b64encode(secret), secret.hex().encode()):
            assert form not in everything
    records = [json.loads(line) for line in text.splitlines()]
    of_kms = {record["eventName"]: record for record in records if record["eventSource"] == "kms.amazonaws.com"}
    uses = set(of_kms) - {"CreateKey", "GetPublicKey"}
    assert len(uses) == 11
    for name in uses:
        assert of_kms[name]["readOnly"] is True and of_kms[name]["responseElements"] is None, name
        kinds = [resource["type"] for resource in of_kms[name].get("resources", [])]
        assert kinds == {"GenerateRandom": [], "ReEncrypt": ["AWS::KMS::Key"] * 2}.get(name, ["AWS::KMS::Key"]), name
    decrypt = of_kms["Decrypt"]
    assert decrypt["requestParameters"] == context_of("trail-test")
    assert decrypt["resources"][0]["ARN"] == key["KeyId"]
    assert len(decrypt["additionalEventData"]["keyMaterialId"]) == 64
    materials = of_kms["ReEncrypt"]["additionalEventData"]
    assert set(materials) == {"sourceKeyMaterialId", "destinationKeyMaterialId"}
    assert of_kms["Sign"]["requestParameters"]["signingAlgorithm"] == "ECDSA_SHA_256"


def context_of(purpose):
    return {"encryptionContext": {"purpose": purpose}}
