"""Operations of STS."""

from support.policies import allow, trust

TAGS = [{"Key": "team", "Value": "blue"}]
DENIED_HEADER = "x-claviger-encoded-authorization-message"


def tokens(aws):
    """Who calls, roles, sessions and federated users."""
    alice = aws.account.user("alice", allow("sts:*"))
    walker = aws.like(alice)
    assert walker.call("sts:GetCallerIdentity")["UserId"].startswith("AIDA")
    tagging = trust(alice.arn, action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])
    role = aws.account.role("guest", tagging)
    assumed = walker.call(
        "sts:AssumeRole", RoleArn=role, RoleSessionName="night", Tags=TAGS, SourceIdentity="alice", DurationSeconds=900
    )
    assert assumed["AssumedRoleUser"]["AssumedRoleId"].startswith("AROA") and assumed["SourceIdentity"] == "alice"
    assert assumed["Credentials"]["AccessKeyId"].startswith("ASIA")
    walker.call("sts:GetSessionToken", DurationSeconds=900)
    federated = walker.call("sts:GetFederationToken", Name="guest", Tags=TAGS)["FederatedUser"]
    assert federated["FederatedUserId"] == f"{aws.account.id}:guest"
    assert walker.call("sts:GetAccessKeyInfo", AccessKeyId=alice.keys.id)["Account"] == aws.account.id
    bob = aws.account.user("bob")
    denied = bob.denied(
        "iam:ListUsers", aws.account.arn_of("user", ""), "because no identity-based policy allows the {action} action"
    )
    sealed = denied["ResponseMetadata"]["HTTPHeaders"][DENIED_HEADER]
    assert walker.call("sts:DecodeAuthorizationMessage", EncodedMessage=sealed)["DecodedMessage"]


AREAS = [tokens]
