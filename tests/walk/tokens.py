"""Operations of STS."""

from support.policies import allow, trust

TAGS = [{"Key": "team", "Value": "blue"}]
DENIED_HEADER = "x-claviger-encoded-authorization-message"


def tokens(aws):
    """Who calls, roles, sessions and federated users."""
    alice = aws.account.user("alice", allow(["sts:TagSession", "sts:SetSourceIdentity"]))
    assert aws.call("sts:GetCallerIdentity")["UserId"].startswith("AIDA")
    tagging = trust(alice.arn, action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])
    role = aws.account.role("guest", tagging)
    # A role tells nobody why it cannot be assumed: the caller must have its permissions.
    assumed = aws.like(alice).call(
        "sts:AssumeRole", RoleArn=role, RoleSessionName="night", Tags=TAGS, SourceIdentity="alice", DurationSeconds=900
    )
    assert assumed["AssumedRoleUser"]["AssumedRoleId"].startswith("AROA") and assumed["SourceIdentity"] == "alice"
    assert assumed["Credentials"]["AccessKeyId"].startswith("ASIA")
    aws.call("sts:GetSessionToken", DurationSeconds=900)
    federated = aws.call("sts:GetFederationToken", Name="guest", Tags=TAGS)["FederatedUser"]
    assert federated["FederatedUserId"] == f"{aws.account.id}:guest"
    assert aws.call("sts:GetAccessKeyInfo", AccessKeyId=alice.keys.id)["Account"] == aws.account.id
    bob = aws.account.user("bob")
    denied = bob.denied(
        "iam:ListUsers", aws.account.arn_of("user", ""), "because no identity-based policy allows the {action} action"
    )
    sealed = denied["ResponseMetadata"]["HTTPHeaders"][DENIED_HEADER]
    assert aws.call("sts:DecodeAuthorizationMessage", EncodedMessage=sealed)["DecodedMessage"]


AREAS = [tokens]
