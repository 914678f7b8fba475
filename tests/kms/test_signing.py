"""Signatures, codes and shared secrets: what KMS makes others verify, and the other way round; and what it refuses.

The other library is PyPI's `cryptography`. It has no ML-KEM-512 and makes no Ed25519ph: the first is checked against
itself here and against vectors in `crates/crypto`, the second only in the latter. Where KMS keeps a key to itself, the
other library's key is imported, and both must make the same of it.
"""

import hashlib
import hmac

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, utils

SHA = {256: hashes.SHA256(), 384: hashes.SHA384(), 512: hashes.SHA512()}
RSA = [f"RSASSA_{scheme}_SHA_{size}" for scheme in ("PSS", "PKCS1_V1_5") for size in SHA]
ECDSA = {
    "ECC_NIST_P256": ("ECDSA_SHA_256", ec.SECP256R1()),
    "ECC_NIST_P384": ("ECDSA_SHA_384", ec.SECP384R1()),
    "ECC_NIST_P521": ("ECDSA_SHA_512", ec.SECP521R1()),
    "ECC_SECG_P256K1": ("ECDSA_SHA_256", ec.SECP256K1()),
}
ML_DSA = {"ML_DSA_44": (1334, 2420), "ML_DSA_65": (1974, 3309), "ML_DSA_87": (2614, 4627)}
MESSAGE = bytes(range(256)) * 16


def made(caller, spec, usage="SIGN_VERIFY"):
    """A key, by its ARN."""
    return caller.call("kms:CreateKey", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]


def public_key(caller, key):
    """A key's public key as the other library reads it."""
    return serialization.load_der_public_key(caller.call("kms:GetPublicKey", KeyId=key)["PublicKey"])


def sign(caller, key, algorithm, message=MESSAGE, kind="RAW"):
    """A signature."""
    answer = caller.call("kms:Sign", KeyId=key, SigningAlgorithm=algorithm, Message=message, MessageType=kind)
    assert (answer["KeyId"], answer["SigningAlgorithm"]) == (key, algorithm)
    return answer["Signature"]


def verify(caller, key, algorithm, signature, message=MESSAGE, kind="RAW"):
    """The signature is the message's."""
    more = {"SigningAlgorithm": algorithm, "Message": message, "MessageType": kind, "Signature": signature}
    answer = caller.call("kms:Verify", KeyId=key, **more)
    assert answer["SignatureValid"] is True and answer["KeyId"] == key


def does_not_verify(caller, key, algorithm, signature, message=MESSAGE, kind="RAW"):
    """The signature is not the message's: AWS says so by an error without a message."""
    more = {"SigningAlgorithm": algorithm, "Message": message, "MessageType": kind, "Signature": signature}
    caller.fails("kms:Verify", "KMSInvalidSignatureException", "", 400, KeyId=key, **more)


def refused(caller, operation, code, text="", **parameters):
    """The call fails with this code and text; 400 is the status of all that the caller can mend."""
    return caller.fails(operation, code, text, 400, **parameters)


def scheme(algorithm):
    """The padding and the hash of an RSA algorithm; a PSS salt is as long as the digest."""
    hash_ = SHA[int(algorithm[-3:])]
    if "PSS" in algorithm:
        return padding.PSS(mgf=padding.MGF1(hash_), salt_length=hash_.digest_size), hash_
    return padding.PKCS1v15(), hash_


@pytest.mark.parametrize("spec", ["RSA_2048", "RSA_3072", "RSA_4096"])
def test_rsa_signatures_verify_outside(account, spec):
    key = made(account, spec)
    public = public_key(account, key)
    assert f"RSA_{public.key_size}" == spec
    for algorithm in RSA:
        how, hash_ = scheme(algorithm)
        public.verify(sign(account, key, algorithm), MESSAGE, how, hash_)
        digest = hashlib.new(hash_.name, MESSAGE).digest()
        signature = sign(account, key, algorithm, digest, "DIGEST")
        public.verify(signature, digest, how, utils.Prehashed(hash_))
        verify(account, key, algorithm, signature)
        verify(account, key, algorithm, signature, digest, "DIGEST")
        does_not_verify(account, key, algorithm, signature, digest)
        does_not_verify(account, key, algorithm, signature[:-1] + bytes([signature[-1] ^ 1]))
        other = RSA[(RSA.index(algorithm) + 1) % len(RSA)]
        does_not_verify(account, key, other, signature)


