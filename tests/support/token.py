"""A PKCS#11 token in software: Debian's softhsm2."""

import pathlib
import subprocess

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
PIN = "4711-0815"


def module():
    """The module's file, or None where softhsm2 is not installed."""
    return next((name for name in MODULES if pathlib.Path(name).exists()), None)


class Token:
    """A token of its own, in a folder."""

    def __init__(self, folder, label="claviger test"):
        self.folder = pathlib.Path(folder)
        self.label = label
        tokens = self.folder / "tokens"
        tokens.mkdir()
        configuration = self.folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
        self.variables = {"SOFTHSM2_CONF": str(configuration)}
        self.util("--init-token", "--free", "--label", label, "--so-pin", "12345678", "--pin", PIN)

    def util(self, *arguments):
        """Runs softhsm2-util."""
        done = subprocess.run(
            ["softhsm2-util", *arguments], env=self.variables, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stderr

    def import_rsa(self, label):
        """Puts a new RSA key pair into the token."""
        key = rsa.generate_private_key(65537, 2048)
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self.folder / "rsa.pem"
        path.write_bytes(key.private_bytes(*form))
        self.util("--import", path, "--token", self.label, "--label", label, "--id", "0a", "--pin", PIN)

    def uri(self, key):
        """The key as a PKCS#11 URI (RFC 7512)."""
        label = self.label.replace(" ", "%20")
        return f"pkcs11:token={label};object={key}?module-path={module()}"
