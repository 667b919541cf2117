"""With --enforce-iam: who may assume a role through STS."""

from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.config import Config

from tests.support.cloud import Clients, make_clients
from tests.support.house import SERVICE, House, outcome_of, policy
from tests.support.signing import send

ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
ADMIN_USER = {"AWS": "arn:aws:iam::123456789012:user/local-admin"}
ASSUMED, REFUSED = "done", "AccessDenied"
ASSUMING = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}

READING = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}


def says(effect: str, principal: Any, **condition: Any) -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    return {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole", **more}


def assuming(clients: Clients, role: str, **parameters: Any) -> str:
    """What comes of assuming a role."""
    return outcome_of(
        clients.sts.assume_role, RoleArn=role, RoleSessionName="session", **parameters
    )


@pytest.mark.parametrize(
    ("statements", "assumed"),
    [
        ([says("Allow", ROOT)], True),
        ([says("Allow", {"AWS": "123456789012"})], True),
        ([says("Allow", ADMIN_USER)], True),
        ([says("Allow", "*")], True),
        ([says("Allow", ROOT), says("Allow", {"Service": SERVICE})], True),
        ([says("Allow", {"Service": SERVICE}), says("Allow", ROOT)], True),
        ([{**says("Allow", ROOT), "Action": ["sts:TagSession", "sts:Assume*"]}], True),
        ([{**says("Allow", ROOT), "Action": "sts:TagSession"}], False),
        ([says("Deny", ADMIN_USER)], False),
        ([says("Allow", ROOT), says("Deny", ADMIN_USER)], False),
        ([says("Deny", "*"), says("Allow", ADMIN_USER)], False),
        ([says("Allow", {"Service": SERVICE})], False),
        ([says("Allow", {"AWS": "arn:aws:iam::210987654321:root"})], False),
        ([says("Allow", ROOT, StringEquals={"sts:ExternalId": "x"})], False),
        ([says("Allow", ROOT, Bool={"aws:SecureTransport": "true"})], True),
        ([says("Allow", ROOT, StringEquals={"aws:username": "local-admin"})], True),
        ([says("Allow", ROOT, StringEquals={"aws:RequestedRegion": "eu-west-1"})], False),
        ([says("Allow", ROOT, ArnLike={"aws:PrincipalArn": "arn:*:iam::*:user/*"})], True),
        ([says("Allow", ROOT, Unheard={"aws:PrincipalArn": "*"})], False),
        ([says("Allow", ROOT), says("Deny", ROOT, Unheard={"aws:username": "x"})], False),
        ([says("Allow", ROOT), says("Deny", ROOT, StringEquals={"aws:username": "x"})], True),
    ],
)
def test_a_role_is_assumed_as_its_trust_policy_says(
    house: House, statements: list[dict[str, Any]], assumed: bool
) -> None:
    role = house.role("trusting", policy(*statements))
    assert assuming(house.admin, role) == (ASSUMED if assumed else REFUSED)


def test_an_external_id_must_be_the_one_that_is_asked_for(house: House) -> None:
    role = house.role(
        "trusting", policy(says("Allow", ROOT, StringEquals={"sts:ExternalId": "xyz"}))
    )
    assert assuming(house.admin, role, ExternalId="xyz") == ASSUMED
    assert assuming(house.admin, role, ExternalId="abc") == REFUSED


def test_a_user_that_the_role_names_needs_no_right_of_its_own(house: House) -> None:
    user = house.user({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    arn = user.sts.get_caller_identity()["Arn"]
    assert assuming(user, house.role("by-name", policy(says("Allow", {"AWS": arn})))) == ASSUMED
    assert assuming(user, house.role("by-account", policy(says("Allow", ROOT)))) == REFUSED


def test_a_user_of_an_account_that_the_role_names_needs_the_right(house: House) -> None:
    role = house.role("by-account", policy(says("Allow", ROOT)))
    assert assuming(house.user(ASSUMING), role) == ASSUMED
    assert assuming(house.user({**ASSUMING, "Resource": f"{role}-other"}), role) == REFUSED
    assert assuming(house.user(ASSUMING, {**ASSUMING, "Effect": "Deny"}), role) == REFUSED


def test_a_role_that_does_not_exist_cannot_be_assumed(house: House) -> None:
    for account in ("123456789012", "210987654321"):
        assert assuming(house.admin, f"arn:aws:iam::{account}:role/nobody") == REFUSED


def test_a_token_of_an_identity_provider_opens_no_role(house: House) -> None:
    """There is none; and such a call must not be a way around the trust policy."""
    role = house.role("shut", policy(says("Deny", "*")))
    form = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": role,
        "RoleSessionName": "session",
        "WebIdentityToken": "token",
    }
    call = ("POST", "/", urlencode(form).encode())
    status, body = send(house.cloud, "sts", call, Content_Type="application/x-www-form-urlencoded")
    assert (status, "AccessDenied" in body, "SecretAccessKey" in body) == (403, True, False)


def test_a_session_ends_with_its_time(house: House) -> None:
    role = house.role("brief", policy(says("Allow", ROOT)), READING)
    sts = house.admin.session.client(
        "sts", endpoint_url=house.cloud.url, config=Config(parameter_validation=False)
    )
    found = sts.assume_role(RoleArn=role, RoleSessionName="session", DurationSeconds=2)
    sts.close()
    keys = found["Credentials"]
    clients = make_clients(
        house.cloud.url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    )
    house.opened.append(clients)
    outcome = "done"
    while outcome == "done":
        outcome = outcome_of(clients.s3.list_objects_v2, Bucket=house.stage.source)
    assert outcome == "ExpiredToken"
    assert outcome_of(clients.imaging.list_datastores) == "ExpiredTokenException"
