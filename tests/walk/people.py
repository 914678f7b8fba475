"""Operations on users, groups, access keys, passwords and the account."""

import time

from support.policies import allow
from support.totp import code, step

READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
TAGS = [{"Key": "team", "Value": "blue"}, {"Key": "Empty", "Value": ""}]


def users(aws):
    """Users, their tags and boundaries."""
    name = {"UserName": "alice"}
    made = aws.call("iam:CreateUser", Path="/staff/", PermissionsBoundary=READ_ONLY, Tags=TAGS, **name)["User"]
    assert made["Arn"] == aws.account.arn_of("user", "staff/alice")
    got = aws.call("iam:GetUser", **name)["User"]
    assert got["UserId"] == made["UserId"] and got["Tags"] == TAGS
    assert got["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert [user["UserName"] for user in aws.call("iam:ListUsers", PathPrefix="/staff/")["Users"]] == ["alice"]
    aws.call("iam:TagUser", Tags=[{"Key": "cost", "Value": "1"}], **name)
    assert len(aws.call("iam:ListUserTags", **name)["Tags"]) == 3
    aws.call("iam:UntagUser", TagKeys=["cost"], **name)
    aws.call("iam:DeleteUserPermissionsBoundary", **name)
    aws.call("iam:PutUserPermissionsBoundary", PermissionsBoundary=READ_ONLY, **name)
    aws.call("iam:UpdateUser", NewUserName="alicia", NewPath="/", **name)
    aws.call("iam:DeleteUser", UserName="alicia")
    assert aws.call("iam:ListUsers", PathPrefix="/staff/")["Users"] == []


def groups(aws):
    """Groups and who is in them."""
    aws.call("iam:CreateUser", UserName="alice")
    name = {"GroupName": "crew"}
    made = aws.call("iam:CreateGroup", Path="/ship/", **name)["Group"]
    assert made["GroupId"].startswith("AGPA")
    aws.call("iam:AddUserToGroup", UserName="alice", **name)
    assert [user["UserName"] for user in aws.call("iam:GetGroup", **name)["Users"]] == ["alice"]
    assert aws.call("iam:ListGroups")["Groups"][0]["Arn"] == made["Arn"]
    assert len(aws.call("iam:ListGroupsForUser", UserName="alice")["Groups"]) == 1
    aws.call("iam:UpdateGroup", NewGroupName="sailors", NewPath="/", **name)
    aws.call("iam:RemoveUserFromGroup", UserName="alice", GroupName="sailors")
    aws.call("iam:DeleteGroup", GroupName="sailors")


def access_keys(aws):
    """Access keys."""
    name = {"UserName": "alice"}
    aws.call("iam:CreateUser", **name)
    key = aws.call("iam:CreateAccessKey", **name)["AccessKey"]
    listed = aws.call("iam:ListAccessKeys", **name)["AccessKeyMetadata"]
    assert [(item["AccessKeyId"], item["Status"]) for item in listed] == [(key["AccessKeyId"], "Active")]
    used = aws.call("iam:GetAccessKeyLastUsed", AccessKeyId=key["AccessKeyId"])
    assert used["UserName"] == "alice" and used["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    aws.call("iam:UpdateAccessKey", AccessKeyId=key["AccessKeyId"], Status="Inactive", **name)
    aws.call("iam:DeleteAccessKey", AccessKeyId=key["AccessKeyId"], **name)


def passwords(aws):
    """Login profiles, the user's own password, and the account's rules for passwords."""
    policy = {"MinimumPasswordLength": 10, "RequireNumbers": True}
    aws.call("iam:UpdateAccountPasswordPolicy", MaxPasswordAge=90, PasswordReusePrevention=2, **policy)
    got = aws.call("iam:GetAccountPasswordPolicy")["PasswordPolicy"]
    assert got["MinimumPasswordLength"] == 10 and got["ExpirePasswords"] is True
    alice = aws.account.user("alice", allow("iam:ChangePassword"))
    name = {"UserName": "alice"}
    aws.call("iam:CreateLoginProfile", Password="Correct-horse-1", **name)
    assert aws.call("iam:GetLoginProfile", **name)["LoginProfile"]["UserName"] == "alice"
    aws.call("iam:UpdateLoginProfile", Password="Battery-staple-2", **name)
    aws.like(alice).call("iam:ChangePassword", OldPassword="Battery-staple-2", NewPassword="Paper-clip-3")
    aws.call("iam:DeleteLoginProfile", **name)
    aws.call("iam:DeleteAccountPasswordPolicy")


def account(aws):
    """The account's alias, counts, details and settings."""
    alias = f"alias-of-{aws.account.id}"
    aws.call("iam:CreateAccountAlias", AccountAlias=alias)
    assert aws.call("iam:ListAccountAliases")["AccountAliases"] == [alias]
    aws.call("iam:DeleteAccountAlias", AccountAlias=alias)
    aws.account.user("alice", allow("iam:*"), tags={"team": "blue"}, boundary=READ_ONLY)
    aws.account.group("crew", allow("iam:*"), members=["alice"])
    arn = aws.account.policy("reading", allow("iam:Get*"))
    ec2 = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    aws.account.role("host", ec2, allow("s3:*"), tags={"team": "red"}, boundary=READ_ONLY)
    aws.call("iam:AttachRolePolicy", RoleName="host", PolicyArn=arn)
    aws.call("iam:CreateInstanceProfile", InstanceProfileName="hosts")
    aws.call("iam:AddRoleToInstanceProfile", InstanceProfileName="hosts", RoleName="host")
    assert aws.call("iam:GetAccountSummary")["SummaryMap"]["Users"] == 2
    details = aws.call("iam:GetAccountAuthorizationDetails", MaxItems=1000)
    assert details["UserDetailList"][0]["UserPolicyList"][0]["PolicyName"] == "inline"
    assert details["RoleDetailList"][0]["InstanceProfileList"][0]["InstanceProfileName"] == "hosts"
    assert aws.call("iam:GenerateCredentialReport")["State"] in ("STARTED", "INPROGRESS", "COMPLETE")
    deadline = time.monotonic() + 10
    while aws.call("iam:GenerateCredentialReport")["State"] != "COMPLETE" and time.monotonic() < deadline:
        time.sleep(0.1)
    report = aws.call("iam:GetCredentialReport")
    lines = report["Content"].decode().splitlines()
    assert lines[1].startswith("<root_account>,") and lines[2].startswith("alice,")
    aws.call("iam:SetSecurityTokenServicePreferences", GlobalEndpointTokenVersion="v2Token")


def mfa_devices(aws):
    """Virtual MFA devices."""
    name = {"UserName": "alice"}
    aws.call("iam:CreateUser", **name)
    made = aws.call("iam:CreateVirtualMFADevice", VirtualMFADeviceName="phone", Path="/", Tags=TAGS)
    device = made["VirtualMFADevice"]
    assert device["QRCodePNG"].startswith(b"\x89PNG")
    seed, serial = device["Base32StringSeed"].decode(), {"SerialNumber": device["SerialNumber"]}
    last = step() - 1
    codes = {"AuthenticationCode1": code(seed, last - 1), "AuthenticationCode2": code(seed, last)}
    aws.call("iam:EnableMFADevice", **name, **serial, **codes)
    listed = aws.call("iam:ListMFADevices", **name)["MFADevices"]
    assert [item["SerialNumber"] for item in listed] == [device["SerialNumber"]]
    virtual = aws.call("iam:ListVirtualMFADevices", AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert virtual[0]["User"]["UserName"] == "alice" and "Base32StringSeed" not in virtual[0]
    aws.call("iam:GetMFADevice", **serial, **name)
    aws.call("iam:TagMFADevice", Tags=[{"Key": "cost", "Value": "1"}], **serial)
    assert len(aws.call("iam:ListMFADeviceTags", **serial)["Tags"]) == 3
    aws.call("iam:UntagMFADevice", TagKeys=["cost"], **serial)
    codes = {"AuthenticationCode1": code(seed, last + 1), "AuthenticationCode2": code(seed, last + 2)}
    aws.call("iam:ResyncMFADevice", **name, **serial, **codes)
    aws.call("iam:DeactivateMFADevice", **name, **serial)
    aws.call("iam:DeleteVirtualMFADevice", **serial)


AREAS = [users, groups, access_keys, passwords, account, mfa_devices]
