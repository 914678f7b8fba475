"""Codes of a virtual MFA device (RFC 6238: SHA-1, six digits, 30 seconds)."""

import base64
import hashlib
import hmac
import struct
import time

STEP = 30


def step(now=None):
    """The number of the 30 seconds that run."""
    return int((time.time() if now is None else now) // STEP)


def code(seed, number):
    """The code of one step. `seed` is the device's Base32 seed."""
    key = base64.b32decode(seed)
    digest = hmac.new(key, struct.pack(">Q", number), hashlib.sha1).digest()
    offset = digest[-1] & 15
    value = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{value % 1_000_000:06}"


class Device:
    """A virtual device that is enabled for a user, and never shows a code twice."""

    def __init__(self, account, user):
        made = account.call("iam:CreateVirtualMFADevice", VirtualMFADeviceName=f"device-of-{user}")
        self.seed = made["VirtualMFADevice"]["Base32StringSeed"].decode()
        self.serial = made["VirtualMFADevice"]["SerialNumber"]
        # The two steps before this one: the present one stays for the first use.
        last = step() - 1
        account.call(
            "iam:EnableMFADevice",
            UserName=user,
            SerialNumber=self.serial,
            AuthenticationCode1=code(self.seed, last - 1),
            AuthenticationCode2=code(self.seed, last),
        )
        self.used = last

    def show(self):
        """The serial number and a fresh code, as parameters."""
        # One step ahead is accepted: a second code in the same 30 seconds is the next one.
        self.used = max(self.used + 1, step())
        while self.used > step() + 1:
            time.sleep(0.2)
        return {"SerialNumber": self.serial, "TokenCode": code(self.seed, self.used)}
