"""AWS errors as the project's errors: what a person must change, and what may pass by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError

from include.imaging.errors import CustomerError, ImagingError, TransientError

UNREACHABLE = (NoConnectionError, HTTPClientError)
TRANSIENT_CODES = frozenset(
    {
        "ConflictException",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceQuotaExceededException",
        "ServiceUnavailable",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_ADVICE = {
    "AccessDeniedException": "allow it to the credentials of the connection; starting a job "
    "also needs iam:PassRole on the import role",
    "ExpiredTokenException": "renew the credentials of the connection",
    "ResourceNotFoundException": "check datastore_id and region_name of the connection",
    "UnrecognizedClientException": "correct the access key of the connection",
    "ValidationException": "check the connection's data store, role and buckets",
}
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


@contextmanager
def service_errors(doing: str, not_found: str = "") -> Iterator[None]:
    """Raise CustomerError or TransientError in place of botocore's errors in the block.

    Args:
        doing: what was asked of the service, as in "could not <doing>".
        not_found: what to do when the service does not know the thing asked for.
    """
    try:
        yield
    except ClientError as error:
        raise _from_answer(error, doing, not_found) from None
    except UNREACHABLE as error:
        raise TransientError(
            "HEALTHIMAGING_UNREACHABLE",
            f"could not {doing}: no answer from HealthImaging ({type(error).__name__}); if it "
            "stays so, check region_name and endpoint_url of the connection and the network",
        ) from None
    except BotoCoreError as error:
        raise CustomerError(
            "HEALTHIMAGING_CALL_IMPOSSIBLE",
            f"could not {doing}: {error}; check the connection's credentials and region_name",
        ) from None


def _from_answer(error: ClientError, doing: str, not_found: str) -> ImagingError:
    answer = error.response.get("Error", {})
    code = str(answer.get("Code", ""))
    said = f"could not {doing}: HealthImaging answered {code}: {answer.get('Message', '')}".strip()
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in TRANSIENT_CODES or status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR:
        return TransientError("HEALTHIMAGING_BUSY", f"{said}; retried by itself")
    if code == "ResourceNotFoundException" and not_found:
        return CustomerError("HEALTHIMAGING_NOT_FOUND", f"{said}; {not_found}")
    advice = _ADVICE.get(code, "see the service's message and the connection")
    return CustomerError("HEALTHIMAGING_REFUSED", f"{said}; {advice}")
