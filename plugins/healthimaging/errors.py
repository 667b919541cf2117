"""HealthImaging's errors as the project's, in the service's own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError
from botocore.exceptions import ConnectionError as NoConnectionError

from include.imaging.errors import CustomerError, ImagingError, TransientError
from include.imaging.model import Stage
from include.imaging.steps.translation import translated

UNREACHABLE = (NoConnectionError, HTTPClientError)


@contextmanager
def service_errors(doing: str, not_found: str = "") -> Iterator[None]:
    """Raise CustomerError or TransientError in place of botocore's errors in the block.

    The service's message is kept: these calls name data stores, roles, jobs and prefixes,
    never a patient, and the message says which permission on which resource is missing.

    Args:
        doing: what was asked of the service, as in "could not <doing>".
        not_found: what to do when the service does not know the thing asked for.
    """
    try:
        yield
    except ClientError as error:
        raise _from_answer(error, doing, not_found) from None
    except ParamValidationError as error:
        raise CustomerError(
            "AWS_REQUEST_INVALID", f"could not {doing}: {error}; check the connection's extra"
        ) from None
    except BotoCoreError as error:
        raise _told(translated(error, Stage.START_IMPORT), doing) from None


def _from_answer(error: ClientError, doing: str, not_found: str) -> ImagingError:
    answer = error.response.get("Error", {})
    message = str(answer.get("Message", ""))
    match answer.get("Code", ""):
        case "ResourceNotFoundException" if not_found:
            return CustomerError("AWS_NOT_FOUND", f"could not {doing}: {not_found} ({message})")
        case "ConflictException":
            text = f"could not {doing}: it conflicts with another request; the task is retried"
            return TransientError("AWS_BUSY", f"{text} ({message})")
        case _:
            return _told(translated(error, Stage.START_IMPORT), doing, message)


def _told(meaning: ImagingError, doing: str, message: str = "") -> ImagingError:
    said = f" ({message})" if message else ""
    return type(meaning)(meaning.code, f"could not {doing}: {meaning.text}{said}")