@pytest.mark.parametrize("spec", ECDSA)
def test_ecdsa_signatures_verify_outside(account, spec):
    key = made(account, spec)
    algorithm, curve = ECDSA[spec]
    hash_ = SHA[int(algorithm[-3:])]
    public = public_key(account, key)
    assert public.curve.name == curve.name
    public.verify(sign(account, key, algorithm), MESSAGE, ec.ECDSA(hash_))
    digest = hashlib.new(hash_.name, MESSAGE).digest()
    signature = sign(account, key, algorithm, digest, "DIGEST")
    public.verify(signature, digest, ec.ECDSA(utils.Prehashed(hash_)))
    verify(account, key, algorithm, signature)
    does_not_verify(account, key, algorithm, signature, b"another")
    does_not_verify(account, key, algorithm, b"no signature")


def test_ed25519_signatures_verify_outside(account):
    key = made(account, "ECC_NIST_EDWARDS25519")
    public = public_key(account, key)
    signature = sign(account, key, "ED25519_SHA_512")
    public.verify(signature, MESSAGE)
    verify(account, key, "ED25519_SHA_512", signature)
    does_not_verify(account, key, "ED25519_SHA_512", signature, b"another")
    digest = hashlib.sha512(MESSAGE).digest()
    signature = sign(account, key, "ED25519_PH_SHA_512", digest, "DIGEST")
    verify(account, key, "ED25519_PH_SHA_512", signature, digest, "DIGEST")
    does_not_verify(account, key, "ED25519_SHA_512", signature, digest)
    with pytest.raises(InvalidSignature):
        public.verify(signature, digest)


@pytest.mark.parametrize("spec", ML_DSA)
def test_ml_dsa_signatures_verify_outside(account, spec):
    key = made(account, spec)
    algorithm = "ML_DSA_SHAKE_256"
    der = account.call("kms:GetPublicKey", KeyId=key)["PublicKey"]
    public = serialization.load_der_public_key(der)
    signature = sign(account, key, algorithm)
    assert (len(der), len(signature)) == ML_DSA[spec]
    public.verify(signature, MESSAGE)
    verify(account, key, algorithm, signature)
    hasher = mldsa.MLDSAMuHasher(public)
    hasher.update(MESSAGE)
    mu = hasher.finalize()
    # A signature of µ is one of its message, and the other way round.
    public.verify(sign(account, key, algorithm, mu, "EXTERNAL_MU"), MESSAGE)
    verify(account, key, algorithm, signature, mu, "EXTERNAL_MU")
    does_not_verify(account, key, algorithm, signature, mu)


