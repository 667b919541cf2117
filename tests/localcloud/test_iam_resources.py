"""With --enforce-iam: a request to IAM is about what its action is about."""

from urllib.parse import urlencode

import pytest

from tests.localcloud.test_access_keys import EVERYTHING, FORM
from tests.support.house import House, key_of, outcome_of, policy
from tests.support.signing import send


def asked(house: House, key: tuple[str, str], *parameters: tuple[str, str]) -> tuple[int, str]:
    form = urlencode([("Version", "2010-05-08"), *parameters]).encode()
    return send(house.cloud, "iam", ("POST", "/", form), key=key, **FORM)


def test_a_right_over_a_group_gives_none_over_a_user(house: House) -> None:
    group = f"group-{house.stage.source}"
    house.admin.iam.create_group(GroupName=group)
    over = f"arn:aws:iam::123456789012:group/{group}"
    user = house.user({"Effect": "Allow", "Action": "iam:*", "Resource": over})
    name = f"user-0-{house.stage.source}"
    put = (("Action", "PutUserPolicy"), ("UserName", name), ("PolicyName", "more"))
    document = ("PolicyDocument", policy(EVERYTHING))
    status, body = asked(house, key_of(user), *put, document, ("GroupName", group))
    assert (status, "ValidationError" in body) == (400, True)
    assert asked(house, key_of(user), *put, document)[0] == 403
    assert outcome_of(user.s3.list_buckets) == "AccessDenied"
    assert outcome_of(user.iam.get_group, GroupName=group) == "done"


@pytest.mark.parametrize(
    "parameters",
    [
        [("Action", "ListUsers"), ("PolicyArn", "{mine}")],
        [("Action", "CreateAccessKey"), ("PolicyName", "mine")],
    ],
)
def test_a_parameter_of_another_action_is_refused(
    house: House, parameters: list[tuple[str, str]]
) -> None:
    mine = "arn:aws:iam::123456789012:policy/mine"
    user = house.user({"Effect": "Allow", "Action": "iam:*", "Resource": mine})
    given = [(name, value.format(mine=mine)) for name, value in parameters]
    status, body = asked(house, key_of(user), *given)
    assert (status, "ValidationError" in body) == (400, True)


def test_a_parameter_that_is_there_twice_is_refused(house: House) -> None:
    """Of two roles the last would be judged and the first be assumed."""
    name = f"user-0-{house.stage.source}"
    own = f"arn:aws:iam::123456789012:user/{name}"
    user = house.user({"Effect": "Allow", "Action": "iam:*", "Resource": own})
    read = (("Action", "GetUser"), ("UserName", name))
    assert asked(house, key_of(user), *read)[0] == 200
    for twice in (("UserName", "local-admin"), ("Action", "GetUser")):
        status, body = asked(house, key_of(user), twice, *read)
        assert (status, "must be there once" in body) == (403, True)


@pytest.mark.parametrize("operation", ["update_access_key", "delete_access_key"])
def test_a_key_without_a_name_is_judged_as_its_owners(house: House, operation: str) -> None:
    own = f"arn:aws:iam::123456789012:user/user-0-{house.stage.source}"
    user = house.user({"Effect": "Allow", "Action": "iam:*", "Resource": own})
    other = house.user(EVERYTHING)
    more = {"Status": "Inactive"} if operation == "update_access_key" else {}
    call = getattr(user.iam, operation)
    assert outcome_of(call, AccessKeyId=key_of(other)[0], **more) == "AccessDenied"
    assert outcome_of(other.s3.list_buckets) == "done"
    assert outcome_of(call, AccessKeyId=key_of(user)[0], **more) == "done"
    assert outcome_of(user.iam.get_user) == "InvalidClientTokenId"


def test_lists_are_parameters_of_their_action(house: House) -> None:
    name = f"tagged-{house.stage.source}"
    tags = [{"Key": key, "Value": "1"} for key in "ab"]
    house.admin.iam.create_user(UserName=name, Tags=tags)
    assert house.admin.iam.list_user_tags(UserName=name)["Tags"] == tags
