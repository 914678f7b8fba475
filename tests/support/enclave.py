"""An enclave that is only played: its attestation documents, and how it opens what it gets."""

import datetime
import hashlib
import struct
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

DER = serialization.Encoding.DER
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
MODULE = "i-0123456789abcdef0-enc0123456789abcdef"


class Hypervisor:
    """Who vouches for enclaves: a root certificate, and a certificate that signs documents."""

    def __init__(self, days=1):
        self.root_key, self.leaf_key = (ec.generate_private_key(ec.SECP384R1()) for _ in range(2))
        self.root = certificate("root", "root", self.root_key.public_key(), self.root_key, days, True)
        self.leaf = certificate("leaf", "root", self.leaf_key.public_key(), self.root_key, days, False)

    def document(self, key, measurements, at=None, **changes):
        """An attestation document. `measurements`: digests by the register's number."""
        payload = {
            "module_id": MODULE,
            "digest": "SHA384",
            "timestamp": int((time.time() if at is None else at) * 1000),
            "pcrs": measurements,
            "certificate": self.leaf.public_bytes(DER),
            "cabundle": [self.root.public_bytes(DER)],
            "public_key": key,
            "user_data": None,
            "nonce": None,
        } | changes
        protected, payload = cbor({1: -35}), cbor(payload)
        signed = cbor(["Signature1", protected, b"", payload])
        r, s = utils.decode_dss_signature(self.leaf_key.sign(signed, ec.ECDSA(hashes.SHA384())))
        return cbor([protected, {}, payload, r.to_bytes(48, "big") + s.to_bytes(48, "big")])


class Enclave:
    """An enclave with a key pair of its own, and with the measurements of its image."""

    def __init__(self, hypervisor, image=b"image"):
        self.hypervisor = hypervisor
        self.key = rsa.generate_private_key(65537, 2048)
        self.image = hashlib.sha384(image).digest()

    def recipient(self, **more):
        """The parameter `Recipient` of a request."""
        public_key = self.key.public_key().public_bytes(DER, SPKI)
        measurements = {0: self.image, 3: bytes(48), 8: hashlib.sha384(b"signer").digest()}
        document = self.hypervisor.document(public_key, measurements, **more)
        return {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document}

    def open(self, enveloped):
        """Decrypts CMS EnvelopedData (RFC 5652)."""
        (content_info,) = parse(enveloped)
        _, explicit = content_info
        version, recipients, content = explicit[0]
        assert version == b"\2"
        key_id, wrapped = recipients[0][1], recipients[0][3]
        digest = hashes.SHA256()
        key = self.key.decrypt(wrapped, padding.OAEP(padding.MGF1(digest), digest, None))
        public_key = self.key.public_key().public_bytes(DER, serialization.PublicFormat.PKCS1)
        assert key_id == hashlib.sha1(public_key).digest()
        text = content[2] if isinstance(content[2], bytes) else b"".join(content[2])
        decryptor = Cipher(algorithms.AES256(key), modes.CBC(content[1][1])).decryptor()
        padded = decryptor.update(text) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        return unpadder.update(padded) + unpadder.finalize()


def certificate(subject, issuer, key, signer, days, is_root):
    """A certificate that is valid from an hour ago on."""
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(is_root, None), True)
    )
    return builder.sign(signer, hashes.SHA384())


def cbor(value):
    """A value in CBOR (RFC 8949)."""
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(part) for pair in value.items() for part in pair)


def head(kind, number):
    """The first bytes of a value: its kind and its number or length."""
    for limit, code, form in ((24, None, None), (1 << 8, 24, ">B"), (1 << 16, 25, ">H"), (1 << 32, 26, ">I")):
        if number < limit:
            break
    else:
        code, form = 27, ">Q"
    if code is None:
        return bytes([kind << 5 | number])
    return bytes([kind << 5 | code]) + struct.pack(form, number)


def parse(text):
    """The values of a BER text: bytes, or lists of values. Also of values whose end is marked (X.690, 8.1.3.6)."""
    values, rest = until_end(text)
    assert rest == b""
    return values


def until_end(text, marked=False):
    values = []
    while text:
        if marked and text[:2] == b"\0\0":
            return values, text[2:]
        constructed, first, text = text[0] & 0x20, text[1], text[2:]
        if first == 0x80:
            value, text = until_end(text, True)
        else:
            if first > 0x80:
                size = first & 0x7F
                length, text = int.from_bytes(text[:size], "big"), text[size:]
            else:
                length = first
            value, text = text[:length], text[length:]
            value = parse(value) if constructed else value
        values.append(value)
    assert not marked
    return values, b""