@pytest.mark.parametrize("size", [224, 256, 384, 512])
def test_message_authentication_codes(account, size):
    """Others cannot compute these, for the key never leaves; with an imported key they do."""
    key = made(account, f"HMAC_{size}", "GENERATE_VERIFY_MAC")
    how = {"KeyId": key, "MacAlgorithm": f"HMAC_SHA_{size}"}
    answer = account.call("kms:GenerateMac", Message=MESSAGE, **how)
    assert len(answer["Mac"]) == size // 8 == hmac.new(b"", digestmod=f"sha{size}").digest_size
    assert account.call("kms:VerifyMac", Message=MESSAGE, Mac=answer["Mac"], **how)["MacValid"] is True
    for message, code in (
        (b"another", answer["Mac"]),
        (MESSAGE, answer["Mac"][:-1]),
        (MESSAGE, bytes(size // 8)),
    ):
        refused(account, "kms:VerifyMac", "KMSInvalidMacException", Message=message, Mac=code, **how)
    other = made(account, f"HMAC_{size}", "GENERATE_VERIFY_MAC")
    more = {"Message": MESSAGE, "Mac": answer["Mac"], "MacAlgorithm": how["MacAlgorithm"]}
    refused(account, "kms:VerifyMac", "KMSInvalidMacException", KeyId=other, **more)
    wrong = "HMAC_SHA_512" if size != 512 else "HMAC_SHA_256"
    words = f"Algorithm {wrong} is incompatible with key spec HMAC_{size}."
    more = {"KeyId": key, "MacAlgorithm": wrong, "Message": MESSAGE}
    refused(account, "kms:GenerateMac", "InvalidKeyUsageException", words, **more)
    refused(account, "kms:VerifyMac", "InvalidKeyUsageException", words, Mac=b"1", **more)


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_secrets_are_shared_with_others(account, spec):
    key = made(account, spec, "KEY_AGREEMENT")
    public = public_key(account, key)
    private = ec.generate_private_key(ECDSA[spec][1])
    der = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    how = {"KeyId": key, "KeyAgreementAlgorithm": "ECDH"}
    answer = account.call("kms:DeriveSharedSecret", PublicKey=private.public_key().public_bytes(*der), **how)
    assert answer["SharedSecret"] == private.exchange(ec.ECDH(), public)
    assert answer["KeyId"] == key and answer["KeyAgreementAlgorithm"] == "ECDH"
    curves = [curve for _, curve in ECDSA.values() if curve.name != ECDSA[spec][1].name]
    wrong = [ec.generate_private_key(curve).public_key().public_bytes(*der) for curve in curves]
    point = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    sound = private.public_key().public_bytes(*der)
    # A point beside the curve, a point without its curve, and no key.
    for public_key_ in [*wrong, sound[:-1] + bytes([sound[-1] ^ 1]), point, sound + b"\0", b"none"]:
        refused(account, "kms:DeriveSharedSecret", "ValidationException", PublicKey=public_key_, **how)


@pytest.mark.parametrize(("spec", "length"), [("ML_KEM_512", 768), ("ML_KEM_768", 1088), ("ML_KEM_1024", 1568)])
def test_secrets_are_encapsulated_for_others(account, spec, length):
    key = made(account, spec, "ENCAPSULATE_DECAPSULATE")
    how = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
    shown = account.call("kms:GetPublicKey", KeyId=key)
    assert shown["EncapsulationAlgorithms"] == ["ML_KEM"] and shown["KeyUsage"] == "ENCAPSULATE_DECAPSULATE"
    mine = account.call("kms:Encapsulate", **how)
    assert (len(mine["SharedSecret"]), len(mine["SharedSecretCiphertextBlob"])) == (32, length)
    carried = {mine["SharedSecretCiphertextBlob"]: mine["SharedSecret"]}
    if spec != "ML_KEM_512":
        secret, ciphertext = serialization.load_der_public_key(shown["PublicKey"]).encapsulate()
        carried[ciphertext] = secret
    for ciphertext, secret in carried.items():
        answer = account.call("kms:Decapsulate", SharedSecretCiphertextBlob=ciphertext, **how)
        assert answer["SharedSecret"] == secret
        changed = ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])
        answer = account.call("kms:Decapsulate", SharedSecretCiphertextBlob=changed, **how)
        assert len(answer["SharedSecret"]) == 32 and answer["SharedSecret"] != secret
        for wrong in (ciphertext[:-1], ciphertext + b"\0"):
            refused(account, "kms:Decapsulate", "InvalidCiphertextException", SharedSecretCiphertextBlob=wrong, **how)


@pytest.mark.parametrize("spec", ["ML_KEM_768", "ML_KEM_1024"])
def test_others_decapsulate_with_data_key_pairs(account, spec):
    """The private key of a pair finds the secret that its public key encapsulates, both outside."""
    wrapping = account.call("kms:CreateKey")["KeyMetadata"]["Arn"]
    pair = account.call("kms:GenerateDataKeyPair", KeyId=wrapping, KeyPairSpec=spec)
    private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
    secret, ciphertext = serialization.load_der_public_key(pair["PublicKey"]).encapsulate()
    assert private.decapsulate(ciphertext) == secret


