"""Clients of other makes, end to end: what they encrypt they decrypt, and where the key's policy denies them they fail."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import aws_encryption_sdk
import boto3
import pytest
import tink
from aws_encryption_sdk.identifiers import CommitmentPolicy
from aws_encryption_sdk.key_providers.kms import StrictAwsKmsMasterKeyProvider
from botocore.exceptions import ClientError
from botocore.session import Session as CoreSession
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from tink import aead
from tink.integration import awskms

from support.caller import Caller
from support.keys import about, everybody, key_of
from support.policies import deny, document
from support.server import environment

BIN = Path(sys.executable).parent
USE = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*", "kms:DescribeKey"]
TEXT = b"what nobody else may read"


@pytest.fixture
def alice(account):
    """A user without policies of her own: the keys' policies decide."""
    return account.user()


@pytest.fixture
def key(account, alice):
    """A key that she may use."""
    return key_of(account, about(alice.arn, action=USE))


def close(account, key, alice, action=USE):
    """From now on the key's policy denies her, though another statement lets her."""
    text = document(about(account.arn), everybody(), about(alice.arn, deny, action))
    account.call("kms:PutKeyPolicy", KeyId=key, Policy=text, BypassPolicyLockoutSafetyCheck=True)


def run(caller, *command, fails=False, **more):
    """Runs a program with the caller's credentials. Gives its output, or what it complained about."""
    variables = environment(
        AWS_ACCESS_KEY_ID=caller.keys.id,
        AWS_SECRET_ACCESS_KEY=caller.keys.secret,
        AWS_ENDPOINT_URL_KMS=caller.endpoint,
        AWS_REGION=caller.region,
        AWS_DEFAULT_REGION=caller.region,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    )
    done = subprocess.run(command, env=variables, capture_output=True, timeout=60, check=False, **more)
    assert (done.returncode != 0) == fails, done.stderr.decode()
    return done.stderr.decode() if fails else done.stdout


