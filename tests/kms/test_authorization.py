"""Who may use a key: its policy, the policies of IAM that it lets count, its grants, and what limits all of them.

The tables are cases: what stands where, and whether the call is allowed. Nothing else differs between two of them.
"""

import json

import pytest

from support.caller import Caller, Keys
from support.keys import KMS, about, answer, everybody, granted, is_allowed, key_of, root_of
from support.policies import allow, deny, document, trust

CONTEXT = {"team": "blue"}


# ---- the key's policy and the caller's. `{me}` is the caller's ARN, `{account}` its account's root, `{key}` the key.

DELEGATES = about("{account}")
POLICIES = {
    "an account's policies count where the key's lets them": ([DELEGATES], [allow(KMS)], True),
    "delegation alone allows nobody": ([DELEGATES], [], False),
    "IAM alone allows nothing": ([], [allow(KMS)], False),
    "even everything in IAM allows nothing": ([], [allow("*")], False),
    "a key's policy alone allows whom it names": ([about("{me}")], [], True),
    "another action is named": ([about("{me}", action="kms:Decrypt")], [], False),
    "a deny in IAM counts against the key's policy": ([about("{me}")], [deny("kms:Encrypt")], False),
    "a deny of the key's policy counts against IAM": ([DELEGATES, about("{me}", deny)], [allow(KMS)], False),
    "a deny of everybody includes the account": ([DELEGATES, everybody(deny)], [allow(KMS)], False),
    "a deny of the account includes its users": ([about("{me}"), about("{account}", deny)], [], False),
    "IAM names the key": ([DELEGATES], [allow(KMS, "{key}")], True),
    "IAM names another key": ([DELEGATES], [allow(KMS, "{key}0")], False),
    "IAM names all but the key": ([DELEGATES], [allow(KMS, NotResource="{key}")], False),
    "IAM names an alias, which is no key": ([DELEGATES], [allow(KMS, "arn:aws:kms:*:*:alias/*")], False),
    "IAM allows all other actions": ([DELEGATES], [allow(NotAction="kms:Encrypt")], False),
    "the delegation is for another action": ([about("{account}", action="kms:Decrypt")], [allow(KMS)], False),
    "everybody is allowed": ([everybody()], [], True),
    "another user is named": ([about("{other}")], [], False),
    "the resource of a key's policy is the key": ([about("{me}") | {"Resource": "{key}"}], [], True),
}
CONDITIONS = {
    "the delegation holds for this account": ({"StringEquals": {"kms:CallerAccount": "{id}"}}, True),
    "the delegation holds for another account": ({"StringEquals": {"kms:CallerAccount": "111122223333"}}, False),
    "the caller's ARN fits": ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/alice"}}, True),
    "the caller's ARN does not fit": ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, False),
    "the caller's tag fits": ({"StringEquals": {"aws:PrincipalTag/team": "blue"}}, True),
    "the caller's tag does not fit": ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, False),
    "the key's tag fits": ({"StringEquals": {"aws:ResourceTag/team": "blue"}}, True),
    "the key's tag does not fit": ({"StringEquals": {"aws:ResourceTag/team": "red"}}, False),
    "the key has no such tag": ({"StringEquals": {"aws:ResourceTag/cost": "blue"}}, False),
    "the key's owner fits": ({"StringEquals": {"aws:ResourceAccount": "{id}"}}, True),
    "the key's spec fits": ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, True),
    "the key's spec does not fit": ({"StringEquals": {"kms:KeySpec": "RSA_2048"}}, False),
    "the key's spec by its old name": ({"StringEquals": {"kms:CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"}}, True),
    "the key's usage by its old name": ({"StringEquals": {"kms:CustomerMasterKeyUsage": "SIGN_VERIFY"}}, False),
    "the key's usage fits": ({"StringEquals": {"kms:KeyUsage": "ENCRYPT_DECRYPT"}}, True),
    "the key's origin does not fit": ({"StringEquals": {"kms:KeyOrigin": "EXTERNAL"}}, False),
    "the key is of one region": ({"Bool": {"kms:MultiRegion": "true"}}, False),
    "only multi-region keys have a type": ({"Null": {"kms:MultiRegionKeyType": "true"}}, True),
    "the algorithm has a default": ({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}, True),
    "the algorithm does not fit": ({"StringEquals": {"kms:EncryptionAlgorithm": "RSAES_OAEP_SHA_1"}}, False),
    "one of the aliases fits": ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/{id}/a"}}, True),
    "no alias fits": ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/other"}}, False),
    "the key is named by no alias": ({"StringLike": {"kms:RequestAlias": "alias/*"}}, False),
    "no service calls": ({"StringLike": {"kms:ViaService": "*.amazonaws.com"}}, False),
    "the caller is no service": ({"Bool": {"aws:ViaAWSService": "true"}}, False),
    "no grant is made": ({"Null": {"kms:GrantOperations": "true", "kms:GrantIsForAWSResource": "true"}}, True),
    "there is no context": ({"Null": {"kms:EncryptionContextKeys": "false"}}, False),
    "the region fits": ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
    "the address does not fit": ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
}
CONTEXTS = {
    "the pair is there": ({"StringEquals": {"kms:EncryptionContext:team": "blue"}}, CONTEXT, True),
    "values keep their case": ({"StringEquals": {"kms:EncryptionContext:team": "blue"}}, {"team": "Blue"}, False),
    "the pair has another value": ({"StringEquals": {"kms:EncryptionContext:team": "blue"}}, {"team": "red"}, False),
    "the pair is missing": ({"StringEquals": {"kms:EncryptionContext:team": "blue"}}, {"cost": "1"}, False),
    "keys ignore their case": ({"StringEquals": {"kms:EncryptionContext:team": "blue"}}, {"Team": "blue"}, True),
    "two spellings of one key": (
        {"StringEquals": {"kms:EncryptionContext:team": "blue"}},
        {"Team": "red", "team": "blue"},
        False,
    ),
    "two spellings, the other order": (
        {"StringEquals": {"kms:EncryptionContext:team": "blue"}},
        {"Team": "blue", "team": "red"},
        False,
    ),
    "there is no context at all": ({"StringEquals": {"kms:EncryptionContext:team": "blue"}}, None, False),
    "all keys are known": ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["team"]}}, CONTEXT, True),
    "a key too many": (
        {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["team"]}},
        CONTEXT | {"a": "1"},
        False,
    ),
    "one key is known": ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": ["team"]}}, CONTEXT, True),
    "a variable": ({"StringEquals": {"kms:EncryptionContext:user": "${aws:username}"}}, {"user": "alice"}, True),
    "another's variable": ({"StringEquals": {"kms:EncryptionContext:user": "${aws:username}"}}, {"user": "bob"}, False),
}