@pytest.mark.parametrize(
    ("spec", "algorithm", "kind", "length", "code", "text"),
    [
        ("ECC_NIST_P256", "ECDSA_SHA_384", "RAW", 20, "InvalidKeyUsageException", "{}"),
        ("ECC_NIST_P256", "ECDSA_SHA_384", "DIGEST", 20, "InvalidKeyUsageException", "{}"),
        ("ECC_NIST_P256", "RSASSA_PSS_SHA_256", "RAW", 20, "InvalidKeyUsageException", "{}"),
        ("ECC_NIST_P256", "SM2DSA", "RAW", 20, "InvalidKeyUsageException", "{}"),
        ("ECC_NIST_EDWARDS25519", "ECDSA_SHA_512", "RAW", 20, "InvalidKeyUsageException", "{}"),
        ("ML_DSA_44", "ED25519_SHA_512", "RAW", 20, "InvalidKeyUsageException", "{}"),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "DIGEST", 20, "ValidationException", "digest"),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "DIGEST", 48, "ValidationException", "digest"),
        ("ECC_NIST_P521", "ECDSA_SHA_512", "DIGEST", 32, "ValidationException", "digest"),
        ("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "DIGEST", 32, "ValidationException", "digest"),
        ("ML_DSA_44", "ML_DSA_SHAKE_256", "EXTERNAL_MU", 32, "ValidationException", "digest"),
        ("ML_DSA_44", "ML_DSA_SHAKE_256", "DIGEST", 64, "ValidationException", "key spec ML_DSA_44"),
        ("ECC_NIST_P256", "ECDSA_SHA_256", "EXTERNAL_MU", 64, "ValidationException", "key spec ECC_NIST_P256"),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "DIGEST", 64, "ValidationException", "algorithm ED25519_SHA_512"),
        ("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "RAW", 64, "ValidationException", "algorithm ED25519_PH_SHA_512"),
    ],
)
def test_what_does_not_go_together_is_refused(account, spec, algorithm, kind, length, code, text):
    key = made(account, spec)
    if text == "{}":
        text = f"Algorithm {algorithm} is incompatible with key spec {spec}."
    elif text == "digest":
        text = f"Digest is invalid length for algorithm {algorithm}."
    else:
        text = f"Message type {kind} is incompatible with {text}."
    how = {"KeyId": key, "SigningAlgorithm": algorithm, "MessageType": kind, "Message": bytes(length)}
    refused(account, "kms:Sign", code, text, **how)
    refused(account, "kms:Verify", code, text, Signature=bytes(64), **how)


