"""Keys of a seed file: with the ids and the material that the operator chose."""

import base64
import hashlib
import hmac
import subprocess

import pytest

from support.caller import Caller, Keys
from support.server import BINARY, Server, environment

ACCOUNT = "111122223333"
SYMMETRIC = "1234abcd-12ab-34cd-56ef-1234567890ab"
MAC = "1234abcd-12ab-34cd-56ef-1234567890ac"
MULTI_REGION = "mrk-1234abcd12ab34cd56ef1234567890ab"
MAC_BYTES = bytes(range(32))
FILE = f"""
accounts:
  - id: {ACCOUNT}
    name: seeded
    roles:
      - name: app
        trust:
          Version: 2012-10-17
          Statement: {{Effect: Allow, Principal: {{AWS: "arn:aws:iam::{ACCOUNT}:root"}}, Action: "sts:AssumeRole"}}
    keys:
      - id: {SYMMETRIC}
        aliases: [app/data]
        description: Encrypts the application's data.
        tags: {{team: data}}
        material_env: DATA_KEY
        rotation: 180
        policy:
          Version: 2012-10-17
          Statement:
            - {{Effect: Allow, Principal: {{AWS: "arn:aws:iam::{ACCOUNT}:root"}}, Action: "kms:*", Resource: "*"}}
            - {{Effect: Allow, Principal: {{AWS: "arn:aws:iam::{ACCOUNT}:role/app"}}, Action: "kms:Encrypt", Resource: "*"}}
      - id: {MAC}
        spec: HMAC_256
        material: {base64.b64encode(MAC_BYTES).decode()}
      - id: {MULTI_REGION}
        region: eu-central-1
        enabled: false
"""


def seeded(folder, text=FILE, key=b"k" * 32):
    """A server in `folder` with the seed file, not started."""
    file = folder / "seed.yaml"
    file.write_text(text)
    file.chmod(0o600)
    arguments = ("--dev", "--account", ACCOUNT, "--data", str(folder / "data"), "--seed", str(file))
    return Server(folder, *arguments, variables={"DATA_KEY": base64.b64encode(key).decode()})


def administrator(server, region="us-east-1"):
    """The administrator of the account."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/dev-administrator"
    return Caller(server.endpoint, Keys(ACCOUNT, "test"), arn, region)


def test_keys_have_their_ids_and_material_and_a_second_start_changes_nothing(tmp_path):
    server = seeded(tmp_path).start()
    aws = administrator(server)
    described = aws.call("kms:DescribeKey", KeyId="alias/app/data")["KeyMetadata"]
    assert described["KeyId"] == SYMMETRIC and described["Description"] == "Encrypts the application's data."
    made = aws.call("kms:GenerateMac", KeyId=MAC, Message=b"message", MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert made == hmac.new(MAC_BYTES, b"message", hashlib.sha256).digest()
    ciphertext = aws.call("kms:Encrypt", KeyId=SYMMETRIC, Plaintext=b"kept")["CiphertextBlob"]
    european = administrator(server, "eu-central-1")
    described = european.call("kms:DescribeKey", KeyId=MULTI_REGION)["KeyMetadata"]
    assert described["MultiRegion"] and described["KeyState"] == "Disabled"
    server.stop()

    server = seeded(tmp_path).start()
    assert "changes=0" in server.log()
    plaintext = administrator(server).call("kms:Decrypt", CiphertextBlob=ciphertext)["Plaintext"]
    assert plaintext == b"kept"
    server.stop()


def test_the_same_file_elsewhere_decrypts_what_was_encrypted_here(tmp_path):
    """The material makes a key, not the server that it was first used on."""
    macs = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        server = seeded(folder).start()
        made = administrator(server).call(
            "kms:GenerateMac", KeyId=MAC, Message=b"m", MacAlgorithm="HMAC_SHA_256"
        )
        macs.append(made["Mac"])
        server.stop()
    assert macs[0] == macs[1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("material_env: DATA_KEY", "material: c2hvcnQ="), "the material is none of this spec"),
        (("spec: HMAC_256", "spec: HMAC_256\n        rotation: 90"), "only symmetric encryption keys rotate"),
        (("role/app", "role/nobody"), "role/nobody is neither in this file nor on the server"),
        ((f"id: {MAC}", f"id: {SYMMETRIC}"), "this key is in the file already"),
        (("app/data", "aws/data"), "aliases that begin with alias/aws/ are AWS's own"),
        ((f"id: {MAC}", "id: key"), "id: Member must satisfy regular expression pattern"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_told_and_nothing_is_done(tmp_path, change, told):
    text = FILE.replace(*change, 1)
    assert text != FILE
    refused(tmp_path, text, told)


def test_another_material_for_a_key_that_exists_is_refused(tmp_path):
    server = seeded(tmp_path).start()
    server.stop()
    refused(tmp_path, FILE, "there is a key of this id already", key=b"x" * 32)


def refused(folder, text, told, key=b"k" * 32):
    """A start with this file ends with this message, and does not show material."""
    server = seeded(folder, text, key)
    done = subprocess.run(
        [BINARY, "serve", "--listen", "127.0.0.1:0", *server.arguments],
        cwd=folder,
        env=environment(**server.variables),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    report = " ".join(done.stderr.replace("│", " ").split())
    assert told in report, done.stderr
    assert base64.b64encode(key).decode() not in done.stderr
