"""Grants: made, listed, retired and revoked; who may do so, and what a grant may hold."""

import concurrent.futures

import pytest

from support.keys import about, answer, everybody, granted, key_of, root_of
from support.policies import allow, deny, document, trust

NO_TOKEN = "The grant token is not valid."
BOX = "arn:aws:vault:us-east-1:111122223333:box/a"
OPERATIONS = ["Encrypt", "Decrypt", "CreateGrant", "RetireGrant", "DescribeKey"]


def grants(caller, key, **parameters):
    """The grants of a key."""
    return caller.call("kms:ListGrants", KeyId=key, **parameters)["Grants"]


def test_a_grant_is_listed_as_it_was_made(account):
    alice, bob = account.user("alice"), account.user("bob")
    key = key_of(account)
    made = account.call(
        "kms:CreateGrant",
        KeyId=key,
        GranteePrincipal=alice.arn,
        RetiringPrincipal=bob.arn,
        Operations=["Decrypt", "Encrypt", "Decrypt"],
        Constraints={"EncryptionContextSubset": {"a": "1"}},
        Name="of-a-test",
    )
    (grant,) = grants(account, key)
    created = grant.pop("CreationDate")
    assert created is not None
    assert grant == {
        "KeyId": key,
        "GrantId": made["GrantId"],
        "Name": "of-a-test",
        "GranteePrincipal": alice.arn,
        "RetiringPrincipal": bob.arn,
        "IssuingAccount": root_of(account),
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "1"}},
    }
    assert len(made["GrantId"]) == 64 and int(made["GrantId"], 16)


def test_a_request_that_is_repeated_by_name_makes_one_grant(account):
    alice = account.user("alice")
    key = key_of(account)
    request = {"KeyId": key, "GranteePrincipal": alice.arn, "Operations": ["Encrypt"], "Name": "once"}
    first, second = account.call("kms:CreateGrant", **request), account.call("kms:CreateGrant", **request)
    assert first["GrantId"] == second["GrantId"] and first["GrantToken"] != second["GrantToken"]
    third = account.call("kms:CreateGrant", **request | {"Operations": ["Decrypt"]})
    assert third["GrantId"] != first["GrantId"]
    del request["Name"]
    unnamed = [account.call("kms:CreateGrant", **request)["GrantId"] for _ in range(2)]
    assert unnamed[0] != unnamed[1]
    assert len(grants(account, key)) == 4


def test_requests_of_one_name_that_come_at_once_make_one_grant(account):
    alice = account.user("alice")
    key = key_of(account)
    request = {"KeyId": key, "GranteePrincipal": alice.arn, "Operations": ["Encrypt"], "Name": "once"}
    account.client("kms")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: account.call("kms:CreateGrant", **request)["GrantId"], range(16)))
    assert len(set(made)) == 1 and len(grants(account, key)) == 1


def test_grants_are_filtered_and_paged(account):
    alice, bob = account.user("alice"), account.user("bob")
    key = key_of(account)
    ids = {granted(account, key, alice.arn) for _ in range(5)} | {granted(account, key, bob.arn)}
    assert {grant["GrantId"] for grant in grants(account, key)} == ids
    assert len(grants(account, key, GranteePrincipal=alice.arn)) == 5
    one = sorted(ids)[0]
    assert [grant["GrantId"] for grant in grants(account, key, GrantId=one)] == [one]
    assert grants(account, key, GrantId="0" * 64) == []
    pages = account.client("kms").get_paginator("list_grants").paginate(KeyId=key, PaginationConfig={"PageSize": 4})
    sizes = [len(page["Grants"]) for page in pages]
    assert sizes == [4, 2]
    other = key_of(account)
    marker = account.call("kms:ListGrants", KeyId=key, Limit=4)["NextMarker"]
    assert answer(account, "kms:ListGrants", KeyId=other, Marker=marker) == "InvalidMarkerException"