def test_keys_are_for_their_usage_only(account):
    ecdsa = {"Message": b"text", "SigningAlgorithm": "ECDSA_SHA_256"}
    mac = {"Message": b"text", "MacAlgorithm": "HMAC_SHA_256"}
    kem = {"EncapsulationAlgorithm": "ML_KEM"}
    uses = {
        "Sign": ("SIGN_VERIFY", ecdsa),
        "Verify": ("SIGN_VERIFY", ecdsa | {"Signature": b"1"}),
        "GenerateMac": ("GENERATE_VERIFY_MAC", mac),
        "VerifyMac": ("GENERATE_VERIFY_MAC", mac | {"Mac": b"1"}),
        "DeriveSharedSecret": ("KEY_AGREEMENT", {"KeyAgreementAlgorithm": "ECDH", "PublicKey": b"1"}),
        "Encapsulate": ("ENCAPSULATE_DECAPSULATE", kem),
        "Decapsulate": ("ENCAPSULATE_DECAPSULATE", kem | {"SharedSecretCiphertextBlob": b"1"}),
    }
    for spec, usage in (
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        ("ECC_NIST_P256", "SIGN_VERIFY"),
        ("ECC_NIST_P256", "KEY_AGREEMENT"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
        ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"),
    ):
        key = made(account, spec, usage)
        for operation, (wanted, more) in uses.items():
            if usage != wanted:
                words = f"{key} key usage is {usage} which is not valid for {operation}."
                refused(account, f"kms:{operation}", "InvalidKeyUsageException", words, KeyId=key, **more)


def test_symmetric_keys_have_no_public_key(account):
    for spec, usage in (("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), ("HMAC_224", "GENERATE_VERIFY_MAC")):
        refused(account, "kms:GetPublicKey", "UnsupportedOperationException", KeyId=made(account, spec, usage))


def test_public_keys_come_with_all_that_is_known_of_them(account):
    for spec, usage, lists in (
        ("RSA_2048", "ENCRYPT_DECRYPT", {"EncryptionAlgorithms": ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]}),
        ("ECC_NIST_P384", "SIGN_VERIFY", {"SigningAlgorithms": ["ECDSA_SHA_384"]}),
        ("ECC_NIST_P384", "KEY_AGREEMENT", {"KeyAgreementAlgorithms": ["ECDH"]}),
        ("ML_DSA_44", "SIGN_VERIFY", {"SigningAlgorithms": ["ML_DSA_SHAKE_256"]}),
    ):
        key = made(account, spec, usage)
        shown = account.call("kms:GetPublicKey", KeyId=key)
        del shown["ResponseMetadata"], shown["PublicKey"]
        # The old name of the spec has not learnt of new ones.
        old = {} if spec.startswith("ML") else {"CustomerMasterKeySpec": spec}
        assert shown == {"KeyId": key, "KeySpec": spec, "KeyUsage": usage} | lists | old


def test_messages_have_4096_bytes_at_most(account):
    key = made(account, "ECC_NIST_P256")
    how = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256"}
    words = (
        "1 validation error detected: Value at 'message' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096"
    )
    refused(account.unchecked(), "kms:Sign", "ValidationException", words, Message=bytes(4097), **how)


def imported(caller, spec, usage, material):
    """A key whose material comes from outside, by its ARN."""
    key = caller.call("kms:CreateKey", KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    how = {"WrappingAlgorithm": "RSA_AES_KEY_WRAP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    got = caller.call("kms:GetParametersForImport", KeyId=key, **how)
    wrapping, aes, hash_ = serialization.load_der_public_key(got["PublicKey"]), bytes(range(32)), hashes.SHA256()
    wrapped = wrapping.encrypt(aes, padding.OAEP(padding.MGF1(hash_), hash_, None))
    wrapped += keywrap.aes_key_wrap_with_padding(aes, material)
    more = {"ImportToken": got["ImportToken"], "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    caller.call("kms:ImportKeyMaterial", KeyId=key, EncryptedKeyMaterial=wrapped, **more)
    return key


def pkcs8(private):
    """A private key as it is imported."""
    form = serialization.PrivateFormat.PKCS8
    return private.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


@pytest.mark.parametrize("size", [224, 256, 384, 512])
def test_codes_are_those_of_others(account, size):
    material = bytes(range(1, size // 8 + 1))
    key = imported(account, f"HMAC_{size}", "GENERATE_VERIFY_MAC", material)
    how = {"KeyId": key, "MacAlgorithm": f"HMAC_SHA_{size}", "Message": MESSAGE}
    theirs = hmac.new(material, MESSAGE, f"sha{size}").digest()
    assert account.call("kms:GenerateMac", **how)["Mac"] == theirs
    assert account.call("kms:VerifyMac", Mac=theirs, **how)["MacValid"] is True


def test_signatures_of_others_verify(account):
    """What the other library signs with the same key; and where signatures repeat, both make the same ones."""
    private = rsa.generate_private_key(65537, 2048)
    key = imported(account, "RSA_2048", "SIGN_VERIFY", pkcs8(private))
    assert public_key(account, key) == private.public_key()
    for algorithm in RSA:
        verify(account, key, algorithm, private.sign(MESSAGE, *scheme(algorithm)))
        if "PKCS1" in algorithm:
            assert sign(account, key, algorithm) == private.sign(MESSAGE, *scheme(algorithm))
    for spec, (algorithm, curve) in ECDSA.items():
        private = ec.generate_private_key(curve)
        key = imported(account, spec, "SIGN_VERIFY", pkcs8(private))
        signature = private.sign(MESSAGE, ec.ECDSA(SHA[int(algorithm[-3:])]))
        verify(account, key, algorithm, signature)
        does_not_verify(account, key, algorithm, signature, b"another")
    private = ed25519.Ed25519PrivateKey.generate()
    key = imported(account, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY", pkcs8(private))
    assert sign(account, key, "ED25519_SHA_512") == private.sign(MESSAGE)
    for spec, kind in (
        ("ML_DSA_44", mldsa.MLDSA44PrivateKey),
        ("ML_DSA_65", mldsa.MLDSA65PrivateKey),
        ("ML_DSA_87", mldsa.MLDSA87PrivateKey),
    ):
        private = kind.generate()
        key = imported(account, spec, "SIGN_VERIFY", pkcs8(private))
        assert public_key(account, key).public_bytes_raw() == private.public_key().public_bytes_raw()
        verify(account, key, "ML_DSA_SHAKE_256", private.sign(MESSAGE))


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_rsa_keys_of_others_do_the_same_on_both_sides(account, size):
    """Ciphertexts and signatures of every size and algorithm, made here and there with the same key."""
    private = rsa.generate_private_key(65537, size)
    key = imported(account, f"RSA_{size}", "ENCRYPT_DECRYPT", pkcs8(private))
    for algorithm, hash_ in (("RSAES_OAEP_SHA_1", hashes.SHA1()), ("RSAES_OAEP_SHA_256", hashes.SHA256())):
        how = {"KeyId": key, "EncryptionAlgorithm": algorithm}
        oaep = padding.OAEP(padding.MGF1(hash_), hash_, None)
        mine = account.call("kms:Encrypt", Plaintext=b"text", **how)["CiphertextBlob"]
        assert private.decrypt(mine, oaep) == b"text"
        theirs = private.public_key().encrypt(b"text", oaep)
        assert account.call("kms:Decrypt", CiphertextBlob=theirs, **how)["Plaintext"] == b"text"
    key = imported(account, f"RSA_{size}", "SIGN_VERIFY", pkcs8(private))
    for algorithm in RSA:
        verify(account, key, algorithm, private.sign(MESSAGE, *scheme(algorithm)))
        private.public_key().verify(sign(account, key, algorithm), MESSAGE, *scheme(algorithm))


def test_imported_keys_decapsulate_as_others_do(account):
    """Also a changed ciphertext gives both the same secret, which nobody knows (implicit rejection)."""
    for spec, kind in (("ML_KEM_768", mlkem.MLKEM768PrivateKey), ("ML_KEM_1024", mlkem.MLKEM1024PrivateKey)):
        private = kind.generate()
        key = imported(account, spec, "ENCAPSULATE_DECAPSULATE", pkcs8(private))
        how = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
        mine = account.call("kms:Encapsulate", **how)
        ciphertext = mine["SharedSecretCiphertextBlob"]
        assert private.decapsulate(ciphertext) == mine["SharedSecret"]
        changed = ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])
        theirs = account.call("kms:Decapsulate", SharedSecretCiphertextBlob=changed, **how)["SharedSecret"]
        assert private.decapsulate(changed) == theirs != mine["SharedSecret"]


def test_a_key_whose_material_is_gone_waits_for_it(account):
    key = imported(account, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", bytes(32))
    blob = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    assert account.call("kms:Decrypt", CiphertextBlob=blob)["Plaintext"] == b"text"
    account.call("kms:DeleteImportedKeyMaterial", KeyId=key)
    words = f"{key} is pending import."
    for operation, more in (
        ("kms:Decrypt", {"CiphertextBlob": blob}),
        ("kms:Decrypt", {"CiphertextBlob": blob, "KeyId": key}),
        ("kms:ReEncrypt", {"CiphertextBlob": blob, "DestinationKeyId": key}),
        ("kms:Encrypt", {"KeyId": key, "Plaintext": b"text"}),
        ("kms:GenerateDataKey", {"KeyId": key, "KeySpec": "AES_256"}),
    ):
        refused(account, operation, "KMSInvalidStateException", words, **more)
