"""The resource of a request to IAM or SQS, where moto knows none."""

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.access_control import IAMRequestBase

from include.localcloud.accounts import ACCOUNT, PARTITION
from include.localcloud.callers import IAM, Caller

UNKNOWN = "*"
# in the order in which a request that names two is about one
KINDS = {
    "GroupName": "group",
    "UserName": "user",
    "InstanceProfileName": "instance-profile",
    "RoleName": "role",
}
OF_THE_CALLER = frozenset(
    {
        "iam:ChangePassword",
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:UpdateAccessKey",
    }
)


def resource_of(request: IAMRequestBase, resource: str, caller: Caller) -> str:
    """The ARN that policies must name for a request; what moto found, if it found one."""
    service = request._action.partition(":")[0]
    if resource == UNKNOWN and service == "iam":
        return _of_iam(request, caller)
    if resource == UNKNOWN and service == "sqs":
        return _of_sqs(request)
    return resource


def _of_iam(request: IAMRequestBase, caller: Caller) -> str:
    asked: Mapping[str, Any] = request._data
    for member, kind in KINDS.items():
        if member in asked:
            return _arn(kind, asked[member][0], asked)
    if "PolicyArn" in asked:
        return str(asked["PolicyArn"][0])
    if "PolicyName" in asked:
        return _arn("policy", asked["PolicyName"][0], asked)
    return caller.arn if request._action in OF_THE_CALLER else UNKNOWN


def _arn(kind: str, name: str, asked: Mapping[str, Any]) -> str:
    """That of what exists, with its path, or of what is to be made."""
    known: Mapping[str, Mapping[str, Any]] = {"user": IAM.users, "group": IAM.groups}
    existing = known.get(kind, {}).get(name)
    if existing:
        return str(existing.arn)
    path = asked["Path"][0] if "Path" in asked else "/"
    return f"arn:{PARTITION}:iam::{ACCOUNT}:{kind}{path}{name}"


def _of_sqs(request: IAMRequestBase) -> str:
    try:
        asked = json.loads(request._body or b"{}")
    except ValueError:
        return UNKNOWN
    name = asked.get("QueueName") if isinstance(asked, dict) else None
    return f"arn:{PARTITION}:sqs:{request._region}:{ACCOUNT}:{name}" if name else UNKNOWN
