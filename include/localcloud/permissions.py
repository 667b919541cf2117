"""Who may call HealthImaging, pass which role, and which role lets HealthImaging in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from wsgiref.types import WSGIEnvironment

from include.localcloud.accounts import ACCOUNT, PARTITION
from include.localcloud.callers import Caller, find_caller, find_role, tags_of
from include.localcloud.calls import Call
from include.localcloud.conditions import Context
from include.localcloud.database import Database
from include.localcloud.endpoint import credential_scope
from include.localcloud.errors import AccessDeniedError
from include.localcloud.policies import trusts
from include.localcloud.principals import service
from include.localcloud.request_context import context_of
from include.localcloud.service_model import SIGNING_NAME
from include.localcloud.signatures import (
    has_right_signature,
    require_complete,
    require_signed_body,
)

SERVICE_PRINCIPAL = "medical-imaging.amazonaws.com"


class Permissions:
    """Checks signatures and policies of users and roles, as --enforce-iam asks for.

    Args:
        database: Knows the tags of data stores and image sets.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self, environ: WSGIEnvironment, body: bytes, call: Call) -> None:
        """Pass if the caller is who the signature says and may do this.

        Raises:
            AccessDeniedError: Unknown key, wrong or old signature, or no policy allows it.
        """
        require_complete(environ)
        require_signed_body(environ, body)
        key_id, token = credential_scope(environ)[0], environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
        caller = find_caller(key_id, token)
        if not has_right_signature(environ, body, caller.credentials):
            raise AccessDeniedError("The request signature does not match the request")
        context = {**context_of(environ), **_asked_tags(call)}
        for resource in _resources(call):
            known = {**context, **self._tags(resource)}
            _require(caller, f"{SIGNING_NAME}:{call.operation}", resource, known)
        role = call.get("dataAccessRoleArn")
        if isinstance(role, str):
            _require(caller, "iam:PassRole", role, {**context, **_passing(role)})

    def role_trusts_service(self, role_arn: str, datastore_id: str, region: str) -> bool:
        """Whether the role exists and its trust policy lets HealthImaging assume it."""
        role = find_role(role_arn)
        if role is None:
            return False
        store = f"arn:{PARTITION}:{SIGNING_NAME}:{region}:{ACCOUNT}:datastore/{datastore_id}"
        context = {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": SERVICE_PRINCIPAL,
            "aws:RequestedRegion": region,
            "aws:SecureTransport": "true",
            "aws:SourceAccount": ACCOUNT,
            "aws:SourceArn": store,
        }
        document = json.loads(role.assume_role_policy_document)
        return trusts(document, service(SERVICE_PRINCIPAL), context)

    def _tags(self, arn: str) -> Context:
        rows = self._database.all("SELECT key, value FROM tags WHERE arn = ?", arn)
        return {f"aws:ResourceTag/{row['key']}": row["value"] for row in rows}


def _require(caller: Caller, action: str, resource: str, context: Context) -> None:
    if not caller.may(action, resource, context):
        raise AccessDeniedError(
            f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource}"
        )


def _asked_tags(call: Call) -> Context:
    """What conditions know of the tags in a call, which is not validated yet."""
    tags, keys = call.get("tags"), call.get("tagKeys")
    if isinstance(tags, Mapping):
        found = {f"aws:RequestTag/{key}": str(value) for key, value in tags.items()}
        return {**found, "aws:TagKeys": [*tags]}
    return {"aws:TagKeys": [str(key) for key in keys]} if isinstance(keys, list) else {}


def _passing(role_arn: str) -> Context:
    role = find_role(role_arn)
    tags = tags_of("aws:ResourceTag", role.tags or ()) if role else {}
    return {"iam:PassedToService": SERVICE_PRINCIPAL, **tags}


def _resources(call: Call) -> Iterator[str]:
    if "resourceArn" in call.parameters:
        yield call["resourceArn"]
    elif "datastoreId" in call.parameters:
        yield call.arn(call["datastoreId"])
        named = (call.get("imageSetId"), call.get("sourceImageSetId"), _destination(call))
        for image_set in filter(None, named):
            yield call.arn(call["datastoreId"], image_set)
    else:
        yield "*"


def _destination(call: Call) -> str | None:
    """The image set that a copy goes into; the call is not validated yet."""
    found: Any = call.parameters
    for name in ("copyImageSetInformation", "destinationImageSet", "imageSetId"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else None
