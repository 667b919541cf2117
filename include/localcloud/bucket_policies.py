"""Evaluates the policy of a bucket, which moto does without its conditions."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from include.localcloud.policies import allows

# a request over loopback leaves the machine as little as one over TLS is read on its way
CONTEXT = {"aws:SecureTransport": "true"}
EVERYBODY: tuple[Any, ...] = ("*", {"AWS": "*"}, {"AWS": ["*"]})
ALLOW_ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What the bucket's policy says to everybody of an action; other principals are not looked at.

    Amazon S3 User Guide, "How Amazon S3 authorizes a request".
    """
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    document = {"Statement": list(_for_everybody(json.loads(bucket.policy)))}
    if not allows([document, ALLOW_ALL], action, resource, CONTEXT):
        return PermissionResult.DENIED
    if allows([document], action, resource, CONTEXT):
        return PermissionResult.PERMITTED
    return PermissionResult.NEUTRAL


def install() -> None:
    """Let moto ask `permission` from now on."""
    FakeBucket.get_permission = permission  # type: ignore[method-assign, assignment]


def _for_everybody(document: Mapping[str, Any]) -> Iterator[Any]:
    statements = document["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement.get("Principal") in EVERYBODY:
            yield statement