def test_retirable_grants_are_those_of_the_principal_wherever_their_keys_are(account, partner):
    carol = partner.user("carol", allow("kms:ListRetirableGrants"))
    here, there = key_of(account), key_of(partner)
    owners = [(account, here), (partner, there)]
    made = [granted(owner, key, carol.arn, RetiringPrincipal=carol.arn) for owner, key in owners]
    granted(account, here, carol.arn)
    listed = carol.call("kms:ListRetirableGrants", RetiringPrincipal=carol.arn)["Grants"]
    assert {grant["GrantId"] for grant in listed} == set(made)
    pages = [
        carol.call("kms:ListRetirableGrants", RetiringPrincipal=carol.arn, Limit=1),
    ]
    pages.append(
        carol.call("kms:ListRetirableGrants", RetiringPrincipal=carol.arn, Limit=1, Marker=pages[0]["NextMarker"])
    )
    assert {page["Grants"][0]["GrantId"] for page in pages} == set(made)
    account.call("kms:RevokeGrant", KeyId=here, GrantId=made[0])
    listed = carol.call("kms:ListRetirableGrants", RetiringPrincipal=carol.arn)["Grants"]
    assert [grant["GrantId"] for grant in listed] == made[1:]
    assert answer(account, "kms:ListRetirableGrants", RetiringPrincipal=carol.arn) == "InvalidArnException"
    assert answer(account.user("nobody"), "kms:ListRetirableGrants", RetiringPrincipal=account.arn) == "denied"
    assert answer(account, "kms:ListRetirableGrants") == "ValidationException"
    service = {"RetiringServicePrincipal": "vault.amazonaws.com"}
    assert answer(account, "kms:ListRetirableGrants", **service) == "ValidationException"


# ---- who may retire: the answer for each, where the grant names whom


def test_who_may_retire(account, partner):
    people = {name: account.user(name) for name in ("grantee", "retiring", "nobody")}
    people["delegated"] = account.user("delegated", allow("kms:RetireGrant"))
    people["denied"] = account.user("denied", deny("kms:RetireGrant"))
    people["abroad"] = partner.user("abroad")
    # The key's policy has no say.
    key = key_of(account, everybody(action="kms:RetireGrant"))
    cases = [
        ("retiring", {"RetiringPrincipal": "retiring"}, "allowed"),
        ("grantee", {"RetiringPrincipal": "retiring"}, "denied"),
        ("grantee", {"Operations": ["Encrypt", "RetireGrant"]}, "allowed"),
        ("grantee", {}, "denied"),
        ("nobody", {"RetiringPrincipal": "retiring"}, "denied"),
        ("delegated", {}, "allowed"),
        ("denied", {"RetiringPrincipal": "denied"}, "denied"),
        ("abroad", {"RetiringPrincipal": "abroad"}, "allowed"),
        ("abroad", {}, "denied"),
    ]
    for who, parameters, expected in cases:
        if "RetiringPrincipal" in parameters:
            parameters = parameters | {"RetiringPrincipal": people[parameters["RetiringPrincipal"]].arn}
        request = {"GranteePrincipal": people["grantee"].arn, "Operations": ["Encrypt"]} | parameters
        made = account.call("kms:CreateGrant", KeyId=key, **request)
        by_id = {"KeyId": key, "GrantId": made["GrantId"]}
        assert answer(people[who], "kms:RetireGrant", DryRun=True, **by_id) == (
            "DryRunOperationException" if expected == "allowed" else "denied"
        )
        assert answer(people[who], "kms:RetireGrant", GrantToken=made["GrantToken"]) == expected, (who, parameters)
        assert bool(grants(account, key, GrantId=made["GrantId"])) == (expected == "denied")


def test_an_account_that_may_retire_lets_its_people(account, partner):
    bob, carol = partner.user("bob", allow("kms:RetireGrant")), partner.user("carol")
    key = key_of(account)
    grant = granted(account, key, account.user("alice").arn, RetiringPrincipal=root_of(partner))
    assert answer(carol, "kms:RetireGrant", KeyId=key, GrantId=grant) == "denied"
    assert answer(bob, "kms:RetireGrant", KeyId=key, GrantId=grant) == "allowed"
    grant = granted(account, key, account.arn_of("user", "alice"))
    assert answer(bob, "kms:RetireGrant", KeyId=key, GrantId=grant) == "denied"


def test_the_account_that_makes_a_grant_may_retire_it(account, partner):
    bob = partner.user("bob", allow("kms:CreateGrant"))
    key = key_of(account, about(bob.arn, action="kms:CreateGrant"))
    grant = granted(bob, key, account.user("alice").arn)
    (listed,) = grants(account, key)
    assert listed["IssuingAccount"] == root_of(partner)
    assert answer(bob, "kms:RetireGrant", KeyId=key, GrantId=grant) == "denied"
    carol = partner.user("carol", allow("kms:RetireGrant"))
    assert answer(carol, "kms:RetireGrant", KeyId=key, GrantId=grant) == "allowed"