def filled(value, **names):
    """A statement with its placeholders filled in."""
    text = json.dumps(value)
    for name, what in names.items():
        text = text.replace("{" + name + "}", what)
    return json.loads(text)


def scene(account, policy, identity, **parameters):
    """The user alice, and a key; both with these statements. Gives the two."""
    alice = account.user("alice", tags={"team": "blue"})
    names = {"me": alice.arn, "account": root_of(account), "id": account.id}
    if "{other}" in json.dumps(policy):
        account.plain_user("other")
        names["other"] = account.arn_of("user", "other")
    key = key_of(account, **parameters)
    names["key"] = key
    put_policy(account, key, *filled(policy, **names))
    if identity:
        account.allow_user("alice", *filled(identity, **names))
    return alice, key


def put_policy(account, key, *statements):
    """Replaces the key's policy; the administrator keeps its rights."""
    policy = document(about(account.arn, action=["kms:PutKeyPolicy", "kms:CreateGrant"]), *statements)
    account.call("kms:PutKeyPolicy", KeyId=key, Policy=policy, BypassPolicyLockoutSafetyCheck=True)


@pytest.mark.parametrize("name", POLICIES)
def test_key_policies_and_policies_of_iam(account, name):
    policy, identity, allowed = POLICIES[name]
    alice, key = scene(account, policy, identity)
    assert is_allowed(alice, key) == allowed


