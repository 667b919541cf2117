"""Faults that strike requests: refusals, resets, waits."""

import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIEnvironment
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from include.localcloud.errors import json_response
from include.localcloud.faults import Fault, Faults
from include.localcloud.request_names import operation_name
from include.localcloud.service_model import SIGNING_NAME

OWN_AGENT = "localcloud-import"
QUERY_SERVICES = ("sts", "iam")
THROTTLED = {
    SIGNING_NAME: (429, "ThrottlingException", "Rate exceeded"),
    "s3": (503, "SlowDown", "Please reduce your request rate."),
}
THROTTLED_ELSEWHERE = (400, "Throttling", "Rate exceeded")
FAILED = {
    SIGNING_NAME: (500, "InternalServerException", "An unexpected error occurred"),
    "s3": (500, "InternalError", "We encountered an internal error. Please try again."),
}
FAILED_ELSEWHERE = (500, "InternalFailure", "An unexpected error occurred")
UNSEEN = (404, "NoSuchKey", "The specified key does not exist.")

Answer = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class ConnectionCutError(Exception):
    """The connection is to be reset, without an answer."""


class RequestFaults:
    """Lets faults strike requests of every service, but not an import job's own to S3."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def answer(
        self, service: str, serve: Answer, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """What `serve` answers, or what a fault makes of it.

        Raises:
            ConnectionCutError: A fault resets the connection.
        """
        fired = self._fire(service, environ)
        if "slow_answer" in fired:
            time.sleep(fired["slow_answer"].settings["seconds"])
        if "reset_before" in fired:
            raise ConnectionCutError
        refused = _refusal(service, fired)
        if refused:
            return refused(environ, start_response)
        chunks = serve(environ, start_response)
        if "reset_after" in fired:
            getattr(chunks, "close", lambda: None)()
            raise ConnectionCutError
        return chunks

    def _fire(self, service: str, environ: WSGIEnvironment) -> Mapping[str, Fault]:
        if not self._faults.all() or OWN_AGENT in environ.get("HTTP_USER_AGENT", ""):
            return {}
        name = operation_name(service, environ)
        return self._faults.fire("request", name, unquote(environ["PATH_INFO"]), service)


def error_answer(service: str, status: int, code: str, message: str) -> Response:
    """An error as the service's protocol writes it."""
    if service == "s3":
        return _xml(
            f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>", status
        )
    if service in QUERY_SERVICES:
        inner = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
        return _xml(f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>", status)
    return json_response({"__type": code, "message": message}, status, code)


def _refusal(service: str, fired: Mapping[str, Any]) -> Response | None:
    if "throttle" in fired:
        return error_answer(service, *THROTTLED.get(service, THROTTLED_ELSEWHERE))
    if "server_error" in fired:
        return error_answer(service, *FAILED.get(service, FAILED_ELSEWHERE))
    return error_answer(service, *UNSEEN) if "unseen_manifest" in fired else None


def _xml(body: str, status: int) -> Response:
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + body
    return Response(text, HTTPStatus(status), mimetype="application/xml")
