"""What stand-ins for KMS are known to get wrong, each asked once and answered as AWS answers.

The subjects have files of their own with more cases: contexts, RSA ciphertexts and dry runs in `test_ciphers.py`,
signatures in `test_signing.py`, states in `test_cipher_rules.py`, policies in `test_key_policies.py`, tokens in
`test_grants.py`, waiting periods and last uses in `test_life.py`.
"""

import hashlib

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from support.keys import about, key_of
from support.policies import deny, document


def made(account, **parameters):
    """A key, by its ARN."""
    return account.call("kms:CreateKey", **parameters)["KeyMetadata"]["Arn"]


def code(account, operation, **parameters):
    """The error that the call gives."""
    with pytest.raises(ClientError) as caught:
        account.call(operation, **parameters)
    return caught.value.response["Error"]["Code"]


def test_a_context_is_more_than_its_letters(account):
    key = made(account)
    blob = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text", EncryptionContext={"ab": "c"})["CiphertextBlob"]
    other = {"CiphertextBlob": blob, "EncryptionContext": {"a": "bc"}}
    assert code(account, "kms:Decrypt", **other) == "InvalidCiphertextException"


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "RSA_2048"])
def test_a_digest_is_not_hashed_again(account, spec):
    key = made(account, KeySpec=spec, KeyUsage="SIGN_VERIFY")
    algorithm = "ECDSA_SHA_256" if spec.startswith("ECC") else "RSASSA_PKCS1_V1_5_SHA_256"
    digest = hashlib.sha256(b"message").digest()
    how = {"KeyId": key, "Message": digest, "MessageType": "DIGEST", "SigningAlgorithm": algorithm}
    signature = account.call("kms:Sign", **how)["Signature"]
    public = serialization.load_der_public_key(account.call("kms:GetPublicKey", KeyId=key)["PublicKey"])
    if spec.startswith("ECC"):
        public.verify(signature, digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    else:
        public.verify(signature, b"message", padding.PKCS1v15(), hashes.SHA256())


def test_keys_that_are_not_enabled_do_nothing(account):
    key = made(account)
    blob = account.call("kms:Encrypt", KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    uses = [
        ("kms:Encrypt", {"KeyId": key, "Plaintext": b"text"}),
        ("kms:GenerateDataKey", {"KeyId": key, "KeySpec": "AES_256"}),
        ("kms:Decrypt", {"CiphertextBlob": blob}),
    ]
    account.call("kms:DisableKey", KeyId=key)
    assert {code(account, name, **more) for name, more in uses} == {"DisabledException"}
    account.call("kms:ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    assert {code(account, name, **more) for name, more in uses} == {"KMSInvalidStateException"}


def test_a_dry_run_gives_no_data_key(account):
    how = {"KeyId": made(account), "KeySpec": "AES_256", "DryRun": True}
    assert code(account, "kms:GenerateDataKey", **how) == "DryRunOperationException"


def test_policies_decide_and_must_be_policies(account):
    alice = account.user()
    key = key_of(account, about(alice.arn, action="kms:Encrypt"))
    alice.call("kms:Encrypt", KeyId=key, Plaintext=b"text")
    closed = document(about(account.arn), about("*", deny, "kms:Encrypt"))
    account.call("kms:PutKeyPolicy", KeyId=key, Policy=closed)
    for caller in (alice, account):
        assert code(caller, "kms:Encrypt", KeyId=key, Plaintext=b"text") == "AccessDeniedException"
    broken = {"KeyId": key, "Policy": "{not json"}
    assert code(account, "kms:PutKeyPolicy", **broken) == "MalformedPolicyDocumentException"


def test_rsa_keys_encrypt_as_rsa(account):
    how = {"KeyId": made(account, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")}
    how["EncryptionAlgorithm"] = "RSAES_OAEP_SHA_256"
    assert len(account.call("kms:Encrypt", Plaintext=b"text", **how)["CiphertextBlob"]) == 256


def test_made_up_tokens_and_short_waits_are_refused(account):
    key = made(account)
    how = {"KeyId": key, "Plaintext": b"text", "GrantTokens": ["bm8gdG9rZW4="]}
    assert code(account, "kms:Encrypt", **how) == "InvalidGrantTokenException"
    assert code(account, "kms:ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=3) == "ValidationException"


def test_new_kinds_of_keys_and_calls_are_there(account):
    for spec, usage in (
        ("ML_DSA_65", "SIGN_VERIFY"),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY"),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE"),
    ):
        account.call("kms:GetPublicKey", KeyId=made(account, KeySpec=spec, KeyUsage=usage))
    key = made(account)
    account.call("kms:GenerateDataKeyPair", KeyId=key, KeyPairSpec="ECC_NIST_P256")
    assert account.call("kms:GetKeyLastUsage", KeyId=key)["KeyId"]