def test_grants_that_are_gone(account):
    alice = account.user("alice")
    key = key_of(account)
    made = account.call("kms:CreateGrant", KeyId=key, GranteePrincipal=alice.arn, Operations=["Encrypt"])
    account.call("kms:RevokeGrant", KeyId=key, GrantId=made["GrantId"])
    text = f"Grant ID {made['GrantId']} not found"
    account.fails("kms:RevokeGrant", "NotFoundException", text, 400, KeyId=key, GrantId=made["GrantId"])
    account.fails("kms:RetireGrant", "NotFoundException", text, 400, KeyId=key, GrantId=made["GrantId"])
    assert answer(alice, "kms:RetireGrant", KeyId=key, GrantId=made["GrantId"]) == "denied"
    used = {"KeyId": key, "Plaintext": b"text", "GrantTokens": [made["GrantToken"]]}
    account.fails("kms:Encrypt", "InvalidGrantTokenException", NO_TOKEN, 400, **used)


def test_tokens(account):
    alice, bob = account.user("alice"), account.user("bob")
    key = key_of(account)
    made = account.call("kms:CreateGrant", KeyId=key, GranteePrincipal=alice.arn, Operations=["Encrypt"])
    token = made["GrantToken"]
    assert answer(alice, KeyId=key, GrantTokens=[token]) == "allowed"
    assert answer(bob, KeyId=key, GrantTokens=[token]) == "denied", "a token is no right of its bearer"
    for wrong in ("token", token[:-4] + "AAAA", made["GrantId"], "A" * 200):
        assert answer(alice, KeyId=key, GrantTokens=[wrong]) == "InvalidGrantTokenException"
        assert answer(alice, "kms:DescribeKey", KeyId=key, GrantTokens=[wrong]) == "InvalidGrantTokenException"
        assert answer(account, "kms:RetireGrant", GrantToken=wrong) == "InvalidGrantTokenException"
    for wrong in ({}, {"KeyId": key}, {"GrantId": made["GrantId"]}, {"KeyId": key, "GrantToken": token}):
        assert answer(account, "kms:RetireGrant", **wrong) == "ValidationException"


# ---- grants that are made under grants

SUBSET, EQUALS = {"EncryptionContextSubset": {"a": "1"}}, {"EncryptionContextEquals": {"a": "1"}}
STRICTER = {"EncryptionContextSubset": {"a": "1", "b": "2"}}
UNDER = [
    (None, ["Encrypt"], None, "allowed"),
    (None, ["Encrypt", "Decrypt"], None, "allowed"),
    (None, ["Encrypt", "CreateGrant"], None, "allowed"),
    (None, ["GenerateDataKey"], None, "denied"),
    (None, ["Encrypt", "GenerateDataKey"], None, "denied"),
    (None, ["Encrypt"], SUBSET, "allowed"),
    (SUBSET, ["Encrypt"], None, "denied"),
    (SUBSET, ["Encrypt"], SUBSET, "allowed"),
    (SUBSET, ["Encrypt"], STRICTER, "allowed"),
    (SUBSET, ["Encrypt"], EQUALS, "allowed"),
    (SUBSET, ["Encrypt"], {"EncryptionContextSubset": {"b": "2"}}, "denied"),
    (EQUALS, ["Encrypt"], EQUALS, "allowed"),
    (EQUALS, ["Encrypt"], SUBSET, "denied"),
    (EQUALS, ["Encrypt"], {"EncryptionContextEquals": {"a": "1", "b": "2"}}, "denied"),
]


def test_a_grant_that_is_made_under_a_grant_is_no_wider(account):
    alice, bob = account.user("alice"), account.user("bob")
    for old, operations, new, expected in UNDER:
        key = key_of(account)
        granted(account, key, alice.arn, OPERATIONS, **({"Constraints": old} if old else {}))
        request = {"KeyId": key, "GranteePrincipal": bob.arn, "Operations": operations}
        request |= {"Constraints": new} if new else {}
        assert answer(alice, "kms:CreateGrant", **request) == expected, (old, operations, new)
    # A grant for a resource of a service is used by that service only.
    key = key_of(account)
    held = {"Constraints": {"SourceArn": BOX}}
    granted(account, key, alice.arn, OPERATIONS, **held)
    request = {"KeyId": key, "GranteePrincipal": bob.arn, "Operations": ["Encrypt"]} | held
    assert answer(alice, "kms:CreateGrant", **request) == "denied"
    # A grant without CreateGrant lets nobody make any.
    key = key_of(account)
    granted(account, key, alice.arn, ("Encrypt",))
    assert answer(alice, "kms:CreateGrant", KeyId=key, GranteePrincipal=bob.arn, Operations=["Encrypt"]) == "denied"


