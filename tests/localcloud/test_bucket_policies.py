"""A bucket's policy counts for everybody, with its conditions; loopback counts as secure."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.cloud import Clients
from tests.support.house import outcome_of


@pytest.fixture
def bucket(clients: Clients) -> str:
    name = f"policed-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=name)
    clients.s3.put_object(Bucket=name, Key="a", Body=b"1")
    return name


def deny(clients: Clients, bucket: str, **more: Any) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement | more]}
    clients.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def test_a_denial_counts(clients: Clients, bucket: str) -> None:
    deny(clients, bucket)
    with pytest.raises(ClientError, match="403"):
        clients.s3.get_object(Bucket=bucket, Key="a")
    clients.s3.put_object(Bucket=bucket, Key="b", Body=b"2")


def test_a_bucket_whose_policy_is_for_everybody_takes_no_logs(
    clients: Clients, bucket: str
) -> None:
    logged = {"LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": "logs/"}}
    deny(clients, bucket, Condition={"Bool": {"aws:SecureTransport": "false"}})
    with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
        clients.s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=logged)
    service = {"Service": "logging.s3.amazonaws.com"}
    deny(clients, bucket, Effect="Allow", Principal=service, Action="s3:PutObject")
    clients.s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=logged)
    assert clients.s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetBucket"] == bucket


def test_a_policy_for_tls_alone_lets_loopback_in(clients: Clients, bucket: str) -> None:
    deny(clients, bucket, Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert clients.s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    deny(clients, bucket, Condition={"Bool": {"aws:SecureTransport": "true"}})
    with pytest.raises(ClientError, match="403"):
        clients.s3.get_object(Bucket=bucket, Key="a")


def test_a_denial_of_reading_counts_for_a_look_too(clients: Clients, bucket: str) -> None:
    clients.s3.head_object(Bucket=bucket, Key="a")
    deny(clients, bucket)
    with pytest.raises(ClientError, match="403"):
        clients.s3.head_object(Bucket=bucket, Key="a")


@pytest.mark.parametrize(
    ("condition", "is_read"),
    [
        ({"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": "123456789012"}}, False),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
        ({"Unheard": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ],
)
def test_a_denial_counts_if_its_condition_holds(
    clients: Clients, bucket: str, condition: dict[str, Any], is_read: bool
) -> None:
    deny(clients, bucket, Condition=condition)
    outcome = outcome_of(clients.s3.get_object, Bucket=bucket, Key="a")
    assert outcome == ("done" if is_read else "403")
