"""Who a request's access key stands for: its rights, its names, and what conditions know of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.credentials import Credentials
from moto.core.utils import utcnow
from moto.iam.access_control import (
    AssumedRoleAccessKey,
    CreateAccessKeyFailure,
    IAMPolicy,
    IAMUserAccessKey,
    create_access_key,
)
from moto.iam.models import iam_backends
from moto.sts.models import AssumedRole, sts_backends

from include.localcloud.accounts import ACCOUNT, PARTITION
from include.localcloud.conditions import Context
from include.localcloud.errors import AccessDeniedError
from include.localcloud.policies import Document, effects
from include.localcloud.principals import Who, identity

IAM = iam_backends[ACCOUNT][PARTITION]
STS = sts_backends[ACCOUNT][PARTITION]
STAMP = "%Y-%m-%dT%H:%M:%SZ"


class ExpiredTokenError(AccessDeniedError):
    """The session is over."""

    name = "ExpiredTokenException"


class InactiveKeyError(AccessDeniedError):
    """The access key was switched off."""


@dataclass(frozen=True)
class Caller:
    """A user, or a session of a role.

    Attributes:
        arn: As messages name it.
        credentials: What it signs with.
        documents: The policies of the user and its groups, or of the role.
        limits: Policies of which each must allow too: of the session, and the role's boundary.
        who: Its names in policies of resources.
        context: Condition keys that tell of it.
    """

    arn: str
    credentials: Credentials
    documents: tuple[Document, ...]
    limits: tuple[Document, ...]
    who: Who
    context: Context

    def may(
        self,
        action: str,
        resource: str,
        context: Context,
        others: Iterable[Document] = (),
        *,
        must_trust: bool = False,
    ) -> bool:
        """Whether it may do this (IAM User Guide, "Policy evaluation logic").

        Args:
            action: Such as "s3:GetObject".
            resource: An ARN.
            context: Condition keys of the request.
            others: Policies of the resource; what they allow this caller by name, its own need
                not allow.
            must_trust: Whether those are trust policies: one must allow it, and they name no
                resource.
        """
        known = {**context, **self.context}
        about = None if must_trust else resource
        others = tuple(others)
        said = effects(others, action, about, known, who=self.who)
        named = effects(others, action, about, known, who=self.who, directly=True)
        own = effects(self.documents, action, resource, known)
        limits = [effects([limit], action, resource, known) for limit in self.limits]
        if "Deny" in own.union(said, *limits) or (must_trust and "Allow" not in said):
            return False
        return "Allow" in own | named and all("Allow" in limit for limit in limits)


def find_caller(key_id: str, token: str | None) -> Caller:
    """The caller of an access key.

    Raises:
        AccessDeniedError: There is no such key, or its session is not that of the token, or over.
    """
    headers = {"X-Amz-Security-Token": token} if token else {}
    try:
        return caller_of(create_access_key(ACCOUNT, PARTITION, key_id, headers))
    except CreateAccessKeyFailure:
        raise AccessDeniedError("The security token of the request is invalid") from None


def caller_of(key: IAMUserAccessKey | AssumedRoleAccessKey) -> Caller:
    """The caller of a key that moto found.

    Raises:
        AccessDeniedError: Its role is gone.
        InactiveKeyError: The user's key is inactive.
        ExpiredTokenError: Its session is over.
    """
    if isinstance(key, IAMUserAccessKey):
        _require_active(key)
        return _user(key)
    session = STS.get_assumed_role_from_access_key(key._access_key_id)
    role = session and find_role(session.role_arn)
    if session is None or role is None:
        raise AccessDeniedError("The security token of the request is invalid")
    if session.expiration <= utcnow():
        raise ExpiredTokenError("The security token of the request is expired")
    return _session(key, session, role)


def find_role(arn: str) -> Any | None:
    """The account's role of this ARN, or None."""
    return next((role for role in list(IAM.roles.values()) if role.arn == arn), None)


def tags_of(owner: str, tags: Iterable[Any]) -> Context:
    """Condition keys of IAM's tags, such as aws:PrincipalTag/team."""
    return {f"{owner}/{tag['Key']}": tag["Value"] for tag in tags}


def _require_active(key: IAMUserAccessKey) -> None:
    keys = IAM.users[key._owner_user_name].access_keys
    if any(k.access_key_id == key._access_key_id and k.status != "Active" for k in keys):
        raise InactiveKeyError("The access key is inactive")


def _user(key: IAMUserAccessKey) -> Caller:
    user = IAM.users[key._owner_user_name]
    context = {
        "aws:PrincipalArn": user.arn,
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalType": "User",
        "aws:userid": user.id,
        "aws:username": user.name,
        **tags_of("aws:PrincipalTag", IAM.list_user_tags(user.name)),
    }
    who = identity(user.arn)
    return Caller(user.arn, key.create_credentials(), _documents(key), (), who, context)


def _session(key: AssumedRoleAccessKey, session: AssumedRole, role: Any) -> Caller:
    context = {
        "aws:PrincipalArn": role.arn,
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalType": "AssumedRole",
        "aws:userid": session.user_id,
        "aws:TokenIssueTime": session.access_key.create_date.strftime(STAMP),
        "aws:MultiFactorAuthPresent": "false",
        **tags_of("aws:PrincipalTag", role.tags or ()),
    }
    limits = [json.loads(session.policy)] if session.policy else []
    if role.permissions_boundary_arn:
        boundary = IAM.managed_policies.get(role.permissions_boundary_arn)
        limits.append(IAMPolicy(boundary)._policy_json if boundary else {"Statement": []})
    who = identity(role.arn, session.arn)
    credentials = key.create_credentials()
    return Caller(session.arn, credentials, _documents(key), tuple(limits), who, context)


def _documents(key: IAMUserAccessKey | AssumedRoleAccessKey) -> tuple[Document, ...]:
    return tuple(IAMPolicy(policy)._policy_json for policy in key.collect_policies())
