"""External key stores: a proxy for tests, and requests to a proxy, by AWS's XKS proxy API specification."""

import base64
import hashlib
import http.client
import http.server
import json
import os
import ssl
import threading
import time
import urllib.parse

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support import raw

CREDENTIAL = {"AccessKeyId": "AKIAI2SFODNN7EXAMPLE", "RawSecretAccessKey": "FYtE5EFA5FT0mCc3DrGUe2sti527BitkQ0Zr9MO9fvE="}
OTHER_CREDENTIAL = {"AccessKeyId": "AKIAI2SFODNN7OTHERXX", "RawSecretAccessKey": "b3RoZXItc2VjcmV0LW9mLTMyLWJ5dGVzLWV4YWN0bHk="}
HEALTH = {
    "xksProxyFleetSize": 1,
    "xksProxyVendor": "Acme Corp",
    "xksProxyModel": "Acme XKS Proxy 1.0",
    "ekmVendor": "Thales Group",
    "ekmFleetDetails": [{"id": "hsm-id-1", "model": "Luna 5.0", "healthStatus": "ACTIVE"}],
}


def encode(data):
    """Base64 as text."""
    return base64.b64encode(data).decode()


def decode(text):
    """Bytes of Base64; none where there is none."""
    return base64.b64decode(text or "")


def integrity_value(associated, answer):
    """`ciphertextDataIntegrityValue` by "Appendix C"."""
    parts = ("ciphertextMetadata", "initializationVector", "ciphertext", "authenticationTag")
    return encode(hashlib.sha256(associated + b"".join(decode(answer.get(part)) for part in parts)).digest())


def bound(associated, metadata):
    """What AES-GCM authenticates: both, after their lengths."""
    return len(associated).to_bytes(2, "big") + associated + bytes([len(metadata)]) + metadata


class Proxy:
    """A proxy that KMS can be told to use: an implementation of its own, with the key `key`.

    `answer` is asked first where it is set: by path and body it gives (status, body) or None. Every request must
    be signed as AWS KMS signs.
    """

    def __init__(self, path="/kms/xks/v1", key="external-key", tls=None, endpoint=None):
        self.path = path
        self.named = endpoint
        self.secret = AESGCM.generate_key(256)
        self.key = key
        self.answer = None
        self.delay = 0
        self.requests = []
        self.closed = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(outer.delay)
                if outer.closed:
                    self.close_connection = True
                    return
                status, answer = outer.serve(self.path, self.headers, body)
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                """Nothing is logged."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def endpoint(self):
        """Where a `--dev` server finds it, unless it has another name."""
        return self.named or f"https://{self.port}.localhost"

    def close(self):
        """Ends it."""
        self.closed = True
        self.server.shutdown()
        self.server.server_close()

    def store(self, name="store", **more):
        """The parameters of a store that uses it."""
        return {
            "CustomKeyStoreName": name,
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "XksProxyConnectivity": "PUBLIC_ENDPOINT",
            "XksProxyUriEndpoint": self.endpoint,
            "XksProxyUriPath": self.path,
            "XksProxyAuthenticationCredential": CREDENTIAL,
        } | more

    def serve(self, path, headers, body):
        """Answers one request."""
        if not self.signed(path, headers, body):
            return 401, {"errorName": "AuthenticationFailedException"}
        request = json.loads(body)
        self.requests.append((path, request))
        if self.answer and (given := self.answer(path, request)):
            return given
        if path == f"{self.path}/health":
            return 200, HEALTH
        prefix = f"{self.path}/keys/"
        if not path.startswith(prefix):
            return 404, {"errorName": "InvalidUriPathException"}
        key, operation = path.removeprefix(prefix).split("/")
        if not key.startswith(self.key):
            return 404, {"errorName": "KeyNotFoundException"}
        return getattr(self, operation)(request)

    def signed(self, path, headers, body):
        """Whether KMS signed the request: by the host and the time, in the scope of this service."""
        _, credential, names, signature = headers["Authorization"].replace(",", "").split()
        scope = credential.split("/")
        host = self.endpoint.removeprefix("https://")
        if headers["Host"] != host or names != "SignedHeaders=host;x-amz-date" or scope[3] != "kms-xks-proxy":
            return False
        request = AWSRequest("POST", f"https://{host}{path}", data=body, headers={"Host": host})
        # The signer would take another time than the one that was signed.
        request.context["timestamp"] = headers["X-Amz-Date"]
        signer = SigV4Auth(
            Credentials(CREDENTIAL["AccessKeyId"], CREDENTIAL["RawSecretAccessKey"]), "kms-xks-proxy", scope[2]
        )
        request.headers["X-Amz-Date"] = headers["X-Amz-Date"]
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return signature == f"Signature={signer.signature(text, request)}"

    def metadata(self, _):
        """GetKeyMetadata."""
        return 200, {"keySpec": "AES_256", "keyUsage": ["ENCRYPT", "DECRYPT"], "keyStatus": "ENABLED"}

    def encrypt(self, request):
        """Encrypt."""
        vector, metadata, associated = os.urandom(12), b"key_version=1", decode(request["additionalAuthenticatedData"])
        sealed = AESGCM(self.secret).encrypt(vector, decode(request["plaintext"]), bound(associated, metadata))
        answer = {
            "ciphertext": encode(sealed[:-16]),
            "ciphertextMetadata": encode(metadata),
            "initializationVector": encode(vector),
            "authenticationTag": encode(sealed[-16:]),
        }
        assert request["ciphertextDataIntegrityValueAlgorithm"] == "SHA_256"
        return 200, answer | {"ciphertextDataIntegrityValue": integrity_value(associated, answer)}

    def decrypt(self, request):
        """Decrypt."""
        associated = bound(decode(request["additionalAuthenticatedData"]), decode(request.get("ciphertextMetadata")))
        sealed = decode(request["ciphertext"]) + decode(request["authenticationTag"])
        try:
            plaintext = AESGCM(self.secret).decrypt(decode(request["initializationVector"]), sealed, associated)
        except InvalidTag:
            return 400, {"errorName": "InvalidCiphertextException"}
        return 200, {"plaintext": encode(plaintext)}


def ask(endpoint, path, body, credential=CREDENTIAL, service="kms-xks-proxy", shift=0, monkey=None, method="POST"):
    """Sends a signed request to a proxy. Gives (status, body)."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = AWSRequest(method, endpoint + path, data=content)
    signer = SigV4Auth(
        Credentials(credential["AccessKeyId"], credential["RawSecretAccessKey"]), service, "eu-west-1"
    )
    raw.at(signer, request, shift, monkey)
    headers = dict(request.headers.items()) | {"Content-Type": "application/json"}
    address = urllib.parse.urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    try:
        connection.request(method, path, body=content, headers=headers)
        response = connection.getresponse()
        text = response.read()
        assert response.getheader("Content-Type") == "application/json"
        assert response.getheader("x-amzn-RequestId")
        return response.status, json.loads(text)
    finally:
        connection.close()
