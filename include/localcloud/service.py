"""The stand-in for HealthImaging: from a signed request to a handler and back."""

from collections.abc import Iterable, Mapping
from typing import Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Response

from include.localcloud.calls import Call, Handler
from include.localcloud.endpoint import credential_scope
from include.localcloud.errors import ServiceError
from include.localcloud.service_model import find_operation, read_parameters, write_answer
from include.localcloud.throttling import Throttle
from include.localcloud.validation import check


class Guard(Protocol):
    """Who may do what."""

    def check(self, environ: WSGIEnvironment, body: bytes, call: Call) -> None:
        """Pass, or raise AccessDeniedError."""
        ...


class HealthImaging:
    """A WSGI application that serves every operation of the service model.

    A request is checked in the service's order: known, not too often, well-formed, allowed,
    valid, then handled.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        guard: Guard | None,
        throttle: Throttle | None = None,
    ) -> None:
        self._handlers = handlers
        self._guard = guard
        self._throttle = throttle

    @property
    def operations(self) -> frozenset[str]:
        """The names of the operations that it serves."""
        return frozenset(self._handlers)

    def answer(
        self, service: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The WSGI answer to a request whose body is read."""
        try:
            response = self._handle(environ)
        except ServiceError as error:
            response = error.response()
        return response(environ, start_response)

    def _handle(self, environ: WSGIEnvironment) -> Response:
        operation, path = find_operation(environ)
        handler = self._handlers[operation.name]
        if self._throttle:
            self._throttle.admit(operation.name)
        body = environ["wsgi.input"].read()
        environ["wsgi.input"].seek(0)
        parameters = read_parameters(operation, path, environ)
        call = Call(operation.name, parameters, credential_scope(environ)[2])
        if self._guard:
            self._guard.check(environ, body, call)
        check(dict(parameters), operation.input_shape)
        if self._throttle:
            self._throttle.check(call)
        return write_answer(operation, handler(call))
