"""The one endpoint: tells by a request's signature which service it is for."""

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Response

from include.localcloud.admin import PREFIX, Admin
from include.localcloud.bodies import BodyError, read_body
from include.localcloud.errors import refusal
from include.localcloud.request_faults import ConnectionCutError, RequestFaults, error_answer

log = logging.getLogger(__name__)


class Service(Protocol):
    """What stands behind the endpoint."""

    def answer(
        self, service: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The WSGI answer to a request whose body is read."""
        ...


class Endpoint:
    """A WSGI application that hands each request to the service it was signed for.

    Requests without a signature are refused, and those that a browser sends for a web page but
    for links to objects, so that no web page that a developer visits can reach it; so are
    services that it does not have.
    """

    def __init__(
        self, services: Mapping[str, Service], admin: Admin, faults: RequestFaults
    ) -> None:
        self._services = services
        self._admin = admin
        self._faults = faults

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request.

        Raises:
            ConnectionCutError: A fault resets the connection.
        """
        try:
            read_body(environ)
        except BodyError as error:
            answer = refusal(HTTPStatus.BAD_REQUEST, "InvalidRequest", str(error))
            answer.headers["Connection"] = "close"
            return answer(environ, start_response)
        if environ["PATH_INFO"].startswith(PREFIX):
            return self._admin.answer(environ)(environ, start_response)
        name = signed_for(environ)
        service = self._services.get(name)
        if service is None or environ["PATH_INFO"].startswith("/moto-api"):
            return self._refuse(name, environ)(environ, start_response)
        if _is_of_a_web_page(environ, name):
            message = "Web pages may not call the local cloud."
            answer = refusal(HTTPStatus.FORBIDDEN, "AccessDenied", message)
            return answer(environ, start_response)
        try:
            serve = partial(service.answer, name)
            return self._faults.answer(name, serve, environ, start_response)
        except ConnectionCutError:
            raise
        except Exception as error:  # noqa: BLE001 - the server must go on; messages can hold values
            log.error("%s request failed: %s", name, type(error).__name__)
            failed = HTTPStatus.INTERNAL_SERVER_ERROR
            answer = error_answer(name, failed, "InternalError", "The local cloud failed.")
            return answer(environ, start_response)

    def _refuse(self, name: str, environ: WSGIEnvironment) -> Response:
        if not name:
            return _unsigned(environ)
        return refusal(
            HTTPStatus.NOT_IMPLEMENTED,
            "NotImplemented",
            f"The local cloud serves {', '.join(sorted(self._services))}; "
            "the request is signed for another service.",
        )


def _unsigned(environ: WSGIEnvironment) -> Response:
    """The refusal of a request without a signature, as who sent it can read it."""
    code = "MissingAuthenticationToken"
    message = "The request carries no AWS signature (version 4)."
    query = parse_qs(environ.get("QUERY_STRING", ""))
    if "Signature" in query or environ.get("HTTP_AUTHORIZATION", "").startswith("AWS "):
        message += ' Of version 2 none is taken: use Config(signature_version="s3v4").'
        return error_answer("s3", HTTPStatus.FORBIDDEN, code, message)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return error_answer("sts", HTTPStatus.FORBIDDEN, code, message)
    return refusal(HTTPStatus.FORBIDDEN, code, message)


def credential_scope(environ: WSGIEnvironment) -> list[str]:
    """Access key, date, region, service and "aws4_request" of the signature; empty without one.

    Taken from the Authorization header, or of a presigned request from its query.
    """
    header = environ.get("HTTP_AUTHORIZATION", "")
    if "Credential=" in header:
        scope = header.partition("Credential=")[2].partition(",")[0]
    else:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        scope = query.get("X-Amz-Credential", [""])[0]
    parts = scope.strip().rsplit("/", 4)
    return parts if len(parts) == 5 else []


def signed_for(environ: WSGIEnvironment) -> str:
    """The service's signing name, or nothing."""
    scope = credential_scope(environ)
    return scope[3].lower() if scope else ""


def _is_of_a_web_page(environ: WSGIEnvironment, service: str) -> bool:
    """Whether a browser says that a page makes the request (Fetch, 3.2; Fetch Metadata, 2.3).

    A signature in the query needs no permission from here first, as a header would. A link to
    an object may be followed: the page does not see what it answers.
    """
    if "HTTP_ORIGIN" in environ:
        return True
    follows_link = service == "s3" and environ["REQUEST_METHOD"] == "GET"
    return not follows_link and environ.get("HTTP_SEC_FETCH_SITE", "none") != "none"
