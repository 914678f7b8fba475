"""The life of KMS's keys: deletion, rotation, imported material, replicas, last use."""

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


def made(aws, **more):
    """A key of the account, by its id."""
    return aws.account.call("kms:CreateKey", **more)["KeyMetadata"]["KeyId"]


def deletion(aws):
    """Deletion, scheduled and cancelled."""
    key = {"KeyId": made(aws)}
    scheduled = aws.call("kms:ScheduleKeyDeletion", PendingWindowInDays=7, **key)
    assert scheduled["KeyState"] == "PendingDeletion" and scheduled["PendingWindowInDays"] == 7
    assert aws.account.call("kms:DescribeKey", **key)["KeyMetadata"]["DeletionDate"] == scheduled["DeletionDate"]
    assert aws.call("kms:CancelKeyDeletion", **key)["KeyId"] == scheduled["KeyId"]


def rotation(aws):
    """Rotation, automatic and on demand."""
    key = {"KeyId": made(aws)}
    aws.call("kms:EnableKeyRotation", RotationPeriodInDays=180, **key)
    assert aws.call("kms:GetKeyRotationStatus", **key)["RotationPeriodInDays"] == 180
    aws.call("kms:RotateKeyOnDemand", **key)
    rotations = aws.call("kms:ListKeyRotations", **key)["Rotations"]
    assert [entry["RotationType"] for entry in rotations] == ["ON_DEMAND"]
    assert len(aws.call("kms:ListKeyRotations", IncludeKeyMaterial="ALL_KEY_MATERIAL", **key)["Rotations"]) == 2
    aws.call("kms:DisableKeyRotation", **key)
    assert aws.call("kms:GetKeyRotationStatus", **key)["KeyRotationEnabled"] is False


def imports(aws):
    """Imported material."""
    key = {"KeyId": made(aws, Origin="EXTERNAL")}
    wrapping = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    told = aws.call("kms:GetParametersForImport", **wrapping, **key)
    hash_ = hashes.SHA256()
    oaep = padding.OAEP(mgf=padding.MGF1(hash_), algorithm=hash_, label=None)
    wrapped = serialization.load_der_public_key(told["PublicKey"]).encrypt(bytes(range(32)), oaep)
    imported = aws.call(
        "kms:ImportKeyMaterial",
        ImportToken=told["ImportToken"],
        EncryptedKeyMaterial=wrapped,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
        KeyMaterialDescription="of a walk",
        **key,
    )
    rotations = aws.call("kms:ListKeyRotations", IncludeKeyMaterial="ALL_KEY_MATERIAL", **key)["Rotations"]
    assert [entry["KeyMaterialId"] for entry in rotations] == [imported["KeyMaterialId"]]
    aws.call("kms:DeleteImportedKeyMaterial", KeyMaterialId=imported["KeyMaterialId"], **key)
    assert aws.account.call("kms:DescribeKey", **key)["KeyMetadata"]["KeyState"] == "PendingImport"


def replicas(aws):
    """Multi-Region keys."""
    key = {"KeyId": made(aws, MultiRegion=True)}
    tags = [{"TagKey": "team", "TagValue": "blue"}]
    replica = aws.call("kms:ReplicateKey", ReplicaRegion="eu-west-1", Tags=tags, **key)
    assert replica["ReplicaTags"] == tags
    assert replica["ReplicaKeyMetadata"]["MultiRegionConfiguration"]["MultiRegionKeyType"] == "REPLICA"
    aws.call("kms:UpdatePrimaryRegion", PrimaryRegion="eu-west-1", **key)
    shown = aws.account.call("kms:DescribeKey", **key)["KeyMetadata"]["MultiRegionConfiguration"]
    assert shown["PrimaryKey"]["Region"] == "eu-west-1"


def last_usage(aws):
    """The last use of a key."""
    key = {"KeyId": made(aws)}
    assert aws.call("kms:GetKeyLastUsage", **key)["KeyLastUsage"] == {}
    aws.account.call("kms:Encrypt", Plaintext=b"text", **key)
    assert aws.call("kms:GetKeyLastUsage", **key)["KeyLastUsage"]["Operation"] == "Encrypt"


AREAS = [deletion, rotation, imports, replicas, last_usage]
