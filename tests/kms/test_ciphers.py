"""Encrypting and decrypting: what KMS encrypts others decrypt, and the other way round; and what it refuses."""

import concurrent.futures

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

WORDS_OF_A_DRY_RUN = "The request would have succeeded, but the DryRun option is set."
WRONG_KEY = "The key ID in the request does not identify a CMK that can perform this operation."
UNKNOWN_KEY = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
    "or you are not allowed to access."
)
NO_BLOB = (
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
)
HASHES = {"RSAES_OAEP_SHA_1": hashes.SHA1(), "RSAES_OAEP_SHA_256": hashes.SHA256()}


def made(caller, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT", **more):
    """A key, by its ARN."""
    return caller.call("kms:CreateKey", KeySpec=spec, KeyUsage=usage, **more)["KeyMetadata"]["Arn"]


def sealed(caller, key, text=b"text", context=None, **more):
    """A ciphertext."""
    context = {"EncryptionContext": context} if context else {}
    return caller.call("kms:Encrypt", KeyId=key, Plaintext=text, **context, **more)["CiphertextBlob"]


def public_key(caller, key):
    """A key's public key as the other library reads it."""
    return serialization.load_der_public_key(caller.call("kms:GetPublicKey", KeyId=key)["PublicKey"])


def oaep(algorithm):
    hash_ = HASHES[algorithm]
    return padding.OAEP(mgf=padding.MGF1(hash_), algorithm=hash_, label=None)


def refused(caller, operation, code, text="", **parameters):
    """The call fails with this code and text; 400 is the status of all that the caller can mend."""
    return caller.fails(operation, code, text, 400, **parameters)


def test_an_encryption_context_is_bound_pair_by_pair(account):
    key = made(account)
    blob = sealed(account, key, context={"ab": "c", "d": ""})
    right = {"ab": "c", "d": ""}
    assert account.call("kms:Decrypt", CiphertextBlob=blob, EncryptionContext=right)["Plaintext"] == b"text"
    wrong = [{}, {"a": "bc", "d": ""}, {"ab": "c"}, {"ab": "cd", "": ""}, {"AB": "c", "d": ""}, {"ab": "d", "c": ""}]
    for context in wrong:
        refused(account, "kms:Decrypt", "InvalidCiphertextException", CiphertextBlob=blob, EncryptionContext=context)


def test_every_changed_byte_is_refused(account):
    key = made(account)
    blob = sealed(account, key)
    for at in range(0, len(blob), 7):
        changed = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
        with pytest.raises(ClientError) as caught:
            account.call("kms:Decrypt", CiphertextBlob=changed)
        code = caught.value.response["Error"]["Code"]
        assert code in ("InvalidCiphertextException", "AccessDeniedException"), at
    for cut in (b"\0", blob[:40], blob[:-1], blob + b"\0"):
        refused(account, "kms:Decrypt", "InvalidCiphertextException", CiphertextBlob=cut)


def test_the_plaintext_may_have_4096_bytes(account):
    key = made(account)
    text = bytes(range(256)) * 16
    blob = sealed(account, key, text)
    assert account.call("kms:Decrypt", CiphertextBlob=blob)["Plaintext"] == text
    refused(
        account.unchecked(),
        "kms:Encrypt",
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096",
        KeyId=key,
        Plaintext=text + b"\0",
    )


def test_no_two_ciphertexts_are_alike(account):
    key = made(account)
    assert len({sealed(account, key) for _ in range(5)}) == 5


@pytest.mark.parametrize(("spec", "modulus"), [("RSA_2048", 256), ("RSA_3072", 384), ("RSA_4096", 512)])
def test_rsa_ciphertexts_are_those_of_others(account, spec, modulus):
    key = made(account, spec)
    public = public_key(account, key)
    for algorithm, hash_ in HASHES.items():
        how = {"KeyId": key, "EncryptionAlgorithm": algorithm}
        longest = modulus - 2 * hash_.digest_size - 2
        theirs = public.encrypt(b"x" * longest, oaep(algorithm))
        assert account.call("kms:Decrypt", CiphertextBlob=theirs, **how)["Plaintext"] == b"x" * longest
        answer = account.call("kms:Encrypt", Plaintext=b"y" * longest, **how)
        assert len(answer["CiphertextBlob"]) == modulus and answer["EncryptionAlgorithm"] == algorithm
        opened = account.call("kms:Decrypt", CiphertextBlob=answer["CiphertextBlob"], **how)
        assert opened["Plaintext"] == b"y" * longest and opened["EncryptionAlgorithm"] == algorithm
        words = f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {longest} bytes."
        refused(account, "kms:Encrypt", "ValidationException", words, Plaintext=b"z" * (longest + 1), **how)
        for wrong in (b"\1" * modulus, b"\1" * 10, theirs[:-1] + bytes([theirs[-1] ^ 1])):
            refused(account, "kms:Decrypt", "InvalidCiphertextException", CiphertextBlob=wrong, **how)


def test_others_decrypt_with_data_key_pairs(account):
    """The private key of a pair decrypts what its public key encrypts, both outside."""
    pair = account.call("kms:GenerateDataKeyPair", KeyId=made(account), KeyPairSpec="RSA_2048")
    private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
    public = serialization.load_der_public_key(pair["PublicKey"])
    assert private.public_key() == public and private.key_size == 2048
    secret = public.encrypt(b"text", oaep("RSAES_OAEP_SHA_256"))
    assert private.decrypt(secret, oaep("RSAES_OAEP_SHA_256")) == b"text"


def test_an_rsa_key_needs_its_algorithm_and_takes_no_context(account):
    key = made(account, "RSA_2048")
    refused(
        account,
        "kms:Encrypt",
        "InvalidKeyUsageException",
        "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
        KeyId=key,
        Plaintext=b"text",
    )
    how = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = sealed(account, key, **how)
    # Without the algorithm it is read as a symmetric ciphertext, and is none.
    refused(account, "kms:Decrypt", "InvalidCiphertextException", KeyId=key, CiphertextBlob=blob)
    refused(account, "kms:Decrypt", "ValidationException", "KeyId must not be null", CiphertextBlob=blob, **how)
    words = "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."
    context = {"EncryptionContext": {"a": "b"}}
    refused(account, "kms:Encrypt", "ValidationException", words, KeyId=key, Plaintext=b"text", **context, **how)
    refused(account, "kms:Decrypt", "ValidationException", words, KeyId=key, CiphertextBlob=blob, **context, **how)
    symmetric = made(account)
    words = "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT."
    refused(account, "kms:Encrypt", "InvalidKeyUsageException", words, KeyId=symmetric, Plaintext=b"text", **how)


def test_the_key_that_is_named_must_be_the_ciphertexts(account):
    key, other, rsa = made(account), made(account), made(account, "RSA_2048", "SIGN_VERIFY")
    blob = {"CiphertextBlob": sealed(account, key)}
    for name in (key, key.split("/")[1]):
        assert account.call("kms:Decrypt", KeyId=name, **blob)["KeyId"] == key
    for wrong in (other, rsa):
        refused(account, "kms:Decrypt", "IncorrectKeyException", WRONG_KEY, KeyId=wrong, **blob)
    refused(
        account, "kms:ReEncrypt", "IncorrectKeyException", WRONG_KEY, SourceKeyId=other, DestinationKeyId=key, **blob
    )


def test_a_ciphertext_of_a_key_of_another_account_is_refused(account, partner):
    blob = sealed(partner, made(partner))
    with pytest.raises(ClientError) as caught:
        account.call("kms:Decrypt", CiphertextBlob=blob)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_ciphertext_of_no_key_says_what_aws_says(account):
    blob = sealed(account, made(account))
    # The bytes of the key's id.
    unknown = blob[:10] + bytes(16) + blob[26:]
    refused(account, "kms:Decrypt", "AccessDeniedException", UNKNOWN_KEY, CiphertextBlob=unknown)


def test_keys_are_for_their_usage_only(account):
    uses = {
        "kms:Encrypt": {"Plaintext": b"text"},
        "kms:GenerateDataKey": {"KeySpec": "AES_256"},
        "kms:GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
        "kms:GenerateDataKeyPair": {"KeyPairSpec": "ECC_NIST_P256"},
        "kms:GenerateDataKeyPairWithoutPlaintext": {"KeyPairSpec": "ECC_NIST_P256"},
    }
    for spec, usage in (("ECC_NIST_P256", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC")):
        key = made(account, spec, usage)
        for operation, more in uses.items():
            words = f"{key} key usage is {usage} which is not valid for {operation.split(':')[1]}."
            refused(account, operation, "InvalidKeyUsageException", words, KeyId=key, **more)
    rsa = made(account, "RSA_2048")
    for operation, more in list(uses.items())[1:]:
        words = "You cannot generate a data key with an asymmetric CMK"
        refused(account, operation, "InvalidKeyUsageException", words, KeyId=rsa, **more)


def test_reencrypting_changes_the_key_and_the_context(account):
    key, other = made(account), made(account)
    blob = sealed(account, key, context={"a": "1"})
    moved = account.call(
        "kms:ReEncrypt",
        CiphertextBlob=blob,
        SourceEncryptionContext={"a": "1"},
        DestinationKeyId=other,
        DestinationEncryptionContext={"b": "2"},
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
    assert len(moved["SourceKeyMaterialId"]) == len(moved["DestinationKeyMaterialId"]) == 64
    blob = {"CiphertextBlob": moved["CiphertextBlob"]}
    opened = account.call("kms:Decrypt", EncryptionContext={"b": "2"}, **blob)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"text", other)
    refused(account, "kms:Decrypt", "InvalidCiphertextException", EncryptionContext={"a": "1"}, **blob)
    refused(account, "kms:ReEncrypt", "InvalidCiphertextException", DestinationKeyId=key, **blob)


def test_reencrypting_to_an_rsa_key_minds_its_limit(account):
    key, rsa = made(account), made(account, "RSA_2048")
    how = {"DestinationKeyId": rsa, "DestinationEncryptionAlgorithm": "RSAES_OAEP_SHA_1"}
    account.call("kms:ReEncrypt", CiphertextBlob=sealed(account, key, b"x" * 214), **how)
    words = "Algorithm RSAES_OAEP_SHA_1 and key spec RSA_2048 cannot encrypt data larger than 214 bytes."
    blob = sealed(account, key, b"x" * 215)
    refused(account, "kms:ReEncrypt", "ValidationException", words, CiphertextBlob=blob, **how)


@pytest.mark.parametrize("operation", ["kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"])
def test_a_data_key_has_one_length(account, operation):
    key = made(account)
    for how, length in (({"KeySpec": "AES_128"}, 16), ({"KeySpec": "AES_256"}, 32), ({"NumberOfBytes": 1024}, 1024)):
        answer = account.call(operation, KeyId=key, EncryptionContext={"a": "b"}, **how)
        opened = account.call("kms:Decrypt", CiphertextBlob=answer["CiphertextBlob"], EncryptionContext={"a": "b"})
        assert len(opened["Plaintext"]) == length
        assert answer.get("Plaintext") in (None, opened["Plaintext"])
        assert answer["KeyMaterialId"] == opened["KeyMaterialId"]
    words = "Please specify either number of bytes or key spec."
    refused(account, operation, "ValidationException", words, KeyId=key)
    refused(account, operation, "ValidationException", words, KeyId=key, KeySpec="AES_256", NumberOfBytes=32)


SPECS = [
    "RSA_2048",
    "RSA_3072",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
]


@pytest.mark.parametrize("spec", SPECS)
def test_data_key_pairs_are_of_every_spec(account, spec):
    key = {"KeyId": made(account)}
    context = {"EncryptionContext": {"a": "b"}}
    pair = account.call("kms:GenerateDataKeyPair", KeyPairSpec=spec, **key, **context)
    opened = account.call("kms:Decrypt", CiphertextBlob=pair["PrivateKeyCiphertextBlob"], **context)
    assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]
    # The other library has no ML-KEM-512.
    if spec != "ML_KEM_512":
        private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
        der, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        assert private.public_key().public_bytes(der, form) == pair["PublicKey"]
    if not spec.startswith("RSA"):
        without = account.call("kms:GenerateDataKeyPairWithoutPlaintext", KeyPairSpec=spec, **key)
        assert without["PublicKey"] != pair["PublicKey"] and "PrivateKeyPlaintext" not in without


def test_sm2_is_chinas(account):
    words = "KeyPairSpec SM2 is not supported in this Region."
    refused(
        account, "kms:GenerateDataKeyPair", "UnsupportedOperationException", words, KeyId=made(account), KeyPairSpec="SM2"
    )


def test_random_bytes(account):
    seen = {account.call("kms:GenerateRandom", NumberOfBytes=1024)["Plaintext"] for _ in range(3)}
    assert len(seen) == 3 and {len(text) for text in seen} == {1024}
    words = "Please specify either number of bytes or key spec."
    refused(account, "kms:GenerateRandom", "ValidationException", words)


def test_dry_runs_do_everything_but_the_work(account):
    key, hmac = made(account), made(account, "HMAC_256", "GENERATE_VERIFY_MAC")
    signing, agreeing = made(account, "ECC_NIST_P256", "SIGN_VERIFY"), made(account, "ECC_NIST_P256", "KEY_AGREEMENT")
    kem = made(account, "ML_KEM_512", "ENCAPSULATE_DECAPSULATE")
    blob = {"CiphertextBlob": sealed(account, key)}
    ecdsa = {"Message": b"text", "SigningAlgorithm": "ECDSA_SHA_256"}
    peer = account.call("kms:GetPublicKey", KeyId=agreeing)["PublicKey"]
    mac = {"Message": b"text", "MacAlgorithm": "HMAC_SHA_256"}
    runs = [
        ("Encrypt", key, {"Plaintext": b"text"}),
        ("Decrypt", key, blob),
        ("GenerateDataKey", key, {"KeySpec": "AES_256"}),
        ("GenerateDataKeyWithoutPlaintext", key, {"KeySpec": "AES_256"}),
        ("GenerateDataKeyPair", key, {"KeyPairSpec": "RSA_4096"}),
        ("GenerateDataKeyPairWithoutPlaintext", key, {"KeyPairSpec": "RSA_4096"}),
        ("GenerateMac", hmac, mac),
        ("VerifyMac", hmac, mac | {"Mac": b"wrong"}),
        ("Sign", signing, ecdsa),
        ("Verify", signing, ecdsa | {"Signature": b"wrong"}),
        ("DeriveSharedSecret", agreeing, {"KeyAgreementAlgorithm": "ECDH", "PublicKey": peer}),
        ("Encapsulate", kem, {"EncapsulationAlgorithm": "ML_KEM"}),
        ("Decapsulate", kem, {"EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": b"wrong"}),
    ]
    for name, of, more in runs:
        words = WORDS_OF_A_DRY_RUN
        refused(account, f"kms:{name}", "DryRunOperationException", words, KeyId=of, DryRun=True, **more)
    more = {"DestinationKeyId": key, "DryRun": True}
    refused(account, "kms:ReEncrypt", "DryRunOperationException", WORDS_OF_A_DRY_RUN, **blob, **more)
    # What would fail fails as it would.
    wrong = {"EncryptionContext": {"not": "this"}}
    refused(account, "kms:Decrypt", "InvalidCiphertextException", KeyId=key, DryRun=True, **blob, **wrong)


def test_dry_runs_may_lack_the_ciphertext(account):
    key = made(account)
    only = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    refused(account, "kms:Decrypt", "DryRunOperationException", WORDS_OF_A_DRY_RUN, KeyId=key, **only)
    keys = {"SourceKeyId": key, "DestinationKeyId": key}
    refused(account, "kms:ReEncrypt", "DryRunOperationException", WORDS_OF_A_DRY_RUN, **keys, **only)
    refused(account, "kms:Decrypt", "ValidationException", "KeyId must not be null", **only)
    refused(account, "kms:Decrypt", "ValidationException", NO_BLOB, KeyId=key)
    refused(account, "kms:Decrypt", "ValidationException", NO_BLOB, KeyId=key, DryRun=True)
    # The modifier counts in dry runs only.
    more = {"DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    refused(account, "kms:Decrypt", "ValidationException", NO_BLOB, KeyId=key, **more)
    stranger = account.user("stranger")
    with pytest.raises(ClientError) as caught:
        stranger.call("kms:Decrypt", KeyId=key, **only)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_requests_for_an_enclave_need_its_proof(account):
    key = made(account)
    blob = {"CiphertextBlob": sealed(account, key)}
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"\xd2\x84"}
    for operation, more in (
        ("kms:Decrypt", blob),
        ("kms:GenerateDataKey", {"KeyId": key, "KeySpec": "AES_256"}),
        ("kms:GenerateDataKeyPair", {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}),
        ("kms:GenerateRandom", {"NumberOfBytes": 32}),
    ):
        with pytest.raises(ClientError) as caught:
            account.call(operation, Recipient=recipient, **more)
        assert caught.value.response["Error"]["Code"] == "ValidationException", operation
        with pytest.raises(ClientError) as caught:
            account.call(operation, Recipient={}, **more)
        assert caught.value.response["Error"]["Code"] == "ValidationException", operation


def test_slow_keys_hold_nobody_up(account):
    """While RSA keys are made, one after the other, other calls are answered."""
    key = made(account)
    account.call("kms:Encrypt", KeyId=key, Plaintext=b"text")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        how = {"KeyId": key, "KeyPairSpec": "RSA_3072"}
        pairs = [pool.submit(account.call, "kms:GenerateDataKeyPairWithoutPlaintext", **how) for _ in range(4)]
        answered = 0
        while not all(pair.done() for pair in pairs):
            account.call("kms:Encrypt", KeyId=key, Plaintext=b"text")
            answered += 1
        assert answered > 10
        assert len({pair.result()["PublicKey"] for pair in pairs}) == 4
