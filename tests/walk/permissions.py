"""Operations on roles, instance profiles, policies and attachments."""

import time

from support.policies import allow, document

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
EC2 = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
TRUST = document(EC2)
READING = document(allow("iam:Get*"))
TAGS = [{"Key": "team", "Value": "blue"}]


def roles(aws):
    """Roles, their tags, boundaries and trust policies."""
    name = {"RoleName": "host"}
    made = aws.call(
        "iam:CreateRole",
        Path="/service/",
        AssumeRolePolicyDocument=TRUST,
        Description="of a test",
        MaxSessionDuration=7200,
        PermissionsBoundary=READ_ONLY,
        Tags=TAGS,
        **name,
    )["Role"]
    assert made["RoleId"].startswith("AROA") and made["AssumeRolePolicyDocument"]["Statement"] == [EC2]
    got = aws.call("iam:GetRole", **name)["Role"]
    assert got["MaxSessionDuration"] == 7200 and got["Tags"] == TAGS
    assert "Tags" not in aws.call("iam:ListRoles", PathPrefix="/service/")["Roles"][0]
    aws.call("iam:TagRole", Tags=[{"Key": "cost", "Value": "1"}], **name)
    assert len(aws.call("iam:ListRoleTags", **name)["Tags"]) == 2
    aws.call("iam:UntagRole", TagKeys=["cost"], **name)
    aws.call("iam:UpdateRole", Description="changed", MaxSessionDuration=3600, **name)
    assert aws.call("iam:UpdateRoleDescription", Description="again", **name)["Role"]["Description"] == "again"
    aws.call("iam:UpdateAssumeRolePolicy", PolicyDocument=TRUST, **name)
    aws.call("iam:DeleteRolePermissionsBoundary", **name)
    aws.call("iam:PutRolePermissionsBoundary", PermissionsBoundary=READ_ONLY, **name)
    aws.call("iam:DeleteRole", **name)


def service_linked_roles(aws):
    """Roles that belong to services."""
    made = aws.call("iam:CreateServiceLinkedRole", AWSServiceName="elasticloadbalancing.amazonaws.com")["Role"]
    assert made["Path"] == "/aws-service-role/elasticloadbalancing.amazonaws.com/"
    task = aws.call("iam:DeleteServiceLinkedRole", RoleName=made["RoleName"])["DeletionTaskId"]
    deadline = time.monotonic() + 10
    while aws.call("iam:GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)["Status"] != "SUCCEEDED":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def instance_profiles(aws):
    """Instance profiles."""
    aws.account.role("host", EC2)
    name = {"InstanceProfileName": "hosts"}
    made = aws.call("iam:CreateInstanceProfile", Path="/farm/", Tags=TAGS, **name)["InstanceProfile"]
    assert made["InstanceProfileId"].startswith("AIPA") and made["Roles"] == []
    aws.call("iam:AddRoleToInstanceProfile", RoleName="host", **name)
    assert aws.call("iam:GetInstanceProfile", **name)["InstanceProfile"]["Roles"][0]["RoleName"] == "host"
    assert len(aws.call("iam:ListInstanceProfiles")["InstanceProfiles"]) == 1
    assert len(aws.call("iam:ListInstanceProfilesForRole", RoleName="host")["InstanceProfiles"]) == 1
    aws.call("iam:TagInstanceProfile", Tags=[{"Key": "cost", "Value": "1"}], **name)
    assert len(aws.call("iam:ListInstanceProfileTags", **name)["Tags"]) == 2
    aws.call("iam:UntagInstanceProfile", TagKeys=["cost"], **name)
    aws.call("iam:RemoveRoleFromInstanceProfile", RoleName="host", **name)
    aws.call("iam:DeleteInstanceProfile", **name)


def managed_policies(aws):
    """Customer managed policies and their versions."""
    made = aws.call(
        "iam:CreatePolicy", PolicyName="reading", Path="/p/", PolicyDocument=READING, Description="of a test", Tags=TAGS
    )["Policy"]
    arn = {"PolicyArn": made["Arn"]}
    assert aws.call("iam:GetPolicy", **arn)["Policy"]["Description"] == "of a test"
    local = aws.call("iam:ListPolicies", Scope="Local")["Policies"]
    assert [policy["PolicyName"] for policy in local] == ["reading"]
    assert len(aws.call("iam:ListPolicies", Scope="AWS", MaxItems=1000)["Policies"]) == 1000
    aws.call("iam:CreatePolicyVersion", PolicyDocument=READING, SetAsDefault=True, **arn)
    assert len(aws.call("iam:ListPolicyVersions", **arn)["Versions"]) == 2
    got = aws.call("iam:GetPolicyVersion", VersionId="v2", **arn)["PolicyVersion"]
    assert got["Document"]["Statement"][0]["Action"] == "iam:Get*" and got["IsDefaultVersion"]
    aws.call("iam:SetDefaultPolicyVersion", VersionId="v1", **arn)
    aws.call("iam:DeletePolicyVersion", VersionId="v2", **arn)
    aws.call("iam:TagPolicy", Tags=[{"Key": "cost", "Value": "1"}], **arn)
    assert len(aws.call("iam:ListPolicyTags", **arn)["Tags"]) == 2
    aws.call("iam:UntagPolicy", TagKeys=["cost"], **arn)
    aws.call("iam:DeletePolicy", **arn)
    assert aws.call("iam:GetPolicyVersion", PolicyArn=READ_ONLY, VersionId="v1")["PolicyVersion"]["Document"]


def attachments(aws):
    """Managed and inline policies of users, groups and roles."""
    aws.account.plain_user("alice")
    aws.account.group("crew")
    aws.account.role("host", EC2)
    for kind, entity in (("User", "alice"), ("Group", "crew"), ("Role", "host")):
        name = {f"{kind}Name": entity}
        aws.call(f"iam:Attach{kind}Policy", PolicyArn=READ_ONLY, **name)
        attached = aws.call(f"iam:ListAttached{kind}Policies", **name)["AttachedPolicies"]
        assert attached == [{"PolicyName": "IAMReadOnlyAccess", "PolicyArn": READ_ONLY}]
        aws.call(f"iam:Put{kind}Policy", PolicyName="own", PolicyDocument=READING, **name)
        names = {"User": "ListUserPolicies", "Group": "ListGroupPolicies", "Role": "ListRolePolicies"}[kind]
        assert aws.call(f"iam:{names}", **name)["PolicyNames"] == ["own"]
        got = aws.call(f"iam:Get{kind}Policy", PolicyName="own", **name)
        assert got["PolicyDocument"]["Statement"][0]["Action"] == "iam:Get*"
        aws.call(f"iam:Delete{kind}Policy", PolicyName="own", **name)
    holders = aws.call("iam:ListEntitiesForPolicy", PolicyArn=READ_ONLY)
    assert [len(holders[key]) for key in ("PolicyUsers", "PolicyGroups", "PolicyRoles")] == [1, 1, 1]
    for kind, entity in (("User", "alice"), ("Group", "crew"), ("Role", "host")):
        aws.call(f"iam:Detach{kind}Policy", PolicyArn=READ_ONLY, **{f"{kind}Name": entity})


AREAS = [roles, service_linked_roles, instance_profiles, managed_policies, attachments]
