"""Tells the answers of AWS that mean something to set-up from those that are errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

Result = TypeVar("Result")

ABSENT = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchEntity",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NotFound",
        "OwnershipControlsNotFoundError",
        "ReplicationConfigurationNotFoundError",
        "ResourceNotFoundException",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)


def code(error: ClientError) -> str:
    """Return the error code of an answer."""
    return str(error.response.get("Error", {}).get("Code", ""))


def or_none(ask: Callable[[], Result]) -> Result | None:
    """Return the answer, or None where AWS says that there is no such thing."""
    try:
        return ask()
    except ClientError as error:
        if code(error) in ABSENT:
            return None
        raise