# ---- conditions of those who make grants


def test_conditions_on_the_grants_that_may_be_made(account):
    alice, bob, carol = (account.user(name) for name in ("alice", "bob", "carol"))
    plain = {"GranteePrincipal": bob.arn, "Operations": ["Encrypt"]}
    held = plain | {"Constraints": SUBSET}
    cases = [
        ({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt", "Decrypt"]}}, plain, "allowed"),
        ({"ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}}, plain, "denied"),
        ({"StringEquals": {"kms:GranteePrincipal": bob.arn}}, plain, "allowed"),
        ({"StringEquals": {"kms:GranteePrincipal": carol.arn}}, plain, "denied"),
        ({"StringEquals": {"kms:RetiringPrincipal": carol.arn}}, plain | {"RetiringPrincipal": carol.arn}, "allowed"),
        ({"StringEquals": {"kms:RetiringPrincipal": carol.arn}}, plain | {"RetiringPrincipal": bob.arn}, "denied"),
        ({"StringEquals": {"kms:RetiringPrincipal": carol.arn}}, plain, "denied"),
        ({"StringEquals": {"kms:GrantConstraintType": "EncryptionContextSubset"}}, held, "allowed"),
        ({"StringEquals": {"kms:GrantConstraintType": "EncryptionContextEquals"}}, held, "denied"),
        ({"StringEquals": {"kms:GrantConstraintType": "EncryptionContextSubset"}}, plain, "denied"),
        ({"StringEquals": {"kms:EncryptionContext:a": "1"}}, held, "allowed"),
        ({"StringEquals": {"kms:EncryptionContext:a": "1"}}, plain, "denied"),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["b"]}}, held, "denied"),
        ({"Bool": {"kms:GrantIsForAWSResource": "true"}}, plain, "denied"),
        ({"Bool": {"kms:GrantIsForAWSResource": "false"}}, plain, "allowed"),
        ({"StringEquals": {"kms:GranteeServicePrincipal": "vault.amazonaws.com"}}, plain, "denied"),
        ({"Null": {"kms:RetiringServicePrincipal": "true"}}, plain, "allowed"),
        ({"Null": {"kms:GrantConstraintSourceArn": "true"}}, plain, "allowed"),
    ]
    service = {
        "GranteeServicePrincipal": "vault.amazonaws.com",
        "RetiringServicePrincipal": "vault.amazonaws.com",
        "Operations": ["Encrypt"],
        "Constraints": {"SourceArn": BOX},
    }
    cases += [
        ({"StringEquals": {"kms:GranteeServicePrincipal": "vault.amazonaws.com"}}, service, "allowed"),
        ({"StringEquals": {"kms:RetiringServicePrincipal": "other.amazonaws.com"}}, service, "denied"),
        ({"ArnEquals": {"kms:GrantConstraintSourceArn": BOX}}, service, "allowed"),
        ({"ArnEquals": {"kms:GrantConstraintSourceArn": BOX + "2"}}, service, "denied"),
        ({"StringEquals": {"kms:GrantConstraintType": "SourceArn"}}, service, "allowed"),
    ]
    for condition, request, expected in cases:
        key = key_of(account, about(alice.arn, action="kms:CreateGrant", condition=condition))
        assert answer(alice, "kms:CreateGrant", KeyId=key, **request) == expected, (condition, request)


# ---- what a grant may hold


def test_grants_that_cannot_be(account):
    alice = account.user("alice").arn
    key = key_of(account)
    signing = key_of(account, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    service, source = "vault.amazonaws.com", {"SourceArn": BOX}
    cases = [
        ({"GranteePrincipal": account.arn_of("user", "nobody")}, "InvalidArnException"),
        ({"GranteePrincipal": account.arn_of("role", "nobody")}, "InvalidArnException"),
        ({"GranteePrincipal": account.arn_of("group", "crew")}, "InvalidArnException"),
        ({"GranteePrincipal": service}, "InvalidArnException"),
        ({"GranteePrincipal": "AIDAAAAAAAAAAAAAAAAAA"}, "InvalidArnException"),
        ({"GranteePrincipal": alice, "RetiringPrincipal": "nobody"}, "InvalidArnException"),
        ({}, "ValidationException"),
        ({"GranteePrincipal": alice, "GranteeServicePrincipal": service, "Constraints": source}, "ValidationException"),
        ({"GranteeServicePrincipal": service, "Constraints": source}, "ValidationException"),
        ({"GranteeServicePrincipal": service, "RetiringPrincipal": alice}, "ValidationException"),
        ({"GranteePrincipal": alice, "Operations": ["Sign"]}, "ValidationException"),
        ({"GranteePrincipal": alice, "Operations": []}, "ValidationException"),
        ({"GranteePrincipal": alice, "Operations": ["DECRYPT"]}, "ValidationException"),
        ({"GranteePrincipal": alice, "KeyId": signing}, "ValidationException"),
        (
            {"GranteePrincipal": alice, "KeyId": signing, "Operations": ["Sign"], "Constraints": SUBSET},
            "ValidationException",
        ),
        (
            {"GranteePrincipal": alice, "Constraints": {"EncryptionContextSubset": {str(n): "" for n in range(9)}}},
            "ValidationException",
        ),
        ({"GranteePrincipal": alice, "DryRun": True}, "DryRunOperationException"),
        ({"GranteePrincipal": alice, "KeyId": "alias/none"}, None),
    ]
    for parameters, code in cases:
        request = {"KeyId": key, "Operations": ["Encrypt"]} | parameters
        given = answer(account, "kms:CreateGrant", **request)
        assert given == code if code else given in ("InvalidArnException", "NotFoundException"), (parameters, given)
    assert grants(account, key) == [] and grants(account, signing) == []
    missing = account.arn_of("role", "nobody")
    account.fails(
        "kms:CreateGrant",
        "InvalidArnException",
        f"ARN does not refer to a valid principal: {missing}",
        400,
        KeyId=key,
        Operations=["Encrypt"],
        GranteePrincipal=missing,
    )


def test_accounts_roles_and_sessions_are_grantees(account, partner):
    account.role("guest", trust(account.arn))
    key = key_of(account)
    forms = {
        root_of(partner): root_of(partner),
        partner.id: root_of(partner),
        account.arn_of("role", "guest"): account.arn_of("role", "guest"),
        account.session_arn("guest", "one"): account.session_arn("guest", "one"),
        f"arn:aws:sts::{account.id}:federated-user/fed": f"arn:aws:sts::{account.id}:federated-user/fed",
    }
    for given, shown in forms.items():
        grant = granted(account, key, given)
        assert grants(account, key, GrantId=grant)[0]["GranteePrincipal"] == shown
        assert grants(account, key, GranteePrincipal=shown)


@pytest.mark.parametrize("state", ["disabled", "pending deletion"])
def test_grants_of_keys_that_cannot_be_used(account, state):
    alice = account.user("alice")
    key = key_of(account)
    first, second = granted(account, key, alice.arn), granted(account, key, alice.arn)
    request = {"KeyId": key, "GranteePrincipal": alice.arn, "Operations": ["Encrypt"]}
    if state == "disabled":
        account.call("kms:DisableKey", KeyId=key)
        assert answer(account, "kms:CreateGrant", **request) == "DisabledException"
    else:
        account.call("kms:ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
        assert answer(account, "kms:CreateGrant", **request) == "KMSInvalidStateException"
    assert len(grants(account, key)) == 2
    account.call("kms:RevokeGrant", KeyId=key, GrantId=first)
    account.call("kms:RetireGrant", KeyId=key, GrantId=second)
    assert grants(account, key) == []


def test_who_manages_grants_needs_rights_on_the_key(account, partner):
    alice = account.user("alice", allow("kms:*"))
    key = key_of(account)
    grant = granted(account, key, alice.arn)
    for operation, more in [("ListGrants", {}), ("RevokeGrant", {"GrantId": grant})]:
        assert answer(alice, f"kms:{operation}", KeyId=key, **more) == "denied"
        assert answer(partner, f"kms:{operation}", KeyId=key, **more) == "denied"
    request = {"KeyId": key, "GranteePrincipal": alice.arn, "Operations": ["Decrypt"]}
    assert answer(alice, "kms:CreateGrant", **request) == "denied"
    policy = document(about(account.arn), about(root_of(account)))
    account.call("kms:PutKeyPolicy", KeyId=key, Policy=policy)
    assert answer(alice, "kms:CreateGrant", **request) == "allowed"
    assert answer(alice, "kms:ListGrants", KeyId=key) == "allowed"
    assert answer(alice, "kms:RevokeGrant", KeyId=key, GrantId=grant) == "allowed"
