"""Evaluates the policy of a bucket where IAM is not enforced, so that callers have no names."""

import json

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from include.localcloud.policies import effects
from include.localcloud.principals import EVERYBODY
from include.localcloud.request_context import context_of, current

# moto makes an action of the method
ACTIONS = {"s3:HeadObject": "s3:GetObject", "s3:PostObject": "s3:PutObject"}


def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What the bucket's policy says to everybody of an action; other principals are not looked at.

    Amazon S3 User Guide, "How Amazon S3 authorizes a request".
    """
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    said = effects(
        [json.loads(bucket.policy)],
        ACTIONS.get(action, action),
        resource,
        context_of(current.get()),
        who=EVERYBODY,
    )
    if "Deny" in said:
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if said else PermissionResult.NEUTRAL


def undecided(_bucket: FakeBucket, _action: str, _resource: str) -> PermissionResult:
    """Nothing: where IAM is enforced, the policy is judged with those of the caller."""
    return PermissionResult.NEUTRAL


def install(*, enforce_iam: bool) -> None:
    """Let moto ask from now on."""
    FakeBucket.get_permission = undecided if enforce_iam else permission  # type: ignore[method-assign, assignment]
