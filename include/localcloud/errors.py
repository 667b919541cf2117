"""The errors HealthImaging answers with, and how any service's error looks on the wire."""

import json
from http import HTTPStatus

from werkzeug.wrappers import Response


class ServiceError(Exception):
    """An answer that is not a success: the model's shape name and status, and a message.

    Messages name members and rules, never values: values can hold identity.
    """

    status = 500
    name = "InternalServerException"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def response(self) -> Response:
        """The answer as HealthImaging's protocol (rest-json) writes it."""
        return json_response({"message": self.message}, self.status, self.name)


class ValidationError(ServiceError):
    """The request breaks a constraint of the service model or of the service."""

    status, name = 400, "ValidationException"


class BadRequestError(ServiceError):
    """The request could not be understood."""

    status, name = 400, "BadRequestException"


class AccessDeniedError(ServiceError):
    """The caller, or the role it passes, is not allowed to do this."""

    status, name = 403, "AccessDeniedException"


class ResourceNotFoundError(ServiceError):
    """What the request names does not exist."""

    status, name = 404, "ResourceNotFoundException"


class ConflictError(ServiceError):
    """The request contradicts what exists."""

    status, name = 409, "ConflictException"


class ServiceQuotaExceededError(ServiceError):
    """There is no room for more."""

    status, name = 402, "ServiceQuotaExceededException"


class ThrottlingError(ServiceError):
    """The caller asks too often."""

    status, name = 429, "ThrottlingException"


class NotServedError(ServiceError):
    """There is no such operation."""

    status, name = 404, "UnknownOperationException"


def json_response(body: object, status: int, error: str | None = None) -> Response:
    """A JSON answer; for an error with the header that SDKs read its type from."""
    response = Response(json.dumps(body), status, mimetype="application/json")
    if error:
        response.headers["x-amzn-ErrorType"] = error
    return response


def refusal(status: HTTPStatus, code: str, message: str) -> Response:
    """An error before any service was found, readable by SDKs of every protocol."""
    return json_response({"__type": code, "code": code, "message": message}, status, code)
