"""With --enforce-iam: what conditions know of a call of HealthImaging."""

from typing import Any

import pytest

from tests.support.house import SERVICE, House, outcome_of

ALLOW = {"Effect": "Allow", "Action": "medical-imaging:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/user-*"}}, True),
        ({"StringLike": {"aws:username": "user-*"}}, True),
        ({"Null": {"aws:TokenIssueTime": "true"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"StringEquals": {"aws:ResourceTag/team": "a"}}, True),
        ({"StringEquals": {"aws:ResourceTag/team": "b"}}, False),
        ({"Null": {"aws:ResourceTag/site": "true"}}, True),
    ],
)
def test_a_condition_counts_for_an_allowance_and_for_a_denial(
    house: House, condition: dict[str, Any], holds: bool
) -> None:
    store = {"datastoreId": house.stage.datastore_id}
    arn = house.admin.imaging.get_datastore(**store)["datastoreProperties"]["datastoreArn"]
    house.admin.imaging.tag_resource(resourceArn=arn, tags={"team": "a"})
    conditional = {**ALLOW, "Condition": condition}
    allowed = house.user(conditional).imaging
    denied = house.user(ALLOW, {**conditional, "Effect": "Deny"}).imaging
    expected = ["done", "AccessDeniedException"]
    assert [
        outcome_of(allowed.get_datastore, **store),
        outcome_of(denied.get_datastore, **store),
    ] == (expected if holds else expected[::-1])


def test_tags_that_a_call_asks_for_can_be_demanded(house: House) -> None:
    user = house.user(
        ALLOW
        | {
            "Condition": {
                "StringLike": {"aws:RequestTag/team": "?*"},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "site"]},
            }
        }
    ).imaging
    for tags, outcome in (
        ({"team": "a"}, "done"),
        ({"team": "a", "site": "b"}, "done"),
        ({"site": "b"}, "AccessDeniedException"),
        ({"team": "a", "other": "b"}, "AccessDeniedException"),
        ({}, "AccessDeniedException"),
    ):
        assert outcome_of(user.create_datastore, datastoreName="a", tags=tags) == outcome


def test_tags_that_may_not_be_removed_stay(house: House) -> None:
    found = house.admin.imaging.get_datastore(datastoreId=house.stage.datastore_id)
    arn = found["datastoreProperties"]["datastoreArn"]
    house.admin.imaging.tag_resource(resourceArn=arn, tags={"team": "a", "site": "b"})
    keeping = {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}
    user = house.user(ALLOW, {**ALLOW, "Effect": "Deny", "Condition": keeping}).imaging
    for keys, outcome in ((["team"], "AccessDeniedException"), (["site"], "done")):
        assert outcome_of(user.untag_resource, resourceArn=arn, tagKeys=keys) == outcome
    assert house.admin.imaging.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "a"}


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ({"StringEquals": {"iam:PassedToService": SERVICE}}, "done"),
        ({"StringEqualsIfExists": {"iam:PassedToService": SERVICE}}, "done"),
        (
            {
                "StringEquals": {
                    "iam:PassedToService": SERVICE,
                    "aws:RequestedRegion": "us-east-1",
                }
            },
            "done",
        ),
        ({"StringEquals": {"aws:ResourceTag/for": "imports"}}, "done"),
        ({"StringEquals": {"aws:ResourceTag/for": "exports"}}, "AccessDeniedException"),
        ({"StringLike": {"iam:PassedToService": "ec2*"}}, "AccessDeniedException"),
        ({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, "AccessDeniedException"),
    ],
)
def test_a_role_is_passed_as_conditions_say(
    house: House, condition: dict[str, Any], outcome: str
) -> None:
    role = house.import_role()
    tag = {"Key": "for", "Value": "imports"}
    house.admin.iam.tag_role(RoleName=role.rpartition("/")[2], Tags=[tag])
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}
    user = house.user(ALLOW, {**passing, "Condition": condition})
    start = house.as_seen_by(user).start
    assert outcome_of(start, prefix="in/", dataAccessRoleArn=role) == outcome
