"""Lets the local cloud's own evaluation of policies decide what moto asks, at one place."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.access_control import IAMRequestBase
from moto.s3.models import s3_backends

from include.localcloud.accounts import ACCOUNT, PARTITION
from include.localcloud.bucket_policies import documents_of
from include.localcloud.callers import Caller, caller_of, find_role
from include.localcloud.conditions import Context
from include.localcloud.copy_sources import copy_source
from include.localcloud.deletions import deleted, is_deletion
from include.localcloud.errors import AccessDeniedError
from include.localcloud.moto_resources import resource_of
from include.localcloud.policies import Document
from include.localcloud.presigned import IS_CHECKED
from include.localcloud.request_context import context_of, current
from include.localcloud.s3_actions import actions_of
from include.localcloud.signatures import has_right_signature

ALWAYS_ALLOWED = "sts:GetCallerIdentity"
BUCKETS = f"arn:{PARTITION}:s3:::"


def check_action_permitted(request: IAMRequestBase, resource: str) -> None:
    """Pass if the caller, whose signature is checked, may do what it asks.

    Raises:
        AccessDeniedError: Its session is over, its key inactive, or it may not; of other services
            than SQS, moto's own error, which for SQS is of another protocol.
    """
    caller = caller_of(request._access_key)
    if request._action != ALWAYS_ALLOWED and not _is_permitted(request, caller, resource):
        if request._service == "sqs":
            raise AccessDeniedError(f"Access to {request._action} is denied")
        request._raise_access_denied()


def check_signature(request: IAMRequestBase) -> None:
    """Raise moto's error if the signature is not that of the request."""
    environ = current.get()
    if environ.get(IS_CHECKED):
        return
    credentials = request._access_key.create_credentials()
    if not has_right_signature(environ, environ["wsgi.input"].getvalue(), credentials):
        request._raise_signature_does_not_match()


def install() -> None:
    """Let moto ask these from now on, and of every request."""
    # those of Cognito, known by a header alone, that any other service's request can have too
    ActionAuthenticatorMixin.PUBLIC_OPERATIONS = []
    IAMRequestBase.check_signature = check_signature  # type: ignore[method-assign, assignment]
    IAMRequestBase.check_action_permitted = check_action_permitted  # type: ignore[method-assign, assignment]


def _is_permitted(request: IAMRequestBase, caller: Caller, resource: str) -> bool:
    context = context_of(current.get())
    action = request._action
    if action.startswith("sts:AssumeRoleWith"):  # the account has no identity providers
        return False
    if action == "sts:AssumeRole":
        return _may_assume(caller, resource, context, request._data)
    about = resource_of(request, resource, caller)
    needed = _of_s3(about) if request._service == "s3" else [(action, about)]
    return all(caller.may(name, arn, context, _bucket_policy(arn)) for name, arn in needed)


def _may_assume(caller: Caller, arn: str, context: Context, asked: Mapping[str, Any]) -> bool:
    role = find_role(arn)
    if role is None:
        return False
    given = {"sts:ExternalId": "ExternalId", "sts:RoleSessionName": "RoleSessionName"}
    known = {key: asked[name][0] for key, name in given.items() if name in asked}
    trust = json.loads(role.assume_role_policy_document)
    return caller.may("sts:AssumeRole", arn, {**context, **known}, [trust], must_trust=True)


def _of_s3(resource: str) -> Iterator[tuple[str, str]]:
    """What the caller must be allowed; of a copy also the reading of its source."""
    environ = current.get()
    if is_deletion(environ):
        for key, of_version in deleted(environ):
            yield f"s3:DeleteObject{'Version' * of_version}", f"{resource}/{key}"
    else:
        yield from ((name, resource) for name in actions_of(environ))
    source = copy_source(environ)
    if source:
        reading = "s3:GetObjectVersion" if source.version else "s3:GetObject"
        yield reading, f"{BUCKETS}{source.bucket}/{source.key}"


def _bucket_policy(arn: str) -> list[Document]:
    if not arn.startswith(BUCKETS):
        return []
    name = arn.removeprefix(BUCKETS).partition("/")[0]
    bucket = s3_backends[ACCOUNT][PARTITION].buckets.get(name)
    return documents_of(bucket) if bucket else []