@pytest.mark.parametrize("name", CONDITIONS)
@pytest.mark.parametrize("place", ["key", "delegation", "iam", "deny"])
def test_conditions_count_wherever_they_stand(account, place, name):
    condition, allowed = CONDITIONS[name]
    policy, identity = {
        "key": ([about("{me}", condition=condition)], []),
        "delegation": ([about("{account}", condition=condition)], [allow(KMS)]),
        "iam": ([about("{account}")], [allow(KMS, "*", condition)]),
        # A deny with a condition that holds denies.
        "deny": ([about("{me}"), about("{me}", deny, condition=condition)], []),
    }[place]
    tags = [{"TagKey": "team", "TagValue": "blue"}]
    alice = account.user("alice", tags={"team": "blue"})
    names = {"me": alice.arn, "account": root_of(account), "id": account.id}
    key = key_of(account, *filled(policy, **names), Tags=tags)
    for alias in "ab":
        account.call("kms:CreateAlias", AliasName=f"alias/{account.id}/{alias}", TargetKeyId=key)
    if identity:
        account.allow_user("alice", *filled(identity, **names))
    assert is_allowed(alice, key) == (allowed if place != "deny" else not allowed)


@pytest.mark.parametrize("name", CONTEXTS)
def test_encryption_contexts(account, name):
    condition, context, allowed = CONTEXTS[name]
    alice, key = scene(account, [about("{me}", condition=condition)], [])
    assert is_allowed(alice, key, context) == allowed


def test_the_alias_of_a_request_counts_only_where_it_is_used(account):
    condition = {"StringEquals": {"kms:RequestAlias": f"alias/{account.id}"}}
    alice, key = scene(account, [about("{me}", condition=condition)], [])
    key_admin = document(about(account.arn), about(alice.arn, condition=condition))
    account.call("kms:PutKeyPolicy", KeyId=key, Policy=key_admin)
    account.call("kms:CreateAlias", AliasName=f"alias/{account.id}", TargetKeyId=key)
    account.call("kms:CreateAlias", AliasName=f"alias/{account.id}-other", TargetKeyId=key)
    assert is_allowed(alice, f"alias/{account.id}")
    assert is_allowed(alice, f"arn:aws:kms:us-east-1:{account.id}:alias/{account.id}")
    assert not is_allowed(alice, f"alias/{account.id}-other")
    assert not is_allowed(alice, key)


def test_nobody_learns_whether_keys_exist(account, partner):
    alice = account.user("alice")
    missing = f"arn:aws:kms:us-east-1:{account.id}:key/12345678-1234-1234-1234-123456789012"
    assert not is_allowed(alice, missing)
    assert not is_allowed(alice, missing.replace(account.id, partner.id))
    assert answer(account, KeyId=missing) == "NotFoundException"
    assert not is_allowed(partner.user("bob", allow("*")), missing)
    assert answer(account, KeyId=missing.replace(account.id, partner.id)) == "denied"


# ---- grants. `granted` is the grant to alice; the statements are IAM's and the key policy's.

SUBSET = {"Constraints": {"EncryptionContextSubset": CONTEXT}}
EQUALS = {"Constraints": {"EncryptionContextEquals": CONTEXT}}
SOURCE = {"Constraints": {"SourceArn": "arn:aws:vault:us-east-1:111122223333:box/a"}}
WIDE = CONTEXT | {"more": "1"}
GRANTS = {
    "a grant needs no policy": ({}, [], [], None, True),
    "a grant is for its operations": ({"Operations": ["Decrypt"]}, [], [], None, False),
    "a grant is for its grantee": ({"GranteePrincipal": "{other}"}, [], [], None, False),
    "a grant to the account is to its root user": ({"GranteePrincipal": "{account}"}, [], [], None, False),
    "a grant passes no deny of IAM": ({}, [], [deny("kms:Encrypt")], None, False),
    "a grant passes no deny of the key's policy": ({}, [about("{me}", deny, "kms:Encrypt")], [], None, False),
    "a grant passes no deny with a condition": (
        {},
        [everybody(deny, "kms:Encrypt", {"Null": {"kms:EncryptionContext:team": "true"}})],
        [],
        None,
        False,
    ),
    "the deny's condition does not hold": (
        {},
        [everybody(deny, "kms:Encrypt", {"Null": {"kms:EncryptionContext:team": "true"}})],
        [],
        CONTEXT,
        True,
    ),
    "the context is the grant's": (EQUALS, [], [], CONTEXT, True),
    "the context is wider than the grant's": (EQUALS, [], [], WIDE, False),
    "the grant wants a context": (EQUALS, [], [], None, False),
    "the context has the grant's pairs": (SUBSET, [], [], CONTEXT, True),
    "the context has more pairs": (SUBSET, [], [], WIDE, True),
    "the context lacks the grant's pairs": (SUBSET, [], [], {"more": "1"}, False),
    "the context has other values": (SUBSET, [], [], {"team": "red"}, False),
    "a grant for a resource of a service": (SOURCE, [], [], None, False),
    "where the grant does not admit, IAM may": (SUBSET, [DELEGATES], [allow(KMS)], None, True),
}


