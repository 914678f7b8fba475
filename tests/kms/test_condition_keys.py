"""Every condition key that AWS lists for an action of KMS is there when the action is decided.

A policy allows the action only where all the keys have values: "Null": false. The table is AWS's ("Actions,
resources, and condition keys for AWS Key Management Service"); keys that describe a key's tags, or what a request
does not say, are in the table of those that are left out, with the reason.
"""

import pytest

from support.keys import about, answer, key_of
from support.policies import allow, document

CALLER = ["kms:CallerAccount"]
OF_KEY = [
    "aws:ResourceTag/team",
    "kms:KeyOrigin",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MultiRegion",
    "kms:ResourceAliases",
]
ALIAS = ["kms:RequestAlias"]
CONTEXT = ["kms:EncryptionContext:team", "kms:EncryptionContextKeys"]
CIPHER = ALIAS + CONTEXT + ["kms:EncryptionAlgorithm"]
# Keys that no request of the table can have, and why.
LEFT_OUT = {
    "kms:ViaService": "a service has to call: services/kms/tests/via.rs",
    "kms:MultiRegionKeyType": "multi-Region keys only: test_multi_region_keys_have_a_type",
    "kms:RecipientAttestation": "a request from an enclave has to come: crypto's tests of attestation documents",
    "kms:GranteeServicePrincipal": "excludes GranteePrincipal: test_grants.py",
    "kms:RetiringServicePrincipal": "excludes RetiringPrincipal: test_grants.py",
    "kms:TrailingDaysWithoutKeyUsage": "a key that was never used has no last use",
}
GRANT = CONTEXT + [
    "kms:GrantConstraintSourceArn",
    "kms:GrantConstraintType",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:GranteePrincipal",
    "kms:RetiringPrincipal",
]
BLOB = b"\x01" * 64
TEAM = {"EncryptionContext": {"team": "blue"}}
TAGS = [{"TagKey": "team", "TagValue": "blue"}]
POLICY = document(about("*"))
IMPORT = {"ImportToken": BLOB, "EncryptedKeyMaterial": BLOB, "ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": 9e9}
# The action: its keys besides those of the key and the caller, and the rest of a request.
OF_KEYS = {
    "CancelKeyDeletion": ([], {}),
    "DeleteImportedKeyMaterial": ([], {}),
    "DescribeKey": (ALIAS, {}),
    "DisableKey": ([], {}),
    "DisableKeyRotation": ([], {}),
    "EnableKey": ([], {}),
    "EnableKeyRotation": (["kms:RotationPeriodInDays"], {"RotationPeriodInDays": 100}),
    "Encrypt": (CIPHER, {"Plaintext": b"text"} | TEAM),
    "Decrypt": (CIPHER, {"CiphertextBlob": BLOB} | TEAM),
    "GenerateDataKey": (CIPHER, {"KeySpec": "AES_256"} | TEAM),
    "GenerateDataKeyWithoutPlaintext": (CIPHER, {"KeySpec": "AES_256"} | TEAM),
    "GenerateDataKeyPair": (CIPHER + ["kms:DataKeyPairSpec"], {"KeyPairSpec": "ECC_NIST_P256"} | TEAM),
    "GenerateDataKeyPairWithoutPlaintext": (CIPHER + ["kms:DataKeyPairSpec"], {"KeyPairSpec": "ECC_NIST_P256"} | TEAM),
    "GenerateMac": (ALIAS + ["kms:MacAlgorithm"], {"Message": b"text", "MacAlgorithm": "HMAC_SHA_256"}),
    "VerifyMac": (ALIAS + ["kms:MacAlgorithm"], {"Message": b"text", "Mac": BLOB, "MacAlgorithm": "HMAC_SHA_256"}),
    "DeriveSharedSecret": (
        ALIAS + ["kms:KeyAgreementAlgorithm"],
        {"KeyAgreementAlgorithm": "ECDH", "PublicKey": BLOB},
    ),
    "GetKeyLastUsage": ([], {}),
    "GetKeyPolicy": ([], {"PolicyName": "default"}),
    "GetKeyRotationStatus": ([], {}),
    "GetParametersForImport": (
        ["kms:WrappingAlgorithm", "kms:WrappingKeySpec"],
        {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
    ),
    "GetPublicKey": (ALIAS, {}),
    "ImportKeyMaterial": (["kms:ExpirationModel", "kms:ValidTo"], IMPORT),
    "ListGrants": (["kms:GrantIsForAWSResource"], {}),
    "ListKeyPolicies": ([], {}),
    "ListKeyRotations": ([], {}),
    "ListResourceTags": ([], {}),
    "PutKeyPolicy": (["kms:BypassPolicyLockoutSafetyCheck"], {"PolicyName": "default", "Policy": POLICY}),
    "ReplicateKey": (["kms:ReplicaRegion"], {"ReplicaRegion": "eu-west-1"}),
    "RevokeGrant": (["kms:GrantIsForAWSResource"], {"GrantId": "0" * 64}),
    "RotateKeyOnDemand": ([], {}),
    "ScheduleKeyDeletion": (["kms:ScheduleKeyDeletionPendingWindowInDays"], {"PendingWindowInDays": 7}),
    "Sign": (
        ALIAS + ["kms:MessageType", "kms:SigningAlgorithm"],
        {"Message": b"text", "SigningAlgorithm": "ECDSA_SHA_256"},
    ),
    "Verify": (
        ALIAS + ["kms:MessageType", "kms:SigningAlgorithm"],
        {"Message": b"text", "Signature": BLOB, "SigningAlgorithm": "ECDSA_SHA_256"},
    ),
    "TagResource": (["aws:RequestTag/team", "aws:TagKeys"], {"Tags": TAGS}),
    "UntagResource": (["aws:TagKeys"], {"TagKeys": ["team"]}),
    "UpdateKeyDescription": ([], {"Description": "text"}),
    "CreateGrant": (
        GRANT,
        {
            "GranteePrincipal": "{me}",
            "RetiringPrincipal": "{me}",
            "Operations": ["Encrypt"],
            "Constraints": {
                "EncryptionContextEquals": {"team": "blue"},
                "SourceArn": "arn:aws:vault:us-east-1:111122223333:box/a",
            },
        },
    ),
}
OF_ACCOUNTS = {
    "CreateKey": (
        [
            "aws:RequestTag/team",
            "aws:TagKeys",
            "kms:BypassPolicyLockoutSafetyCheck",
            "kms:KeyOrigin",
            "kms:KeySpec",
            "kms:KeyUsage",
            "kms:MultiRegion",
        ],
        {"Tags": TAGS, "KeyUsage": "ENCRYPT_DECRYPT"},
    ),
    "ConnectCustomKeyStore": ([], {"CustomKeyStoreId": "cks-1234567890abcdef0"}),
    "CreateCustomKeyStore": ([], {"CustomKeyStoreName": "store"}),
    "DeleteCustomKeyStore": ([], {"CustomKeyStoreId": "cks-1234567890abcdef0"}),
    "DescribeCustomKeyStores": ([], {}),
    "DisconnectCustomKeyStore": ([], {"CustomKeyStoreId": "cks-1234567890abcdef0"}),
    "UpdateCustomKeyStore": ([], {"CustomKeyStoreId": "cks-1234567890abcdef0"}),
}


def absent(user, account, operation, action, keys, parameters, resource="*"):
    """The keys without which the action on a resource is decided."""
    def passes(*names):
        condition = {"Null": {name: "false" for name in names}}
        also = [allow(NotAction=action)] + ([] if resource == "*" else [allow(action, NotResource=resource)])
        account.allow_user("alice", allow(action, resource, condition), *also)
        return answer(user, operation, **parameters) != "denied"

    # A key that nothing sets: the request comes as far as its decision.
    assert not passes("kms:Nothing")
    return [] if passes(*keys) else [name for name in keys if not passes(name)]


@pytest.fixture
def scene(account):
    """A user, and a key with an alias and a tag whose policy lets IAM decide."""
    user = account.user("alice")
    key = key_of(account, about(f"arn:aws:iam::{account.id}:root"), Tags=TAGS)
    account.call("kms:CreateAlias", AliasName="alias/of-a-test", TargetKeyId=key)
    return user.unchecked(), key


@pytest.mark.parametrize("action", OF_KEYS)
def test_actions_on_keys(account, scene, action):
    user, key = scene
    more, parameters = OF_KEYS[action]
    named = "alias/of-a-test" if "kms:RequestAlias" in more else key
    parameters = {name: user.arn if value == "{me}" else value for name, value in parameters.items()}
    # Trying needs the same rights as doing, and leaves the key as it is.
    wanted = CALLER + OF_KEY + more
    assert absent(user, account, f"kms:{action}", f"kms:{action}", wanted, {"KeyId": named} | parameters) == []


@pytest.mark.parametrize("action", OF_ACCOUNTS)
def test_actions_of_accounts(account, action):
    user = account.user("alice").unchecked()
    more, parameters = OF_ACCOUNTS[action]
    assert absent(user, account, f"kms:{action}", f"kms:{action}", CALLER + more, parameters) == []


@pytest.mark.parametrize("action", ["ReEncryptFrom", "ReEncryptTo"])
def test_both_actions_of_encrypting_anew(account, scene, action):
    user, key = scene
    blob = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text", **TEAM)["CiphertextBlob"]
    named = "alias/of-a-test"
    parameters = {
        "CiphertextBlob": blob,
        "SourceKeyId": named,
        "SourceEncryptionContext": {"team": "blue"},
        "DestinationKeyId": named,
        "DestinationEncryptionContext": {"team": "blue"},
    }
    wanted = CALLER + OF_KEY + CIPHER + ["kms:ReEncryptOnSameKey"]
    assert absent(user, account, "kms:ReEncrypt", f"kms:{action}", wanted, parameters) == []


@pytest.mark.parametrize("action", ["CreateAlias", "UpdateAlias", "DeleteAlias"])
def test_aliases_and_their_keys(account, scene, action):
    user, key = scene
    target = {} if action == "DeleteAlias" else {"TargetKeyId": key}
    name = "alias/another" if action == "CreateAlias" else "alias/of-a-test"

    def passes(condition, resource):
        statement = allow(f"kms:{action}", resource, condition)
        account.allow_user("alice", statement, allow(f"kms:{action}", NotResource=resource))
        return answer(user, f"kms:{action}", AliasName=name, **target) != "denied"

    for wanted in CALLER + OF_KEY:
        assert not passes({"Null": {wanted: "true"}}, key), wanted
    assert not passes({"Null": {"kms:CallerAccount": "true"}}, "arn:aws:kms:*:*:alias/*")


def test_retiring_a_grant(account, scene):
    user, key = scene
    constraints = {"EncryptionContextEquals": {"team": "blue"}}
    operations = ["Encrypt"]
    grant = account.call(
        "kms:CreateGrant", KeyId=key, GranteePrincipal=user.arn, Operations=operations, Constraints=constraints
    )
    parameters = {"KeyId": key, "GrantId": grant["GrantId"], "DryRun": True}
    wanted = CALLER + OF_KEY + CONTEXT + ["kms:GrantConstraintType"]
    assert absent(user, account, "kms:RetireGrant", "kms:RetireGrant", wanted, parameters) == []


def test_multi_region_keys_have_a_type(account):
    user = account.user("alice")
    key = key_of(account, about(f"arn:aws:iam::{account.id}:root"), MultiRegion=True, Tags=TAGS)
    account.call("kms:CreateAlias", AliasName="alias/of-a-test", TargetKeyId=key)
    wanted = CALLER + OF_KEY + ["kms:MultiRegionKeyType"]
    action, parameters = "kms:DescribeKey", {"KeyId": key}
    assert absent(user, account, action, action, wanted, parameters) == []
    # The replica that is to be the primary key is a resource of its own.
    action, parameters = "kms:UpdatePrimaryRegion", {"KeyId": key, "PrimaryRegion": "eu-west-1"}
    assert absent(user, account, action, action, wanted + ["kms:PrimaryRegion"], parameters, key) == []


def test_what_is_left_out_is_in_no_table():
    tables = [keys for table in (OF_KEYS, OF_ACCOUNTS) for keys, _ in table.values()]
    assert not {key for keys in tables for key in keys} & set(LEFT_OUT)


def test_every_action_that_is_served_is_in_a_table(coverage):
    apart = {"ReEncrypt", "CreateAlias", "UpdateAlias", "DeleteAlias", "RetireGrant", "UpdatePrimaryRegion"}
    # AWS lists no key for these.
    none = {"ListAliases", "ListKeys", "ListRetirableGrants", "GenerateRandom", "Encapsulate", "Decapsulate"}
    known = set(OF_KEYS) | set(OF_ACCOUNTS) | apart | none
    assert set(coverage["kms"]["served"]) - known == set()
