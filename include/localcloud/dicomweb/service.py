"""DICOMweb's part of the stand-in: from a signed request to its answer."""

import re
from collections.abc import Iterable
from typing import Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Response

from include.localcloud.calls import Call
from include.localcloud.datastores import find_active_datastore
from include.localcloud.dicomweb.accept import JSON, require_json
from include.localcloud.dicomweb.json_model import dump
from include.localcloud.dicomweb.retrieve import Retrievals
from include.localcloud.dicomweb.routes import Action, find_action
from include.localcloud.dicomweb.search import Searches
from include.localcloud.endpoint import Service, credential_scope
from include.localcloud.errors import ServiceError, ValidationError
from include.localcloud.service import Guard
from include.localcloud.state import State

DATASTORE = re.compile(r"[0-9a-z]{32}")


class Rates(Protocol):
    """How often an action may be called."""

    def admit(self, operation: str) -> None:
        """Pass, or raise ThrottlingError."""
        ...


class DicomWeb:
    """A WSGI application that serves DICOMweb and hands on every other request.

    Args:
        state: Holds the image sets.
        others: Serves the native operations.
        guard: Who may do what; None when IAM is not enforced.
        rates: Refuses calls that come too often; None lets all pass.
    """

    def __init__(
        self,
        state: State,
        others: Service,
        guard: Guard | None,
        rates: Rates | None = None,
    ) -> None:
        self._database = state.database
        self._others = others
        self._guard = guard
        self._rates = rates
        self._searches = Searches(state.database)
        self._retrievals = Retrievals(state)

    def answer(
        self, service: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The WSGI answer to a request whose body is read."""
        action = find_action(environ)
        if action is None:
            return self._others.answer(service, environ, start_response)
        try:
            response = self._handle(action, environ)
        except ServiceError as error:
            response = error.response()
        return response(environ, start_response)

    def _handle(self, action: Action, environ: WSGIEnvironment) -> Response:
        datastore_id = action.path["datastoreId"]
        if self._rates:
            self._rates.admit(action.name)
        region = credential_scope(environ)[2]
        call = Call(action.name, {"datastoreId": datastore_id}, region)
        if self._guard:
            self._guard.check(environ, environ["wsgi.input"].read(), call)
        if not DATASTORE.fullmatch(datastore_id):
            raise ValidationError("datastoreId must be 32 digits and lower-case letters")
        find_active_datastore(self._database, call)
        if not action.name.startswith("Search"):
            return self._retrievals.answer(action, environ)
        require_json(environ)
        return Response(dump(self._searches.answer(action, environ)), content_type=JSON)
