"""Keys: made, described, listed, tagged, enabled and disabled."""

import pytest

from support.account import Account
from support.policies import allow, deny
from support.server import Server

MISSING = "1234abcd-12ab-34cd-56ef-1234567890ab"


def made(caller, **parameters):
    """The metadata of a new key."""
    return caller.call("kms:CreateKey", **parameters)["KeyMetadata"]


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


def tags(**pairs):
    """Tags in the form of requests."""
    return [{"TagKey": key, "TagValue": value} for key, value in pairs.items()]


def test_a_symmetric_key_is_what_aws_makes(account):
    key = made(account, Description="test key 123")
    assert account.call("kms:DescribeKey", KeyId=key["KeyId"])["KeyMetadata"] == key
    assert key.pop("CreationDate").microsecond % 1000 == 0
    assert len(key.pop("CurrentKeyMaterialId")) == 64
    id = key["KeyId"]
    assert key == {
        "AWSAccountId": account.id,
        "Arn": f"arn:aws:kms:us-east-1:{account.id}:key/{id}",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "Description": "test key 123",
        "Enabled": True,
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "KeyId": id,
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": False,
        "Origin": "AWS_KMS",
    }


def test_multi_region_and_imported_keys_say_so(account):
    key = made(account, MultiRegion=True)
    assert key["KeyId"].startswith("mrk-") and len(key["KeyId"]) == 36
    primary = {"Arn": key["Arn"], "Region": "us-east-1"}
    relatives = {"MultiRegionKeyType": "PRIMARY", "PrimaryKey": primary, "ReplicaKeys": []}
    assert (key["MultiRegion"], key["MultiRegionConfiguration"]) == (True, relatives)
    empty = made(account, Origin="EXTERNAL")
    assert (empty["KeyState"], empty["Enabled"], empty["Origin"]) == ("PendingImport", False, "EXTERNAL")
    assert "CurrentKeyMaterialId" not in empty and "ExpirationModel" not in empty
    assert account.call("kms:DescribeKey", KeyId=empty["KeyId"])["KeyMetadata"] == empty
    pending = f"{empty['Arn']} is pending import."
    refused(account, "kms:EnableKey", "KMSInvalidStateException", pending, KeyId=empty["KeyId"])


def test_what_cannot_be_made_is_refused(account):
    usage = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
    for spec in ("RSA_2048", "HMAC_256", "ML_DSA_44", "ML_KEM_512"):
        refused(account, "kms:CreateKey", "ValidationException", usage, KeySpec=spec)
    for spec, use in (
        ("HMAC_256", "SIGN_VERIFY"),
        ("SYMMETRIC_DEFAULT", "SIGN_VERIFY"),
        ("ECC_SECG_P256K1", "KEY_AGREEMENT"),
    ):
        text = f"KeyUsage {use} is not compatible with KeySpec {spec}"
        refused(account, "kms:CreateKey", "ValidationException", text, KeySpec=spec, KeyUsage=use)
    with pytest.raises(account.client("kms").exceptions.UnsupportedOperationException):
        made(account, KeySpec="SM2", KeyUsage="SIGN_VERIFY")
    assert account.call("kms:ListKeys")["Keys"] == []


def test_keys_that_do_not_exist_are_told_by_how_they_were_named(account):
    arn = f"arn:aws:kms:us-east-1:{account.id}:key/"
    multi = "mrk-d3b95762d3b95762d3b95762d3b95762"
    for name, text in (
        (MISSING, f"Key '{arn}{MISSING}' does not exist"),
        (arn + MISSING, f"Key '{arn}{MISSING}' does not exist"),
        (multi, f"Key '{arn}{multi}' does not exist"),
        ("fake-key-id", "Invalid keyId 'fake-key-id'"),
        ("mrk-fake-key-id", "Invalid keyId 'mrk-fake-key-id'"),
        (MISSING.replace("-", ""), f"Invalid keyId '{MISSING.replace('-', '')}'"),
        (MISSING.upper(), f"Invalid keyId '{MISSING.upper()}'"),
        ("alias/none", f"Alias {arn[:-4]}alias/none is not found."),
        ("alias/\0", "Invalid keyId 'alias/\0'"),
        ("alias/" + "a" * 2000, f"Invalid keyId 'alias/{'a' * 2000}'"),
        (arn.replace("us-east-1", "eu-west-1") + MISSING, "Invalid arn eu-west-1"),
    ):
        refused(account, "kms:DescribeKey", "NotFoundException", text, KeyId=name)
    for name in ("arn:aws:s3:::bucket", "arn:aws:kms", f"arn:aws:kms:us-east-1::key/{MISSING}"):
        refused(account, "kms:DescribeKey", "InvalidArnException", f"Invalid arn {name}", KeyId=name)
    # Whether something exists is told only to those who may ask.
    alice = account.user("alice")
    denied(alice, "kms:DescribeKey", KeyId=MISSING)
    denied(alice, "kms:DescribeKey", KeyId="alias/none")


