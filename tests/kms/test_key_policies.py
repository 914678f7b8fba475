"""Key policies: what KMS takes, whom they mean, what they let callers do, and that nobody locks themselves out."""

import json

import pytest

from support.policies import allow, deny, document, trust

SYNTAX = "Syntax errors in policy."
INVALID = "Policy contains a statement with one or more invalid principals."
NO_PRINCIPAL = "Policy contains a statement with no principal."
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


def to(principal, action="kms:*", condition=None, effect="Allow"):
    """A statement of a key policy."""
    statement = allow(action, "*", condition, Principal={"AWS": principal})
    return statement | {"Effect": effect}


def root(account):
    """The statement of the default key policy."""
    return to(f"arn:aws:iam::{account.id}:root")


def made(caller, *statements, **parameters):
    """A key with these statements as its policy, by its ARN."""
    more = {"Policy": document(*statements)} if statements else {}
    return caller.call("kms:CreateKey", **more, **parameters)["KeyMetadata"]["Arn"]


def put(caller, key, *statements, **parameters):
    """Puts a key policy."""
    caller.call("kms:PutKeyPolicy", KeyId=key, Policy=document(*statements), **parameters)


def policy(caller, key):
    """A key's policy, as text."""
    return caller.call("kms:GetKeyPolicy", KeyId=key)["Policy"]


def refused(caller, operation, code, text, **parameters):
    """The call fails with this code and text."""
    caller.fails(operation, code, text, 400, **parameters)