@pytest.mark.parametrize("name", GRANTS)
def test_grants(account, name):
    parameters, policy, identity, context, allowed = GRANTS[name]
    alice, key = scene(account, policy, identity)
    account.plain_user("bob")
    names = {"me": alice.arn, "account": root_of(account), "other": account.arn_of("user", "bob")}
    parameters = filled({"GranteePrincipal": "{me}", "Operations": ["Encrypt"]} | parameters, **names)
    account.call("kms:CreateGrant", KeyId=key, **parameters)
    assert is_allowed(alice, key, context) == allowed


def test_a_grant_ends_when_it_is_revoked_or_retired(account):
    alice, retiring = account.user("alice"), account.user("retiring")
    key = key_of(account)
    first = granted(account, key, alice.arn)
    assert is_allowed(alice, key)
    account.call("kms:RevokeGrant", KeyId=key, GrantId=first)
    assert not is_allowed(alice, key)
    second = granted(account, key, alice.arn, RetiringPrincipal=retiring.arn)
    assert is_allowed(alice, key)
    retiring.call("kms:RetireGrant", KeyId=key, GrantId=second)
    assert not is_allowed(alice, key)


def test_a_grant_does_not_outlive_what_limits_it(account):
    only_iam = account.policy("only-iam", allow("iam:*"))
    with_kms = account.policy("with-kms", allow("kms:Encrypt"))
    limited, free = account.user("limited", boundary=only_iam), account.user("free", boundary=with_kms)
    key = key_of(account)
    for user in (limited, free):
        granted(account, key, user.arn)
    assert not is_allowed(limited, key)
    assert is_allowed(free, key)


def guest(account, *statements):
    """A role that alice assumes; gives its ARN, and a way to a session with a policy of its own."""
    alice = account.user("alice")
    role = account.role("guest", trust(alice.arn), *statements)

    def assume(*policy, name="session"):
        return alice.assume(role, name, **({"Policy": document(*policy)} if policy else {}))

    return role, assume


def test_a_grant_to_a_role_is_to_its_sessions_within_their_policies(account):
    role, assume = guest(account)
    key = key_of(account)
    granted(account, key, role)
    assert is_allowed(assume(), key)
    assert is_allowed(assume(allow("kms:Encrypt")), key)
    assert not is_allowed(assume(allow("iam:*")), key)
    assert not is_allowed(assume(allow("*"), deny("kms:Encrypt")), key)


def test_a_grant_to_a_session_is_to_no_other(account):
    _, assume = guest(account)
    key = key_of(account)
    granted(account, key, account.session_arn("guest", "one"))
    assert is_allowed(assume(name="one"), key)
    assert not is_allowed(assume(name="two"), key)


def test_key_policies_and_the_policies_of_sessions(account):
    role, assume = guest(account)
    named = key_of(account, about(role))
    assert is_allowed(assume(), named)
    assert not is_allowed(assume(allow("iam:*")), named)
    session = key_of(account, about(account.session_arn("guest", "one")))
    assert is_allowed(assume(allow("iam:*"), name="one"), session)
    assert not is_allowed(assume(allow("iam:*"), deny("kms:*"), name="one"), session)
    assert not is_allowed(assume(name="two"), session)
    delegated = key_of(account, about(root_of(account)))
    assert not is_allowed(assume(), delegated)
    account.call("iam:PutRolePolicy", RoleName="guest", PolicyName="inline", PolicyDocument=document(allow(KMS)))
    assert is_allowed(assume(), delegated)
    assert not is_allowed(assume(allow("iam:*")), delegated)


