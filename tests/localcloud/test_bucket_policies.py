"""A bucket's policy counts for everybody, with its conditions; loopback counts as secure."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.cloud import Clients


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


def test_a_policy_for_tls_alone_lets_loopback_in(clients: Clients, bucket: str) -> None:
    deny(clients, bucket, Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert clients.s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    deny(clients, bucket, Condition={"Bool": {"aws:SecureTransport": "true"}})
    with pytest.raises(ClientError, match="403"):
        clients.s3.get_object(Bucket=bucket, Key="a")