def denied(caller, operation, **parameters):
    """Some policy denies the call. Gives the message."""
    with pytest.raises(caller.client("kms").exceptions.ClientError) as caught:
        caller.call(operation, **parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException", error
    return error["Message"]


def test_a_key_without_policy_has_the_default_one(account):
    key = made(account)
    got = account.call("kms:GetKeyPolicy", KeyId=key, PolicyName="default")
    assert got["PolicyName"] == "default"
    statement = root(account) | {"Sid": "Enable IAM User Permissions"}
    statement["Principal"] = {"AWS": f"arn:aws:iam::{account.id}:root"}
    assert json.loads(got["Policy"]) == {"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}
    assert account.call("kms:ListKeyPolicies", KeyId=key)["PolicyNames"] == ["default"]


def test_a_policy_is_shown_as_it_was_put(account):
    text = json.dumps({"Version": "2012-10-17", "Statement": [root(account)]}, indent=3)
    key = account.call("kms:CreateKey", Policy=text)["KeyMetadata"]["KeyId"]
    assert policy(account, key) == text
    other = document(root(account), to("*", "kms:Encrypt"))
    account.call("kms:PutKeyPolicy", KeyId=key, PolicyName="default", Policy=other)
    assert policy(account, key) == other


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{not json", SYNTAX),
        ("my awesome key policy", SYNTAX),
        ('{"Version": "2012-10-17"}', SYNTAX),
        (document(allow("kms:*")), NO_PRINCIPAL),
        (document(to([])), NO_PRINCIPAL),
        (document(to("arn:aws:iam::111122223333:user/*")), INVALID),
        (document(to("arn:aws:iam::111122223333:user/nobody")), INVALID),
        (document(to("arn:aws:iam::111122223333:role/nobody")), INVALID),
        (document(to("arn:aws:iam::111122223333:group/crew")), INVALID),
        (document(to("arn:aws:sts::111122223333:assumed-role/nobody/session")), INVALID),
        (document(to("arn:aws-cn:iam::111122223333:root")), INVALID),
        (document(to("AIDACKCEVSQ6C2EXAMPLE")), INVALID),
        (document(to("someone")), INVALID),
        (document(allow("kms:*", Principal={"Service": "ec2"})), INVALID),
        (document(allow("kms:*", Principal={"CanonicalUser": "a" * 64})), INVALID),
        (document(allow("Encrypt", Principal="*")), NO_VENDOR),
        (document(allow("kms:*", "everything", Principal="*")), 'Resource everything must be in ARN format or "*".'),
    ],
)
def test_what_is_no_key_policy_is_refused(account, text, message):
    key = made(account)
    before = policy(account, key)
    refused(account, "kms:PutKeyPolicy", "MalformedPolicyDocumentException", message, KeyId=key, Policy=text)
    refused(account, "kms:CreateKey", "MalformedPolicyDocumentException", message, Policy=text)
    assert policy(account, key) == before
    assert len(account.call("kms:ListKeys")["Keys"]) == 1


def test_a_policy_has_at_most_32_kibibytes(account):
    key = made(account)
    text = document(root(account))
    account.call("kms:PutKeyPolicy", KeyId=key, Policy=text + " " * (32_768 - len(text)))
    with pytest.raises(account.client("kms").exceptions.LimitExceededException):
        account.call("kms:PutKeyPolicy", KeyId=key, Policy=text + " " * (32_769 - len(text)))


def test_there_is_one_policy_name(account):
    key = made(account)
    text = document(root(account))
    ram = "The AWS_RAM policy can only be managed by the RAM service"
    refused(
        account, "kms:PutKeyPolicy", "ValidationException", ram, KeyId=key, PolicyName="AWS_RAM", Policy=text
    )
    missing = ("NotFoundException", "No such policy exists")
    refused(account, "kms:PutKeyPolicy", *missing, KeyId=key, PolicyName="other", Policy=text)
    for name in ("AWS_RAM", "other"):
        refused(account, "kms:GetKeyPolicy", *missing, KeyId=key, PolicyName=name)


def test_aliases_do_not_name_keys_for_their_policies(account):
    key = made(account)
    account.call("kms:CreateAlias", AliasName="alias/a", TargetKeyId=key)
    gone = ("NotFoundException", "Invalid keyId 'alias/a'")
    refused(account, "kms:GetKeyPolicy", *gone, KeyId="alias/a")
    refused(account, "kms:PutKeyPolicy", *gone, KeyId="alias/a", Policy=document(root(account)))


def test_statements_without_action_or_resource_mean_nothing(account):
    """ "PutKeyPolicy": the request succeeds, even though the statement is ineffective. """
    everybody = {"Effect": "Deny", "Principal": "*"}
    idle = [everybody | {"Action": "kms:*"}, everybody | {"Resource": "*"}]
    key = made(account, root(account), *idle)
    account.call("kms:Encrypt", KeyId=key, Plaintext=b"text")
    assert json.loads(policy(account, key))["Statement"][1:] == idle


def test_nobody_locks_themselves_out(account):
    alice = account.user("alice", allow(["kms:CreateKey", "kms:PutKeyPolicy", "kms:GetKeyPolicy"]))
    bob = account.user("bob", allow(["kms:CreateKey"]))
    malformed = ("MalformedPolicyDocumentException", LOCKED_OUT)
    only_bob = document(to(bob.arn))
    refused(alice, "kms:CreateKey", *malformed, Policy=only_bob)
    # The account delegates, and bob's own policies do not let him put.
    refused(bob, "kms:CreateKey", *malformed, Policy=document(root(account)))
    refused(bob, "kms:CreateKey", *malformed)
    key = made(alice, root(account))
    refused(alice, "kms:PutKeyPolicy", *malformed, KeyId=key, Policy=only_bob)
    for closing in (
        to(alice.arn, "kms:PutKeyPolicy", effect="Deny"),
        to("*", "kms:*", {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "false"}}, effect="Deny"),
        to("*", "kms:*", {"StringEquals": {"kms:PolicyName": "default"}}, effect="Deny"),
    ):
        text = document(root(account), closing)
        refused(alice, "kms:PutKeyPolicy", *malformed, KeyId=key, Policy=text)
    # Only another key, or only from elsewhere.
    elsewhere = to(alice.arn, condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    refused(alice, "kms:PutKeyPolicy", *malformed, KeyId=key, Policy=document(elsewhere))
    other = to(alice.arn) | {"Resource": key[:-1] + "*"}
    put(alice, key, other)
    put(alice, key, to(alice.arn))
    put(alice, key, to(bob.arn), BypassPolicyLockoutSafetyCheck=True)
    assert "kms:PutKeyPolicy" in denied(alice, "kms:PutKeyPolicy", KeyId=key, Policy=document(root(account)))
    put(bob, key, to([bob.arn, alice.arn]))


def test_the_safety_check_can_be_made_a_condition(account):
    bypass = {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}
    alice = account.user("alice", allow("kms:*"), deny(["kms:PutKeyPolicy", "kms:CreateKey"], "*", bypass))
    key = made(alice, root(account))
    put(alice, key, root(account))
    denied(alice, "kms:PutKeyPolicy", KeyId=key, Policy=document(root(account)), BypassPolicyLockoutSafetyCheck=True)
    denied(alice, "kms:CreateKey", BypassPolicyLockoutSafetyCheck=True)


def test_root_users_need_the_key_policy_too(account, root):
    alice = account.user("alice")
    key = made(account, to(alice.arn), BypassPolicyLockoutSafetyCheck=True)
    for operation in ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:DisableKey"):
        denied(root, operation, KeyId=key)
        denied(account, operation, KeyId=key)
    alice.call("kms:DescribeKey", KeyId=key)


def test_a_user_made_anew_is_another_one(account):
    alice = account.user("alice")
    text = document(to([f"arn:aws:iam::{account.id}:root"], "kms:*"), to(alice.arn, "kms:Encrypt"))
    key = account.call("kms:CreateKey", Policy=text)["KeyMetadata"]["Arn"]
    encrypt = {"KeyId": key, "Plaintext": b"text"}
    alice.call("kms:Encrypt", **encrypt)
    id = account.call("iam:GetUser", UserName="alice")["User"]["UserId"]
    # Renamed, it is still the same one.
    account.call("iam:UpdateUser", UserName="alice", NewUserName="alicia", NewPath="/x/")
    alice.call("kms:Encrypt", **encrypt)
    arn = account.arn_of("user", "x/alicia")
    assert policy(account, key) == text.replace(alice.arn, arn)
    for access in account.call("iam:ListAccessKeys", UserName="alicia")["AccessKeyMetadata"]:
        account.call("iam:DeleteAccessKey", UserName="alicia", AccessKeyId=access["AccessKeyId"])
    account.call("iam:DeleteUser", UserName="alicia")
    assert policy(account, key) == text.replace(alice.arn, id)
    for name, path in (("alice", "/"), ("alicia", "/x/")):
        anew = account.user(name, path=path)
        denied(anew, "kms:Encrypt", **encrypt)
    assert policy(account, key) == text.replace(alice.arn, id)
    # A unique id of nobody cannot be put again.
    refused(
        account, "kms:PutKeyPolicy", "MalformedPolicyDocumentException", INVALID, KeyId=key, Policy=policy(account, key)
    )
    put(account, key, *json.loads(text)["Statement"])
    assert policy(account, key) == text


def test_a_role_made_anew_is_another_one_and_so_are_its_sessions(account):
    trusts = trust(f"arn:aws:iam::{account.id}:root")
    role = account.role("worker", trusts, path="/jobs/")
    session = account.session_arn("worker", "one")
    text = document(root(account), to(role, "kms:Encrypt"), to(session, "kms:GenerateDataKey"))
    key = account.call("kms:CreateKey", Policy=text)["KeyMetadata"]["Arn"]
    encrypt = {"KeyId": key, "Plaintext": b"text"}
    data_key = {"KeyId": key, "KeySpec": "AES_256"}
    one, two = account.assume(role, "one"), account.assume(role, "two")
    one.call("kms:Encrypt", **encrypt)
    one.call("kms:GenerateDataKey", **data_key)
    two.call("kms:Encrypt", **encrypt)
    denied(two, "kms:GenerateDataKey", **data_key)
    assert policy(account, key) == text
    id = account.call("iam:GetRole", RoleName="worker")["Role"]["RoleId"]
    account.call("iam:DeleteRole", RoleName="worker")
    gone = text.replace(role, id).replace(session, f"{id}:one")
    assert policy(account, key) == gone
    role = account.role("worker", trusts, path="/jobs/")
    one = account.assume(role, "one")
    denied(one, "kms:Encrypt", **encrypt)
    denied(one, "kms:GenerateDataKey", **data_key)
    assert policy(account, key) == gone


def test_a_denied_user_made_anew_is_not_denied_and_one_that_is_excepted_is_not_excepted(account):
    alice = account.user("alice", allow("kms:*"))
    others = allow("kms:Encrypt") | {
        "Effect": "Deny",
        "NotPrincipal": {"AWS": [alice.arn, f"arn:aws:iam::{account.id}:root"]},
    }
    open_key = made(account, root(account), to(alice.arn, "kms:Encrypt", effect="Deny"))
    closed_key = made(account, root(account), others)
    denied(alice, "kms:Encrypt", KeyId=open_key, Plaintext=b"text")
    alice.call("kms:Encrypt", KeyId=closed_key, Plaintext=b"text")
    account.call("iam:DeleteUserPolicy", UserName="alice", PolicyName="inline")
    account.call("iam:DeleteAccessKey", UserName="alice", AccessKeyId=alice.keys.id)
    account.call("iam:DeleteUser", UserName="alice")
    alice = account.user("alice", allow("kms:*"))
    alice.call("kms:Encrypt", KeyId=open_key, Plaintext=b"text")
    denied(alice, "kms:Encrypt", KeyId=closed_key, Plaintext=b"text")


def test_unique_ids_name_those_who_exist(account):
    alice = account.user("alice")
    id = account.call("iam:GetUser", UserName="alice")["User"]["UserId"]
    key = made(account, root(account), to(id, "kms:Encrypt"))
    alice.call("kms:Encrypt", KeyId=key, Plaintext=b"text")
    assert json.loads(policy(account, key))["Statement"][1]["Principal"] == {"AWS": alice.arn}


def test_principals_of_other_accounts_must_exist_too(account, partner):
    bob = partner.user("bob", allow("kms:*"))
    key = made(account, root(account), to([bob.arn, partner.id], "kms:Encrypt"))
    bob.call("kms:Encrypt", KeyId=key, Plaintext=b"text")
    # AWS has operations that no other account can use, whatever the policy says.
    put(account, key, root(account), to(bob.arn))
    bob.call("kms:Encrypt", KeyId=key, Plaintext=b"text")
    for operation in ("kms:GetKeyPolicy", "kms:DisableKey", "kms:ListResourceTags", "kms:ListKeyPolicies"):
        denied(bob, operation, KeyId=key)
    denied(bob, "kms:PutKeyPolicy", KeyId=key, Policy=document(root(account)))
    denied(bob, "kms:CreateAlias", AliasName="alias/theirs", TargetKeyId=key)
    assert account.call("kms:DescribeKey", KeyId=key)["KeyMetadata"]["Enabled"]