def test_a_boundary_limits_what_the_account_is_let_decide(account):
    only_iam = account.policy("only-iam", allow("iam:*"))
    limited = account.user("limited", allow("*"), boundary=only_iam)
    assert not is_allowed(limited, key_of(account, about(root_of(account))))
    # The policy of a resource that names a user passes its boundary ("Permissions boundaries for IAM entities").
    assert is_allowed(limited, key_of(account, about(limited.arn)))


def federated(caller, *policy):
    """A federated user for whom the caller vouches."""
    parameters = {"Policy": document(*policy)} if policy else {}
    made = caller.call("sts:GetFederationToken", Name="fed", **parameters)
    return Caller(caller.endpoint, Keys.of(made["Credentials"]), made["FederatedUser"]["Arn"])


def test_federated_users(account):
    alice = account.user("alice", allow("sts:GetFederationToken"), allow(KMS))
    fed = f"arn:aws:sts::{account.id}:federated-user/fed"
    named = key_of(account, about(fed))
    assert is_allowed(federated(alice), named)
    assert not is_allowed(federated(alice, deny(KMS)), named)
    voucher = key_of(account, about(alice.arn))
    assert is_allowed(federated(alice, allow(KMS)), voucher)
    assert not is_allowed(federated(alice), voucher)
    delegated = key_of(account, about(root_of(account)))
    assert is_allowed(federated(alice, allow(KMS)), delegated)
    assert not is_allowed(federated(alice, allow("iam:*")), delegated)
    by_grant = key_of(account)
    granted(account, by_grant, fed)
    assert is_allowed(federated(alice, allow(KMS)), by_grant)
    assert not is_allowed(federated(alice, allow("iam:*")), by_grant)


def test_root_users_need_the_key_s_policy_too(account, root):
    assert is_allowed(root, key_of(account, about(root_of(account))))
    assert not is_allowed(root, key_of(account))
    assert not is_allowed(root, key_of(account, about(root_of(account)), about(root_of(account), deny)))
    by_grant = key_of(account)
    granted(account, by_grant, root_of(account))
    assert is_allowed(root, by_grant)


# ---- other accounts: `bob` is a user of the partner's. The key's statements, a grant, bob's own, and the answer.

BOB = about("{bob}")
ABROAD = {
    "both sides allow": ([BOB], None, [allow(KMS)], True),
    "the key's side alone": ([BOB], None, [], False),
    "the caller's side alone": ([], None, [allow(KMS)], False),
    "the key's policy names the account": ([about("{partner}")], None, [allow(KMS)], True),
    "the account is named, and does not delegate": ([about("{partner}")], None, [], False),
    "the key's own account is named": ([about("{account}")], None, [allow(KMS)], False),
    "everybody, and the caller's side": ([everybody()], None, [allow(KMS)], True),
    "everybody, without the caller's side": ([everybody()], None, [], False),
    "everybody of another account": (
        [everybody(condition={"StringEquals": {"kms:CallerAccount": "{id}"}})],
        None,
        [allow(KMS)],
        False,
    ),
    "everybody of this account": (
        [everybody(condition={"StringEquals": {"kms:CallerAccount": "{partner_id}"}})],
        None,
        [allow(KMS)],
        True,
    ),
    "the caller's side denies": ([BOB], None, [allow(KMS), deny("kms:Encrypt")], False),
    "the key's side denies": ([about("{partner}"), about("{bob}", deny)], None, [allow(KMS)], False),
    "a grant and the caller's side": ([], "{bob}", [allow(KMS)], True),
    "a grant alone": ([], "{bob}", [], False),
    "a grant, and another key of the caller's side": ([], "{bob}", [allow(KMS, "arn:aws:kms:*:*:key/0")], False),
    "a grant to the account and the caller's side": ([], "{partner}", [allow(KMS)], True),
    "a grant to the account alone": ([], "{partner}", [], False),
    "a grant to another of the account": ([], "{carol}", [allow(KMS)], False),
    "a grant, and the key's side denies": ([about("{bob}", deny)], "{bob}", [allow(KMS)], False),
}


