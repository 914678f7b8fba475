"""`Recipient`: enclaves prove what they run, and only they can read the answer."""

import time

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization

from support.account import Account
from support.enclave import MODULE, Enclave, Hypervisor
from support.policies import allow
from support.server import Server


@pytest.fixture(scope="module")
def hypervisor():
    return Hypervisor()


@pytest.fixture(scope="module")
def enclave(hypervisor):
    return Enclave(hypervisor)


@pytest.fixture(scope="module")
def trusting(hypervisor, tmp_path_factory):
    """A server that trusts the hypervisor."""
    folder = tmp_path_factory.mktemp("enclaves")
    roots = folder / "roots.pem"
    roots.write_bytes(hypervisor.root.public_bytes(serialization.Encoding.PEM))
    variables = {"CLAVIGER_ATTESTATION_ROOTS": str(roots)}
    running = Server(folder, "--dev", "--ephemeral", variables=variables).start()
    yield running
    running.stop()


@pytest.fixture
def tenant(trusting):
    """An account of that server."""
    return Account(trusting.endpoint)


def made(caller, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT"):
    return caller.call("kms:CreateKey", KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]


def test_only_the_enclave_reads_the_answer(tenant, enclave):
    key = {"KeyId": made(tenant)}
    recipient = {"Recipient": enclave.recipient()}
    sealed = tenant.call("kms:Encrypt", Plaintext=b"text", **key)["CiphertextBlob"]
    answer = tenant.call("kms:Decrypt", CiphertextBlob=sealed, **recipient)
    assert "Plaintext" not in answer and enclave.open(answer["CiphertextForRecipient"]) == b"text"
    for operation, how, plaintext, ciphertext in (
        ("kms:GenerateDataKey", {"KeySpec": "AES_256"}, "Plaintext", "CiphertextBlob"),
        ("kms:GenerateDataKeyPair", {"KeyPairSpec": "RSA_2048"}, "PrivateKeyPlaintext", "PrivateKeyCiphertextBlob"),
    ):
        answer = tenant.call(operation, **key, **how, **recipient)
        assert plaintext not in answer
        opened = tenant.call("kms:Decrypt", CiphertextBlob=answer[ciphertext])["Plaintext"]
        assert enclave.open(answer["CiphertextForRecipient"]) == opened
    answer = tenant.call("kms:GenerateRandom", NumberOfBytes=100, **recipient)
    assert "Plaintext" not in answer and len(enclave.open(answer["CiphertextForRecipient"])) == 100
    agreeing = made(tenant, "ECC_NIST_P256", "KEY_AGREEMENT")
    how = {"KeyId": agreeing, "KeyAgreementAlgorithm": "ECDH"}
    how["PublicKey"] = tenant.call("kms:GetPublicKey", KeyId=agreeing)["PublicKey"]
    answer = tenant.call("kms:DeriveSharedSecret", **how, **recipient)
    assert "SharedSecret" not in answer
    secret = tenant.call("kms:DeriveSharedSecret", **how)["SharedSecret"]
    assert enclave.open(answer["CiphertextForRecipient"]) == secret


@pytest.mark.parametrize("register", ["ImageSha384", "PCR0"])
def test_policies_admit_an_image_only(tenant, hypervisor, enclave, register):
    key = made(tenant)
    sealed = {"CiphertextBlob": tenant.call("kms:Encrypt", KeyId=key, Plaintext=b"text")["CiphertextBlob"]}
    condition = {"StringEqualsIgnoreCase": {f"kms:RecipientAttestation:{register}": enclave.image.hex()}}
    parent = tenant.user("parent", allow("kms:Decrypt", key, condition))
    answer = parent.call("kms:Decrypt", Recipient=enclave.recipient(), **sealed)
    assert enclave.open(answer["CiphertextForRecipient"]) == b"text"
    other = Enclave(hypervisor, b"another image")
    for recipient in ({}, {"Recipient": other.recipient()}):
        with pytest.raises(ClientError) as caught:
            parent.call("kms:Decrypt", **recipient, **sealed)
        assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_what_proves_nothing_is_refused(tenant, hypervisor, enclave):
    key = made(tenant)
    stranger = Enclave(Hypervisor())
    forged = enclave.recipient()
    forged["AttestationDocument"] = forged["AttestationDocument"][:-1] + b"\0"
    now = time.time()
    recipients = {
        "another root": stranger.recipient(),
        "another signature": forged,
        "too old": enclave.recipient(at=now - 400),
        "from the future": enclave.recipient(at=now + 400),
        "no public key": enclave.recipient(public_key=None),
        "a public key of another kind": enclave.recipient(
            public_key=hypervisor.leaf_key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        ),
        "another digest": enclave.recipient(digest="SHA256"),
        "no document": {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256"},
        "no algorithm": {"AttestationDocument": forged["AttestationDocument"]},
    }
    for what, recipient in recipients.items():
        with pytest.raises(ClientError) as caught:
            tenant.call("kms:GenerateDataKey", KeyId=key, KeySpec="AES_256", Recipient=recipient)
        assert caught.value.response["Error"]["Code"] == "ValidationException", what


def test_a_server_trusts_aws_only_unless_it_is_told_otherwise(account, enclave):
    with pytest.raises(ClientError) as caught:
        account.call("kms:GenerateRandom", NumberOfBytes=1, Recipient=enclave.recipient())
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException" and "does not come from the root" in error["Message"]
    assert MODULE not in error["Message"]
