"""HealthImaging's errors as the project's, in the service's own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError
from botocore.exceptions import ConnectionError as NoConnectionError

from include.imaging.errors import CustomerError, ImagingError, TransientError
from include.imaging.model import Stage
from include.imaging.steps.translation import translated

UNREACHABLE = (NoConnectionError, HTTPClientError)


@contextmanager
def service_errors(
    doing: str,
    not_found: str = "",
    conflict: str = "",
    *,
    quota: str = "",
    private: bool = False,
) -> Iterator[None]:
    """Raise CustomerError or TransientError in place of botocore's errors in the block.

    The service's message is kept: these calls name data stores, roles, jobs and prefixes,
    never a patient, and the message says which permission on which resource is missing.

    Args:
        doing: what was asked of the service, as in "could not <doing>".
        not_found: what to do when the service does not know the thing asked for.
        conflict: what to do when the thing is not in a state for it, where waiting is no cure.
        quota: what to do when a quota stands in the way, where waiting is no cure.
        private: the request can hold values of a patient, which the service's message would
            repeat: it is left out.
    """
    try:
        yield
    except ClientError as error:
        advice = {
            "ResourceNotFoundException": ("AWS_NOT_FOUND", not_found),
            "ConflictException": ("AWS_CONFLICT", conflict),
            "ServiceQuotaExceededException": ("AWS_QUOTA", quota),
        }
        raise _from_answer(error, doing, advice, private=private) from None
    except ParamValidationError as error:
        said = "the request is not as the service's model has it" if private else str(error)
        raise CustomerError(
            "AWS_REQUEST_INVALID",
            f"could not {doing}: {said}; check the parameters, and the connection's extra",
        ) from None
    except BotoCoreError as error:
        raise _told(translated(error, Stage.START_IMPORT), doing) from None


def filled(name: str, value: str) -> str:
    """Return the value; CustomerError where it is empty.

    A template that found nothing leaves it so. botocore would send the request, to a path that
    belongs to no operation.
    """
    if not value:
        raise CustomerError(
            "AWS_REQUEST_INVALID", f"{name} is empty: look at the rendered template of the task"
        )
    return value


def _from_answer(
    error: ClientError, doing: str, advice: Mapping[str, tuple[str, str]], *, private: bool
) -> ImagingError:
    answer = error.response.get("Error", {})
    code, text = advice.get(answer.get("Code", ""), ("", ""))
    message = "" if private else str(answer.get("Message", ""))
    match answer.get("Code", ""):
        case _ if text:
            meaning: ImagingError = CustomerError(code, text)
        case "ConflictException":
            text = "it conflicts with another request; the task is retried"
            meaning = TransientError("AWS_BUSY", text)
        case "ValidationException":
            left_out = "; its message is left out, for it can repeat values" if private else ""
            text = (
                f"the service calls the request invalid{left_out}: check the parameters against "
                "the operation's constraints"
            )
            meaning = CustomerError("AWS_REQUEST_INVALID", text)
        case _:
            meaning = translated(error, Stage.START_IMPORT)
    return _told(meaning, doing, message)


def _told(meaning: ImagingError, doing: str, message: str = "") -> ImagingError:
    said = f" ({message})" if message else ""
    return type(meaning)(meaning.code, f"could not {doing}: {meaning.text}{said}")
