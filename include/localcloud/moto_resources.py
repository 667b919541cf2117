"""The resource of a request to IAM or SQS, where moto knows none."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.session import get_session
from moto.iam.access_control import IAMRequestBase

from include.localcloud.accounts import ACCOUNT, PARTITION
from include.localcloud.callers import IAM, Caller
from include.localcloud.refusals import RefusedError

UNKNOWN = "*"
# in the order in which a request that names two is about one
KINDS = {
    "GroupName": "group",
    "UserName": "user",
    "InstanceProfileName": "instance-profile",
    "RoleName": "role",
}
OF_EVERY_ACTION = ("Action", "Version")
OF_THE_CALLER = frozenset(
    {
        "iam:ChangePassword",
        "iam:CreateAccessKey",
        "iam:GetUser",
        "iam:ListAccessKeys",
    }
)
# without a name moto does them to whoever owns the key
OF_THE_OWNER = frozenset({"iam:DeleteAccessKey", "iam:UpdateAccessKey"})


def resource_of(request: IAMRequestBase, resource: str, caller: Caller) -> str:
    """The ARN that policies must name for a request; what moto found, if it found one.

    Raises:
        RefusedError: A request to IAM has a parameter that its action has not.
    """
    service, _, action = request._action.partition(":")
    if service == "iam":
        _require_own_parameters(action, request._data)
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
    if request._action in OF_THE_OWNER:
        return _owner(asked["AccessKeyId"][0]) if "AccessKeyId" in asked else UNKNOWN
    return caller.arn if request._action in OF_THE_CALLER else UNKNOWN


def _owner(key_id: str) -> str:
    users = [u for u in IAM.users.values() if any(k.access_key_id == key_id for k in u.access_keys)]
    return str(users[0].arn) if users else UNKNOWN


def _require_own_parameters(action: str, asked: Mapping[str, Any]) -> None:
    """Pass if the parameters are the action's, so that none but its resource is judged."""
    known = _parameters(action)
    if any(name.partition(".")[0] not in known for name in asked):
        raise RefusedError(400, "ValidationError", "A parameter is not one of the action's")


@cache
def _parameters(action: str) -> frozenset[str]:
    shape = _iam_model().operation_model(action).input_shape
    return frozenset([*(shape.members if shape else ()), *OF_EVERY_ACTION])


@cache
def _iam_model() -> Any:
    return get_session().get_service_model("iam")


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
