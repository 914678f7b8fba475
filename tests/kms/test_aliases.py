"""Aliases, the customer's and AWS's own, and the keys behind the latter."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.policies import allow, deny, document

ALIAS = "alias/app/key_1-a"


def made(caller, **parameters):
    """A key, by its id."""
    return caller.call("kms:CreateKey", **parameters)["KeyMetadata"]["KeyId"]


def own(caller, **parameters):
    """The aliases that name keys, and the keys."""
    listed = caller.call("kms:ListAliases", **parameters)["Aliases"]
    return {entry["AliasName"]: entry["TargetKeyId"] for entry in listed if "TargetKeyId" in entry}


def arn(caller, name, kind=""):
    """The ARN of an alias or, with `key/`, of a key."""
    return f"arn:aws:kms:us-east-1:{caller.id}:{kind}{name}"


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


def test_an_alias_stands_for_its_key(account):
    key, other = made(account), made(account)
    account.call("kms:CreateAlias", AliasName=ALIAS, TargetKeyId=key)
    for name in (ALIAS, arn(account, ALIAS)):
        assert account.call("kms:DescribeKey", KeyId=name)["KeyMetadata"]["KeyId"] == key
    assert own(account) == {ALIAS: key}
    entry = account.call("kms:ListAliases", KeyId=key)["Aliases"][0]
    assert entry["AliasArn"] == arn(account, ALIAS) and entry["CreationDate"] == entry["LastUpdatedDate"]
    account.call("kms:UpdateAlias", AliasName=ALIAS, TargetKeyId=arn(account, other, "key/"))
    assert account.call("kms:DescribeKey", KeyId=ALIAS)["KeyMetadata"]["KeyId"] == other
    assert own(account, KeyId=key) == {} and own(account, KeyId=arn(account, other, "key/")) == {ALIAS: other}
    account.call("kms:UpdateAlias", AliasName=ALIAS, TargetKeyId=other)
    account.call("kms:DeleteAlias", AliasName=ALIAS)
    refused(account, "kms:DescribeKey", "NotFoundException", f"Alias {arn(account, ALIAS)} is not found.", KeyId=ALIAS)
    assert own(account) == {}


def test_names_are_refused_in_the_words_of_aws(account):
    key = made(account)
    prefix = (
        'Alias must start with the prefix "alias/". '
        "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
    )
    for operation, target in (("CreateAlias", {"TargetKeyId": key}), ("DeleteAlias", {})):
        operation = f"kms:{operation}"
        refused(account, operation, "ValidationException", prefix, AliasName="wrong/a", **target)
        colon = "alias/my:alias contains invalid characters for an alias"
        refused(account, operation, "ValidationException", colon, AliasName="alias/my:alias", **target)
        refused(account, operation, "NotAuthorizedException", "", AliasName="alias/aws/ebs", **target)
        pattern = (
            "1 validation error detected: Value 'alias/my-alias!' at 'aliasName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
        )
        refused(account, operation, "ValidationException", pattern, AliasName="alias/my-alias!", **target)


def test_aliases_are_unique_and_name_keys(account):
    key = made(account)
    account.call("kms:CreateAlias", AliasName=ALIAS, TargetKeyId=key)
    exists = f"An alias with the name {arn(account, ALIAS)} already exists"
    refused(account, "kms:CreateAlias", "AlreadyExistsException", exists, AliasName=ALIAS, TargetKeyId=key)
    for alias in (ALIAS, arn(account, ALIAS)):
        not_aliases = "Aliases must refer to keys. Not aliases"
        for operation in ("kms:CreateAlias", "kms:UpdateAlias"):
            refused(account, operation, "ValidationException", not_aliases, AliasName="alias/b", TargetKeyId=alias)
    missing = f"Alias {arn(account, 'alias/b')} is not found."
    refused(account, "kms:UpdateAlias", "NotFoundException", missing, AliasName="alias/b", TargetKeyId=key)
    refused(account, "kms:DeleteAlias", "NotFoundException", missing, AliasName="alias/b")
    nobody = "1234abcd-12ab-34cd-56ef-1234567890ab"
    gone = f"Key '{arn(account, nobody, 'key/')}' does not exist"
    refused(account, "kms:CreateAlias", "NotFoundException", gone, AliasName="alias/b", TargetKeyId=nobody)


def test_an_alias_goes_on_to_a_key_of_the_same_type_and_usage_only(account):
    symmetric = made(account)
    mac = made(account, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    other_mac = made(account, KeySpec="HMAC_512", KeyUsage="GENERATE_VERIFY_MAC")
    curve = {"KeySpec": "ECC_NIST_P256"}
    sign, agree = made(account, KeyUsage="SIGN_VERIFY", **curve), made(account, KeyUsage="KEY_AGREEMENT", **curve)
    ed25519 = made(account, KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")
    for first, fitting, misfits in ((mac, other_mac, [symmetric, sign]), (sign, ed25519, [agree, mac])):
        account.call("kms:CreateAlias", AliasName=ALIAS, TargetKeyId=first)
        for misfit in misfits:
            with pytest.raises(account.client("kms").exceptions.ClientError, match="ValidationException"):
                account.call("kms:UpdateAlias", AliasName=ALIAS, TargetKeyId=misfit)
        account.call("kms:UpdateAlias", AliasName=ALIAS, TargetKeyId=fitting)
        account.call("kms:DeleteAlias", AliasName=ALIAS)


def test_a_key_has_at_most_50_aliases(account):
    key = made(account)
    for number in range(50):
        account.call("kms:CreateAlias", AliasName=f"alias/{number}", TargetKeyId=key)
    with pytest.raises(account.client("kms").exceptions.LimitExceededException):
        account.call("kms:CreateAlias", AliasName="alias/50", TargetKeyId=key)
    account.call("kms:UpdateAlias", AliasName="alias/1", TargetKeyId=key)
    account.call("kms:CreateAlias", AliasName="alias/50", TargetKeyId=made(account))
    names, marker = [], {}
    while True:
        page = account.call("kms:ListAliases", KeyId=key, Limit=20, **marker)
        names += [entry["AliasName"] for entry in page["Aliases"]]
        if not page["Truncated"]:
            break
        marker = {"Marker": page["NextMarker"]}
    assert names == sorted(f"alias/{number}" for number in range(50))
    refused(account, "kms:ListAliases", "InvalidMarkerException", "The marker is invalid.", Marker="x")


def test_aliases_need_permission_on_themselves_and_on_their_keys(account):
    first, second, closed = made(account), made(account), made(account)
    alice = account.user("alice")
    keys = [arn(account, key, "key/") for key in (first, second)]

    def may(*statements):
        account.allow_user("alice", *statements)

    create = {"AliasName": ALIAS, "TargetKeyId": first}
    may(allow("kms:CreateAlias", keys))
    assert arn(account, ALIAS) in denied(alice, "kms:CreateAlias", **create)
    may(allow("kms:CreateAlias", arn(account, ALIAS)))
    assert keys[0] in denied(alice, "kms:CreateAlias", **create)
    may(allow("kms:*Alias", [*keys, arn(account, "alias/app/*")]))
    alice.call("kms:CreateAlias", **create)
    alice.call("kms:UpdateAlias", AliasName=ALIAS, TargetKeyId=second)
    denied(alice, "kms:UpdateAlias", AliasName=ALIAS, TargetKeyId=closed)
    may(allow("kms:*Alias", [keys[0], arn(account, "alias/app/*")]))
    # The key that it names now counts too.
    assert keys[1] in denied(alice, "kms:UpdateAlias", AliasName=ALIAS, TargetKeyId=first)
    assert keys[1] in denied(alice, "kms:DeleteAlias", AliasName=ALIAS)
    may(allow("kms:*Alias", [keys[1], arn(account, "alias/app/*")]))
    alice.call("kms:DeleteAlias", AliasName=ALIAS)
    denied(alice, "kms:ListAliases")


def test_aliases_decide_where_policies_ask_for_them(account):
    key = made(account)
    asks = {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/app/*"}}
    requested = {"StringEquals": {"kms:RequestAlias": ALIAS}}
    alice = account.user("alice", allow("kms:DescribeKey", "*", asks))
    bob = account.user("bob", allow("kms:DescribeKey", "*", requested))
    denied(alice, "kms:DescribeKey", KeyId=key)
    account.call("kms:CreateAlias", AliasName=ALIAS, TargetKeyId=key)
    alice.call("kms:DescribeKey", KeyId=key)
    bob.call("kms:DescribeKey", KeyId=ALIAS)
    denied(bob, "kms:DescribeKey", KeyId=key)
    account.call("kms:DeleteAlias", AliasName=ALIAS)
    denied(alice, "kms:DescribeKey", KeyId=key)


def test_aliases_are_of_their_account_and_region(account, partner):
    key = made(account)
    account.call("kms:CreateAlias", AliasName=ALIAS, TargetKeyId=key)
    refused(partner, "kms:DescribeKey", "NotFoundException", f"Alias {arn(partner, ALIAS)} is not found.", KeyId=ALIAS)
    denied(partner, "kms:DescribeKey", KeyId=arn(account, ALIAS))
    elsewhere = f"arn:aws:kms:eu-west-1:{account.id}:{ALIAS}"
    refused(account, "kms:DescribeKey", "NotFoundException", "Invalid arn eu-west-1", KeyId=elsewhere)
    policy = document(*[allow("kms:*", Principal={"AWS": account_id}) for account_id in (account.id, partner.id)])
    account.call("kms:PutKeyPolicy", KeyId=key, Policy=policy)
    assert partner.call("kms:DescribeKey", KeyId=arn(account, ALIAS))["KeyMetadata"]["KeyId"] == key
    # Its aliases are not the partner's to see.
    gone = f"Key '{arn(account, key, 'key/')}' does not exist"
    refused(partner, "kms:ListAliases", "NotFoundException", gone, KeyId=arn(account, key, "key/"))


def test_aws_managed_keys_are_made_when_they_are_first_described(account):
    listed = account.call("kms:ListAliases")["Aliases"]
    assert "alias/aws/secretsmanager" in {entry["AliasName"] for entry in listed}
    assert all("TargetKeyId" not in entry for entry in listed)
    assert account.call("kms:ListKeys")["Keys"] == []
    key = account.call("kms:DescribeKey", KeyId="alias/aws/ebs")["KeyMetadata"]
    assert (key["KeyManager"], key["KeyState"], key["Enabled"]) == ("AWS", "Enabled", True)
    assert key["Description"] == "Default key that protects my EBS volumes when no other key is defined"
    assert len(key["CurrentKeyMaterialId"]) == 64
    again = account.call("kms:DescribeKey", KeyId=arn(account, "alias/aws/ebs"))["KeyMetadata"]
    assert again == key
    assert own(account) == {"alias/aws/ebs": key["KeyId"]}
    assert account.call("kms:ListKeys")["Keys"] == [{"KeyId": key["KeyId"], "KeyArn": key["Arn"]}]
    policy = json.loads(account.call("kms:GetKeyPolicy", KeyId=key["KeyId"])["Policy"])
    conditions = {"kms:CallerAccount": account.id, "kms:ViaService": "ec2.us-east-1.amazonaws.com"}
    assert policy["Statement"][0]["Condition"] == {"StringEquals": conditions}
    refused(
        account,
        "kms:DescribeKey",
        "NotFoundException",
        f"Alias {arn(account, 'alias/aws/none')} is not found.",
        KeyId="alias/aws/none",
    )


def test_aws_managed_keys_are_nobodys_to_use_or_change(account, root):
    # Also those that are not made yet.
    denied(account, "kms:Encrypt", KeyId="alias/aws/s3", Plaintext=b"text")
    assert own(account) == {}
    key = {"KeyId": account.call("kms:DescribeKey", KeyId="alias/aws/ssm")["KeyMetadata"]["KeyId"]}
    for caller in (account, root):
        denied(caller, "kms:Encrypt", Plaintext=b"text", **key)
        denied(caller, "kms:GenerateDataKey", KeySpec="AES_256", **key)
        denied(caller, "kms:DisableKey", **key)
        denied(caller, "kms:EnableKey", **key)
        denied(caller, "kms:ScheduleKeyDeletion", **key)
        denied(caller, "kms:UpdateKeyDescription", Description="mine", **key)
        denied(caller, "kms:PutKeyPolicy", Policy=document(allow("kms:*", Principal="*")), **key)
        denied(caller, "kms:TagResource", Tags=[{"TagKey": "a", "TagValue": "b"}], **key)
        denied(caller, "kms:UntagResource", TagKeys=["a"], **key)
        denied(caller, "kms:CreateAlias", AliasName="alias/mine", TargetKeyId=key["KeyId"])
        denied(caller, "kms:DisableKeyRotation", **key)
        assert caller.call("kms:GetKeyRotationStatus", **key)["KeyRotationEnabled"]
        assert caller.call("kms:ListResourceTags", **key)["Tags"] == []
    account.call("kms:CreateAlias", AliasName=ALIAS, TargetKeyId=made(account))
    denied(account, "kms:UpdateAlias", AliasName=ALIAS, TargetKeyId=key["KeyId"])
    refused(account, "kms:DeleteAlias", "NotAuthorizedException", "", AliasName="alias/aws/ssm")
    alice = account.user("alice", deny("kms:DescribeKey"), allow("kms:*"))
    denied(alice, "kms:DescribeKey", KeyId="alias/aws/rds")
    assert "alias/aws/rds" not in own(account)


def test_each_account_and_region_has_its_own_aws_managed_keys(account, partner):
    s3 = {"KeyId": "alias/aws/s3"}
    ids = {caller.call("kms:DescribeKey", **s3)["KeyMetadata"]["KeyId"] for caller in (account, partner)}
    account.region, account._clients = "eu-west-1", {}
    elsewhere = account.call("kms:DescribeKey", **s3)["KeyMetadata"]
    assert elsewhere["Arn"] == f"arn:aws:kms:eu-west-1:{account.id}:key/{elsewhere['KeyId']}"
    assert len(ids | {elsewhere["KeyId"]}) == 3
    denied(account, "kms:DescribeKey", KeyId=f"arn:aws:kms:eu-west-1:{partner.id}:alias/aws/s3")


def test_calls_that_come_at_once_make_one_aws_managed_key(account):
    describe = account.client("kms").describe_key
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: describe(KeyId="alias/aws/lambda")["KeyMetadata"], range(48)))
    assert {answer["CurrentKeyMaterialId"] for answer in answers} == {answers[0]["CurrentKeyMaterialId"]}
    assert len(account.call("kms:ListKeys")["Keys"]) == 1
