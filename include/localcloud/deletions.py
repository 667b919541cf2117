"""Authorises the deletion of many objects key by key, where moto asks for the bucket's ARN."""

from collections.abc import Iterator

import xmltodict  # type: ignore[import-untyped]
from moto.iam.access_control import IAMRequestBase, S3IAMRequest

PREFIX = "arn:aws:s3:::"


def check_action_permitted(request: S3IAMRequest, resource: str) -> None:
    """Raise moto's error unless the caller may do it to the resource, or to each key in the body.

    Amazon S3 answers for every key alone; here one key that is denied denies them all.
    """
    bucket_alone = "/" not in resource.removeprefix(PREFIX)
    if request._action == "s3:DeleteObject" and bucket_alone:
        for key in _keys(request._body):
            IAMRequestBase.check_action_permitted(request, f"{resource}/{key}")
    else:
        IAMRequestBase.check_action_permitted(request, resource)


def install() -> None:
    """Let moto ask `check_action_permitted` from now on."""
    S3IAMRequest.check_action_permitted = check_action_permitted  # type: ignore[method-assign, assignment]


def _keys(body: bytes) -> Iterator[str]:
    objects = xmltodict.parse(body, force_list=("Object",), strip_whitespace=False)["Delete"]
    for each in objects.get("Object", []):
        yield each["Key"]
