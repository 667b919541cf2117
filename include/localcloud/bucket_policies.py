"""Evaluates the policy of a bucket where IAM is not enforced, so that callers have no names."""

import json

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, S3Backend

from include.localcloud.policies import Document, effects
from include.localcloud.policy_documents import MalformedPolicyError, is_policy
from include.localcloud.principals import EVERYBODY
from include.localcloud.request_context import context_of, current

# moto makes an action of the method
ACTIONS = {"s3:HeadObject": "s3:GetObject", "s3:PostObject": "s3:PutObject"}


# what cannot be judged lets nobody in but to mend it
UNREADABLE: Document = {
    "Statement": {
        "Effect": "Deny",
        "Principal": "*",
        "NotAction": "s3:*BucketPolicy",
        "Resource": "*",
    }
}


def put_bucket_policy(backend: S3Backend, bucket_name: str, policy: bytes) -> None:
    """Keep a bucket's policy, in whatever coding it was sent.

    Raises:
        MalformedPolicyError: It is none.
    """
    if not is_policy(policy):
        raise MalformedPolicyError("The policy is not of the grammar of policies")
    backend.get_bucket(bucket_name).policy = policy


def documents_of(bucket: FakeBucket) -> list[Document]:
    """The policy of a bucket as one to judge by; none if it has none."""
    if not bucket.policy:
        return []
    return [json.loads(bucket.policy) if is_policy(bucket.policy) else UNREADABLE]


def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What the bucket's policy says to everybody of an action; other principals are not looked at.

    Amazon S3 User Guide, "How Amazon S3 authorizes a request".
    """
    said = effects(
        documents_of(bucket),
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
    """Let moto ask from now on, and keep what can be judged."""
    S3Backend.put_bucket_policy = put_bucket_policy  # type: ignore[method-assign, assignment]
    FakeBucket.get_permission = undecided if enforce_iam else permission  # type: ignore[method-assign, assignment]
