"""What clients hand in as ciphertexts, import tokens, wrapped material, public keys and signatures, changed in every way that comes
to mind: the answer is AWS's error for it, never a failure of the server, and nothing that was changed is taken for what it was."""

import random

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from support.keys import answer

INVALID = {"InvalidCiphertextException", "ValidationException"}
# A header that was changed names another key, or one that is not there.
ELSEWHERE = {"IncorrectKeyException", "denied"}


def damaged(value, count, seed):
    """`count` damaged copies of some bytes, the same in each run, and the simplest ones."""
    chance = random.Random(seed)
    yield from (value[:-1], value[1:], value + b"\0", b"\0", b"\xff" * len(value))
    for _ in range(count):
        copy = bytearray(value)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(copy))
            kind = chance.randrange(4)
            if kind == 0:
                copy[place] ^= 1 << chance.randrange(8)
            elif kind == 1:
                del copy[place : place + chance.randint(1, 8)]
            elif kind == 2:
                copy[place:place] = chance.randbytes(chance.randint(1, 8))
            else:
                copy[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
            copy = copy or bytearray(b"\0")
        if bytes(copy) != value:
            yield bytes(copy)


def all_refused(caller, operation, member, value, codes, count=120, **parameters):
    """Each damaged copy of a member is refused with one of the codes."""
    assert answer(caller, operation, **{member: value}, **parameters) == "allowed"
    for copy in damaged(value, count, f"{operation} {member}"):
        given = answer(caller, operation, **{member: copy}, **parameters)
        assert given in codes, (given, copy.hex())


@pytest.fixture
def key(account):
    """A symmetric key."""
    return account.call("kms:CreateKey")["KeyMetadata"]["KeyId"]


@pytest.mark.parametrize("named", [True, False], ids=["with the key's name", "by itself"])
def test_ciphertexts(account, key, named):
    context = {"EncryptionContext": {"a": "b"}}
    blob = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text", **context)["CiphertextBlob"]
    name = {"KeyId": key} if named else {}
    all_refused(account, "kms:Decrypt", "CiphertextBlob", blob, INVALID | ELSEWHERE, **name, **context)


def test_ciphertexts_of_public_keys(account):
    made = account.call("kms:CreateKey", KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    parameters = {"KeyId": made, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = account.call("kms:Encrypt", Plaintext=b"text", **parameters)["CiphertextBlob"]
    all_refused(account, "kms:Decrypt", "CiphertextBlob", blob, INVALID, **parameters)


@pytest.mark.parametrize("member", ["ImportToken", "EncryptedKeyMaterial"])
def test_what_is_imported(account, member):
    made = account.call("kms:CreateKey", Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    wrapping = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    given = account.call("kms:GetParametersForImport", KeyId=made, **wrapping)
    public = serialization.load_der_public_key(given["PublicKey"])
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    parts = {"ImportToken": given["ImportToken"], "EncryptedKeyMaterial": public.encrypt(b"k" * 32, oaep)}
    value = parts.pop(member)
    codes = {"InvalidImportTokenException"} if member == "ImportToken" else {"InvalidCiphertextException"}
    all_refused(
        account,
        "kms:ImportKeyMaterial",
        member,
        value,
        codes | {"ValidationException"},
        KeyId=made,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
        **parts,
    )


def test_signatures_and_codes(account):
    made = account.call("kms:CreateKey", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    parameters = {"KeyId": made, "Message": b"text", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = account.call("kms:Sign", **parameters)["Signature"]
    all_refused(account, "kms:Verify", "Signature", signature, {"KMSInvalidSignatureException"}, **parameters)
    made = account.call("kms:CreateKey", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    parameters = {"KeyId": made, "Message": b"text", "MacAlgorithm": "HMAC_SHA_256"}
    code = account.call("kms:GenerateMac", **parameters)["Mac"]
    all_refused(account, "kms:VerifyMac", "Mac", code, {"KMSInvalidMacException"}, **parameters)


def test_public_keys_of_others(account):
    """A changed key can be another sound one: then the shared secret is another, too."""
    made = account.call("kms:CreateKey", KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"]
    private = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    value = private.public_key().public_bytes(*form)
    parameters = {"KeyId": made, "KeyAgreementAlgorithm": "ECDH"}
    assert answer(account, "kms:DeriveSharedSecret", PublicKey=value, **parameters) == "allowed"
    for copy in damaged(value, 120, "public key"):
        given = answer(account, "kms:DeriveSharedSecret", PublicKey=copy, **parameters)
        assert given in ("ValidationException", "allowed"), (given, copy.hex())
        if given == "allowed":
            serialization.load_der_public_key(copy)
