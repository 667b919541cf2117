"""The local cloud's own door below /_local/: readiness, faults, dialect."""

import json
import threading
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any
from wsgiref.types import WSGIEnvironment

from werkzeug.wrappers import Response

from include.localcloud.dialect import CHOICES, Dialect, DialectError
from include.localcloud.errors import json_response
from include.localcloud.faults import KINDS, FaultError, Faults

PREFIX = "/_local/"
HEALTH_PATH = f"{PREFIX}health"
FAULTS_PATH = f"{PREFIX}faults"
DIALECT_PATH = f"{PREFIX}dialect"
HEADER = "X-Localcloud"


class Admin:
    """Answers what is asked below `PREFIX`.

    Health may be asked by anyone. All else needs a caller on this machine who names the
    machine (not a host of a web page) and, to change something, sends the header, which a
    web page of another origin cannot send.
    """

    def __init__(self, faults: Faults, dialect: Dialect, services: Mapping[str, object]) -> None:
        self._faults = faults
        self._dialect = dialect
        self._services = services
        self.ready = threading.Event()

    def answer(self, environ: WSGIEnvironment) -> Response:
        """The answer to a request whose body is read."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if path == HEALTH_PATH:
            return self._health()
        if not _is_local(environ):
            return json_response({"message": "only callers on this machine may ask"}, 403)
        if method != "GET" and environ.get("HTTP_X_LOCALCLOUD") != "1":
            return json_response({"message": f"changes need the header {HEADER}: 1"}, 403)
        for (verb, where), handler in self._routes().items():
            if verb == method and (path == where or path.startswith(f"{where}/")):
                return self._try(handler, path.removeprefix(where).lstrip("/"), environ)
        return json_response({"message": "there is nothing here"}, 404)

    def _routes(self) -> Mapping[tuple[str, str], Callable[[str, Any], Response]]:
        return {
            ("GET", FAULTS_PATH): self._list_faults,
            ("POST", FAULTS_PATH): self._add_faults,
            ("DELETE", FAULTS_PATH): self._clear_faults,
            ("GET", DIALECT_PATH): self._list_dialect,
            ("PUT", DIALECT_PATH): self._choose_dialect,
        }

    def _try(
        self, handler: Callable[[str, Any], Response], name: str, environ: WSGIEnvironment
    ) -> Response:
        try:
            return handler(name, json.loads(environ["wsgi.input"].read() or b"null"))
        except (FaultError, DialectError) as error:
            return json_response({"message": str(error)}, 400)
        except (ValueError, RecursionError):
            return json_response({"message": "the body is not JSON"}, 400)

    def _health(self) -> Response:
        if not self.ready.is_set():
            return json_response({"status": "starting"}, 503)
        return json_response({"status": "ready", "services": sorted(self._services)}, 200)

    def _list_faults(self, name: str, _: Any) -> Response:
        found = [f.describe() for f in self._faults.all() if name in ("", f.id)]
        if name:
            return json_response(
                found[0] if found else {"message": "there is no such fault"}, 200 if found else 404
            )
        return json_response({"faults": found, "kinds": KINDS}, 200)

    def _add_faults(self, _: str, body: Any) -> Response:
        made = self._faults.add(body if isinstance(body, list) else [body])
        return json_response({"faults": [fault.describe() for fault in made]}, 201)

    def _clear_faults(self, name: str, _: Any) -> Response:
        return json_response({"cleared": self._faults.clear(name or None)}, 200)

    def _list_dialect(self, _: str, __: Any) -> Response:
        return json_response({"dialect": self._dialect.all(), "choices": CHOICES}, 200)

    def _choose_dialect(self, _: str, body: Any) -> Response:
        if not isinstance(body, dict):
            raise DialectError("the body is a JSON object of names and values")
        for name, value in body.items():
            self._dialect.choose(name, value)
        return json_response({"dialect": self._dialect.all()}, 200)


def _is_local(environ: WSGIEnvironment) -> bool:
    """Whether caller and named host are this machine: a rebound name of a web page is not."""
    host = environ.get("HTTP_HOST", "").rpartition("]")[0].lstrip("[")
    host = host or environ.get("HTTP_HOST", "").partition(":")[0]
    return _is_loopback(environ.get("REMOTE_ADDR", "")) and (
        host == "localhost" or _is_loopback(host)
    )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
