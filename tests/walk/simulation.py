"""The policy simulator."""

from support.policies import allow, document

HOME = document(allow("s3:GetObject", "arn:aws:s3:::homes/${aws:username}/*", {"Bool": {"aws:SecureTransport": "true"}}))
SECURE = {"ContextKeyName": "aws:SecureTransport", "ContextKeyType": "boolean", "ContextKeyValues": ["true"]}
FULL = document(allow())


def custom_policies(aws):
    """Policies of the request."""
    keys = aws.call("iam:GetContextKeysForCustomPolicy", PolicyInputList=[HOME])
    assert keys["ContextKeyNames"] == ["aws:SecureTransport", "aws:username"]
    asked = {"PolicyInputList": [HOME], "ActionNames": ["s3:GetObject", "s3:PutObject"]}
    answer = aws.call(
        "iam:SimulateCustomPolicy",
        CallerArn=aws.account.arn_of("user", "alice"),
        ResourceArns=["arn:aws:s3:::homes/alice/x", "arn:aws:s3:::homes/bob/x"],
        PermissionsBoundaryPolicyInputList=[FULL],
        OrderedOrganizationPolicyInputList=[{"ServiceControlPolicyInputList": [FULL]}],
        ContextEntries=[SECURE],
        MaxItems=1,
        **asked,
    )
    (result,) = answer["EvaluationResults"]
    assert answer["IsTruncated"] and result["EvalDecision"] == "implicitDeny"
    decisions = [specific["EvalResourceDecision"] for specific in result["ResourceSpecificResults"]]
    assert decisions == ["allowed", "implicitDeny"]
    (statement,) = result["ResourceSpecificResults"][0]["MatchedStatements"]
    assert statement["SourcePolicyId"] == "PolicyInputList.1"
    assert statement["StartPosition"] == {"Line": 1, "Column": 41}
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": True}
    assert result["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}
    rest = aws.call("iam:SimulateCustomPolicy", Marker=answer["Marker"], **asked)
    assert [result["EvalActionName"] for result in rest["EvaluationResults"]] == ["s3:PutObject"]


def principals_policies(aws):
    """Policies of users, groups and roles."""
    alice = aws.account.user("alice")
    aws.account.group("crew", allow("s3:GetObject", "arn:aws:s3:::homes/${aws:username}/*"), members=["alice"])
    source = {"PolicySourceArn": alice.arn}
    assert aws.call("iam:GetContextKeysForPrincipalPolicy", **source)["ContextKeyNames"] == ["aws:username"]
    answer = aws.call(
        "iam:SimulatePrincipalPolicy",
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::homes/alice/x"],
        **source,
    )
    (result,) = answer["EvaluationResults"]
    assert (result["EvalDecision"], result["EvalDecisionDetails"]) == ("allowed", {})
    assert [statement["SourcePolicyId"] for statement in result["MatchedStatements"]] == ["inline"]
    assert not answer["IsTruncated"] and not result["MissingContextValues"]


AREAS = [custom_policies, principals_policies]
