"""Hands requests on to a service elsewhere, as they were signed."""

import http.client
from collections.abc import Iterable
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

ANSWER_SECONDS = 600.0
CONNECTION_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class Forwarding:
    """Answers with what a server at a URL answers.

    The Host header goes on as the caller sent it, since the signature holds it: the server must
    judge signatures by that header, as SeaweedFS does.
    """

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)

    def answer(
        self, service: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The other server's answer to a request whose body is read; `service` is not used.

        Raises:
            OSError: It cannot be reached.
        """
        body = environ["wsgi.input"].read()
        connection = self._connect()
        try:
            connection.putrequest(
                environ["REQUEST_METHOD"],
                environ["REQUEST_URI"],
                skip_host=True,
                skip_accept_encoding=True,
            )
            for name, value in _headers(environ):
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            found = connection.getresponse()
            kept = [(n, v) for n, v in found.getheaders() if n.lower() not in CONNECTION_HEADERS]
            length = found.getheader("Content-Length")
            if length is not None:
                kept.append(("Content-Length", length))
            start_response(f"{found.status} {found.reason}", kept)
            return [found.read()]
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        secure = self._address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._address.netloc, timeout=ANSWER_SECONDS)


def _headers(environ: WSGIEnvironment) -> Iterable[tuple[str, str]]:
    if environ.get("CONTENT_TYPE"):
        yield "Content-Type", environ["CONTENT_TYPE"]
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").lower()
        if key.startswith("HTTP_") and name not in CONNECTION_HEADERS:
            yield name, value
