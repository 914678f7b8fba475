"""KMS's keys, key policies, aliases and tags."""

from support.policies import allow, document

TAGS = [{"TagKey": "team", "TagValue": "blue"}]


def keys(aws):
    """Keys, their descriptions and their tags."""
    policy = document(allow("kms:*", Principal={"AWS": aws.account.id}))
    aws.call("kms:CreateKey", BypassPolicyLockoutSafetyCheck=True)
    made = aws.call("kms:CreateKey", Policy=policy, Tags=TAGS, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]
    key = {"KeyId": made["KeyId"]}
    assert aws.call("kms:DescribeKey", **key)["KeyMetadata"]["Arn"] == made["Arn"]
    assert {"KeyId": made["KeyId"], "KeyArn": made["Arn"]} in aws.call("kms:ListKeys")["Keys"]
    aws.call("kms:UpdateKeyDescription", Description="of a walk", **key)
    aws.call("kms:DisableKey", **key)
    aws.call("kms:EnableKey", **key)
    aws.call("kms:TagResource", Tags=[{"TagKey": "cost", "TagValue": ""}], **key)
    aws.call("kms:UntagResource", TagKeys=["cost"], **key)
    assert aws.call("kms:ListResourceTags", **key)["Tags"] == TAGS


def key_policies(aws):
    """Key policies."""
    key = {"KeyId": aws.account.call("kms:CreateKey")["KeyMetadata"]["KeyId"]}
    policy = document(allow("kms:*", Principal={"AWS": aws.account.id}))
    aws.call("kms:PutKeyPolicy", Policy=policy, **key)
    assert aws.call("kms:GetKeyPolicy", **key)["Policy"] == policy
    assert aws.call("kms:ListKeyPolicies", **key)["PolicyNames"] == ["default"]


def aliases(aws):
    """Aliases, one of AWS's own too."""
    first, second = (aws.account.call("kms:CreateKey")["KeyMetadata"]["KeyId"] for _ in range(2))
    name = {"AliasName": "alias/walk"}
    aws.call("kms:CreateAlias", TargetKeyId=first, **name)
    aws.call("kms:UpdateAlias", TargetKeyId=second, **name)
    entry = aws.call("kms:ListAliases", KeyId=second)["Aliases"][0]
    assert entry["AliasArn"].endswith(":alias/walk")
    assert len(aws.call("kms:ListAliases", Limit=1)["Aliases"]) == 1
    assert aws.call("kms:DescribeKey", KeyId="alias/walk")["KeyMetadata"]["KeyId"] == second
    aws.call("kms:DeleteAlias", **name)
    assert aws.call("kms:DescribeKey", KeyId="alias/aws/s3")["KeyMetadata"]["KeyManager"] == "AWS"


AREAS = [keys, key_policies, aliases]
