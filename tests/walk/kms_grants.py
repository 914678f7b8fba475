"""KMS's grants."""

SCOPE = {"EncryptionContextSubset": {"purpose": "walk"}}


def grants(aws):
    """Grants, from making them to their end."""
    account = aws.account
    account.plain_user("grantee")
    key = account.call("kms:CreateKey")["KeyMetadata"]["Arn"]
    grantee = {"GranteePrincipal": account.arn_of("user", "grantee")}
    request = {"KeyId": key, "Operations": ["Decrypt", "RetireGrant"], **grantee}
    made = aws.call("kms:CreateGrant", RetiringPrincipal=aws.arn, Constraints=SCOPE, Name="walk", **request)
    (listed,) = aws.call("kms:ListGrants", KeyId=key)["Grants"]
    assert listed["GrantId"] == made["GrantId"] and listed["Constraints"] == SCOPE
    (retirable,) = aws.call("kms:ListRetirableGrants", RetiringPrincipal=aws.arn)["Grants"]
    assert retirable == listed
    aws.call("kms:RevokeGrant", KeyId=key, GrantId=made["GrantId"])
    # One that the walker must be let retire, by its account.
    made = account.call("kms:CreateGrant", **request)
    aws.call("kms:RetireGrant", GrantToken=made["GrantToken"])
    assert aws.call("kms:ListGrants", KeyId=key)["Grants"] == []


AREAS = [grants]
