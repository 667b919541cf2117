"""What an exception of a library means to the person on call, told without its message."""

from __future__ import annotations

import errno
import re
from concurrent.futures import BrokenExecutor
from pathlib import Path
from types import TracebackType

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as AwsConnectionError
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)

from include.imaging.errors import CustomerError, ImagingError, IntegrityError, TransientError
from include.imaging.model import Stage

OWN = Path(__file__).resolve().parents[2]
_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ACCESS = {"403", "AccessDenied", "AccessDeniedException", "Forbidden", "UnauthorizedOperation"}
_IDENTITY = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_ABSENT = {"404", "NoSuchBucket", "NoSuchEntity", "NotFound", "ResourceNotFoundException"}
_BUSY = {
    "InternalError",
    "InternalServerException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceQuotaExceededException",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_BUSY_STATUS = {402, 408, 429}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def translated(error: Exception, stage: Stage) -> ImagingError:
    """Return the ImagingError that an exception means; one of ours is returned as it is."""
    match error:
        case ImagingError():
            return error
        case ClientError():
            return _aws(error)
        case AwsConnectionError() | HTTPClientError() | IncompleteReadError():
            return TransientError(
                "AWS_UNREACHABLE", "AWS could not be reached; the task is retried"
            )
        case NoCredentialsError() | PartialCredentialsError() | CredentialRetrievalError():
            return CustomerError(
                "AWS_CREDENTIALS", "no AWS credentials were found: set them in the Connection"
            )
        case NoRegionError():
            return CustomerError("AWS_REGION", "the Connection names no region: set region_name")
        case OperationalError() | ProgrammingError():
            return _catalog(error)
        case InterfaceError() | InternalError() | DBAPIError(connection_invalidated=True):
            return _catalog_lost()
        case BrokenExecutor():
            return TransientError(
                "WORKER_PROCESS_DIED",
                "a process of the task was killed, most likely for want of memory; it is retried",
            )
        case ConnectionError() | TimeoutError():
            return TransientError("UNREACHABLE", "a connection broke; the task is retried")
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return CustomerError(
                "DISK_FULL", "the worker's temporary folder is full: make room, then clear the task"
            )
        case _:
            return _unexpected(error, stage)


def _aws(error: ClientError) -> ImagingError:
    operation = error.operation_name
    code = str(error.response.get("Error", {}).get("Code", ""))
    code = code if _CODE.fullmatch(code) else "no code"
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    told = f"{operation} was answered with {code}{_bucket(error)}"
    if code in _BUSY or status in _BUSY_STATUS or status >= 500:
        return TransientError("AWS_BUSY", f"{told}; the task is retried")
    if code in _ACCESS:
        advice = "allow it to the Connection's role, in its policy and in those of bucket and key"
        return CustomerError("AWS_ACCESS_DENIED", f"{told}: {advice}")
    if code in _IDENTITY:
        return CustomerError("AWS_CREDENTIALS", f"{told}: renew the Connection's credentials")
    if code in _ABSENT:
        advice = (
            "check buckets, role and data store id in the Connection's extra, and what the run's "
            "Params name"
        )
        return CustomerError("AWS_NOT_FOUND", f"{told}: {advice}")
    advice = "look the code up for this operation, and check the Connection and the feed"
    return CustomerError("AWS_REFUSED", f"{told}: {advice}")


def _bucket(error: ClientError) -> str:
    name = str(error.response.get("Error", {}).get("BucketName", ""))
    return f" (bucket {name})" if _BUCKET.fullmatch(name) else ""


def _catalog(error: OperationalError | ProgrammingError) -> ImagingError:
    """Tell a catalog that was never migrated from one that does not answer."""
    cause = f"{type(error.orig).__name__} {error.orig}"
    if "no such table" in cause or "Undefined" in cause or "no such column" in cause:
        return CustomerError(
            "CATALOG_NOT_MIGRATED",
            "the catalog lacks a table or column of this version: apply its migrations",
        )
    if isinstance(error, OperationalError):
        return TransientError("CATALOG_BUSY", "the catalog did not answer; the task is retried")
    if error.connection_invalidated:
        return _catalog_lost()
    return IntegrityError("CATALOG_REFUSED", "the catalog refused a statement; report it")


def _catalog_lost() -> TransientError:
    """Say that the database broke off; what a transaction had not committed is undone."""
    return TransientError(
        "CATALOG_LOST", "the connection to the catalog broke; the task is retried"
    )


def _unexpected(error: Exception, stage: Stage) -> ImagingError:
    """Name an unknown failure by its type and the last place of our own, never its message."""
    kind = type(error).__name__
    if isinstance(error, BotoCoreError):
        kind = f"botocore {kind}"
    return IntegrityError(
        f"UNEXPECTED_{type(error).__name__.upper()}",
        f"{kind} at {_place(error.__traceback__)} in {stage}; report it with this text. "
        "Nothing was committed that a cleared task would not find again",
    )


def _place(traceback: TracebackType | None) -> str:
    place = "an unknown place"
    while traceback is not None:
        frame = traceback.tb_frame
        if Path(frame.f_code.co_filename).is_relative_to(OWN):
            place = f"{frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
