"""What others did to an environment stays, and is told where it opens or breaks something."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.imaging.errors import CustomerError
from include.infrastructure import plan
from include.infrastructure.environment import Environment
from tests.support.cloud import Clients
from tests.support.environments import ACCOUNT, environment, told

Document = dict[str, Any]
ANOTHER = "arn:aws:iam::999999999999:root"
EVERYBODY: Document = {"Effect": "Deny", "Principal": "*"}
TLS = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}

OLD_TLS = {"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}


@pytest.fixture(scope="module")
def made(clients: Clients) -> Environment:
    """An environment that is all there; what a test did to it is written over by the next."""
    made = environment(clients)
    made.run(plan.apply)
    return made


def with_statement(made: Environment, zone: str, statement: Document) -> str:
    """Write a statement beside set-up's; `/*` and '' stand for objects and bucket."""
    bucket = getattr(made.wanted, f"{zone}_bucket")
    resources = [f"arn:aws:s3:::{bucket}{below}" for below in statement.get("Resource", ["/*"])]
    policy = json.loads(made.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    ours = [each for each in policy["Statement"] if each.get("Sid") == "TlsOnly"]
    policy["Statement"] = [*ours, {"Sid": "Theirs", **statement, "Resource": resources}]
    made.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    return bucket


HARMFUL: list[tuple[str, Document, str]] = [
    (
        "results",
        {"Effect": "Allow", "Principal": {"AWS": ANOTHER}, "Action": "s3:*"},
        f"Theirs allows s3:* to {ANOTHER}",
    ),
    (
        "landing",
        {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"]} | TLS,
        "Theirs allows s3:GetObject to *",
    ),
    (
        "import",
        {"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "s3:Get*"},
        "Theirs allows s3:Get* to x.amazonaws.com",
    ),
    ("landing", EVERYBODY | {"Action": "s3:PutObject"}, "Theirs denies s3:PutObject"),
    ("import", EVERYBODY | {"Action": "S3:put*"}, "Theirs denies S3:put*"),
    ("landing", EVERYBODY | {"NotAction": "s3:ListBucket"}, "Theirs denies all but s3:ListBucket"),
    ("results", EVERYBODY | {"Action": "s3:L*", "Resource": [""]}, "Theirs denies s3:L*"),
    (
        "results",
        EVERYBODY | {"Action": "s3:DeleteObject", "Resource": ["/batches/x/*"]},
        "Theirs denies s3:DeleteObject",
    ),
    (
        "results",
        EVERYBODY
        | {
            "Action": "s3:PutObject",
            "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}},
        },
        "Theirs denies s3:PutObject",
    ),
    (
        "import",
        EVERYBODY | {"Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        "Theirs denies s3:*",
    ),
    (
        "landing",
        {
            "Effect": "Deny",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/w"},
            "Action": "s3:*",
        },
        "Theirs denies s3:*",
    ),
]


@pytest.mark.parametrize(("zone", "statement", "expected"), HARMFUL)
def test_a_statement_that_opens_a_bucket_or_keeps_the_pipeline_out_is_told(
    made: Environment, zone: str, statement: Document, expected: str
) -> None:
    bucket = with_statement(made, zone, statement)
    [entry] = [
        e for e in told(made.buckets, "statements of others") if e.resource == f"bucket {bucket}"
    ]
    assert entry.found == [expected]
    with pytest.raises(CustomerError, match=r"SET_UP_INCOMPLETE: .*take it away, or narrow it"):
        plan.require_none_left([entry])
    made.s3.delete_bucket_policy(Bucket=bucket)
    plan.apply(made.buckets())


@pytest.mark.parametrize(
    ("zone", "statement"),
    [
        ("landing", {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject"}),
        ("import", EVERYBODY | TLS | {"Action": "s3:*"}),
        ("import", EVERYBODY | OLD_TLS | {"Action": "s3:*"}),
        ("landing", EVERYBODY | {"Action": "s3:DeleteBucket", "Resource": [""]}),
        ("results", EVERYBODY | {"Action": "s3:DeleteObject", "Resource": ["/runs/*"]}),
        ("results", {"Effect": "Deny", "Principal": {"AWS": ANOTHER}, "Action": "s3:*"}),
        ("landing", EVERYBODY | {"NotAction": "s3:*"}),
    ],
)
def test_a_statement_that_does_no_harm_is_passed_over(
    made: Environment, zone: str, statement: Document
) -> None:
    bucket = with_statement(made, zone, statement)
    assert not told(made.buckets, "statements of others")
    assert "Theirs" in made.s3.get_bucket_policy(Bucket=bucket)["Policy"]
    made.s3.delete_bucket_policy(Bucket=bucket)
    plan.apply(made.buckets())


def with_rule(made: Environment, zone: str, rule: Document) -> None:
    """Write a rule beside set-up's."""
    bucket = getattr(made.wanted, f"{zone}_bucket")
    there = made.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    ours = [each for each in there if each["ID"].startswith("imaging-")]
    theirs: Any = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": ""}} | rule
    made.s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [*ours, theirs]}
    )


def expiring(days: int, prefix: str = "") -> Document:
    return {"Filter": {"Prefix": prefix}, "Expiration": {"Days": days}}


GLACIER: Document = {"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}
TAGGED: Document = {"Filter": {"And": {"Prefix": "ru", "Tags": [{"Key": "a", "Value": "b"}]}}}


@pytest.mark.parametrize(
    ("zone", "rule", "expected"),
    [
        ("results", expiring(3650), "theirs expires runs/"),
        ("results", expiring(1, "batches/1/"), "theirs expires batches/"),
        ("import", expiring(29), "theirs expires runs/"),
        ("landing", expiring(100, "quar"), "theirs expires quarantine/"),
        ("results", GLACIER, "theirs archives runs/ and quarantine/ and batches/"),
        ("results", TAGGED | {"Expiration": {"Days": 9}}, "theirs expires runs/"),
        (
            "results",
            {"NoncurrentVersionExpiration": {"NoncurrentDays": 9}},
            "theirs expires versions of runs/",
        ),
    ],
)
def test_a_rule_that_takes_evidence_or_unread_objects_is_told(
    made: Environment, zone: str, rule: Document, expected: str
) -> None:
    with_rule(made, zone, rule)
    [entry] = told(made.buckets, "rules of others")
    assert entry.found == [expected]
    with_rule(made, zone, {"Status": "Disabled"} | expiring(1))
    assert not told(made.buckets, "rules of others")


@pytest.mark.parametrize(
    ("zone", "rule"),
    [
        ("results", expiring(1, "theirs/")),
        ("import", expiring(30)),
        ("landing", expiring(30, "runs/")),
        ("results", {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]}),
        ("results", {"NoncurrentVersionExpiration": {"NoncurrentDays": 365}}),
        ("results", {"Expiration": {"ExpiredObjectDeleteMarker": True}}),
    ],
)
def test_a_rule_that_takes_nothing_before_its_time_is_passed_over(
    made: Environment, zone: str, rule: Document
) -> None:
    with_rule(made, zone, rule)
    assert not told(made.buckets, "rules of others")
    with_rule(made, zone, {"Status": "Disabled"} | expiring(1))


def test_a_copy_of_what_must_expire_is_told(made: Environment) -> None:
    bucket = made.wanted.landing_bucket
    versions: Any = {"Status": "Enabled"}
    made.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versions)
    target = f"arn:aws:s3:::{made.wanted.results_bucket}"
    rule: Any = {"Status": "Enabled", "Destination": {"Bucket": target}, "Prefix": ""}
    made.s3.put_bucket_replication(
        Bucket=bucket, ReplicationConfiguration={"Role": made.wanted.role_arn, "Rules": [rule]}
    )
    [entry] = told(made.buckets, "replication")
    assert entry.found == [target]
    # S3 would refuse to end the versions before the replication
    assert [e.found for e in told(made.buckets, "versioning")] == [True]
    made.s3.delete_bucket_replication(Bucket=bucket)
    assert [e.property for e in plan.changed(made.run(plan.apply))] == ["versioning"]