@pytest.mark.parametrize("name", ABROAD)
def test_keys_of_other_accounts(account, partner, name):
    policy, grantee, identity, allowed = ABROAD[name]
    bob = partner.user("bob", *identity)
    partner.plain_user("carol")
    names = {
        "bob": bob.arn,
        "carol": partner.arn_of("user", "carol"),
        "partner": root_of(partner),
        "account": root_of(account),
        "id": account.id,
        "partner_id": partner.id,
    }
    key = key_of(account, *filled(policy, **names))
    if grantee:
        granted(account, key, filled(grantee, **names))
    assert is_allowed(bob, key) == allowed


# ---- principals that are gone


def recreate(account, name):
    """Deletes a user and makes one of the same name."""
    for key in account.call("iam:ListAccessKeys", UserName=name)["AccessKeyMetadata"]:
        account.call("iam:DeleteAccessKey", UserName=name, AccessKeyId=key["AccessKeyId"])
    account.call("iam:DeleteUser", UserName=name)
    return account.user(name)


def test_who_is_made_anew_gains_nothing(account):
    alice = account.user("alice")
    named, by_grant = key_of(account, about(alice.arn)), key_of(account)
    granted(account, by_grant, alice.arn, RetiringPrincipal=alice.arn)
    assert is_allowed(alice, named) and is_allowed(alice, by_grant)
    other = recreate(account, "alice")
    assert other.arn == alice.arn
    assert not is_allowed(other, named) and not is_allowed(other, by_grant)
    (grant,) = account.call("kms:ListGrants", KeyId=by_grant)["Grants"]
    assert grant["GranteePrincipal"].startswith("AIDA") and grant["RetiringPrincipal"].startswith("AIDA")
    assert answer(other, "kms:RetireGrant", KeyId=by_grant, GrantId=grant["GrantId"]) == "denied"
    granted(account, by_grant, other.arn)
    assert is_allowed(other, by_grant)


def test_a_role_that_is_made_anew_gains_nothing(account):
    role, assume = guest(account)
    key, one = key_of(account), account.session_arn("guest", "one")
    granted(account, key, role)
    granted(account, key, one, ("GenerateDataKey",))
    account.call("iam:DeleteRole", RoleName="guest")
    account.role("guest", trust(account.arn_of("user", "alice")))
    session = assume(name="one")
    assert not is_allowed(session, key)
    assert answer(session, "kms:GenerateDataKey", KeyId=key, KeySpec="AES_256") == "denied"


# ---- states and rights are two things


def test_a_state_is_told_only_to_those_who_may(account):
    alice, nobody = account.user("alice"), account.user("nobody")
    key = key_of(account)
    granted(account, key, alice.arn)
    account.call("kms:DisableKey", KeyId=key)
    assert answer(alice, KeyId=key) == "DisabledException"
    assert answer(nobody, KeyId=key) == "denied"
    account.call("kms:ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    assert answer(alice, KeyId=key) == "KMSInvalidStateException"
    assert answer(nobody, KeyId=key) == "denied"


def test_a_grant_is_for_operations_on_keys_only(account):
    alice = account.user("alice")
    key = key_of(account)
    granted(account, key, alice.arn, ("Encrypt", "Decrypt", "DescribeKey", "CreateGrant", "RetireGrant"))
    for operation in ("GetKeyPolicy", "ListGrants", "DisableKey", "ListResourceTags"):
        more = {"PolicyName": "default"} if operation == "GetKeyPolicy" else {}
        assert answer(alice, f"kms:{operation}", KeyId=key, **more) == "denied"
    assert answer(alice, "kms:DescribeKey", KeyId=key) == "allowed"


def test_a_key_policy_that_locks_its_maker_out_is_refused(account):
    nobody = document(about(root_of(account), action="kms:Encrypt"))
    assert answer(account, "kms:CreateKey", Policy=nobody) == "MalformedPolicyDocumentException"
    key = key_of(account)
    assert answer(account, "kms:PutKeyPolicy", KeyId=key, Policy=nobody) == "MalformedPolicyDocumentException"


def test_a_denial_names_the_key_and_the_action(account):
    alice, key = scene(account, [DELEGATES], [])
    text = (
        f"User: {alice.arn} is not authorized to perform: kms:Encrypt on resource: {key} "
        "because no identity-based policy allows the kms:Encrypt action"
    )
    alice.fails("kms:Encrypt", "AccessDeniedException", text, 400, KeyId=key, Plaintext=b"text")
