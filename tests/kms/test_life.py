"""The life of keys over the wire: deletion, rotation, imported material, replicas, last use. What only time brings
about is tested where the clock can be set, in services/kms/tests/lifecycle."""

import datetime
import json
import os

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from support.caller import Caller, Keys
from support.policies import allow, deny, document
from support.server import Server

AWAY = "eu-west-1"
OPERATOR = Keys("test", "test")
HASHES = {"SHA_1": hashes.SHA1(), "SHA_256": hashes.SHA256()}


def made(caller, **more):
    """A key, by its ARN."""
    return caller.call("kms:CreateKey", **more)["KeyMetadata"]["Arn"]


def refused(caller, operation, code, text="", **parameters):
    """The call fails with this code and text; 400 is the status of all that the caller can mend."""
    return caller.fails(operation, code, text, 400, **parameters)


def denied(caller, operation, **parameters):
    """The call is denied. Gives what AWS says of it."""
    with pytest.raises(ClientError) as caught:
        caller.call(operation, **parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException", error
    return error["Message"]


def away(caller, region=AWAY):
    """The same caller in another region."""
    return Caller(caller.endpoint, caller.keys, caller.arn, region)


def sealed(caller, key):
    return caller.call("kms:Encrypt", KeyId=key, Plaintext=b"text")["CiphertextBlob"]


def opened(caller, ciphertext):
    return caller.call("kms:Decrypt", CiphertextBlob=ciphertext)["Plaintext"]


def described(caller, key):
    return caller.call("kms:DescribeKey", KeyId=key)["KeyMetadata"]


# ---- deletion


def test_a_key_that_waits_for_its_deletion_cannot_be_used(account):
    key = made(account)
    ciphertext = sealed(account, key)
    account.call("kms:ScheduleKeyDeletion", KeyId=key)
    waits = f"{key} is pending deletion."
    state = "KMSInvalidStateException"
    refused(account, "kms:Encrypt", state, waits, KeyId=key, Plaintext=b"text")
    refused(account, "kms:Decrypt", state, waits, CiphertextBlob=ciphertext)
    refused(account, "kms:ScheduleKeyDeletion", state, waits, KeyId=key)
    refused(account, "kms:EnableKeyRotation", state, waits, KeyId=key)
    refused(account, "kms:RotateKeyOnDemand", state, waits, KeyId=key)
    account.call("kms:CancelKeyDeletion", KeyId=key)
    refused(account, "kms:CancelKeyDeletion", state, f"{key} is not pending deletion.", KeyId=key)
    refused(account, "kms:Decrypt", "DisabledException", f"{key} is disabled.", CiphertextBlob=ciphertext)
    account.call("kms:EnableKey", KeyId=key)
    assert opened(account, ciphertext) == b"text"


@pytest.mark.parametrize("days", [1, 3, 6, 31, 365])
def test_the_waiting_period_has_seven_to_thirty_days(account, days):
    text = "PendingWindowInDays must be between 7 and 30"
    refused(account, "kms:ScheduleKeyDeletion", "ValidationException", text, KeyId=made(account), PendingWindowInDays=days)


def test_a_policy_can_limit_the_waiting_period(account):
    """Also where the request says nothing and the usual period counts."""
    key = made(account)
    name = "kms:ScheduleKeyDeletionPendingWindowInDays"
    user = account.user("alice", allow("kms:*"), deny("kms:*", condition={"NumericGreaterThan": {name: "10"}}))
    for days in [{}, {"PendingWindowInDays": 11}]:
        denied(user, "kms:ScheduleKeyDeletion", KeyId=key, **days)
    user.call("kms:ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=10)


def test_another_account_changes_nothing_whatever_the_key_policy_says(account, partner):
    everybody = allow("kms:*", Principal={"AWS": [account.id, partner.id]})
    key = made(account, Policy=document(everybody))
    assert partner.call("kms:GetKeyRotationStatus", KeyId=key)["KeyRotationEnabled"] is False
    for operation in ["ScheduleKeyDeletion", "CancelKeyDeletion", "EnableKeyRotation", "DisableKeyRotation"]:
        denied(partner, f"kms:{operation}", KeyId=key)
    for operation in ["RotateKeyOnDemand", "ListKeyRotations", "DeleteImportedKeyMaterial", "GetKeyLastUsage"]:
        denied(partner, f"kms:{operation}", KeyId=key)
    denied(partner, "kms:ReplicateKey", KeyId=key, ReplicaRegion=AWAY)
    assert described(account, key)["KeyState"] == "Enabled"


# ---- rotation


def test_rotation_makes_new_material_and_the_former_still_decrypts(account):
    key = made(account)
    first = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    before = described(account, key)["CurrentKeyMaterialId"]
    account.call("kms:RotateKeyOnDemand", KeyId=key)
    after = described(account, key)["CurrentKeyMaterialId"]
    assert before != after
    answers = [account.call("kms:Decrypt", CiphertextBlob=blob) for blob in (first, sealed(account, key))]
    assert [answer["KeyMaterialId"] for answer in answers] == [before, after]


def test_rotations_are_listed_page_by_page(account):
    key = made(account)
    for _ in range(5):
        account.call("kms:RotateKeyOnDemand", KeyId=key)
    whole = account.call("kms:ListKeyRotations", KeyId=key)
    assert whole["Truncated"] is False and len(whole["Rotations"]) == 5
    dates = [entry["RotationDate"] for entry in whole["Rotations"]]
    assert dates == sorted(dates)
    seen, marker = [], {}
    while True:
        page = account.call("kms:ListKeyRotations", KeyId=key, Limit=2, **marker)
        seen += page["Rotations"]
        if not page["Truncated"]:
            break
        marker = {"Marker": page["NextMarker"]}
    assert seen == whole["Rotations"]
    with pytest.raises(ClientError, match="InvalidMarkerException"):
        account.call("kms:ListKeyRotations", KeyId=made(account), **marker)


def test_only_symmetric_keys_of_kms_rotate(account):
    for more in [{"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}]:
        key = made(account, **more)
        for operation in ["EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus", "RotateKeyOnDemand"]:
            refused(account, f"kms:{operation}", "UnsupportedOperationException", KeyId=key)
    key = made(account, Origin="EXTERNAL")
    text = f"{key} origin is EXTERNAL which is not valid for this operation."
    for operation in ["EnableKeyRotation", "DisableKeyRotation"]:
        refused(account, f"kms:{operation}", "UnsupportedOperationException", text, KeyId=key)


def test_a_policy_can_limit_the_period_of_rotation(account):
    key = made(account)
    limit = {"NumericLessThanEquals": {"kms:RotationPeriodInDays": "180"}}
    user = account.user("alice", allow("kms:EnableKeyRotation", condition=limit))
    for days in [{}, {"RotationPeriodInDays": 181}]:
        denied(user, "kms:EnableKeyRotation", KeyId=key, **days)
    user.call("kms:EnableKeyRotation", KeyId=key, RotationPeriodInDays=180)
    status = account.call("kms:GetKeyRotationStatus", KeyId=key)
    assert status["RotationPeriodInDays"] == 180
    until = status["NextRotationDate"] - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(days=179) < until <= datetime.timedelta(days=180)


def test_nobody_changes_an_aws_managed_key(account, root):
    key = described(account, "alias/aws/s3")["Arn"]
    assert account.call("kms:GetKeyRotationStatus", KeyId=key)["KeyRotationEnabled"] is True
    for caller in (account, root):
        for operation in ["ScheduleKeyDeletion", "EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand"]:
            denied(caller, f"kms:{operation}", KeyId=key)


# ---- imported material


def wrapped(told, algorithm, material):
    """Material, wrapped by another library."""
    public_key = serialization.load_der_public_key(told["PublicKey"])
    hash_ = HASHES["SHA_1"] if algorithm.endswith("SHA_1") else HASHES["SHA_256"]
    oaep = padding.OAEP(mgf=padding.MGF1(hash_), algorithm=hash_, label=None)
    if algorithm.startswith("RSAES"):
        return public_key.encrypt(material, oaep)
    between = os.urandom(32)
    return public_key.encrypt(between, oaep) + keywrap.aes_key_wrap_with_padding(between, material)


def imported(caller, key, material, algorithm="RSA_AES_KEY_WRAP_SHA_256", spec="RSA_2048", **more):
    """Imports material for ever."""
    wrapping = {"WrappingAlgorithm": algorithm, "WrappingKeySpec": spec}
    told = caller.call("kms:GetParametersForImport", KeyId=key, **wrapping)
    return caller.call(
        "kms:ImportKeyMaterial",
        **{
            "KeyId": key,
            "ImportToken": told["ImportToken"],
            "EncryptedKeyMaterial": wrapped(told, algorithm, material),
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        }
        | more,
    )


def pkcs8(key):
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def spki(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [
        ("RSA_2048", "RSAES_OAEP_SHA_1"),
        ("RSA_2048", "RSA_AES_KEY_WRAP_SHA_1"),
        ("RSA_2048", "RSA_AES_KEY_WRAP_SHA_256"),
        ("RSA_3072", "RSAES_OAEP_SHA_256"),
        ("RSA_4096", "RSAES_OAEP_SHA_256"),
    ],
)
def test_material_comes_in_by_every_wrapping(account, spec, algorithm):
    key = made(account, Origin="EXTERNAL")
    assert described(account, key)["KeyState"] == "PendingImport"
    imported(account, key, bytes(32), algorithm, spec)
    shown = described(account, key)
    assert (shown["KeyState"], shown["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert opened(account, sealed(account, key)) == b"text"


def test_imported_private_keys_are_the_keys_that_sign(account):
    rsa_key = rsa.generate_private_key(65537, 2048)
    digest = hashes.SHA256()
    cases = [
        ("ECC_NIST_P256", "ECDSA_SHA_256", ec.generate_private_key(ec.SECP256R1())),
        ("ECC_NIST_P521", "ECDSA_SHA_512", ec.generate_private_key(ec.SECP521R1())),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256", ec.generate_private_key(ec.SECP256K1())),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", ed25519.Ed25519PrivateKey.generate()),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", rsa_key),
    ]
    for spec, algorithm, private in cases:
        key = made(account, Origin="EXTERNAL", KeySpec=spec, KeyUsage="SIGN_VERIFY")
        imported(account, key, pkcs8(private))
        assert account.call("kms:GetPublicKey", KeyId=key)["PublicKey"] == spki(private), spec
        signing = {"KeyId": key, "SigningAlgorithm": algorithm, "Message": b"text"}
        signature = account.call("kms:Sign", **signing)["Signature"]
        public = private.public_key()
        if spec.startswith("RSA"):
            public.verify(signature, b"text", padding.PKCS1v15(), digest)
        elif spec.endswith("25519"):
            public.verify(signature, b"text")
        else:
            public.verify(signature, b"text", ec.ECDSA(hashes.SHA512() if "512" in algorithm else digest))
        with pytest.raises(ClientError, match="IncorrectKeyMaterialException"):
            imported(account, key, pkcs8(rsa_key if not spec.startswith("RSA") else cases[0][2]))


def test_what_is_no_material_of_the_key_is_refused(account):
    key = made(account, Origin="EXTERNAL")
    for material in [bytes(31), bytes(33), bytes(64), pkcs8(ec.generate_private_key(ec.SECP256R1()))]:
        with pytest.raises(ClientError, match="IncorrectKeyMaterialException"):
            imported(account, key, material)
    with pytest.raises(ClientError, match="InvalidImportTokenException"):
        imported(account, key, bytes(32), ImportToken=b"none")
    with pytest.raises(ClientError, match="InvalidCiphertextException") as caught:
        imported(account, key, bytes(32), EncryptedKeyMaterial=bytes(256))
    assert caught.value.response["Error"]["Message"] == ""
    text = "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
    with pytest.raises(ClientError, match=text):
        imported(account, key, bytes(32), ExpirationModel="KEY_MATERIAL_EXPIRES")
    told = {"KeyId": key, "WrappingAlgorithm": "SM2PKE", "WrappingKeySpec": "SM2"}
    with pytest.raises(ClientError, match="UnsupportedOperationException"):
        account.call("kms:GetParametersForImport", **told)
    assert described(account, key)["KeyState"] == "PendingImport"


def test_material_that_expires_says_so(account):
    key = made(account, Origin="EXTERNAL")
    expiry = datetime.datetime.now(datetime.UTC).replace(microsecond=0) + datetime.timedelta(days=30)
    imported(account, key, bytes(32), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=expiry)
    shown = described(account, key)
    assert (shown["ExpirationModel"], shown["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", expiry)


def test_policies_can_limit_imports(account):
    key = made(account, Origin="EXTERNAL")
    wrapping = {"StringEquals": {"kms:WrappingAlgorithm": "RSA_AES_KEY_WRAP_SHA_256", "kms:WrappingKeySpec": "RSA_2048"}}
    expiring = {"StringEquals": {"kms:ExpirationModel": "KEY_MATERIAL_EXPIRES"}}
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)
    soon_only = {"NumericLessThan": {"kms:ValidTo": str(int(soon.timestamp()) + 1)}}
    user = account.user(
        "alice",
        allow("kms:GetParametersForImport", condition=wrapping),
        allow("kms:ImportKeyMaterial", condition=expiring | soon_only),
    )
    told = {"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    denied(user, "kms:GetParametersForImport", **told)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        imported(user, key, bytes(32))
    later = {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": soon + datetime.timedelta(days=1)}
    with pytest.raises(ClientError, match="AccessDeniedException"):
        imported(user, key, bytes(32), **later)
    imported(user, key, bytes(32), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=soon)


# ---- replicas


def replicated(account, **more):
    """A multi-Region key with a replica, by its id."""
    key = account.call("kms:CreateKey", MultiRegion=True)["KeyMetadata"]["KeyId"]
    account.call("kms:ReplicateKey", KeyId=key, ReplicaRegion=AWAY, **more)
    return key


def test_what_one_region_encrypts_another_decrypts(account):
    key = replicated(account)
    there = away(account)
    assert opened(there, sealed(account, key)) == b"text"
    assert opened(account, sealed(there, key)) == b"text"
    with pytest.raises(ClientError, match="AccessDeniedException"):
        opened(away(account, "us-west-2"), sealed(account, key))


def test_a_replica_has_its_own_policy(account):
    mine = allow("kms:*", Principal={"AWS": account.arn})
    key = replicated(account, Policy=document(mine), Description="away")
    user = account.user("alice", allow("kms:*"))
    assert opened(user, sealed(user, key)) == b"text"
    denied(away(user), "kms:Encrypt", KeyId=key, Plaintext=b"text")
    assert described(away(account), key)["Description"] == "away"


def test_a_replica_cannot_lock_its_maker_out(account):
    other = allow("kms:*", Principal={"AWS": account.arn_of("user", "bob")})
    account.plain_user("bob", "/", None, None)
    key = account.call("kms:CreateKey", MultiRegion=True)["KeyMetadata"]["KeyId"]
    text = "The new key policy will not allow you to update the key policy in the future."
    more = {"KeyId": key, "ReplicaRegion": AWAY, "Policy": document(other)}
    refused(account, "kms:ReplicateKey", "MalformedPolicyDocumentException", text, **more)
    account.call("kms:ReplicateKey", BypassPolicyLockoutSafetyCheck=True, **more)


def test_a_replica_needs_permissions_in_both_regions(account):
    key = account.call("kms:CreateKey", MultiRegion=True)["KeyMetadata"]["KeyId"]
    replicate = allow("kms:ReplicateKey", condition={"StringEquals": {"kms:ReplicaRegion": AWAY}})
    here = allow("kms:CreateKey", condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})
    there = allow("kms:CreateKey", condition={"StringEquals": {"aws:RequestedRegion": AWAY}})
    user = account.user("alice", replicate)
    told = {"KeyId": key, "ReplicaRegion": AWAY}
    assert "kms:CreateKey" in denied(user, "kms:ReplicateKey", **told)
    account.allow_user("alice", replicate, here)
    assert "kms:CreateKey" in denied(user, "kms:ReplicateKey", **told)
    account.allow_user("alice", replicate, there)
    tags = [{"TagKey": "team", "TagValue": "blue"}]
    assert "kms:TagResource" in denied(user, "kms:ReplicateKey", Tags=tags, **told)
    denied(user, "kms:ReplicateKey", KeyId=key, ReplicaRegion="us-west-2")
    user.call("kms:ReplicateKey", **told)


def test_the_primary_region_changes_with_permissions_on_both_keys(account):
    key = replicated(account)
    arns = [described(caller, key)["Arn"] for caller in (account, away(account))]
    user = account.user("alice")
    told = {"KeyId": key, "PrimaryRegion": AWAY}
    for arn in arns:
        account.allow_user("alice", allow("kms:UpdatePrimaryRegion", arn))
        denied(user, "kms:UpdatePrimaryRegion", **told)
    condition = {"StringEquals": {"kms:PrimaryRegion": AWAY}}
    account.allow_user("alice", allow("kms:UpdatePrimaryRegion", arns, condition))
    denied(user, "kms:UpdatePrimaryRegion", KeyId=key, PrimaryRegion="us-west-2")
    user.call("kms:UpdatePrimaryRegion", **told)
    types = [described(caller, key)["MultiRegionConfiguration"]["MultiRegionKeyType"] for caller in (account, away(account))]
    assert types == ["REPLICA", "PRIMARY"]
    text = f"{arns[0]} is not a multi-Region primary key."
    refused(account, "kms:ReplicateKey", "UnsupportedOperationException", text, KeyId=key, ReplicaRegion="us-west-2")


def test_a_primary_key_with_replicas_waits_for_them(account):
    key = replicated(account)
    answer = account.call("kms:ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    assert answer["KeyState"] == "PendingReplicaDeletion" and "DeletionDate" not in answer
    assert described(account, key)["PendingDeletionWindowInDays"] == 7
    assert described(away(account), key)["KeyState"] == "Enabled"
    arn = answer["KeyId"]
    text = f"{arn} is pending replica deletion."
    refused(account, "kms:Encrypt", "KMSInvalidStateException", text, KeyId=key, Plaintext=b"text")


# ---- last use, and the trail


def test_the_last_use_names_its_event_and_survives_a_restart(tmp_path):
    server = Server(tmp_path, "--dev", "--data", tmp_path / "data").start()
    try:
        caller = Caller(server.endpoint, OPERATOR, "")
        key = made(caller)
        ciphertext = sealed(caller, key)
        opened(caller, ciphertext)
        with pytest.raises(ClientError):
            caller.call("kms:Decrypt", CiphertextBlob=ciphertext, EncryptionContext={"a": "b"})
        used = caller.call("kms:GetKeyLastUsage", KeyId=key)
        server.stop()
        server.start()
        caller = Caller(server.endpoint, OPERATOR, "")
        again = caller.call("kms:GetKeyLastUsage", KeyId=key)
        assert again["KeyLastUsage"] == used["KeyLastUsage"]
        assert used["TrackingStartDate"] == used["KeyCreationDate"]
        events = events_of(server)
    finally:
        server.stop()
    event = next(event for event in events if event["eventID"] == used["KeyLastUsage"]["CloudTrailEventId"])
    assert (event["eventName"], event.get("errorCode")) == ("Decrypt", None)
    assert event["requestID"] == used["KeyLastUsage"]["KmsRequestId"]
    assert event["resources"][0]["ARN"] == key


def test_the_trail_shows_rotations_and_no_key_material(tmp_path):
    server = Server(tmp_path, "--dev", "--data", tmp_path / "data").start()
    try:
        caller = Caller(server.endpoint, OPERATOR, "")
        key = made(caller, Origin="EXTERNAL")
        imported(caller, key, bytes(32))
        imported(caller, key, bytes(31) + b"1", ImportType="NEW_KEY_MATERIAL")
        caller.call("kms:RotateKeyOnDemand", KeyId=key)
        other = made(caller)
        caller.call("kms:EnableKeyRotation", KeyId=other)
        events = events_of(server)
    finally:
        server.stop()
    by_name = {event["eventName"]: event for event in events}
    rotated = by_name["RotateKey"]
    assert rotated["eventType"] == "AwsServiceEvent" and rotated["eventSource"] == "kms.amazonaws.com"
    assert rotated["serviceEventDetails"]["rotationType"] == "ON_DEMAND"
    told = by_name["GetParametersForImport"]
    assert told["requestParameters"]["wrappingAlgorithm"] == "RSA_AES_KEY_WRAP_SHA_256"
    assert "publicKey" not in (told["responseElements"] or {})
    import_event = by_name["ImportKeyMaterial"]
    assert import_event["requestParameters"]["expirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE"
    for name in ("importToken", "encryptedKeyMaterial"):
        assert name not in json.dumps(events), name
    assert import_event["responseElements"]["keyMaterialId"]
    assert by_name["EnableKeyRotation"]["responseElements"] == {"keyId": other}


def events_of(server):
    """The events of the server's trail."""
    text = server.command("events", "--data", str(server.folder / "data"))
    return [json.loads(line) for line in text.splitlines()]
