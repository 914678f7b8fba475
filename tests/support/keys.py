"""KMS keys for tests: their policies in few words, their grants, and whether somebody may use them."""

from botocore.exceptions import ClientError

from support.policies import allow, document

KMS = "kms:*"


def everybody(effect=allow, action=KMS, condition=None):
    """A statement of a key policy about everybody."""
    return effect(action, "*", condition, Principal="*")


def about(principals, effect=allow, action=KMS, condition=None):
    """A statement of a key policy about principals."""
    return effect(action, "*", condition, Principal={"AWS": principals})


def root_of(account):
    """The account, as policies name it."""
    return f"arn:aws:iam::{account.id}:root"


def key_of(account, *statements, **parameters):
    """A key that the account's administrator manages, with these statements in its policy. Gives its ARN."""
    policy = document(about(account.arn), *statements)
    parameters = {"Policy": policy, "BypassPolicyLockoutSafetyCheck": True} | parameters
    return account.call("kms:CreateKey", **parameters)["KeyMetadata"]["Arn"]


def granted(account, key, grantee, operations=("Encrypt",), **parameters):
    """A grant of the key. Gives its id."""
    made = account.call(
        "kms:CreateGrant", KeyId=key, GranteePrincipal=grantee, Operations=list(operations), **parameters
    )
    return made["GrantId"]


def answer(caller, operation="kms:Encrypt", **parameters):
    """`allowed`, or the error's code."""
    if operation == "kms:Encrypt":
        parameters.setdefault("Plaintext", b"text")
    try:
        caller.call(operation, **parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return "denied" if code == "AccessDeniedException" else code
    return "allowed"


def is_allowed(caller, key, context=None, **parameters):
    """Whether the caller may encrypt. Any other answer than that or a denial fails the test."""
    parameters |= {"EncryptionContext": context} if context else {}
    given = answer(caller, KeyId=key, **parameters)
    assert given in ("allowed", "denied"), given
    return given == "allowed"