def test_keys_are_listed_page_by_page(account):
    keys = sorted(made(account)["KeyId"] for _ in range(7))
    seen, marker = [], {}
    while True:
        page = account.call("kms:ListKeys", Limit=3, **marker)
        assert len(page["Keys"]) <= 3
        seen += [entry["KeyId"] for entry in page["Keys"]]
        if not page["Truncated"]:
            break
        marker = {"Marker": page["NextMarker"]}
    assert seen == keys
    assert len(account.call("kms:ListKeys", ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM", "SELF"])["Keys"]) == 7
    assert account.call("kms:ListKeys", ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []
    refused(account, "kms:ListKeys", "InvalidMarkerException", "The marker is invalid.", Marker="x")
    too_many = (
        "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000"
    )
    refused(account.unchecked(), "kms:ListKeys", "ValidationException", too_many, Limit=1001)


def test_keys_are_of_their_region(account):
    key = made(account)
    account.region, account._clients = "eu-west-1", {}
    assert account.call("kms:ListKeys")["Keys"] == []
    gone = f"Key 'arn:aws:kms:eu-west-1:{account.id}:key/{key['KeyId']}' does not exist"
    refused(account, "kms:DescribeKey", "NotFoundException", gone, KeyId=key["KeyId"])
    refused(account, "kms:DescribeKey", "NotFoundException", "Invalid arn us-east-1", KeyId=key["Arn"])


def test_tags_are_added_replaced_and_removed(account):
    key = {"KeyId": made(account, Tags=tags(a="1", B=""))["KeyId"]}
    account.call("kms:TagResource", Tags=tags(a="2", b="3"), **key)
    assert account.call("kms:ListResourceTags", **key)["Tags"] == tags(B="", a="2", b="3")
    account.call("kms:UntagResource", TagKeys=["a", "none"], **key)
    page = account.call("kms:ListResourceTags", Limit=1, **key)
    assert (page["Tags"], page["Truncated"]) == (tags(B=""), True)
    rest = account.call("kms:ListResourceTags", Marker=page["NextMarker"], **key)
    assert (rest["Tags"], rest["Truncated"]) == (tags(b="3"), False)


def test_tags_are_refused_in_the_words_of_aws(account):
    key = {"KeyId": made(account)["KeyId"]}
    many = [{"TagKey": str(number), "TagValue": ""} for number in range(51)]
    for wrong, text in (
        (tags(a="1") * 2, "Duplicate tag keys"),
        ([{"TagKey": "AWS:a", "TagValue": "1"}], "Tags beginning with aws: are reserved"),
        (many, "Too many tags"),
    ):
        refused(account, "kms:CreateKey", "TagException", text, Tags=wrong)
        refused(account, "kms:TagResource", "TagException", text, Tags=wrong, **key)
    account.call("kms:TagResource", Tags=many[:50], **key)
    refused(account, "kms:TagResource", "TagException", "Too many tags", Tags=many[50:], **key)
    account.call("kms:TagResource", Tags=many[:1], **key)


def test_tags_need_a_permission_of_their_own_and_decide(account):
    alice = account.user("alice", allow(["kms:CreateKey", "kms:PutKeyPolicy"]))
    made(alice)
    assert "kms:TagResource" in denied(alice, "kms:CreateKey", Tags=tags(team="blue"))
    keys = f"arn:aws:kms:*:{account.id}:key/*"
    blue = {"StringEquals": {"aws:RequestTag/team": "blue"}}
    account.allow_user("alice", allow("kms:TagResource", keys, blue), policy="tag")
    key = made(alice, Tags=tags(team="blue"))
    denied(alice, "kms:CreateKey", Tags=tags(team="red"))
    denied(alice, "kms:TagResource", KeyId=key["KeyId"], Tags=tags(team="red"))
    alice.call("kms:TagResource", KeyId=key["KeyId"], Tags=tags(team="blue", a="b"))
    bob = account.user("bob", allow("kms:*", "*", {"StringEquals": {"aws:ResourceTag/team": "blue"}}))
    bob.call("kms:Encrypt", KeyId=key["KeyId"], Plaintext=b"text")
    account.call("kms:UntagResource", KeyId=key["KeyId"], TagKeys=["team"])
    denied(bob, "kms:Encrypt", KeyId=key["KeyId"], Plaintext=b"text")
    denied(bob, "kms:TagResource", KeyId=key["KeyId"], Tags=tags(team="blue"))


def test_what_is_made_can_be_made_a_condition(account):
    statements = [
        deny("kms:CreateKey", "*", {"StringNotEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}),
        deny("kms:CreateKey", "*", {"Bool": {"kms:MultiRegion": "true"}}),
        deny("kms:CreateKey", "*", {"StringEquals": {"kms:KeyOrigin": "EXTERNAL"}}),
        deny("kms:CreateKey", "*", {"Null": {"kms:KeyUsage": "true"}}),
    ]
    alice = account.user("alice", allow("kms:*"), *statements)
    made(alice)
    denied(alice, "kms:CreateKey", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    denied(alice, "kms:CreateKey", CustomerMasterKeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    denied(alice, "kms:CreateKey", MultiRegion=True)
    denied(alice, "kms:CreateKey", Origin="EXTERNAL")


def test_a_disabled_key_waits_until_it_is_enabled(account):
    key = made(account)
    id = {"KeyId": key["KeyId"]}
    account.call("kms:DisableKey", **id)
    shown = account.call("kms:DescribeKey", **id)["KeyMetadata"]
    assert (shown["KeyState"], shown["Enabled"]) == ("Disabled", False)
    refused(account, "kms:Encrypt", "DisabledException", f"{key['Arn']} is disabled.", Plaintext=b"text", **id)
    # It can still be described, tagged and named.
    account.call("kms:UpdateKeyDescription", Description="it sleeps", **id)
    account.call("kms:TagResource", Tags=tags(a="1"), **id)
    account.call("kms:CreateAlias", AliasName="alias/sleeper", TargetKeyId=key["KeyId"])
    assert account.call("kms:DescribeKey", **id)["KeyMetadata"]["Description"] == "it sleeps"
    account.call("kms:EnableKey", **id)
    account.call("kms:Encrypt", Plaintext=b"text", **id)


def test_a_key_that_waits_for_its_deletion_is_not_changed(account):
    key = made(account, Tags=tags(a="1"))
    id = {"KeyId": key["KeyId"]}
    account.call("kms:CreateAlias", AliasName="alias/going", TargetKeyId=key["KeyId"])
    account.call("kms:ScheduleKeyDeletion", **id)
    pending = ("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
    refused(account, "kms:EnableKey", *pending, **id)
    refused(account, "kms:DisableKey", *pending, **id)
    refused(account, "kms:TagResource", *pending, Tags=tags(a="2"), **id)
    refused(account, "kms:UntagResource", *pending, TagKeys=["a"], **id)
    refused(account, "kms:UpdateKeyDescription", *pending, Description="new", **id)
    refused(account, "kms:CreateAlias", *pending, AliasName="alias/b", TargetKeyId=key["KeyId"])
    refused(account, "kms:Encrypt", *pending, Plaintext=b"text", **id)
    # Its policy can be put, and its alias moved on or removed ("Key states of AWS KMS keys").
    policy = account.call("kms:GetKeyPolicy", **id)["Policy"]
    account.call("kms:PutKeyPolicy", Policy=policy, **id)
    account.call("kms:UpdateAlias", AliasName="alias/going", TargetKeyId=made(account)["KeyId"])
    refused(account, "kms:UpdateAlias", *pending, AliasName="alias/going", TargetKeyId=key["KeyId"])
    account.call("kms:DeleteAlias", AliasName="alias/going")
    assert account.call("kms:ListResourceTags", **id)["Tags"] == tags(a="1")


def test_how_long_a_key_was_not_used_can_be_made_a_condition(account):
    key = {"KeyId": made(account)["KeyId"]}
    days = "kms:TrailingDaysWithoutKeyUsage"
    takes = ["kms:DisableKey", "kms:ScheduleKeyDeletion"]
    careful = account.user("careful", allow("kms:*"), deny(takes, "*", {"NumericLessThan": {days: "30"}}))
    for operation in takes:
        denied(careful, operation, **key)
    account.user("daring", allow(takes, "*", {"NumericEquals": {days: "0"}})).call("kms:DisableKey", **key)


def test_an_account_has_a_quota_of_keys_in_each_region(tmp_path):
    server = Server(tmp_path, "--dev", "--ephemeral", variables={"CLAVIGER_QUOTA_KMS_KEYS": "2"}).start()
    try:
        account = Account(server.endpoint)
        account.call("kms:DescribeKey", KeyId="alias/aws/ebs")
        first = made(account, MultiRegion=True)
        made(account)
        for parameters in ({}, {"KeySpec": "RSA_4096", "KeyUsage": "SIGN_VERIFY"}):
            with pytest.raises(account.client("kms").exceptions.LimitExceededException):
                made(account, **parameters)
        made(Account(server.endpoint))
        account.region, account._clients = "eu-west-1", {}
        made(account)
        made(account)
        account.region, account._clients = "us-east-1", {}
        with pytest.raises(account.client("kms").exceptions.LimitExceededException):
            account.call("kms:ReplicateKey", KeyId=first["KeyId"], ReplicaRegion="eu-west-1")
    finally:
        server.stop()