def sdk(caller, key):
    """The AWS Encryption SDK's client and its provider of master keys."""
    session = CoreSession()
    session.set_credentials(caller.keys.id, caller.keys.secret)
    session.set_config_variable("region", caller.region)
    provider = StrictAwsKmsMasterKeyProvider(key_ids=[key], botocore_session=session)
    client = aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
    )
    return client, provider


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_aws_encryption_sdk(account, alice, key, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", account.endpoint)
    client, provider = sdk(alice, key)
    context = {"purpose": "test", "empty": ""}
    sealed, header = client.encrypt(source=TEXT, key_provider=provider, encryption_context=context)
    assert header.encryption_context.items() >= context.items() and TEXT not in sealed
    opened, header = client.decrypt(source=sealed, key_provider=provider)
    assert opened == TEXT and header.encryption_context.items() >= context.items()

    close(account, key, alice)
    for call, source in ((client.encrypt, TEXT), (client.decrypt, sealed)):
        with pytest.raises(aws_encryption_sdk.exceptions.AWSEncryptionSDKClientError):
            call(source=source, key_provider=provider)
    opened, _ = client.decrypt(source=sealed, key_provider=sdk(account, key)[1])
    assert opened == TEXT


def test_sops(account, alice, key, tmp_path):
    plain, sealed = tmp_path / "plain.yaml", tmp_path / "sealed.yaml"
    plain.write_text("password: very secret\n")
    sops = [BIN / "sops", "--disable-version-check"]
    encrypt = [*sops, "encrypt", "--kms", key, "--encryption-context", "team:data", plain]
    sealed.write_bytes(run(alice, *encrypt))
    assert "very secret" not in sealed.read_text() and key in sealed.read_text()
    assert run(alice, *sops, "decrypt", sealed) == plain.read_bytes()
    # A new data key, and the old one is of no use any more.
    run(alice, *sops, "rotate", "--in-place", sealed)
    assert run(alice, *sops, "decrypt", sealed) == plain.read_bytes()

    close(account, key, alice)
    assert "AccessDenied" in run(alice, *sops, "decrypt", sealed, fails=True)
    assert "AccessDenied" in run(alice, *encrypt, fails=True)
    assert run(account, *sops, "decrypt", sealed) == plain.read_bytes()


def envelope(caller, key):
    """Tink's envelope encryption under a key of KMS."""
    client = boto3.client(
        "kms",
        region_name=caller.region,
        endpoint_url=caller.endpoint,
        aws_access_key_id=caller.keys.id,
        aws_secret_access_key=caller.keys.secret,
    )
    remote = awskms.new_client(boto3_client=client).get_aead(f"aws-kms://{key}")
    return remote, aead.KmsEnvelopeAead(aead.aead_key_templates.AES256_GCM, remote)


def test_tink(account, alice, key):
    aead.register()
    remote, cipher = envelope(alice, key)
    for one in (remote, cipher):
        sealed = one.encrypt(TEXT, b"associated")
        assert one.decrypt(sealed, b"associated") == TEXT
        with pytest.raises(tink.TinkError):
            one.decrypt(sealed, b"other")
    # A set of keys that KMS keeps closed.
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    kept = tink.json_proto_keyset_format.serialize_encrypted(handle, remote, b"")
    again = tink.json_proto_keyset_format.parse_encrypted(kept, remote, b"")
    text = handle.primitive(aead.Aead).encrypt(TEXT, b"")
    assert again.primitive(aead.Aead).decrypt(text, b"") == TEXT

    close(account, key, alice)
    for call in (
        lambda: cipher.decrypt(sealed, b"associated"),
        lambda: cipher.encrypt(TEXT, b""),
        lambda: tink.json_proto_keyset_format.parse_encrypted(kept, remote, b""),
    ):
        with pytest.raises(tink.TinkError) as caught:
            call()
        assert "AccessDenied" in str(caught.value)
    assert envelope(account, key)[1].decrypt(sealed, b"associated") == TEXT


class Cli:
    """AWS's command line, as somebody; each call is one start of it."""

    def __init__(self, caller: Caller, folder):
        self.caller = caller
        self.folder = folder

    def __call__(self, *words):
        given = run(self.caller, BIN / "aws", "--output", "json", "kms", *words, cwd=self.folder)
        return json.loads(given) if given.strip() else {}

    def denied(self, *words):
        told = run(self.caller, BIN / "aws", "kms", *words, cwd=self.folder, fails=True)
        assert "AccessDeniedException" in told


def test_aws_cli_encrypts_by_an_alias(account, alice, key, tmp_path):
    aws = Cli(account, tmp_path)
    name = f"alias/cli-{account.id}"
    aws("create-alias", "--alias-name", name, "--target-key-id", key)
    aliases = aws("list-aliases", "--key-id", key)["Aliases"]
    assert [one["AliasName"] for one in aliases] == [name]
    hers = Cli(alice, tmp_path)
    made = hers("generate-data-key", "--key-id", f"{key.split('key/')[0]}{name}", "--key-spec", "AES_256")
    assert made["KeyId"] == key
    (tmp_path / "blob").write_bytes(base64.b64decode(made["CiphertextBlob"]))
    opened = hers("decrypt", "--ciphertext-blob", "fileb://blob")
    assert opened["Plaintext"] == made["Plaintext"]
    close(account, key, alice)
    hers.denied("decrypt", "--ciphertext-blob", "fileb://blob")
    hers.denied("generate-data-key", "--key-id", name, "--key-spec", "AES_256")


def test_aws_cli_signs_digests(account, alice, tmp_path):
    made = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
    actions = ["kms:Sign", "kms:Verify", "kms:GetPublicKey"]
    key = key_of(account, about(alice.arn, action=actions), **made)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(TEXT)
    digest = digest.finalize()
    (tmp_path / "digest").write_bytes(digest)
    hers = Cli(alice, tmp_path)
    how = ["--key-id", key, "--message", "fileb://digest", "--message-type", "DIGEST"]
    how += ["--signing-algorithm", "ECDSA_SHA_256"]
    signed = hers("sign", *how)
    signature = base64.b64decode(signed["Signature"])
    public = base64.b64decode(hers("get-public-key", "--key-id", key)["PublicKey"])
    serialization.load_der_public_key(public).verify(signature, digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    (tmp_path / "signature").write_bytes(signature)
    assert hers("verify", *how, "--signature", "fileb://signature")["SignatureValid"] is True
    close(account, key, alice, actions)
    hers.denied("sign", *how)
    with pytest.raises(ClientError):
        alice.call("kms:GetPublicKey", KeyId=key)
