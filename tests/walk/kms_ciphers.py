"""KMS's cryptographic operations."""

import hashlib

CONTEXT = {"purpose": "walk"}


def made(aws, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT"):
    """A key of the account, by its ARN."""
    return aws.account.call("kms:CreateKey", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]


def ciphers(aws):
    """Encrypting, decrypting, and encrypting anew."""
    key, other = made(aws), made(aws, "RSA_2048")
    sealed = aws.call("kms:Encrypt", KeyId=key, Plaintext=b"text", EncryptionContext=CONTEXT)
    assert sealed["KeyId"] == key and sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    blob = {"CiphertextBlob": sealed["CiphertextBlob"]}
    opened = aws.call("kms:Decrypt", EncryptionContext=CONTEXT, **blob)
    assert opened["Plaintext"] == b"text" and opened["KeyId"] == key
    algorithm = "RSAES_OAEP_SHA_256"
    moved = aws.call(
        "kms:ReEncrypt",
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=other,
        DestinationEncryptionAlgorithm=algorithm,
        **blob,
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
    blob = {"CiphertextBlob": moved["CiphertextBlob"]}
    opened = aws.call("kms:Decrypt", KeyId=other, EncryptionAlgorithm=algorithm, **blob)
    assert opened["Plaintext"] == b"text" and "KeyMaterialId" not in opened


def data_keys(aws):
    """Data keys and random bytes."""
    key = {"KeyId": made(aws)}
    data_key = aws.call("kms:GenerateDataKey", KeySpec="AES_128", EncryptionContext=CONTEXT, **key)
    assert len(data_key["Plaintext"]) == 16
    sealed = aws.call("kms:GenerateDataKeyWithoutPlaintext", NumberOfBytes=64, **key)
    opened = aws.call("kms:Decrypt", CiphertextBlob=sealed["CiphertextBlob"])
    assert len(opened["Plaintext"]) == 64 and opened["KeyMaterialId"] == sealed["KeyMaterialId"]
    pair = aws.call("kms:GenerateDataKeyPair", KeyPairSpec="ECC_NIST_P384", **key)
    opened = aws.call("kms:Decrypt", CiphertextBlob=pair["PrivateKeyCiphertextBlob"])
    assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]
    pair = aws.call("kms:GenerateDataKeyPairWithoutPlaintext", KeyPairSpec="ECC_NIST_EDWARDS25519", **key)
    assert pair["KeyPairSpec"] == "ECC_NIST_EDWARDS25519" and "PrivateKeyPlaintext" not in pair
    assert len(aws.call("kms:GenerateRandom", NumberOfBytes=9)["Plaintext"]) == 9


def signing(aws):
    """Signatures and message authentication codes."""
    key = {"KeyId": made(aws, "ECC_NIST_P256", "SIGN_VERIFY"), "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = aws.call("kms:Sign", Message=b"text", **key)["Signature"]
    digest = {"Message": hashlib.sha256(b"text").digest(), "MessageType": "DIGEST"}
    assert aws.call("kms:Verify", Signature=signature, **digest, **key)["SignatureValid"] is True
    shown = aws.call("kms:GetPublicKey", KeyId=key["KeyId"])
    assert shown["SigningAlgorithms"] == ["ECDSA_SHA_256"] and "EncryptionAlgorithms" not in shown
    key = {"KeyId": made(aws, "HMAC_384", "GENERATE_VERIFY_MAC"), "MacAlgorithm": "HMAC_SHA_384"}
    code = aws.call("kms:GenerateMac", Message=b"text", **key)["Mac"]
    assert aws.call("kms:VerifyMac", Message=b"text", Mac=code, **key)["MacValid"] is True


def secrets(aws):
    """Secrets that two share."""
    keys = [made(aws, "ECC_NIST_P256", "KEY_AGREEMENT") for _ in range(2)]
    public = [aws.call("kms:GetPublicKey", KeyId=key)["PublicKey"] for key in keys]
    shared = [
        aws.call("kms:DeriveSharedSecret", KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=other)
        for key, other in zip(keys, reversed(public))
    ]
    assert shared[0]["SharedSecret"] == shared[1]["SharedSecret"]
    assert shared[0]["KeyOrigin"] == "AWS_KMS"
    key = {"KeyId": made(aws, "ML_KEM_512", "ENCAPSULATE_DECAPSULATE"), "EncapsulationAlgorithm": "ML_KEM"}
    sent = aws.call("kms:Encapsulate", **key)
    blob = {"SharedSecretCiphertextBlob": sent["SharedSecretCiphertextBlob"]}
    assert aws.call("kms:Decapsulate", **blob, **key)["SharedSecret"] == sent["SharedSecret"]


AREAS = [ciphers, data_keys, signing, secrets]
